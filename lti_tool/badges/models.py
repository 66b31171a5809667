"""Tables of awards and of the keys that sign them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class IssuerKey(Base):
    """An Ed25519 key of a district as issuer. The newest without `retired_at` signs; all stay published for ever."""

    __tablename__ = "issuer_key"
    __table_args__ = (Index("ix_issuer_key_district", "district_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    public_multibase: Mapped[str] = mapped_column(unique=True)
    private_sealed: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]


class Award(Base):
    """A microcredential earned. `credential` is the signed document, stored and served byte for byte; None until signed.

    `public_id` is the unguessable name in public addresses; nothing is served there unless `is_public`. The page then tells the levels
    reached only if it `shows_levels`, and lets search engines list it only if it `is_listed`.
    """

    __tablename__ = "award"
    __table_args__ = (Index("ix_award_person", "person_id"), Index("ix_award_signed", "signed_at"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential_version.id"))
    public_id: Mapped[str] = mapped_column(unique=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    shows_levels: Mapped[bool] = mapped_column(default=False, server_default=false())
    is_listed: Mapped[bool] = mapped_column(default=False, server_default=false())
    credential: Mapped[bytes | None] = mapped_column(LargeBinary)
    awarded_at: Mapped[datetime]
    signed_at: Mapped[datetime | None]
