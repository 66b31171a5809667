"""Moods and inspection, as JSON. What the keys mean stands in the package's docstring."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, abort, jsonify, request

from .models import Grade, Mood
from .web import course_of, face_of, school_of, world
from .world import School

bp = Blueprint("control", __name__)
_MOODS = {name: type(value) for name, value in vars(Mood()).items() if name != "retry_after"}


def _number(value: Any, kind: type) -> Any:
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not kind:
        abort(400)
    return value


@bp.post("/control/<face>")
def control(face: str) -> Response:
    """Change a school's mood or state; answers with the mood. Unknown keys and wrong types are 400."""
    body = request.get_json()
    if not isinstance(body, dict):
        abort(400)
    with world().lock:
        if body.pop("reset", False):
            school_of(face)
            world().reset(face)
        school = school_of(face)
        for name, value in body.items():
            _change(school, name, value)
        return jsonify({"mood": vars(school.mood)})


def _change(school: School, name: str, value: Any) -> None:
    if name == "calm":
        school.mood = Mood()
    elif name == "retry_after":
        school.mood.retry_after = None if value is None else _number(value, int)
    elif name in _MOODS:
        setattr(school.mood, name, _number(value, _MOODS[name]))
    elif name in ("conclude_course", "publish_course"):
        what = "concluded" if name == "conclude_course" else "published"
        setattr(course_of(school, int(value["course"])), what, bool(value.get(what, True)))
    elif name == "scopes":
        for registration in school.registrations.values():
            registration.scopes = set(value)
    elif name == "privacy":
        for registration in school.registrations.values():
            registration.privacy = str(value)
    elif name == "unenroll":
        course_of(school, int(value["course"])).members.pop(str(value["person"]), None)
    elif name == "override":
        column = int(value["line_item"])
        grade = school.grades.setdefault((column, str(value["person"])), Grade())
        grade.override, grade.override_comment = float(value["score"]), str(value.get("comment", ""))
    elif name == "forget_violations":
        school.inspector.violations.clear()
        school.inspector.remarks.clear()
    else:
        abort(400)


@bp.get("/control/<face>/inspect")
def inspect(face: str) -> Response:
    """Everything a test may want to know about a school."""
    with world().lock:
        school = school_of(face)
        ends = face_of(school).endpoints(school)
        return jsonify(
            {
                "issuer": school.issuer,
                "endpoints": vars(ends),
                "mood": vars(school.mood),
                "people": [
                    {"key": person.key, "sub": person.sub, "name": person.name, "admin": person.admin}
                    for person in school.people.values()
                    if not person.crowd
                ],
                "registrations": [
                    {
                        "client_id": tool.client_id,
                        "name": tool.name,
                        "status": tool.status,
                        "scopes": sorted(tool.scopes),
                        "privacy": tool.privacy,
                        "deployments": tool.deployments,
                        "in_chooser": tool.in_chooser,
                        "origin": tool.origin,
                        "handlers": [[*whose, handler] for whose, handler in tool.handlers.items()],
                        "placements": [[m.type, m.placement] for m in tool.messages],
                        "raw": tool.raw,
                    }
                    for tool in school.registrations.values()
                ],
                "courses": [
                    {
                        "number": course.number,
                        "context_id": course.context_id,
                        "title": course.title,
                        "history": course.history,
                        "members": len(course.members),
                        "concluded": course.concluded,
                        "modules": [{"number": module.number, "title": module.title} for module in course.modules],
                    }
                    for course in school.courses.values()
                ],
                "homework": [
                    {
                        "item": number,
                        "person": key,
                        "title": work.title,
                        "url": work.url,
                        "custom": work.custom,
                        "files": [{"name": one.name, "media_type": one.media_type, "size": len(one.body)} for one in work.files],
                    }
                    for (number, key), works in school.homework.items()
                    for work in works
                ],
                "items": [{**vars(item), "module": _module(school, item.number)} for item in school.placed()],
                "line_items": [
                    {**vars(column), "url": face_of(school).column_url(school, column)}
                    for column in school.line_items.values()
                    if column.client_id
                ],
                "gradebook": [
                    {
                        "line_item": column,
                        "person": key,
                        "sub": school.people[key].sub,
                        "score": grade.shown,
                        "comment": grade.shown_comment,
                        "attempts": grade.attempts,
                        "progress": grade.progress,
                        "timestamp": grade.stamp.isoformat() if grade.stamp else None,
                        "submitted_at": grade.submitted_at.isoformat() if grade.submitted_at else None,
                        "submission_type": grade.submission_type,
                        "submission_data": grade.submission_data,
                    }
                    for (column, key), grade in school.grades.items()
                ],
                "scores": school.inspector.scores,
                "notices": school.inspector.notices,
                "violations": school.inspector.violations,
                "remarks": school.inspector.remarks,
                "launches": [
                    {
                        "person": launch.person,
                        "message": launch.message,
                        "placement": launch.placement,
                        "item": launch.item,
                        "used": launch.used,
                        "deployment_id": launch.deployment_id,
                    }
                    for launch in school.launches.values()
                ],
            }
        )


def _module(school: School, item: int) -> int:
    return next(
        module.number for course in school.courses.values() for module in course.modules if item in [other.number for other in module.items]
    )
