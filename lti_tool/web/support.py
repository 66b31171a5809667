"""A support view: somebody of the district's console sees a teacher's pages as the teacher does, for a short while.

It is a visit of its own, with the teacher's person and no right beyond the teacher's pages. What it may open is named here; whatever is
not named is refused, so that a page which is added later is closed to it.
"""

from __future__ import annotations

from datetime import timedelta

from lti_tool.errors import Problem
from lti_tool.language import _
from lti_tool.web.frames import Frame

LASTS = timedelta(minutes=30)
SHOWN = frozenset({"home.index", "home.activity"})
"""States, days, what is missing, where the score is; neither evidence nor drafts."""
LEAVE = "support.leave"


def guard(frame: Frame, endpoint: str | None, method: str) -> None:
    """Let a support view see what is named, and leave. Raises Problem(support_view)."""
    if frame.supporter_id is None or endpoint is None:
        return
    if (endpoint in SHOWN and method in ("GET", "HEAD")) or (endpoint == LEAVE and method == "POST"):
        return
    raise Problem(
        "support_view",
        403,
        _("You are only looking"),
        _("In a support view you see where a teacher’s work stands. Nothing can be opened beyond that, and nothing can be changed."),
        _("Go back, or leave the support view at the top of the page."),
        endpoint,
    )
