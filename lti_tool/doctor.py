"""Looks the installation over: what an operator checks before calling somebody."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

from sqlalchemy.exc import SQLAlchemyError

from lti_tool.database import Database
from lti_tool.http import HttpFailure
from lti_tool.platforms import service as platforms
from lti_tool.platforms.models import Registration
from lti_tool.platforms.vendors import trusted_origins
from lti_tool.resealing import unreadable
from lti_tool.tool import Tool

_MOST_SKEW = 30


@dataclass(frozen=True)
class Finding:
    """One thing looked at, and what to do if it is not good."""

    good: bool
    what: str
    fix: str = ""


def _registrations(database: Database) -> Sequence[Registration]:
    with database.read() as session:
        return platforms.list_registrations(session)


def examine(here: Tool) -> Iterator[Finding]:
    """Yield findings: the data folder, the database, our private keys, then each registration's key set and clock."""
    probe = here.settings.data_dir / ".probe"
    try:
        probe.write_text("ok")
        probe.unlink()
        yield Finding(True, f"data folder {here.settings.data_dir} can be written")
    except OSError as error:
        yield Finding(
            False, f"data folder {here.settings.data_dir}: {type(error).__name__}", "Give the tool's user the right to write there."
        )
    try:
        rows = _registrations(here.database)
    except SQLAlchemyError as error:
        yield Finding(False, f"database: {type(error).__name__}", "Check LTI_TOOL_DATABASE_URL and run `lti-tool migrate`.")
        return
    yield Finding(True, f"database answers, {len(rows)} registrations")
    with here.database.read() as session:
        lost = unreadable(session, here)
    yield Finding(
        not lost,
        f"{len(lost)} private keys can't be opened: {', '.join(lost)}" if lost else "private keys can be opened",
        "Put the encryption key that sealed them back behind the newest one, then run `lti-tool keys reseal`.",
    )
    for row in rows:
        yield from _registration(here, row)


def _registration(here: Tool, row: Registration) -> Iterator[Finding]:
    name = f"{row.name} ({row.issuer})"
    if row.state != "active":
        yield Finding(False, f"{name}: {row.state}", "Finish the registration page, or register again with a new invitation.")
        return
    try:
        reply = here.http.request("GET", row.jwks_url, trusted=trusted_origins(row), max_bytes=262144, seconds=5)
        keys = reply.json().get("keys", []) if reply.ok else []
    except (HttpFailure, AttributeError) as error:
        yield Finding(False, f"{name}: its public keys can't be read ({error})", f"Open {row.jwks_url} from this server.")
        return
    yield Finding(bool(keys), f"{name}: {len(keys)} public keys (status {reply.status})", "Check the key set URL with the LMS's admin.")
    if date := reply.headers.get("Date"):
        skew = abs((parsedate_to_datetime(date).astimezone(UTC) - here.clock()).total_seconds())
        yield Finding(skew <= _MOST_SKEW, f"{name}: clocks differ by {skew:.0f} s", "Set both servers' clocks by NTP.")
