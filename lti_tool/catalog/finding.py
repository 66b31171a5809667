"""Finding a microcredential among thousands: words and filters over the search table, numbered pages, and what can be chosen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, case, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.entries import CatalogEntry
from lti_tool.catalog.entry_policies import EFFORTS, FORMATS, LEVELS, Asked, folded, unpacked, words_of
from lti_tool.catalog.marks import MARKS, mark
from lti_tool.inputs import plain_text, whole_number

PAGE = 24
STATES = ("draft", "published", "retired")
_MOST_TOPICS = 60
_MOST_FAMILIES = 100


@dataclass(frozen=True)
class Card:
    """One microcredential in a list. `version_id` is its latest version, None before it is published; `badge` may be empty.

    `marks` are labels of other rooms.
    """

    id: UUID
    version_id: UUID | None
    number: int | None
    title: str
    summary: str
    audience: str
    family: str
    level: str
    formats: tuple[str, ...]
    tags: tuple[str, ...]
    hours: str
    badge: Mapping[str, str]
    state: str
    has_draft: bool
    changed_at: datetime
    marks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cards:
    """A numbered page of cards. `total` are all that were found, `whole` all that the list holds without being narrowed."""

    cards: tuple[Card, ...]
    page: int
    pages: int
    total: int
    whole: int
    first: int

    @property
    def any(self) -> bool:
        """Whether there is anything to look for."""
        return self.whole > 0

    @property
    def last(self) -> int:
        """The place of the last card on this page."""
        return self.first + len(self.cards) - 1


@dataclass(frozen=True)
class Choices:
    """What a list can be narrowed to: families and topics with how many there are, and levels that are used."""

    families: tuple[tuple[str, int], ...]
    topics: tuple[tuple[str, int], ...]
    levels: tuple[str, ...]


def asked(given: Mapping[str, str]) -> Asked:
    """What an address or a form asks for. Unknown codes ask for nothing."""

    def one_of(name: str, known: Collection[str]) -> str:
        return given[name] if given.get(name) in known else ""

    def text(name: str, most: int) -> str:
        return plain_text(given.get(name, "")).strip()[:most]

    return Asked(
        q=text("q", 200),
        family=text("family", 80),
        effort=one_of("effort", EFFORTS),
        level=one_of("level", LEVELS),
        format=one_of("format", FORMATS),
        tag=text("tag", 40),
        state=one_of("state", STATES),
        mark=one_of("mark", [one.code for one in MARKS]),
    )


def page_asked(given: Mapping[str, str]) -> int:
    """The number of the page that an address asks for, from 1."""
    return max(1, whole_number(given.get("page")))


def narrowed(session: Session, district_id: UUID, wish: Asked) -> list[ColumnElement[bool]]:
    """Conditions on the search table."""
    found: list[ColumnElement[bool]] = [CatalogEntry.district_id == district_id]
    found += [CatalogEntry.words.contains(word, autoescape=True) for word in words_of(wish.q)]
    if wish.family:
        found.append(CatalogEntry.family == wish.family)
    if wish.effort:
        _, least, most = EFFORTS[wish.effort]
        found.append(CatalogEntry.hours.between(least, most))
    if wish.level:
        found.append(CatalogEntry.level == wish.level)
    if wish.format:
        found.append(CatalogEntry.formats.contains(f"|{wish.format}|", autoescape=True))
    if wish.tag:
        found.append(CatalogEntry.topics.contains(f"|{wish.tag}|", autoescape=True))
    if wish.state:
        found.append(CatalogEntry.state == wish.state)
    if chosen := mark(wish.mark):
        ids = session.scalars(select(CatalogEntry.microcredential_id).where(*found)).all()
        found.append(CatalogEntry.microcredential_id.in_(list(chosen.which(session, district_id, ids))))
    return found


def _order(wish: Asked) -> list[Any]:
    """By title; those that carry a searched word in their title come before those that carry it elsewhere."""
    words = words_of(wish.q)
    in_title = [case(*((CatalogEntry.sort.contains(word, autoescape=True), 0) for word in words), else_=1)] if words else []
    return [*in_title, CatalogEntry.sort, CatalogEntry.microcredential_id]


def cards(session: Session, district_id: UUID, wish: Asked | None = None, *, page: int = 1, size: int = PAGE) -> Cards:
    """The district's microcredentials that are as wished."""
    return _page(session, district_id, wish or Asked(), [], page, size)


