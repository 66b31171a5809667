"""Assignment and Grade Services as Moodle runs them."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, g, jsonify, make_response, request

from . import moods
from .faces.moodle_urls import column_url
from .lti import LINEITEM, LINEITEM_READ, LINEITEM_TYPE, LINEITEMS_TYPE, RESULT_READ, RESULTS_TYPE, SCORE, SCORE_TYPE
from .models import Course, Grade, LineItem
from .scores import line_item_problems, read_number, read_time, shape_problems
from .tokens import service
from .world import School

bp = Blueprint("ags_moodle", __name__)
BASE = "/moodle/mod/lti/services.php/<int:course>/lineitems"
ITEM = BASE + "/<int:number>/lineitem"


def trouble(school: School, status: int, reason: str, violation: bool = False) -> Response:
    """Moodle's JSON error: the reason stands in the status line as well."""
    if violation:
        school.violation(f"{request.method} {request.path}", [reason])
    answer = jsonify(
        {
            "status": status,
            "reason": reason,
            "request": {
                "method": request.method,
                "url": request.full_path.rstrip("?"),
                "accept": request.headers.get("Accept", ""),
                "contentType": request.headers.get("Content-Type", ""),
            },
        }
    )
    answer.status = f"{status} {reason}"
    return answer


def denied(school: School, _reason: str) -> Response:
    """Moodle gives one answer to every missing right."""
    return trouble(school, 401, "Unauthorized")


ags = service("moodle", denied)


def no_handler(school: School) -> Response:
    """Nobody answers to that pair of Accept and Content-Type."""
    path = request.path.partition("services.php")[2]
    accept = request.headers.get("Accept", "") if request.method == "GET" else ""
    kind = "" if request.method == "GET" else request.mimetype
    return trouble(school, 400, f"No handler found for {path} {accept} {kind}".rstrip(), violation=True)


def _json(body: Any, kind: str, status: int = 200) -> Response:
    answer = make_response(json.dumps(body), status)
    answer.content_type = f"{kind}; charset=utf-8"
    return answer


def _number(value: float) -> int | float:
    return int(value) if float(value).is_integer() else round(value, 5)


def _shown(school: School, column: LineItem) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": column_url(school, column),
        "label": column.label,
        "scoreMaximum": _number(column.maximum),
        "resourceId": column.resource_id,
        "tag": column.tag,
    }
    if column.resource_link_id:
        shown |= {"resourceLinkId": column.resource_link_id, "ltiLinkId": column.resource_link_id}
    if column.submission_review:
        shown["submissionReview"] = column.submission_review
    return shown


def _place(school: School, course: int) -> Course | Response:
    found = school.courses.get(course)
    return found if found else trouble(school, 404, f"Not Found: Course {course} doesn't exist")


def _column(school: School, course: int, number: int) -> LineItem | Response:
    column = school.line_items.get(number)
    if column is None or column.course_id != course:
        return trouble(school, 404, f"Not Found: Grade item {number} doesn't exist")
    return column


@bp.get(BASE)
@ags(LINEITEM, LINEITEM_READ)
def list_columns(school: School, course: int) -> Response:
    """All line items of the tool in a course, with the filters; `limit` brings Moodle's unreadable Link header."""
    accept = request.headers.get("Accept", "")
    if accept in ("", "*/*", LINEITEM_TYPE):
        return trouble(school, 400, "No context or unsupported content type", violation=True)
    if accept != LINEITEMS_TYPE:
        return no_handler(school)
    place = _place(school, course)
    if isinstance(place, Response):
        return place
    found = [column for column in school.line_items.values() if column.course_id == course and column.client_id == g.tool.client_id]
    for name, attribute in (("resource_id", "resource_id"), ("tag", "tag"), ("resource_link_id", "resource_link_id")):
        if name in request.args:
            found = [column for column in found if getattr(column, attribute) == request.args[name]]
    limit, start = request.args.get("limit", type=int), request.args.get("from", 0, type=int)
    if not limit:
        return _json([_shown(school, column) for column in found], LINEITEMS_TYPE)
    answer = _json([_shown(school, column) for column in found[start : start + limit]], LINEITEMS_TYPE)
    if start + limit < len(found):
        url = f"{school.issuer}{request.path.removeprefix('/moodle')}?type_id={g.tool.type_id}"
        link = f"<{url}&amp;limit={limit}&amp;from={start + limit}>; rel=“next”"
        answer.headers["Link"] = link.encode().decode("latin-1")
    return answer


