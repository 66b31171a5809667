"""What awards, revocations and new years write into the ledger, and that nothing else ever changes it."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from lti_tool import cli
from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.district.pay import figures, replaying, service
from lti_tool.district.pay.models import PayOpen, PayYear
from lti_tool.errors import Problem
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.district.pay.conftest import Office
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def sound(office: Office) -> None:
    """The ledger computed again equals the ledger."""
    with office.tool.database.read() as session:
        found = replaying.replay(session, office.tool, office.ada.district_id)
    assert found.different == []


def test_the_fourth_of_a_year_is_over_the_cap(office: Office) -> None:
    office.rule()
    for _ in range(4):
        office.earn()
    assert office.said() == [("credit", "award", 2026, 200_00)] * 3 + [("credit", "award", 2026, 0), ("capped", "forfeit", 2026, 200_00)]
    with office.tool.database.read() as session:
        [figure] = figures.by_year(session, office.ada.district_id)
        assert session.scalar(select(func.count()).select_from(PayOpen)) == 3
    assert (figure.committed, figure.at_cap, figure.people, figure.cap, figure.at_most) == (600_00, 1, 1, 600_00, 600_00)
    sound(office)


def test_an_outcome_is_credited_with_it(scene: Scene, office: Office) -> None:
    """By the way through two reviews."""
    world = scene.world
    there = Office(world, world.tool, scene.registration, scene.context, scene.ada, scene.dana, scene.reviewers[0])
    there.rule()
    _, reviews = scene.seated()
    for review in reviews:
        world.judge(review, 2)
    assert there.said() == [("credit", "award", 2026, 200_00)]
    with world.tool.database.read() as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "pay:award:credited"))
        assert event.details["amount"] == 200_00
        assert event.subject_id == session.scalars(select(Award.id)).one()
    sound(there)


@pytest.mark.parametrize("given", [{"environment": "beta"}, {"environment": "production"}])
def test_what_does_not_count_is_not_credited(world: World, tool: Tool, given: dict[str, str]) -> None:
    registration = world.registration(**given)
    context = world.context(registration)
    ada = world.person(registration, "Ada", is_test=given["environment"] == "production")
    paula = world.person(registration, "Paula")
    office = Office(world, tool, registration, context, ada, paula, paula)
    office.rule()
    enrollment = world.enrollment(world.activity(context), ada)
    for name in ("R One", "R Two"):
        world.reviewer(registration, name)
    submission = world.seated(enrollment)
    for review in world.reviews(submission):
        world.judge(review, 2)
    assert office.entries() == []
    sound(office)


def test_credited_once_taken_back_once(office: Office) -> None:
    office.rule()
    award = office.earn()
    with office.tool.database.unit() as session:
        service.credit(session, office.tool, session.get_one(Award, award.id))
    office.revoke(award)
    with office.tool.database.unit() as session:
        service.reverse(session, office.tool, award.id)
        service.credit(session, office.tool, session.get_one(Award, award.id))
    assert office.said() == [("credit", "award", 2026, 200_00), ("reversal", "revoked", 2026, -200_00)]
    sound(office)


def test_a_reversal_makes_room_for_later_awards_only(office: Office) -> None:
    office.rule()
    first, *_ = [office.earn() for _ in range(4)]
    office.revoke(first)
    office.earn()
    assert [one[3] for one in office.said()] == [200_00, 200_00, 200_00, 0, 200_00, -200_00, 200_00]
    with office.tool.database.read() as session:
        assert session.scalars(select(PayYear.credited)).one() == 600_00
    sound(office)


def test_the_same_microcredential_counts_once_until_it_is_revoked(office: Office) -> None:
    office.rule()
    version = office.version("Once")
    first = office.earn(version=version)
    office.earn(version=version)
    office.revoke(first)
    office.earn(version=version)
    assert [one[1:] for one in office.said()] == [
        ("award", 2026, 200_00), ("repeat", 2026, 0), ("revoked", 2026, -200_00), ("award", 2026, 200_00)
    ]  # fmt: skip
    sound(office)


def test_the_year_turns_at_midnight_of_the_district(office: Office, clock: Clock) -> None:
    office.tool.settings = office.tool.settings.model_copy(update={"timezone": "America/New_York"})
    office.rule()
    clock.now = datetime(2027, 7, 1, 3, 59, tzinfo=UTC)
    office.earn()
    clock.now = datetime(2027, 7, 1, 4, 0, tzinfo=UTC)
    office.earn()
    assert [(one.year, one.on_day) for one in office.entries()] == [(2026, date(2027, 6, 30)), (2027, date(2027, 7, 1))]
    sound(office)


def test_what_waits_is_carried_over_under_the_next_cap(office: Office, clock: Clock) -> None:
    office.rule(over_cap="carry", cap=300_00)
    awards = [office.earn() for _ in range(4)]
    clock.now = datetime(2027, 7, 1, 12, 0, tzinfo=UTC)
    assert service.turn_years(office.tool) == 1
    assert service.turn_years(office.tool) == 0
    assert [one for one in office.said() if one[2] == 2027] == [("carried", "waited", 2027, 100_00), ("carried", "waited", 2027, 200_00)]
    office.earn()
    assert office.said()[-2:] == [("credit", "award", 2027, 0), ("capped", "waits", 2027, 200_00)]
    office.revoke(awards[1])
    assert office.said()[-2:] == [("reversal", "revoked", 2026, -100_00), ("reversal", "revoked", 2027, -100_00)]
    office.revoke(awards[3])
    assert office.entries()[-1].waits == -200_00
    sound(office)


def test_recurring_pay_comes_again_while_the_badge_is_active(office: Office, clock: Clock) -> None:
    office.rule(recurring=True, again_cap=300_00)
    first, second, _ = (office.earn() for _ in range(3))
    with office.tool.database.unit() as session:
        session.get_one(Award, second.id).valid_until = datetime(2027, 6, 1, tzinfo=UTC)
    clock.now = datetime(2027, 9, 1, 12, 0, tzinfo=UTC)
    office.earn()
    year = [("credit", "again", 2027, 200_00), ("credit", "again", 2027, 100_00), ("capped", "forfeit", 2027, 100_00)]
    assert [one for one in office.said() if one[2] == 2027] == [*year, ("credit", "award", 2027, 200_00)]
    office.revoke(first)
    assert office.said()[-2:] == [("reversal", "revoked", 2026, -200_00), ("reversal", "revoked", 2027, -200_00)]
    clock.now = datetime(2028, 7, 1, 12, 0, tzinfo=UTC)
    assert service.turn_years(office.tool) == 1
    assert [one[1:] for one in office.said() if one[2] == 2028] == [
        ("again", 2028, 200_00), ("again", 2028, 100_00), ("forfeit", 2028, 100_00)
    ]  # fmt: skip
    sound(office)


def test_a_new_rule_holds_from_its_day_and_counts_on(office: Office, clock: Clock) -> None:
    rule = office.rule()
    for _ in range(2):
        office.earn()
    office.successor(rule, amount=300_00, cap=500_00)
    office.earn()
    clock.tick(days=1)
    office.earn()
    assert [one.amount for one in office.entries()] == [200_00, 200_00, 200_00, 0, 0]
    clock.now = datetime(2027, 7, 2, tzinfo=UTC)
    office.earn()
    assert office.entries()[-1].amount == 300_00
    sound(office)


def test_a_rule_that_begins_in_the_past_credits_what_was_earned(office: Office, clock: Clock) -> None:
    before = [office.award() for _ in range(4)]
    office.revoke(before[0])
    clock.tick(days=1)
    office.rule()
    assert [one.award_id for one in office.entries()] == [one.id for one in before[1:]]
    sound(office)


def test_groups_and_chosen_microcredentials(office: Office) -> None:
    named, other = office.version("Named"), office.version("Other")
    office.rule(groups=("Teachers",), extent="named", microcredentials=(named.microcredential_id,))
    office.rule(name="Hours", unit="hours", amount=15_00, cap=None, extent="except", microcredentials=(named.microcredential_id,))
    office.earn(version=named)
    office.earn(version=other)
    assert [(one.unit, one.amount) for one in office.entries()] == [("hours", 15_00)]
    browser = office.payroll()
    answer = browser.post(f"/pay/people/{office.ada.id}/employee", {"number": "E-1", "group": "teachers"})
    assert answer.status_code == 303
    assert [(one.unit, one.amount) for one in office.entries()] == [("hours", 15_00), ("usd", 200_00)], "once the group is known"
    sound(office)


def test_adjustments_stand_beside_the_cap(office: Office) -> None:
    rule = office.rule()
    for _ in range(3):
        office.earn()
    common = {"district_id": office.ada.district_id, "series_id": rule.id, "year": None, "actor_id": office.paula.id}
    with office.tool.database.unit() as session:
        for amount, once in ((50_00, "a"), (50_00, "a"), (-30_00, "b")):
            service.adjust(
                session, office.tool, person_id=office.ada.id, amount=amount, reason=" The panel\nsaid so. ", once=once, **common
            )
    assert [(one.amount, one.note) for one in office.entries()[3:]] == [(50_00, "The panel said so."), (-30_00, "The panel said so.")]
    office.earn()
    assert office.said()[-1][:2] == ("capped", "forfeit"), "an adjustment below zero makes no room"
    with office.tool.database.unit() as session, pytest.raises(Problem, match="own_pay"):
        service.adjust(session, office.tool, person_id=office.paula.id, amount=1, reason="x", once="c", **common)
    twin = office.world.person(office.registration, "Paula Again", email="PAULA@district.example")
    with office.tool.database.unit() as session, pytest.raises(Problem, match="own_pay"):
        service.adjust(session, office.tool, person_id=twin.id, amount=1, reason="x", once="c", **common)
    sound(office)


def test_nobody_changes_or_deletes_an_entry(office: Office) -> None:
    office.rule()
    office.earn()
    for words in ("UPDATE pay_entry SET amount = 1", "DELETE FROM pay_entry", "UPDATE pay_entry SET note = 'x'"):
        with pytest.raises(DatabaseError, match="only added"), office.tool.database.unit() as session:
            session.execute(text(words))
    with office.tool.database.unit() as session:
        session.execute(text("UPDATE pay_entry SET note = ''"))
    assert office.said() == [("credit", "award", 2026, 200_00)]


def test_the_replay_sees_what_was_changed_behind_our_back(office: Office) -> None:
    office.rule()
    office.earn()
    later = office.earn()
    office.award()
    with office.tool.database.unit() as session:
        session.get_one(Award, later.id).revoked_at = office.tool.clock()
        session.scalars(select(PayYear)).one().credited = 1
    with office.tool.database.read() as session:
        found = replaying.replay(session, office.tool, office.ada.district_id)
    words = " ".join(said for _, said in found.different)
    assert "is revoked and was not taken back" in words
    assert "was not credited" in words
    assert "the sums of 2026" in words


def test_twenty_awards_at_once_never_pass_the_cap(office: Office) -> None:
    office.rule(cap=1_100_00)
    awards = [office.award() for _ in range(20)]

    def credit(award_id: UUID) -> None:
        with office.tool.database.unit() as session:
            service.credit(session, office.tool, session.get_one(Award, award_id))

    with ThreadPoolExecutor(20) as people:
        list(people.map(credit, [one.id for one in awards]))
    entries = office.entries()
    assert sum(one.amount for one in entries) == 1_100_00
    assert sorted(one.number for one in entries) == list(range(1, len(entries) + 1))
    assert sum(one.over for one in entries) == 20 * 200_00 - 1_100_00
    sound(office)


def test_the_command_says_whether_the_ledger_is_what_it_should_be(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cli, "_tool", lambda: office.tool)
    office.rule()
    office.earn()
    sound = CliRunner().invoke(cli.main, ["pay-check"], catch_exceptions=False)
    assert (sound.exit_code, "1 accounts and 0 batches come out as stored" in sound.output) == (0, True)
    with office.tool.database.unit() as session:
        session.scalars(select(PayYear)).one().credited = 1
    broken = CliRunner().invoke(cli.main, ["pay-check"], catch_exceptions=False)
    assert (broken.exit_code, "the sums of 2026 are not those of its entries" in broken.output) == (1, True)
