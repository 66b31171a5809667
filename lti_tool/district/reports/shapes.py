"""What a report is made of, before it becomes a page, a file or a sheet of paper."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from lti_tool.web.charts import Chart

Kind = Literal["text", "count", "share", "decimal", "days", "money"]


@dataclass(frozen=True)
class Hidden:
    """A figure that is not shown, because so few people stand behind it."""


HIDDEN = Hidden()
Cell = str | int | float | Hidden | None


@dataclass(frozen=True)
class Column:
    """A column of a table. `money` is in cents, `share` a share of 1."""

    label: str
    kind: Kind = "count"


@dataclass(frozen=True)
class Table:
    """A table behind a chart. `total` is its last row; `note` stands below it."""

    caption: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[Cell, ...]]
    total: tuple[Cell, ...] | None = None
    note: str = ""

    @property
    def hides(self) -> bool:
        """Whether something in it is not shown."""
        return any(isinstance(cell, Hidden) for row in (*self.rows, self.total or ()) for cell in row)


@dataclass(frozen=True)
class Figure:
    """A key figure, written out."""

    label: str
    words: str


@dataclass(frozen=True)
class Report:
    """A report. `meaning` says in plain words what is counted; `empty` what to wait for, where there is nothing to show.

    `withheld`: the chosen group is so small that nothing of it is shown. `follow` is (words, endpoint) of a page that says more.
    """

    key: str
    title: str
    lead: str
    figures: tuple[Figure, ...] = ()
    charts: tuple[Chart, ...] = ()
    tables: tuple[Table, ...] = ()
    meaning: tuple[str, ...] = ()
    empty: str = ""
    withheld: bool = False
    follow: tuple[tuple[str, str], ...] = field(default=())
