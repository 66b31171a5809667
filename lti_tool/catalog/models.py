"""Tables of the catalog: what can be earned, its frozen versions, and where they are placed."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Numeric, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id

STACK = "stack"
"""State of the microcredential that stands behind a stack's badge: it is in no list, and can't be written or placed."""


class Microcredential(Base):
    """Something a teacher can earn. `draft` is the author's working copy (any state of completeness), None when there is none.

    `draft_number` counts its changes and `draft_editor` names the page that saved last, so that two windows do not overwrite each other.
    `state`: draft (never published), published, retired (no new placements).
    """

    __tablename__ = "microcredential"
    __table_args__ = (UniqueConstraint("district_id", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    key: Mapped[str]
    title: Mapped[str]
    state: Mapped[str]
    draft: Mapped[dict[str, Any] | None]
    draft_number: Mapped[int] = mapped_column(default=0)
    draft_editor: Mapped[str] = mapped_column(default="")
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class MicrocredentialVersion(Base):
    """A published, frozen version: `content` is a MicrocredentialContent and never changes.

    `activity_key` is what a placed link carries in its custom parameters: a template key, the same in every course.
    `patch` counts corrections of texts that left rubric and demands as they were; the version itself has 0.
    """

    __tablename__ = "microcredential_version"
    __table_args__ = (
        UniqueConstraint("microcredential_id", "number", "patch"),
        UniqueConstraint("activity_key"),
        Index("ix_microcredential_version_district", "district_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    number: Mapped[int]
    patch: Mapped[int] = mapped_column(default=0, server_default="0")
    title: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    activity_key: Mapped[str]
    published_at: Mapped[datetime]
    published_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))


class Activity(Base):
    """A version placed at a resource link. Made at the first launch of that link; a copied course gets its own.

    `scoring`: what the gradebook shows: points, percent, or pass (and `points` is then 100, or 1). `made_column_url`: a column that the
    tool made because the link came without one; the link's own goes first.
    """

    __tablename__ = "activity"
    __table_args__ = (
        UniqueConstraint("resource_link_id"),
        Index("ix_activity_context", "context_id"),
        Index("ix_activity_version", "version_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    context_id: Mapped[UUID] = mapped_column(ForeignKey("context.id"))
    resource_link_id: Mapped[UUID] = mapped_column(ForeignKey("resource_link.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential_version.id"))
    points: Mapped[Decimal] = mapped_column(Numeric(9, 3))
    copied_from_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id"))
    created_at: Mapped[datetime]
    scoring: Mapped[str] = mapped_column(default="points", server_default="points")
    made_column_url: Mapped[str] = mapped_column(default="", server_default="")
