"""A teacher's portfolio: a piece is used in a requirement, taken out of it, renamed, deleted. Everything is the owner's alone."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence import policies, retention
from lti_tool.evidence.artifacts import clean_title, has_room, known_criteria, requirement_for, use_in, uses_of
from lti_tool.evidence.models import Artifact, ArtifactUse, Enrollment, Submission
from lti_tool.evidence.service import Owner, open_draft
from lti_tool.language import _
from lti_tool.tool import Tool


def own_artifact(session: Session, owner: Owner, artifact_id: UUID) -> Artifact:
    """A piece of the owner's portfolio, locked for this unit of work. Raises Problem(not_found)."""
    artifact = session.scalar(
        select(Artifact)
        .where(
            Artifact.id == artifact_id,
            Artifact.district_id == owner.district_id,
            Artifact.person_id == owner.person_id,
            Artifact.removed_at.is_(None),
        )
        .with_for_update()
    )
    if artifact is None:
        raise not_found("no such piece in this portfolio")
    return artifact


def choose(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, requirement_key: str, artifact_id: UUID) -> None:
    """Use a piece of the portfolio in a requirement; nothing changes where it is used there already.

    Raises Problem: not_found; bad_request for a kind that the requirement does not take; conflict where it is full, the draft is not
    open, or the piece shows students who must not be seen there.
    """
    enrollment = open_draft(session, here, owner, enrollment_id)
    artifact = own_artifact(session, owner, artifact_id)
    requirement = requirement_for(session, enrollment, requirement_key, artifact.kind)
    used = select(ArtifactUse.id).where(
        ArtifactUse.enrollment_id == enrollment.id,
        ArtifactUse.artifact_id == artifact.id,
        ArtifactUse.requirement_key == requirement_key,
    )
    if session.scalar(used) is not None:
        return
    if artifact.deleted_at is not None:
        raise conflict(_("The file of this piece was deleted by the retention rule."), "file is gone")
    if artifact.students and artifact.students not in policies.declarations(requirement):
        raise conflict(_("You said that this piece shows students. They must not be seen in this part."), "declaration does not fit")
    has_room(session, enrollment, requirement)
    use_in(session, here, enrollment, requirement, artifact, None)


def _use(
    session: Session, here: Tool, owner: Owner, enrollment_id: UUID, requirement_key: str, artifact_id: UUID
) -> tuple[Enrollment, ArtifactUse]:
    enrollment = open_draft(session, here, owner, enrollment_id)
    for use, _piece in uses_of(session, enrollment, artifact_id):
        if use.requirement_key == requirement_key:
            return enrollment, use
    raise not_found("not used in this requirement")


def take_out(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, requirement_key: str, artifact_id: UUID) -> None:
    """Use a piece no more in this requirement; it stays in the portfolio. Raises Problem(not_found, conflict)."""
    _enrollment, use = _use(session, here, owner, enrollment_id, requirement_key, artifact_id)
    session.delete(use)


def say_criteria(
    session: Session,
    here: Tool,
    owner: Owner,
    enrollment_id: UUID,
    requirement_key: str,
    artifact_id: UUID,
    criteria: Collection[str],
) -> None:
    """Say which criteria a piece shows in this requirement. Raises Problem(not_found, conflict, bad_request)."""
    enrollment, use = _use(session, here, owner, enrollment_id, requirement_key, artifact_id)
    use.criteria = known_criteria(session, enrollment, criteria)


def rename(session: Session, here: Tool, owner: Owner, artifact_id: UUID, title: str) -> None:
    """Give a piece another title, in every draft that uses it. Raises Problem(not_found, bad_request)."""
    artifact = own_artifact(session, owner, artifact_id)
    if not (wanted := clean_title(title)):
        raise bad_request(_("Give it a title."), "empty title")
    if wanted != artifact.title:
        artifact.title, artifact.changed_at = wanted, here.clock()


def delete_artifact(session: Session, here: Tool, owner: Owner, artifact_id: UUID) -> None:
    """Delete a piece from the portfolio, and so from every draft that uses it.

    Its row, and a file's bytes, stay where a submission holds them. Raises Problem: not_found; conflict under a legal hold.
    """
    _lock_all(session, owner)
    artifact = own_artifact(session, owner, artifact_id)
    if retention.under_legal_hold(session, owner.person_id) is not None:
        raise conflict(_("Your district has to keep everything of yours for now, so nothing can be deleted."), "legal hold")
    session.execute(delete(ArtifactUse).where(ArtifactUse.artifact_id == artifact.id))
    if is_frozen(session, artifact):
        artifact.removed_at = here.clock()
        return
    session.delete(artifact)
    if artifact.blob_key:
        retention.give_up(session, here, owner.district_id, [artifact.blob_key])
        after_commit(session, partial(retention.finish, here))


def _lock_all(session: Session, owner: Owner) -> None:
    # Nothing of this person may be submitted while a piece goes; in the order of ids, so that nobody waits in a circle.
    mine = select(Enrollment.id).where(Enrollment.person_id == owner.person_id, Enrollment.district_id == owner.district_id)
    session.execute(mine.order_by(Enrollment.id).with_for_update()).all()


def is_frozen(session: Session, artifact: Artifact) -> bool:
    """Whether a submission holds a copy of it."""
    snapshots = session.scalars(
        select(Submission.snapshot)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .where(Enrollment.person_id == artifact.person_id, Submission.district_id == artifact.district_id)
    )
    return any(copy["id"] == str(artifact.id) for snapshot in snapshots for copy in snapshot["artifacts"])
