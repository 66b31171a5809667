"""Tables of who is found by skill: only what a teacher has chosen."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class SkillProfile(Base):
    """What a teacher lets colleagues of the district find; nobody without a row is found, nor whose row is not `is_found`.

    `every_badge`: also those that are earned later; otherwise the ones of `SkillShown`. `note` is the teacher's own.
    """

    __tablename__ = "skill_profile"
    __table_args__ = (UniqueConstraint("person_id"), Index("ix_skill_profile_found", "district_id", "is_found", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    is_found: Mapped[bool]
    mentors: Mapped[bool]
    leads: Mapped[bool]
    visits: Mapped[bool]
    every_badge: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]


class SkillShown(Base):
    """A badge that its teacher lets be found."""

    __tablename__ = "skill_shown"
    __table_args__ = (UniqueConstraint("award_id"), Index("ix_skill_shown_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    award_id: Mapped[UUID] = mapped_column(ForeignKey("award.id"))
