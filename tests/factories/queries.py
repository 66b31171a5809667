"""Counts what a page asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from lti_tool.tool import Tool


@contextmanager
def counted(tool: Tool) -> Iterator[list[str]]:
    """The statements that run inside, in order."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(tool.database.engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        event.remove(tool.database.engine, "before_cursor_execute", note)
