"""Who saw which piece of evidence: one row per viewer, piece, kind of page and hour, however often they look."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.database import insert_if_new, new_id
from lti_tool.evidence.keeping_models import ArtifactView
from lti_tool.evidence.models import Artifact
from lti_tool.tool import Tool

Page = Literal["desk", "check", "portfolio", "problem", "handed_in", "file"]
"""Where: a reviewer's desk, a page of the work, the portfolio, a page of a privacy problem, a course to which it was handed in, a file."""


def seen(session: Session, here: Tool, *, viewer_id: UUID, artifact_ids: Collection[UUID], page: Page) -> int:
    """Note that this person saw these pieces; a teacher's look at their own is not noted. Returns how many rows are new.

    Only pieces that have a row are noted, for the row says whose it is.
    """
    hour = here.clock().replace(minute=0, second=0, microsecond=0)
    found = session.execute(
        select(Artifact.id, Artifact.district_id, Artifact.person_id)
        .where(Artifact.id.in_(artifact_ids), Artifact.person_id != viewer_id)
        .order_by(Artifact.id)
    ).all()
    common = {"viewer_id": viewer_id, "page": page, "hour": hour}
    return sum(
        insert_if_new(session, ArtifactView, {"id": new_id(), "district_id": district, "artifact_id": piece, "owner_id": owner, **common})
        for piece, district, owner in found
    )


def note_seen(here: Tool, *, viewer_id: UUID, artifact_ids: Collection[UUID], page: Page) -> None:
    """`seen` in a unit of work of its own, begun only where something is new: players ask for a file piece by piece."""
    if not artifact_ids:
        return
    hour = here.clock().replace(minute=0, second=0, microsecond=0)
    with here.database.read() as session:
        known = session.scalars(
            select(ArtifactView.artifact_id).where(
                ArtifactView.artifact_id.in_(artifact_ids),
                ArtifactView.viewer_id == viewer_id,
                ArtifactView.page == page,
                ArtifactView.hour == hour,
            )
        ).all()
        fresh = session.scalars(
            select(Artifact.id).where(Artifact.id.in_(set(artifact_ids) - set(known)), Artifact.person_id != viewer_id)
        ).all()
    if fresh:
        with here.database.unit() as session:
            seen(session, here, viewer_id=viewer_id, artifact_ids=fresh, page=page)
