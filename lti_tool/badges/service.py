"""Awards come into being with the decision, are signed by the worker, and are public only while their teacher wants it."""

from __future__ import annotations

import secrets
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import issuers, policies
from lti_tool.badges.models import Award, BadgeTerms
from lti_tool.badges.working import sign_due, signing_progress
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import after_commit
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment
from lti_tool.tool import Tool

__all__ = ["award", "set_agreement", "set_listed", "set_public", "sign_anew", "sign_due", "signing_progress", "valid_months"]


def award(session: Session, here: Tool, *, enrollment_id: UUID, decided_at: datetime, is_test: bool = False) -> Award:
    """The award of an earned enrollment, made in the decision's unit of work; the same one when asked again.

    `is_test`: earned in a test environment, so that it is marked as a test everywhere.
    """
    existing = session.scalars(select(Award).where(Award.enrollment_id == enrollment_id)).one_or_none()
    if existing is not None:
        return existing
    enrollment = session.get_one(Enrollment, enrollment_id)
    version = session.get_one(MicrocredentialVersion, enrollment.version_id)
    issuer = issuers.for_award(
        session, here, district_id=enrollment.district_id, microcredential_id=version.microcredential_id, is_test=is_test
    )
    row = Award(
        district_id=enrollment.district_id,
        issuer_id=issuer.id,
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        version_id=enrollment.version_id,
        public_id=secrets.token_hex(12),
        is_public=False,
        is_test=is_test,
        credential=None,
        awarded_at=decided_at,
        valid_from=decided_at,
        valid_until=policies.ends(decided_at, valid_months(session, enrollment.district_id, version.microcredential_id)),
        signed_at=None,
    )
    session.add(row)
    session.flush()
    audit.record(session, district_id=row.district_id, at=here.clock(), action="badges:award:made", subject_id=row.id)
    return row


def valid_months(session: Session, district_id: UUID, microcredential_id: UUID) -> int | None:
    """For how long badges of this microcredential are valid; None: for good."""
    query = select(BadgeTerms.valid_months).where(
        BadgeTerms.microcredential_id == microcredential_id, BadgeTerms.district_id == district_id
    )
    return session.scalars(query).one_or_none()


def set_public(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, public: bool) -> Award:
    """Turn the award's public page on or off, for its own teacher. Raises Problem(not_found) for anybody else, and before it is signed."""
    row = _own(session, district_id, person_id, award_id)
    if row.credential is None:
        raise not_found("not signed yet")
    if row.is_public != public:
        row.is_public = public
        action = "badges:award:shown" if public else "badges:award:hidden"
        audit.record(session, district_id=district_id, at=here.clock(), action=action, actor_id=person_id, subject_id=row.id)
    return row


def set_listed(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, listed: bool) -> Award:
    """Whether search engines may list the page. Raises Problem(not_found) for anybody but its own teacher."""
    row = _own(session, district_id, person_id, award_id)
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


def set_agreement(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, results: bool, summary: str
) -> Award:
    """What the teacher lets the credential tell beside that every criterion was met: the levels reached, and a summary of the evidence
    in their own words. A change is signed anew with a new validFrom. Raises Problem(not_found) for anybody but its own teacher.
    """
    row = _own(session, district_id, person_id, award_id)
    if (row.tells_results, row.evidence_summary) != (results, summary):
        row.tells_results, row.evidence_summary = results, summary
        sign_anew(session, here, row)
        audit.record(
            session,
            district_id=district_id,
            at=here.clock(),
            action="badges:award:agreed",
            actor_id=person_id,
            subject_id=row.id,
            results=results,
            summary=bool(summary),
        )
    return row


def sign_anew(session: Session, here: Tool, row: Award) -> None:
    """The credential has to say something else from now on; what is served until then is the edition before."""
    row.revision += 1
    row.signing_due = True
    if row.credential is not None:
        row.valid_from = here.clock()
    after_commit(session, here.wake)


def _own(session: Session, district_id: UUID, person_id: UUID, award_id: UUID) -> Award:
    row = session.scalars(
        select(Award).where(Award.id == award_id, Award.district_id == district_id, Award.person_id == person_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise not_found("no such award of this person")
    return row
