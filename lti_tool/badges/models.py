"""Tables of who issues, of awards, of the keys that sign them and of what becomes of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class BadgeIssuer(Base):
    """Who issues badges for a district: a name, a place on the web and keys. A district may have several; one is its default.

    `slug` stands in every address and DID and never changes. `address` holds members of an Open Badges Address. `logo` is a PNG that we
    drew, loaded only where it is served. `is_test`: the one under which people who try the tool in a test environment get marked badges.
    """

    __tablename__ = "badge_issuer"
    __table_args__ = (
        Index("ix_badge_issuer_default", "district_id", unique=True, sqlite_where=text("is_default"), postgresql_where=text("is_default")),
        Index("ix_badge_issuer_test", "district_id", unique=True, sqlite_where=text("is_test"), postgresql_where=text("is_test")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    url: Mapped[str] = mapped_column(default="")
    email: Mapped[str] = mapped_column(default="")
    address: Mapped[dict[str, Any]] = mapped_column(default=dict)
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    has_logo: Mapped[bool] = mapped_column(default=False)
    is_default: Mapped[bool] = mapped_column(default=False)
    is_test: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime]


class IssuerKey(Base):
    """A key of an issuer. Of each kind the newest without `retired_at` signs; all stay published for ever, but compromised ones do not.

    `kind`: ed25519 (`public_multibase`, for proofs inside the document) or rsa (`kid` and `public_jwk`, for VC-JWT).
    `compromised_at`: somebody else may have it, so nothing that it signed counts.
    """

    __tablename__ = "issuer_key"
    __table_args__ = (Index("ix_issuer_key_issuer", "issuer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("badge_issuer.id"))
    kind: Mapped[str] = mapped_column(default="ed25519", server_default="ed25519")
    public_multibase: Mapped[str | None] = mapped_column(unique=True)
    kid: Mapped[str | None] = mapped_column(unique=True)
    public_jwk: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default="{}")
    private_sealed: Mapped[str]
    created_at: Mapped[datetime]
    retired_at: Mapped[datetime | None]
    compromised_at: Mapped[datetime | None]


class StatusList(Base):
    """One block of an issuer's Bitstring status list. `used` counts the places given away; `changes` the revocations written into it.

    `credential` is the signed list with the first `signed_changes` of them, served as it is while that is all.
    """

    __tablename__ = "status_list"
    __table_args__ = (UniqueConstraint("issuer_id", "number"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("badge_issuer.id"))
    number: Mapped[int]
    used: Mapped[int] = mapped_column(default=0)
    changes: Mapped[int] = mapped_column(default=0)
    signed_changes: Mapped[int] = mapped_column(default=-1)
    credential: Mapped[bytes | None] = mapped_column(LargeBinary)
    signed_at: Mapped[datetime | None]


class Award(Base):
    """A microcredential earned; or a stack of them, which has no try of its own (`enrollment_id` is None).

    `credential` is the signed document, stored and served byte for byte; None until signed.
    `public_id` is the unguessable name in public addresses; nothing is served there unless `is_public`, and search engines may list it
    only if it `is_listed`. `revoked_reason` is a code of
    `policies.REASONS`, empty while the award stands. `valid_from` is the time of the newest edition, `awarded_at` that of the decision.
    `revision` counts what the credential has to say anew; `signing_due` until the worker has signed it. `credential_jwt` is the same
    credential as VC-JWT, made when first asked for. `tells_results` and `evidence_summary` are in it, and on the page, only as the teacher
    agreed. `shown_name` corrects the name on the page.
    """

    __tablename__ = "award"
    __table_args__ = (
        Index("ix_award_person", "person_id"),
        Index("ix_award_version", "version_id", "awarded_at"),
        Index("ix_award_signing", "signing_due"),
        Index("ix_award_issuer", "issuer_id"),
        UniqueConstraint("status_list_id", "status_index"),
        Index(
            "ix_award_stack",
            "person_id",
            "version_id",
            unique=True,
            sqlite_where=text("enrollment_id IS NULL"),
            postgresql_where=text("enrollment_id IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("badge_issuer.id"))
    enrollment_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrollment.id"), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential_version.id"))
    public_id: Mapped[str] = mapped_column(unique=True)
    is_public: Mapped[bool] = mapped_column(default=False)
    is_test: Mapped[bool] = mapped_column(default=False)
    shown_name: Mapped[str] = mapped_column(default="")
    tells_results: Mapped[bool] = mapped_column(default=False)
    evidence_summary: Mapped[str] = mapped_column(default="")
    is_listed: Mapped[bool] = mapped_column(default=False, server_default=false())
    awarded_at: Mapped[datetime]
    valid_from: Mapped[datetime]
    valid_until: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    revoked_reason: Mapped[str] = mapped_column(default="")
    revision: Mapped[int] = mapped_column(default=1)
    signing_due: Mapped[bool] = mapped_column(default=True)
    signed_at: Mapped[datetime | None]
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuer_key.id"))
    credential: Mapped[bytes | None] = mapped_column(LargeBinary)
    credential_jwt: Mapped[bytes | None] = mapped_column(LargeBinary)
    jwt_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("issuer_key.id"))
    status_list_id: Mapped[UUID | None] = mapped_column(ForeignKey("status_list.id"))
    status_index: Mapped[int | None]


class Revocation(Base):
    """That somebody proposed to revoke an award, and what another person said to it. `state`: proposed, confirmed, declined.

    `reason` is a code of `policies.REASONS`; `note` is for the two who decide and is shown to nobody else.
    """

    __tablename__ = "badge_revocation"
    __table_args__ = (
        Index(
            "ix_badge_revocation_open",
            "award_id",
            unique=True,
            sqlite_where=text("state = 'proposed'"),
            postgresql_where=text("state = 'proposed'"),
        ),
        Index("ix_badge_revocation_district", "district_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    award_id: Mapped[UUID] = mapped_column(ForeignKey("award.id"))
    reason: Mapped[str]
    note: Mapped[str]
    state: Mapped[str]
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]


class BadgeTerms(Base):
    """How badges of one microcredential are issued: by whom (the district's default if None), and for how many months (None: for good)."""

    __tablename__ = "badge_terms"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"), unique=True)
    issuer_id: Mapped[UUID | None] = mapped_column(ForeignKey("badge_issuer.id"))
    valid_months: Mapped[int | None]


class IssuerEndorsement(Base):
    """What a state or an association says of an issuer, signed by them: an Open Badges EndorsementCredential, byte for byte as it came."""

    __tablename__ = "issuer_endorsement"
    __table_args__ = (Index("ix_issuer_endorsement_issuer", "issuer_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    issuer_id: Mapped[UUID] = mapped_column(ForeignKey("badge_issuer.id"))
    document: Mapped[bytes] = mapped_column(LargeBinary)
    endorser_id: Mapped[str]
    endorser_name: Mapped[str]
    comment: Mapped[str]
    valid_until: Mapped[datetime | None]
    added_at: Mapped[datetime]
