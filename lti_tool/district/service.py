"""What a district's console changes: who holds which role."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import bad_request, not_found
from lti_tool.launch.models import Person
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant

ROLES = {
    "coordinator": "Runs microcredentials: sees this console, names reviewers, gives roles",
    "author": "Writes microcredentials and publishes them",
    "leader": "Finds people by skill, as principals do: who holds a badge and wants to be found, never their work",
}
"""Roles that are given here; reviewers are named where reviews are run."""


def _standing(session: Session, district_id: UUID, person_id: UUID, role: str) -> RoleGrant | None:
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id or person.is_test:
        raise not_found("no such person")
    if role not in ROLES:
        raise bad_request("Choose one of the roles.")
    return session.scalars(
        select(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.held(district_id, role)).limit(1)
    ).one_or_none()


def grant(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, role: str, actor_id: UUID) -> None:
    """Give a role; nothing happens if the person has it. Raises Problem(not_found, bad_request)."""
    if _standing(session, district_id, person_id, role) is not None:
        return
    now = here.clock()
    session.add(RoleGrant(district_id=district_id, person_id=person_id, role=role, granted_by=actor_id, granted_at=now))
    audit.record(
        session, district_id=district_id, at=now, action="district:role:granted", actor_id=actor_id, subject_id=person_id, role=role
    )


def revoke(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, role: str, actor_id: UUID) -> None:
    """Take a role away; it ends with the person's next page. Raises Problem(not_found, bad_request)."""
    row = _standing(session, district_id, person_id, role)
    if row is None:
        raise not_found("has no such role")
    now = here.clock()
    row.revoked_at = now
    audit.record(
        session, district_id=district_id, at=now, action="district:role:revoked", actor_id=actor_id, subject_id=person_id, role=role
    )
