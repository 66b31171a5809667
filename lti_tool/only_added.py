"""Tables to which rows are only added: triggers, on both databases, that let nobody change or delete one."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection


class OnlyAdded:
    """The triggers of one table. An erasure may empty the texts in `emptied`; all columns in `same` stand, as the table has them."""

    def __init__(self, table: str, *, emptied: tuple[str, ...], same: tuple[str, ...]) -> None:
        words = f"{table}: rows are only added"
        empties = "".join(f"OLD.{name} := '';\n            " for name in emptied)
        allowed = [*(f"NEW.\"{name}\" = ''" for name in emptied), *(f'OLD."{name}" IS NEW."{name}"' for name in same)]
        self._table = table
        self._postgresql = (
            f"""
    CREATE OR REPLACE FUNCTION {table}_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            {empties}IF to_jsonb(OLD) = to_jsonb(NEW) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{words}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
            f"CREATE TRIGGER {table}_stands BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stands()",
            f"CREATE TRIGGER {table}_all_stand BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION {table}_stands()",
        )
        refuse = f"BEGIN SELECT RAISE(ABORT, '{words}'); END"
        self._sqlite = (
            f"CREATE TRIGGER {table}_stands BEFORE UPDATE ON {table} WHEN NOT ({' AND '.join(allowed)}) {refuse}",
            f"CREATE TRIGGER {table}_stays BEFORE DELETE ON {table} {refuse}",
        )

    def put_up(self, _target: object, connection: Connection, **_given: Any) -> None:
        """Make the triggers; also called when the table is made from the models."""
        for statement in self._sqlite if connection.dialect.name == "sqlite" else self._postgresql:
            connection.exec_driver_sql(statement)

    def take_down(self, connection: Connection) -> None:
        """Remove them, for a migration that changes the table: SQLite loses them anyway when it writes a table anew."""
        table = self._table
        names: tuple[str, ...] = (f"TRIGGER IF EXISTS {table}_stands", f"TRIGGER IF EXISTS {table}_stays")
        if connection.dialect.name != "sqlite":
            names = (
                f"TRIGGER IF EXISTS {table}_stands ON {table}",
                f"TRIGGER IF EXISTS {table}_all_stand ON {table}",
                f"FUNCTION IF EXISTS {table}_stands()",
            )
        for name in names:
            connection.exec_driver_sql(f"DROP {name}")
