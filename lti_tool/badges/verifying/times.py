"""Times as badges write them, and what they say today."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final

from lti_tool.badges.standing import day
from lti_tool.badges.verifying.findings import Finding
from lti_tool.language import _

LEEWAY: Final = timedelta(minutes=5)
"""By how much clocks may differ."""


def moment(value: Any) -> datetime | None:
    """A time with a zone (RFC 3339), as UTC; None for anything else."""
    if not isinstance(value, str) or len(value) > 40:
        return None
    try:
        found = datetime.fromisoformat(value)
        return found.astimezone(UTC) if found.tzinfo else None
    except (ValueError, OverflowError):
        return None


def still_valid(starts: Any, ends: Any, now: datetime) -> Finding:
    """Whether today lies between the two; None means that there is no such end."""
    begin, end = moment(starts), moment(ends)
    if (starts is not None and begin is None) or (ends is not None and end is None):
        return Finding(
            "time", "unsure", _("Its dates can’t be read"), _("The badge says since when, or until when it is valid, but not as a date.")
        )
    if end is not None and end < now - LEEWAY:
        return Finding("time", "bad", _("It has expired"), _("It was valid until %(day)s.", day=day(end)))
    if begin is not None and begin > now + LEEWAY:
        return Finding("time", "bad", _("It is not valid yet"), _("It will be from %(day)s on.", day=day(begin)))
    return Finding("time", "good", _("It is valid until %(day)s", day=day(end)) if end else _("It does not expire"))
