"""Counts what a page asks of the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event

from lti_tool.tool import Tool


class _Told:
    """A cursor of the driver that writes down what it is given."""

    def __init__(self, cursor: Any, statements: list[str]) -> None:
        self._cursor, self._statements = cursor, statements

    def execute(self, words: str, values: Any) -> Any:
        self._statements.append(words)
        return self._cursor.execute(words, values)


@contextmanager
def counted(tool: Tool) -> Iterator[list[str]]:
    """The statements that run inside, in order."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    driver = tool.database.driver

    @contextmanager
    def driven() -> Iterator[Any]:
        with driver() as cursor:
            yield _Told(cursor, statements)

    event.listen(tool.database.engine, "before_cursor_execute", note)
    tool.database.driver = driven  # type: ignore[method-assign]
    try:
        yield statements
    finally:
        del tool.database.driver
        event.remove(tool.database.engine, "before_cursor_execute", note)
