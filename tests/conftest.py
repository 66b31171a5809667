"""Fixtures for everybody: a tool on a real database (SQLite, or what TEST_DATABASE_URL names), a clock that tests set, a world."""

from __future__ import annotations

import gc
import os
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from lti_tool.all_models import metadata
from lti_tool.app import build_tool, create_app
from lti_tool.database import Database
from lti_tool.language import locale_of, speaking
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.factories.emptying import empty
from tests.factories.haste import share_statements_of, share_what_is_compiled, without_waiting_for_the_disk
from tests.factories.world import World


def pytest_configure(config: pytest.Config) -> None:
    """Compile once what every test would compile again."""
    if (cache := getattr(config, "cache", None)) is not None:
        share_what_is_compiled(cache.mkdir("templates"))


def pytest_collection_finish() -> None:
    """What was imported stays: the collector need not look through it again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def tick(self, **delta: float) -> None:
        """Move on by a timedelta's arguments."""
        self.now += timedelta(**delta)


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    """Each test begins in English, whatever the last request of the one before was answered in."""
    with speaking(locale_of()):
        yield


@pytest.fixture(scope="session")
def database_template(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """URL of a database with all tables: a SQLite file to copy, or a PostgreSQL database of this test process."""
    url = os.environ.get("TEST_DATABASE_URL", "")
    if not url:
        path = tmp_path_factory.mktemp("template") / "template.db"
        database = Database(f"sqlite:///{path}")
        metadata.create_all(database.engine)
        with database.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        share_statements_of(database.engine)
        database.dispose()
        yield str(path)
        return
    name = f"test_lti_tool_{os.getpid()}_{worker_id}"
    server = Database(url)
    admin = server.engine.execution_options(isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    own = url.rsplit("/", 1)[0] + f"/{name}"
    database = Database(own)
    metadata.create_all(database.engine)
    share_statements_of(database.engine)
    database.dispose()
    yield own
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE "{name}" WITH (FORCE)'))
    server.dispose()


@pytest.fixture
def clock() -> Clock:
    """The test's clock."""
    return Clock()


@pytest.fixture
def tool(database_template: str, tmp_path: Path, clock: Clock) -> Iterator[Tool]:
    """A connected tool on an empty database."""
    if database_template.startswith("postgresql"):
        url = database_template
    else:
        shutil.copy(database_template, tmp_path / "test.db")
        url = f"sqlite:///{tmp_path / 'test.db'}"
    here = build_tool(
        Settings(data_dir=tmp_path / "data", database_url=url, development=True, base_url="http://127.0.0.1:8000", log_level="ERROR"),
        clock=clock,
    )
    if here.database.is_sqlite:
        without_waiting_for_the_disk(here.database.engine)
    yield here
    if not here.database.is_sqlite:
        empty(here.database.engine)
    here.database.dispose()


@pytest.fixture
def app(tool: Tool) -> Flask:
    """The web application on that tool."""
    app = create_app(here=tool)
    app.config["TESTING"] = False
    return app


@pytest.fixture
def world(tool: Tool, app: Flask) -> World:
    """Builder of districts, people, courses and work; and of browsers that stand in a frame."""
    return World(tool, app)
