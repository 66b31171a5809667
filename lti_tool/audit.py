"""The trail: one row for everything that somebody did and a district may ask about. Rows are only ever added."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool.database import Base, new_id


class AuditEvent(Base):
    """Who did what to which thing, when. `details` holds ids, states and reasons: never names, e-mails or evidence."""

    __tablename__ = "audit_event"
    __table_args__ = (Index("ix_audit_event_district", "district_id", "at"), Index("ix_audit_event_subject", "subject_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]


def record(
    session: Session,
    *,
    district_id: UUID,
    at: datetime,
    action: str,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    **details: Any,
) -> None:
    """Add one event in the current unit of work. `action` reads `room:thing:verb`; `actor_id` is a person, None is the system."""
    session.add(AuditEvent(district_id=district_id, at=at, action=action, actor_id=actor_id, subject_id=subject_id, details=details))
