"""The migrations, up and down, give exactly the tables of the models."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect, text

from lti_tool import migrations
from lti_tool.all_models import metadata
from lti_tool.database import Database


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
    with database.engine.connect() as connection:
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
