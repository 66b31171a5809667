"""How far two reviewers agree: figures with their intervals, as pure functions of pairs of levels.

Intervals are 95 % percentile bootstrap intervals (Efron 1979). Whole submissions are drawn, not criteria: the criteria of one submission
were judged by the same two people on the same day, and counting them as independent would make every interval too narrow. For the
same reason "enough" counts submissions.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

ENOUGH = 30
"""Submissions that two have scored, from which on a figure is shown."""
FEW = 10
"""Below this, plain averages are not shown either: they would tell of single people."""
RESAMPLES = 1000
DRIFT = 0.4
SAME = 0.8
_BITS = 32  # of one count
_UNDEFINED_SHARE = 0.05

Pair = tuple[int, int]
Table = Sequence[Sequence[int]]
"""`table[i][j]`: how often the first said i and the second j."""


@dataclass(frozen=True)
class Ratings:
    """What two said. `units` holds the pairs of each submission, categories are numbers from 0; `categories` is how many the scale has."""

    units: tuple[tuple[Pair, ...], ...]
    categories: int

    @property
    def n(self) -> int:
        """How many submissions."""
        return len(self.units)


@dataclass(frozen=True)
class Estimate:
    """A figure with its interval. `value` is None where it is not defined; `low` and `high` where too many draws leave it undefined."""

    value: float | None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Figures:
    """How far two agree on a scale; `n` submissions stand behind it. None: not enough yet."""

    n: int
    exact: Estimate | None = None
    kappa: Estimate | None = None
    weighted: Estimate | None = None
    ac1: Estimate | None = None

    @property
    def enough(self) -> bool:
        """Whether there are figures."""
        return self.n >= ENOUGH


def exact(table: Table) -> float | None:
    """The share of pairs that are the same."""
    n = sum(map(sum, table))
    return sum(table[k][k] for k in range(len(table))) / n if n else None


def kappa(table: Table) -> float | None:
    """Cohen's kappa (Cohen 1960). None where both used one category only, the same: chance alone then gives full agreement."""
    n, rows, columns = _margins(table)
    by_chance = sum(r * c for r, c in zip(rows, columns, strict=True))
    if n == 0 or by_chance == n * n:
        return None
    return (n * sum(table[k][k] for k in range(len(table))) - by_chance) / (n * n - by_chance)


def weighted_kappa(table: Table) -> float | None:
    """Cohen's kappa with quadratic weights (Cohen 1968), for ordered levels: two levels apart counts four times one. None as for kappa."""
    n, rows, columns = _margins(table)
    places = [(i, j) for i in range(len(table)) for j in range(len(table))]
    seen = sum((i - j) ** 2 * table[i][j] for i, j in places)
    by_chance = sum((i - j) ** 2 * rows[i] * columns[j] for i, j in places)
    return 1 - n * seen / by_chance if by_chance else None


def ac1(table: Table) -> float | None:
    """Gwet's AC1 (Gwet 2008, equation 15), which keeps its meaning where nearly everybody passes. The table has the scale's categories."""
    n, rows, columns = _margins(table)
    if n == 0:
        return None
    shares = [(r + c) / (2 * n) for r, c in zip(rows, columns, strict=True)]
    by_chance = sum(share * (1 - share) for share in shares) / (len(table) - 1)
    return (sum(table[k][k] for k in range(len(table))) / n - by_chance) / (1 - by_chance)


def _margins(table: Table) -> tuple[int, list[int], list[int]]:
    rows = [sum(row) for row in table]
    return sum(rows), rows, [sum(column) for column in zip(*table, strict=True)]


@dataclass(frozen=True)
class Levels:
    """Levels of many criteria. `units` holds (criterion, own, other) for each submission, criteria are numbers from 0."""

    units: tuple[tuple[tuple[int, int, int], ...], ...]
    criteria: int


_STATISTICS: dict[str, Callable[[Table], float | None]] = {"exact": exact, "kappa": kappa, "weighted": weighted_kappa, "ac1": ac1}


@lru_cache(maxsize=1024)
def figures(ratings: Ratings) -> Figures:
    """All figures of these ratings; the same ratings always give the same intervals."""
    if ratings.n < ENOUGH:
        return Figures(ratings.n)
    size = ratings.categories
    # One number holds a whole table, so that drawing submissions is adding numbers up.
    packed = [sum(1 << _BITS * (i * size + j) for i, j in unit) for unit in ratings.units]
    tables = [_table(number, size) for number in _drawn(packed, ratings.units)]
    return Figures(ratings.n, **{name: _estimate([statistic(table) for table in tables]) for name, statistic in _STATISTICS.items()})


