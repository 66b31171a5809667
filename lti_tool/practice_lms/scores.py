"""Reading a score body: what AGS 2.0 section 3.4 asks for, before any vendor's own rule."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime, timedelta
from typing import Any

from .lti import ACTIVITY_PROGRESS, GRADING_PROGRESS
from .world import School

_ISO = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?$")
FUTURE_GRACE = timedelta(seconds=60)


def read_time(value: Any) -> datetime | None:
    """An ISO 8601 time as aware UTC; a time without zone counts as UTC. None when it is not one."""
    if not isinstance(value, str) or not _ISO.match(value):
        return None
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).astimezone(UTC)


def read_number(value: Any) -> float | None:
    """A finite number, also written as text. None when it is not one."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def shape_problems(school: School, body: Any) -> list[str]:
    """Departures from the specification that a lenient platform would take: these are written down as violations."""
    if not isinstance(body, dict):
        return ["the score is not a JSON object"]
    problems = []
    if not isinstance(body.get("userId"), str) or not body.get("userId"):
        problems.append("userId is missing or not a string")
    if body.get("activityProgress") not in ACTIVITY_PROGRESS:
        problems.append("activityProgress is not one of the specification's words")
    if body.get("gradingProgress") not in GRADING_PROGRESS:
        problems.append("gradingProgress is not one of the specification's words")
    stamp = body.get("timestamp")
    moment = read_time(stamp)
    if moment is None:
        problems.append("timestamp is not an ISO 8601 date and time")
    else:
        if not re.search(r"\.\d+(Z|[+-]\d\d:?\d\d)$", str(stamp)):
            problems.append("timestamp lacks sub-second precision or a time zone")
        if moment > school.now() + FUTURE_GRACE:
            problems.append("timestamp is in the future")
    for name in ("scoreGiven", "scoreMaximum"):
        value = body.get(name)
        if value is not None and (isinstance(value, bool) or not isinstance(value, int | float) or value < 0):
            problems.append(f"{name} is not a number of at least 0")
    if body.get("scoreGiven") is not None and not read_number(body.get("scoreMaximum")):
        problems.append("scoreGiven comes without a scoreMaximum above 0")
    if "comment" in body and not isinstance(body["comment"], str):
        problems.append("comment is not text")
    return problems


def line_item_problems(body: Any) -> list[str]:
    """Departures of a line item from the specification (AGS 2.0 section 3.2)."""
    if not isinstance(body, dict):
        return ["the line item is not a JSON object"]
    problems = []
    maximum = body.get("scoreMaximum")
    if isinstance(maximum, bool) or not isinstance(maximum, int | float) or maximum <= 0:
        problems.append("scoreMaximum is not a number above 0")
    if not isinstance(body.get("label"), str) or not body["label"].strip():
        problems.append("label is missing")
    problems += [
        f"{name} is not text" for name in ("tag", "resourceId", "resourceLinkId") if name in body and not isinstance(body[name], str)
    ]
    return problems
