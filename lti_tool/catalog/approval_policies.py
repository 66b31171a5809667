"""How the approval team comes to its answer. Pure.

    draft -> in_review -> changes_requested (and back to draft) | rejected | approved -> published -> superseded | retired

A round is one submission to the team, bound to the content as it was then.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

OPEN = ("in_review", "approved")
"""States of a round in which the draft stands still."""
VERDICTS = ("approve", "changes", "reject")
MOST_QUORUM = 5
PATCH_QUORUM = 1


@dataclass(frozen=True)
class Rules:
    """What the district has chosen: whether publishing asks for an approval, and of how many."""

    required: bool = False
    quorum: int = 2

    def needed(self, *, patch: bool) -> int:
        """Approvals that a submission needs: a correction of texts needs one."""
        return PATCH_QUORUM if patch else self.quorum


def outcome(verdicts: Sequence[str], *, quorum: int, open_blocking: int) -> str:
    """A round's state after these votes: one request for changes or rejection ends it, approvals wait for blocking comments."""
    if "reject" in verdicts:
        return "rejected"
    if "changes" in verdicts:
        return "changes_requested"
    return "approved" if verdicts.count("approve") >= quorum and not open_blocking else "in_review"


def may_resolve(*, blocking: bool, writer: bool) -> bool:
    """Whether somebody who sees a comment may call it settled: whoever wrote the draft may not clear what blocks it."""
    return not (blocking and writer)


def version_state(*, state: str, newest: bool) -> str:
    """The state of a published version: superseded by a newer one, retired with its microcredential, or published."""
    return "superseded" if not newest else "retired" if state == "retired" else "published"
