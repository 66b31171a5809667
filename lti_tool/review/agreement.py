"""How far reviewers agree, read for pages: per microcredential, criterion and reviewer; and the rows that it is counted from.

Every figure looks at the newest submissions that two have scored, at most `WINDOW`: old habits fade, and a page reads no more of a
district that has a million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, func, literal, or_, select, union_all
from sqlalchemy.orm import Session

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.launch.models import Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.review import agreement_policies as policies
from lti_tool.review.models import DoubleScore, Review
from lti_tool.review.policies import Decided
from lti_tool.web.models import RoleGrant

WINDOW = 200
PAGE = 10


def count(session: Session, submission: Submission, enrollment: Enrollment, ruling: Decided, *, at: datetime) -> None:
    """Keep how seats 1 and 2 scored a submission that was decided by the rule; not for test students and other environments."""
    author = session.get_one(Person, enrollment.person_id)
    if author.is_test or session.get_one(Registration, author.registration_id).environment != PRODUCTION:
        return
    version = session.get_one(MicrocredentialVersion, enrollment.version_id)
    required = {one.key: one.required_level for one in MicrocredentialContent.model_validate(version.content).criteria}
    seats = select(Review).where(Review.submission_id == submission.id, Review.state == "locked", Review.seat.in_((1, 2)))
    first, second = session.scalars(seats.order_by(Review.seat)).all()
    row = session.scalar(select(DoubleScore).where(DoubleScore.submission_id == submission.id)) or DoubleScore(submission_id=submission.id)
    row.district_id, row.microcredential_id, row.version_id = submission.district_id, version.microcredential_id, version.id
    row.first_id, row.second_id, row.decided_at = first.reviewer_id, second.reviewer_id, at
    row.first_seconds, row.second_seconds = _seconds(first), _seconds(second)
    row.criteria = {
        key: {
            "levels": list(one.levels),
            "met": [level >= required[key] for level in one.levels],
            "settled": None if one.settled_level is None else one.met,
        }
        for key, one in ruling.criteria.items()
        if len(one.levels) == 2
    }
    session.add(row)
    session.flush()


def _seconds(review: Review) -> int:
    return int((review.locked_at - review.assigned_at).total_seconds()) if review.locked_at else 0


@dataclass(frozen=True)
class Score:
    """A DoubleScore as one side sees it: (own, other) for each criterion; `sided`: whether the third found what this side had found.

    `seconds`: from being asked to being done; of both sides where neither is asked for.
    """

    version_id: UUID
    levels: dict[str, tuple[int, int]]
    met: dict[str, tuple[bool, bool]]
    sided: dict[str, bool]
    seconds: tuple[int, ...]

    @property
    def outcome(self) -> tuple[int, int]:
        """Whether each alone found everything met."""
        return int(all(own for own, _ in self.met.values())), int(all(other for _, other in self.met.values()))


def _score(row: Any, *, side: int | None) -> Score:
    own = side or 0

    def turned(pair: Sequence[Any]) -> Any:
        return pair[own], pair[1 - own]

    times = (row.first_seconds, row.second_seconds)
    return Score(
        row.version_id,
        {key: turned(one["levels"]) for key, one in row.criteria.items()},
        {key: turned(one["met"]) for key, one in row.criteria.items()},
        {key: one["settled"] == one["met"][own] for key, one in row.criteria.items() if one["settled"] is not None},
        times if side is None else (times[side],),
    )


_COLUMNS = (
    *(DoubleScore.id, DoubleScore.version_id, DoubleScore.criteria),
    *(DoubleScore.first_seconds, DoubleScore.second_seconds, DoubleScore.decided_at),
)


_SIDES = (DoubleScore.first_id, DoubleScore.second_id)


def _rows(district_id: UUID, keys: Sequence[UUID], columns: Sequence[Any], *, most: int, what: Sequence[Any]) -> Any:
    """The newest rows for each key, in one statement that reads no more than that. Of two columns each is a side."""
    return union_all(
        *(
            select(
                select(*what, column.label("key"), literal(side).label("side"))
                .where(DoubleScore.district_id == district_id, column == key)
                .order_by(DoubleScore.decided_at.desc(), DoubleScore.id.desc())
                .limit(most)
                .subquery()
            )
            for key in keys
            for side, column in enumerate(columns)
        )
    )


def _newest(session: Session, district_id: UUID, keys: Sequence[UUID], *columns: Any) -> dict[UUID, list[Score]]:
    """The newest scores for each key, oldest first."""
    found: dict[UUID, list[Score]] = {key: [] for key in keys}
    if keys:
        rows = session.execute(_rows(district_id, keys, columns, most=WINDOW, what=_COLUMNS)).all()
        for row in sorted(rows, key=lambda row: (row.decided_at, row.id)):
            found[row.key].append(_score(row, side=row.side if len(columns) == 2 else None))
    return {key: scores[-WINDOW:] for key, scores in found.items()}


_Seen = tuple[UUID, UUID, UUID, datetime]
_KEPT: dict[_Seen, Trust] = {}
_RUBRICS: dict[_Seen, tuple[Trust, ...]] = {}
"""Figures that this process has counted, by district, key and the newest score in them: a score never changes."""
_MOST_KEPT = 1000


def _keep(kept: dict[_Seen, Any], seen: _Seen, value: Any) -> None:
    kept[seen] = value
    while len(kept) > _MOST_KEPT:
        kept.pop(next(iter(kept)), None)


def _counted(session: Session, district_id: UUID, named: Sequence[tuple[UUID, str]], *columns: Any) -> tuple[Trust, ...]:
    """Figures of each; counted only where a score has come since this process did it last."""
    newest: dict[UUID, _Seen] = {}
    if named:
        what = (DoubleScore.id, DoubleScore.decided_at)
        for row in session.execute(_rows(district_id, [key for key, _ in named], columns, most=1, what=what)):
            seen = (district_id, row.key, row.id, row.decided_at)
            newest[row.key] = max(newest.get(row.key, seen), seen, key=lambda one: (one[3], one[2]))
    found = {key: _KEPT[seen] for key, seen in newest.items() if seen in _KEPT}
    for key, scores in _newest(session, district_id, [key for key in newest if key not in found], *columns).items():
        found[key] = _trust(str(key), "", scores, of_one=len(columns) == 2)
        _keep(_KEPT, newest[key], found[key])
    nothing, appeals = _trust("", "", ()), _appeals(session, district_id, list(found), columns)
    rows = ((key, name, *appeals.get(key, (0, 0))) for key, name in named)
    return tuple(replace(found.get(key, nothing), id=str(key), name=name, appealed=many, changed=few) for key, name, many, few in rows)


def _appeals(session: Session, district_id: UUID, keys: Sequence[UUID], columns: Sequence[Any]) -> dict[UUID, tuple[int, int]]:
    """Of the newest decisions of each key: how many a panel has answered an appeal against, and did not uphold.

    Counted anew each time, for an answer may come long after the decision.
    """
    found: dict[UUID, tuple[int, int]] = dict.fromkeys(keys, (0, 0))
    if keys:
        newest = _rows(district_id, keys, columns, most=WINDOW, what=(DoubleScore.appeal,)).subquery()
        changed = func.sum(case((newest.c.appeal == "upheld", 0), else_=1))
        answered = select(newest.c.key, func.count(), changed).where(newest.c.appeal != "").group_by(newest.c.key)
        found |= {key: (many, int(few)) for key, many, few in session.execute(answered)}
    return found


def _outcomes(scores: Sequence[Score]) -> policies.Ratings:
    return policies.Ratings(tuple((one.outcome,) for one in scores), 2)


def _levels(scores: Sequence[Score]) -> policies.Levels:
    """Levels of all criteria that were scored often enough to tell what chance would give."""
    often = Counter((one.version_id, key) for one in scores for key in one.levels)
    numbers = {one: number for number, one in enumerate(sorted(one for one, times in often.items() if times >= policies.FEW))}

    def unit(one: Score) -> tuple[tuple[int, int, int], ...]:
        there = [(numbers.get((one.version_id, key)), pair) for key, pair in one.levels.items()]
        return tuple((number, *pair) for number, pair in there if number is not None)

    units = tuple(found for one in scores if (found := unit(one)))
    return policies.Levels(units, len(numbers))


@dataclass(frozen=True)
class Trust:
    """The figures of one microcredential, criterion or reviewer.

    `agreement`: on the outcome, of a criterion on its level. `weighted` is kappa of levels. `third`: the share of submissions (criteria)
    that a third had to settle. `overturned`: of what a third settled, the share in which this reviewer was not followed.
    `leniency` in levels, `turnaround` in days. None where there is not enough, or no such figure. `appealed`: how many of these decisions
    a panel has answered an appeal against, `changed`: how many of them it did not uphold.
    """

    id: str
    name: str
    n: int
    agreement: policies.Figures
    weighted: policies.Estimate | None
    third: float | None
    turnaround: policies.Turnaround | None = None
    leniency: float | None = None
    overturned: float | None = None
    drifted: bool = False
    appealed: int = 0
    changed: int = 0


def _trust(id: str, name: str, scores: Sequence[Score], *, of_one: bool = False) -> Trust:  # noqa: A002
    outcomes = _outcomes(scores)
    sided = [side for one in scores for side in one.sided.values()]
    return Trust(
        id,
        name,
        len(scores),
        policies.figures(outcomes),
        policies.levels_agree(_levels(scores)),
        policies.share(sum(bool(one.sided) for one in scores), len(scores)),
        policies.turnaround([seconds for one in scores for seconds in one.seconds]),
        policies.leniency([tuple(one.levels.values()) for one in scores]) if of_one else None,
        policies.share(sided.count(False), len(sided)) if of_one else None,
        drifted=of_one and policies.drifted(outcomes),
    )


@dataclass(frozen=True)
class Page:
    """Some rows, and where the next ones begin."""

    rows: tuple[Trust, ...]
    following: UUID | None


def by_microcredential(session: Session, *, district_id: UUID, after: UUID | None = None) -> Page:
    """The district's microcredentials that two have scored, by title. `after`: the last row of the page before."""
    scored = exists().where(DoubleScore.district_id == district_id, DoubleScore.microcredential_id == Microcredential.id)
    query = select(Microcredential.id, Microcredential.title).where(Microcredential.district_id == district_id, scored)
    found, following = _page(session, query, Microcredential, Microcredential.title, district_id, after)
    return Page(_counted(session, district_id, found, DoubleScore.microcredential_id), following)


