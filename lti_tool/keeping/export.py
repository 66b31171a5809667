"""Everything that the tool holds of a person, gathered for them to take away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.district.pay import own as recognition
from lti_tool.errors import not_found
from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.models import Answer, Artifact, Enrollment, SelfAssessment, Submission
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.grading.models import ScoreDelivery
from lti_tool.keeping import chosen, looks
from lti_tool.keeping.archive import Entry
from lti_tool.launch.models import Context, Membership, Person
from lti_tool.notices.models import MailChoice, Notice
from lti_tool.notices.words import said
from lti_tool.platforms.models import District, Registration
from lti_tool.review import queries as review
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.blind import blind_name
from lti_tool.review.desk_models import ReviewNote
from lti_tool.review.desk_service import phrases
from lti_tool.review.hold_queries import found_words
from lti_tool.review.models import Review
from lti_tool.web.models import RoleGrant

_NOT_IN_NAMES = re.compile(r'[<>:"/\\|?*\x00-\x1f]')


@dataclass(frozen=True)
class Export:
    """`data` is the whole as plain values; `entries` are the files, whose paths `data` names."""

    data: dict[str, Any]
    entries: tuple[Entry, ...]


def gather(session: Session, *, district_id: UUID, person_id: UUID, now: datetime) -> Export:
    """Everything of one person of this district. Raises Problem(not_found)."""
    person = session.get(Person, person_id)
    if person is None or person.district_id != district_id:
        raise not_found("no such person in this district")
    entries: dict[str, Entry] = {}
    artifacts = session.scalars(select(Artifact).where(Artifact.person_id == person_id).order_by(Artifact.id)).all()
    tries = session.scalars(select(Enrollment).where(Enrollment.person_id == person_id).order_by(Enrollment.started_at, Enrollment.id))
    data = {
        "made_at": now,
        "district": session.get_one(District, district_id).name,
        "person": {
            "name": person.label,
            "given_name": person.given_name,
            "family_name": person.family_name,
            "email": person.email,
            "language": person.locale,
            "lms": session.get_one(Registration, person.registration_id).name,
            "id_in_lms": person.sub,
            "known_since": person.created_at,
            "last_visit": person.last_launch_at,
        },
        "recognition": recognition.ledger_of(session, district_id, person_id),
        "courses": [
            {"course": title, "roles": roles, "seen_at": seen_at}
            for title, roles, seen_at in session.execute(
                select(Context.title, Membership.roles, Membership.seen_at)
                .join(Membership, Membership.context_id == Context.id)
                .where(Membership.person_id == person_id)
                .order_by(Context.title)
            )
        ],
        "evidence": [_artifact(artifact, entries) for artifact in artifacts],
        "microcredentials": [_try(session, district_id, enrollment, entries) for enrollment in tries],
        "badges_of_stacks": [
            _award(row, entries)
            for row in session.scalars(
                select(Award).where(Award.person_id == person_id, Award.enrollment_id.is_(None)).order_by(Award.awarded_at)
            )
        ],
        "privacy_problems": [_hold(session, hold, entries) for hold in _holds(session, person_id)],
        "who_saw_the_evidence": [
            asdict(look) for look in looks.of_owner(session, district_id=district_id, owner_id=person_id, now=now, most=None)
        ],
        "reviews_written": [_review(session, row) for row in _reviews(session, person_id)],
        "phrases": [phrase.text for phrase in phrases(session, district_id, person_id)],
        "appeals": [_appeal(row) for row in session.scalars(select(Appeal).where(Appeal.person_id == person_id).order_by(Appeal.filed_at))],
        "appeals_answered": [
            {"assigned_at": seat.assigned_at, "state": seat.state, "answer": seat.vote, "reasons": seat.reasons}
            for seat in session.scalars(select(PanelSeat).where(PanelSeat.reviewer_id == person_id).order_by(PanelSeat.assigned_at))
        ],
        "roles_given": [
            {"role": grant.role, "given_at": grant.granted_at, "taken_at": grant.revoked_at, "ends_at": grant.expires_at}
            for grant in session.scalars(select(RoleGrant).where(RoleGrant.person_id == person_id).order_by(RoleGrant.granted_at))
        ],
        "what_you_were_told": [
            {"at": row.created_at, "what": said(row.kind, row.facts, "UTC")[0], "read_at": row.read_at}
            for row in session.scalars(select(Notice).where(Notice.person_id == person_id).order_by(Notice.id))
        ],
        "what_you_chose_of_emails": [
            {"topic": row.topic, "wanted": row.wanted, "at": row.changed_at}
            for row in session.scalars(select(MailChoice).where(MailChoice.person_id == person_id).order_by(MailChoice.topic))
        ],
        **chosen.gather(session, district_id=district_id, person_id=person_id),
        "what_you_did": [
            {"at": event.at, "what": event.action}
            for event in session.scalars(
                select(AuditEvent)
                .where(AuditEvent.district_id == district_id, AuditEvent.actor_id == person_id)
                .order_by(AuditEvent.at, AuditEvent.id)
            )
        ],
    }
    return Export(data, tuple(entries.values()))


def _file(entries: dict[str, Entry], *, of: UUID, blob_key: str, filename: str) -> str:
    """Puts a file into the archive and returns its path there. Names that some systems can't hold are bent a little."""
    name = _NOT_IN_NAMES.sub("_", filename).rstrip(". ") or "file"
    path = f"files/{of.hex[-8:]}-{blob_key[:6]}/{name}"
    entries[path] = Entry(path, blob_key=blob_key)
    return path


