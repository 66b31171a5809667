"""Pages of appeals: a teacher files one, whoever runs reviews looks at its form, a panel answers."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, conflict
from lti_tool.evidence.queries import load_submission
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.service import Owner
from lti_tool.evidence.showing import FilePiece, Viewer, shown
from lti_tool.inputs import page_name, plain_text, whole_number
from lti_tool.language import N_, _
from lti_tool.review import appeal_forms, appeal_policies, appeal_queries, appeal_service
from lti_tool.review.appeal_forms import VOTES, AnswerForm, AppealForm
from lti_tool.review.desk_page import reviewer
from lti_tool.review.forms import DeclineForm
from lti_tool.review.room import runner, scope_of
from lti_tool.web import frames
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

bp = Blueprint("appeal", __name__, url_prefix="/s/<frame_key>/appeals")
bp.record_once(lambda setup: setup.app.jinja_env.globals.update(appeal_states=appeal_forms.States()))

NOTICES["appeal.filed"] = ("success", N_("Your appeal is filed. Whoever runs the program looks at it first; you see here how it goes on."))
NOTICES["appeal.withdrawn"] = ("success", N_("Your appeal is taken back. The decision stands."))
NOTICES["appeal.accepted"] = ("success", N_("The appeal is accepted. A panel is asked."))
NOTICES["appeal.refused"] = ("success", N_("The appeal is not accepted. The teacher reads why."))
NOTICES["appeal.saved"] = ("success", N_("Your draft is saved. Nobody sees it until you finish."))
NOTICES["appeal.locked"] = ("success", N_("Your answer is finished and sealed. Thank you."))
NOTICES["appeal.declined"] = ("success", N_("You stepped back. Somebody else takes your place."))


def _teacher() -> Owner:
    frames.require("earner", "preview")()
    frame = current_frame()
    return Owner(frame.district_id, frame.person_id, preview=frame.may("preview"))


@bp.route("/new/<uuid:submission_id>", methods=["GET", "POST"])
def new(submission_id: UUID) -> Response | str | tuple[str, int]:
    """A teacher contests a decision; late, or without a ground, the page says why not and what to do instead."""
    owner, here, form = _teacher(), tool.current(), AppealForm()
    with here.database.read() as session:
        submission = appeal_service.own_submission(session, owner, submission_id)
        loaded = load_submission(session, owner.district_id, submission_id)
        case, days = appeal_service.contested(session, submission), here.settings.appeal_days
        again = appeal_service.may_send_again(session, here, submission)
    if words := appeal_policies.fault(case, here.clock(), days):
        raise conflict(words, "no appeal")
    if form.validate_on_submit():
        if words := appeal_policies.ground_fault(form.ground.data or "", may_send_again=again):
            form.ground.errors = [words]
        else:
            with here.database.unit() as session:
                filed = appeal_service.file(session, here, owner, submission_id, ground=form.ground.data or "", text=form.text.data or "")
                appeal_id = filed.id
            return redirect(url_for("appeal.mine", appeal_id=appeal_id, said="appeal.filed"), 303)
    page = render_template(
        "review/appeal_new.html",
        submission=loaded,
        form=form,
        again=again,
        until=appeal_policies.last_day(case.decided_at, days) if case.decided_at else None,
        rule=appeal_policies.APPEAL_IN_WORDS,
        size=here.settings.appeal_panel,
    )
    return (page, 422) if form.is_submitted() else page


@bp.get("/mine/<uuid:appeal_id>")
def mine(appeal_id: UUID) -> str:
    """A teacher's own appeal: where it stands, what comes next, what was answered."""
    owner, here = _teacher(), tool.current()
    with here.database.read() as session:
        told = appeal_queries.own(session, here, district_id=owner.district_id, person_id=owner.person_id, appeal_id=appeal_id)
    return render_template("review/appeal_mine.html", told=told, rule=appeal_policies.APPEAL_IN_WORDS)


@bp.post("/mine/<uuid:appeal_id>/withdraw")
def withdraw(appeal_id: UUID) -> Response:
    """A teacher takes an appeal back."""
    owner, here = _teacher(), tool.current()
    with here.database.unit() as session:
        appeal_service.withdraw(session, here, owner, appeal_id)
    return redirect(url_for("appeal.mine", appeal_id=appeal_id, said="appeal.withdrawn"), 303)


@bp.get("/")
def index() -> str:
    """The appeals of a course, or of the district."""
    frame, here = runner(), tool.current()
    with here.database.read() as session:
        listed = appeal_queries.listed(session, here, district_id=frame.district_id, viewer_id=frame.person_id, context_id=scope_of(frame))
    return render_template("review/appeals.html", listed=listed, rule=appeal_policies.APPEAL_IN_WORDS)


