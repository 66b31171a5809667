"""The LMS itself: start page, people, courses, activities, gradebook, roster."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, abort, redirect, request, url_for

from .editor import sheet
from .faces import FACES
from .models import RESOURCE_LINK, Grade
from .notices import of_copy, send
from .story import steps
from .web import (
    become,
    course_of,
    face_of,
    item_of,
    may_edit,
    may_teach,
    page,
    person_of,
    require,
    school_of,
    world,
)
from .world import School

bp = Blueprint("pages", __name__)


def _local(target: str) -> str:
    """Only paths of this server are followed after switching people."""
    parts = urlsplit(target)
    return target if target.startswith("/") and not target.startswith("//") and not parts.netloc else ""


@bp.get("/")
def start() -> Response:
    """What this is, both schools, and the story of each."""
    with world().lock:
        schools = [(FACES[face], school, steps(school)) for face, school in world().schools.items()]
        return page("start.html", schools=schools, tool_url=world().settings.tool_url)


@bp.post("/<face>/reset")
def reset(face: str) -> Response:
    """Start a school over."""
    school_of(face)
    world().reset(face)
    return redirect(url_for("pages.start"), 303)  # type: ignore[return-value]


@bp.get("/<face>/")
def home(face: str) -> Response:
    """The courses of whoever one is."""
    with world().lock:
        school = school_of(face)
        me = person_of(school)
        courses = [course for course in school.courses.values() if me.admin or me.key in course.members]
        return page("home.html", school, courses=courses, steps=steps(school))


@bp.get("/<face>/people")
def people(face: str) -> Response:
    """The people one can be."""
    with world().lock:
        school = school_of(face)
        shown = [(person, _memberships(school, person.key)) for person in school.people.values() if not person.crowd]
        return page("people.html", school, people=shown)


def _memberships(school: School, key: str) -> list[str]:
    words = {"test_learner": "preview"}
    return [
        f"{words.get(course.members[key], course.members[key])} in {course.label}"
        for course in school.courses.values()
        if key in course.members
    ]


@bp.post("/<face>/switch")
def switch(face: str) -> Response:
    """Become `person`; then go to `next`, a path of this server."""
    with world().lock:
        school = school_of(face)
        become(school, request.form.get("person", ""))
    target = _local(request.form.get("next", "")) or url_for("pages.home", face=face)
    return redirect(target, 303)  # type: ignore[return-value]


@bp.get("/<face>/courses/<int:number>")
def course(face: str, number: int) -> Response:
    """Modules of a course, with what one may do there."""
    with world().lock:
        school = school_of(face)
        place, me = course_of(school, number), person_of(school)
        require(me.admin or me.key in place.members)
        tools = [(tool, face_of(school).placements(tool)) for tool in school.active_registrations()]
        return page("course.html", school, course=place, tools=tools, editing=may_edit(me, place), teaching=may_teach(me, place))


@bp.get("/<face>/courses/<int:number>/items/<int:item>")
def item(face: str, number: int, item: int) -> Response:
    """An item: an ordinary page, or an activity of the tool in its frame."""
    with world().lock:
        school = school_of(face)
        place, me = course_of(school, number), person_of(school)
        found = item_of(place, item)
        require((me.admin or me.key in place.members) and (found.published or may_teach(me, place)))
        if not found.client_id:
            return sheet(school, place, found)
        tool = school.registrations.get(found.client_id)
        launch = url_for("oidc.launch_item", face=face, course=number, number=item)
        column = school.line_items.get(found.line_item or 0)
        return page(
            "activity.html",
            school,
            course=place,
            item=found,
            launch=launch,
            title=found.title,
            column=column,
            grade=school.grade(found.line_item or 0, me.key),
            usable=tool is not None and tool.status == "active",
        )


@bp.get("/<face>/courses/<int:number>/select/<client_id>")
def select(face: str, number: int, client_id: str) -> Response:
    """The tool's picker in a frame."""
    with world().lock:
        school = school_of(face)
        place = course_of(school, number)
        require(may_edit(person_of(school), place))
        launch = url_for(
            "oidc.launch_select",
            face=face,
            course=number,
            client_id=client_id,
            placement=request.args.get("placement", ""),
            module=request.args.get("module"),
            item=request.args.get("item"),
        )
        return page(
            "activity.html",
            school,
            course=place,
            item=None,
            launch=launch,
            title="Choose what to add",
            column=None,
            grade=None,
            usable=True,
        )


@bp.get("/<face>/courses/<int:number>/tool/<client_id>")
def course_tool(face: str, number: int, client_id: str) -> Response:
    """The tool's entry in the course menu."""
    with world().lock:
        school = school_of(face)
        place, me = course_of(school, number), person_of(school)
        require(me.admin or me.key in place.members)
        tool = school.registrations.get(client_id) or abort(404)
        launch = url_for("oidc.launch_course", face=face, course=number, client_id=client_id)
        return page(
            "activity.html",
            school,
            course=place,
            item=None,
            launch=launch,
            title=tool.name,
            column=None,
            grade=None,
            usable=tool.message(RESOURCE_LINK, "course_navigation") is not None,
        )


