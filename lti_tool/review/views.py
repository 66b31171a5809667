"""Pages of the review room: the reviewer's list and desk; naming reviewers and giving places."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.catalog.models import Activity
from lti_tool.catalog.prose import prose
from lti_tool.database import new_id
from lti_tool.errors import Problem, bad_request, not_found
from lti_tool.evidence.files import file_url
from lti_tool.review import policies, queries, service
from lti_tool.review.forms import DeclineForm, PersonForm, SeatForm, read_scores
from lti_tool.review.models import Review
from lti_tool.web import frames
from lti_tool.web.frames import Frame, current_frame
from lti_tool.web.nav import COUNTS
from lti_tool.web.pages import NOTICES

bp = Blueprint("review", __name__, url_prefix="/s/<frame_key>/review")

NOTICES["review.saved"] = ("success", "Your draft is saved. Nobody sees it until you finish.")
NOTICES["review.locked"] = ("success", "Your review is finished and sealed. Thank you. The next one, if any, is below.")
NOTICES["review.declined"] = ("success", "You stepped back. Somebody else takes this review.")
NOTICES["review.added"] = ("success", "They are a reviewer now. Work that waited for a reviewer has been given out.")
NOTICES["review.removed"] = ("success", "They are no reviewer any more. Their open reviews went to others.")
NOTICES["review.assigned"] = ("success", "The place has been given.")


def _waiting(frame: Frame) -> int:
    with tool.current().database.read() as session:
        return queries.open_count(session, district_id=frame.district_id, reviewer_id=frame.person_id)


COUNTS["review.queue"] = _waiting


def _reviewer() -> Frame:
    frames.require("reviewer")()
    return current_frame()


def _runner() -> Frame:
    frames.require("facilitator", "console")()
    return current_frame()


@bp.get("/")
def queue() -> str:
    """The reviewer's list."""
    frame = _reviewer()
    with tool.current().database.read() as session:
        items = queries.queue(session, district_id=frame.district_id, reviewer_id=frame.person_id)
    return render_template("review/queue.html", queue=items, rule=policies.RULE_IN_WORDS)


@bp.get("/<uuid:review_id>")
def desk(review_id: UUID) -> str:
    """The desk of one review."""
    return _desk(review_id)


def _desk(review_id: UUID, faults: tuple[str, ...] = (), problem: Problem | None = None) -> str:
    frame, here = _reviewer(), tool.current()
    with here.database.read() as session:
        shown = queries.desk(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id)
    links = {
        piece.id: file_url(here, blob_key=piece.blob_key, media_type=piece.media_type, filename=piece.title)
        for part in shown.evidence
        for piece in part.pieces
        if piece.kind == "file"
    }
    typed = read_scores(request.form, tuple(row.criterion.key for row in shown.to_score)) if request.method == "POST" else {}
    return render_template(
        "review/desk.html",
        desk=shown,
        links=links,
        prose=prose,
        faults=faults,
        problem=problem,
        typed=typed,
        page=request.form.get("page") or new_id().hex,
        revision=request.form.get("revision", shown.revision),
        overall=request.form.get("overall", shown.overall),
        decline=DeclineForm(formdata=None),
        rule=policies.RULE_IN_WORDS,
    )


def _save(session: Session, frame: Frame, review_id: UUID) -> Review:
    review = service.own_review(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id, for_update=True)
    revision = request.form.get("revision", "")
    service.save(
        session,
        review,
        scores=read_scores(request.form, service.to_score(session, review)),
        overall=request.form.get("overall", "").replace("\x00", ""),
        revision=int(revision) if revision.isdigit() else -1,
        page=request.form.get("page", "")[:64],
    )
    return review


@bp.post("/<uuid:review_id>")
def save(review_id: UUID) -> Response | tuple[str, int]:
    """Keep the draft (`autosave` asks for an empty answer), or finish with `finish`."""
    frame, here = _reviewer(), tool.current()
    try:
        with here.database.unit() as session:
            review = _save(session, frame, review_id)
            if "finish" not in request.form:
                pass
            elif not (faults := service.open_faults(session, review)):
                service.lock(session, here, review)
    except Problem as problem:
        if request.headers.get("X-Autosave") or problem.status != 409:
            raise
        return _desk(review_id, problem=problem), 409
    if request.headers.get("X-Autosave"):
        return Response(status=204)
    if "finish" not in request.form:
        return redirect(url_for("review.desk", review_id=review_id, said="review.saved"), 303)
    if faults:
        return _desk(review_id, faults=tuple(faults)), 422
    return redirect(url_for("review.queue", said="review.locked"), 303)


