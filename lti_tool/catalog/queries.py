"""Read models of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog import approval_policies, finding, naming
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.entry_policies import Asked
from lti_tool.catalog.finding import Card
from lti_tool.catalog.models import STACK, Activity, Microcredential, MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.launch.models import Person

__all__ = ["Card", "DraftState", "HistoryEntry", "Version", "draft_state", "history", "placeable", "version", "versions_to_place"]


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


def placeable(session: Session, district_id: UUID, *, text: str = "", most: int = 60) -> tuple[Card, ...]:
    """The first of what a designer may place and that says `text`."""
    return finding.placeable(session, district_id, Asked(q=text), size=most).cards


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
            Microcredential.id == microcredential_id, Microcredential.district_id == district_id, Microcredential.state != STACK
        )
    ).one_or_none()
    if found is None:
        raise not_found("microcredential")
    row, published = found
    return DraftState(row.id, row.title, row.state, row.draft, row.draft_number, row.changed_at, published or 0)
