"""Pages of payroll: the ledger, one teacher's accounts, adjustments, and who is which employee."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from lti_tool import tool
from lti_tool.district.pay import employees, ledger, office_queries, queries, replaying, service, words
from lti_tool.district.pay.forms import AdjustForm, EmployeeForm, EmployeesForm
from lti_tool.errors import Problem, bad_request
from lti_tool.inputs import page_name, plain_text, uuid_or_none, whole_number
from lti_tool.language import N_, _
from lti_tool.launch.accounts import accounts
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("pay_office", __name__, url_prefix="/s/<frame_key>/pay")
bp.before_request(require("payroll"))

NOTICES["pay.adjusted"] = ("success", N_("The adjustment is in the ledger. The teacher sees it with your reason."))
NOTICES["pay.employee_saved"] = ("success", N_("Saved. What was held back can go into the next batch."))
NOTICES["pay.employees_read"] = ("success", N_("The file is read. Every line was taken."))


@bp.get("/ledger")
def entries() -> str:
    """Everything that was credited, newest first."""
    frame, given = current_frame(), request.args
    before = uuid_or_none(given["before"]) if "before" in given else None
    if "before" in given and before is None:
        raise bad_request(_("The address of this page is damaged."))
    year = whole_number(given.get("year"))
    kind = given.get("kind", "")
    only = queries.Filter(
        plain_text(given.get("person", "")).strip()[:100], year if year > 0 else None, kind if kind in words.KINDS else ""
    )
    with tool.current().database.read() as session:
        page = queries.ledger_page(session, frame.district_id, only=only, before=before)
        years = queries.years_of(session, frame.district_id)
    kept: dict[str, Any] = {"person": only.person or None, "year": only.year, "kind": only.kind or None}
    return render_template(
        "pay/ledger.html",
        page=page,
        only=only,
        years=years,
        kinds=words.KINDS,
        tags=words.TAGS,
        reference=queries.reference,
        first=before is None,
        next_url=url_for("pay_office.entries", **kept, before=page.following) if page.following else None,
    )


def _person(person_id: UUID, *, adjust: AdjustForm | None = None, employee: EmployeeForm | None = None) -> tuple[str, int]:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        person = service.person_of(session, frame.district_id, person_id)
        shown = queries.accounts_of(session, frame.district_id, person_id)
        known = employees.of_person(session, frame.district_id, person_id)
        series = ledger.all_series(session, frame.district_id)
        names = queries.rules_by_series(session, frame.district_id)
        found = replaying.person(session, here, district_id=frame.district_id, person_id=person_id)
        own = person.id in accounts(session, frame.district_id, [frame.person_id])[frame.person_id]
        groups = office_queries.groups(session, frame.district_id)
    adjust = adjust or AdjustForm(formdata=None, once=page_name())
    _offer(adjust, [(one.id, names[one.id][-1].name) for one in series], sorted({one.year for one in shown.years}, reverse=True))
    page = render_template(
        "pay/person.html",
        person=person,
        shown=shown,
        employee=employee or EmployeeForm(formdata=None, number=known.number if known else "", group=known.grouped if known else ""),
        adjust=adjust,
        may_adjust=bool(series) and not own,
        own=own,
        check=found,
        groups=groups,
        kinds=words.KINDS,
        tags=words.TAGS,
        reference=queries.reference,
    )
    return page, 422 if request.method == "POST" else 200


def _offer(form: AdjustForm, series: list[tuple[UUID, str]], years: list[int]) -> None:
    form.series.choices = [SelectChoice(str(key), name) for key, name in series]
    form.year.choices = [SelectChoice(0, _("The present one")), *(SelectChoice(year, str(year)) for year in years)]


@bp.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> tuple[str, int]:
    """One teacher: years, entries with a running balance, who they are for payroll."""
    return _person(person_id)


@bp.post("/people/<uuid:person_id>/adjust")
def adjust(person_id: UUID) -> Response | tuple[str, int]:
    """Add or take something by hand."""
    frame, here, form = current_frame(), tool.current(), AdjustForm()
    with here.database.read() as session:
        service.person_of(session, frame.district_id, person_id)
        years = sorted({one.year for one in queries.accounts_of(session, frame.district_id, person_id).years}, reverse=True)
        series = ledger.all_series(session, frame.district_id)
    _offer(form, [(one.id, "") for one in series], years)
    if not form.validate_on_submit():
        return _person(person_id, adjust=form)
    try:
        with here.database.unit() as session:
            service.adjust(
                session,
                here,
                district_id=frame.district_id,
                person_id=person_id,
                series_id=UUID(form.series.data),
                year=form.year.data or None,
                amount=form.amount.data or 0,
                reason=form.reason.data or "",
                actor_id=frame.person_id,
                once=form.once.data or "",
            )
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.amount.errors = [problem.text]
        return _person(person_id, adjust=form)
    return redirect(url_for("pay_office.person", person_id=person_id, said="pay.adjusted"), 303)


@bp.post("/people/<uuid:person_id>/employee")
def employee(person_id: UUID) -> Response | tuple[str, int]:
    """Say who somebody is for payroll."""
    frame, here, form = current_frame(), tool.current(), EmployeeForm()
    with here.database.read() as session:
        service.person_of(session, frame.district_id, person_id)
    if not form.validate_on_submit():
        return _person(person_id, employee=form)
    try:
        with here.database.unit() as session:
            employees.write(
                session,
                here,
                district_id=frame.district_id,
                person_id=person_id,
                number=plain_text(form.number.data or ""),
                group=plain_text(form.group.data or ""),
                actor_id=frame.person_id,
            )
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.number.errors = [problem.text]
        return _person(person_id, employee=form)
    return redirect(url_for("pay_office.person", person_id=person_id, said="pay.employee_saved"), 303)


def _employees(form: EmployeesForm, taken: employees.Taken | None = None, status: int = 200) -> tuple[str, int]:
    frame, text = current_frame(), plain_text(request.args.get("find", ""))[:100]
    after = uuid_or_none(request.args.get("after"))
    with tool.current().database.read() as session:
        rows = office_queries.employees(session, frame.district_id, text)
        held, following = office_queries.held_people(session, frame.district_id, after=after)
    page = render_template(
        "pay/employees.html",
        form=form,
        taken=taken,
        rows=rows,
        find=text,
        held=held,
        most=employees.MOST_LINES,
        next_url=url_for("pay_office.people", after=following) if following else None,
    )
    return page, status


@bp.get("/people")
def people() -> tuple[str, int]:
    """Find teachers, see who is held back, send a file of employees."""
    return _employees(EmployeesForm(formdata=None))


@bp.post("/people")
def read_employees() -> Response | tuple[str, int]:
    """Read a file of employees: what is sound is taken, and every other line is named with what is wrong."""
    frame, here, form = current_frame(), tool.current(), EmployeesForm()
    sent = request.files.get("file")
    if not form.validate_on_submit() or sent is None or not sent.filename:
        form.file.errors = [_("Choose a file.")]
        return _employees(form, status=422)
    try:
        rows, faults = employees.read(sent.read())
    except Problem as problem:
        form.file.errors = [problem.text]
        return _employees(form, status=422)
    with here.database.unit() as session:
        taken = employees.take(session, here, district_id=frame.district_id, rows=rows, actor_id=frame.person_id)
    taken.faults = sorted([*faults, *taken.faults])
    if taken.faults:
        return _employees(form, taken, 422)
    return redirect(url_for("pay_office.people", said="pay.employees_read"), 303)
