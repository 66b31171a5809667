"""Marks that other rooms put on microcredentials in lists, such as “counts for pay”: each can be asked for, and is shown on what has it.

A room adds its own on import: `MARKS.append(Mark("pay", N_("Counts for pay"), which))`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.orm import Session

Which = Callable[[Session, UUID, Collection[UUID]], Collection[UUID]]
"""(session, district, microcredentials) -> those of them that have the mark, in one query."""


@dataclass(frozen=True)
class Mark:
    """`code` stands in addresses; `label` is marked by N_."""

    code: str
    label: str
    which: Which


MARKS: list[Mark] = []


def mark(code: str) -> Mark | None:
    """The mark with this code."""
    return next((one for one in MARKS if one.code == code), None)
