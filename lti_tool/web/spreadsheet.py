"""Tables as CSV files that a spreadsheet opens without running anything in them."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from io import StringIO

from werkzeug.wrappers import Response

Cell = str | int | float | None
_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def guarded(cell: Cell) -> Cell:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it (OWASP, CSV injection); numbers stay numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.lstrip(" ").startswith(_STARTS) else cell


def lines(rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    """Rows as CSV (RFC 4180), one at a time."""
    for row in rows:
        text = StringIO()
        csv.writer(text).writerow([guarded(cell) for cell in row])
        yield text.getvalue()


def sent(rows: Iterable[Sequence[Cell]], name: str) -> Response:
    """The rows as a download, made while it is sent. It begins with a mark by which Excel knows UTF-8."""

    def body() -> Iterator[bytes]:
        yield b"\xef\xbb\xbf"
        for line in lines(rows):
            yield line.encode()

    return download(body(), name, "text/csv; charset=utf-8")


def download(body: Iterable[bytes], name: str, content_type: str) -> Response:
    """A file that is made while it is sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, content_type=content_type, direct_passthrough=False)
