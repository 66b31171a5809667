"""Pieces of evidence in a draft: add, change, remove. A file that a submission froze is never deleted.

Whoever adds one puts it into their portfolio and uses it in a requirement, in one go.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import EvidenceRequirement
from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence import policies
from lti_tool.evidence.models import Artifact, ArtifactUse, Enrollment, Submission
from lti_tool.evidence.service import MOST_CHARACTERS, Owner, content_of, open_draft
from lti_tool.evidence.uploads import Received
from lti_tool.inputs import plain_text
from lti_tool.tool import Tool

_MOST_TITLE = 200


def requirement_for(session: Session, enrollment: Enrollment, key: str, kind: str | None = None) -> EvidenceRequirement:
    """The requirement that this key names, which takes this kind. Raises Problem(not_found, bad_request)."""
    try:
        requirement = content_of(session, enrollment).requirement(key)
    except KeyError as error:
        raise not_found("no such requirement") from error
    if kind is not None and kind not in requirement.accepts:
        raise bad_request("This part of the evidence does not take that kind of piece.", f"{kind} is not accepted")
    return requirement


def add_text(
    session: Session,
    here: Tool,
    owner: Owner,
    enrollment_id: UUID,
    requirement_key: str,
    *,
    title: str,
    text: str,
    students: str = "",
    criteria: Collection[str] | None = None,
) -> Artifact:
    """Add something written. `criteria` are those that it shows; None: where the requirement is judged by one only, that one.

    Raises Problem(not_found, conflict, bad_request).
    """
    return _add(session, here, owner, enrollment_id, requirement_key, "text", title, text, students, criteria)


def add_link(
    session: Session,
    here: Tool,
    owner: Owner,
    enrollment_id: UUID,
    requirement_key: str,
    *,
    title: str,
    url: str,
    text: str = "",
    students: str = "",
    criteria: Collection[str] | None = None,
) -> Artifact:
    """Add a web address, with a note in `text`; `criteria` as in `add_text`. Raises Problem(not_found, conflict, bad_request)."""
    address = _web_address(url)
    return _add(
        session, here, owner, enrollment_id, requirement_key, "link", title or urlsplit(url).netloc, text, students, criteria, url=address
    )


def add_file(
    session: Session,
    here: Tool,
    owner: Owner,
    enrollment_id: UUID,
    requirement_key: str,
    *,
    title: str,
    file: Received,
    text: str = "",
    students: str = "",
    criteria: Collection[str] | None = None,
) -> Artifact:
    """Add a stored file, with a note in `text`; `criteria` as in `add_text`.

    Raises Problem(not_found, conflict, bad_request); the caller's `received` block then discards the file.
    """
    return _add(
        session,
        here,
        owner,
        enrollment_id,
        requirement_key,
        "file",
        title or file.filename,
        text,
        students,
        criteria,
        blob_key=file.blob.key,
        filename=file.filename,
        media_type=file.media_type,
        size=file.blob.size,
        sha256=file.blob.sha256,
    )


def _web_address(url: str) -> str:
    if not is_web_address(url):
        raise bad_request("A link starts with https:// or http://.", "not a web address")
    return url


def is_web_address(url: str) -> bool:
    """Whether a browser can open it as a page: http(s), a host, nobody's password in it, nothing unprintable."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    clean = url.isprintable() and " " not in url and len(url) <= 2000
    return clean and parts.scheme in ("http", "https") and bool(parts.hostname) and parts.username is None


def _declared(requirement: EvidenceRequirement, students: str) -> str:
    if students and students not in policies.declarations(requirement):
        raise bad_request("That is not one of the answers about students in this part.", "declaration not offered")
    return students


def _text(text: str) -> str:
    return plain_text(text)[:MOST_CHARACTERS]


def _title(title: str) -> str:
    return " ".join(plain_text(title).split())[:_MOST_TITLE]


def _add(
    session: Session,
    here: Tool,
    owner: Owner,
    enrollment_id: UUID,
    requirement_key: str,
    kind: str,
    title: str,
    text: str,
    students: str,
    criteria: Collection[str] | None,
    **values: str | int,
) -> Artifact:
    enrollment = open_draft(session, here, owner, enrollment_id)
    requirement = requirement_for(session, enrollment, requirement_key, kind)
    _has_room(session, enrollment, requirement)
    now = here.clock()
    given = {"url": "", "blob_key": "", "filename": "", "media_type": "", "size": 0, "sha256": "", **values}
    artifact = Artifact(
        district_id=owner.district_id,
        person_id=owner.person_id,
        kind=kind,
        title=_title(title),
        text=_text(text),
        students=_declared(requirement, students),
        created_at=now,
        changed_at=now,
        removed_at=None,
        **given,
    )
    session.add(artifact)
    session.flush()
    _use(session, here, enrollment, requirement, artifact, criteria)
    return artifact