@bp.post(BASE)
@ags(LINEITEM)
def create_column(school: School, course: int) -> Response:
    """A new line item: 201 with what was sent and its id."""
    if request.mimetype != LINEITEM_TYPE:
        return no_handler(school)
    place = _place(school, course)
    if isinstance(place, Response):
        return place
    body: Any = request.get_json(silent=True, force=True)
    if line_item_problems(body):
        return trouble(school, 400, "No label or Score Maximum", violation=True)
    link = str(body.get("resourceLinkId", ""))
    if link and link not in [item.resource_link_id for item in place.items() if item.client_id == g.tool.client_id]:
        return trouble(school, 403, "Forbidden", violation=True)
    column = LineItem(
        number=school.take(),
        course_id=course,
        label=body["label"],
        maximum=float(body["scoreMaximum"]),
        client_id=g.tool.client_id,
        resource_id=body.get("resourceId", ""),
        tag=body.get("tag", ""),
        resource_link_id=link,
        submission_review=body.get("submissionReview"),
    )
    school.line_items[column.number] = column
    return _json({**body, "id": column_url(school, column)}, LINEITEM_TYPE, 201)


@bp.get(ITEM)
@ags(LINEITEM, LINEITEM_READ)
def show_column(school: School, course: int, number: int) -> Response:
    """One line item."""
    if request.headers.get("Accept", "*/*") not in ("*/*", LINEITEM_TYPE):
        return no_handler(school)
    column = _column(school, course, number)
    return column if isinstance(column, Response) else _json(_shown(school, column), LINEITEM_TYPE)


@bp.put(ITEM)
@ags(LINEITEM)
def change_column(school: School, course: int, number: int) -> Response:
    """Replaces a line item; a link or review that is not repeated is gone."""
    if request.mimetype != LINEITEM_TYPE:
        return no_handler(school)
    column = _column(school, course, number)
    if isinstance(column, Response):
        return column
    body: Any = request.get_json(silent=True, force=True)
    if line_item_problems(body):
        return trouble(school, 400, "No label or Score Maximum", violation=True)
    if column.resource_link_id and "resourceLinkId" not in body:
        school.remark("line item", f"PUT without resourceLinkId cuts column {number} off from its activity")
    column.label, column.maximum = body["label"], float(body["scoreMaximum"])
    column.resource_id, column.tag = body.get("resourceId", ""), body.get("tag", "")
    column.resource_link_id = str(body.get("resourceLinkId", ""))
    column.submission_review = body.get("submissionReview")
    return _json({**body, "id": column_url(school, column)}, LINEITEM_TYPE)


@bp.delete(ITEM)
@ags(LINEITEM)
def delete_column(school: School, course: int, number: int) -> Response:
    """Removes a line item."""
    column = _column(school, course, number)
    if isinstance(column, Response):
        return column
    del school.line_items[number]
    for item in school.courses[course].items():
        if item.line_item == number:
            item.line_item = None
    return make_response("", 204)


