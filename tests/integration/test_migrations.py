"""The migrations, up and down, give exactly the tables of the models."""

from __future__ import annotations

import os
import uuid
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import MetaData, event, inspect, select, text

from lti_tool import migrations
from lti_tool.all_models import metadata
from lti_tool.database import Database
from lti_tool.evidence import models as evidence
from lti_tool.review import models as review


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Database]:
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        database = Database(f"sqlite:///{tmp_path / 'empty.db'}")
        yield database
        database.dispose()
        return
    name = f"test_migrations_{uuid.uuid4().hex[:12]}"
    server = Database(url)
    admin = server.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    database = Database(url.rsplit("/", 1)[0] + f"/{name}")
    yield database
    database.dispose()
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


def _differences(database: Database) -> list[object]:
    with database.engine.connect() as connection, warnings.catch_warnings():
        warnings.filterwarnings("ignore", "autogenerate skipping metadata-specified expression-based index")  # PostgreSQL alone has them
        return list(compare_metadata(MigrationContext.configure(connection, opts={"compare_type": True}), metadata))


def test_up_gives_the_models(empty: Database) -> None:
    migrations.upgrade(empty)
    assert _differences(empty) == []


def test_down_removes_everything_and_up_works_again(empty: Database) -> None:
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    assert set(inspect(empty.engine).get_table_names()) <= {"alembic_version"}
    migrations.upgrade(empty)
    assert _differences(empty) == []


def test_up_twice_changes_nothing(empty: Database) -> None:
    migrations.upgrade(empty)
    migrations.upgrade(empty)
    assert _differences(empty) == []


def _as_it_is(database: Database) -> tuple[str | None, dict[str, list[str]]]:
    """The revision, and the columns of every table."""
    with database.read() as session:
        revision = session.scalar(text("SELECT version_num FROM alembic_version"))
    found = inspect(database.engine)
    return revision, {name: [column["name"] for column in found.get_columns(name)] for name in found.get_table_names()}


def test_an_upgrade_that_fails_changes_nothing(empty: Database) -> None:
    migrations.upgrade(empty, "0018")
    before = _as_it_is(empty)

    def fail(_connection: object, _cursor: object, statement: str, parameters: object, *_: object) -> None:
        if "alembic_version SET" in statement and "0023" in f"{statement} {parameters}":
            raise RuntimeError("the disk is full")

    event.listen(empty.engine, "before_cursor_execute", fail)
    with pytest.raises(RuntimeError, match="the disk is full"):
        migrations.upgrade(empty)
    event.remove(empty.engine, "before_cursor_execute", fail)
    assert _as_it_is(empty) == before
    migrations.upgrade(empty)
    assert _differences(empty) == []


def test_a_row_that_points_nowhere_stops_an_upgrade(empty: Database) -> None:
    """SQLite looks at references after tables were written anew; PostgreSQL never lets go of them."""
    if not empty.is_sqlite:
        pytest.skip("PostgreSQL can hold no such row")
    migrations.upgrade(empty, "0018")
    with empty.engine.execution_options(writes=True).connect() as connection:
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql(
            "INSERT INTO role_grant (id, district_id, person_id, role, granted_at) VALUES ('1', '2', '3', 'x', '2026')"
        )
        connection.commit()
        raw.execute("PRAGMA foreign_keys=ON")
    before = _as_it_is(empty)
    with pytest.raises(RuntimeError, match="nothing was changed"):
        migrations.upgrade(empty)
    assert _as_it_is(empty) == before


