"""Tables of appeals: a teacher contests a decision, a panel that had no part in it answers."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Appeal(Base):
    """One appeal against the decision on one submission. `ground` and `state` are those of appeal_policies.

    `answer` are the words of whoever looked at the form of it, for the teacher. `again_id` is the copy that new reviewers judge, where
    the panel sent it to them.
    """

    __tablename__ = "appeal"
    __table_args__ = (Index("ix_appeal_district", "district_id", "state"), Index("ix_appeal_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    ground: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    state: Mapped[str]
    filed_at: Mapped[datetime]
    answered_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    answer: Mapped[str] = mapped_column(Text)
    closed_at: Mapped[datetime | None]
    again_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"), unique=True)


class PanelSeat(Base):
    """One member's judgement of an appeal. `state`: assigned, locked, declined, withdrawn. `vote`: upheld, overturned, remanded, or empty.

    `revision`, `saved_in` as in Review.
    """

    __tablename__ = "panel_seat"
    __table_args__ = (UniqueConstraint("appeal_id", "reviewer_id"), Index("ix_panel_seat_reviewer", "reviewer_id", "state"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    appeal_id: Mapped[UUID] = mapped_column(ForeignKey("appeal.id"))
    reviewer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    state: Mapped[str]
    vote: Mapped[str]
    reasons: Mapped[str] = mapped_column(Text)
    decline_reason: Mapped[str]
    revision: Mapped[int] = mapped_column(default=0)
    saved_in: Mapped[str] = mapped_column(default="")
    assigned_at: Mapped[datetime]
    due_at: Mapped[datetime]
    locked_at: Mapped[datetime | None]
