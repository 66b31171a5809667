"""The district's console: its front page and the trail."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date
from typing import Any

from flask import render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district import needs, people_views, queries, settings_views, support_views
from lti_tool.district import trail as events
from lti_tool.district.room import bp
from lti_tool.district.trail import Search
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text, uuid_or_none, whole_number
from lti_tool.language import _
from lti_tool.web import nav, spreadsheet
from lti_tool.web.frames import current_frame

__all__ = ["bp", "needs", "people_views", "settings_views", "support_views"]


@bp.get("/")
def index() -> str:
    """The front of the console: what needs somebody first, then what this person may open."""
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        shown = queries.overview(session, frame.district_id, viewer_id=frame.person_id) if frame.may("console") else None
        name = shown.name if shown else queries.name_of(session, frame.district_id)
        needs = nav.attention(session, here, frame)
    return render_template("district/index.html", shown=shown, name=name, needs=needs, groups=nav.console(frame))


def _search() -> Search:
    """What the address looks for. Raises Problem(bad_request) for a day that is none."""
    given = {name: plain_text(request.args.get(name, "")).strip()[:100] for name in ("room", "action", "person", "thing", "since", "until")}

    def day(name: str) -> date | None:
        try:
            return date.fromisoformat(given[name]) if given[name] else None
        except ValueError:
            raise bad_request(_("Write days as year-month-day, for example 2026-11-24.")) from None

    return Search(given["room"], given["action"], given["person"], given["thing"], day("since"), day("until"))


def _searched(search: Search) -> dict[str, Any]:
    return {name: value for name, value in asdict(search).items() if value}


@bp.get("/trail")
def trail() -> str:
    """Who did what, when."""
    before = whole_number(request.args["before"]) if "before" in request.args else None
    if before is not None and before < 1:
        raise bad_request(_("The address of this page is damaged."))
    frame, search = current_frame(), _search()
    with tool.current().database.read() as session:
        one = uuid_or_none(search.person)
        of_person = queries.label_of(session, frame.district_id, one) if one else ""
        rows, following = events.page(session, frame.district_id, viewer_id=frame.person_id, search=search, before=before)
    searched = _searched(search)
    return render_template(
        "district/trail.html",
        rows=rows,
        search=search,
        of_person=of_person,
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
