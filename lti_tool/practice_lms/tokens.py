"""The token endpoint: client credentials with a signed assertion (RFC 7523), judged as strictly as anybody does."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from time import sleep
from typing import Any

from flask import Blueprint, Response, g, jsonify, request

from .keys import UnreadableToken, read_signed, time_problems, unverified_claims
from .models import Registration
from .web import face_of, school_of, world
from .world import School, Token

bp = Blueprint("tokens", __name__)
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LONGEST_ASSERTION = 3600
TOKEN_SECONDS = 3600


def _oauth_error(school: School, error: str, problems: list[str], status: int = 400) -> Response:
    school.violation("token request", problems)
    answer = jsonify({"error": error, "error_description": "; ".join(problems)})
    answer.status_code = status
    if school.face == "moodle":
        answer.content_type = "text/html; charset=utf-8"
    return answer


def _assertion_problems(school: School, registration: Registration, claims: dict[str, Any]) -> list[str]:
    problems = [f"the assertion's {name} is not the client id" for name in ("iss", "sub") if claims.get(name) != registration.client_id]
    audience = claims.get("aud")
    if face_of(school).endpoints(school).token not in (audience if isinstance(audience, list) else [audience]):
        problems.append("the assertion's aud is not the token URL")
    problems += [f"assertion: {problem}" for problem in time_problems(claims, school.now().timestamp(), LONGEST_ASSERTION)]
    identifier = claims.get("jti")
    if not isinstance(identifier, str) or not identifier:
        problems.append("the assertion has no jti")
    elif identifier in school.assertion_ids:
        problems.append("the assertion's jti was used before")
    else:
        school.assertion_ids.add(identifier)
    return problems


@bp.post("/canvas/login/oauth2/token", defaults={"face": "canvas"})
@bp.post("/moodle/mod/lti/token.php", defaults={"face": "moodle"})
def token(face: str) -> Response:
    """Gives a bearer token for an hour, with as much of the asked scopes as the admin left to the tool."""
    school = school_of(face)
    if request.mimetype != "application/x-www-form-urlencoded":
        return _oauth_error(school, "invalid_request", ["the body is not application/x-www-form-urlencoded"])
    if school.mood.hang_seconds:
        sleep(school.mood.hang_seconds)
    form = request.form
    problems = [
        f"{name} must be {value}"
        for name, value in (("grant_type", "client_credentials"), ("client_assertion_type", ASSERTION_TYPE))
        if form.get(name) != value
    ]
    asked = form.get("scope", "").split()
    if not asked:
        problems.append("scope is missing")
    if problems:
        return _oauth_error(school, "invalid_request", problems)
    assertion = form.get("client_assertion", "")
    with world().lock:
        registration = school.registrations.get(str(unverified_claims(assertion).get("sub", "")))
    if registration is None:
        return _oauth_error(school, "invalid_client", ["no such client"], 401 if face == "canvas" else 400)
    if registration.status != "active":
        return jsonify({"error": "invalid_client"}), 400  # type: ignore[return-value]
    try:
        claims = read_signed(assertion, registration.jwks_url, world().settings.fetch_timeout_seconds, school.kept_key_sets)
    except UnreadableToken as fault:
        return _oauth_error(school, "invalid_client", [f"the assertion cannot be trusted: {fault}"])
    with world().lock:
        if problems := _assertion_problems(school, registration, claims):
            return _oauth_error(school, "invalid_client", problems)
        granted = [scope for scope in asked if scope in registration.scopes]
        if not granted:
            answer = jsonify({"error": "invalid_scope"})
            answer.status_code = 400
            return answer
        access = secrets.token_hex(16)
        expires = school.now() + timedelta(seconds=TOKEN_SECONDS)
        school.tokens[access] = Token(registration.client_id, set(granted), expires)
    answer = jsonify({"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_SECONDS, "scope": " ".join(granted)})
    if face == "moodle":
        answer.content_type = "text/html; charset=utf-8"
    answer.headers["Cache-Control"] = "no-store"
    return answer


class Denied(Exception):
    """A service call without the right to it. The text is Canvas's kind of reason."""


def authorized(school: School, scopes: tuple[str, ...]) -> Registration:
    """The tool that calls, when its bearer token is alive and has one of the scopes. Raises Denied."""
    kind, _, value = request.headers.get("Authorization", "").partition(" ")
    if kind != "Bearer" or not value:
        raise Denied("Missing access token")
    found = school.tokens.get(value)
    if found is None:
        raise Denied("Invalid access token")
    if found.expires <= school.now():
        raise Denied("Access token expired")
    registration = school.registrations.get(found.client_id)
    if registration is None or registration.status != "active":
        raise Denied("Unknown or inactive Developer Key")
    if not found.scopes & registration.scopes & set(scopes):
        raise Denied("Insufficient permissions")
    return registration


View = Callable[..., Response]


def service(face: str, denied: Callable[[School, str], Response]) -> Callable[..., Callable[[View], View]]:
    """Decorator of a service view of that face: moods first, then the token, then the view under the lock.

    The view is called with the school; the calling tool is in `g.tool`.
    """

    def with_scopes(*scopes: str) -> Callable[[View], View]:
        def decorate(view: View) -> View:
            @wraps(view)
            def guarded(**values: Any) -> Response:
                school = school_of(face)
                if school.mood.hang_seconds:
                    sleep(school.mood.hang_seconds)
                with world().lock:
                    try:
                        g.tool = authorized(school, scopes)
                    except Denied as reason:
                        school.remark("service call", f"{request.method} {request.path}: {reason}")
                        return denied(school, str(reason))
                    return view(school, **values)

            return guarded

        return decorate

    return with_scopes
