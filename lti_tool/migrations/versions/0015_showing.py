"""What a teacher lets the public page of a badge tell; pictures of a designer's own"""

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    with op.batch_alter_table("award") as batch:
        batch.add_column(sa.Column("is_listed", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "badge_picture",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("png", sa.LargeBinary(), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        _to("badge_picture", "district_id", "district"),
        _to("badge_picture", "added_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_badge_picture")),
        sa.UniqueConstraint("district_id", "sha256", name=op.f("uq_badge_picture_district_id_sha256")),
    )


def downgrade() -> None:
    op.drop_table("badge_picture")
    with op.batch_alter_table("award") as batch:
        batch.drop_column("is_listed")
