"""Reports of how the house is kept: whether reviewers agree, what is paid, the state of the catalog."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.district.reports import pay_figures
from lti_tool.district.reports.loading import ALL, Asked, Data, Spot
from lti_tool.district.reports.shapes import HIDDEN, Cell, Column, Figure, Kind, Report, Table
from lti_tool.district.reports.suppression_policies import FEWEST
from lti_tool.district.reports.wording import by_group, few_note, of_all, share
from lti_tool.language import _, day, money, number
from lti_tool.review import agreement as agreeing
from lti_tool.review.agreement import Trust
from lti_tool.web.charts import Bar, Chart, bars

_OLD = timedelta(days=730)


def agreement(session: Session, asked: Asked, data: Data) -> Report:
    """How far reviewers agree, how often a third is needed, how often a panel decides otherwise."""

    def numbers(spot: Spot) -> list[int]:
        return [sum(column) for column in zip(*data.at("appeals", spot).values(), strict=True)] or [0, 0]

    rows, few = _agreed(session, asked, data)
    total = numbers(ALL)
    head = (Column(_("Answered by a panel")), Column(_("Overturned")), Column(_("Share"), "share"))
    parts = data.parts("microcredential", numbers, lambda found: found[0])
    appeals = by_group(_("Appeals"), _("Microcredential"), head, parts, lambda found: (*found, share(found[1], found[0])), total)
    shown = [one for one in rows if one.agreement.exact and one.agreement.exact.value is not None]
    drawn = [Bar(one.name, (one.agreement.exact.value or 0,), of_all(round((one.agreement.exact.value or 0) * one.n), one.n))
             for one in sorted(shown, key=lambda one: (one.agreement.exact.value or 0) if one.agreement.exact else 0)[:12]
             if one.agreement.exact]  # fmt: skip
    return Report(
        "agreement",
        _("Whether reviewers agree"),
        _("Two reviewers judge each submission without knowing of each other. How often they would decide alike."),
        figures=(Figure(_("Overturned on appeal"), of_all(total[1], total[0])),),
        charts=(
            Chart(
                _("Same outcome, by microcredential"),
                _("Bars: the microcredentials with the lowest share first."),
                lambda width: bars(drawn, width, highest=1),
            ),
        )
        if drawn
        else (),
        tables=(
            Table(
                _("Agreement by microcredential"),
                (
                    *(Column(_("Microcredential"), "text"), Column(_("Scored twice")), Column(_("Same outcome"), "share")),
                    *(Column("AC1", "decimal"), Column(_("Kappa"), "decimal"), Column(_("Third needed"), "share")),
                ),
                [_agreement_cells(one, one.id in few) for one in rows],
                note=few_note() if few else "",
            ),
            appeals,
        ),
        meaning=(
            _(
                "Scored twice: decided submissions that two reviewers scored; the newest %(window)s of each microcredential count, whatever"
                " the period. Same outcome: both alone would have decided alike. Figures are shown from 30 submissions on.",
                window=agreeing.WINDOW,
            ),
            _("AC1 and kappa are agreement beyond chance: 1 is full, 0 is chance. Third needed: a third reviewer had to settle it."),
            _("Overturned: a panel found on appeal that it is earned after all; of all appeals that a panel answered."),
        ),
        empty="" if rows or total[0] else _("Nothing was judged by two reviewers yet."),
        follow=((_("By criterion and reviewer"), "agreement.index"),) if asked.runs_program else (),
    )


def _agreed(session: Session, asked: Asked, data: Data) -> tuple[list[Trust], set[str]]:
    """At most `asked.most` rows; and those that too few people stand behind."""
    rows: list[Trust] = []
    after: UUID | None = None
    while len(rows) < asked.most:
        page = agreeing.by_microcredential(session, district_id=asked.district_id, after=after)
        rows += page.rows
        if (after := page.following) is None:
            break
    return rows, {one.id for one in rows if one.n < FEWEST or data.people(("microcredential", one.id)) < FEWEST}


def _agreement_cells(one: Trust, few: bool) -> tuple[Cell, ...]:
    if few:
        return (one.name, *[HIDDEN] * 5)
    found = one.agreement
    values = (found.exact, found.ac1, found.kappa)
    return (one.name, one.n, *(value.value if value else None for value in values), one.third)


def pay(session: Session, asked: Asked, _data: Data) -> Report:
    """What is committed against the cap and the budget."""
    years = pay_figures.years(session, asked.district_id)
    title, lead = _("Pay"), _("What is committed to teachers, against the most it can become and the budget.")
    if not years:
        return Report("pay", title, lead, empty=_("There are no pay rules yet. Figures appear when your district has set them up."))

    def said(one: pay_figures.PayYear, value: int) -> str:
        return money(value) if one.unit == "USD" else number(value)

    newest = [one for one in years if one.year == years[0].year]
    rows = []
    for one in newest:
        most = None if one.cap_per_teacher is None else one.cap_per_teacher * one.teachers
        for name, value in ((_("Committed"), one.committed), (_("Most under the cap"), most), (_("Budget"), one.budget)):
            if value is not None:
                rows.append(Bar(f"{name} ({one.unit})", (value,), said(one, value)))
    tables = []
    for unit in dict.fromkeys(one.unit for one in years):
        kind: Kind = "money" if unit == "USD" else "count"
        tables.append(
            Table(
                _("By contract year (%(unit)s)", unit=unit),
                (
                    *(Column(_("Year"), "text"), Column(_("Committed"), kind), Column(_("Over the cap, not paid"), kind)),
                    *(Column(_("Cap for each teacher"), kind), Column(_("Budget"), kind)),
                    *(Column(_("Teachers")), Column(_("Teachers at the cap"))),
                ),
                [
                    (
                        *(one.year, one.committed, one.capped, one.cap_per_teacher, one.budget),
                        *(HIDDEN if 0 < count < FEWEST else count for count in (one.teachers, one.at_cap)),
                    )
                    for one in years
                    if one.unit == unit
                ],
            )
        )
    first = newest[0]
    return Report(
        "pay",
        title,
        lead,
        figures=(Figure(_("Committed in %(year)s", year=first.year), said(first, first.committed)),),
        charts=(
            Chart(
                _("Committed, cap and budget in %(year)s", year=first.year),
                _("Bars: committed is %(sum)s.", sum=said(first, first.committed)),
                lambda width: bars(rows, width),
            ),
        ),
        tables=tuple(tables),
        meaning=(
            _("Committed: credited by your district’s pay rules, less what was taken back. Over the cap: what the cap kept from it."),
            _("Most under the cap: the cap for each teacher, for all teachers with a credit in that year."),
        ),
    )


def _waits() -> ColumnElement[bool]:
    return func.coalesce(cast(Microcredential.draft, String), "null") != "null"  # None is stored as JSON says it


def catalog(session: Session, asked: Asked, data: Data) -> Report:
    """What was never taken, what is old, what waits."""
    newest = (
        select(MicrocredentialVersion.microcredential_id, func.max(MicrocredentialVersion.published_at).label("at"))
        .where(MicrocredentialVersion.district_id == asked.district_id)
        .group_by(MicrocredentialVersion.microcredential_id)
        .subquery()
    )
    query = (
        select(Microcredential.id, Microcredential.title, Microcredential.state, _waits().label("waits"), newest.c.at)
        .outerjoin(newest, newest.c.microcredential_id == Microcredential.id)
        .where(Microcredential.district_id == asked.district_id)
        .order_by(Microcredential.title, Microcredential.id)
    )
    rows = session.execute(query).all()
    offered = [row for row in rows if row.state == "published"]
    never = [row for row in offered if not data.people(("microcredential", str(row.id)))]
    old = [row for row in offered if row.at is not None and row.at < asked.now - _OLD]
    waits = [row for row in rows if row.waits and row.state != "retired"]
    names = (_("Never taken"), _("Older than two years"), _("Waiting to be approved or published"))
    drawn = [Bar(name, (len(found),), number(len(found))) for name, found in zip(names, (never, old, waits), strict=True)]
    text = Column(_("Microcredential"), "text")
    published = Column(_("Newest version of"), "text")

    def dated(row: object) -> str:
        at = getattr(row, "at", None)
        return day(at) if at else _("not published yet")

    return Report(
        "catalog",
        _("State of the catalog"),
        _("What nobody takes, what may be out of date, what waits to be finished."),
        figures=(Figure(_("Offered"), number(len(offered))), Figure(_("Never taken"), number(len(never)))),
        charts=(
            Chart(
                _("Microcredentials to look at"),
                _("Bars; %(count)s are offered in all.", count=number(len(offered))),
                lambda width: bars([Bar(_("Offered"), (len(offered),), number(len(offered))), *drawn], width),
            ),
        ),
        tables=tuple(
            Table(name, (text, published), [(row.title, dated(row)) for row in found])
            for name, found in zip(names, (never, old, waits), strict=True)
            if found
        ),
        meaning=(
            _("Offered: published and not retired. Never taken: nobody has ever enrolled in any version; test environments do not count."),
            _("Older than two years: so long ago the newest version was published. Waiting: there is a draft that is not published."),
        ),
        empty="" if rows else _("The catalog is empty."),
    )
