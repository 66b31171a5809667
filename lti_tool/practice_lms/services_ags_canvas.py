"""Assignment and Grade Services as Canvas runs them: line items and results. Scores are in services_scores_canvas."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, request

from .faces import FACES
from .lti import LINEITEM, LINEITEM_READ, LINEITEM_TYPE, LINEITEMS_TYPE, RESULT_READ, RESULTS_TYPE
from .models import Course, Grade, Item, LineItem
from .scores import line_item_problems
from .tokens import service
from .web import school_of
from .world import School

bp = Blueprint("ags_canvas", __name__)
BASE = "/canvas/api/lti/courses/<int:course>/line_items"
ITEM = BASE + "/<int:number>"
SUBMISSION_TYPE = "https://canvas.instructure.com/lti/submission_type"
LAUNCH_URL = "https://canvas.instructure.com/lti/launch_url"
WORDS = {
    400: "bad_request",
    401: "unauthorized",
    404: "not_found",
    412: "precondition_failed",
    415: "unsupported_media_type",
    406: "not_acceptable",
    422: "unprocessable_entity",
}


def trouble(school: School, status: int, text: str, violation: bool = False) -> Response:
    """Canvas's JSON error of the LTI services."""
    if violation:
        school.violation(f"{request.method} {request.path}", [text])
    answer = jsonify({"errors": {"type": WORDS.get(status, "error"), "message": text}})
    answer.status_code = status
    return answer


def missing() -> Response:
    """Canvas's general 404."""
    answer = jsonify({"errors": [{"message": "The specified resource does not exist."}]})
    answer.status_code = 404
    return answer


def denied(school: School, reason: str) -> Response:
    """401 with the reason."""
    return trouble(school, 401, reason)


ags = service("canvas", denied)


@bp.after_request
def add_rate_headers(answer: Response) -> Response:
    """The leaky bucket's level, on every answer."""
    answer.headers.setdefault("X-Rate-Limit-Remaining", str(school_of("canvas").mood.rate_remaining))
    answer.headers.setdefault("X-Request-Cost", "0.09")
    return answer


def typed(body: Any, kind: str, status: int = 200) -> Response:
    """JSON under a media type of LTI."""
    answer = make_response(json.dumps(body), status)
    answer.content_type = f"{kind}; charset=utf-8"
    return answer


def wrong_types(school: School, sent: str = "", wanted: str = "") -> Response | None:
    """Media types must be the specification's: 415 for what was sent, 406 for what is wanted back."""
    if sent and request.mimetype != sent:
        return trouble(school, 415, f"Content-Type must be {sent}", violation=True)
    accepts = [part.partition(";")[0].strip() for part in request.headers.get("Accept", "*/*").split(",")]
    if wanted and not {"*/*", wanted} & set(accepts):
        return trouble(school, 406, f"Accept must be {wanted}", violation=True)
    return None


def place_of(school: School, course: int) -> Course | Response:
    """The course, when the tool is deployed there."""
    found = school.courses.get(course)
    if found is None:
        return trouble(school, 404, "Context not found")
    if not g.tool.deployment_for(course):
        return trouble(school, 401, "Access Token not linked to a Tool associated with this Context")
    return found


def column_of(school: School, course: int, number: int) -> LineItem | Response:
    """A line item of the tool in the course."""
    place = place_of(school, course)
    if isinstance(place, Response):
        return place
    column = school.line_items.get(number)
    if column is None or column.course_id != course:
        return missing()
    if column.client_id != g.tool.client_id:
        return trouble(school, 412, "Tool does not have permission to view line_item", violation=True)
    return column


