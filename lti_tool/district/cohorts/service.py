"""What coordinators and members change of a cohort."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.database import new_id
from lti_tool.district.cohorts.models import Cohort, CohortGoal, CohortMember
from lti_tool.district.cohorts.policies import ANSWERS, LONGEST_REMINDER, MOST_MEMBERS, may_remind
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.launch.models import Context, Person
from lti_tool.notices import service as notices
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool


@dataclass(frozen=True)
class Plan:
    """What a cohort is for. Without goals of its own it has those of its course."""

    name: str
    words: str
    starts_on: date
    target_on: date
    goals: Collection[UUID]
    context_id: UUID | None


@dataclass(frozen=True)
class Invited:
    """What became of an invitation to several."""

    told: int
    already: int
    unknown: int


def cohort_of(session: Session, district_id: UUID, cohort_id: UUID, *, for_change: bool = False) -> Cohort:
    """A cohort of this district. Raises Problem: not_found, and conflict for a change of a closed one."""
    query = select(Cohort).where(Cohort.id == cohort_id, Cohort.district_id == district_id)
    row = session.scalars(query.with_for_update() if for_change else query).one_or_none()
    if row is None:
        raise not_found("no such cohort")
    if for_change and row.closed_at is not None:
        raise conflict(_("This cohort is closed, so nothing of it changes any more."), "closed")
    return row


def make(session: Session, here: Tool, *, district_id: UUID, actor_id: UUID | None, plan: Plan) -> Cohort:
    """Make a cohort; nobody is invited yet. `actor_id`: None for the tool itself. Raises Problem(bad_request)."""
    goals = _goals(session, district_id, plan)
    if plan.target_on < plan.starts_on:
        raise bad_request(_("The goal’s day comes before the start."))
    now = here.clock()
    row = Cohort(
        id=new_id(),
        district_id=district_id,
        name=plain_text(plan.name).strip(),
        words=plain_text(plan.words).strip(),
        context_id=plan.context_id,
        starts_on=plan.starts_on,
        target_on=plan.target_on,
        created_by=actor_id,
        created_at=now,
    )
    session.add(row)
    session.add_all(CohortGoal(district_id=district_id, cohort_id=row.id, microcredential_id=one) for one in sorted(goals))
    audit.record(
        session, district_id=district_id, at=now, action="cohorts:cohort:made", actor_id=actor_id, subject_id=row.id, goals=len(goals)
    )
    return row


def _goals(session: Session, district_id: UUID, plan: Plan) -> set[UUID]:
    if plan.context_id is not None:
        context = session.get(Context, plan.context_id)
        if context is None or context.district_id != district_id:
            raise bad_request(_("Choose a course from the list."))
    if plan.goals:
        known = set(
            session.scalars(
                select(Microcredential.id).where(Microcredential.district_id == district_id, Microcredential.id.in_(plan.goals))
            )
        )
        if known != set(plan.goals):
            raise bad_request(_("Choose microcredentials from the list."))
        return known
    of_course = (
        select(MicrocredentialVersion.microcredential_id)
        .join(Activity, Activity.version_id == MicrocredentialVersion.id)
        .where(Activity.context_id == plan.context_id, Activity.district_id == district_id)
    )
    if plan.context_id is None or not (found := set(session.scalars(of_course))):
        raise bad_request(_("Choose at least one microcredential, or a course that has some."))
    return found


def known_by_address(session: Session, district_id: UUID, addresses: Collection[str]) -> dict[str, UUID]:
    """Who has these addresses (lower case); of several accounts the one that came last. Test students and environments do not count."""
    rows = session.execute(
        select(func.lower(Person.email), Person.id)
        .join(Registration, Registration.id == Person.registration_id)
        .where(
            Person.district_id == district_id,
            func.lower(Person.email).in_(addresses),
            Person.is_test.is_(False),
            Registration.environment == PRODUCTION,
        )
        .order_by(func.coalesce(Person.last_launch_at, Person.created_at), Person.id)
    )
    return {email: person_id for email, person_id in rows}  # noqa: C416  # the last one wins


def invite(
    session: Session, here: Tool, *, cohort: Cohort, people: Collection[UUID], addresses: Sequence[str], actor_id: UUID | None
) -> Invited:
    """Invite people, and addresses of people. Raises Problem(not_found, bad_request)."""
    district_id = cohort.district_id
    known = set(
        session.scalars(select(Person.id).where(Person.id.in_(people), Person.district_id == district_id, Person.is_test.is_(False)))
    )
    if known != set(people):
        raise not_found("no such person")
    by_address = known_by_address(session, district_id, addresses) if addresses else {}
    strangers = [one for one in addresses if one not in by_address]
    members = session.scalars(select(CohortMember).where(CohortMember.cohort_id == cohort.id)).all()
    standing = {one.person_id: one for one in members if one.person_id}
    waiting = {one.email for one in members if one.email}
    wanted = list(dict.fromkeys([*people, *by_address.values()]))
    fresh = [one for one in wanted if one not in standing or standing[one].state == "removed"]
    unknown = [one for one in strangers if one not in waiting]
    if len(members) + len(fresh) + len(unknown) > MOST_MEMBERS:
        raise bad_request(_("A cohort has at most %(most)s people. Make a second one.", most=MOST_MEMBERS))
    now = here.clock()
    for person_id in fresh:
        row = standing.get(person_id)
        if row is None:
            row = _member(cohort, actor_id, now, person_id=person_id)
            session.add(row)
        row.state, row.invited_by, row.invited_at, row.answered_at = "invited", actor_id, now, None
        tell(session, here, cohort, row)
    session.add_all(_member(cohort, actor_id, now, email=one) for one in unknown)
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="cohorts:people:invited",
        actor_id=actor_id,
        subject_id=cohort.id,
        people=len(fresh),
        not_known_yet=len(unknown),
    )
    return Invited(len(fresh), len(wanted) - len(fresh) + len(strangers) - len(unknown), len(unknown))


def _member(cohort: Cohort, actor_id: UUID | None, now: datetime, *, person_id: UUID | None = None, email: str = "") -> CohortMember:
    return CohortMember(
        id=new_id(),
        district_id=cohort.district_id,
        cohort_id=cohort.id,
        person_id=person_id,
        email=email,
        state="invited",
        invited_by=actor_id,
        invited_at=now,
        reminders=0,
    )


def _facts(cohort: Cohort) -> dict[str, str]:
    return {"title": cohort.name, "day": datetime.combine(cohort.target_on, time(12), UTC).isoformat()}


def tell(session: Session, here: Tool, cohort: Cohort, member: CohortMember) -> None:
    """The invitation goes out."""
    if member.person_id:
        notices.queue(
            session,
            district_id=cohort.district_id,
            person_id=member.person_id,
            kind="cohort.invited",
            thing=f"{member.id}:{member.invited_at.isoformat()}",
            facts=_facts(cohort),
            at=here.clock(),
        )


def answer(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, member_id: UUID, given: str) -> None:
    """A member accepts, declines or leaves. Raises Problem(not_found, bad_request, conflict)."""
    row = session.scalars(
        select(CohortMember)
        .where(CohortMember.id == member_id, CohortMember.district_id == district_id, CohortMember.person_id == person_id)
        .with_for_update()
    ).one_or_none()
    if row is None or row.state == "removed":
        raise not_found("no such invitation of this person")
    if given not in ANSWERS:
        raise bad_request(_("Choose one of the answers."))
    cohort_of(session, district_id, row.cohort_id, for_change=given == "accepted")
    if row.state not in ANSWERS[given]:
        raise conflict(_("You have answered already."), "answered")
    now = here.clock()
    row.state, row.answered_at = given, now
    notices.done(session, here, district_id=district_id, people=[person_id], kinds=("cohort.invited",), things=[row.id])
    audit.record(
        session, district_id=district_id, at=now, action=f"cohorts:invitation:{given}", actor_id=person_id, subject_id=row.cohort_id
    )


def remove(session: Session, here: Tool, *, cohort: Cohort, member_id: UUID, actor_id: UUID) -> None:
    """Somebody is no member any more; an address that nobody is known by goes. Raises Problem(not_found)."""
    row = session.get(CohortMember, member_id)
    if row is None or row.cohort_id != cohort.id or row.district_id != cohort.district_id or row.state == "removed":
        raise not_found("no such member")
    subject = row.person_id
    if subject is None:
        session.delete(row)
    else:
        row.state, row.answered_at = "removed", here.clock()
        notices.done(session, here, district_id=row.district_id, people=[subject], kinds=("cohort.invited",), things=[row.id])
    audit.record(
        session,
        district_id=cohort.district_id,
        at=here.clock(),
        action="cohorts:member:removed",
        actor_id=actor_id,
        subject_id=cohort.id,
        person=subject,
    )


def remind(session: Session, here: Tool, *, cohort: Cohort, members: Iterable[UUID], words: str, actor_id: UUID) -> int:
    """Remind these members, none more than once a week. Returns how many are told."""
    now, said = here.clock(), " ".join(plain_text(words).split())[:LONGEST_REMINDER]
    rows = session.scalars(
        select(CohortMember)
        .where(
            CohortMember.cohort_id == cohort.id,
            CohortMember.id.in_(list(members)),
            CohortMember.person_id.is_not(None),
            CohortMember.state.in_(("invited", "accepted")),
        )
        .order_by(CohortMember.id)
        .with_for_update()
    ).all()
    told = [(row, row.person_id) for row in rows if row.person_id and may_remind(reminded_at=row.reminded_at, now=now)]
    for row, person_id in told:
        row.reminded_at, row.reminders = now, row.reminders + 1
        notices.queue(
            session,
            district_id=cohort.district_id,
            person_id=person_id,
            kind="cohort.reminder_in_words" if said else "cohort.reminder",
            thing=f"{row.id}:{row.reminders}",
            facts={**_facts(cohort), **({"words": said} if said else {})},
            at=now,
        )
    audit.record(
        session,
        district_id=cohort.district_id,
        at=now,
        action="cohorts:people:reminded",
        actor_id=actor_id,
        subject_id=cohort.id,
        people=len(told),
    )
    return len(told)


def close(session: Session, here: Tool, *, cohort: Cohort, actor_id: UUID) -> None:
    """Nobody is invited or reminded any more; addresses of people who never came are forgotten."""
    now = here.clock()
    cohort.closed_at = now
    forgotten = CohortMember.cohort_id == cohort.id, CohortMember.person_id.is_(None)
    session.execute(update(CohortMember).where(*forgotten).values(email="", state="removed", answered_at=now))
    audit.record(session, district_id=cohort.district_id, at=now, action="cohorts:cohort:closed", actor_id=actor_id, subject_id=cohort.id)