def test_keys_and_registrations_that_are_there_go_on(empty: Database) -> None:
    migrations.upgrade(empty, "0001")
    rows = (
        "INSERT INTO district (id, slug, name, created_at) VALUES (:id, 's', 'S', :at)",
        "INSERT INTO tool_key (id, kid, private_pem_sealed, public_jwk, created_at) VALUES (:id, 'k', 'x', '{}', :at)",
        "INSERT INTO registration (id, district_id, issuer, client_id, auth_url, token_url, token_audience, jwks_url, vendor, name, state, "
        "scopes, admins_run_console, created_at, details) VALUES (:id, :id, 'i', 'c', 'a', 't', 't', 'j', 'other', 'n', 'active', '[]', "
        "true, :at, '{}')",
    )
    values = {"id": "0" * 32, "at": "2026-01-02 03:04:05"}
    with empty.unit() as session:
        for row in rows:
            session.execute(text(row), values)
    migrations.upgrade(empty)
    with empty.read() as session:
        assert session.execute(text("SELECT count(*) FROM tool_key WHERE signs_from = created_at")).scalar() == 1
        found = session.execute(text("SELECT login_key, environment FROM registration")).one()
    assert tuple(found) == ("", "production")


def _fill(database: Database, rows: list[tuple[str, dict[str, Any]]]) -> None:
    """Write rows into the tables as they are now. Numbers stand for ids; what is not given gets any value of its type."""
    tables = MetaData()
    tables.reflect(database.engine)
    plain: dict[type, Any] = {str: "", int: 0, bool: False, datetime: datetime(2026, 1, 2, tzinfo=UTC), dict: {}, bytes: b""}
    with database.unit() as session:
        for name, given in rows:
            values: dict[str, Any] = {}
            for column in tables.tables[name].columns:
                value = given.get(column.name)
                if column.name == "id" or column.foreign_keys:
                    # A reference that is not given goes to the row 1.
                    value = uuid.UUID(int=value or 1) if value or not column.nullable else None
                    value = value.hex if value and database.is_sqlite else value
                elif column.name not in given and not column.nullable:
                    kind = {"JSON": dict, "UUID": str, "NUMERIC": int}.get(type(column.type).__name__) or column.type.python_type
                    value = plain[kind]
                values[column.name] = value
            session.execute(tables.tables[name].insert(), values)


_DAY = datetime(2026, 1, 3, tzinfo=UTC)
_AROUND_ARTIFACTS: list[tuple[str, dict[str, Any]]] = [
    *((name, {"id": 1}) for name in ("district", "registration", "deployment", "person", "context", "resource_link")),
    ("microcredential", {"id": 1}),
    ("resource_link", {"id": 2, "lti_id": "2"}),
    ("microcredential_version", {"id": 1}),
    ("activity", {"id": 1}),
    ("activity", {"id": 2, "resource_link_id": 2}),
    ("enrollment", {"id": 1}),
    ("enrollment", {"id": 2, "activity_id": 2, "started_at": _DAY}),
]


def _id(number: int) -> str:
    return str(uuid.UUID(int=number))


