"""The Flask application of the practice LMS."""

from __future__ import annotations

import secrets

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from . import (
    admin,
    control,
    deep_linking,
    editor,
    homework,
    notices,
    oidc,
    pages,
    registration,
    services_ags_canvas,
    services_ags_moodle,
    services_nrps,
    services_scores_canvas,
    tokens,
)
from .settings import PracticeSettings
from .story import next_step
from .web import page
from .world import World

_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: http: https:; frame-src http: https:; "
    "form-action http: https:; frame-ancestors 'self'; base-uri 'none'"
)


def create_app(settings: PracticeSettings) -> Flask:
    """A practice LMS; everything it remembers is in `app.extensions["practice_world"]`, a World."""
    app = Flask(__name__)
    app.secret_key = secrets.token_bytes(32)
    app.config.update(SESSION_COOKIE_NAME="practice_lms", SESSION_COOKIE_SAMESITE="Lax", MAX_CONTENT_LENGTH=2_000_000)
    app.json.sort_keys = False  # type: ignore[attr-defined]
    app.extensions["practice_world"] = World(settings)
    for module in (
        tokens,
        oidc,
        registration,
        deep_linking,
        editor,
        homework,
        services_ags_moodle,
        services_ags_canvas,
        services_scores_canvas,
        services_nrps,
        notices,
        control,
        admin,
        pages,
    ):
        app.register_blueprint(module.bp)
    app.after_request(_headers)
    app.register_error_handler(HTTPException, _problem)
    app.jinja_env.filters["points"] = lambda value: f"{value:g}"
    app.jinja_env.globals["next_step"] = next_step
    return app


def _headers(answer: Response) -> Response:
    answer.headers.setdefault("X-Frame-Options", "SAMEORIGIN")
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers.setdefault("X-Content-Type-Options", "nosniff")
    answer.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    if answer.mimetype == "text/html":
        answer.headers.setdefault("Cache-Control", "no-store")
    return answer


def _problem(error: HTTPException) -> Response | HTTPException:
    """A page for people; the services of both faces say their errors themselves."""
    if request.path.startswith("/control") or error.code is None or error.code < 400:
        return error
    text = {
        403: "The person you are just now may not do this. Switch to somebody else.",
        404: "There is no such page in this practice LMS (any more).",
    }
    return page("problem.html", None, error.code, title=error.name, text=text.get(error.code, error.description or ""))
