"""Files of microcredentials: kept for a look, compared with the catalog, taken in as drafts, and given away. Nothing published changes."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog import json_files, naming, policies, sheets
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.import_models import CatalogImport
from lti_tool.catalog.incoming import File, Incoming, Unreadable, Wrong, grouped
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.catalog.sharing import Shared
from lti_tool.database import new_id
from lti_tool.errors import conflict, not_found
from lti_tool.inputs import plain_text, sheet_text
from lti_tool.language import N_, _
from lti_tool.tool import Tool

_KEEPS: Final = timedelta(days=1)
_TAKEN: Final = N_("This key belongs to a stack.")
State = Literal["new", "next", "draft", "same", "wrong"]


@dataclass(frozen=True)
class Planned:
    """What would become of one row: a new draft, the next version's draft, a change of the draft there, nothing, or not taken."""

    incoming: Incoming
    state: State
    microcredential_id: UUID | None = None
    version: int = 0

    @property
    def comes(self) -> bool:
        """Whether taking it in changes anything."""
        return self.state in ("new", "next", "draft")


@dataclass(frozen=True)
class Plan:
    """A file beside the catalog as it is now."""

    file: File
    rows: tuple[Planned, ...]

    @property
    def counts(self) -> Counter[State]:
        """How many rows of each state."""
        return Counter(one.state for one in self.rows)

    @property
    def coming(self) -> int:
        """How many rows would change something."""
        return sum(one.comes for one in self.rows)

    @property
    def wrong(self) -> list[Wrong]:
        """What keeps rows, or the file, from coming in."""
        return [*self.file.wrong, *(one for row in self.file.rows for one in row.wrong if one.blocks)]

    @property
    def lacking(self) -> list[Wrong]:
        """What is only missing for publishing."""
        return [one for row in self.file.rows for one in row.wrong if not one.blocks]

    def groups(self) -> list[object]:
        """Blocking faults, alike together."""
        return list(grouped(self.wrong))


def read(data: bytes) -> File:
    """A file of any format that we know. Raises incoming.Unreadable."""
    try:
        text = sheet_text(data)
    except ValueError:
        raise Unreadable(N_("The letters of this file can’t be read. Save it as “CSV UTF-8” and choose it again.")) from None
    return json_files.read(text) if text.lstrip()[:1] in ("{", "[") else sheets.read(text)


def keep(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, name: str, data: bytes) -> CatalogImport:
    """Keep a file until it is taken in, for a day at most."""
    session.execute(delete(CatalogImport).where(CatalogImport.person_id == person_id, CatalogImport.district_id == district_id))
    session.execute(delete(CatalogImport).where(CatalogImport.created_at < here.clock() - _KEEPS))
    row = CatalogImport(
        id=new_id(), district_id=district_id, person_id=person_id, name=plain_text(name)[:200], content=data, created_at=here.clock()
    )
    session.add(row)
    return row


def kept(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, import_id: UUID) -> tuple[str, bytes]:
    """Name and bytes of the person's own file. Raises Problem(not_found)."""
    found = session.execute(
        select(CatalogImport.name, CatalogImport.content).where(
            CatalogImport.id == import_id,
            CatalogImport.district_id == district_id,
            CatalogImport.person_id == person_id,
            CatalogImport.created_at >= here.clock() - _KEEPS,
        )
    ).one_or_none()
    if found is None:
        raise not_found("no such file")
    return found[0], found[1]


def plan(session: Session, district_id: UUID, file: File, *, lock: bool = False) -> Plan:
    """What taking this file in would do. Three queries, however many rows."""
    keys = sorted({one.key for one in file.rows} - {""})
    query = select(Microcredential).where(Microcredential.district_id == district_id, Microcredential.key.in_(keys))
    query = query.order_by(Microcredential.id)
    known = {row.key: row for row in session.scalars(query.with_for_update() if lock else query)} if keys else {}
    latest = _latest(session, [row.id for row in known.values()])
    return Plan(file, tuple(_planned(one, known.get(one.key), latest) for one in file.rows))


