"""Privacy problems: a reviewer raises one, the teacher answers, whoever runs reviews settles it. The review's clock stands still meanwhile.

Whoever changes a hold locks its submission first, like everything that changes reviews.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import cast
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence import holding, retention
from lti_tool.evidence.examining import expect
from lti_tool.evidence.keeping_models import OPEN_HOLDS, ArtifactHold
from lti_tool.evidence.link_policies import is_web_address
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.policies import CLOSED
from lti_tool.evidence.service import MOST_CHARACTERS, Owner
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.evidence.telling import hold_answered, tell_hold
from lti_tool.evidence.uploads import Received
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.review import hold_policies
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.hold_policies import Act, State
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.tool import Tool

MOST_WORDS = 2000


def paused(session: Session, submission_ids: Collection[UUID]) -> set[UUID]:
    """Those of these submissions whose clock stands still, because a piece in them is held back; raised there or elsewhere."""
    rows = session.execute(
        select(Submission.id, Submission.snapshot, ArtifactHold.artifact_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(ArtifactHold, ArtifactHold.owner_id == Enrollment.person_id)
        .where(Submission.id.in_(submission_ids), Submission.state.not_in(CLOSED), ArtifactHold.state.in_(OPEN_HOLDS))
    )
    return {submission_id for submission_id, snapshot, artifact_id in rows if _holds(snapshot, artifact_id)}


def _holds(snapshot: dict[str, object], artifact_id: UUID) -> bool:
    return any(copy["id"] == str(artifact_id) for copy in cast(list[dict[str, str]], snapshot["artifacts"]))


def refuse_paused(session: Session, submission: Submission) -> None:
    """Raises Problem(conflict) while a piece of the submission is held back."""
    if paused(session, [submission.id]):
        raise conflict(
            _(
                "A piece of this work is held back because of students' privacy. "
                "What you wrote is saved; you can finish once that is settled."
            ),
            "held back",
        )


def raise_problem(session: Session, here: Tool, seat: Review | PanelSeat, artifact_id: UUID, *, reason: str) -> ArtifactHold:
    """A reviewer, or a member of a panel, finds a privacy problem in a piece of the work before them: from now on no reviewer sees it.

    The seat has been locked for update. The same hold when it is held back already. Raises Problem(not_found, bad_request, conflict).
    """
    submission = _before_them(session, seat)
    copy = _copy_of(submission, artifact_id)
    if not (reason := plain_text(reason).strip()[:MOST_WORDS]):
        raise bad_request(_("Please say in a few words what the problem is."))
    known = session.scalars(
        select(ArtifactHold).where(
            ArtifactHold.artifact_id == artifact_id,
            ArtifactHold.district_id == seat.district_id,
            ArtifactHold.state.in_(OPEN_HOLDS),
        )
    ).first()
    if known is not None:
        return known
    shown = holding.standings(session, seat.district_id, [artifact_id]).get(artifact_id)
    if shown is not None and shown.replacement is None:
        raise conflict(_("This piece is not shown to anybody any more."), f"piece is {shown.state}")
    now = here.clock()
    hold = ArtifactHold(
        district_id=seat.district_id,
        submission_id=submission.id,
        artifact_id=artifact_id,
        owner_id=session.get_one(Enrollment, submission.enrollment_id).person_id,
        blob_key=shown.replacement.blob_key if shown and shown.replacement else copy.blob_key,
        state="raised",
        reason=reason,
        raised_by=seat.reviewer_id,
        raised_at=now,
        replacement=None,
    )
    session.add(hold)
    session.flush()
    _record(session, here, hold, "raised", actor_id=seat.reviewer_id)
    tell_hold(session, here, hold)
    return hold


def _before_them(session: Session, seat: Review | PanelSeat) -> Submission:
    if isinstance(seat, PanelSeat):
        if seat.state != "assigned":
            raise not_found("the appeal is not theirs to answer any more")
        return session.get_one(Submission, session.get_one(Appeal, seat.appeal_id).submission_id)
    if seat.state not in HOLDING:
        raise not_found("the review is somebody else's by now")
    return session.get_one(Submission, seat.submission_id)


def _copy_of(submission: Submission, artifact_id: UUID) -> ArtifactCopy:
    snapshot = Snapshot.model_validate(submission.snapshot)
    copy = next((one for one in snapshot.artifacts if one.id == artifact_id), None)
    if copy is None:
        raise not_found("no such piece in this submission")
    return copy


def _locked(session: Session, district_id: UUID, hold_id: UUID) -> ArtifactHold:
    hold = session.get(ArtifactHold, hold_id)
    if hold is None or hold.district_id != district_id:
        raise not_found("no such hold")
    session.get_one(Submission, hold.submission_id, with_for_update=True)
    session.refresh(hold, with_for_update=True)
    return hold


def _own(session: Session, owner: Owner, hold_id: UUID) -> ArtifactHold:
    hold = _locked(session, owner.district_id, hold_id)
    if hold.owner_id != owner.person_id:
        raise not_found("somebody else's evidence")
    return hold


def _act(hold: ArtifactHold, act: Act) -> None:
    try:
        hold.state = hold_policies.after(cast(State, hold.state), act)
    except hold_policies.NotNow as error:
        raise conflict(_("This has been settled meanwhile."), str(error)) from error


def _record(session: Session, here: Tool, hold: ArtifactHold, act: str, *, actor_id: UUID) -> None:
    audit.record(
        session,
        district_id=hold.district_id,
        at=here.clock(),
        action=f"review:privacy:{act}",
        actor_id=actor_id,
        subject_id=hold.submission_id,
        hold=str(hold.id),
        artifact=str(hold.artifact_id),
    )


def explain(session: Session, here: Tool, owner: Owner, hold_id: UUID, *, text: str) -> None:
    """The teacher says why the piece is all right as it is. Raises Problem(not_found, bad_request, conflict)."""
    hold = _own(session, owner, hold_id)
    if not (words := plain_text(text).strip()[:MOST_WORDS]):
        raise bad_request(_("Please say in a few words why it is all right."))
    _answer(session, here, hold, "explain", words, None)


def redo(
    session: Session,
    here: Tool,
    owner: Owner,
    hold_id: UUID,
    *,
    note: str = "",
    text: str = "",
    url: str = "",
    file: Received | None = None,
) -> None:
    """The teacher gives another piece in its place, of the same kind; the frozen copy stays as it is.

    Raises Problem(not_found, bad_request, conflict); the caller's `received` block then discards the file.
    """
    hold = _own(session, owner, hold_id)
    copy = concerned(session, hold)
    changes: dict[str, object] = {"text": plain_text(text)[:MOST_CHARACTERS]}
    if copy.kind == "file":
        if file is None:
            raise bad_request(_("Choose the file that takes its place."))
        changes |= {"filename": file.filename, "media_type": file.media_type}
        changes |= {"size": file.blob.size, "sha256": file.blob.sha256, "blob_key": file.blob.key}
        expect(session, here, district_id=hold.district_id, blob_key=file.blob.key, media_type=file.media_type, size=file.blob.size)
        changes["title"] = file.filename if copy.title == copy.filename else copy.title
    elif copy.kind == "link":
        if not is_web_address(url):
            raise bad_request(_("A link starts with https:// or http://."), "not a web address")
        changes["url"] = url
    elif not text.strip():
        raise bad_request(_("Write the text that takes its place."))
    _answer(session, here, hold, "redo", plain_text(note).strip()[:MOST_WORDS], copy.model_copy(update=changes))


def _answer(session: Session, here: Tool, hold: ArtifactHold, act: Act, words: str, replacement: ArtifactCopy | None) -> None:
    before = hold.replacement
    _act(hold, act)
    hold.explanation, hold.answered_at = words, here.clock()
    hold.replacement = replacement.model_dump(mode="json") if replacement else None
    _drop(session, here, hold, before)
    hold_answered(session, here, hold)
    _record(session, here, hold, act, actor_id=hold.owner_id)


def _drop(session: Session, here: Tool, hold: ArtifactHold, replacement: dict[str, str] | None) -> None:
    """A replacement that nobody needs any more takes its file along."""
    if replacement and replacement.get("blob_key"):
        retention.give_up(session, here, hold.district_id, [replacement["blob_key"]])
        after_commit(session, here.wake)


def concerned(session: Session, hold: ArtifactHold) -> ArtifactCopy:
    """The piece that was found wanting: as it was submitted, or what had replaced it before."""
    before = session.scalars(
        select(ArtifactHold.replacement)
        .where(
            ArtifactHold.artifact_id == hold.artifact_id,
            ArtifactHold.district_id == hold.district_id,
            ArtifactHold.state == "replaced",
            ArtifactHold.closed_at <= hold.raised_at,
            ArtifactHold.id != hold.id,
        )
        .order_by(ArtifactHold.closed_at.desc(), ArtifactHold.id.desc())
        .limit(1)
    ).first()
    if before is not None:
        return ArtifactCopy.model_validate(before)
    snapshot = Snapshot.model_validate(session.get_one(Submission, hold.submission_id).snapshot)
    return next(one for one in snapshot.artifacts if one.id == hold.artifact_id)


def decide(
    session: Session, here: Tool, *, district_id: UUID, hold_id: UUID, actor_id: UUID, context_id: UUID | None, act: str, note: str
) -> ArtifactHold:
    """Settle a problem, or ask the teacher again. With `context_id`, only one of that course.

    `release`: there is no problem, reviewers see the piece again. `accept`: the replacement stands in its place. `remove`: no reviewer
    sees it any more. These three end the pause: due dates move by it. Raises Problem(not_found, bad_request, conflict).
    """
    hold = _locked(session, district_id, hold_id)
    if not may_settle(session, hold, viewer_id=actor_id, context_id=context_id):
        raise not_found("not this viewer's to settle")
    if act not in hold_policies.BY_COORDINATOR:
        raise bad_request(_("Choose how it goes on."))
    now, was_open = here.clock(), _open_since(session, hold)
    _act(hold, act)
    hold.note = plain_text(note).strip()[:MOST_WORDS]
    if not hold_policies.pauses(cast(State, hold.state)):
        hold.decided_by, hold.closed_at = actor_id, now
        if hold.state != "replaced":
            _drop(session, here, hold, hold.replacement)
            hold.replacement = None
        session.flush()
        _give_back(session, hold, was_open, now)
    _record(session, here, hold, act, actor_id=actor_id)
    tell_hold(session, here, hold)
    return hold


def may_settle(session: Session, hold: ArtifactHold, *, viewer_id: UUID, context_id: UUID | None) -> bool:
    """Whether this coordinator or facilitator may: not the teacher's own, and not of work that the viewer judges."""
    submission = session.get_one(Submission, hold.submission_id)
    activity = session.get_one(Activity, session.get_one(Enrollment, submission.enrollment_id).activity_id)
    if hold.owner_id == viewer_id or (context_id is not None and activity.context_id != context_id):
        return False
    judges = select(Review.id).where(Review.submission_id == submission.id, Review.reviewer_id == viewer_id, Review.state.in_(HOLDING))
    return session.scalar(judges.limit(1)) is None


