"""Looks the installation over: what an operator checks before calling somebody. The checks of a connection are those of its page."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from lti_tool.badges.models import Award
from lti_tool.blobs import BlobGone, StoreFailed
from lti_tool.connection import policies, probes
from lti_tool.connection import service as connections
from lti_tool.connection.checks import Check
from lti_tool.evidence import scanning, stored_queries
from lti_tool.grading.models import ScoreDelivery
from lti_tool.notices import smtp
from lti_tool.notices.models import Mail
from lti_tool.platforms import keys
from lti_tool.platforms import service as platforms
from lti_tool.platforms.models import Registration
from lti_tool.resealing import unreadable
from lti_tool.tool import Tool

log = structlog.get_logger()

_SILENT = timedelta(minutes=5)
"""The worker looks every minute."""
_LATE = timedelta(minutes=10)


@dataclass(frozen=True)
class Report:
    """What was looked at in one thing: the installation itself, or a registration."""

    title: str
    checks: Sequence[Check]


def examine(here: Tool) -> Iterator[Report]:
    """Look at the installation, then at each registration; a fault of one never hides another."""
    own = [_data_folder(here), _store(here), *_database(here)]
    yield Report("This installation", own)
    if any(check.key == "database" and check.state == "bad" for check in own):
        return
    with here.database.read() as session:
        known = [(row.id, f"{row.name} ({row.issuer}, client ID {row.client_id})") for row in platforms.list_registrations(session)]
    for registration_id, title in known:
        try:
            yield Report(title, _connection(here, registration_id))
        except Exception as error:
            log.error("doctor_failed", registration=str(registration_id), kind=type(error).__name__, exc_info=error)
            yield Report(title, [_own("fault", "The check itself", "bad", f"failed: {type(error).__name__}", "The log says why.")])


def _own(key: str, name: str, state: str, words: str, fix: str = "") -> Check:
    return Check(key, "This installation", name, state, words, "" if state == "good" else f"Whoever runs the tool: {fix}")


def _data_folder(here: Tool) -> Check:
    folder = here.settings.data_dir
    probe = folder / ".probe"
    try:
        probe.write_text("ok")
        probe.unlink()
    except OSError as error:
        return _own("data", "Data folder", "bad", f"{folder}: {type(error).__name__}.", "give the tool's user the right to write there.")
    return _own("data", "Data folder", "good", f"{folder} can be written.")


def _store(here: Tool) -> Check:
    """Whether evidence can be written where it is kept."""
    try:
        return _own("store", "Evidence", "good", here.blobs.check())
    except (StoreFailed, BlobGone) as error:
        where = "LTI_TOOL_S3_*: the bucket must be there, and the keys may write, read and delete in it" if here.settings.s3_bucket else ""
        fix = where or "free some space, and give the tool's user the right to write in the data folder"
        words = f"What teachers upload can't be kept now: {str(error) or type(error).__name__}."
        return _own("store", "Evidence", "bad", words, f"{fix}.")


def _database(here: Tool) -> Iterator[Check]:
    """The database, and what only it can tell."""
    looks: tuple[Callable[[Tool], Check], ...] = (_registrations, _tool_keys, _worker, _virus_check, _mail)
    for look in looks:
        try:
            yield look(here)
        except SQLAlchemyError as error:
            fix = "check LTI_TOOL_DATABASE_URL and run `lti-tool migrate`."
            yield _own("database", "Database", "bad", f"It does not answer as it should: {type(error).__name__}.", fix)
            return


def _registrations(here: Tool) -> Check:
    with here.database.read() as session:
        count = len(platforms.list_registrations(session))
    return _own("database", "Database", "good", f"It answers and knows {count} {'registration' if count == 1 else 'registrations'}.")


def _tool_keys(here: Tool) -> Check:
    with here.database.read() as session:
        lost = unreadable(session, here)
    if lost:
        words = f"{len(lost)} of them can't be opened: {', '.join(lost)}. Nothing that needs them can be sent or signed."
        fix = "put the encryption key that sealed them back (encryption.key, or behind the newest in LTI_TOOL_ENCRYPTION_KEYS)."
        return _own("tool_keys", "Our own keys", "bad", words, fix)
    kid, count = keys.signing_pair(here).kid, len(keys.published(here)["keys"])
    return _own("tool_keys", "Our own keys", "good", f"All can be opened. {kid} signs; {count} {'is' if count == 1 else 'are'} published.")


def _worker(here: Tool) -> Check:
    """Whether the worker does its work: what waits too long, and with SQLite when it last looked."""
    late = here.clock() - _LATE
    with here.database.read() as session:
        scores = session.scalar(
            select(func.count()).select_from(ScoreDelivery).where(ScoreDelivery.state == "queued", ScoreDelivery.due_at < late)
        )
        files = stored_queries.late(session, late)
        badges = session.scalar(select(func.count()).select_from(Award).where(Award.signed_at.is_(None), Award.awarded_at < late))
    fix = "is `lti-tool worker` (or `lti-tool serve`) running? Its log says what it could not do."
    if scores or badges or files:
        words = f"Work has been due for more than ten minutes (scores: {scores}, badges: {badges}, files: {files})."
        return _own("worker", "Worker", "bad", words, fix)
    looked = _last_look(here)
    if looked is not None and here.clock() - looked > _SILENT:
        return _own("worker", "Worker", "attention", f"It has not looked for work since {looked:%Y-%m-%d %H:%M} UTC.", fix)
    if looked is None and here.database.is_sqlite:
        return _own("worker", "Worker", "attention", "It has never looked for work here.", fix)
    return _own("worker", "Worker", "good", "Nothing has waited for too long.")


def _virus_check(here: Tool) -> Check:
    """Whether uploaded files are checked, and whether any wait for it."""
    name, address = "Virus check", here.settings.clamd
    with here.database.read() as session:
        held = stored_queries.held(session)
    if not address:
        return _own("virus_check", name, "good", "None is set (LTI_TOOL_CLAMD): files are opened by their kind alone.")
    try:
        scanning.ping(address)
    except scanning.ScannerDown as down:
        words = f"ClamAV at {address} does not answer: {down}. Held back until it does: {held.waiting} files."
        return _own("virus_check", name, "bad", words, "start clamd, and let the tool's user reach it.")
    if held.too_large:
        words = f"ClamAV answers. It does not take files as large as {held.too_large} that are held back."
        return _own("virus_check", name, "attention", words, "raise StreamMaxLength in clamd.conf; they are checked again by themselves.")
    return _own("virus_check", name, "good", f"ClamAV answers. Waiting: {held.waiting}. Found harmful and held for good: {held.infected}.")


def _mail(here: Tool) -> Check:
    """Whether the mail server lets us in, and what could not be sent."""
    name, host = "E-mail", here.settings.smtp_host
    if not host:
        return _own("mail", name, "good", "None is set up (LTI_TOOL_SMTP_HOST): people read what is new in the tool alone.")
    lately = here.clock() - timedelta(days=30)
    with here.database.read() as session:
        query = select(Mail.state, func.count()).where(Mail.created_at >= lately, Mail.state.in_(("queued", "attention", "refused")))
        counts: dict[str, int] = dict(session.execute(query.group_by(Mail.state)).all())
    figures = f"Waiting: {counts.get('queued', 0)}. In 30 days given up: {counts.get('attention', 0)}, refused: {counts.get('refused', 0)}."
    try:
        with smtp.Server(here.settings, seconds=4):
            pass
    except smtp.ServerDown as down:
        return _own(
            "mail", name, "bad", f"The mail server {host} can't be used: {down}. {figures}", _MAIL_FIXES.get(down.kind, _MAIL_FIXES[""])
        )
    if counts.get("attention"):
        words = f"The mail server lets the tool in. {figures}"
        return _own("mail", name, "attention", words, "the log says which answers it gave (`mail`, outcome and status).")
    return _own("mail", name, "good", f"The mail server {host} lets the tool in. {figures}")


_MAIL_FIXES = {
    "tls": "LTI_TOOL_SMTP_SECURITY and LTI_TOOL_SMTP_PORT have to fit the server, and its certificate its name.",
    "login": "check LTI_TOOL_SMTP_USER and LTI_TOOL_SMTP_PASSWORD.",
    "": "check LTI_TOOL_SMTP_HOST and LTI_TOOL_SMTP_PORT, and whether this machine may connect there.",
}


def _last_look(here: Tool) -> datetime | None:
    """When the worker's own file was last written, which happens every minute; None where there is no such file."""
    found = [path.stat().st_mtime for path in here.settings.data_dir.glob("jobs.db*")] if here.database.is_sqlite else []
    return datetime.fromtimestamp(max(found), UTC) if found else None


def _connection(here: Tool, registration_id: UUID) -> Sequence[Check]:
    with here.database.read() as session:
        row = session.get_one(Registration, registration_id)
        connection, targets = connections.of_registration(session, here, row)
    if row.state != "active":
        return policies.checks(connection, None)[:1]
    return policies.checks(connection, probes.ask(here, row, targets))
