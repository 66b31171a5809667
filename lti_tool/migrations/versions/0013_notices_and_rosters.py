"""People are told what happens, in the tool and by e-mail; a course's list of people shows what has changed"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    op.create_table(
        "mail",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("unsure", sa.Integer(), nullable=False),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        sa.Column("last_status", sa.Integer(), nullable=True),
        sa.Column("last_reason", sa.String(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        _to("mail", "district_id", "district"),
        _to("mail", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mail")),
    )
    op.create_index("ix_mail_due", "mail", ["state", "due_at"])
    op.create_index("ix_mail_person", "mail", ["person_id", "state"])
    op.create_table(
        "mail_choice",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("mail_choice", "district_id", "district"),
        _to("mail_choice", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", "topic", name=op.f("pk_mail_choice")),
    )
    op.create_table(
        "mail_stop",
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("address_mark", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("stopped_at", UtcDateTime(), nullable=False),
        _to("mail_stop", "district_id", "district"),
        _to("mail_stop", "person_id", "person"),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_mail_stop")),
    )
    op.create_index("ix_mail_stop_district", "mail_stop", ["district_id"])
    op.create_table(
        "notice",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("thing", sa.String(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("read_at", UtcDateTime(), nullable=True),
        sa.Column("mail_due_at", UtcDateTime(), nullable=True),
        sa.Column("mail_id", sa.Uuid(), nullable=True),
        _to("notice", "context_id", "context"),
        _to("notice", "district_id", "district"),
        _to("notice", "mail_id", "mail"),
        _to("notice", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice")),
        sa.UniqueConstraint("person_id", "kind", "thing", name=op.f("uq_notice_person_id_kind_thing")),
    )
    op.create_index("ix_notice_mail", "notice", ["mail_id"])
    op.create_index("ix_notice_mail_due", "notice", ["mail_due_at"])
    op.create_table(
        "roster",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("context_id", sa.Uuid(), nullable=False),
        sa.Column("rlid", sa.String(), nullable=False),
        sa.Column("run", sa.Integer(), nullable=False),
        sa.Column("next_url", sa.String(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("complete_at", UtcDateTime(), nullable=True),
        sa.Column("complete_people", sa.Integer(), nullable=False),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("lease_token", sa.String(), nullable=True),
        sa.Column("lease_until", UtcDateTime(), nullable=True),
        _to("roster", "context_id", "context"),
        _to("roster", "district_id", "district"),
        _to("roster", "registration_id", "registration"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster")),
        sa.UniqueConstraint("context_id", "rlid", name=op.f("uq_roster_context_id_rlid")),
    )
    op.create_index("ix_roster_due", "roster", ["due_at"])
    op.create_index("ix_roster_registration", "roster", ["registration_id"])
    op.create_table(
        "roster_member",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("roster_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("roles_before", sa.JSON(), nullable=False),
        sa.Column("seen_run", sa.Integer(), nullable=False),
        sa.Column("joined_at", UtcDateTime(), nullable=True),
        sa.Column("left_at", UtcDateTime(), nullable=True),
        sa.Column("roles_changed_at", UtcDateTime(), nullable=True),
        _to("roster_member", "district_id", "district"),
        _to("roster_member", "person_id", "person"),
        _to("roster_member", "roster_id", "roster"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_member")),
        sa.UniqueConstraint("roster_id", "person_id", name=op.f("uq_roster_member_roster_id_person_id")),
    )
    op.create_index("ix_roster_member_person", "roster_member", ["person_id"])


def downgrade() -> None:
    for table in ("roster_member", "roster", "notice", "mail_stop", "mail_choice", "mail"):
        op.drop_table(table)
