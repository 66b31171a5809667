"""Pages of batches for payroll."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district.pay import batches, office_queries, words
from lti_tool.district.pay.forms import BatchForm, TakeBackForm
from lti_tool.errors import bad_request
from lti_tool.inputs import whole_number
from lti_tool.language import N_, _
from lti_tool.web import spreadsheet
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("pay_batches", __name__, url_prefix="/s/<frame_key>/pay/batches")
bp.before_request(require("payroll"))

NOTICES["pay.batch_made"] = ("success", N_("The batch is made and will never change. Download it, and confirm it once it is paid."))
NOTICES["pay.batch_confirmed"] = ("success", N_("The batch is confirmed. Teachers see that it was paid."))
NOTICES["pay.batch_taken_back"] = ("success", N_("The batch is taken back. Its entries go into the next one."))

_TYPES = {"csv": "text/csv; charset=utf-8", "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}


@bp.get("/")
def index() -> str:
    """What waits for payroll, and every batch."""
    before = whole_number(request.args["before"]) if "before" in request.args else None
    if before is not None and before < 1:
        raise bad_request(_("The address of this page is damaged."))
    frame = current_frame()
    with tool.current().database.read() as session:
        waiting = office_queries.waiting(session, frame.district_id)
        rows, following = office_queries.batch_page(session, frame.district_id, before=before)
    return render_template(
        "pay/batches.html",
        waiting=waiting,
        rows=rows,
        units=words.UNITS,
        states=words.STATES,
        tags=words.STATE_TAGS,
        next_url=url_for("pay_batches.index", before=following) if following else None,
    )


@bp.post("/")
def make() -> Response:
    """Make a batch of everything that waits of a unit."""
    frame, here, form = current_frame(), tool.current(), BatchForm()
    if not form.validate_on_submit():
        raise bad_request(_("Choose what the batch is for."))
    with here.database.unit() as session:
        batch = batches.make(session, here, district_id=frame.district_id, unit=form.unit.data or "", actor_id=frame.person_id)
    return redirect(url_for("pay_batches.one", batch_id=batch.id, said="pay.batch_made"), 303)


def _page(batch_id: UUID, form: TakeBackForm | None = None) -> tuple[str, int]:
    with tool.current().database.read() as session:
        batch = batches.one(session, current_frame().district_id, batch_id)
        made, ended = office_queries.label_of(session, batch.made_by), office_queries.label_of(session, batch.ended_by)
    page = render_template(
        "pay/batch.html",
        batch=batch,
        made_by=made,
        ended_by=ended,
        form=form or TakeBackForm(formdata=None),
        units=words.UNITS,
        states=words.STATES,
        tags=words.STATE_TAGS,
    )
    return page, 422 if form else 200


@bp.get("/<uuid:batch_id>")
def one(batch_id: UUID) -> tuple[str, int]:
    """One batch, with its files."""
    return _page(batch_id)


@bp.get("/<uuid:batch_id>.<any(csv,xlsx):file_kind>")
def file(batch_id: UUID, file_kind: str) -> Response:
    """A file of a batch: the same bytes each time."""
    with tool.current().database.read() as session:
        batch = batches.one(session, current_frame().district_id, batch_id)
        body = batch.csv if file_kind == "csv" else batch.xlsx
        name = f"payroll-{batch.number:04}-{batch.unit}.{file_kind}"
    return spreadsheet.download([body], name, _TYPES[file_kind])


@bp.post("/<uuid:batch_id>/confirm")
def confirm(batch_id: UUID) -> Response:
    """Payroll has paid it."""
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        batches.confirm(session, here, district_id=frame.district_id, batch_id=batch_id, actor_id=frame.person_id)
    return redirect(url_for("pay_batches.one", batch_id=batch_id, said="pay.batch_confirmed"), 303)


@bp.post("/<uuid:batch_id>/take-back")
def take_back(batch_id: UUID) -> Response | tuple[str, int]:
    """It was not paid."""
    frame, here, form = current_frame(), tool.current(), TakeBackForm()
    if not form.validate_on_submit():
        return _page(batch_id, form)
    with here.database.unit() as session:
        batches.take_back(
            session, here, district_id=frame.district_id, batch_id=batch_id, reason=form.reason.data or "", actor_id=frame.person_id
        )
    return redirect(url_for("pay_batches.one", batch_id=batch_id, said="pay.batch_taken_back"), 303)
