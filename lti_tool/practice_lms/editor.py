"""Canvas's page editor with the app's button, and cards as pages show them."""

from __future__ import annotations

from typing import Any

import nh3
from flask import Blueprint, Response, abort, redirect, request, url_for
from markupsafe import Markup

from .homework import PLACEMENT as HOMEWORK
from .homework import submitted
from .models import DEEP_LINKING, Course, Item, Registration
from .web import course_of, item_of, may_edit, may_teach, page, person_of, require, school_of, world
from .world import School

bp = Blueprint("editor", __name__)
PLACEMENT = "editor_button"
_TAGS = {"div", "p", "h2", "h3", "h4", "a", "img", "b", "strong", "em", "i", "ul", "ol", "li", "br", "span"}
_ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "width", "height"}}


def shown_html(html: str) -> Markup:
    """What the editor lets through of somebody's HTML."""
    return Markup(nh3.clean(html, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes={"http", "https"}))  # noqa: S704


def sheet(school: School, place: Course, item: Item) -> Response:
    """A page, or an ordinary assignment with what one has submitted."""
    me = person_of(school)
    homework = item.kind == "assignment" and school.face == "canvas"
    tools = [tool for tool in school.active_registrations() if tool.message(DEEP_LINKING, HOMEWORK)] if homework else []
    return page(
        "page.html",
        school,
        course=place,
        item=item,
        tools=tools if place.members.get(me.key) in ("learner", "test_learner") else [],
        works=submitted(school, item, me.key) if homework else [],
        teaching=may_teach(me, place) and homework,
        editing=may_edit(me, place) and item.kind == "page" and school.face == "canvas",
        shown=shown_html,
    )


@bp.route("/canvas/courses/<int:course>/items/<int:number>/edit", methods=["GET", "POST"])
def edit(course: int, number: int) -> Response:
    """Write a page; a button of the app puts a card into it."""
    with world().lock:
        school = school_of("canvas")
        place = course_of(school, course)
        item = item_of(place, number)
        require(may_edit(person_of(school), place))
        if item.kind != "page":
            abort(404)
        if request.method == "POST":
            item.text = request.form.get("text", "")[:20_000]
            return redirect(url_for("pages.item", face="canvas", number=course, item=number), 303)  # type: ignore[return-value]
        tools = [tool for tool in school.active_registrations() if tool.message(DEEP_LINKING, PLACEMENT)]
        return page("editor.html", school, course=place, item=item, tools=tools)


def embed(school: School, course: Course, sheet: Item, registration: Registration, drafts: list[dict[str, Any]]) -> None:
    """Put what the tool gave into a page. A link becomes one of its own, which stands in no module."""
    for draft in drafts:
        given = {"type": draft["type"], "title": draft.get("title", ""), "url": draft.get("url", ""), "html": draft.get("html", "")}
        if draft["type"] == "ltiResourceLink":
            link = Item(
                number=school.take(),
                course_id=course.number,
                title=draft.get("title") or registration.name,
                kind="lti",
                text=draft.get("text", ""),
                client_id=registration.client_id,
                url=draft.get("url") or registration.target,
                custom=dict(draft.get("custom") or {}),
                hidden=True,
            )
            given["item"] = school.place(course.modules[0], link, None).number
            given["size"] = draft.get("iframe") or {"width": 640, "height": 400}
        sheet.embeds.append(given)
