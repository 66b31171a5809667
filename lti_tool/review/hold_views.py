"""Pages of privacy problems: raised at the desk, answered by the teacher, settled by whoever runs reviews."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, not_found
from lti_tool.evidence import holding
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.service import Owner
from lti_tool.evidence.showing import FilePiece, Shown, Viewer, shown
from lti_tool.evidence.uploads import TAKEN, Refused, received
from lti_tool.language import N_
from lti_tool.review import appeal_queries, appeal_service, desk_queries, hold_policies, hold_queries, holds, service
from lti_tool.review.desk_queries import Work
from lti_tool.review.hold_forms import DECISIONS, REDO_FORMS, DecideForm, ExplainForm, ReasonForm, RedoFileForm, RedoForm
from lti_tool.review.hold_queries import Told
from lti_tool.review.room import runner, scope_of
from lti_tool.web import frames
from lti_tool.web.frames import Frame, current_frame
from lti_tool.web.pages import NOTICES

bp = Blueprint("privacy", __name__, url_prefix="/s/<frame_key>/privacy")

_FORM_AROUND_FILE = 1024 * 1024

NOTICES["privacy.raised"] = (
    "success",
    N_("Thank you. The piece is hidden from everybody who reviews. Your draft is kept, and the clock stands still."),
)
NOTICES["privacy.answered"] = (
    "success",
    N_("Your answer is on its way to whoever runs this program. The review goes on when they have looked."),
)
NOTICES["privacy.settled"] = ("success", N_("Settled. The review goes on, with later due dates."))
NOTICES["privacy.asked"] = ("success", N_("The teacher is asked again. The piece stays hidden."))


@bp.url_value_preprocessor
def _admit(endpoint: str | None, _values: dict[str, object] | None) -> None:
    # Room for a file in one request, and only for somebody with work of their own.
    if endpoint == "privacy.redo" and request.method == "POST" and current_frame().may("earner"):
        request.max_content_length = tool.current().settings.max_upload_bytes + _FORM_AROUND_FILE


@bp.route("/desk/<uuid:review_id>/<uuid:artifact_id>", methods=["GET", "POST"])
def report(review_id: UUID, artifact_id: UUID) -> Response | str | tuple[str, int]:
    """A reviewer holds a piece back."""
    frames.require("reviewer")()
    frame = current_frame()
    with tool.current().database.read() as session:
        desk = desk_queries.desk(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id)
    return _report(desk.work, artifact_id, url_for("review.desk", review_id=review_id), partial(service.own_review, review_id=review_id))


@bp.route("/panel/<uuid:seat_id>/<uuid:artifact_id>", methods=["GET", "POST"])
def report_from_panel(seat_id: UUID, artifact_id: UUID) -> Response | str | tuple[str, int]:
    """A member of an appeal's panel holds a piece back."""
    frames.require("reviewer")()
    frame = current_frame()
    with tool.current().database.read() as session:
        desk = appeal_queries.panel(session, district_id=frame.district_id, reviewer_id=frame.person_id, seat_id=seat_id)
    return _report(desk.work, artifact_id, url_for("appeal.panel", seat_id=seat_id), partial(appeal_service.own_seat, seat_id=seat_id))


def _report(work: Work, artifact_id: UUID, desk_url: str, own: Callable[..., Any]) -> Response | str | tuple[str, int]:
    """The form that holds a piece of this work back, and what it does; `own` gives the seat of whoever sends it, locked."""
    frame, here, form = current_frame(), tool.current(), ReasonForm()
    piece = next((one for one in work.pieces if one.id == artifact_id), None)
    if piece is None:
        raise not_found("no such piece on this desk")
    if piece.hidden:
        return redirect(desk_url, 303)
    if form.validate_on_submit():
        with here.database.unit() as session:
            seat = own(session, district_id=frame.district_id, reviewer_id=frame.person_id, for_update=True)
            holds.raise_problem(session, here, seat, artifact_id, reason=form.reason.data or "")
        return redirect(f"{desk_url}?said=privacy.raised", 303)
    page = render_template("review/problem_report.html", work=work, desk_url=desk_url, piece=piece, form=form)
    return (page, 422) if form.is_submitted() else page


def _owner() -> Owner:
    frames.require("earner", "preview")()
    frame = current_frame()
    return Owner(frame.district_id, frame.person_id, preview=frame.may("preview"))


def _files(told: Told) -> dict[str, Shown]:
    """How the piece (`copy`) and what takes its place (`replacement`) look to whoever looks, where they are files."""
    here, frame, found = tool.current(), current_frame(), {}
    viewer = Viewer(frame.district_id, frame.person_id, owner=told.owner_id == frame.person_id, visit=frame.id, settles=True)
    with here.database.read() as session:
        for name, copy in (("copy", told.copy), ("replacement", told.replacement)):
            if copy is not None and copy.blob_key:
                found[name] = shown(session, here, viewer, [FilePiece(copy.id, copy.blob_key, copy.media_type, copy.filename)])[copy.id]
    return found


