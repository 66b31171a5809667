"""The page of one piece of work for those who run reviews: places, more time, a decision by exception."""

from __future__ import annotations

from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem
from lti_tool.evidence.deadlines import end_of
from lti_tool.inputs import plain_text, whole_number
from lti_tool.language import _
from lti_tool.review import coordinating, places, policies, seats
from lti_tool.review.coordinating_forms import ExceptionForm, MoreTimeForm
from lti_tool.review.forms import SeatForm
from lti_tool.review.room import runner, scope_of
from lti_tool.web.frames import require

Answer = Response | str | tuple[str, int]


def _page(
    submission_id: UUID,
    *,
    seat: SeatForm | None = None,
    time: MoreTimeForm | None = None,
    exception: ExceptionForm | None = None,
    problem: Problem | None = None,
) -> tuple[str, int]:
    frame, here = runner(), tool.current()
    with here.database.read() as session:
        shown = places.seats(
            session,
            district_id=frame.district_id,
            submission_id=submission_id,
            viewer_id=frame.person_id,
            context_id=scope_of(frame),
            now=here.clock(),
        )
    seat = seat or SeatForm(formdata=None)
    seat.person.choices = _choices(shown)
    status = problem.status if problem else 422 if request.method == "POST" else 200
    page = render_template(
        "review/places.html",
        shown=shown,
        form=seat,
        time=time or MoreTimeForm(formdata=None),
        exception=exception or ExceptionForm(formdata=None),
        last_attempt=shown.attempt >= here.settings.max_attempts,
        problem=problem,
        rule=policies.RULE_IN_WORDS,
    )
    return page, status


def _choices(shown: places.Seats) -> list[tuple[str, str]]:
    return [
        ("", _("Choose a reviewer")),
        *((str(one.person_id), _("%(name)s (%(count)s open)", name=one.label, count=one.open)) for one in shown.candidates),
    ]


def _again(submission_id: UUID, said: str) -> Response:
    return redirect(url_for("review.places", submission_id=submission_id, said=said), 303)


def show_or_give(submission_id: UUID) -> Answer:
    """Who reviews a submission; give a place to somebody by name."""
    frame, here = runner(), tool.current()
    if request.method == "GET":
        return _page(submission_id)
    form = SeatForm()
    with here.database.read() as session:
        shown = places.seats(
            session,
            district_id=frame.district_id,
            submission_id=submission_id,
            viewer_id=frame.person_id,
            context_id=scope_of(frame),
            now=here.clock(),
        )
    form.person.choices = _choices(shown)
    if not form.validate_on_submit():
        return _page(submission_id, seat=form)
    try:
        with here.database.unit() as session:
            seats.assign(
                session,
                here,
                district_id=frame.district_id,
                submission_id=submission_id,
                seat=whole_number(form.seat.data or ""),
                person_id=UUID(form.person.data),
                actor_id=frame.person_id,
            )
    except Problem as caught:
        return _page(submission_id, seat=form, problem=caught)
    return _again(submission_id, "review.assigned")


def more_time(submission_id: UUID) -> Answer:
    """Give the reviewer of a place more time."""
    frame, here, form = runner(), tool.current(), MoreTimeForm()
    if not form.validate_on_submit() or form.until.data is None:
        return _page(submission_id, time=form)
    try:
        with here.database.unit() as session:
            coordinating.extend(
                session,
                here,
                district_id=frame.district_id,
                submission_id=submission_id,
                seat=whole_number(form.seat.data or ""),
                until=end_of(form.until.data),
                reason=form.reason.data or "",
                actor_id=frame.person_id,
                context_id=scope_of(frame),
            )
    except Problem as caught:
        if caught.status == 404:
            raise
        return _page(submission_id, time=form, problem=caught)
    return _again(submission_id, "review.more_time")


def by_exception(submission_id: UUID) -> Answer:
    """Decide in place of the rule."""
    frame, here = runner(), tool.current()
    require("console")()
    form = ExceptionForm()
    if not form.validate_on_submit():
        return _page(submission_id, exception=form)
    try:
        with here.database.unit() as session:
            coordinating.decide_by_exception(
                session,
                here,
                district_id=frame.district_id,
                submission_id=submission_id,
                outcome=form.outcome.data or "",
                reason=plain_text(form.reason.data or ""),
                actor_id=frame.person_id,
            )
    except Problem as caught:
        if caught.status == 404:
            raise
        return _page(submission_id, exception=form, problem=caught)
    return _again(submission_id, "review.excepted")
