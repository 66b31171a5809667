"""The year: its timeline, more of it, and reminders before it is over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent
from lti_tool.errors import Problem
from lti_tool.evidence import deadlines
from lti_tool.evidence.models import Enrollment, Reminder
from lti_tool.jobs import connect
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.evidence.conftest import Desk


def facilitator(desk: Desk) -> FrameBrowser:
    return desk.world.browser(desk.world.person(desk.registration, "Dana Facilitator"), "facilitator", activity=desk.activity)


def place(desk: Desk) -> str:
    return f"/activities/{desk.activity.id}/people/{desk.ada.id}"


def reminded(desk: Desk) -> list[int]:
    return [row.days for row in desk.rows(Reminder)]


def test_the_timeline_tells_the_year(desk: Desk, clock: Clock) -> None:
    desk.write_everything()
    clock.tick(days=10)
    desk.open_again()
    desk.submit()
    clock.tick(days=5)
    desk.open_again()
    assert "Two reviewers judge it" in desk.get().text
    desk.decide("revise")
    page = desk.get().text
    told = [page.index(words) for words in ("Started", "Submitted", "Not yet: back with feedback", "Today", "Last day to submit")]
    assert told == sorted(told)
    assert "350 days left" in page
    assert 'class="year__gone" x="0" y="3" width="41"' in page


def test_more_time_is_given_with_a_reason_that_the_teacher_reads(desk: Desk, clock: Clock) -> None:
    clock.tick(days=370)
    desk.open_again()
    assert "time for this try is over" in desk.get().text
    dana = facilitator(desk)
    assert "Give more time" in dana.get(place(desk)).text
    until = (clock() + timedelta(days=30)).date()
    answer = dana.post(place(desk) + "/extend", {"until": until.isoformat(), "reason": "The school was closed."})
    assert answer.status_code == 303
    page = desk.get().text
    assert "The school was closed." in page
    assert "30 days left" in page
    assert desk.post("/answers/overview", {"text_context": "Back again."}).status_code == 303
    [recorded] = [row for row in desk.rows(AuditEvent) if row.action == "evidence:deadline:extended"]
    assert recorded.reason == "The school was closed."
    assert recorded.subject_id == desk.enrollment.id
    assert recorded.actor_id is not None


def test_bad_extensions_lose_nothing_typed(desk: Desk, clock: Clock) -> None:
    dana, before = facilitator(desk), desk.enrollment.deadline_at
    for given, words in (
        ({"until": "2027-12-31", "reason": ""}, "Please say in a few words why."),
        ({"until": "", "reason": "Kept words"}, "Choose the new last day."),
        ({"until": "nonsense", "reason": "Kept words"}, "Not a valid date"),
        ({"until": "2020-01-01", "reason": "Kept words"}, "Choose a day after the present deadline."),
        ({"until": "9999-12-31", "reason": "Kept words"}, "at most a year later"),
        ({"until": "2027-12-31", "reason": "x" * 501}, "500"),
    ):
        answer = dana.post(place(desk) + "/extend", given)
        assert answer.status_code == 422, given
        assert words in answer.text
        assert given["reason"] in answer.text
    assert desk.rows(Enrollment)[0].deadline_at == before


def test_nobody_gives_themselves_more_time(desk: Desk, clock: Clock) -> None:
    both = desk.world.browser(desk.ada, "facilitator", activity=desk.activity)
    assert "Give more time" not in both.get(place(desk)).text
    until = (desk.enrollment.deadline_at + timedelta(days=5)).date().isoformat()
    assert both.post(place(desk) + "/extend", {"until": until, "reason": "Me"}).status_code == 403
    assert [row.action for row in desk.rows(AuditEvent) if "deadline" in row.action] == []


def test_what_has_ended_gets_no_more_time(desk: Desk, clock: Clock) -> None:
    desk.post("/withdraw")
    until = (desk.enrollment.deadline_at + timedelta(days=5)).date().isoformat()
    assert facilitator(desk).post(place(desk) + "/extend", {"until": until, "reason": "Why"}).status_code == 409


def test_reminders_come_once_each_and_can_be_put_away(desk: Desk, clock: Clock) -> None:
    tool = desk.world.tool
    assert deadlines.write_reminders(tool) == 0
    for days, expected in ((270, []), (6, [90]), (59, [90, 30]), (23, [90, 30, 7]), (5, [90, 30, 7]), (1, [90, 30, 7, 1])):
        clock.tick(days=days)
        new = len(expected) - len(reminded(desk))
        assert deadlines.write_reminders(tool) == new
        assert deadlines.write_reminders(tool) == 0, "the second look writes nothing"
        assert reminded(desk) == expected
    desk.open_again()
    assert "1 day left" in desk.get().text
    assert "1 day left for “Asking good questions”" in desk.browser.get("/home").text
    assert "I have seen this" in desk.get().text
    assert desk.post("/reminders/put-away").status_code == 303
    assert "I have seen this" not in desk.get().text
    assert desk.post("/reminders/put-away", {"home": "1"}).location.endswith("/home")


def test_only_who_can_still_submit_is_reminded(desk: Desk, clock: Clock) -> None:
    tool = desk.world.tool
    desk.write_everything()
    desk.submit()
    clock.tick(days=360)
    assert deadlines.write_reminders(tool) == 0, "it is with the reviewers"
    desk.decide("revise")
    assert deadlines.write_reminders(tool) == 1
    assert reminded(desk) == [30], "the days of grace count"
    clock.tick(days=31)
    assert deadlines.write_reminders(tool) == 0, "it is over"


def test_more_time_brings_new_reminders_and_hides_the_old(desk: Desk, clock: Clock) -> None:
    tool = desk.world.tool
    clock.tick(days=364)
    deadlines.write_reminders(tool)
    desk.open_again()
    assert "I have seen this" in desk.get().text
    until = (clock() + timedelta(days=100)).date().isoformat()
    facilitator(desk).post(place(desk) + "/extend", {"until": until, "reason": "Illness"})
    assert "I have seen this" not in desk.get().text
    clock.tick(days=20)
    deadlines.write_reminders(tool)
    assert reminded(desk) == [1, 90]


@pytest.mark.parametrize("dies_at", range(4))
def test_a_sweep_that_dies_anywhere_loses_and_doubles_nothing(
    desk: Desk, world: World, clock: Clock, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deadlines, "_BATCH", 1)  # three units of work
    for name in ("Bea Other", "Cid Other"):
        world.enrollment(desk.activity, world.person(desk.registration, name))
    clock.tick(days=360)
    commits = 0

    def die(_session: Session) -> None:
        nonlocal commits
        commits += 1
        if commits == dies_at:
            raise KeyboardInterrupt

    event.listen(Session, "before_commit", die)
    try:
        if dies_at:
            with pytest.raises(KeyboardInterrupt):
                deadlines.write_reminders(world.tool)
    finally:
        event.remove(Session, "before_commit", die)
    assert len(reminded(desk)) == max(0, dies_at - 1)
    deadlines.write_reminders(world.tool)
    deadlines.write_reminders(world.tool)
    assert reminded(desk) == [7, 7, 7]


def test_the_worker_writes_them(desk: Desk, clock: Clock) -> None:
    huey = connect(desk.world.tool)
    [hourly] = [task for name, task in huey._registry._registry.items() if name.endswith("every_hour")]
    clock.tick(days=300)
    hourly().execute()
    assert reminded(desk) == [90]


def test_another_district_gives_nothing(desk: Desk) -> None:
    elsewhere = desk.world.registration()
    tool = desk.world.tool
    with pytest.raises(Problem) as refused, tool.database.unit() as session:
        deadlines.extend(
            session, tool, district_id=elsewhere.district_id, enrollment_id=desk.enrollment.id, actor_id=desk.ada.id,
            until=desk.enrollment.deadline_at, reason="x",
        )  # fmt: skip
    assert refused.value.status == 404
