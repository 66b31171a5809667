"""Tables of outcomes on their way home."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class ScoreDelivery(Base):
    """The score that a platform should show for one person at one line item: desired state, the latest wins.

    `version` counts what was desired, `sent_version` what the platform has acknowledged. `state`: queued, sent, refused (the
    platform said no for good), attention (14 days without success), held (no line item: nothing to send to), asked (the gradebook
    shows a grade that is not ours: a person decides), kept (a person decided that theirs stays). `timestamp` strictly rises per row, in
    whole seconds, and is never in the future (AGS 2.0, score publish service). A claim is a lease: `lease_token` must still be ours when
    we acknowledge.

    `tried` are the scores ("given/maximum") that may stand in the gradebook by us: the last that was acknowledged, and those tried since.
    `found_*` is the last grade there that was not ours, `decision` (theirs, ours, or empty) is about that grade and no other.
    `column_url` is the line item that the last try went to.
    """

    __tablename__ = "score_delivery"
    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        Index("ix_score_delivery_due", "state", "due_at"),
        Index("ix_score_delivery_registration", "registration_id", "state", "due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    version: Mapped[int]
    sent_version: Mapped[int] = mapped_column(default=0)
    score_given: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    score_maximum: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    comment: Mapped[str] = mapped_column(Text)
    submitted_at: Mapped[datetime]
    desired_at: Mapped[datetime]
    timestamp: Mapped[datetime | None]
    state: Mapped[str]
    due_at: Mapped[datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]
    last_status: Mapped[int | None]
    last_reason: Mapped[str] = mapped_column(default="")
    last_attempt_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    tried: Mapped[list[Any]] = mapped_column(default=list, server_default="[]")
    column_url: Mapped[str] = mapped_column(default="", server_default="")
    found_given: Mapped[Decimal | None] = mapped_column(Numeric(12, 5))
    found_maximum: Mapped[Decimal | None] = mapped_column(Numeric(12, 5))
    found_at: Mapped[datetime | None]
    decision: Mapped[str] = mapped_column(default="", server_default="")
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


class ScoreLane(Base):
    """How one LMS takes scores: the breaker before it, and how well it went.

    `state`: closed (scores flow), open (nothing is sent before `until`), half_open (one score is on its way to try, until `until`).
    `failures` counts those in a row. `hour` is the hour that `sent` and `failed` count; `sent_before` and `failed_before` are those of
    the hour before it.
    """

    __tablename__ = "score_lane"

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    state: Mapped[str] = mapped_column(default="closed")
    failures: Mapped[int] = mapped_column(default=0)
    until: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(default="")
    last_success_at: Mapped[datetime | None]
    last_failure_at: Mapped[datetime | None]
    hour: Mapped[datetime]
    sent: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    sent_before: Mapped[int] = mapped_column(default=0)
    failed_before: Mapped[int] = mapped_column(default=0)
