"""What a face must say, and what both say alike."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from lti_tool.practice_lms.lti import CLAIM, DL_CLAIM
from lti_tool.practice_lms.models import DEEP_LINKING, Course, Item, Launch, LineItem, Person, Registration
from lti_tool.practice_lms.world import School


@dataclass(frozen=True)
class Endpoints:
    """A platform's addresses."""

    configuration: str
    authorization: str
    token: str
    key_set: str
    registration: str


class Refused(Exception):
    """An authentication request this LMS will not answer with a launch.

    `page` means: show an error page here, because the redirect URI cannot be trusted. Otherwise error and
    description go to the tool's redirect URI. `fault` is False when the tool is not to blame.
    """

    def __init__(self, error: str, description: str, *, page: bool = False, fault: bool = True) -> None:
        super().__init__(description)
        self.error, self.description, self.page, self.fault = error, description, page, fault


@dataclass(frozen=True)
class Scene:
    """Everything a launch message speaks about, looked up."""

    school: School
    launch: Launch
    registration: Registration
    person: Person
    course: Course | None
    item: Item | None
    column: LineItem | None

    @staticmethod
    def of(school: School, launch: Launch) -> Scene:
        """Look up what the launch names. Raises KeyError when the course or tool is gone."""
        item = school.item(launch.item) if launch.item is not None else None
        column = school.line_items.get(item.line_item) if item is not None and item.line_item is not None else None
        return Scene(
            school,
            launch,
            school.registrations[launch.client_id],
            school.people[launch.person],
            school.courses[launch.course_id] if launch.course_id is not None else None,
            item,
            column,
        )

    def custom_templates(self) -> dict[str, str]:
        """Custom values before substitution: the tool's, the placement's, then the link's."""
        merged = dict(self.registration.custom)
        message = self.registration.message(self.launch.message, self.launch.placement)
        merged.update(message.custom if message else {})
        merged.update(self.item.custom if self.item and self.launch.message != DEEP_LINKING else {})
        return merged


class Face(ABC):
    """One vendor's way of speaking LTI."""

    key: str
    title: str
    vendor_like: str
    token_seconds: int
    frame_features: tuple[str, ...]
    """What the frame around a tool lets it ask for (Permissions Policy)."""

    def frame_allowances(self, school: School) -> str:
        """The frame's `allow`: the LMS's own page is the first in it, so that those who come after must be named."""
        origins = sorted({"{0.scheme}://{0.netloc}".format(urlsplit(tool.target)) for tool in school.registrations.values()})
        return "; ".join(" ".join((feature, *self.frame_origins(origins))) for feature in self.frame_features)

    def frame_origins(self, tools: list[str]) -> list[str]:
        """Which origins the frame's `allow` names, of those of the tools."""
        return tools

    @abstractmethod
    def endpoints(self, school: School) -> Endpoints:
        """The platform's addresses."""

    @abstractmethod
    def login_fields(self, school: School, launch: Launch) -> dict[str, str]:
        """Form fields of the login initiation."""

    @abstractmethod
    def authenticate(self, school: School, form: Mapping[str, str]) -> Launch:
        """The launch that an authentication request asks for, now used up. Raises Refused."""

    @abstractmethod
    def claims(self, scene: Scene) -> dict[str, Any]:
        """The whole id_token for a launch, without nonce."""

    @abstractmethod
    def roles(self, school: School, person: Person, course: Course | None) -> list[str]:
        """Role URIs of a launch."""

    @abstractmethod
    def column_url(self, school: School, column: LineItem) -> str:
        """The AGS id of a line item."""

    @abstractmethod
    def placements(self, registration: Registration) -> list[tuple[str, str]]:
        """Ways for a designer to add something of this tool to a module: placement and words for the button."""

    @abstractmethod
    def answer_problems(self, item: Mapping[str, Any], placement: str) -> list[str]:
        """Faults of one content item that only this vendor minds."""

    def shared_claims(self, scene: Scene) -> dict[str, Any]:
        """Claims that both vendors send alike."""
        school, launch = scene.school, scene.launch
        now = int(school.now().timestamp())
        claims: dict[str, Any] = {
            "iss": school.issuer,
            "aud": scene.registration.client_id,
            "sub": scene.person.sub,
            "iat": now,
            "exp": now + self.token_seconds,
            CLAIM + "message_type": launch.message,
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": launch.deployment_id,
            CLAIM + "target_link_uri": launch.target,
            CLAIM + "roles": self.roles(school, scene.person, scene.course),
        }
        return claims

    def deep_linking_settings(self, scene: Scene, settings: dict[str, Any]) -> dict[str, Any]:
        """The settings claim; a mood may add the opaque `data` that a tool has to give back."""
        if scene.school.mood.deep_linking_data:
            settings["data"] = scene.school.mood.deep_linking_data
        return {DL_CLAIM + "deep_linking_settings": settings}


def require_known_redirect(registration: Registration, redirect: str) -> None:
    """Byte for byte, as the strictest platform has it. Raises Refused."""
    if redirect not in registration.redirect_uris:
        raise Refused("invalid_request", "redirect_uri is not one that was registered", page=True)


def require_fixed_values(form: Mapping[str, str]) -> None:
    """What every authentication request of LTI 1.3 says (Security Framework 5.1.1.2). Raises Refused."""
    for name, value in (("scope", "openid"), ("response_type", "id_token"), ("response_mode", "form_post"), ("prompt", "none")):
        if form.get(name) != value:
            raise Refused("invalid_request_object", f"The '{name}' must be '{value}'")
    if not form.get("state"):
        raise Refused("invalid_request_object", "The following parameters are missing: state")


def require_new_nonce(school: School, nonce: str) -> None:
    """A nonce belongs to one authentication request. Raises Refused."""
    if not nonce:
        raise Refused("invalid_request_object", "The following parameters are missing: nonce")
    if "authentication " + nonce in school.nonces:
        raise Refused("invalid_request_object", "The nonce was used before")
    school.nonces.add("authentication " + nonce)
