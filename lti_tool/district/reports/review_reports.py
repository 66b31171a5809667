"""Reports of reviewing: first attempts, how long reviews take, how far reviewers agree, what is not met, how teachers see themselves."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.district.reports.loading import ALL, Asked, Data, Part, Spot
from lti_tool.district.reports.shapes import HIDDEN, Cell, Column, Figure, Report, Table
from lti_tool.district.reports.suppression_policies import FEWEST
from lti_tool.district.reports.tallying import LOADS, LONGEST
from lti_tool.district.reports.wording import by_group, few_note, of_all, share, share_bars, short_month, steps_within
from lti_tool.language import _, number, percent
from lti_tool.web.charts import Bar, Chart, Heat, bars, columns, heat


def attempts(_session: Session, asked: Asked, data: Data) -> Report:
    """How many pass at the first attempt, and how many attempts it takes."""

    def numbers(spot: Spot) -> list[int]:
        return data.sums("first_attempt", spot, 2, asked.period) + data.sums("attempts", spot, 3, asked.period)

    def cells(found: list[int]) -> tuple[Cell, ...]:
        ended = sum(found[2:])
        average = (found[2] + 2 * found[3] + 3 * found[4]) / ended if ended else None
        return (found[0], found[1], share(found[1], found[0]), *found[2:], average)

    title, lead = _("First attempts"), _("How many earn at the first attempt, and how many attempts a try takes.")
    if data.withholds(asked, numbers, lambda own: own[0]):
        return Report("attempts", title, lead, withheld=True)
    own = numbers(asked.spot)
    head = (
        *(Column(_("First attempts decided")), Column(_("Earned at the first")), Column(_("Share"), "share")),
        *(Column(_("Ended after 1")), Column(_("after 2")), Column(_("after 3 or more")), Column(_("Attempts on average"), "decimal")),
    )
    parts = data.parts("microcredential", numbers, lambda found: found[0]) if asked.spot == ALL else []
    if parts:
        table = by_group(_("By microcredential"), _("Microcredential"), head, parts, cells, own)
    else:
        table = Table(_("Attempts"), head, [cells(own)])
    rows = share_bars(parts, lambda found: (found[1], found[0]), lowest_first=True)
    rows = rows or [Bar(_("Earned at the first attempt"), (own[1] / own[0],) if own[0] else (), of_all(own[1], own[0]))]
    words = _("Bars: %(share)s of all first attempts are earned.", share=percent(own[1] / own[0]) if own[0] else "–")
    return Report(
        "attempts",
        title,
        lead,
        figures=(Figure(_("Earned at the first attempt"), of_all(own[1], own[0])),),
        charts=(Chart(_("Share earned at the first attempt"), words, lambda width: bars(rows, width, highest=1)),),
        tables=(table,),
        meaning=(
            _("A first attempt counts in the month of its decision, with the outcome that stands today: an appeal may have changed it."),
            _("Attempts are counted when a try ends, earned or not; what was sent back as incomplete is no attempt."),
        ),
        empty="" if own[0] or sum(own[2:]) else _("Nothing was decided in this period."),
    )


def turnaround(_session: Session, asked: Asked, data: Data) -> Report:
    """How long reviews take against the time promised, and how much reviewers have to do."""

    def numbers(spot: Spot) -> list[int]:
        return data.sums("reviews", spot, LONGEST + 2, asked.period)

    title, lead = _("Time that reviews take"), _("From being asked to being done, against the time that was promised.")
    if data.withholds(asked, numbers, lambda own: sum(own[:-1])):
        return Report("turnaround", title, lead, withheld=True)
    *took, in_time = numbers(asked.spot)
    total = sum(took)
    shown = min(LONGEST - 1, max(2 * asked.review_days, 21))
    points = [(str(day), float(count)) for day, count in enumerate(took[: shown + 1])] + [(_("more"), float(sum(took[shown + 1 :])))]
    rows: list[tuple[Cell, ...]] = []
    for month, own in data.by_month("reviews", asked.spot, LONGEST + 2, asked.period):
        if sum(own[:-1]):
            rows.append((short_month(month), *_times(own)))
    head = (Column(_("Reviews")), Column(_("Half within (days)"), "days"), Column(_("Nine of ten within (days)"), "days"))
    columns_of = (Column(_("Month"), "text"), *head, Column(_("In time"), "share"))
    tables = [Table(_("By month"), columns_of, rows, (_("All together"), *_times([*took, in_time])))]
    half, most = (steps_within(took, wanted) for wanted in (0.5, 0.9))
    charts = [
        Chart(
            _("Reviews by the days they took"),
            _("Columns by days; nine of ten were done within %(most)s. A line marks the time promised.", most=_days(most)),
            lambda width: columns(
                points, width, write=number, mark=(asked.review_days + 1, _("promised: %(days)s days", days=asked.review_days))
            ),
        )
    ]
    if asked.spot == ALL:
        tables.append(_loads(data, charts))
    return Report(
        "turnaround",
        title,
        lead,
        figures=(
            *(Figure(_("Half were done within"), _days(half)), Figure(_("Nine of ten within"), _days(most))),
            Figure(_("In time"), of_all(in_time, total)),
        ),
        charts=tuple(charts),
        tables=tuple(tables),
        meaning=(
            _("Each review that was completed counts in the month in which it was. A day that has begun counts as one."),
            _("In time: before the date that the reviewer was given; %(days)s days by default.", days=asked.review_days),
            _("What reviewers have to do is as of the time above, whatever the period."),
        ),
        empty="" if total or asked.spot == ALL else _("No review was completed in this period."),
        follow=((_("How busy each reviewer is"), "coordinating.load"),) if asked.runs_program else (),
    )


def _times(own: list[int]) -> tuple[Cell, ...]:
    took, total = own[:-1], sum(own[:-1])
    return total, steps_within(took, 0.5), steps_within(took, 0.9), share(own[-1], total)


def _days(place: int | None) -> str:
    if place is None:
        return "–"
    return _("more than %(days)s days", days=LONGEST - 1) if place == LONGEST else _("%(days)s days", days=place)


def _loads(data: Data, charts: list[Chart]) -> Table:
    reviewers, open_ones, late, *loads = data.at("load", ALL) or [0] * (len(LOADS) + 4)
    names = (_("Nothing open"), _("1 or 2 open"), _("3 to 5 open"), _("6 or more open"))
    if few := 0 < reviewers < FEWEST:
        loads = [HIDDEN for _load in loads]
    else:
        rows = [Bar(name, (count,), number(count)) for name, count in zip(names, loads, strict=True)]
        words = _("Bars: %(open)s open reviews among %(reviewers)s reviewers.", open=number(open_ones), reviewers=number(reviewers))
        charts.append(Chart(_("Reviewers by how much they have to do"), words, lambda width: bars(rows, width)))
    return Table(
        _("What reviewers have to do now"),
        (Column(_("Reviewers"), "text"), Column(_("Count"))),
        [
            *((_("Reviewers"), reviewers), (_("Open reviews"), open_ones), (_("of these late"), late)),
            *zip(names, loads, strict=True),
        ],
        note=_("How many reviewers have how much is not shown where there are fewer than %(few)s of them.", few=FEWEST) if few else "",
    )


def criteria(session: Session, asked: Asked, data: Data) -> Report:
    """Which criteria are most often not met at the first attempt."""
    title, lead = _("Criteria most often not met"), _("Where first attempts fall short, criterion by criterion.")

    def found(spot: Spot) -> dict[str, tuple[int, int]]:
        sums: dict[str, tuple[int, int]] = {}
        for month, keys in data.at("criteria", spot).items():
            if asked.period.holds(month):
                for key, (judged, unmet) in keys.items():
                    before = sums.get(key, (0, 0))
                    sums[key] = before[0] + judged, before[1] + unmet
        return sums

    def numbers(spot: Spot) -> list[int]:
        own = found(spot).values()
        return [max((judged for judged, _unmet in own), default=0), max((unmet for _judged, unmet in own), default=0)]

    if data.withholds(asked, numbers, lambda own: own[0]):
        return Report("criteria", title, lead, withheld=True)
    parts = data.parts("microcredential", numbers, lambda own: own[0])
    if asked.microcredential:
        parts = [one for one in parts if one.key == str(asked.microcredential)]
    hides = any(one.hidden for one in parts)
    shown = sorted((one for one in parts if not one.hidden and one.numbers[0]), key=lambda one: -one.numbers[1] / one.numbers[0])
    shown = shown[: asked.most]
    names = _criteria_names(session, asked, shown)
    rows, cells = [], []
    for part in shown:
        own = found(("microcredential", part.key))
        order = [key for key in names.get(part.key, {}) if key in own] + sorted(set(own) - set(names.get(part.key, {})))
        line: list[tuple[float | None, str]] = []
        for place, key in enumerate(order, 1):
            judged, unmet = own[key]
            rows.append((part.name, f"{place}. {names.get(part.key, {}).get(key, key)}", judged, unmet, share(unmet, judged)))
            line.append((unmet / judged if judged else None, f"{place}: {percent(unmet / judged)}" if judged else f"{place}: –"))
        cells.append(Heat(part.name, tuple(line)))
    rows.sort(key=lambda row: -(row[4] or 0))
    worst = rows[0] if rows else None
    return Report(
        "criteria",
        title,
        lead,
        figures=(
            Figure(
                _("Most often not met"),
                _(
                    "%(criterion)s, %(microcredential)s: %(share)s",
                    criterion=worst[1],
                    microcredential=worst[0],
                    share=percent(worst[4] or 0),
                ),
            ),
        )
        if worst
        else (),
        charts=(
            Chart(
                _("Share of first attempts in which a criterion was not met"),
                _("A row for each microcredential, a cell for each criterion in the rubric’s order; the darker, the more often not met."),
                lambda width: heat(cells[:12], width),
            ),
        )
        if cells
        else (),
        tables=(
            Table(
                _("Criteria, those most often not met first"),
                (
                    *(Column(_("Microcredential"), "text"), Column(_("Criterion"), "text")),
                    *(Column(_("Judged")), Column(_("Not met")), Column(_("Share"), "share")),
                ),
                rows,
                note=few_note() if hides else "",
            ),
        ),
        meaning=(
            _("What reviewers found at first attempts decided in this period, before any appeal; decisions by exception are left out."),
            _("All versions of a rubric count together where a criterion kept its key."),
        ),
        empty="" if rows or hides else _("Nothing was decided in this period."),
    )


def _criteria_names(session: Session, asked: Asked, parts: list[Part]) -> dict[str, dict[str, str]]:
    """Titles of criteria by key, of each microcredential's newest version."""
    keys = {one.key for one in parts}
    newest = (
        select(MicrocredentialVersion.microcredential_id, MicrocredentialVersion.content)
        .where(MicrocredentialVersion.district_id == asked.district_id)
        .order_by(MicrocredentialVersion.number)
    )
    found = {}
    for microcredential_id, content in session.execute(newest):
        if str(microcredential_id) in keys:
            own = {one.key: one.title for one in MicrocredentialContent.model_validate(content).criteria}
            found[str(microcredential_id)] = own
    return found