def _piece(of: UUID, piece: Artifact | ArtifactCopy, entries: dict[str, Entry], *, gone: bool) -> dict[str, Any]:
    told = {"id": of, "kind": piece.kind, "title": piece.title, "text": piece.text, "url": piece.url, "students": piece.students}
    if piece.kind == "file":
        told |= {"filename": piece.filename, "media_type": piece.media_type, "size": piece.size, "sha256": piece.sha256}
        told["file"] = "" if gone or not piece.blob_key else _file(entries, of=of, blob_key=piece.blob_key, filename=piece.filename)
    return told


def _artifact(artifact: Artifact, entries: dict[str, Entry]) -> dict[str, Any]:
    return {
        **_piece(artifact.id, artifact, entries, gone=artifact.deleted_at is not None),
        "consent": {"form": artifact.consent_form, "students": artifact.consent_students, "place": artifact.consent_place},
        "added_at": artifact.created_at,
        "changed_at": artifact.changed_at,
        "removed_at": artifact.removed_at,
        "file_deleted_at": artifact.deleted_at,
    }


def _try(session: Session, district_id: UUID, enrollment: Enrollment, entries: dict[str, Entry]) -> dict[str, Any]:
    version = session.get_one(MicrocredentialVersion, enrollment.version_id)
    content = MicrocredentialContent.model_validate(version.content)
    activity = session.get_one(Activity, enrollment.activity_id)
    questions = {question.key: question.prompt for question in content.overview_questions + content.reflection_questions}
    criteria = {criterion.key: criterion for criterion in content.criteria}
    answers = session.scalars(select(Answer).where(Answer.enrollment_id == enrollment.id).order_by(Answer.id))
    own = session.scalars(select(SelfAssessment).where(SelfAssessment.enrollment_id == enrollment.id).order_by(SelfAssessment.id))
    submissions = session.scalars(
        select(Submission).where(Submission.enrollment_id == enrollment.id).order_by(Submission.submitted_at, Submission.id)
    )
    return {
        "title": content.title,
        "version": version.number,
        "course": session.get_one(Context, activity.context_id).title,
        "state": enrollment.state,
        "started_at": enrollment.started_at,
        "deadline_at": enrollment.deadline_at,
        "ended_at": enrollment.ended_at,
        "answers": [{"question": questions.get(a.question_key, a.question_key), "answer": a.text, "saved_at": a.saved_at} for a in answers],
        "self_assessment": [
            {
                "criterion": criteria[s.criterion_key].title if s.criterion_key in criteria else s.criterion_key,
                "level": criteria[s.criterion_key].levels[s.level].name if s.criterion_key in criteria and s.level is not None else None,
                "note": s.note,
                "saved_at": s.saved_at,
            }
            for s in own
        ],
        "submissions": [_submission(session, district_id, row, content, entries) for row in submissions],
        "scores": [_score(row) for row in session.scalars(select(ScoreDelivery).where(ScoreDelivery.enrollment_id == enrollment.id))],
        "badges": [_award(row, entries) for row in session.scalars(select(Award).where(Award.enrollment_id == enrollment.id))],
    }


