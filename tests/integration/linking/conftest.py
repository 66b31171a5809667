"""A teacher who came to hand in or to embed, and what a platform reads of the answer."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any
from uuid import UUID

import jwt
import pytest
from werkzeug.test import TestResponse

from lti_tool.evidence import artifacts, portfolio
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.service import Owner
from lti_tool.evidence.uploads import received
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from tests.factories.world import FrameBrowser
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
RETURN = "https://lms.example.edu/courses/2/deep_linking_response?data=x"
HOMEWORK = {"wants": "hand_in", "accept_types": ["file", "ltiResourceLink"], "media_types": ["*/*"], "accept_multiple": False}
EDITOR = {
    "wants": "embed",
    "accept_types": ["link", "file", "html", "ltiResourceLink", "image"],
    "media_types": ["*/*"],
    "accept_multiple": True,
}
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


class Link:
    """What a deep linking visit does and gets."""

    def __init__(self, scene: Scene) -> None:
        self.scene, self.world, self.tool = scene, scene.world, scene.world.tool

    def come(self, settings: dict[str, Any], *rights: str, person: Person | None = None, launch: Any = None, **more: Any) -> FrameBrowser:
        asked = {"return_url": RETURN, "data": None, "accept_lineitem": None, **settings, **more}
        return self.world.browser(
            person or self.scene.ada,
            *rights,
            context=self.scene.context,
            launch={"message_type": "LtiDeepLinkingRequest", "deep_linking": asked, "return_url": "", **(launch or {})},
        )

    def homework(self, *, person: Person | None = None, custom: dict[str, str] | None = None, **settings: Any) -> FrameBrowser:
        return self.come(HOMEWORK, "earner", person=person, launch={"custom": custom or {}}, **settings)

    def file(self, name: str = "plan.pdf", content: bytes = PDF, *, owner: Person | None = None, enrollment: Any = None) -> Artifact:
        person, work = owner or self.scene.ada, enrollment or self.scene.enrollment
        with received(self.tool, BytesIO(content), name) as file, self.tool.database.unit() as session:
            return artifacts.add_file(
                session, self.tool, Owner(person.district_id, person.id), work.id, "plan", title="", file=file, students="none"
            )

    def remove(self, piece: Artifact) -> None:
        with self.tool.database.unit() as session:
            portfolio.delete_artifact(session, self.tool, Owner(piece.district_id, piece.person_id), piece.id)

    def claims(self, answer: TestResponse) -> dict[str, Any]:
        """Of the answer's token; its signature and times are checked elsewhere."""
        assert answer.status_code == 200, answer.text
        found = re.search(r'name="JWT" value="([^"]+)"', answer.text)
        assert found is not None, answer.text
        claims: dict[str, Any] = jwt.decode(html.unescape(found.group(1)), options={"verify_signature": False})
        return claims

    def items(self, answer: TestResponse) -> list[dict[str, Any]]:
        items: list[dict[str, Any]] = self.claims(answer)[DL + "content_items"]
        return items

    def fetch(self, url: str, method: str = "GET", **headers: str) -> TestResponse:
        """As an LMS's server: no cookie, no frame."""
        base = self.tool.settings.evidence_origin
        assert url.startswith(base + "/handed-file/")
        answer = self.world.app.test_client().open(url.removeprefix(base), method=method, base_url=base, headers=headers)
        answer.get_data()
        answer.close()
        return answer

    def stranger(self) -> tuple[Registration, Person]:
        """Somebody of another district."""
        registration = self.world.registration()
        return registration, self.world.person(registration, "Stran Ger")


def hand_in(browser: FrameBrowser, *picked: tuple[str, UUID] | str) -> TestResponse:
    values = [one if isinstance(one, str) else f"{one[0]}:{one[1]}" for one in picked]
    return browser.post("/hand-in", {"pick": values, "do": "hand_in"})


@pytest.fixture
def link(scene: Scene) -> Link:
    return Link(scene)


Make = Callable[..., FrameBrowser]
