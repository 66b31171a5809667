"""People are found by skill where they want it, work in cohorts, and tell their course what they work on"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_INDEXES = (
    ("ix_skill_profile_found", "skill_profile", ["district_id", "is_found", "person_id"]),
    ("ix_skill_shown_person", "skill_shown", ["person_id"]),
    ("ix_cohort_district", "cohort", ["district_id", "id"]),
    ("ix_cohort_member_person", "cohort_member", ["person_id"]),
    ("ix_cohort_member_email", "cohort_member", ["district_id", "email"]),
    ("ix_community_post_person", "community_post", ["person_id"]),
    ("ix_award_version", "award", ["version_id", "awarded_at"]),
    ("ix_workplace_school", "workplace", ["district_id", "school"]),
)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    op.create_table(
        "skill_profile",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("is_found", sa.Boolean(), nullable=False),
        sa.Column("mentors", sa.Boolean(), nullable=False),
        sa.Column("leads", sa.Boolean(), nullable=False),
        sa.Column("visits", sa.Boolean(), nullable=False),
        sa.Column("every_badge", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("skill_profile", "district_id", "district"),
        _to("skill_profile", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_profile")),
        sa.UniqueConstraint("person_id", name=op.f("uq_skill_profile_person_id")),
    )
    op.create_table(
        "skill_shown",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=False),
        _to("skill_shown", "award_id", "award"),
        _to("skill_shown", "district_id", "district"),
        _to("skill_shown", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_shown")),
        sa.UniqueConstraint("award_id", name=op.f("uq_skill_shown_award_id")),
    )
    op.create_table(
        "cohort",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("words", sa.String(), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=True),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("target_on", sa.Date(), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        _to("cohort", "context_id", "context"),
        _to("cohort", "created_by", "person"),
        _to("cohort", "district_id", "district"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort")),
    )
    op.create_table(
        "cohort_goal",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        _to("cohort_goal", "cohort_id", "cohort"),
        _to("cohort_goal", "district_id", "district"),
        _to("cohort_goal", "microcredential_id", "microcredential"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_goal")),
        sa.UniqueConstraint("cohort_id", "microcredential_id", name=op.f("uq_cohort_goal_cohort_id_microcredential_id")),
    )
    op.create_table(
        "cohort_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("invited_at", UtcDateTime(), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("reminded_at", UtcDateTime(), nullable=True),
        sa.Column("reminders", sa.Integer(), nullable=False),
        _to("cohort_member", "cohort_id", "cohort"),
        _to("cohort_member", "district_id", "district"),
        _to("cohort_member", "invited_by", "person"),
        _to("cohort_member", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohort_member")),
        sa.UniqueConstraint("cohort_id", "person_id", name=op.f("uq_cohort_member_cohort_id_person_id")),
    )
    op.create_table(
        "community_post",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("helps", sa.Boolean(), nullable=False),
        sa.Column("seeks", sa.Boolean(), nullable=False),
        sa.Column("shows_email", sa.Boolean(), nullable=False),
        sa.Column("keeps_on", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("hidden_at", UtcDateTime(), nullable=True),
        sa.Column("hidden_by", sa.Uuid(), nullable=True),
        sa.Column("hidden_reason", sa.String(), nullable=False),
        _to("community_post", "context_id", "context"),
        _to("community_post", "district_id", "district"),
        _to("community_post", "hidden_by", "person"),
        _to("community_post", "microcredential_id", "microcredential"),
        _to("community_post", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_community_post")),
        sa.UniqueConstraint(
            "context_id", "person_id", "microcredential_id", name=op.f("uq_community_post_context_id_person_id_microcredential_id")
        ),
    )
    for name, table, columns in _INDEXES:
        op.create_index(name, table, columns)


def downgrade() -> None:
    for name, table, _ in reversed(_INDEXES):
        op.drop_index(name, table)
    for table in ("community_post", "cohort_member", "cohort_goal", "cohort", "skill_shown", "skill_profile"):
        op.drop_table(table)
