"""Parts that reports have in common: tables by group, bars of shares, short months."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from babel import dates

from lti_tool.district.reports.loading import Part
from lti_tool.district.reports.period_policies import first_day
from lti_tool.district.reports.shapes import HIDDEN, Cell, Column, Table
from lti_tool.district.reports.suppression_policies import FEWEST
from lti_tool.language import _, number, percent, spoken
from lti_tool.web.charts import Bar

MOST_BARS = 12


def short_month(month: str) -> str:
    """Nov 2026."""
    return dates.format_skeleton("yMMM", first_day(month), locale=spoken())


def share(part: float, whole: float) -> float | None:
    """None where there is nothing to divide by."""
    return part / whole if whole else None


def said_share(part: float, whole: float) -> str:
    """12 (40%)."""
    return _("%(count)s (%(share)s)", count=number(part), share=percent(part / whole)) if whole else number(part)


def of_all(part: float, whole: float) -> str:
    """40% (12 of 30)."""
    return _("%(share)s (%(part)s of %(whole)s)", share=percent(part / whole), part=number(part), whole=number(whole)) if whole else "–"


def by_group(
    caption: str,
    head: str,
    columns: Sequence[Column],
    parts: Sequence[Part],
    cells: Callable[[list[int]], Sequence[Cell]],
    total: list[int],
) -> Table:
    """A table with a row for each group; where one is hidden the note says why."""
    rows: list[tuple[Cell, ...]] = [
        (one.name, *[HIDDEN] * len(columns)) if one.hidden else (one.name, *cells(one.numbers)) for one in parts
    ]
    note = few_note() if any(one.hidden for one in parts) else ""
    return Table(caption, (Column(head, "text"), *columns), rows, (_("All together"), *cells(total)), note)


def few_note() -> str:
    """Why something is hidden."""
    return _(
        "Not shown are groups of fewer than %(few)s people, and figures that rest on fewer than %(few)s tries; and where one of these"
        " could be computed from the total, the next smallest group as well.",
        few=FEWEST,
    )


def share_bars(parts: Sequence[Part], pick: Callable[[list[int]], tuple[int, int]], *, lowest_first: bool = False) -> list[Bar]:
    """Bars for the shares (part, whole) of groups that are shown, at most MOST_BARS: those that matter most."""
    shown = [(one.name, *pick(one.numbers)) for one in parts if not one.hidden]
    found = sorted((one for one in shown if one[2]), key=lambda one: one[1] / one[2], reverse=not lowest_first)
    return [Bar(name, (part / whole,), of_all(part, whole)) for name, part, whole in found[:MOST_BARS]]


def steps_within(counts: Sequence[int], wanted: float) -> int | None:
    """The first place up to which at least this share of all lies; None where there are none."""
    whole, below = sum(counts), 0
    for place, count in enumerate(counts):
        below += count
        if whole and below >= wanted * whole:
            return place
    return None
