"""Failures on demand for score posts: refuse the next ones, refuse some, store and hang up."""

from __future__ import annotations

import socket
from typing import Any

from flask import Response, make_response, request

from .world import School


def refusal(school: School) -> Response | None:
    """The failure that the mood wants instead of taking this score, if any."""
    mood = school.mood
    if mood.fail_scores > 0:
        mood.fail_scores -= 1
        return _failure(mood.fail_status, mood.retry_after)
    if mood.unavailable_probability and school.random.random() < mood.unavailable_probability:
        return _failure(503, mood.retry_after)
    return None


def _failure(status: int, retry_after: int | None) -> Response:
    if status == 403:  # Canvas's way to throttle
        answer = make_response("403 Forbidden (Rate Limit Exceeded)", 403)
        answer.headers["X-Rate-Limit-Remaining"] = "0.0"
        answer.headers["X-Request-Cost"] = "0.09"
        return answer
    answer = make_response("", status)
    if retry_after is not None:
        answer.headers["Retry-After"] = str(retry_after)
    return answer


def delivered(school: School, answer: Response) -> Response:
    """The answer to a stored score; the mood may hang up instead, so that the tool cannot know."""
    mood = school.mood
    drop = mood.drop_scores > 0
    if drop:
        mood.drop_scores -= 1
    elif mood.drop_probability:
        drop = school.random.random() < mood.drop_probability
    if not drop:
        return answer
    connection = request.environ.get("werkzeug.socket") or request.environ.get("gunicorn.socket")
    if connection is not None:
        connection.shutdown(socket.SHUT_RDWR)
    return make_response("", 504)


def note_score(school: School, column: int, body: Any, answer: Response, reason: str = "") -> Response:
    """Keep a score post as it came, and what was answered, for the inspector."""
    school.inspector.scores.append(
        {
            "at": school.now().isoformat(),
            "line_item": column,
            "body": body,
            "status": answer.status_code,
            "reason": reason,
            "content_type": request.headers.get("Content-Type", ""),
        }
    )
    return answer
