"""Gathers what is known of a connection and what can be tried, for the page and for the shell."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_tool.connection.checks import SCOPE_OF
from lti_tool.connection.facts import Connection, Visit
from lti_tool.connection.probes import Targets
from lti_tool.errors import Problem
from lti_tool.language import _
from lti_tool.launch.models import Context, ResourceLink
from lti_tool.platforms import configuration, observations, vendors
from lti_tool.platforms.models import Deployment, PlatformKeySet, Registration
from lti_tool.tool import Tool
from lti_tool.web.frames import Frame

_MOST_AT_ONCE = 2
_running = threading.BoundedSemaphore(_MOST_AT_ONCE)


@contextmanager
def one_of_few() -> Iterator[None]:
    """Hold one of few places in this process: an LMS that hangs may keep no more threads. Raises Problem(busy)."""
    if not _running.acquire(blocking=False):
        raise Problem(
            "busy",
            429,
            _("Somebody is checking just now"),
            _("The LMS’s servers are being asked, which may take half a minute."),
            _("Wait a little, then press the button again."),
        )
    try:
        yield
    finally:
        _running.release()


def of_frame(session: Session, here: Tool, frame: Frame) -> tuple[Registration, Connection, Targets]:
    """The frame's own connection, and what can be tried from where it stands."""
    row = session.get_one(Registration, frame.registration_id)
    context = session.get(Context, frame.context_id) if frame.context_id else None
    launch = frame.launch
    in_course = context is not None and launch.get("in_course", True)
    lineitem = launch.get("lineitem_url") or ""
    offered = observations.offers(
        scopes=launch.get("scopes") or (),
        gradebook=bool(context and context.lineitems_url),
        roster=bool(launch.get("roster")) or (None if launch.get("deep_linking") else False),
        named=bool(launch.get("named")),
        mailed=bool(launch.get("mailed")),
    )
    visit = Visit(
        roles=tuple(launch["roles"]) if "roles" in launch else None,
        preview=frame.may("preview"),
        named=launch.get("named"),
        mailed=launch.get("mailed"),
        course=in_course,
        link=in_course and frame.resource_link_id is not None,
        lineitem=bool(lineitem),
        offered=offered if in_course and not frame.may("preview") else {},
        clock_ahead=launch.get("clock_difference"),
        proof=launch.get("proof") or "",
        storage_offered=launch.get("storage_offered"),
        deployment=launch.get("deployment_id") or "",
        new_deployment=bool(launch.get("new_deployment")),
    )
    targets = Targets(context.lineitems_url, lineitem, context.memberships_url) if context and in_course else Targets()
    return row, _connection(session, here, row, visit), targets


def of_registration(session: Session, here: Tool, row: Registration) -> tuple[Connection, Targets]:
    """A connection as the shell sees it: without a launch, its services tried where somebody last used them."""
    course = (
        select(Context).where(Context.registration_id == row.id, Context.district_id == row.district_id).order_by(Context.seen_at.desc())
    )
    columns = session.scalars(course.where(Context.lineitems_url != "").limit(1)).first()
    roster = session.scalars(course.where(Context.memberships_url != "").limit(1)).first()
    links = select(ResourceLink).where(*_with_column(row))
    link = session.scalars(links.order_by(ResourceLink.seen_at.desc()).limit(1)).first()
    targets = Targets(columns.lineitems_url if columns else "", link.lineitem_url if link else "", roster.memberships_url if roster else "")
    return _connection(session, here, row, None), targets


def _with_column(row: Registration) -> tuple[ColumnElement[bool], ...]:
    return ResourceLink.district_id == row.district_id, ResourceLink.registration_id == row.id, ResourceLink.lineitem_url != ""


def _connection(session: Session, here: Tool, row: Registration, visit: Visit | None) -> Connection:
    vendor, stored = vendors.of(row), session.get(PlatformKeySet, row.id)
    links = select(func.count()).where(*_with_column(row))
    return Connection(
        lms=row.name,
        issuer=row.issuer,
        client_id=row.client_id,
        state=row.state,
        our_keys=f"{here.settings.base_url}/lti/jwks",
        jwks_url=row.jwks_url,
        stored_keys=len(stored.keys.get("keys", ())) if stored else 0,
        deployments=session.scalar(select(func.count()).where(Deployment.registration_id == row.id)) or 0,
        columns=session.scalar(links) or 0,
        observed=row.observed,
        scopes={scope: configuration.SCOPES[scope] for scope in SCOPE_OF.values()},
        fixes=vendor.fixes,
        never_sends=vendor.never_sends,
        visit=visit,
    )
