"""Keeping of evidence: consent, pieces held back, who saw what, legal holds, deletions"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "blob_deletion",
        sa.Column("blob_key", sa.String(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("queued_at", UtcDateTime(), nullable=False),
        sa.Column("tried_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_blob_deletion_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("blob_key", name=op.f("pk_blob_deletion")),
    )
    op.create_table(
        "artifact_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("viewer_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.String(), nullable=False),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_artifact_view_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_artifact_view_owner_id"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["viewer_id"], ["person.id"], name=op.f("fk_artifact_view_viewer_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifact_view")),
        sa.UniqueConstraint("artifact_id", "viewer_id", "page", "hour", name=op.f("uq_artifact_view_artifact_id_viewer_id_page_hour")),
    )
    with op.batch_alter_table("artifact_view") as batch:
        batch.create_index("ix_artifact_view_owner", ["owner_id", "hour"], unique=False)
        batch.create_index("ix_artifact_view_viewer", ["viewer_id"], unique=False)

    op.create_table(
        "legal_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by", sa.Uuid(), nullable=False),
        sa.Column("placed_at", UtcDateTime(), nullable=False),
        sa.Column("lifted_by", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_legal_hold_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["lifted_by"], ["person.id"], name=op.f("fk_legal_hold_lifted_by"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_legal_hold_person_id"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(["placed_by"], ["person.id"], name=op.f("fk_legal_hold_placed_by"), initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_hold")),
    )
    with op.batch_alter_table("legal_hold") as batch:
        batch.create_index("ix_legal_hold_person", ["person_id"], unique=False)

    op.create_table(
        "artifact_hold",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("owner_id", sa.Uuid(), nullable=False),
        sa.Column("blob_key", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("raised_by", sa.Uuid(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("replacement", sa.JSON(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Uuid(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_artifact_hold_decided_by"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_artifact_hold_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["owner_id"], ["person.id"], name=op.f("fk_artifact_hold_owner_id"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["raised_by"], ["person.id"], name=op.f("fk_artifact_hold_raised_by"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_artifact_hold_submission_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifact_hold")),
    )
    with op.batch_alter_table("artifact_hold") as batch:
        batch.create_index("ix_artifact_hold_artifact", ["artifact_id"], unique=False)
        batch.create_index("ix_artifact_hold_blob", ["blob_key"], unique=False)
        batch.create_index("ix_artifact_hold_district_state", ["district_id", "state"], unique=False)
        batch.create_index("ix_artifact_hold_owner", ["owner_id"], unique=False)
        batch.create_index("ix_artifact_hold_submission", ["submission_id"], unique=False)

    with op.batch_alter_table("artifact") as batch:
        batch.add_column(sa.Column("consent_form", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("consent_students", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("consent_place", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("deleted_at", UtcDateTime(), nullable=True))
        batch.create_index("ix_artifact_blob_key", ["blob_key"], unique=False)


def downgrade() -> None:
    with op.batch_alter_table("artifact") as batch:
        batch.drop_index("ix_artifact_blob_key")
        batch.drop_column("deleted_at")
        batch.drop_column("consent_place")
        batch.drop_column("consent_students")
        batch.drop_column("consent_form")

    with op.batch_alter_table("artifact_hold") as batch:
        batch.drop_index("ix_artifact_hold_submission")
        batch.drop_index("ix_artifact_hold_owner")
        batch.drop_index("ix_artifact_hold_district_state")
        batch.drop_index("ix_artifact_hold_blob")
        batch.drop_index("ix_artifact_hold_artifact")

    op.drop_table("artifact_hold")
    with op.batch_alter_table("legal_hold") as batch:
        batch.drop_index("ix_legal_hold_person")

    op.drop_table("legal_hold")
    with op.batch_alter_table("artifact_view") as batch:
        batch.drop_index("ix_artifact_view_viewer")
        batch.drop_index("ix_artifact_view_owner")

    op.drop_table("artifact_view")
    op.drop_table("blob_deletion")