def _has_room(session: Session, enrollment: Enrollment, requirement: EvidenceRequirement) -> None:
    have = session.scalar(
        select(func.count()).where(ArtifactUse.enrollment_id == enrollment.id, ArtifactUse.requirement_key == requirement.key)
    )
    if (have or 0) >= requirement.maximum:
        raise conflict(
            f"“{requirement.title}” holds at most {requirement.maximum}. Take a piece out before you add another.", "requirement is full"
        )


def _use(
    session: Session,
    here: Tool,
    enrollment: Enrollment,
    requirement: EvidenceRequirement,
    artifact: Artifact,
    criteria: Collection[str] | None,
) -> ArtifactUse:
    if criteria is None:
        criteria = requirement.criteria if len(requirement.criteria) == 1 else ()
    use = ArtifactUse(
        district_id=enrollment.district_id,
        enrollment_id=enrollment.id,
        artifact_id=artifact.id,
        requirement_key=requirement.key,
        criteria=_known_criteria(session, enrollment, criteria),
        created_at=here.clock(),
    )
    session.add(use)
    session.flush()
    return use


def _known_criteria(session: Session, enrollment: Enrollment, criteria: Collection[str]) -> list[str]:
    known = [criterion.key for criterion in content_of(session, enrollment).criteria]
    if not set(criteria) <= set(known):
        raise bad_request("One of the criteria is not in the rubric.", "unknown criterion")
    return [key for key in known if key in criteria]


def uses_of(session: Session, enrollment: Enrollment, artifact_id: UUID) -> list[tuple[ArtifactUse, Artifact]]:
    """Where a draft uses an artifact, oldest first. Raises Problem(not_found) where it does not."""
    found = session.execute(
        select(ArtifactUse, Artifact)
        .join(Artifact, Artifact.id == ArtifactUse.artifact_id)
        .where(ArtifactUse.artifact_id == artifact_id, ArtifactUse.enrollment_id == enrollment.id, Artifact.removed_at.is_(None))
        .order_by(ArtifactUse.id)
    ).all()
    if not found:
        raise not_found("no such piece in this draft")
    return [(use, artifact) for use, artifact in found]


def change(
    session: Session,
    here: Tool,
    owner: Owner,
    enrollment_id: UUID,
    artifact_id: UUID,
    *,
    title: str,
    students: str,
    text: str = "",
    url: str = "",
) -> Artifact:
    """Change a piece wherever a draft uses it; a file's bytes stay as they are. Raises Problem(not_found, conflict, bad_request)."""
    enrollment = open_draft(session, here, owner, enrollment_id)
    uses = uses_of(session, enrollment, artifact_id)
    artifact = uses[0][1]
    for use, _ in uses:
        artifact.students = _declared(requirement_for(session, enrollment, use.requirement_key), students)
    artifact.title, artifact.text = _title(title) or artifact.title, _text(text)
    if artifact.kind == "link":
        artifact.url = _web_address(url)
    artifact.changed_at = here.clock()
    return artifact


def remove(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, artifact_id: UUID) -> str:
    """Delete a piece of the draft from the portfolio, and so from every draft that uses it; returns the requirement that it stood in.

    Its row, and a file's bytes, stay where a submission holds them. Raises Problem(not_found, conflict).
    """
    _lock_all(session, owner)
    enrollment = open_draft(session, here, owner, enrollment_id)
    use, artifact = uses_of(session, enrollment, artifact_id)[0]
    _delete(session, here, artifact)
    return use.requirement_key


def _lock_all(session: Session, owner: Owner) -> None:
    # Nothing of this person may be submitted while a piece goes; in the order of ids, so that nobody waits in a circle.
    mine = select(Enrollment.id).where(Enrollment.person_id == owner.person_id, Enrollment.district_id == owner.district_id)
    session.execute(mine.order_by(Enrollment.id).with_for_update()).all()


def _delete(session: Session, here: Tool, artifact: Artifact) -> None:
    session.execute(delete(ArtifactUse).where(ArtifactUse.artifact_id == artifact.id))
    if is_frozen(session, artifact):
        artifact.removed_at = here.clock()
        return
    session.delete(artifact)
    if artifact.blob_key:
        after_commit(session, partial(here.blobs.delete, artifact.blob_key))


def is_frozen(session: Session, artifact: Artifact) -> bool:
    """Whether a submission holds a copy of it."""
    snapshots = session.scalars(
        select(Submission.snapshot)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .where(Enrollment.person_id == artifact.person_id, Submission.district_id == artifact.district_id)
    )
    return any(copy["id"] == str(artifact.id) for snapshot in snapshots for copy in snapshot["artifacts"])
