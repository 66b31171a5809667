"""What payroll's pages read beside the ledger: what waits, who is held back, batches, and who is which employee."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.district.pay import queries
from lti_tool.district.pay.models import Employee, PayBatch, PayOpen
from lti_tool.district.pay.queries import PAGE
from lti_tool.launch.models import Person


@dataclass(frozen=True)
class Waiting:
    """What payroll has not been given of a unit: what can go, and what is held back."""

    unit: str
    entries: int
    total: int
    held: int
    held_total: int


def waiting(session: Session, district_id: UUID) -> tuple[Waiting, ...]:
    """By unit."""
    number = func.coalesce(Employee.number, "") == ""
    rows = session.execute(
        select(PayOpen.unit, number, func.count(), func.sum(PayOpen.amount))
        .outerjoin(Employee, Employee.person_id == PayOpen.person_id)
        .where(PayOpen.district_id == district_id)
        .group_by(PayOpen.unit, number)
    ).all()
    found: dict[str, dict[bool, tuple[int, int]]] = {}
    for unit, held, count, total in rows:
        found.setdefault(unit, {})[bool(held)] = (count, int(total))
    return tuple(Waiting(unit, *kinds.get(False, (0, 0)), *kinds.get(True, (0, 0))) for unit, kinds in sorted(found.items()))


@dataclass(frozen=True)
class HeldRow:
    """Somebody whose entries can't go to payroll."""

    person_id: UUID
    label: str
    email: str
    unit: str
    entries: int
    total: int


def held_people(session: Session, district_id: UUID, *, after: UUID | None) -> tuple[tuple[HeldRow, ...], UUID | None]:
    """A page of those who have no employee number, and after whom the next begins."""
    query = (
        select(Person.id, Person.label, Person.email, PayOpen.unit, func.count(), func.sum(PayOpen.amount))
        .select_from(PayOpen)
        .join(Person, Person.id == PayOpen.person_id)
        .outerjoin(Employee, Employee.person_id == PayOpen.person_id)
        .where(PayOpen.district_id == district_id, func.coalesce(Employee.number, "") == "")
        .group_by(Person.id, Person.label, Person.email, PayOpen.unit)
    )
    if after is not None:
        query = query.where(Person.id > after)
    rows = session.execute(query.order_by(Person.id, PayOpen.unit).limit(PAGE * 4 + 1)).all()
    people = list(dict.fromkeys(row[0] for row in rows))
    shown = people[:PAGE]
    found = tuple(HeldRow(who, label, email, unit, n, int(total)) for who, label, email, unit, n, total in rows if who in shown)
    return found, shown[-1] if len(people) > PAGE else None


def batch_page(session: Session, district_id: UUID, *, before: int | None) -> tuple[tuple[PayBatch, ...], int | None]:
    """A page of batches, newest first, without their files; and before which number the next begins."""
    query = select(PayBatch).where(PayBatch.district_id == district_id)
    if before is not None:
        query = query.where(PayBatch.number < before)
    rows = session.scalars(query.order_by(PayBatch.number.desc()).limit(PAGE + 1)).all()
    return tuple(rows[:PAGE]), rows[PAGE - 1].number if len(rows) > PAGE else None


def label_of(session: Session, person_id: UUID | None) -> str:
    """Somebody's name; empty for nobody."""
    return session.scalar(select(Person.label).where(Person.id == person_id)) or "" if person_id else ""


@dataclass(frozen=True)
class EmployeeRow:
    """Somebody who was found, with what payroll knows."""

    id: UUID
    label: str
    email: str
    number: str
    group: str


def employees(session: Session, district_id: UUID, text: str) -> tuple[EmployeeRow, ...]:
    """People by name, e-mail address or employee number; without a text the first who have a number."""
    query = (
        select(Person.id, Person.label, Person.email, Employee.number, Employee.grouped)
        .outerjoin(Employee, Employee.person_id == Person.id)
        .where(Person.district_id == district_id, Person.is_test.is_(False))
    )
    query = query.where(Person.id.in_(queries.found_people(session, district_id, text)) if text.strip() else Employee.number != "")
    rows = session.execute(query.order_by(Person.label, Person.id).limit(PAGE))
    return tuple(EmployeeRow(who, label, email, number or "", group or "") for who, label, email, number, group in rows)


def groups(session: Session, district_id: UUID) -> tuple[str, ...]:
    """Employee groups that are known."""
    query = select(Employee.grouped).where(Employee.district_id == district_id, Employee.grouped != "").distinct()
    return tuple(session.scalars(query.order_by(Employee.grouped).limit(100)))
