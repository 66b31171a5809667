"""Roles end by themselves and say why they were given; districts choose for themselves; coordinators look at what a teacher sees"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    op.create_table(
        "district_setting",
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.JSON(), nullable=False),
        sa.Column("changed_by", sa.Uuid(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("district_setting", "district_id", "district"),
        _to("district_setting", "changed_by", "person"),
        sa.PrimaryKeyConstraint("district_id", "key", name=op.f("pk_district_setting")),
    )
    with op.batch_alter_table("role_grant") as batch:
        batch.add_column(sa.Column("revoked_by", sa.Uuid(), nullable=True))
        batch.add_column(sa.Column("expires_at", UtcDateTime(), nullable=True))
        batch.add_column(sa.Column("reason", sa.Text(), nullable=False, server_default=""))
        batch.create_foreign_key(op.f("fk_role_grant_revoked_by"), "person", ["revoked_by"], ["id"], initially="DEFERRED", deferrable=True)
    with op.batch_alter_table("frame_session") as batch:
        batch.add_column(sa.Column("supporter_id", sa.Uuid(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("frame_session") as batch:
        batch.drop_column("supporter_id")
    with op.batch_alter_table("role_grant") as batch:
        batch.drop_constraint(op.f("fk_role_grant_revoked_by"), type_="foreignkey")
        for column in ("reason", "expires_at", "revoked_by"):
            batch.drop_column(column)
    op.drop_table("district_setting")
