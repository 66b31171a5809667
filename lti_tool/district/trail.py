"""The trail as the district's console reads, searches and exports it.

Events of the viewer's own work are left out, and in an export withheld: nobody learns here who judges them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, false, or_, select
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent, line, withheld
from lti_tool.database import Database
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.inputs import uuid_or_none
from lti_tool.language import N_
from lti_tool.launch.models import Person

PAGE = 50
_BATCH = 500
_MOST_PEOPLE = 200
_WORD = re.compile("[a-z0-9]+")

ROOMS: Mapping[str, str] = {
    "evidence": N_("Teachers’ work"),
    "review": N_("Reviews and decisions"),
    "grading": N_("Scores"),
    "badges": N_("Badges"),
    "catalog": N_("Microcredentials"),
    "district": N_("Roles, settings and support views"),
    "pay": N_("Pay and recognition"),
    "skills": N_("People by skill"),
    "cohorts": N_("Cohorts and communities"),
    "keeping": N_("Data and erasures"),
    "launch": N_("Courses and launches"),
    "linking": N_("Work handed to courses"),
    "platforms": N_("Connections"),
}


@dataclass(frozen=True)
class Search:
    """What is looked for; empty fields leave everything in. `person`: part of a name or e-mail, or a whole id. `thing` is the six
    signs that the page shows, or a whole id.
    """

    room: str = ""
    action: str = ""
    person: str = ""
    thing: str = ""
    since: date | None = None
    until: date | None = None


@dataclass(frozen=True)
class TrailRow:
    """One event; `actor` is empty when the tool itself acted. `details` are (name, value) in words."""

    sequence: int
    at: datetime
    actor: str
    actor_id: UUID | None
    action: str
    subject: str
    reason: str
    details: tuple[tuple[str, str], ...]
    hash: str


def page(
    session: Session, district_id: UUID, *, viewer_id: UUID, search: Search, before: int | None
) -> tuple[tuple[TrailRow, ...], int | None]:
    """A page of the trail, newest first, and before which event the next one begins."""
    query = _found(session, district_id, search).where(_readable(viewer_id))
    if before is not None:
        query = query.where(AuditEvent.sequence < before)
    rows = session.execute(query.order_by(AuditEvent.sequence.desc()).limit(PAGE + 1)).all()
    shown = tuple(_row(event, label) for event, label in rows[:PAGE])
    return shown, shown[-1].sequence if len(rows) > PAGE else None


def _readable(viewer_id: UUID) -> ColumnElement[bool]:
    own = select(Submission.id).join(Enrollment, Enrollment.id == Submission.enrollment_id).where(Enrollment.person_id == viewer_id)
    return or_(AuditEvent.subject_id.is_(None), AuditEvent.subject_id.not_in(own))


def _found(session: Session, district_id: UUID, search: Search) -> Select[AuditEvent, str]:
    where = [AuditEvent.district_id == district_id]
    if search.room in ROOMS:
        where.append(AuditEvent.action.like(f"{search.room}:%"))
    if words := _WORD.findall(search.action.lower()):
        where.append(AuditEvent.action.like("_".join(words) + "%"))  # the page writes spaces for : and _, and LIKE any sign
    if search.person:
        where.append(_of_people(session, district_id, search.person))
    if search.thing:
        whole, reference = uuid_or_none(search.thing), search.thing.strip().lower()
        where.append(AuditEvent.subject_id == whole if whole else AuditEvent.subject_ref == reference if reference else false())
    if search.since:
        where.append(AuditEvent.at >= datetime.combine(search.since, time(), UTC))
    if search.until:
        where.append(AuditEvent.at < datetime.combine(search.until, time(), UTC) + timedelta(days=1))
    return select(AuditEvent, Person.label).outerjoin(Person, Person.id == AuditEvent.actor_id).where(*where)


def _of_people(session: Session, district_id: UUID, text: str) -> ColumnElement[bool]:
    if one := uuid_or_none(text):
        return or_(AuditEvent.actor_id == one, AuditEvent.subject_id == one)
    named = or_(Person.label.icontains(text, autoescape=True), Person.email.icontains(text, autoescape=True))
    people = session.scalars(select(Person.id).where(Person.district_id == district_id, named).limit(_MOST_PEOPLE)).all()
    return or_(AuditEvent.actor_id.in_(people), AuditEvent.subject_id.in_(people))


def _row(event: AuditEvent, label: str | None) -> TrailRow:
    details = tuple((name.replace("_", " "), _words(value)) for name, value in event.details.items() if value not in ("", None))
    return TrailRow(
        event.sequence,
        event.at,
        label or "",
        event.actor_id if label else None,
        event.action,
        event.subject_ref.upper(),
        event.reason,
        details,
        event.hash,
    )


def _words(value: Any) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_words(one)}" for name, one in value.items())
    return ", ".join(map(_words, value)) if isinstance(value, list) else str(value)


def exported(database: Database, district_id: UUID, *, viewer_id: UUID) -> Iterator[bytes]:
    """The whole chain, one line of JSON for each event, in batches."""
    for _, event, readable in _batches(database, district_id, viewer_id, Search()):
        yield f"{line(event) if readable else withheld(event)}\n".encode()


def table(database: Database, district_id: UUID, *, viewer_id: UUID, search: Search) -> Iterator[tuple[str | int | None, ...]]:
    """What is found as rows for a spreadsheet, oldest first. Names are those of today; ids stay."""
    yield ("sequence", "at", "who", "who_id", "action", "thing_id", "reason", "details", "previous", "hash")
    for label, event, readable in _batches(database, district_id, viewer_id, search):
        if readable:
            content = event.link.content
            details = "; ".join(f"{name}: {_words(value)}" for name, value in event.details.items())
            said = (content["at"], label or "", content["actor"], event.action, content["subject"], event.reason, details)
            yield (event.sequence, *said, event.previous, event.hash)


def _batches(database: Database, district_id: UUID, viewer_id: UUID, search: Search) -> Iterator[tuple[str | None, AuditEvent, bool]]:
    last = 0
    while True:
        with database.read() as session:
            query = _found(session, district_id, search).add_columns(_readable(viewer_id))
            rows = session.execute(query.where(AuditEvent.sequence > last).order_by(AuditEvent.sequence).limit(_BATCH)).all()
            session.expunge_all()
        for event, label, readable in rows:
            yield label, event, bool(readable)
        if len(rows) < _BATCH:
            return
        last = rows[-1][0].sequence
