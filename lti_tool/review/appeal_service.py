"""An appeal from its filing to its end. Whoever changes one locks the enrollment first, then the submission, then the appeal."""

from __future__ import annotations

from typing import Any, cast
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import NEWEST, Enrollment, Submission
from lti_tool.evidence.policies import attempts_left
from lti_tool.evidence.service import Owner, content_of, standing_of
from lti_tool.evidence.telling import tell_owner
from lti_tool.inputs import overtaken, plain_text
from lti_tool.language import _
from lti_tool.review import appeal_panel
from lti_tool.review import appeal_policies as policies
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.appeal_policies import Act, Contested, State
from lti_tool.review.assignment_facts import had_a_part
from lti_tool.review.desk_service import set_aside
from lti_tool.review.models import DoubleScore
from lti_tool.review.telling import appeal_answered, seat_over, tell_coordinators
from lti_tool.tool import Tool

MOST_WORDS = 8000


def contested(session: Session, submission: Submission) -> Contested:
    """What the rule needs of a submission."""
    newest = session.scalar(select(Submission.id).where(Submission.enrollment_id == submission.enrollment_id).order_by(*NEWEST).limit(1))
    appealed = session.scalar(select(Appeal.id).where(Appeal.submission_id == submission.id)) is not None
    decided_at = submission.decided_at if submission.state == "decided" else None
    return Contested(submission.outcome, decided_at, newest == submission.id, appealed)


def own_submission(session: Session, owner: Owner, submission_id: UUID, *, for_update: bool = False) -> Submission:
    """A submission of this teacher; `for_update` locks its enrollment, then it. Raises Problem(not_found)."""
    submission = session.get(Submission, submission_id)
    if submission is None or submission.district_id != owner.district_id:
        raise not_found("no such submission in this district")
    enrollment = session.get_one(Enrollment, submission.enrollment_id, with_for_update=for_update)
    if enrollment.person_id != owner.person_id:
        raise not_found("somebody else's submission")
    if for_update:
        session.refresh(submission, with_for_update=True)
    return submission


def may_send_again(session: Session, here: Tool, submission: Submission) -> bool:
    """Whether the teacher can send the work in again."""
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    return enrollment.state == "active" and attempts_left(standing_of(session, enrollment), here.settings.max_attempts) > 0


def file(session: Session, here: Tool, owner: Owner, submission_id: UUID, *, ground: str, text: str) -> Appeal:
    """The teacher contests a decision.

    Raises Problem: not_found; conflict with the reason in words where there can be no appeal; bad_request without a ground or words.
    """
    submission = own_submission(session, owner, submission_id, for_update=True)
    if words := policies.fault(contested(session, submission), here.clock(), here.settings.appeal_days):
        raise conflict(words, "no appeal")
    if words := policies.ground_fault(ground, may_send_again=may_send_again(session, here, submission)):
        raise bad_request(words, "no ground")
    if not (said := plain_text(text).strip()[:MOST_WORDS]):
        raise bad_request(_("Say what went wrong, and where one can see it."))
    appeal = Appeal(
        district_id=submission.district_id,
        submission_id=submission.id,
        person_id=owner.person_id,
        ground=ground,
        text=said,
        state="filed",
        filed_at=here.clock(),
        answer="",
    )
    session.add(appeal)
    session.get_one(Enrollment, submission.enrollment_id).appeal_open = True
    session.flush()
    _record(session, here, appeal, "filed", actor_id=owner.person_id, ground=ground)
    _tell(session, here, appeal, "received")
    tell_coordinators(session, here, appeal)
    return appeal


def withdraw(session: Session, here: Tool, owner: Owner, appeal_id: UUID) -> None:
    """The teacher takes an open appeal back. Raises Problem(not_found, conflict)."""
    appeal = locked(session, owner.district_id, appeal_id)
    if appeal.person_id != owner.person_id:
        raise not_found("somebody else's appeal")
    _act(appeal, "withdraw")
    _close(session, here, appeal)
    _record(session, here, appeal, "withdrawn", actor_id=owner.person_id)


def sent_again(session: Session, here: Tool, submission_id: UUID) -> None:
    """A further attempt ends an open appeal against the one before: its teacher chose the other way."""
    enrollment_id = session.get_one(Submission, submission_id).enrollment_id
    tries = select(Submission.id).where(Submission.enrollment_id == enrollment_id, Submission.id != submission_id)
    still_open = select(Appeal).where(Appeal.submission_id.in_(tries), Appeal.state.in_(policies.OPEN))
    for appeal in session.scalars(still_open.with_for_update()):
        _act(appeal, "withdraw")
        _close(session, here, appeal)
        _record(session, here, appeal, "withdrawn", actor_id=appeal.person_id)


