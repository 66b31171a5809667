"""Badges for life: issuers, keys of two kinds, status lists, revocations, terms, endorsements"""

import uuid
from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def _id() -> sa.Column[uuid.UUID]:
    return sa.Column("id", sa.Uuid(), nullable=False)


def _ref(name: str, nullable: bool = False) -> sa.Column[uuid.UUID]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _one_each(name: str, table: str, column: str, where: str) -> None:
    op.create_index(name, table, [column], unique=True, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def upgrade() -> None:
    _tables()
    _issuers()
    with op.batch_alter_table("issuer_key") as batch:
        batch.add_column(_ref("issuer_id", nullable=True))
        batch.add_column(sa.Column("kind", sa.String(), nullable=False, server_default="ed25519"))
        batch.add_column(sa.Column("kid", sa.String(), nullable=True))
        batch.add_column(sa.Column("public_jwk", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("compromised_at", UtcDateTime(), nullable=True))
        batch.alter_column("public_multibase", existing_type=sa.String(), nullable=True)
    op.execute("UPDATE issuer_key SET issuer_id = (SELECT id FROM badge_issuer WHERE badge_issuer.district_id = issuer_key.district_id)")
    with op.batch_alter_table("issuer_key") as batch:
        batch.alter_column("issuer_id", existing_type=sa.Uuid(), nullable=False)
        batch.create_foreign_key(
            op.f("fk_issuer_key_issuer_id"), "badge_issuer", ["issuer_id"], ["id"], initially="DEFERRED", deferrable=True
        )
        batch.create_unique_constraint(op.f("uq_issuer_key_kid"), ["kid"])
        batch.drop_index("ix_issuer_key_district")
        batch.create_index("ix_issuer_key_issuer", ["issuer_id"])
    _awards()


def _tables() -> None:
    op.create_table(
        "badge_issuer",
        _id(),
        _ref("district_id"),
        sa.Column("slug", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("address", sa.JSON(), nullable=False),
        sa.Column("logo", sa.LargeBinary(), nullable=True),
        sa.Column("has_logo", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("is_test", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _to("badge_issuer", "district_id", "district"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_issuer")),
        sa.UniqueConstraint("slug", name=op.f("uq_badge_issuer_slug")),
    )
    _one_each("ix_badge_issuer_default", "badge_issuer", "district_id", "is_default")
    _one_each("ix_badge_issuer_test", "badge_issuer", "district_id", "is_test")
    op.create_table(
        "status_list",
        _id(),
        _ref("district_id"),
        _ref("issuer_id"),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("signed_changes", sa.Integer(), nullable=False),
        sa.Column("credential", sa.LargeBinary(), nullable=True),
        sa.Column("signed_at", UtcDateTime(), nullable=True),
        _to("status_list", "district_id", "district"),
        _to("status_list", "issuer_id", "badge_issuer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_status_list")),
        sa.UniqueConstraint("issuer_id", "number", name=op.f("uq_status_list_issuer_id_number")),
    )
    op.create_table(
        "badge_revocation",
        _id(),
        _ref("district_id"),
        _ref("award_id"),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        _ref("proposed_by"),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        _ref("decided_by", nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        _to("badge_revocation", "district_id", "district"),
        _to("badge_revocation", "award_id", "award"),
        _to("badge_revocation", "proposed_by", "person"),
        _to("badge_revocation", "decided_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_revocation")),
    )
    _one_each("ix_badge_revocation_open", "badge_revocation", "award_id", "state = 'proposed'")
    op.create_index("ix_badge_revocation_district", "badge_revocation", ["district_id", "state"])
    op.create_table(
        "badge_terms",
        _id(),
        _ref("district_id"),
        _ref("microcredential_id"),
        _ref("issuer_id", nullable=True),
        sa.Column("valid_months", sa.Integer(), nullable=True),
        _to("badge_terms", "district_id", "district"),
        _to("badge_terms", "microcredential_id", "microcredential"),
        _to("badge_terms", "issuer_id", "badge_issuer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_terms")),
        sa.UniqueConstraint("microcredential_id", name=op.f("uq_badge_terms_microcredential_id")),
    )
    op.create_table(
        "issuer_endorsement",
        _id(),
        _ref("district_id"),
        _ref("issuer_id"),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("endorser_id", sa.String(), nullable=False),
        sa.Column("endorser_name", sa.String(), nullable=False),
        sa.Column("comment", sa.String(), nullable=False),
        sa.Column("valid_until", UtcDateTime(), nullable=True),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        _to("issuer_endorsement", "district_id", "district"),
        _to("issuer_endorsement", "issuer_id", "badge_issuer"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_issuer_endorsement")),
    )
    op.create_index("ix_issuer_endorsement_issuer", "issuer_endorsement", ["issuer_id"])


def _issuers() -> None:
    """Every district that has issued goes on under its own name and address."""
    bind = op.get_bind()
    district = sa.table(
        "district",
        *(
            sa.column(name, kind)
            for name, kind in (("id", sa.Uuid()), ("slug", sa.String()), ("name", sa.String()), ("created_at", UtcDateTime()))
        ),
    )
    issuer = sa.table(
        "badge_issuer",
        *(
            sa.column(name, kind)
            for name, kind in (
                ("id", sa.Uuid()),
                ("district_id", sa.Uuid()),
                ("slug", sa.String()),
                ("name", sa.String()),
                ("url", sa.String()),
                ("email", sa.String()),
                ("address", sa.JSON()),
                ("has_logo", sa.Boolean()),
                ("is_default", sa.Boolean()),
                ("is_test", sa.Boolean()),
                ("created_at", UtcDateTime()),
            )
        ),
    )
    for row in bind.execute(sa.select(district)).all():
        bind.execute(
            issuer.insert().values(
                id=uuid.uuid5(row.id, "issuer"),
                district_id=row.id,
                slug=row.slug,
                name=row.name,
                url="",
                email="",
                address={},
                has_logo=False,
                is_default=True,
                is_test=False,
                created_at=row.created_at,
            )
        )


def _awards() -> None:
    with op.batch_alter_table("award") as batch:
        batch.add_column(_ref("issuer_id", nullable=True))
        batch.add_column(sa.Column("is_test", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("shown_name", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("tells_results", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("evidence_summary", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("valid_from", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("valid_until", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("revoked_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("revoked_reason", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("signing_due", sa.Boolean(), nullable=False, server_default=sa.true()))
        batch.add_column(_ref("key_id", nullable=True))
        batch.add_column(sa.Column("credential_jwt", sa.LargeBinary(), nullable=True))
        batch.add_column(_ref("jwt_key_id", nullable=True))
        batch.add_column(_ref("status_list_id", nullable=True))
        batch.add_column(sa.Column("status_index", sa.Integer(), nullable=True))
    # Badges without a place in a status list are signed anew, as a later edition, so that they can be revoked.
    award = sa.table(
        "award", sa.column("awarded_at", UtcDateTime()), sa.column("signed_at", UtcDateTime()), sa.column("valid_from", UtcDateTime())
    )
    later = sa.case((award.c.signed_at.is_(None), award.c.awarded_at), else_=sa.literal(datetime.now(UTC), UtcDateTime()))
    op.execute(award.update().values(valid_from=later))
    op.execute("UPDATE award SET issuer_id = (SELECT id FROM badge_issuer WHERE badge_issuer.district_id = award.district_id)")
    with op.batch_alter_table("award") as batch:
        batch.alter_column("issuer_id", existing_type=sa.Uuid(), nullable=False)
        batch.alter_column("valid_from", existing_type=UtcDateTime(), nullable=False)
        for name, kind in (
            ("is_test", sa.Boolean()),
            ("shown_name", sa.String()),
            ("tells_results", sa.Boolean()),
            ("evidence_summary", sa.String()),
            ("revoked_reason", sa.String()),
            ("revision", sa.Integer()),
            ("signing_due", sa.Boolean()),
        ):
            batch.alter_column(name, existing_type=kind, server_default=None)
        batch.drop_index("ix_award_signed")
        batch.create_index("ix_award_signing", ["signing_due"])
        batch.create_index("ix_award_issuer", ["issuer_id"])
        batch.create_unique_constraint(op.f("uq_award_status_list_id_status_index"), ["status_list_id", "status_index"])
        for column, other in (
            ("issuer_id", "badge_issuer"),
            ("key_id", "issuer_key"),
            ("jwt_key_id", "issuer_key"),
            ("status_list_id", "status_list"),
        ):
            batch.create_foreign_key(op.f(f"fk_award_{column}"), other, [column], ["id"], initially="DEFERRED", deferrable=True)


def downgrade() -> None:
    op.drop_table("issuer_endorsement")
    op.drop_table("badge_terms")
    op.drop_table("badge_revocation")
    with op.batch_alter_table("award") as batch:
        for column in ("issuer_id", "key_id", "jwt_key_id", "status_list_id"):
            batch.drop_constraint(op.f(f"fk_award_{column}"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_award_status_list_id_status_index"), type_="unique")
        batch.drop_index("ix_award_issuer")
        batch.drop_index("ix_award_signing")
        batch.create_index("ix_award_signed", ["signed_at"])
        for column in (
            "issuer_id",
            "is_test",
            "shown_name",
            "tells_results",
            "evidence_summary",
            "valid_from",
            "valid_until",
            "revoked_at",
            "revoked_reason",
            "revision",
            "signing_due",
            "key_id",
            "credential_jwt",
            "jwt_key_id",
            "status_list_id",
            "status_index",
        ):
            batch.drop_column(column)
    op.execute("DELETE FROM issuer_key WHERE kind <> 'ed25519'")
    with op.batch_alter_table("issuer_key") as batch:
        batch.drop_constraint(op.f("fk_issuer_key_issuer_id"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_issuer_key_kid"), type_="unique")
        batch.drop_index("ix_issuer_key_issuer")
        batch.create_index("ix_issuer_key_district", ["district_id"])
        for column in ("issuer_id", "kind", "kid", "public_jwk", "compromised_at"):
            batch.drop_column(column)
        batch.alter_column("public_multibase", existing_type=sa.String(), nullable=False)
    op.drop_table("status_list")
    op.drop_table("badge_issuer")
