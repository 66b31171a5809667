"""What a launch leaves behind: person, course, link, membership as the LMS last told them, and a frame to stand in.

Most launches say nothing new. On PostgreSQL, where every round trip costs, such a launch is one look and one statement, which spends
the state and opens the frame together; anything that has to be written besides makes it a unit of work.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from functools import partial
from typing import Any, cast
from uuid import UUID

from sqlalchemy import Table, and_, bindparam, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import after_commit, upsert
from lti_tool.http import origin
from lti_tool.launch.login import LAUNCH_PATH
from lti_tool.launch.models import Context, Membership, Person, ResourceLink, SpentState
from lti_tool.launch.names import label_for
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.state import short_digest
from lti_tool.launch.wall import Launch
from lti_tool.platforms import observations, registry, vendors
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web import frames
from lti_tool.web.models import FrameSession

SEEN_EVERY = timedelta(hours=1)
"""How often it is noted that somebody or something was seen again."""


class _News(Exception):
    """The launch says something that has to be written."""


def take_in(here: Tool, launch: Launch) -> frames.Opened:
    """Spend the state and keep what the launch says, wholly or not at all. Raises LaunchRejected(replay, login_not_active)."""
    if not here.database.is_sqlite:
        with suppress(_News), here.database.bare() as connection:
            opened, frame = _frame_of(connection, None, here, launch)
            values = {f"spent_{name}": value for name, value in launch.spent.items()}
            if connection.execute(_SPEND_AND_OPEN, values | {f"frame_{name}": value for name, value in frame.items()}).first() is None:
                raise LaunchRejected("replay")
            return opened
    with here.database.unit() as session:
        if not launch.spend(session):
            raise LaunchRejected("replay")
        opened, frame = _frame_of(session.connection(), session, here, launch)
        frames.keep(session, frame)
    return opened


def _spend_and_open() -> Any:
    states, visits = cast(Table, SpentState.__table__), cast(Table, FrameSession.__table__)
    spent = (
        postgresql.insert(states)
        .values({column.name: bindparam(f"spent_{column.name}", type_=column.type) for column in states.columns})
        .on_conflict_do_nothing()
        .returning(states.c.state_hash)
        .cte("spent")
    )
    given = [bindparam(f"frame_{column.name}", type_=column.type) for column in visits.columns]
    return insert(visits).from_select(list(visits.columns), select(*given).select_from(spent)).returning(visits.c.id)


_SPEND_AND_OPEN = _spend_and_open()


def _known_statement() -> Any:
    return (
        select(
            Registration.state,
            *(column for model, seen in _ROWS for column in (model.id, model.told, getattr(model, seen))),
        )
        .select_from(Registration)
        .outerjoin(Person, and_(Person.registration_id == Registration.id, Person.sub == bindparam("sub")))
        .outerjoin(Context, and_(Context.registration_id == Registration.id, Context.lti_id == bindparam("context")))
        .outerjoin(ResourceLink, and_(ResourceLink.context_id == Context.id, ResourceLink.lti_id == bindparam("link")))
        .outerjoin(Membership, and_(Membership.context_id == Context.id, Membership.person_id == Person.id))
        .where(Registration.id == bindparam("registration"))
    )


_ROWS: tuple[tuple[Any, str], ...] = ((Person, "last_launch_at"), (Context, "seen_at"), (ResourceLink, "seen_at"), (Membership, "seen_at"))
_KNOWN = _known_statement()


class _Rows:
    """The rows that a launch speaks of: read at once, written only where it says something new or has not been seen for a while.

    Without a session nothing can be written: raises _News where it would have to be.
    """

    def __init__(self, connection: Connection, session: Session | None, here: Tool, launch: Launch) -> None:
        facts = launch.facts
        self._session, self._now = session, here.clock()
        names = {
            "registration": launch.registration.id,
            "sub": facts.person.sub,
            "context": facts.context.id if facts.context else "",
            "link": facts.link.id if facts.link else "",
        }
        state, *found = connection.execute(_KNOWN, names).one()
        if state != "active":
            raise LaunchRejected("login_not_active", f"registration {launch.registration.id}")
        self._known = {model: found[3 * n : 3 * n + 3] for n, (model, _seen) in enumerate(_ROWS)}

    def keep(
        self, model: Any, seen: str, values: dict[str, Any], *, key: tuple[str, ...], keep: tuple[str, ...], also: object = None
    ) -> tuple[UUID, bool]:
        """The row's id, and whether something else was said of it before. `keep` are set once; `also` was said, too, and is not kept."""
        row_id, told_before, seen_at = self._known[model]
        told = short_digest(repr((values, keep, also)))
        if row_id is not None and told == told_before and seen_at is not None and self._now - seen_at < SEEN_EVERY:
            return row_id, False
        if self._session is None:
            raise _News
        made = {**values, "told": told, seen: self._now}
        if hasattr(model, "created_at"):
            made["created_at"] = self._now
        return upsert(self._session, model, made, key=key, keep=(*keep, "created_at")), row_id is not None


