"""Tables of the pool: what reviewers are qualified for, where people work, what the district chose, and which work is open."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Qualification(Base):
    """What a reviewer may judge: one microcredential, or all where `microcredential_id` is None; up to `expires_at`, if it is set.

    A reviewer without a row that stands (`ended_at` is None) may judge everything. Never deleted, only ended.
    """

    __tablename__ = "qualification"
    __table_args__ = (Index("ix_qualification_person", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    microcredential_id: Mapped[UUID | None] = mapped_column(ForeignKey("microcredential.id"))
    expires_at: Mapped[datetime | None]
    given_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Workplace(Base):
    """Where somebody works and who supervises them: what keeps reviewers from judging colleagues.

    `source`: coordinator, or launch (the LMS said it); what a coordinator wrote is not overwritten by a launch.
    """

    __tablename__ = "workplace"
    __table_args__ = (
        UniqueConstraint("person_id"),
        Index("ix_workplace_supervisor", "supervisor_id"),
        Index("ix_workplace_school", "district_id", "school"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    school: Mapped[str] = mapped_column(default="")
    supervisor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    source: Mapped[str]
    changed_at: Mapped[datetime]


class ReviewSetting(Base):
    """What a district chose for its reviews; the defaults of these columns hold where there is no row.

    `calibration`: who judges a microcredential has calibrated for it, as soon as it has two anchors. `grace_days`: so long after its
    reviewer was told, a late review goes to somebody else.
    """

    __tablename__ = "review_setting"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    calibration: Mapped[bool] = mapped_column(default=True)
    schools_apart: Mapped[bool] = mapped_column(default=False)
    supervisors_apart: Mapped[bool] = mapped_column(default=True)
    grace_days: Mapped[int] = mapped_column(default=7)
    changed_at: Mapped[datetime]


class OpenWork(Base):
    """A submission that is not decided, as lists of open work need it; kept in step by `open_work`, and gone once it is decided.

    `state`: waiting (a place has nobody), in_review, adjudicating. `due_at` is when the next of its open reviews is due; where nobody
    is at it, when it was sent in.
    """

    __tablename__ = "open_work"
    __table_args__ = (
        Index("ix_open_work_due", "district_id", "due_at", "submission_id"),
        Index("ix_open_work_state", "district_id", "state", "due_at", "submission_id"),
        Index("ix_open_work_credential", "district_id", "microcredential_id", "due_at", "submission_id"),
        Index("ix_open_work_both", "district_id", "microcredential_id", "state", "due_at", "submission_id"),
    )

    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    state: Mapped[str]
    due_at: Mapped[datetime]
