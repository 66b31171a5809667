"""Deep linking by learners: files that an LMS may fetch for minutes, submissions that a course may read"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    op.create_table(
        "handed_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("fetches", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        _to("handed_file", "district_id", "district"),
        _to("handed_file", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handed_file")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_handed_file_token_hash")),
    )
    op.create_index("ix_handed_file_expires", "handed_file", ["expires_at"])
    op.create_table(
        "handed_submission",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("handed_at", UtcDateTime(), nullable=False),
        _to("handed_submission", "district_id", "district"),
        _to("handed_submission", "person_id", "person"),
        _to("handed_submission", "context_id", "context"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_handed_submission")),
        sa.UniqueConstraint("submission_id", "context_id", name=op.f("uq_handed_submission_submission_id_context_id")),
    )
    op.create_index("ix_handed_submission_person", "handed_submission", ["person_id"])


def downgrade() -> None:
    op.drop_table("handed_submission")
    op.drop_table("handed_file")