def placeable(session: Session, district_id: UUID, wish: Asked | None = None, *, page: int = 1, size: int = PAGE) -> Cards:
    """What a designer may place: published ones with their latest version."""
    published = [CatalogEntry.state == "published", CatalogEntry.version_id.is_not(None)]
    return _page(session, district_id, wish or Asked(), published, page, size)


def placeable_versions(session: Session, district_id: UUID, ids: Collection[UUID]) -> tuple[Card, ...]:
    """Those of these versions that may be placed, in this order."""
    found = session.scalars(
        select(CatalogEntry).where(
            CatalogEntry.district_id == district_id, CatalogEntry.state == "published", CatalogEntry.version_id.in_(list(ids))
        )
    ).all()
    rows = {row.version_id: row for row in found}
    return tuple(_card(rows[one], ()) for one in dict.fromkeys(ids) if one in rows)


def by_microcredential(session: Session, district_id: UUID, ids: Collection[UUID]) -> tuple[Card, ...]:
    """These microcredentials in this order, as far as they are the district's."""
    query = select(CatalogEntry).where(CatalogEntry.district_id == district_id, CatalogEntry.microcredential_id.in_(list(ids)))
    rows = {row.microcredential_id: row for row in session.scalars(query)}
    return tuple(_card(rows[one], ()) for one in dict.fromkeys(ids) if one in rows)


def _page(session: Session, district_id: UUID, wish: Asked, always: list[ColumnElement[bool]], page: int, size: int) -> Cards:
    where = [*narrowed(session, district_id, wish), *always]
    total = session.scalar(select(func.count()).select_from(CatalogEntry).where(*where)) or 0
    whole = total
    if wish.narrowed:
        everything = [CatalogEntry.district_id == district_id, *always]
        whole = session.scalar(select(func.count()).select_from(CatalogEntry).where(*everything)) or 0
    pages = max(1, -(-total // size))
    page = min(page, pages)
    rows = session.scalars(select(CatalogEntry).where(*where).order_by(*_order(wish)).offset((page - 1) * size).limit(size)).all()
    ids = [row.microcredential_id for row in rows]
    marked = [(one.label, set(one.which(session, district_id, ids))) for one in MARKS] if ids else []
    shown = tuple(_card(row, tuple(label for label, having in marked if row.microcredential_id in having)) for row in rows)
    return Cards(shown, page, pages, total, whole, (page - 1) * size + 1 if rows else 0)


def _card(row: CatalogEntry, marks: tuple[str, ...]) -> Card:
    return Card(
        row.microcredential_id,
        row.version_id,
        row.number,
        row.title,
        row.summary,
        row.audience,
        row.family,
        row.level,
        unpacked(row.formats),
        unpacked(row.topics),
        row.said_hours,
        row.badge,
        row.state,
        row.has_draft,
        row.changed_at,
        marks,
    )


def choices(session: Session, district_id: UUID, *, published: bool = False) -> Choices:
    """What there is to choose from, most used topics first."""
    where: list[ColumnElement[bool]] = [CatalogEntry.district_id == district_id]
    if published:
        where.append(CatalogEntry.state == "published")
    families: Counter[str] = Counter()
    topics: Counter[str] = Counter()
    levels: set[str] = set()
    grouped = select(CatalogEntry.family, CatalogEntry.level, CatalogEntry.topics, func.count()).where(*where)
    for family, level, packed, count in session.execute(grouped.group_by(CatalogEntry.family, CatalogEntry.level, CatalogEntry.topics)):
        families[family] += count
        levels.add(level)
        for topic in unpacked(packed):
            topics[topic] += count
    families.pop("", None)
    most_used = [one for one, _ in topics.most_common(_MOST_TOPICS)]
    return Choices(
        tuple((one, families[one]) for one in sorted(families, key=folded)[:_MOST_FAMILIES]),
        tuple((one, topics[one]) for one in sorted(most_used, key=folded)),
        tuple(one for one in LEVELS if one in levels),
    )
