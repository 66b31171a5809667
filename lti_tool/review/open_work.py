"""Keeps `OpenWork` in step: one row for each submission that is not decided, written in the unit of work that changes it.

Lists of open work read these rows alone, so that they take the same time however much was ever decided.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, delete, event, func, insert, select
from sqlalchemy.orm import Session, UOWTransaction

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import upsert
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.review.pool_models import OpenWork

STATES = ("submitted", "in_review", "adjudicating")
"""Of a submission that somebody has to judge."""


def wanted(state: str) -> frozenset[int]:
    """The places that reviewers have to take."""
    return frozenset({3}) if state == "adjudicating" else frozenset({1, 2})


def refresh(session: Session, submission_ids: Iterable[UUID]) -> None:
    """Write what is true of these submissions."""
    for submission_id in sorted(set(submission_ids)):
        found = session.execute(
            select(Submission.district_id, Submission.state, Submission.submitted_at, MicrocredentialVersion.microcredential_id)
            .join(Enrollment, Enrollment.id == Submission.enrollment_id)
            .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
            .where(Submission.id == submission_id, Submission.state.in_(STATES))
        ).one_or_none()
        if found is None:
            session.execute(delete(OpenWork).where(OpenWork.submission_id == submission_id))
            continue
        district_id, state, submitted_at, microcredential_id = found
        reviews = session.execute(
            select(Review.seat, Review.state, Review.due_at).where(Review.submission_id == submission_id, Review.state.in_(HOLDING))
        ).all()
        due: list[datetime] = [due_at for _, review_state, due_at in reviews if review_state in OPEN]
        full = wanted(state) <= {seat for seat, _, _ in reviews}
        values = {
            "submission_id": submission_id,
            "district_id": district_id,
            "microcredential_id": microcredential_id,
            "state": "waiting" if not full else "adjudicating" if state == "adjudicating" else "in_review",
            "due_at": min(due, default=submitted_at),
        }
        upsert(session, OpenWork, values, key=("submission_id",))


def rebuild(session: Session, district_id: UUID) -> None:
    """Write the rows of a district anew, for submissions and reviews that came in past the session."""
    session.execute(delete(OpenWork).where(OpenWork.district_id == district_id))

    def seats(*numbers: int) -> Any:
        held = select(func.count(Review.seat.distinct())).where(Review.submission_id == Submission.id, Review.state.in_(HOLDING))
        return held.where(Review.seat.in_(numbers)).correlate(Submission).scalar_subquery()

    due = select(func.min(Review.due_at)).where(Review.submission_id == Submission.id, Review.state.in_(OPEN)).correlate(Submission)
    third = Submission.state == "adjudicating"
    state = case((and_(third, seats(3) == 0), "waiting"), (third, "adjudicating"), (seats(1, 2) < 2, "waiting"), else_="in_review")
    rows = (
        select(
            Submission.id,
            Submission.district_id,
            MicrocredentialVersion.microcredential_id,
            state,
            func.coalesce(due.scalar_subquery(), Submission.submitted_at),
        )
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(Submission.district_id == district_id, Submission.state.in_(STATES))
    )
    columns = ["submission_id", "district_id", "microcredential_id", "state", "due_at"]
    session.execute(insert(OpenWork).from_select(columns, rows))


@event.listens_for(Session, "after_flush")
def _note(session: Session, _context: UOWTransaction) -> None:
    for row in (*session.new, *session.dirty, *session.deleted):
        if isinstance(row, Submission | Review):
            session.info.setdefault("open_work", set()).add(row.id if isinstance(row, Submission) else row.submission_id)


@event.listens_for(Session, "after_flush_postexec")
def _write(session: Session, _context: UOWTransaction) -> None:
    if changed := session.info.pop("open_work", None):
        with session.no_autoflush:
            refresh(session, changed)
