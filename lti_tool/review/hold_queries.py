"""What pages show of privacy problems: never who raised one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.errors import not_found
from lti_tool.evidence.blinding import blinded
from lti_tool.evidence.keeping_models import OPEN_HOLDS, ArtifactHold
from lti_tool.evidence.queries import load_submission
from lti_tool.evidence.snapshot import ArtifactCopy
from lti_tool.review.blind import names_of
from lti_tool.review.holds import concerned, may_settle


@dataclass(frozen=True)
class Told:
    """A privacy problem for its teacher, or for whoever settles it: never who raised it. `copy` is the piece that is held back."""

    id: UUID
    submission_id: UUID
    activity_id: UUID
    owner_id: UUID
    title: str
    attempt: int
    requirement: str
    copy: ArtifactCopy
    replacement: ArtifactCopy | None
    state: str
    reason: str
    raised_at: datetime
    explanation: str
    answered_at: datetime | None
    note: str
    closed_at: datetime | None

    @property
    def open(self) -> bool:
        """Whether somebody has still to settle it."""
        return self.state in OPEN_HOLDS


def told(session: Session, district_id: UUID, hold_id: UUID) -> Told:
    """One problem of this district; the caller checks who may see it. Raises Problem(not_found)."""
    hold = session.get(ArtifactHold, hold_id)
    if hold is None or hold.district_id != district_id:
        raise not_found("no such hold")
    return _told(session, hold)


def _told(session: Session, hold: ArtifactHold) -> Told:
    loaded = load_submission(session, hold.district_id, hold.submission_id)
    copy = concerned(session, hold)
    return Told(
        hold.id,
        hold.submission_id,
        loaded.activity_id,
        hold.owner_id,
        loaded.content.title,
        loaded.attempt,
        loaded.content.requirement(copy.requirement).title,
        copy,
        ArtifactCopy.model_validate(hold.replacement) if hold.replacement else None,
        hold.state,
        found_words(session, hold),
        hold.raised_at,
        hold.explanation,
        hold.answered_at,
        hold.note,
        hold.closed_at,
    )


def found_words(session: Session, hold: ArtifactHold) -> str:
    """What the reviewer found, without the reviewer's name."""
    return blinded(hold.reason, names_of(session, [hold.raised_by]).values())


def to_settle(session: Session, *, district_id: UUID, viewer_id: UUID, context_id: UUID | None) -> tuple[Told, ...]:
    """The problems that this viewer may settle, open ones first, at most 100."""
    holds = session.scalars(
        select(ArtifactHold)
        .where(ArtifactHold.district_id == district_id)
        .order_by(ArtifactHold.state.in_(OPEN_HOLDS).desc(), ArtifactHold.raised_at.desc(), ArtifactHold.id)
        .limit(100)
    )
    return tuple(_told(session, hold) for hold in holds if may_settle(session, hold, viewer_id=viewer_id, context_id=context_id))


def one_to_settle(session: Session, *, district_id: UUID, hold_id: UUID, viewer_id: UUID, context_id: UUID | None) -> Told:
    """One problem that this viewer may settle. Raises Problem(not_found)."""
    hold = session.get(ArtifactHold, hold_id)
    if hold is None or hold.district_id != district_id or not may_settle(session, hold, viewer_id=viewer_id, context_id=context_id):
        raise not_found("no such hold, or not this viewer's to settle")
    return _told(session, hold)
