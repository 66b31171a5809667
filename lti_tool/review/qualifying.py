"""What a reviewer may judge: everything, or named microcredentials, for ever or up to a day."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.errors import bad_request, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.language import _
from lti_tool.review import seats
from lti_tool.review.models import OPEN, Review
from lti_tool.review.pool_models import Qualification
from lti_tool.tool import Tool
from lti_tool.web.models import RoleGrant


@dataclass(frozen=True)
class Qualified:
    """What a reviewer may judge. `named` is empty where it is everything; `until` is None where it has no end."""

    named: tuple[UUID, ...] = ()
    until: datetime | None = None

    def ended(self, now: datetime) -> bool:
        """Whether its day is over."""
        return self.until is not None and self.until <= now


def qualified(session: Session, district_id: UUID, person_ids: Collection[UUID]) -> dict[UUID, Qualified]:
    """What these reviewers may judge."""
    found = dict.fromkeys(person_ids, Qualified())
    for row in session.scalars(
        select(Qualification)
        .where(Qualification.district_id == district_id, Qualification.person_id.in_(person_ids), Qualification.ended_at.is_(None))
        .order_by(Qualification.id)
    ):
        named = (row.microcredential_id,) if row.microcredential_id else ()
        found[row.person_id] = Qualified((*found[row.person_id].named, *named), row.expires_at)
    return found


def is_reviewer(session: Session, district_id: UUID, person_id: UUID, *, now: datetime) -> bool:
    """Whether somebody is in the pool."""
    grant = select(RoleGrant.id).where(RoleGrant.person_id == person_id, RoleGrant.held(district_id, "reviewer", at=now))
    return session.scalar(grant.limit(1)) is not None


def qualify(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    person_id: UUID,
    named: Collection[UUID],
    until: datetime | None,
    actor_id: UUID,
) -> None:
    """From now on this reviewer may judge these microcredentials, or everything where none is named. Their open reviews of others go to
    somebody else. Raises Problem: not_found for somebody who is no reviewer; bad_request for a microcredential that there is not, and for
    a day that is over."""  # noqa: D209
    now = here.clock()
    if not is_reviewer(session, district_id, person_id, now=here.clock()):
        raise not_found("not a reviewer")
    wanted = set(named)
    titles = select(Microcredential.id).where(Microcredential.district_id == district_id, Microcredential.id.in_(wanted))
    if set(session.scalars(titles)) != wanted:
        raise bad_request(_("Choose microcredentials from the list."))
    if until is not None and until <= now:
        raise bad_request(_("Choose a day that is not over."))
    for row in session.scalars(
        select(Qualification).where(
            Qualification.district_id == district_id, Qualification.person_id == person_id, Qualification.ended_at.is_(None)
        )
    ):
        row.ended_at = now
    if wanted or until is not None:
        extent: list[UUID | None] = [*sorted(wanted)] or [None]
        session.add_all(
            Qualification(
                district_id=district_id,
                person_id=person_id,
                microcredential_id=one,
                expires_at=until,
                given_by=actor_id,
                given_at=now,
                ended_at=None,
            )
            for one in extent
        )
    session.flush()
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="review:qualification:given",
        actor_id=actor_id,
        subject_id=person_id,
        microcredentials=[str(one) for one in sorted(wanted)],
        until=until.isoformat() if until else None,
    )
    if wanted:
        _hand_on_others(session, here, district_id, person_id, wanted)
    seats.fill_waiting(session, here, district_id)


def _hand_on_others(session: Session, here: Tool, district_id: UUID, person_id: UUID, wanted: set[UUID]) -> None:
    theirs = (
        select(Review.id, Review.submission_id)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(
            Review.reviewer_id == person_id,
            Review.district_id == district_id,
            Review.state.in_(OPEN),
            MicrocredentialVersion.microcredential_id.not_in(wanted),
        )
    )
    seats.hand_on(session, here, session.execute(theirs.order_by(Review.submission_id)).all())
