"""Pages of import and export: a file is looked at first, then taken in; what is published goes out in four formats."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, render_template, request, url_for
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.utils import redirect
from werkzeug.wrappers import Response as Answer

from lti_tool import tool
from lti_tool.catalog import achievements, case_files, exchange, finding, sharing, sheet_columns, sheets
from lti_tool.catalog.entries import CatalogEntry
from lti_tool.catalog.exchange_forms import FileForm, TakeInForm
from lti_tool.catalog.filtering import filters_page
from lti_tool.catalog.incoming import MOST_BYTES, MOST_ROWS, Unreadable
from lti_tool.errors import Problem, not_found
from lti_tool.inputs import uuid_or_none, whole_number
from lti_tool.language import N_, _
from lti_tool.platforms.models import District
from lti_tool.web import spreadsheet
from lti_tool.web.frames import current_frame, require
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

bp = Blueprint("exchange", __name__, url_prefix="/s/<frame_key>/catalog/exchange")
_AUTHORS = require("author", "console")
_PAGE = 50
_FORM_AROUND_FILE = 64 * 1024
FORMATS = ("csv", "share", "achievements", "case")

NOTICES["exchange.taken"] = ("success", N_("Taken in. They are drafts: read each one, then publish it."))
NOTICES["exchange.given_up"] = ("success", N_("The file is gone. Nothing was taken in."))
CONSOLE.append(
    ConsolePage(
        "exchange.index",
        N_("Import and export"),
        N_("Take microcredentials in from a spreadsheet or another district, and give yours away."),
        ("console",),
        "run",
    )
)


@bp.url_value_preprocessor
def _admit(endpoint: str | None, _values: dict[str, Any] | None) -> None:
    # Before anything reads the body: who is asking, and only then room for a file in this one request.
    _AUTHORS()
    if endpoint == "exchange.give" and request.method == "POST":
        if (request.content_length or 0) > MOST_BYTES + _FORM_AROUND_FILE:
            raise Problem("too_large", 413, _("That is too large"), _("This file is too large."), _("Split it into several."))
        request.max_content_length = MOST_BYTES + _FORM_AROUND_FILE


def _index(form: FileForm, status: int = 200) -> tuple[str, int]:
    with tool.current().database.read() as session:
        choices = finding.choices(session, current_frame().district_id, published=True)
        found = finding.placeable(session, current_frame().district_id, size=1)
    page = render_template(
        "catalog/exchange.html",
        form=form,
        columns=sheet_columns.columns(),
        most_rows=MOST_ROWS,
        most_megabytes=MOST_BYTES // 1024 // 1024,
        choices=choices,
        filters=filters_page(),
        asked=finding.asked({}),
        total=found.whole,
    )
    return page, status


@bp.get("/")
def index() -> tuple[str, int]:
    """Where files come in and go out."""
    return _index(FileForm())


@bp.post("/")
def give() -> Answer | tuple[str, int]:
    """Keep a file, and look at it."""
    form, here, frame = FileForm(), tool.current(), current_frame()
    if not form.validate():
        return _index(form, 422)
    with form.file.data.stream as stream:
        data = stream.read(MOST_BYTES + 1)
    try:
        if len(data) > MOST_BYTES:
            raise Unreadable(N_("This file is too large. Split it into several."))
        if not data.strip():
            raise Unreadable(N_("This file is empty. Choose another one."))
        exchange.read(data)
    except Unreadable as error:
        form.file.errors = [_(error.words)]
        return _index(form, 422)
    with here.database.unit() as session:
        row = exchange.keep(
            session,
            here,
            district_id=frame.district_id,
            person_id=frame.person_id,
            name=form.file.data.filename or "",
            data=data,
        )
    return redirect(url_for("exchange.look", import_id=row.id), 303)


def _plan(session: Session, import_id: UUID) -> tuple[str, exchange.Plan]:
    frame = current_frame()
    name, data = exchange.kept(session, tool.current(), district_id=frame.district_id, person_id=frame.person_id, import_id=import_id)
    return name, exchange.plan(session, frame.district_id, exchange.read(data))


def _look(import_id: UUID, form: TakeInForm, status: int = 200) -> tuple[str, int]:
    with tool.current().database.read() as session:
        name, plan = _plan(session, import_id)
    pages = max(1, -(-len(plan.rows) // _PAGE))
    page = min(max(1, whole_number(request.args.get("page"))), pages)
    html = render_template(
        "catalog/exchange_look.html",
        import_id=import_id,
        name=name,
        plan=plan,
        groups=plan.groups(),
        rows=plan.rows[(page - 1) * _PAGE : page * _PAGE],
        page=page,
        pages=pages,
        form=form,
    )
    return html, status


@bp.get("/files/<uuid:import_id>")
def look(import_id: UUID) -> tuple[str, int]:
    """What taking a file in would do; nothing has happened yet."""
    return _look(import_id, TakeInForm())


@bp.post("/files/<uuid:import_id>")
def take(import_id: UUID) -> Answer | tuple[str, int]:
    """Take the good rows in as drafts, or give the file up."""
    form, here, frame = TakeInForm(), tool.current(), current_frame()
    if request.form.get("do") == "cancel":
        with here.database.unit() as session:
            exchange.kept(session, here, district_id=frame.district_id, person_id=frame.person_id, import_id=import_id)
            exchange.forget(session, district_id=frame.district_id, person_id=frame.person_id)
        return redirect(url_for("exchange.index", said="exchange.given_up"), 303)
    if not form.validate():
        return _look(import_id, form, 422)
    try:
        with here.database.unit() as session:
            district_id, person_id = frame.district_id, frame.person_id
            _name, data = exchange.kept(session, here, district_id=district_id, person_id=person_id, import_id=import_id)
            file, whole = exchange.read(data), form.whole.data == "yes"
            exchange.take_in(session, here, district_id=district_id, person_id=person_id, file=file, whole=whole)
            exchange.forget(session, district_id=district_id, person_id=person_id)
    except Problem as problem:
        if problem.code != "conflict":
            raise
        form.whole.errors = [_("Some rows have faults, so nothing was taken in. Correct the file, or leave those rows out.")]
        return _look(import_id, form, 422)
    return redirect(url_for("catalog.index", state="draft", said="exchange.taken"), 303)


@bp.get("/files/<uuid:import_id>/faults.csv")
def faults(import_id: UUID) -> Answer:
    """Every fault of the file, a row for each, to work through in a spreadsheet."""
    with tool.current().database.read() as session:
        _name, plan = _plan(session, import_id)
    header = [_("Row"), _("Column"), _("What is wrong"), _("What to do"), _("Keeps the row out")]
    wrong = sorted([*plan.wrong, *plan.lacking], key=lambda one: one.row)
    lines: list[list[spreadsheet.Cell]] = [
        [one.row, one.column, one.words, one.advice, _("yes") if one.blocks else _("no")] for one in wrong
    ]
    rows: Iterable[Sequence[spreadsheet.Cell]] = [header, *lines]
    return spreadsheet.sent(rows, "faults.csv")


@bp.get("/template.csv")
def template() -> Answer:
    """The spreadsheet to fill in."""
    return spreadsheet.sent(sheets.template(), "microcredentials-template.csv")


@bp.get("/export")
def export() -> Answer:
    """What is published and as wished, in one file."""
    here, frame = tool.current(), current_frame()
    kind = request.args.get("as", "csv")
    if kind not in FORMATS:
        raise not_found("no such format")
    with here.database.read() as session:
        rows = exchange.published(session, frame.district_id, _wished(session, frame.district_id))
        district = session.get_one(District, frame.district_id).name
    shared = [one.shared for one in rows]
    match kind:
        case "share":
            made = sharing.document(shared, district=district, tool_url=here.settings.base_url, made_at=here.clock())
            return _json(made, "microcredentials.json")
        case "achievements":
            found = [achievements.document(one.version_id, one.shared.key, one.shared.number, one.shared.content) for one in rows]
            return _json(found[0] if len(found) == 1 else found, "achievements.json")
        case "case":
            items = [case_files.Item(one.version_id, one.shared.key, one.shared.content, one.shared.published_at) for one in rows]
            return _json(
                case_files.document(items, district_id=frame.district_id, district=district, made_at=here.clock()), "case-package.json"
            )
    lines: Iterable[Sequence[spreadsheet.Cell]] = sheets.written([(one.key, one.content.model_dump(mode="json")) for one in shared])
    return spreadsheet.sent(lines, "microcredentials.csv")


def _wished(session: Session, district_id: UUID) -> list[UUID] | None:
    """One microcredential, those that are narrowed to, or all."""
    if one := uuid_or_none(request.args.get("microcredential")):
        return [one]
    wish = finding.asked(request.args)
    if not wish.narrowed:
        return None
    where = finding.narrowed(session, district_id, wish)
    return list(session.scalars(select(CatalogEntry.microcredential_id).where(*where)))


def _json(document: Any, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(json.dumps(document, ensure_ascii=False, indent=1), headers=headers, content_type="application/json; charset=utf-8")
