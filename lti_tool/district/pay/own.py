"""What a teacher sees of their own recognition: earned, on its way, left under the cap, and every entry with its reason."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.badges.stacking import earned_by
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack, StackMember
from lti_tool.district.pay import ledger, queries, rules, words
from lti_tool.district.pay.models import PayEntry, PayYear
from lti_tool.district.pay.policies import Terms, in_force
from lti_tool.district.pay.queries import Accounts
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.policies import CLOSED
from lti_tool.platforms.base import PRODUCTION
from lti_tool.tool import Tool
from lti_tool.web.frames import Frame


@dataclass(frozen=True)
class Coming:
    """Work in review that would be recognized if it is earned, with what is left under the cap then."""

    title: str
    amount: int
    wanted: int


@dataclass(frozen=True)
class _Near:
    """Stacks with their members, by id and title, and the microcredentials that are earned."""

    stacks: Mapping[tuple[UUID, str], set[UUID]]
    earned: Collection[UUID]


_NONE = _Near({}, ())


@dataclass(frozen=True)
class Present:
    """The present contract year under one series. `left`, `cap` are None without a cap. `each`: what one microcredential gives, or a
    stack that is named; for which ones, `extent` says with `named` (models.PayRule)."""  # noqa: D209

    series_id: UUID
    name: str
    unit: str
    year: int
    starts: tuple[int, int]
    earned: int
    each: int
    extent: str
    named: frozenset[UUID]
    cap: int | None
    left: int | None
    carries: bool
    waits: int
    coming: tuple[Coming, ...]

    @property
    def on_its_way(self) -> int:
        """What all work in review would give."""
        return sum(one.amount for one in self.coming)


@dataclass(frozen=True)
class Mine:
    """Everything of one person. `titles`: of what a rule names, by series."""

    present: tuple[Present, ...]
    titles: dict[UUID, tuple[str, ...]]
    accounts: Accounts


def mine(session: Session, here: Tool, frame: Frame) -> Mine:
    """A teacher's own page."""
    found = present(session, here, frame)
    titles = {one.series_id: rules.titles(session, frame.district_id, one.named) for one in found if one.named}
    return Mine(found, titles, queries.accounts_of(session, frame.district_id, frame.person_id))


def present(session: Session, here: Tool, frame: Frame) -> tuple[Present, ...]:
    """The present year under each rule that is in force and meant for this person; nothing in an LMS where nothing counts."""
    if frame.environment != PRODUCTION:
        return ()
    series = ledger.all_series(session, frame.district_id)
    if not series:
        return ()
    day, names = here.today(), queries.rules_by_series(session, frame.district_id)
    group = ledger.group_of(session, frame.person_id)
    rows = session.scalars(
        select(PayYear).where(PayYear.person_id == frame.person_id, PayYear.district_id == frame.district_id)
    ).all()  # fmt: skip
    sums = {(row.series_id, row.year): row for row in rows}
    entries: dict[UUID, list[PayEntry]] = {}
    if rows:
        query = select(PayEntry).where(PayEntry.person_id == frame.person_id, PayEntry.district_id == frame.district_id)
        for entry in session.scalars(query.order_by(PayEntry.number)):
            entries.setdefault(entry.series_id, []).append(entry)
    open_work = _in_review(session, frame)
    near = _near(session, frame, {key for one in series for terms in one.terms for key in terms.microcredentials}) if open_work else _NONE
    found = []
    for one in series:
        terms, year = in_force(one.terms, day), one.year_of(day)
        row = sums.get((one.id, year))
        if terms is None or not (terms.is_for(group) or row is not None):
            continue
        credited = row.credited if row else 0
        left = None if terms.cap is None else max(0, terms.cap - credited)
        known = entries.get(one.id, [])
        coming = _coming(terms, left, _recognized(known), open_work, near) if terms.is_for(group) else ()
        rule = next(each for each in names[one.id] if each.id == terms.rule)
        total = row.credited + row.again + row.adjusted if row else 0
        waits = sum(entry.waits for entry in known)
        found.append(
            Present(
                one.id,
                rule.name,
                one.unit,
                year,
                (one.month, one.start),
                total,
                terms.amount,
                terms.extent,
                terms.microcredentials,
                terms.cap,
                left,
                terms.carries,
                waits,
                coming,
            )
        )
    return tuple(found)


