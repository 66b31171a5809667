"""Opens a launch, and sweeps up after those that have ended."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Request
from sqlalchemy import delete

from lti_tool.launch.adapters import LtiRequest
from lti_tool.launch.models import SpentState
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.taking_in import take_in
from lti_tool.launch.wall import Launch
from lti_tool.platforms import vendors
from lti_tool.tool import Tool
from lti_tool.web import frames
from lti_tool.web.models import FrameSession


def open_launch(here: Tool, request: Request, proof: str = "") -> tuple[Launch, frames.Opened | None]:
    """Validate a posted launch and take it in. None instead of a frame: the browser has first to prove itself by its LMS's storage.

    Raises LaunchRejected; the state is burnt then, whatever was wrong.
    """
    launch = Launch(LtiRequest(request, query=False), here, proof=proof, take_in=partial(take_in, here))
    try:
        launch.load_state()
        if launch.needs_proof and not request.form.get("error"):
            return launch, None
        launch.validate()
    except LaunchRejected as refusal:
        if launch.state is not None:
            if not launch.burn():
                refusal = LaunchRejected("replay", f"then {refusal.code}")
            refusal.registration, refusal.way_back = launch.registration, vendors.front_door(launch.registration)
            raise refusal from None
        raise
    return launch, launch.result


def sweep(here: Tool) -> tuple[int, int]:
    """Throw away spent logins and visits that have ended. Returns how many of each."""
    now = here.clock()
    with here.database.unit() as session:
        states: Any = session.execute(delete(SpentState).where(SpentState.expires_at <= now))
        visits: Any = session.execute(delete(FrameSession).where(FrameSession.expires_at <= now))
    return states.rowcount, visits.rowcount
