"""What reviewers do beside judging: notes on recordings, their own phrases, sending back what is not complete."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.service import content_of
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.evidence.telling import tell_owner
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.review import desk_policies, holds
from lti_tool.review.desk_models import Phrase, ReviewNote, SubmissionReturn
from lti_tool.review.models import OPEN, Review
from lti_tool.review.telling import review_over
from lti_tool.tool import Tool

MOST_NOTES = 200
MOST_PHRASES = 50
LONGEST_NOTE = 2000
LONGEST_PHRASE = 1000


def add_note(session: Session, here: Tool, review: Review, artifact_id: UUID, *, moment: str, text: str, shared: bool) -> ReviewNote:
    """Note something at a moment of a recording on this desk.

    Raises Problem: bad_request without a moment or words, conflict when the review is sealed or full of notes, not_found.
    """
    _open(review)
    snapshot = Snapshot.model_validate(session.get_one(Submission, review.submission_id).snapshot)
    if not any(one.id == artifact_id and one.kind == "file" for one in snapshot.artifacts):
        raise not_found("no such recording on this desk")
    if (seconds := desk_policies.seconds_of(moment)) is None:
        raise bad_request(_("Write the moment as the player shows it, for example 2:05."))
    if not (words := plain_text(text).strip()[:LONGEST_NOTE]):
        raise bad_request(_("Write a few words for the note."))
    if (session.scalar(select(func.count()).where(ReviewNote.review_id == review.id)) or 0) >= MOST_NOTES:
        raise conflict(_("There are %(most_notes)s notes already. Remove one first.", most_notes=MOST_NOTES))
    note = ReviewNote(
        district_id=review.district_id,
        review_id=review.id,
        artifact_id=artifact_id,
        seconds=seconds,
        text=words,
        shared=shared,
        created_at=here.clock(),
    )
    session.add(note)
    return note


def remove_note(session: Session, review: Review, note_id: UUID) -> UUID:
    """Take a note away again, and say of which recording. Raises Problem(not_found, conflict)."""
    _open(review)
    note = session.get(ReviewNote, note_id)
    if note is None or note.review_id != review.id:
        raise not_found("no such note of this review")
    session.delete(note)
    return note.artifact_id


def _open(review: Review) -> None:
    if review.state not in OPEN:
        raise conflict(_("This review is not open any more, so nothing was changed."))


def phrases(session: Session, district_id: UUID, person_id: UUID) -> tuple[Phrase, ...]:
    """A reviewer's own phrases, the oldest first."""
    mine = select(Phrase).where(Phrase.person_id == person_id, Phrase.district_id == district_id)
    return tuple(session.scalars(mine.order_by(Phrase.created_at, Phrase.id)))


def keep_phrase(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, text: str) -> None:
    """Keep a phrase; the same one is kept once. Raises Problem: bad_request for none, conflict where there are too many."""
    if not (words := plain_text(text).strip()[:LONGEST_PHRASE]):
        raise bad_request(_("Write something first; then it can be kept as a phrase."))
    known = phrases(session, district_id, person_id)
    if any(one.text == words for one in known):
        return
    if len(known) >= MOST_PHRASES:
        raise conflict(_("You keep %(most_phrases)s phrases already. Delete one first.", most_phrases=MOST_PHRASES))
    session.add(Phrase(district_id=district_id, person_id=person_id, text=words, created_at=here.clock()))


def own_phrase(session: Session, *, district_id: UUID, person_id: UUID, phrase_id: UUID) -> Phrase:
    """One of the reviewer's own phrases. Raises Problem(not_found)."""
    row = session.get(Phrase, phrase_id)
    if row is None or row.district_id != district_id or row.person_id != person_id:
        raise not_found("no such phrase of this person")
    return row


def send_back(session: Session, here: Tool, review: Review, *, missing: Collection[str], words: str) -> None:
    """A reviewer finds that the work can't be judged, because something is missing, unreadable or the wrong file.

    Nobody judges it any more, no attempt is used up, and the teacher is told what is missing. Its submission has been locked for update.
    Raises Problem: bad_request without a place or words, conflict when the review is closed or a piece is held back.
    """
    submission = session.get_one(Submission, review.submission_id)
    if not desk_policies.may_send_back(review_open=review.state in OPEN, seat=review.seat, submission_state=submission.state):
        raise conflict(_("This work can't be sent back any more."))
    holds.refuse_paused(session, submission)
    content = content_of(session, session.get_one(Enrollment, submission.enrollment_id))
    if not (named := desk_policies.known_places(content, missing)):
        raise bad_request(_("Choose what is missing or can't be opened."))
    if not (said := plain_text(words).strip()[:LONGEST_NOTE]):
        raise bad_request(_("Say in a few words what is missing, so that the teacher can mend it."))
    now = here.clock()
    set_aside(session, submission)
    submission.state, submission.decided_at = "returned_incomplete", now
    for one in session.scalars(select(Review).where(Review.submission_id == submission.id, Review.state.in_(OPEN))):
        one.state = "withdrawn"
        review_over(session, here, one)
    session.add(
        SubmissionReturn(
            district_id=submission.district_id,
            submission_id=submission.id,
            returned_by=review.reviewer_id,
            missing=named,
            words=said,
            returned_at=now,
        )
    )
    session.flush()
    audit.record(
        session,
        district_id=submission.district_id,
        at=now,
        action="review:returned",
        actor_id=review.reviewer_id,
        subject_id=submission.id,
        review=str(review.id),
        missing=named,
    )
    tell_owner(session, here, session.get_one(Enrollment, submission.enrollment_id), "decision.incomplete", thing=submission.id)


def set_aside(session: Session, submission: Submission) -> None:
    """From now on this submission does not count as its attempt; the next one will."""
    before = select(func.count()).where(
        Submission.enrollment_id == submission.enrollment_id, Submission.attempt == submission.attempt, Submission.set_aside > 0
    )
    submission.set_aside = (session.scalar(before) or 0) + 1
