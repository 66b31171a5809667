"""Visits and spent logins are written without locking the rows that they name"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAMED = {
    "frame_session": ("district", "registration", "deployment", "person", "context", "resource_link"),
    "spent_state": ("registration",),
}


def upgrade() -> None:
    for table, others in _NAMED.items():
        with op.batch_alter_table(table) as batch:
            for other in others:
                batch.drop_constraint(op.f(f"fk_{table}_{other}_id"), type_="foreignkey")


def downgrade() -> None:
    for table, others in _NAMED.items():
        with op.batch_alter_table(table) as batch:
            for other in others:
                batch.create_foreign_key(
                    op.f(f"fk_{table}_{other}_id"), other, [f"{other}_id"], ["id"], initially="DEFERRED", deferrable=True
                )
