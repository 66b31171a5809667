"""What a district's console changes in roles: who holds which, why and until when."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import new_id
from lti_tool.district.role_policies import ROLES, WATCHED, leaves_nobody
from lti_tool.errors import bad_request, not_found
from lti_tool.language import _
from lti_tool.launch.models import Person
from lti_tool.notices import service as notices
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

MOST_REASON = 300


def known(session: Session, district_id: UUID, person_id: UUID) -> Person:
    """Somebody of this district who can be given a role. Raises Problem(not_found)."""
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id or person.is_test:
        raise not_found("no such person")
    return person


def _held(session: Session, district_id: UUID, person_id: UUID, role: str, at: datetime) -> RoleGrant | None:
    query = select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.held(district_id, role, at=at))
    return session.scalars(query.order_by(RoleGrant.id.desc()).limit(1)).one_or_none()


def grant(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    person_id: UUID,
    role: str,
    actor_id: UUID,
    reason: str,
    until: datetime | None,
) -> None:
    """Give a role, or give it another end; nothing happens if the person has it with this end. Raises Problem(not_found, bad_request).

    Of roles that open pay or the console, every other coordinator is told: nobody gives these to themselves unseen.
    """
    known(session, district_id, person_id)
    if role not in ROLES:
        raise bad_request(_("Choose one of the roles."))
    now = here.clock()
    row = _held(session, district_id, person_id, role, now)
    if row is not None:
        if row.expires_at == until:
            return
        row.revoked_at, row.revoked_by = now, actor_id
    fresh = RoleGrant(
        id=new_id(),
        district_id=district_id,
        person_id=person_id,
        role=role,
        granted_by=actor_id,
        granted_at=now,
        expires_at=until,
        reason=reason,
    )
    session.add(fresh)
    session.flush()
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="district:role:granted" if row is None else "district:role:end_changed",
        actor_id=actor_id,
        subject_id=person_id,
        role=role,
        until=until.isoformat() if until else "",
        reason=reason,
    )
    if role in WATCHED and row is None:
        kind = f"role.{role}"
        coordinators = select(RoleGrant.person_id).distinct().where(RoleGrant.held(district_id, "coordinator", at=now))
        for other in sorted(set(session.scalars(coordinators)) - {actor_id, person_id}):
            notices.queue(session, district_id=district_id, person_id=other, kind=kind, thing=fresh.id, facts={}, at=now)


def revoke(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, grant_id: UUID, actor_id: UUID) -> None:
    """Take a role away; it ends with the person's next page. Raises Problem(not_found)."""
    row, now = held(session, here, district_id=district_id, person_id=person_id, grant_id=grant_id), here.clock()
    row.revoked_at, row.revoked_by = now, actor_id
    audit.record(
        session, district_id=district_id, at=now, action="district:role:revoked", actor_id=actor_id, subject_id=person_id, role=row.role
    )


def held(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, grant_id: UUID) -> RoleGrant:
    """A role that this person holds now, and that is given here. Raises Problem(not_found)."""
    holds = RoleGrant.held(district_id, at=here.clock())
    query = select(RoleGrant).where(RoleGrant.id == grant_id, RoleGrant.person_id == person_id, RoleGrant.role.in_(ROLES), holds)
    row = session.scalars(query).one_or_none()
    if row is None:
        raise not_found("has no such role")
    return row


def is_last(session: Session, here: Tool, row: RoleGrant) -> bool:
    """Whether nobody could open the district's console any more if this role were taken away."""
    others = select(func.count(RoleGrant.person_id.distinct())).where(
        RoleGrant.held(row.district_id, "coordinator", at=here.clock()), RoleGrant.person_id != row.person_id
    )
    admins = select(Registration.id).where(
        Registration.district_id == row.district_id,
        Registration.state == "active",
        Registration.environment == PRODUCTION,
        Registration.admins_run_console,
    )
    return leaves_nobody(
        row.role,
        other_coordinators=session.scalar(others) or 0,
        admins_run_console=session.scalar(admins.limit(1)) is not None,
    )
