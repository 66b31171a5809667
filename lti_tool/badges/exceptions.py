"""Whether a badge was earned by the rule, or by the district's exception: the badge and its page say so."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.evidence.models import Submission
from lti_tool.review.models import Decision

ASSESSED_BY = "the district itself, by exception"


def by_exception(session: Session, enrollment_id: UUID | None) -> bool:
    """Whether the decision that earned it was made by exception."""
    found = (
        select(Decision.id)
        .join(Submission, Submission.id == Decision.submission_id)
        .where(Submission.enrollment_id == enrollment_id, Decision.outcome == "earned", Decision.by_exception.is_(True))
    )
    return session.scalar(found.limit(1)) is not None
