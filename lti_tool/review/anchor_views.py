"""Pages of examples with master scores, for coordinators and authors."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.errors import Problem, bad_request
from lti_tool.inputs import page_name, plain_text, whole_number
from lti_tool.language import N_, _
from lti_tool.review import anchors, calibration_queries, calibration_standing
from lti_tool.review.anchor_forms import TakeForm
from lti_tool.review.calibration_policies import NEEDED, PERCENT
from lti_tool.review.calibration_views import files_of
from lti_tool.review.forms import read_scores
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("anchors", __name__, url_prefix="/s/<frame_key>/examples")
bp.before_request(require("console", "author"))

NOTICES["anchors.made"] = ("success", N_("The example is made. Give it its master scores, then put it into use."))
NOTICES["anchors.saved"] = ("success", N_("The master scores are saved. Nobody calibrates by them before you put the example into use."))
NOTICES["anchors.ready"] = ("success", N_("The example is in use."))
NOTICES["anchors.retired"] = ("success", N_("The example is retired. What reviewers reached by it still counts."))


@bp.get("/")
def index() -> str:
    """Every microcredential and its examples."""
    frame = current_frame()
    with tool.current().database.read() as session:
        groups = calibration_queries.groups(session, frame.district_id)
        on = calibration_standing.setting(session, frame.district_id).calibration
    return render_template("review/anchors.html", groups=groups, on=on, needed=NEEDED, percent=PERCENT)


@bp.route("/from/<uuid:submission_id>", methods=["GET", "POST"])
def take(submission_id: UUID) -> Response | tuple[str, int]:
    """Make an example of decided work."""
    frame, here, form = current_frame(), tool.current(), TakeForm()
    require("console")()
    with here.database.read() as session:
        name = anchors.title_of(session, district_id=frame.district_id, submission_id=submission_id, actor_id=frame.person_id)
    if not form.validate_on_submit():
        page = render_template("review/anchor_take.html", form=form, title=name, submission_id=submission_id)
        return page, 422 if request.method == "POST" else 200
    with here.database.unit() as session:
        anchor = anchors.take(
            session,
            here,
            district_id=frame.district_id,
            submission_id=submission_id,
            with_students=bool(form.with_students.data),
            actor_id=frame.person_id,
        )
    return redirect(url_for("anchors.one", anchor_id=anchor.id, said="anchors.made"), 303)


@bp.route("/write/<uuid:microcredential_id>", methods=["GET", "POST"])
def write(microcredential_id: UUID) -> Response | tuple[str, int]:
    """Write a sample."""
    frame, here, problem = current_frame(), tool.current(), None
    with here.database.read() as session:
        version = anchors.newest(session, frame.district_id, microcredential_id)
        content = MicrocredentialContent.model_validate(version.content)
    if request.method == "POST":
        try:
            with here.database.unit() as session:
                anchor = anchors.write(
                    session,
                    here,
                    district_id=frame.district_id,
                    microcredential_id=microcredential_id,
                    answers=_texts("answer-"),
                    pieces=_texts("piece-"),
                    actor_id=frame.person_id,
                )
            return redirect(url_for("anchors.one", anchor_id=anchor.id, said="anchors.made"), 303)
        except Problem as caught:
            if caught.code != "bad_request":
                raise
            problem = caught
    page = render_template(
        "review/anchor_write.html",
        content=content,
        microcredential_id=microcredential_id,
        problem=problem,
        answers=_texts("answer-"),
        pieces=_texts("piece-"),
    )
    return page, 422 if problem else 200


def _texts(prefix: str) -> dict[str, str]:
    return {name.removeprefix(prefix): plain_text(text) for name, text in request.form.items() if name.startswith(prefix)}


@bp.get("/<uuid:anchor_id>")
def one(anchor_id: UUID) -> str:
    """An example and its master scores."""
    return _one(anchor_id)


def _one(anchor_id: UUID, *, faults: tuple[str, ...] = (), problem: Problem | None = None) -> str:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        anchor = anchors.anchor_of(session, frame.district_id, anchor_id)
        work = calibration_queries.work_of(session, anchor)
        ready = calibration_standing.ready_anchors(session, frame.district_id).get(anchor.microcredential_id, 0)
        on = calibration_standing.setting(session, frame.district_id).calibration
    typed = request.form if request.method == "POST" and anchor.state == "draft" else None
    return render_template(
        "review/anchor.html",
        anchor=anchor,
        work=work,
        files=files_of(frame, work),
        faults=faults,
        problem=problem,
        typed=read_scores(typed, tuple(row.key for row in work.content.criteria)) if typed else {},
        page=(typed.get("page") if typed else "") or page_name(),
        begins=on and anchor.state == "draft" and ready + 1 == NEEDED,
        ends=on and anchor.state == "ready" and ready == NEEDED,
    )


@bp.post("/<uuid:anchor_id>")
def score(anchor_id: UUID) -> Response | tuple[str, int]:
    """Keep the master scores; with `do` = ready put it into use, with retire take it out."""
    frame, here, faults = current_frame(), tool.current(), list[str]()
    act = request.form.get("do", "save")
    if act not in ("save", "ready", "retire"):
        raise bad_request(_("The form was incomplete."))
    try:
        with here.database.unit() as session:
            anchor = anchors.anchor_of(session, frame.district_id, anchor_id, for_update=True)
            if act == "retire":
                anchors.retire(session, here, anchor, actor_id=frame.person_id)
            else:
                keys = tuple(row.key for row in anchors.content_of(session, anchor).criteria)
                revision = whole_number(request.form.get("revision", ""))
                given = read_scores(request.form, keys)
                anchors.score(session, anchor, given=given, revision=revision, page=request.form.get("page", "")[:64])
                if act == "ready" and not (faults := anchors.open_faults(session, anchor)):
                    anchors.make_ready(session, here, anchor, actor_id=frame.person_id)
    except Problem as problem:
        if problem.status != 409:
            raise
        return _one(anchor_id, problem=problem), 409
    if faults:
        return _one(anchor_id, faults=tuple(faults)), 422
    said = {"save": "anchors.saved", "ready": "anchors.ready", "retire": "anchors.retired"}[act]
    return redirect(url_for("anchors.one", anchor_id=anchor_id, said=said), 303)
