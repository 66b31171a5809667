"""Triggers that let nobody change or delete an entry of the ledger. An erasure may empty `note`, and nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

_WORDS = "pay_entry: entries are only added"
_SAME = (
    *("id", "district_id", "person_id", "series_id", "rule_id", "number", "unit", "year", "kind", "cause", "under", "amount", "over"),
    *("waits", "moved", "award_id", "microcredential_id", "batch_id", "key", "on_day", "at", "actor_id", "grouped"),
)
_POSTGRESQL = (
    f"""
    CREATE OR REPLACE FUNCTION pay_entry_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            OLD.note := '';
            IF to_jsonb(OLD) = to_jsonb(NEW) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION '{_WORDS}' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER pay_entry_stands BEFORE UPDATE OR DELETE ON pay_entry FOR EACH ROW EXECUTE FUNCTION pay_entry_stands()",
    "CREATE TRIGGER pay_entry_all_stand BEFORE TRUNCATE ON pay_entry FOR EACH STATEMENT EXECUTE FUNCTION pay_entry_stands()",
)
_SQLITE = (
    "CREATE TRIGGER pay_entry_stands BEFORE UPDATE ON pay_entry WHEN NOT (NEW.note = '' AND "
    + " AND ".join(f'OLD."{name}" IS NEW."{name}"' for name in _SAME)
    + f") BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END",
    f"CREATE TRIGGER pay_entry_stays BEFORE DELETE ON pay_entry BEGIN SELECT RAISE(ABORT, '{_WORDS}'); END",
)


def put_up(_target: object, connection: Connection, **_given: Any) -> None:
    """Make the triggers; also called when the table is made from the models."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def take_down(connection: Connection) -> None:
    """Remove the triggers, before the table goes: PostgreSQL keeps the function."""
    if connection.dialect.name != "sqlite":
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS pay_entry_stands ON pay_entry")
        connection.exec_driver_sql("DROP TRIGGER IF EXISTS pay_entry_all_stand ON pay_entry")
        connection.exec_driver_sql("DROP FUNCTION IF EXISTS pay_entry_stands()")
