"""Scores as Canvas takes them, with its submission extension."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from . import moods
from .lti import SCORE, SCORE_TYPE
from .models import Grade, LineItem
from .scores import read_number, read_time, shape_problems
from .services_ags_canvas import ITEM, add_rate_headers, ags, column_of, result_url, trouble, typed, wrong_types
from .world import School

bp = Blueprint("scores_canvas", __name__)
bp.after_request(add_rate_headers)
EXTENSION = "https://canvas.instructure.com/lti/submission"
SUBMISSION_TYPES = ("none", "basic_lti_launch", "online_text_entry", "external_tool", "online_upload", "online_url")
CONCLUDED = "This course has concluded. AGS requests will no longer be accepted for this course."


class Unacceptable(Exception):
    """A score that Canvas answers with an error."""

    def __init__(self, status: int, text: str, fault: bool = True) -> None:
        super().__init__(text)
        self.status, self.text, self.fault = status, text, fault


@bp.post(ITEM + "/scores")
@ags(SCORE)
def take_score(school: School, course: int, number: int) -> Response:
    """A score. Not fully graded, or without a score, clears the grade unless preserve_score is set."""
    body: Any = request.get_json(silent=True, force=True)
    if (failure := moods.refusal(school)) is not None:
        return moods.note_score(school, number, body, failure, "mood")
    column = wrong_types(school, sent=SCORE_TYPE) or column_of(school, course, number)
    if isinstance(column, Response):
        return moods.note_score(school, number, body, column)
    school.violation("score", shape_problems(school, body))
    try:
        person = _judge(school, column, body)
    except Unacceptable as fault:
        answer = trouble(school, fault.status, fault.text, violation=fault.fault)
        return moods.note_score(school, number, body, answer, fault.text)
    answer = typed({"resultUrl": result_url(school, column, person)}, "application/json")
    moods.note_score(school, number, body, answer)
    return moods.delivered(school, answer)


def _judge(school: School, column: LineItem, body: Any) -> str:
    """Take the score or raise Unacceptable; gives the person's key."""
    course = school.courses[column.course_id]
    if course.concluded:
        raise Unacceptable(422, CONCLUDED, fault=False)
    if not isinstance(body, dict):
        raise Unacceptable(400, "The body is not a JSON object")
    if missing := [name for name in ("userId", "activityProgress", "gradingProgress", "timestamp") if not body.get(name)]:
        raise Unacceptable(400, f"param is missing or the value is empty: {missing[0]}")
    person = school.person_by_sub(str(body["userId"]))
    if person is None or course.members.get(person.key) != "learner" or not course.published:
        raise Unacceptable(422, "User not found in course or is not a student")
    moment = read_time(body["timestamp"])
    if moment is None:
        raise Unacceptable(400, f"Provided timestamp of {body['timestamp']} not a valid timestamp")
    grade = school.grade(column.number, person.key) or Grade()
    if grade.stamp is not None and moment < grade.stamp:
        raise Unacceptable(
            400, f"Provided timestamp of {body['timestamp']} before last updated timestamp of {grade.stamp.isoformat()}", fault=False
        )
    given = _points(column, body)
    extension = body.get(EXTENSION) or {}
    if not isinstance(extension, dict):
        raise Unacceptable(400, "The submission extension is not an object")
    _submission(school, grade, body, extension)
    if not extension.get("preserve_score"):
        _score(school, column, grade, body, extension, given)
    grade.stamp, grade.progress = moment, f"{body['activityProgress']} / {body['gradingProgress']}"
    if body.get("comment"):
        grade.comment = "\n".join(part for part in (grade.comment, str(body["comment"])) if part)
    school.grades[column.number, person.key] = grade
    return person.key


def _points(column: LineItem, body: dict[str, Any]) -> float | None:
    """The score in the column's points; None when there is none to take."""
    if body.get("scoreGiven") is None:
        return None
    given, maximum = read_number(body["scoreGiven"]), read_number(body.get("scoreMaximum"))
    if maximum is None:
        raise Unacceptable(422, "ScoreMaximum not supplied when ScoreGiven present.")
    if given is None or given < 0:
        raise Unacceptable(422, "ScoreGiven must be greater than or equal to 0")
    if maximum < 0:
        raise Unacceptable(422, "ScoreMaximum must be greater than or equal to 0")
    if maximum == 0 and column.maximum:
        raise Unacceptable(422, "cannot be zero if line item's maximum is not zero")
    return given * column.maximum / maximum if maximum else given


def _submission(school: School, grade: Grade, body: dict[str, Any], extension: dict[str, Any]) -> None:
    """Count the attempt and keep what was submitted."""
    kind = extension.get("submission_type", "external_tool")
    if kind not in SUBMISSION_TYPES:
        raise Unacceptable(400, f"Invalid submission_type: {kind}")
    if kind == "online_upload" and not extension.get("content_items"):
        raise Unacceptable(422, "Content items must be provided with submission type 'online_upload'")
    own = body.get("submission") if isinstance(body.get("submission"), dict) else {}
    stated = extension.get("submitted_at") or (own or {}).get("submittedAt")
    moment: datetime | None = school.now()
    if stated is not None:
        moment = read_time(stated)
        if moment is None:
            raise Unacceptable(400, f"Provided submitted_at timestamp of {stated} not a valid timestamp")
        if moment > school.now() + timedelta(minutes=1):
            raise Unacceptable(400, f"Provided submitted_at timestamp of {stated} in the future")
    if not extension.get("new_submission", kind != "none"):
        return
    if school.mood.allowed_attempts and grade.attempts >= school.mood.allowed_attempts:
        raise Unacceptable(422, "The maximum number of allowed attempts has been reached for this submission", fault=False)
    grade.attempts += 1
    grade.submitted_at = moment
    grade.submission_type, grade.submission_data = kind, str(extension.get("submission_data", ""))


def _score(
    school: School,
    column: LineItem,
    grade: Grade,
    body: dict[str, Any],
    extension: dict[str, Any],
    given: float | None,
) -> None:
    """Set or clear the grade; a further line item on a link has no gradebook column to change."""
    if column.secondary:
        return
    if extension.get("prioritize_non_tool_grade") and grade.override is not None:
        return
    if body["gradingProgress"] in ("FullyGraded", "PendingManual") and given is not None:
        if grade.override is not None:
            school.remark("score", f"a human's grade in column {column.number} was replaced")
        grade.score, grade.override, grade.override_comment = given, None, ""
        return
    if grade.shown is not None:
        school.remark("score", f"{body['gradingProgress']} cleared a grade in column {column.number}")
    grade.score = grade.override = None
