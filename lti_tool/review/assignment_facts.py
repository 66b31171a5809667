"""Gathers what the assignment policy asks: who is in the pool, what keeps whom from which work, and what the district chose."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.evidence.models import CoTeacher, Enrollment, Submission
from lti_tool.launch.accounts import accounts
from lti_tool.launch.models import Membership, Person
from lti_tool.platforms.models import Registration
from lti_tool.review import calibration_standing as calibration
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.assignment_policies import Candidate, Rules, Work, same_school
from lti_tool.review.models import IS_OPEN, Review
from lti_tool.review.pool_models import Qualification, Workplace
from lti_tool.web.models import RoleGrant

KNOWS_WHOSE = ("recognized", "conflict")
"""Reasons for stepping back that hold for all of this author's work."""


def gather(session: Session, submission: Submission, *, now: datetime) -> tuple[list[Candidate], Work, Rules]:
    """Everything about one piece of work and the pool of its district."""
    district_id = submission.district_id
    enrollment = session.get_one(Enrollment, submission.enrollment_id)
    microcredential_id = session.get_one(MicrocredentialVersion, enrollment.version_id).microcredential_id
    chosen = calibration.setting(session, district_id)
    rules = Rules(calibration.asked_for(session, district_id, microcredential_id), chosen.schools_apart, chosen.supervisors_apart)
    pool = candidates(session, district_id, microcredential_id, now=now, calibration_counts=rules.calibration)
    return pool, _work(session, submission, enrollment), rules


def _work(session: Session, submission: Submission, enrollment: Enrollment) -> Work:
    district_id = submission.district_id
    authors = accounts(session, district_id, [enrollment.person_id])[enrollment.person_id]
    author = session.get_one(Person, enrollment.person_id)
    knows = (
        select(Review.reviewer_id)
        .join(Submission, Submission.id == Review.submission_id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .where(Enrollment.person_id.in_(authors), Review.state == "declined", Review.decline_kind.in_(KNOWS_WHOSE))
    )
    seated = select(Review.reviewer_id).where(Review.submission_id == submission.id)
    schools, supervisors = _workplaces(session, district_id, authors)
    return Work(
        authors=authors,
        context_id=session.get_one(Activity, enrollment.activity_id).context_id,
        environment=session.get_one(Registration, author.registration_id).environment,
        co_teachers=_all(session.scalars(select(CoTeacher.person_id).where(CoTeacher.enrollment_id == enrollment.id))),
        taken=_all(session.scalars(seated)) | _all(session.scalars(knows)) | _judged_before(session, submission),
        school=next((schools[one] for one in (enrollment.person_id, *sorted(authors)) if schools.get(one)), ""),
        supervisors=frozenset().union(*supervisors.values()),
    )


def had_a_part(session: Session, enrollment_id: UUID) -> frozenset[UUID]:
    """Who reviewed any attempt of this enrollment, or was asked to, and who sat on a panel about one."""
    attempts = select(Submission.id).where(Submission.enrollment_id == enrollment_id)
    panels = select(Appeal.id).where(Appeal.submission_id.in_(attempts))
    return _all(session.scalars(select(Review.reviewer_id).where(Review.submission_id.in_(attempts)))) | _all(
        session.scalars(select(PanelSeat.reviewer_id).where(PanelSeat.appeal_id.in_(panels)))
    )


def _judged_before(session: Session, submission: Submission) -> frozenset[UUID]:
    """Whom an appeal that sent the work to new reviewers leaves out: everybody who had a part in it."""
    sent = session.scalar(select(Appeal.id).where(Appeal.again_id == submission.id))
    return had_a_part(session, submission.enrollment_id) if sent else frozenset()


def _all(rows: Iterable[UUID]) -> frozenset[UUID]:
    return frozenset(rows)


def _workplaces(session: Session, district_id: UUID, person_ids: Collection[UUID]) -> tuple[dict[UUID, str], dict[UUID, frozenset[UUID]]]:
    rows = session.execute(
        select(Workplace.person_id, Workplace.school, Workplace.supervisor_id).where(
            Workplace.district_id == district_id, Workplace.person_id.in_(person_ids)
        )
    ).all()
    return (
        {person_id: same_school(school) for person_id, school, _ in rows},
        {person_id: frozenset({supervisor_id}) for person_id, _, supervisor_id in rows if supervisor_id is not None},
    )


def candidates(
    session: Session, district_id: UUID, microcredential_id: UUID, *, now: datetime, calibration_counts: bool
) -> list[Candidate]:
    """The pool, as it stands to one microcredential. Who has calibrated is looked up only where it counts."""
    pool = select(RoleGrant.person_id).where(RoleGrant.held(district_id, "reviewer", at=now))
    people: dict[UUID, str] = dict(
        session.execute(
            select(Person.id, Registration.environment)
            .join(Registration, Registration.id == Person.registration_id)
            .where(Person.id.in_(pool), Person.district_id == district_id)
        ).all()
    )
    own = accounts(session, district_id, people)
    every = frozenset().union(*own.values())
    load = _load(session, district_id, people)
    consoles = set(session.scalars(select(RoleGrant.person_id).where(RoleGrant.held(district_id, "coordinator", at=now))))
    runs: dict[UUID, set[UUID]] = defaultdict(set)
    for person_id, context_id, rights in session.execute(
        select(Membership.person_id, Membership.context_id, Membership.rights).where(Membership.person_id.in_(every))
    ):
        if "console" in rights:
            consoles.add(person_id)
        elif "facilitator" in rights:
            runs[person_id].add(context_id)
    schools, supervisors = _workplaces(session, district_id, every)
    standings = calibration.standings(session, district_id, microcredential_id, people, now=now) if calibration_counts else {}
    qualified = _qualified(session, district_id, microcredential_id, people, now=now)
    return [
        Candidate(
            one,
            load[one],
            frozenset().union(*(runs[account] for account in own[one])),
            bool(own[one] & consoles),
            environment,
            own[one],
            next((schools[account] for account in (one, *sorted(own[one])) if schools.get(account)), ""),
            frozenset().union(*(supervisors.get(account, frozenset()) for account in own[one])),
            one in qualified,
            one in standings and standings[one].calibrated,
        )
        for one, environment in people.items()
    ]


def _load(session: Session, district_id: UUID, people: Collection[UUID]) -> Counter[UUID]:
    """How many open reviews and appeals each of these people has."""
    load = Counter[UUID]()
    for row, is_open in ((Review, IS_OPEN), (PanelSeat, PanelSeat.state == "assigned")):
        counted = select(row.reviewer_id, func.count()).where(row.district_id == district_id, row.reviewer_id.in_(list(people)), is_open)
        load.update(dict(session.execute(counted.group_by(row.reviewer_id)).all()))
    return load


def _qualified(session: Session, district_id: UUID, microcredential_id: UUID, people: Collection[UUID], *, now: datetime) -> set[UUID]:
    rows = session.execute(
        select(Qualification.person_id, Qualification.microcredential_id, Qualification.expires_at).where(
            Qualification.district_id == district_id, Qualification.person_id.in_(list(people)), Qualification.ended_at.is_(None)
        )
    ).all()
    limited = {person_id for person_id, _, _ in rows}
    fits = {
        person_id
        for person_id, named, expires_at in rows
        if named in (None, microcredential_id) and (expires_at is None or expires_at > now)
    }
    return {one for one in people if one not in limited or one in fits}
