"""Pages of the review room: the reviewer's list and desk; naming reviewers and giving places."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, bad_request, not_found
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.showing import FilePiece, Viewer, shown
from lti_tool.inputs import page_name, plain_text, uuid_or_none, whole_number
from lti_tool.review import (
    calibration_queries,
    example,
    hold_views,
    load_queries,
    overdue,
    places_views,
    policies,
    qualifying,
    queries,
    running,
    seats,
    service,
)
from lti_tool.review.forms import DeclineForm, PersonForm, read_scores
from lti_tool.review.models import Review
from lti_tool.review.room import runner, scope_of
from lti_tool.web import frames
from lti_tool.web.frames import Frame, current_frame
from lti_tool.web.nav import COUNTS
from lti_tool.web.pages import NOTICES

__all__ = ["bp", "holds_bp"]

holds_bp = hold_views.bp
bp = Blueprint("review", __name__, url_prefix="/s/<frame_key>/review")

NOTICES["review.saved"] = ("success", "Your draft is saved. Nobody sees it until you finish.")
NOTICES["review.locked"] = ("success", "Your review is finished and sealed. Thank you. The next one, if any, is below.")
NOTICES["review.declined"] = ("success", "You stepped back. Somebody else takes this review.")
NOTICES["review.added"] = ("success", "They are a reviewer now. Work that waited for a reviewer has been given out.")
NOTICES["review.removed"] = ("success", "They are no reviewer any more. Their open reviews went to others.")
NOTICES["review.assigned"] = ("success", "The place has been given.")
NOTICES["review.more_time"] = ("success", "The reviewer has more time, and sees the new day.")
NOTICES["review.excepted"] = ("success", "It is decided. The teacher sees the outcome and your reason.")


def _waiting(frame: Frame) -> int:
    with tool.current().database.read() as session:
        return queries.open_count(session, district_id=frame.district_id, reviewer_id=frame.person_id)


COUNTS["review.queue"] = _waiting


def _reviewer() -> Frame:
    frames.require("reviewer")()
    return current_frame()


@bp.get("/")
def queue() -> str:
    """The reviewer's list."""
    frame = _reviewer()
    with tool.current().database.read() as session:
        items = queries.queue(session, district_id=frame.district_id, reviewer_id=frame.person_id)
        wanted = calibration_queries.to_calibrate(session, tool.current(), district_id=frame.district_id, person_id=frame.person_id)
        late = overdue.own_late(session, district_id=frame.district_id, reviewer_id=frame.person_id, now=tool.current().clock())
    return render_template("review/queue.html", queue=items, to_calibrate=wanted, late=late, rule=policies.RULE_IN_WORDS)


@bp.get("/<uuid:review_id>")
def desk(review_id: UUID) -> str:
    """The desk of one review."""
    return _desk(review_id)


def _desk(review_id: UUID, *, faults: tuple[str, ...] = (), problem: Problem | None = None, decline: DeclineForm | None = None) -> str:
    """The page; after a refused save with what was typed into it, after a refused stepping back with that form."""
    frame, here = _reviewer(), tool.current()
    with here.database.read() as session:
        desk = queries.desk(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id)
        pieces = [piece for part in desk.evidence for piece in part.pieces if piece.kind == "file" and not piece.hidden]
        viewer = Viewer(frame.district_id, frame.person_id, owner=False, visit=frame.id)
        files = shown(session, here, viewer, [FilePiece(one.id, one.blob_key, one.media_type, one.filename) for one in pieces])
    note_seen(here, viewer_id=frame.person_id, artifact_ids=desk.visible, page="desk")
    typed = MultiDict() if request.method == "GET" or decline else request.form
    return render_template(
        "review/desk.html",
        desk=desk,
        files=files,
        faults=faults,
        problem=problem,
        typed=read_scores(typed, tuple(row.criterion.key for row in desk.to_score)) if typed else {},
        page=typed.get("page") or page_name(),
        revision=whole_number(typed.get("revision", "")) if typed else desk.revision,
        overall=plain_text(typed.get("overall", "")) if typed else desk.overall,
        decline=decline or DeclineForm(formdata=None),
    )


def _own(session: Session, frame: Frame, review_id: UUID) -> Review:
    return service.own_review(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id, for_update=True)


