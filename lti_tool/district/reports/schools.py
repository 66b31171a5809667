"""How many people schools employ, as coordinators enter it."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import new_id, upsert
from lti_tool.district.reports.models import ReportCount, SchoolHeadcount
from lti_tool.errors import not_found
from lti_tool.review.pool_models import Workplace
from lti_tool.tool import Tool

PAGE = 50


@dataclass(frozen=True)
class School:
    """A school with the people known there, as of the last count, and the number entered."""

    name: str
    known: int
    entered: int | None


def listed(session: Session, district_id: UUID, *, after: str) -> tuple[tuple[School, ...], str | None]:
    """Schools by name, a page of them, and where the next begins."""
    query = (
        select(ReportCount.key, ReportCount.counted, SchoolHeadcount.people)
        .outerjoin(SchoolHeadcount, (SchoolHeadcount.district_id == district_id) & (SchoolHeadcount.school == ReportCount.key))
        .where(ReportCount.district_id == district_id, ReportCount.figure == "people", ReportCount.scope == "school")
        .where(ReportCount.key > after)
        .order_by(ReportCount.key)
        .limit(PAGE + 1)
    )
    rows = [School(key, counted[0], people) for key, counted, people in session.execute(query)]
    return tuple(rows[:PAGE]), rows[PAGE - 1].name if len(rows) > PAGE else None


def enter(session: Session, here: Tool, *, district_id: UUID, school: str, people: int | None, actor_id: UUID) -> None:
    """Note how many people a school employs; None takes it away. Raises Problem(not_found) for a school where nobody works."""
    works = exists().where(Workplace.district_id == district_id, Workplace.school == school)
    if not session.scalar(select(works)):
        raise not_found("no such school in this district")
    now = here.clock()
    if people is None:
        session.execute(delete(SchoolHeadcount).where(SchoolHeadcount.district_id == district_id, SchoolHeadcount.school == school))
    else:
        values = {"district_id": district_id, "school": school, "people": people, "changed_at": now}
        upsert(session, SchoolHeadcount, values | {"id": new_id()}, key=("district_id", "school"), keep=("id",))
    audit.record(session, district_id=district_id, at=now, action="district:headcount:changed", actor_id=actor_id, people=people)
