"""Pieces of evidence in a draft: add and change.

Whoever adds one puts it into their portfolio and uses it in a requirement, in one go.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import EvidenceRequirement
from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence import consent_policies, policies
from lti_tool.evidence.consent_policies import Consent
from lti_tool.evidence.examining import expect
from lti_tool.evidence.link_policies import is_private_address, is_web_address
from lti_tool.evidence.models import Artifact, ArtifactUse, Enrollment
from lti_tool.evidence.service import MOST_CHARACTERS, Owner, Stale, content_of, open_draft, own
from lti_tool.evidence.uploads import Received
from lti_tool.inputs import overtaken, plain_text
from lti_tool.language import N_, _
from lti_tool.tool import Tool

_MOST_TITLE = 200
UNTITLED = N_("Untitled text")


def requirement_for(session: Session, enrollment: Enrollment, key: str, kind: str | None = None) -> EvidenceRequirement:
    """The requirement that this key names, which takes this kind. Raises Problem(not_found, bad_request)."""
    try:
        requirement = content_of(session, enrollment).requirement(key)
    except KeyError as error:
        raise not_found("no such requirement") from error
    if kind is not None and kind not in requirement.accepts:
        raise bad_request(_("This part of the evidence does not take that kind of piece."), f"{kind} is not accepted")
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
    criteria: Collection[str] | None = None,
    page: str = "",
) -> Artifact:
    """Add something written. `criteria` are those that it shows; None: where the requirement is judged by one only, that one.

    `page` names the open page that saves: what it added before is changed, not added again.
    Raises Problem(not_found, conflict, bad_request).
    """
    if page and (earlier := _added_in(session, owner, enrollment_id, page)):
        said: dict[str, Any] = {"title": title, "text": text, "students": students, "consent": consent}
        artifact = change(session, here, owner, enrollment_id, earlier, **said, seen=0, page=page)
        enrollment = own(session, owner, enrollment_id)
        for use, _piece in uses_of(session, enrollment, earlier):
            if use.requirement_key == requirement_key and criteria is not None:
                use.criteria = known_criteria(session, enrollment, criteria)
        return artifact
    place = enrollment_id, requirement_key
    return _add(session, here, owner, *place, "text", title or _(UNTITLED), text, students, consent, criteria, saved_in=page)


def _added_in(session: Session, owner: Owner, enrollment_id: UUID, page: str) -> UUID | None:
    open_draft_of = select(Artifact.id).join(ArtifactUse, ArtifactUse.artifact_id == Artifact.id)
    name = page.partition(".")[0]
    return session.scalar(
        open_draft_of.where(
            Artifact.person_id == owner.person_id,
            Artifact.district_id == owner.district_id,
            Artifact.kind == "text",
            Artifact.removed_at.is_(None),
            Artifact.saved_in.startswith(name, autoescape=True),
            ArtifactUse.enrollment_id == enrollment_id,
        ).limit(1)
    )


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
    criteria: Collection[str] | None = None,
) -> Artifact:
    """Add a web address, with a note in `text`; `criteria` as in `add_text`. Raises Problem(not_found, conflict, bad_request)."""
    address = _web_address(url)
    title = title or urlsplit(url).netloc
    artifact = _add(session, here, owner, enrollment_id, requirement_key, "link", title, text, students, consent, criteria, url=address)
    ask(session, here, artifact)
    return artifact


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
    criteria: Collection[str] | None = None,
) -> Artifact:
    """Add a stored file, with a note in `text`; `criteria` as in `add_text`.

    Raises Problem(not_found, conflict, bad_request); the caller's `received` block then discards the file.
    """
    expect(session, here, district_id=owner.district_id, blob_key=file.blob.key, media_type=file.media_type, size=file.blob.size)
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
        criteria,
        blob_key=file.blob.key,
        filename=file.filename,
        media_type=file.media_type,
        size=file.blob.size,
        sha256=file.blob.sha256,
    )


def _web_address(url: str) -> str:
    if not is_web_address(url):
        raise bad_request(_("A link starts with https:// or http://."), "not a web address")
    if is_private_address(url):
        raise bad_request(_("This address works only inside one network."), "a private address")
    return url


def _declared(requirement: EvidenceRequirement, students: str) -> str:
    if students and students not in policies.declarations(requirement):
        raise bad_request(_("That is not one of the answers about students in this part."), "declaration not offered")
    return students


def keep_consent(artifact: Artifact, given: Consent) -> None:
    consent = consent_policies.kept(artifact.students, given)
    place = " ".join(plain_text(consent.place).split())[: consent_policies.MOST_PLACE]
    if consent_policies.looks_like_names(place):
        raise bad_request(_("Say where the consent forms are kept, without anybody's name."), "a list of names")
    if consent.form not in ("", *consent_policies.FORMS) or not 0 <= (consent.students or 0) <= consent_policies.MOST_STUDENTS:
        raise bad_request(_("That is not one of the answers about the consent form."), "consent not offered")
    artifact.consent_form, artifact.consent_students, artifact.consent_place = consent.form, consent.students, place


def _text(text: str) -> str:
    return plain_text(text)[:MOST_CHARACTERS]


def clean_title(title: str) -> str:
    """A title as it is kept: one line, at most 200 characters."""
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
    criteria: Collection[str] | None,
    **values: str | int,
) -> Artifact:
    enrollment = open_draft(session, here, owner, enrollment_id)
    requirement = requirement_for(session, enrollment, requirement_key, kind)
    has_room(session, enrollment, requirement)
    now = here.clock()
    given = {"saved_in": "", "url": "", "blob_key": "", "filename": "", "media_type": "", "size": 0, "sha256": "", **values}
    artifact = Artifact(
        district_id=owner.district_id,
        person_id=owner.person_id,
        kind=kind,
        title=clean_title(title),
        text=_text(text),
        students=_declared(requirement, students),
        created_at=now,
        changed_at=now,
        removed_at=None,
        **given,
    )
    keep_consent(artifact, consent)
    session.add(artifact)
    session.flush()
    use_in(session, here, enrollment, requirement, artifact, criteria)
    return artifact


def has_room(session: Session, enrollment: Enrollment, requirement: EvidenceRequirement, *, coming: int = 0) -> None:
    """Raises Problem(conflict) where the requirement holds as many pieces as it may, those that are `coming` counted."""
    have = session.scalar(
        select(func.count()).where(ArtifactUse.enrollment_id == enrollment.id, ArtifactUse.requirement_key == requirement.key)
    )
    if (have or 0) + coming >= requirement.maximum:
        full = (
            N_("“%(title)s” holds at most %(most)s. Cancel an unfinished upload or take a piece out before you add another.")
            if coming
            else N_("“%(title)s” holds at most %(most)s. Take a piece out before you add another.")
        )
        raise conflict(_(full, title=requirement.title, most=requirement.maximum), "requirement is full")


def use_in(
    session: Session,
    here: Tool,
    enrollment: Enrollment,
    requirement: EvidenceRequirement,
    artifact: Artifact,
    criteria: Collection[str] | None,
) -> ArtifactUse:
    """Use an artifact in a requirement that has room; `criteria` as in `add_text`. Raises Problem(bad_request)."""
    if criteria is None:
        criteria = requirement.criteria if len(requirement.criteria) == 1 else ()
    use = ArtifactUse(
        district_id=enrollment.district_id,
        enrollment_id=enrollment.id,
        artifact_id=artifact.id,
        requirement_key=requirement.key,
        criteria=known_criteria(session, enrollment, criteria),
        created_at=here.clock(),
    )
    session.add(use)
    session.flush()
    return use


def known_criteria(session: Session, enrollment: Enrollment, criteria: Collection[str]) -> list[str]:
    """These keys in the rubric's order. Raises Problem(bad_request) for one that it does not hold."""
    known = [criterion.key for criterion in content_of(session, enrollment).criteria]
    if not set(criteria) <= set(known):
        raise bad_request(_("One of the criteria is not in the rubric."), "unknown criterion")
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
    consent: Consent = consent_policies.NONE,
    seen: int | None = None,
    page: str = "",
) -> Artifact:
    """Change a piece wherever a draft uses it; a file's bytes stay as they are.

    `seen` is the revision that the page was made from (None: any), `page` its name.
    Raises Stale, Problem(not_found, conflict, bad_request).
    """
    enrollment = open_draft(session, here, owner, enrollment_id)
    uses = uses_of(session, enrollment, artifact_id)
    artifact = uses[0][1]
    if (artifact.title, artifact.text) != (clean_title(title) or artifact.title, _text(text)) and seen is not None:
        _check_stale(artifact, seen, page)
    for use, _piece in uses:
        artifact.students = _declared(requirement_for(session, enrollment, use.requirement_key), students)
    keep_consent(artifact, consent)
    artifact.title, artifact.text = clean_title(title) or artifact.title, _text(text)
    if artifact.kind == "link" and artifact.url != url:
        artifact.url = _web_address(url)
        ask(session, here, artifact)
    artifact.revision, artifact.saved_in = artifact.revision + 1, page
    artifact.changed_at = here.clock()
    return artifact


def _check_stale(artifact: Artifact, seen: int, page: str) -> None:
    if overtaken(seen=seen, page=page, revision=artifact.revision, saved_in=artifact.saved_in):
        raise Stale(("text",))


def ask(session: Session, here: Tool, artifact: Artifact) -> None:
    """Have the worker look at a link (links.look_due); nothing for an artifact that is none."""
    if artifact.kind == "link":
        artifact.link_state, artifact.link_about, artifact.link_due_at = "waiting", {}, here.clock()
        after_commit(session, here.wake)
