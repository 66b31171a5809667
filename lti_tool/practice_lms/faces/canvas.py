"""The Canvas-like face: one client with many deployments, placements, platform storage, role lists."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import jwt

from lti_tool.practice_lms.lti import AGS_CLAIM, AGS_SCOPES, CLAIM, INSTITUTION, MEMBERSHIP_READ, NRPS_CLAIM, SYSTEM
from lti_tool.practice_lms.models import DEEP_LINKING, Course, Launch, LineItem, Person, Registration
from lti_tool.practice_lms.world import School

from .base import Endpoints, Face, Refused, Scene, require_fixed_values, require_known_redirect, require_new_nonce
from .canvas_roles import ROLES
from .canvas_variables import expand

PLACEMENT_PREFIX = "https://canvas.instructure.com/lti/"
PROGRESS_SCOPE = "https://canvas.instructure.com/lti-ags/progress/scope/show"
NOTICE_SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
NOTICE_TYPES = ("LtiHelloWorldNotice", "LtiContextCopyNotice")
SCOPES = (*AGS_SCOPES, PROGRESS_SCOPE, MEMBERSHIP_READ, NOTICE_SCOPE)
DEEP_LINKING_PLACEMENTS = (
    "assignment_selection",
    "link_selection",
    "module_index_menu_modal",
    "course_assignments_menu",
    "module_menu_modal",
    "editor_button",
    "homework_submission",
)
LINK_PLACEMENTS = (
    "assignment_selection",
    "link_selection",
    "module_index_menu_modal",
    "course_assignments_menu",
    "course_navigation",
    "account_navigation",
    "homework_submission",
    "user_navigation",
    "global_navigation",
)
HINT_LIFETIME = timedelta(minutes=5)
_LTI_LINK = "application/vnd.ims.lti.v1.ltilink"
_MODAL = {
    "accept_types": ["ltiResourceLink"],
    "accept_presentation_document_targets": ["iframe", "window"],
    "accept_media_types": _LTI_LINK,
    "auto_create": False,
    "accept_multiple": True,
}
SETTINGS: dict[str, dict[str, Any]] = {
    "assignment_selection": {**_MODAL, "accept_multiple": False},
    "link_selection": _MODAL,
    "course_assignments_menu": _MODAL,
    "module_index_menu_modal": {**_MODAL, "auto_create": True},
    "module_menu_modal": {**_MODAL, "auto_create": True},
    "editor_button": {
        "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
        "accept_presentation_document_targets": ["embed", "iframe", "window"],
        "accept_media_types": f"image/*,text/html,{_LTI_LINK},*/*",
        "auto_create": False,
        "accept_multiple": True,
    },
    "homework_submission": {
        "accept_types": ["file", "ltiResourceLink"],
        "accept_presentation_document_targets": ["iframe"],
        "accept_media_types": "*/*",
        "auto_create": False,
        "accept_multiple": False,
    },
}


class Canvas(Face):
    """See the module's docstring."""

    key = "canvas"
    title = "Maple Valley Schools"
    vendor_like = "Canvas"
    token_seconds = 3600
    frame_features = (
        "geolocation",
        "microphone",
        "camera",
        "midi",
        "encrypted-media",
        "autoplay",
        "clipboard-write",
        "display-capture",
    )

    def frame_origins(self, tools: list[str]) -> list[str]:  # noqa: ARG002
        """Canvas lets whoever is in the frame ask."""
        return ["*"]

    def endpoints(self, school: School) -> Endpoints:
        api = school.issuer + "/api/lti"
        return Endpoints(
            api + "/security/openid-configuration",
            api + "/authorize_redirect",
            school.issuer + "/login/oauth2/token",
            api + "/security/jwks",
            api + "/registrations",
        )

    def login_fields(self, school: School, launch: Launch) -> dict[str, str]:
        hint = {
            "verifier": launch.key,
            "canvas_domain": school.issuer,
            "include_storage_target": True,
            "exp": int((launch.created + HINT_LIFETIME).timestamp()),
        }
        return {
            "iss": school.issuer,
            "login_hint": opaque_user_id(school, launch.person),
            "client_id": launch.client_id,
            "lti_deployment_id": launch.deployment_id,
            "target_link_uri": launch.target,
            "lti_message_hint": jwt.encode(hint, school.hint_secret, algorithm="HS256"),
            "canvas_environment": "production",
            "canvas_region": "not_configured",
            "lti_storage_target": "post_message_forwarding",
        }

    def authenticate(self, school: School, form: Mapping[str, str]) -> Launch:
        registration = school.registrations.get(form.get("client_id", ""))
        if registration is None:
            raise Refused("unauthorized_client", "Unknown client", page=True)
        require_known_redirect(registration, form.get("redirect_uri", ""))
        needed = ("login_hint", "lti_message_hint", "nonce", "prompt", "redirect_uri", "response_mode", "response_type", "scope")
        if missing := [name for name in needed if not form.get(name)]:
            raise Refused("invalid_request_object", f"The following parameters are missing: {','.join(missing)}")
        require_fixed_values(form)
        launch = school.launches.get(self._verifier(school, form["lti_message_hint"]))
        if launch is None or launch.client_id != registration.client_id:
            raise Refused("invalid_request_object", "Invalid lti_message_hint")
        if school.mood.login_required or form["login_hint"] != opaque_user_id(school, launch.person):
            raise Refused("login_required", "Must have an active user session", fault=not school.mood.login_required)
        if registration.status != "active":
            raise Refused("unauthorized_client", "Client not authorized in requested context", fault=False)
        if launch.used or school.now() - launch.created > HINT_LIFETIME:
            raise Refused("launch_no_longer_valid", "The launch has either expired or already been consumed", fault=False)
        require_new_nonce(school, form["nonce"])
        launch.used = True
        return launch

    def _verifier(self, school: School, hint: str) -> str:
        try:
            claims = jwt.decode(hint, school.hint_secret, algorithms=["HS256"], options={"verify_exp": False})
        except jwt.PyJWTError:
            return ""
        return str(claims.get("verifier", ""))

    def roles(self, school: School, person: Person, course: Course | None) -> list[str]:
        roles = {SYSTEM + "User"}
        if person.admin:
            roles |= {INSTITUTION + "Administrator", SYSTEM + "SysAdmin"}
        for other in school.courses.values():
            kind = other.members.get(person.key)
            if kind in ("instructor", "assistant", "designer"):
                roles.add(INSTITUTION + "Instructor")
            elif kind == "learner":
                roles.add(INSTITUTION + "Student")
        if course is not None and person.key in course.members:
            roles |= set(ROLES[course.members[person.key]])
        return sorted(roles)

    def column_url(self, school: School, column: LineItem) -> str:
        return f"{school.issuer}/api/lti/courses/{column.course_id}/line_items/{column.number}"

    def placements(self, registration: Registration) -> list[tuple[str, str]]:
        words = {
            "assignment_selection": "Assignment from {}",
            "link_selection": "Items from {}",
            "module_index_menu_modal": "Add several from {}",
            "editor_button": "Page with a card from {}",
        }
        return [
            (placement, text.format(registration.name))
            for placement, text in words.items()
            if registration.message(DEEP_LINKING, placement)
        ]

    def answer_problems(self, item: Mapping[str, Any], placement: str) -> list[str]:
        if "lineItem" in item and placement in ("editor_button", "homework_submission"):
            return [f"a lineItem means nothing in the placement {placement}"]
        return []

    def claims(self, scene: Scene) -> dict[str, Any]:
        school, launch, person = scene.school, scene.launch, scene.person
        claims = self.shared_claims(scene)
        claims |= {
            "azp": scene.registration.client_id,
            "locale": person.locale,
            CLAIM + "context": self._context(scene),
            CLAIM + "custom": expand(scene),
            CLAIM + "tool_platform": {
                "guid": f"{school.guid}:canvas-lms",
                "name": school.name,
                "version": "cloud",
                "product_family_code": "canvas",
            },
            CLAIM + "launch_presentation": {"document_target": "iframe", "return_url": self._return_url(scene), "locale": person.locale},
            CLAIM + "lti11_legacy_user_id": opaque_user_id(school, person.key),
            "https://www.instructure.com/placement": launch.placement or None,
        }
        claims |= self.person_claims(scene.registration, person)
        if "name" in claims:
            claims[CLAIM + "lis"] = {
                "person_sourcedid": person.sis_id or "$Person.sourcedId",
                "course_offering_sourcedid": "$CourseSection.sourcedId",
            }
        if scene.course and scene.course.members.get(person.key) == "observer" and "email" in claims:
            claims[CLAIM + "role_scope_mentor"] = [school.people["ada"].sub]
        if launch.message == DEEP_LINKING:
            settings = {**SETTINGS[launch.placement], "deep_link_return_url": self.answer_url(scene)}
            claims |= self.deep_linking_settings(scene, settings)
        else:
            claims[CLAIM + "resource_link"] = self._resource_link(scene)
        return claims | self._services(scene) | self._notices(scene)

    def person_claims(self, registration: Registration, person: Person) -> dict[str, str]:
        """Name and e-mail as far as the privacy level lets them through."""
        shown: dict[str, str] = {}
        if registration.privacy in ("public", "name_only"):
            shown |= {"name": person.name, "given_name": person.given, "family_name": person.family}
        if registration.privacy in ("public", "email_only"):
            shown["email"] = person.email
        return shown

    def answer_url(self, scene: Scene) -> str:
        """Where the tool posts a deep linking response: the state is in the query."""
        data = {"nonce": scene.launch.key, "modal": True, "placement": scene.launch.placement}
        course = scene.course.number if scene.course else 0
        token = jwt.encode(data, scene.school.hint_secret, algorithm="HS256")
        return f"{scene.school.issuer}/courses/{course}/deep_linking_response?data={token}"

    def _context(self, scene: Scene) -> dict[str, Any]:
        if scene.course is None:
            return {"id": scene.school.account_context_id, "title": scene.school.name, "type": ["Account"]}
        return {
            "id": scene.course.context_id,
            "label": scene.course.label,
            "title": scene.course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        }

    def _resource_link(self, scene: Scene) -> dict[str, Any]:
        if scene.item is not None and scene.item.resource_link_id:
            return {
                "id": scene.item.resource_link_id,
                "title": scene.item.title,
                "description": f"<p>{scene.item.text}</p>" if scene.item.text else None,
            }
        context = self._context(scene)
        return {"id": context["id"], "title": context["title"], "description": None}

    def _return_url(self, scene: Scene) -> str:
        if scene.launch.message == DEEP_LINKING:
            return f"{scene.school.issuer}/deep_linking_cancel?include_host=true&placement={scene.launch.placement}"
        if scene.course is None:
            return f"{scene.school.issuer}/account"
        return f"{scene.school.issuer}/courses/{scene.course.number}"

    def _services(self, scene: Scene) -> dict[str, Any]:
        if scene.course is None:
            return {}
        claims: dict[str, Any] = {}
        base = f"{scene.school.issuer}/api/lti/courses/{scene.course.number}"
        scopes = [scope for scope in (*AGS_SCOPES, PROGRESS_SCOPE) if scope in scene.registration.scopes]
        if set(scopes) & set(AGS_SCOPES):
            claims[AGS_CLAIM] = {"scope": scopes, "lineitems": base + "/line_items"}
            if scene.column is not None and scene.launch.message != DEEP_LINKING:
                claims[AGS_CLAIM]["lineitem"] = self.column_url(scene.school, scene.column)
        if MEMBERSHIP_READ in scene.registration.scopes:
            claims[NRPS_CLAIM] = {"context_memberships_url": base + "/names_and_roles", "service_versions": ["2.0"]}
        return claims

    def _notices(self, scene: Scene) -> dict[str, Any]:
        if NOTICE_SCOPE not in scene.registration.scopes:
            return {}
        number = scene.launch.deployment_id.partition(":")[0]
        return {
            CLAIM + "platformnotificationservice": {
                "service_versions": ["1.0"],
                "platform_notification_service_url": f"{scene.school.issuer}/api/lti/notice-handlers/{number}",
                "scope": [NOTICE_SCOPE],
                "notice_types_supported": list(NOTICE_TYPES),
            }
        }


def opaque_user_id(school: School, person: str) -> str:
    """The forty hex digits Canvas uses as login_hint and legacy id."""
    return hashlib.sha1(f"{school.issuer} {person}".encode(), usedforsecurity=False).hexdigest()
