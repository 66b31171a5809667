"""Tables of the reports: what was counted, when, and how many people work at a school."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class ReportRun(Base):
    """The last count of a district.

    `counted_at` is when its reading began, None before the first; `wanted_at`: somebody asked for one; `leased_until`: a worker is at it.
    `tries` is how many enrollments there were and `took_ms` how long the reading lasted: what is small is counted when a page opens.
    `sequence` is the trail's length at that time: where it has not grown, nothing is to be counted again. `first_month` (YYYY-MM) is the
    oldest of which something is known.
    """

    __tablename__ = "report_run"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    counted_at: Mapped[datetime | None]
    wanted_at: Mapped[datetime | None]
    leased_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    took_ms: Mapped[int] = mapped_column(default=0)
    sequence: Mapped[int] = mapped_column(default=0)
    first_month: Mapped[str] = mapped_column(default="")


class ReportCount(Base):
    """One figure of one group, as the last count found it. `scope`: all, school (`key` is its name), microcredential (its id).

    `counted` is numbers by month: `counting` says which, for each `figure`. No row names or points at a person.
    """

    __tablename__ = "report_count"
    __table_args__ = (UniqueConstraint("district_id", "figure", "scope", "key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    figure: Mapped[str]
    scope: Mapped[str]
    key: Mapped[str]
    counted: Mapped[dict[str, Any]]


class SchoolHeadcount(Base):
    """How many people a school employs, by a coordinator's word: the base of its share. Without a row it is the people known."""

    __tablename__ = "school_headcount"
    __table_args__ = (UniqueConstraint("district_id", "school"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    school: Mapped[str]
    people: Mapped[int]
    changed_at: Mapped[datetime]
