"""The district's console: connections, people and their roles, the trail."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district import queries, service
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("district", __name__, url_prefix="/s/<frame_key>/district")
bp.before_request(require("console"))

NOTICES["district.granted"] = ("success", "The role is given. It works from their next page on.")
NOTICES["district.revoked"] = ("success", "The role is taken away. It ends with their next page.")

_CHANGES = {"grant": (service.grant, "district.granted"), "revoke": (service.revoke, "district.revoked")}


@bp.get("/")
def index() -> str:
    """The district at a glance."""
    with tool.current().database.read() as session:
        shown = queries.overview(session, current_frame().district_id, viewer_id=current_frame().person_id)
    return render_template("district/index.html", shown=shown)


@bp.get("/people")
def people() -> str:
    """Find people and give them roles."""
    text = plain_text(request.args.get("find", ""))[:100]
    with tool.current().database.read() as session:
        rows = queries.people(session, current_frame().district_id, text=text)
    return render_template("district/people.html", rows=rows, find=text, roles=service.ROLES)


@bp.post("/people")
def change_role() -> Response:
    """Give or take a role."""
    frame, here = current_frame(), tool.current()
    person_id = uuid_or_none(request.form.get("person"))
    if person_id is None:
        raise bad_request("Choose somebody from the list.")
    action = request.form.get("action", "")
    if action not in _CHANGES:
        raise bad_request("The form was incomplete.")
    change, said = _CHANGES[action]
    with here.database.unit() as session:
        change(
            session, here, district_id=frame.district_id, person_id=person_id, role=request.form.get("role", ""), actor_id=frame.person_id
        )
    return redirect(url_for("district.people", find=request.form.get("find", "")[:100], said=said), 303)


@bp.get("/trail")
def trail() -> str:
    """Who did what, when."""
    before = uuid_or_none(request.args.get("before"))
    if before is None and "before" in request.args:
        raise bad_request("The address of this page is damaged.")
    with tool.current().database.read() as session:
        rows, following = queries.trail(session, current_frame().district_id, viewer_id=current_frame().person_id, before=before)
    return render_template("district/trail.html", rows=rows, next_url=url_for("district.trail", before=following) if following else None)
