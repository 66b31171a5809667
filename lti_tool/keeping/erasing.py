"""A person is erased: what names them or was made by them goes, what the district has decided stays. See `tables.FATES`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.audit import AuditEvent
from lti_tool.badges.life import forget_holder
from lti_tool.catalog.import_models import CatalogImport
from lti_tool.database import after_commit
from lti_tool.district.cohorts.models import CohortMember, CommunityPost
from lti_tool.district.skills.models import SkillProfile, SkillShown
from lti_tool.errors import conflict, not_found
from lti_tool.evidence import retention
from lti_tool.evidence.keeping_models import ArtifactHold, ArtifactView
from lti_tool.evidence.models import Answer, Artifact, ArtifactUse, Enrollment, Reminder, SelfAssessment, Submission
from lti_tool.evidence.upload_models import Upload
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.roster_models import RosterMember
from lti_tool.keeping import pool_erasing
from lti_tool.language import _
from lti_tool.launch.models import Membership, Person
from lti_tool.linking.models import HandedFile, HandedSubmission
from lti_tool.notices.models import Mail, MailChoice, MailStop, Notice
from lti_tool.review import appeal_panel
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.desk_models import Phrase, ReviewNote, SubmissionReturn
from lti_tool.review.models import OPEN, Review
from lti_tool.review.seats import fill_seats
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession, RoleGrant


def known(session: Session, district_id: UUID, person_id: UUID, *, for_update: bool = False) -> Person:
    """A person of this district who has not been erased. Raises Problem(not_found)."""
    query = select(Person).where(Person.id == person_id, Person.district_id == district_id)
    person = session.scalars(query.with_for_update() if for_update else query).one_or_none()
    if person is None or is_erased(person):
        raise not_found("no such person in this district")
    return person


def is_erased(person: Person) -> bool:
    """Whether this row is all that is left of somebody."""
    return person.sub == _erased_sub(person.id)


def _erased_sub(person_id: UUID) -> str:
    return f"erased:{person_id}"


def erase(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, actor_id: UUID) -> None:
    """Erase a person, in one unit of work; the bytes of their files go after it, and are found again if that fails.

    Raises Problem: not_found; conflict for oneself, and while a legal hold stands.
    """
    if person_id == actor_id:
        raise conflict(_("You can't erase yourself. Ask a colleague with the district's console."), "own person")
    known(session, district_id, person_id)
    tries = session.scalars(select(Enrollment.id).where(Enrollment.person_id == person_id)).all()
    submissions = session.scalars(
        select(Submission).where(Submission.enrollment_id.in_(tries)).order_by(Submission.id).with_for_update()
    ).all()
    person = known(session, district_id, person_id, for_update=True)
    if retention.under_legal_hold(session, person_id) is not None:
        raise conflict(_("A legal hold stands on this person, so nothing of theirs may be erased. Lift it first."), "legal hold")
    _end_reviewing(session, here, person_id)
    _erase_holds(session, here, district_id, person_id)
    _erase_appeals(session, here, person_id)
    for submission in submissions:
        _erase_submission(session, submission)
    _erase_drafts(session, here, person_id, tries)
    pool_erasing.erase(session, here, person=person, tries=tries, submissions=[one.id for one in submissions])
    _end_effects(session, here, person_id)
    _forget(session, person)
    appeal_panel.refill(session, here, district_id)
    audit.record(session, district_id=district_id, at=here.clock(), action="keeping:person:erased", actor_id=actor_id, subject_id=person_id)
    after_commit(session, here.wake)


def _end_reviewing(session: Session, here: Tool, person_id: UUID) -> None:
    """Open reviews go to others."""
    now = here.clock()
    session.execute(update(RoleGrant).where(RoleGrant.person_id == person_id, RoleGrant.revoked_at.is_(None)).values(revoked_at=now))
    session.execute(update(RoleGrant).where(RoleGrant.person_id == person_id).values(reason=""))
    theirs = select(Review.id, Review.submission_id).where(Review.reviewer_id == person_id, Review.state.in_(OPEN))
    for review_id, submission_id in session.execute(theirs.order_by(Review.submission_id)).all():
        session.get_one(Submission, submission_id, with_for_update=True)
        review = session.get_one(Review, review_id, with_for_update=True)
        review.state, review.scores, review.overall_feedback = "withdrawn", {}, ""
        session.execute(delete(ReviewNote).where(ReviewNote.review_id == review_id))
        session.flush()
        fill_seats(session, here, submission_id)
    session.execute(delete(Phrase).where(Phrase.person_id == person_id))
    own_seats = PanelSeat.reviewer_id == person_id, PanelSeat.state == "assigned"
    session.execute(update(PanelSeat).where(*own_seats).values(vote="", reasons=""))


def _erase_appeals(session: Session, here: Tool, person_id: UUID) -> None:
    """Ground and outcome stay, words go, and a case that goes on ends."""
    now = here.clock()
    for appeal in session.scalars(select(Appeal).where(Appeal.person_id == person_id)):
        appeal.text = appeal.answer = ""
        if appeal.closed_at is None:
            appeal.state, appeal.closed_at = "withdrawn", now
        for seat in session.scalars(select(PanelSeat).where(PanelSeat.appeal_id == appeal.id)):
            seat.reasons = seat.decline_reason = ""
            seat.state = "withdrawn" if seat.state == "assigned" else seat.state
    session.execute(update(Enrollment).where(Enrollment.person_id == person_id, Enrollment.appeal_open).values(appeal_open=False))


def _erase_holds(session: Session, here: Tool, district_id: UUID, person_id: UUID) -> None:
    for hold in session.scalars(select(ArtifactHold).where(ArtifactHold.owner_id == person_id)):
        if hold.replacement:
            retention.give_up(session, here, district_id, [hold.replacement.get("blob_key", "")])
        hold.reason = hold.explanation = hold.note = ""
        hold.replacement = None
        if hold.state == "replaced":
            hold.state = "removed"
    session.execute(delete(ArtifactView).where(ArtifactView.owner_id == person_id))


def _erase_submission(session: Session, submission: Submission) -> None:
    reviews = session.scalars(select(Review).where(Review.submission_id == submission.id)).all()
    if submission.state != "decided":  # nothing rests on it yet
        session.execute(delete(ArtifactHold).where(ArtifactHold.submission_id == submission.id))
        session.execute(delete(ReviewNote).where(ReviewNote.review_id.in_([review.id for review in reviews])))
        session.execute(delete(SubmissionReturn).where(SubmissionReturn.submission_id == submission.id))
        session.execute(update(Appeal).where(Appeal.again_id == submission.id).values(again_id=None))
        session.execute(delete(Review).where(Review.submission_id == submission.id))
        session.delete(submission)
        session.flush()
        return
    for review in reviews:
        review.scores = {key: {"level": score.get("level"), "feedback": ""} for key, score in review.scores.items()}
        review.overall_feedback = review.decline_reason = ""
    session.execute(update(ReviewNote).where(ReviewNote.review_id.in_([review.id for review in reviews])).values(text=""))
    submission.snapshot = pool_erasing.emptied(submission.snapshot)


def _erase_drafts(session: Session, here: Tool, person_id: UUID, tries: Any) -> None:
    session.execute(delete(Answer).where(Answer.enrollment_id.in_(tries)))
    session.execute(delete(SelfAssessment).where(SelfAssessment.enrollment_id.in_(tries)))
    session.execute(delete(Reminder).where(Reminder.enrollment_id.in_(tries)))
    session.execute(delete(ArtifactUse).where(ArtifactUse.enrollment_id.in_(tries)))
    of_them = and_(
        AuditEvent.subject_id == person_id, or_(AuditEvent.action.like("district:%"), AuditEvent.action == "cohorts:community:hidden")
    )
    worded = or_(AuditEvent.subject_id.in_(tries), of_them), AuditEvent.reason != ""
    session.execute(update(AuditEvent).where(*worded).values(reason="", reason_salt=""))
    session.execute(
        update(Enrollment)
        .where(Enrollment.person_id == person_id, Enrollment.state == "active")
        .values(state="withdrawn", ended_at=here.clock())
    )
    for artifact in session.scalars(select(Artifact).where(Artifact.person_id == person_id).order_by(Artifact.id).with_for_update()):
        if artifact.deleted_at is None:
            retention.delete_file(session, here, artifact)
        artifact.title = artifact.text = artifact.url = artifact.filename = artifact.consent_place = ""
        artifact.link_about, artifact.link_due_at = {}, None
    for upload in session.scalars(select(Upload).where(Upload.person_id == person_id).order_by(Upload.id).with_for_update()):
        upload.filename, upload.given, upload.fingerprint = "", {}, ""
        if upload.state in ("open", "checking"):
            upload.state = "cancelled"  # the sweep of uploads takes its parts away
    session.execute(delete(HandedFile).where(HandedFile.person_id == person_id))
    session.execute(delete(HandedSubmission).where(HandedSubmission.person_id == person_id))


def _end_effects(session: Session, here: Tool, person_id: UUID) -> None:
    """No score leaves any more, no page shows a badge."""
    session.execute(
        update(ScoreDelivery)
        .where(ScoreDelivery.person_id == person_id, ScoreDelivery.state != "sent")
        .values(state="refused", last_reason="erased", lease_token=None, lease_until=None)
    )
    forget_holder(session, here, person_id)


def _forget(session: Session, person: Person) -> None:
    session.execute(delete(FrameSession).where(or_(FrameSession.person_id == person.id, FrameSession.supporter_id == person.id)))
    if person.email:  # somebody may have invited this address before it was known whose it is
        waiting = CohortMember.district_id == person.district_id, CohortMember.email == func.lower(person.email)
        session.execute(delete(CohortMember).where(*waiting))
    for table in (
        Membership,
        RosterMember,
        Notice,
        Mail,
        MailChoice,
        MailStop,
        SkillProfile,
        SkillShown,
        CohortMember,
        CommunityPost,
        CatalogImport,
    ):
        session.execute(delete(table).where(table.person_id == person.id))
    person.label, person.given_name, person.family_name, person.email, person.locale = pool_erasing.LABEL, "", "", "", ""
    person.sub, person.told, person.last_launch_at = _erased_sub(person.id), "", None
    session.flush()
