"""What is known of a stored file beside its bytes."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class StoredFile(Base):
    """One uploaded file: whether it may be opened, and what was made of it for others. The bytes lie under `blob_key`, unchanged.

    `scan`: off (no scanner is set), waiting, clean, infected, too_large (for the scanner). `outcome`: empty until the file was examined,
    then made (others get the copy), as_is (others get the file itself, never so for pictures), refused (only the owner gets anything);
    `reason` says why, as in stored_policies. `copy_*` is what others get: a picture drawn anew, a document without its properties.
    `preview_*` is a small picture; `veils` are the parts of a recording that others get covered (veiling.Veil). Sizes in bytes and pixels.
    `due_at` is when the worker looks next, None when nothing is to
    do; `tries` counts examinations begun, so that a file which ends its examiner is not tried for ever.
    """

    __tablename__ = "stored_file"
    __table_args__ = (Index("ix_stored_file_due", "due_at"), Index("ix_stored_file_district_scan", "district_id", "scan"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    blob_key: Mapped[str] = mapped_column(unique=True)
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    scan: Mapped[str]
    scanned_at: Mapped[datetime | None]
    outcome: Mapped[str] = mapped_column(default="")
    reason: Mapped[str] = mapped_column(default="")
    copy_key: Mapped[str] = mapped_column(default="")
    copy_type: Mapped[str] = mapped_column(default="")
    copy_size: Mapped[int] = mapped_column(BigInteger, default=0)
    preview_key: Mapped[str] = mapped_column(default="")
    width: Mapped[int] = mapped_column(default=0)
    height: Mapped[int] = mapped_column(default=0)
    veils: Mapped[list[Any]] = mapped_column(default=list)
    tries: Mapped[int] = mapped_column(default=0)
    due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
