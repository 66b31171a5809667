"""What a panel made of a decision stands beside the scores that it was made from"""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def _settled() -> None:
    # PostgreSQL changes no table of which rows still wait to be checked: an earlier step of the same transaction may have filled it.
    if op.get_bind().dialect.name == "postgresql":
        op.execute("SET CONSTRAINTS ALL IMMEDIATE")
        op.execute("SET CONSTRAINTS ALL DEFERRED")


def upgrade() -> None:
    _settled()
    with op.batch_alter_table("double_score") as table:
        table.add_column(sa.Column("appeal", sa.String(), nullable=False, server_default=""))
    op.execute(
        "UPDATE double_score SET appeal = (SELECT state FROM appeal WHERE appeal.submission_id = double_score.submission_id) "
        "WHERE submission_id IN (SELECT submission_id FROM appeal WHERE state IN ('upheld', 'overturned', 'remanded'))"
    )


def downgrade() -> None:
    _settled()
    with op.batch_alter_table("double_score") as table:
        table.drop_column("appeal")
