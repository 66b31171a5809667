"""A search table of the catalog, stacks of microcredentials, and awards that belong to no single try"""

import re
import unicodedata
from typing import Any

import sqlalchemy as sa
from alembic import op

from lti_tool.database import UtcDateTime

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_RECORDING = re.compile(r"\b(record|video|film|audio|clip|footage|grab[ao]|víde)", re.IGNORECASE)
_STACKS_ONLY = sa.text("enrollment_id IS NULL")


def _ref(name: str, *, nullable: bool = False) -> sa.Column[Any]:
    return sa.Column(name, sa.Uuid(), nullable=nullable)


def _text(name: str) -> sa.Column[Any]:
    return sa.Column(name, sa.String(), nullable=False)


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}"), initially="DEFERRED", deferrable=True)


def upgrade() -> None:
    entry = op.create_table(
        "catalog_entry",
        _ref("microcredential_id"),
        _ref("district_id"),
        _ref("version_id", nullable=True),
        sa.Column("number", sa.Integer(), nullable=True),
        *(_text(name) for name in ("title", "sort", "summary", "audience", "family", "level")),
        sa.Column("hours", sa.Integer(), nullable=True),
        *(_text(name) for name in ("said_hours", "formats", "topics", "words")),
        sa.Column("badge", sa.JSON(), nullable=False),
        _text("state"),
        sa.Column("has_draft", sa.Boolean(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("catalog_entry", "district_id", "district"),
        _to("catalog_entry", "microcredential_id", "microcredential"),
        _to("catalog_entry", "version_id", "microcredential_version"),
        sa.PrimaryKeyConstraint("microcredential_id", name=op.f("pk_catalog_entry")),
    )
    op.create_index("ix_catalog_entry_list", "catalog_entry", ["district_id", "sort", "microcredential_id"])
    op.create_index("ix_catalog_entry_state", "catalog_entry", ["district_id", "state"])
    op.create_table(
        "stack",
        _ref("id"),
        _ref("district_id"),
        _text("title"),
        _text("summary"),
        sa.Column("badge", sa.JSON(), nullable=False),
        _text("state"),
        _ref("version_id", nullable=True),
        _ref("made_by", nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        _to("stack", "district_id", "district"),
        _to("stack", "made_by", "person"),
        _to("stack", "version_id", "microcredential_version"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack")),
    )
    op.create_index("ix_stack_district", "stack", ["district_id", "state"])
    op.create_table(
        "stack_member",
        _ref("id"),
        _ref("district_id"),
        _ref("stack_id"),
        _ref("microcredential_id"),
        sa.Column("place", sa.Integer(), nullable=False),
        _to("stack_member", "district_id", "district"),
        _to("stack_member", "microcredential_id", "microcredential"),
        _to("stack_member", "stack_id", "stack"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_stack_member")),
        sa.UniqueConstraint("stack_id", "microcredential_id", name=op.f("uq_stack_member_stack_id_microcredential_id")),
    )
    op.create_index("ix_stack_member_of", "stack_member", ["microcredential_id"])
    op.create_table(
        "catalog_import",
        _ref("id"),
        _ref("district_id"),
        _ref("person_id"),
        _text("name"),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        _to("catalog_import", "district_id", "district"),
        _to("catalog_import", "person_id", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_catalog_import")),
    )
    op.create_index("ix_catalog_import_person", "catalog_import", ["person_id"])
    op.create_index("ix_catalog_import_created", "catalog_import", ["created_at"])
    with op.batch_alter_table("award") as batch:
        batch.alter_column("enrollment_id", existing_type=sa.Uuid(), nullable=True)
    op.create_index(
        "ix_award_stack", "award", ["person_id", "version_id"], unique=True, sqlite_where=_STACKS_ONLY, postgresql_where=_STACKS_ONLY
    )
    _fill(entry)


def _fill(entry: sa.Table) -> None:
    """An entry for each microcredential that is there already."""
    kinds: dict[str, Any] = {"id": sa.Uuid(), "district_id": sa.Uuid(), "microcredential_id": sa.Uuid(), "changed_at": UtcDateTime()}
    kinds |= {"draft": sa.JSON(none_as_null=True), "content": sa.JSON(), "number": sa.Integer()}

    def known(name: str, *columns: str) -> sa.TableClause:
        return sa.table(name, *(sa.column(one, kinds.get(one, sa.String())) for one in columns))

    mc = known("microcredential", "id", "district_id", "title", "state", "draft", "changed_at")
    version = known("microcredential_version", "id", "microcredential_id", "number", "content")
    latest = sa.select(version.c.microcredential_id, sa.func.max(version.c.number).label("number")).group_by(version.c.microcredential_id)
    newest = latest.subquery()
    query = (
        sa.select(mc, version.c.id.label("version_id"), version.c.number, version.c.content)
        .select_from(mc)
        .outerjoin(newest, newest.c.microcredential_id == mc.c.id)
        .outerjoin(version, sa.and_(version.c.microcredential_id == mc.c.id, version.c.number == newest.c.number))
    )
    connection = op.get_bind()
    ids = connection.execute(sa.select(mc.c.id)).scalars().all()
    for begin in range(0, len(ids), 200):
        rows = connection.execute(query.where(mc.c.id.in_(ids[begin : begin + 200]))).mappings().all()
        op.bulk_insert(entry, [_entry(row) for row in rows])


def _entry(row: Any) -> dict[str, Any]:
    said = row["content"] or row["draft"] or {}
    hours, tags = str(said.get("hours", "")).strip(), said.get("tags") or []
    topics = list(dict.fromkeys(str(one).replace("|", "/").strip() for one in tags))[:20]
    accepted: set[str] = set()
    for one in said.get("evidence") or []:
        accepted |= set(one.get("accepts", ()))
        if {"file", "link"} & set(one.get("accepts", ())) and _RECORDING.search(f"{one.get('title')} {one.get('description')}"):
            accepted.add("recording")
    aligned = [" ".join(str(one.get(name, "")) for name in ("name", "code", "framework")) for one in said.get("alignments") or []]
    words = [row["title"], " ".join(topics), *(str(said.get(name, "")) for name in ("audience", "summary", "competency")), *aligned]
    return {
        "microcredential_id": row["id"],
        "district_id": row["district_id"],
        "version_id": row["version_id"],
        "number": row["number"],
        "title": row["title"],
        "sort": _folded(row["title"]),
        "summary": str(said.get("summary", "")),
        "audience": str(said.get("audience", "")),
        "family": "",
        "level": "",
        "hours": int(hours) if hours.isascii() and hours.isdigit() and len(hours) < 6 else None,
        "said_hours": str(said.get("hours", "")),
        "formats": _packed(one for one in ("text", "link", "file", "recording") if one in accepted),
        "topics": _packed(one for one in topics if one),
        "words": _folded(" · ".join(one for one in words if one.strip()))[:2000],
        "badge": dict(said.get("badge") or {}),
        "state": row["state"],
        "has_draft": row["draft"] is not None,
        "changed_at": row["changed_at"],
    }


def _folded(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return " ".join("".join(one for one in plain if not unicodedata.combining(one)).split())


def _packed(values: Any) -> str:
    joined = "|".join(values)
    return f"|{joined}|" if joined else ""


def downgrade() -> None:
    op.execute("DELETE FROM badge_revocation WHERE award_id IN (SELECT id FROM award WHERE enrollment_id IS NULL)")
    op.execute("DELETE FROM award WHERE enrollment_id IS NULL")
    op.drop_index("ix_award_stack", "award")
    with op.batch_alter_table("award") as batch:
        batch.alter_column("enrollment_id", existing_type=sa.Uuid(), nullable=False)
    for table in ("catalog_import", "stack_member", "stack", "catalog_entry"):
        op.drop_table(table)
    stacks = "(SELECT id FROM microcredential WHERE state = 'stack')"
    op.execute(f"DELETE FROM badge_terms WHERE microcredential_id IN {stacks}")  # noqa: S608
    op.execute(f"DELETE FROM microcredential_version WHERE microcredential_id IN {stacks}")  # noqa: S608
    op.execute("DELETE FROM microcredential WHERE state = 'stack'")
