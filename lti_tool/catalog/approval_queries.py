"""Read models of the approval team."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog import approving, naming
from lti_tool.catalog.approval_models import ApprovalComment, ApprovalRound, ApprovalVote, DraftWriter
from lti_tool.catalog.approval_policies import OPEN
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.launch.accounts import accounts
from lti_tool.launch.models import Person

PAGE = 20


@dataclass(frozen=True)
class Viewer:
    """Who looks: a member of the team or the console sees every round of the district, others those of drafts of their own."""

    person_id: UUID
    sees_all: bool
    judges: bool


@dataclass(frozen=True)
class RoundRow:
    """One round in a list. `waits`: for the viewer's vote."""

    id: UUID
    title: str
    number: int
    state: str
    patch: bool
    submitted_at: datetime
    submitted_by: str
    approvals: int
    quorum: int
    blocking: int
    waits: bool


@dataclass(frozen=True)
class Remark:
    """A comment, or an answer to one."""

    id: UUID
    text: str
    by: str
    at: datetime
    round_number: int
    blocking: bool
    resolved_at: datetime | None
    resolved_by: str
    answers: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Vote:
    """What somebody of the team said."""

    by: str
    mine: bool
    verdict: str
    reason: str
    answers: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Round:
    """A round, whole. `before` is the document of the version that it is to replace, `before_name` its name; empty for the first."""

    id: UUID
    microcredential_id: UUID
    title: str
    number: int
    state: str
    patch: bool
    quorum: int
    message: str
    submitted_at: datetime
    submitted_by: str
    decided_at: datetime | None
    version_id: UUID | None
    content: MicrocredentialContent
    document: Mapping[str, Any]
    before: Mapping[str, Any]
    before_name: str
    remarks: Mapping[str, tuple[Remark, ...]]
    votes: tuple[Vote, ...]
    writer: bool
    others: tuple[tuple[UUID, int, str], ...]

    @property
    def approvals(self) -> int:
        """How many have approved."""
        return sum(one.verdict == "approve" for one in self.votes)

    @property
    def mine(self) -> Vote | None:
        """The viewer's own vote."""
        return next((one for one in self.votes if one.mine), None)

    @property
    def blocking(self) -> int:
        """Blocking comments that nobody has settled yet."""
        return sum(one.blocking and one.resolved_at is None for rows in self.remarks.values() for one in rows)


@dataclass(frozen=True)
class Making:
    """How far the draft of a microcredential is with the team: the latest round, None where there was none since the last version."""

    state: str
    round_id: UUID | None
    mine: bool


def _theirs(person_id: UUID) -> ColumnElement[bool]:
    """The condition that a round is of a draft in which this person has a part."""
    wrote = exists().where(DraftWriter.microcredential_id == ApprovalRound.microcredential_id, DraftWriter.person_id == person_id)
    author = exists().where(Microcredential.id == ApprovalRound.microcredential_id, Microcredential.author_id == person_id)
    return or_(ApprovalRound.submitted_by == person_id, wrote, author)


def _waiting(session: Session, district_id: UUID, person_id: UUID) -> list[ColumnElement[bool]]:
    """The conditions that a round waits for this person's vote: not one of those in whose draft they have a part, in any account."""
    own = accounts(session, district_id, [person_id])[person_id]
    wrote = exists().where(DraftWriter.microcredential_id == ApprovalRound.microcredential_id, DraftWriter.person_id.in_(own))
    voted = exists().where(ApprovalVote.round_id == ApprovalRound.id, ApprovalVote.person_id == person_id)
    return [ApprovalRound.state == "in_review", ~wrote, ~voted]


def waiting(session: Session, district_id: UUID, person_id: UUID) -> int:
    """How many rounds wait for this person's vote."""
    where = [ApprovalRound.district_id == district_id, *_waiting(session, district_id, person_id)]
    return session.scalar(select(func.count()).select_from(ApprovalRound).where(*where)) or 0


def _seen(district_id: UUID, viewer: Viewer) -> list[ColumnElement[bool]]:
    return [ApprovalRound.district_id == district_id, *([] if viewer.sees_all else [_theirs(viewer.person_id)])]