def _found(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.read() as session:
        return [
            tuple(str(uuid.UUID(str(value))) if len(str(value)) in (32, 36) else value for value in row)
            for row in session.execute(text(query))
        ]


def test_pieces_keep_their_place_when_artifacts_come_to_belong_to_people(empty: Database) -> None:
    migrations.upgrade(empty, "0002")
    _fill(
        empty,
        [
            *_AROUND_ARTIFACTS,
            ("artifact", {"id": 10, "requirement_key": "plan", "blob_key": "b"}),
            ("artifact", {"id": 11, "requirement_key": "plan", "removed_at": _DAY}),
            ("artifact", {"id": 12, "requirement_key": "work", "enrollment_id": 2}),
            ("submission", {"id": 1, "snapshot": {"artifacts": [{"id": _id(11)}]}}),
            ("decision", {"id": 1, "criteria": {"a": {"met": True}, "b": {"met": False}}}),
        ],
    )
    migrations.upgrade(empty)
    places = "SELECT artifact_id, enrollment_id, requirement_key FROM artifact_use ORDER BY artifact_id"
    assert _found(empty, places) == [(_id(10), _id(1), "plan"), (_id(12), _id(2), "work")]
    with empty.read() as session:
        assert session.scalars(select(evidence.ArtifactUse.criteria)).all() == [[], []]
        assert session.scalars(select(evidence.Submission.met_criteria)).all() == [["a"]]
        assert session.scalars(select(evidence.Artifact.id).order_by(evidence.Artifact.id)).all() == [
            uuid.UUID(int=number) for number in (10, 11, 12)
        ]
    assert _differences(empty) == []
    migrations.downgrade(empty, "0002")
    rows = "SELECT id, enrollment_id, requirement_key, blob_key FROM artifact WHERE removed_at IS NULL ORDER BY id"
    assert _found(empty, rows) == [(_id(10), _id(1), "plan", "b"), (_id(12), _id(2), "work", "")]
    assert _found(empty, "SELECT id FROM artifact WHERE removed_at IS NOT NULL") == [(_id(11),)]


def test_back_again_a_piece_in_two_places_is_two_pieces_and_one_in_none_is_hidden(empty: Database) -> None:
    migrations.upgrade(empty)
    frozen = {"artifacts": [{"id": _id(10), "criteria": ["a"]}], "carried": ["a"], "answers": {}}
    _fill(
        empty,
        [
            *_AROUND_ARTIFACTS,
            ("artifact", {"id": 10, "blob_key": "b"}),
            ("artifact", {"id": 11}),
            ("artifact_use", {"id": 20, "artifact_id": 10, "requirement_key": "plan"}),
            ("artifact_use", {"id": 21, "artifact_id": 10, "requirement_key": "work", "enrollment_id": 2}),
            ("submission", {"id": 1, "snapshot": frozen}),
        ],
    )
    migrations.downgrade(empty, "0002")
    rows = "SELECT id, enrollment_id, requirement_key, blob_key FROM artifact WHERE removed_at IS NULL ORDER BY id"
    assert _found(empty, rows) == [(_id(10), _id(1), "plan", "b"), (_id(21), _id(2), "work", "b")]
    assert _found(empty, "SELECT id, enrollment_id FROM artifact WHERE removed_at IS NOT NULL") == [(_id(11), _id(2))]
    with empty.read() as session:
        assert session.scalars(select(evidence.Submission.snapshot)).all() == [{"artifacts": [{"id": _id(10)}], "answers": {}}]
    migrations.upgrade(empty)
    assert _differences(empty) == []


def test_what_two_have_scored_is_counted_from_then_on(empty: Database) -> None:
    migrations.upgrade(empty, "0008")
    content = {"criteria": [{"key": "a", "required_level": 1}, {"key": "b", "required_level": 2}]}
    scored = {
        "a": {"met": True, "levels": [1, 2], "settled_level": None},
        "b": {"met": False, "levels": [1, 2], "settled_level": 1},
        "c": {"met": True, "levels": [], "settled_level": None},
    }
    late = datetime(2026, 1, 4, tzinfo=UTC)
    _fill(
        empty,
        [
            *((name, {"id": 1}) for name in ("district",)),
            ("registration", {"id": 1, "environment": "production"}),
            *((name, {"id": 1}) for name in ("deployment", "person", "context", "resource_link", "microcredential")),
            ("person", {"id": 2, "sub": "2"}),
            ("microcredential_version", {"id": 1, "content": content}),
            ("activity", {"id": 1}),
            ("enrollment", {"id": 1}),
            ("submission", {"id": 1}),
            ("submission", {"id": 2, "attempt": 2}),
            ("review", {"id": 1, "seat": 1, "state": "locked", "assigned_at": _DAY, "locked_at": late}),
            ("review", {"id": 2, "seat": 2, "state": "locked", "assigned_at": _DAY, "locked_at": _DAY, "reviewer_id": 2}),
            ("decision", {"id": 1, "outcome": "not_earned", "criteria": scored}),
        ],
    )
    migrations.upgrade(empty)
    with empty.read() as session:
        row = session.scalars(select(review.DoubleScore)).one()
        assert row.criteria == {
            "a": {"levels": [1, 2], "met": [True, True], "settled": None},
            "b": {"levels": [1, 2], "met": [False, True], "settled": False},
        }
        assert (row.first_seconds, row.second_seconds, row.first_id.int, row.second_id.int) == (86_400, 0, 1, 2)
        assert session.scalars(select(review.Decision.attempts_left)).one() is False
    migrations.downgrade(empty, "0008")
    migrations.upgrade(empty)
    assert _differences(empty) == []
