"""The worker reads lists: in slices, with patience for the LMS, through its own death, and fifty thousand people in little memory."""

from __future__ import annotations

import tracemalloc
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Response, request
from sqlalchemy import event, func, select

from lti_tool.grading import nrps, roster
from lti_tool.grading.nrps import Page
from lti_tool.grading.roster_models import Roster, RosterMember
from lti_tool.launch.models import Context, Person
from tests.integration.grading.conftest import Bare
from tests.integration.grading.test_roster import member, page


def asked(bare: Bare) -> Roster:
    actor = bare.world.person(bare.registration, "Dana Facilitator")
    with bare.here.database.unit() as session:
        roster_id = roster.ask(session, bare.here, district_id=actor.district_id, context_id=bare.context.id, actor_id=actor.id)
    with bare.here.database.read() as session:
        return session.get_one(Roster, roster_id)


def the(bare: Bare) -> Roster:
    with bare.here.database.read() as session:
        return session.scalars(select(Roster)).one()


def statuses(bare: Bare) -> Counter[str]:
    with bare.here.database.read() as session:
        return Counter(session.scalars(select(RosterMember.status)))


def numbered(bare: Bare, pages: int, size: int = 10) -> list[int]:
    """A list of so many pages; returns where the numbers of the pages asked for are noted."""
    seen: list[int] = []

    def answer() -> Response:
        number = request.args.get("page", 1, type=int)
        seen.append(number)
        following = f"{bare.base}/members/1?page={number + 1}" if number < pages else ""
        return page([member(f"p{number}-{n}") for n in range(size)], following)()

    bare.pages["1"] = answer
    return seen


def test_it_goes_on_where_it_stopped(bare: Bare) -> None:
    seen = numbered(bare, 5)
    asked(bare)
    looks = 0
    while roster.read_due(bare.here, seconds=-1) == timedelta(0):
        looks += 1
        if looks < 5:
            assert (the(bare).people, the(bare).complete_at) == (10 * looks, None)
    assert seen == [1, 2, 3, 4, 5]
    row = the(bare)
    assert (row.people, row.fresh, row.complete_people, row.next_url, row.lease_token) == (50, 50, 50, "", None)
    assert statuses(bare) == {"active": 50}