def locked(session: Session, district_id: UUID, appeal_id: UUID) -> Appeal:
    """An appeal of this district, locked with what it is about. Raises Problem(not_found)."""
    appeal = session.get(Appeal, appeal_id)
    if appeal is None or appeal.district_id != district_id:
        raise not_found("no such appeal in this district")
    enrollment_id = session.get_one(Submission, appeal.submission_id).enrollment_id
    session.get_one(Enrollment, enrollment_id, with_for_update=True, populate_existing=True)
    session.get_one(Submission, appeal.submission_id, with_for_update=True, populate_existing=True)
    session.refresh(appeal, with_for_update=True)
    return appeal


def may_answer(session: Session, appeal: Appeal, *, viewer_id: UUID, context_id: UUID | None) -> bool:
    """Whether this coordinator or facilitator looks at the form of it: not at their own, nor where they judged or are to judge."""
    enrollment = session.get_one(Enrollment, session.get_one(Submission, appeal.submission_id).enrollment_id)
    activity = session.get_one(Activity, enrollment.activity_id)
    if appeal.person_id == viewer_id or (context_id is not None and activity.context_id != context_id):
        return False
    return viewer_id not in had_a_part(session, enrollment.id)


def answer(
    session: Session, here: Tool, *, district_id: UUID, appeal_id: UUID, actor_id: UUID, context_id: UUID | None, act: str, words: str
) -> Appeal:
    """Accept an appeal, so that a panel is drawn, or refuse it for its form. With `context_id`, only one of that course.

    Raises Problem: not_found; bad_request without a choice, or without words for a refusal; conflict when it was answered already.
    """
    appeal = locked(session, district_id, appeal_id)
    if not may_answer(session, appeal, viewer_id=actor_id, context_id=context_id):
        raise not_found("not this viewer's to answer")
    if act not in ("accept", "refuse"):
        raise bad_request(_("Choose how it goes on."))
    said = plain_text(words).strip()[:MOST_WORDS]
    if act == "refuse" and not said:
        raise bad_request(_("Say why it can't be accepted. The teacher reads this."))
    _act(appeal, cast(Act, act))
    appeal.answered_by, appeal.answered_at, appeal.answer = actor_id, here.clock(), said
    session.flush()
    _record(session, here, appeal, appeal.state, actor_id=actor_id)
    _tell(session, here, appeal, appeal.state)
    appeal_answered(session, here, appeal)
    if act == "accept":
        appeal_panel.fill(session, here, appeal)
    else:
        _close(session, here, appeal)
    return appeal


def own_seat(session: Session, *, district_id: UUID, reviewer_id: UUID, seat_id: UUID, for_update: bool = False) -> PanelSeat:
    """A member's own place; `for_update` locks what it is about, then it. Raises Problem(not_found) for anybody else's."""
    seat = session.get(PanelSeat, seat_id)
    if seat is None or seat.district_id != district_id or seat.reviewer_id != reviewer_id:
        raise not_found("no such place of this person")
    if for_update:
        locked(session, district_id, seat.appeal_id)
        session.refresh(seat, with_for_update=True)
    return seat


def save(seat: PanelSeat, *, vote: str, reasons: str, revision: int, page: str) -> None:
    """Keep a draft; as review.service.save. Raises Problem(conflict)."""
    if seat.state != "assigned":
        raise conflict(_("This appeal is not yours to answer any more, so nothing was changed."))
    if overtaken(seen=revision, page=page, revision=seat.revision, saved_in=seat.saved_in):
        raise conflict(_("This was changed in another window. Copy what you wrote, then reload the page."))
    seat.vote = vote if vote in policies.VOTES else ""
    seat.reasons = plain_text(reasons)[:MOST_WORDS]
    seat.revision += 1
    seat.saved_in = page


