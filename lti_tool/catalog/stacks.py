"""What happens to stacks: begun, written, published for good, retired."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog import stack_policies as policies
from lti_tool.catalog.entries import CatalogEntry
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack, StackMember
from lti_tool.catalog.stack_policies import Member
from lti_tool.database import new_id
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.language import _
from lti_tool.tool import Tool

_MOST_STACKS = 200
_FIXED = "A published stack stays as it is: people work toward it. Make a new one and retire this one."


def own(session: Session, district_id: UUID, stack_id: UUID, *, lock: bool = False) -> Stack:
    """A stack of this district. Raises Problem(not_found)."""
    query = select(Stack).where(Stack.id == stack_id, Stack.district_id == district_id)
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise not_found("stack")
    return row


def members(session: Session, stack_id: UUID) -> list[tuple[UUID, Member]]:
    """Its microcredentials in their order."""
    found = session.execute(
        select(StackMember.microcredential_id, CatalogEntry)
        .join(CatalogEntry, CatalogEntry.microcredential_id == StackMember.microcredential_id)
        .where(StackMember.stack_id == stack_id)
        .order_by(StackMember.place)
    )
    return [
        (ident, Member(row.title, row.summary, row.hours or 0, row.state == "published" and row.version_id is not None))
        for ident, row in found
    ]


def create(session: Session, here: Tool, *, district_id: UUID, person_id: UUID) -> Stack:
    """A new, empty draft. Raises Problem(conflict) where there are very many."""
    if (session.scalar(select(func.count()).select_from(Stack).where(Stack.district_id == district_id)) or 0) >= _MOST_STACKS:
        raise conflict(_("There are 200 stacks already. Retire does not make room: ask whoever runs the tool."), "too many stacks")
    now = here.clock()
    row = Stack(
        id=new_id(),
        district_id=district_id,
        title="",
        summary="",
        badge={"shape": "rosette", "color": "indigo", "pictogram": "star"},
        state="draft",
        version_id=None,
        made_by=person_id,
        created_at=now,
        changed_at=now,
    )
    session.add(row)
    _record(session, here, row, "create", person_id)
    return row


def save(
    session: Session, here: Tool, *, district_id: UUID, stack_id: UUID, title: str, summary: str, badge: dict[str, Any], ids: Sequence[UUID]
) -> Stack:
    """Keep a draft's words, drawing and members in this order. Raises Problem: not_found; conflict once it is published."""
    row = own(session, district_id, stack_id, lock=True)
    if row.state != "draft":
        raise conflict(_(_FIXED), "published stack")
    row.title, row.summary, row.badge, row.changed_at = title, summary, badge, here.clock()
    known = set(
        session.scalars(
            select(CatalogEntry.microcredential_id).where(
                CatalogEntry.district_id == district_id, CatalogEntry.microcredential_id.in_(list(ids))
            )
        )
    )
    wanted = [one for one in dict.fromkeys(ids) if one in known][: policies.MOST]
    session.execute(delete(StackMember).where(StackMember.stack_id == row.id))
    session.flush()
    session.add_all(
        StackMember(id=new_id(), district_id=district_id, stack_id=row.id, microcredential_id=one, place=place)
        for place, one in enumerate(wanted)
    )
    session.flush()
    return row


def publish(session: Session, here: Tool, *, district_id: UUID, stack_id: UUID, person_id: UUID) -> Stack:
    """Freeze the stack: its badge cites this from now on. Raises Problem: not_found; conflict once published; bad_request if not ready."""
    row = own(session, district_id, stack_id, lock=True)
    if row.state != "draft":
        raise conflict(_(_FIXED), "published stack")
    found = [one for _ident, one in members(session, row.id)]
    if policies.lacking(row.title, row.summary, found):
        raise bad_request(_("Something is missing before the stack can be published."), "stack not ready")
    content = policies.content(row.title, row.summary, found, row.badge)
    now = here.clock()
    parent = Microcredential(
        id=new_id(),
        district_id=district_id,
        key=f"stack-{row.id.hex[:24]}",
        title=content.title,
        state=STACK,
        draft=None,
        draft_number=0,
        author_id=person_id,
        created_at=now,
        changed_at=now,
    )
    session.add(parent)
    session.flush()
    version = MicrocredentialVersion(
        id=new_id(),
        district_id=district_id,
        microcredential_id=parent.id,
        number=1,
        title=content.title,
        content=content.model_dump(mode="json"),
        content_hash=content.content_hash(),
        activity_key=secrets.token_urlsafe(16),
        published_at=now,
        published_by=person_id,
    )
    session.add(version)
    session.flush()
    row.state, row.version_id, row.changed_at = "published", version.id, now
    _record(session, here, row, "publish", person_id, content_hash=version.content_hash)
    return row


def retire(session: Session, here: Tool, *, district_id: UUID, stack_id: UUID, person_id: UUID) -> Stack:
    """Nobody earns it from now on; badges that were given stay. A draft goes for good. Raises Problem(not_found)."""
    row = own(session, district_id, stack_id, lock=True)
    if row.state == "draft":
        session.execute(delete(StackMember).where(StackMember.stack_id == row.id))
        session.delete(row)
        _record(session, here, row, "discard", person_id)
    elif row.state == "published":
        row.state, row.changed_at = "retired", here.clock()
        _record(session, here, row, "retire", person_id)
    return row


def _record(session: Session, here: Tool, row: Stack, verb: str, person_id: UUID, **details: str) -> None:
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        actor_id=person_id,
        action=f"catalog:stack:{verb}",
        subject_id=row.id,
        **details,
    )
