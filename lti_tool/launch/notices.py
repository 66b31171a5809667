"""What an LMS tells us without a browser: a course was copied (LTI Platform Notification Service 1.0, LtiContextCopyNotice).

A notice is checked like a launch. It leaves one thing behind: which courses the new one was copied from. It gives nobody a right, and
the same notice again changes nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import upsert
from lti_tool.launch import claims, tokens
from lti_tool.launch.models import Context
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.platforms.configuration import COPY_NOTICE
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool

MOST = 50
"""Notices in one request; Canvas sends one."""
_MOST_AUDIENCES, _MOST_SENDERS = 10, 20
_MOST_ORIGINS = 100


@dataclass(frozen=True)
class Copied:
    """A course, and those that it was made from, nearest first."""

    context: claims.ContextFacts
    origins: tuple[str, ...]


def take_in(here: Tool, body: bytes) -> int:
    """Take every good notice of a request in, and give their number.

    Raises LaunchRejected for the first bad one once the good ones are kept, for nobody sends them again; and for a request that holds none.
    """
    taken, fault = 0, None
    for token in _tokens(body):
        try:
            _take_one(here, token)
            taken += 1
        except LaunchRejected as error:
            fault = fault or error
    if fault is not None:
        raise fault
    return taken


def _tokens(body: bytes) -> list[str]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise LaunchRejected("token_format", type(error).__name__) from error
    listed = said.get("notices") if isinstance(said, dict) else None
    if not isinstance(listed, list) or not 0 < len(listed) <= MOST:
        raise LaunchRejected("token_missing", "no list of notices")
    found = [one["jwt"] for one in listed if isinstance(one, dict) and isinstance(one.get("jwt"), str) and one["jwt"].isascii()]
    if len(found) < len(listed):
        raise LaunchRejected("token_missing", "a notice without jwt")
    return found


def _take_one(here: Tool, token: str) -> None:
    """Check one notice and keep what it says; a kind that we do not know is nothing to us. Raises LaunchRejected."""
    header, body = tokens.unpacked(token)
    fault = LaunchRejected("login_issuer", "nobody of this issuer and audience")
    for registration in _senders(here, body):
        try:
            if registration.state != "active":
                raise LaunchRejected("login_not_active", f"registration {registration.id}")
            tokens.check_audience(body, registration.client_id)
            tokens.verify(here, registration, token, header, body)
            return _take_from(here, registration, body)
        except LaunchRejected as error:
            fault = error
    raise fault


def _senders(here: Tool, body: Mapping[str, Any]) -> Sequence[Registration]:
    """Whose notice it may be, before anything is proved. Several where LMSs share issuer and client id: the signature tells."""
    named = [body["azp"]] if "azp" in body else tokens.audiences_of(body)
    client_ids = [one for one in named[:_MOST_AUDIENCES] if isinstance(one, str)]
    issuer = body.get("iss")
    if not isinstance(issuer, str) or not all(claims.is_text(one) for one in (issuer, *client_ids)):
        return ()
    with here.database.read() as session:
        return session.scalars(
            select(Registration).where(Registration.issuer == issuer, Registration.client_id.in_(client_ids)).limit(_MOST_SENDERS)
        ).all()


def _take_from(here: Tool, registration: Registration, body: Mapping[str, Any]) -> None:
    copied = read(body)
    deployment_id = claims.identifier(body.get(claims.CLAIM + "deployment_id"), "deployment_id")
    with here.database.unit() as session:
        deployment = session.scalar(
            select(Deployment).where(Deployment.registration_id == registration.id, Deployment.deployment_id == deployment_id)
        )
        if deployment is None:
            raise LaunchRejected("deployment", f"unknown deployment of registration {registration.id}")
        if copied is not None:
            _keep(session, here, deployment, copied)


def read(body: Mapping[str, Any]) -> Copied | None:
    """What a verified notice says; None for one of another kind. Raises LaunchRejected(claims)."""
    if body.get(claims.CLAIM + "version") != "1.3.0":
        raise LaunchRejected("claims", "version is not 1.3.0")
    notice = body.get(claims.CLAIM + "notice")
    if not isinstance(notice, Mapping) or not isinstance(notice.get("type"), str):
        raise LaunchRejected("claims", "no notice")
    claims.identifier(notice.get("id"), "notice.id")
    if notice["type"] != COPY_NOTICE:
        return None
    context, origins = claims.context_of(body), body.get(claims.CLAIM + "origin_contexts")
    if context is None:
        raise LaunchRejected("claims", "no context")
    if not isinstance(origins, list) or not 0 < len(origins) <= _MOST_ORIGINS:
        raise LaunchRejected("claims", "no origin_contexts")
    return Copied(context, tuple(claims.number_or_identifier(one, "origin_contexts") for one in origins))


def history(own: str, known: Iterable[str], origins: Iterable[str], before: Mapping[str, Iterable[str]]) -> list[str]:
    """Where a course came from, nearest first: origins that are new, what those came from (`before`), then what was `known`. Pure.

    A course is no source of itself, and none stands twice.
    """
    known = list(known)
    fresh = [one for one in origins if one not in known]
    line = dict.fromkeys([*fresh, *(older for one in fresh for older in before.get(one, ())), *known])
    return [one for one in line if one != own][: claims.MOST_HISTORY]


def _keep(session: Session, here: Tool, deployment: Deployment, copied: Copied) -> None:
    """The course's row with its history, made if nobody has opened it yet; its name and services stay as launches told them."""
    rows = session.scalars(
        select(Context)
        .where(Context.registration_id == deployment.registration_id, Context.lti_id.in_([copied.context.id, *copied.origins]))
        .with_for_update()
    ).all()
    known = {row.lti_id: row.history for row in rows}
    mine = known.pop(copied.context.id, None)
    line = history(copied.context.id, mine or (), copied.origins, known)
    if line == (mine or []):
        return
    now = here.clock()
    told = {"title": copied.context.title, "label": copied.context.label, "lineitems_url": "", "memberships_url": "", "service_scopes": []}
    own = {"district_id": deployment.district_id, "deployment_id": deployment.id, "created_at": now, "seen_at": now, **told}
    key = {"registration_id": deployment.registration_id, "lti_id": copied.context.id}
    made = upsert(session, Context, {**key, **own, "history": line}, key=tuple(key), keep=tuple(own))
    audit.record(session, district_id=deployment.district_id, at=now, action="launch:context:copied", subject_id=made)
