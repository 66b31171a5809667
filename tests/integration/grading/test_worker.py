"""Real `lti-tool worker` processes: woken at once, stopped without haste, killed at any moment."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import inspect, text

from lti_tool import jobs
from lti_tool.tool import Tool, utc_now
from tests.integration.grading.conftest import Lms

ROOT = Path(__file__).parents[3]
COMMAND = ["-m", "lti_tool", "worker"]
HASTY = ["-m", "tests.integration.grading.hasty", "worker"]


@pytest.fixture
def real(tool: Tool) -> Iterator[Tool]:
    """The tool with the real time and the installation's queue."""
    tool.clock = utc_now
    queue = jobs.connect(tool)
    yield tool
    queue.storage.close()
    if not tool.database.is_sqlite:
        with tool.database.engine.begin() as connection:
            for table in inspect(connection).get_table_names():
                if table.startswith("job"):
                    connection.execute(text(f'DROP TABLE "{table}" CASCADE'))


def start(here: Tool, command: list[str]) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("LTI_TOOL_")} | {
        "LTI_TOOL_DATABASE_URL": here.settings.sqlalchemy_url,
        "LTI_TOOL_DATA_DIR": str(here.settings.data_dir),
        "LTI_TOOL_BASE_URL": here.settings.base_url,
        "LTI_TOOL_DEVELOPMENT": "1",
        "LTI_TOOL_LOG_LEVEL": "CRITICAL",
    }
    return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env)


@contextmanager
def running(here: Tool, command: list[str] = COMMAND) -> Iterator[subprocess.Popen[bytes]]:
    process = start(here, command)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def soon(happens: Callable[[], bool], seconds: float) -> float:
    """Wait until it happens; how long that took."""
    began = time.monotonic()
    while not happens():
        assert time.monotonic() - began < seconds
        time.sleep(0.02)
    return time.monotonic() - began


def test_a_worker_starts_wakes_and_stops(real: Tool, moodle: Lms) -> None:
    before = moodle.desire(moodle.enrolled(moodle.ada))
    with running(real) as worker:
        soon(lambda: moodle.row(before).state == "sent", 30)  # what waited is done at the start, unasked
        row = moodle.desire(moodle.enrolled(moodle.person("olha")))
        real.wake()
        assert soon(lambda: len(moodle.posts) == 2, 10) < 3  # half a second on an idle machine
        soon(lambda: moodle.row(row).state == "sent", 10)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(15) == 0


def test_what_is_under_way_is_finished_before_stopping(real: Tool, moodle: Lms) -> None:
    moodle.mood.hang_seconds = 1.5
    row = moodle.desire(moodle.enrolled(moodle.ada))
    with running(real) as worker:
        soon(lambda: moodle.row(row).lease_token is not None, 30)
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(20) == 0
    found = moodle.row(row)
    assert (found.state, found.lease_token) == ("sent", None)


def test_a_failed_score_is_tried_again_without_waiting_for_the_minute(real: Tool, moodle: Lms) -> None:
    moodle.mood.fail_scores = 2
    row = moodle.desire(moodle.enrolled(moodle.ada))
    with running(real, HASTY):
        soon(lambda: bool(moodle.posts), 30)
        assert soon(lambda: moodle.row(row).state == "sent", 30) < 15
    assert [post["status"] for post in moodle.posts] == [503, 503, 200]
