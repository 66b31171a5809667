"""What Alembic runs: one transaction over the engine it was given."""

from alembic import context
from sqlalchemy import Connection

from lti_tool.all_models import metadata

engine = context.config.attributes["engine"]
is_sqlite = engine.dialect.name == "sqlite"


def run(connection: Connection) -> None:
    # Alembic thinks that SQLite's DDL can't be in a transaction and would commit after each revision; here it is in ours.
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=is_sqlite,
        transactional_ddl=True,
        transaction_per_migration=False,
    )
    with context.begin_transaction():
        context.run_migrations()
        if is_sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise RuntimeError("a row would point at one that is not there; nothing was changed")


with engine.execution_options(writes=True).connect() as connection:
    # SQLite changes a table by writing it anew, which must not look as if its rows went; the switch works only outside a transaction.
    raw = connection.connection.dbapi_connection
    if is_sqlite:
        raw.execute("PRAGMA foreign_keys=OFF")
    try:
        run(connection)
    finally:
        connection.rollback()
        if is_sqlite:
            raw.execute("PRAGMA foreign_keys=ON")
