"""Tables of cohorts, and of what people of a course tell each other about the skill that they work on."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Cohort(Base):
    """People who work towards the same microcredentials up to the same day. With `context_id` only work in that course counts.

    `closed_at`: nobody is invited or reminded any more.
    """

    __tablename__ = "cohort"
    __table_args__ = (Index("ix_cohort_district", "district_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    name: Mapped[str]
    words: Mapped[str] = mapped_column(default="")
    context_id: Mapped[UUID | None] = mapped_column(ForeignKey("context.id"))
    starts_on: Mapped[date]
    target_on: Mapped[date]
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class CohortGoal(Base):
    """A microcredential that a cohort works towards."""

    __tablename__ = "cohort_goal"
    __table_args__ = (UniqueConstraint("cohort_id", "microcredential_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohort.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))


class CohortMember(Base):
    """Somebody invited. `state`: invited, accepted, declined, left, removed.

    Who is not known yet has an `email` (lower case) and no `person_id`; it is emptied when they first come, or when the cohort ends.
    `reminders` counts those that were sent, the last at `reminded_at`.
    """

    __tablename__ = "cohort_member"
    __table_args__ = (
        UniqueConstraint("cohort_id", "person_id"),
        Index("ix_cohort_member_person", "person_id"),
        Index("ix_cohort_member_email", "district_id", "email"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohort.id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    email: Mapped[str] = mapped_column(default="")
    state: Mapped[str]
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    invited_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    reminders: Mapped[int] = mapped_column(default=0)


class CommunityPost(Base):
    """That a teacher works on a microcredential in a course, told to the others of that course because the teacher wants it.

    `keeps_on`: also after it was earned. `hidden_at`: whoever runs the course took the note away, and `hidden_reason` says why.
    """

    __tablename__ = "community_post"
    __table_args__ = (
        UniqueConstraint("context_id", "person_id", "microcredential_id"),
        Index("ix_community_post_person", "person_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    context_id: Mapped[UUID] = mapped_column(ForeignKey("context.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    helps: Mapped[bool]
    seeks: Mapped[bool]
    shows_email: Mapped[bool]
    keeps_on: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")
    changed_at: Mapped[datetime]
    hidden_at: Mapped[datetime | None]
    hidden_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    hidden_reason: Mapped[str] = mapped_column(default="")
