"""How far people are with microcredentials, in counts and days: never what they wrote, showed or scored."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.district.cohorts.models import Cohort
from lti_tool.district.cohorts.policies import Work
from lti_tool.evidence.models import NEWEST, Answer, Artifact, ArtifactUse, Enrollment, SelfAssessment, Submission
from lti_tool.evidence.policies import Standing, phase


def works(
    session: Session, cohort: Cohort, people: Sequence[UUID], goals: Sequence[UUID], *, now: datetime
) -> dict[tuple[UUID, UUID], Work]:
    """By (person, microcredential). Of several tries one that was earned counts, else the newest. Six queries, whatever the size."""
    tries = _tries(session, cohort, people, goals)
    ids = [one.id for one in tries.values()]
    asked = _asked(session, {one.version_id for one in tries.values()})
    newest: dict[UUID, Any] = {}
    for row in session.execute(
        select(Submission.enrollment_id, Submission.attempt, Submission.state, Submission.outcome, Submission.decided_at)
        .where(Submission.enrollment_id.in_(ids))
        .order_by(Submission.enrollment_id, *NEWEST)
    ):
        newest.setdefault(row[0], row)
    assessed = {
        row[0]: (row[1], row[2])
        for row in session.execute(
            select(SelfAssessment.enrollment_id, func.count(SelfAssessment.level), func.max(SelfAssessment.saved_at))
            .where(SelfAssessment.enrollment_id.in_(ids))
            .group_by(SelfAssessment.enrollment_id)
        )
    }
    written: dict[UUID, datetime] = {
        row[0]: row[1]
        for row in session.execute(
            select(Answer.enrollment_id, func.max(Answer.saved_at)).where(Answer.enrollment_id.in_(ids)).group_by(Answer.enrollment_id)
        )
    }
    pieces: dict[UUID, dict[str, tuple[int, datetime]]] = defaultdict(dict)
    for enrollment_id, requirement, number, last in session.execute(
        select(ArtifactUse.enrollment_id, ArtifactUse.requirement_key, func.count(), func.max(Artifact.changed_at))
        .join(Artifact, Artifact.id == ArtifactUse.artifact_id)
        .where(ArtifactUse.enrollment_id.in_(ids), Artifact.removed_at.is_(None))
        .group_by(ArtifactUse.enrollment_id, ArtifactUse.requirement_key)
    ):
        pieces[enrollment_id][requirement] = (number, last)
    found = {}
    for key, one in tries.items():
        criteria, needed = asked[one.version_id]
        own, sent = pieces[one.id], newest.get(one.id)
        levels, levels_at = assessed.get(one.id, (0, None))
        moves = [one.started_at, levels_at, written.get(one.id), *(at for _, at in own.values()), sent[4] if sent else None]
        found[key] = Work(
            phase(_standing(one, sent), now),
            sent[2] if sent else None,
            levels,
            criteria,
            sum(own.get(name, (0, now))[0] >= least for name, least in needed.items()),
            len(needed),
            max(move for move in moves if move),
        )
    return found


def _tries(session: Session, cohort: Cohort, people: Sequence[UUID], goals: Sequence[UUID]) -> dict[tuple[UUID, UUID], Enrollment]:
    query = (
        select(Enrollment, MicrocredentialVersion.microcredential_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(
            Enrollment.district_id == cohort.district_id,
            Enrollment.person_id.in_(people),
            MicrocredentialVersion.microcredential_id.in_(goals),
        )
    )
    if cohort.context_id is not None:
        query = query.join(Activity, Activity.id == Enrollment.activity_id).where(Activity.context_id == cohort.context_id)
    found: dict[tuple[UUID, UUID], Enrollment] = {}
    for row, microcredential_id in session.execute(query.order_by(Enrollment.started_at, Enrollment.id)):
        before = found.get((row.person_id, microcredential_id))
        if before is None or before.state != "earned":
            found[row.person_id, microcredential_id] = row
    return found


def _asked(session: Session, versions: set[UUID]) -> dict[UUID, tuple[int, dict[str, int]]]:
    """How many criteria a version has, and how many pieces each requirement needs at least; those that need none are left out."""
    rows = session.execute(
        select(MicrocredentialVersion.id, MicrocredentialVersion.content["criteria"], MicrocredentialVersion.content["evidence"]).where(
            MicrocredentialVersion.id.in_(versions)
        )
    )
    return {row[0]: (len(row[1]), {one["key"]: one["minimum"] for one in row[2] if one["minimum"]}) for row in rows}


def _standing(row: Enrollment, last: Any) -> Standing:
    _, attempt, state, outcome, decided_at = last or (None, 0, None, None, None)
    return Standing(row.state, row.deadline_at, attempt, state, outcome, decided_at, row.appeal_open, row.appeal_ended_at)
