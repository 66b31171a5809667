"""The database: engine, the unit of work, the base of all tables and the types for ids and times."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Engine, ForeignKeyConstraint, MetaData, String, Table, TypeDecorator, create_engine, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.orm import DeclarativeBase, Session
from uuid_utils.compat import uuid7

_ALONE = 0x6C74695F616C6F6E  # any constant of our own for advisory locks


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
        str: String(),
    }


@event.listens_for(ForeignKeyConstraint, "after_parent_attach")
def _check_at_commit(constraint: ForeignKeyConstraint, _table: Table) -> None:
    # Rows of one unit of work may then be added in any order.
    constraint.deferrable, constraint.initially = True, "DEFERRED"


def _tune_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # we say BEGIN ourselves
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        # A write lock taken late can fail at once; taken at the start it waits for its turn.
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """One engine, and the only two ways to use it: `unit()` to change things, `read()` to look."""

    def __init__(self, url: str, *, echo: bool = False) -> None:
        options: dict[str, Any] = {} if url.startswith("sqlite") else {"pool_pre_ping": True, "pool_size": 10, "max_overflow": 10}
        self.engine = create_engine(url, echo=echo, hide_parameters=True, **options)
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        if self.is_sqlite:
            _tune_sqlite(self.engine)
        self._writer = self.engine.execution_options(writes=True)

    @contextmanager
    def unit(self) -> Iterator[Session]:
        """A unit of work: commits at the end, rolls back on any exception, then runs what `after_commit` collected."""
        with Session(self._writer, expire_on_commit=False) as session:
            with session.begin():
                yield session
            for action in session.info.pop("after_commit", []):
                action()

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A look at one moment of the data; whatever is changed here is thrown away."""
        with Session(self.engine, autoflush=False) as session:
            yield session

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Among all processes on this PostgreSQL database, only one is in here at a time; for making tables. SQLite: no lock."""
        if self.is_sqlite:
            yield
            return
        with self.engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ALONE})
            yield

    def dispose(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def after_commit(session: Session, action: Callable[[], None]) -> None:
    """Run `action` once this unit of work has committed; never if it rolls back."""
    session.info.setdefault("after_commit", []).append(action)


def upsert(session: Session, model: type[Base], values: dict[str, Any], *, key: tuple[str, ...], keep: tuple[str, ...] = ()) -> Any:
    """Insert a row or bring it up to date in one statement (INSERT .. ON CONFLICT), and return its primary key.

    `key` are the columns of a unique constraint; `keep` are set on insert only.
    """
    table = model.__table__
    make: Any = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(table).values(**values)
    changes = {name: statement.excluded[name] for name in values if name not in key and name not in keep}
    changes = changes or {key[0]: statement.excluded[key[0]]}  # DO NOTHING would return no row
    statement = statement.on_conflict_do_update(index_elements=list(key), set_=changes)
    return session.execute(statement.returning(*table.primary_key)).scalar_one()
