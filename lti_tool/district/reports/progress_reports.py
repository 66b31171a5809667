"""Reports of people and their tries: how far they come, what they earn, how long it takes, where a deadline is near."""

from __future__ import annotations

from itertools import pairwise

from sqlalchemy.orm import Session

from lti_tool.district.reports.loading import ALL, Asked, Data, Part, Spot
from lti_tool.district.reports.period_policies import RISK_DAYS, Period
from lti_tool.district.reports.shapes import Column, Figure, Report, Table
from lti_tool.district.reports.tallying import SPAN, SPANS
from lti_tool.district.reports.wording import by_group, of_all, said_share, share, share_bars, short_month, steps_within
from lti_tool.language import _, number, percent
from lti_tool.web.charts import Bar, Chart, bars, columns


def funnel(_session: Session, asked: Asked, data: Data) -> Report:
    """Enrolled, began, submitted, earned."""

    def numbers(spot: Spot) -> list[int]:
        return data.sums("funnel", spot, 4, asked.period)

    title, lead = _("From enrolling to earning"), _("How many of those who enrolled in this period began, submitted and earned.")
    if data.withholds(asked, numbers, lambda own: own[0]):
        return Report("funnel", title, lead, withheld=True)
    own = numbers(asked.spot)
    names = (_("Enrolled"), _("Began to work"), _("Submitted"), _("Earned"))
    rows = [Bar(name, (count,), said_share(count, own[0])) for name, count in zip(names, own, strict=True)]
    heads = tuple(Column(name) for name in names)
    shares = (*heads, Column(_("Earned of enrolled"), "share"))
    tables = [
        Table(
            _("Steps"),
            (Column(_("Step"), "text"), Column(_("Tries")), Column(_("Of enrolled"), "share")),
            [(name, count, share(count, own[0])) for name, count in zip(names, own, strict=True)],
        )
    ]
    if asked.spot == ALL:
        for scope, caption, head in (
            ("microcredential", _("By microcredential"), _("Microcredential")),
            ("school", _("By school"), _("School")),
        ):
            parts = data.parts(scope, numbers, lambda found: found[0])
            tables.append(by_group(caption, head, shares, parts, lambda found: (*found, share(found[3], found[0])), own))
    return Report(
        "funnel",
        title,
        lead,
        figures=(Figure(_("Enrolled"), number(own[0])), Figure(_("Earned of enrolled"), percent(own[3] / own[0]) if own[0] else "–")),
        charts=(
            Chart(
                _("Tries by the furthest step they reached"),
                _("Bars: of %(all)s tries, %(earned)s are earned.", all=number(own[0]), earned=number(own[3])),
                lambda width: bars(rows, width),
            ),
        ),
        tables=tuple(tables),
        meaning=(
            _("A try is one person enrolled for one microcredential. It counts in the month of enrolling, whenever it ends."),
            _("Began to work: an answer, a self-assessment or a piece of evidence was saved. Submitted: sent in at least once."),
            _("Earned: it is earned as things stand today. An award that was revoked does not count; one that an appeal gave does."),
        ),
        empty="" if own[0] else _("Nobody enrolled in this period."),
    )


def earned(_session: Session, asked: Asked, data: Data) -> Report:
    """What is earned by month and school."""

    def numbers(spot: Spot) -> list[int]:
        return data.sums("earned", spot, 1, asked.period)

    title, lead = _("Microcredentials earned"), _("Month by month, all in all, and by school.")
    if data.withholds(asked, numbers, lambda own: own[0]):
        return Report("earned", title, lead, withheld=True)
    months = [(month, own[0]) for month, own in data.by_month("earned", asked.spot, 1, asked.period)]
    growing = [sum(count for _month, count in months[: place + 1]) for place in range(len(months))]
    total = sum(count for _month, count in months)
    points = [(short_month(month), float(count)) for month, count in months]
    curve = [(label, float(grown)) for (label, _count), grown in zip(points, growing, strict=True)]
    tables = [
        Table(
            _("By month"),
            (Column(_("Month"), "text"), Column(_("Earned")), Column(_("Since the beginning of the period"))),
            [(label, int(count), grown) for (label, count), grown in zip(points, growing, strict=True)],
            (_("All together"), total, total),
        )
    ]
    charts = [
        Chart(
            _("Earned in each month"),
            _("Columns: %(count)s in %(months)s months.", count=number(total), months=len(months)),
            lambda width: columns(points, width, write=number),
        ),
        Chart(
            _("Earned since the beginning of the period"),
            _("A line that rises to %(count)s.", count=number(total)),
            lambda width: columns(curve, width, write=number, curve=True, height=180),
        ),
    ]
    if asked.spot == ALL:
        parts = data.parts("school", numbers, lambda found: found[0])
        tables.append(by_group(_("By school"), _("School"), (Column(_("Earned")),), parts, lambda found: (found[0],), [total]))
        by_title = data.parts("microcredential", numbers, lambda found: found[0])
        tables.append(
            by_group(_("By microcredential"), _("Microcredential"), (Column(_("Earned")),), by_title, lambda found: (found[0],), [total])
        )
        if rows := _counts(parts):
            charts.append(Chart(_("Earned by school"), _("Bars: the schools with most."), lambda width: bars(rows, width)))
    return Report(
        "earned",
        title,
        lead,
        figures=(Figure(_("Earned"), number(total)),),
        charts=tuple(charts),
        tables=tuple(tables),
        meaning=(
            _("It counts in the month in which it was decided, also by a panel after an appeal. What was revoked later is not counted."),
            _("The school is the one at which the person works today."),
        ),
        empty="" if total else _("Nothing was earned in this period."),
    )


