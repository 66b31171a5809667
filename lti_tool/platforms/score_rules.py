"""What each LMS does with a score, in one place: what is sent along, and what its answer means (AGS 2.0, score publish service).

Only finished scores are ever sent: Moodle erases a grade on anything that is not FullyGraded, Canvas does without
`preserve_score`. Moodle deletes an earlier comment when none is sent, so one always goes along.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from lti_tool.http import Reply


class Meaning(StrEnum):
    """What the answer to a score means."""

    RETRY = "retry"  # this one later, as it is
    SLOW_DOWN = "slow_down"  # later, and until then nothing at all to this LMS
    LATER_TIME = "later_time"  # the LMS holds an equal or later timestamp: send again with a new one
    REFUSED = "refused"  # somebody has to act


@dataclass(frozen=True)
class Answer:
    """The meaning, and for people a reason code with words in `REASONS`."""

    meaning: Meaning
    reason: str = ""


REASONS = {
    "not_a_member": "The LMS says that this person is not an active learner in the course.",
    "course_concluded": "The course has ended in the LMS, which takes no more scores.",
    "line_item_gone": "The activity's column is gone from the gradebook.",
    "not_allowed": "The LMS does not let this tool write to the gradebook here.",
    "no_column": "This activity has no column in the gradebook, so there is nowhere to send a score.",
    "locked": "The LMS could not store the score, perhaps because the grade is locked; we try again by ourselves.",
    "attempts_used": "The LMS says that all allowed attempts are used.",
    "not_understood": "The LMS did not accept the score.",
    "busy": "The LMS is busy; we try again by ourselves.",
    "asked_to_wait": "The LMS asked us to wait; we try again by ourselves.",
    "near_the_limit": "The LMS's limit for requests is near, so we send slowly; we go on by ourselves.",
    "unreachable": "We could not reach the LMS; we try again by ourselves.",
    "silent": "The LMS did not answer in time; we try again by ourselves.",
    "no_receipt": "The LMS answered with a web page where it should confirm the score; we try again by ourselves.",
    "no_token": "The LMS did not let the tool in; we try again by ourselves.",
    "newer_score": "The LMS already holds a later score; we send ours again.",
    "clock": "The LMS's clock is behind ours; we try again by ourselves.",
    "our_fault": "Something went wrong on our side; we try again by ourselves.",
    "too_long": "For 14 days the LMS has not taken the score.",
    "human_grade": "The gradebook shows a grade that did not come from here, so nothing was sent over it.",
    "theirs_stays": "The grade that somebody entered in the gradebook stays, as was decided.",
    "erased": "The person has been erased here, so nothing is sent.",
}

ALONE = ("locked", "clock", "our_fault")
"""Reasons to try again that say nothing of the whole LMS: other scores go on."""


def _text(reply: Reply) -> str:
    return f"{reply.reason} {reply.body[:2000].decode('utf-8', 'replace')}".lower()


def _common(reply: Reply) -> Answer:
    status, text = reply.status, _text(reply)
    if status < 400:  # a redirect (we follow none) or a page: a log-in, a proxy, maintenance
        return Answer(Meaning.RETRY, "no_receipt")
    if status == 401:
        return Answer(Meaning.SLOW_DOWN, "no_token")
    if status == 429 or "Retry-After" in reply.headers:
        return Answer(Meaning.SLOW_DOWN, "asked_to_wait")
    if status >= 500 or status in (408, 425):
        return Answer(Meaning.RETRY, "busy")
    if status == 409:
        return Answer(Meaning.LATER_TIME, "newer_score")
    if status in (404, 410):
        return Answer(Meaning.REFUSED, "line_item_gone")
    if status == 403:
        return Answer(Meaning.REFUSED, "not_allowed")
    if "concluded" in text:
        return Answer(Meaning.REFUSED, "course_concluded")
    return Answer(Meaning.REFUSED, "not_understood")


def _canvas(reply: Reply) -> Answer:
    status, text = reply.status, _text(reply)
    if status == 403 and (reply.headers.get("X-Rate-Limit-Remaining", "1").startswith(("0", "-")) or "rate limit" in text):
        return Answer(Meaning.SLOW_DOWN, "asked_to_wait")
    if status == 400 and "before last updated timestamp" in text:
        return Answer(Meaning.LATER_TIME, "newer_score")
    if status == 400 and "in the future" in text:
        return Answer(Meaning.RETRY, "clock")
    if status == 422 and "not found in course" in text:
        return Answer(Meaning.REFUSED, "not_a_member")
    if status == 422 and "number of allowed attempts" in text:
        return Answer(Meaning.REFUSED, "attempts_used")
    if status == 412 or (status == 401 and ("not linked to a tool" in text or "insufficient permissions" in text)):
        return Answer(Meaning.REFUSED, "not_allowed")
    return _common(reply)


def _moodle(reply: Reply) -> Answer:
    status, text = reply.status, _text(reply)
    if status == 400 and "incorrect score received" in text:
        return Answer(Meaning.REFUSED, "not_a_member")
    if status == 500:
        return Answer(Meaning.RETRY, "locked")  # a locked grade answers 500 as a fault does; unlocking mends it
    return _common(reply)


def _canvas_extension(submitted_at: datetime, *, first: bool, over: bool) -> dict[str, Any]:
    # A new submission adds an attempt dated now unless told otherwise, and late penalties follow. A grade that a human gave stays,
    # unless a person has decided otherwise. `preserve_score` would keep any grade, ours too, so it is never sent with a final score.
    return {
        "https://canvas.instructure.com/lti/submission": {
            "new_submission": first,
            "submitted_at": submitted_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "prioritize_non_tool_grade": not over,
        }
    }


def _nothing(_submitted_at: datetime, *, first: bool, over: bool) -> dict[str, Any]:  # noqa: ARG001
    return {}


def _canvas_near_limit(headers: Mapping[str, str]) -> bool:
    # A leaky bucket of 700 or so, filled up again by some ten a second, shared by the whole installation.
    try:
        return float(headers.get("X-Rate-Limit-Remaining", "inf")) < _SCARCE
    except ValueError:
        return False


_SCARCE = 100.0


def _never(_headers: Mapping[str, str]) -> bool:
    return False


@dataclass(frozen=True)
class ScoreRules:
    """One vendor's way with scores.

    `meaning(reply)` reads an answer that is not 2xx; `is_near_limit(headers)`: an answer says that little more is let through just now;
    `extension(submitted_at, first=..., over=...)` is sent along, `first` when nothing of
    ours can stand there yet, `over` when a person decided that ours goes over theirs. `spares_others`: a first score does not replace a
    grade that somebody entered before it, so that only later ones need a look first. `stays_shown`: where a person entered a grade, the
    LMS shows that one whatever we send. `column`: what to say of a column that the tool makes; `tied`: it belongs to the activity's link.
    """

    meaning: Callable[[Reply], Answer]
    is_near_limit: Callable[[Mapping[str, str]], bool] = _never
    extension: Callable[..., dict[str, Any]] = _nothing
    spares_others: bool = False
    stays_shown: str = ""
    column: Mapping[str, Any] = field(default_factory=dict)
    tied: bool = True


_RULES = {
    "canvas": ScoreRules(
        _canvas,
        _canvas_near_limit,
        _canvas_extension,
        spares_others=True,
        # A link in a module has no assignment to tie a column to; a column of its own is a new assignment without a submission.
        column={"https://canvas.instructure.com/lti/submission_type": {"type": "none"}},
        tied=False,
    ),
    "moodle": ScoreRules(
        _moodle,
        spares_others=True,
        stays_shown="Moodle goes on showing a grade that was entered by hand until somebody takes its “Overridden” mark away in the "
        "gradebook.",
    ),
}


def rules_for(vendor: str) -> ScoreRules:
    """The rules of a vendor; those of the specification for one that we don't know."""
    return _RULES.get(vendor, ScoreRules(_common))
