"""Carries notices out by e-mail: gathers what waits for a person into one mail, claims it by lease, sends it, acknowledges.

A process may die between any two steps. After a death or a broken connection nobody knows whether the mail arrived; it is sent once
more with the same Message-ID, and never a third time: a mail comes at least once where the server works, and at most twice.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from prometheus_client import Counter
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import language
from lti_tool.database import new_id
from lti_tool.launch.models import Context, Person
from lti_tool.notices import policies, reaching, stopping, words
from lti_tool.notices.mailing import Item, Letter, compose
from lti_tool.notices.models import Mail, MailStop, Notice
from lti_tool.notices.smtp import Fate, Receipt, Server, ServerDown
from lti_tool.platforms import vendors
from lti_tool.platforms.models import District, Registration
from lti_tool.tool import Tool

log = structlog.get_logger()

LEASE = timedelta(minutes=10)
"""Longer than one sending may take: seven answers of the server, 20 seconds each."""
_MAILS = Counter("lti_tool_mails_total", "E-mails by what became of them", ["outcome"])
_GATHER_AT_ONCE = 500
_LOOK_AGAIN = timedelta(seconds=15)
_SERVER_RESTS = timedelta(minutes=2)
_RESTS = "notices.server_rests_until"


@dataclass(frozen=True)
class Claim:
    """A mail to send, ours until the lease ends."""

    mail_id: UUID
    token: str
    letter: Letter


def send_due(here: Tool, *, seconds: float = 10.0) -> timedelta | None:
    """Send what is due, for about so many seconds. Returns how soon to look again, None when nothing waits.

    Without a mail server nothing happens; what has waited for days when there is one is not sent any more.
    """
    now = here.clock()
    rests: datetime | None = here.kept.get(_RESTS)
    if not here.settings.smtp_host or (rests is not None and now < rests):
        return None
    if policies.quiet_until(now, here.settings.quiet_hours, here.settings.timezone) is not None:
        return None
    gather(here)
    claim = _claim(here)
    if claim is None:
        return None
    end = time.monotonic() + seconds
    try:
        with Server(here.settings) as server:
            while claim is not None:
                receipt = _send(here, server, claim)
                _acknowledge(here, claim, receipt)
                if receipt.fate is Fate.UNSURE:
                    return _LOOK_AGAIN
                if time.monotonic() > end:
                    return timedelta(0)
                claim = _claim(here)
    except ServerDown as down:
        log.warning("mail_server_down", kind=down.kind, detail=str(down))
        here.kept[_RESTS] = here.clock() + _SERVER_RESTS
        if claim is not None:
            _put_back(here, claim, down.kind)
    return None


def gather(here: Tool) -> int:
    """Make one mail of everything that waits for a person; returns how many mails."""
    with here.database.read() as session:
        due = select(Notice.person_id).where(Notice.mail_due_at <= here.clock(), Notice.mail_id.is_(None)).distinct()
        people = session.scalars(due.limit(_GATHER_AT_ONCE)).all()
    made = 0
    for person_id in people:
        with here.database.unit() as session:
            made += _gather(session, here, person_id)
    return made


def _gather(session: Session, here: Tool, person_id: UUID) -> bool:
    now = here.clock()
    waiting = session.scalars(
        select(Notice)
        .where(Notice.person_id == person_id, Notice.mail_due_at.is_not(None), Notice.mail_id.is_(None))
        .order_by(Notice.created_at, Notice.id)
        .with_for_update(skip_locked=True)
    ).all()
    if not waiting:
        return False
    reach = reaching.reach(session, here, person_id)
    for notice in waiting:
        if reach.address is None or not reach.wants(notice.kind) or policies.too_late(notice.kind, notice.facts, notice.created_at, now):
            notice.mail_due_at = None
    carried = [notice for notice in waiting if notice.mail_due_at is not None]
    if not carried:
        return False
    last = session.scalar(select(func.max(Mail.sent_at)).where(Mail.person_id == person_id))
    if last is not None and now - last < policies.APART:
        for notice in carried:
            notice.mail_due_at = last + policies.APART
        return False
    mail = Mail(
        id=new_id(), district_id=carried[0].district_id, person_id=person_id, state="queued", created_at=now, due_at=now, attempts=0
    )
    session.add(mail)
    for notice in carried:
        notice.mail_id = mail.id
    return True


def _claim(here: Tool) -> Claim | None:
    now = here.clock()
    due = (
        select(Mail)
        .where(Mail.state == "queued", Mail.due_at <= now, (Mail.lease_until.is_(None)) | (Mail.lease_until <= now))
        .order_by(Mail.due_at, Mail.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with here.database.unit() as session:
        while (mail := session.scalars(due).first()) is not None:
            if (claim := _take(session, here, mail, now)) is not None:
                return claim
            session.flush()
    return None


def _take(session: Session, here: Tool, mail: Mail, now: datetime) -> Claim | None:
    if mail.lease_token is not None:  # its sender died, perhaps after the server had taken it
        mail.unsure += 1
        mail.lease_token = mail.lease_until = None
    if mail.unsure >= policies.MOST_SENDINGS:
        _end(mail, "attention", "unsure")
        return None
    if policies.give_up(now, mail.created_at):
        _end(mail, "attention", "too_long")
        return None
    letter = _letter(session, here, mail, now)
    if letter is None:
        _end(mail, "dropped", "")
        return None
    mail.lease_token, mail.lease_until = new_id().hex, now + LEASE
    return Claim(mail.id, mail.lease_token, letter)


def _end(mail: Mail, state: str, reason: str) -> None:
    mail.state, mail.last_reason = state, reason
    _MAILS.labels(reason or state).inc()


def _letter(session: Session, here: Tool, mail: Mail, now: datetime) -> Letter | None:
    """What is still to be said, to whom it may be said; None when that is nothing."""
    reach = reaching.reach(session, here, mail.person_id)
    notices = session.scalars(select(Notice).where(Notice.mail_id == mail.id).order_by(Notice.created_at, Notice.id)).all()
    told = [one for one in notices if reach.wants(one.kind) and not policies.too_late(one.kind, one.facts, one.created_at, now)]
    if reach.address is None or not told:
        return None
    person = session.get_one(Person, mail.person_id)
    registration = session.get_one(Registration, person.registration_id)
    places = {one.context_id for one in told}
    ids = [one for one in places if one is not None]
    courses = {row.id: row for row in session.scalars(select(Context).where(Context.id.in_(ids), Context.district_id == mail.district_id))}
    with language.speaking(language.locale_of(person.locale)):
        items = [_item(one, courses, here) for one in told]
    only = courses.get(ids[0]) if len(places) == len(ids) == 1 else None
    course_url = vendors.course_url(registration, only.lti_id, only.memberships_url or only.lineitems_url) if only else ""
    stop = stopping.Stop(person.id, _topic_of_all(told))
    return Letter(
        mail_id=mail.id,
        name=person.given_name,
        address=reach.address,
        items=items,
        lms=registration.name or registration.issuer,
        district=session.get_one(District, mail.district_id).name,
        link=course_url or vendors.front_door(registration),
        link_is_course=bool(course_url),
        stop_url=f"{here.settings.base_url}/notices/stop/{stopping.token(here.box, stop)}",
        at=now,
        locale=person.locale,
    )


def _item(notice: Notice, courses: dict[UUID, Context], here: Tool) -> Item:
    subject, text = words.said(notice.kind, notice.facts, here.settings.timezone)
    course = courses.get(notice.context_id) if notice.context_id else None
    return Item(subject, text, course.title if course else "")


def _topic_of_all(told: Sequence[Notice]) -> str:
    topics = {words.topic_of(one.kind) for one in told}
    return topics.pop() if len(topics) == 1 else stopping.ALL


def _send(here: Tool, server: Server, claim: Claim) -> Receipt:
    settings = here.settings
    try:
        message = compose(
            claim.letter,
            product=settings.product_name,
            sender=settings.smtp_from,
            answers_to=settings.contact_email,
            host=settings.smtp_from.rpartition("@")[2],
        )
    except ValueError as error:  # one mail's fault must not hold up the others
        log.error("mail_failed", mail=str(claim.mail_id), kind=type(error).__name__, exc_info=error)
        return Receipt(Fate.REJECTED)
    return server.send(message, claim.letter.address.addr_spec)


def _acknowledge(here: Tool, claim: Claim, receipt: Receipt) -> None:
    now, fate = here.clock(), receipt.fate
    with here.database.unit() as session:
        mail = session.get(Mail, claim.mail_id, with_for_update=True)  # gone when its person was erased meanwhile
        if mail is None or mail.lease_token != claim.token:
            log.warning("mail_lease_lost", mail=str(claim.mail_id))
            return
        mail.lease_token = mail.lease_until = None
        mail.attempts += 1
        mail.last_status, mail.last_reason = receipt.status or None, "" if fate is Fate.SENT else fate
        if fate is Fate.SENT:
            mail.state, mail.sent_at = "sent", now
        elif fate is Fate.NO_SUCH_ADDRESS:
            mail.state = "refused"
            _stop(session, here, mail, claim.letter, now)
        elif fate is Fate.REJECTED:
            mail.state = "attention"
        else:
            mail.unsure += fate is Fate.UNSURE
            mail.due_at = now + policies.pause(mail.attempts, random.random())  # noqa: S311
    log.info("mail", mail=str(claim.mail_id), outcome=fate, status=receipt.status)
    _MAILS.labels(fate).inc()


def _stop(session: Session, here: Tool, mail: Mail, letter: Letter, now: datetime) -> None:
    stop = session.get(MailStop, mail.person_id) or MailStop(person_id=mail.person_id, district_id=mail.district_id)
    stop.address_mark, stop.stopped_at = reaching.mark(here, letter.address.addr_spec), now
    stop.status = mail.last_status or 0
    session.add(stop)


def _put_back(here: Tool, claim: Claim, reason: str) -> None:
    """The server took nothing: the mail has not left, and stays due."""
    with here.database.unit() as session:
        mail = session.get(Mail, claim.mail_id, with_for_update=True)
        if mail is not None and mail.lease_token == claim.token:
            mail.lease_token = mail.lease_until = None
            mail.last_reason = reason