def _frame_of(connection: Connection, session: Session | None, here: Tool, launch: Launch) -> tuple[frames.Opened, dict[str, Any]]:
    """The visit that this launch opens and its row, which is still to be stored; all else is. Without a session raises _News."""
    facts, registration, standing = launch.facts, launch.registration, launch.standing
    own = {"district_id": registration.district_id, "registration_id": registration.id}
    rows = _Rows(connection, session, here, launch)
    deployment_id = _deployment(session, here, launch)
    rights = sorted({*standing.rights, "designer"}) if facts.deep_linking else list(standing.rights)
    label = label_for(facts.person.name, facts.person.sub)
    told = {
        "sub": facts.person.sub,
        "label": label,
        "given_name": facts.person.given_name,
        "family_name": facts.person.family_name,
        "email": facts.person.email,
        "locale": facts.locale,
        "is_test": standing.is_test,
    }
    person_id, changed = rows.keep(
        Person, "last_launch_at", {**own, **told}, key=("registration_id", "sub"), keep=("district_id",), also=standing.administers
    )
    context_id = _context(rows, launch, deployment_id, own) if facts.context else None
    link_id = _link(rows, launch, context_id, own) if context_id else None
    if context_id:
        member = {
            "district_id": registration.district_id,
            "context_id": context_id,
            "person_id": person_id,
            "roles": list(facts.roles),
            "rights": rights,
            "source": "launch",
        }
        _, member_changed = rows.keep(Membership, "seen_at", member, key=("context_id", "person_id"), keep=("district_id",))
        changed = changed or member_changed
    if changed and session:  # where nothing did, the launch before has seen to it
        given = {*rights, "designer"} if standing.places_content else set(rights)
        _narrow(session, person_id, context_id, given, console=standing.administers)
    _observe(session, here, launch)
    return frames.made(
        here,
        **own,
        deployment_id=deployment_id,
        person_id=person_id,
        person_name=label,
        context_id=context_id,
        context_title=facts.context.title if facts.context else "",
        resource_link_id=link_id,
        rights=rights,
        frame_ancestors=vendors.frame_ancestors(registration, facts.custom, facts.return_url),
        launch=_landing(here, launch),
    )


def _narrow(session: Session, person_id: UUID, context_id: UUID | None, rights: set[str], *, console: bool) -> None:
    """Rights that the LMS does not give any more end in the person's open visits to this course, too.

    `console`: whether the person still administers the LMS. That is no role of one course, and ends in all visits.
    """
    visits = select(FrameSession.id, FrameSession.context_id, FrameSession.rights).where(FrameSession.person_id == person_id)
    for visit_id, place, held in session.execute(visits.order_by(FrameSession.id)).all():
        lost = {*held} - rights if place == context_id else set() if console else {"console"}
        if not lost.isdisjoint(held):
            left = [right for right in held if right not in lost]
            session.execute(update(FrameSession).where(FrameSession.id == visit_id).values(rights=left))


def _observe(session: Session | None, here: Tool, launch: Launch) -> None:
    """Keep what this launch shows of the connection, where that is new: an LMS's admin may narrow what we get at any time."""
    facts, registration = launch.facts, launch.registration
    services, person = facts.services, facts.person
    in_course = facts.context is not None and facts.context.is_course
    offered = observations.offers(
        scopes=services.scopes,
        gradebook=bool(services.lineitems),
        roster=bool(services.memberships) or (None if facts.deep_linking else False),  # Canvas leaves it out when content is chosen
        named=bool(person.name),
        mailed=bool(person.email),
    )
    news = partial(
        observations.changed,
        message=facts.message_type,
        offered=offered if in_course and not launch.standing.is_test else None,
        now=here.clock(),
    )
    if news(registration.observed) is None:  # what is kept in memory may be a little old
        return
    if session is None:
        raise _News
    stored = session.scalars(select(Registration.observed).where(Registration.id == registration.id).with_for_update()).one()
    after_commit(session, lambda: registry.forget(here))
    change = news(stored)
    if change is None:
        return
    session.execute(update(Registration).where(Registration.id == registration.id).values(observed=change.observed))
    if change.lost or change.gained:
        audit.record(
            session,
            district_id=registration.district_id,
            at=here.clock(),
            action="launch:connection:changed",
            subject_id=registration.id,
            lost=list(change.lost),
            gained=list(change.gained),
        )


