"""Tables of a course's list of people, as the LMS tells it (Names and Role Provisioning Services 2.0). A hint: it gives nobody a right."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Roster(Base):
    """One list: of a course, or with `rlid` of who may open one link in it; and how reading it goes.

    A reading is a `run`: `next_url` is the page where it goes on, empty between runs; `people` counts those of this run, `pages` its
    pages. `complete_at`: when a run last reached the end. `failure` is one of roster_policies.FAILURES, empty when the last run went well.
    `due_at`: when the worker reads again, None when only somebody's wish makes it. A claim is a lease.
    """

    __tablename__ = "roster"
    __table_args__ = (
        UniqueConstraint("context_id", "rlid"),
        Index("ix_roster_due", "due_at"),
        Index("ix_roster_registration", "registration_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    context_id: Mapped[UUID] = mapped_column(ForeignKey("context.id"))
    rlid: Mapped[str] = mapped_column(default="")
    run: Mapped[int] = mapped_column(default=0)
    next_url: Mapped[str] = mapped_column(default="")
    people: Mapped[int] = mapped_column(default=0)
    fresh: Mapped[int] = mapped_column(default=0)
    pages: Mapped[int] = mapped_column(default=0)
    started_at: Mapped[datetime | None]
    complete_at: Mapped[datetime | None]
    complete_people: Mapped[int] = mapped_column(default=0)
    failure: Mapped[str] = mapped_column(default="")
    failed_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    lease_token: Mapped[str | None]
    lease_until: Mapped[datetime | None]


class RosterMember(Base):
    """A person on a list. Rows are never deleted: who is not listed any more has `left_at`.

    `status`: active, inactive, left. `seen_run`: the last run that listed them. `joined_at` is None for those of the first run, since
    when nobody can say.
    """

    __tablename__ = "roster_member"
    __table_args__ = (UniqueConstraint("roster_id", "person_id"), Index("ix_roster_member_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    roster_id: Mapped[UUID] = mapped_column(ForeignKey("roster.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    status: Mapped[str]
    roles: Mapped[list[str]]
    roles_before: Mapped[list[str]]
    seen_run: Mapped[int]
    joined_at: Mapped[datetime | None]
    left_at: Mapped[datetime | None]
    roles_changed_at: Mapped[datetime | None]
