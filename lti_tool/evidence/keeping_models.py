"""Tables beside the evidence: what is held back, who saw it, what must be kept, what is being deleted.

They name a piece by its id without a foreign key: the frozen copy in a submission outlives the row of a draft.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id

OPEN_HOLDS = ("raised", "explained", "redone")
"""States of a hold that somebody has still to settle; the review's clock stands still meanwhile."""

HIDING_HOLDS = (*OPEN_HOLDS, "replaced", "removed")
"""States of a hold in which reviewers do not see the piece as it was submitted."""


class ArtifactHold(Base):
    """A privacy problem that a reviewer found in a piece of a submission. The frozen copy is never rewritten; this row stands beside it.

    `state`: raised (the teacher's move), explained, redone (the coordinator's move), released, replaced, removed. `replacement` is the
    evidence.snapshot.ArtifactCopy that the teacher gave instead. `blob_key` is that of the piece held back, empty when it is no file.
    """

    __tablename__ = "artifact_hold"
    __table_args__ = (
        Index("ix_artifact_hold_artifact", "artifact_id"),
        Index("ix_artifact_hold_blob", "blob_key"),
        Index("ix_artifact_hold_owner", "owner_id"),
        Index("ix_artifact_hold_district_state", "district_id", "state"),
        Index("ix_artifact_hold_submission", "submission_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"))
    artifact_id: Mapped[UUID]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    blob_key: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    raised_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    raised_at: Mapped[datetime]
    explanation: Mapped[str] = mapped_column(Text, default="")
    replacement: Mapped[dict[str, Any] | None]
    answered_at: Mapped[datetime | None]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(Text, default="")
    closed_at: Mapped[datetime | None]


class ArtifactView(Base):
    """Somebody other than its teacher saw a piece, at least once in this hour, on this kind of page: see `evidence.seen`."""

    __tablename__ = "artifact_view"
    __table_args__ = (
        UniqueConstraint("artifact_id", "viewer_id", "page", "hour"),
        Index("ix_artifact_view_owner", "owner_id", "hour"),
        Index("ix_artifact_view_viewer", "viewer_id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    artifact_id: Mapped[UUID]
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    viewer_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    page: Mapped[str]
    hour: Mapped[datetime]


class LegalHold(Base):
    """Everything of a person has to be kept, until it is lifted: nothing of theirs is deleted or erased."""

    __tablename__ = "legal_hold"
    __table_args__ = (Index("ix_legal_hold_person", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(Text)
    placed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    placed_at: Mapped[datetime]
    lifted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    lifted_at: Mapped[datetime | None]


class BlobDeletion(Base):
    """Bytes that have to go. Written in the unit of work that gives them up; the row goes when they are gone."""

    __tablename__ = "blob_deletion"

    blob_key: Mapped[str] = mapped_column(primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    queued_at: Mapped[datetime]
    tried_at: Mapped[datetime | None]