@bp.get("/<face>/account/tool/<client_id>")
def account_tool(face: str, client_id: str) -> Response:
    """The tool's entry in the account menu, for admins."""
    with world().lock:
        school = school_of(face)
        require(person_of(school).admin)
        tool = school.registrations.get(client_id) or abort(404)
        launch = url_for("oidc.launch_account", face=face, client_id=client_id)
        return page(
            "activity.html",
            school,
            course=None,
            item=None,
            launch=launch,
            title=tool.name,
            column=None,
            grade=None,
            usable=tool.message(RESOURCE_LINK, "account_navigation") is not None,
        )


@bp.get("/moodle/courses/<int:number>/items/<int:item>/review")
def review(number: int, item: int) -> Response:
    """Grade analysis: the tool's view of somebody's submission, or of all."""
    with world().lock:
        school = school_of("moodle")
        place = course_of(school, number)
        found = item_of(place, item)
        launch = url_for("oidc.launch_review", course=number, number=item, user=request.args.get("user"))
        return page(
            "activity.html",
            school,
            course=place,
            item=None,
            launch=launch,
            title=f"{found.title}: submissions",
            column=None,
            grade=None,
            usable=True,
        )


@bp.get("/canvas/courses/<int:number>/items/<int:item>/speedgrader")
def speedgrader(number: int, item: int) -> Response:
    """SpeedGrader: the URL that the tool submitted for a person."""
    with world().lock:
        school = school_of("canvas")
        place = course_of(school, number)
        require(may_teach(person_of(school), place))
        found = item_of(place, item)
        launch = url_for("oidc.launch_submission", course=number, number=item, user=request.args.get("user"))
        return page(
            "activity.html",
            school,
            course=place,
            item=None,
            launch=launch,
            title=f"{found.title}: submission",
            column=None,
            grade=None,
            usable=True,
        )


@bp.get("/<face>/courses/<int:number>/gradebook")
def gradebook(face: str, number: int) -> Response:
    """Everybody's scores, for those who teach."""
    with world().lock:
        school = school_of(face)
        place = course_of(school, number)
        require(may_teach(person_of(school), place))
        columns = [column for column in school.line_items.values() if column.course_id == number and not column.secondary]
        rows = [
            (school.people[key], {column.number: school.grade(column.number, key) for column in columns})
            for key, kind in place.members.items()
            if kind == "learner"
        ]
        return page("gradebook.html", school, course=place, columns=columns, rows=rows, teaching=True)


@bp.get("/<face>/courses/<int:number>/grades")
def grades(face: str, number: int) -> Response:
    """One's own scores."""
    with world().lock:
        school = school_of(face)
        place, me = course_of(school, number), person_of(school)
        require(me.key in place.members or me.admin)
        rows = [
            (column, school.item(column.item or 0), school.grade(column.number, me.key) or Grade())
            for column in school.line_items.values()
            if column.course_id == number and not column.secondary
        ]
        return page("grades.html", school, course=place, rows=rows, teaching=may_teach(me, place))


@bp.get("/<face>/courses/<int:number>/roster")
def roster(face: str, number: int) -> Response:
    """Who is in the course."""
    with world().lock:
        school = school_of(face)
        place, me = course_of(school, number), person_of(school)
        require(me.key in place.members or me.admin)
        rows = [(school.people[key], kind) for key, kind in place.members.items()]
        return page("roster.html", school, course=place, rows=rows, teaching=may_teach(me, place))


@bp.post("/<face>/courses/<int:number>/copy")
def copy(face: str, number: int) -> Response:
    """Copy the course for a new term, and tell the tools that want to know."""
    with world().lock:
        school = school_of(face)
        place = course_of(school, number)
        require(may_edit(person_of(school), place))
        made = school.copy_course(place)
        letters = of_copy(school, made, place)
    send(world(), school, letters)
    return redirect(url_for("pages.course", face=face, number=made.number), 303)  # type: ignore[return-value]


@bp.post("/<face>/courses/<int:number>/items/<int:item>/<any(publish,duplicate,delete):deed>")
def change_item(face: str, number: int, item: int, deed: str) -> Response:
    """Publish, duplicate or delete an item."""
    with world().lock:
        school = school_of(face)
        place = course_of(school, number)
        require(may_edit(person_of(school), place))
        found = item_of(place, item)
        if deed == "publish":
            found.published = not found.published
        elif deed == "duplicate":
            module = next(module for module in place.modules if found in module.items)
            school.duplicate(found, place, module)
        else:
            school.remove_item(found)
    return redirect(url_for("pages.course", face=face, number=number), 303)  # type: ignore[return-value]


@bp.get("/canvas/post_message_forwarding")
def forwarding() -> Response:
    """The sibling frame that keeps small values for the tool (LTI Platform Storage)."""
    return page("forwarding.html")
