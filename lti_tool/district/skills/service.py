"""What a teacher changes of being found, and what is noted of those who look."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges.models import Award
from lti_tool.database import new_id, upsert
from lti_tool.district.skills.models import SkillProfile, SkillShown
from lti_tool.district.skills.policies import LONGEST_NOTE, Wanted, own_only
from lti_tool.errors import not_found
from lti_tool.inputs import plain_text
from lti_tool.tool import Tool


@dataclass(frozen=True)
class Given:
    """What a teacher has chosen on their page."""

    is_found: bool
    mentors: bool
    leads: bool
    visits: bool
    every_badge: bool
    note: str
    badges: Collection[UUID] = ()


def choose(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, given: Given) -> None:
    """Keep a teacher's choice; it holds from the next search on. Raises Problem(not_found) for a badge that is not theirs."""
    own = session.scalars(select(Award.id).where(Award.district_id == district_id, Award.person_id == person_id)).all()
    if not own_only(given.badges, own):
        raise not_found("no such badge of this person")
    now = here.clock()
    values = {
        "id": new_id(),
        "district_id": district_id,
        "person_id": person_id,
        "is_found": given.is_found,
        "mentors": given.mentors,
        "leads": given.leads,
        "visits": given.visits,
        "every_badge": given.every_badge,
        "note": plain_text(given.note).strip()[:LONGEST_NOTE],
        "changed_at": now,
    }
    upsert(session, SkillProfile, values, key=("person_id",), keep=("id",))
    session.execute(delete(SkillShown).where(SkillShown.person_id == person_id))
    if not given.every_badge:
        session.add_all(SkillShown(district_id=district_id, person_id=person_id, award_id=one) for one in sorted(set(given.badges)))
    offers = {name: getattr(given, name) for name in ("is_found", "mentors", "leads", "visits", "every_badge")}
    audit.record(
        session, district_id=district_id, at=now, action="skills:choice:changed", actor_id=person_id, subject_id=person_id, **offers
    )


def note_search(
    session: Session, here: Tool, *, district_id: UUID, actor_id: UUID, wanted: Wanted, found: int, exported: bool = False
) -> None:
    """The trail says who searched for what and how many were shown, not whom."""
    audit.record(
        session,
        district_id=district_id,
        at=here.clock(),
        action="skills:people:exported" if exported else "skills:people:searched",
        actor_id=actor_id,
        subject_id=wanted.skill_id,
        offers=list(wanted.offers),
        by_skill=wanted.by_skill,
        by_school=bool(wanted.schools or wanted.school_part),
        shown=found,
    )


def note_look(session: Session, here: Tool, *, district_id: UUID, actor_id: UUID, person_id: UUID) -> None:
    """Somebody opened the page of a person."""
    audit.record(session, district_id=district_id, at=here.clock(), action="skills:person:seen", actor_id=actor_id, subject_id=person_id)
