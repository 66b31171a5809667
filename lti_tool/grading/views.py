"""Scores on their way: where they are, sending them again, whose grade stays, columns; and reading the course's list of people."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.catalog import activities as catalog
from lti_tool.catalog.activities import PlacedActivity
from lti_tool.errors import bad_request, forbidden, not_found
from lti_tool.grading import columns, figures, queries, roster, service
from lti_tool.grading.queries import ScoreState
from lti_tool.inputs import uuid_or_none, whole_number
from lti_tool.language import N_, _
from lti_tool.web import health
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("grading", __name__, url_prefix="/s/<frame_key>/scores")
health.FIGURES.append(figures.metrics)

NOTICES["grading.resent"] = ("success", N_("The score is on its way again. This page shows how it went after a reload."))
NOTICES["grading.resent_all"] = ("success", N_("What the LMS had refused is on its way again. This page shows how it went after a reload."))
NOTICES["grading.theirs"] = ("success", N_("The grade in the gradebook stays. Nothing is sent over it."))
NOTICES["grading.ours"] = ("success", N_("The score is on its way. This page shows how it went after a reload."))
NOTICES["grading.column"] = ("success", N_("The gradebook has a column for this activity now. Scores that waited for it are on their way."))
NOTICES["grading.tried"] = ("success", N_("One score is sent to try. If it arrives, the others follow."))
NOTICES["grading.roster"] = ("success", N_("The course list has been read. Everybody on it can be found below."))


def _posted() -> str:
    """The button of a sound form. Raises Problem(bad_request)."""
    if not FlaskForm().validate_on_submit():
        raise bad_request(_("The form was incomplete."))
    return request.form.get("do", "")


def _reach() -> UUID | None:
    """Where somebody may look after scores: in the frame's course, or in the whole district (None)."""
    frame = current_frame()
    if frame.may("console"):
        return None
    if not frame.may("facilitator") or frame.context_id is None:
        raise forbidden("neither facilitator nor console")
    return frame.context_id


def _activity(activity_id: UUID, reach: UUID | None) -> PlacedActivity:
    with tool.current().database.read() as session:
        found = catalog.activity(session, current_frame().district_id, activity_id)
    if reach is not None and found.context_id != reach:
        raise not_found("activity of another context")
    return found


@bp.get("/activities/<uuid:activity_id>")
def of_activity(activity_id: UUID) -> str:
    """All scores of an activity: where each is, whose move it is, and what can be done."""
    frame = current_frame()
    activity = _activity(activity_id, _reach())
    with tool.current().database.read() as session:
        shown = queries.score_page(
            session, district_id=frame.district_id, activity_id=activity_id, page=whole_number(request.args.get("page", "1"))
        )
    return render_template("grading/activity.html", activity=activity, shown=shown, me=frame.person_id)


@bp.post("/activities/<uuid:activity_id>/resend")
def resend_failed(activity_id: UUID) -> Response:
    """Send again whatever of an activity the LMS refused."""
    frame, here, reach = current_frame(), tool.current(), _reach()
    _posted()
    with here.database.unit() as session:
        service.resend_failed(
            session, here, district_id=frame.district_id, actor_id=frame.person_id, activity_id=activity_id, context_id=reach
        )
    return redirect(url_for("grading.of_activity", activity_id=activity_id, said="grading.resent_all"), 303)


@bp.post("/<uuid:delivery_id>/resend")
def resend(delivery_id: UUID) -> Response:
    """Send a score again: a teacher their own, a facilitator those of the course, the district's console all."""
    frame, here = current_frame(), tool.current()
    _posted()
    with here.database.unit() as session:
        shown = queries.delivery(session, district_id=frame.district_id, delivery_id=delivery_id)
        own = shown.person_id == frame.person_id
        if not own and not frame.may("facilitator", "console"):
            raise forbidden("neither own score nor facilitator")
        service.resend(
            session,
            here,
            district_id=frame.district_id,
            delivery_id=delivery_id,
            actor_id=frame.person_id,
            context_id=None if own or frame.may("console") else frame.context_id,
        )
    return redirect(_back(shown, "grading.resent", own=own), 303)


