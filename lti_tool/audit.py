"""The trail: one row for everything that somebody did and a district may ask about. Rows are only added, and chained by their hashes."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint, event, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from lti_tool import audit_chain, audit_guard
from lti_tool.database import Base, before_commit, new_id

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_BATCH = 1000


class AuditEvent(Base):
    """Who did what to which thing, when. `details` holds ids, states and numbers: never names, e-mails or evidence.

    `sequence` counts from 1 in each district, `hash` is that of the event's content with the hash of the one before (audit_chain).
    `reason` is what somebody wrote; an erasure empties it with its salt, and `reason_digest`, which the chain holds, stays.
    `subject_ref` are the last six signs of the subject, which pages show.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("district_id", "sequence"),
        Index("ix_audit_event_district", "district_id", "at"),
        Index("ix_audit_event_action", "district_id", "action", "sequence", postgresql_ops={"action": "text_pattern_ops"}),
        Index("ix_audit_event_actor", "district_id", "actor_id", "sequence"),
        Index("ix_audit_event_ref", "district_id", "subject_ref", "sequence"),
        Index("ix_audit_event_subject", "subject_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    action: Mapped[str]
    subject_id: Mapped[UUID | None]
    details: Mapped[dict[str, Any]]
    sequence: Mapped[int]
    previous: Mapped[str]
    hash: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    reason_salt: Mapped[str]
    reason_digest: Mapped[str]
    subject_ref: Mapped[str]

    @property
    def link(self) -> audit_chain.Link:
        """Its place in the chain, recomputed."""
        return audit_chain.Link(_content(self), self.hash, self.reason, self.reason_salt)


event.listen(AuditEvent.__table__, "after_create", audit_guard.put_up)


def _content(row: AuditEvent) -> dict[str, Any]:
    return audit_chain.content(
        sequence=row.sequence,
        previous=row.previous,
        id=row.id,
        district_id=row.district_id,
        at=row.at,
        action=row.action,
        actor_id=row.actor_id,
        subject_id=row.subject_id,
        details=row.details,
        reason_digest=row.reason_digest,
    )


def record(
    session: Session,
    *,
    district_id: UUID,
    at: datetime,
    action: str,
    actor_id: UUID | None = None,
    subject_id: UUID | None = None,
    reason: str = "",
    **details: Any,
) -> None:
    """Note one event; it is written and chained as the last thing of the current unit of work, and only if that commits.

    `action` reads `room:thing:verb`; `actor_id` is a person, None is the system; `reason` is what somebody wrote, and may be erased.
    Raises TypeError for a detail that can't be written down.
    """
    reason = _UNSTORABLE.sub("\ufffd", reason)
    salt, digest = audit_chain.committed(reason)
    row = AuditEvent(
        id=new_id(),
        district_id=district_id,
        at=at,
        action=action,
        actor_id=actor_id,
        subject_id=subject_id,
        details=_plain(details),
        reason=reason,
        reason_salt=salt,
        reason_digest=digest,
        subject_ref=subject_id.hex[-6:] if subject_id else "",
    )
    if "trail" not in session.info:
        session.info["trail"] = []
        before_commit(session, lambda: _chain(session))
    session.info["trail"].append(row)


def _plain(value: Any) -> Any:
    """What comes back from a JSON column as it went in."""
    if isinstance(value, dict):
        return {_plain(str(key)): _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, UUID | Decimal | float):  # fractions are not written the same everywhere: as text they are
        return str(value)
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} can't stand in the trail's details")


def _chain(session: Session) -> None:
    """Give this unit's events their places. Whoever holds a chain waits for nobody else until the commit, so nobody waits in a circle."""
    rows: list[AuditEvent] = session.info.pop("trail")
    session.flush()
    for key, district_id in sorted({(_lock_key(row.district_id), row.district_id) for row in rows}):
        if session.get_bind().dialect.name == "postgresql":
            # What references point at is checked before we wait; at the commit it would be while others wait for us.
            session.connection().exec_driver_sql(f"SET CONSTRAINTS ALL IMMEDIATE; SELECT pg_advisory_xact_lock({key})")
        head = session.execute(
            select(AuditEvent.sequence, AuditEvent.hash)
            .where(AuditEvent.district_id == district_id)
            .order_by(AuditEvent.sequence.desc())
            .limit(1)
        ).first()
        sequence, previous = head or (0, audit_chain.START)
        for row in rows:
            if row.district_id == district_id:
                sequence += 1
                row.sequence, row.previous = sequence, previous
                row.hash = previous = audit_chain.digest(_content(row))
    session.add_all(rows)
    session.flush()


def _lock_key(district_id: UUID) -> int:
    return int.from_bytes(hashlib.sha256(b"trail" + district_id.bytes).digest()[:8], signed=True)


def in_order(session: Session, district_id: UUID) -> Iterator[AuditEvent]:
    """Every event of a district from the first, read in batches."""
    last = 0
    while True:
        rows = session.scalars(
            select(AuditEvent)
            .where(AuditEvent.district_id == district_id, AuditEvent.sequence > last)
            .order_by(AuditEvent.sequence)
            .limit(_BATCH)
        ).all()
        yield from rows
        session.expunge_all()
        if len(rows) < _BATCH:
            return
        last = rows[-1].sequence


def verify(session: Session, district_id: UUID, *, marks: dict[int, str] | None = None) -> audit_chain.Check:
    """Walk along a district's chain. `marks` are hashes that were noted earlier, by sequence."""
    check = audit_chain.Check(marks=marks or {})
    check.follow(row.link for row in in_order(session, district_id))
    check.end()
    return check


def line(row: AuditEvent) -> str:
    """An event for an export: one line of JSON, with what somebody else needs to verify it."""
    link = row.link
    return json.dumps({**link.content, "hash": row.hash, "words": row.reason, "salt": row.reason_salt}, ensure_ascii=False)


def withheld(row: AuditEvent) -> str:
    """The same for somebody who may not read it: the place in the chain, and nothing else."""
    return json.dumps({"sequence": row.sequence, "previous": row.previous, "hash": row.hash, "withheld": True})
