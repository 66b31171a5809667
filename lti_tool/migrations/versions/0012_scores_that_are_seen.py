"""Scores that are seen: breaker and figures for each LMS, grades of others, columns that the tool made, one asks for a token"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def _index(columns: list[str]) -> None:
    op.drop_index("ix_score_delivery_registration", "score_delivery")
    op.create_index("ix_score_delivery_registration", "score_delivery", columns)


def upgrade() -> None:
    op.create_table(
        "score_lane",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("last_success_at", UtcDateTime(), nullable=True),
        sa.Column("last_failure_at", UtcDateTime(), nullable=True),
        sa.Column("hour", UtcDateTime(), nullable=False),
        sa.Column("sent", sa.Integer(), nullable=False),
        sa.Column("failed", sa.Integer(), nullable=False),
        sa.Column("sent_before", sa.Integer(), nullable=False),
        sa.Column("failed_before", sa.Integer(), nullable=False),
        _to("score_lane", "registration_id", "registration"),
        _to("score_lane", "district_id", "district"),
        sa.PrimaryKeyConstraint("registration_id", name=op.f("pk_score_lane")),
    )
    op.create_index(op.f("ix_score_lane_district_id"), "score_lane", ["district_id"])
    with op.batch_alter_table("score_delivery") as table:
        table.add_column(sa.Column("tried", sa.JSON(), server_default="[]", nullable=False))
        table.add_column(sa.Column("column_url", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("found_given", sa.Numeric(12, 5), nullable=True))
        table.add_column(sa.Column("found_maximum", sa.Numeric(12, 5), nullable=True))
        table.add_column(sa.Column("found_at", UtcDateTime(), nullable=True))
        table.add_column(sa.Column("decision", sa.String(), server_default="", nullable=False))
        table.add_column(sa.Column("decided_by", sa.Uuid(), nullable=True))
        table.add_column(sa.Column("decided_at", UtcDateTime(), nullable=True))
        table.create_foreign_key(
            op.f("fk_score_delivery_decided_by"), "person", ["decided_by"], ["id"], initially="DEFERRED", deferrable=True
        )
    _index(["registration_id", "state", "due_at"])
    _know_what_was_tried()
    op.add_column("activity", sa.Column("scoring", sa.String(), server_default="points", nullable=False))
    op.add_column("activity", sa.Column("made_column_url", sa.String(), server_default="", nullable=False))
    op.add_column("access_token", sa.Column("asking_until", UtcDateTime(), nullable=True))


def _know_what_was_tried() -> None:
    # What stands in gradebooks came from the scores in these rows; without this every one of them would look like somebody else's.
    rows = sa.table(
        "score_delivery",
        sa.column("id", sa.Uuid()),
        sa.column("timestamp", UtcDateTime()),
        sa.column("score_given", sa.Numeric(9, 3)),
        sa.column("score_maximum", sa.Numeric(9, 3)),
        sa.column("tried", sa.JSON()),
    )
    connection = op.get_bind()
    found = connection.execute(sa.select(rows.c.id, rows.c.score_given, rows.c.score_maximum).where(rows.c.timestamp.is_not(None))).all()
    for key, given, maximum in found:
        both = sorted({f"{given}/{maximum}", f"0/{maximum}", f"{maximum}/{maximum}"})
        connection.execute(rows.update().where(rows.c.id == key).values(tried=both))


def downgrade() -> None:
    op.drop_column("access_token", "asking_until")
    op.drop_column("activity", "made_column_url")
    op.drop_column("activity", "scoring")
    _index(["registration_id", "state"])
    with op.batch_alter_table("score_delivery") as table:
        table.drop_constraint(op.f("fk_score_delivery_decided_by"), type_="foreignkey")
        for name in ("decided_at", "decided_by", "decision", "found_at", "found_maximum", "found_given", "column_url", "tried"):
            table.drop_column(name)
    op.drop_table("score_lane")