def by_reviewer(session: Session, *, district_id: UUID, after: UUID | None = None) -> Page:
    """Everybody who is or was a reviewer of the district, by name."""
    named = select(RoleGrant.person_id).where(RoleGrant.district_id == district_id, RoleGrant.role == "reviewer")
    query = select(Person.id, Person.label).where(Person.district_id == district_id, Person.id.in_(named))
    found, following = _page(session, query, Person, Person.label, district_id, after)
    return Page(_counted(session, district_id, found, *_SIDES), following)


def _page(
    session: Session, query: Any, model: Any, title: Any, district_id: UUID, after: UUID | None
) -> tuple[list[tuple[UUID, str]], UUID | None]:
    if after is not None:
        mark = session.execute(select(title).where(model.id == after, model.district_id == district_id)).scalar_one_or_none()
        if mark is None:
            raise not_found("no such row of this district")
        query = query.where(or_(title > mark, and_(title == mark, model.id > after)))
    rows = [(one, name) for one, name in session.execute(query.order_by(title, model.id).limit(PAGE + 1))]
    return rows[:PAGE], rows[PAGE - 1][0] if len(rows) > PAGE else None


def own(session: Session, *, district_id: UUID, reviewer_id: UUID) -> Trust:
    """A reviewer's own figures; the partners are many, and none is named."""
    return _counted(session, district_id, [(reviewer_id, "")], *_SIDES)[0]


