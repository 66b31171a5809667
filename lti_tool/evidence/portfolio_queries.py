"""Read models of a teacher's portfolio: the pieces, and where each is used."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.evidence.models import Artifact, ArtifactUse, Enrollment, Submission
from lti_tool.evidence.queries import enrollments_of_person
from lti_tool.evidence.service import Owner

PAGE = 20


@dataclass(frozen=True)
class Use:
    """A requirement of a draft that a piece serves. `open`: the draft may change."""

    enrollment_id: UUID
    context_id: UUID
    title: str
    requirement_key: str
    requirement: str
    open: bool


@dataclass(frozen=True)
class FrozenIn:
    """An attempt whose frozen copy holds a piece as it was."""

    submission_id: UUID
    title: str
    attempt: int


@dataclass(frozen=True)
class PortfolioPiece:
    """A piece of the portfolio, and where it serves."""

    id: UUID
    kind: str
    title: str
    text: str
    url: str
    filename: str
    media_type: str
    size: int
    blob_key: str
    students: str
    created_at: datetime
    uses: list[Use] = field(default_factory=list)
    frozen: list[FrozenIn] = field(default_factory=list)


_COLUMNS = [getattr(Artifact, name) for name in PortfolioPiece.__dataclass_fields__ if name not in ("uses", "frozen")]


def _pieces(owner: Owner) -> Select[Any]:
    return select(*_COLUMNS).where(
        Artifact.district_id == owner.district_id, Artifact.person_id == owner.person_id, Artifact.removed_at.is_(None)
    )


def piece_count(session: Session, owner: Owner) -> int:
    """How many pieces the portfolio holds."""
    return session.scalar(select(func.count()).select_from(_pieces(owner).subquery())) or 0


def portfolio(
    session: Session, owner: Owner, *, now: datetime, before: UUID | None = None
) -> tuple[tuple[PortfolioPiece, ...], UUID | None]:
    """A page of the portfolio, newest first, and where the next one begins."""
    shown, following = _page(session, _pieces(owner), before)
    _say_where(session, owner, shown, now)
    return shown, following


def portfolio_piece(session: Session, owner: Owner, artifact_id: UUID, *, now: datetime) -> PortfolioPiece:
    """One piece. Raises Problem(not_found)."""
    row = session.execute(_pieces(owner).where(Artifact.id == artifact_id)).one_or_none()
    if row is None:
        raise not_found("no such piece in this portfolio")
    piece = PortfolioPiece(*row)
    _say_where(session, owner, [piece], now)
    return piece


def to_choose_from(
    session: Session, owner: Owner, *, kinds: Collection[str], enrollment_id: UUID, requirement_key: str, now: datetime, before: UUID | None
) -> tuple[tuple[PortfolioPiece, ...], UUID | None]:
    """A page of the pieces that a requirement could use: of a kind that it takes, and not there yet."""
    used = select(ArtifactUse.artifact_id).where(ArtifactUse.enrollment_id == enrollment_id, ArtifactUse.requirement_key == requirement_key)
    shown, following = _page(session, _pieces(owner).where(Artifact.kind.in_(kinds), Artifact.id.not_in(used)), before)
    _say_where(session, owner, shown, now)
    return shown, following


def _page(session: Session, query: Select[Any], before: UUID | None) -> tuple[tuple[PortfolioPiece, ...], UUID | None]:
    if before is not None:
        query = query.where(Artifact.id < before)
    rows = session.execute(query.order_by(Artifact.id.desc()).limit(PAGE + 1)).all()
    shown = tuple(PortfolioPiece(*row) for row in rows[:PAGE])
    return shown, shown[-1].id if len(rows) > PAGE else None


def _say_where(session: Session, owner: Owner, pieces: Iterable[PortfolioPiece], now: datetime) -> None:
    by_id = {piece.id: piece for piece in pieces}
    phases = {row.id: row.phase for row in enrollments_of_person(session, owner.district_id, owner.person_id, now=now)}
    uses = session.execute(
        select(ArtifactUse.artifact_id, ArtifactUse.requirement_key, Enrollment.id, Activity.context_id, MicrocredentialVersion.content)
        .join(Enrollment, Enrollment.id == ArtifactUse.enrollment_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(ArtifactUse.artifact_id.in_(by_id), ArtifactUse.district_id == owner.district_id)
        .order_by(ArtifactUse.id)
    )
    for artifact_id, key, enrollment_id, context_id, content in uses:
        requirement = next((one["title"] for one in content["evidence"] if one["key"] == key), "")
        is_open = phases.get(enrollment_id) == "drafting"
        by_id[artifact_id].uses.append(Use(enrollment_id, context_id, content["title"], key, requirement, is_open))
    copies = session.execute(
        select(Submission.id, Submission.attempt, Submission.snapshot, MicrocredentialVersion.title)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(Enrollment.person_id == owner.person_id, Submission.district_id == owner.district_id)
        .order_by(Submission.id)
    )
    for submission_id, attempt, snapshot, title in copies:
        for artifact_id in {UUID(copy["id"]) for copy in snapshot["artifacts"]} & by_id.keys():
            by_id[artifact_id].frozen.append(FrozenIn(submission_id, title, attempt))
