"""Reports for the board: what was counted of a district, and how many people its schools employ"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "report_run",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("counted_at", UtcDateTime(), nullable=True),
        sa.Column("wanted_at", UtcDateTime(), nullable=True),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("first_month", sa.String(), nullable=False),
        _district("report_run"),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_report_run")),
    )
    op.create_table(
        "report_count",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("figure", sa.String(), nullable=False),
        sa.Column("scope", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("counted", sa.JSON(), nullable=False),
        _district("report_count"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_report_count")),
        sa.UniqueConstraint("district_id", "figure", "scope", "key", name=op.f("uq_report_count_district_id_figure_scope_key")),
    )
    op.create_table(
        "school_headcount",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("school", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _district("school_headcount"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school_headcount")),
        sa.UniqueConstraint("district_id", "school", name=op.f("uq_school_headcount_district_id_school")),
    )


def _district(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["district_id"], ["district.id"], name=op.f(f"fk_{table}_district_id"), initially="DEFERRED", deferrable=True
    )


def downgrade() -> None:
    for table in ("school_headcount", "report_count", "report_run"):
        op.drop_table(table)
