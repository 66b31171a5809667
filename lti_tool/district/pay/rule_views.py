"""Pages of rules: written by payroll or a coordinator, read by whoever sees the console."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district.pay import crediting, office_queries, queries, rules, words
from lti_tool.district.pay.forms import EndForm, RuleForm
from lti_tool.district.pay.models import PayRule
from lti_tool.errors import Problem
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("pay_rules", __name__, url_prefix="/s/<frame_key>/pay/rules")
bp.before_request(require("console", "payroll"))

NOTICES["pay.rule_saved"] = ("success", N_("The draft is saved. It changes nothing until it is put in force."))
NOTICES["pay.rule_started"] = ("success", N_("The rule is in force. From now on it can’t be changed, only followed by another."))
NOTICES["pay.rule_ended"] = ("success", N_("The last day is set. What was credited stays."))
NOTICES["pay.rule_dropped"] = ("success", N_("The draft is deleted."))

_writers = require("payroll", "coordinator")


def _form(session: Session, rule: PayRule | None, **given: object) -> RuleForm:
    form = RuleForm(**given)
    if rule is not None and rule.series_id != rule.id:
        del form.unit, form.start_month, form.start_day
    form.offer(rules.choices(session, current_frame().district_id))
    return form


def _given(form: RuleForm, rule: PayRule | None) -> rules.Given:
    follows = rule is not None and rule.series_id != rule.id
    known = rule if follows and rule is not None else None
    return rules.Given(
        name=" ".join(plain_text(form.name.data or "").split()),
        unit=known.unit if known else form.unit.data,
        amount=form.amount.data or 0,
        cap=form.cap.data,
        recurring=bool(form.recurring.data),
        again_cap=form.again_cap.data if form.recurring.data else None,
        over_cap=form.over_cap.data,
        start_month=known.start_month if known else form.start_month.data,
        start_day=known.start_day if known else form.start_day.data or 1,
        groups=form.group_names,
        extent=form.extent.data,
        microcredentials=tuple(one for one in map(uuid_or_none, form.named.data or ()) if one) if form.extent.data != "all" else (),
        budget=form.budget.data,
        begins_on=form.begins_on.data or tool.current().today(),
    )


def _filled(session: Session, rule: PayRule) -> RuleForm:
    kept = ("name", "unit", "amount", "cap", "recurring", "again_cap", "over_cap", "start_month", "start_day", "extent", "budget")
    values = {name: getattr(rule, name) for name in (*kept, "begins_on")}
    return _form(session, rule, formdata=None, data={**values, "groups": "\n".join(rule.groups), "named": rule.microcredentials})


@bp.route("/new", methods=["GET", "POST"])
def new() -> Response | tuple[str, int]:
    """A new rule."""
    _writers()
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        form = _form(session, None)
    if form.validate_on_submit() and (saved := _save(form, None)) is not None:
        return redirect(url_for("pay_rules.one", rule_id=saved, said="pay.rule_saved"), 303)
    if request.method == "GET":
        form.begins_on.data = here.today()
    with here.database.read() as session:
        groups = office_queries.groups(session, frame.district_id)
    return render_template("pay/rule_new.html", form=form, groups=groups, timezone=here.settings.timezone), (
        422 if request.method == "POST" else 200
    )


def _save(form: RuleForm, rule: PayRule | None) -> UUID | None:
    """None where it does not fit; the form then says why."""
    here, frame = tool.current(), current_frame()
    try:
        with here.database.unit() as session:
            return rules.write(
                session,
                here,
                district_id=frame.district_id,
                rule_id=rule.id if rule else None,
                given=_given(form, rule),
                actor_id=frame.person_id,
            ).id
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        field = form.named if problem.detail == "microcredentials" else form.name
        field.errors = [problem.text]
        return None


def _page(rule: PayRule, *, form: RuleForm | None = None, end: EndForm | None = None, status: int = 200) -> tuple[str, int]:
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        draft = rule.state == "draft"
        series = queries.following(session, rule)
        effects, whole = rules.tried(session, here, rule) if draft else ((), True)
        return render_template(
            "pay/rule.html",
            rule=rule,
            form=(form or _filled(session, rule)) if draft else None,
            end=end or EndForm(formdata=None, last=here.today()),
            effects=effects,
            whole=whole,
            most=rules.MOST_TRIED,
            chosen=rules.titles(session, frame.district_id, [UUID(key) for key in rule.microcredentials]),
            series=series,
            stacks=rules.stacks_named(session, frame.district_id, series),
            groups=office_queries.groups(session, frame.district_id) if draft else (),
            units=words.UNITS,
            over=words.OVER,
            starts=(rule.start_month, rule.start_day),
            start_date=date(2001, rule.start_month, rule.start_day),
            today=here.today(),
            timezone=here.settings.timezone,
            may_write=frame.may("payroll", "coordinator"),
            progress=crediting.progress(session, here, rule),
        ), status


def _rule(rule_id: UUID) -> PayRule:
    with tool.current().database.read() as session:
        return rules.one(session, current_frame().district_id, rule_id)


@bp.get("/<uuid:rule_id>")
def one(rule_id: UUID) -> tuple[str, int]:
    """One rule: a draft with what it would have done, or what is in force."""
    return _page(_rule(rule_id))


@bp.post("/<uuid:rule_id>")
def save(rule_id: UUID) -> Response | tuple[str, int]:
    """Change a draft."""
    _writers()
    rule = _rule(rule_id)
    with tool.current().database.read() as session:
        form = _form(session, rule)
    if rule.state == "draft" and not form.validate_on_submit():
        return _page(rule, form=form, status=422)
    if _save(form, rule) is None:
        return _page(rule, form=form, status=422)
    return redirect(url_for("pay_rules.one", rule_id=rule.id, said="pay.rule_saved"), 303)


@bp.post("/<uuid:rule_id>/start")
def start(rule_id: UUID) -> Response | tuple[str, int]:
    """Put a draft in force."""
    _writers()
    here, frame, rule = tool.current(), current_frame(), _rule(rule_id)
    try:
        with here.database.unit() as session:
            rules.put_in_force(session, here, district_id=frame.district_id, rule_id=rule_id, actor_id=frame.person_id)
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        with here.database.read() as session:
            form = _filled(session, rule)
        form.begins_on.errors = [problem.text]
        return _page(rule, form=form, status=422)
    return redirect(url_for("pay_rules.one", rule_id=rule_id, said="pay.rule_started"), 303)


@bp.post("/<uuid:rule_id>/follow")
def follow(rule_id: UUID) -> Response:
    """A draft that takes the place of a rule from a day on."""
    _writers()
    here, frame = tool.current(), current_frame()
    with here.database.unit() as session:
        draft = rules.follow(session, here, district_id=frame.district_id, rule_id=rule_id, actor_id=frame.person_id)
    return redirect(url_for("pay_rules.one", rule_id=draft.id, said="pay.rule_saved"), 303)


@bp.post("/<uuid:rule_id>/end")
def end(rule_id: UUID) -> Response | tuple[str, int]:
    """Set the last day."""
    _writers()
    here, frame, rule, form = tool.current(), current_frame(), _rule(rule_id), EndForm()
    if not form.validate_on_submit() or form.last.data is None:
        return _page(rule, end=form, status=422)
    try:
        with here.database.unit() as session:
            rules.end(session, here, district_id=frame.district_id, rule_id=rule_id, last=form.last.data, actor_id=frame.person_id)
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.last.errors = [problem.text]
        return _page(rule, end=form, status=422)
    return redirect(url_for("pay_rules.one", rule_id=rule_id, said="pay.rule_ended"), 303)


@bp.post("/<uuid:rule_id>/delete")
def delete(rule_id: UUID) -> Response:
    """Delete a draft."""
    _writers()
    here, frame = tool.current(), current_frame()
    with here.database.unit() as session:
        rules.delete_draft(session, here, district_id=frame.district_id, rule_id=rule_id, actor_id=frame.person_id)
    return redirect(url_for("pay.index", said="pay.rule_dropped"), 303)
