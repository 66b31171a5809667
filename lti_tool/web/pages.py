"""What every answer shares: request id, security headers, error pages, words for notices."""

from __future__ import annotations

import errno
import os
import re
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from flask import Flask, Response, abort, g, render_template, request
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException

from lti_tool import language, tool
from lti_tool.blobs import StoreFailed
from lti_tool.errors import Problem
from lti_tool.http import origin
from lti_tool.language import _, _n, later
from lti_tool.web import district_settings, form_words, nav, outside, support
from lti_tool.web.frames import current_frame, frame_or_none

log = structlog.get_logger()

NOTICES: dict[str, tuple[str, str]] = {}
"""`?said=<code>` after a redirect shows these: code to (kind, text). Rooms add theirs on import of their views."""

_MOST_SHOWN = 256 * 1024  # bytes of a form that nobody is known to have sent
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
TAKES_JSON = frozenset({"launch.notices"})
"""Endpoints that programs post to; every other takes forms."""

_HEADERS = (
    ("Referrer-Policy", "same-origin"),
    ("X-Content-Type-Options", "nosniff"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
)
"""Those of every answer that does not say otherwise."""

_WORDS = {
    400: (later("That did not work"), later("The page was asked for in a way that makes no sense here."), later("Go back and try again.")),
    404: (
        later("There is nothing here"),
        later("The page may have moved, or it is not yours to open."),
        later("Go back to your course and open the activity again."),
    ),
    405: (
        later("That does not work this way"),
        later("This address can't be opened like this."),
        later("Go back to your course and open the activity again."),
    ),
    413: (
        later("That is too large"),
        later("What was sent is larger than this page takes."),
        later("Choose a smaller file and send it again."),
    ),
    429: (
        later("A little slower, please"),
        later("Too many requests came from your side in a short time."),
        later("Wait a minute and try again."),
    ),
    503: (
        later("Files can't be kept or shown at the moment"),
        later("The place where files are kept does not answer, or is full. What was saved before is safe."),
        later("Try again in a few minutes. If it stays, tell your admin: whoever runs the tool has to look at it."),
    ),
    500: (
        later("Something broke on our side"),
        later("Your saved work is safe. The fault is noted."),
        later("Try again in a minute. If it stays, give your admin the number below."),
    ),
}


def _days_left(moment: datetime) -> str:
    """How far away a time is, in words a person would use."""
    days = (moment - tool.current().clock()) // timedelta(days=1)
    if days < 0:
        return _("overdue")
    return _("less than a day left") if days == 0 else _n("%(count)s day left", "%(count)s days left", days)


def _help_contact() -> str:
    """Whom the district names for questions; empty outside frames and where it names nobody."""
    frame = frame_or_none()
    if frame is None:
        return ""
    try:
        with tool.current().database.read() as session:
            return district_settings.chosen(session, frame.district_id).help_contact
    except SQLAlchemyError:  # a page that says what is wrong does not fail for this
        return ""


def _notice(code: str) -> tuple[str, str] | None:
    kind, words = NOTICES.get(code, ("", ""))
    return (kind, language.looked_up(words)) if kind else None


def _log_path() -> str:
    """The address for the log: ids of things, but no secret that stands in addresses (frame keys, invites, links to evidence)."""
    if request.url_rule is None:
        return re.sub(r"^/(s|evidence-file|handed-file|lti/register)/[^/]+", r"/\1/…", request.path)[:200]
    path = request.url_rule.rule
    for name, value in (request.view_args or {}).items():
        if isinstance(value, UUID):
            path = path.replace(f"<uuid:{name}>", str(value))
    return path


def _written() -> list[str]:
    """What somebody wrote into the form that could not be taken, so that it is not lost. Only of our own pages, and never files."""
    ours = request.headers.get("Origin") == origin(tool.current().settings.base_url)
    if not ours or not 0 < (request.content_length or 0) <= _MOST_SHOWN:
        return []
    return [text for text in request.form.values() if len(text.split()) > 1]


@lru_cache(maxsize=1024)
def _policy(ancestors: tuple[str, ...], form_targets: tuple[str, ...], evidence: str, store: str) -> str:
    """The Content-Security-Policy of a page that these origins may frame, and whose forms may also go to these.

    `evidence` shows files, `store` takes their parts straight from the browser.
    """
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            f"img-src 'self' data: {evidence}",
            f"media-src 'self' blob: {evidence}",
            "font-src 'self'",
            f"connect-src 'self' {store}".strip(),
            f"frame-src {evidence}",
            "base-uri 'none'",
            "form-action " + " ".join(("'self'", *form_targets)),
            "frame-ancestors " + (" ".join(ancestors) or "'none'"),
        )
    )


def _keeper(person_id: UUID) -> str:
    """Under which name, and sealed with which key, a browser keeps what this person has not saved yet."""
    box = tool.current().box
    return f"{box.mark('kept for', str(person_id))[:16]}.{box.mark('kept sealed', str(person_id))}"


