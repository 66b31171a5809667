"""Where the parts of charts lie: inside, in proportion, and never over each other's words."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.web.charts import NARROW, WIDE, Bar, Drawing, Heat, bars, columns, cut, heat, ticks

WIDTHS = st.sampled_from((NARROW, WIDE))
NUMBERS = st.floats(0, 1e7, allow_nan=False)


def inside(drawing: Drawing) -> None:
    for one in drawing.rects:
        assert one.width > 0
        assert one.height > 0
        assert -0.1 <= one.x <= one.x + one.width <= drawing.width + 0.2
        assert -0.1 <= one.y <= one.y + one.height <= drawing.height + 0.2
    for line in drawing.lines:
        assert -0.1 <= min(line.x1, line.x2) <= max(line.x1, line.x2) <= drawing.width + 0.1
    for x, y in drawing.curve:
        assert 0 <= x <= drawing.width
        assert 0 <= y <= drawing.height


@given(st.floats(0, 1e9, allow_nan=False))
def test_scales_are_round_and_reach_the_highest(highest: float) -> None:
    found = ticks(highest)
    assert found[0] == 0
    assert found[-1] >= highest * 0.999999
    assert 2 <= len(found) <= 6
    assert highest < 1 or all(one == int(one) for one in found), "half a person is none"


@given(st.lists(st.tuples(NUMBERS, NUMBERS), max_size=12), WIDTHS)
def test_bars_are_in_proportion(values: list[tuple[float, float]], width: int) -> None:
    drawing = bars([Bar("A school", pair, "12 (40%)") for pair in values], width)
    inside(drawing)
    ends: dict[float, float] = {}
    for one in drawing.rects:
        ends[one.y] = ends.get(one.y, 0) + one.width
    longest = max((sum(pair) for pair in values), default=0)
    for place, pair in enumerate(values):
        if sum(pair) > 0.05 * longest:
            drawn = ends[20 + place * 46]
            assert drawn == pytest.approx(sum(pair) / longest * max(ends.values()), abs=2.5)


@given(st.lists(NUMBERS, max_size=60), WIDTHS, st.booleans())
def test_columns_stay_inside(values: list[float], width: int, curve: bool) -> None:
    drawing = columns([(f"Nov {n}", value) for n, value in enumerate(values)], width, write=lambda one: f"{one:,.0f}", curve=curve)
    inside(drawing)
    labels = sorted(one.x for one in drawing.texts if one.words.startswith("Nov"))
    assert all(later - before >= 40 for before, later in pairwise(labels)), "months can be read"


@given(st.lists(st.one_of(st.none(), st.floats(0, 1)), min_size=1, max_size=10), WIDTHS)
def test_cells_say_their_figure_and_are_the_darker_the_higher(shares: list[float | None], width: int) -> None:
    drawing = heat([Heat("Row", tuple((one, "–" if one is None else f"{one:.0%}") for one in shares))], width)
    inside(drawing)
    steps = [one.step for one in drawing.rects]
    assert len(steps) == len(shares)
    known = sorted((share, step) for share, step in zip(shares, steps, strict=True) if share is not None and step is not None)
    assert [step for _share, step in known] == sorted(step for _share, step in known)


def test_long_words_are_cut() -> None:
    assert cut("Short", 100) == "Short"
    assert cut("A school with a very long name indeed", 100) == "A school wit…"


def test_a_mark_stands_where_it_belongs() -> None:
    drawing = columns([(str(n), 1.0) for n in range(10)], WIDE, write=str, mark=(5, "deadline"))
    [line] = [one for one in drawing.lines if one.kind == "mark"]
    before, after = drawing.rects[4], drawing.rects[5]
    assert before.x + before.width < line.x1 < after.x
