"""Texts that save themselves, and what was seen of links; links from before are looked at when their teacher asks"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("artifact") as batch:
        batch.add_column(sa.Column("revision", sa.Integer(), nullable=False, server_default="1"))
        batch.add_column(sa.Column("saved_in", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("link_state", sa.String(), nullable=False, server_default=""))
        batch.add_column(sa.Column("link_about", sa.JSON(), nullable=False, server_default="{}"))
        batch.add_column(sa.Column("link_due_at", UtcDateTime(), nullable=True))
        batch.create_index("ix_artifact_link_due", ["link_due_at"])


def downgrade() -> None:
    with op.batch_alter_table("artifact") as batch:
        batch.drop_index("ix_artifact_link_due")
        for name in ("link_due_at", "link_about", "link_state", "saved_in", "revision"):
            batch.drop_column(name)
