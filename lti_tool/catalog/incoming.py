"""What comes in from a file, whatever its format: drafts with what is wrong with them, row by row. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from lti_tool.catalog.policies import Draft
from lti_tool.language import N_, _

MOST_ROWS: Final = 1000
MOST_BYTES: Final = 16 * 1024 * 1024


@dataclass(frozen=True)
class Wrong:
    """One fault: where (`row` as a spreadsheet counts, 0 for the whole file; `column` by name), what is wrong, and what to do.

        `said` and `remedy` are marked by N_; `values` fill the placeholders of `said`. `blocks`: the row can't come in as it is; others
    are only missing for publishing.
    """

    row: int
    column: str
    said: str
    remedy: str
    values: tuple[tuple[str, str], ...] = ()
    blocks: bool = True

    @property
    def words(self) -> str:
        """What is wrong, in the language spoken."""
        return _(self.said, **dict(self.values)) if self.values else _(self.said)

    @property
    def advice(self) -> str:
        """What to do."""
        return _(self.remedy)


@dataclass(frozen=True)
class Incoming:
    """One microcredential of a file. `given_hash` is what the file says that its content's hash is; `origin` where it says it is from."""

    row: int
    key: str
    title: str
    draft: Draft
    wrong: tuple[Wrong, ...] = ()
    given_hash: str = ""
    origin: str = ""

    @property
    def good(self) -> bool:
        """Whether it can come in as a draft."""
        return not any(one.blocks for one in self.wrong)


@dataclass(frozen=True)
class File:
    """A file that was read. `kind`: csv, share, achievement or case. `wrong` are faults of the file as a whole."""

    kind: str
    rows: tuple[Incoming, ...] = ()
    wrong: tuple[Wrong, ...] = ()


class Unreadable(Exception):
    """Nothing can be made of the file; `words` (marked by N_) say why and what to do."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass
class Group:
    """The same fault in the same column, and the rows that have it."""

    example: Wrong
    rows: list[int] = field(default_factory=list)

    @property
    def spans(self) -> str:
        """The rows as a person writes them: 2–7, 9, 12."""
        spans: list[str] = []
        begin = last = self.rows[0]
        for row in [*self.rows[1:], -1]:
            if row == last + 1:
                last = row
                continue
            spans.append(str(begin) if begin == last else f"{begin}–{last}")
            begin = last = row
            if len(spans) == _MOST_SPANS and row != -1:
                return ", ".join([*spans, "…"])
        return ", ".join(spans)


_MOST_SPANS: Final = 12


def grouped(wrong: Sequence[Wrong]) -> list[Group]:
    """Faults that are alike together, those with most rows first: five hundred rows with one mistake are one line."""
    found: dict[tuple[str, str, str, tuple[Any, ...]], Group] = {}
    for one in sorted(wrong, key=lambda fault: fault.row):
        values = () if "value" in dict(one.values) else one.values
        group = found.setdefault((one.column, one.said, one.remedy, values), Group(one))
        if not group.rows or group.rows[-1] != one.row:
            group.rows.append(one.row)
    return sorted(found.values(), key=lambda group: (not group.example.blocks, -len(group.rows)))


EMPTY: Final = N_("Nothing stands here.")
BAD_VALUE: Final = N_("“%(value)s” can’t be taken.")
ONE_KEY_TWICE: Final = N_("The key “%(value)s” stands in two rows.")
EACH_KEY_ONCE: Final = N_("Give each row a key of its own, or leave it empty.")


def shown(value: Any) -> str:
    """A value in a sentence: short, in one line."""
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"{text[:57]}…"
