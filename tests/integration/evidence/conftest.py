"""A teacher at their desk: enrolled, in a frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from lti_tool.catalog.models import Activity
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World

PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64
PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n<< >>\nendobj\n%%EOF\n"


@dataclass
class Desk:
    """One teacher, one activity, one enrollment."""

    world: World
    registration: Registration
    context: Context
    ada: Person
    activity: Activity
    browser: FrameBrowser
    enrollment: Enrollment

    def path(self, rest: str = "") -> str:
        return f"/evidence/work/{self.enrollment.id}{rest}"

    def get(self, rest: str = "") -> TestResponse:
        return self.browser.get(self.path(rest))

    def post(self, rest: str, data: dict[str, Any] | None = None, **kwargs: Any) -> TestResponse:
        return self.browser.post(self.path(rest), data, **kwargs)

    def upload(self, key: str, content: bytes, name: str, **data: Any) -> TestResponse:
        return self.post(f"/requirement/{key}/add/file", {"file": (BytesIO(content), name), "students": "none", **data})

    def write_everything(self) -> None:
        """All that CONTENT of the world asks for."""
        done = [
            self.post("/self-assess", {"level_planning": "2", "level_asking": "1", "text_asking": "I wait too little."}),
            self.post("/answers/overview", {"text_context": "Grade five, 24 students."}),
            self.post("/answers/reflection", {"text_impact": "They ask each other now."}),
            self.upload("plan", PDF, "plan.pdf", title="My plan"),
            self.post(
                "/requirement/recording/add/link",
                {"url": "https://video.example.org/1", "title": "Recording", "students": "background"},
            ),
        ]
        assert [answer.status_code for answer in done] == [303] * 5

    def submit(self) -> TestResponse:
        return self.post("/submit", {"names_removed": "y"})

    def open_again(self) -> None:
        """A new visit, as after the session has ended."""
        self.browser = self.world.browser(self.ada, "earner", activity=self.activity)

    def submissions(self) -> list[Submission]:
        with self.world.tool.database.read() as session:
            return list(session.scalars(select(Submission).order_by(Submission.attempt)))

    def decide(self, outcome: str) -> None:
        """What the review room records."""
        with self.world.tool.database.unit() as session:
            row = session.scalars(select(Submission).order_by(Submission.attempt.desc())).first()
            assert row is not None
            row.state, row.outcome, row.decided_at = "decided", outcome, self.world.tool.clock()
            if outcome != "revise":
                session.get_one(Enrollment, row.enrollment_id).state = outcome

    def rows(self, model: type[Any]) -> list[Any]:
        with self.world.tool.database.read() as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def stored_files(self) -> int:
        folder = self.world.tool.settings.data_dir / "evidence"
        return sum(path.is_file() for path in folder.rglob("*"))


@pytest.fixture
def sit(world: World) -> Callable[..., Desk]:
    """Make a desk; `content` changes the microcredential."""

    def make(**content: Any) -> Desk:
        registration = world.registration()
        context = world.context(registration)
        ada = world.person(registration)
        activity = world.activity(context, world.version(registration.district_id, **content))
        return Desk(
            world,
            registration,
            context,
            ada,
            activity,
            world.browser(ada, "earner", activity=activity),
            world.enrollment(activity, ada),
        )

    return make


@pytest.fixture
def desk(sit: Callable[..., Desk]) -> Desk:
    """A teacher who has just enrolled."""
    return sit()


def artifact_ids(answer: TestResponse) -> list[UUID]:
    """Ids of the pieces that a page lists, in order."""
    import re

    return list(dict.fromkeys(UUID(found) for found in re.findall(r"/artifact/([0-9a-f-]{36})", answer.text)))


__all__ = ["PDF", "PNG", "Desk", "Tool", "artifact_ids"]