def _deployment(session: Session | None, here: Tool, launch: Launch) -> UUID:
    """The launch's deployment. Where it offers notices at an address that is new to us, the worker has to ask for them."""
    said, known = launch.facts.services.notices, launch.deployment
    url = launch.allowed(said) if said else said
    changed = known is not None and url is not None and url != known.notices_url and bool(url or not said)
    if known is not None and not changed:
        return known.id
    if session is None:
        raise _News
    if known is None:
        return _new_deployment(session, here, launch, url or "")
    asks = {"notices_url": url, "notices_state": "due" if url else "", "notices_tried_at": None}
    session.execute(update(Deployment).where(Deployment.id == known.id, Deployment.notices_url != url).values(**asks))
    after_commit(session, lambda: registry.forget(here))
    after_commit(session, here.wake)
    return known.id


def _new_deployment(session: Session, here: Tool, launch: Launch, notices_url: str) -> UUID:
    registration = launch.registration
    values = {
        "district_id": registration.district_id,
        "registration_id": registration.id,
        "deployment_id": launch.facts.deployment_id,
        "created_at": here.clock(),
        "notices_url": notices_url,
        "notices_state": "due" if notices_url else "",
    }
    made: UUID = upsert(session, Deployment, values, key=("registration_id", "deployment_id"), keep=("district_id", "created_at"))
    audit.record(session, district_id=registration.district_id, at=here.clock(), action="launch:deployment:taken_in", subject_id=made)
    if notices_url:
        after_commit(session, here.wake)
    return made


def _context(rows: _Rows, launch: Launch, deployment_id: UUID, own: dict[str, Any]) -> UUID:
    facts = launch.facts
    assert facts.context is not None  # noqa: S101
    told = {
        "deployment_id": deployment_id,
        "lti_id": facts.context.id,
        "title": facts.context.title,
        "label": facts.context.label,
        "lineitems_url": launch.allowed(facts.services.lineitems),
        "memberships_url": launch.allowed(facts.services.memberships),
        "service_scopes": list(facts.services.scopes),
        "history": list(facts.history),
    }
    keep = ["district_id"]
    if not facts.history:
        keep.append("history")  # a notice may have told it
    if facts.deep_linking and not facts.services.memberships:
        keep.append("memberships_url")  # Canvas names it in other messages only
    return rows.keep(Context, "seen_at", {**own, **told}, key=("registration_id", "lti_id"), keep=tuple(keep))[0]


def _link(rows: _Rows, launch: Launch, context_id: UUID, own: dict[str, Any]) -> UUID | None:
    facts = launch.facts
    if facts.link is None or facts.context is None or not vendors.of(launch.registration).is_own_link(facts.context.id, facts.link.id):
        return None
    told = {
        "context_id": context_id,
        "lti_id": facts.link.id,
        "title": facts.link.title,
        "lineitem_url": launch.allowed(facts.services.lineitem),
        "custom": facts.custom,
    }
    return rows.keep(ResourceLink, "seen_at", {**own, **told}, key=("context_id", "lti_id"), keep=("district_id", "registration_id"))[0]


def _landing(here: Tool, launch: Launch) -> dict[str, Any]:
    """What the landing page needs to know of the message; kept with the frame."""
    facts, ours = launch.facts, here.settings.base_url
    deep = facts.deep_linking
    return {
        "message_type": facts.message_type,
        "custom": facts.custom,
        "target_link_uri": facts.target_link_uri if origin(facts.target_link_uri) == origin(ours) else ours + LAUNCH_PATH,
        "deep_linking": None
        if deep is None
        else {
            "return_url": launch.allowed(deep.return_url),
            "data": deep.data,
            "accept_types": list(deep.accept_types),
            "accept_multiple": deep.accept_multiple,
            "accept_lineitem": launch.takes_columns,
            "auto_create": deep.auto_create,
            "document_targets": list(deep.document_targets),
            "title": deep.title,
            "text": deep.text,
        },
        "deployment_id": facts.deployment_id,
        "for_user": facts.for_user,
        "return_url": facts.return_url if origin(facts.return_url) else "",
        "placement": launch.placement,
        "locale": facts.locale,
        "lineitem_url": launch.allowed(facts.services.lineitem),
        "scopes": list(facts.services.scopes),
        "platform_name": facts.platform_name,
        "in_course": facts.context is not None and facts.context.is_course,
        "roles": list(facts.roles),
        "named": bool(facts.person.name),
        "mailed": bool(facts.person.email),
        "roster": bool(launch.allowed(facts.services.memberships)),
        "clock_difference": round(launch.clock_difference),
        "proof": "cookie" if launch.by_cookie else "storage",
        "storage_offered": bool(launch.state and launch.state.storage_target),
        "new_deployment": launch.deployment is None,
    }
