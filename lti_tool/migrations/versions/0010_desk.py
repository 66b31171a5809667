"""Notes on recordings, phrases, submissions that were sent back as incomplete, appeals; indexes of a reviewer's queue

Going back, submissions that do not count as an attempt become attempts of their own, and one that was sent back counts as "not yet":
the code before knows neither.
"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import SafeString, UtcDateTime

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_OPEN, _LOCKED = sa.text("state IN ('assigned', 'in_progress')"), sa.text("state = 'locked'")
_TABLES = ("review_note", "panel_seat", "submission_return", "appeal", "phrase")
_submission = sa.table(
    "submission",
    sa.column("id", sa.Uuid()),
    sa.column("enrollment_id", sa.Uuid()),
    sa.column("attempt", sa.Integer()),
    sa.column("set_aside", sa.Integer()),
    sa.column("state", sa.String()),
    sa.column("outcome", sa.String()),
)


def _own() -> tuple[sa.Column[object], ...]:
    return sa.Column("id", sa.Uuid(), nullable=False), sa.Column("district_id", sa.Uuid(), nullable=False)


def _rules(table: str, *unique: tuple[str, ...], **refers: str) -> list[sa.Constraint]:
    """Primary key, foreign keys (column=table) and unique columns, named as everywhere."""
    keys = [
        sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)
        for column, other in {"district_id": "district", **refers}.items()
    ]
    names = [sa.UniqueConstraint(*columns, name=op.f(f"uq_{table}_{'_'.join(columns)}")) for columns in unique]
    return [sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")), *keys, *names]


def upgrade() -> None:
    op.create_table(
        "phrase",
        *_own(),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *_rules("phrase", person_id="person"),
    )
    op.create_index("ix_phrase_person", "phrase", ["person_id"])
    op.create_table(
        "appeal",
        *_own(),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("ground", SafeString(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("state", SafeString(), nullable=False),
        sa.Column("filed_at", UtcDateTime(), nullable=False),
        sa.Column("answered_by", sa.Uuid(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("again_id", sa.Uuid(), nullable=True),
        *_rules(
            "appeal",
            ("submission_id",),
            ("again_id",),
            submission_id="submission",
            person_id="person",
            answered_by="person",
            again_id="submission",
        ),
    )
    op.create_index("ix_appeal_district", "appeal", ["district_id", "state"])
    op.create_index("ix_appeal_person", "appeal", ["person_id"])
    op.create_table(
        "panel_seat",
        *_own(),
        sa.Column("appeal_id", sa.Uuid(), nullable=False),
        sa.Column("reviewer_id", sa.Uuid(), nullable=False),
        sa.Column("state", SafeString(), nullable=False),
        sa.Column("vote", SafeString(), nullable=False),
        sa.Column("reasons", sa.Text(), nullable=False),
        sa.Column("decline_reason", SafeString(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_in", SafeString(), nullable=False),
        sa.Column("assigned_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("locked_at", UtcDateTime(), nullable=True),
        *_rules("panel_seat", ("appeal_id", "reviewer_id"), appeal_id="appeal", reviewer_id="person"),
    )
    op.create_index("ix_panel_seat_reviewer", "panel_seat", ["reviewer_id", "state"])
    op.create_table(
        "submission_return",
        *_own(),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("returned_by", sa.Uuid(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("returned_at", UtcDateTime(), nullable=False),
        *_rules("submission_return", ("submission_id",), submission_id="submission", returned_by="person"),
    )
    op.create_table(
        "review_note",
        *_own(),
        sa.Column("review_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("shared", sa.Boolean(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        *_rules("review_note", review_id="review"),
    )
    op.create_index("ix_review_note_review", "review_note", ["review_id"])
    op.create_index("ix_review_open", "review", ["reviewer_id", "due_at", "id"], sqlite_where=_OPEN, postgresql_where=_OPEN)
    op.create_index("ix_review_sealed", "review", ["reviewer_id", "locked_at"], sqlite_where=_LOCKED, postgresql_where=_LOCKED)
    with op.batch_alter_table("enrollment") as batch:
        batch.add_column(sa.Column("appeal_open", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("appeal_ended_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("submission") as batch:
        batch.add_column(sa.Column("set_aside", sa.Integer(), nullable=False, server_default="0"))
        batch.drop_constraint(op.f("uq_submission_enrollment_id_attempt"), type_="unique")
        batch.create_unique_constraint(op.f("uq_submission_enrollment_id_attempt_set_aside"), ["enrollment_id", "attempt", "set_aside"])


def downgrade() -> None:
    with op.batch_alter_table("submission") as batch:
        batch.drop_constraint(op.f("uq_submission_enrollment_id_attempt_set_aside"), type_="unique")
    _count_everything()
    with op.batch_alter_table("submission") as batch:
        batch.create_unique_constraint(op.f("uq_submission_enrollment_id_attempt"), ["enrollment_id", "attempt"])
        batch.drop_column("set_aside")
    with op.batch_alter_table("enrollment") as batch:
        batch.drop_column("appeal_ended_at")
        batch.drop_column("appeal_open")
    op.drop_index("ix_review_sealed", "review")
    op.drop_index("ix_review_open", "review")
    for table in _TABLES:
        op.drop_table(table)


def _count_everything() -> None:
    connection, row = op.get_bind(), _submission.c
    concerned = sa.select(row.enrollment_id).where(row.set_aside > 0)
    rows = connection.execute(
        sa.select(row.id, row.enrollment_id)
        .where(row.enrollment_id.in_(concerned))
        .order_by(row.enrollment_id, row.attempt, row.set_aside == 0, row.set_aside)
    ).all()
    numbers: dict[object, int] = {}
    for submission_id, enrollment_id in rows:
        numbers[enrollment_id] = numbers.get(enrollment_id, 0) + 1
        connection.execute(sa.update(_submission).where(row.id == submission_id).values(attempt=numbers[enrollment_id]))
    connection.execute(sa.update(_submission).where(row.state == "returned_incomplete").values(state="decided", outcome="revise"))