@bp.post("/<uuid:review_id>")
def save(review_id: UUID) -> Response | tuple[str, int]:
    """Keep the draft (`autosave` asks for an empty answer), or finish with `finish`."""
    frame, here, faults = _reviewer(), tool.current(), list[str]()
    finishing, autosave = "finish" in request.form, "X-Autosave" in request.headers
    try:
        with here.database.unit() as session:
            review = _own(session, frame, review_id)
            service.save(
                session,
                review,
                scores=read_scores(request.form, service.to_score(session, review)),
                overall=plain_text(request.form.get("overall", "")),
                revision=whole_number(request.form.get("revision", "")),
                page=request.form.get("page", "")[:64],
            )
            if finishing and not (faults := service.open_faults(session, review)):
                service.lock(session, here, review)
    except Problem as problem:
        if autosave or problem.status != 409:
            raise
        return _desk(review_id, problem=problem), 409
    if autosave:
        return Response(status=204)
    if faults:
        return _desk(review_id, faults=tuple(faults)), 422
    if finishing:
        return redirect(url_for("review.queue", said="review.locked"), 303)
    return redirect(url_for("review.desk", review_id=review_id, said="review.saved"), 303)


@bp.post("/<uuid:review_id>/example")
def fill_example(review_id: UUID) -> Response:
    """In a demo: write the sample's scores into the draft."""
    frame, here = _reviewer(), tool.current()
    if not here.settings.demo:
        raise not_found("not a demo")
    with here.database.unit() as session:
        review = _own(session, frame, review_id)
        service.save(session, review, scores=example.example_scores(session, review), overall="", revision=review.revision, page="")
    return redirect(url_for("review.desk", review_id=review_id, said="review.saved"), 303)


@bp.post("/<uuid:review_id>/decline")
def decline(review_id: UUID) -> Response | tuple[str, int]:
    """Step back from a review."""
    frame, here, form = _reviewer(), tool.current(), DeclineForm()
    if not form.validate_on_submit():
        return _desk(review_id, decline=form), 422
    with here.database.unit() as session:
        review = _own(session, frame, review_id)
        service.decline(session, here, review, reason=plain_text(form.reason.data or ""), kind=form.kind.data or "other")
    return redirect(url_for("review.queue", said="review.declined"), 303)


@bp.get("/people")
def people() -> str:
    """Name reviewers: those of the district, and people who could become one."""
    frame = runner()
    scope, text = scope_of(frame), plain_text(request.args.get("find", ""))[:100]
    with tool.current().database.read() as session:
        pool = running.pool(session, district_id=frame.district_id, context_id=scope)
        found = running.find_people(session, district_id=frame.district_id, text=text, context_id=scope)
        may = qualifying.qualified(session, frame.district_id, [one.person_id for one in pool])
    return render_template(
        "review/people.html",
        pool=pool,
        may=may,
        counted=load_queries.counted,
        found=found,
        find=text,
        whole=scope is None,
        rule=policies.RULE_IN_WORDS,
    )


def _change_pool(change: Any, said: str) -> Response:
    frame, here, form = runner(), tool.current(), PersonForm()
    person_id = uuid_or_none(form.person.data)
    if person_id is None:
        raise bad_request("Choose somebody from the list.")
    with here.database.unit() as session:
        change(session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id, context_id=scope_of(frame))
    return redirect(url_for("review.people", said=said), 303)


@bp.post("/people/add")
def add() -> Response:
    """Make a person a reviewer."""
    return _change_pool(seats.add_reviewer, "review.added")


@bp.post("/people/remove")
def remove() -> Response:
    """Take a person out of the pool."""
    return _change_pool(seats.remove_reviewer, "review.removed")


@bp.route("/submissions/<uuid:submission_id>", methods=["GET", "POST"])
def places(submission_id: UUID) -> places_views.Answer:
    """Who reviews a submission; give a place to somebody by name."""
    return places_views.show_or_give(submission_id)


@bp.post("/submissions/<uuid:submission_id>/more-time")
def more_time(submission_id: UUID) -> places_views.Answer:
    """Give the reviewer of a place more time."""
    return places_views.more_time(submission_id)


@bp.post("/submissions/<uuid:submission_id>/exception")
def exception(submission_id: UUID) -> places_views.Answer:
    """Decide in place of the rule."""
    return places_views.by_exception(submission_id)
