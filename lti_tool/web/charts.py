"""Where the parts of a chart lie: numbers in, rectangles, lines and words out. `charts.html` draws them as SVG.

Colors are classes, and each series has a pattern or a place of its own beside its color. Every chart stands above a table that says the
same; its title and description are for those who do not see it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

WIDE, NARROW = 860, 330
"""Each chart is laid out twice, so that its words keep their size where the page is narrow."""
_CHAR = 7.2  # about the width of a letter at 13 pixels
_ROW, _BAR = 46, 16
_LEFT, _BELOW, _ABOVE = 44, 26, 18


@dataclass(frozen=True)
class Rect:
    """A rectangle of a series (0, 1 …), or `step`: how dark a cell of a heat map is, 0 to 4."""

    x: float
    y: float
    width: float
    height: float
    series: int = 0
    step: int | None = None


@dataclass(frozen=True)
class Text:
    """Words. `anchor`: start, middle, end; `kind`: label, value, tick, on-dark."""

    x: float
    y: float
    words: str
    anchor: str = "start"
    kind: str = "label"


@dataclass(frozen=True)
class Line:
    """A straight line. `kind`: grid, axis, mark."""

    x1: float
    y1: float
    x2: float
    y2: float
    kind: str = "grid"


@dataclass(frozen=True)
class Drawing:
    """A chart laid out. `curve` are the points of a line through all values."""

    width: float
    height: float
    rects: tuple[Rect, ...] = ()
    texts: tuple[Text, ...] = ()
    lines: tuple[Line, ...] = ()
    curve: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class Chart:
    """A chart for a page: what it is called, what it says in a sentence, and how it is laid out at a width. `legend` names its series."""

    title: str
    description: str
    draw: Callable[[int], Drawing]
    legend: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bar:
    """A row of a bar chart: its values one after the other, and the words at their end. No values: only the words."""

    label: str
    values: tuple[float, ...]
    words: str = ""


def cut(words: str, width: float) -> str:
    """Words that fit into a width."""
    most = max(4, int(width / _CHAR))
    return words if len(words) <= most else words[: most - 1].rstrip() + "…"


def ticks(highest: float, about: int = 4) -> tuple[float, ...]:
    """Round numbers from 0 to at least the highest; whole ones where it is above 1."""
    if highest < 0.001:
        return (0, 1)
    step = 10 ** math.floor(math.log10(highest / about))
    step = next(step * many for many in (1, 2, 5, 10) if step * many * about >= highest)
    if highest >= 1:
        step = max(1, step)
    return tuple(round(step * n, 6) for n in range(math.ceil(highest / step - 1e-9) + 1))


def bars(rows: Sequence[Bar], width: int, *, highest: float | None = None, mark: tuple[float, str] | None = None) -> Drawing:
    """Horizontal bars, each with its label above and its words behind. `mark`: a value at which a line stands, with its words."""
    full = max([highest or 0, *(sum(row.values) for row in rows), mark[0] if mark else 0]) or 1
    room = width - 16 - _CHAR * max((len(row.words) for row in rows), default=0)
    room = max(room, width / 3)
    top = _ABOVE if mark else 0
    rects: list[Rect] = []
    texts: list[Text] = []
    for place, row in enumerate(rows):
        y, x = top + place * _ROW, 0.0
        texts.append(Text(0, y + 14, cut(row.label, width)))
        for series, value in enumerate(row.values):
            long = room * max(value, 0) / full
            if long > 0:
                rects.append(Rect(_r(x), y + 20, _r(max(long, 1)), _BAR, series))
            x += long
        texts.append(Text(_r(x + (6 if x else 0)), y + 33, row.words, kind="value"))
    height = top + max(len(rows) * _ROW - 6, 0)
    lines: list[Line] = []
    if mark:
        at = _r(room * mark[0] / full)
        lines.append(Line(at, top - 2, at, height, "mark"))
        end = at > width / 2
        texts.append(Text(at + (-4 if end else 4), 12, mark[1], "end" if end else "start", "tick"))
    return Drawing(width, height, tuple(rects), tuple(texts), tuple(lines))


def columns(
    points: Sequence[tuple[str, float]],
    width: int,
    *,
    write: Callable[[float], str],
    mark: tuple[float, str] | None = None,
    curve: bool = False,
    height: int = 210,
) -> Drawing:
    """Columns side by side over a scale, or a curve. `mark`: between which columns (2: after the second) a line stands, with its words."""
    highest = max((value for _, value in points), default=0)
    scale, widest = ticks(highest), _CHAR * max((len(write(value)) for _, value in points), default=0)
    bottom, above = height - _BELOW, _ABOVE + (14 if mark else 0)
    each = (width - _LEFT - 4) / max(len(points), 1)
    lines, texts, rects = [], [], []

    def y(value: float) -> float:
        return _r(bottom - (bottom - above) * value / scale[-1])

    for one in scale:
        lines.append(Line(_LEFT, y(one), width, y(one), "axis" if one == 0 else "grid"))
        texts.append(Text(_LEFT - 6, y(one) + 4, write(one), "end", "tick"))
    longest = max((len(label) for label, _ in points), default=0)
    every = max(1, math.ceil((longest * 6.6 + 8) / each))
    for place, (label, value) in enumerate(points):
        middle = _r(_LEFT + each * (place + 0.5))
        if not curve and value > 0:
            top = min(y(value), bottom - 1)
            rects.append(Rect(_r(middle - each * 0.36), top, _r(each * 0.72), _r(bottom - top)))
            if value == highest or each >= widest:
                texts.append(Text(middle, y(value) - 4, write(value), "middle", "value"))
        if place % every == 0:
            texts.append(Text(middle, height - 8, label, "middle", "tick"))
    through = tuple((_r(_LEFT + each * (place + 0.5)), y(value)) for place, (_, value) in enumerate(points)) if curve else ()
    if through:
        texts.append(Text(through[-1][0], through[-1][1] - 8, write(points[-1][1]), "end", "value"))
    if mark:
        at = _r(_LEFT + each * mark[0])
        lines.append(Line(at, above - 12, at, bottom, "mark"))
        end = at > width / 2
        texts.append(Text(at + (-5 if end else 5), above - 4, mark[1], "end" if end else "start", "tick"))
    return Drawing(width, height, tuple(rects), tuple(texts), tuple(lines), through)


@dataclass(frozen=True)
class Heat:
    """A row of a heat map: shares of 1 in order, with their words; None is a cell without a figure."""

    label: str
    cells: tuple[tuple[float | None, str], ...] = field(default_factory=tuple)


def heat(rows: Sequence[Heat], width: int) -> Drawing:
    """A heat map: each row has its label above; each cell says its figure, and is the darker the higher it is."""
    most = max((len(row.cells) for row in rows), default=1)
    each = min(96.0, width / max(most, 1))
    rects, texts = [], []
    for place, row in enumerate(rows):
        y = place * 62
        texts.append(Text(0, y + 14, cut(row.label, width)))
        for number, (share, words) in enumerate(row.cells):
            step = None if share is None else min(4, max(0, math.floor(share * 5)))
            rects.append(Rect(_r(number * each), y + 20, _r(each - 3), 32, step=step if step is not None else 0))
            texts.append(Text(_r(number * each + (each - 3) / 2), y + 41, words, "middle", "on-dark" if (step or 0) >= 3 else "value"))
    return Drawing(width, max(len(rows) * 62 - 8, 0), tuple(rects), tuple(texts))


def _r(value: float) -> float:
    return round(value, 1)