def lock(session: Session, here: Tool, seat: PanelSeat) -> None:
    """Seal a member's answer; the last one ends the case. The seat was taken `for_update`.

    Raises Problem: bad_request without an answer or reasons, conflict when it is not open.
    """
    appeal = session.get_one(Appeal, seat.appeal_id)
    if seat.state != "assigned" or appeal.state != "accepted":
        raise conflict(_("This appeal is not yours to answer any more."))
    if not seat.vote or not seat.reasons.strip():
        raise bad_request(_("Choose an answer and say why."))
    seat.state, seat.locked_at = "locked", here.clock()
    session.flush()
    seat_over(session, here, seat)
    _record(session, here, appeal, "answer:locked", actor_id=seat.reviewer_id, seat=str(seat.id))
    votes = session.scalars(select(PanelSeat.vote).where(PanelSeat.appeal_id == appeal.id, PanelSeat.state == "locked")).all()
    if (outcome := policies.tally(votes, here.settings.appeal_panel)) is None:
        return
    _act(appeal, policies.act_of(outcome))
    _close(session, here, appeal)
    session.execute(
        update(DoubleScore)
        .where(DoubleScore.submission_id == appeal.submission_id, DoubleScore.district_id == appeal.district_id)
        .values(appeal=outcome)
    )
    _record(session, here, appeal, outcome)
    _tell(session, here, appeal, "decided")
    if outcome == "overturned":
        _overturn(session, here, appeal)
    elif outcome == "remanded":
        _judge_again(session, here, appeal)


def decline(session: Session, here: Tool, seat: PanelSeat, *, reason: str) -> None:
    """A member steps back; somebody else is drawn. Raises Problem(bad_request, conflict)."""
    if seat.state != "assigned":
        raise conflict(_("This appeal is not yours to answer any more."))
    if not reason.strip():
        raise bad_request(_("Please say in a few words why you step back."))
    seat.state, seat.decline_reason, seat.vote, seat.reasons = "declined", reason.strip()[:500], "", ""
    session.flush()
    seat_over(session, here, seat)
    appeal = session.get_one(Appeal, seat.appeal_id)
    _record(session, here, appeal, "seat:declined", actor_id=seat.reviewer_id, seat=str(seat.id))
    appeal_panel.fill(session, here, appeal)


def _act(appeal: Appeal, act: Act) -> None:
    try:
        appeal.state = policies.after(cast(State, appeal.state), act)
    except policies.NotNow as error:
        raise conflict(_("This has been answered meanwhile."), str(error)) from error


def _close(session: Session, here: Tool, appeal: Appeal) -> None:
    now = here.clock()
    appeal.closed_at = now
    enrollment = session.get_one(Enrollment, session.get_one(Submission, appeal.submission_id).enrollment_id)
    enrollment.appeal_open, enrollment.appeal_ended_at = False, now
    for seat in session.scalars(select(PanelSeat).where(PanelSeat.appeal_id == appeal.id, PanelSeat.state == "assigned")):
        seat.state = "withdrawn"
        seat_over(session, here, seat)
    session.flush()


def _overturn(session: Session, here: Tool, appeal: Appeal) -> None:
    """Earned after all. The decision of the scores stays as it was: it can be computed again at any time."""
    submission = session.get_one(Submission, appeal.submission_id)
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    submission.outcome = "earned"
    submission.met_criteria = [criterion.key for criterion in content_of(session, enrollment).criteria]
    enrollment.state, enrollment.ended_at = "earned", here.clock()
    session.flush()
    here.overturned(session, submission.id)


def _judge_again(session: Session, here: Tool, appeal: Appeal) -> None:
    """The same frozen copy as a submission of its own, so that what was judged before stays whole beside it."""
    before = session.get_one(Submission, appeal.submission_id)
    enrollment = session.get_one(Enrollment, before.enrollment_id)
    set_aside(session, before)
    session.flush()
    again = Submission(
        district_id=before.district_id,
        enrollment_id=before.enrollment_id,
        attempt=before.attempt,
        state="submitted",
        outcome=None,
        snapshot=before.snapshot,
        snapshot_hash=before.snapshot_hash,
        submitted_at=here.clock(),
        decided_at=None,
    )
    session.add(again)
    session.flush()
    appeal.again_id = again.id
    enrollment.state, enrollment.ended_at = "active", None
    session.flush()
    _record(session, here, appeal, "judged_again", submission=str(again.id))
    here.submitted(session, again.id)
    after_commit(session, here.wake)


def _tell(session: Session, here: Tool, appeal: Appeal, what: str) -> None:
    enrollment = session.get_one(Enrollment, session.get_one(Submission, appeal.submission_id).enrollment_id)
    tell_owner(session, here, enrollment, f"appeal.{what}", thing=appeal.id)


def _record(session: Session, here: Tool, appeal: Appeal, what: str, *, actor_id: UUID | None = None, **details: Any) -> None:
    audit.record(
        session,
        district_id=appeal.district_id,
        at=here.clock(),
        action=f"review:appeal:{what}",
        actor_id=actor_id,
        subject_id=appeal.submission_id,
        appeal=str(appeal.id),
        **details,
    )
