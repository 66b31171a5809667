"""How people are kept from knowing each other: what work is called, and whose names are taken out of what was written."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.evidence.blinding import Names
from lti_tool.language import _
from lti_tool.launch.models import Person


def blind_name(submission_id: UUID) -> str:
    """What a submission is called where its author must not be known."""
    return _("Work %(code)s", code=submission_id.hex[-6:].upper())


def names_of(session: Session, person_ids: Collection[UUID]) -> dict[UUID, Names]:
    """The names of these people."""
    rows = session.execute(
        select(Person.id, Person.label, Person.given_name, Person.family_name, Person.email).where(Person.id.in_(person_ids))
    )
    return {person_id: Names(*names) for person_id, *names in rows}