def _open_since(session: Session, hold: ArtifactHold) -> list[tuple[UUID, datetime]]:
    """(artifact, raised) of the open holds on this teacher's evidence."""
    rows = session.execute(
        select(ArtifactHold.artifact_id, ArtifactHold.raised_at).where(
            ArtifactHold.owner_id == hold.owner_id, ArtifactHold.state.in_(OPEN_HOLDS)
        )
    )
    return [(artifact_id, raised_at) for artifact_id, raised_at in rows]


def _give_back(session: Session, hold: ArtifactHold, was_open: list[tuple[UUID, datetime]], now: datetime) -> None:
    """Move the due dates of open reviews of every submission that holds the piece by what this hold has cost them."""
    waiting = session.scalars(
        select(Submission)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .where(Enrollment.person_id == hold.owner_id, Submission.state.not_in(CLOSED))
        .order_by(Submission.id)
        .with_for_update(of=Submission)
    ).all()
    for submission in waiting:
        if not _holds(submission.snapshot, hold.artifact_id):
            continue
        ids = [UUID(copy["id"]) for copy in submission.snapshot["artifacts"]]
        last_closed = session.scalar(
            select(func.max(ArtifactHold.closed_at)).where(
                ArtifactHold.owner_id == hold.owner_id, ArtifactHold.artifact_id.in_(ids), ArtifactHold.id != hold.id
            )
        )
        began = hold_policies.pause_began([raised for artifact_id, raised in was_open if artifact_id in ids], last_closed)
        for review in session.scalars(select(Review).where(Review.submission_id == submission.id, Review.state.in_(OPEN))):
            review.due_at = hold_policies.moved(review.due_at, review.assigned_at, began=began, ended=now)
    session.flush()
