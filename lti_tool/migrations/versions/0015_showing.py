"""What a teacher lets the public page of a badge tell: the levels reached, and itself to search engines"""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("award") as batch:
        batch.add_column(sa.Column("shows_levels", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch.add_column(sa.Column("is_listed", sa.Boolean(), nullable=False, server_default=sa.false()))


def downgrade() -> None:
    with op.batch_alter_table("award") as batch:
        batch.drop_column("is_listed")
        batch.drop_column("shows_levels")
