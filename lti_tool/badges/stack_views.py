"""Pages of stacks: for teachers with their own progress, for authors to make them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, render_template, request, url_for
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from lti_tool import tool
from lti_tool.badges import stack_queries as queries
from lti_tool.badges import stacking
from lti_tool.badges.stack_forms import StackForm
from lti_tool.catalog import finding, stack_policies, stacks
from lti_tool.catalog.entry_policies import Asked
from lti_tool.errors import bad_request, not_found
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web.frames import current_frame, require
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

bp = Blueprint("stacks", __name__, url_prefix="/s/<frame_key>/catalog/stacks")
bp.before_request(require("earner", "facilitator", "designer", "reviewer", "author", "console", "preview"))
_AUTHORS = require("author", "console")
_OFFERED = 20

NOTICES["stacks.saved"] = ("success", N_("Saved. Nobody earns the stack before you publish it."))
NOTICES["stacks.published"] = ("success", N_("Published. Whoever earns all of it gets its badge by itself."))
NOTICES["stacks.retired"] = ("success", N_("Retired. Nobody earns it any more; badges that were given stay."))
NOTICES["stacks.discarded"] = ("success", N_("The draft is gone."))
CONSOLE.append(
    ConsolePage("stacks.index", N_("Stacks"), N_("Several microcredentials that together earn a badge of their own."), ("console",), "run")
)


def _writes() -> bool:
    return current_frame().may("author", "console")


@bp.get("/")
def index() -> str:
    """The district's stacks, with the reader's progress; drafts and retired ones for those who make them."""
    frame = current_frame()
    states = ("published", "draft", "retired") if _writes() else ("published",)
    with tool.current().database.read() as session:
        found = queries.stacks(session, frame.district_id, frame.person_id, states=states)
    return render_template("stacks/index.html", stacks=found, writes=_writes(), earns=frame.may("earner", "preview"))


@bp.get("/<uuid:stack_id>")
def show(stack_id: UUID) -> str:
    """One stack: what belongs to it, and how far the reader is."""
    frame = current_frame()
    states = ("published", "retired", "draft") if _writes() else ("published", "retired")
    with tool.current().database.read() as session:
        found = queries.stacks(session, frame.district_id, frame.person_id, states=states, only=stack_id)
        if not found:
            raise not_found("stack")
        doubts = queries.doubts(session, frame.district_id, stack_id) if frame.may("console") else ()
    return render_template("stacks/show.html", stack=found[0], writes=_writes(), doubts=doubts, earns=frame.may("earner", "preview"))


@bp.post("/new")
def create() -> Answer:
    """Begin a stack."""
    _AUTHORS()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = stacks.create(session, here, district_id=frame.district_id, person_id=frame.person_id)
    return redirect(url_for("stacks.edit", stack_id=row.id), 303)


def _page(stack_id: UUID, form: StackForm, ids: list[UUID], q: str = "", status: int = 200) -> tuple[str, int]:
    frame = current_frame()
    with tool.current().database.read() as session:
        row = stacks.own(session, frame.district_id, stack_id)
        if row.state != "draft":
            raise not_found("no draft")
        found = finding.placeable(session, frame.district_id, Asked(q=q), size=_OFFERED)
        chosen = finding.by_microcredential(session, frame.district_id, ids)
    members = [stack_policies.Member(one.title, one.summary, 0, one.state == "published" and one.version_id is not None) for one in chosen]
    lacking = stack_policies.lacking(form.title.data or "", form.summary.data or "", members)
    page = render_template(
        "stacks/edit.html",
        stack=row,
        form=form,
        members=chosen,
        offered=[one for one in found.cards if one.id not in ids],
        more=found.total > len(found.cards),
        q=q,
        lacking=lacking,
        most=stack_policies.MOST,
    )
    return page, status


@bp.get("/<uuid:stack_id>/edit")
def edit(stack_id: UUID) -> tuple[str, int]:
    """A draft to write."""
    _AUTHORS()
    frame = current_frame()
    with tool.current().database.read() as session:
        row = stacks.own(session, frame.district_id, stack_id)
        ids = [ident for ident, _member in stacks.members(session, row.id)]
    return _page(stack_id, StackForm(formdata=None, data={"title": row.title, "summary": row.summary, **row.badge}), ids)


@bp.post("/<uuid:stack_id>/edit")
def save(stack_id: UUID) -> Answer | tuple[str, int]:
    """Keep the draft, then do what the button says: add, move or take out a member, search, publish."""
    _AUTHORS()
    frame, here, form = current_frame(), tool.current(), StackForm()
    button, q = request.form.get("do", "save"), plain_text(request.form.get("q", ""))[:200]
    ids = _after(button, [one for text in request.form.getlist("member") if (one := uuid_or_none(text))])
    wants_more = button == "search" or ":" in button
    if not form.validate() and (not wants_more or form.shape.errors or form.color.errors or form.pictogram.errors):
        return _page(stack_id, form, ids, q, 422)
    with here.database.unit() as session:
        stacks.save(
            session,
            here,
            district_id=frame.district_id,
            stack_id=stack_id,
            title=plain_text(form.title.data or "").strip()[:120],
            summary=plain_text(form.summary.data or "").strip()[:400],
            badge={"shape": form.shape.data, "color": form.color.data, "pictogram": form.pictogram.data},
            ids=ids,
        )
    if wants_more:
        for field in form:
            field.errors = []
        return _page(stack_id, form, ids, q)
    if button != "publish":
        return redirect(url_for("stacks.edit", stack_id=stack_id, said="stacks.saved"), 303)
    with here.database.unit() as session:
        members = [one for _ident, one in stacks.members(session, stack_id)]
        ready = not stack_policies.lacking(form.title.data or "", form.summary.data or "", members)
        if ready:
            row = stacks.publish(session, here, district_id=frame.district_id, stack_id=stack_id, person_id=frame.person_id)
            stacking.award_to_holders(session, here, row)
    if not ready:
        return _page(stack_id, form, ids, q, 422)
    return redirect(url_for("stacks.show", stack_id=stack_id, said="stacks.published"), 303)


def _after(button: str, ids: list[UUID]) -> list[UUID]:
    """The members after a button such as add:<id>, up:<id> or remove:<id>. Raises Problem(bad_request) for nonsense."""
    ids = list(dict.fromkeys(ids))[: stack_policies.MOST]
    verb, colon, text = button.partition(":")
    if not colon:
        return ids
    one = uuid_or_none(text)
    if one is None or verb not in ("add", "up", "remove"):
        raise bad_request(_("This button leads nowhere. Reload the page and try again."), "unknown button")
    if verb == "add":
        return ids if one in ids or len(ids) >= stack_policies.MOST else [*ids, one]
    if one not in ids:
        return ids
    place = ids.index(one)
    ids.remove(one)
    if verb == "up":
        ids.insert(max(0, place - 1), one)
    return ids


@bp.post("/<uuid:stack_id>/retire")
def retire(stack_id: UUID) -> Answer:
    """Nobody earns it any more; a draft goes."""
    _AUTHORS()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = stacks.retire(session, here, district_id=frame.district_id, stack_id=stack_id, person_id=frame.person_id)
        was_draft = row.state == "draft"
    return redirect(url_for("stacks.index", said="stacks.discarded" if was_draft else "stacks.retired"), 303)
