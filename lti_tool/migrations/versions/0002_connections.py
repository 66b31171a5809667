"""Connections: separate logins, environments, what launches have shown, notices, staged keys; states that are only stored when spent"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("registration") as batch:
        batch.add_column(sa.Column("login_key", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("environment", sa.String(), nullable=False, server_default="production"))
        batch.add_column(sa.Column("observed", sa.JSON(), nullable=False, server_default="{}"))
        batch.drop_constraint(op.f("uq_registration_issuer_client_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_registration_issuer_client_id_login_key"), ["issuer", "client_id", "login_key"])
    with op.batch_alter_table("deployment") as batch:
        batch.add_column(sa.Column("notices_url", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("notices_state", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("notices_tried_at", UtcDateTime(), nullable=True))
    with op.batch_alter_table("tool_key") as batch:
        batch.add_column(sa.Column("signs_from", UtcDateTime(), nullable=True))
    for table in ("person", "context", "resource_link", "membership"):
        with op.batch_alter_table(table) as batch:
            batch.add_column(sa.Column("told", sa.String(), nullable=False, server_default=""))
    op.drop_table("launch_state")  # logins that were under way have to be begun again
    op.create_table(
        "spent_state",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("spent_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_spent_state_registration_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_spent_state")),
    )
    op.create_index("ix_spent_state_expires", "spent_state", ["expires_at"])
    op.execute("UPDATE tool_key SET signs_from = created_at")
    with op.batch_alter_table("tool_key") as batch:
        batch.alter_column("signs_from", existing_type=UtcDateTime(), nullable=False)


def downgrade() -> None:
    op.drop_table("spent_state")
    op.create_table(
        "launch_state",
        sa.Column("state_hash", sa.String(), nullable=False),
        sa.Column("nonce_hash", sa.String(), nullable=False),
        sa.Column("browser_hash", sa.String(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("lti_deployment_id", sa.String(), nullable=True),
        sa.Column("target_link_uri", sa.String(), nullable=False),
        sa.Column("storage_target", sa.String(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("consumed_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["district_id"], ["district.id"], name=op.f("fk_launch_state_district_id"), initially="DEFERRED", deferrable=True
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"], ["registration.id"], name=op.f("fk_launch_state_registration_id"), initially="DEFERRED", deferrable=True
        ),
        sa.PrimaryKeyConstraint("state_hash", name=op.f("pk_launch_state")),
    )
    op.create_index("ix_launch_state_expires", "launch_state", ["expires_at"])
    for table in ("membership", "resource_link", "context", "person"):
        with op.batch_alter_table(table) as batch:
            batch.drop_column("told")
    with op.batch_alter_table("tool_key") as batch:
        batch.drop_column("signs_from")
    with op.batch_alter_table("deployment") as batch:
        for name in ("notices_tried_at", "notices_state", "notices_url"):
            batch.drop_column(name)
    with op.batch_alter_table("registration") as batch:
        batch.drop_constraint(op.f("uq_registration_issuer_client_id_login_key"), type_="unique")
        batch.create_unique_constraint(op.f("uq_registration_issuer_client_id"), ["issuer", "client_id"])
        for name in ("observed", "environment", "login_key"):
            batch.drop_column(name)
