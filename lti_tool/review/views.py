"""Pages of the review room: the reviewer's list and desk; naming reviewers and giving places."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, bad_request, not_found
from lti_tool.inputs import plain_text, uuid_or_none, whole_number
from lti_tool.language import N_, _
from lti_tool.review import (
    agreement_views,
    appeal_panel,
    appeal_queries,
    appeal_views,
    calibration_queries,
    desk_views,
    example,
    hold_views,
    load_queries,
    overdue,
    phrases,
    places_views,
    policies,
    qualifying,
    queries,
    running,
    seats,
    service,
)
from lti_tool.review.desk_page import desk_page, reviewer
from lti_tool.review.desk_views import own
from lti_tool.review.forms import DeclineForm, PersonForm, read_scores
from lti_tool.review.room import runner, scope_of
from lti_tool.web.frames import Frame
from lti_tool.web.nav import COUNTS
from lti_tool.web.pages import NOTICES

__all__ = ["agreement_bp", "appeals_bp", "bp", "desk_bp", "holds_bp"]

agreement_bp, holds_bp, desk_bp, appeals_bp = agreement_views.bp, hold_views.bp, desk_views.bp, appeal_views.bp
bp = Blueprint("review", __name__, url_prefix="/s/<frame_key>/review")

NOTICES["review.saved"] = ("success", N_("Your draft is saved. Nobody sees it until you finish."))
NOTICES["review.locked"] = ("success", N_("Your review is finished and sealed. Thank you. The next one, if any, is below."))
NOTICES["review.locked_next"] = ("success", N_("Your review is finished and sealed. Thank you. This is the next one that is due."))
NOTICES["review.phrase_used"] = ("success", N_("The phrase is put in, and your draft is saved."))
NOTICES["review.phrase_kept"] = ("success", N_("The phrase is kept, and your draft is saved."))
NOTICES["review.declined"] = ("success", N_("You stepped back. Somebody else takes this review."))
NOTICES["review.added"] = ("success", N_("They are a reviewer now. Work that waited for a reviewer has been given out."))
NOTICES["review.removed"] = ("success", N_("They are no reviewer any more. Their open reviews went to others."))
NOTICES["review.assigned"] = ("success", N_("The place has been given."))
NOTICES["review.more_time"] = ("success", N_("The reviewer has more time, and sees the new day."))
NOTICES["review.excepted"] = ("success", N_("It is decided. The teacher sees the outcome and your reason."))


def _count(frame: Frame) -> int:
    with tool.current().database.read() as session:
        return appeal_queries.waiting(session, district_id=frame.district_id, reviewer_id=frame.person_id)


COUNTS["review.queue"] = _count


@bp.get("/")
def queue() -> str:
    """The reviewer's list."""
    frame, here = reviewer(), tool.current()
    after = request.args.get("after", "")
    with here.database.read() as session:
        items = queries.queue(
            session,
            district_id=frame.district_id,
            reviewer_id=frame.person_id,
            now=here.clock(),
            after=after,
        )
        panels = appeal_queries.panels(session, district_id=frame.district_id, reviewer_id=frame.person_id)
        wanted = calibration_queries.to_calibrate(session, here, district_id=frame.district_id, person_id=frame.person_id)
        late = overdue.own_late(session, district_id=frame.district_id, reviewer_id=frame.person_id, now=here.clock())
    return render_template(
        "review/queue.html", queue=items, panels=panels, to_calibrate=wanted, late=late, after=after, rule=policies.RULE_IN_WORDS
    )


@bp.get("/<uuid:review_id>")
def desk(review_id: UUID) -> str:
    """The desk of one review."""
    return desk_page(review_id)


@bp.post("/<uuid:review_id>")
def save(review_id: UUID) -> Response | tuple[str, int]:
    """Keep the draft (`autosave` asks for an empty answer), put in or keep a phrase, or finish; `finish=next` goes on to the next one."""
    frame, here, faults = reviewer(), tool.current(), list[str]()
    finishing, autosave = "finish" in request.form, "X-Autosave" in request.headers
    going_on: UUID | None = None
    try:
        with here.database.unit() as session:
            review = own(session, frame, review_id)
            at = phrases.act(session, here, frame, request.form) if not finishing else None
            service.save(
                session,
                review,
                scores=read_scores(at.form if at else request.form, service.to_score(session, review)),
                overall=plain_text(request.form.get("overall", "")),
                revision=whole_number(request.form.get("revision", "")),
                page=request.form.get("page", "")[:64],
            )
            if finishing and not (faults := service.open_faults(session, review)):
                service.lock(session, here, review)
                if request.form.get("finish") == "next":
                    going_on = queries.next_due(session, district_id=frame.district_id, reviewer_id=frame.person_id)
    except Problem as problem:
        if autosave or problem.status not in (400, 409):
            raise
        return desk_page(review_id, typed=request.form, problem=problem), problem.status
    if autosave:
        return Response(status=204)
    if faults:
        return desk_page(review_id, typed=request.form, faults=tuple(faults)), 422
    if finishing and going_on:
        return redirect(url_for("review.desk", review_id=going_on, said="review.locked_next"), 303)
    if finishing:
        return redirect(url_for("review.queue", said="review.locked"), 303)
    said, anchor = (at.said, at.anchor) if at else ("review.saved", None)
    return redirect(url_for("review.desk", review_id=review_id, said=said, _anchor=anchor), 303)


@bp.post("/<uuid:review_id>/example")
def fill_example(review_id: UUID) -> Response:
    """In a demo: write the sample's scores into the draft."""
    frame, here = reviewer(), tool.current()
    if not here.settings.demo:
        raise not_found("not a demo")
    with here.database.unit() as session:
        review = own(session, frame, review_id)
        service.save(session, review, scores=example.example_scores(session, review), overall="", revision=review.revision, page="")
    return redirect(url_for("review.desk", review_id=review_id, said="review.saved"), 303)


@bp.post("/<uuid:review_id>/decline")
def decline(review_id: UUID) -> Response | tuple[str, int]:
    """Step back from a review."""
    frame, here, form = reviewer(), tool.current(), DeclineForm()
    if not form.validate_on_submit():
        return desk_page(review_id, decline=form), 422
    with here.database.unit() as session:
        review = own(session, frame, review_id)
        service.decline(session, here, review, reason=plain_text(form.reason.data or ""), kind=form.kind.data or "other")
    return redirect(url_for("review.queue", said="review.declined"), 303)


@bp.get("/people")
def people() -> str:
    """Name reviewers: those of the district, and people who could become one."""
    frame = runner()
    scope, text = scope_of(frame), plain_text(request.args.get("find", ""))[:100]
    now = tool.current().clock()
    with tool.current().database.read() as session:
        pool = running.pool(session, district_id=frame.district_id, now=now, context_id=scope)
        found = running.find_people(session, district_id=frame.district_id, text=text, context_id=scope, now=now)
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
        raise bad_request(_("Choose somebody from the list."))
    with here.database.unit() as session:
        change(session, here, district_id=frame.district_id, person_id=person_id, actor_id=frame.person_id, context_id=scope_of(frame))
        appeal_panel.refill(session, here, frame.district_id)
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
