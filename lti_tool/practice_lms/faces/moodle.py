"""The Moodle-like face: short-lived tokens, numeric subjects, one deployment per tool, custom values twice."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from lti_tool.practice_lms.lti import AGS_CLAIM, AGS_SCOPES, CLAIM, INSTITUTION, MEMBERSHIP, MEMBERSHIP_READ, NRPS_CLAIM, SYSTEM
from lti_tool.practice_lms.models import DEEP_LINKING, SUBMISSION_REVIEW, Course, Launch, LineItem, Person, Registration
from lti_tool.practice_lms.world import School

from .base import Endpoints, Face, Refused, Scene, require_fixed_values, require_known_redirect, require_new_nonce
from .moodle_urls import column_url, memberships_url
from .moodle_variables import expand

SCOPES = (*AGS_SCOPES, MEMBERSHIP_READ, "https://purl.imsglobal.org/spec/lti-ts/scope/toolsetting")


class Moodle(Face):
    """See the module's docstring."""

    key = "moodle"
    title = "Oak County Schools"
    vendor_like = "Moodle"
    token_seconds = 60
    frame_features = ("microphone", "camera", "geolocation", "midi", "encrypted-media", "autoplay")

    def endpoints(self, school: School) -> Endpoints:
        lti = school.issuer + "/mod/lti"
        return Endpoints(
            lti + "/openid-configuration.php",
            lti + "/auth.php",
            lti + "/token.php",
            lti + "/certs.php",
            lti + "/openid-registration.php",
        )

    def login_fields(self, school: School, launch: Launch) -> dict[str, str]:
        hint: dict[str, Any] = {"launchid": launch.key}
        if launch.item is not None:
            hint = {"cmid": launch.item, **hint}
        return {
            "iss": school.issuer,
            "target_link_uri": launch.target,
            "login_hint": str(school.people[launch.person].number),
            "lti_message_hint": json.dumps(hint, separators=(",", ":")),
            "client_id": launch.client_id,
            "lti_deployment_id": launch.deployment_id,
        }

    def authenticate(self, school: School, form: Mapping[str, str]) -> Launch:
        registration = school.registrations.get(form.get("client_id", ""))
        if registration is None:
            raise Refused("unauthorized_client", "Unknown client", page=True)
        require_known_redirect(registration, form.get("redirect_uri", ""))
        launch = school.launches.get(self._launch_key(form.get("lti_message_hint", "")))
        if launch is None:
            raise Refused("invalid_request", "No launch id in LTI hint", page=True)
        if launch.used:
            raise Refused("invalid_request", "The launch was already used", page=True, fault=False)
        if launch.client_id != registration.client_id or registration.status != "active":
            raise Refused("unauthorized_client", "Unauthorized client")
        if form.get("login_hint") != str(school.people[launch.person].number) or school.mood.login_required:
            raise Refused("access_denied", "The user is not the one of the login", fault=not school.mood.login_required)
        require_fixed_values(form)
        require_new_nonce(school, form.get("nonce", ""))
        launch.used = True
        return launch

    def _launch_key(self, hint: str) -> str:
        try:
            parsed = json.loads(hint)
        except ValueError:
            return ""
        return str(parsed.get("launchid", "")) if isinstance(parsed, dict) else ""

    def roles(self, school: School, person: Person, course: Course | None) -> list[str]:  # noqa: ARG002
        if person.admin:
            return [INSTITUTION + "Administrator", MEMBERSHIP + "#Instructor", SYSTEM + "Administrator"]
        kind = course.members.get(person.key) if course else None
        return [MEMBERSHIP + ("#Instructor" if kind in ("instructor", "assistant") else "#Learner")]

    def column_url(self, school: School, column: LineItem) -> str:
        return column_url(school, column)

    def placements(self, registration: Registration) -> list[tuple[str, str]]:
        if not registration.in_chooser or not registration.message(DEEP_LINKING):
            return []
        return [("ContentArea", f"Activities from {registration.name}")]

    def answer_problems(self, item: Mapping[str, Any], placement: str) -> list[str]:  # noqa: ARG002
        problems = []
        column = item.get("lineItem")
        if isinstance(column, dict):
            maximum = column.get("scoreMaximum")
            if isinstance(maximum, bool) or not isinstance(maximum, int) or not 1 <= maximum <= 100:
                problems.append("scoreMaximum must be an integer between 1 and 100")
        custom = item.get("custom")
        if isinstance(custom, dict) and any("\n" in str(value) for value in custom.values()):
            problems.append("a custom value holds a line break, which cuts it off")
        return problems

    def claims(self, scene: Scene) -> dict[str, Any]:
        school, launch, person = scene.school, scene.launch, scene.person
        custom, moved = expand(scene)
        claims = self.shared_claims(scene)
        claims |= {
            CLAIM + "lis": {"person_sourcedid": person.sis_id, "course_section_sourcedid": scene.course.sis_id if scene.course else ""},
            CLAIM + "tool_platform": {
                "product_family_code": "moodle",
                "version": "2024100706",
                "guid": school.guid,
                "name": "oakcounty",
                "description": school.name,
            },
            CLAIM + "ext": {"user_username": person.login, "lms": "moodle-2"},
            CLAIM + "launch_presentation": self._presentation(scene),
            CLAIM + "custom": custom,
        }
        if scene.course is not None:
            claims[CLAIM + "context"] = {
                "id": scene.course.context_id,
                "label": scene.course.label,
                "title": scene.course.title,
                "type": ["CourseSection"],
            }
        claims |= self.person_claims(scene.registration, person)
        if launch.message == DEEP_LINKING:
            claims |= self.deep_linking_settings(
                scene,
                {
                    "accept_types": ["ltiResourceLink"],
                    "accept_presentation_document_targets": ["frame", "iframe", "window"],
                    "accept_copy_advice": False,
                    "accept_multiple": True,
                    "accept_unsigned": False,
                    "auto_create": False,
                    "can_confirm": False,
                    "deep_link_return_url": self.answer_url(scene),
                    "title": "",
                    "text": "",
                },
            )
        elif scene.item is not None:
            claims[CLAIM + "resource_link"] = {"title": scene.item.title, "description": scene.item.text, "id": scene.item.resource_link_id}
        if launch.message == SUBMISSION_REVIEW and launch.for_user:
            claims[CLAIM + "for_user"] = {"user_id": launch.for_user}
        return claims | self._services(scene, moved)

    def person_claims(self, registration: Registration, person: Person) -> dict[str, str]:
        """Name and e-mail, as far as the tool's settings allow."""
        shown: dict[str, str] = {}
        if registration.privacy in ("public", "name_only"):
            shown |= {"given_name": person.given, "family_name": person.family, "name": person.name}
        if registration.privacy in ("public", "email_only"):
            shown["email"] = person.email
        return shown

    def answer_url(self, scene: Scene) -> str:
        """Where the tool posts a deep linking response; the session key in the query belongs to this one launch."""
        course = scene.course.number if scene.course else 0
        return (
            f"{scene.school.issuer}/mod/lti/contentitem_return.php?course={course}"
            f"&id={scene.registration.type_id}&sesskey={quote(scene.launch.key)}"
        )

    def _presentation(self, scene: Scene) -> dict[str, str]:
        if scene.launch.message == DEEP_LINKING or scene.course is None:
            return {"locale": scene.person.locale}
        return {
            "locale": scene.person.locale,
            "document_target": "window" if scene.launch.window else "iframe",
            "return_url": f"{scene.school.issuer}/courses/{scene.course.number}",
        }

    def _services(self, scene: Scene, moved: dict[str, str]) -> dict[str, Any]:
        claims: dict[str, Any] = {}
        scopes = [scope for scope in AGS_SCOPES if scope in scene.registration.scopes]
        if scene.course is None:
            return claims
        if scopes:
            type_id = scene.registration.type_id
            base = f"{scene.school.issuer}/mod/lti/services.php/{scene.course.number}/lineitems?type_id={type_id}"
            claims[AGS_CLAIM] = {"scope": scopes, "lineitems": base}
            if scene.column is not None and scene.launch.message != DEEP_LINKING:
                claims[AGS_CLAIM]["lineitem"] = self.column_url(scene.school, scene.column)
            claims[AGS_CLAIM] |= moved
        if MEMBERSHIP_READ in scene.registration.scopes:
            claims[NRPS_CLAIM] = {"context_memberships_url": memberships_url(scene), "service_versions": ["1.0", "2.0"]}
        return claims
