"""Words as outlines: measured, broken into lines that fit, and drawn, without any font on the machine that shows them."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise

LINE_HEIGHT = 1.16
ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class _Letters:
    units_per_em: int
    cap_height: int
    letters: dict[str, tuple[int, str]]


@dataclass(frozen=True, slots=True)
class Block:
    """Lines of text and the size (of one em, in user units) at which they fit."""

    lines: tuple[str, ...]
    size: float

    @property
    def height(self) -> float:
        """From the top of the first line's capitals to the last baseline, in user units."""
        return cap_height(self.size) + (len(self.lines) - 1) * self.size * LINE_HEIGHT


@lru_cache(maxsize=1)
def _letters() -> _Letters:
    text = files(__package__).joinpath("letters/public-sans-bold.json").read_text(encoding="utf-8")
    data = json.loads(text)
    return _Letters(data["units_per_em"], data["cap_height"], {c: (width, path) for c, (width, path) in data["letters"].items()})


def spell(text: str) -> str | None:
    """The text in characters that can be drawn, accents dropped where need be; None if a character has no drawing at all."""
    known = _letters().letters
    spelled = []
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        drawn = character if character in known else "".join(c for c in unicodedata.normalize("NFKD", character) if c in known)
        if not drawn:
            return None
        spelled.append(drawn)
    return "".join(spelled)


def cap_height(size: float) -> float:
    """Height of a capital at this size, in user units."""
    return size * _letters().cap_height / _letters().units_per_em


def measure(text: str, size: float) -> float:
    """Width of spelled text at this size, in user units."""
    known = _letters()
    return sum(known.letters[c][0] for c in text) * size / known.units_per_em


def fit(text: str, *, width: float, height: float, largest: float, smallest: float) -> Block:
    """Breaks spelled text into lines at the largest size that stays inside width and height.

    What cannot fit even at the smallest size is cut short with an ellipsis.
    """
    size = largest
    while size > smallest:
        lines = _wrap(text, width, size)
        block = Block(lines, size)
        if block.height <= height and all(measure(line, size) <= width for line in lines):
            return Block(_balance(text, len(lines), width, size), size)
        size -= 1
    lines = _wrap(text, width, smallest)
    room = max(1, int((height - cap_height(smallest)) // (smallest * LINE_HEIGHT)) + 1)
    if len(lines) > room:
        lines = (*lines[: room - 1], lines[room - 1] + ELLIPSIS)
    return Block(tuple(_shorten(line, width, smallest) for line in lines), smallest)


_NEVER_FIRST = frozenset(":;!?»–—/&+")
"""Marks that French and others set with a space before them: no line begins with one."""


def _words(text: str) -> list[str]:
    words: list[str] = []
    for word in text.split():
        if words and word[0] in _NEVER_FIRST and len(word) == 1:
            words[-1] += f" {word}"
        else:
            words.append(word)
    return words


def _wrap(text: str, width: float, size: float) -> tuple[str, ...]:
    lines: list[str] = []
    for word in _words(text):
        if lines and measure(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return tuple(lines)


def _balance(text: str, count: int, width: float, size: float) -> tuple[str, ...]:
    """The same number of lines, of lengths as even as they can be: the narrowest width that still needs no more lines."""
    low, high = 0.0, width
    while high - low > size / 8:
        middle = (low + high) / 2
        lines = _wrap(text, middle, size)
        if len(lines) <= count and all(measure(line, size) <= middle for line in lines):
            high = middle
        else:
            low = middle
    return _wrap(text, high, size)


def _shorten(line: str, width: float, size: float) -> str:
    if measure(line, size) <= width:
        return line
    kept = line.removesuffix(ELLIPSIS)
    while kept and measure(kept + ELLIPSIS, size) > width:
        kept = kept[:-1].rstrip()
    return kept + ELLIPSIS


def draw(block: Block, *, top: float, fill: str, center: float = 0, left: float | None = None) -> str:
    """SVG of the lines, each centered at x = center, or beginning at x = left; the first line's capitals start at y = top."""
    known = _letters()
    scale = block.size / known.units_per_em
    baseline = top + cap_height(block.size)
    parts = []
    for number, line in enumerate(block.lines):
        x = center - measure(line, block.size) / 2 if left is None else left
        y = baseline + number * block.size * LINE_HEIGHT
        starts = [0]
        for character in line:
            starts.append(starts[-1] + known.letters[character][0])
        glyphs = "".join(
            f'<path transform="translate({start})" d="{known.letters[character][1]}"/>'
            for character, (start, _) in zip(line, pairwise(starts), strict=True)
            if known.letters[character][1]
        )
        parts.append(f'<g transform="translate({x:.2f} {y:.2f}) scale({scale:.5f} {-scale:.5f})">{glyphs}</g>')
    return f'<g fill="{fill}">{"".join(parts)}</g>'