@bp.route("/<uuid:appeal_id>", methods=["GET", "POST"])
def answer(appeal_id: UUID) -> Response | str | tuple[str, int]:
    """Whether an appeal names a ground; afterwards how far the panel is, never what it thinks before the end."""
    frame, here, form, problem = runner(), tool.current(), AnswerForm(), None
    with here.database.read() as session:
        told = appeal_queries.one_to_answer(
            session, here, district_id=frame.district_id, viewer_id=frame.person_id, context_id=scope_of(frame), appeal_id=appeal_id
        )
    if form.validate_on_submit():
        try:
            with here.database.unit() as session:
                state = appeal_service.answer(
                    session,
                    here,
                    district_id=frame.district_id,
                    appeal_id=appeal_id,
                    actor_id=frame.person_id,
                    context_id=scope_of(frame),
                    act=form.act.data or "",
                    words=form.words.data or "",
                ).state
            return redirect(url_for("appeal.answer", appeal_id=appeal_id, said=f"appeal.{state}"), 303)
        except Problem as caught:
            if caught.status not in (400, 409):
                raise
            problem = caught
    page = render_template("review/appeal.html", told=told, form=form, problem=problem, rule=appeal_policies.APPEAL_IN_WORDS)
    return (page, problem.status if problem else 422) if form.is_submitted() else page


def _panel_page(
    seat_id: UUID, *, typed: MultiDict[str, str] | None = None, problem: Problem | None = None, decline: DeclineForm | None = None
) -> str:
    frame, here = reviewer(), tool.current()
    with here.database.read() as session:
        desk = appeal_queries.panel(session, district_id=frame.district_id, reviewer_id=frame.person_id, seat_id=seat_id)
        pieces = [piece for piece in desk.work.pieces if piece.kind == "file" and not piece.hidden]
        viewer = Viewer(frame.district_id, frame.person_id, owner=False, visit=frame.id)
        files = shown(session, here, viewer, [FilePiece(one.id, one.blob_key, one.media_type, one.filename) for one in pieces])
    note_seen(here, viewer_id=frame.person_id, artifact_ids=desk.work.visible, page="desk")
    return render_template(
        "review/panel.html",
        desk=desk,
        work=desk.work,
        files=files,
        votes=VOTES,
        problem=problem,
        page=(typed.get("page") if typed else None) or page_name(),
        revision=whole_number(typed.get("revision", "")) if typed else desk.revision,
        vote=typed.get("vote", "") if typed else desk.vote,
        reasons=plain_text(typed.get("reasons", "")) if typed else desk.reasons,
        decline=decline or DeclineForm(formdata=None),
        rule=appeal_policies.APPEAL_IN_WORDS,
    )


@bp.get("/panel/<uuid:seat_id>")
def panel(seat_id: UUID) -> str:
    """The desk of a member of a panel."""
    return _panel_page(seat_id)


@bp.post("/panel/<uuid:seat_id>")
def save(seat_id: UUID) -> Response | tuple[str, int]:
    """Keep the draft (`autosave` asks for an empty answer), or finish with `finish`."""
    frame, here, problem = reviewer(), tool.current(), None
    finishing, autosave = "finish" in request.form, "X-Autosave" in request.headers
    try:
        with here.database.unit() as session:
            seat = appeal_service.own_seat(
                session, district_id=frame.district_id, reviewer_id=frame.person_id, seat_id=seat_id, for_update=True
            )
            appeal_service.save(
                seat,
                vote=request.form.get("vote", ""),
                reasons=request.form.get("reasons", ""),
                revision=whole_number(request.form.get("revision", "")),
                page=request.form.get("page", "")[:64],
            )
            if finishing and seat.vote and seat.reasons.strip():
                appeal_service.lock(session, here, seat)
                return redirect(url_for("review.queue", said="appeal.locked"), 303)
    except Problem as caught:
        if autosave or caught.status != 409:
            raise
        problem = caught
    if autosave:
        return Response(status=204)
    if problem:
        return _panel_page(seat_id, typed=request.form, problem=problem), 409
    if finishing:
        lacking = Problem("bad_request", 422, _("Not finished yet"), _("Choose an answer and say why. What you entered is saved."), "")
        return _panel_page(seat_id, typed=request.form, problem=lacking), 422
    return redirect(url_for("appeal.panel", seat_id=seat_id, said="appeal.saved"), 303)


@bp.post("/panel/<uuid:seat_id>/decline")
def decline(seat_id: UUID) -> Response | tuple[str, int]:
    """Step back from a panel."""
    frame, here, form = reviewer(), tool.current(), DeclineForm()
    if not form.validate_on_submit():
        return _panel_page(seat_id, decline=form), 422
    with here.database.unit() as session:
        seat = appeal_service.own_seat(
            session, district_id=frame.district_id, reviewer_id=frame.person_id, seat_id=seat_id, for_update=True
        )
        appeal_service.decline(session, here, seat, reason=plain_text(form.reason.data or ""))
    return redirect(url_for("review.queue", said="appeal.declined"), 303)
