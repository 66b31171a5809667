"""Read models of the teacher's work, for the pages of this room and of others."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog.content import Criterion, MicrocredentialContent
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.evidence import policies
from lti_tool.evidence.consent_policies import Consent
from lti_tool.evidence.models import Answer, Artifact, ArtifactUse, Enrollment, SelfAssessment, Submission
from lti_tool.evidence.policies import Missing, Phase, Piece, Standing, Step
from lti_tool.evidence.service import Owner
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.evidence.stored_queries import troubles
from lti_tool.launch.models import Person


@dataclass(frozen=True)
class SubmissionRow:
    """One attempt in a list. `state`, `outcome` and `set_aside` as in models.Submission."""

    id: UUID
    attempt: int
    state: str
    outcome: str | None
    submitted_at: datetime
    decided_at: datetime | None
    set_aside: int = 0

    @property
    def result(self) -> str:
        """In one word: earned, revise, not_earned, returned_incomplete, set_aside (an appeal sent it to new reviewers), or in_review."""
        if self.state == "returned_incomplete":
            return self.state
        return "set_aside" if self.set_aside else self.outcome or "in_review"


@dataclass(frozen=True)
class Saved:
    """What is saved for one question or criterion; `text` is the answer or the note, `level` is for criteria only."""

    text: str
    revision: int
    saved_at: datetime
    level: int | None = None


@dataclass(frozen=True)
class ArtifactRow:
    """A piece of the draft in one requirement, and the criteria that it is said to show there. One that serves two is there twice."""

    id: UUID
    requirement_key: str
    criteria: list[str]
    kind: str
    title: str
    text: str
    url: str
    filename: str
    media_type: str
    size: int
    blob_key: str
    students: str
    consent_form: str
    consent_students: int | None
    consent_place: str
    revision: int
    link_state: str
    link_about: dict[str, str]
    changed_at: datetime

    @property
    def consent(self) -> Consent:
        """What is said of consent."""
        return Consent(self.consent_form, self.consent_students, self.consent_place)


@dataclass(frozen=True)
class WorkOverview:
    """An enrollment with its whole draft. `ends_at` is the last moment to submit, grace included; `submissions` are oldest first.

    `unshown` are criteria that no piece is said to show yet: a hint, nothing that must be done.
    """

    enrollment_id: UUID
    activity_id: UUID
    microcredential_key: str
    version_number: int
    content: MicrocredentialContent
    phase: Phase
    started_at: datetime
    ends_at: datetime
    days_left: int
    attempts_left: int
    answers: dict[str, Saved]
    own: dict[str, Saved]
    artifacts: tuple[ArtifactRow, ...]
    submissions: tuple[SubmissionRow, ...]
    missing: tuple[Missing, ...]
    unshown: tuple[Criterion, ...]

    @property
    def editable(self) -> bool:
        """Whether the draft may change."""
        return self.phase == "drafting"

    def missing_in(self, step: Step, key: str | None = None) -> tuple[Missing, ...]:
        """What one step, or one place in it, still needs."""
        return tuple(one for one in self.missing if one.step == step and key in (None, one.key))

    def pieces(self, requirement_key: str) -> tuple[ArtifactRow, ...]:
        """The pieces for one requirement."""
        return tuple(one for one in self.artifacts if one.requirement_key == requirement_key)


@dataclass(frozen=True)
class EnrollmentRow:
    """An enrollment in a list: who, where it stands, its newest submission (None when there is none)."""

    id: UUID
    activity_id: UUID
    person_id: UUID
    label: str
    phase: Phase
    started_at: datetime
    ends_at: datetime
    days_left: int
    submission: SubmissionRow | None


@dataclass(frozen=True)
class LoadedSubmission:
    """A frozen submission with the content that it answers. `person_id` is its owner's."""

    id: UUID
    enrollment_id: UUID
    activity_id: UUID
    person_id: UUID
    version_number: int
    attempt: int
    state: str
    outcome: str | None
    submitted_at: datetime
    decided_at: datetime | None
    content: MicrocredentialContent
    snapshot: Snapshot


