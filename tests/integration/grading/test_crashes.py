"""Killed between any two steps, the pump loses nothing, repeats nothing stale, and counts one attempt."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lti_tool.evidence.models import Enrollment
from tests.integration.grading.conftest import COURSE, Lms
from tests.integration.grading.mortal import STEPS

ROOT = Path(__file__).parents[3]
Pump = Callable[..., int]


@pytest.fixture
def mortal(lms: Lms) -> Iterator[Pump]:
    """Pump once in another process, at the test's time; gives how that process ended."""
    settings = lms.here.settings
    command = [sys.executable, "-m", "tests.integration.grading.mortal", settings.sqlalchemy_url, str(settings.data_dir), settings.base_url]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def pump(step: str | None = None, **later: Any) -> int:
            lms.clock.tick(**later)
            stdin.write(json.dumps({"now": lms.clock().isoformat(), "step": step}) + "\n")
            stdin.flush()
            return int(stdout.readline())

        assert stdout.readline() == "ready\n"
        yield pump
        stdin.close()
        process.wait(10)


@pytest.fixture
def learners(lms: Lms) -> dict[str, Enrollment]:
    """One enrolled person for every step, by their key at the LMS."""
    lms.school.courses[COURSE].members["teacher01"] = "learner"
    keys = ("ada", "olha", "marisol", "ruth", "raj", "rosa", "teacher01")
    return {key: lms.enrolled(lms.ada if key == "ada" else lms.person(key)) for key in keys}


def test_killed_at_every_step_the_score_still_arrives(lms: Lms, learners: dict[str, Enrollment], mortal: Pump) -> None:
    for points, (step, key) in enumerate(zip(STEPS, learners, strict=True), start=10):
        lms.school.tokens.clear()  # so that each needs a new one
        row = lms.desire(learners[key], points)
        assert mortal(step, minutes=3) == -signal.SIGKILL, step
        assert mortal(seconds=60) == 0
        leased = step not in ("inside the claim", "after the acknowledgement")
        assert lms.row(row).state == ("queued" if leased else "sent"), step
        assert mortal(seconds=31) == 0
        found = lms.row(row)
        assert (found.state, found.sent_version, found.lease_token) == ("sent", 1, None), step
        assert lms.cell(key).shown == points, step
        assert lms.cell(key).attempts <= 1, step
    assert lms.violations == []


def test_what_is_desired_after_a_kill_wins(lms: Lms, learners: dict[str, Enrollment], mortal: Pump) -> None:
    for step, key in zip(STEPS, learners, strict=True):
        row = lms.desire(learners[key], 20)
        lms.school.tokens.clear()
        assert mortal(step, minutes=3) == -signal.SIGKILL, step
        lms.clock.tick(seconds=5)
        lms.desire(learners[key], 90)
        assert mortal(seconds=91) == 0
        found = lms.row(row)
        assert (found.state, found.version, found.sent_version) == ("sent", 2, 2), step
        assert lms.cell(key).shown == 90, step
        sub = lms.school.people[key].sub
        assert [post["body"]["scoreGiven"] for post in lms.posts if post["body"]["userId"] == sub] in ([20, 90], [90]), step
    assert lms.violations == []