@lru_cache(maxsize=1024)
def levels_agree(levels: Levels) -> Estimate | None:
    """Weighted kappa over many criteria: what is seen and what chance would give are added up, and chance is that of each criterion by
    itself. In one table, a criterion that everybody meets beside one that hardly anybody does would look like agreement.

    None below ENOUGH submissions.
    """
    if len(levels.units) < ENOUGH:
        return None
    # Of squared distances sums are enough: pairs, own levels, other levels, their squares, their product.
    packed = [
        sum((1 | i << _BITS | j << 2 * _BITS | (i * i + j * j) << 3 * _BITS | i * j << 4 * _BITS) << 5 * _BITS * k for k, i, j in unit)
        for unit in levels.units
    ]
    return _estimate([_over(_unpacked(number, 5 * levels.criteria)) for number in _drawn(packed, levels.units)])


def _over(sums: list[int]) -> float | None:
    seen, by_chance = 0, 0.0
    for k in range(0, len(sums), 5):
        n, own, other, squares, product = sums[k : k + 5]
        if n:
            seen += squares - 2 * product
            by_chance += (squares * n - 2 * own * other) / n
    return 1 - seen / by_chance if by_chance else None


def _drawn(packed: list[int], seed: object) -> Iterator[int]:
    """The sum of all, then those of as many drawn with replacement, again and again; the same for the same seed."""
    draw = random.Random(repr(seed))  # noqa: S311 - no secret
    yield sum(packed)
    for _ in range(RESAMPLES):
        yield sum(draw.choices(packed, k=len(packed)))


def _unpacked(number: int, count: int) -> list[int]:
    cells = memoryview(number.to_bytes(count * _BITS // 8, sys.byteorder)).cast("I").tolist()
    return cells if sys.byteorder == "little" else cells[::-1]


def _table(number: int, size: int) -> Table:
    cells = _unpacked(number, size * size)
    return [cells[row * size : (row + 1) * size] for row in range(size)]


def _estimate(values: Sequence[float | None]) -> Estimate:
    """The first is that of all, the others are those of draws."""
    found = sorted(one for one in values[1:] if one is not None)
    if values[0] is None or len(found) < (1 - _UNDEFINED_SHARE) * RESAMPLES:
        return Estimate(values[0])
    return Estimate(values[0], quantile(found, 0.025), quantile(found, 0.975))


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which this share lies, straight between neighbours. Raises ValueError for no values."""
    if not ordered:
        raise ValueError("no values")
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True)
class Turnaround:
    """Days from being asked to being done: the middle one, and the one that nine of ten do not pass."""

    median: float
    ninety: float


def turnaround(seconds: Sequence[int]) -> Turnaround | None:
    """None below FEW reviews."""
    if len(seconds) < FEW:
        return None
    days = sorted(one / 86_400 for one in seconds)
    return Turnaround(statistics.median(days), quantile(days, 0.9))


def share(part: int, whole: int) -> float | None:
    """None below FEW."""
    return part / whole if whole >= FEW else None


def leniency(units: Sequence[Sequence[Pair]]) -> float | None:
    """How many levels the first gives more than the second, on average over all pairs; None below FEW submissions."""
    pairs = [pair for unit in units for pair in unit]
    return statistics.fmean(own - other for own, other in pairs) if len(units) >= FEW and pairs else None


def drifted(newest: Ratings) -> bool:
    """Whether a reviewer should calibrate anew: over the newest 30 submissions kappa of the outcome with their partners lies below 0.4,
    and fewer than 80 % came out the same, which is what calibration itself asks for. Kappa alone would send somebody back who agreed on
    28 of 30 where nearly all pass.

    `newest` has the newest last.
    """
    if newest.n < ENOUGH:
        return False
    table = table_of(Ratings(newest.units[-ENOUGH:], newest.categories))
    value, same = kappa(table), exact(table)
    return value is not None and same is not None and value < DRIFT and same < SAME


def table_of(ratings: Ratings) -> Table:
    """All pairs as a table."""
    table = [[0] * ratings.categories for _ in range(ratings.categories)]
    for unit in ratings.units:
        for i, j in unit:
            table[i][j] += 1
    return table
