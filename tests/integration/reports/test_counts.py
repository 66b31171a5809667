"""What is counted is what is there: each figure against a second computation, over districts made up by seeds; late changes too."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import text, update

from lti_tool.badges import life
from lti_tool.badges.models import Award
from lti_tool.district.reports import recounting
from lti_tool.district.reports.counting import count
from lti_tool.district.reports.models import ReportRun
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.keeping import erasing
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from lti_tool.review import appeal_service
from lti_tool.review.appeal_models import Appeal
from lti_tool.review.models import Review
from lti_tool.review.pool_models import Workplace
from tests.factories.world import World
from tests.integration.reports.districts import Made
from tests.integration.reports.plainly import computed
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

UTC = ZoneInfo("UTC")


def sparse(numbers: Any) -> Any:
    """Numbers as {place: number} without zeros, at whatever depth they stand."""
    if isinstance(numbers, list):
        return {place: number for place, number in enumerate(numbers) if number}
    return {key: sparse(one) for key, one in numbers.items()}


def counted(made: Made, zone: ZoneInfo) -> dict[str, Any]:
    with made.world.tool.database.read() as session:
        found = count(session, made.id, now=made.now, zone=zone).found
    return {figure: found[figure] if figure == "criteria" else sparse(found[figure]) for figure in found}


@pytest.mark.parametrize(("seed", "zone"), [(0, "UTC"), (1, "America/New_York"), (2, "Pacific/Auckland")])
def test_every_figure_is_the_same_in_plain_loops(world: World, seed: int, zone: str) -> None:
    made = Made(world, seed)
    Made(world, seed + 100, tries=40)  # somebody else's district makes no difference
    with world.tool.database.read() as session:
        expected = computed(session, made.id, now=made.now, zone=ZoneInfo(zone))
    found = counted(made, ZoneInfo(zone))
    assert set(found) == set(expected)
    for figure in expected:
        assert found[figure] == expected[figure], figure


def totals(scene: Scene) -> dict[str, Any]:
    """What a fresh count says of the whole district, all months together."""
    here = scene.world.tool
    with here.database.read() as session:
        found = count(session, scene.ada.district_id, now=here.clock(), zone=UTC).found

    def of(figure: str) -> list[int]:
        months = found.get(figure, {}).get(("all", ""), {})
        return [sum(column) for column in zip(*months.values(), strict=True)]

    return {figure: of(figure) for figure in ("funnel", "earned", "first", "first_attempt", "attempts", "appeals")}


def earn(scene: Scene) -> None:
    for review in scene.seated()[1]:
        scene.world.judge(review, 2)
    assert totals(scene)["funnel"] == [1, 1, 1, 1]


def test_an_award_counts_from_its_decision_until_it_is_revoked(scene: Scene) -> None:
    assert totals(scene)["funnel"] == [1, 0, 0, 0]
    scene.seated()
    assert totals(scene)["funnel"] == [1, 1, 1, 0]
    for review in scene.rows(Review):
        scene.world.judge(review, 2)
    assert totals(scene) == {
        "funnel": [1, 1, 1, 1],
        "earned": [1],
        "first": [1],
        "first_attempt": [1, 1],
        "attempts": [1, 0, 0],
        "appeals": [],
    }
    other = scene.world.person(scene.registration, "Olga Other")
    [award] = scene.rows(Award)
    common = {"district_id": scene.ada.district_id}
    with scene.world.tool.database.unit() as session:
        life.propose(session, scene.world.tool, **common, award_id=award.id, reason="error", note="A mistake.", actor_id=scene.dana.id)
    assert totals(scene)["earned"] == [1], "one proposal revokes nothing"
    with scene.world.tool.database.unit() as session:
        life.decide(session, scene.world.tool, **common, award_id=award.id, confirm=True, actor_id=other.id)
    found = totals(scene)
    assert (found["funnel"], found["earned"], found["first"]) == ([1, 1, 1, 0], [], [])


def test_an_overturned_appeal_makes_it_earned(scene: Scene) -> None:
    world = scene.world
    with world.tool.database.unit() as session:
        session.get_one(Enrollment, scene.enrollment.id).state = "active"
    for review in scene.seated(attempt=world.tool.settings.max_attempts)[1]:
        world.judge(review, 0)
    assert totals(scene)["earned"] == []
    submission = scene.submission()
    with world.tool.database.unit() as session:
        row = session.get_one(Submission, submission.id)
        appeal = Appeal(
            district_id=row.district_id, submission_id=row.id, person_id=scene.ada.id, ground="process", text="", state="accepted",
            filed_at=world.tool.clock(), answer="",
        )  # fmt: skip
        session.add(appeal)
        session.flush()
        appeal_service._overturn(session, world.tool, appeal)
        appeal.state, appeal.closed_at = "overturned", world.tool.clock()
    found = totals(scene)
    assert (found["funnel"], found["earned"], found["appeals"]) == ([1, 1, 1, 1], [1], [1, 1])
    assert len(scene.rows(Award)) == 1


@pytest.mark.parametrize("what", ["test student", "beta"])
def test_what_does_not_count_leaves_every_figure(scene: Scene, what: str) -> None:
    earn(scene)
    with scene.world.tool.database.unit() as session:
        if what == "beta":
            session.execute(update(Registration).values(environment="beta"))
        else:
            session.execute(update(Person).where(Person.id == scene.ada.id).values(is_test=True))
    assert set(map(tuple, totals(scene).values())) == {()}


def test_an_erased_person_stays_in_what_was_decided_and_leaves_the_staff(scene: Scene) -> None:
    scene.world._add(
        Workplace(district_id=scene.ada.district_id, person_id=scene.ada.id, school="Lincoln", source="coordinator",
                  changed_at=scene.world.tool.clock())
    )  # fmt: skip
    earn(scene)
    with scene.world.tool.database.unit() as session:
        erasing.erase(session, scene.world.tool, district_id=scene.ada.district_id, person_id=scene.ada.id, actor_id=scene.dana.id)
    found = totals(scene)
    assert (found["funnel"], found["earned"], found["first"]) == ([1, 1, 1, 1], [1], [])
    with scene.world.tool.database.read() as session:
        people = count(session, scene.ada.district_id, now=scene.world.tool.clock(), zone=UTC).found["people"]
    assert ("school", "Lincoln") not in people
    assert people[("all", "")] == [4], "a facilitator and three reviewers"


def test_withdrawn_and_begun_anew(scene: Scene) -> None:
    world = scene.world
    with world.tool.database.unit() as session:
        row = session.get_one(Enrollment, scene.enrollment.id)
        row.state, row.ended_at = "withdrawn", world.tool.clock()
    assert totals(scene)["funnel"] == [1, 0, 0, 0]
    with world.tool.database.read() as session:
        assert "risk" not in count(session, scene.ada.district_id, now=world.tool.clock(), zone=UTC).found


def test_the_same_in_plain_sql(made: Made) -> None:
    """Sums of the whole district, asked for in the words that an auditor would use."""
    real = """FROM enrollment e JOIN person p ON p.id = e.person_id JOIN registration r ON r.id = p.registration_id
              WHERE e.district_id = :district AND NOT p.is_test AND r.environment = 'production'"""
    stands = "e.state = 'earned' AND NOT EXISTS (SELECT 1 FROM award a WHERE a.enrollment_id = e.id AND a.revoked_at IS NOT NULL)"
    sent = "EXISTS (SELECT 1 FROM submission s WHERE s.enrollment_id = e.id)"
    joined = "JOIN submission s ON s.enrollment_id = e.id"
    asked = {
        "enrolled": f"SELECT count(*) {real}",
        "submitted": f"SELECT count(*) {real} AND {sent}",
        "earned": f"SELECT count(*) {real} AND {stands}",
        "holders": f"SELECT count(DISTINCT p.id) {real} AND {stands} AND p.sub NOT LIKE 'erased:%'",
        "active": f"SELECT count(*) {real} AND e.state = 'active'",
        "first": f"SELECT count(*) {real.replace('WHERE', f'{joined} WHERE')}"
        " AND s.state = 'decided' AND s.set_aside = 0 AND s.attempt = 1",
        "reviews": f"SELECT count(*) {real.replace('WHERE', f'{joined} JOIN review v ON v.submission_id = s.id WHERE')}"
        " AND v.state = 'locked'",
    }
    here = made.world.tool
    with here.database.read() as session:
        district = made.id.hex if here.database.is_sqlite else made.id
        said = {name: session.execute(text(words), {"district": district}).scalar_one() for name, words in asked.items()}
        found = count(session, made.id, now=made.now, zone=UTC).found

    def total(figure: str, *places: int) -> int:
        return sum(numbers[place] for numbers in found[figure][("all", "")].values() for place in places)

    assert said == {
        "enrolled": total("funnel", 0),
        "submitted": total("funnel", 2),
        "earned": total("earned", 0),
        "holders": total("first", 0),
        "active": sum(found["risk"][("all", "")]),
        "first": total("first_attempt", 0),
        "reviews": total("reviews", *range(62)),
    }
    assert all(said.values())


def test_only_the_newest_count_is_kept(made: Made) -> None:
    here, clock = made.world.tool, made.world.tool.clock
    newest = recounting.recount(here, made.id)
    clock.tick(minutes=-5)  # type: ignore[attr-defined]
    assert recounting.recount(here, made.id).counted_at == newest.counted_at
    clock.tick(minutes=6)  # type: ignore[attr-defined]
    assert recounting.recount(here, made.id).counted_at > newest.counted_at


def test_a_worker_that_died_does_not_keep_others_from_counting(made: Made) -> None:
    here, clock = made.world.tool, made.world.tool.clock
    assert recounting._leased(here, made.id, clock())
    recounting.recount_due(here)
    with here.database.read() as session:
        assert session.get_one(ReportRun, made.id).counted_at is None, "somebody else is at it"
    clock.tick(minutes=16)  # type: ignore[attr-defined]
    recounting.recount_due(here)
    with here.database.read() as session:
        assert session.get_one(ReportRun, made.id).counted_at == clock()
