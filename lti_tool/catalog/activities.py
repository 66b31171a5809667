"""Read models of activities: which version stands where, and where a copy came from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.catalog.queries import Version, corrected
from lti_tool.errors import not_found
from lti_tool.launch.models import Context, ResourceLink

_Source, _SourceCourse, _Twin = aliased(Activity), aliased(Context), aliased(Activity)


@dataclass(frozen=True)
class Provenance:
    """Where an activity came from; for people who build courses, never for learners.

    `copied`: it came with a copy of a course, whose title is `course` (empty where it is not this LMS's). `again`: an activity of the
    same course was there before and goes by the same version, as after duplicating.
    """

    copied: bool
    course: str
    again: bool


@dataclass(frozen=True)
class PlacedActivity:
    """A version where it stands: course, link and what it is worth. `has_lineitem`: it has a column in the gradebook."""

    id: UUID
    context_id: UUID
    context_title: str
    resource_link_id: UUID
    link_title: str
    has_lineitem: bool
    points: Decimal
    scoring: str
    provenance: Provenance
    created_at: datetime
    version: Version


@dataclass(frozen=True)
class ActivityRow:
    """One activity of a course in a list."""

    id: UUID
    resource_link_id: UUID
    link_title: str
    version_id: UUID
    title: str
    has_lineitem: bool
    points: Decimal
    provenance: Provenance
    created_at: datetime


def _placed(district_id: UUID) -> Select[Activity, ResourceLink, str, str, str, bool]:
    """Activity, link, its course's title, its version's title, its source's course's title, whether it has an older twin."""
    twin = _Twin.context_id == Activity.context_id, _Twin.version_id == Activity.version_id, _Twin.id < Activity.id  # ids rise with time
    return (
        select(
            Activity,
            ResourceLink,
            Context.title,
            MicrocredentialVersion.title,
            _SourceCourse.title,
            select(_Twin.id).where(*twin).correlate(Activity).exists(),
        )
        .join(ResourceLink, ResourceLink.id == Activity.resource_link_id)
        .join(Context, Context.id == Activity.context_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Activity.version_id)
        .outerjoin(_Source, _Source.id == Activity.copied_from_id)
        .outerjoin(
            _SourceCourse,
            and_(
                _SourceCourse.id == _Source.context_id,
                _SourceCourse.district_id == Activity.district_id,
                _SourceCourse.registration_id == Context.registration_id,
            ),
        )
        .where(Activity.district_id == district_id)
    )


def activity(session: Session, district_id: UUID, activity_id: UUID) -> PlacedActivity:
    """One activity with its version. Raises Problem(not_found)."""
    found = session.execute(_placed(district_id).where(Activity.id == activity_id)).one_or_none()
    if found is None:
        raise not_found("activity")
    row, link, context_title, _, source, again = found
    return PlacedActivity(
        row.id,
        row.context_id,
        context_title,
        row.resource_link_id,
        link.title,
        bool(link.lineitem_url or row.made_column_url),
        row.points,
        row.scoring,
        Provenance(row.copied_from_id is not None, source or "", again),
        row.created_at,
        corrected(session, district_id, row.version_id),
    )


def activity_of_link(session: Session, district_id: UUID, resource_link_id: UUID) -> UUID | None:
    """The activity at this link, if it has one."""
    return session.scalar(select(Activity.id).where(Activity.resource_link_id == resource_link_id, Activity.district_id == district_id))


def activities_in(session: Session, district_id: UUID, context_id: UUID) -> tuple[ActivityRow, ...]:
    """The activities of a course, by title."""
    found = session.execute(
        _placed(district_id)
        .where(Activity.context_id == context_id)
        .order_by(func.lower(MicrocredentialVersion.title), Activity.created_at, Activity.id)
    ).all()
    return tuple(
        ActivityRow(
            row.id,
            row.resource_link_id,
            link.title,
            row.version_id,
            title,
            bool(link.lineitem_url or row.made_column_url),
            row.points,
            Provenance(row.copied_from_id is not None, source or "", again),
            row.created_at,
        )
        for row, link, _, title, source, again in found
    )