def drifted_reviewers(session: Session, *, district_id: UUID, reviewer_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these reviewers who should calibrate anew (agreement_policies.drifted)."""
    found = _counted(session, district_id, [(one, "") for one in reviewer_ids], *_SIDES)
    return frozenset(UUID(one.id) for one in found if one.drifted)


@dataclass(frozen=True)
class Rubric:
    """The figures of one version's criteria; `versions` are those that two have scored, (id, number), the newest first."""

    microcredential_id: UUID
    title: str
    version_id: UUID
    number: int
    criteria: tuple[Trust, ...]
    versions: tuple[tuple[UUID, int], ...]


def by_criterion(session: Session, *, district_id: UUID, microcredential_id: UUID, version_id: UUID | None = None) -> Rubric:
    """The criteria of a version, by default of the newest that two have scored. Raises Problem(not_found)."""
    scored = exists().where(DoubleScore.district_id == district_id, DoubleScore.version_id == MicrocredentialVersion.id)
    versions = session.scalars(
        select(MicrocredentialVersion)
        .where(MicrocredentialVersion.microcredential_id == microcredential_id, MicrocredentialVersion.district_id == district_id, scored)
        .order_by(MicrocredentialVersion.number.desc(), MicrocredentialVersion.patch.desc())
    ).all()
    version = next((one for one in versions if version_id in (None, one.id)), None)
    if version is None:
        raise not_found("no such version that two have scored")
    newest = session.execute(
        _rows(district_id, [version.id], [DoubleScore.version_id], most=1, what=(DoubleScore.id, DoubleScore.decided_at))
    )
    mark = (district_id, version.id, *newest.one()[:2])
    if mark not in _RUBRICS:
        scores = _newest(session, district_id, [version.id], DoubleScore.version_id)[version.id]
        content = MicrocredentialContent.model_validate(version.content)
        _keep(_RUBRICS, mark, tuple(_of_criterion(one.key, one.title, len(one.levels), scores) for one in content.criteria))
    criteria = _RUBRICS[mark]
    return Rubric(
        microcredential_id,
        version.title,
        version.id,
        version.number,
        criteria,
        tuple((one.id, one.number) for one in versions),
    )


def _of_criterion(key: str, title: str, categories: int, scores: Sequence[Score]) -> Trust:
    there = [one for one in scores if key in one.levels]
    found = policies.figures(policies.Ratings(tuple((one.levels[key],) for one in there), categories))
    return Trust(key, title, len(there), found, found.weighted, policies.share(sum(key in one.sided for one in there), len(there)))
