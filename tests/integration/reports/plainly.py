"""Every figure computed a second time, from the rows themselves and in plain loops: shares nothing with the count but what it is for."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Answer, ArtifactUse, Enrollment, SelfAssessment, Submission
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from lti_tool.review.appeal_models import Appeal
from lti_tool.review.models import Decision, Review
from lti_tool.review.pool_models import Workplace
from lti_tool.web.models import RoleGrant


def computed(session: Session, district_id: UUID, *, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """{figure: {(scope, key): {month: numbers} or numbers}}."""

    def rows(model: Any) -> list[Any]:
        return list(session.scalars(select(model).where(model.district_id == district_id)))

    registrations = {one.id: one for one in rows(Registration)}
    schools = {one.person_id: one.school.strip() for one in rows(Workplace)}
    versions = {one.id: one for one in rows(MicrocredentialVersion)}
    revoked = {one.enrollment_id for one in rows(Award) if one.revoked_at}
    people = {one.id: one for one in rows(Person) if not one.is_test and registrations[one.registration_id].environment == "production"}
    living = {id_: one for id_, one in people.items() if not one.sub.startswith("erased:")}
    tries = {one.id: one for one in rows(Enrollment) if one.person_id in people}
    work = {one.id: one for one in rows(Submission) if one.enrollment_id in tries}
    decisions = [one for one in rows(Decision) if one.submission_id in work]
    reviews = rows(Review)
    own_levels = {(one.enrollment_id, one.criterion_key): one.level for one in rows(SelfAssessment)}
    began = {one.enrollment_id for model in (SelfAssessment, Answer, ArtifactUse) for one in rows(model)}
    sent = {one.enrollment_id for one in work.values()}

    def month(at: datetime) -> str:
        return at.astimezone(zone).strftime("%Y-%m")

    def credential(one: Enrollment) -> str:
        return str(versions[one.version_id].microcredential_id)

    def spots(one: Enrollment) -> list[tuple[str, str]]:
        return [("all", ""), ("microcredential", credential(one)), ("school", schools.get(one.person_id, ""))]

    found: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(Counter)))
    still: dict[str, Any] = defaultdict(lambda: defaultdict(Counter))

    for id_ in living:
        still["people"][("all", "")][0] += 1
        still["people"][("school", schools.get(id_, ""))][0] += 1
    for mc in {credential(one) for one in tries.values()}:
        still["people"][("microcredential", mc)][0] = len({one.person_id for one in tries.values() if credential(one) == mc})

    earned = {id_: one for id_, one in tries.items() if one.state == "earned" and id_ not in revoked}
    for id_, one in tries.items():
        for spot in spots(one):
            cell = found["funnel"][spot][month(one.started_at)]
            cell[0] += 1
            cell[1] += id_ in began or id_ in sent
            cell[2] += id_ in sent
            cell[3] += id_ in earned
    for one in earned.values():
        for spot in spots(one):
            found["earned"][spot][month(one.ended_at)][0] += 1
            span, passed = 0, _whole(one.ended_at) - _whole(one.started_at)
            while span < 13 and passed > timedelta(days=30 * (span + 1)):
                span += 1
            found["days"][spot][month(one.ended_at)][span] += 1
            found["days"][spot][month(one.ended_at)][14] += one.ended_at > one.deadline_at
    for id_ in living:
        mine = sorted((one.ended_at, credential(one)) for one in earned.values() if one.person_id == id_)
        if mine:
            found["first"][("all", "")][month(mine[0][0])][0] += 1
            found["first"][("school", schools.get(id_, ""))][month(mine[0][0])][0] += 1
        for mc in {mc for _at, mc in mine}:
            found["first"][("microcredential", mc)][month(min(at for at, other in mine if other == mc))][0] += 1

    today = now.astimezone(zone).date()
    for id_, one in tries.items():
        if one.state == "active":
            left = (one.deadline_at.astimezone(zone).date() - today).days
            place = 0 if one.deadline_at < now else next((n for n, most in enumerate((7, 30, 90, 180), 1) if left <= most), 5)
            waits = any(s.enrollment_id == id_ and s.state not in ("decided", "returned_incomplete") for s in work.values())
            for spot in spots(one):
                still["risk"][spot][place + 6 * waits] += 1

    counting = {id_: one for id_, one in work.items() if one.state == "decided" and one.set_aside == 0}
    for one in counting.values():
        if one.attempt == 1:
            for spot in spots(tries[one.enrollment_id]):
                found["first_attempt"][spot][month(one.decided_at)][0] += 1
                found["first_attempt"][spot][month(one.decided_at)][1] += one.outcome == "earned"
    for id_, one in tries.items():
        most = max((s.attempt for s in counting.values() if s.enrollment_id == id_), default=0)
        if one.state in ("earned", "not_earned") and most:
            for spot in spots(one):
                found["attempts"][spot][month(one.ended_at)][min(most, 3) - 1] += 1

    for one in reviews:
        if one.state == "locked" and one.submission_id in work:
            enrollment = tries[work[one.submission_id].enrollment_id]
            took = max(0, math.ceil((_whole(one.locked_at) - _whole(one.assigned_at)) / timedelta(days=1)))
            for spot in spots(enrollment)[:2]:
                found["reviews"][spot][month(one.locked_at)][min(took, 61)] += 1
                found["reviews"][spot][month(one.locked_at)][62] += one.locked_at <= one.due_at

    loads = Counter(one.reviewer_id for one in reviews if one.state in ("assigned", "in_progress"))
    for one in rows(RoleGrant):
        if one.role == "reviewer" and one.revoked_at is None:
            loads[one.person_id] += 0
    late = sum(one.due_at < now for one in reviews if one.state in ("assigned", "in_progress"))
    load = still["load"][("all", "")]
    load[0], load[1], load[2] = len(loads), sum(loads.values()), late
    for n in loads.values():
        load[3 if n == 0 else 4 if n <= 2 else 5 if n <= 5 else 6] += 1

    for one in rows(Appeal):
        if one.submission_id in work and one.state in ("upheld", "overturned", "remanded"):
            for spot in spots(tries[work[one.submission_id].enrollment_id])[:2]:
                found["appeals"][spot][month(one.closed_at)][0] += 1
                found["appeals"][spot][month(one.closed_at)][1] += one.state == "overturned"

    criteria: dict[str, Any] = defaultdict(lambda: defaultdict(lambda: defaultdict(lambda: [0, 0])))
    by_key: Counter[Any] = Counter()
    for one in decisions:
        submission = work[one.submission_id]
        enrollment = tries[submission.enrollment_id]
        if one.by_exception or submission.id not in counting:
            continue
        needed = {row["key"]: row["required_level"] for row in versions[enrollment.version_id].content["criteria"]}
        for key, row in one.criteria.items():
            if submission.attempt == 1:
                cell = criteria[credential(enrollment)][month(one.decided_at)][key]
                cell[0] += 1
                cell[1] += not row["met"]
            level = own_levels.get((enrollment.id, key))
            if level is not None and enrollment.state in ("earned", "not_earned") and submission.outcome == enrollment.state:
                place = {(True, True): 0, (True, False): 1, (False, True): 2, (False, False): 3}[level >= needed[key], row["met"]]
                for spot in spots(enrollment)[:2]:
                    found["own"][spot][month(enrollment.ended_at)][place] += 1
                by_key[(credential(enrollment), month(enrollment.ended_at), key)] += 1
    for mc, at in {(mc, at) for mc, at, _key in by_key}:
        most = max(n for (other, when, _key), n in by_key.items() if (other, when) == (mc, at))
        for spot in (("all", ""), ("microcredential", mc)):
            found["own"][spot][at][4] += most

    plain = {
        figure: {spot: {at: dict(+n) for at, n in months.items()} for spot, months in spots_.items()} for figure, spots_ in found.items()
    }
    plain |= {figure: {spot: dict(+n) for spot, n in spots_.items()} for figure, spots_ in still.items()}
    plain["criteria"] = {("microcredential", mc): {at: dict(keys) for at, keys in months.items()} for mc, months in criteria.items()}
    return plain


def _whole(at: datetime) -> datetime:
    return at.replace(microsecond=0)