def paged(school: School, found: list[Any], kind: str, size: int, longest: int) -> Response:
    """A page of a list with Canvas's Link header; page numbers from 1."""
    size = max(1, min(request.args.get("limit", size, type=int), longest))
    number = max(1, request.args.get("page", 1, type=int))
    answer = typed(found[(number - 1) * size : number * size], kind)
    kept = "&".join(f"{name}={value}" for name, value in request.args.items() if name not in ("page", "limit"))
    base = f"{school.issuer}{request.path.removeprefix('/canvas')}?{kept + '&' if kept else ''}"
    last = max(1, -(-len(found) // size))
    links = {"current": number, "first": 1, "last": last} | ({"next": number + 1} if number < last else {})
    answer.headers["Link"] = ",".join(f'<{base}page={page}&limit={size}>; rel="{rel}"' for rel, page in links.items())
    return answer


def _shown(school: School, column: LineItem) -> dict[str, Any]:
    shown: dict[str, Any] = {"id": FACES["canvas"].column_url(school, column), "scoreMaximum": float(column.maximum), "label": column.label}
    shown |= {
        name: value
        for name, value in (("tag", column.tag), ("resourceId", column.resource_id), ("resourceLinkId", column.resource_link_id))
        if value
    }
    if column.submission_type:
        shown[SUBMISSION_TYPE] = column.submission_type
    if request.args.get("include[]") == "launch_url":
        item = school.item(column.item) if column.item else None
        shown[LAUNCH_URL] = item.url if item else ""
    return shown


@bp.get(BASE)
@ags(LINEITEM, LINEITEM_READ)
def list_columns(school: School, course: int) -> Response:
    """Line items of the tool, ten to a page."""
    if wrong := wrong_types(school, wanted=LINEITEMS_TYPE):
        return wrong
    place = place_of(school, course)
    if isinstance(place, Response):
        return place
    found = [column for column in school.line_items.values() if column.course_id == course and column.client_id == g.tool.client_id]
    for name in ("resource_id", "tag", "resource_link_id"):
        if name in request.args:
            found = [column for column in found if getattr(column, name) == request.args[name]]
    return paged(school, [_shown(school, column) for column in found], LINEITEMS_TYPE, 10, 100)


@bp.post(BASE)
@ags(LINEITEM)
def create_column(school: School, course: int) -> Response:
    """Without resourceLinkId a new assignment; with one a further line item that is not a gradebook column."""
    if wrong := wrong_types(school, sent=LINEITEM_TYPE):
        return wrong
    place = place_of(school, course)
    if isinstance(place, Response):
        return place
    body: Any = request.get_json(silent=True, force=True)
    if problems := line_item_problems(body):
        return trouble(school, 422, "; ".join(problems), violation=True)
    kind = body.get(SUBMISSION_TYPE)
    if kind is not None and (not isinstance(kind, dict) or kind.get("type") not in ("none", "external_tool")):
        answer = jsonify({"error": f"Invalid submission_type for new assignment: {kind}"})
        answer.status_code = 400
        return answer
    column = LineItem(
        number=school.take(),
        course_id=course,
        label=body["label"],
        maximum=float(body["scoreMaximum"]),
        client_id=g.tool.client_id,
        resource_id=body.get("resourceId", ""),
        tag=body.get("tag", ""),
        submission_type=kind,
    )
    if link := body.get("resourceLinkId"):
        target = next((item for item in place.items() if item.resource_link_id == link), None)
        if target is None:
            return missing()
        if target.line_item is None or target.client_id != g.tool.client_id:
            return make_response("", 412)
        column.resource_link_id, column.item, column.secondary = link, target.number, True
    else:
        url = kind.get("external_tool_url", "") if kind else ""
        item = Item(school.take(), course, column.label, "assignment", url=url)
        item.client_id = g.tool.client_id if url else ""
        column.item, item.line_item = item.number, column.number
        place.modules[-1].items.append(item)
    school.line_items[column.number] = column
    return typed(_shown(school, column), LINEITEM_TYPE, 201)


@bp.get(ITEM)
@ags(LINEITEM, LINEITEM_READ)
def show_column(school: School, course: int, number: int) -> Response:
    """One line item."""
    column = wrong_types(school, wanted=LINEITEM_TYPE) or column_of(school, course, number)
    return column if isinstance(column, Response) else typed(_shown(school, column), LINEITEM_TYPE)


@bp.put(ITEM)
@ags(LINEITEM)
def change_column(school: School, course: int, number: int) -> Response:
    """Changes a line item, and the assignment's name when it is the first one."""
    column = wrong_types(school, sent=LINEITEM_TYPE) or column_of(school, course, number)
    if isinstance(column, Response):
        return column
    body: Any = request.get_json(silent=True, force=True)
    if problems := line_item_problems(body):
        return trouble(school, 422, "; ".join(problems), violation=True)
    if body.get("resourceLinkId") not in (None, column.resource_link_id):
        return trouble(school, 412, "The specified LTI link ID is not associated with the line item.", violation=True)
    column.label, column.maximum = body["label"], float(body["scoreMaximum"])
    column.tag, column.resource_id = body.get("tag", column.tag), body.get("resourceId", column.resource_id)
    item = school.item(column.item) if column.item else None
    if item is not None and item.line_item == number:
        item.title = column.label
    return typed(_shown(school, column), LINEITEM_TYPE)


@bp.delete(ITEM)
@ags(LINEITEM)
def delete_column(school: School, course: int, number: int) -> Response:
    """Removes a line item that the tool made itself, together with its assignment."""
    column = column_of(school, course, number)
    if isinstance(column, Response):
        return column
    if column.coupled:
        return trouble(school, 401, "Line item is coupled to an assignment", violation=True)
    del school.line_items[number]
    if not column.secondary and (item := school.item(column.item or 0)):
        school.remove_item(item)
    return make_response("", 204)


def result_url(school: School, column: LineItem, person: str) -> str:
    """The address of one result."""
    return f"{FACES['canvas'].column_url(school, column)}/results/{school.people[person].number}"


def _result(school: School, column: LineItem, key: str, grade: Grade) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": result_url(school, column, key),
        "scoreOf": FACES["canvas"].column_url(school, column),
        "userId": school.people[key].sub,
    }
    if grade.shown is not None:
        shown |= {"resultScore": float(grade.shown), "resultMaximum": float(column.maximum)}
    if grade.shown_comment:
        shown["comment"] = grade.shown_comment
    return shown


@bp.get(ITEM + "/results")
@ags(RESULT_READ)
def results(school: School, course: int, number: int) -> Response:
    """What the gradebook shows, ten to a page; an unknown `user_id` gives an empty list."""
    column = wrong_types(school, wanted=RESULTS_TYPE) or column_of(school, course, number)
    if isinstance(column, Response):
        return column
    shown = [
        _result(school, column, key, grade)
        for (line_item, key), grade in school.grades.items()
        if line_item == number and request.args.get("user_id", school.people[key].sub) == school.people[key].sub
    ]
    return paged(school, shown, RESULTS_TYPE, 10, 100)


@bp.get(ITEM + "/results/<int:user>")
@ags(RESULT_READ)
def result(school: School, course: int, number: int, user: int) -> Response:
    """One result, as the answer to a score names it."""
    column = column_of(school, course, number)
    if isinstance(column, Response):
        return column
    person = school.person_by_sub(str(user))
    grade = school.grade(number, person.key) if person else None
    if person is None or grade is None:
        return missing()
    return typed(_result(school, column, person.key, grade), "application/vnd.ims.lis.v2.result+json")
