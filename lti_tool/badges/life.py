"""What becomes of an award after it was given: revoked by two people, given anew for another time, the name on its page corrected.

Scores are not touched: what follows from a revocation there is decided by people, who read of it in the trail. What was credited for the
award is taken back in the ledger, by whoever answers `here.revoked`.
"""

from __future__ import annotations

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import policies, service, statuses
from lti_tool.badges.models import Award, Revocation
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.language import _
from lti_tool.tool import Tool


def propose(session: Session, here: Tool, *, district_id: UUID, award_id: UUID, actor_id: UUID, reason: str, note: str) -> Revocation:
    """The first of two people wants an award revoked. Nothing changes for anybody yet.

    Raises Problem: not_found; bad_request for an unknown reason; conflict for one's own award, one that is revoked or proposed already.
    """
    row = _award(session, district_id, award_id)
    if reason not in policies.REASONS:
        raise bad_request(_("Choose a reason from the list."), "revocation reason")
    if row.person_id == actor_id:
        raise conflict(_("This is your own badge. A colleague has to do this."), "own badge")
    if row.revoked_at is not None:
        raise conflict(_("This badge is revoked already."), "revoked")
    if _open(session, row) is not None:
        raise conflict(_("A colleague has proposed this already. Confirm or decline that instead."), "revocation proposed")
    proposal = Revocation(
        district_id=district_id,
        award_id=row.id,
        reason=reason,
        note=note,
        state="proposed",
        proposed_by=actor_id,
        proposed_at=here.clock(),
    )
    session.add(proposal)
    session.flush()
    _record(session, here, row, "proposed", actor_id, reason=reason)
    return proposal


def decide(session: Session, here: Tool, *, district_id: UUID, award_id: UUID, actor_id: UUID, confirm: bool) -> Award:
    """The second person confirms or declines; the first may withdraw what they proposed. Confirmed, the award is revoked for good.

    Raises Problem: not_found, also where nothing is proposed; conflict where the same person would do both, or for one's own award.
    """
    row = _award(session, district_id, award_id)
    proposal = _open(session, row)
    if proposal is None:
        raise not_found("nothing is proposed")
    second = policies.may_decide(proposed_by=proposal.proposed_by, person_id=actor_id, holder_id=row.person_id)
    if not second and (confirm or actor_id != proposal.proposed_by):
        raise conflict(_("Two people revoke a badge. A colleague has to confirm this."), "second person")
    now = here.clock()
    proposal.state, proposal.decided_by, proposal.decided_at = "confirmed" if confirm else "declined", actor_id, now
    if confirm:
        row.revoked_at, row.revoked_reason = now, proposal.reason
        statuses.mark_changed(session, row)
        here.revoked(session, row.id)
        after_commit(session, here.wake)
    _record(session, here, row, "revoked" if confirm else "kept", actor_id, reason=proposal.reason)
    return row


def renew(session: Session, here: Tool, *, district_id: UUID, award_id: UUID, actor_id: UUID) -> Award:
    """Give the award anew: valid from now on for as long as the microcredential's terms say now. Same address, same date of the award.

    Raises Problem: not_found; conflict for one's own award, and for one that is revoked, which is for good.
    """
    row = _award(session, district_id, award_id)
    if row.person_id == actor_id:
        raise conflict(_("This is your own badge. A colleague has to do this."), "own badge")
    if row.revoked_at is not None:
        raise conflict(_("A revoked badge can’t be given anew. It stays revoked."), "revoked")
    now = here.clock()
    microcredential_id = session.get_one(MicrocredentialVersion, row.version_id).microcredential_id
    row.valid_until = policies.ends(now, service.valid_months(session, district_id, microcredential_id))
    service.sign_anew(session, here, row)
    _record(session, here, row, "reissued", actor_id)
    return row


def correct_name(session: Session, here: Tool, *, district_id: UUID, award_id: UUID, actor_id: UUID, name: str) -> Award:
    """Show another name on the award's page; empty: the one that the LMS gives. The credential holds none. Raises Problem(not_found)."""
    row = _award(session, district_id, award_id)
    if row.shown_name != name:
        row.shown_name = name
        _record(session, here, row, "renamed", actor_id)
    return row


def forget_holder(session: Session, here: Tool, person_id: UUID) -> None:
    """The holder is erased: no page shows their badges, and a later edition tells nothing that they wrote. The badges stay valid."""
    for row in session.scalars(select(Award).where(Award.person_id == person_id).order_by(Award.id).with_for_update()):
        row.is_public, row.shown_name = False, ""
        if row.evidence_summary or row.tells_results:
            row.evidence_summary, row.tells_results = "", False
            service.sign_anew(session, here, row)
    theirs = select(Award.id).where(Award.person_id == person_id)
    session.execute(update(Revocation).where(Revocation.award_id.in_(theirs)).values(note=""))


def _award(session: Session, district_id: UUID, award_id: UUID) -> Award:
    row = session.scalars(select(Award).where(Award.id == award_id, Award.district_id == district_id).with_for_update()).one_or_none()
    if row is None:
        raise not_found("no such award in this district")
    return row


def _open(session: Session, row: Award) -> Revocation | None:
    query = select(Revocation).where(Revocation.award_id == row.id, Revocation.state == "proposed")
    return session.scalars(query.with_for_update()).one_or_none()


def _record(session: Session, here: Tool, row: Award, verb: str, actor_id: UUID, **details: str) -> None:
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        action=f"badges:award:{verb}",
        actor_id=actor_id,
        subject_id=row.id,
        **details,
    )
