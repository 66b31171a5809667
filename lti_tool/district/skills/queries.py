"""Who is found by skill: those who want it, by badges that stand, a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.district.skills.models import SkillProfile, SkillShown
from lti_tool.district.skills.policies import Skill, Wanted, key, meant
from lti_tool.launch.models import Person
from lti_tool.review.pool_models import Workplace

PAGE = 50


@dataclass(frozen=True)
class Badge:
    """A badge by which somebody is found."""

    skill_id: UUID
    title: str
    awarded_at: datetime
    award_id: UUID


@dataclass(frozen=True)
class Found:
    """Somebody who wants to be found, as others see them."""

    person_id: UUID
    name: str
    email: str
    school: str
    mentors: bool
    leads: bool
    visits: bool
    note: str
    badges: tuple[Badge, ...]


def skills(session: Session, district_id: UUID) -> tuple[Skill, ...]:
    """Every microcredential that was ever published, by title. As many as the catalog holds, however many people there are."""
    rows = session.execute(
        select(
            MicrocredentialVersion.microcredential_id,
            MicrocredentialVersion.id,
            MicrocredentialVersion.title,
            MicrocredentialVersion.content["tags"],
        )
        .where(MicrocredentialVersion.district_id == district_id)
        .order_by(MicrocredentialVersion.microcredential_id, MicrocredentialVersion.number)
    )
    found: dict[UUID, Skill] = {}
    for microcredential_id, version_id, title, tags in rows:  # the newest comes last and names it
        before = found[microcredential_id].version_ids if microcredential_id in found else ()
        found[microcredential_id] = Skill(microcredential_id, title, tuple(tags or ()), (*before, version_id))
    return tuple(sorted(found.values(), key=lambda skill: (skill.title.casefold(), skill.id)))


def stands(now: datetime) -> ColumnElement[bool]:
    """The condition that an award counts: real, not revoked, not expired."""
    return and_(Award.is_test.is_(False), Award.revoked_at.is_(None), or_(Award.valid_until.is_(None), Award.valid_until > now))


def shown(district_id: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """The condition that an award beside its owner's profile is one by which they are found."""
    chosen = select(SkillShown.id).where(SkillShown.award_id == Award.id).exists()
    return (
        Award.district_id == district_id,
        Award.person_id == SkillProfile.person_id,
        stands(now),
        or_(SkillProfile.every_badge, chosen),
    )


def _dates(wanted: Wanted) -> Iterable[ColumnElement[bool]]:
    if wanted.since:
        yield Award.awarded_at >= datetime.combine(wanted.since, time(), UTC)
    if wanted.until:
        yield Award.awarded_at < datetime.combine(wanted.until, time(), UTC) + timedelta(days=1)


def _people(district_id: UUID, wanted: Wanted, versions: Sequence[UUID] | None, now: datetime) -> Select[UUID, str, str, str, SkillProfile]:
    award = select(Award.id).where(*shown(district_id, now), *_dates(wanted))
    if versions is not None:
        award = award.where(Award.version_id.in_(versions))
    query = (
        select(Person.id, Person.label, Person.email, Workplace.school, SkillProfile)
        .join(SkillProfile, SkillProfile.person_id == Person.id)
        .outerjoin(Workplace, Workplace.person_id == Person.id)
        .where(
            SkillProfile.district_id == district_id,
            SkillProfile.is_found,
            Person.district_id == district_id,
            Person.is_test.is_(False),
            award.correlate(SkillProfile).exists(),
            *(getattr(SkillProfile, offer) for offer in wanted.offers),
        )
    )
    if wanted.schools:
        query = query.where(func.lower(Workplace.school).in_([key(one) for one in wanted.schools]))
    if wanted.school_part.strip():
        query = query.where(Workplace.school.icontains(" ".join(wanted.school_part.split()), autoescape=True))
    return query


