"""Changing a connection of the district from its console."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.platforms import environments
from lti_tool.platforms import service as platforms
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession, RoleGrant


def edit(session: Session, here: Tool, row: Registration, *, actor_id: UUID, **values: Any) -> None:
    """`platforms.service.edit`; switching off also ends every open visit, so that none goes on when it is switched on again."""
    platforms.edit(session, here, row, actor_id=actor_id, **values)
    if values.get("active") is False:
        ids = [row.id, *(copy.id for copy in environments.copies(session, row))]
        session.execute(delete(FrameSession).where(FrameSession.registration_id.in_(ids)))


def leaves_nobody(session: Session, here: Tool, row: Registration) -> bool:
    """Whether nobody could open the console any more if this LMS's administrators may not."""
    coordinator = select(RoleGrant.id).where(RoleGrant.held(row.district_id, "coordinator", at=here.clock()))
    other = select(Registration.id).where(
        Registration.district_id == row.district_id,
        Registration.id != row.id,
        Registration.state == "active",
        Registration.environment == PRODUCTION,
        Registration.admins_run_console,
    )
    return session.scalar(coordinator.limit(1)) is None and session.scalar(other.limit(1)) is None
