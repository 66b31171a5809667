"""Who saw a teacher's evidence, in words that keep the review blind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from lti_tool.evidence.keeping_models import ArtifactView
from lti_tool.language import _, later
from lti_tool.launch.models import Membership, Person
from lti_tool.review.models import Review
from lti_tool.web.models import RoleGrant

A_REVIEWER = later("a reviewer")


@dataclass(frozen=True)
class Look:
    """Somebody saw a piece on this day. `who` names coordinators and colleagues, never a reviewer."""

    artifact_id: UUID
    who: str
    page: str
    first_at: datetime
    last_at: datetime


def of_owner(session: Session, *, district_id: UUID, owner_id: UUID, now: datetime, most: int | None = 500) -> tuple[Look, ...]:
    """Who saw this teacher's pieces, newest first: one line per piece, person and kind of page. Times are whole hours.

    Whoever was ever given a review in the district, or may be given one, is a reviewer and nothing else.
    """
    query = (
        select(
            ArtifactView.artifact_id, ArtifactView.viewer_id, ArtifactView.page, func.min(ArtifactView.hour), func.max(ArtifactView.hour)
        )
        .where(ArtifactView.district_id == district_id, ArtifactView.owner_id == owner_id)
        .group_by(ArtifactView.artifact_id, ArtifactView.viewer_id, ArtifactView.page)
        .order_by(func.max(ArtifactView.hour).desc(), ArtifactView.artifact_id, ArtifactView.page)
    )
    rows = session.execute(query if most is None else query.limit(most)).all()
    names = _names(session, district_id, {row[1] for row in rows}, now)
    merged: dict[tuple[UUID, str, str], Look] = {}
    for artifact_id, viewer_id, page, first, last in rows:
        key = artifact_id, names[viewer_id], page
        known = merged.get(key)  # two reviewers are one line: how many there are says something about who they are
        merged[key] = Look(*key, min(first, known.first_at) if known else first, max(last, known.last_at) if known else last)
    return tuple(merged.values())


def _names(session: Session, district_id: UUID, viewers: set[UUID], now: datetime) -> dict[UUID, str]:
    if not viewers:
        return {}
    reviewers = set(
        session.scalars(
            select(Person.id).where(
                Person.id.in_(viewers),
                or_(
                    Person.id.in_(select(Review.reviewer_id).where(Review.district_id == district_id)),
                    Person.id.in_(select(RoleGrant.person_id).where(RoleGrant.district_id == district_id, RoleGrant.role == "reviewer")),
                ),
            )
        )
    )
    coordinators = set(session.scalars(select(RoleGrant.person_id).where(RoleGrant.held(district_id, "coordinator", at=now))))
    running = {
        person_id
        for person_id, rights in session.execute(select(Membership.person_id, Membership.rights).where(Membership.person_id.in_(viewers)))
        if {"facilitator", "console"} & set(rights)
    }
    labels = {person.id: person.label for person in session.scalars(select(Person).where(Person.id.in_(viewers)))}

    def name(viewer: UUID) -> str:
        if viewer in reviewers:
            return str(A_REVIEWER)
        if viewer in coordinators:
            return _("your coordinator %(name)s", name=labels[viewer])
        return _("%(name)s, who runs the course", name=labels[viewer]) if viewer in running else labels[viewer]

    return {viewer: name(viewer) for viewer in viewers}