@bp.get(ITEM + "/results")
@ags(RESULT_READ)
def results(school: School, course: int, number: int) -> Response:
    """What the gradebook shows; paging is broken there, so `limit` gets an HTML page."""
    if request.headers.get("Accept", "*/*") not in ("*/*", RESULTS_TYPE):
        return no_handler(school)
    column = _column(school, course, number)
    if isinstance(column, Response):
        return column
    if "limit" in request.args:
        return make_response("<!DOCTYPE html><title>Error</title>Call to a member function out() on null", 404)
    base, query = column_url(school, column).split("?")
    shown = []
    for (line_item, key), grade in school.grades.items():
        sub = school.people[key].sub
        if line_item != number or request.args.get("user_id", sub) != sub:
            continue
        result: dict[str, Any] = {"id": f"{base}/results?{query}&user_id={sub}", "userId": sub}
        if grade.shown is not None:
            result |= {"resultScore": _number(grade.shown), "resultMaximum": _number(column.maximum)}
        if grade.shown_comment:
            result["comment"] = grade.shown_comment
        result["scoreOf"] = f"{base}?{query}"
        if grade.stamp:
            result["timestamp"] = grade.stamp.isoformat()
        shown.append(result)
    return _json(shown, RESULTS_TYPE)


@bp.post(ITEM + "/scores")
@ags(SCORE)
def take_score(school: School, course: int, number: int) -> Response:
    """A score. Anything but FullyGraded with a score erases what was there, as Moodle does."""
    raw = request.get_data(as_text=True)
    body: Any = request.get_json(silent=True, force=True)
    if request.mimetype != SCORE_TYPE:
        return moods.note_score(school, number, body, no_handler(school))
    if (failure := moods.refusal(school)) is not None:
        return moods.note_score(school, number, body, failure, "mood")
    column = _column(school, course, number)
    if isinstance(column, Response):
        return moods.note_score(school, number, body, column)
    if column.client_id != g.tool.client_id:
        return moods.note_score(school, number, body, trouble(school, 403, "Forbidden", violation=True))
    school.violation("score", shape_problems(school, body))
    answer, reason = _judge(school, column, body, raw)
    moods.note_score(school, number, body, answer, reason)
    return moods.delivered(school, answer) if answer.status_code == 200 else answer


def _refused(status: int, reason: str) -> tuple[Response, str]:
    answer = _json([], SCORE_TYPE)
    answer.status = f"{status} {reason}".replace("\n", " ").replace("\r", " ").encode("ascii", "replace").decode()
    return answer, reason


def _judge(school: School, column: LineItem, body: Any, raw: str) -> tuple[Response, str]:
    moment = read_time(body.get("timestamp")) if isinstance(body, dict) else None
    usable = moment is not None and body.get("activityProgress") and body.get("gradingProgress") and body.get("userId")
    given = body.get("scoreGiven") if isinstance(body, dict) else None
    if usable and given is not None:
        usable = read_number(given) is not None and read_number(body.get("scoreMaximum")) is not None
    if usable and not str(body["userId"]).isdigit():
        return make_response("<html><title>502 Bad Gateway</title></html>", 502), "userId is not a number"
    person = school.person_by_sub(str(body["userId"])) if usable else None
    if person is None or moment is None or school.courses[column.course_id].members.get(person.key) != "learner":
        return _refused(400, "Incorrect score received" + raw[:400])
    if school.mood.grades_locked:
        return _refused(500, "Internal Server Error")
    grade = school.grades.setdefault((column.number, person.key), Grade())
    second = moment.replace(microsecond=0)
    if grade.stamp is not None and second <= grade.stamp:
        return _refused(409, f"Refusing score with an earlier timestamp for item {column.number} and user {person.sub}")
    _store(school, column, grade, body, second)
    answer = make_response("", 200)
    answer.content_type = f"{SCORE_TYPE}; charset=utf-8"
    return answer, ""


def _store(school: School, column: LineItem, grade: Grade, body: dict[str, Any], second: datetime) -> None:
    given, maximum = read_number(body.get("scoreGiven")), read_number(body.get("scoreMaximum"))
    grade.comment = str(body.get("comment") or "")
    grade.progress = f"{body['activityProgress']} / {body['gradingProgress']}"
    if body["gradingProgress"] != "FullyGraded" or given is None:
        if grade.score is not None:
            school.remark("score", f"{body['gradingProgress']} erased a grade in column {column.number}")
        grade.score = None
        grade.stamp = second if grade.comment else None
        return
    scaled = given * column.maximum / maximum if maximum else given
    grade.score = min(max(scaled, 0.0), column.maximum)
    grade.stamp = second
