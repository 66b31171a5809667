"""Canvas: one issuer for every hosted customer, many deployments, placements, privacy levels, service hosts of the institution."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lti_tool.http import origin
from lti_tool.language import N_
from lti_tool.platforms.base import EMBED, HAND_IN, PLACE, PRODUCTION, Original, Vendor, upgraded
from lti_tool.platforms.models import Registration

PREFIX = "https://canvas.instructure.com/lti/"
_ORIGINAL = "https://canvas.instructure.com"
_HOSTED = {
    _ORIGINAL: (PRODUCTION, "sso.canvaslms.com"),
    "https://canvas.beta.instructure.com": ("beta", "sso.beta.canvaslms.com"),
    "https://canvas.test.instructure.com": ("test", "sso.test.canvaslms.com"),
}
"""Issuers of hosted Canvas: environment and sign-on host. The first one is also what a Canvas of one's own comes with."""
_COURSE_SERVICE = re.compile(r"(https?://[^/?#]+)/api/lti/courses/([0-9]+)/")
_HOST = re.compile(r"[a-z0-9.-]+(:[0-9]+)?", re.IGNORECASE)

_WANTS = {"homework_submission": HAND_IN, "editor_button": EMBED}
_OF_PLACEMENTS: dict[str, dict[str, str]] = {
    "homework_submission": {
        "assignment_title": "$Canvas.assignment.title",
        "allowed_extensions": "$com.instructure.Assignment.allowedFileExtensions",
    }
}
"""Variables that are asked for with one placement alone."""


