"""A course with a teacher, a facilitator and reviewers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.catalog.models import Activity
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.models import Registration
from lti_tool.review.models import Review
from tests.factories.world import FrameBrowser, World


@dataclass
class Scene:
    """Ada works at an activity that Dana runs; `reviewers` are the pool."""

    world: World
    registration: Registration
    context: Context
    activity: Activity
    ada: Person
    dana: Person
    enrollment: Enrollment
    reviewers: list[Person]
    _opened: dict[Any, FrameBrowser] = field(default_factory=dict)

    def rows(self, model: type[Any]) -> list[Any]:
        with self.world.tool.database.read() as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def seated(self, **given: Any) -> tuple[Submission, list[Review]]:
        submission = self.world.seated(self.enrollment, **given)
        return submission, self.world.reviews(submission)

    def open_reviews(self, submission: Submission) -> list[Review]:
        return [review for review in self.world.reviews(submission) if review.state in ("assigned", "in_progress")]

    def person(self, review: Review) -> Person:
        return next(person for person in self.reviewers if person.id == review.reviewer_id)

    def desk(self, review: Review) -> FrameBrowser:
        """The browser of whoever holds this review, the same one each time."""
        if review.reviewer_id not in self._opened:
            self._opened[review.reviewer_id] = self.world.browser(self.person(review), "earner", context=self.context)
        return self._opened[review.reviewer_id]

    def facilitator(self) -> FrameBrowser:
        return self.world.browser(self.dana, "facilitator", "designer", activity=self.activity)

    def submission(self) -> Submission:
        [row] = self.rows(Submission)
        return row  # type: ignore[no-any-return]


def scored(revision: int = 0, page: str = "p1", words: str = "I saw it.", **levels: int) -> dict[str, str]:
    """A posted desk."""
    scores = {f"level-{key}": str(level) for key, level in levels.items()}
    return {"revision": str(revision), "page": page, "overall": "", **scores, **{f"feedback-{key}": words for key in levels}}


@pytest.fixture
def stage(world: World) -> Callable[..., Scene]:
    """Make a scene; `pool` names its reviewers."""

    def make(pool: int = 3) -> Scene:
        registration = world.registration()
        context = world.context(registration)
        activity = world.activity(context)
        ada = world.person(registration, "Adabella Lovelace", email="adabella@district.example", sub="sub-of-adabella")
        dana = world.person(registration, "Dana Facilitator")
        world.member(context, ada, "earner")
        world.member(context, dana, "facilitator", "designer")
        names = ("Ruth Feldman", "Raj Venkat", "Rosa Delgado", "Rene Blanc", "Rita Okafor")
        reviewers = [world.reviewer(registration, name) for name in names[:pool]]
        return Scene(world, registration, context, activity, ada, dana, world.enrollment(activity, ada), reviewers)

    return make


@pytest.fixture
def scene(stage: Callable[..., Scene]) -> Scene:
    """A scene with three reviewers."""
    return stage()
