"""Every decision computed again from what is stored: locked scores and the frozen version."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.service import content_of
from lti_tool.review import replay_policies, service
from lti_tool.review.models import Decision

_BATCH = 500


@dataclass
class Replay:
    """`same` decisions came out as stored; `by_exception` were made by a person and not by the rule; `different` says what is wrong."""

    same: int = 0
    by_exception: int = 0
    different: list[tuple[UUID, str]] = field(default_factory=list)
    """Submission and words; one may be there more than once."""


def replay(session: Session, district_id: UUID) -> Replay:
    """Compute every decision of a district again. Reads in batches and changes nothing."""
    found = Replay()
    for decision, submission, enrollment, version, recorded in _decided(session, district_id):
        if decision.by_exception:
            found.by_exception += 1
            continue
        words = _differences(session, decision, submission, enrollment, version, recorded)
        found.different += [(submission.id, one) for one in words]
        found.same += not words
    return found


def _decided(
    session: Session, district_id: UUID
) -> Iterator[tuple[Decision, Submission, Enrollment, MicrocredentialVersion, AuditEvent | None]]:
    after = UUID(int=0)
    while True:
        rows = session.execute(
            select(Decision, Submission, Enrollment, MicrocredentialVersion)
            .join(Submission, Submission.id == Decision.submission_id)
            .join(Enrollment, Enrollment.id == Submission.enrollment_id)
            .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
            .where(Decision.district_id == district_id, Decision.id > after)
            .order_by(Decision.id)
            .limit(_BATCH)
        ).all()
        events = (
            select(AuditEvent)
            .where(
                AuditEvent.subject_id.in_([submission.id for _, submission, _, _ in rows]),
                AuditEvent.district_id == district_id,
                AuditEvent.action == "review:decided",
            )
            .order_by(AuditEvent.sequence)
        )
        recorded = {event.subject_id: event for event in session.scalars(events)}
        for decision, submission, enrollment, version in rows:
            yield decision, submission, enrollment, version, recorded.get(submission.id)
        if len(rows) < _BATCH:
            return
        after = rows[-1][0].id
        session.expunge_all()


def _differences(
    session: Session,
    decision: Decision,
    submission: Submission,
    enrollment: Enrollment,
    version: MicrocredentialVersion,
    recorded: AuditEvent | None,
) -> list[str]:
    words = replay_policies.rubric_faults(
        frozen_hash=str(submission.snapshot.get("content_hash", "")),
        version_hash=version.content_hash,
        content_hash=content_of(session, enrollment).content_hash(),
    )
    try:
        again = service.computed(session, submission, attempts_left=decision.attempts_left)
    except (service.NotReady, KeyError, TypeError, ValueError):
        return [*words, "the scores that it rests on are not there, or not whole"]
    words += replay_policies.differences(outcome=decision.outcome, criteria=decision.criteria, again=again)
    if recorded is not None:
        noted = recorded.details
        if noted.get("outcome") != decision.outcome:
            words.append(f"the trail says {noted.get('outcome')}")
        if noted.get("basis", basis := service.basis_of(session, submission)) != basis:
            words.append("the scores are not those that the trail noted")
    return words