def search(
    session: Session, district_id: UUID, wanted: Wanted, *, now: datetime, after: UUID | None = None, known: tuple[Skill, ...] | None = None
) -> tuple[tuple[Found, ...], UUID | None]:
    """A page of people by name, and after whom the next one begins. Each with the badges that fit, the newest first."""
    known = skills(session, district_id) if known is None else known
    versions = [one for skill in meant(known, wanted) for one in skill.version_ids] if wanted.by_skill else None
    if versions == []:
        return (), None
    query = _people(district_id, wanted, versions, now)
    if after is not None:
        last = select(Person.label).where(Person.id == after, Person.district_id == district_id).scalar_subquery()
        query = query.where(or_(Person.label > last, and_(Person.label == last, Person.id > after)))
    rows = session.execute(query.order_by(Person.label, Person.id).limit(PAGE + 1)).all()
    page = rows[:PAGE]
    badges = _badges(session, district_id, [row[0] for row in page], wanted, versions, known, now)
    found = tuple(_found(row, badges.get(row[0], ())) for row in page)
    return found, found[-1].person_id if len(rows) > PAGE else None


def _found(row: Any, badges: tuple[Badge, ...]) -> Found:
    person_id, label, email, school, profile = row
    return Found(person_id, label, email, school or "", profile.mentors, profile.leads, profile.visits, profile.note, badges)


def _badges(
    session: Session,
    district_id: UUID,
    people: Sequence[UUID],
    wanted: Wanted,
    versions: Sequence[UUID] | None,
    known: Iterable[Skill],
    now: datetime,
) -> dict[UUID, tuple[Badge, ...]]:
    titles = {version: skill for skill in known for version in skill.version_ids}
    query = (
        select(Award.person_id, Award.version_id, Award.awarded_at, Award.id)
        .join(SkillProfile, SkillProfile.person_id == Award.person_id)
        .where(Award.person_id.in_(people), *shown(district_id, now), *_dates(wanted))
    )
    if versions is not None:
        query = query.where(Award.version_id.in_(versions))
    found: dict[UUID, list[Badge]] = {}
    for person_id, version_id, awarded_at, award_id in session.execute(query.order_by(Award.awarded_at.desc(), Award.id)):
        skill = titles[version_id]
        found.setdefault(person_id, []).append(Badge(skill.id, skill.title, awarded_at, award_id))
    return {person_id: tuple(badges) for person_id, badges in found.items()}


def one(session: Session, district_id: UUID, person_id: UUID, *, now: datetime) -> Found | None:
    """Somebody as others see them; None for whoever does not want to be found, or has nothing to be found by."""
    row = session.execute(_people(district_id, Wanted(), None, now).where(Person.id == person_id)).one_or_none()
    if row is None:
        return None
    badges = _badges(session, district_id, [person_id], Wanted(), None, skills(session, district_id), now)
    return _found(row, badges[person_id])


@dataclass(frozen=True)
class Choice:
    """What a teacher has chosen, and among which badges. `looked_at`: how often somebody opened their page lately."""

    is_found: bool
    mentors: bool
    leads: bool
    visits: bool
    every_badge: bool
    note: str
    chosen: tuple[UUID, ...]
    own: tuple[Badge, ...]


def choice(session: Session, district_id: UUID, person_id: UUID, *, now: datetime) -> Choice:
    """A teacher's own choice; by default nobody finds them."""
    profile = session.scalars(
        select(SkillProfile).where(SkillProfile.person_id == person_id, SkillProfile.district_id == district_id)
    ).one_or_none()
    chosen = tuple(
        session.scalars(select(SkillShown.award_id).where(SkillShown.person_id == person_id, SkillShown.district_id == district_id))
    )
    titles = {version: skill for skill in skills(session, district_id) for version in skill.version_ids}
    own = tuple(
        Badge(titles[version_id].id, titles[version_id].title, awarded_at, award_id)
        for version_id, awarded_at, award_id in session.execute(
            select(Award.version_id, Award.awarded_at, Award.id)
            .where(Award.district_id == district_id, Award.person_id == person_id, stands(now))
            .order_by(Award.awarded_at.desc(), Award.id)
        )
    )
    if profile is None:
        return Choice(False, False, False, False, True, "", (), own)
    return Choice(profile.is_found, profile.mentors, profile.leads, profile.visits, profile.every_badge, profile.note, chosen, own)


def schools(session: Session, district_id: UUID, *, most: int = 300) -> tuple[str, ...]:
    """Names of schools to choose among, each once."""
    rows = session.scalars(
        select(func.min(Workplace.school))
        .where(Workplace.district_id == district_id, Workplace.school != "")
        .group_by(func.lower(Workplace.school))
        .order_by(func.lower(Workplace.school))
        .limit(most)
    )
    return tuple(rows)