def _back(shown: ScoreState, said: str, *, own: bool) -> str:
    """The page that a form came from."""
    back = request.form.get("back")
    if back == "person" and not own:
        return url_for("home.person", activity_id=shown.activity_id, person_id=shown.person_id, said=said)
    if back == "scores" and current_frame().may("facilitator", "console"):
        page = whole_number(request.form.get("page", "1"))
        return url_for("grading.of_activity", activity_id=shown.activity_id, page=page if page > 1 else None, said=said)
    return url_for("home.activity", activity_id=shown.activity_id, said=said)


@bp.post("/<uuid:delivery_id>/decide")
def decide(delivery_id: UUID) -> Response:
    """Decide, once, which grade stays where the gradebook shows one that is not ours."""
    frame, here, reach = current_frame(), tool.current(), _reach()
    keep = _posted()
    with here.database.unit() as session:
        shown = queries.delivery(session, district_id=frame.district_id, delivery_id=delivery_id)
        service.decide(
            session,
            here,
            district_id=frame.district_id,
            delivery_id=delivery_id,
            actor_id=frame.person_id,
            context_id=reach,
            keep=keep,
        )
    return redirect(_back(shown, f"grading.{keep}", own=False), 303)


@bp.get("/activities/<uuid:activity_id>/column")
def column(activity_id: UUID) -> str:
    """Whether an activity counts in the gradebook, and an offer to make it count."""
    return render_template("grading/column.html", shown=columns.offer(tool.current(), _place_of_designer(activity_id)))


@bp.post("/activities/<uuid:activity_id>/column")
def make_column(activity_id: UUID) -> Response | tuple[str, int]:
    """Make a column for an activity that came without one."""
    here, place = tool.current(), _place_of_designer(activity_id)
    _posted()
    problem = columns.make(here, place, actor_id=current_frame().person_id)
    if problem:
        return render_template("grading/column.html", shown=columns.offer(here, place), problem=problem), 422
    return redirect(url_for("grading.column", activity_id=activity_id, said="grading.column"), 303)


def _place_of_designer(activity_id: UUID) -> PlacedActivity:
    require("designer", "console")()
    frame = current_frame()
    return _activity(activity_id, None if frame.may("console") else frame.context_id or UUID(int=0))


@bp.get("/delivery")
def lms() -> str:
    """How each LMS of the district takes scores."""
    require("console")()
    here = tool.current()
    with here.database.read() as session:
        shown = figures.lane_figures(session, here.clock(), district_id=current_frame().district_id)
    return render_template("grading/delivery.html", lanes=shown)


@bp.post("/delivery")
def change_lms() -> Response:
    """Try an LMS now, or send again everything of the district that was refused."""
    require("console")()
    frame, here = current_frame(), tool.current()
    do, registration_id = _posted(), uuid_or_none(request.form.get("registration"))
    with here.database.unit() as session:
        if do == "try" and registration_id is not None:
            service.try_lms_now(session, here, district_id=frame.district_id, registration_id=registration_id, actor_id=frame.person_id)
        elif do == "resend":
            service.resend_failed(session, here, district_id=frame.district_id, actor_id=frame.person_id, activity_id=None, context_id=None)
        else:
            raise bad_request(_("The form was incomplete."))
    return redirect(url_for("grading.lms", said="grading.tried" if do == "try" else "grading.resent_all"), 303)


@bp.post("/roster")
def refresh_roster() -> Response:
    """Read the list of people of the frame's course from the LMS."""
    require("facilitator", "console")()
    frame, here = current_frame(), tool.current()
    if not FlaskForm().validate_on_submit() or frame.context_id is None:
        raise bad_request(_("Open this from a course."))
    read = roster.refresh(here, district_id=frame.district_id, context_id=frame.context_id, actor_id=frame.person_id)
    return redirect(url_for("review.people", said="grading.roster" if read.complete else "roster.goes_on"), 303)
