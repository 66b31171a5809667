"""Pages of the reports: overview, each report, its files, all of them to print, and the headcounts of schools."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district.reports import files, period_policies, schools
from lti_tool.district.reports.forms import HeadcountForm, RefreshForm
from lti_tool.district.reports.loading import Asked, load
from lti_tool.district.reports.models import ReportRun
from lti_tool.district.reports.recounting import opened, refresh
from lti_tool.district.reports.registry import SPECS, Spec, made, made_together
from lti_tool.district.reports.wording import short_month
from lti_tool.errors import not_found
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _, day, month
from lti_tool.platforms.models import District
from lti_tool.web import spreadsheet
from lti_tool.web.frames import current_frame, require
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

bp = Blueprint("reports", __name__, url_prefix="/s/<frame_key>/reports")
bp.before_request(require("console", "board"))

CONSOLE.append(
    ConsolePage(
        "reports.index",
        N_("Reports"),
        N_("What your board asks for: who takes part, what is earned, how long it takes, whether reviewers agree."),
        ("console", "board"),
    )
)
NOTICES["reports.counted"] = ("success", N_("The figures are counted anew."))
NOTICES["reports.wanted"] = ("info", N_("The figures are being counted. Open this page again in some minutes."))
NOTICES["reports.entered"] = ("success", N_("Saved. The share of this school is counted with it from now on."))
_FILE = 100_000
_KEYS = f"any({', '.join(SPECS)})"


@dataclass(frozen=True)
class _Visit:
    """What a page shows: of which count, what was asked, and what can be chosen. `fault`: what was chosen can't be shown."""

    run: ReportRun
    asked: Asked
    given: dict[str, str]
    fault: str
    presets: tuple[period_policies.Preset, ...]
    present: str

    @property
    def months(self) -> tuple[str, ...]:
        return period_policies.months(min(self.run.first_month or self.present, self.present), self.present)[::-1]


def _visit() -> _Visit | None:
    """Read the address. None: nothing is counted yet. Raises Problem(not_found) for a microcredential of somebody else."""
    here, frame = tool.current(), current_frame()
    run = opened(here, frame.district_id)
    if run is None or run.counted_at is None:
        return None
    zone, now = ZoneInfo(here.settings.timezone), here.clock()
    present = period_policies.month_of(now, zone)
    oldest = run.first_month or present
    given = {name: plain_text(request.args.get(name, "")).strip()[:200] for name in ("from", "to", "school", "microcredential")}
    period, fault = period_policies.chosen(given["from"], given["to"], oldest=oldest, present=present), ""
    if period is None:
        fault = _("Choose a first month that comes before the last, and months of which something is known.")
    microcredential = uuid_or_none(given["microcredential"])
    if given["microcredential"] and microcredential is None:
        raise not_found("no such microcredential")
    if given["microcredential"] and given["school"]:
        fault = _(
            "Choose a school or a microcredential, not both. Together they make many groups of a few people each, and what is hidden of"
            " these could be computed from the tables of schools and of microcredentials."
        )
    asked = Asked(
        frame.district_id,
        period or period_policies.Period(min(oldest, present), present),
        now,
        zone,
        here.settings.enrollment_days,
        here.settings.review_days,
        school=_school(given["school"]) if given["school"] and not fault else None,
        microcredential=microcredential if not fault else None,
        runs_program=frame.may("console"),
    )
    return _Visit(run, asked, given, fault, period_policies.presets(oldest, present), present)


def _school(given: str) -> str:
    return "" if given == "-" else given


def _cut(visit: _Visit, spec: Spec) -> Asked:
    """What is asked, without what this report does not take."""
    asked = visit.asked
    if "period" not in spec.takes:
        asked = replace(asked, period=visit.presets[0].period)
    return replace(
        asked,
        school=asked.school if "school" in spec.takes else None,
        microcredential=asked.microcredential if "microcredential" in spec.takes else None,
    )


def _as_of(at: datetime | None, zone: ZoneInfo) -> str:
    if at is None:
        return ""
    local = at.astimezone(zone)
    clock = f"{local:%H:%M}"
    return _("As of %(day)s, %(time)s (%(zone)s)", day=day(local), time=clock, zone=zone.key)


def _said(asked: Asked, name: str = "") -> str:
    """The period, and the group, in words."""
    first, last = (month(period_policies.first_day(one)) for one in (asked.period.first, asked.period.last))
    period = first if first == last else _("%(first)s to %(last)s", first=first, last=last)
    return _("%(period)s, %(group)s", period=period, group=name) if name else period


def _page(template: str, visit: _Visit, **more: Any) -> Response | str | tuple[str, int]:
    page = render_template(
        template,
        visit=visit,
        as_of=_as_of(visit.run.counted_at, visit.asked.zone),
        being_counted=visit.run.wanted_at is not None,
        refresh_form=RefreshForm(),
        chosen_preset=period_policies.named(visit.asked.period, visit.presets),
        short_month=short_month,
        said_period=_said(visit.asked),
        **more,
    )
    return (page, 422) if visit.fault else page


