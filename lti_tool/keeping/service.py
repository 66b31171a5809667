"""Legal holds, and what a page shows of what is kept."""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence import retention
from lti_tool.evidence.keeping_models import LegalHold
from lti_tool.inputs import plain_text
from lti_tool.keeping.erasing import known
from lti_tool.language import _
from lti_tool.tool import Tool

MOST_WORDS = 1000


def place_hold(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID, reason: str) -> None:
    """From now on nothing of this person is deleted or erased. Raises Problem(not_found, bad_request, conflict)."""
    known(session, district_id, person_id, for_update=True)
    if not (words := plain_text(reason).strip()[:MOST_WORDS]):
        raise bad_request(_("Please say why everything has to be kept."))
    if retention.under_legal_hold(session, person_id) is not None:
        raise conflict(_("A legal hold stands already."), "second hold")
    now = here.clock()
    session.add(LegalHold(district_id=district_id, person_id=person_id, reason=words, placed_by=actor_id, placed_at=now))
    audit.record(session, district_id=district_id, at=now, action="keeping:hold:placed", actor_id=actor_id, subject_id=person_id)


def lift_hold(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID) -> None:
    """Nothing has to be kept any more; what is overdue goes in the next night. Raises Problem(not_found)."""
    known(session, district_id, person_id, for_update=True)
    holds = session.scalars(
        select(LegalHold).where(LegalHold.person_id == person_id, LegalHold.lifted_at.is_(None)).with_for_update()
    ).all()
    if not holds:
        raise not_found("no legal hold")
    now = here.clock()
    for hold in holds:
        hold.lifted_by, hold.lifted_at = actor_id, now
    audit.record(session, district_id=district_id, at=now, action="keeping:hold:lifted", actor_id=actor_id, subject_id=person_id)
