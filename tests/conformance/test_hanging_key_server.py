"""A key server that hangs: its own platform's people are told so, everybody else does not notice."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

import pytest
import requests

from lti_tool.platforms import keysets
from tests.conformance.conftest import Browser, LiveTool
from tests.factories.platform import Platform


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(24) as pool:
        yield pool


def until(there: Callable[[], bool]) -> None:
    while not there():
        time.sleep(0.01)


def opened(live: LiveTool, platform: Platform, **claims: Any) -> requests.Response:
    browser = Browser(live)
    try:
        return browser.launch(platform, **claims)
    finally:
        browser.session.close()


def test_most_of_a_crowd_is_answered_while_it_hangs_and_other_platforms_open(
    live: LiveTool, platform: Platform, other: Platform, crowd: ThreadPoolExecutor
) -> None:
    platform.answers.clear()
    people = [crowd.submit(opened, live, platform, sub=f"user-{n}") for n in range(20)]
    until(lambda: platform.key_set_requests == 1)
    assert opened(live, other).status_code == 303
    done: set[Future[requests.Response]] = wait(people, timeout=3.5).done
    assert not platform.answers.is_set()
    assert len(done) == len(people) - 1, "only the one that asks still waits"
    assert {one.result().status_code for one in done} == {403}
    assert all("keys can&#39;t be read at the moment" in one.result().text for one in done)
    assert platform.key_set_requests == 1
    platform.answers.set()


def test_a_crowd_waits_a_moment_for_one_that_asks(live: LiveTool, platform: Platform, crowd: ThreadPoolExecutor) -> None:
    platform.answers.clear()
    people = [crowd.submit(opened, live, platform, sub=f"user-{n}") for n in range(12)]
    until(lambda: platform.key_set_requests == 1)
    platform.answers.set()
    assert [one.result().status_code for one in people] == [303] * 12
    assert platform.key_set_requests == 1


def test_known_keys_are_good_while_it_hangs(live: LiveTool, platform: Platform, crowd: ThreadPoolExecutor) -> None:
    assert opened(live, platform).status_code == 303
    live.clock.tick(seconds=keysets.FRESH.total_seconds() + 1)
    platform.answers.clear()
    first = crowd.submit(opened, live, platform, sub="first")
    until(lambda: platform.key_set_requests == 2)
    assert [opened(live, platform, sub=f"user-{n}").status_code for n in range(3)] == [303] * 3
    assert not first.done()
    platform.answers.set()
    assert first.result().status_code == 303


def test_many_hanging_platforms_leave_threads_for_the_others(live: LiveTool, lms_server: Any, crowd: ThreadPoolExecutor) -> None:
    from tests.conformance.conftest import _registered

    hanging = [_registered(live, lms_server, 2) for _ in range(8)]
    for one in hanging:
        one.answers.clear()
    people = [crowd.submit(opened, live, one) for one in hanging]
    most = live.here.settings.web_threads // 2
    refused = wait(people, timeout=3.5).done
    assert len(refused) >= len(hanging) - most
    assert sum(one.key_set_requests for one in hanging) == most
    for one in hanging:
        one.answers.set()
