"""What is counted of reviews, decisions and appeals."""

from __future__ import annotations

from collections import Counter
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, case, cast, column, func, select, true

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.district.reports.tallying import DAY, JUDGED, LOADS, LONGEST, Counted, Given, epoch, place_of
from lti_tool.evidence.models import SelfAssessment, Submission
from lti_tool.review.appeal_models import Appeal
from lti_tool.review.models import IS_OPEN, Decision, Review
from lti_tool.web.models import RoleGrant


def reviews(given: Given, counted: Counted) -> None:
    """reviews, by the month of locking: how many took 0, 1, 2 … days, each begun day counted, and how many were in time."""
    real = given.real.c
    took = (epoch(Review.locked_at) - epoch(Review.assigned_at) + (DAY - 1)) // DAY
    query = (
        select(
            *(real.microcredential_id, given.months(Review.locked_at)),
            place_of(took, list(range(LONGEST)), LONGEST).label("days"),
            case((Review.locked_at <= Review.due_at, 1), else_=0).label("in_time"),
        )
        .select_from(Review)
        .join(Submission, Submission.id == Review.submission_id)
        .join(given.real, real.id == Submission.enrollment_id)
        .where(Review.district_id == given.district_id, Review.state == "locked")
    )
    for row in given.grouped(query, "in_time"):
        numbers = [row.n if place == row.days else 0 for place in range(LONGEST + 1)]
        counted.each("reviews", row, [*numbers, row.in_time], schools=False)


def load(given: Given, counted: Counted) -> None:
    """load, now: [reviewers, open reviews, late ones, reviewers with none, with 1 or 2, with 3 to 5, with more]."""
    own = (
        select(Review.reviewer_id, func.count().label("n"), func.sum(case((Review.due_at < given.now, 1), else_=0)).label("late"))
        .where(Review.district_id == given.district_id, IS_OPEN)
        .group_by(Review.reviewer_id)
    )
    rows = {row.reviewer_id: row for row in given.session.execute(own)}
    pool = set(given.session.scalars(select(RoleGrant.person_id).where(RoleGrant.held(given.district_id, "reviewer", at=given.now))))
    loads = [rows[one].n if one in rows else 0 for one in pool | set(rows)]
    places = [sum(load > limit for limit in LOADS) for load in loads]
    late = sum(row.late for row in rows.values())
    counted.add("load", ("all", ""), None, [len(loads), sum(loads), late, *(places.count(place) for place in range(len(LOADS) + 1))])


def appeals(given: Given, counted: Counted) -> None:
    """appeals, by the month of their end: [answered by a panel, overturned]."""
    real = given.real.c
    query = (
        select(
            *(real.microcredential_id, given.months(Appeal.closed_at)),
            case((Appeal.state == "overturned", 1), else_=0).label("overturned"),
        )
        .select_from(Appeal)
        .join(Submission, Submission.id == Appeal.submission_id)
        .join(given.real, real.id == Submission.enrollment_id)
        .where(Appeal.district_id == given.district_id, Appeal.state.in_(("upheld", "overturned", "remanded")))
    )
    for row in given.grouped(query, "overturned"):
        counted.each("appeals", row, [row.n, row.overturned], schools=False)


def _each_criterion() -> tuple[Any, ColumnElement[Any]]:
    """The criteria of a decision as rows, and whether one was met: both databases know these words."""
    rows = func.json_each(Decision.criteria).table_valued(column("key", String), column("value", String), name="found")
    return rows, case((cast(rows.c.value.op("->>")("met"), String).in_(("true", "1")), 1), else_=0).label("met")


def criteria(given: Given, counted: Counted) -> None:
    """criteria, by the month of the first attempt's decision: {key: [judged, not met]}, as reviewers found it, before any appeal."""
    real, (each, met) = given.real.c, _each_criterion()
    query = (
        select(real.microcredential_id, given.months(Decision.decided_at), each.c.key, met)
        .select_from(Decision)
        .join(Submission, Submission.id == Decision.submission_id)
        .join(given.real, real.id == Submission.enrollment_id)
        .join(each, true())
        .where(Decision.district_id == given.district_id, Decision.by_exception.is_(False), *JUDGED, Submission.attempt == 1)
    )
    for row in given.grouped(query, "met"):
        if row.month is not None:
            spot = ("microcredential", str(row.microcredential_id))
            into = counted.found.setdefault("criteria", {}).setdefault(spot, {}).setdefault(row.month, {})
            judged, unmet = into.get(row.key, (0, 0))
            into[row.key] = [judged + row.n, unmet + row.n - row.met]


def own(given: Given, counted: Counted) -> None:
    """own, by the month of the end: criteria of [met for both, for the teacher only, for reviewers only, for neither], and tries.

    Tries are at least so many as have the criterion that most have.
    """
    real, (each, met) = given.real.c, _each_criterion()
    query = (
        select(real.microcredential_id, given.months(real.ended_at), real.version_id, each.c.key, SelfAssessment.level, met)
        .select_from(Decision)
        .join(Submission, Submission.id == Decision.submission_id)
        .join(given.real, real.id == Submission.enrollment_id)
        .join(each, true())
        .join(SelfAssessment, and_(SelfAssessment.enrollment_id == real.id, SelfAssessment.criterion_key == each.c.key))
        .where(Decision.district_id == given.district_id, Decision.by_exception.is_(False), *JUDGED)
        .where(real.state.in_(("earned", "not_earned")), Submission.outcome == real.state, SelfAssessment.level.is_not(None))
    )
    needed = _needed(given)
    tries: Counter[tuple[str, str, str]] = Counter()
    for row in given.grouped(query):
        if row.month is not None and (level := needed.get((row.version_id, row.key))) is not None:
            place = 2 * (row.level < level) + (not row.met)
            counted.each("own", row, [*(row.n if place == one else 0 for one in range(4)), 0], schools=False)
            tries[(str(row.microcredential_id), row.month, row.key)] += row.n
    least: Counter[tuple[str, str]] = Counter()
    for (microcredential_id, month, _key), n in tries.items():
        least[(microcredential_id, month)] = max(least[(microcredential_id, month)], n)
    for (microcredential_id, month), n in least.items():
        for spot in (("all", ""), ("microcredential", microcredential_id)):
            counted.add("own", spot, month, [0, 0, 0, 0, n])


def _needed(given: Given) -> dict[tuple[UUID, str], int]:
    """The level that each criterion of each version asks for."""
    query = select(MicrocredentialVersion.id, MicrocredentialVersion.content).where(MicrocredentialVersion.district_id == given.district_id)
    return {
        (version_id, one.key): one.required_level
        for version_id, content in given.session.execute(query)
        for one in MicrocredentialContent.model_validate(content).criteria
    }
