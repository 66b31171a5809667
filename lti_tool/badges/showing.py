"""What a teacher lets the public page tell."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges.models import Award
from lti_tool.errors import not_found
from lti_tool.tool import Tool


def set_showing(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, listed: bool) -> Award:
    """Whether search engines may list the page. Raises Problem(not_found) for anybody else."""
    row = session.scalars(
        select(Award).where(Award.id == award_id, Award.district_id == district_id, Award.person_id == person_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise not_found("no such award of this person")
    if row.is_listed != listed:
        row.is_listed = listed
        audit.record(
            session,
            district_id=district_id,
            at=here.clock(),
            action="badges:award:showing",
            actor_id=person_id,
            subject_id=row.id,
            listed=listed,
        )
    return row
