"""What people and browsers send, read once and the same everywhere: texts, numbers, ids, and which page has seen what."""

from __future__ import annotations

import secrets
from uuid import UUID


def plain_text(given: str) -> str:
    """Text as it is kept: one kind of line end, no NUL, which PostgreSQL can't hold."""
    return given.replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "")


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
    """Whether another page saved since this one was made: it has seen another revision, and did not save the present one itself."""
    return seen != revision and not (page and page == saved_in)
