"""Connections: separate logins, environments, what launches have shown, notices, keys that are published before they sign"""

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
    op.execute("UPDATE tool_key SET signs_from = created_at")
    with op.batch_alter_table("tool_key") as batch:
        batch.alter_column("signs_from", existing_type=UtcDateTime(), nullable=False)


def downgrade() -> None:
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