def _in_review(session: Session, frame: Frame) -> list[tuple[UUID, str]]:
    """Microcredential and title of what this person has sent in and is not decided, oldest first."""
    query = (
        select(MicrocredentialVersion.microcredential_id, MicrocredentialVersion.title)
        .join(Enrollment, Enrollment.version_id == MicrocredentialVersion.id)
        .join(Submission, Submission.enrollment_id == Enrollment.id)
        .where(
            Enrollment.person_id == frame.person_id,
            Enrollment.district_id == frame.district_id,
            Enrollment.state == "active",
            Submission.state.not_in(CLOSED),
        )
        .order_by(Submission.submitted_at, Submission.id)
    )
    return [(microcredential, title) for microcredential, title in session.execute(query)]


def _recognized(entries: list[PayEntry]) -> set[UUID]:
    taken = {entry.award_id for entry in entries if entry.kind == "reversal"}
    return {
        entry.microcredential_id for entry in entries if entry.cause == "award" and entry.award_id not in taken and entry.microcredential_id
    }


def _near(session: Session, frame: Frame, named: Collection[UUID]) -> _Near:
    """Which of these are stacks that this person can still earn, and what of microcredentials they have earned."""
    rows = session.execute(
        select(MicrocredentialVersion.microcredential_id, Stack.title, StackMember.microcredential_id)
        .join(Stack, Stack.version_id == MicrocredentialVersion.id)
        .join(StackMember, StackMember.stack_id == Stack.id)
        .where(
            Stack.district_id == frame.district_id,
            Stack.state == "published",
            MicrocredentialVersion.microcredential_id.in_(named),
            ~exists().where(Award.version_id == MicrocredentialVersion.id, Award.person_id == frame.person_id),
        )
        .order_by(Stack.id)
    ).all()  # fmt: skip
    members: dict[tuple[UUID, str], set[UUID]] = defaultdict(set)
    for stack, title, member in rows:
        members[stack, title].add(member)
    return _Near(members, earned_by(session, frame.district_id, frame.person_id) if members else set())


def _coming(terms: Terms, left: int | None, recognized: set[UUID], work: list[tuple[UUID, str]], near: _Near) -> tuple[Coming, ...]:
    found, known, having = list[Coming](), set(recognized), set(near.earned)

    def comes(ident: UUID, title: str, *, stack: bool) -> None:
        nonlocal left
        if ident in known or not terms.takes(ident, stack=stack):
            return
        known.add(ident)
        amount = terms.amount if left is None else min(terms.amount, left)
        left = None if left is None else left - amount
        found.append(Coming(words.titled(title, stack=stack), amount, terms.amount))

    for microcredential, title in work:
        comes(microcredential, title, stack=False)
        having.add(microcredential)
        for (stack, name), members in near.stacks.items():
            if microcredential in members and members <= having:
                comes(stack, name, stack=True)
    return tuple(found)


def ledger_of(session: Session, district_id: UUID, person_id: UUID) -> list[dict[str, object]]:
    """Somebody's entries as plain values, for what they can take away."""
    rows = queries.accounts_of(session, district_id, person_id).entries
    return [
        {
            "rule": row.rule,
            "unit": row.unit,
            "contract_year": row.year,
            "kind": row.kind,
            "cause": row.cause,
            "amount_in_hundredths": row.amount,
            "over_the_cap": row.over,
            "moved": row.moved,
            "microcredential": row.title,
            "day": row.on_day.isoformat(),
            "words": row.note,
        }
        for row in rows
    ]
