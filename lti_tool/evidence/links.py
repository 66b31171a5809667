"""Looks at the links that teachers hand in: whether they open for everybody, and what they are called. Never fetches a picture."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from urllib.parse import urljoin
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.evidence.artifacts import ask, uses_of
from lti_tool.evidence.link_policies import (
    Answer,
    LinkState,
    about,
    asks_to_sign_in,
    has_usual_port,
    is_private_address,
    is_web_address,
    judged,
)
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.service import Owner, open_draft
from lti_tool.http import HttpClient, HttpFailure
from lti_tool.tool import Tool

_MOST_HOPS = 5
_AT_ONCE = 3
_LEASE = timedelta(minutes=2)
_FAILURES: dict[str, LinkState] = {"refused": "private", "unreachable": "silent", "timeout": "silent"}


def look_again(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, artifact_id: UUID) -> None:
    """Have the worker look at a link once more. Raises Problem(not_found, conflict)."""
    enrollment = open_draft(session, here, owner, enrollment_id)
    ask(session, here, uses_of(session, enrollment, artifact_id)[0][1])


def look_due(here: Tool) -> bool:
    """Look at the links that wait, a few at a time; whether more are due."""
    now = here.clock()
    due = select(Artifact.id, Artifact.url).where(Artifact.link_due_at <= now).order_by(Artifact.link_due_at, Artifact.id)
    with here.database.unit() as session:
        rows = session.execute(due.limit(_AT_ONCE + 1).with_for_update(skip_locked=True)).all()
        for artifact_id, _ in rows[:_AT_ONCE]:
            session.get_one(Artifact, artifact_id).link_due_at = now + _LEASE  # who stops in between is followed by another
    for artifact_id, url in rows[:_AT_ONCE]:
        state, says = look(here.http, url)
        with here.database.unit() as session:
            artifact = session.get(Artifact, artifact_id, with_for_update=True)
            if artifact is not None and artifact.url == url and artifact.link_state == "waiting":
                artifact.link_state, artifact.link_about, artifact.link_due_at = state, says, None
    return len(rows) > _AT_ONCE


def look(http: HttpClient, url: str, *, trusted: Collection[str] = ()) -> tuple[LinkState, dict[str, str]]:
    """Follow a link as a browser without any account would, a few redirects far; what was seen, and what it says of itself.

    `trusted` as in HttpClient.request.
    """
    for _ in range(_MOST_HOPS):
        try:
            reply = http.look(url, trusted=trusted)
        except HttpFailure as failure:
            if not has_usual_port(url):
                return "unknown", {}
            return _FAILURES.get(failure.kind, "unknown"), {}
        answer = Answer(url, reply.status, reply.headers.get("Location", ""), reply.headers.get("Content-Type", ""), reply.body)
        if not (300 <= answer.status < 400 and answer.location):
            state = judged(answer)
            return state, about(answer) if state == "open" else {}
        url = _followed(url, answer.location)
        if not is_web_address(url):
            return "unknown", {}
        if is_private_address(url) and not trusted:
            return "private", {}
        if asks_to_sign_in(url):
            return "sign_in", {}
    return "unknown", {}


def _followed(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        return ""
