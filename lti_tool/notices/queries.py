"""What pages show of notices: a person's own, what they chose, and for the console whom e-mail does not reach."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_tool.launch.models import Context, Person
from lti_tool.notices import reaching, words
from lti_tool.notices.models import Mail, MailStop, Notice
from lti_tool.notices.words import TOPICS, Topic, topic_of
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

PAGE = 30
_MOST_NEW = 3
_LATELY = timedelta(days=30)


@dataclass(frozen=True)
class Told:
    """One notice. `course` is where it is to be seen, empty where that does not matter; `activity_id` its activity, if it has one."""

    id: UUID
    topic: str
    subject: str
    text: str
    at: datetime
    new: bool
    context_id: UUID | None
    course: str
    activity_id: str


@dataclass(frozen=True)
class News:
    """The newest of what a person has not seen, and how many there are."""

    newest: tuple[Told, ...]
    count: int


def _told(notice: Notice, course: str | None, zone: str) -> Told:
    subject, text = words.said(notice.kind, notice.facts, zone)
    new, activity = notice.read_at is None, str(notice.facts.get("activity", ""))
    return Told(notice.id, topic_of(notice.kind), subject, text, notice.created_at, new, notice.context_id, course or "", activity)


def unread(session: Session, *, district_id: UUID, person_id: UUID, without: Collection[str] = ()) -> int:
    """How many notices a person has not seen."""
    return session.scalar(select(func.count()).select_from(Notice).where(*_unread(district_id, person_id, without))) or 0


def _unread(district_id: UUID, person_id: UUID, without: Collection[str]) -> tuple[ColumnElement[bool], ...]:
    kinds = [kind for kind in words.WORDS if topic_of(kind) not in without]
    return Notice.district_id == district_id, Notice.person_id == person_id, Notice.read_at.is_(None), Notice.kind.in_(kinds)


def news(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, without: Collection[str] = ()) -> News:
    """What a person has not seen; `without` topics that the page shows in its own way."""
    where = _unread(district_id, person_id, without)
    rows = session.execute(
        select(Notice, Context.title, func.count().over())
        .outerjoin(Context, Context.id == Notice.context_id)
        .where(*where)
        .order_by(Notice.id.desc())
        .limit(_MOST_NEW)
    ).all()
    return News(tuple(_told(notice, course, here.settings.timezone) for notice, course, _ in rows), rows[0][2] if rows else 0)


def told(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, before: UUID | None) -> tuple[tuple[Told, ...], UUID | None]:
    """A person's notices, the newest first, a page at a time; and where the next page begins."""
    query = (
        select(Notice, Context.title)
        .outerjoin(Context, Context.id == Notice.context_id)
        .where(Notice.district_id == district_id, Notice.person_id == person_id)
        .order_by(Notice.id.desc())
        .limit(PAGE + 1)
    )
    rows = session.execute(query.where(Notice.id < before) if before else query).all()
    shown = tuple(_told(notice, course, here.settings.timezone) for notice, course in rows[:PAGE])
    return shown, shown[-1].id if len(rows) > PAGE else None


@dataclass(frozen=True)
class Choices:
    """Topics that concern a person, which of them come by e-mail, and how they are reached."""

    topics: dict[str, Topic]
    wanted: tuple[str, ...]
    address: str
    without: str
    lms: str


def choices(session: Session, here: Tool, *, person_id: UUID, rights: Collection[str]) -> Choices:
    """What a person may choose."""
    reach = reaching.reach(session, here, person_id)
    person = session.get_one(Person, person_id)
    mine = {key: topic for key, topic in TOPICS.items() if not set(rights).isdisjoint(topic.rights)}
    lms = session.get_one(Registration, person.registration_id).name
    return Choices(mine, tuple(key for key in mine if key not in reach.unwanted), person.email, reach.without, lms)


@dataclass(frozen=True)
class Unreached:
    """Somebody whom e-mail does not reach: `status` is what the mail server said of their address."""

    person_id: UUID
    label: str
    email: str
    status: int
    since: datetime


@dataclass(frozen=True)
class MailState:
    """How e-mail goes in a district. `sent`, `waiting` (on their way), `attention` (given up) are mails of the last 30 days."""

    set_up: bool
    sent: int
    waiting: int
    attention: int
    last_sent_at: datetime | None
    unreached: tuple[Unreached, ...]


def mail_state(session: Session, here: Tool, district_id: UUID, *, most: int = 50) -> MailState:
    """How e-mail goes in a district, for its console."""
    lately = here.clock() - _LATELY
    query = select(Mail.state, func.count()).where(Mail.district_id == district_id, Mail.created_at >= lately).group_by(Mail.state)
    counts: dict[str, int] = dict(session.execute(query).all())
    last = session.scalar(select(func.max(Mail.sent_at)).where(Mail.district_id == district_id))
    rows = session.execute(
        select(Person, MailStop)
        .join(MailStop, MailStop.person_id == Person.id)
        .where(MailStop.district_id == district_id)
        .order_by(MailStop.stopped_at.desc(), Person.id)
    )
    unreached: list[Unreached] = []
    for person, stop in rows:
        if len(unreached) < most and reaching.reach(session, here, person.id).without in ("refused", "no_server"):
            unreached.append(Unreached(person.id, person.label, person.email, stop.status, stop.stopped_at))
    return MailState(
        bool(here.settings.smtp_host), counts.get("sent", 0), counts.get("queued", 0), counts.get("attention", 0), last, tuple(unreached)
    )