def test_a_worker_that_dies_loses_nothing(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = numbered(bare, 4)
    asked(bare)
    roster.read_due(bare.here, seconds=-1)
    real = nrps.read_page

    def die(*given: Any) -> Page:
        real(*given)
        raise SystemExit

    monkeypatch.setattr(nrps, "read_page", die)
    with pytest.raises(SystemExit):
        roster.read_due(bare.here)
    monkeypatch.undo()
    assert roster.read_due(bare.here) is None  # it may be at work still
    bare.clock.tick(minutes=3)
    roster.read_due(bare.here)
    assert seen == [1, 2, 2, 3, 4]
    assert (the(bare).complete_people, statuses(bare)) == (40, {"active": 40})


def test_a_list_that_kills_its_reader_is_left_to_a_person(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(bare)
    calls = 0

    def die(*_: Any) -> Page:
        nonlocal calls
        calls += 1
        raise RuntimeError

    monkeypatch.setattr(nrps, "read_page", die)
    for _ in range(20):
        try:
            roster.read_due(bare.here)
        except RuntimeError:
            bare.clock.tick(minutes=3)
    assert calls == 8
    assert (the(bare).due_at, the(bare).failure) == (None, "our_fault")


def test_who_reads_too_late_changes_nothing(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    numbered(bare, 1)
    asked(bare)
    real = nrps.read_page

    def slow(*given: Any) -> Page:
        found = real(*given)
        bare.clock.tick(minutes=3)
        monkeypatch.undo()
        roster.read_due(bare.here)
        return found

    monkeypatch.setattr(nrps, "read_page", slow)
    roster.read_due(bare.here)
    assert (the(bare).run, the(bare).people, the(bare).complete_people) == (2, 10, 10)


@pytest.mark.parametrize(
    ("answer", "failure", "least", "most"),
    [
        (lambda: Response("", 429, {"Retry-After": "900"}), "slow_down", 900, 900),
        (lambda: Response("", 503), "silent", 200, 400),
        (lambda: Response("", 403), "not_allowed", 86400, 86400),
        (lambda: Response("", 404), "gone", 86400, 86400),
        (lambda: Response("x", 200), "no_list", 200, 400),
    ],
)
def test_what_stops_it_is_noted_and_tried_again(
    bare: Bare, answer: Callable[[], Response], failure: str, least: float, most: float
) -> None:
    numbered(bare, 3)
    asked(bare)
    roster.read_due(bare.here, seconds=-1)
    bare.pages["1"] = answer
    if failure == "gone":
        roster.read_due(bare.here)  # a mark of a page may be too old: it begins anew first
        assert (the(bare).failure, the(bare).next_url) == ("gone", "")
    else:
        roster.read_due(bare.here)
    row = the(bare)
    assert row.due_at is not None
    assert (row.failure, row.lease_token, statuses(bare)) == (failure, None, {"active": 10})
    assert least <= (row.due_at - bare.clock()).total_seconds() <= most
    seen = numbered(bare, 3)
    bare.clock.now = row.due_at
    roster.read_due(bare.here)
    assert (the(bare).failure, the(bare).complete_people) == ("", 30)
    assert seen == ([2, 3] if failure in ("slow_down", "silent", "no_list") else [1, 2, 3])


def test_it_gives_up_until_somebody_asks(bare: Bare) -> None:
    bare.pages["1"] = lambda: Response("", 500)
    asked(bare)
    for _ in range(30):
        roster.read_due(bare.here)
        bare.clock.tick(hours=25)
        seen_again(bare)
    assert (the(bare).attempts, the(bare).due_at) == (8, None)


def seen_again(bare: Bare) -> None:
    with bare.here.database.unit() as session:
        session.get_one(Context, bare.context.id).seen_at = bare.clock()


def test_it_is_read_again_each_day_while_the_course_is_in_use(bare: Bare) -> None:
    seen = numbered(bare, 1)
    asked(bare)
    for _ in range(4):
        roster.read_due(bare.here)
        bare.clock.tick(hours=27)
        seen_again(bare)
    assert len(seen) == 4
    bare.clock.tick(days=40)
    roster.read_due(bare.here)
    assert len(seen) == 4


def test_by_hand_only_where_it_is_set_so(bare: Bare) -> None:
    bare.here.settings = bare.here.settings.model_copy(update={"roster_hours": 0})
    numbered(bare, 1)
    asked(bare)
    roster.read_due(bare.here)
    assert the(bare).due_at is None


def test_one_list_of_an_lms_at_a_time(bare: Bare) -> None:
    seen = numbered(bare, 9)
    first, actor = asked(bare), bare.world.person(bare.registration, "Fay Facilitator")
    other = bare.world.context(bare.registration)
    with bare.here.database.unit() as session:
        session.get_one(Context, other.id).memberships_url = f"{bare.base}/members/2"
        roster.ask(session, bare.here, district_id=first.district_id, context_id=other.id, actor_id=actor.id)
        session.get_one(Roster, first.id).lease_until = bare.clock() + timedelta(minutes=1)
    roster.read_due(bare.here)
    assert seen == []


def test_a_loop_over_many_slices_ends(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lti_tool.grading.roster_policies.MOST_PAGES", 20)

    def answer() -> Response:
        number = request.args.get("page", 1, type=int)
        return page([member("one")], f"{bare.base}/members/1?page={number % 3 + 1}")()

    bare.pages["1"] = answer
    asked(bare)
    looks = 0
    while roster.read_due(bare.here, seconds=-1) == timedelta(0):
        looks += 1
    assert (the(bare).failure, the(bare).people) == ("too_long", 1)
    assert looks < 25


def test_people_who_are_deleted_or_suspended_are_not_brought_in(bare: Bare) -> None:
    bare.pages["1"] = page([member("ann"), member("bob"), member("cem", status="Deleted"), member("dee", status="Inactive")])
    asked(bare)
    roster.read_due(bare.here)
    assert statuses(bare) == {"active": 2}
    bare.pages["1"] = page([member("ann", status="Deleted"), member("bob", status="odd")])
    bare.clock.tick(hours=27)
    roster.read_due(bare.here)
    assert statuses(bare) == {"left": 1, "inactive": 1}
    with bare.here.database.read() as session:
        assert set(session.scalars(select(Person.sub)).all()) >= {"ann", "bob"}
        assert not {"cem", "dee"} & set(session.scalars(select(Person.sub)))


def made_pages(monkeypatch: pytest.MonkeyPatch, total: int, size: int, *, listed: Callable[[int], bool] = lambda _: True) -> None:
    """Pages that are made when they are asked for, as large ones from an LMS are."""

    def read_page(here: Any, registration: Any, url: str) -> Page:
        start = int(url.rpartition("from=")[2]) if "from=" in url else 0
        body = [
            member(f"member-{n}", given_name="G", family_name="F", email=f"m{n}@example.org")
            for n in range(start, start + size)
            if listed(n)
        ]
        following = f"{url.partition('?')[0]}?from={start + size}" if start + size < total else ""
        return Page(tuple(filter(None, map(nrps._member, body))), following)

    monkeypatch.setattr(nrps, "read_page", read_page)


@pytest.mark.timeout(600)
def test_fifty_thousand_people_in_little_memory_and_few_statements(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    made_pages(monkeypatch, 50_000, 50)
    asked(bare)
    statements = 0

    def count(*_: Any) -> None:
        nonlocal statements
        statements += 1

    event.listen(bare.here.database.engine, "before_cursor_execute", count)
    roster.read_due(bare.here, seconds=-1)
    tracemalloc.start()
    while roster.read_due(bare.here, seconds=5) == timedelta(0):
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    event.remove(bare.here.database.engine, "before_cursor_execute", count)
    assert the(bare).complete_people == 50_000
    assert peak < 24 * 1024 * 1024
    assert statements < 50_000 // 30
    with bare.here.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Person).where(Person.sub.like("member-%"))) == 50_000


def test_one_of_thousands_who_left_is_found(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    made_pages(monkeypatch, 3_000, 50)
    asked(bare)
    roster.read_due(bare.here, seconds=60)
    made_pages(monkeypatch, 3_000, 50, listed=lambda number: number != 7)
    bare.clock.tick(hours=27)
    roster.read_due(bare.here, seconds=60)
    assert statuses(bare) == {"active": 2_999, "left": 1}


def test_a_page_with_everybody_on_it_is_kept_in_chunks(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    made_pages(monkeypatch, 2_300, 2_300)
    asked(bare)
    roster.read_due(bare.here)
    assert (the(bare).complete_people, the(bare).pages, statuses(bare)) == (2_300, 1, {"active": 2_300})
