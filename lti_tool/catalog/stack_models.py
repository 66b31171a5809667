"""Tables of stacks: several microcredentials that together earn a badge of their own."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Stack(Base):
    """A stack. `state`: draft, published (its members and words stay as they are), retired (nobody earns it any more).

    `version_id` is what publishing froze: the version that its badges cite, of a microcredential in state "stack" that is in no list.
    """

    __tablename__ = "stack"
    __table_args__ = (Index("ix_stack_district", "district_id", "state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    title: Mapped[str]
    summary: Mapped[str]
    badge: Mapped[dict[str, Any]]
    state: Mapped[str]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("microcredential_version.id"))
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]


class StackMember(Base):
    """One microcredential of a stack, whichever version is earned; `place` is its order, from 0."""

    __tablename__ = "stack_member"
    __table_args__ = (UniqueConstraint("stack_id", "microcredential_id"), Index("ix_stack_member_of", "microcredential_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    stack_id: Mapped[UUID] = mapped_column(ForeignKey("stack.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    place: Mapped[int]
