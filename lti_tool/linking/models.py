"""Tables of what left for an LMS by deep linking."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class HandedFile(Base):
    """A file that its owner hands in, for as long as the LMS may fetch it. `token_hash` is of the secret in its address.

    `artifact_id` is no foreign key: a piece that is removed meanwhile is simply not there any more.
    """

    __tablename__ = "handed_file"
    __table_args__ = (UniqueConstraint("token_hash"), Index("ix_handed_file_expires", "expires_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    artifact_id: Mapped[UUID]
    token_hash: Mapped[str]
    fetches: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class HandedSubmission(Base):
    """A submission whose owner handed it in to a course: who runs that course may read it. `submission_id` as `artifact_id` above."""

    __tablename__ = "handed_submission"
    __table_args__ = (UniqueConstraint("submission_id", "context_id"), Index("ix_handed_submission_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    context_id: Mapped[UUID] = mapped_column(ForeignKey("context.id"))
    submission_id: Mapped[UUID]
    handed_at: Mapped[datetime]
