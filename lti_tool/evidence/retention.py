"""Files in which students can be recognized go after a while: the row says so first, then the bytes go, and what fails is found again."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import insert_if_new
from lti_tool.evidence import retention_policies
from lti_tool.evidence.examining import forget_what_was_made
from lti_tool.evidence.keeping_models import ArtifactHold, BlobDeletion, LegalHold
from lti_tool.evidence.models import Artifact, ArtifactUse, Enrollment, Submission
from lti_tool.evidence.retention_policies import Rule
from lti_tool.evidence.service import standing_of
from lti_tool.tool import Tool

log = structlog.get_logger()

_REST = timedelta(minutes=10)
_UPHELD = ("replaced", "removed")


def rule(here: Tool) -> Rule:
    """The rule of this installation."""
    settings = here.settings
    return Rule(settings.appeal_days, settings.retention_days, settings.retention_background)


def under_legal_hold(session: Session, person_id: UUID) -> LegalHold | None:
    """The legal hold on this person's evidence that has not been lifted, if there is one."""
    return session.scalars(
        select(LegalHold).where(LegalHold.person_id == person_id, LegalHold.lifted_at.is_(None)).order_by(LegalHold.placed_at).limit(1)
    ).first()


def fates(session: Session, here: Tool, district_id: UUID, person_id: UUID) -> dict[UUID, datetime]:
    """From when on which of a person's files are to be deleted, as things stand; without those that are not to be."""
    now, kept = here.clock(), rule(here)
    legal_hold = under_legal_hold(session, person_id) is not None
    ends = {
        enrollment.id: retention_policies.final_at(standing_of(session, enrollment), enrollment.ended_at, now)
        for enrollment in session.scalars(
            select(Enrollment).where(Enrollment.person_id == person_id, Enrollment.district_id == district_id)
        )
    }
    breaches = set(
        session.scalars(select(ArtifactHold.artifact_id).where(ArtifactHold.owner_id == person_id, ArtifactHold.state.in_(_UPHELD)))
    )
    holds = _held_by(session, list(ends))
    found = {}
    for artifact in session.scalars(
        select(Artifact).where(Artifact.person_id == person_id, Artifact.kind == "file", Artifact.deleted_at.is_(None))
    ):
        day = retention_policies.deletable_on(
            kept,
            kind=artifact.kind,
            students=artifact.students,
            breach=artifact.id in breaches,
            ends=[ends[enrollment_id] for enrollment_id in holds.get(artifact.id, ())],
            legal_hold=legal_hold,
        )
        if day is not None:
            found[artifact.id] = day
    return found


def _held_by(session: Session, enrollment_ids: Collection[UUID]) -> dict[UUID, set[UUID]]:
    """Which of these tries hold which piece: in the draft, or in a frozen copy."""
    found: dict[UUID, set[UUID]] = {}
    uses = select(ArtifactUse.artifact_id, ArtifactUse.enrollment_id).where(ArtifactUse.enrollment_id.in_(enrollment_ids))
    for artifact_id, enrollment_id in session.execute(uses):
        found.setdefault(artifact_id, set()).add(enrollment_id)
    copies = select(Submission.enrollment_id, Submission.snapshot).where(Submission.enrollment_id.in_(enrollment_ids))
    for enrollment_id, snapshot in session.execute(copies):
        for copy in snapshot["artifacts"]:
            found.setdefault(UUID(copy["id"]), set()).add(enrollment_id)
    return found


def sweep(here: Tool) -> int:
    """Delete every file whose day has come, person by person, and bring unfinished deletions to their end. Returns how many files."""
    now, kept = here.clock(), rule(here)
    cutoff = now - timedelta(days=kept.appeal_days + kept.days)
    ended = or_(Enrollment.ended_at <= cutoff, and_(Enrollment.ended_at.is_(None), Enrollment.deadline_at <= cutoff))
    with here.database.read() as session:
        people = session.execute(
            select(Artifact.district_id, Artifact.person_id)
            .join(Enrollment, Enrollment.person_id == Artifact.person_id)
            .where(Artifact.kind == "file", Artifact.deleted_at.is_(None), ended)
            .distinct()
            .order_by(Artifact.person_id)
        ).all()
    count = 0
    for district_id, person_id in people:
        with here.database.unit() as session:
            due = [artifact_id for artifact_id, day in fates(session, here, district_id, person_id).items() if day <= now]
            rows = session.scalars(
                select(Artifact).where(Artifact.id.in_(due), Artifact.deleted_at.is_(None)).order_by(Artifact.id).with_for_update()
            ).all()
            for artifact in rows:
                delete_file(session, here, artifact)
                audit.record(
                    session, district_id=district_id, at=now, action="evidence:file:deleted", subject_id=artifact.id, days=kept.days
                )
            count += len(rows)
    finish(here)
    return count


def delete_file(session: Session, here: Tool, artifact: Artifact) -> None:
    """Give up a file: its row keeps hash, size and declaration and says when it went. What replaced it in a review goes along.

    No draft uses it any more; frozen copies stay as they are.
    """
    artifact.deleted_at = here.clock()
    session.execute(delete(ArtifactUse).where(ArtifactUse.artifact_id == artifact.id))
    replaced = session.scalars(select(ArtifactHold.replacement).where(ArtifactHold.artifact_id == artifact.id)).all()
    keys = [artifact.blob_key, *(copy.get("blob_key", "") for copy in replaced if copy)]
    give_up(session, here, artifact.district_id, keys)


def give_up(session: Session, here: Tool, district_id: UUID, blob_keys: Collection[str]) -> None:
    """Note in this unit of work that these files have to go, and what was made of them; `finish` takes the bytes away."""
    for key in (*blob_keys, *forget_what_was_made(session, blob_keys)):
        if key:
            values: dict[str, Any] = {"blob_key": key, "district_id": district_id, "queued_at": here.clock(), "tried_at": None}
            insert_if_new(session, BlobDeletion, values)


def finish(here: Tool) -> int:
    """Take away the bytes that were given up. Returns how many are left because the store did not answer: a later round tries again."""
    rested = or_(BlobDeletion.tried_at.is_(None), BlobDeletion.tried_at <= here.clock() - _REST)
    with here.database.read() as session:
        keys = session.scalars(select(BlobDeletion.blob_key).where(rested).order_by(BlobDeletion.queued_at, BlobDeletion.blob_key)).all()
    left = 0
    for key in keys:
        try:
            here.blobs.delete(key)
            gone = True
        except Exception as error:  # whatever the store's fault is, the other files must not wait for it
            gone, left = False, left + 1
            log.error("blob_not_deleted", kind=type(error).__name__)
        with here.database.unit() as session:
            row = session.get(BlobDeletion, key)
            if row is not None and gone:
                session.delete(row)
            elif row is not None:
                row.tried_at = here.clock()
    return left