def _latest(session: Session, ids: Collection[UUID]) -> dict[UUID, tuple[int, str]]:
    """Number and hash of each one's latest version."""
    if not ids:
        return {}
    found = session.execute(
        select(MicrocredentialVersion.microcredential_id, MicrocredentialVersion.number, MicrocredentialVersion.content_hash).where(
            MicrocredentialVersion.microcredential_id.in_(ids), naming.newest()
        )
    )
    return {ident: (number, digest) for ident, number, digest in found}


def _planned(one: Incoming, row: Microcredential | None, latest: dict[UUID, tuple[int, str]]) -> Planned:
    if not one.good:
        return Planned(one, "wrong")
    if row is None:
        return Planned(one, "new")
    number, digest = latest.get(row.id, (0, ""))
    if row.state == STACK:
        fault = Wrong(one.row, "key", _TAKEN, N_("Give the row another key."))
        return Planned(Incoming(one.row, one.key, one.title, one.draft, (*one.wrong, fault)), "wrong")
    content = policies.check(one.draft)[0]
    mine = content.content_hash() if content else ""
    if row.draft is not None:
        there = policies.check(row.draft)[0] if mine else None
        same = row.draft == one.draft or (there is not None and there.content_hash() == mine)
        return Planned(one, "same" if same else "draft", row.id, number)
    return Planned(one, "same" if mine and mine == digest else "next", row.id, number)


def take_in(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    person_id: UUID,
    file: File,
    whole: bool,
    only: Collection[int] | None = None,
) -> Plan:
    """Good rows become drafts; those of keys that are known become the draft of that microcredential. Versions stay as they are.

    `whole`: only if every row is good, which raises Problem(conflict) otherwise. `only`: these rows alone.
    """
    found = plan(session, district_id, file, lock=True)
    if whole and (found.counts["wrong"] or file.wrong):
        raise conflict(_("Some rows have faults, so nothing was taken in."), "faults in the file")
    rows = tuple(one for one in found.rows if only is None or one.incoming.row in only)
    now = here.clock()
    for one in rows:
        if not one.comes:
            continue
        incoming = one.incoming
        if one.microcredential_id is None:
            row = Microcredential(
                id=new_id(),
                district_id=district_id,
                key=incoming.key or f"mc-{secrets.token_hex(5)}",
                title=incoming.title[:120] or "Untitled",
                state="draft",
                draft=incoming.draft,
                draft_number=1,
                author_id=person_id,
                created_at=now,
                changed_at=now,
            )
            session.add(row)
        else:
            row = session.get_one(Microcredential, one.microcredential_id)
            row.draft, row.draft_number, row.draft_editor, row.changed_at = incoming.draft, row.draft_number + 1, "", now
            if row.state == "draft":
                row.title = incoming.title[:120] or "Untitled"
        audit.record(
            session,
            district_id=district_id,
            at=now,
            actor_id=person_id,
            action="catalog:draft:import",
            subject_id=row.id,
            format=file.kind,
            origin=incoming.origin,
            content_hash=incoming.given_hash,
        )
    return Plan(file, rows)


@dataclass(frozen=True)
class Published:
    """The latest version of a microcredential, to be given away."""

    version_id: UUID
    shared: Shared


def published(session: Session, district_id: UUID, ids: Sequence[UUID] | None = None, *, most: int = 1000) -> list[Published]:
    """Latest versions of what is published: of all, or of these microcredentials. By title."""
    query = (
        select(MicrocredentialVersion, Microcredential.key)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .where(Microcredential.district_id == district_id, Microcredential.state == "published", naming.newest())
        .order_by(func.lower(Microcredential.title), Microcredential.id)
        .limit(most)
    )
    if ids is not None:
        query = query.where(Microcredential.id.in_(list(ids)))
    return [
        Published(row.id, Shared(key, row.number, MicrocredentialContent.model_validate(row.content), row.published_at))
        for row, key in session.execute(query)
    ]


def forget(session: Session, *, district_id: UUID, person_id: UUID) -> None:
    """The person's file is not needed any more."""
    session.execute(delete(CatalogImport).where(CatalogImport.person_id == person_id, CatalogImport.district_id == district_id))