def _counts(parts: list[Part]) -> list[Bar]:
    shown = sorted((one for one in parts if not one.hidden and one.numbers[0]), key=lambda one: (-one.numbers[0], one.name))
    return [Bar(one.name, (one.numbers[0],), number(one.numbers[0])) for one in shown[:12]]


def holders(_session: Session, asked: Asked, data: Data) -> Report:
    """The share of staff who hold at least one."""
    until = Period("0001-01", asked.period.last)
    title = _("Staff with at least one microcredential")
    lead = _("The share of people who hold one at the end of the period.")
    if data.withholds(asked, lambda spot: [data.people(spot)], sum):
        return Report("share", title, lead, withheld=True)

    def numbers(spot: Spot) -> list[int]:
        known = data.people(spot)
        return [data.sums("first", spot, 1, until)[0], max(known, data.headcounts.get(spot[1], 0)), known]

    keys = data.keys("school")
    base = sum(numbers(("school", key))[1] for key in keys)
    known = data.people(ALL)
    own = numbers(asked.spot) if asked.school is not None else [data.sums("first", asked.spot, 1, until)[0], base, known]
    told = len([key for key in keys if key and data.headcounts.get(key, 0)])
    points = []
    growing = sum(count[0] for month, count in data.at("first", asked.spot).items() if month < asked.period.first)
    for month, (count,) in data.by_month("first", asked.spot, 1, asked.period):
        growing += count
        points.append((short_month(month), float(growing)))
    head = (Column(_("Hold at least one")), Column(_("Base")), Column(_("People known")), Column(_("Share"), "share"))
    tables, charts = [], []
    if asked.spot == ALL:
        parts = data.parts("school", numbers, lambda found: found[2])
        tables.append(by_group(_("By school"), _("School"), head, parts, lambda found: (*found, share(found[0], found[1])), own))
        if rows := share_bars(parts, lambda found: (found[0], found[1])):
            words = _("Bars: the schools with the highest shares; each says how many of how many.")
            charts.append(Chart(_("Share by school"), words, lambda width: bars(rows, width, highest=1)))
    tables.append(
        Table(
            _("People who hold at least one, by month"),
            (Column(_("Month"), "text"), Column(_("Hold at least one"))),
            [(label, int(count)) for label, count in points],
        )
    )
    words = _("A line that rises to %(count)s.", count=number(own[0]))
    charts.append(
        Chart(_("People who hold at least one"), words, lambda width: columns(points, width, write=number, curve=True, height=180))
    )
    return Report(
        "share",
        title,
        lead,
        figures=(Figure(_("Hold at least one"), of_all(own[0], own[1])),),
        charts=tuple(charts),
        tables=tuple(tables),
        meaning=(
            _("Somebody counts from the month in which they earned their first, as long as one of them stands; each person once."),
            _(
                "The base of a school is the number of people that your coordinator has entered for it, or the people known where more are"
                " known or nothing is entered: entered for %(told)s of %(all)s schools. People known are those who have opened the tool or"
                " stand on a course list that was read; they are counted by their accounts in your LMS.",
                told=told,
                all=len([key for key in keys if key]),
            ),
            _("The beginning of the period makes no difference here: it is what stands at its end."),
        ),
        empty="" if known else _("Nobody is known yet: people appear when they open the tool, or when a course list is read."),
        follow=((_("How many people schools employ"), "reports.headcounts"),) if asked.runs_program else (),
    )