@bp.post("/<uuid:review_id>/example")
def fill_example(review_id: UUID) -> Response:
    """In a demo: write the sample's scores into the draft."""
    frame, here = _reviewer(), tool.current()
    if not here.settings.demo:
        raise not_found("not a demo")
    if not FlaskForm().validate_on_submit():
        raise bad_request("The form was incomplete.")
    with here.database.unit() as session:
        review = service.own_review(
            session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id, for_update=True
        )
        service.save(session, review, scores=queries.example_scores(session, review), overall="", revision=review.revision, page="")
    return redirect(url_for("review.desk", review_id=review_id, said="review.saved"), 303)


@bp.post("/<uuid:review_id>/decline")
def decline(review_id: UUID) -> Response | tuple[str, int]:
    """Step back from a review."""
    frame, here, form = _reviewer(), tool.current(), DeclineForm()
    if not form.validate_on_submit():
        raise bad_request("Please say in a few words why you step back.")
    with here.database.unit() as session:
        review = service.own_review(
            session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id, for_update=True
        )
        service.decline(session, here, review, reason=form.reason.data or "")
    return redirect(url_for("review.queue", said="review.declined"), 303)


@bp.get("/people")
def people() -> str:
    """Name reviewers: those of the district, and people who could become one."""
    frame = _runner()
    text = request.args.get("find", "")[:100]
    with tool.current().database.read() as session:
        pool = queries.pool(session, district_id=frame.district_id)
        found = queries.find_people(session, district_id=frame.district_id, text=text, context_id=_scope(frame))
    return render_template(
        "review/people.html", pool=pool, found=found, find=text, form=PersonForm(formdata=None), whole=_scope(frame) is None
    )


def _scope(frame: Frame) -> UUID | None:
    """A facilitator sees the people of their course, the district's console all."""
    return None if frame.may("console") else frame.context_id or frame.person_id


def _person(form: PersonForm) -> UUID:
    try:
        return UUID(form.person.data or "")
    except ValueError as error:
        raise bad_request("Choose somebody from the list.") from error


@bp.post("/people/add")
def add() -> Response:
    """Make a person a reviewer."""
    frame, here, form = _runner(), tool.current(), PersonForm()
    person_id = _person(form)
    with here.database.unit() as session:
        service.add_reviewer(
            session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id, context_id=_scope(frame)
        )
    return redirect(url_for("review.people", said="review.added"), 303)


@bp.post("/people/remove")
def remove() -> Response:
    """Take a person out of the pool."""
    frame, here, form = _runner(), tool.current(), PersonForm()
    person_id = _person(form)
    with here.database.unit() as session:
        service.remove_reviewer(session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id)
    return redirect(url_for("review.people", said="review.removed"), 303)


def _activities(session: Session, frame: Frame) -> list[UUID] | None:
    if frame.may("console"):
        return None
    return list(session.scalars(select(Activity.id).where(Activity.context_id == frame.context_id)))


@bp.route("/submissions/<uuid:submission_id>", methods=["GET", "POST"])
def seats(submission_id: UUID) -> Response | str | tuple[str, int]:
    """Who reviews a submission; give a place to somebody by name."""
    frame, here = _runner(), tool.current()
    with here.database.read() as session:
        shown = queries.seats(session, district_id=frame.district_id, submission_id=submission_id, activity_ids=_activities(session, frame))
        pool = queries.pool(session, district_id=frame.district_id)
    form = SeatForm()
    form.person.choices = [("", "Choose a reviewer"), *((str(member.person_id), f"{member.label} ({member.open} open)") for member in pool)]
    status = 200
    if request.method == "POST":
        if form.validate_on_submit() and (form.seat.data or "").isdigit():
            try:
                with here.database.unit() as session:
                    service.assign(
                        session,
                        here,
                        district_id=frame.district_id,
                        submission_id=submission_id,
                        seat=int(form.seat.data or 0),
                        person_id=UUID(form.person.data),
                        actor_id=frame.person_id,
                    )
                return redirect(url_for("review.seats", submission_id=submission_id, said="review.assigned"), 303)
            except Problem as problem:
                form.person.errors = [problem.text]
        status = 422
    return render_template("review/seats.html", shown=shown, form=form, pool=pool, rule=policies.RULE_IN_WORDS), status
