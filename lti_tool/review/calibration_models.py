"""Tables of calibration: work that has a master score, and how reviewers scored it."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Anchor(Base):
    """An example with a master score: a frozen copy without names, by which reviewers calibrate.

    `state`: draft (its master scores are being written), ready, retired. `snapshot` is a Snapshot as in a submission; `submission_id` is
    where it was taken from, None for a sample that was written for it. `master` is {criterion key: {"level": int | None, "why": str}}.
    `number` counts the anchors of a microcredential from 1. `revision`, `saved_in` as in Review.
    """

    __tablename__ = "anchor"
    __table_args__ = (UniqueConstraint("microcredential_id", "number"), Index("ix_anchor_submission", "submission_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential_version.id"))
    submission_id: Mapped[UUID | None] = mapped_column(ForeignKey("submission.id"))
    number: Mapped[int]
    state: Mapped[str]
    snapshot: Mapped[dict[str, Any]]
    master: Mapped[dict[str, Any]]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ready_at: Mapped[datetime | None]
    retired_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    saved_in: Mapped[str] = mapped_column(default="")


class Calibration(Base):
    """One reviewer's scores of one anchor; `round` counts, for it may be scored again after a year. `state`: open, done.

    `scores` as in Review. When done, `matched` of `criteria` levels were exactly the master's.
    """

    __tablename__ = "calibration"
    __table_args__ = (
        UniqueConstraint("anchor_id", "person_id", "round"),
        Index("ix_calibration_person", "person_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    anchor_id: Mapped[UUID] = mapped_column(ForeignKey("anchor.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    round: Mapped[int]
    state: Mapped[str]
    scores: Mapped[dict[str, Any]]
    matched: Mapped[int] = mapped_column(default=0)
    criteria: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    revision: Mapped[int] = mapped_column(default=0)
    saved_in: Mapped[str] = mapped_column(default="")


class CalibrationCall(Base):
    """Somebody, or drift in a reviewer's scores, asks for a new calibration: what was reached before `asked_at` does not count any more.

    `cause`: drift (the tool found it) or coordinator.
    """

    __tablename__ = "calibration_call"
    __table_args__ = (Index("ix_calibration_call_person", "person_id", "microcredential_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    cause: Mapped[str]
    reason: Mapped[str] = mapped_column(Text, default="")
    asked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    asked_at: Mapped[datetime]