def _waiting() -> str:
    return render_template("reports/waiting.html")


@bp.get("/")
def index() -> Response | str | tuple[str, int]:
    """All reports at a glance."""
    if (visit := _visit()) is None:
        return _waiting()
    asked = replace(visit.asked, school=None, microcredential=None)
    quick = tuple(one for one in SPECS.values() if one.is_quick)
    with tool.current().database.read() as session:
        found = {one.key: one for one in made_together(session, quick, asked)}
    return _page("reports/index.html", visit, reports=[(key, found.get(key)) for key in SPECS], titles=_titles())


def _titles() -> dict[str, tuple[str, str]]:
    """Titles of reports that the overview does not make."""
    return {
        "agreement": (
            _("Whether reviewers agree"),
            _("How often two reviewers would decide alike, and how often a panel decides otherwise."),
        )
    }


@bp.get(f"/<{_KEYS}:report>")
def show(report: str) -> Response | str | tuple[str, int]:
    """One report."""
    if (visit := _visit()) is None:
        return _waiting()
    spec = SPECS[report]
    with tool.current().database.read() as session:
        choices = load(session, visit.asked.district_id, (), spec.scopes)
        _known(visit, choices.titles, spec)
        found = None if visit.fault else made(session, spec, _cut(visit, spec))
    return _page(
        "reports/show.html",
        visit,
        spec=spec,
        report=found,
        schools=choices.choices("school") if "school" in spec.takes else [],
        microcredentials=choices.choices("microcredential") if "microcredential" in spec.takes else [],
    )


def _known(visit: _Visit, titles: dict[str, str], spec: Spec) -> None:
    if visit.asked.microcredential and "microcredential" in spec.takes and str(visit.asked.microcredential) not in titles:
        raise not_found("no such microcredential of this district")


def _made(key: str, session: Session) -> tuple[_Visit, Any]:
    """A report with all its rows, for a file. Raises Problem(not_found) for what a page would not show either."""
    visit = _visit()
    if visit is None or visit.fault:
        raise not_found("nothing is counted yet, or what was chosen can't be shown")
    spec = SPECS[key]
    asked = replace(_cut(visit, spec), most=_FILE)
    _known(visit, load(session, asked.district_id, (), spec.scopes).titles, spec)
    return visit, made(session, spec, asked)


@bp.get(f"/<{_KEYS}:report>/<int:number>.csv")
def table(report: str, number: int) -> Response:
    """One table of a report for a spreadsheet; the first has number 1."""
    with tool.current().database.read() as session:
        _visited, found = _made(report, session)
    if not 1 <= number <= len(found.tables):
        raise not_found("no such table")
    return spreadsheet.sent(files.lines(found.tables[number - 1]), f"report-{report}-{number}.csv")


@bp.get(f"/<{_KEYS}:report>.xlsx")
def workbook(report: str) -> Response:
    """All tables of a report as a workbook."""
    with tool.current().database.read() as session:
        visit, found = _made(report, session)
    facts = [_as_of(visit.run.counted_at, visit.asked.zone), _said(visit.asked) if "period" in SPECS[report].takes else ""]
    return spreadsheet.download([files.workbook(found, [one for one in facts if one])], f"report-{report}.xlsx", files.XLSX)


@bp.get("/board")
def board() -> Response | str | tuple[str, int]:
    """All reports in order, to be printed."""
    if (visit := _visit()) is None:
        return _waiting()
    asked = replace(visit.asked, school=None, microcredential=None, most=15)
    with tool.current().database.read() as session:
        found = made_together(session, tuple(SPECS.values()), asked)
        district = session.get_one(District, asked.district_id).name
    return _page("reports/board.html", visit, reports=found, district=district, today=day(asked.now.astimezone(asked.zone)))


@bp.post("/refresh")
def count_now() -> Response:
    """Count now."""
    frame = current_frame()
    done = refresh(tool.current(), frame.district_id, actor_id=frame.person_id)
    return redirect(url_for("reports.index", said="reports.counted" if done else "reports.wanted"), 303)


@bp.route("/schools", methods=["GET", "POST"])
def headcounts() -> Response | str | tuple[str, int]:
    """How many people schools employ."""
    require("console")()
    frame, here, form = current_frame(), tool.current(), HeadcountForm()
    if form.validate_on_submit():
        with here.database.unit() as session:
            schools.enter(
                session,
                here,
                district_id=frame.district_id,
                school=plain_text(form.school.data or "").strip(),
                people=form.people.data,
                actor_id=frame.person_id,
            )
        return redirect(url_for("reports.headcounts", said="reports.entered"), 303)
    if opened(here, frame.district_id) is None:
        return _waiting()
    after = plain_text(request.args.get("after", ""))[:200]
    with here.database.read() as session:
        rows, following = schools.listed(session, frame.district_id, after=after)
    page = render_template(
        "reports/schools.html", form=form, rows=rows, next_url=url_for("reports.headcounts", after=following) if following else None
    )
    return (page, 422) if request.method == "POST" else page
