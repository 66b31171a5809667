"""What a launch leaves behind: person, course, link, membership as the LMS last told them, and a frame to stand in."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Request
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import upsert
from lti_tool.http import origin
from lti_tool.launch.adapters import LtiRequest
from lti_tool.launch.login import LAUNCH_PATH
from lti_tool.launch.models import Context, LaunchState, Membership, Person, ResourceLink
from lti_tool.launch.names import label_for
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.wall import Launch
from lti_tool.platforms import observations, vendors
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web import frames
from lti_tool.web.models import FrameSession


def open_launch(here: Tool, request: Request, proof: str = "") -> tuple[Launch, frames.Opened | None]:
    """Validate a posted launch and take it in. None instead of a frame: the browser has first to prove itself by its LMS's storage.

    Raises LaunchRejected; the state is burnt then, whatever was wrong.
    """
    launch = Launch(LtiRequest(request, query=False), here, proof=proof, take_in=lambda session, found: _take_in(session, here, found))
    launch.load_state()
    if launch.needs_proof and not request.form.get("error"):
        return launch, None
    try:
        launch.validate()
    except LaunchRejected:
        launch.burn()
        raise
    return launch, launch.result


def _take_in(session: Session, here: Tool, launch: Launch) -> frames.Opened:
    facts, registration, standing = launch.facts, launch.registration, launch.standing
    own = {"district_id": registration.district_id, "registration_id": registration.id}
    now = here.clock()
    deployment_id = launch.deployment.id if launch.deployment else _new_deployment(session, here, launch)
    rights = sorted({*standing.rights, "designer"}) if facts.deep_linking else list(standing.rights)
    label = label_for(facts.person.name, facts.person.sub)
    person_id = upsert(
        session,
        Person,
        {
            **own,
            "sub": facts.person.sub,
            "label": label,
            "given_name": facts.person.given_name,
            "family_name": facts.person.family_name,
            "email": facts.person.email,
            "locale": facts.locale,
            "is_test": standing.is_test,
            "created_at": now,
            "last_launch_at": now,
        },
        key=("registration_id", "sub"),
        keep=("district_id", "created_at"),
    )
    context_id = _context(session, launch, deployment_id, own, now) if facts.context else None
    link_id = _link(session, launch, context_id, own, now) if context_id else None
    if context_id:
        upsert(
            session,
            Membership,
            {
                "district_id": registration.district_id,
                "context_id": context_id,
                "person_id": person_id,
                "roles": list(facts.roles),
                "rights": rights,
                "source": "launch",
                "seen_at": now,
            },
            key=("context_id", "person_id"),
            keep=("district_id",),
        )
        _narrow(session, person_id, context_id, {*rights, "designer"} if standing.places_content else set(rights))
    _observe(session, here, launch)
    return frames.open_frame(
        session,
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


def _narrow(session: Session, person_id: UUID, context_id: UUID, rights: set[str]) -> None:
    """Rights that the LMS does not give any more end in the person's open visits to this course, too."""
    visits = session.scalars(select(FrameSession).where(FrameSession.person_id == person_id, FrameSession.context_id == context_id))
    for visit in visits.all():
        visit.rights = [right for right in visit.rights if right in rights]


def _observe(session: Session, here: Tool, launch: Launch) -> None:
    """Keep what this launch shows of the connection, where that is new: an LMS's admin may narrow what we get at any time."""
    facts, registration = launch.facts, launch.registration
    services, person = facts.services, facts.person
    in_course = facts.context is not None and vendors.of(registration).in_course(launch.placement)
    offered = observations.offers(
        scopes=services.scopes,
        gradebook=bool(services.lineitems),
        roster=bool(services.memberships) or (None if facts.deep_linking else False),  # Canvas leaves it out when content is chosen
        named=bool(person.name),
        mailed=bool(person.email),
    )
    change = observations.changed(
        registration.observed,
        message=facts.message_type,
        offered=offered if in_course and not launch.standing.is_test else None,
        now=here.clock(),
    )
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


def _new_deployment(session: Session, here: Tool, launch: Launch) -> UUID:
    registration = launch.registration
    values = {
        "district_id": registration.district_id,
        "registration_id": registration.id,
        "deployment_id": launch.facts.deployment_id,
        "created_at": here.clock(),
    }
    made: UUID = upsert(session, Deployment, values, key=("registration_id", "deployment_id"), keep=("district_id", "created_at"))
    audit.record(session, district_id=registration.district_id, at=here.clock(), action="launch:deployment:taken_in", subject_id=made)
    return made


def _context(session: Session, launch: Launch, deployment_id: UUID, own: dict[str, Any], now: Any) -> UUID:
    facts = launch.facts
    assert facts.context is not None  # noqa: S101
    made: UUID = upsert(
        session,
        Context,
        {
            **own,
            "deployment_id": deployment_id,
            "lti_id": facts.context.id,
            "title": facts.context.title,
            "label": facts.context.label,
            "lineitems_url": launch.allowed(facts.services.lineitems),
            "memberships_url": launch.allowed(facts.services.memberships),
            "service_scopes": list(facts.services.scopes),
            "history": list(facts.history),
            "created_at": now,
            "seen_at": now,
        },
        key=("registration_id", "lti_id"),
        keep=("district_id", "created_at", *(["memberships_url"] if facts.deep_linking and not facts.services.memberships else [])),
    )
    return made


def _link(session: Session, launch: Launch, context_id: UUID, own: dict[str, Any], now: Any) -> UUID | None:
    facts = launch.facts
    if facts.link is None or facts.context is None or not vendors.of(launch.registration).is_own_link(facts.context.id, facts.link.id):
        return None
    made: UUID = upsert(
        session,
        ResourceLink,
        {
            **own,
            "context_id": context_id,
            "lti_id": facts.link.id,
            "title": facts.link.title,
            "lineitem_url": launch.allowed(facts.services.lineitem),
            "custom": facts.custom,
            "created_at": now,
            "seen_at": now,
        },
        key=("context_id", "lti_id"),
        keep=("district_id", "registration_id", "created_at"),
    )
    return made


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
        "roles": list(facts.roles),
        "named": bool(facts.person.name),
        "mailed": bool(facts.person.email),
        "roster": bool(launch.allowed(facts.services.memberships)),
        "clock_difference": round(launch.clock_difference),
        "proof": "cookie" if launch.by_cookie else "storage",
        "storage_offered": bool(launch.row and launch.row.storage_target),
        "new_deployment": launch.deployment is None,
    }


def sweep(here: Tool) -> tuple[int, int]:
    """Throw away logins and visits that have ended. Returns how many of each."""
    now = here.clock()
    with here.database.unit() as session:
        states: Any = session.execute(delete(LaunchState).where(LaunchState.expires_at <= now))
        visits: Any = session.execute(delete(FrameSession).where(FrameSession.expires_at <= now))
    return states.rowcount, visits.rowcount
