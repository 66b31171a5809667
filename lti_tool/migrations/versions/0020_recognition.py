"""Recognition: rules, the ledger that is only added to, employees, and batches for payroll"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime
from lti_tool.district.pay import guard

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    op.create_table(
        "employee",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("grouped", sa.String(), nullable=False),
        sa.Column("grouped_since", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("employee", "district_id", "district"),
        _to("employee", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_employee")),
        sa.UniqueConstraint("person_id", name=op.f("uq_employee_person_id")),
    )
    op.create_index("ix_employee_number", "employee", ["district_id", "number"])

    op.create_table(
        "pay_batch",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=False),
        sa.Column("held_back", sa.Integer(), nullable=False),
        sa.Column("csv", sa.LargeBinary(), nullable=False),
        sa.Column("csv_hash", sa.String(), nullable=False),
        sa.Column("xlsx", sa.LargeBinary(), nullable=False),
        sa.Column("xlsx_hash", sa.String(), nullable=False),
        sa.Column("made_by", sa.Uuid(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("ended_by", sa.Uuid(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        _to("pay_batch", "district_id", "district"),
        _to("pay_batch", "ended_by", "person"),
        _to("pay_batch", "made_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_batch")),
        sa.UniqueConstraint("district_id", "number", name=op.f("uq_pay_batch_district_id_number")),
    )
    op.create_table(
        "pay_rule",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("cap", sa.BigInteger(), nullable=True),
        sa.Column("recurring", sa.Boolean(), nullable=False),
        sa.Column("again_cap", sa.BigInteger(), nullable=True),
        sa.Column("over_cap", sa.String(), nullable=False),
        sa.Column("start_month", sa.Integer(), nullable=False),
        sa.Column("start_day", sa.Integer(), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("extent", sa.String(), nullable=False),
        sa.Column("microcredentials", sa.JSON(), nullable=False),
        sa.Column("budget", sa.BigInteger(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("begins_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("made_by", sa.Uuid(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("in_force_at", UtcDateTime(), nullable=True),
        _to("pay_rule", "district_id", "district"),
        _to("pay_rule", "made_by", "person"),
        _to("pay_rule", "series_id", "pay_rule"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_rule")),
    )
    op.create_index("ix_pay_rule_series", "pay_rule", ["district_id", "series_id", "begins_on"])

    op.create_table(
        "pay_year",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("credited", sa.BigInteger(), nullable=False),
        sa.Column("again", sa.BigInteger(), nullable=False),
        sa.Column("adjusted", sa.BigInteger(), nullable=False),
        sa.Column("opened_after", sa.Integer(), nullable=False),
        sa.Column("opened_on", sa.Date(), nullable=False),
        sa.Column("grouped", sa.String(), nullable=True),
        sa.Column("lapsed", sa.JSON(), nullable=False),
        _to("pay_year", "district_id", "district"),
        _to("pay_year", "person_id", "person"),
        _to("pay_year", "series_id", "pay_rule"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_year")),
        sa.UniqueConstraint("person_id", "series_id", "year", name=op.f("uq_pay_year_person_id_series_id_year")),
    )
    op.create_index("ix_pay_year_district", "pay_year", ["district_id", "year"])
    op.create_index("ix_pay_year_series", "pay_year", ["series_id", "year", "person_id"])

    op.create_table(
        "pay_entry",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("series_id", sa.Uuid(), nullable=False),
        sa.Column("rule_id", sa.Uuid(), nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("under", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("over", sa.BigInteger(), nullable=False),
        sa.Column("waits", sa.BigInteger(), nullable=False),
        sa.Column("moved", sa.BigInteger(), nullable=False),
        sa.Column("award_id", sa.Uuid(), nullable=True),
        sa.Column("microcredential_id", sa.Uuid(), nullable=True),
        sa.Column("batch_id", sa.Uuid(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("grouped", sa.String(), nullable=True),
        sa.Column("note", sa.Text(), nullable=False),
        _to("pay_entry", "actor_id", "person"),
        _to("pay_entry", "award_id", "award"),
        _to("pay_entry", "batch_id", "pay_batch"),
        _to("pay_entry", "district_id", "district"),
        _to("pay_entry", "microcredential_id", "microcredential"),
        _to("pay_entry", "person_id", "person"),
        _to("pay_entry", "rule_id", "pay_rule"),
        _to("pay_entry", "series_id", "pay_rule"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pay_entry")),
        sa.UniqueConstraint("district_id", "key", name=op.f("uq_pay_entry_district_id_key")),
        sa.UniqueConstraint("person_id", "series_id", "number", name=op.f("uq_pay_entry_person_id_series_id_number")),
    )
    op.create_index("ix_pay_entry_award", "pay_entry", ["award_id"])
    op.create_index("ix_pay_entry_batch", "pay_entry", ["batch_id"])
    op.create_index("ix_pay_entry_kind", "pay_entry", ["district_id", "kind", "id"])
    op.create_index("ix_pay_entry_newest", "pay_entry", ["district_id", "id"])
    op.create_index("ix_pay_entry_person", "pay_entry", ["district_id", "person_id", "id"])
    op.create_index("ix_pay_entry_year", "pay_entry", ["district_id", "year", "id"])

    guard.put_up(None, op.get_bind())
    op.create_table(
        "pay_batch_line",
        sa.Column("batch_id", sa.Uuid(), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        _to("pay_batch_line", "batch_id", "pay_batch"),
        _to("pay_batch_line", "district_id", "district"),
        _to("pay_batch_line", "entry_id", "pay_entry"),
        sa.PrimaryKeyConstraint("batch_id", "entry_id", name=op.f("pk_pay_batch_line")),
    )
    op.create_index("ix_pay_batch_line_entry", "pay_batch_line", ["entry_id"])

    op.create_table(
        "pay_open",
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("unit", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        _to("pay_open", "district_id", "district"),
        _to("pay_open", "entry_id", "pay_entry"),
        _to("pay_open", "person_id", "person"),
        sa.PrimaryKeyConstraint("entry_id", name=op.f("pk_pay_open")),
    )
    op.create_index("ix_pay_open_person", "pay_open", ["person_id"])
    op.create_index("ix_pay_open_unit", "pay_open", ["district_id", "unit", "entry_id"])


def downgrade() -> None:
    guard.take_down(op.get_bind())
    for table in ("pay_open", "pay_batch_line", "pay_entry", "pay_year", "pay_rule", "pay_batch", "employee"):
        op.drop_table(table)
