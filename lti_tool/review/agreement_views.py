"""Pages of how far reviewers agree: for whoever runs the district's program, and each reviewer's own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

from babel import numbers
from flask import Blueprint, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.database import Database
from lti_tool.errors import bad_request
from lti_tool.inputs import uuid_or_none
from lti_tool.language import _, spoken
from lti_tool.review import agreement, agreement_policies
from lti_tool.review.agreement import Page, Trust
from lti_tool.review.agreement_policies import Estimate
from lti_tool.web import spreadsheet
from lti_tool.web.frames import current_frame, require
from lti_tool.web.spreadsheet import Cell

bp = Blueprint("agreement", __name__, url_prefix="/s/<frame_key>/review/agreement")

_LISTS: dict[str, Callable[..., Page]] = {"microcredentials": agreement.by_microcredential, "reviewers": agreement.by_reviewer}
_HEAD = (
    *("name", "submissions", "same", "same_low", "same_high", "kappa", "kappa_low", "kappa_high", "ac1", "ac1_low", "ac1_high"),
    *(
        "weighted_kappa",
        "weighted_kappa_low",
        "weighted_kappa_high",
        "third_share",
        "days_median",
        "days_90",
        "leniency",
        "overturned_share",
    ),
    *("appeals_answered", "changed_on_appeal"),
    "asks_for_calibration",
)


@bp.app_template_filter("with_own_point")
def with_own_point(written: str) -> str:
    """A number that was written with a fixed count of digits, with the decimal point of who reads it and a true minus."""
    return written.replace(".", numbers.get_decimal_symbol(spoken())).replace("-", "−")


def _mark(name: str) -> UUID | None:
    given = uuid_or_none(request.args.get(name))
    if given is None and name in request.args:
        raise bad_request(_("The address of this page is damaged."))
    return given


@bp.get("/")
def index() -> str:
    """By microcredential."""
    return _list("microcredentials")


@bp.get("/reviewers")
def reviewers() -> str:
    """By reviewer."""
    return _list("reviewers")


def _list(of: str) -> str:
    require("console")()
    with tool.current().database.read() as session:
        page = _LISTS[of](session, district_id=current_frame().district_id, after=_mark("after"))
    here = {"microcredentials": "agreement.index", "reviewers": "agreement.reviewers"}[of]
    next_url = url_for(here, after=page.following) if page.following else None
    return render_template("agreement/list.html", of=of, rows=page.rows, next_url=next_url, **_words())


@bp.get("/microcredentials/<uuid:microcredential_id>")
def criteria(microcredential_id: UUID) -> str:
    """By criterion of one version."""
    require("console")()
    with tool.current().database.read() as session:
        rubric = agreement.by_criterion(
            session, district_id=current_frame().district_id, microcredential_id=microcredential_id, version_id=_mark("version")
        )
    return render_template("agreement/criteria.html", rubric=rubric, rows=rubric.criteria, of="criteria", **_words())


@bp.get("/own")
def own() -> str:
    """A reviewer's own figures."""
    require("reviewer")()
    frame = current_frame()
    with tool.current().database.read() as session:
        row = agreement.own(session, district_id=frame.district_id, reviewer_id=frame.person_id)
    return render_template("agreement/own.html", row=row, of="own", **_words())


def _words() -> dict[str, int]:
    return {"enough": agreement_policies.ENOUGH, "few": agreement_policies.FEW, "window": agreement.WINDOW}


@bp.get("/microcredentials.csv")
def microcredentials_table() -> Response:
    """All microcredentials as a table for a spreadsheet."""
    return _table("microcredentials")


@bp.get("/reviewers.csv")
def reviewers_table() -> Response:
    """All reviewers as a table."""
    return _table("reviewers")


def _table(of: str) -> Response:
    require("console")()
    return spreadsheet.sent(_rows(tool.current().database, _LISTS[of], current_frame().district_id), f"agreement-{of}.csv")


@bp.get("/microcredentials/<uuid:microcredential_id>.csv")
def criteria_table(microcredential_id: UUID) -> Response:
    """The criteria of one version as a table."""
    require("console")()
    with tool.current().database.read() as session:
        rubric = agreement.by_criterion(
            session, district_id=current_frame().district_id, microcredential_id=microcredential_id, version_id=_mark("version")
        )
    return spreadsheet.sent([_HEAD, *(_cells(one) for one in rubric.criteria)], f"agreement-criteria-v{rubric.number}.csv")


def _rows(database: Database, pages: Callable[..., Page], district_id: UUID) -> Iterator[tuple[Cell, ...]]:
    after = None
    yield _HEAD
    while True:
        with database.read() as session:
            page = pages(session, district_id=district_id, after=after)
        yield from (_cells(one) for one in page.rows)
        if page.following is None:
            return
        after = page.following


def _cells(one: Trust) -> tuple[Cell, ...]:
    def three(found: Estimate | None) -> tuple[Cell, ...]:
        return (None, None, None) if found is None else tuple(_rounded(value) for value in (found.value, found.low, found.high))

    shown = one.agreement
    days = (one.turnaround.median, one.turnaround.ninety) if one.turnaround else (None, None)
    return (
        *(one.name, one.n, *three(shown.exact), *three(shown.kappa), *three(shown.ac1), *three(one.weighted)),
        *(_rounded(value) for value in (one.third, *days, one.leniency, one.overturned)),
        *(one.appealed, one.changed),
        "yes" if one.drifted else "",
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