def _submission(
    session: Session, district_id: UUID, row: Submission, content: MicrocredentialContent, entries: dict[str, Entry]
) -> dict[str, Any]:
    snapshot = Snapshot.model_validate(row.snapshot)
    said = review.feedback(session, district_id=district_id, submission_id=row.id)
    back = review.sent_back(session, district_id=district_id, submission_id=row.id)
    titles = {one.key: one.title for one in content.evidence}
    prompts = {question.key: question.prompt for question in content.overview_questions + content.reflection_questions}
    gone = set(
        session.scalars(
            select(Artifact.id).where(Artifact.id.in_([copy.id for copy in snapshot.artifacts]), Artifact.deleted_at.is_not(None))
        )
    )
    return {
        "attempt": row.attempt,
        "submitted_at": row.submitted_at,
        "state": row.state,
        "outcome": row.outcome,
        "decided_at": row.decided_at,
        "hash": row.snapshot_hash,
        "frozen_copy": row.snapshot,
        "answers": [{"question": prompts.get(key, key), "answer": text} for key, text in snapshot.answers.items()],
        "evidence": [
            {"for": titles.get(copy.requirement, copy.requirement), **_piece(copy.id, copy, entries, gone=copy.id in gone)}
            for copy in snapshot.artifacts
        ],
        "feedback": _feedback(said) if said else None,
        "sent_back_as_incomplete": asdict(back) if back else None,
    }


def _feedback(said: review.Feedback) -> dict[str, Any]:
    return {
        "criteria": [
            {
                "criterion": one.criterion.title,
                "met": one.met,
                "reviewers": [{"level": view.level_name, "words": view.feedback} for view in one.views],
            }
            for one in said.criteria
        ],
        "overall": list(said.overall),
        "notes": [{"piece": note.piece, "at": note.moment, "words": note.text} for note in said.notes],
    }


def _score(row: ScoreDelivery) -> dict[str, Any]:
    return {"given": str(row.score_given), "of": str(row.score_maximum), "state": row.state, "comment": row.comment, "sent_at": row.sent_at}


def _award(row: Award, entries: dict[str, Entry]) -> dict[str, Any]:
    path = ""
    if row.credential:
        path = f"badges/{row.public_id}.json"
        entries[path] = Entry(path, content=row.credential)
    agreed = {"tells_results": row.tells_results, "evidence_summary": row.evidence_summary, "name_on_the_page": row.shown_name}
    times = {"awarded_at": row.awarded_at, "valid_from": row.valid_from, "valid_until": row.valid_until, "revoked_at": row.revoked_at}
    return {**times, "is_test": row.is_test, "public": row.is_public, **agreed, "file": path}


def _holds(session: Session, person_id: UUID) -> Iterable[ArtifactHold]:
    return session.scalars(select(ArtifactHold).where(ArtifactHold.owner_id == person_id).order_by(ArtifactHold.raised_at))


def _hold(session: Session, hold: ArtifactHold, entries: dict[str, Entry]) -> dict[str, Any]:
    replacement = ArtifactCopy.model_validate(hold.replacement) if hold.replacement else None
    return {
        "piece": hold.artifact_id,
        "state": hold.state,
        "found": found_words(session, hold),
        "raised_at": hold.raised_at,
        "explanation": hold.explanation,
        "replacement": _piece(replacement.id, replacement, entries, gone=False) if replacement else None,
        "note": hold.note,
        "settled_at": hold.closed_at,
    }


def _appeal(row: Appeal) -> dict[str, Any]:
    return {
        "ground": row.ground,
        "what_you_wrote": row.text,
        "filed_at": row.filed_at,
        "state": row.state,
        "answer": row.answer,
        "closed_at": row.closed_at,
    }


def _reviews(session: Session, person_id: UUID) -> Iterable[Review]:
    return session.scalars(select(Review).where(Review.reviewer_id == person_id).order_by(Review.assigned_at, Review.id))


def _review(session: Session, row: Review) -> dict[str, Any]:
    return {
        "work": blind_name(row.submission_id),
        "state": row.state,
        "assigned_at": row.assigned_at,
        "due_at": row.due_at,
        "finished_at": row.locked_at,
        "scores": row.scores,
        "overall": row.overall_feedback,
        "notes": [
            {"at_second": note.seconds, "words": note.text, "shared": note.shared}
            for note in session.scalars(select(ReviewNote).where(ReviewNote.review_id == row.id).order_by(ReviewNote.seconds))
        ],
        "why_stepped_back": row.decline_reason,
    }
