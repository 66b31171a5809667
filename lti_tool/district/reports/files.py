"""Tables of reports as files: CSV for one, a workbook for all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any

from lti_tool.district.reports.shapes import Cell, Column, Hidden, Report, Table
from lti_tool.language import _
from lti_tool.web.spreadsheet import Cell as Plain
from lti_tool.web.spreadsheet import guarded

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_FORMATS = {"share": "0.0%", "decimal": "0.00", "money": "#,##0.00", "count": "#,##0", "days": "0", "text": "@"}
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_NO_TITLE = re.compile(r"[\[\]:*?/\\']")


def plain(cell: Cell, column: Column) -> Plain:
    """A cell for a file: money in whole units with a fraction, shares as a part of 1."""
    if isinstance(cell, Hidden):
        return _("not shown")
    if isinstance(cell, int | float) and column.kind == "money":
        return round(cell / 100, 2)
    return round(cell, 4) if isinstance(cell, float) else cell


def lines(table: Table) -> Iterator[tuple[Plain, ...]]:
    """A table, with its head and its total."""
    yield tuple(column.label for column in table.columns)
    for row in (*table.rows, *([table.total] if table.total else [])):
        yield tuple(plain(cell, column) for cell, column in zip(row, table.columns, strict=True))


def workbook(report: Report, facts: list[str]) -> bytes:
    """A workbook with a sheet for each table, and one that says what is counted."""
    from openpyxl import Workbook  # takes long to load, and few processes need it

    book = Workbook(write_only=True)
    about = book.create_sheet(_sheet_title(_("About"), set()))
    about.column_dimensions["A"].width = 110
    about.append([_bold(about, report.title)])
    for words in (*facts, report.lead, *report.meaning, *(table.note for table in report.tables if table.note)):
        about.append([_text(words)])
    taken = {about.title.casefold()}
    for table in report.tables:
        sheet = book.create_sheet(_sheet_title(table.caption, taken))
        taken.add(sheet.title.casefold())
        for place, column in enumerate(table.columns):
            sheet.column_dimensions[chr(65 + place)].width = 42 if column.kind == "text" else 18
        sheet.freeze_panes = "A2"
        sheet.append([_bold(sheet, column.label) for column in table.columns])
        for row in table.rows:
            sheet.append([_cell(sheet, cell, column) for cell, column in zip(row, table.columns, strict=True)])
        if table.total:
            sheet.append([_bold(sheet, plain(cell, column)) for cell, column in zip(table.total, table.columns, strict=True)])
    body = BytesIO()
    book.save(body)
    return body.getvalue()


def _cell(sheet: Any, cell: Cell, column: Column) -> Any:
    from openpyxl.cell import WriteOnlyCell

    written = WriteOnlyCell(sheet, value=_text(plain(cell, column)))
    if not isinstance(written.value, str):
        written.number_format = _FORMATS[column.kind]
    return written


def _bold(sheet: Any, value: Plain) -> Any:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    written = WriteOnlyCell(sheet, value=_text(value))
    written.font = Font(bold=True)
    return written


def _text(value: Plain) -> Plain:
    """What can stand in a workbook, and is never taken for a formula."""
    return guarded(_UNWRITABLE.sub("\ufffd", value)) if isinstance(value, str) else value


def _sheet_title(words: str, taken: set[str]) -> str:
    base = _NO_TITLE.sub(" ", _UNWRITABLE.sub(" ", words)).strip()[:27] or "Table"
    found, number = base, 1
    while found.casefold() in taken:
        number += 1
        found = f"{base} {number}"
    return found
