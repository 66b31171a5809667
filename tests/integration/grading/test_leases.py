"""Several pumps at once: a version is in one pair of hands, a lost lease acknowledges nothing, an older score never follows a newer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.grading import ags, claims, pump
from tests.integration.grading.conftest import Bare, Course, Lms


class Gate:
    """Holds every post until it is opened; knows how many wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = threading.Semaphore(0)
        self.open = threading.Event()
        self.sent: list[Any] = []
        real = ags.post_score

        def post(connector: Any, scopes: Any, url: str, message: ags.ScoreMessage) -> None:
            self.waiting.release()
            assert self.open.wait(20)
            self.sent.append((message.user_id, message.score.given))
            real(connector, scopes, url, message)

        monkeypatch.setattr(ags, "post_score", post)


def sent(course: Course, batch: claims.Batch) -> None:
    """Send and acknowledge the one score of a batch."""
    [claim] = batch.claims
    outcome = pump._Sender(course.here, batch.registration).send(claim)
    claims.acknowledge(course.here, batch, [(claim, outcome)])


def start(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_many_pumps_send_every_score_once(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BATCH", 1)
    for key in ("ada", "olha", "marisol", "ruth", "raj", "rosa"):
        lms.desire(lms.enrolled(lms.ada if key == "ada" else lms.person(key)))
    gate = Gate(monkeypatch)
    threads = [start(lambda: pump.deliver_due(lms.here)) for _ in range(4)]
    for _ in threads:
        assert gate.waiting.acquire(timeout=20)
    assert len({row.lease_token for row in lms.rows() if row.lease_token}) == 4
    gate.open.set()
    for thread in threads:
        thread.join(30)
    assert sorted(Counter(user for user, _ in gate.sent).values()) == [1] * 6
    assert [row.state for row in lms.rows()] == ["sent"] * 6
    assert len(lms.posts) == 6


def test_a_score_under_way_is_nobody_elses(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    lms.desire(lms.enrolled(lms.ada))
    gate = Gate(monkeypatch)
    slow = start(lambda: pump.deliver_due(lms.here))
    assert gate.waiting.acquire(timeout=20)
    lms.clock.tick(seconds=89)
    assert claims.take(lms.here) is None
    gate.open.set()
    slow.join(20)
    assert lms.rows()[0].state == "sent"


def test_who_lost_the_lease_acknowledges_nothing(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    row = bare.desire(bare.enrolled(bare.world.person(bare.registration)))
    gate = Gate(monkeypatch)
    slow = start(lambda: pump.deliver_due(bare.here))
    assert gate.waiting.acquire(timeout=20)
    bare.clock.tick(seconds=90)
    other = claims.take(bare.here)
    assert other is not None
    gate.open.set()
    slow.join(20)
    found = bare.row(row)
    assert (found.state, found.sent_version, found.lease_token) == ("queued", 0, other.token)
    sent(bare, other)
    found = bare.row(row)
    assert (found.state, found.sent_version, found.lease_token) == ("sent", 1, None)


@pytest.mark.parametrize("answer", [("", 200), ("", 404), ("", 503), ("", 429), ("", 409)])
def test_a_wish_that_comes_during_a_send_is_sent_afterwards(bare: Bare, monkeypatch: pytest.MonkeyPatch, answer: Any) -> None:
    enrollment = bare.enrolled(bare.world.person(bare.registration))
    row = bare.desire(enrollment, 10)
    bare.answers = [answer]
    gate = Gate(monkeypatch)
    slow = start(lambda: pump.deliver_due(bare.here))
    assert gate.waiting.acquire(timeout=20)
    bare.desire(enrollment, 20)
    bare.clock.tick(seconds=1)
    gate.open.set()
    slow.join(20)
    bare.deliver(seconds=20)
    found = bare.row(row)
    assert (found.state, found.version, found.sent_version) == ("sent", 2, 2)
    assert [post["body"]["scoreGiven"] for post in bare.posts] == [10, 20]


def test_a_late_older_post_never_replaces_a_newer_one(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    enrollment = lms.enrolled(lms.ada)
    row = lms.desire(enrollment, 10)
    old = claims.take(lms.here)
    assert old is not None
    lms.desire(enrollment, 20)
    lms.deliver(seconds=91)
    assert lms.cell().shown == 20
    sent(lms, old)
    found = lms.row(row)
    assert (found.state, found.sent_version) == ("sent", 2)
    assert lms.cell().shown == 20


def test_what_there_was_no_time_for_is_given_back_as_it_was(lms: Lms) -> None:
    people = [lms.ada, *(lms.person(key) for key in ("olha", "marisol", "raj"))]
    rows = [lms.desire(lms.enrolled(person)) for person in people]
    before = [(row.timestamp, row.tried, row.due_at) for row in lms.rows()]
    lms.clock.tick(seconds=1)
    pump.deliver_due(lms.here, seconds=0)
    assert len(lms.posts) == 1
    left = [row for row in lms.rows() if row.state == "queued"]
    assert [(row.timestamp, row.tried, row.due_at) for row in left] == before[:3]
    assert {row.lease_token for row in lms.rows()} == {None}
    lms.deliver()
    assert {lms.row(row).state for row in rows} == {"sent"}


def test_a_lease_that_nears_its_end_begins_nothing_more(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [lms.desire(lms.enrolled(person)) for person in (lms.ada, lms.person("olha"))]
    gate = Gate(monkeypatch)
    slow = start(lambda: pump.deliver_due(lms.here))
    assert gate.waiting.acquire(timeout=20)
    lms.clock.tick(seconds=claims.LEASE.total_seconds() - claims.ONE_TRY.total_seconds())
    gate.open.set()
    slow.join(20)
    assert len(gate.sent) == 2  # the second under a lease of its own
    assert {lms.row(row).state for row in rows} == {"sent"}
    assert len({row.timestamp for row in lms.rows()}) == 2


def test_one_lms_has_only_so_many_under_way(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(claims, "BATCH", 1)
    monkeypatch.setattr(claims, "_MOST_UNDER_WAY", 2)
    for key in ("olha", "marisol", "raj"):
        lms.desire(lms.enrolled(lms.person(key)))
    assert [claims.take(lms.here) is not None for _ in range(3)] == [True, True, False]
