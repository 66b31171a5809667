"""What a teacher does with their try: enroll, write drafts, submit, withdraw. Everything is the owner's alone."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog import naming
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.database import after_commit
from lti_tool.errors import Problem, bad_request, conflict, not_found
from lti_tool.evidence import policies
from lti_tool.evidence.freezing import ATTESTATIONS, freeze
from lti_tool.evidence.models import NEWEST, Answer, Enrollment, SelfAssessment, Submission
from lti_tool.evidence.stored_queries import troubles
from lti_tool.inputs import overtaken, plain_text
from lti_tool.language import _
from lti_tool.notices import service as notices
from lti_tool.tool import Tool
from lti_tool.web import district_settings

__all__ = ["ATTESTATIONS", "freeze"]

MOST_CHARACTERS = 60_000


@dataclass(frozen=True)
class Owner:
    """Whose work it is. `preview` marks a platform's test student, who may try everything but submit."""

    district_id: UUID
    person_id: UUID
    preview: bool = False


@dataclass(frozen=True)
class Draft:
    """What a page wants to save in one place: the text, the level where there is one, and the revision that the page was made from."""

    text: str
    seen: int
    level: int | None = None


class Stale(Exception):
    """Another page saved something else meanwhile; nothing of this one is written. `keys` name the places."""

    def __init__(self, keys: tuple[str, ...]) -> None:
        super().__init__("saved elsewhere")
        self.keys = keys


def content_of(session: Session, enrollment: Enrollment) -> MicrocredentialContent:
    """The frozen content that this enrollment works by."""
    return MicrocredentialContent.model_validate(session.get_one(MicrocredentialVersion, enrollment.version_id).content)


def standing_of(session: Session, enrollment: Enrollment) -> policies.Standing:
    """The facts that decide what the owner may do."""
    last = session.execute(
        select(Submission.attempt, Submission.state, Submission.outcome, Submission.decided_at)
        .where(Submission.enrollment_id == enrollment.id)
        .order_by(*NEWEST)
        .limit(1)
    ).one_or_none()
    attempt, state, outcome, decided_at = last or (0, None, None, None)
    appeal = enrollment.appeal_open, enrollment.appeal_ended_at
    return policies.Standing(enrollment.state, enrollment.deadline_at, attempt, state, outcome, decided_at, *appeal)


def own(session: Session, owner: Owner, enrollment_id: UUID) -> Enrollment:
    """The owner's enrollment, locked for this unit of work. Raises Problem(not_found)."""
    row = session.scalar(
        select(Enrollment)
        .where(Enrollment.id == enrollment_id, Enrollment.district_id == owner.district_id, Enrollment.person_id == owner.person_id)
        .with_for_update()
    )
    if row is None:
        raise not_found("no such enrollment of this person")
    return row


def open_draft(session: Session, here: Tool, owner: Owner, enrollment_id: UUID) -> Enrollment:
    """`own`, and its draft may change. Raises Problem(not_found, conflict)."""
    enrollment = own(session, owner, enrollment_id)
    if not policies.may_edit(standing_of(session, enrollment), here.clock()):
        raise conflict(
            _("Your work can't be changed now: it is with the reviewers, or it has ended. What was saved is kept."), "not drafting"
        )
    return enrollment


def _record(session: Session, here: Tool, enrollment: Enrollment, action: str, **details: Any) -> None:
    audit.record(
        session,
        district_id=enrollment.district_id,
        at=here.clock(),
        actor_id=enrollment.person_id,
        action=f"evidence:{action}",
        subject_id=enrollment.id,
        **details,
    )


def _days_given(session: Session, here: Tool, district_id: UUID) -> int:
    return district_settings.chosen(session, district_id).enrollment_days or here.settings.enrollment_days


