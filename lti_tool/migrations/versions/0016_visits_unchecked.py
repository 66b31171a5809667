"""Visits and spent logins are written without locking the rows that they name, and their end goes into an index of blocks; people by name"""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_NAMED = {
    "frame_session": ("district", "registration", "deployment", "person", "context", "resource_link"),
    "spent_state": ("registration",),
}


def _index(using: str) -> None:
    if op.get_bind().dialect.name == "postgresql":
        for table in _NAMED:
            op.drop_index(f"ix_{table}_expires", table)
            op.create_index(f"ix_{table}_expires", table, ["expires_at"], postgresql_using=using)


def upgrade() -> None:
    op.create_index("ix_person_label", "person", ["district_id", "label", "id"])
    _index("brin")
    for table, others in _NAMED.items():
        with op.batch_alter_table(table) as batch:
            for other in others:
                batch.drop_constraint(op.f(f"fk_{table}_{other}_id"), type_="foreignkey")


def downgrade() -> None:
    op.drop_index("ix_person_label", "person")
    _index("btree")
    for table, others in _NAMED.items():
        with op.batch_alter_table(table) as batch:
            for other in others:
                batch.create_foreign_key(
                    op.f(f"fk_{table}_{other}_id"), other, [f"{other}_id"], ["id"], initially="DEFERRED", deferrable=True
                )