_SUBMISSION = (
    Submission.id,
    Submission.attempt,
    Submission.state,
    Submission.outcome,
    Submission.submitted_at,
    Submission.decided_at,
    Submission.set_aside,
)

_PIECE = [getattr(ArtifactUse if name in ("requirement_key", "criteria") else Artifact, name) for name in ArtifactRow.__dataclass_fields__]


def _standing(row: Enrollment, last: SubmissionRow | None) -> Standing:
    attempt, state, outcome, decided_at = (last.attempt, last.state, last.outcome, last.decided_at) if last else (0, None, None, None)
    return Standing(row.state, row.deadline_at, attempt, state, outcome, decided_at, row.appeal_open, row.appeal_ended_at)


def submissions_of(session: Session, district_id: UUID, enrollment_id: UUID) -> tuple[SubmissionRow, ...]:
    """The attempts of an enrollment, oldest first."""
    rows = session.execute(
        select(*_SUBMISSION)
        .where(Submission.enrollment_id == enrollment_id, Submission.district_id == district_id)
        .order_by(Submission.attempt, Submission.set_aside == 0, Submission.set_aside)
    )
    return tuple(SubmissionRow(*row) for row in rows)


def work_overview(session: Session, owner: Owner, enrollment_id: UUID, *, now: datetime, max_attempts: int) -> WorkOverview:
    """The owner's enrollment with its draft and what it lacks. Raises Problem(not_found)."""
    found = session.execute(
        select(Enrollment, MicrocredentialVersion, Microcredential.key)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .where(Enrollment.id == enrollment_id, Enrollment.district_id == owner.district_id, Enrollment.person_id == owner.person_id)
    ).one_or_none()
    if found is None:
        raise not_found("no such enrollment of this person")
    enrollment, version, key = found
    content = MicrocredentialContent.model_validate(version.content)
    answers = {
        row.question_key: Saved(row.text, row.revision, row.saved_at)
        for row in session.scalars(select(Answer).where(Answer.enrollment_id == enrollment_id))
    }
    own = {
        row.criterion_key: Saved(row.note, row.revision, row.saved_at, row.level)
        for row in session.scalars(select(SelfAssessment).where(SelfAssessment.enrollment_id == enrollment_id))
    }
    artifacts = tuple(
        ArtifactRow(*row)
        for row in session.execute(
            select(*_PIECE)
            .join(Artifact, Artifact.id == ArtifactUse.artifact_id)
            .where(ArtifactUse.enrollment_id == enrollment_id, Artifact.removed_at.is_(None))
            .order_by(ArtifactUse.id)
        )
    )
    shut = troubles(session, owner.district_id, [row.blob_key for row in artifacts])
    submissions = submissions_of(session, owner.district_id, enrollment_id)
    pieces = [Piece(row.requirement_key, row.students, row.criteria, row.blob_key in shut, row.consent) for row in artifacts]
    standing = _standing(enrollment, submissions[-1] if submissions else None)
    return WorkOverview(
        enrollment_id=enrollment.id,
        activity_id=enrollment.activity_id,
        microcredential_key=key,
        version_number=version.number,
        content=content,
        phase=policies.phase(standing, now),
        started_at=enrollment.started_at,
        ends_at=policies.last_moment(standing),
        days_left=policies.days_left(standing, now),
        attempts_left=policies.attempts_left(standing, max_attempts),
        answers=answers,
        own=own,
        artifacts=artifacts,
        submissions=submissions,
        missing=tuple(
            policies.missing(
                content,
                {key: saved.text for key, saved in answers.items()},
                {key: saved.level for key, saved in own.items()},
                pieces,
            )
        ),
        unshown=policies.unshown(content, pieces),
    )


