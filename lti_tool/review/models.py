"""Tables of the reviewers' work."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, false, literal_column, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id

OPEN = ("assigned", "in_progress")
HOLDING = (*OPEN, "locked")
"""States of a review that takes its place; the others have given it up."""
_IS_OPEN, _IS_LOCKED = "state IN ('assigned', 'in_progress')", "state = 'locked'"


class Review(Base):
    """One reviewer's judgement of one submission. `seat`: 1 and 2 judge blind, 3 settles what they differ on.

    `state`: assigned, in_progress, locked, declined, withdrawn (reassigned). `scores` is {criterion key: {"level": int | None,
    "feedback": str}}; once locked nothing changes it. `revision` counts saves and `saved_in` names the page that saved last, to tell a
    stale page from one that saves again. `decline_kind` says why somebody stepped back: recognized, conflict, time, other. `warned_at`: the
    reviewer was told that it is late. `due_reason`: why somebody got more time.
    """

    __tablename__ = "review"
    __table_args__ = (
        UniqueConstraint("submission_id", "reviewer_id"),
        Index("ix_review_reviewer", "reviewer_id", "state"),
        Index("ix_review_open", "reviewer_id", "due_at", "id", sqlite_where=text(_IS_OPEN), postgresql_where=text(_IS_OPEN)),
        Index("ix_review_sealed", "reviewer_id", "locked_at", sqlite_where=text(_IS_LOCKED), postgresql_where=text(_IS_LOCKED)),
        Index("ix_review_district", "district_id", "state"),
        Index("ix_review_due", "state", "due_at"),
        Index("ix_review_finished", "reviewer_id", "state", "locked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    seat: Mapped[int]
    state: Mapped[str]
    scores: Mapped[dict[str, Any]]
    overall_feedback: Mapped[str] = mapped_column(Text)
    decline_reason: Mapped[str]
    revision: Mapped[int] = mapped_column(default=0)
    saved_in: Mapped[str] = mapped_column(default="")
    assigned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
    decline_kind: Mapped[str] = mapped_column(default="", server_default="")
    warned_at: Mapped[datetime | None] = mapped_column(default=None)
    due_reason: Mapped[str] = mapped_column(Text, default="", server_default="")


IS_OPEN = Review.state.in_([literal_column(f"'{state}'") for state in OPEN])
"""Of the open ones, written out: a partial index serves only what says so itself."""
IS_SEALED = Review.state == literal_column("'locked'")


class Decision(Base):
    """The outcome of a submission, computed from locked scores: review.policies.decide gives it again at any time.

    `criteria` is {criterion key: {"met": bool, "levels": [int, ...], "settled_level": int | None}}; without levels
    for what stayed met from the attempt before. `attempts_left`: one could be sent in again, which tells revise from not earned.

    `by_exception`: a coordinator decided, not the rule: `actor_id` is who, `reason` why. It can't be computed again from scores.
    """

    __tablename__ = "decision"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    outcome: Mapped[str]
    criteria: Mapped[dict[str, Any]]
    decided_at: Mapped[datetime]
    by_exception: Mapped[bool] = mapped_column(default=False, server_default=false())
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), default=None)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")
    attempts_left: Mapped[bool] = mapped_column(default=True)


class DoubleScore(Base):
    """How seats 1 and 2 scored one submission: what agreement is counted from. Written with the decision, in the same unit of work.

    `criteria` is {criterion key: {"levels": [int, int], "met": [bool, bool], "settled": bool | None}}, of the criteria that both scored;
    `settled` is whether seat 3 found it met, where the first two differed. `first_seconds` and `second_seconds` passed from being
    asked to being done. `appeal` is what a panel made of the decision (appeal_policies.Vote), empty where none has answered.
    Work of test students, and of environments that do not count, has no such row.
    """

    __tablename__ = "double_score"
    __table_args__ = (
        UniqueConstraint("submission_id"),
        Index("ix_double_score_microcredential", "district_id", "microcredential_id", "decided_at", "id"),
        Index("ix_double_score_version", "district_id", "version_id", "decided_at", "id"),
        Index("ix_double_score_first", "district_id", "first_id", "decided_at", "id"),
        Index("ix_double_score_second", "district_id", "second_id", "decided_at", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential_version.id"))
    first_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    second_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    criteria: Mapped[dict[str, Any]]
    first_seconds: Mapped[int]
    second_seconds: Mapped[int]
    decided_at: Mapped[datetime]
    appeal: Mapped[str] = mapped_column(default="", server_default="")
