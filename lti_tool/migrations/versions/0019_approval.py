"""The approval team: what a district asks for, rounds, votes, comments, who wrote a draft; corrections of a version are counted"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_version = sa.table("microcredential_version", *(sa.column(name) for name in ("id", "microcredential_id", "number", "patch")))


def _number_them() -> None:
    """Without corrections each of them is a version of its own: count anew where there are any."""
    place = sa.func.row_number().over(partition_by=_version.c.microcredential_id, order_by=(_version.c.number, _version.c.patch))
    corrected = sa.select(_version.c.microcredential_id).where(_version.c.patch > 0)
    found = op.get_bind().execute(sa.select(_version.c.id, place).where(_version.c.microcredential_id.in_(corrected))).all()
    for row, number in found:
        op.get_bind().execute(sa.update(_version).where(_version.c.id == row).values(number=number))


def upgrade() -> None:
    op.create_table(
        "catalog_setting",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("approval_required", sa.Boolean(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_catalog_setting_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_catalog_setting")),
    )
    op.create_table(
        "draft_writer",
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("saved_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_draft_writer_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["microcredential_id"],
            ["microcredential.id"],
            name=op.f("fk_draft_writer_microcredential_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_draft_writer_person_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("microcredential_id", "person_id", name=op.f("pk_draft_writer")),
    )
    with op.batch_alter_table("draft_writer") as batch:
        batch.create_index(batch.f("ix_draft_writer_district_id"), ["district_id"], unique=False)

    op.create_table(
        "approval_round",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("content_hash", sa.String(), nullable=False),
        sa.Column("based_on_id", sa.Uuid(), nullable=True),
        sa.Column("patch", sa.Boolean(), nullable=False),
        sa.Column("quorum", sa.Integer(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("submitted_by", sa.Uuid(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("version_id", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["based_on_id"],
            ["microcredential_version.id"],
            name=op.f("fk_approval_round_based_on_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_approval_round_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["microcredential_id"],
            ["microcredential.id"],
            name=op.f("fk_approval_round_microcredential_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["submitted_by"], ["person.id"], name=op.f("fk_approval_round_submitted_by"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["microcredential_version.id"], name=op.f("fk_approval_round_version_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_round")),
        sa.UniqueConstraint("microcredential_id", "number", name=op.f("uq_approval_round_microcredential_id_number")),
    )
    with op.batch_alter_table("approval_round") as batch:
        batch.create_index("ix_approval_round_state", ["district_id", "state", "id"], unique=False)

    op.create_table(
        "approval_comment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("section", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("blocking", sa.Boolean(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", UtcDateTime(), nullable=False),
        sa.Column("resolved_at", UtcDateTime(), nullable=True),
        sa.Column("resolved_by", sa.Uuid(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_approval_comment_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["microcredential_id"],
            ["microcredential.id"],
            name=op.f("fk_approval_comment_microcredential_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["approval_comment.id"], name=op.f("fk_approval_comment_parent_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_approval_comment_person_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["resolved_by"], ["person.id"], name=op.f("fk_approval_comment_resolved_by"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["approval_round.id"], name=op.f("fk_approval_comment_round_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_comment")),
    )
    with op.batch_alter_table("approval_comment") as batch:
        batch.create_index(batch.f("ix_approval_comment_district_id"), ["district_id"], unique=False)
        batch.create_index("ix_approval_comment_microcredential", ["microcredential_id", "id"], unique=False)

    op.create_table(
        "approval_vote",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("round_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("standards", sa.Integer(), nullable=False),
        sa.Column("voted_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_approval_vote_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_approval_vote_person_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["round_id"], ["approval_round.id"], name=op.f("fk_approval_vote_round_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_approval_vote")),
        sa.UniqueConstraint("round_id", "person_id", name=op.f("uq_approval_vote_round_id_person_id")),
    )
    with op.batch_alter_table("approval_vote") as batch:
        batch.create_index(batch.f("ix_approval_vote_district_id"), ["district_id"], unique=False)

    with op.batch_alter_table("microcredential_version") as batch:
        batch.add_column(sa.Column("patch", sa.Integer(), server_default="0", nullable=False))
        batch.drop_constraint(batch.f("uq_microcredential_version_microcredential_id_number"), type_="unique")
        batch.create_unique_constraint(
            batch.f("uq_microcredential_version_microcredential_id_number_patch"), ["microcredential_id", "number", "patch"]
        )


def downgrade() -> None:
    with op.batch_alter_table("microcredential_version") as batch:
        batch.drop_constraint(batch.f("uq_microcredential_version_microcredential_id_number_patch"), type_="unique")
    _number_them()
    with op.batch_alter_table("microcredential_version") as batch:
        batch.create_unique_constraint(batch.f("uq_microcredential_version_microcredential_id_number"), ["microcredential_id", "number"])
        batch.drop_column("patch")
    for table in ("approval_vote", "approval_comment", "approval_round", "draft_writer", "catalog_setting"):
        op.drop_table(table)
