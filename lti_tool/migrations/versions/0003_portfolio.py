"""Artifacts belong to people and are used in enrollments; reminders of deadlines; which criteria a decided submission met

Going back, a piece that was used in several places becomes as many pieces, and those of a file share its bytes. Frozen copies lose which
criteria they show, which the code before does not know.
"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WORDS = "district_id, person_id, kind, title, text, url, blob_key, filename, media_type, size, sha256, students, created_at, changed_at"
_NEWEST = "(SELECT e.id FROM enrollment e WHERE e.person_id = artifact.person_id ORDER BY e.started_at DESC, e.id LIMIT 1)"
_decision = sa.table("decision", sa.column("submission_id", sa.Uuid()), sa.column("criteria", sa.JSON()))
_submission = sa.table("submission", sa.column("id", sa.Uuid()), sa.column("met_criteria", sa.JSON()), sa.column("snapshot", sa.JSON()))


def upgrade() -> None:
    op.create_table(
        "artifact_use",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("artifact_id", sa.Uuid(), nullable=False),
        sa.Column("requirement_key", sa.String(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["artifact_id"], ["artifact.id"], name=op.f("fk_artifact_use_artifact_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_artifact_use_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_artifact_use_enrollment_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_artifact_use")),
        sa.UniqueConstraint(
            "enrollment_id", "artifact_id", "requirement_key", name=op.f("uq_artifact_use_enrollment_id_artifact_id_requirement_key")
        ),
    )
    op.create_index("ix_artifact_use_artifact", "artifact_use", ["artifact_id"])
    op.execute(
        "INSERT INTO artifact_use (id, district_id, enrollment_id, artifact_id, requirement_key, criteria, created_at) "
        "SELECT id, district_id, enrollment_id, id, requirement_key, '[]', created_at FROM artifact WHERE removed_at IS NULL"
    )
    _settle()
    with op.batch_alter_table("artifact") as batch:
        batch.drop_index("ix_artifact_enrollment")
        batch.drop_constraint(op.f("fk_artifact_enrollment_id"), type_="foreignkey")
        batch.drop_column("enrollment_id")
        batch.drop_column("requirement_key")
        batch.create_index("ix_artifact_person", ["person_id"])
    op.create_table(
        "reminder",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("deadline_at", UtcDateTime(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("written_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_reminder_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_reminder_enrollment_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reminder")),
        sa.UniqueConstraint("enrollment_id", "deadline_at", "days", name=op.f("uq_reminder_enrollment_id_deadline_at_days")),
    )
    with op.batch_alter_table("submission") as batch:
        batch.add_column(sa.Column("met_criteria", sa.JSON(), nullable=False, server_default="[]"))
    connection = op.get_bind()
    for submission_id, criteria in connection.execute(sa.select(_decision.c.submission_id, _decision.c.criteria)).all():
        met = [key for key, result in criteria.items() if result["met"]]
        connection.execute(sa.update(_submission).where(_submission.c.id == submission_id).values(met_criteria=met))


def downgrade() -> None:
    connection = op.get_bind()
    for submission_id, snapshot in connection.execute(sa.select(_submission.c.id, _submission.c.snapshot)).all():
        snapshot.pop("carried", None)
        for copy in snapshot["artifacts"]:
            copy.pop("criteria", None)
        connection.execute(sa.update(_submission).where(_submission.c.id == submission_id).values(snapshot=snapshot))
    _settle()
    with op.batch_alter_table("submission") as batch:
        batch.drop_column("met_criteria")
    op.drop_table("reminder")
    with op.batch_alter_table("artifact") as batch:
        batch.drop_index("ix_artifact_person")
        batch.add_column(sa.Column("enrollment_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("requirement_key", sa.String(), nullable=False, server_default=""))
    first = "(SELECT u.{} FROM artifact_use u WHERE u.artifact_id = artifact.id ORDER BY u.id LIMIT 1)"
    op.execute(
        f"UPDATE artifact SET enrollment_id = {first.format('enrollment_id')}, requirement_key = {first.format('requirement_key')} "  # noqa: S608
        "WHERE id IN (SELECT artifact_id FROM artifact_use)"
    )
    op.execute(
        f"INSERT INTO artifact (id, enrollment_id, requirement_key, removed_at, {_WORDS}) "  # noqa: S608
        f"SELECT u.id, u.enrollment_id, u.requirement_key, NULL, {', '.join('a.' + name for name in _WORDS.split(', '))} "
        "FROM artifact_use u JOIN artifact a ON a.id = u.artifact_id "
        "WHERE EXISTS (SELECT 1 FROM artifact_use o WHERE o.artifact_id = u.artifact_id AND o.id < u.id)"
    )
    # What only a portfolio or a submission holds is out of every draft.
    op.execute(
        f"UPDATE artifact SET enrollment_id = {_NEWEST}, removed_at = coalesce(removed_at, changed_at) WHERE enrollment_id IS NULL"  # noqa: S608
    )
    op.execute("DELETE FROM artifact WHERE enrollment_id IS NULL AND id NOT IN (SELECT artifact_id FROM artifact_use)")
    op.drop_table("artifact_use")
    _settle()
    with op.batch_alter_table("artifact") as batch:
        batch.alter_column("enrollment_id", existing_type=sa.Uuid(), nullable=False)
        batch.create_foreign_key(
            op.f("fk_artifact_enrollment_id"), "enrollment", ["enrollment_id"], ["id"], initially="DEFERRED", deferrable=True
        )
        batch.create_index("ix_artifact_enrollment", ["enrollment_id"])


def _settle() -> None:
    # PostgreSQL alters no table while checks of its rows wait for the commit.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
