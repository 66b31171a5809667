"""Telling people things: a row in the transaction of the event; the worker carries it out by e-mail.

    notices.queue(session, district_id=…, person_id=…, kind="badge", thing=award.id, facts={"title": …}, at=here.clock())

`kind` and the facts that it needs stand in `words.WORDS`. Never evidence, feedback or anybody's name.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import insert_if_new, new_id, upsert
from lti_tool.launch.models import Person
from lti_tool.notices import words
from lti_tool.notices.models import Mail, MailChoice, Notice
from lti_tool.notices.stopping import ALL, Stop
from lti_tool.notices.words import TOPICS
from lti_tool.tool import Tool

GATHER = timedelta(minutes=10)
"""A mail waits so long, so that what happens together is told together."""
KEPT = timedelta(days=365)


def queue(
    session: Session,
    *,
    district_id: UUID,
    person_id: UUID,
    kind: str,
    thing: UUID | str,
    facts: Mapping[str, Any],
    at: datetime,
    context_id: UUID | None = None,
) -> bool:
    """Tell a person something, in this unit of work; False when they were told of this kind about this thing before.

    `thing` is what it is about: an id, with what makes it another event (`f"{enrollment.id}:{days}"`). `context_id` is the course where
    it is to be seen. Raises ValueError for an unknown kind, a fact that it needs and lacks, or one that no words know.
    """
    if found := words.faults(kind, facts):
        raise ValueError(f"{kind}: {', '.join(found)}")
    return insert_if_new(
        session,
        Notice,
        {
            "id": new_id(),
            "district_id": district_id,
            "person_id": person_id,
            "context_id": context_id,
            "kind": kind,
            "thing": str(thing),
            "facts": dict(facts),
            "created_at": at,
            "read_at": None,
            "mail_due_at": at + GATHER,
            "mail_id": None,
        },
    )


def mark_read(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, up_to: UUID | None = None, one: UUID | None = None
) -> None:
    """The person has seen their notices: this one, or all that are as old as `up_to`, so that what came meanwhile stays new."""
    mine = [Notice.district_id == district_id, Notice.person_id == person_id, Notice.read_at.is_(None)]
    which = Notice.id == one if one is not None else Notice.id <= up_to
    session.execute(update(Notice).where(*mine, which).values(read_at=here.clock()))


def done(
    session: Session, here: Tool, *, district_id: UUID, people: Collection[UUID], kinds: Collection[str], things: Collection[UUID]
) -> None:
    """What notices of these kinds ask people for about these things is done, or they need not do it any more: to them it is no longer
    new, and an e-mail that has not left does not ask for it. `things` are the ids that those of `queue` begin with.
    """
    if not things:
        return
    waits = select(Mail.id).where(Mail.state == "queued", Mail.lease_token.is_(None))
    session.execute(
        update(Notice)
        .where(
            Notice.district_id == district_id,
            Notice.person_id.in_(people),
            Notice.kind.in_(kinds),
            or_(*(Notice.thing.startswith(str(one)) for one in things)),
        )
        .values(
            read_at=func.coalesce(Notice.read_at, here.clock()),
            mail_due_at=None,
            mail_id=case((Notice.mail_id.in_(waits), None), else_=Notice.mail_id),
        )
        .execution_options(synchronize_session=False)
    )


def choose(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, wanted: Collection[str], shown: Collection[str]) -> None:
    """A person's choice of e-mail: of the topics that the page showed, these. What is not wanted does not leave any more either."""
    for topic in shown:
        _choose(session, here, district_id, person_id, topic, wanted=topic in wanted)
    audit.record(session, district_id=district_id, at=here.clock(), action="notices:mail:chosen", actor_id=person_id, subject_id=person_id)


def stop(session: Session, here: Tool, stopping: Stop) -> bool:
    """What a link in an e-mail asks for: no more e-mail of a topic, or none at all. False where the person is not known (any more)."""
    person = session.get(Person, stopping.person_id)
    if person is None:
        return False
    for topic in TOPICS if stopping.topic == ALL else (stopping.topic,):
        _choose(session, here, person.district_id, person.id, topic, wanted=False)
    audit.record(
        session, district_id=person.district_id, at=here.clock(), action="notices:mail:stopped", subject_id=person.id, topic=stopping.topic
    )
    return True


def _choose(session: Session, here: Tool, district_id: UUID, person_id: UUID, topic: str, *, wanted: bool) -> None:
    values = {"person_id": person_id, "topic": topic, "district_id": district_id, "wanted": wanted, "changed_at": here.clock()}
    upsert(session, MailChoice, values, key=("person_id", "topic"))


def sweep(here: Tool) -> None:
    """Take away notices that are a year old, and mails of which nothing is left to ask."""
    now = here.clock()
    with here.database.unit() as session:
        session.execute(delete(Notice).where(Notice.created_at < now - KEPT))
        told = select(Notice.id).where(Notice.mail_id == Mail.id).exists()
        session.execute(delete(Mail).where(Mail.created_at < now - KEPT, Mail.state != "queued", ~told))
