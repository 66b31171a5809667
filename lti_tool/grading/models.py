"""Tables of outcomes on their way home."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class ScoreDelivery(Base):
    """The score that a platform should show for one person at one line item: desired state, the latest wins.

    `version` counts what was desired, `sent_version` what the platform has acknowledged. `state`: queued, sent, refused (the
    platform said no for good), attention (14 days without success), held (no line item: nothing to send to). `timestamp` strictly
    rises per row, in whole seconds, and is never in the future (AGS 2.0, score publish service). A claim is a lease:
    `lease_token` must still be ours when we acknowledge.
    """

    __tablename__ = "score_delivery"
    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        Index("ix_score_delivery_due", "state", "due_at"),
        Index("ix_score_delivery_registration", "registration_id", "state"),
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
