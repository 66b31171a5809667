"""The pool: qualifications, calibration, where people work; open work in a list of its own; decisions by exception"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "review_setting",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("calibration", sa.Boolean(), nullable=False),
        sa.Column("schools_apart", sa.Boolean(), nullable=False),
        sa.Column("supervisors_apart", sa.Boolean(), nullable=False),
        sa.Column("grace_days", sa.Integer(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_review_setting_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("district_id", name=op.f("pk_review_setting")),
    )
    op.create_table(
        "workplace",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("school", sa.String(), nullable=False),
        sa.Column("supervisor_id", sa.Uuid(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_workplace_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_workplace_person_id"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["supervisor_id"], ["person.id"], name=op.f("fk_workplace_supervisor_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workplace")),
        sa.UniqueConstraint("person_id", name=op.f("uq_workplace_person_id")),
    )
    with op.batch_alter_table("workplace") as batch:
        batch.create_index(batch.f("ix_workplace_district_id"), ["district_id"], unique=False)
        batch.create_index("ix_workplace_supervisor", ["supervisor_id"], unique=False)

    op.create_table(
        "calibration_call",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("asked_by", sa.Uuid(), nullable=True),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["person.id"], name=op.f("fk_calibration_call_asked_by"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_calibration_call_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["microcredential_id"],
            ["microcredential.id"],
            name=op.f("fk_calibration_call_microcredential_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_calibration_call_person_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration_call")),
    )
    with op.batch_alter_table("calibration_call") as batch:
        batch.create_index(batch.f("ix_calibration_call_district_id"), ["district_id"], unique=False)
        batch.create_index("ix_calibration_call_person", ["person_id", "microcredential_id"], unique=False)

    op.create_table(
        "qualification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("given_by", sa.Uuid(), nullable=True),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_qualification_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["given_by"], ["person.id"], name=op.f("fk_qualification_given_by"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["microcredential_id"],
            ["microcredential.id"],
            name=op.f("fk_qualification_microcredential_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_qualification_person_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_qualification")),
    )
    with op.batch_alter_table("qualification") as batch:
        batch.create_index(batch.f("ix_qualification_district_id"), ["district_id"], unique=False)
        batch.create_index("ix_qualification_person", ["person_id"], unique=False)

    op.create_table(
        "co_teacher",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("enrollment_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("named_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_co_teacher_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["enrollment_id"], ["enrollment.id"], name=op.f("fk_co_teacher_enrollment_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_co_teacher_person_id"), initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_co_teacher")),
        sa.UniqueConstraint("enrollment_id", "person_id", name=op.f("uq_co_teacher_enrollment_id_person_id")),
    )
    with op.batch_alter_table("co_teacher") as batch:
        batch.create_index("ix_co_teacher_person", ["person_id"], unique=False)

    op.create_table(
        "anchor",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("snapshot", sa.JSON(), nullable=False),
        sa.Column("master", sa.JSON(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("retired_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_in", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_anchor_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_anchor_made_by"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["microcredential_id"], ["microcredential.id"], name=op.f("fk_anchor_microcredential_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_anchor_submission_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["version_id"], ["microcredential_version.id"], name=op.f("fk_anchor_version_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_anchor")),
        sa.UniqueConstraint("microcredential_id", "number", name=op.f("uq_anchor_microcredential_id_number")),
    )
    with op.batch_alter_table("anchor") as batch:
        batch.create_index(batch.f("ix_anchor_district_id"), ["district_id"], unique=False)
        batch.create_index("ix_anchor_submission", ["submission_id"], unique=False)

    op.create_table(
        "open_work",
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_open_work_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["microcredential_id"],
            ["microcredential.id"],
            name=op.f("fk_open_work_microcredential_id"),
            initially="DEFERRED",
            deferrable=True,
        ),
        sa.ForeignKeyConstraint(
            ["submission_id"], ["submission.id"], name=op.f("fk_open_work_submission_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("submission_id", name=op.f("pk_open_work")),
    )
    with op.batch_alter_table("open_work") as batch:
        batch.create_index("ix_open_work_both", ["district_id", "microcredential_id", "state", "due_at", "submission_id"], unique=False)
        batch.create_index("ix_open_work_credential", ["district_id", "microcredential_id", "due_at", "submission_id"], unique=False)
        batch.create_index("ix_open_work_due", ["district_id", "due_at", "submission_id"], unique=False)
        batch.create_index("ix_open_work_state", ["district_id", "state", "due_at", "submission_id"], unique=False)

    op.create_table(
        "calibration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("anchor_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("scores", sa.JSON(), nullable=False),
        sa.Column("matched", sa.Integer(), nullable=False),
        sa.Column("criteria", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("saved_in", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["anchor_id"], ["anchor.id"], name=op.f("fk_calibration_anchor_id"), initially="DEFERRED", deferrable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_calibration_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calibration_person_id"), initially="DEFERRED", deferrable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calibration")),
        sa.UniqueConstraint("anchor_id", "person_id", "round", name=op.f("uq_calibration_anchor_id_person_id_round")),
    )
    with op.batch_alter_table("calibration") as batch:
        batch.create_index(batch.f("ix_calibration_district_id"), ["district_id"], unique=False)
        batch.create_index("ix_calibration_person", ["person_id", "state"], unique=False)

    with op.batch_alter_table("decision") as batch:
        batch.add_column(sa.Column("by_exception", sa.Boolean(), server_default=sa.false(), nullable=False))
        batch.add_column(sa.Column("actor_id", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("reason", sa.Text(), server_default="", nullable=False))
        batch.create_foreign_key(batch.f("fk_decision_actor_id"), "person", ["actor_id"], ["id"], initially="DEFERRED", deferrable=True)

    with op.batch_alter_table("review") as batch:
        batch.add_column(sa.Column("decline_kind", sa.String(), server_default="", nullable=False))
        batch.add_column(sa.Column("warned_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("due_reason", sa.Text(), server_default="", nullable=False))
        batch.create_index("ix_review_due", ["state", "due_at"], unique=False)
        batch.create_index("ix_review_finished", ["reviewer_id", "state", "locked_at"], unique=False)

    op.execute(
        """
        INSERT INTO open_work (submission_id, district_id, microcredential_id, state, due_at)
        SELECT s.id, s.district_id, v.microcredential_id,
            CASE
                WHEN s.state = 'adjudicating' AND NOT EXISTS (
                    SELECT 1 FROM review r
                    WHERE r.submission_id = s.id AND r.seat = 3 AND r.state IN ('assigned', 'in_progress', 'locked')
                ) THEN 'waiting'
                WHEN s.state = 'adjudicating' THEN 'adjudicating'
                WHEN (
                    SELECT count(DISTINCT r.seat) FROM review r
                    WHERE r.submission_id = s.id AND r.seat IN (1, 2) AND r.state IN ('assigned', 'in_progress', 'locked')
                ) < 2 THEN 'waiting'
                ELSE 'in_review'
            END,
            coalesce(
                (SELECT min(r.due_at) FROM review r WHERE r.submission_id = s.id AND r.state IN ('assigned', 'in_progress')), s.submitted_at
            )
        FROM submission s
        JOIN enrollment e ON e.id = s.enrollment_id
        JOIN microcredential_version v ON v.id = e.version_id
        WHERE s.state IN ('submitted', 'in_review', 'adjudicating')
        """
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_person_email", "person", ["district_id", sa.text("lower(email)")])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_person_email", "person")
    with op.batch_alter_table("review") as batch:
        batch.drop_index("ix_review_finished")
        batch.drop_index("ix_review_due")
        batch.drop_column("due_reason")
        batch.drop_column("warned_at")
        batch.drop_column("decline_kind")

    with op.batch_alter_table("decision") as batch:
        batch.drop_constraint(batch.f("fk_decision_actor_id"), type_="foreignkey")
        batch.drop_column("reason")
        batch.drop_column("actor_id")
        batch.drop_column("by_exception")

    op.drop_table("calibration")
    op.drop_table("open_work")
    op.drop_table("anchor")
    op.drop_table("co_teacher")
    op.drop_table("qualification")
    op.drop_table("calibration_call")
    op.drop_table("workplace")
    op.drop_table("review_setting")
