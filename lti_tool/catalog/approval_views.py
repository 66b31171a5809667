"""Pages of the approval team: what waits, one draft with differences, comments and votes, handing in, the district's rules."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.catalog import advising, approval_gate, approving, differing, policies, previewing, standards
from lti_tool.catalog import approval_queries as queries
from lti_tool.catalog import queries as catalog
from lti_tool.catalog.approval_forms import CommentForm, SettingsForm, SubmitForm, VoteForm
from lti_tool.catalog.correcting import is_patch
from lti_tool.errors import bad_request, conflict
from lti_tool.inputs import uuid_or_none
from lti_tool.language import N_, _, _n
from lti_tool.web import nav
from lti_tool.web.frames import Frame, current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("approvals", __name__, url_prefix="/s/<frame_key>/catalog/approvals")
bp.before_request(require("approver", "console", "author", "designer"))

NOTICES["approvals.submitted"] = ("success", N_("The approval team has your draft. You are told when they have decided."))
NOTICES["approvals.voted"] = ("success", N_("Your verdict is kept. You may change it as long as the round is open."))
NOTICES["approvals.decided"] = ("success", N_("That decided it. Whoever wrote the draft is told."))
NOTICES["approvals.said"] = ("success", N_("Your comment is there. Whoever it concerns is told."))
NOTICES["approvals.settled"] = ("success", N_("The comment is settled."))
NOTICES["approvals.withdrawn"] = ("success", N_("You have the draft back. Hand it in again when it is ready."))
NOTICES["approvals.chosen"] = ("success", N_("Saved. It holds for what is published from now on."))

_WRITERS = require("author", "console", "designer")


def _waiting(frame: Frame) -> int:
    with tool.current().database.read() as session:
        return queries.waiting(session, frame.district_id, frame.person_id)


def _needs(session: Session, _here: tool.Tool, frame: Frame) -> Iterator[nav.Need]:
    if frame.may("approver") and (count := queries.waiting(session, frame.district_id, frame.person_id)):
        yield nav.Need(
            "warning",
            _n("One draft waits for your approval", "%(count)s drafts wait for your approval", count),
            _("Read them, and say what you think."),
            url_for("approvals.index"),
            _("See the drafts"),
        )


nav.COUNTS["approvals.index"] = _waiting
nav.NEEDS.append(_needs)
nav.CONSOLE.append(
    nav.ConsolePage(
        "approvals.settings",
        N_("Approval of microcredentials"),
        N_("Whether a team has to agree before something is published, and how many of them."),
        ("console",),
        "setup",
    )
)


def viewer(frame: Frame) -> queries.Viewer:
    """Who looks at rounds."""
    return queries.Viewer(frame.person_id, frame.may("approver", "console"), frame.may("approver"))


@bp.get("/")
def index() -> str:
    """What is with the team, or what was decided."""
    frame, over = current_frame(), request.args.get("show") == "over"
    before = uuid_or_none(request.args.get("before"))
    if before is None and "before" in request.args:
        raise bad_request(_("The address of this page is damaged."))
    with tool.current().database.read() as session:
        rows, following = queries.rounds(session, frame.district_id, viewer(frame), over=over, before=before)
        rules = approval_gate.rules(session, frame.district_id)
    following_url = url_for("approvals.index", show="over" if over else None, before=following) if following else None
    return render_template("catalog/approvals/index.html", rows=rows, over=over, rules=rules, next_url=following_url)


@bp.route("/settings", methods=["GET", "POST"])
def settings() -> Response | str | tuple[str, int]:
    """What the district asks for before something is published."""
    require("console")()
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        rules = approval_gate.rules(session, frame.district_id)
        team = len(approving.approvers(session, tool.current(), frame.district_id))
    form = SettingsForm(data={"approval_required": rules.required, "quorum": rules.quorum})
    if form.validate_on_submit():
        if form.approval_required.data and (form.quorum.data or 0) > team:
            form.quorum.errors = [_("Your team has only %(count)s: name more people first, or ask for fewer.", count=team)]
        else:
            with here.database.unit() as session:
                approving.choose(
                    session,
                    here,
                    district_id=frame.district_id,
                    person_id=frame.person_id,
                    required=form.approval_required.data,
                    quorum=form.quorum.data or 1,
                )
            return redirect(url_for("approvals.settings", said="approvals.chosen"), 303)
    status = 422 if request.method == "POST" else 200
    return render_template("catalog/approvals/settings.html", form=form, team=team, standards=standards.STANDARDS), status


@bp.route("/new/<uuid:microcredential_id>", methods=["GET", "POST"])
def submit(microcredential_id: UUID) -> Response | str | tuple[str, int]:
    """Hand a draft in: what it changes, what may be worth a look, and a few words."""
    _WRITERS()
    frame, here, form = current_frame(), tool.current(), SubmitForm()
    with here.database.read() as session:
        state = catalog.draft_state(session, frame.district_id, microcredential_id)
        history = catalog.history(session, frame.district_id, microcredential_id)
        latest = catalog.version(session, frame.district_id, history[0].id) if history else None
        rules = approval_gate.rules(session, frame.district_id)
        now_open = approval_gate.open_round(session, microcredential_id)
    if state.draft is None:
        raise conflict(_("There is no draft: begin the next version first."), "no draft")
    if now_open is not None and request.method == "GET":
        return redirect(url_for("catalog.versions", microcredential_id=microcredential_id), 303)
    content, faults = policies.check(state.draft)
    patch = bool(content and latest and is_patch(latest.content, content))
    if form.validate_on_submit():
        try:
            with here.database.unit() as session:
                made = approving.submit(
                    session,
                    here,
                    district_id=frame.district_id,
                    microcredential_id=microcredential_id,
                    person_id=frame.person_id,
                    message=form.words(),
                    patch=form.kind.data == "patch",
                )
            return redirect(url_for("approvals.show", round_id=made.id, said="approvals.submitted"), 303)
        except policies.NotReady as refused:
            faults = refused.faults
    page = render_template(
        "catalog/approvals/submit.html",
        form=form,
        state=state,
        faults=faults,
        hints=advising.hints(state.draft),
        latest=latest,
        patch=patch,
        rules=rules,
        sections=differing.compare(latest.content.model_dump(mode="json"), content.model_dump(mode="json")) if latest and content else (),
    )
    return page, 422 if request.method == "POST" else 200


def _page(round_id: UUID, *, ballot: VoteForm | None = None, remark: CommentForm | None = None, status: int = 200) -> tuple[str, int]:
    frame = current_frame()
    with tool.current().database.read() as session:
        shown = queries.one_round(session, frame.district_id, round_id, viewer(frame))
    mine = shown.mine
    changed = {one.key: one for one in differing.compare(shown.before, shown.document)} if shown.before else {}
    return render_template(
        "catalog/approvals/show.html",
        shown=shown,
        changed=changed,
        section_names=differing.SECTION_NAMES,
        ballot=ballot or VoteForm.of(dict(mine.answers) if mine else None, mine.verdict if mine else "", mine.reason if mine else ""),
        remark=remark or CommentForm(formdata=None),
        standards=standards.STANDARDS,
        judges=frame.may("approver") and not shown.writer,
    ), status


@bp.get("/<uuid:round_id>")
def show(round_id: UUID) -> tuple[str, int]:
    """One draft with the team."""
    return _page(round_id)


@bp.get("/<uuid:round_id>/preview")
def preview(round_id: UUID) -> str:
    """The draft as it was handed in: as an earner, as a reviewer, as a badge."""
    frame = current_frame()
    with tool.current().database.read() as session:
        shown = queries.one_round(session, frame.district_id, round_id, viewer(frame))
    return render_template("catalog/approvals/preview.html", shown=shown, content=shown.content, way=previewing.way(), ways=previewing.WAYS)


def _seen(round_id: UUID) -> None:
    """Raises Problem(not_found) for a round that this person may not see."""
    frame = current_frame()
    with tool.current().database.read() as session:
        queries.one_round(session, frame.district_id, round_id, viewer(frame))


def _who(round_id: UUID) -> dict[str, Any]:
    frame = current_frame()
    return {"district_id": frame.district_id, "round_id": round_id, "person_id": frame.person_id}


@bp.post("/<uuid:round_id>/vote")
def vote(round_id: UUID) -> Response | tuple[str, int]:
    """Somebody of the team says what they think."""
    require("approver")()
    here, form = tool.current(), VoteForm.of()
    _seen(round_id)
    if not form.sound():
        return _page(round_id, ballot=form, status=422)
    with here.database.unit() as session:
        row = approving.vote(session, here, **_who(round_id), verdict=form.verdict.data, reason=form.words(), answers=form.answers())
    said = "approvals.voted" if row.state == "in_review" else "approvals.decided"
    return redirect(url_for("approvals.show", round_id=round_id, said=said), 303)


@bp.post("/<uuid:round_id>/comments")
def comment(round_id: UUID) -> Response | tuple[str, int]:
    """Say something about a section, or answer."""
    here, form = tool.current(), CommentForm()
    _seen(round_id)
    parent = uuid_or_none(request.form.get("parent"))
    if not form.validate_on_submit():
        return _page(round_id, remark=form, status=422)
    if parent is None and (request.form.get("parent") or not form.section.data):
        raise bad_request(_("The form was incomplete."), "section")
    with here.database.unit() as session:
        made = approving.comment(
            session,
            here,
            **_who(round_id),
            section=form.section.data or "",
            text=form.words(),
            blocking=form.blocking.data,
            parent_id=parent,
        )
    return redirect(url_for("approvals.show", round_id=round_id, said="approvals.said", _anchor=f"about-{made.section}"), 303)


@bp.post("/<uuid:round_id>/comments/<uuid:comment_id>/settle")
def settle(round_id: UUID, comment_id: UUID) -> Response:
    """A comment is settled."""
    here = tool.current()
    _seen(round_id)
    with here.database.unit() as session:
        approving.resolve(session, here, **_who(round_id), comment_id=comment_id)
    return redirect(url_for("approvals.show", round_id=round_id, said="approvals.settled"), 303)


@bp.post("/<uuid:round_id>/withdraw")
def withdraw(round_id: UUID) -> Response:
    """Take the draft back."""
    _WRITERS()
    here = tool.current()
    _seen(round_id)
    with here.database.unit() as session:
        row = approving.withdraw(session, here, **_who(round_id))
    return redirect(url_for("catalog.edit", microcredential_id=row.id, said="approvals.withdrawn"), 303)
