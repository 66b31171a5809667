"""A district that recognizes microcredentials: a teacher, payroll, a coordinator, and what they do."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_tool.badges import life
from lti_tool.badges import service as badges
from lti_tool.badges.models import Award
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.district.pay import rules, service
from lti_tool.district.pay.models import Employee, PayEntry, PayRule
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World

GIVEN: dict[str, Any] = {
    "name": "Stipend",
    "unit": "usd",
    "amount": 200_00,
    "cap": 600_00,
    "recurring": False,
    "again_cap": None,
    "over_cap": "forfeit",
    "start_month": 7,
    "start_day": 1,
    "groups": (),
    "extent": "all",
    "microcredentials": (),
    "budget": None,
    "begins_on": date(2026, 7, 1),
}


@dataclass
class Office:
    """What tests of recognition start from."""

    world: World
    tool: Tool
    registration: Registration
    context: Context
    ada: Person
    paula: Person
    cora: Person

    def rule(self, **given: Any) -> PayRule:
        """A rule in force."""
        values = rules.Given(**{**GIVEN, **given})
        with self.tool.database.unit() as session:
            row = rules.write(session, self.tool, district_id=self.ada.district_id, rule_id=None, given=values, actor_id=self.paula.id)
            rules.put_in_force(session, self.tool, district_id=self.ada.district_id, rule_id=row.id, actor_id=self.paula.id)
        return row

    def successor(self, rule: PayRule, **given: Any) -> PayRule:
        """A rule that follows another."""
        common = {"district_id": self.ada.district_id, "actor_id": self.paula.id}
        with self.tool.database.unit() as session:
            row = rules.follow(session, self.tool, rule_id=rule.id, **common)
            values = rules.Given(**{**GIVEN, "begins_on": row.begins_on, **given})
            rules.write(session, self.tool, rule_id=row.id, given=values, **common)
            rules.put_in_force(session, self.tool, rule_id=row.id, **common)
        return row

    def award(self, person: Person | None = None, version: MicrocredentialVersion | None = None) -> Award:
        """A badge, without what follows from it."""
        person = person or self.ada
        activity = self.world.activity(self.context, version)
        enrollment = self.world.enrollment(activity, person, state="earned")
        with self.tool.database.unit() as session:
            return badges.award(session, self.tool, enrollment_id=enrollment.id, decided_at=self.tool.clock())

    def earn(self, person: Person | None = None, version: MicrocredentialVersion | None = None) -> Award:
        """A badge, with its credit."""
        row = self.award(person, version)
        with self.tool.database.unit() as session:
            service.credit(session, self.tool, session.get_one(Award, row.id))
        return row

    def revoke(self, award: Award) -> None:
        """By two people."""
        common = {"district_id": award.district_id, "award_id": award.id}
        with self.tool.database.unit() as session:
            life.propose(session, self.tool, actor_id=self.cora.id, reason="error", note="", **common)
            life.decide(session, self.tool, actor_id=self.paula.id, confirm=True, **common)

    def employee(self, person: Person | None = None, number: str = "E-17", group: str = "") -> None:
        now = self.tool.clock()
        who = person or self.ada
        self.world._add(
            Employee(district_id=who.district_id, person_id=who.id, number=number, grouped=group, grouped_since=now, changed_at=now)
        )

    def entries(self, person: Person | None = None) -> list[PayEntry]:
        with self.tool.database.read() as session:
            query = select(PayEntry).where(PayEntry.person_id == (person or self.ada).id).order_by(PayEntry.id)
            return list(session.scalars(query))

    def said(self, person: Person | None = None) -> list[tuple[str, str, int, int]]:
        """Kind, cause, contract year and amount (what is over, where nothing is credited) of every entry."""
        return [(one.kind, one.cause, one.year, one.amount or one.over) for one in self.entries(person)]

    def payroll(self) -> FrameBrowser:
        return self.world.browser(self.paula, "earner", context=self.context)

    def coordinator(self) -> FrameBrowser:
        return self.world.browser(self.cora, "earner", context=self.context)

    def teacher(self) -> FrameBrowser:
        return self.world.browser(self.ada, "earner", context=self.context)

    def version(self, title: str) -> MicrocredentialVersion:
        return self.world.version(self.ada.district_id, title=title)


def everybody(office: Office) -> dict[str, UUID]:
    return {"ada": office.ada.id, "paula": office.paula.id, "cora": office.cora.id}


@pytest.fixture
def office(world: World, tool: Tool) -> Office:
    registration = world.registration()
    context = world.context(registration)
    ada = world.person(registration, "Adabella Lovelace", email="adabella@district.example")
    paula = world.person(registration, "Paula Payroll", email="paula@district.example")
    cora = world.person(registration, "Cora Coordinator", email="cora@district.example")
    world.grant(paula, "payroll")
    world.grant(cora, "coordinator")
    world.member(context, ada, "earner")
    return Office(world, tool, registration, context, ada, paula, cora)
