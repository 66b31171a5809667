"""A teacher who has handed in work with a recording of students, three reviewers, and a coordinator."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.evidence import artifacts, service
from lti_tool.evidence.consent_policies import Consent
from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.models import Artifact, Enrollment, Submission
from lti_tool.evidence.service import Draft, Owner
from lti_tool.evidence.uploads import received
from lti_tool.launch.models import Person
from lti_tool.review.models import Review
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World
from tests.integration.evidence.conftest import CONSENT, Desk

PLAN, FILM, BLURRED = b"What we did.", b"What they said to each other.", b"What somebody said."
"""Files that everybody may open at once: nothing has to be done to a text."""


@dataclass
class Kept:
    """Ada's desk, and everybody around it. `recording` is the piece in which students can be recognized."""

    desk: Desk
    dana: Person
    fay: Person
    reviewers: list[Person]

    @property
    def world(self) -> World:
        return self.desk.world

    @property
    def tool(self) -> Tool:
        return self.world.tool

    def rows(self, model: type[Any]) -> list[Any]:
        with self.tool.database.read() as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def submission(self) -> Submission:
        return self.rows(Submission)[-1]  # type: ignore[no-any-return]

    def reviews(self) -> list[Review]:
        return [row for row in self.world.reviews(self.submission()) if row.state in ("assigned", "in_progress", "locked")]

    def recording(self) -> Artifact:
        return next(row for row in self.rows(Artifact) if row.students == "identifiable")

    def plan(self) -> Artifact:
        return next(row for row in self.rows(Artifact) if row.title == "My plan")

    def hold(self) -> ArtifactHold:
        return self.rows(ArtifactHold)[-1]  # type: ignore[no-any-return]

    def holder(self, review: Review) -> Person:
        return next(person for person in self.reviewers if person.id == review.reviewer_id)

    def at_desk(self, review: Review) -> FrameBrowser:
        return self.world.browser(self.holder(review), "earner", context=self.desk.context)

    def mine(self) -> FrameBrowser:
        return self.world.browser(self.desk.ada, "earner", activity=self.desk.activity)

    def coordinator(self) -> FrameBrowser:
        return self.world.browser(self.dana, "earner", context=self.desk.context)

    def facilitator(self) -> FrameBrowser:
        return self.world.browser(self.fay, "facilitator", activity=self.desk.activity)

    def report(self, review: Review, artifact: Artifact | None = None, reason: str = "A name is said at minute 3.") -> Any:
        piece = (artifact or self.recording()).id
        return self.at_desk(review).post(f"/privacy/desk/{review.id}/{piece}", {"reason": reason})

    def judge_all(self, level: int = 2) -> None:
        for review in self.reviews():
            self.world.judge(review, level)

    def enrollment(self) -> Enrollment:
        return self.rows(Enrollment)[0]  # type: ignore[no-any-return]


def people(desk: Desk) -> Kept:
    dana = desk.world.person(desk.registration, "Dana Okafor")
    desk.world.grant(dana, "coordinator")
    fay = desk.world.person(desk.registration, "Fay Lindgren")
    desk.world.member(desk.context, fay, "facilitator")
    names = ("Ruth Feldman", "Raj Venkat", "Rosa Delgado")
    return Kept(desk, dana, fay, [desk.world.reviewer(desk.registration, name) for name in names])


def hand_in(desk: Desk) -> None:
    """Everything written, a plan and a recording, and submitted."""
    here, owner, work = desk.world.tool, Owner(desk.ada.district_id, desk.ada.id), desk.enrollment.id
    levels = {"planning": Draft("", 0, 2), "asking": Draft("I wait too little.", 0, 1)}
    answers = {"context": Draft("Grade five, 24 students.", 0), "impact": Draft("They ask each other now.", 0)}
    with ExitStack() as files, here.database.unit() as session:
        service.save_self_assessment(session, here, owner, work, levels, page="p")
        service.save_answers(session, here, owner, work, answers, page="p")
        plan = files.enter_context(received(here, BytesIO(PLAN), "Übung „eins“.txt"))
        artifacts.add_file(session, here, owner, work, "plan", title="My plan", file=plan, students="none")
        film = files.enter_context(received(here, BytesIO(FILM), "classroom.txt"))
        consent = Consent("district", 24, "Binder in the office")
        artifacts.add_file(session, here, owner, work, "recording", title="Our circle", file=film, students="identifiable", consent=consent)
    with here.database.unit() as session:
        service.submit(session, here, owner, work, attested=service.ATTESTATIONS)


@pytest.fixture
def kept(world: World) -> Kept:
    """Handed in, and with the reviewers."""
    registration = world.registration()
    context = world.context(registration)
    ada = world.person(registration)
    activity = world.activity(context)
    desk = Desk(
        world, registration, context, ada, activity, world.browser(ada, "earner", activity=activity), world.enrollment(activity, ada)
    )
    found = people(desk)
    hand_in(desk)
    return found


def upload(name: str = "blurred.txt", content: bytes = BLURRED) -> dict[str, Any]:
    """The file of a form."""
    return {"file": (BytesIO(content), name)}


__all__ = ["BLURRED", "CONSENT", "FILM", "PLAN", "Kept", "kept", "upload"]
