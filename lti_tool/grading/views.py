"""Sending a score again, and reading the course's list of people."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import bad_request, forbidden
from lti_tool.grading import queries, roster, service
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("grading", __name__, url_prefix="/s/<frame_key>/scores")

NOTICES["grading.resent"] = ("success", "The score is on its way again. This page shows how it went after a reload.")
NOTICES["grading.roster"] = ("success", "The course list has been read. Everybody on it can be found below.")


@bp.post("/<uuid:delivery_id>/resend")
def resend(delivery_id: UUID) -> Response:
    """Send a score again: a teacher their own, a facilitator those of the course, the district's console all."""
    frame, here = current_frame(), tool.current()
    if not FlaskForm().validate_on_submit():
        raise bad_request("The form was incomplete.")
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
    if request.form.get("back") == "person" and not own:
        target = url_for("home.person", activity_id=shown.activity_id, person_id=shown.person_id, said="grading.resent")
    else:
        target = url_for("home.activity", activity_id=shown.activity_id, said="grading.resent")
    return redirect(target, 303)


@bp.post("/roster")
def refresh_roster() -> Response:
    """Read the list of people of the frame's course from the LMS."""
    require("facilitator", "console")()
    frame, here = current_frame(), tool.current()
    if not FlaskForm().validate_on_submit() or frame.context_id is None:
        raise bad_request("Open this from a course.")
    read = roster.refresh(here, district_id=frame.district_id, context_id=frame.context_id, actor_id=frame.person_id)
    return redirect(url_for("review.people", said="grading.roster" if read.complete else "roster.goes_on"), 303)
