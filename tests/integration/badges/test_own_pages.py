"""What teachers see of all their badges together."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_tool.badges import keys, queries, service
from lti_tool.badges.queries import AwardView
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import World
from tests.integration.badges.stage import Earned


def earn(earned: Earned, tool: Tool, clock: Clock, *titles: str) -> None:
    for title in titles:
        clock.now += timedelta(minutes=1)
        version = earned.world.version(earned.registration.district_id, title=title)
        enrollment = earned.world.enrollment(earned.world.activity(earned.context, version), earned.teacher, state="earned")
        with tool.database.unit() as session:
            service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    service.sign_due(tool)


def own(earned: Earned, tool: Tool, *, most: int = 10, shown: bool = False) -> list[AwardView]:
    with tool.database.read() as session:
        return queries.own_awards(session, district_id=earned.teacher.district_id, person_id=earned.teacher.id, most=most, shown=shown)


@pytest.mark.parametrize("page", ["/badges/", "/badges/transcript"])
def test_ten_badges_ask_the_database_as_often_as_one(shown: Earned, tool: Tool, clock: Clock, page: str) -> None:
    with counted(tool) as few:
        shown.browser.get(shown.browser.prefix + page)
    earn(shown, tool, clock, *(f"Skill {n}" for n in range(9)))
    with counted(tool) as many:
        answer = shown.browser.get(shown.browser.prefix + page)
    assert answer.status_code == 200, answer.text
    assert all(f"Skill {n}" in answer.text for n in range(9))
    assert len(many) == len(few)


def test_newest_first_each_as_its_own_page_knows_it(shown: Earned, tool: Tool, clock: Clock) -> None:
    earn(shown, tool, clock, "Second", "Third")
    with tool.database.unit() as session:
        keys.rotate(session, tool, shown.row.issuer_id)
    found = own(shown, tool)
    assert [view.title for view in found] == ["Third", "Second", shown.version.title]
    assert len(found[0].keys) == 2, "with each key that its issuer has published"
    with tool.database.read() as session:
        for view in found:
            who = {"district_id": shown.teacher.district_id, "person_id": shown.teacher.id}
            assert queries.own_award(session, award_id=view.id, **who) == view
    assert [view.title for view in own(shown, tool, most=2)] == ["Third", "Second"]
    assert [view.title for view in own(shown, tool, shown=True)] == [shown.version.title]


def test_nobody_elses(shown: Earned, tool: Tool, world: World) -> None:
    other = Earned(world, tool)
    assert [view.id for view in own(other, tool)] == [other.id]
    with tool.database.read() as session:
        strange = {"district_id": other.teacher.district_id, "person_id": shown.teacher.id}
        assert queries.own_awards(session, most=10, **strange) == []
