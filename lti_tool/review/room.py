"""Who may run reviews, and of which courses; for the views of this room."""

from __future__ import annotations

from uuid import UUID

from lti_tool.errors import forbidden
from lti_tool.web import frames
from lti_tool.web.frames import Frame, current_frame


def runner() -> Frame:
    """The frame of somebody who runs a course or the district's program. Raises Problem(forbidden)."""
    frames.require("facilitator", "console")()
    return current_frame()


def scope_of(frame: Frame) -> UUID | None:
    """The course whose people and work a facilitator sees; None for the district's console, which sees all. Raises Problem(forbidden)."""
    if frame.may("console"):
        return None
    if frame.context_id is None:
        raise forbidden("no course")
    return frame.context_id
