"""What the views share: the school of a request, who one is, answers."""

from __future__ import annotations

from typing import Any

from flask import Response, abort, current_app, make_response, render_template, session

from .faces import FACES, Face
from .models import Course, Item, Person
from .world import School, World

_DEFAULT_PERSON = "alex"


def world() -> World:
    """The World of this application."""
    found: World = current_app.extensions["practice_world"]
    return found


def school_of(face: str) -> School:
    """The school with that face. Aborts with 404."""
    if face not in FACES:
        abort(404)
    return world().schools[face]


def face_of(school: School) -> Face:
    """The vendor's ways of that school."""
    return FACES[school.face]


def person_of(school: School) -> Person:
    """Who one is just now in that school."""
    key = session.get(school.face, _DEFAULT_PERSON)
    return school.people.get(key) or school.people[_DEFAULT_PERSON]


def become(school: School, key: str) -> None:
    """Switch to another person. Aborts with 404 when there is none."""
    if key not in school.people:
        abort(404)
    session[school.face] = key


def course_of(school: School, number: int) -> Course:
    """A course. Aborts with 404."""
    return school.courses.get(number) or abort(404)


def item_of(course: Course, number: int) -> Item:
    """An item of the course. Aborts with 404."""
    return next((item for item in course.items() if item.number == number), None) or abort(404)


def may_teach(person: Person, course: Course | None) -> bool:
    """Whether one may change the course and see everybody's grades."""
    kind = course.members.get(person.key) if course else None
    return person.admin or kind in ("instructor", "designer", "assistant")


def may_edit(person: Person, course: Course) -> bool:
    """Whether one may add and remove activities."""
    return person.admin or course.members.get(person.key) in ("instructor", "designer")


def require(allowed: bool) -> None:
    """Aborts with 403 unless allowed."""
    if not allowed:
        abort(403)


def page(template: str, school: School | None = None, status: int = 200, **values: Any) -> Response:
    """A page of the LMS; with a school it wears that face."""
    if school is not None:
        values |= {"school": school, "face": face_of(school), "me": person_of(school), "allow": face_of(school).frame_allowances(school)}
    return make_response(render_template(template, **values), status)


def failure(school: School, title: str, text: str, problems: list[str], status: int = 400) -> Response:
    """An error page that names what was wrong."""
    return page("failure.html", school, status, title=title, text=text, problems=problems)
