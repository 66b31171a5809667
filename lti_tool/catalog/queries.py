"""Read models of the catalog."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, or_, select
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog import approval_policies, naming
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.inputs import plain_text
from lti_tool.launch.models import Person

PAGE = 24


@dataclass(frozen=True)
class Card:
    """One microcredential in a list. `version_id` is its latest version, None before it is published; `badge` may be empty."""

    id: UUID
    version_id: UUID | None
    number: int | None
    title: str
    summary: str
    audience: str
    tags: tuple[str, ...]
    hours: str
    badge: dict[str, str]
    state: str
    has_draft: bool
    changed_at: datetime


@dataclass(frozen=True)
class Cards:
    """A page of cards; `after` asks for the next one, None at the end. `any` says whether the district has any microcredential."""

    cards: tuple[Card, ...]
    after: UUID | None
    any: bool


@dataclass(frozen=True)
class Version:
    """A frozen version, whole. `state` is that of its microcredential; `newest` says the number of its latest version."""

    id: UUID
    microcredential_id: UUID
    number: int
    content: MicrocredentialContent
    activity_key: str
    published_at: datetime
    state: str
    has_draft: bool
    newest: str
    latest: bool
    """Whether no newer version, or correction, is out."""
    patch: int = 0

    @property
    def name(self) -> str:
        """What it is called."""
        return naming.called(self.number, self.patch)

    @property
    def standing(self) -> str:
        """published, superseded or retired."""
        return approval_policies.version_state(state=self.state, newest=self.latest)


@dataclass(frozen=True)
class HistoryEntry:
    """One version in the history: who published it (None: came with the tool), and in how many places it stands.

    `standing`: published, superseded or retired.
    """

    id: UUID
    number: int
    name: str
    standing: str
    title: str
    published_at: datetime
    published_by: str | None
    placed: int


@dataclass(frozen=True)
class DraftState:
    """The working copy as its editor needs it. `draft` is None when there is none; `published`: number of the latest version."""

    id: UUID
    title: str
    state: str
    draft: dict[str, Any] | None
    number: int
    changed_at: datetime
    published: int


def _listed(district_id: UUID) -> Select[Microcredential, MicrocredentialVersion]:
    return (
        select(Microcredential, MicrocredentialVersion)
        .outerjoin(MicrocredentialVersion, and_(MicrocredentialVersion.microcredential_id == Microcredential.id, naming.newest()))
        .where(Microcredential.district_id == district_id)
        .order_by(func.lower(Microcredential.title), Microcredential.id)
    )


def _as_stored(text: str) -> str:
    """`text` as it stands inside stored JSON."""
    return json.dumps(text)[1:-1]


def _matching(text: str) -> Any:
    content = MicrocredentialVersion.content
    return or_(
        Microcredential.title.icontains(text, autoescape=True),
        content["summary"].as_string().icontains(text, autoescape=True),
        content["competency"].as_string().icontains(text, autoescape=True),
        content["tags"].as_string().icontains(_as_stored(text), autoescape=True),
    )


def _card(row: Microcredential, version: MicrocredentialVersion | None) -> Card:
    said = version.content if version else row.draft or {}
    return Card(
        row.id,
        version.id if version else None,
        version.number if version else None,
        row.title,
        str(said.get("summary", "")),
        str(said.get("audience", "")),
        tuple(said.get("tags", ())),
        str(said.get("hours", "")),
        dict(said.get("badge", {})),
        row.state,
        row.draft is not None,
        row.changed_at,
    )


def cards(
    session: Session, district_id: UUID, *, text: str = "", tag: str = "", state: str = "", after: UUID | None = None, size: int = PAGE
) -> Cards:
    """The district's microcredentials by title: those that say `text`, carry `tag`, are in `state`; beginning behind `after`."""
    query = _listed(district_id)
    if words := plain_text(text).strip():
        query = query.where(_matching(words))
    if tag := plain_text(tag):
        query = query.where(MicrocredentialVersion.content["tags"].as_string().contains(json.dumps(tag), autoescape=True))
    if state:
        query = query.where(Microcredential.state == state)
    if after is not None:
        title = select(func.lower(Microcredential.title)).where(Microcredential.id == after, Microcredential.district_id == district_id)
        behind = title.scalar_subquery()
        here = func.lower(Microcredential.title)
        query = query.where(or_(here > behind, and_(here == behind, Microcredential.id > after)))
    found = session.execute(query.limit(size + 1)).all()
    some = bool(found) or bool(session.scalar(select(select(Microcredential).where(Microcredential.district_id == district_id).exists())))
    page = tuple(_card(row, version) for row, version in found[:size])
    return Cards(page, page[-1].id if len(found) > size else None, some)