def _own(hold_id: UUID) -> Told:
    owner = _owner()
    with tool.current().database.read() as session:
        told = hold_queries.told(session, owner.district_id, hold_id)
    if told.owner_id != owner.person_id:
        raise not_found("somebody else's evidence")
    return told


def _own_page(told: Told, explaining: ExplainForm | None = None, redoing: RedoForm | None = None) -> str:
    here = tool.current()
    return render_template(
        "review/problem_own.html",
        told=told,
        files=_files(told),
        explaining=explaining or ExplainForm(formdata=None),
        redoing=redoing or REDO_FORMS[told.copy.kind](formdata=None),
        taken=TAKEN,
        most_megabytes=here.settings.max_upload_bytes // (1024 * 1024),
        most_bytes=here.settings.max_upload_bytes,
    )


@bp.get("/mine/<uuid:hold_id>")
def mine(hold_id: UUID) -> str:
    """A problem with the teacher's own evidence: what it is, and two ways to answer."""
    return _own_page(_own(hold_id))


@bp.post("/mine/<uuid:hold_id>/explain")
def explain(hold_id: UUID) -> Response | tuple[str, int]:
    """The teacher says why it is all right."""
    told, here, form = _own(hold_id), tool.current(), ExplainForm()
    if not form.validate():
        return _own_page(told, explaining=form), 422
    with here.database.unit() as session:
        holds.explain(session, here, _owner(), hold_id, text=form.explanation.data or "")
    return redirect(url_for("privacy.mine", hold_id=hold_id, said="privacy.answered"), 303)


@bp.post("/mine/<uuid:hold_id>/redo")
def redo(hold_id: UUID) -> Response | tuple[str, int]:
    """The teacher gives another piece in its place."""
    told, here = _own(hold_id), tool.current()
    form = REDO_FORMS[told.copy.kind]()
    if not form.validate():
        return _own_page(told, redoing=form), 422
    given: dict[str, Any] = {
        "note": form.note.data or "",
        "text": form["text"].data or "",
        "url": (form["url"].data or "") if "url" in form else "",
    }
    try:
        if isinstance(form, RedoFileForm):
            with received(here, form.file.data.stream, form.file.data.filename) as file, here.database.unit() as session:
                holds.redo(session, here, _owner(), hold_id, file=file, **given)
        else:
            with here.database.unit() as session:
                holds.redo(session, here, _owner(), hold_id, **given)
    except Refused as refused:
        form["file"].errors = [str(refused)]
        return _own_page(told, redoing=form), 422
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.form_errors.append(problem.text)
        return _own_page(told, redoing=form), 422
    return redirect(url_for("privacy.mine", hold_id=hold_id, said="privacy.answered"), 303)


@bp.get("/")
def index() -> str:
    """The privacy problems of a course, or of the district."""
    frame = runner()
    with tool.current().database.read() as session:
        listed = hold_queries.to_settle(session, district_id=frame.district_id, viewer_id=frame.person_id, context_id=scope_of(frame))
    return render_template("review/problems.html", shown=listed)


def _to_settle(frame: Frame, hold_id: UUID) -> Told:
    with tool.current().database.read() as session:
        return hold_queries.one_to_settle(
            session, district_id=frame.district_id, hold_id=hold_id, viewer_id=frame.person_id, context_id=scope_of(frame)
        )


@bp.route("/<uuid:hold_id>", methods=["GET", "POST"])
def problem(hold_id: UUID) -> Response | str | tuple[str, int]:
    """One problem: what was found, what the teacher answers, and how it goes on."""
    frame, here = runner(), tool.current()
    told, form = _to_settle(frame, hold_id), DecideForm()
    acts = hold_policies.acts(cast(hold_policies.State, told.state), hold_policies.BY_COORDINATOR)
    form.offer(acts)
    if form.validate_on_submit():
        with here.database.unit() as session:
            hold = holds.decide(
                session,
                here,
                district_id=frame.district_id,
                hold_id=hold_id,
                actor_id=frame.person_id,
                context_id=scope_of(frame),
                act=form.act.data or "",
                note=form.note.data or "",
            )
        return redirect(url_for("privacy.index", said="privacy.asked" if hold.closed_at is None else "privacy.settled"), 303)
    with here.database.read() as session:
        gone = holding.standings(session, frame.district_id, [told.copy.id]).get(told.copy.id)
    note_seen(here, viewer_id=frame.person_id, artifact_ids=[told.copy.id], page="problem")
    page = render_template(
        "review/problem.html",
        told=told,
        form=form,
        acts=acts,
        decisions={act: words for act, (_, words) in DECISIONS.items()},
        files=_files(told),
        deleted=gone is not None and gone.state == "deleted",
    )
    return (page, 422) if form.is_submitted() else page
