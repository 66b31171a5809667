"""What any LMS is taken to do by the specifications. `canvas.py` and `moodle.py` say where theirs differs, and nobody else does."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import urlsplit

from lti_tool.http import origin
from lti_tool.language import N_
from lti_tool.platforms.models import Registration

PLACE, HAND_IN, EMBED = "place", "hand_in", "embed"
"""What an LMS asks for by deep linking: something for a course, somebody's own work, something for a text."""
TOOL_CONFIGURATION = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PRODUCTION = "production"
"""The environment of an LMS in which things count; any other (beta, test) is for trying."""


@dataclass(frozen=True)
class Original:
    """Where an environment is a copy of production, which an LMS makes with its client ids: the issuer there, and the endpoints here."""

    issuer: str
    auth_url: str
    token_url: str
    jwks_url: str


class Vendor:
    """An LMS of which we know no peculiarity."""

    key = "other"
    title = N_("your LMS")
    takes_new_deployments = False
    """Whether a deployment that we have not seen is normal once others are known."""
    reviews_name_nobody = False
    """Whether a submission review without `for_user` is normal: somebody wants the list."""
    sends_notices = False
    """Whether it is known to tell tools of what happens in it (LTI Platform Notification Service 1.0)."""
    placements: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    """Message type to the placements that we ask for, by their short names."""
    next_steps: tuple[str, ...] = (
        N_("Open your LMS's list of LTI tools and make sure that this one is switched on."),
        N_("Add it to a course, or let your course designers add it."),
    )
    after_update: tuple[str, ...] = ()
    """What an update of the registration leaves to do in the LMS."""
    instead_of_a_second = N_("To change the connection that is there, edit the tool in your LMS.")
    """What an admin does who meant the registration that is there, not a second one."""
    switch_off = N_("In your LMS's list of LTI tools, switch off the one with the old client ID.")
    """How an admin ends an earlier registration on the LMS's side."""

    fixes: ClassVar[Mapping[str, str]] = {
        "registration": N_("LMS administrator: open the tool once from your LMS."),
        "deployment": N_("LMS administrator: install the tool in a course or for everybody, and open it once."),
        "keys": N_(
            "Whoever runs the tool: open the key set’s address from the tool’s server. If it does not open there, ask the LMS "
            "administrator what stands between (a firewall, a proxy, a wrong address)."
        ),
        "clock": N_("Whoever runs the tool, and the LMS administrator: let both servers set their clocks by NTP."),
        "token": N_(
            "LMS administrator: make sure that the tool is switched on in your LMS, and that your LMS’s server can open the tool’s "
            "public keys at the address above."
        ),
        "roles": N_("LMS administrator: enroll yourself in the course, or let the LMS send roles to this tool."),
        "names": N_("LMS administrator: let your LMS share names with this tool."),
        "emails": N_("LMS administrator: let your LMS share e-mail addresses with this tool."),
        "activity": N_("Course designer: add an activity in a course and open it to try."),
        "choosing": N_(
            "Course designer: add an activity in a course and choose its microcredential to try. LMS administrator: if nothing opens "
            "there, allow the tool to be used for choosing content (deep linking)."
        ),
        "review": N_("Instructor: once a teacher’s work has been scored, open it from the gradebook to try."),
        "column": N_("Course designer: give the activity points in the LMS, then open it once."),
        "scores": N_("LMS administrator: allow the tool to send scores (the scope “score” of Assignment and Grade Services)."),
        "columns": N_("LMS administrator: allow the tool to make line items (the scope “lineitem” of Assignment and Grade Services)."),
        "results": N_("LMS administrator: allow the tool to read results (the scope “result.readonly” of Assignment and Grade Services)."),
        "roster": N_("LMS administrator: allow the tool to read course lists (Names and Role Provisioning Services)."),
        "cookies": N_(
            "LMS administrator: nothing must be done. Where many people’s browsers are like this, let the browsers that your district "
            "manages keep cookies for the tool’s address."
        ),
    }
    """What to do, and whose move it is, by the check of the connection that is not good."""
    never_sends: ClassVar[Mapping[str, str]] = {}
    """Messages that this LMS does not know, and what happens instead."""

    def speaks_for(self, issuer: str, configuration_url: str) -> bool:
        """Whether a configuration at this address may speak for this issuer (LTI Dynamic Registration 1.0, 3.5.1: same host)."""
        return bool(origin(issuer)) and origin(issuer) == origin(configuration_url)

    def owns(self, issuer: str, url: str) -> bool:
        """Whether an endpoint may stand at this address. Some LMSs sign people in elsewhere, so any that the policy allows."""
        return bool(origin(issuer) and origin(url))

    def registers_at(self, issuer: str, url: str, platform: Mapping[str, Any]) -> bool:
        """Whether registrations may go to this address; `platform` is what a configuration that speaks for the issuer says of itself."""
        del platform
        return self.owns(issuer, url)

    def environment(self, issuer: str) -> str:
        """The environment that this issuer speaks for: production, beta or test."""
        del issuer
        return PRODUCTION

    def original(self, issuer: str) -> Original | None:
        """What the environment of this issuer is a copy of; None when it is none."""
        del issuer
        return None

    def may_be_copied(self, registration: Registration) -> bool:
        """Whether the registration also stands in the copies that the LMS makes of its production."""
        del registration
        return False

    def front_door(self, registration: Registration) -> str:
        """Where people open the LMS themselves, as far as its registration tells; empty when it does not."""
        del registration
        return ""

    def course_url(self, registration: Registration, context_id: str, service_url: str) -> str:
        """Where people open a course in the LMS; empty where neither its id nor the address of one of its services tells."""
        del registration, context_id, service_url
        return ""

    def account_name(self, platform: Mapping[str, Any]) -> str:
        """What the LMS calls itself in its configuration, if it does."""
        del platform
        return ""

    def token_audience(self, token_url: str, authorization_server: str) -> str:
        """`aud` of our client assertions (1EdTech Security Framework 1.1, 4.1.1)."""
        return authorization_server if authorization_server.startswith(("https://", "http://")) else token_url

    def service_url(self, registration: Registration, url: str) -> str:
        """The address of a service as we will call it; empty when this platform has no business naming it."""
        del registration
        return url

    def frame_ancestors(self, registration: Registration, custom: Mapping[str, str], return_url: str) -> list[str]:
        """Origins that may show our pages in a frame (CSP frame-ancestors); the first is the likeliest."""
        del custom
        return _unique([origin(return_url), origin(registration.issuer), origin(registration.auth_url)])

    def frame_ancestors_of_login(self, registration: Registration) -> list[str]:
        """The same before a signed message has told where this LMS stands; empty where only the message tells."""
        del registration
        return []

    def is_own_link(self, context_id: str, link_id: str) -> bool:
        """Whether the resource link is one that somebody placed, not a stand-in for the whole course."""
        del context_id
        return bool(link_id)

    def placement(self, body: Mapping[str, Any]) -> str:
        """Where in the LMS the launch came from, if it says so."""
        del body
        return ""

    def keeps_columns(self, placement: str) -> bool:
        """Whether a link that is placed from there may bring a column for the gradebook."""
        del placement
        return True

    def wants(self, placement: str) -> str:
        """What a deep linking request from there asks for: PLACE, HAND_IN or EMBED."""
        del placement
        return PLACE

    def custom_parameters(self) -> dict[str, str]:
        """Variables that we ask for with every launch."""
        return {"context_history": "$Context.id.history"}

    def messages(self, supported: Mapping[str, Collection[str] | None], target: str, label: str) -> list[dict[str, Any]]:
        """The messages of our registration: only those that the platform supports. `supported`: type to placements (None: none listed)."""
        del label
        wanted = ("LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest")
        return [{"type": kind, "target_link_uri": target} for kind in wanted if kind in supported]

    def tool_extras(self) -> dict[str, Any]:
        """Further members of the tool configuration."""
        return {}

    def updates(self, token: str) -> bool:
        """Whether this registration token is for a registration that the LMS has, not for a new one."""
        del token
        return False

    def granted_deployment(self, answer: Mapping[str, Any]) -> str | None:
        """The deployment that the registration's answer names, if it does (LTI Dynamic Registration 1.0, 3.7)."""
        inside = answer.get(TOOL_CONFIGURATION)
        found = inside.get("deployment_id") if isinstance(inside, dict) else None
        found = found if found is not None else answer.get("deployment_id")
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) and str(found) else None

    def error_words(self, body: bytes) -> str:
        """What the platform says about a registration it refuses, as plain text of at most 300 characters; a page says nothing."""
        text = body.decode("utf-8", "replace").strip()
        return "" if text[:9].lower().startswith(("<!doctype", "<html")) else text[:300]


def upgraded(url: str, issuer: str) -> str:
    """The URL with https where the issuer's own host was named with http: old installations mix the two."""
    here, there = urlsplit(issuer), urlsplit(url)
    if here.scheme == "https" and there.scheme == "http" and there.hostname == here.hostname and there.port in (None, 80):
        return there._replace(scheme="https", netloc=here.netloc).geturl()
    return url


def _unique(origins: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(found for found in origins if found))