def placeable(
    session: Session, district_id: UUID, *, text: str = "", keep: frozenset[UUID] = frozenset(), most: int = 60
) -> tuple[Card, ...]:
    """What a designer may place: the latest versions of published microcredentials that say `text`, and those in `keep` (version ids)."""
    query = _listed(district_id).where(Microcredential.state == "published", MicrocredentialVersion.id.is_not(None))
    if words := plain_text(text).strip():
        query = query.where(or_(_matching(words), MicrocredentialVersion.id.in_(keep)))
    return tuple(_card(row, version) for row, version in session.execute(query.limit(most)).all())


def versions_to_place(session: Session, district_id: UUID, ids: list[UUID]) -> tuple[Version, ...]:
    """These versions in this order, as far as they are the district's and published. May be shorter than `ids`."""
    query = _versions(district_id).where(MicrocredentialVersion.id.in_(ids), Microcredential.state == "published")
    found = {row.id: _version(row, parent, newest) for row, parent, newest in session.execute(query).all()}
    return tuple(found[one] for one in dict.fromkeys(ids) if one in found)


def _versions(district_id: UUID) -> Select[MicrocredentialVersion, Microcredential, MicrocredentialVersion]:
    latest = aliased(MicrocredentialVersion)
    return (
        select(MicrocredentialVersion, Microcredential, latest)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .join(latest, and_(latest.microcredential_id == Microcredential.id, naming.newest(latest)))
        .where(MicrocredentialVersion.district_id == district_id)
    )


def _version(row: MicrocredentialVersion, parent: Microcredential, newest: MicrocredentialVersion) -> Version:
    return Version(
        row.id,
        row.microcredential_id,
        row.number,
        MicrocredentialContent.model_validate(row.content),
        row.activity_key,
        row.published_at,
        parent.state,
        parent.draft is not None,
        naming.numbered(newest.number, newest.patch),
        row.id == newest.id,
        row.patch,
    )


def version(session: Session, district_id: UUID, version_id: UUID) -> Version:
    """One version. Raises Problem(not_found)."""
    found = session.execute(_versions(district_id).where(MicrocredentialVersion.id == version_id)).one_or_none()
    if found is None:
        raise not_found("version")
    return _version(*found)


def corrected(session: Session, district_id: UUID, version_id: UUID) -> Version:
    """The version with its latest correction: what somebody who begins now goes by. Raises Problem(not_found)."""
    found = session.execute(
        _versions(district_id).where(MicrocredentialVersion.id == naming.corrected(version_id).scalar_subquery())
    ).one_or_none()
    if found is None:
        raise not_found("version")
    return _version(*found)


def history(session: Session, district_id: UUID, microcredential_id: UUID) -> tuple[HistoryEntry, ...]:
    """All versions, newest first; empty before the first."""
    placed = (
        select(func.count(Activity.id))
        .where(Activity.version_id == MicrocredentialVersion.id)
        .correlate(MicrocredentialVersion)
        .scalar_subquery()
    )
    found = session.execute(
        select(MicrocredentialVersion, Person.label, placed, Microcredential.state)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .outerjoin(Person, Person.id == MicrocredentialVersion.published_by)
        .where(MicrocredentialVersion.district_id == district_id, MicrocredentialVersion.microcredential_id == microcredential_id)
        .order_by(MicrocredentialVersion.number.desc(), MicrocredentialVersion.patch.desc())
    ).all()
    return tuple(
        HistoryEntry(
            row.id,
            row.number,
            naming.called(row.number, row.patch),
            approval_policies.version_state(state=state, newest=place == 0),
            row.title,
            row.published_at,
            label,
            count,
        )
        for place, (row, label, count, state) in enumerate(found)
    )


def draft_state(session: Session, district_id: UUID, microcredential_id: UUID) -> DraftState:
    """The working copy of a microcredential. Raises Problem(not_found)."""
    newest = select(func.max(MicrocredentialVersion.number)).where(MicrocredentialVersion.microcredential_id == microcredential_id)
    found = session.execute(
        select(Microcredential, newest.scalar_subquery()).where(
            Microcredential.id == microcredential_id, Microcredential.district_id == district_id
        )
    ).one_or_none()
    if found is None:
        raise not_found("microcredential")
    row, published = found
    return DraftState(row.id, row.title, row.state, row.draft, row.draft_number, row.changed_at, published or 0)
