"""The levels that a teacher reached, as the reviewers' decisions say."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.evidence.models import Submission
from lti_tool.review.models import Decision


def results_of(session: Session, enrollment_id: UUID | None) -> dict[str, int]:
    """Criterion key -> level (place, from 0): the settled one, else the lower of what the reviewers found.

    What stayed met from an earlier attempt is told by the decision on that attempt.
    """
    decisions = session.scalars(
        select(Decision)
        .join(Submission, Submission.id == Decision.submission_id)
        .where(Submission.enrollment_id == enrollment_id)
        .order_by(Submission.attempt.desc())
    ).all()
    found: dict[str, int] = {}
    for decision in decisions:
        for key, said in decision.criteria.items():
            if key in found or not said.get("met"):
                continue
            settled, levels = said.get("settled_level"), said.get("levels") or []
            if settled is not None:
                found[key] = settled
            elif levels:
                found[key] = min(levels)
    return found