def _enrollments(district_id: UUID) -> Select[Enrollment, str, UUID, int, str, str | None, datetime, datetime | None, int]:
    among = aliased(Submission)
    newest = (
        select(among.id)
        .where(among.enrollment_id == Enrollment.id)
        .order_by(among.attempt.desc(), (among.set_aside == 0).desc(), among.set_aside.desc())
        .limit(1)
        .correlate(Enrollment)
        .scalar_subquery()
    )
    return (
        select(Enrollment, Person.label, *_SUBMISSION)
        .join(Person, Person.id == Enrollment.person_id)
        .outerjoin(Submission, Submission.id == newest)
        .where(Enrollment.district_id == district_id)
    )


def _enrollment_row(row: Row[Enrollment, str, UUID, int, str, str | None, datetime, datetime | None, int], now: datetime) -> EnrollmentRow:
    enrollment, label = row[0], row[1]
    last = SubmissionRow(*row[2:]) if row[2] else None
    standing = _standing(enrollment, last)
    return EnrollmentRow(
        enrollment.id,
        enrollment.activity_id,
        enrollment.person_id,
        label,
        policies.phase(standing, now),
        enrollment.started_at,
        policies.last_moment(standing),
        policies.days_left(standing, now),
        last,
    )


def enrollment_of(session: Session, district_id: UUID, activity_id: UUID, person_id: UUID, *, now: datetime) -> EnrollmentRow | None:
    """A person's enrollment in an activity, if there is one."""
    row = session.execute(
        _enrollments(district_id).where(Enrollment.activity_id == activity_id, Enrollment.person_id == person_id)
    ).one_or_none()
    return _enrollment_row(row, now) if row else None


def enrollments_of_person(session: Session, district_id: UUID, person_id: UUID, *, now: datetime) -> tuple[EnrollmentRow, ...]:
    """A person's own enrollments, the newest first; at most 100."""
    rows = session.execute(
        _enrollments(district_id).where(Enrollment.person_id == person_id).order_by(Enrollment.started_at.desc(), Enrollment.id).limit(100)
    )
    return tuple(_enrollment_row(row, now) for row in rows)


def activity_enrollments(session: Session, district_id: UUID, activity_id: UUID, *, now: datetime) -> tuple[EnrollmentRow, ...]:
    """Everybody who is enrolled in an activity, by label; without test students. For those who may see the whole activity."""
    rows = session.execute(
        _enrollments(district_id)
        .where(Enrollment.activity_id == activity_id, Person.is_test.is_(False))
        .order_by(Person.label, Enrollment.id)
    )
    return tuple(_enrollment_row(row, now) for row in rows)


def anybody_began(session: Session, district_id: UUID, activity_id: UUID) -> bool:
    """Whether somebody has ever been enrolled in an activity; test students do not count."""
    enrolled = select(Enrollment.id).join(Person, Person.id == Enrollment.person_id)
    here = Enrollment.activity_id == activity_id, Enrollment.district_id == district_id, Person.is_test.is_(False)
    return session.scalar(enrolled.where(*here).limit(1)) is not None


def load_submission(session: Session, district_id: UUID, submission_id: UUID) -> LoadedSubmission:
    """A submission of this district, whole; the caller checks who may see it. Raises Problem(not_found)."""
    found = session.execute(
        select(Submission, Enrollment, MicrocredentialVersion)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(Submission.id == submission_id, Submission.district_id == district_id)
    ).one_or_none()
    if found is None:
        raise not_found("no such submission in this district")
    submission, enrollment, version = found
    return LoadedSubmission(
        id=submission.id,
        enrollment_id=enrollment.id,
        activity_id=enrollment.activity_id,
        person_id=enrollment.person_id,
        version_number=version.number,
        attempt=submission.attempt,
        state=submission.state,
        outcome=submission.outcome,
        submitted_at=submission.submitted_at,
        decided_at=submission.decided_at,
        content=MicrocredentialContent.model_validate(version.content),
        snapshot=Snapshot.model_validate(submission.snapshot),
    )
