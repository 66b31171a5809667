"""Tables behind every page: the frame session, roles granted in the district, and what the district chose."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, Text, and_, or_
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class FrameSession(Base):
    """One launch's visit: who, where, with which rights from the launch, until when.

    `id` stands in the address of every page; the secret (only its hash is kept) travels in a cookie of this frame, or in the
    address where the browser takes no cookie. `launch` keeps the facts of the message that the landing page needs:
    message_type, custom, deep_linking, for_user, return_url. `supporter_id`: not the person themself looks, but this one, who runs the
    district's console and may see and do nothing but what `web.support` names.

    Nothing checks that the rows exist that it names: on PostgreSQL each check locks the row, and all launches of a district name
    the same few. Those rows are never deleted but by an erasure, which ends the visits first.
    """

    __tablename__ = "frame_session"
    __table_args__ = (
        Index("ix_frame_session_expires", "expires_at", postgresql_using="brin"),
        Index("ix_frame_session_person", "person_id"),
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    district_id: Mapped[UUID]
    registration_id: Mapped[UUID]
    deployment_id: Mapped[UUID]
    person_id: Mapped[UUID]
    supporter_id: Mapped[UUID | None] = mapped_column(default=None)
    context_id: Mapped[UUID | None]
    resource_link_id: Mapped[UUID | None]
    secret_hash: Mapped[str]
    rights: Mapped[list[str]]
    frame_ancestors: Mapped[list[str]]
    launch: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class RoleGrant(Base):
    """A role that the district gave a person, for good or up to `expires_at`. Never deleted, only revoked.

    `reason`: why it was given, in the words of who gave it.
    """

    __tablename__ = "role_grant"
    __table_args__ = (Index("ix_role_grant_person", "person_id"), Index("ix_role_grant_role", "district_id", "role"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    role: Mapped[str]
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    granted_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    reason: Mapped[str] = mapped_column(Text, default="", server_default="")

    @classmethod
    def held(cls, district_id: UUID, role: str | None = None, *, at: datetime) -> ColumnElement[bool]:
        """The condition that a role, or this one, is held in the district at that time."""
        held = and_(cls.district_id == district_id, cls.revoked_at.is_(None), or_(cls.expires_at.is_(None), cls.expires_at > at))
        return held if role is None else and_(held, cls.role == role)


class DistrictSetting(Base):
    """One thing that a district chose; where there is no row, `district_settings.DEFAULTS` hold. Changes stand in the trail."""

    __tablename__ = "district_setting"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[Any] = mapped_column(JSON)
    changed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
