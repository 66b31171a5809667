"""The reports that there are, in the order in which a board reads them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lti_tool.district.reports import house_reports as house
from lti_tool.district.reports import progress_reports as progress
from lti_tool.district.reports import review_reports as reviews
from lti_tool.district.reports.loading import Asked, Data, load
from lti_tool.district.reports.shapes import Report


@dataclass(frozen=True)
class Spec:
    """A report: what it reads, and which choices it takes (period, school, microcredential).

    `is_quick`: it is made for the overview too.
    """

    key: str
    build: Callable[[Session, Asked, Data], Report]
    figures: tuple[str, ...]
    scopes: tuple[str, ...]
    takes: tuple[str, ...]
    is_quick: bool = True


_BOTH = ("school", "microcredential")
_ALL = ("period", *_BOTH)
SPECS = {
    one.key: one
    for one in (
        Spec("funnel", progress.funnel, ("funnel",), _BOTH, _ALL),
        Spec("earned", progress.earned, ("earned",), _BOTH, _ALL),
        Spec("share", progress.holders, ("first",), _BOTH, _ALL),
        Spec("days", progress.days, ("days",), _BOTH, _ALL),
        Spec("risk", progress.risk, ("risk",), _BOTH, _BOTH),
        Spec("attempts", reviews.attempts, ("first_attempt", "attempts"), _BOTH, _ALL),
        Spec("turnaround", reviews.turnaround, ("reviews", "load"), ("microcredential",), ("period", "microcredential")),
        Spec("agreement", house.agreement, ("appeals",), ("microcredential",), (), is_quick=False),
        Spec("criteria", reviews.criteria, ("criteria",), ("microcredential",), ("period", "microcredential")),
        Spec("own", reviews.own, ("own",), ("microcredential",), ("period", "microcredential")),
        Spec("pay", house.pay, (), (), ()),
        Spec("catalog", house.catalog, (), ("microcredential",), ()),
    )
}


def made(session: Session, spec: Spec, asked: Asked) -> Report:
    """A report as it stands."""
    return spec.build(session, asked, load(session, asked.district_id, spec.figures, spec.scopes))


def made_together(session: Session, specs: tuple[Spec, ...], asked: Asked) -> tuple[Report, ...]:
    """Several reports from one reading."""
    figures = tuple(figure for spec in specs for figure in spec.figures)
    data = load(session, asked.district_id, figures, _BOTH)
    return tuple(spec.build(session, asked, data) for spec in specs)
