"""Several pumps at once: a version is in one pair of hands, a lost lease acknowledges nothing, an older score never follows a newer."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from lti_tool.grading import ags, pump
from tests.integration.grading.conftest import Bare, Lms


class Gate:
    """Holds every post until it is opened; knows how many wait."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.waiting = threading.Semaphore(0)
        self.open = threading.Event()
        self.sent: list[Any] = []
        real = ags.post_score

        def post(here: Any, registration: Any, url: str, message: ags.ScoreMessage) -> None:
            self.waiting.release()
            assert self.open.wait(20)
            self.sent.append((message.user_id, message.score.given))
            real(here, registration, url, message)

        monkeypatch.setattr(ags, "post_score", post)


def start(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_many_pumps_send_every_score_once(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
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
    assert pump._claim(lms.here, []) is None
    gate.open.set()
    slow.join(20)
    assert lms.rows()[0].state == "sent"


def test_who_lost_the_lease_acknowledges_nothing(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    row = bare.desire(bare.enrolled(bare.world.person(bare.registration)))
    gate = Gate(monkeypatch)
    slow = start(lambda: pump.deliver_due(bare.here))
    assert gate.waiting.acquire(timeout=20)
    bare.clock.tick(seconds=90)
    other = pump._claim(bare.here, [])
    assert other is not None
    gate.open.set()
    slow.join(20)
    found = bare.row(row)
    assert (found.state, found.sent_version, found.lease_token) == ("queued", 0, other.token)
    pump._acknowledge(bare.here, other, pump._send(bare.here, other))
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
    old = pump._claim(lms.here, [])
    assert old is not None
    lms.desire(enrollment, 20)
    lms.deliver(seconds=91)
    assert lms.cell().shown == 20
    outcome = pump._send(lms.here, old)
    assert outcome.answer is not None
    pump._acknowledge(lms.here, old, outcome)
    found = lms.row(row)
    assert (found.state, found.sent_version) == ("sent", 2)
    assert lms.cell().shown == 20
