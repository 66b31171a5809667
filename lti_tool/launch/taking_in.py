"""What a launch leaves behind: person, course, link, membership as the LMS last told them, and a frame to stand in."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import after_commit, upsert
from lti_tool.launch import haste, sayings
from lti_tool.launch.models import FOUND_BY, Context, Membership, Person, ResourceLink
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.sayings import Said, Sayings
from lti_tool.launch.spending import burnt
from lti_tool.launch.wall import Launch
from lti_tool.platforms import observations, registry, vendors
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web import frames
from lti_tool.web.models import FrameSession

SEEN_EVERY = timedelta(hours=1)
"""How often it is noted that somebody or something was seen again."""


def take_in(here: Tool, launch: Launch) -> frames.Opened:
    """Open the visit, which spends the state, and keep what the launch says: all or nothing.

    Raises LaunchRejected(replay, login_not_active).
    """
    said, facts, registration = sayings.of(launch), launch.facts, launch.registration
    open_frame = partial(
        frames.made,
        here,
        visit_id=launch.visit_id,
        district_id=registration.district_id,
        registration_id=registration.id,
        person_name=said.person.values["label"],
        context_title=facts.context.title if facts.context else "",
        rights=said.rights,
        frame_ancestors=vendors.frame_ancestors(registration, facts.custom, facts.return_url),
        launch=sayings.landing(here, launch),
    )
    known = launch.deployment
    if known and not here.database.is_sqlite and _asked(launch, known) is None and _news(here, launch)(registration.observed) is None:
        opened, row = open_frame(deployment_id=known.id, person_id=None, context_id=None, resource_link_id=None)
        if haste.opened(here, launch, said, row, since=here.clock() - SEEN_EVERY):
            return opened
    with here.database.unit() as session:
        if burnt(session, launch.state_text):
            raise LaunchRejected("replay")
        opened, row = open_frame(**_keep(session, here, launch, said))
        if not frames.keep(session, row):
            raise LaunchRejected("replay")
    return opened


def _known_statement() -> Any:
    return (
        select(
            Registration.state,
            *(column for model, seen in _ROWS for column in (model.id, model.told, getattr(model, seen))),
        )
        .select_from(Registration)
        .outerjoin(Person, FOUND_BY[Person])
        .outerjoin(Context, FOUND_BY[Context])
        .outerjoin(ResourceLink, FOUND_BY[ResourceLink])
        .outerjoin(Membership, FOUND_BY[Membership])
        .where(Registration.id == bindparam("registration"))
    )


_ROWS: tuple[tuple[Any, str], ...] = ((Person, "last_launch_at"), (Context, "seen_at"), (ResourceLink, "seen_at"), (Membership, "seen_at"))
_KNOWN = _known_statement()


class _Rows:
    """The rows that a launch speaks of: read at once, written only where it says something new or has not been seen for a while."""

    def __init__(self, session: Session, here: Tool, launch: Launch) -> None:
        facts = launch.facts
        self._session, self._now = session, here.clock()
        names = {
            "registration": launch.registration.id,
            "sub": facts.person.sub,
            "context": facts.context.id if facts.context else "",
            "link": facts.link.id if facts.link else "",
        }
        state, *found = session.connection().execute(_KNOWN, names).one()
        if state != "active":
            raise LaunchRejected("login_not_active", f"registration {launch.registration.id}")
        self._known = {model: found[3 * n : 3 * n + 3] for n, (model, _seen) in enumerate(_ROWS)}

    def keep(self, model: Any, said: Said, key: dict[str, Any], once: dict[str, Any], **more: UUID) -> tuple[UUID, bool]:
        """The row's id, and whether something else was said of it before. `key` finds it, `once` is set when it is made."""
        row_id, told_before, seen_at = self._known[model]
        if row_id is not None and said.told == told_before and seen_at is not None and self._now - seen_at < SEEN_EVERY:
            return row_id, False
        seen = dict(_ROWS)[model]
        made = {**once, **key, **said.values, **more, "told": said.told, seen: self._now}
        if hasattr(model, "created_at"):
            made["created_at"] = self._now
        return upsert(self._session, model, made, key=tuple(key), keep=(*once, *said.keep, "created_at")), row_id is not None


def _keep(session: Session, here: Tool, launch: Launch, said: Sayings) -> dict[str, Any]:
    """Write what is new. Returns the ids that the frame needs."""
    facts, registration, standing = launch.facts, launch.registration, launch.standing
    district, own = {"district_id": registration.district_id}, {"registration_id": registration.id}
    rows = _Rows(session, here, launch)
    deployment_id = _deployment(session, here, launch)
    person_id, changed = rows.keep(Person, said.person, {**own, "sub": facts.person.sub}, district)
    context_id = link_id = None
    if facts.context and said.context and said.membership:
        context_id, _ = rows.keep(Context, said.context, {**own, "lti_id": facts.context.id}, district, deployment_id=deployment_id)
        if facts.link and said.link:
            link_id, _ = rows.keep(ResourceLink, said.link, {"context_id": context_id, "lti_id": facts.link.id}, {**district, **own})
        _, member_changed = rows.keep(Membership, said.membership, {"context_id": context_id, "person_id": person_id}, district)
        changed = changed or member_changed
    if changed:  # where nothing did, the launch before has seen to it
        given = {*said.rights, "designer"} if standing.places_content else set(said.rights)
        _narrow(session, person_id, context_id, given, console=standing.administers)
    _observe(session, here, launch)
    return {"deployment_id": deployment_id, "person_id": person_id, "context_id": context_id, "resource_link_id": link_id}


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


def _news(here: Tool, launch: Launch) -> partial[observations.Change | None]:
    """What the launch shows of the connection, to be held against what is known of it."""
    facts, services, person = launch.facts, launch.facts.services, launch.facts.person
    in_course = facts.context is not None and facts.context.is_course
    offered = observations.offers(
        scopes=services.scopes,
        gradebook=bool(services.lineitems),
        roster=bool(services.memberships) or (None if facts.deep_linking else False),  # Canvas leaves it out when content is chosen
        named=bool(person.name),
        mailed=bool(person.email),
    )
    return partial(
        observations.changed,
        message=facts.message_type,
        offered=offered if in_course and not launch.standing.is_test else None,
        now=here.clock(),
    )


def _observe(session: Session, here: Tool, launch: Launch) -> None:
    """Keep what this launch shows of the connection, where that is new: an LMS's admin may narrow what we get at any time."""
    registration, news = launch.registration, _news(here, launch)
    if news(registration.observed) is None:  # what is kept in memory may be a little old
        return
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


def _asked(launch: Launch, known: Deployment) -> str | None:
    """The address for notices that the launch offers, empty where it offers none any more; None where we know that."""
    said = launch.facts.services.notices
    url = launch.allowed(said) if said else said
    return url if url is not None and url != known.notices_url and (url or not said) else None


def _deployment(session: Session, here: Tool, launch: Launch) -> UUID:
    """The launch's deployment. Where it offers notices at an address that is new to us, the worker has to ask for them."""
    known = launch.deployment
    if known is None:
        said = launch.facts.services.notices
        return _new_deployment(session, here, launch, launch.allowed(said) if said else "")
    url = _asked(launch, known)
    if url is not None:
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
