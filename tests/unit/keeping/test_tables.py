"""No table with something of a person is forgotten when a person is erased."""

from __future__ import annotations

from sqlalchemy import Table

from lti_tool.all_models import metadata
from lti_tool.keeping.tables import FATES

BY_NAME = {"audit_event": {"actor_id"}, "frame_session": {"person_id", "supporter_id"}}
"""Columns that hold a person's id without a foreign key."""


def persons_columns(table: Table) -> set[str]:
    keys = {key.parent.name for key in table.foreign_keys if key.column.table.name == "person"}
    return keys | BY_NAME.get(table.name, set())


def of_people() -> set[str]:
    """Every table that refers to a person, or to a row of such a table, however far away."""
    found = {"person", *BY_NAME}
    while more := {table.name for table in metadata.sorted_tables for key in table.foreign_keys if key.column.table.name in found} - found:
        found |= more
    return found


def test_every_table_of_people_is_listed() -> None:
    assert of_people() == set(FATES)


def test_every_column_that_refers_to_a_person_is_listed() -> None:
    for name, fate in FATES.items():
        assert persons_columns(metadata.tables[name]) == set(fate.columns), name
        assert fate.words
