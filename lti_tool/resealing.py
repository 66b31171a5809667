"""Everything that is encrypted at rest, encrypted anew with the newest encryption key: then the older ones can be taken out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Column, Table, delete, select, update
from sqlalchemy.orm import Session

from lti_tool.all_models import metadata
from lti_tool.platforms.models import AccessToken
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool


def sealed_columns() -> list[tuple[Table, Column[Any]]]:
    """Every column that holds something sealed: by the house's rule its name says so."""
    return [(table, column) for table in metadata.sorted_tables for column in table.columns if column.name.endswith("_sealed")]


def _lasting(session: Session) -> Iterator[tuple[Table, Column[Any], Any, str]]:
    # An LMS's token lives an hour, and where it can't be read we ask for another.
    for table, column in sealed_columns():
        if table is not AccessToken.__table__:
            for row_id, sealed in session.execute(select(table.c.id, column)).all():
                yield table, column, row_id, sealed


def unreadable(session: Session, here: Tool) -> list[str]:
    """Table and id of every value that none of the configured encryption keys opens."""
    lost = []
    for table, _, row_id, sealed in _lasting(session):
        try:
            here.box.open(sealed)
        except SecretLost:
            lost.append(f"{table.name} {row_id}")
    return lost


def reseal(session: Session, here: Tool) -> int:
    """Seal everything with the first of the configured keys, in this unit of work; how many values that were. LMSs' tokens are dropped.

    Raises SecretLost when a value can't be opened; nothing is changed then.
    """
    if lost := unreadable(session, here):
        raise SecretLost(", ".join(lost))
    session.execute(delete(AccessToken))
    done = 0
    for table, column, row_id, sealed in _lasting(session):
        session.execute(update(table).where(table.c.id == row_id).values({column: here.box.reseal(sealed)}))
        done += 1
    return done
