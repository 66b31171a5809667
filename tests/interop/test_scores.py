"""From submitted work to Open edX's gradebook: token, score, and the same score once more."""

from __future__ import annotations

from typing import Any

import pytest

from lti_tool.catalog.samples import load_samples
from tests.interop.browser import Course

pytestmark = pytest.mark.xdist_group("interop")

TITLE = next(sample.content.title for sample in load_samples() if sample.key == "formative-assessment")
BLOCK, DESK = "graded", "desk"


@pytest.fixture(scope="module")
def arrived(course: Course) -> dict[str, Any]:
    """The gradebook's entry after Ada's work was judged by two reviewers."""
    course.place("dana", BLOCK, TITLE, points=50)
    course.place("dana", DESK, "Review desk")
    course.name_reviewers("dana", BLOCK, "Colleague101", "Colleague102", "Colleague103")
    course.hand_in("ada", BLOCK)
    assert course.wait_for_scores(BLOCK, lambda entries: not entries) == []
    judged = [course.judge(reviewer, DESK) for reviewer in ("colleague101", "colleague102", "colleague103")]
    assert sum(judged) == 2
    (entry,) = course.wait_for_scores(BLOCK, bool)
    return entry


def test_the_score_arrives_in_the_units_of_the_lms(course: Course, arrived: dict[str, Any]) -> None:
    assert (arrived["user"], arrived["points"], arrived["of"]) == ("ada", 20, 20)
    assert arrived["comment"]
    (score,) = _scores(course, "ada")
    assert (score["score_given"], score["score_maximum"]) == (50, 50)
    assert (score["activity_progress"], score["grading_progress"]) == ("Completed", "FullyGraded")


def test_the_teacher_reads_that_it_arrived(course: Course, arrived: dict[str, Any]) -> None:
    page = course.open("ada", BLOCK)
    assert "Earned" in page.text
    assert "In the gradebook" in " ".join(" ".join(page.tree.itertext()).split())


def test_sending_again_carries_a_later_time_and_the_same_token(course: Course, arrived: dict[str, Any]) -> None:
    (before,) = _scores(course, "ada")
    entries, tokens = len(course.wait_for_scores(BLOCK, bool)), _asked(course, "/v1/token/")
    course.send_again("ada", BLOCK)
    course.wait_for_scores(BLOCK, lambda found: len(found) > entries)
    (after,) = _scores(course, "ada")
    assert after["timestamp"] > before["timestamp"]
    assert {**after, "timestamp": 0} == {**before, "timestamp": 0}
    assert _asked(course, "/v1/token/") == tokens
    assert set(_asked(course, "/scores")) == {201}


def _asked(course: Course, part: str) -> list[int]:
    """Status of every request so far whose path has this in it."""
    return [one["status"] for one in course.ask("requests") if part in one["path"]]


def _scores(course: Course, user: str) -> list[dict[str, Any]]:
    sub = course.ask("people")[user]["external_id"]
    return [score for score in course.ask("grades")["scores"] if score["user_id"] == sub]
