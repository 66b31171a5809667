"""The check of a connection: what launches have shown, and on request what the LMS's servers answer."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask_wtf import FlaskForm

from lti_tool import tool
from lti_tool.connection import policies, probes, service
from lti_tool.errors import bad_request
from lti_tool.language import _
from lti_tool.web.frames import current_frame, require

bp = Blueprint("connection", __name__, url_prefix="/s/<frame_key>/connection")
bp.before_request(require("console"))


def _page(*, asked: bool) -> str:
    here = tool.current()
    with here.database.read() as session:
        row, connection, targets = service.of_frame(session, here, current_frame())
    answers = probes.ask(here, row, targets) if asked else None
    found = policies.checks(connection, answers)
    return render_template(
        "connection/index.html",
        connection=connection,
        groups=policies.grouped(found),
        summary=policies.summary(found),
        needs=[check for check in found if check.state in ("attention", "bad")],
        asked=asked,
    )


@bp.get("/")
def index() -> str:
    """Every check, from what launches have shown; nobody is asked."""
    return _page(asked=False)


@bp.post("/")
def check() -> str:
    """Every check, with the LMS's servers asked just now. Nothing is kept, so that a reload only asks again."""
    if not FlaskForm().validate_on_submit():
        raise bad_request(_("The form was incomplete."))
    with service.one_of_few():
        return _page(asked=True)
