"""A draft as others will see it, what two versions differ in, and the page on which one chooses how to begin."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.catalog import advising, approval_gate, differing, policies, queries, service, starting
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.inputs import uuid_or_none
from lti_tool.language import N_
from lti_tool.web import frames

WAYS = {"earner": N_("As an earner"), "reviewer": N_("As a reviewer"), "badge": N_("As a badge")}
"""Whose eyes a draft is shown to, and what that is called."""


def way() -> str:
    """The one that the address asks for; an earner's otherwise."""
    asked = request.args.get("as", "")
    return asked if asked in WAYS else "earner"


def _state(microcredential_id: UUID) -> queries.DraftState:
    with tool.current().database.read() as session:
        return queries.draft_state(session, frames.current_frame().district_id, microcredential_id)


def preview(microcredential_id: UUID) -> str | Response:
    """The draft, as an earner reads it, as a reviewer judges by it, or as the badge tells of it."""
    state = _state(microcredential_id)
    if state.draft is None:
        return redirect(url_for("catalog.versions", microcredential_id=microcredential_id), 303)
    return render_template("catalog/preview.html", state=state, **_shown(state), **publishing(state))


def beside(microcredential_id: UUID) -> str:
    """What stands beside the editor: what is missing, and the preview. For the editor's page to take in after it has saved."""
    state = _state(microcredential_id)
    if state.draft is None:
        raise not_found("no draft")
    return render_template("catalog/beside.html", state=state, **_shown(state))


def _shown(state: queries.DraftState) -> dict[str, Any]:
    draft = state.draft or policies.blank()
    return {
        "content": policies.readable(draft),
        "faults": policies.check(draft)[1],
        "hints": advising.hints(draft),
        "way": way(),
        "ways": WAYS,
    }


def publishing(state: queries.DraftState) -> dict[str, Any]:
    """How this draft can be published: `rules` of the district, whether an open round has it, whether it may be a correction."""
    frame = frames.current_frame()
    with tool.current().database.read() as session:
        rules = approval_gate.rules(session, frame.district_id)
        found = approval_gate.open_round(session, state.id)
        latest = service.latest_version(session, state.id) if state.published else None
    content = policies.check(state.draft or policies.blank())[0]
    return {
        "rules": rules,
        "round": found,
        "patch": content is not None and service.corrects(latest, content),
        "next_patch": (latest.patch + 1) if latest else 1,
    }


def compare(microcredential_id: UUID) -> str:
    """What two versions differ in, or a version and the draft. Without a choice: the newest two things that there are."""
    frame = frames.current_frame()
    with tool.current().database.read() as session:
        state = queries.draft_state(session, frame.district_id, microcredential_id)
        history = queries.history(session, frame.district_id, microcredential_id)
        names = {str(one.id): one.name for one in history}
        order = [*(["draft"] if state.draft is not None else []), *names]
        new = request.args.get("new") or (order[0] if order else "")
        old = request.args.get("old") or next((one for one in order[order.index(new) + 1 :]), "") if new in order else ""
        documents = [_document(session, state, one) for one in (old, new)]
    sections = differing.compare(*documents) if old and new else ()
    return render_template(
        "catalog/compare.html", state=state, history=history, order=order, names=names, old=old, new=new, sections=sections
    )


def _document(session: Session, state: queries.DraftState, which: str) -> dict[str, Any]:
    """A version's document, or the draft's. Raises Problem(not_found) for anything else."""
    if not which:
        return {}
    if which == "draft" and state.draft is not None:
        return dict(policies.readable(state.draft))
    version, district_id = MicrocredentialVersion, frames.current_frame().district_id
    where = version.id == uuid_or_none(which), version.microcredential_id == state.id, version.district_id == district_id
    found = session.scalar(select(version.content).where(*where))
    if found is None:
        raise not_found("version")
    return dict(found)


def begin() -> str:
    """How to begin a new one: from a frame, or from a copy of a version."""
    return render_template("catalog/begin.html", frames=starting.FRAMES)
