"""What pages show of stacks, with the reader's own progress."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session, aliased

from lti_tool.badges.models import Award
from lti_tool.badges.stacking import earned_by
from lti_tool.catalog.entries import CatalogEntry
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack, StackMember

MOST_DOUBTS = 50


@dataclass(frozen=True)
class StackMemberView:
    """One microcredential of a stack, and whether the reader has earned it."""

    id: UUID
    version_id: UUID | None
    title: str
    summary: str
    hours: str
    badge: dict[str, Any]
    state: str
    earned: bool


@dataclass(frozen=True)
class StackView:
    """A stack with its members in order. `award_id` is the reader's own badge of it."""

    id: UUID
    title: str
    summary: str
    badge: dict[str, Any]
    state: str
    members: tuple[StackMemberView, ...]
    award_id: UUID | None = None

    @property
    def done(self) -> int:
        """How many members the reader has earned."""
        return sum(one.earned for one in self.members)


@dataclass(frozen=True)
class Doubt:
    """A stack's badge that stands although a badge that it rests on was revoked: people decide what follows."""

    award_id: UUID
    title: str


def stacks(
    session: Session,
    district_id: UUID,
    person_id: UUID,
    *,
    states: tuple[str, ...],
    only: UUID | None = None,
    holding: UUID | None = None,
) -> tuple[StackView, ...]:
    """Stacks in these states by title; only the one that is wanted, or those that hold a microcredential. Four queries, however many."""
    query = select(Stack).where(Stack.district_id == district_id, Stack.state.in_(states))
    if only is not None:
        query = query.where(Stack.id == only)
    if holding is not None:
        query = query.where(Stack.id.in_(select(StackMember.stack_id).where(StackMember.microcredential_id == holding)))
    rows = session.scalars(query.order_by(func.lower(Stack.title), Stack.id)).all()
    if not rows:
        return ()
    having = earned_by(session, district_id, person_id)
    members: dict[UUID, list[StackMemberView]] = defaultdict(list)
    found = session.execute(
        select(StackMember.stack_id, CatalogEntry)
        .join(CatalogEntry, CatalogEntry.microcredential_id == StackMember.microcredential_id)
        .where(StackMember.stack_id.in_([row.id for row in rows]))
        .order_by(StackMember.stack_id, StackMember.place)
    )
    for stack_id, one in found:
        ident = one.microcredential_id
        members[stack_id].append(
            StackMemberView(ident, one.version_id, one.title, one.summary, one.said_hours, one.badge, one.state, ident in having)
        )
    own = select(Award.version_id, Award.id).where(
        Award.district_id == district_id,
        Award.person_id == person_id,
        Award.version_id.in_([row.version_id for row in rows if row.version_id]),
    )
    awards = {row.version_id: row.id for row in session.execute(own)}
    return tuple(
        StackView(
            row.id,
            row.title,
            row.summary,
            row.badge,
            row.state,
            tuple(members[row.id]),
            awards.get(row.version_id) if row.version_id else None,
        )
        for row in rows
    )


def doubts(session: Session, district_id: UUID, stack_id: UUID) -> tuple[Doubt, ...]:
    """Badges of this stack that rest on a revoked one, of a microcredential for which the holder has no other."""
    member, version, other, other_version = aliased(Award), aliased(MicrocredentialVersion), aliased(Award), aliased(MicrocredentialVersion)
    stands = (
        select(other.id)
        .join(other_version, other_version.id == other.version_id)
        .where(
            other.person_id == member.person_id,
            other.revoked_at.is_(None),
            other_version.microcredential_id == version.microcredential_id,
        )
        .exists()
    )
    found = session.execute(
        select(Award.id, Stack.title)
        .join(Stack, Stack.version_id == Award.version_id)
        .join(member, member.person_id == Award.person_id)
        .join(version, version.id == member.version_id)
        .join(StackMember, (StackMember.stack_id == Stack.id) & (StackMember.microcredential_id == version.microcredential_id))
        .where(
            Stack.id == stack_id,
            Award.district_id == district_id,
            Award.revoked_at.is_(None),
            member.revoked_at.is_not(None),
            ~stands,
        )
        .distinct()
        .order_by(Award.id)
        .limit(MOST_DOUBTS)
    )
    return tuple(Doubt(ident, title) for ident, title in found)
