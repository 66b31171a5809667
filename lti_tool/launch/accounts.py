"""Whose accounts are whose: somebody who uses two LMSs is two persons here, and one human being where the e-mail address is the same."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session, aliased

from lti_tool.launch.models import Person


def accounts(session: Session, district_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, frozenset[UUID]]:
    """All accounts of these people: those that have the same e-mail address, their own among them."""
    other = aliased(Person)
    same = and_(other.district_id == district_id, func.lower(other.email) == func.lower(Person.email), Person.email != "")
    rows = session.execute(
        select(Person.id, other.id).join(other, same).where(Person.id.in_(list(person_ids)), Person.district_id == district_id)
    )
    found: dict[UUID, set[UUID]] = {one: {one} for one in person_ids}
    for person_id, account_id in rows:
        found[person_id].add(account_id)
    return {person_id: frozenset(known) for person_id, known in found.items()}
