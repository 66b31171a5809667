"""Anchors: examples with a master score, taken from decided work or written as samples. They hold no name of anybody."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.service import MOST_CHARACTERS
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.inputs import overtaken, plain_text
from lti_tool.language import _
from lti_tool.review import seats
from lti_tool.review.calibration_models import Anchor
from lti_tool.review.coordinating import locked_work, may_run
from lti_tool.tool import Tool

MOST_WORDS = 4000


def anchor_of(session: Session, district_id: UUID, anchor_id: UUID, *, for_update: bool = False) -> Anchor:
    """An anchor of this district. Raises Problem(not_found)."""
    anchor = session.get(Anchor, anchor_id, with_for_update=True if for_update else None)
    if anchor is None or anchor.district_id != district_id:
        raise not_found("no such anchor")
    return anchor


def content_of(session: Session, anchor: Anchor) -> MicrocredentialContent:
    """The version that it is judged by."""
    return MicrocredentialContent.model_validate(session.get_one(MicrocredentialVersion, anchor.version_id).content)


def nameless(snapshot: Snapshot, *, with_students: bool) -> Snapshot:
    """What is taken of a submission: answers and evidence. File names, own levels, and what was said of families' consent stay behind, and
    without `with_students` every piece in which students can be recognized."""  # noqa: D209
    kept = [copy for copy in snapshot.artifacts if with_students or copy.students != "identifiable"]
    return snapshot.model_copy(
        update={
            "self_assessment": {},
            "attested": (),
            "carried": (),
            "artifacts": tuple(_nameless(copy) for copy in kept),
        }
    )


def _nameless(copy: ArtifactCopy) -> ArtifactCopy:
    return copy.model_copy(update={"consent": None, "filename": "", "title": "" if copy.kind == "file" else copy.title})


def title_of(session: Session, *, district_id: UUID, submission_id: UUID, actor_id: UUID) -> str:
    """What decided work is about, for somebody who may make an anchor of it. Raises Problem: not_found; conflict before it is decided."""
    submission = session.get(Submission, submission_id)
    if submission is None or submission.district_id != district_id or not may_run(session, submission, actor_id=actor_id, context_id=None):
        raise not_found("no such submission")
    if submission.state != "decided":
        raise conflict(_("Only work that is decided can become an example."))
    return session.get_one(MicrocredentialVersion, session.get_one(Enrollment, submission.enrollment_id).version_id).title


def take(session: Session, here: Tool, *, district_id: UUID, submission_id: UUID, with_students: bool, actor_id: UUID) -> Anchor:
    """Make an anchor of decided work, whose author has agreed. Raises Problem: not_found; conflict before it is decided, and twice."""
    submission = locked_work(session, district_id=district_id, submission_id=submission_id, actor_id=actor_id, context_id=None)
    if submission.state != "decided":
        raise conflict(_("Only work that is decided can become an example."))
    known = select(Anchor.id).where(Anchor.submission_id == submission_id, Anchor.state != "retired")
    if session.scalar(known.limit(1)) is not None:
        raise conflict(_("This work is an example already."))
    version = session.get_one(MicrocredentialVersion, session.get_one(Enrollment, submission.enrollment_id).version_id)
    snapshot = nameless(Snapshot.model_validate(submission.snapshot), with_students=with_students)
    return _add(session, here, version, snapshot, actor_id=actor_id, submission_id=submission_id)


def write(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    microcredential_id: UUID,
    answers: Mapping[str, str],
    pieces: Mapping[str, str],
    actor_id: UUID,
) -> Anchor:
    """Write a sample for the newest version: an answer to each question and a text for each requirement.

    Raises Problem: not_found; bad_request where something is missing.
    """
    version = newest(session, district_id, microcredential_id)
    content = MicrocredentialContent.model_validate(version.content)
    questions = [one.key for one in (*content.overview_questions, *content.reflection_questions)]
    said = {key: plain_text(answers.get(key, "")).strip()[:MOST_CHARACTERS] for key in questions}
    texts = {one.key: plain_text(pieces.get(one.key, "")).strip()[:MOST_CHARACTERS] for one in content.evidence}
    if not all(said.values()) or not all(texts.values()):
        raise bad_request(_("Write something for every part, so that reviewers can judge every criterion."))
    snapshot = Snapshot(
        version_id=version.id,
        content_hash=version.content_hash,
        answers=said,
        self_assessment={},
        artifacts=tuple(
            ArtifactCopy(id=new_id(), requirement=one.key, kind="text", title=one.title, text=texts[one.key], students="none")
            for one in content.evidence
        ),
        attested=(),
    )
    return _add(session, here, version, snapshot, actor_id=actor_id, submission_id=None)


def newest(session: Session, district_id: UUID, microcredential_id: UUID) -> MicrocredentialVersion:
    """The newest version of a microcredential of this district. Raises Problem(not_found)."""
    version = session.scalars(
        select(MicrocredentialVersion)
        .where(MicrocredentialVersion.microcredential_id == microcredential_id, MicrocredentialVersion.district_id == district_id)
        .order_by(MicrocredentialVersion.number.desc(), MicrocredentialVersion.patch.desc())
        .limit(1)
    ).one_or_none()
    if version is None:
        raise not_found("no published version")
    return version


def _add(
    session: Session, here: Tool, version: MicrocredentialVersion, snapshot: Snapshot, *, actor_id: UUID, submission_id: UUID | None
) -> Anchor:
    session.get_one(Microcredential, version.microcredential_id, with_for_update=True)  # numbers are given one at a time
    last = session.scalar(select(func.max(Anchor.number)).where(Anchor.microcredential_id == version.microcredential_id))
    anchor = Anchor(
        district_id=version.district_id,
        microcredential_id=version.microcredential_id,
        version_id=version.id,
        submission_id=submission_id,
        number=(last or 0) + 1,
        state="draft",
        snapshot=snapshot.model_dump(mode="json"),
        master={},
        made_by=actor_id,
        made_at=here.clock(),
        ready_at=None,
        retired_at=None,
    )
    session.add(anchor)
    session.flush()
    _record(session, here, anchor, "made", actor_id)
    return anchor


def _record(session: Session, here: Tool, anchor: Anchor, act: str, actor_id: UUID) -> None:
    audit.record(
        session,
        district_id=anchor.district_id,
        at=here.clock(),
        action=f"review:anchor:{act}",
        actor_id=actor_id,
        subject_id=anchor.id,
        microcredential=str(anchor.microcredential_id),
        number=anchor.number,
    )


def score(session: Session, anchor: Anchor, *, given: Mapping[str, Mapping[str, Any]], revision: int, page: str) -> None:
    """Keep master levels and why, as a draft. Raises Problem(conflict) when it is in use, or another page has saved since."""
    if anchor.state != "draft":
        raise conflict(_("This example is in use, so its scores stay as they are. Retire it and make another one."))
    if overtaken(seen=revision, page=page, revision=anchor.revision, saved_in=anchor.saved_in):
        raise conflict(_("These scores were changed in another window. Copy what you wrote, then reload the page."))
    content = content_of(session, anchor)
    anchor.master = {one.key: _master(given[one.key], len(one.levels)) for one in content.criteria if one.key in given}
    anchor.revision += 1
    anchor.saved_in = page


def _master(given: Mapping[str, Any], levels: int) -> dict[str, Any]:
    level = given.get("level")
    known = isinstance(level, int) and 0 <= level < levels
    return {"level": level if known else None, "why": str(given.get("feedback") or "")[:MOST_WORDS]}


def open_faults(session: Session, anchor: Anchor) -> list[str]:
    """Criteria that lack a master level or why."""
    return [
        one.key
        for one in content_of(session, anchor).criteria
        if (anchor.master.get(one.key) or {}).get("level") is None or not str((anchor.master.get(one.key) or {}).get("why", "")).strip()
    ]


def make_ready(session: Session, here: Tool, anchor: Anchor, *, actor_id: UUID) -> None:
    """From now on reviewers calibrate by it. Raises Problem: bad_request while something is missing; conflict when it is in use."""
    if anchor.state != "draft":
        raise conflict(_("This example is in use already."))
    if open_faults(session, anchor):
        raise bad_request(_("Every criterion needs a level and a few words of why."))
    anchor.state, anchor.ready_at = "ready", here.clock()
    session.flush()
    _record(session, here, anchor, "ready", actor_id)


def retire(session: Session, here: Tool, anchor: Anchor, *, actor_id: UUID) -> None:
    """Nobody is given it any more; what was reached by it still counts. Raises Problem(conflict) when it is retired already."""
    if anchor.state == "retired":
        raise conflict(_("This example is retired already."))
    anchor.state, anchor.retired_at = "retired", here.clock()
    session.flush()
    _record(session, here, anchor, "retired", actor_id)
    seats.fill_waiting(session, here, anchor.district_id)