def days(_session: Session, asked: Asked, data: Data) -> Report:
    """How long it takes from enrolling to earning."""

    def numbers(spot: Spot) -> list[int]:
        return data.sums("days", spot, SPANS + 1, asked.period)

    title, lead = _("Time from enrolling to earning"), _("How many days passed for what was earned in this period.")
    if data.withholds(asked, numbers, lambda own: sum(own[:SPANS])):
        return Report("days", title, lead, withheld=True)
    *spans, late = numbers(asked.spot)
    total = sum(spans)
    labels = [*(str(SPAN * (place + 1)) for place in range(SPANS - 1)), _("more")]
    half, most = (_until(steps_within(spans, wanted)) for wanted in (0.5, 0.9))
    points = [(label, float(count)) for label, count in zip(labels, spans, strict=True)]
    names = [_("%(first)s to %(last)s days", first=SPAN * place + bool(place), last=SPAN * (place + 1)) for place in range(SPANS - 1)]
    names.append(_("more than %(days)s days", days=SPAN * (SPANS - 1)))
    below = [sum(spans[: place + 1]) for place in range(SPANS)]
    deadline = (asked.enrollment_days / SPAN, _("deadline: %(days)s days", days=asked.enrollment_days))
    return Report(
        "days",
        title,
        lead,
        figures=(Figure(_("Half were earned within"), half), Figure(_("Nine of ten within"), most)),
        charts=(
            Chart(
                _("Earned, by days since enrolling"),
                _("Columns of %(span)s days each; half were earned within: %(half)s. A line marks the deadline.", span=SPAN, half=half),
                lambda width: columns(points, width, write=number, mark=deadline if asked.enrollment_days <= SPAN * (SPANS - 1) else None),
            ),
        ),
        tables=(
            Table(
                _("Days since enrolling"),
                (Column(_("Days"), "text"), Column(_("Earned")), Column(_("Share up to here"), "share")),
                [(name, count, share(grown, total)) for name, count, grown in zip(names, spans, below, strict=True)],
                (_("All together"), total, None),
            ),
        ),
        meaning=(
            _("From the moment of enrolling to the decision. Somebody who enrolled anew after their time was over is counted from then."),
            _(
                "%(late)s of %(all)s were earned after the person’s own deadline, which may have been extended: work sent in in time"
                " is judged even when the deadline passes meanwhile.",
                late=number(late),
                all=number(total),
            ),
        ),
        empty="" if total else _("Nothing was earned in this period."),
    )


def _until(place: int | None) -> str:
    if place is None:
        return "–"
    if place == SPANS - 1:
        return _("more than %(days)s days", days=SPAN * place)
    return _("%(days)s days", days=SPAN * (place + 1))


def risk(_session: Session, asked: Asked, data: Data) -> Report:
    """Active tries by days to the deadline."""
    width = len(RISK_DAYS) + 2

    def numbers(spot: Spot) -> list[int]:
        return data.at("risk", spot) or [0] * (2 * width)

    title, lead = _("Tries and their deadlines"), _("Everything that is under way now, by the days that are left.")
    if data.withholds(asked, numbers, sum):
        return Report("risk", title, lead, withheld=True)
    found = numbers(asked.spot)
    names = [_("Deadline has passed"), _("Up to %(days)s days", days=RISK_DAYS[0])]
    names += [_("%(first)s to %(last)s days", first=first + 1, last=last) for first, last in pairwise(RISK_DAYS)]
    names.append(_("more than %(days)s days", days=RISK_DAYS[-1]))
    both = list(zip(names, found[:width], found[width:], strict=True))
    rows = [Bar(name, (own, waits), number(own + waits)) for name, own, waits in both]
    soon = sum(found[1:3])
    return Report(
        "risk",
        title,
        lead,
        figures=(Figure(_("Under way"), number(sum(found))), Figure(_("To be sent in within 30 days"), number(soon))),
        charts=(
            Chart(
                _("Tries under way, by days to the deadline"),
                _("Bars: %(soon)s of %(all)s are still to be sent in within 30 days.", soon=number(soon), all=number(sum(found))),
                lambda wide: bars(rows, wide),
                (_("To be sent in"), _("Waits for reviewers")),
            ),
        ),
        tables=(
            Table(
                _("Days to the deadline"),
                (Column(_("Deadline"), "text"), Column(_("To be sent in")), Column(_("Waits for reviewers")), Column(_("Together"))),
                [(name, own, waits, own + waits) for name, own, waits in both],
                (_("All together"), sum(found[:width]), sum(found[width:]), sum(found)),
            ),
        ),
        meaning=(
            _("As of the time above. Work that waits for reviewers is judged also when the deadline passes meanwhile."),
            _("Where the deadline has passed and nothing waits, the person may enroll anew, or be given more time."),
        ),
        empty="" if sum(found) else _("Nothing is under way."),
    )
