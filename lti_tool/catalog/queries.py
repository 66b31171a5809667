"""Read models of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog import finding
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.entry_policies import Asked
from lti_tool.catalog.finding import Card
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.launch.models import Person

__all__ = ["Card", "DraftState", "HistoryEntry", "Version", "draft_state", "history", "placeable", "version", "versions_to_place"]


@dataclass(frozen=True)
class Version:
    """A frozen version, whole. `state` is that of its microcredential; `newest` is the number of its latest version."""

    id: UUID
    microcredential_id: UUID
    number: int
    content: MicrocredentialContent
    activity_key: str
    published_at: datetime
    state: str
    has_draft: bool
    newest: int

    @property
    def latest(self) -> bool:
        """Whether no newer version is out."""
        return self.number == self.newest


@dataclass(frozen=True)
class HistoryEntry:
    """One version in the history: who published it (None: came with the tool), and in how many places it stands."""

    id: UUID
    number: int
    title: str
    published_at: datetime
    published_by: str | None
    placed: int


@dataclass(frozen=True)
class DraftState:
    """The working copy as its editor needs it. `draft` is None when there is none; `published` counts versions."""

    id: UUID
    title: str
    state: str
    draft: dict[str, Any] | None
    number: int
    changed_at: datetime
    published: int


def _latest_numbers() -> Any:
    return (
        select(MicrocredentialVersion.microcredential_id, func.max(MicrocredentialVersion.number).label("number"))
        .group_by(MicrocredentialVersion.microcredential_id)
        .subquery()
    )


def placeable(session: Session, district_id: UUID, *, text: str = "", most: int = 60) -> tuple[Card, ...]:
    """The first of what a designer may place and that says `text`."""
    return finding.placeable(session, district_id, Asked(q=text), size=most).cards


def versions_to_place(session: Session, district_id: UUID, ids: list[UUID]) -> tuple[Version, ...]:
    """These versions in this order, as far as they are the district's and published. May be shorter than `ids`."""
    query = _versions(district_id).where(MicrocredentialVersion.id.in_(ids), Microcredential.state == "published")
    found = {row.id: _version(row, parent, newest) for row, parent, newest in session.execute(query).all()}
    return tuple(found[one] for one in dict.fromkeys(ids) if one in found)


def _versions(district_id: UUID) -> Select[MicrocredentialVersion, Microcredential, int]:
    latest = _latest_numbers()
    return (
        select(MicrocredentialVersion, Microcredential, latest.c.number)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .join(latest, latest.c.microcredential_id == Microcredential.id)
        .where(MicrocredentialVersion.district_id == district_id)
    )


def _version(row: MicrocredentialVersion, parent: Microcredential, newest: int) -> Version:
    return Version(
        row.id,
        row.microcredential_id,
        row.number,
        MicrocredentialContent.model_validate(row.content),
        row.activity_key,
        row.published_at,
        parent.state,
        parent.draft is not None,
        newest,
    )


def version(session: Session, district_id: UUID, version_id: UUID) -> Version:
    """One version. Raises Problem(not_found)."""
    found = session.execute(_versions(district_id).where(MicrocredentialVersion.id == version_id)).one_or_none()
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
        select(MicrocredentialVersion, Person.label, placed)
        .outerjoin(Person, Person.id == MicrocredentialVersion.published_by)
        .where(MicrocredentialVersion.district_id == district_id, MicrocredentialVersion.microcredential_id == microcredential_id)
        .order_by(MicrocredentialVersion.number.desc())
    ).all()
    return tuple(HistoryEntry(row.id, row.number, row.title, row.published_at, label, count) for row, label, count in found)


def draft_state(session: Session, district_id: UUID, microcredential_id: UUID) -> DraftState:
    """The working copy of a microcredential. Raises Problem(not_found)."""
    count = select(func.count()).where(MicrocredentialVersion.microcredential_id == microcredential_id).scalar_subquery()
    found = session.execute(
        select(Microcredential, count).where(Microcredential.id == microcredential_id, Microcredential.district_id == district_id)
    ).one_or_none()
    if found is None:
        raise not_found("microcredential")
    row, published = found
    return DraftState(row.id, row.title, row.state, row.draft, row.draft_number, row.changed_at, published)
