"""The badge of a stack: given once, with the award that completes it, and never taken back by itself."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import issuers, policies
from lti_tool.badges.models import Award, BadgeTerms
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack, StackMember
from lti_tool.catalog.stack_policies import earned
from lti_tool.database import after_commit
from lti_tool.launch.models import Person
from lti_tool.notices import service as notices
from lti_tool.tool import Tool


def award_completed(session: Session, here: Tool, completing: Award) -> list[Award]:
    """The badges of stacks that this award completes, in its unit of work.

    The person is locked before their awards are counted: of two last awards at the same moment, the second sees the first.
    """
    version = session.get_one(MicrocredentialVersion, completing.version_id)
    stacks = session.scalars(
        select(Stack)
        .join(StackMember, StackMember.stack_id == Stack.id)
        .where(
            Stack.district_id == completing.district_id,
            Stack.state == "published",
            StackMember.microcredential_id == version.microcredential_id,
        )
        .order_by(Stack.id)
    ).all()
    if not stacks:
        return []
    session.get_one(Person, completing.person_id, with_for_update={"key_share": True})
    having = _having(session, completing.district_id, [completing.person_id], is_test=completing.is_test)[completing.person_id]
    return [
        made
        for stack in stacks
        if earned(_members(session, stack.id), having)
        and (made := _give(session, here, stack, completing.person_id, completing.awarded_at, is_test=completing.is_test))
    ]


def award_to_holders(session: Session, here: Tool, stack: Stack) -> int:
    """When a stack is published: its badge for everybody who has earned all of it already. Says how many."""
    wanted = _members(session, stack.id)
    people = session.scalars(
        select(Award.person_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Person, Person.id == Award.person_id)
        .where(
            Award.district_id == stack.district_id,
            MicrocredentialVersion.microcredential_id.in_(wanted),
            Award.revoked_at.is_(None),
            Award.is_test.is_(False),
            Person.sub.not_like("erased:%"),
        )
        .group_by(Award.person_id)
        .having(func.count(MicrocredentialVersion.microcredential_id.distinct()) == len(wanted))
        .order_by(Award.person_id)
    ).all()
    now = here.clock()
    return sum(_give(session, here, stack, one, now, is_test=False) is not None for one in people)


def earned_by(session: Session, district_id: UUID, person_id: UUID) -> set[UUID]:
    """The microcredentials that this person has earned, in any version, as far as it stands. What has expired was earned."""
    found = session.execute(
        select(MicrocredentialVersion.microcredential_id, Award.is_test)
        .join(Award, Award.version_id == MicrocredentialVersion.id)
        .where(Award.district_id == district_id, Award.person_id == person_id, Award.revoked_at.is_(None))
    )
    return {ident for ident, _is_test in found}


def _having(session: Session, district_id: UUID, people: list[UUID], *, is_test: bool) -> dict[UUID, set[UUID]]:
    found: dict[UUID, set[UUID]] = defaultdict(set)
    rows = session.execute(
        select(Award.person_id, MicrocredentialVersion.microcredential_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .where(Award.district_id == district_id, Award.person_id.in_(people), Award.revoked_at.is_(None), Award.is_test.is_(is_test))
    )
    for person_id, ident in rows:
        found[person_id].add(ident)
    return found


def _members(session: Session, stack_id: UUID) -> set[UUID]:
    return set(session.scalars(select(StackMember.microcredential_id).where(StackMember.stack_id == stack_id)))


def _give(session: Session, here: Tool, stack: Stack, person_id: UUID, at: datetime, *, is_test: bool) -> Award | None:
    """The stack's badge, unless the person has it or had it: one that was revoked is not given again by itself."""
    version = session.get_one(MicrocredentialVersion, stack.version_id)
    there = select(Award.id).where(Award.person_id == person_id, Award.version_id == version.id, Award.district_id == stack.district_id)
    if session.scalar(there.limit(1)) is not None:
        return None
    issuer = issuers.for_award(session, here, district_id=stack.district_id, microcredential_id=version.microcredential_id, is_test=is_test)
    months = session.scalar(
        select(BadgeTerms.valid_months).where(
            BadgeTerms.microcredential_id == version.microcredential_id, BadgeTerms.district_id == stack.district_id
        )
    )
    row = Award(
        district_id=stack.district_id,
        issuer_id=issuer.id,
        enrollment_id=None,
        person_id=person_id,
        version_id=version.id,
        public_id=secrets.token_hex(12),
        is_public=False,
        is_test=is_test,
        credential=None,
        awarded_at=at,
        valid_from=at,
        valid_until=policies.ends(at, months),
        signed_at=None,
    )
    session.add(row)
    session.flush()
    audit.record(session, district_id=row.district_id, at=here.clock(), action="badges:award:made", subject_id=row.id, stack=str(stack.id))
    after_commit(session, here.wake)
    return row


def tell_of_stack(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, version_id: UUID, award_id: UUID) -> None:
    """The badge is signed: its holder is told, as of any other."""
    title = session.get_one(MicrocredentialVersion, version_id).title
    facts = {"title": title}
    notices.queue(session, district_id=district_id, person_id=person_id, kind="badge", thing=award_id, facts=facts, at=here.clock())
