"""Canvas's homework submission by an app: the student picks in the tool, this LMS copies the file at once or keeps the link."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import requests
from flask import Blueprint, Response, abort, make_response, url_for

from .lti import DL_CLAIM
from .models import DEEP_LINKING, RESOURCE_LINK, Course, Item, Launch, Person
from .oidc import active, begin
from .web import course_of, failure, item_of, may_teach, page, person_of, require, school_of, world
from .world import School

bp = Blueprint("homework", __name__)
PLACEMENT = "homework_submission"
MOST_BYTES = 50_000_000


@dataclass(frozen=True)
class Copy:
    """A file as the LMS keeps it."""

    name: str
    media_type: str
    body: bytes


@dataclass
class Homework:
    """What a student submitted to an assignment. `url` launches the app; empty for files."""

    at: datetime
    client_id: str
    title: str
    url: str = ""
    custom: dict[str, str] = field(default_factory=dict)
    files: list[Copy] = field(default_factory=list)


class NotFetched(Exception):
    """A file that could not be taken; the text says why."""


def submitted(school: School, item: Item, person: str) -> list[Homework]:
    """What a person has submitted, oldest first."""
    found: list[Homework] = school.homework.get((item.number, person), [])
    return found


def _assignment(course: int, number: int) -> tuple[School, Course, Item, Person]:
    school = school_of("canvas")
    place = course_of(school, course)
    item = item_of(place, number)
    if item.kind != "assignment":
        abort(404)
    return school, place, item, person_of(school)


@bp.get("/canvas/courses/<int:course>/items/<int:number>/submit/<client_id>")
def submit(course: int, number: int, client_id: str) -> Response:
    """The app's page, where the student picks."""
    with world().lock:
        school, place, item, me = _assignment(course, number)
        require(place.members.get(me.key) in ("learner", "test_learner"))
        return _framed(
            school, place, f"Submit: {item.title}", url_for("homework.launch", course=course, number=number, client_id=client_id)
        )


def _framed(school: School, place: Course, title: str, launch: str) -> Response:
    return page("activity.html", school, course=place, item=None, launch=launch, title=title, column=None, grade=None, usable=True)


@bp.get("/canvas/courses/<int:course>/items/<int:number>/submit/<client_id>/launch")
def launch(course: int, number: int, client_id: str) -> Response:
    """The deep linking request of a learner."""
    with world().lock:
        school, place, item, me = _assignment(course, number)
        require(place.members.get(me.key) in ("learner", "test_learner"))
        tool = active(school, client_id)
        message = tool.message(DEEP_LINKING, PLACEMENT) or abort(404)
        return begin(school, tool, DEEP_LINKING, message.target, course=course, item=item, placement=PLACEMENT)


def take(school: School, launched: Launch, claims: dict[str, Any]) -> Response:
    """Keep what the tool's answer holds: copies of files, or the link. The lock is not held while files are fetched."""
    items = claims[DL_CLAIM + "content_items"]
    notes = [str(claims[DL_CLAIM + name]) for name in ("msg", "errormsg") if claims.get(DL_CLAIM + name)]
    with world().lock:
        place = course_of(school, launched.course_id or 0)
        assignment = item_of(place, launched.item or 0)
        allowed = [part for part in assignment.allowed_extensions.split(",") if part]
    if not items:
        return page("homework_done.html", school, course=place, item=assignment, work=None, notes=notes)
    links = [item for item in items if item["type"] == "ltiResourceLink"]
    try:
        files = [_fetched(item, allowed) for item in items if item["type"] == "file"]
    except NotFetched as fault:
        with world().lock:
            school.violation("homework submission", [str(fault)])
        return failure(school, "This file cannot be submitted", "The app gave a file that could not be copied.", [str(fault)])
    work = Homework(school.now(), launched.client_id, items[0].get("title", ""), files=files)
    if links:
        work.url, work.custom = links[0].get("url", ""), dict(links[0].get("custom") or {})
    with world().lock:
        school.homework.setdefault((assignment.number, launched.person), []).append(work)
    return page("homework_done.html", school, course=place, item=assignment, work=work, notes=notes)


def _fetched(item: dict[str, Any], allowed: list[str]) -> Copy:
    """The file, copied by this server without anybody's session. Raises NotFetched."""
    name = item["title"]
    if allowed and name.rpartition(".")[2].lower() not in allowed:
        raise NotFetched(f"{name} is none of {', '.join(allowed)}")
    try:
        with requests.get(item["url"], timeout=world().settings.fetch_timeout_seconds, allow_redirects=False, stream=True) as answer:
            if answer.status_code != 200:
                raise NotFetched(f"the file answers with status {answer.status_code}")
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
            if kind != item["mediaType"]:
                raise NotFetched(f"the file is {kind}, not {item['mediaType']}")
            body = answer.raw.read(MOST_BYTES + 1, decode_content=True)
    except requests.RequestException as error:
        raise NotFetched(f"the file cannot be fetched ({type(error).__name__})") from error
    if not 0 < len(body) <= MOST_BYTES:
        raise NotFetched(f"the file has {len(body)} bytes")
    if int(answer.headers.get("Content-Length", len(body))) != len(body):
        raise NotFetched("the file is shorter than announced")
    return Copy(name, kind, body)


@bp.get("/canvas/courses/<int:course>/items/<int:number>/submissions")
def listing(course: int, number: int) -> Response:
    """Who submitted what, for those who teach."""
    with world().lock:
        school, place, item, me = _assignment(course, number)
        require(may_teach(me, place))
        rows = [(school.people[key], submitted(school, item, key)) for key, kind in place.members.items() if kind == "learner"]
        return page("homework.html", school, course=place, item=item, rows=[row for row in rows if row[1]])


def _one(course: int, number: int, person: str) -> tuple[School, Course, Item, Person, Homework]:
    """The latest of a person, for them and for those who teach. Aborts with 403 or 404."""
    school, place, item, me = _assignment(course, number)
    require(may_teach(me, place) or me.key == person)
    works = submitted(school, item, person) or abort(404)
    return school, place, item, school.people[person], works[-1]


@bp.get("/canvas/courses/<int:course>/items/<int:number>/submissions/<person>")
def speedgrader(course: int, number: int, person: str) -> Response:
    """SpeedGrader: the file, or the tool with the link that was submitted."""
    with world().lock:
        school, place, item, owner, work = _one(course, number, person)
        if work.url:
            address = url_for("homework.launch_link", course=course, number=number, person=person)
            return _framed(school, place, f"{item.title}: {owner.name}", address)
        return page("homework_files.html", school, course=place, item=item, owner=owner, work=work)


@bp.get("/canvas/courses/<int:course>/items/<int:number>/submissions/<person>/launch")
def launch_link(course: int, number: int, person: str) -> Response:
    """The submitted link, as Canvas opens it: by its address alone, with the course's id in place of a link's."""
    with world().lock:
        school, _, _, _, work = _one(course, number, person)
        return begin(school, active(school, work.client_id), RESOURCE_LINK, work.url, course=course)


@bp.get("/canvas/courses/<int:course>/items/<int:number>/submissions/<person>/files/<int:place>")
def file(course: int, number: int, person: str, place: int) -> Response:
    """A copied file."""
    with world().lock:
        *_, work = _one(course, number, person)
        found = work.files[place] if place < len(work.files) else abort(404)
    answer = make_response(found.body)
    answer.content_type = found.media_type
    answer.headers.set("Content-Disposition", "attachment", filename=found.name)
    return answer