class Canvas(Vendor):
    """Instructure Canvas, hosted or self-hosted."""

    key = "canvas"
    title = "Canvas"
    takes_new_deployments = True
    sends_notices = True
    placements: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "LtiResourceLinkRequest": ("course_navigation", "account_navigation"),
        "LtiDeepLinkingRequest": (
            "assignment_selection",
            "link_selection",
            "module_index_menu_modal",
            "homework_submission",
            "editor_button",
        ),
    }
    next_steps = (
        N_("Canvas now shows what the app may do. Keep the privacy level and the scopes as they are, then switch the app on."),
        N_("In a course, add an assignment with the submission type “External Tool” and find Microcredentials, or open “+” in a module."),
        N_("To show the page “Microcredentials” in a course's menu, a teacher switches it on under Settings, Navigation."),
    )
    fixes: ClassVar[Mapping[str, str]] = {
        **Vendor.fixes,
        "registration": N_("LMS administrator: in Canvas, switch the app (its developer key) on, then open it once from a course."),
        "deployment": N_("LMS administrator: in Canvas, install the app in your account or in a course, then open it once."),
        "token": N_(
            "LMS administrator: in Canvas, make sure that the app (its developer key) is on and installed, and that its public JWK URL "
            "is the address above."
        ),
        "names": N_(
            "LMS administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and set the privacy level to “Public”."
        ),
        "emails": N_(
            "LMS administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and set the privacy level to “Public”."
        ),
        "activity": N_(
            "Course designer: in a course, add an assignment with the submission type “External Tool”, find the tool, and open it to try."
        ),
        "choosing": N_(
            "Course designer: in a course, press “+” in a module, choose “External Tool” and the tool to try. If it is not listed, LMS "
            "administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and switch on its placements “Link "
            "selection” and “Assignment selection”."
        ),
        "column": N_(
            "Course designer: in Canvas, add the microcredential as an assignment (submission type “External Tool”) with points, "
            "publish it, then open it once."
        ),
        "scores": N_(
            "LMS administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and switch on the scope “Can create and "
            "update submission results for assignments associated with the tool”."
        ),
        "columns": N_(
            "LMS administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and switch on the scope “Can create and "
            "view assignment data in the gradebook associated with the tool”."
        ),
        "results": N_(
            "LMS administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and switch on the scope “Can view "
            "submission data for assignments associated with the tool”."
        ),
        "roster": N_(
            "LMS administrator: in Canvas, Admin, Apps (older: Developer Keys), edit this app and switch on the scope “Can retrieve "
            "user data associated with the context the tool is installed in”."
        ),
    }
    never_sends: ClassVar[Mapping[str, str]] = {
        "LtiSubmissionReviewRequest": N_(
            "Canvas has no message of its own for this. SpeedGrader opens the activity itself, so nothing is missing."
        ),
    }

    instead_of_a_second = N_("To change what that one may do, edit the app in Canvas; there is nothing to register again.")
    switch_off = N_("In Canvas, under Admin, Developer Keys (newer Canvas: Apps), switch off the one with the old client ID.")

    def speaks_for(self, issuer: str, configuration_url: str) -> bool:
        """Hosted Canvas has one issuer and serves its configuration from the sign-on host or from the institution's own."""
        return super().speaks_for(issuer, configuration_url) or _is_hosted(issuer, configuration_url)

    def owns(self, issuer: str, url: str) -> bool:
        """The issuer's own host; for hosted Canvas also the sign-on host and the institution's."""
        return origin(issuer) == origin(url) or _is_hosted(issuer, url)

    def registers_at(self, issuer: str, url: str, platform: Mapping[str, Any]) -> bool:
        """Also at the account's own host, which often is neither the issuer's nor Instructure's."""
        own = platform.get(PREFIX + "account_domain")
        ours = f"{urlsplit(issuer).scheme}://{own}" if isinstance(own, str) and _HOST.fullmatch(own) else ""
        return self.owns(issuer, url) or bool(ours and origin(ours) == origin(url))

    def environment(self, issuer: str) -> str:
        """Hosted Canvas has an issuer for each of its environments."""
        return _HOSTED[issuer][0] if issuer in _HOSTED else PRODUCTION

    def original(self, issuer: str) -> Original | None:
        """Hosted Canvas makes its beta and test environments from production, developer keys and client ids included."""
        if self.environment(issuer) == PRODUCTION:
            return None
        host = f"https://{_HOSTED[issuer][1]}"
        return Original(_ORIGINAL, host + "/api/lti/authorize_redirect", host + "/login/oauth2/token", host + "/api/lti/security/jwks")

    def may_be_copied(self, registration: Registration) -> bool:
        """Only what Instructure hosts: the issuer alone does not say so."""
        return registration.issuer == _ORIGINAL and not registration.login_key and _at_instructure(registration)

    def front_door(self, registration: Registration) -> str:
        """A Canvas of one's own signs people in at its own host; of a hosted one only its launches name the institution's."""
        return "" if _is_hosted(registration.issuer, registration.auth_url) else origin(registration.auth_url)

    def course_url(self, registration: Registration, context_id: str, service_url: str) -> str:
        """Only the addresses of a course's services name the institution's host and the course's number."""
        del registration, context_id
        found = _COURSE_SERVICE.match(service_url)
        return f"{found[1]}/courses/{found[2]}" if found else ""

    def account_name(self, platform: Mapping[str, Any]) -> str:
        """The institution."""
        found = platform.get(PREFIX + "account_name")
        return found[:200] if isinstance(found, str) and found.isprintable() else ""

    def token_audience(self, token_url: str, authorization_server: str) -> str:
        """Canvas compares with its token endpoint; its `authorization_server` is a bare host."""
        del authorization_server
        return token_url

    def service_url(self, registration: Registration, url: str) -> str:
        """Any https host, for institutions have names of their own; http of a host that we know by https becomes https."""
        return upgraded(upgraded(url, registration.issuer), registration.token_url)

    def frame_ancestors(self, registration: Registration, custom: Mapping[str, str], return_url: str) -> list[str]:
        """The institution's host as the launch names it, and hosted Canvas at large where the issuer is hosted."""
        api = custom.get("canvas_api_domain", "")
        own = f"{urlsplit(registration.issuer).scheme}://{api}" if _HOST.fullmatch(api) else ""
        found = [origin(return_url), origin(own), *super().frame_ancestors(registration, custom, return_url)]
        hosted = ["https://*.instructure.com"] if _is_hosted(registration.issuer, registration.auth_url) else []
        return list(dict.fromkeys([*filter(None, found), *hosted]))

    def is_own_link(self, context_id: str, link_id: str) -> bool:
        """Menus and old links carry the course's id as their link's."""
        return bool(link_id) and link_id != context_id

    def placement(self, body: Mapping[str, Any]) -> str:
        """Canvas's own claim; null on assignments."""
        found = body.get("https://www.instructure.com/placement")
        return found if isinstance(found, str) else ""

    def keeps_columns(self, placement: str) -> bool:
        """Not for links inside texts and in collaborations."""
        return placement not in ("editor_button", "collaboration")

    def wants(self, placement: str) -> str:
        """Learners hand in, texts are for embedding."""
        return _WANTS.get(placement, PLACE)

    def custom_parameters(self) -> dict[str, str]:
        """Also the host that serves this institution."""
        return {**super().custom_parameters(), "canvas_api_domain": "$Canvas.api.domain"}

    def messages(self, supported: Mapping[str, Collection[str] | None], target: str, label: str) -> list[dict[str, Any]]:
        """One message a placement: without placements Canvas would offer the selection of links alone, and it refuses unknown ones."""
        found = []
        for kind, places in self.placements.items():
            listed = supported.get(kind, ())
            for place in places:
                if kind in supported and (listed is None or PREFIX + place in listed or place in listed):
                    found.append(self._message(kind, place, target, label))
        return found

    def _message(self, kind: str, place: str, target: str, label: str) -> dict[str, Any]:
        message: dict[str, Any] = {"type": kind, "target_link_uri": target, "label": label, "placements": [PREFIX + place]}
        if place == "course_navigation":
            message[PREFIX + "course_navigation/default_enabled"] = False
            message[PREFIX + "visibility"] = "members"
        if place == "account_navigation":
            message[PREFIX + "visibility"] = "admins"
        if kind == "LtiDeepLinkingRequest":
            message[PREFIX + "launch_width"], message[PREFIX + "launch_height"] = 900, 700
        if place == "editor_button":
            message["icon_uri"] = _icon(target)  # the editor shows no button without one
        if place in _OF_PLACEMENTS:
            message["custom_parameters"] = dict(_OF_PLACEMENTS[place])
        return message

    def tool_extras(self) -> dict[str, Any]:
        """Names and e-mails are asked for by the privacy level."""
        return {PREFIX + "privacy_level": "public", PREFIX + "tool_id": "microcredentials"}

    def error_words(self, body: bytes) -> str:
        """Canvas lists faults as `errors[].field` and `.message`, or says one without a field."""
        try:
            faults = json.loads(body)["errors"]
            listed = [faults] if isinstance(faults, dict) else faults
            return "; ".join((f"{fault['field']}: " if "field" in fault else "") + fault["message"] for fault in listed)[:300]
        except (ValueError, KeyError, TypeError, RecursionError):
            return super().error_words(body)


