"""What is counted of people and their tries."""

from __future__ import annotations

from sqlalchemy import case, exists, func, or_, select

from lti_tool.district.reports.period_policies import risk_edges
from lti_tool.district.reports.tallying import DAY, JUDGED, SPAN, SPANS, Counted, Given, epoch, is_erased, place_of, school_of
from lti_tool.evidence.models import Answer, ArtifactUse, SelfAssessment, Submission
from lti_tool.evidence.policies import CLOSED
from lti_tool.launch.models import Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.review.pool_models import Workplace


def people(given: Given, counted: Counted) -> None:
    """people: [known]: of the district, by school; of a microcredential those who ever enrolled."""
    known = (
        select(school_of())
        .select_from(Person)
        .join(Registration, Registration.id == Person.registration_id)
        .outerjoin(Workplace, Workplace.person_id == Person.id)
        .where(
            *(Person.district_id == given.district_id, Person.is_test.is_(False), ~is_erased()),
            Registration.environment == PRODUCTION,
        )
    )
    for row in given.grouped(known):
        counted.add("people", ("all", ""), None, [row.n])
        counted.add("people", ("school", row.school), None, [row.n])
    real = given.real.c
    takers = select(real.microcredential_id, func.count(real.person_id.distinct()).label("n")).group_by(real.microcredential_id)
    for row in given.session.execute(takers):
        counted.add("people", ("microcredential", str(row.microcredential_id)), None, [row.n])


def funnel(given: Given, counted: Counted) -> None:
    """funnel, by the month of enrolling: [enrolled, began to work, submitted, earned]."""
    real = given.real.c
    submitted = exists().where(Submission.enrollment_id == real.id)
    drafts = [exists().where(one.enrollment_id == real.id) for one in (SelfAssessment, Answer, ArtifactUse)]
    query = select(
        *(real.microcredential_id, real.school, given.months(real.started_at)),
        case((or_(submitted, *drafts), 1), else_=0).label("began"),
        case((submitted, 1), else_=0).label("submitted"),
        real.earned,
    )
    for row in given.grouped(query, "began", "submitted", "earned"):
        counted.each("funnel", row, [row.n, row.began, row.submitted, row.earned])
        counted.tries += row.n


def earned(given: Given, counted: Counted) -> None:
    """earned: [n], and days: spans of SPAN days from enrolling to earning, then those after the deadline; by the month of earning."""
    real = given.real.c
    took = epoch(real.ended_at) - epoch(real.started_at)
    query = select(
        *(real.microcredential_id, real.school, given.months(real.ended_at)),
        place_of(took, [SPAN * DAY * (place + 1) for place in range(SPANS - 1)], SPANS - 1).label("span"),
        case((real.ended_at > real.deadline_at, 1), else_=0).label("late"),
    ).where(real.earned == 1)
    for row in given.grouped(query, "late"):
        counted.each("earned", row, [row.n])
        counted.each("days", row, [row.n if place == row.span else 0 for place in range(SPANS)] + [row.late])


def first(given: Given, counted: Counted) -> None:
    """first: [people], by the month in which somebody earned their first; of the district, and of each microcredential."""
    real = given.real.c
    for of_one in (False, True):
        keys = [real.person_id, real.school, *([real.microcredential_id] if of_one else [])]
        own = (
            select(*keys, func.min(real.ended_at).label("at"))
            .where(real.earned == 1, real.erased == 0, real.ended_at.is_not(None))
            .group_by(*keys)
            .subquery()
        )
        others = [one for one in own.c if one.name not in ("at", "person_id")]
        for row in given.grouped(select(*others, given.months(own.c.at))):
            spots = [("microcredential", str(row.microcredential_id))] if of_one else [("all", ""), ("school", row.school)]
            for spot in spots:
                counted.add("first", spot, row.month, [row.n])


def risk(given: Given, counted: Counted) -> None:
    """risk, now: active tries by days to the deadline (passed, 7, 30, 90, 180, more): those to be sent in, then those that wait."""
    real = given.real.c
    waits = exists().where(Submission.enrollment_id == real.id, Submission.state.not_in(CLOSED))
    limits = risk_edges(given.now, given.zone)
    query = select(
        *(real.microcredential_id, real.school),
        case(*[(real.deadline_at < limit, place) for place, limit in enumerate(limits)], else_=len(limits)).label("place"),
        case((waits, 1), else_=0).label("waits"),
    ).where(real.state == "active")
    for row in given.grouped(query):
        width = len(limits) + 1
        numbers = [row.n if place == row.place + width * row.waits else 0 for place in range(2 * width)]
        for spot in (("all", ""), ("microcredential", str(row.microcredential_id)), ("school", row.school)):
            counted.add("risk", spot, None, numbers)


def attempts(given: Given, counted: Counted) -> None:
    """first_attempt, by the month of its decision: [decided, earned]; attempts, by the month of the end: tries with 1, 2, 3 or more."""
    real = given.real.c
    query = select(
        *(real.microcredential_id, real.school, given.months(Submission.decided_at)),
        case((Submission.outcome == "earned", 1), else_=0).label("earned"),
    ).where(Submission.enrollment_id == real.id, *JUDGED, Submission.attempt == 1)
    for row in given.grouped(query, "earned"):
        counted.each("first_attempt", row, [row.n, row.earned])
    newest = select(func.max(Submission.attempt)).where(Submission.enrollment_id == real.id, *JUDGED).scalar_subquery()
    ended = select(real.microcredential_id, real.school, given.months(real.ended_at), newest.label("attempts")).where(
        real.state.in_(("earned", "not_earned"))
    )
    for row in given.grouped(ended):
        if row.attempts:
            counted.each("attempts", row, [row.n if place == min(row.attempts, 3) else 0 for place in (1, 2, 3)])
