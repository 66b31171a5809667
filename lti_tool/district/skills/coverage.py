"""How skills are spread over a district: one skill by school, and topics by school. Figures only, small ones not told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import case, distinct, func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.catalog.models import Activity
from lti_tool.district.skills.models import SkillProfile
from lti_tool.district.skills.policies import Figure, Skill, Wanted, told_of_school, told_of_the_rest, topics
from lti_tool.district.skills.queries import Found, search, shown, skills, stands
from lti_tool.errors import not_found
from lti_tool.launch.models import Context, Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.review.pool_models import Workplace

SCHOOLS = 25
TOPICS = 6
_MOST_PLACES = 50


@dataclass(frozen=True)
class School:
    """A school with what may be told of it, one figure for each column."""

    key: str
    name: str
    figures: tuple[Figure, ...]


@dataclass(frozen=True)
class Place:
    """A course in which a skill can be earned."""

    course: str
    lms: str


@dataclass(frozen=True)
class SkillPage:
    """One skill: who holds it, where, and where it can be earned. `rest`: those who are not named."""

    skill: Skill
    named: tuple[Found, ...]
    following: UUID | None
    rest: Figure
    mentors: int
    schools: tuple[School, ...]
    next_school: str | None
    places: tuple[Place, ...]

    @property
    def gaps(self) -> int:
        """Schools of this page with nobody."""
        return sum(school.figures[0].kind == "none" for school in self.schools)


@dataclass(frozen=True)
class SkillMap:
    """Topics by school. `topics` are (key, name) of this page's columns; `next_topics` the number of the first one that is left out."""

    topics: tuple[tuple[str, str], ...]
    schools: tuple[School, ...]
    next_school: str | None
    next_topics: int | None


def _schools(
    session: Session, district_id: UUID, columns: Sequence[Sequence[UUID]], *, after: str, now: datetime
) -> tuple[tuple[School, ...], str | None]:
    """A page of schools by name, with how many people hold something of each column."""
    name = func.lower(Workplace.school)
    known = session.execute(
        select(name, func.min(Workplace.school), func.count())
        .join(Person, Person.id == Workplace.person_id)
        .where(Workplace.district_id == district_id, Workplace.school != "", name > after, Person.is_test.is_(False))
        .group_by(name)
        .order_by(name)
        .limit(SCHOOLS + 1)
    ).all()
    page = known[:SCHOOLS]
    held = (
        select(name, *(func.count(distinct(case((Award.version_id.in_(column), Award.person_id)))) for column in columns))
        .join(Workplace, Workplace.person_id == Award.person_id)
        .where(
            Award.district_id == district_id,
            Workplace.district_id == district_id,
            name.in_([row[0] for row in page]),
            Award.version_id.in_({version for column in columns for version in column}),
            stands(now),
        )
        .group_by(name)
    )
    counts = {row[0]: tuple(row[1:]) for row in session.execute(held)}
    nobody = (0,) * len(columns)
    found = tuple(
        School(one, label, tuple(told_of_school(count, known=people) for count in counts.get(one, nobody))) for one, label, people in page
    )
    return found, page[-1][0] if len(known) > SCHOOLS else None


def skill_page(session: Session, district_id: UUID, skill_id: UUID, *, after: UUID | None, school: str, now: datetime) -> SkillPage:
    """One skill of the district. Raises Problem(not_found)."""
    known = skills(session, district_id)
    skill = next((one for one in known if one.id == skill_id), None)
    if skill is None:
        raise not_found("no such microcredential, or never published")
    wanted = Wanted(skill_id=skill_id)
    named, following = search(session, district_id, wanted, now=now, after=after, known=known)
    holds = Award.district_id == district_id, Award.version_id.in_(skill.version_ids), stands(now)
    holders = session.scalar(select(func.count(distinct(Award.person_id))).where(*holds)) or 0
    findable, mentors = _consenting(session, district_id, skill, now)
    schools, next_school = _schools(session, district_id, [skill.version_ids], after=school, now=now)
    rest = told_of_the_rest(holders=holders, named=findable)
    return SkillPage(skill, named, following, rest, mentors, schools, next_school, _places(session, district_id, skill))


def _consenting(session: Session, district_id: UUID, skill: Skill, now: datetime) -> tuple[int, int]:
    """How many are found by this skill, and how many of them would mentor."""
    award = select(Award.id).where(*shown(district_id, now), Award.version_id.in_(skill.version_ids)).correlate(SkillProfile).exists()
    found = select(func.count(), func.count(case((SkillProfile.mentors, 1)))).where(
        SkillProfile.district_id == district_id, SkillProfile.is_found, award
    )
    number, mentors = session.execute(found).one()
    return number, mentors


def _places(session: Session, district_id: UUID, skill: Skill) -> tuple[Place, ...]:
    rows = session.execute(
        select(Context.title, Registration.name)
        .join(Activity, Activity.context_id == Context.id)
        .join(Registration, Registration.id == Context.registration_id)
        .where(
            Activity.district_id == district_id,
            Activity.version_id.in_(skill.version_ids),
            Registration.environment == PRODUCTION,
            Registration.state == "active",
        )
        .distinct()
        .order_by(Context.title, Registration.name)
        .limit(_MOST_PLACES)
    )
    return tuple(Place(*row) for row in rows)


def skill_map(session: Session, district_id: UUID, *, school: str, first: int, now: datetime) -> SkillMap:
    """Topics by school, a page of both. `first`: the number of the first topic."""
    by_topic = list(topics(skills(session, district_id)).items())
    columns = by_topic[first : first + TOPICS]
    if not columns:
        return SkillMap((), (), None, None)
    rows, following = _schools(session, district_id, [versions for _, (_, versions) in columns], after=school, now=now)
    left = first + TOPICS if len(by_topic) > first + TOPICS else None
    return SkillMap(tuple((one, name) for one, (name, _) in columns), rows, following, left)