def _icon(target: str) -> str:
    return f"{origin(target)}/static/brand.svg"


def _is_hosted(issuer: str, url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    return issuer in _HOSTED and parts.scheme == "https" and (host == _HOSTED[issuer][1] or host.endswith(".instructure.com"))


def _at_instructure(registration: Registration) -> bool:
    """Whether Instructure hosts it: a Canvas of one's own may have the same issuer, but its endpoints stand elsewhere."""
    return all(_is_hosted(registration.issuer, url) for url in (registration.auth_url, registration.token_url, registration.jwks_url))


def developer_key(*, base_url: str, login_path: str, title: str, description: str, scopes: list[str]) -> dict[str, Any]:
    """What an admin pastes into (or points at from) a Canvas developer key of the kind LTI, where dynamic registration is not wanted.

    `login_path`: where logins begin; an LMS that shares issuer and client id with another has one of its own.
    """
    canvas = Canvas()
    target = base_url + "/lti/launch"
    placements: list[dict[str, Any]] = []
    for kind, places in canvas.placements.items():
        for place in places:
            entry: dict[str, Any] = {"placement": place, "message_type": kind, "target_link_uri": target, "text": title, "enabled": True}
            if place == "course_navigation":
                entry |= {"default": "disabled", "visibility": "members"}
            if place == "account_navigation":
                entry |= {"visibility": "admins"}
            if kind == "LtiDeepLinkingRequest":
                entry |= {"selection_width": 900, "selection_height": 700}
            if place == "editor_button":
                entry |= {"icon_url": _icon(target)}
            if place in _OF_PLACEMENTS:
                entry |= {"custom_fields": dict(_OF_PLACEMENTS[place])}
            placements.append(entry)
    return {
        "title": title,
        "description": description,
        "oidc_initiation_url": base_url + login_path,
        "target_link_uri": target,
        "public_jwk_url": base_url + "/lti/jwks",
        "scopes": scopes,
        "custom_fields": canvas.custom_parameters(),
        "extensions": [
            {
                "platform": "canvas.instructure.com",
                "domain": urlsplit(base_url).netloc,
                "tool_id": "microcredentials",
                "privacy_level": "public",
                "settings": {"text": title, "placements": placements},
            }
        ],
    }
