"""The database: engine, the unit of work, the base of all tables and the types for ids and times."""

from __future__ import annotations

import re
import select
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, ForeignKeyConstraint, MetaData, String, Table, TypeDecorator, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.orm import DeclarativeBase, Session
from uuid_utils.compat import uuid7

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")
_ALONE = 0x6C74695F616C6F6E  # any constant of our own for advisory locks
_RESTED = 5.0  # seconds


def new_id() -> uuid.UUID:
    """A new primary key: UUIDv7 (RFC 9562), so that new rows stand together in an index."""
    return uuid7()


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. Refuses naive ones; SQLite, which has no zones, stores the UTC digits."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database. Raises ValueError for a naive time."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 (SQLAlchemy calls it so)
        """From the database: always aware."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SafeString(TypeDecorator[str]):
    """A text. NUL, which PostgreSQL can't hold, and half characters, which nobody can, become U+FFFD when stored and when compared."""

    impl = String
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the database."""
        del dialect
        return None if value is None else _UNSTORABLE.sub("\ufffd", value)


class Base(DeclarativeBase):
    """Base of every table."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {  # noqa: RUF012 (SQLAlchemy reads it from the class)
        datetime: UtcDateTime(),
        dict[str, Any]: JSON(),
        list[str]: JSON(),
        list[Any]: JSON(),
        str: SafeString(),
    }


@event.listens_for(ForeignKeyConstraint, "after_parent_attach")
def _check_at_commit(constraint: ForeignKeyConstraint, _table: Table) -> None:
    # Rows of one unit of work may then be added in any order.
    constraint.deferrable, constraint.initially = True, "DEFERRED"


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()


def _say_begin_ourselves(engine: Engine) -> None:
    # SQLite: a write lock taken late can fail at once; taken at the start it waits for its turn.
    # PostgreSQL: each statement sees its own moment either way, so a look needs no transaction, and costs one round trip instead of three.
    begins = {True: "BEGIN IMMEDIATE", False: "BEGIN"} if engine.dialect.name == "sqlite" else {True: "BEGIN", False: ""}

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        if words := begins[bool(connection.get_execution_options().get("writes"))]:
            connection.exec_driver_sql(words)


def _test_connections(engine: Engine) -> None:
    # What a server says when it ends a connection can be read without asking; a silent break shows only after a rest.
    @event.listens_for(engine, "checkin")
    def checkin(_connection: Any, record: Any) -> None:
        record.info["rests_since"] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def checkout(connection: Any, record: Any, _proxy: Any) -> None:
        since = record.info.get("rests_since")  # None: just made
        if since is None or (time.monotonic() - since < _RESTED and not _has_news(connection)):
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            raise InvalidatePoolError from error


def _has_news(connection: Any) -> bool:
    if connection.closed:
        return True
    waiting = select.poll()
    waiting.register(connection.fileno(), select.POLLIN)
    return bool(waiting.poll(0))


class Database:
    """One engine, and the ways to use it: `unit()` to change things, `read()` to look; `driver()` for a single hasty statement."""

    def __init__(self, url: str, *, echo: bool = False) -> None:
        pooled = {"pool_size": 10, "max_overflow": 10, "isolation_level": "AUTOCOMMIT"}
        options: dict[str, Any] = {} if url.startswith("sqlite") else pooled
        self.engine = create_engine(url, echo=echo, hide_parameters=True, **options)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            _tune_sqlite(self.engine)
        else:
            _test_connections(self.engine)
        _say_begin_ourselves(self.engine)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """A unit of work: commits at the end, rolls back on any exception. What `before_commit` and `after_commit` collected runs there."""
        with Session(self._writer, expire_on_commit=False) as session:
            with session.begin():
                yield session
                for action in session.info.pop("before_commit", []):
                    action()
            for action in session.info.pop("after_commit", []):
                action()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look at the data, which changes nothing: there is no transaction around it that could be rolled back."""
        with Session(self.engine, autoflush=False) as session:
            yield session

    @contextmanager
    def driver(self) -> Iterator[Any]:
        """A cursor of the driver itself (PostgreSQL), for a statement that is compiled already and is a unit of work by itself."""
        connection = self.engine.raw_connection()
        try:
            yield connection.cursor()
        finally:
            connection.close()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Among all processes on this PostgreSQL database, only one is in here at a time; for making tables. SQLite: no lock."""
        if self.is_sqlite:
            yield
            return
        with self._writer.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ALONE})
            yield

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def before_commit(session: Session, action: Callable[[], object]) -> None:
    """Run `action` as the last thing of this unit of work; if it fails, nothing is committed."""
    session.info.setdefault("before_commit", []).append(action)


def after_commit(session: Session, action: Callable[[], object]) -> None:
    """Run `action` once this unit of work has committed; never if it rolls back."""
    session.info.setdefault("after_commit", []).append(action)


def upsert(session: Session, model: type[Base], values: dict[str, Any], *, key: tuple[str, ...], keep: tuple[str, ...] = ()) -> Any:
    """Insert a row or bring it up to date in one statement (INSERT .. ON CONFLICT), and return its primary key.

    `key` are the columns of a unique constraint; `keep` are set on insert only.
    """
    changes = tuple(name for name in values if name not in key and name not in keep) or key[:1]  # DO NOTHING would return no row
    return session.execute(_upsert(session.get_bind().dialect.name, model, key, changes), values).scalar_one()


def insert_if_new(session: Session, model: type[Base], values: dict[str, Any]) -> bool:
    """Insert a row; False when one with the same primary key is there, also one that another unit of work has just made."""
    return session.connection().execute(_insert_if_new(session.get_bind().dialect.name, model), values).first() is not None


@lru_cache(maxsize=16)
def _insert_if_new(dialect: str, model: type[Base]) -> Any:
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    return make(model.__table__).on_conflict_do_nothing().returning(*model.__table__.primary_key)


@lru_cache(maxsize=128)
def _upsert(dialect: str, model: type[Base], key: tuple[str, ...], changes: tuple[str, ...]) -> Any:
    make: Any = sqlite.insert if dialect == "sqlite" else postgresql.insert
    statement = make(model.__table__)
    statement = statement.on_conflict_do_update(index_elements=list(key), set_={name: statement.excluded[name] for name in changes})
    return statement.returning(*model.__table__.primary_key)
