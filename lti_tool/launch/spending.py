"""A login is used once. The launch that is let in opens the visit whose id follows from its login; one that is refused leaves a row.

So a launch costs one insert, and the primary keys of both tables make a second one impossible: nobody else can be given that visit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_tool.database import insert_if_new
from lti_tool.launch.models import SpentState
from lti_tool.launch.state import STATE_LIFE, LoginState
from lti_tool.secrets_box import digest
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession


def visit_of(text: str, state: LoginState) -> str:
    """The id of the visit that this login may open, for the `state` parameter `text`: 32 hex digits, those of later logins greater."""
    begun = int((state.expires_at - STATE_LIFE).timestamp() * 1000)
    return f"{begun:012x}{digest(text)[:20]}"


def burnt(session: Session, text: str) -> bool:
    """Whether a launch that was refused has named this state."""
    return bool(session.scalar(select(exists().where(SpentState.state_hash == digest(text)))))


def burn(session: Session, here: Tool, text: str, state: LoginState) -> bool:
    """Make the state useless. False when it was used before."""
    row: dict[str, Any] = {
        "state_hash": digest(text),
        "registration_id": state.registration_id,
        "spent_at": here.clock(),
        "expires_at": state.expires_at,
    }
    return insert_if_new(session, SpentState, row) and session.get(FrameSession, visit_of(text, state)) is None