def rounds(
    session: Session, district_id: UUID, viewer: Viewer, *, over: bool = False, before: UUID | None = None
) -> tuple[tuple[RoundRow, ...], UUID | None]:
    """The rounds that are open, oldest first, or (`over`) those that were decided, newest first; and before which the next page begins."""
    approvals = select(func.count()).where(ApprovalVote.round_id == ApprovalRound.id, ApprovalVote.verdict == "approve")
    blocking = select(func.count()).where(
        ApprovalComment.microcredential_id == ApprovalRound.microcredential_id,
        ApprovalComment.blocking,
        ApprovalComment.resolved_at.is_(None),
    )
    query: Select[Any] = (
        select(ApprovalRound, Person.label, approvals.scalar_subquery(), blocking.scalar_subquery())
        .outerjoin(Person, Person.id == ApprovalRound.submitted_by)
        .where(*_seen(district_id, viewer))
    )
    if over:
        query = query.where(ApprovalRound.state.not_in(OPEN)).order_by(ApprovalRound.id.desc())
        query = query.where(ApprovalRound.id < before) if before else query
    else:
        query = query.where(ApprovalRound.state.in_(OPEN)).order_by(ApprovalRound.id)
        query = query.where(ApprovalRound.id > before) if before else query
    found = session.execute(query.limit(PAGE + 1)).all()
    mine: set[UUID] = set()
    if viewer.judges and not over:
        shown = [row.id for row, *_rest in found]
        mine = set(
            session.scalars(select(ApprovalRound.id).where(ApprovalRound.id.in_(shown), *_waiting(session, district_id, viewer.person_id)))
        )
    rows = tuple(
        RoundRow(
            row.id, row.title, row.number, row.state, row.patch, row.submitted_at, label or "", count, row.quorum, held, row.id in mine
        )
        for row, label, count, held in found[:PAGE]
    )
    return rows, rows[-1].id if len(found) > PAGE else None


def one_round(session: Session, district_id: UUID, round_id: UUID, viewer: Viewer) -> Round:
    """A round, whole. Raises Problem(not_found), also for a round that this viewer may not see."""
    found = session.execute(
        select(ApprovalRound, Person.label, MicrocredentialVersion)
        .outerjoin(Person, Person.id == ApprovalRound.submitted_by)
        .outerjoin(MicrocredentialVersion, MicrocredentialVersion.id == ApprovalRound.based_on_id)
        .where(ApprovalRound.id == round_id, *_seen(district_id, viewer))
    ).one_or_none()
    if found is None:
        raise not_found("round")
    row, label, base = found
    votes = session.execute(
        select(ApprovalVote, Person.label)
        .join(Person, Person.id == ApprovalVote.person_id)
        .where(ApprovalVote.round_id == row.id)
        .order_by(ApprovalVote.voted_at, ApprovalVote.id)
    ).all()
    others = session.execute(
        select(ApprovalRound.id, ApprovalRound.number, ApprovalRound.state)
        .where(ApprovalRound.microcredential_id == row.microcredential_id, ApprovalRound.id != row.id)
        .order_by(ApprovalRound.number.desc())
        .limit(PAGE)
    ).all()
    return Round(
        row.id,
        row.microcredential_id,
        row.title,
        row.number,
        row.state,
        row.patch,
        row.quorum,
        row.message,
        row.submitted_at,
        label or "",
        row.decided_at,
        row.version_id,
        MicrocredentialContent.model_validate(row.content),
        row.content,
        base.content if base else {},
        naming.called(base.number, base.patch) if base else "",
        _remarks(session, row),
        tuple(Vote(name, one.person_id == viewer.person_id, one.verdict, one.reason, one.answers, one.voted_at) for one, name in votes),
        approving.is_writer(session, row, viewer.person_id),
        tuple((one, number, state) for one, number, state in others),
    )


def _remarks(session: Session, row: ApprovalRound) -> dict[str, tuple[Remark, ...]]:
    """Comments by section: those of this round and of those before it."""
    settled = aliased(Person)
    found = session.execute(
        select(ApprovalComment, Person.label, settled.label, ApprovalRound.number)
        .join(ApprovalRound, ApprovalRound.id == ApprovalComment.round_id)
        .join(Person, Person.id == ApprovalComment.person_id)
        .outerjoin(settled, settled.id == ApprovalComment.resolved_by)
        .where(ApprovalComment.microcredential_id == row.microcredential_id, ApprovalRound.number <= row.number)
        .order_by(ApprovalComment.id)
    ).all()
    answers: dict[UUID, list[Remark]] = {}
    for one, name, _, number in found:
        if one.parent_id is not None:
            answers.setdefault(one.parent_id, []).append(Remark(one.id, one.text, name, one.said_at, number, False, None, ""))
    sections: dict[str, list[Remark]] = {}
    for one, name, closer, number in found:
        if one.parent_id is None:
            told = tuple(answers.get(one.id, ()))
            remark = Remark(one.id, one.text, name, one.said_at, number, one.blocking, one.resolved_at, closer or "", told)
            sections.setdefault(one.section, []).append(remark)
    return {section: tuple(rows) for section, rows in sections.items()}


def making(session: Session, district_id: UUID, microcredential_id: UUID, viewer: Viewer) -> Making:
    """Where the draft stands with the team."""
    query = select(ApprovalRound).where(ApprovalRound.district_id == district_id, ApprovalRound.microcredential_id == microcredential_id)
    row = session.scalar(query.order_by(ApprovalRound.number.desc()).limit(1))
    if row is None or row.state in ("withdrawn", "published"):
        return Making("draft", None, False)
    seen = session.scalar(select(ApprovalRound.id).where(ApprovalRound.id == row.id, *_seen(district_id, viewer))) is not None
    return Making(row.state, row.id, seen)
