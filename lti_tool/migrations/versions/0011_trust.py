"""The trail is chained and guarded; how two reviewers scored is kept for counting agreement"""

import uuid
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

from lti_tool import audit_chain, audit_guard
from lti_tool.database import UtcDateTime, new_id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_BATCH = 1000
_event = sa.table(
    "audit_event",
    sa.column("id", sa.Uuid()),
    sa.column("district_id", sa.Uuid()),
    sa.column("at", UtcDateTime()),
    sa.column("actor_id", sa.Uuid()),
    sa.column("action", sa.String()),
    sa.column("subject_id", sa.Uuid()),
    sa.column("details", sa.JSON()),
    sa.column("sequence", sa.Integer()),
    sa.column("previous", sa.String()),
    sa.column("hash", sa.String()),
    sa.column("reason", sa.Text()),
    sa.column("reason_salt", sa.String()),
    sa.column("reason_digest", sa.String()),
    sa.column("subject_ref", sa.String()),
)
_UNIQUE = "uq_audit_event_district_id_sequence"
_INDEXES = {
    "ix_audit_event_actor": ["district_id", "actor_id", "sequence"],
    "ix_audit_event_ref": ["district_id", "subject_ref", "sequence"],
}
_TEXTS = ("previous", "hash", "reason_salt", "reason_digest", "subject_ref")


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    with op.batch_alter_table("audit_event") as batch:
        batch.add_column(sa.Column("sequence", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("reason", sa.Text(), nullable=True))
        for name in _TEXTS:
            batch.add_column(sa.Column(name, sa.String(), nullable=True))
    for district_id in op.get_bind().scalars(sa.select(_event.c.district_id).distinct()).all():
        _chain(district_id)
    with op.batch_alter_table("audit_event") as batch:
        batch.alter_column("sequence", existing_type=sa.Integer(), nullable=False)
        batch.alter_column("reason", existing_type=sa.Text(), nullable=False)
        for name in _TEXTS:
            batch.alter_column(name, existing_type=sa.String(), nullable=False)
        batch.create_unique_constraint(op.f(_UNIQUE), ["district_id", "sequence"])
        batch.create_index("ix_audit_event_action", ["district_id", "action", "sequence"], postgresql_ops={"action": "text_pattern_ops"})
        for name, columns in _INDEXES.items():
            batch.create_index(name, columns)
    audit_guard.put_up(None, op.get_bind())
    with op.batch_alter_table("decision") as batch:
        batch.add_column(sa.Column("attempts_left", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.execute("UPDATE decision SET attempts_left = false WHERE outcome = 'not_earned'")
    with op.batch_alter_table("decision") as batch:
        batch.alter_column("attempts_left", existing_type=sa.Boolean(), server_default=None)
    op.create_table(
        "double_score",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("district_id", sa.Uuid(), nullable=False),
        sa.Column("submission_id", sa.Uuid(), nullable=False),
        sa.Column("microcredential_id", sa.Uuid(), nullable=False),
        sa.Column("version_id", sa.Uuid(), nullable=False),
        sa.Column("first_id", sa.Uuid(), nullable=False),
        sa.Column("second_id", sa.Uuid(), nullable=False),
        sa.Column("criteria", sa.JSON(), nullable=False),
        sa.Column("first_seconds", sa.Integer(), nullable=False),
        sa.Column("second_seconds", sa.Integer(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        _to("double_score", "district_id", "district"),
        _to("double_score", "submission_id", "submission"),
        _to("double_score", "microcredential_id", "microcredential"),
        _to("double_score", "version_id", "microcredential_version"),
        _to("double_score", "first_id", "person"),
        _to("double_score", "second_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_double_score")),
        sa.UniqueConstraint("submission_id", name=op.f("uq_double_score_submission_id")),
    )
    for by in ("microcredential", "version", "first", "second"):
        op.create_index(f"ix_double_score_{by}", "double_score", ["district_id", f"{by}_id", "decided_at", "id"])
    _count_what_was_decided()
    if op.get_bind().dialect.name == "postgresql":
        op.create_index("ix_person_mail", "person", ["district_id", sa.text("lower(email)")])


def _chain(district_id: uuid.UUID) -> None:
    """Chain what is there, in the order of its time. A reason moves from the details to where an erasure can empty it."""
    connection, sequence, previous = op.get_bind(), 0, audit_chain.START
    after: tuple[datetime, uuid.UUID] | None = None
    while True:
        query = sa.select(_event).where(_event.c.district_id == district_id).order_by(_event.c.at, _event.c.id).limit(_BATCH)
        if after is not None:
            at, last = after
            query = query.where(sa.or_(_event.c.at > at, sa.and_(_event.c.at == at, _event.c.id > last)))
        rows = connection.execute(query).all()
        changes = []
        for row in rows:
            sequence += 1
            details = dict(row.details)
            reason = str(details.pop("reason", ""))
            salt, digest = audit_chain.committed(reason)
            content = audit_chain.content(
                sequence=sequence,
                previous=previous,
                id=row.id,
                district_id=district_id,
                at=row.at,
                action=row.action,
                actor_id=row.actor_id,
                subject_id=row.subject_id,
                details=details,
                reason_digest=digest,
            )
            linked: dict[str, Any] = {"sequence": sequence, "previous": previous, "hash": audit_chain.digest(content), "details": details}
            said = {"reason": reason, "reason_salt": salt, "reason_digest": digest}
            changes.append({"which": row.id, **linked, **said, "subject_ref": row.subject_id.hex[-6:] if row.subject_id else ""})
            previous = linked["hash"]
        if changes:
            names = [name for name in changes[0] if name != "which"]
            statement = sa.update(_event).where(_event.c.id == sa.bindparam("which")).values({n: sa.bindparam(n) for n in names})
            connection.execute(statement, changes)
        if len(rows) < _BATCH:
            return
        after = (rows[-1].at, rows[-1].id)


def _count_what_was_decided() -> None:
    """Rows for submissions that two have scored already."""
    connection = op.get_bind()
    query = sa.text(
        "SELECT d.district_id, d.submission_id, d.criteria, d.decided_at, v.microcredential_id, e.version_id, v.content, "
        "a.reviewer_id AS first_id, b.reviewer_id AS second_id, a.assigned_at AS first_from, a.locked_at AS first_to, "
        "b.assigned_at AS second_from, b.locked_at AS second_to "
        "FROM decision d JOIN submission s ON s.id = d.submission_id JOIN enrollment e ON e.id = s.enrollment_id "
        "JOIN microcredential_version v ON v.id = e.version_id JOIN person p ON p.id = e.person_id "
        "JOIN registration r ON r.id = p.registration_id "
        "JOIN review a ON a.submission_id = s.id AND a.seat = 1 AND a.state = 'locked' "
        "JOIN review b ON b.submission_id = s.id AND b.seat = 2 AND b.state = 'locked' "
        "WHERE r.environment = 'production' AND NOT p.is_test"
    ).columns(
        district_id=sa.Uuid(),
        submission_id=sa.Uuid(),
        criteria=sa.JSON(),
        decided_at=UtcDateTime(),
        microcredential_id=sa.Uuid(),
        version_id=sa.Uuid(),
        content=sa.JSON(),
        first_id=sa.Uuid(),
        second_id=sa.Uuid(),
        first_from=UtcDateTime(),
        first_to=UtcDateTime(),
        second_from=UtcDateTime(),
        second_to=UtcDateTime(),
    )
    table = sa.table(
        "double_score",
        *(
            sa.column(f"{name}id", sa.Uuid())
            for name in ("", "district_", "submission_", "microcredential_", "version_", "first_", "second_")
        ),
        sa.column("criteria", sa.JSON()),
        sa.column("first_seconds", sa.Integer()),
        sa.column("second_seconds", sa.Integer()),
        sa.column("decided_at", UtcDateTime()),
    )
    for batch in connection.execute(query).partitions(_BATCH):
        rows = []
        for row in batch:
            needed = {one["key"]: one["required_level"] for one in row.content.get("criteria", ())}
            scored = {
                key: {
                    "levels": found["levels"],
                    "met": [level >= needed[key] for level in found["levels"]],
                    "settled": None if found["settled_level"] is None else found["met"],
                }
                for key, found in row.criteria.items()
                if len(found.get("levels", ())) == 2 and key in needed
            }
            rows.append(
                {
                    "id": new_id(),
                    "criteria": scored,
                    "first_seconds": int((row.first_to - row.first_from).total_seconds()),
                    "second_seconds": int((row.second_to - row.second_from).total_seconds()),
                    **{
                        name: getattr(row, name)
                        for name in (
                            "district_id",
                            "submission_id",
                            "microcredential_id",
                            "version_id",
                            "first_id",
                            "second_id",
                            "decided_at",
                        )
                    },
                }
            )
        if rows:
            connection.execute(sa.insert(table), rows)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_person_mail", "person")
    op.drop_table("double_score")
    with op.batch_alter_table("decision") as batch:
        batch.drop_column("attempts_left")
    audit_guard.take_down(op.get_bind())
    connection, after = op.get_bind(), uuid.UUID(int=0)
    while True:
        rows = connection.execute(
            sa.select(_event.c.id, _event.c.details, _event.c.reason)
            .where(_event.c.reason_digest != "", _event.c.id > after)
            .order_by(_event.c.id)
            .limit(_BATCH)
        ).all()
        for row in rows:
            connection.execute(sa.update(_event).where(_event.c.id == row.id).values(details={**row.details, "reason": row.reason}))
        if len(rows) < _BATCH:
            break
        after = rows[-1].id
    with op.batch_alter_table("audit_event") as batch:
        for name in (*_INDEXES, "ix_audit_event_action"):
            batch.drop_index(name)
        batch.drop_constraint(op.f(_UNIQUE), type_="unique")
        for name in (*_TEXTS, "reason", "sequence"):
            batch.drop_column(name)
