"""The one place where an outcome becomes effects: decision, score, award, pay, in the transaction in which the last review locks.

Nothing outside is called here; the worker delivers what these rows say.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import service as badges
from lti_tool.badges.stacking import award_completed
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.district.pay import service as pay
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.policies import Score, effects, score_for
from lti_tool.language import N_, locale_of, looked_up, speaking
from lti_tool.launch.models import Person, ResourceLink
from lti_tool.platforms.models import Registration
from lti_tool.review import service as review
from lti_tool.review.models import Decision
from lti_tool.tool import Tool

_COMMENTS = {
    "earned": N_("Earned: independent reviewers found every criterion met."),
    "not_earned": N_("Not earned: the reviewers found criteria that are not met yet. The feedback is in the activity."),
}
_BY_EXCEPTION = {
    "earned": N_("Earned: your district decided it. The reason is in the activity."),
    "not_earned": N_("Not earned: your district decided it. The reason is in the activity."),
}
_ON_APPEAL = N_("Earned: a panel of reviewers overturned the decision on appeal.")


def settle(session: Session, here: Tool, submission_id: UUID) -> None:
    """Decide from the locked reviews and write every effect. Raises review.service.NotReady when reviews are still open."""
    outcome = review.record_decision(session, here, submission_id)
    exception = session.scalar(select(Decision.by_exception).where(Decision.submission_id == submission_id))
    _take_effect(session, here, submission_id, outcome, (_BY_EXCEPTION if exception else _COMMENTS).get(outcome, ""))


def overturn(session: Session, here: Tool, submission_id: UUID) -> None:
    """A panel has made a submission earned: the same effects as when reviewers do."""
    _take_effect(session, here, submission_id, "earned", _ON_APPEAL)


def _take_effect(session: Session, here: Tool, submission_id: UUID, outcome: str, comment: str) -> None:
    submission = session.get_one(Submission, submission_id)
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    person = session.get_one(Person, enrollment.person_id)
    real = effects(is_test=person.is_test, environment=session.get_one(Registration, person.registration_id).environment)
    activity = session.get_one(Activity, enrollment.activity_id)
    now = here.clock()
    if real.scores and (score := score_for(outcome, activity.points)) is not None:
        with speaking(locale_of(person.locale)):  # the teacher reads it in the gradebook, whoever's act it was that decided
            said = looked_up(comment)
        desire_score(session, here, activity, enrollment, score, comment=said, submitted_at=submission.submitted_at)
    if outcome == "earned" and (real.counts or real.test_badge):
        award = badges.award(session, here, enrollment_id=enrollment.id, decided_at=now, is_test=real.test_badge)
        completed = award_completed(session, here, award)
        if real.counts:
            pay.credit(session, here, award, *completed)
    after_commit(session, here.wake)


def desire_score(
    session: Session, here: Tool, activity: Activity, enrollment: Enrollment, score: Score, *, comment: str, submitted_at: datetime
) -> ScoreDelivery:
    """Say what the gradebook should show for this person: a new version of the one row; an older one is never sent after it."""
    now = here.clock()
    link = session.get_one(ResourceLink, activity.resource_link_id)
    row = session.scalars(
        select(ScoreDelivery)
        .where(ScoreDelivery.activity_id == activity.id, ScoreDelivery.person_id == enrollment.person_id)
        .with_for_update()
    ).one_or_none()
    if row is None:
        row = ScoreDelivery(
            district_id=activity.district_id,
            registration_id=link.registration_id,
            activity_id=activity.id,
            enrollment_id=enrollment.id,
            person_id=enrollment.person_id,
            version=0,
            sent_version=0,
            attempts=0,
            last_reason="",
        )
        session.add(row)
    row.version += 1
    row.enrollment_id = enrollment.id
    row.score_given, row.score_maximum, row.comment, row.submitted_at, row.desired_at = (
        score.given,
        score.maximum,
        comment,
        submitted_at,
        now,
    )
    row.state, row.last_reason = ("queued", "") if link.lineitem_url or activity.made_column_url else ("held", "no_column")
    row.due_at, row.attempts = now, 0
    session.flush()
    audit.record(session, district_id=row.district_id, at=now, action="grading:score:desired", subject_id=row.id, version=row.version)
    return row
