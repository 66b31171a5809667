"""Tables of recognition: rules, the ledger that is only added to, who is which employee, and what payroll was given.

Amounts are whole hundredths of the rule's unit: cents of a dollar, hundredths of an hour, a credit or a point.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, Text, UniqueConstraint, event
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id
from lti_tool.district.pay import guard


class PayRule(Base):
    """What an award is recognized with. `state`: draft, in_force. In force it never changes; `ends_on` is set once, when it ends.

    Rules that follow one another share `series_id`, the id of the first; the cap counts along the series. Unit and start of the contract
    year are the same in a series. `extent`: all, named (only `microcredentials`) or except. `groups`: empty is everybody.
    `again_cap` limits what a recurring rule pays again in a year. `over_cap`: forfeit or carry. Caps and budget: None for none.
    `credits_after` while what was earned before the rule was put in force is being credited: people by id, those up to this one are done.
    """

    __tablename__ = "pay_rule"
    __table_args__ = (Index("ix_pay_rule_series", "district_id", "series_id", "begins_on"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    series_id: Mapped[UUID] = mapped_column(ForeignKey("pay_rule.id"))
    name: Mapped[str]
    unit: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)
    cap: Mapped[int | None] = mapped_column(BigInteger)
    recurring: Mapped[bool]
    again_cap: Mapped[int | None] = mapped_column(BigInteger)
    over_cap: Mapped[str]
    start_month: Mapped[int]
    start_day: Mapped[int]
    groups: Mapped[list[str]]
    extent: Mapped[str]
    microcredentials: Mapped[list[str]]
    budget: Mapped[int | None] = mapped_column(BigInteger)
    state: Mapped[str]
    begins_on: Mapped[date]
    ends_on: Mapped[date | None]
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    in_force_at: Mapped[datetime | None]
    credits_after: Mapped[UUID | None]


class PayYear(Base):
    """One person's contract year under one series: the row that is locked while something is written, and the sums of its entries.

    `year` is the one in which the contract year starts. `credited` counts under the cap, `again` under that of recurring pay, `adjusted`
    is what people added by hand. `opened_after` is how many entries the account had when the year was opened, `opened_on` when, as a day;
    `grouped` the employee group and `lapsed` the awards that had expired then: what the opening rested on, so that it can be computed
    again.
    """

    __tablename__ = "pay_year"
    __table_args__ = (
        UniqueConstraint("person_id", "series_id", "year"),
        Index("ix_pay_year_series", "series_id", "year", "person_id"),
        Index("ix_pay_year_district", "district_id", "year"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    series_id: Mapped[UUID] = mapped_column(ForeignKey("pay_rule.id"))
    year: Mapped[int]
    credited: Mapped[int] = mapped_column(BigInteger, default=0)
    again: Mapped[int] = mapped_column(BigInteger, default=0)
    adjusted: Mapped[int] = mapped_column(BigInteger, default=0)
    opened_after: Mapped[int] = mapped_column(default=0)
    opened_on: Mapped[date]
    grouped: Mapped[str | None]
    lapsed: Mapped[list[str]] = mapped_column(default=list)


class PayEntry(Base):
    """One line of the ledger; never changed, never deleted. `number` counts from 1 in the person's account under the series.

    `kind`: credit, capped, carried, reversal, adjustment, exported, confirmed, taken_back. `cause` says more (words.REASONS). `amount`
    changes what is owed, and the balance is its sum; `over` is what a cap cut off, `waits` changes what waits for a later year; `moved`
    is what a batch held. `under`: year or again, the cap that it counts under; empty for none. `key` is there once in a district, so that
    nothing is written twice. `on_day` is the day that it counts for, in the district's time zone. `grouped` is the employee group then.
    `note` is what somebody wrote; an erasure of the person empties it.
    """

    __tablename__ = "pay_entry"
    __table_args__ = (
        UniqueConstraint("district_id", "key"),
        UniqueConstraint("person_id", "series_id", "number"),
        Index("ix_pay_entry_award", "award_id"),
        Index("ix_pay_entry_batch", "batch_id"),
        Index("ix_pay_entry_newest", "district_id", "id"),
        Index("ix_pay_entry_kind", "district_id", "kind", "id"),
        Index("ix_pay_entry_year", "district_id", "year", "id"),
        Index("ix_pay_entry_person", "district_id", "person_id", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    series_id: Mapped[UUID] = mapped_column(ForeignKey("pay_rule.id"))
    rule_id: Mapped[UUID | None] = mapped_column(ForeignKey("pay_rule.id"))
    number: Mapped[int]
    unit: Mapped[str]
    year: Mapped[int]
    kind: Mapped[str]
    cause: Mapped[str]
    under: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger, default=0)
    over: Mapped[int] = mapped_column(BigInteger, default=0)
    waits: Mapped[int] = mapped_column(BigInteger, default=0)
    moved: Mapped[int] = mapped_column(BigInteger, default=0)
    award_id: Mapped[UUID | None] = mapped_column(ForeignKey("award.id"))
    microcredential_id: Mapped[UUID | None] = mapped_column(ForeignKey("microcredential.id"))
    batch_id: Mapped[UUID | None] = mapped_column(ForeignKey("pay_batch.id"))
    key: Mapped[str]
    on_day: Mapped[date]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    grouped: Mapped[str | None]
    note: Mapped[str] = mapped_column(Text, default="")


event.listen(PayEntry.__table__, "after_create", guard.put_up)


class PayOpen(Base):
    """An entry that payroll has not been given yet: gone once it is in a batch, back when that batch is taken back."""

    __tablename__ = "pay_open"
    __table_args__ = (Index("ix_pay_open_unit", "district_id", "unit", "entry_id"), Index("ix_pay_open_person", "person_id"))

    entry_id: Mapped[UUID] = mapped_column(ForeignKey("pay_entry.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    unit: Mapped[str]
    amount: Mapped[int] = mapped_column(BigInteger)


class PayBatch(Base):
    """What payroll was given at once, frozen: both files byte for byte, with the sum, the count and SHA-256 of each.

    `state`: made, confirmed, taken_back. `held_back`: entries that could not go, for their teachers had no employee number.
    """

    __tablename__ = "pay_batch"
    __table_args__ = (UniqueConstraint("district_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    number: Mapped[int]
    unit: Mapped[str]
    state: Mapped[str]
    lines: Mapped[int]
    people: Mapped[int]
    total: Mapped[int] = mapped_column(BigInteger)
    held_back: Mapped[int]
    csv: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    csv_hash: Mapped[str]
    xlsx: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    xlsx_hash: Mapped[str]
    made_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    made_at: Mapped[datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class PayBatchLine(Base):
    """That an entry is, or was, in a batch."""

    __tablename__ = "pay_batch_line"
    __table_args__ = (Index("ix_pay_batch_line_entry", "entry_id"),)

    batch_id: Mapped[UUID] = mapped_column(ForeignKey("pay_batch.id"), primary_key=True)
    entry_id: Mapped[UUID] = mapped_column(ForeignKey("pay_entry.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))


class Employee(Base):
    """Who somebody is for payroll: number and group as the district writes them; either may be empty. One row for each account."""

    __tablename__ = "employee"
    __table_args__ = (UniqueConstraint("person_id"), Index("ix_employee_number", "district_id", "number"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    number: Mapped[str] = mapped_column(default="")
    grouped: Mapped[str] = mapped_column(default="")
    grouped_since: Mapped[datetime]
    changed_at: Mapped[datetime]
