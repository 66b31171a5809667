"""Pieces of evidence in a draft: add, change, remove. A file that a submission froze is never deleted."""

from __future__ import annotations

from functools import partial
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import EvidenceRequirement
from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence import consent_policies, policies
from lti_tool.evidence.consent_policies import Consent
from lti_tool.evidence.models import Artifact, Enrollment, Submission
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
    consent: Consent = consent_policies.NONE,
) -> Artifact:
    """Add something written. Raises Problem(not_found, conflict, bad_request)."""
    return _add(session, here, owner, enrollment_id, requirement_key, "text", title, text, students, consent)


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
    consent: Consent = consent_policies.NONE,
) -> Artifact:
    """Add a web address, with a note in `text`. Raises Problem(not_found, conflict, bad_request)."""
    address = _web_address(url)
    return _add(
        session, here, owner, enrollment_id, requirement_key, "link", title or urlsplit(url).netloc, text, students, consent, url=address
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
    consent: Consent = consent_policies.NONE,
) -> Artifact:
    """Add a stored file, with a note in `text`.

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
        consent,
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


def _keep_consent(artifact: Artifact, given: Consent) -> None:
    consent = consent_policies.kept(artifact.students, given)
    place = " ".join(plain_text(consent.place).split())[: consent_policies.MOST_PLACE]
    if consent_policies.looks_like_names(place):
        raise bad_request("Say where the consent forms are kept, without anybody's name.", "a list of names")
    if consent.form not in ("", *consent_policies.FORMS) or not 0 <= (consent.students or 0) <= consent_policies.MOST_STUDENTS:
        raise bad_request("That is not one of the answers about the consent form.", "consent not offered")
    artifact.consent_form, artifact.consent_students, artifact.consent_place = consent.form, consent.students, place


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
    consent: Consent,
    **values: str | int,
) -> Artifact:
    enrollment = open_draft(session, here, owner, enrollment_id)
    requirement = requirement_for(session, enrollment, requirement_key, kind)
    have = session.scalar(
        select(func.count()).where(
            Artifact.enrollment_id == enrollment.id, Artifact.requirement_key == requirement_key, Artifact.removed_at.is_(None)
        )
    )
    if (have or 0) >= requirement.maximum:
        raise conflict(
            f"“{requirement.title}” holds at most {requirement.maximum}. Remove a piece before you add another.", "requirement is full"
        )
    now = here.clock()
    given = {"url": "", "blob_key": "", "filename": "", "media_type": "", "size": 0, "sha256": "", **values}
    artifact = Artifact(
        district_id=owner.district_id,
        person_id=owner.person_id,
        enrollment_id=enrollment.id,
        requirement_key=requirement_key,
        kind=kind,
        title=_title(title),
        text=_text(text),
        students=_declared(requirement, students),
        created_at=now,
        changed_at=now,
        removed_at=None,
        **given,
    )
    _keep_consent(artifact, consent)
    session.add(artifact)
    session.flush()
    return artifact


def _own_artifact(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, artifact_id: UUID) -> tuple[Enrollment, Artifact]:
    enrollment = open_draft(session, here, owner, enrollment_id)
    artifact = session.scalar(
        select(Artifact).where(Artifact.id == artifact_id, Artifact.enrollment_id == enrollment.id, Artifact.removed_at.is_(None))
    )
    if artifact is None:
        raise not_found("no such piece in this draft")
    return enrollment, artifact


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
    consent: Consent = consent_policies.NONE,
) -> Artifact:
    """Change a piece of the draft; a file's bytes stay as they are. Raises Problem(not_found, conflict, bad_request)."""
    enrollment, artifact = _own_artifact(session, here, owner, enrollment_id, artifact_id)
    artifact.students = _declared(requirement_for(session, enrollment, artifact.requirement_key), students)
    _keep_consent(artifact, consent)
    artifact.title, artifact.text = _title(title) or artifact.title, _text(text)
    if artifact.kind == "link":
        artifact.url = _web_address(url)
    artifact.changed_at = here.clock()
    return artifact


def remove(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, artifact_id: UUID) -> Artifact:
    """Take a piece out of the draft. Its row, and a file's bytes, stay where a submission holds them."""
    enrollment, artifact = _own_artifact(session, here, owner, enrollment_id, artifact_id)
    snapshots = session.scalars(select(Submission.snapshot).where(Submission.enrollment_id == enrollment.id))
    if any(copy["id"] == str(artifact.id) for snapshot in snapshots for copy in snapshot["artifacts"]):
        artifact.removed_at = here.clock()
        return artifact
    session.delete(artifact)
    if artifact.blob_key:
        after_commit(session, partial(here.blobs.delete, artifact.blob_key))
    return artifact
