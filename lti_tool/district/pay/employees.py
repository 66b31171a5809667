"""Who is which employee: typed on a person's page, or read from a CSV file with a word on every line that could not be taken."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from io import StringIO
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.district.pay import service
from lti_tool.district.pay.models import Employee
from lti_tool.errors import bad_request
from lti_tool.inputs import separator_of, sheet_text
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.tool import Tool

MOST_LINES = 5000
_MOST_BYTES = 480 * 1024
_LONGEST = 64
_CONTROLS = re.compile(r"[\x00-\x1f\x7f]")
_COLUMNS = {"employee_number": "number", "email": "email", "group": "group"}


@dataclass(frozen=True)
class Row:
    """A line of the file that makes sense by itself."""

    line: int
    email: str
    number: str
    group: str


@dataclass
class Taken:
    """What became of a file: how many people were written, and (line, what is wrong) for the others."""

    written: int = 0
    same: int = 0
    faults: list[tuple[int, str]] = field(default_factory=list)


def tidy(given: str) -> str:
    """A number or a group as it is kept. Raises ValueError for one that is too long, or holds signs that can't be written."""
    said = " ".join(given.split())
    if len(said) > _LONGEST or _CONTROLS.search(said) or said.startswith(("=", "+", "-", "@")):
        raise ValueError(given[:20])
    return said


def read(content: bytes) -> tuple[list[Row], list[tuple[int, str]]]:
    """The rows of a CSV file and what is wrong with the others. Raises Problem(bad_request) where it is no such file at all."""
    if len(content) > _MOST_BYTES or content.count(b"\n") > MOST_LINES + 1:
        raise bad_request(_("This file is too large. It may have %(lines)s lines and 480 KB.", lines=MOST_LINES), "size")
    try:
        text = sheet_text(content)
    except ValueError:
        raise bad_request(_("The letters of this file can’t be read. Save it as “CSV UTF-8” and choose it again."), "encoding") from None
    lines = iter(csv.reader(StringIO(text, newline=""), delimiter=separator_of(text)))
    rows, faults, seen = list[Row](), list[tuple[int, str]](), dict[str, int]()
    try:
        head = [_COLUMNS.get(name.strip().lower().replace(" ", "_"), "") for name in next(lines, [])]
        if "email" not in head or not {"number", "group"} & set(head):
            raise bad_request(_("The first line has to name the columns: email, employee_number, group."), "columns")
        for place, cells in enumerate(lines, 2):
            given = {name: cell for name, cell in zip(head, cells, strict=False) if name}
            if not any(cell.strip() for cell in cells):
                continue
            fault = _fault(given, place, seen)
            if fault:
                faults.append((place, fault))
            else:
                rows.append(Row(place, given["email"].strip().lower(), tidy(given.get("number", "")), tidy(given.get("group", ""))))
    except csv.Error:
        raise bad_request(_("This file can’t be read as CSV."), "csv") from None
    return rows, faults


def _fault(given: dict[str, str], place: int, seen: dict[str, int]) -> str:
    email = given.get("email", "").strip().lower()
    if "@" not in email or len(email) > 254 or _CONTROLS.search(email):
        return _("There is no e-mail address on this line.")
    first = seen.setdefault(email, place)
    if first != place:
        return _("This e-mail address stands on line %(line)s already.", line=first)
    try:
        tidy(given.get("number", "")), tidy(given.get("group", ""))
    except ValueError:
        return _("An employee number or a group has at most %(most)s plain characters and does not begin with = + - or @.", most=_LONGEST)
    return ""


def take(session: Session, here: Tool, *, district_id: UUID, rows: list[Row], actor_id: UUID) -> Taken:
    """Write what a file says; an empty cell leaves what is known as it is. All accounts with the same e-mail address are one employee."""
    taken = Taken()
    people: dict[str, list[Person]] = defaultdict(list)
    wanted = [row.email for row in rows]
    for begin in range(0, len(wanted), 500):
        query = select(Person).where(
            Person.district_id == district_id, Person.is_test.is_(False), func.lower(Person.email).in_(wanted[begin : begin + 500])
        )
        for person in session.scalars(query.order_by(Person.id)):
            people[person.email.lower()].append(person)
    numbers = _numbers(session, district_id, [row.number for row in rows if row.number])
    changes: dict[UUID, Row] = {}
    for row in rows:
        owners = people.get(row.email, [])
        if not owners:
            taken.faults.append((row.line, _("Nobody with this e-mail address has opened the tool yet. Send the line again later.")))
        elif row.number and numbers.setdefault(row.number, row.email) != row.email:
            taken.faults.append((row.line, _("This employee number belongs to somebody else.")))
        else:
            changes.update({person.id: row for person in owners})
    for person_id, row in sorted(changes.items()):  # accounts are locked in this order everywhere
        wrote = _write(session, here, district_id, person_id, number=row.number or None, group=row.group or None)
        taken.written, taken.same = taken.written + wrote, taken.same + (not wrote)
    if taken.written:
        audit.record(
            session, district_id=district_id, at=here.clock(), action="pay:employees:read", actor_id=actor_id, people=taken.written
        )
    return taken


def _numbers(session: Session, district_id: UUID, numbers: list[str]) -> dict[str, str]:
    """Who has these employee numbers now, by e-mail address, or by account where there is none."""
    found: dict[str, str] = {}
    for begin in range(0, len(numbers), 500):
        query = (
            select(Employee.number, Person.email, Person.id)
            .join(Person, Person.id == Employee.person_id)
            .where(Employee.district_id == district_id, Employee.number.in_(numbers[begin : begin + 500]))
        )
        found.update({number: email.lower() or str(person_id) for number, email, person_id in session.execute(query)})
    return found


def of_person(session: Session, district_id: UUID, person_id: UUID) -> Employee | None:
    """What is known of somebody."""
    return session.scalars(select(Employee).where(Employee.person_id == person_id, Employee.district_id == district_id)).one_or_none()


def write(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, number: str, group: str, actor_id: UUID) -> None:
    """What payroll types on a person's page; empty forgets. Raises Problem: not_found; bad_request for what can't be, or is another's."""
    person = service.person_of(session, district_id, person_id)
    try:
        number, group = tidy(number), tidy(group)
    except ValueError:
        raise bad_request(
            _("An employee number or a group has at most %(most)s plain characters and does not begin with = + - or @.", most=_LONGEST)
        ) from None
    owner = _numbers(session, district_id, [number]).get(number) if number else None
    if owner is not None and owner != (person.email.lower() or str(person.id)):
        raise bad_request(_("This employee number belongs to somebody else."), "number")
    if _write(session, here, district_id, person.id, number=number, group=group):
        audit.record(
            session, district_id=district_id, at=here.clock(), action="pay:employee:written", actor_id=actor_id, subject_id=person.id
        )


def _write(session: Session, here: Tool, district_id: UUID, person_id: UUID, *, number: str | None, group: str | None) -> bool:
    """None leaves what is known. False when nothing changes."""
    row, now = of_person(session, district_id, person_id), here.clock()
    if row is None:
        row = Employee(district_id=district_id, person_id=person_id, number="", grouped="", grouped_since=now, changed_at=now)
        session.add(row)
    number, group = row.number if number is None else number, row.grouped if group is None else group
    if (row.number, row.grouped) == (number, group) and row.id is not None:
        return False
    became_known = not row.grouped and bool(group)
    if row.grouped != group:
        row.grouped_since = now
    row.number, row.grouped, row.changed_at = number, group, now
    session.flush()
    if became_known:
        service.catch_up(session, here, district_id=district_id, person_id=person_id)
    return True
