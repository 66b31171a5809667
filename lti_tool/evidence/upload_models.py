"""Tables of uploads in parts."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Upload(Base):
    """A file on its way in. The row is there before the first byte, so that nothing in the store is without an owner.

    `state`: open (parts come), checking (all are there; one process checks them until `checking_until`), done (it is the artifact
    `artifact_id`, which owns the blob from then on), refused (`reason` says why), cancelled. `fingerprint` is the browser's SHA-256 of the
    file's ends, by which it finds the upload again;
    `handle` is the store's; `given` what the teacher said of the file when all had come.
    `cleared_at`: the bytes of a refused or cancelled one are gone from the store.
    """

    __tablename__ = "upload"
    __table_args__ = (Index("ix_upload_person_state", "person_id", "state"), Index("ix_upload_state_touched", "state", "touched_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    requirement_key: Mapped[str]
    state: Mapped[str]
    reason: Mapped[str] = mapped_column(default="")
    filename: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    part_size: Mapped[int]
    fingerprint: Mapped[str]
    blob_key: Mapped[str] = mapped_column(unique=True)
    handle: Mapped[str] = mapped_column(default="")
    given: Mapped[dict[str, Any]] = mapped_column(default=dict)
    artifact_id: Mapped[UUID | None]
    created_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    checking_until: Mapped[datetime | None]
    cleared_at: Mapped[datetime | None]


class UploadPart(Base):
    """A part that was announced: its SHA-256 can't change any more. `stored_at`: it came through the tool and is on disk."""

    __tablename__ = "upload_part"

    upload_id: Mapped[UUID] = mapped_column(ForeignKey("upload.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    sha256: Mapped[str]
    stored_at: Mapped[datetime | None]
