"""The overview of recognition: totals by contract year, the rules, and what to do next."""

from __future__ import annotations

from flask import Blueprint, render_template

from lti_tool import tool
from lti_tool.district.pay import figures, marks, office_queries, queries, rules, words
from lti_tool.language import N_
from lti_tool.web import nav
from lti_tool.web.frames import current_frame, require

bp = Blueprint("pay", __name__, url_prefix="/s/<frame_key>/pay")
bp.before_request(require("console", "payroll"))
nav.CONSOLE.append(
    nav.ConsolePage(
        "pay.index",
        N_("Pay and recognition"),
        N_("Rules, what was earned by contract year, and files for payroll."),
        ("console", "payroll"),
    )
)

marks.offer()
bp.add_app_template_filter(words.amount, "pay_amount")
bp.add_app_template_filter(words.gives, "pay_gives")
bp.add_app_template_filter(words.year, "pay_year")
bp.add_app_template_filter(words.reason, "pay_reason")


@bp.get("/")
def index() -> str:
    """Recognition at a glance."""
    frame = current_frame()
    with tool.current().database.read() as session:
        rows = figures.by_year(session, frame.district_id)
        written = queries.all_rules(session, frame.district_id)
        stacks = rules.stacks_named(session, frame.district_id, written)
        waiting = office_queries.waiting(session, frame.district_id) if frame.may("payroll") else ()
    return render_template(
        "pay/index.html",
        figures=rows,
        rules=written,
        stacks=stacks,
        waiting=waiting,
        units=words.UNITS,
        may_write=frame.may("payroll", "coordinator"),
    )
