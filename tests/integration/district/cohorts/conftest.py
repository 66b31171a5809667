"""A coordinator, teachers, and a cohort of theirs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.district.cohorts.models import Cohort, CohortMember
from lti_tool.launch.models import Context, Person
from lti_tool.notices.models import Notice
from lti_tool.platforms.models import Registration
from tests.factories.world import FrameBrowser, World

PLAN = {"name": "Pilot group", "words": "Together we begin.", "starts_on": "2026-11-24", "target_on": "2027-05-31"}


@dataclass
class Pilot:
    """Cora runs cohorts; Ada and Ben are teachers of her course."""

    world: World
    registration: Registration
    context: Context
    version: MicrocredentialVersion
    activity: Activity
    cora: Person
    ada: Person
    ben: Person

    def coordinator(self) -> FrameBrowser:
        return self.world.browser(self.cora, "console", context=self.context)

    def teacher(self, person: Person, context: Context | None = None) -> FrameBrowser:
        return self.world.browser(person, "earner", context=context or self.context)

    def rows(self, model: type[Any]) -> list[Any]:
        with self.world.tool.database.read() as session:
            return list(session.scalars(select(model).order_by(model.id)))

    def cohort(self, *people: Person, emails: str = "", **plan: str) -> Cohort:
        """Made and invited to through the pages."""
        browser = self.coordinator()
        made = browser.post("/cohorts/new", {**PLAN, "goals": str(self.version.microcredential_id), **plan})
        assert made.status_code == 303, made.text
        cohort = self.rows(Cohort)[-1]
        if people or emails:
            sent = browser.post(f"/cohorts/{cohort.id}/invite", {"people": [str(one.id) for one in people], "emails": emails})
            assert sent.status_code == 303, sent.text
        return cohort  # type: ignore[no-any-return]

    def member(self, cohort: Cohort, person: Person) -> CohortMember:
        return next(one for one in self.rows(CohortMember) if (one.cohort_id, one.person_id) == (cohort.id, person.id))

    def answer(self, cohort: Cohort, person: Person, given: str = "accepted") -> None:
        answer = self.teacher(person).post(f"/cohorts/mine/{self.member(cohort, person).id}", {"answer": given})
        assert answer.status_code == 303, answer.text

    def told(self, person: Person) -> list[str]:
        return [one.kind for one in self.rows(Notice) if one.person_id == person.id]

    @property
    def skill(self) -> UUID:
        return self.version.microcredential_id


@pytest.fixture
def pilot(world: World) -> Pilot:
    registration = world.registration()
    context = world.context(registration)
    version = world.version(registration.district_id, title="Formative assessment", tags=["Assessment"])
    people = [world.person(registration, name) for name in ("Cora Coordinator", "Ada Lovelace", "Ben Babbage")]
    for person in people[1:]:
        world.member(context, person, "earner")
    return Pilot(world, registration, context, version, world.activity(context, version), *people)