def own(_session: Session, asked: Asked, data: Data) -> Report:
    """How teachers see themselves, against what reviewers found."""

    def numbers(spot: Spot) -> list[int]:
        return data.sums("own", spot, 5, asked.period)

    def cells(found: list[int]) -> tuple[Cell, ...]:
        both, over, under, neither, _tries = found
        whole = both + over + under + neither
        return whole, share(both + neither, whole), share(over, whole), share(under, whole)

    title, lead = _("Self-assessment and review"), _("Whether teachers and reviewers see the same.")
    if data.withholds(asked, numbers, lambda found: found[4]):
        return Report("own", title, lead, withheld=True)
    found = numbers(asked.spot)
    whole = sum(found[:4])
    names = (_("Both: met"), _("Teacher: met; reviewers: not met"), _("Teacher: not met; reviewers: met"), _("Both: not met"))
    rows = [Bar(name, (count,), of_all(count, whole)) for name, count in zip(names, found[:4], strict=True)]
    pairs = [(name, count, share(count, whole)) for name, count in zip(names, found[:4], strict=True)]
    tables = [
        Table(
            _("Criteria, as both saw them"),
            (Column(_("What both said"), "text"), Column(_("Criteria")), Column(_("Share"), "share")),
            pairs,
            (_("All together"), whole, None),
        )
    ]
    if asked.spot == ALL:
        head = (
            Column(_("Criteria")),
            Column(_("Same"), "share"),
            Column(_("Teacher higher"), "share"),
            Column(_("Teacher lower"), "share"),
        )
        parts = data.parts("microcredential", numbers, lambda counts: counts[4])
        tables.append(by_group(_("By microcredential"), _("Microcredential"), head, parts, cells, found))
    words = _("Bars: both said the same of %(same)s of criteria.", same=percent((found[0] + found[3]) / whole) if whole else "–")
    return Report(
        "own",
        title,
        lead,
        figures=(Figure(_("Both said the same"), of_all(found[0] + found[3], whole)),),
        charts=(Chart(_("Criteria, by what teacher and reviewers said"), words, lambda width: bars(rows, width)),),
        tables=tuple(tables),
        meaning=(
            _(
                "Of tries that ended in this period: for each criterion, whether the teacher’s own level is one that earns, and what"
                " reviewers found in the last attempt, before any appeal."
            ),
            _("People whose data were erased, and decisions by exception, are left out."),
        ),
        empty="" if whole else _("No try with a self-assessment ended in this period."),
    )