def _answer(problem: Problem) -> tuple[str, int]:
    written = _written() if problem.code in ("session_ended", "form_token") else []
    return render_template("error.html", problem=problem, written=written), problem.status


def connect(app: Flask) -> None:
    """Put all of it on the application."""
    language.teach(app.jinja_env)
    form_words.teach()

    @app.url_value_preprocessor
    def begin(endpoint: str | None, _values: dict[str, Any] | None) -> None:
        # Before anything of a room runs or reads the body: no page of a frame without a live visit, whatever its room asks for.
        g.request_id = secrets.token_hex(6)
        language.speak(language.locale_of(request.headers.get("Accept-Language", "")))
        structlog.contextvars.bind_contextvars(request_id=g.request_id)
        if request.path.startswith("/s/") and (frame := current_frame() if endpoint is not None else frame_or_none()) is not None:
            language.speak(language.locale_of(str(frame.launch.get("locale", ""))))
            if endpoint is not None:
                support.guard(frame, endpoint, request.method)
        if request.is_json and endpoint not in TAKES_JSON:  # forms read it where it is offered, with values of any type
            abort(415)

    @app.teardown_request
    def end(_error: BaseException | None) -> None:
        structlog.contextvars.clear_contextvars()

    @app.errorhandler(Problem)
    def problem(error: Problem) -> tuple[str, int]:
        log.info("refused", code=error.code, status=error.status, detail=error.detail, path=_log_path())
        return _answer(error)

    @app.errorhandler(CSRFError)
    def stale_form(error: CSRFError) -> tuple[str, int]:
        log.info("refused", code="form_token", status=400, detail=error.description, path=_log_path())
        return _answer(
            Problem(
                "form_token",
                400,
                _("This page was open for too long"),
                _("The form could not be sent as it is. Saved drafts are kept."),
                _("Open the activity again from your course, then send it again."),
            )
        )

    @app.errorhandler(StoreFailed)
    def store_failed(error: StoreFailed) -> tuple[str, int]:
        log.error("store_failed", path=_log_path(), kind=str(error))
        return _answer(Problem("store_failed", 503, *_WORDS[503]))

    @app.errorhandler(HTTPException)
    def http_error(error: HTTPException) -> Any:
        status = error.code or 500
        if status < 400:
            return error
        log.info("refused", code=f"http_{status}", status=status, path=_log_path())
        title, text, who = _WORDS.get(status, _WORDS[400 if status < 500 else 500])
        return _answer(Problem(f"http_{status}", status, title, text, who))

    @app.errorhandler(Exception)
    def broken(error: Exception) -> tuple[str, int]:
        if isinstance(error, OSError) and error.errno in _FULL:
            return store_failed(StoreFailed(os.strerror(error.errno)))
        log.error("failed", path=_log_path(), kind=type(error).__name__, exc_info=error)
        return _answer(Problem("internal", 500, *_WORDS[500]))

    def log_fault(fault: Any) -> None:
        log.error("failed", path=_log_path(), kind=type(fault[1]).__name__, exc_info=fault)

    app.log_exception = log_fault  # type: ignore[method-assign, assignment]  # Flask's own writes the address, and with it the frame's key

    @app.after_request
    def headers(response: Response) -> Response:
        here = tool.current()
        frame = frame_or_none() if "frame" in g or request.path.startswith("/s/") else None
        ancestors = g.get("frame_ancestors", ())
        if (
            not ancestors and frame is None and request.path.startswith("/s/")
        ):  # a visit that we don't know (any more) says so where it stood
            ancestors = ("https:", "http:") if here.settings.development else ("https:",)
        policy = _policy(
            tuple(ancestors), tuple(g.get("form_targets", ())), here.settings.evidence_origin, here.blobs.origin if frame else ""
        )
        wanted = [*_HEADERS, ("Content-Security-Policy", policy), ("X-Request-Id", g.get("request_id", ""))]
        if here.settings.base_url.startswith("https://"):
            wanted.append(("Strict-Transport-Security", "max-age=31536000"))
        if not request.path.startswith("/static/"):
            wanted.append(("Cache-Control", "no-store"))
        request.environ[outside.WANTED] = wanted
        return response

    @app.context_processor
    def shared() -> dict[str, Any]:
        frame = frame_or_none()
        return {
            "frame": frame,
            "nav": nav.menu(frame) if frame else [],
            "keeper": _keeper(frame.person_id) if frame else "",
            "lms_origin": origin(frame.frame_ancestors[0]) if frame and frame.frame_ancestors else "",
            "request_id": g.get("request_id", ""),
            "settings": tool.current().settings,
            "product_name": tool.current().settings.product_name,
            "notice": _notice(request.args.get("said", "")),
            "page_language": str(language.spoken()).replace("_", "-"),
            "now": tool.current().clock(),
            "days_left": _days_left,
            "help_contact": _help_contact,
        }