def enroll(session: Session, here: Tool, owner: Owner, activity_id: UUID, *, timezone: str = "UTC") -> Enrollment:
    """The owner's enrollment in this activity: made now, found, or begun anew where it was withdrawn or its year is over.

    `timezone` (IANA) is the teacher's, where it is known. Raises Problem(not_found).
    """
    activity = session.scalar(
        select(Activity).where(Activity.id == activity_id, Activity.district_id == owner.district_id).with_for_update()
    )
    if activity is None:
        raise not_found("no such activity in this district")
    now = here.clock()
    deadline = policies.deadline(now, days=_days_given(session, here, owner.district_id), timezone=timezone)
    enrollment = session.scalar(select(Enrollment).where(Enrollment.activity_id == activity.id, Enrollment.person_id == owner.person_id))
    if enrollment is None:
        enrollment = Enrollment(
            district_id=owner.district_id,
            person_id=owner.person_id,
            activity_id=activity.id,
            version_id=session.scalars(naming.corrected(activity.version_id)).one(),
            state="active",
            started_at=now,
            deadline_at=deadline,
            ended_at=None,
        )
        session.add(enrollment)
        session.flush()
        _record(session, here, enrollment, "enrollment:started", deadline=deadline.isoformat())
    elif policies.may_restart(standing_of(session, enrollment), now):
        enrollment.state, enrollment.started_at, enrollment.deadline_at, enrollment.ended_at = "active", now, deadline, None
        _record(session, here, enrollment, "enrollment:restarted", deadline=deadline.isoformat())
    return enrollment


def withdraw(session: Session, here: Tool, owner: Owner, enrollment_id: UUID) -> None:
    """End the try; drafts are kept for a later one. Raises Problem(not_found, conflict)."""
    enrollment = open_draft(session, here, owner, enrollment_id)
    enrollment.state, enrollment.ended_at = "withdrawn", here.clock()
    _record(session, here, enrollment, "enrollment:withdrawn")
    _asked_no_more(session, here, enrollment)


def save_answers(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, drafts: Mapping[str, Draft], *, page: str) -> None:
    """Save answers by question key. `page` names the open page that saves, so that it may save again and another is told.

    Raises Stale, Problem(not_found, conflict, bad_request).
    """
    enrollment = open_draft(session, here, owner, enrollment_id)
    content = content_of(session, enrollment)
    _check_keys(drafts, {q.key for q in content.overview_questions + content.reflection_questions})
    rows = {row.question_key: row for row in session.scalars(select(Answer).where(Answer.enrollment_id == enrollment.id))}
    texts = {key: plain_text(draft.text)[:MOST_CHARACTERS] for key, draft in drafts.items()}
    changed = [key for key, text in texts.items() if text != (rows[key].text if key in rows else "")]
    _check_stale(rows, drafts, changed, page)
    now = here.clock()
    for key in changed:
        if row := rows.get(key):
            row.text, row.revision, row.saved_in, row.saved_at = texts[key], row.revision + 1, page, now
        else:
            session.add(
                Answer(
                    district_id=owner.district_id,
                    enrollment_id=enrollment.id,
                    question_key=key,
                    text=texts[key],
                    saved_in=page,
                    saved_at=now,
                )
            )


def save_self_assessment(
    session: Session, here: Tool, owner: Owner, enrollment_id: UUID, drafts: Mapping[str, Draft], *, page: str
) -> None:
    """Save own levels and notes by criterion key; as `save_answers`."""
    enrollment = open_draft(session, here, owner, enrollment_id)
    levels = {criterion.key: len(criterion.levels) for criterion in content_of(session, enrollment).criteria}
    _check_keys(drafts, levels)
    if any(draft.level is not None and not 0 <= draft.level < levels[key] for key, draft in drafts.items()):
        raise bad_request(_("One of the levels is not in the rubric."), "level out of range")
    rows = {row.criterion_key: row for row in session.scalars(select(SelfAssessment).where(SelfAssessment.enrollment_id == enrollment.id))}
    wanted = {key: (draft.level, plain_text(draft.text)[:MOST_CHARACTERS]) for key, draft in drafts.items()}
    changed = [key for key, value in wanted.items() if value != ((rows[key].level, rows[key].note) if key in rows else (None, ""))]
    _check_stale(rows, drafts, changed, page)
    now = here.clock()
    for key in changed:
        level, note = wanted[key]
        if row := rows.get(key):
            row.level, row.note, row.revision, row.saved_in, row.saved_at = level, note, row.revision + 1, page, now
        else:
            session.add(
                SelfAssessment(
                    district_id=owner.district_id,
                    enrollment_id=enrollment.id,
                    criterion_key=key,
                    level=level,
                    note=note,
                    saved_in=page,
                    saved_at=now,
                )
            )


