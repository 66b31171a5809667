"""A facilitator's page of the course's list of people: read it, see what has changed."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem, bad_request
from lti_tool.grading import roster, roster_queries
from lti_tool.grading.roster_queries import SHOWN
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web.frames import Frame, current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("roster", __name__, url_prefix="/s/<frame_key>/roster")
bp.before_request(require("facilitator", "console"))

NOTICES["roster.read"] = ("success", N_("The list has been read to its end."))
NOTICES["roster.goes_on"] = ("info", N_("The list is long, or your LMS is busy. It is read on by itself; you can leave this page."))


def _course() -> tuple[Frame, UUID]:
    frame = current_frame()
    if frame.context_id is None:
        raise bad_request(_("Open this from a course."))
    return frame, frame.context_id


def _page(activity_id: UUID | None) -> str:
    (frame, context_id), asked = _course(), request.args
    after = uuid_or_none(asked.get("after"))
    show, find = asked.get("show", ""), plain_text(asked.get("find", ""))[:100]
    if (after is None and "after" in asked) or show not in SHOWN:
        raise bad_request(_("The address of this page is damaged."))
    with tool.current().database.read() as session:
        shown = roster_queries.page(
            session,
            district_id=frame.district_id,
            context_id=context_id,
            now=tool.current().clock(),
            activity_id=activity_id,
            show=show,
            find=find,
            after=after,
        )
    here = {"activity_id": activity_id} if activity_id else {}
    return render_template(
        "grading/roster.html",
        shown=shown,
        show=show,
        find=find,
        first=after is None,
        choices=SHOWN,
        polled="HX-Request" in request.headers,
        endpoint="roster.activity" if activity_id else "roster.index",
        read_endpoint="roster.read_activity" if activity_id else "roster.read",
        here=here,
    )


def _read(activity_id: UUID | None) -> Response:
    (frame, context_id), here = _course(), tool.current()
    if not FlaskForm().validate_on_submit():
        raise bad_request(_("The form was incomplete."))
    rlid = ""
    if activity_id is not None:
        with here.database.read() as session:
            rlid, _title = roster_queries.place(session, district_id=frame.district_id, context_id=context_id, activity_id=activity_id)
    said = None
    try:
        result = roster.refresh(here, district_id=frame.district_id, context_id=context_id, actor_id=frame.person_id, rlid=rlid)
        said = "roster.read" if result.complete else "roster.goes_on"
    except Problem as problem:
        if problem.code != "roster_unavailable":  # the page says what was in the way
            raise
    if activity_id is not None:
        return redirect(url_for("roster.activity", activity_id=activity_id, said=said), 303)
    return redirect(url_for("roster.index", said=said), 303)


@bp.get("/")
def index() -> str:
    """The course's list."""
    return _page(None)


@bp.post("/")
def read() -> Response:
    """Read the course's list from the LMS."""
    return _read(None)


@bp.get("/activities/<uuid:activity_id>")
def activity(activity_id: UUID) -> str:
    """Who may open one activity, as the LMS says."""
    return _page(activity_id)


@bp.post("/activities/<uuid:activity_id>")
def read_activity(activity_id: UUID) -> Response:
    """Read who may open one activity."""
    return _read(activity_id)
