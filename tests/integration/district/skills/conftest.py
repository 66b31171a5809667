"""A district with teachers of some schools who hold badges."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest

from lti_tool.badges import service as badges
from lti_tool.badges.models import Award
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.models import Registration
from lti_tool.review.pool_models import Workplace
from tests.factories.world import FrameBrowser, World


@dataclass
class Staff:
    """Teachers, their schools and what they hold. `version` is formative assessment."""

    world: World
    registration: Registration
    context: Context
    version: MicrocredentialVersion
    activity: Activity

    @property
    def skill(self) -> UUID:
        return self.version.microcredential_id

    def teacher(self, name: str, school: str = "", **given: Any) -> Person:
        person = self.world.person(self.registration, name, **given)
        if school:
            self.world._add(
                Workplace(
                    district_id=person.district_id, person_id=person.id, school=school, source="launch", changed_at=self.world.tool.clock()
                )
            )
        return person

    def award(self, person: Person, activity: Activity | None = None) -> Award:
        enrollment = self.world.enrollment(activity or self.activity, person, state="earned")
        with self.world.tool.database.unit() as session:
            return badges.award(session, self.world.tool, enrollment_id=enrollment.id, decided_at=self.world.tool.clock())

    def browser(self, person: Person, *rights: str) -> FrameBrowser:
        return self.world.browser(person, *(rights or ("earner",)), context=self.context)

    def found(self, person: Person, **given: str) -> None:
        """The teacher chooses to be found."""
        answer = self.browser(person).post("/skills/mine", {"is_found": "y", "scope": "all", **given})
        assert answer.status_code == 303, answer.text

    def holder(self, name: str, school: str = "", **given: str) -> Person:
        """A teacher who holds the skill and wants to be found."""
        person = self.teacher(name, school)
        self.award(person)
        self.found(person, **given)
        return person

    def leader(self) -> FrameBrowser:
        person = self.teacher("Pat Principal")
        self.world.grant(person, "leader")
        return self.browser(person, "earner")


@pytest.fixture
def staff(world: World) -> Staff:
    registration = world.registration()
    context = world.context(registration)
    version = world.version(registration.district_id, title="Formative assessment", tags=["Assessment", "Feedback"])
    return Staff(world, registration, context, version, world.activity(context, version))
