"""A rule knows how far the crediting of what was earned before has come"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("pay_rule", sa.Column("credits_after", sa.Uuid(), nullable=True))


def downgrade() -> None:
    op.drop_column("pay_rule", "credits_after")
