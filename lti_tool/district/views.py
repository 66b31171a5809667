"""The district's console: connections, people and their roles, the trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district import queries, service
from lti_tool.district import trail as events
from lti_tool.district.trail import Search
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text, uuid_or_none, whole_number
from lti_tool.web import spreadsheet
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


def _search() -> Search:
    """What the address looks for. Raises Problem(bad_request) for a day that is none."""
    given = {name: plain_text(request.args.get(name, "")).strip()[:100] for name in ("room", "action", "person", "thing", "since", "until")}

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(given[name]) if given[name] else None
        except ValueError:
            raise bad_request("Write days as year-month-day, for example 2026-11-24.") from None

    return Search(given["room"], given["action"], given["person"], given["thing"], day("since"), day("until"))


def _searched(search: Search) -> dict[str, Any]:
    return {name: value for name, value in asdict(search).items() if value}


@bp.get("/trail")
def trail() -> str:
    """Who did what, when."""
    before = whole_number(request.args["before"]) if "before" in request.args else None
    if before is not None and before < 1:
        raise bad_request("The address of this page is damaged.")
    frame, search = current_frame(), _search()
    with tool.current().database.read() as session:
        rows, following = events.page(session, frame.district_id, viewer_id=frame.person_id, search=search, before=before)
    searched = _searched(search)
    return render_template(
        "district/trail.html",
        rows=rows,
        search=search,
        searched=searched,
        rooms=events.ROOMS,
        next_url=url_for("district.trail", before=following, **searched) if following else None,
    )


@bp.get("/trail.csv")
def trail_table() -> Response:
    """What is found, for a spreadsheet."""
    frame, search = current_frame(), _search()
    rows = events.table(tool.current().database, frame.district_id, viewer_id=frame.person_id, search=search)
    return spreadsheet.sent(rows, "trail.csv")


@bp.get("/trail.jsonl")
def trail_lines() -> Response:
    """The whole chain, for somebody who wants to verify it."""
    frame = current_frame()
    lines = events.exported(tool.current().database, frame.district_id, viewer_id=frame.person_id)
    return spreadsheet.download(lines, "trail.jsonl", "application/jsonl; charset=utf-8")
