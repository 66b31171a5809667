"""Triggers that let nobody change or delete a row of the trail. An erasure may empty `reason` and its salt, and nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy.engine import Connection

_SAME = ("id", "district_id", "at", "actor_id", "action", "subject_id", "details", "sequence", "previous", "hash", "reason_digest")

_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION audit_event_stands() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF TG_OP = 'UPDATE' THEN
            OLD.reason := '';
            OLD.reason_salt := '';
            IF to_jsonb(OLD) = to_jsonb(NEW) THEN
                RETURN NEW;
            END IF;
        END IF;
        RAISE EXCEPTION 'audit_event: rows are only added' USING ERRCODE = 'integrity_constraint_violation';
    END $$
    """,
    "CREATE TRIGGER audit_event_stands BEFORE UPDATE OR DELETE ON audit_event FOR EACH ROW EXECUTE FUNCTION audit_event_stands()",
    "CREATE TRIGGER audit_event_all_stand BEFORE TRUNCATE ON audit_event FOR EACH STATEMENT EXECUTE FUNCTION audit_event_stands()",
)
_SQLITE = (
    "CREATE TRIGGER audit_event_stands BEFORE UPDATE ON audit_event WHEN NOT (NEW.reason = '' AND NEW.reason_salt = '' AND "
    + " AND ".join(f"OLD.{name} IS NEW.{name}" for name in _SAME)
    + ") BEGIN SELECT RAISE(ABORT, 'audit_event: rows are only added'); END",
    "CREATE TRIGGER audit_event_stays BEFORE DELETE ON audit_event BEGIN SELECT RAISE(ABORT, 'audit_event: rows are only added'); END",
)


def put_up(_target: object, connection: Connection, **_given: Any) -> None:
    """Make the triggers; also called when the table is made from the models."""
    for statement in _SQLITE if connection.dialect.name == "sqlite" else _POSTGRESQL:
        connection.exec_driver_sql(statement)


def take_down(connection: Connection) -> None:
    """Remove the triggers, for a migration that changes the table: SQLite loses them anyway when it writes a table anew."""
    if connection.dialect.name == "sqlite":
        names: tuple[str, ...] = ("DROP TRIGGER IF EXISTS audit_event_stands", "DROP TRIGGER IF EXISTS audit_event_stays")
    else:
        names = (
            "DROP TRIGGER IF EXISTS audit_event_stands ON audit_event",
            "DROP TRIGGER IF EXISTS audit_event_all_stand ON audit_event",
            "DROP FUNCTION IF EXISTS audit_event_stands()",
        )
    for name in names:
        connection.exec_driver_sql(name)