def _check_keys(drafts: Mapping[str, Draft], known: Collection[str]) -> None:
    if not set(drafts) <= set(known):
        raise bad_request(_("The form does not fit this microcredential."), "unknown key")


def _check_stale(rows: Mapping[str, Answer | SelfAssessment], drafts: Mapping[str, Draft], changed: list[str], page: str) -> None:
    stale = [
        key
        for key in changed
        if (row := rows.get(key)) and overtaken(seen=drafts[key].seen, page=page, revision=row.revision, saved_in=row.saved_in)
    ]
    if stale:
        raise Stale(tuple(stale))


def submit(session: Session, here: Tool, owner: Owner, enrollment_id: UUID, *, attested: Collection[str]) -> Submission:
    """Freeze the draft as the next attempt.

    Raises Problem: preview for test students, conflict where something is missing or it is too late, bad_request without attestations.
    """
    if owner.preview:
        raise Problem(
            "preview",
            403,
            _("This is a preview"),
            _("You can look around and try every page, but a test student's work can't be submitted."),
            _("Leave the student view to go on as yourself."),
        )
    enrollment = open_draft(session, here, owner, enrollment_id)
    content, standing = content_of(session, enrollment), standing_of(session, enrollment)
    snapshot = freeze(session, enrollment, content, attested)
    shut = troubles(session, enrollment.district_id, [copy.blob_key for copy in snapshot.artifacts])
    missing = policies.missing(
        content,
        snapshot.answers,
        {key: own_level.level for key, own_level in snapshot.self_assessment.items()},
        [policies.Piece(copy.requirement, copy.students, copy.criteria, copy.blob_key in shut, copy.said) for copy in snapshot.artifacts],
    )
    if not policies.may_submit(standing, here.clock(), missing=missing, max_attempts=here.settings.max_attempts):
        raise conflict(_("Something is still missing, so nothing was submitted. The page “Check and submit” says what."), "not complete")
    if lacking := policies.attestations_needed([copy.students for copy in snapshot.artifacts]) - set(attested):
        raise bad_request(_("Please confirm every point about students' privacy before you submit."), f"lacks {sorted(lacking)}")
    submission = Submission(
        district_id=enrollment.district_id,
        enrollment_id=enrollment.id,
        attempt=policies.next_attempt(standing),
        state="submitted",
        outcome=None,
        snapshot=snapshot.model_dump(mode="json"),
        snapshot_hash=snapshot.digest(),
        submitted_at=here.clock(),
        decided_at=None,
    )
    session.add(submission)
    session.flush()
    _record(
        session,
        here,
        enrollment,
        "submission:submitted",
        submission=str(submission.id),
        attempt=submission.attempt,
        carried=list(snapshot.carried),
    )
    _asked_no_more(session, here, enrollment)
    here.submitted(session, submission.id)
    after_commit(session, here.wake)
    return submission


def _asked_no_more(session: Session, here: Tool, enrollment: Enrollment) -> None:
    """The work is sent in, or given up: nothing asks the teacher to do it, or to do it again."""
    tries = session.scalars(select(Submission.id).where(Submission.enrollment_id == enrollment.id))
    notices.done(
        session,
        here,
        district_id=enrollment.district_id,
        people=[enrollment.person_id],
        kinds=("deadline", "decision.returned", "decision.incomplete"),
        things=[enrollment.id, *tries],
    )
