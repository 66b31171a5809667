"""What people and browsers send, read once and the same everywhere: texts, numbers, ids, and which page has seen what."""

from __future__ import annotations

import secrets
from typing import Final
from uuid import UUID

_MARKS: Final = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def plain_text(given: str) -> str:
    """Text as it is kept: one kind of line end, no NUL, which PostgreSQL can't hold."""
    return given.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


def sheet_text(data: bytes) -> str:
    """The text of a spreadsheet's CSV: UTF-8, UTF-16 (as Excel saves "Unicode text"), or Windows' own letters. Raises ValueError."""
    marked = next((name for mark, name in _MARKS if data.startswith(mark)), "")
    for encoding in [marked] if marked else ["utf-8", "cp1252"]:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise ValueError("letters")


def separator_of(text: str) -> str:
    """What stands between the cells of a spreadsheet's CSV: comma, semicolon or tab, of which its first line has most."""
    return max(",;\t", key=text.split("\n", 1)[0].count)


def whole_number(given: str | None) -> int:
    """A whole number of at most nine digits; -1 for anything else."""
    return int(given) if given and given.isascii() and given.isdigit() and len(given) < 10 else -1


def uuid_or_none(given: str | None) -> UUID | None:
    """An id; None for anything else."""
    try:
        return UUID(given or "")
    except ValueError:
        return None


def page_name() -> str:
    """A random name for a page that saves more than once."""
    return secrets.token_urlsafe(12)


def overtaken(*, seen: int, page: str, revision: int, saved_in: str) -> bool:
    """Whether something newer was saved than what this page saw: by another page, or by itself while this save was on its way.

    `page` and `saved_in` are a page's name, which may be followed by a dot and the time of sending (milliseconds, its own clock).
    """
    if seen == revision:
        return False
    (name, _, sent), (last_name, _, last_sent) = page.partition("."), saved_in.partition(".")
    return not name or name != last_name or _milliseconds(sent) < _milliseconds(last_sent)


def _milliseconds(given: str) -> int:
    return int(given) if given.isascii() and given.isdigit() and len(given) < 16 else 0
