"""A language in which everything that is looked up stands in ⟦marks⟧: what stands outside them on a page is data, or was forgotten."""

from __future__ import annotations

import re
from html.parser import HTMLParser

from tests.factories.templates import ATTRIBUTES

OPEN, CLOSE = "⟦", "⟧"
_WORD = re.compile(r"[^\W\d_]{2,}")
_SILENT = ("script", "style", "code", "time", "title", "pre")
"""Elements whose text is no sentence of ours: codes, days, what people wrote as they wrote it. A title repeats the page's heading."""


class Marked:
    """Stands in for the translations of a language."""

    def gettext(self, text: str) -> str:
        """The text itself, in marks."""
        return f"{OPEN}{text}{CLOSE}"

    def ngettext(self, one: str, many: str, count: int) -> str:
        """The right one, in marks."""
        return self.gettext(one if count == 1 else many)

    def pgettext(self, _sense: str, text: str) -> str:
        """The text itself, in marks."""
        return self.gettext(text)

    def npgettext(self, _sense: str, one: str, many: str, count: int) -> str:
        """The right one, in marks."""
        return self.ngettext(one, many, count)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.depth, self.silent, self.found = 0, [], []  # type: ignore[var-annotated]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SILENT:
            self.silent.append(tag)
        for name, value in attrs:
            if name in ATTRIBUTES and value and not self.depth:
                self.take(value)
            if name == "value" and tag == "input" and ("type", "submit") in attrs and value:
                self.take(value)

    def handle_endtag(self, tag: str) -> None:
        if self.silent and self.silent[-1] == tag:
            self.silent.pop()

    def handle_data(self, data: str) -> None:
        self.take(data, shown=not self.silent)

    def take(self, text: str, *, shown: bool = True) -> None:
        for part in re.split(f"([{OPEN}{CLOSE}])", text):
            if part == OPEN:
                self.depth += 1
            elif part == CLOSE:
                self.depth -= 1
            elif shown and not self.depth and _WORD.search(part):
                self.found.append(" ".join(part.split()))


def outside(html: str, data: str) -> list[str]:
    """What a page says outside marks that is no part of `data`, all that the test itself put into the world."""
    reader = _Reader()
    reader.feed(html)
    assert OPEN in html, "the page was not asked for in the marked language"
    known = " ".join(data.split())
    return [one for one in reader.found if one.strip(" ·,.:;()“”") not in known]
