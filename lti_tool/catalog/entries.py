"""The catalog's search table: one short row for each microcredential, kept in step with whatever changes one, in the same flush.

Lists read these rows alone, so that no page parses the documents of a whole district.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, and_, delete, event, insert, select
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Mapped, Session, UOWTransaction, mapped_column

from lti_tool.catalog import entry_policies as policies
from lti_tool.catalog import naming
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.database import Base


class CatalogEntry(Base):
    """What lists show and search of one microcredential: of its latest version, or of the draft before the first.

    `sort` and `words` are folded (lower case, without accents); `formats` and `topics` hold values between signs (`|one|two|`).
    `hours` is None where a draft says no number, `said_hours` what it says.
    """

    __tablename__ = "catalog_entry"
    __table_args__ = (
        Index("ix_catalog_entry_list", "district_id", "sort", "microcredential_id"),
        Index("ix_catalog_entry_state", "district_id", "state"),
    )

    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("microcredential_version.id"))
    number: Mapped[int | None]
    title: Mapped[str]
    sort: Mapped[str]
    summary: Mapped[str]
    audience: Mapped[str]
    family: Mapped[str]
    level: Mapped[str]
    hours: Mapped[int | None]
    said_hours: Mapped[str]
    formats: Mapped[str]
    topics: Mapped[str]
    words: Mapped[str]
    badge: Mapped[dict[str, Any]]
    state: Mapped[str]
    has_draft: Mapped[bool]
    changed_at: Mapped[datetime]


def refresh(connection: Connection, ids: Iterable[UUID]) -> None:
    """Write the entries of these microcredentials anew."""
    wanted = list(ids)
    found = connection.execute(
        select(
            Microcredential.id,
            Microcredential.district_id,
            Microcredential.title,
            Microcredential.state,
            Microcredential.draft,
            Microcredential.changed_at,
            MicrocredentialVersion.id.label("version_id"),
            MicrocredentialVersion.number,
            MicrocredentialVersion.content,
        )
        .outerjoin(MicrocredentialVersion, and_(MicrocredentialVersion.microcredential_id == Microcredential.id, naming.newest()))
        .where(Microcredential.id.in_(wanted), Microcredential.state != STACK)
    ).all()
    connection.execute(delete(CatalogEntry).where(CatalogEntry.microcredential_id.in_(wanted)))
    if found:
        connection.execute(insert(CatalogEntry), [_entry(row._mapping) for row in found])


def _entry(row: Mapping[Any, Any]) -> dict[str, Any]:
    said: Mapping[str, Any] = row["content"] or row["draft"] or {}
    badge = said.get("badge")
    return {
        "microcredential_id": row["id"],
        "district_id": row["district_id"],
        "version_id": row["version_id"],
        "number": row["number"],
        "title": row["title"],
        "sort": policies.folded(row["title"]),
        "summary": str(said.get("summary", "")),
        "audience": str(said.get("audience", "")),
        "family": str(said.get("family", "")).strip()[:80],
        "level": policies.level(said),
        "hours": policies.hours(said),
        "said_hours": str(said.get("hours", "")),
        "formats": policies.packed(policies.formats(said)),
        "topics": policies.packed(policies.topics(said)),
        "words": policies.searched(said, row["title"]),
        "badge": dict(badge) if isinstance(badge, Mapping) else {},
        "state": row["state"],
        "has_draft": row["draft"] is not None,
        "changed_at": row["changed_at"],
    }


@event.listens_for(Session, "after_flush")
def _keep_in_step(session: Session, _context: UOWTransaction) -> None:
    """Whoever writes a microcredential or a version need not know of the search table."""
    changed = {
        one.id if isinstance(one, Microcredential) else one.microcredential_id
        for one in (*session.new, *session.dirty)
        if isinstance(one, Microcredential | MicrocredentialVersion)
    }
    if changed:
        refresh(session.connection(), sorted(changed))
