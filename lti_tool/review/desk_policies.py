"""Moments of a recording, and which submissions may be sent back; pure."""

from __future__ import annotations

from collections.abc import Collection

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.inputs import whole_number

LONGEST_RECORDING = 24 * 3600
_MOST_PARTS = 3


def seconds_of(moment: str) -> int | None:
    """Seconds of a moment as people write it: 65, 1:05 or 1:02:05. None for anything else."""
    parts = [whole_number(part) for part in moment.strip().split(":")]
    if not 1 <= len(parts) <= _MOST_PARTS or -1 in parts or any(part > 59 for part in parts[1:]):
        return None
    seconds = 0
    for part in parts:
        seconds = seconds * 60 + part
    return seconds if seconds <= LONGEST_RECORDING else None


def moment_words(seconds: int) -> str:
    """A moment of a recording as a player writes it: 2:05, or 1:02:05."""
    hours, rest = divmod(seconds, 3600)
    return f"{hours}:{rest // 60:02}:{rest % 60:02}" if hours else f"{rest // 60}:{rest % 60:02}"


def places(content: MicrocredentialContent) -> dict[str, str]:
    """Everything that a submission has to hold, by a key of its own, with its title, in the order of the page."""
    return {
        **{f"evidence:{one.key}": one.title for one in content.evidence},
        **{f"answer:{one.key}": one.prompt for one in content.overview_questions + content.reflection_questions},
    }


def may_send_back(*, review_open: bool, seat: int, submission_state: str) -> bool:
    """Whether a submission may go back unjudged: by one of the first two, who has not sealed, while nothing is decided or disputed.

    Whether the other one has sealed does not matter, so that nobody learns it from this.
    """
    return review_open and seat in (1, 2) and submission_state in ("submitted", "in_review")


def known_places(content: MicrocredentialContent, given: Collection[str]) -> list[str]:
    """Those of the given keys that name something of this submission, in the order of the page."""
    return [key for key in places(content) if key in given]
