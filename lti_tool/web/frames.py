"""The frame session: one launch's visit, carried by the address and a cookie of that frame.

Pages live under `/s/<frame_key>/`. The key is the frame's id, and where the browser takes no cookie `<id>~<secret>`.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Flask, Request, Response, g, request
from flask.sessions import SecureCookieSession, SessionInterface, SessionMixin
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import tool
from lti_tool.database import insert_if_new, new_id
from lti_tool.errors import Problem, forbidden, session_ended
from lti_tool.platforms.models import Registration
from lti_tool.secrets_box import digest, new_secret
from lti_tool.web import cookies
from lti_tool.web.models import FrameSession, RoleGrant

_COOKIE = "f-"
_MOST_COOKIES = 12  # a browser keeps few per site, and each travels with every request
_MOST_DROPPED = 20  # by one answer: a proxy takes only so many headers


@dataclass(frozen=True)
class Frame:
    """Who is looking, from where, and what they may do. `rights` are the launch's and the district's together."""

    id: str
    key: str
    district_id: UUID
    registration_id: UUID
    deployment_id: UUID
    person_id: UUID
    person_name: str
    context_id: UUID | None
    context_title: str
    resource_link_id: UUID | None
    rights: frozenset[str]
    frame_ancestors: tuple[str, ...]
    launch: dict[str, Any]
    environment: str
    """Of the LMS: beta and test are for trying, nothing in them counts."""
    ends_at: datetime
    supporter_id: UUID | None = None
    """Somebody of the district's console who looks at this person's pages, see `web.support`."""

    def may(self, *rights: str) -> bool:
        """Whether the person has any of these rights here."""
        return not self.rights.isdisjoint(rights)


@dataclass(frozen=True)
class Opened:
    """A frame just made; the secret is known only now."""

    id: str
    secret: str


def made(
    here: tool.Tool,
    *,
    visit_id: str = "",
    district_id: UUID,
    registration_id: UUID,
    deployment_id: UUID,
    person_id: UUID | None,
    person_name: str,
    context_id: UUID | None,
    context_title: str,
    resource_link_id: UUID | None,
    rights: list[str],
    frame_ancestors: list[str],
    launch: dict[str, Any],
    supporter_id: UUID | None = None,
) -> tuple[Opened, dict[str, Any]]:
    """A new visit (`visit_id`, or a new id) with a new secret, and its row, which has still to be stored by `keep`, with all ids."""
    opened = Opened(visit_id or new_id().hex, new_secret())
    now = here.clock()
    row = {
        "id": opened.id,
        "district_id": district_id,
        "registration_id": registration_id,
        "deployment_id": deployment_id,
        "person_id": person_id,
        "supporter_id": supporter_id,
        "context_id": context_id,
        "resource_link_id": resource_link_id,
        "secret_hash": digest(opened.secret),
        "rights": rights,
        "frame_ancestors": frame_ancestors,
        "launch": {**launch, "person_name": person_name, "context_title": context_title},
        "created_at": now,
        "expires_at": now + timedelta(hours=here.settings.session_hours),
    }
    return opened, row


def keep(session: Session, row: dict[str, Any]) -> bool:
    """Store the row of a new visit. False where there is a visit with this id."""
    return insert_if_new(session, FrameSession, row)


def enter(opened: Opened, *, with_cookie: bool) -> Response:
    """303 into the new frame: the secret goes into a cookie where cookies are known to work, else into the address."""
    response = Response(status=303, headers={"Location": f"/s/{opened.id if with_cookie else f'{opened.id}~{opened.secret}'}/"})
    if with_cookie:
        old = cookies.names_with(request, _COOKIE)
        for name in old[: max(0, len(old) - _MOST_COOKIES + 1)][:_MOST_DROPPED]:  # ids rise with time: the first are the oldest
            cookies.delete_cookie(response, name)
        hours = tool.current().settings.session_hours
        cookies.set_cookie(response, _COOKIE + opened.id, opened.secret, seconds=hours * 3600)
    response.headers["Cache-Control"] = "no-store"
    return response


def _key_of(path: str) -> str:
    """The frame key in an address; empty outside frames."""
    parts = path.split("/", 3)
    return parts[2] if len(parts) > 2 and parts[1] == "s" else ""


def _credentials(req: Request) -> tuple[str, str] | None:
    """(frame id, secret) of the address and the cookie; None outside a frame."""
    key = _key_of(req.path)
    if not key:
        return None
    frame_id, _, secret = key.partition("~")
    return frame_id, secret or cookies.get_cookie(req, _COOKIE + frame_id) or ""


def _load(frame_id: str, secret: str, key: str) -> Frame:
    here = tool.current()
    with here.database.read() as session:
        found = session.execute(
            select(FrameSession, Registration.state, Registration.environment, Registration.admins_run_console)
            .join(Registration, Registration.id == FrameSession.registration_id)
            .where(FrameSession.id == frame_id)
        ).one_or_none()
        if found is None:
            raise session_ended("unknown frame")
        row, state, environment, admins_run_console = found
        g.frame_ancestors = tuple(row.frame_ancestors)  # also for the page that says that the visit has ended
        if not hmac.compare_digest(row.secret_hash, digest(secret)):
            raise session_ended("wrong secret")
        if row.expires_at <= here.clock():
            raise session_ended("expired")
        if state != "active":
            raise session_ended("registration is not active")
        if row.supporter_id is None:
            rights = _rights(session, row, admins_run_console, here.clock())
        else:
            _still_supported(session, row, here.clock())
            rights = set(row.rights)
    return Frame(
        row.id,
        key,
        row.district_id,
        row.registration_id,
        row.deployment_id,
        row.person_id,
        row.launch["person_name"],
        row.context_id,
        row.launch["context_title"],
        row.resource_link_id,
        frozenset(rights),
        tuple(row.frame_ancestors),
        row.launch,
        environment,
        row.expires_at,
        row.supporter_id,
    )


def _rights(session: Session, row: FrameSession, admins_run_console: bool, now: datetime) -> set[str]:
    held = RoleGrant.held(row.district_id, at=now)
    granted = session.scalars(select(RoleGrant.role).where(RoleGrant.person_id == row.person_id, held)).all()
    rights = set(row.rights) - (set() if admins_run_console else {"console"}) | set(granted)
    return rights | {"console", "author"} if "coordinator" in rights else rights


def _still_supported(session: Session, row: FrameSession, now: datetime) -> None:
    """A support view lives no longer than the visit that it was opened from, nor than the right to open it."""
    found = session.execute(
        select(FrameSession, Registration.admins_run_console)
        .join(Registration, Registration.id == FrameSession.registration_id)
        .where(
            FrameSession.id == row.launch["opened_from"],
            FrameSession.person_id == row.supporter_id,
            FrameSession.district_id == row.district_id,
            FrameSession.expires_at > now,
            Registration.state == "active",
        )
    ).one_or_none()
    if found is None or "console" not in _rights(session, *found, now):
        raise session_ended("the supporter's own visit or right has ended")


def current_frame() -> Frame:
    """The frame of this request, read once. Raises Problem(session_ended)."""
    if "frame" not in g:
        credentials = _credentials(request)
        if credentials is None:
            raise session_ended("not in a frame")
        g.frame = _load(*credentials, _key_of(request.path))
    frame: Frame = g.frame
    return frame


def frame_or_none() -> Frame | None:
    """The frame of this request, or None where there is none; for layouts, errors and headers."""
    try:
        return current_frame()
    except Problem:
        return None


def require(*rights: str) -> Callable[[], None]:
    """A `before_request` for a blueprint or a call inside a view: any of these rights, or Problem(forbidden)."""

    def check() -> None:
        if not current_frame().may(*rights):
            raise forbidden(f"needs one of {', '.join(rights)}")

    return check


class _FormToken(SecureCookieSession):
    """What Flask-WTF takes for the session: the same token for the life of a frame, stored nowhere."""


class FrameFormTokens(SessionInterface):
    """Binds form tokens (CSRF) to the frame instead of a cookie session of their own."""

    def open_session(self, app: Flask, req: Request) -> SessionMixin:
        """The frame's token, derived from its secret; outside frames an empty one that no form can use."""
        credentials = _credentials(req)
        if credentials is None or not credentials[1]:
            return _FormToken()
        here: tool.Tool = app.extensions["lti_tool"]
        return _FormToken({"csrf_token": here.box.mark("form", *credentials)})

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Nothing to save."""


def connect(app: Flask) -> None:
    """Carry the frame key through the addresses: out of the arguments of views, into `url_for`."""
    app.session_interface = FrameFormTokens()

    @app.url_value_preprocessor
    def take_key(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        if values is not None:
            values.pop("frame_key", None)

    @app.url_defaults
    def give_key(endpoint: str, values: dict[str, Any]) -> None:
        key = _key_of(request.path)  # read from the address: an address that leads nowhere still answers with a page of this frame
        if key and "frame_key" not in values and app.url_map.is_endpoint_expecting(endpoint, "frame_key"):
            values["frame_key"] = key
