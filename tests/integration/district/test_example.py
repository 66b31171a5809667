"""What the demo sets up before anybody comes: once, by the tool itself, and a district's own stays."""

from __future__ import annotations

from sqlalchemy import select

from lti_tool.catalog.service import install_samples
from lti_tool.demo import example
from lti_tool.district.cohorts.models import Cohort, CohortGoal, CohortMember
from lti_tool.district.pay.models import PayRule
from lti_tool.tool import Tool
from tests.factories.world import World

ADA = "ada@district.example"


def put_up(tool: Tool, world: World) -> None:
    registration = world.registration()
    for _ in range(2):  # a demo on a database that lasts
        with tool.database.unit() as session:
            install_samples(session, tool, registration.district_id)
            example.set_up(session, tool, registration.district_id, ADA)
    ada = world.person(registration, "Ada", email=ADA)
    course = world.context(registration)
    world.member(course, ada, "earner")
    browser = world.browser(ada, "earner", context=course)
    browser.get("/")
    assert "Pilot: talk that shows thinking" in browser.get("/cohorts/mine").text
    mine = browser.get("/pay/mine").text
    assert "Left under the cap of $600.00" in mine
    assert "Each microcredential gives $200.00." in mine


def test_a_rule_in_force_and_a_pilot_with_an_invitation(tool: Tool, world: World) -> None:
    put_up(tool, world)
    with tool.database.read() as session:
        rule = session.scalars(select(PayRule)).one()
        assert (rule.state, rule.made_by, rule.credits_after) == ("in_force", None, None)
        assert rule.begins_on <= tool.today()
        cohort = session.scalars(select(Cohort)).one()
        assert len(session.scalars(select(CohortGoal)).all()) == len(example.GOALS)
        assert session.scalars(select(CohortMember.cohort_id)).one() == cohort.id
