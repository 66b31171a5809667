"""The table of files that wait between the look at them and their taking in."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class CatalogImport(Base):
    """A file that somebody gave to take in. One for each person: the next replaces it, and what is a day old goes."""

    __tablename__ = "catalog_import"
    __table_args__ = (Index("ix_catalog_import_person", "person_id"), Index("ix_catalog_import_created", "created_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str]
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    created_at: Mapped[datetime]
