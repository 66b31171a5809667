"""Table of pictures that designers gave for badges, in place of the drawn one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class BadgePicture(Base):
    """A square PNG that we drew from what was given, named by its SHA-256 (hex). Frozen versions refer to it: it stays as it is."""

    __tablename__ = "badge_picture"
    __table_args__ = (UniqueConstraint("district_id", "sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    sha256: Mapped[str]
    png: Mapped[bytes] = mapped_column(LargeBinary)
    added_at: Mapped[datetime]
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
