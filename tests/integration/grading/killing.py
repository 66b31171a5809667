"""Web and workers that are killed at random while scores are committed, and an LMS in its worst mood; what must hold afterwards."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import requests

from lti_tool.grading.models import ScoreDelivery
from lti_tool.tool import Tool
from tests.integration.grading.conftest import COURSE, Lms

ROOT = Path(__file__).parents[3]
SEED = int(os.environ.get("KILL_SEED", "20261128"))
SECONDS = float(os.environ.get("KILL_SECONDS", "6"))
WORKERS = int(os.environ.get("KILL_WORKERS", "0"))
"""0: two on PostgreSQL, one on SQLite."""
_WEB = ["-m", "gunicorn", "--config", "config/gunicorn.conf.py", "--bind", "127.0.0.1:{port}"]
_WORKER = ["-m", "tests.integration.grading.hasty", "worker"]
_PEOPLE = 12
_DRAIN = 90.0


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@dataclass
class Killing:
    """One run. `tried` and `kept` are the last number that was sent for each learner, and the last that the web said it had committed."""

    lms: Lms
    here: Tool
    chance: random.Random = field(default_factory=lambda: random.Random(SEED))
    tried: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    kept: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    kills: int = 0

    def __post_init__(self) -> None:
        self._port = free_port()
        self._enrollments: dict[str, UUID] = {}
        lms, learners = self.lms, [key for key in self.lms.school.people if key.startswith("teacher")][:_PEOPLE]
        lms.school.courses[COURSE].members.update(dict.fromkeys(learners, "learner"))
        lms.column.maximum = 10_000
        for key in learners:
            self._enrollments[key] = lms.enrolled(lms.person(key)).id
        count = WORKERS or (1 if self.here.database.is_sqlite else 2)
        self._commands = [[part.format(port=self._port) for part in _WEB] + ["tests.integration.grading.killed_web:application()"]]
        self._commands += [_WORKER] * count
        self._processes = [self._start(command) for command in self._commands]

    def _start(self, command: list[str]) -> subprocess.Popen[bytes]:
        settings = self.here.settings
        env = {name: value for name, value in os.environ.items() if not name.startswith("LTI_TOOL_")} | {
            "LTI_TOOL_DATABASE_URL": settings.sqlalchemy_url,
            "LTI_TOOL_DATA_DIR": str(settings.data_dir),
            "LTI_TOOL_BASE_URL": settings.base_url,
            "LTI_TOOL_DEVELOPMENT": "1",
            "LTI_TOOL_LOG_LEVEL": "CRITICAL",
        }
        quiet = subprocess.DEVNULL
        return subprocess.Popen([sys.executable, *command], cwd=ROOT, env=env, start_new_session=True, stdout=quiet, stderr=quiet)

    def kill(self, index: int | None = None) -> None:
        """End one of them, with all its children, without a word, and start it again."""
        index = self.chance.randrange(len(self._processes)) if index is None else index
        self._end(self._processes[index])
        self._processes[index] = self._start(self._commands[index])
        self.kills += 1

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def end(self) -> None:
        """End all."""
        for process in self._processes:
            self._end(process)

    def commit(self, key: str) -> bool:
        """Ask the web for the next number; whether it says that it was committed. It may have been without saying so."""
        self.tried[key] += 1
        form = {"enrollment": str(self._enrollments[key]), "given": str(self.tried[key])}
        try:
            answer = requests.post(f"http://127.0.0.1:{self._port}/desire", data=form, timeout=10)
        except requests.RequestException:
            return False
        if answer.status_code == 200:
            self.kept[key] = self.tried[key]
        return answer.status_code == 200

    def wait_for_web(self) -> None:
        """Until it answers."""
        until(lambda: self.commit(self.chance.choice(list(self._enrollments))), 60)

    def run(self, *events: Callable[[], object]) -> None:
        """Commit, kill and change the LMS's mood for so many seconds; the events come in between, evenly."""
        self.wait_for_web()
        began, mood, learners, left = time.monotonic(), self.lms.mood, list(self._enrollments), list(events)
        mood.unavailable_probability, mood.drop_probability = 0.2, 0.05
        next_kill, next_mood = began + 1, began + 1.5
        throttled = (2, 403 if self.lms.school.face == "canvas" else 429, None)
        while (now := time.monotonic()) < began + SECONDS:
            if self.commit(self.chance.choice(learners)):
                time.sleep(self.chance.uniform(0, 0.05))
            else:
                time.sleep(0.05)
            if now >= next_kill:
                self.kill()
                next_kill = now + self.chance.uniform(1, 3)
            if now >= next_mood:
                mood.fail_scores, mood.fail_status, mood.retry_after = self.chance.choice([(0, 503, None), (1, 429, 1), throttled])
                mood.hang_seconds = self.chance.choice([0.0, 0.0, 0.3, 2.5])
                next_mood = now + self.chance.uniform(0.5, 2)
            if left and now > began + SECONDS * (len(events) - len(left) + 1) / (len(events) + 1):
                left.pop(0)()
        mood.hang_seconds, mood.fail_scores = 0.0, 0

    def story(self, row: ScoreDelivery) -> list[object]:
        """What the LMS heard of a score, for whoever reads why a run failed."""
        sub = next(self.lms.school.people[key].sub for key, one in self._enrollments.items() if one == row.enrollment_id)
        return [
            (post["at"], post["status"], post["body"]["scoreGiven"], post["body"]["timestamp"])
            for post in self.lms.posts
            if post["body"]["userId"] == sub
        ]

    def check(self) -> None:
        """Nothing is lost, nothing is stale, nothing was sent out of its order."""
        until(lambda: bool(self.lms.rows()) and all(row.state != "queued" for row in self.lms.rows()), _DRAIN)
        rows = {row.enrollment_id: row for row in self.lms.rows()}
        stopped = [row for row in rows.values() if row.state != "sent"]
        assert not stopped, [
            (row.state, row.last_reason, row.version, row.sent_version, row.tried, row.found_given, self.story(row)) for row in stopped
        ]
        assert all(row.sent_version == row.version for row in rows.values())
        for key, number in self.kept.items():
            row = rows[self._enrollments[key]]
            assert number <= row.score_given <= self.tried[key], f"{key}: {number} was committed, {row.score_given} is there"
            assert self.lms.cell(key).shown == float(row.score_given), f"{key}: stale"
        taken = defaultdict(list)
        for post in self.lms.posts:
            if post["status"] == 200:
                taken[post["body"]["userId"]].append(post["body"]["scoreGiven"])
        assert all(scores == sorted(scores) for scores in taken.values())
        assert self.lms.violations == []


def until(happens: Callable[[], bool], seconds: float) -> None:
    """Wait for it."""
    end = time.monotonic() + seconds
    while not happens():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.05)
