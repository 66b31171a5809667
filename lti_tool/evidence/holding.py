"""Which pieces are held back, or gone: what every page and every link has to ask before it shows evidence."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.errors import Problem
from lti_tool.evidence.keeping_models import HIDING_HOLDS, OPEN_HOLDS, ArtifactHold
from lti_tool.evidence.models import Artifact, Enrollment, Submission
from lti_tool.evidence.snapshot import ArtifactCopy
from lti_tool.language import _


@dataclass(frozen=True)
class Standing:
    """What became of a frozen piece. `state`: held, replaced, removed, deleted. `replacement` stands in its place."""

    state: str
    at: datetime
    replacement: ArtifactCopy | None = None


def standings(session: Session, district_id: UUID, artifact_ids: Collection[UUID]) -> dict[UUID, Standing]:
    """The pieces that are not to be shown as they were frozen, by id; all others are as they were.

    A hold of any submission hides the piece in all of them. What is deleted says so, whatever else is true of it.
    """
    found: dict[UUID, Standing] = {}
    holds = session.scalars(
        select(ArtifactHold)
        .where(ArtifactHold.district_id == district_id, ArtifactHold.artifact_id.in_(artifact_ids), ArtifactHold.state.in_(HIDING_HOLDS))
        .order_by(ArtifactHold.state.in_(OPEN_HOLDS), ArtifactHold.raised_at, ArtifactHold.id)
    )
    for hold in holds:  # one that is open comes last, and counts
        if hold.state == "replaced" and hold.replacement is not None:
            found[hold.artifact_id] = Standing("replaced", hold.closed_at or hold.raised_at, ArtifactCopy.model_validate(hold.replacement))
        else:
            found[hold.artifact_id] = Standing("removed" if hold.state == "removed" else "held", hold.closed_at or hold.raised_at)
    gone = select(Artifact.id, func.coalesce(Artifact.deleted_at, Artifact.changed_at)).where(
        Artifact.district_id == district_id, Artifact.id.in_(artifact_ids), Artifact.deleted_at.is_not(None)
    )
    for artifact_id, deleted_at in session.execute(gone):
        found[artifact_id] = Standing("deleted", deleted_at)
    return found


def refuse_hidden(session: Session, blob_key: str) -> None:
    """For links that were made for reviewers. Raises Problem: held_back while a piece with this file is held back, or for good."""
    held = select(ArtifactHold.id).where(ArtifactHold.blob_key == blob_key, ArtifactHold.state.in_(HIDING_HOLDS)).limit(1)
    if session.scalar(held) is not None:
        raise Problem(
            "held_back",
            403,
            _("This piece is held back"),
            _("Somebody noticed a problem with students’ privacy in it, so nobody who reviews can open it."),
            _("Reload the page with the evidence: it says how it goes on."),
        )


def refuse_deleted(session: Session, blob_key: str) -> None:
    """Raises Problem(deleted) for a file that was deleted on purpose."""
    if session.scalar(select(Artifact.id).where(Artifact.blob_key == blob_key, Artifact.deleted_at.is_not(None)).limit(1)) is not None:
        raise Problem(
            "deleted",
            410,
            _("This file was deleted"),
            _("Files in which students can be recognized are deleted some time after the outcome."),
            _("What was written about it, the scores and the outcome are kept."),
        )


@dataclass(frozen=True)
class OpenHold:
    """A privacy problem that somebody has to settle. `title` is the microcredential's."""

    id: UUID
    artifact_id: UUID
    activity_id: UUID
    title: str
    state: str
    raised_at: datetime


def _open(*where: ColumnElement[bool]) -> object:
    return (
        select(
            ArtifactHold.id, ArtifactHold.artifact_id, Activity.id, MicrocredentialVersion.title, ArtifactHold.state, ArtifactHold.raised_at
        )
        .join(Submission, Submission.id == ArtifactHold.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(ArtifactHold.state.in_(OPEN_HOLDS), *where)
        .order_by(ArtifactHold.raised_at, ArtifactHold.id)
    )


def open_of_owner(session: Session, district_id: UUID, owner_id: UUID) -> tuple[OpenHold, ...]:
    """The open problems with this teacher's evidence, oldest first."""
    rows = session.execute(_open(ArtifactHold.district_id == district_id, ArtifactHold.owner_id == owner_id))  # type: ignore[call-overload]
    return tuple(OpenHold(*row) for row in rows)


def open_count(session: Session, district_id: UUID, *, viewer_id: UUID, context_id: UUID | None) -> int:
    """How many open problems there are, in the district or in one course; without those of the viewer's own work."""
    query = (
        select(func.count(ArtifactHold.id))
        .join(Submission, Submission.id == ArtifactHold.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .where(ArtifactHold.district_id == district_id, ArtifactHold.state.in_(OPEN_HOLDS), ArtifactHold.owner_id != viewer_id)
    )
    if context_id is not None:
        query = query.where(Activity.context_id == context_id)
    return session.scalar(query) or 0
