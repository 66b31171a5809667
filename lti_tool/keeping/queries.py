"""What pages show of keeping: a teacher's pieces and their days, and one person for the district's console."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.evidence import retention
from lti_tool.evidence.models import Artifact, Enrollment, Submission
from lti_tool.evidence.policies import CLOSED
from lti_tool.keeping import looks
from lti_tool.keeping.erasing import known
from lti_tool.keeping.looks import Look
from lti_tool.launch.models import Person
from lti_tool.tool import Tool


@dataclass(frozen=True)
class KeptPiece:
    """A piece of evidence that will be deleted on a day, or was deleted."""

    title: str
    day: datetime
    deleted: bool


@dataclass(frozen=True)
class Mine:
    """A teacher's own page: what goes when, and who has seen what (the titles by piece)."""

    pieces: tuple[KeptPiece, ...]
    looks: tuple[Look, ...]
    titles: dict[UUID, str]
    days: int
    background: bool


def mine(session: Session, here: Tool, *, district_id: UUID, person_id: UUID) -> Mine:
    """The page of this person."""
    rows = session.scalars(
        select(Artifact).where(Artifact.person_id == person_id, Artifact.district_id == district_id).order_by(Artifact.id)
    ).all()
    fates = retention.fates(session, here, district_id, person_id)
    pieces = [
        KeptPiece(row.title, day, row.deleted_at is not None) for row in rows if (day := row.deleted_at or fates.get(row.id)) is not None
    ]
    kept = retention.rule(here)
    return Mine(
        tuple(sorted(pieces, key=lambda piece: (piece.deleted, piece.day))),
        looks.of_owner(session, district_id=district_id, owner_id=person_id, now=here.clock()),
        {row.id: row.title for row in rows},
        kept.appeal_days + kept.days,
        kept.background,
    )


@dataclass(frozen=True)
class Hold:
    """A legal hold that stands."""

    reason: str
    by: str
    placed_at: datetime


@dataclass(frozen=True)
class PersonKept:
    """One person for the console: how much there is of them, and whether it has to be kept. `waiting`: attempts that are not decided."""

    id: UUID
    label: str
    email: str
    enrollments: int
    submissions: int
    waiting: int
    pieces: int
    badges: int
    hold: Hold | None


def person(session: Session, *, district_id: UUID, person_id: UUID) -> PersonKept:
    """One person of the district. Raises Problem(not_found)."""
    row = known(session, district_id, person_id)
    tries = select(Enrollment.id).where(Enrollment.person_id == person_id)
    submitted = select(func.count()).where(Submission.enrollment_id.in_(tries))
    hold = retention.under_legal_hold(session, person_id)
    return PersonKept(
        row.id,
        row.label,
        row.email,
        session.scalar(select(func.count()).where(Enrollment.person_id == person_id)) or 0,
        session.scalar(submitted) or 0,
        session.scalar(submitted.where(Submission.state.not_in(CLOSED))) or 0,
        session.scalar(select(func.count()).where(Artifact.person_id == person_id, Artifact.removed_at.is_(None))) or 0,
        session.scalar(select(func.count()).where(Award.person_id == person_id)) or 0,
        Hold(hold.reason, session.get_one(Person, hold.placed_by).label, hold.placed_at) if hold else None,
    )
