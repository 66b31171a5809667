"""Names and Role Provisioning: Moodle's whole list with short roles, Canvas's pages of fifty."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import quote

from flask import Blueprint, Response, g, make_response, request

from . import services_ags_canvas as canvas_ags
from . import services_ags_moodle as moodle_ags
from .faces.base import Scene
from .faces.canvas import Canvas, opaque_user_id
from .faces.canvas_roles import membership_roles
from .faces.canvas_variables import expand
from .faces.moodle import Moodle
from .lti import CLAIM, MEMBERS_TYPE, MEMBERSHIP, MEMBERSHIP_READ
from .models import RESOURCE_LINK, Course, Item, Launch, Person
from .tokens import service
from .world import School

bp = Blueprint("nrps", __name__)
CANVAS_PAGE = 50


def _container(course: Course, url: str, members: list[dict[str, Any]]) -> Response:
    answer = make_response(
        json.dumps(
            {
                "id": url,
                "context": {"id": course.context_id, "label": course.label, "title": course.title},
                "members": members,
            },
            ensure_ascii=False,
        )
    )
    answer.content_type = f"{MEMBERS_TYPE}; charset=utf-8"
    return answer


@bp.get("/moodle/mod/lti/services.php/CourseSection/<int:course>/bindings/<int:type_id>/memberships")
@service("moodle", moodle_ags.denied)(MEMBERSHIP_READ)
def moodle_members(school: School, course: int, type_id: int) -> Response:
    """Everybody enrolled. Non-editing teachers count as learners here, admins are absent."""
    if request.headers.get("Accept", "*/*") not in ("*/*", MEMBERS_TYPE):
        return moodle_ags.no_handler(school)
    place = school.courses.get(course)
    if place is None:
        return moodle_ags.trouble(school, 404, f"Not Found: Course {course} doesn't exist")
    if type_id != g.tool.type_id:
        return moodle_ags.trouble(school, 403, "Forbidden", violation=True)
    link = request.args.get("rlid")
    if link and link not in [item.resource_link_id for item in place.items()]:
        return moodle_ags.trouble(school, 404, f"Not Found: LTI link {link} doesn't exist")
    wanted = request.args.get("role", "").removeprefix(MEMBERSHIP + "#")
    members = []
    for key, kind in place.members.items():
        role = "Instructor" if kind == "instructor" else "Learner"
        if wanted in ("", role):
            members.append(_moodle_member(school.people[key], role, bool(link)))
    url = f"{school.issuer}{request.path.removeprefix('/moodle')}"
    limit, start = request.args.get("limit", type=int), request.args.get("from", 0, type=int)
    answer = _container(place, url, members[start : start + limit] if limit else members)
    if limit and start + limit < len(members):
        answer.headers["Link"] = f'<{url}?limit={limit}&from={start + limit}>; rel="next"'
    return answer


def _moodle_member(person: Person, role: str, with_message: bool) -> dict[str, Any]:
    member: dict[str, Any] = {"status": "Active", "roles": [role]}
    if with_message:
        member["message"] = [{CLAIM + "message_type": RESOURCE_LINK}]
    member |= {"user_id": person.sub, "lis_person_sourcedid": person.sis_id}
    return member | Moodle().person_claims(g.tool, person) | {"ext_user_username": person.login}


def _bookmark(index: int) -> str:
    """A page mark with capital letters, so that a client that lower-cases it gets lost, as with the real one."""
    return "bookmark:" + base64.urlsafe_b64encode(f'["After",{index:06d}]'.encode()).decode().rstrip("=")


def _start(mark: str) -> int | None:
    """Where a page begins; None for a mark that was never given out."""
    if mark == "1":
        return 0
    code = mark.removeprefix("bookmark:")
    try:
        index = int(base64.urlsafe_b64decode(code + "=" * (-len(code) % 4))[9:15])
    except ValueError:
        return None
    return index if mark == _bookmark(index) else None


@bp.get("/canvas/api/lti/courses/<int:course>/names_and_roles")
@service("canvas", canvas_ags.denied)(MEMBERSHIP_READ)
def canvas_members(school: School, course: int) -> Response:
    """Fifty to a page, next page by Link header; the Student View user is not listed."""
    if wrong := canvas_ags.wrong_types(school, wanted=MEMBERS_TYPE):
        return wrong
    place = canvas_ags.place_of(school, course)
    if isinstance(place, Response):
        return place
    start = _start(request.args.get("page", "1"))
    if start is None:
        school.violation("roster", ["the page mark is not one that was given out (a changed letter case?)"])
        return canvas_ags.missing()
    item = None
    link = request.args.get("rlid", "")
    if link and link != place.context_id:
        item = next((item for item in place.items() if item.resource_link_id == link), None)
        if item is None or item.client_id != g.tool.client_id:
            return canvas_ags.trouble(school, 422, "Resource link id points to Tool not associated with this Context")
    wanted = request.args.get("role", "")
    people = [
        (school.people[key], kind)
        for key, kind in place.members.items()
        if kind != "test_learner" and (not wanted or wanted in membership_roles(kind))
    ]
    asked = request.args.get("limit", type=int) or request.args.get("per_page", type=int) or CANVAS_PAGE
    size = max(1, min(asked, CANVAS_PAGE))
    members = [_canvas_member(school, person, kind, place, item) for person, kind in people[start : start + size]]
    url = f"{school.issuer}{request.path.removeprefix('/canvas')}"
    answer = _container(place, url, members)
    kept = "".join(f"&{name}={quote(value)}" for name, value in request.args.items() if name in ("rlid", "role"))
    links = [f'<{url}?page=1&per_page={size}{kept}>; rel="first"']
    if start + size < len(people):
        links.insert(0, f'<{url}?page={_bookmark(start + size)}&per_page={size}{kept}>; rel="next"')
    answer.headers["Link"] = ",".join(links)
    return answer


def _canvas_member(
    school: School,
    person: Person,
    kind: str,
    course: Course,
    item: Item | None,
) -> dict[str, Any]:
    member: dict[str, Any] = {"status": "Active"}
    named = Canvas().person_claims(g.tool, person)
    if "name" in named and person.sis_id:
        named["lis_person_sourcedid"] = person.sis_id
    member |= {**named, "user_id": person.sub, "lti11_legacy_user_id": opaque_user_id(school, person.key), "roles": membership_roles(kind)}
    if item is not None:
        launch = Launch("", RESOURCE_LINK, person.key, g.tool.client_id, "", "", school.now(), course.number, item.number)
        member["message"] = [
            {CLAIM + "message_type": RESOURCE_LINK, "locale": person.locale, CLAIM + "custom": expand(Scene.of(school, launch))}
        ]
    return member
