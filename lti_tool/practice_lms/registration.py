"""Dynamic registration: both openid configurations and both registration endpoints."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import jwt
from flask import Blueprint, Response, jsonify, make_response, request

from .faces import canvas as canvas_face
from .faces import moodle as moodle_face
from .faces.canvas_variables import VARIABLES as CANVAS_VARIABLES
from .faces.moodle_variables import VARIABLES as MOODLE_VARIABLES
from .lti import AGS_SCOPES, PLATFORM_CONFIGURATION, TOOL_CONFIGURATION
from .models import DEEP_LINKING, RESOURCE_LINK, Message, Registration
from .registration_rules import placement_name, request_problems
from .web import face_of, school_of, world
from .world import RegistrationToken, School

bp = Blueprint("registration", __name__)
TOKEN_LIFETIME = timedelta(hours=1)


def new_client_id(school: School) -> str:
    """Canvas: a long number. Moodle: fifteen letters and digits."""
    if school.face == "canvas":
        return f"1{secrets.randbelow(10**13):013d}"
    alphabet = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
    return "".join(secrets.choice(alphabet) for _ in range(15))


def new_token(school: School, update: Registration | None = None) -> tuple[str, str]:
    """A registration token for an hour, and the openid configuration address that goes with it. Moodle can `update` a registration."""
    client_id, expires = update.client_id if update else new_client_id(school), school.now() + TOKEN_LIFETIME
    claims = {"sub": client_id, "scope": "reg", "iat": int(school.now().timestamp()), "exp": int(expires.timestamp())}
    if update:
        claims |= {"sub": str(update.type_id), "scope": "reg-update"}
    address = face_of(school).endpoints(school).configuration
    if school.face == "canvas":
        token = jwt.encode({**claims, "uuid": secrets.token_hex(16)}, school.hint_secret, algorithm="HS256")
        address += f"?registration_token={token}"
    else:
        token = school.key.sign(claims)
    school.registration_tokens[token] = RegistrationToken(client_id, expires, updates=update is not None)
    return token, address


def same_domain(school: School, url: str) -> list[Registration]:
    """Tools that Moodle takes for the one at this address: it asks whether they are meant. A leading www. does not count."""

    def plain(domain: str) -> str:
        return domain.lower().removeprefix("www.")

    if school.face != "moodle":
        return []
    return [found for found in school.registrations.values() if plain(found.domain) == plain(urlsplit(url).netloc)]


@bp.get("/canvas/api/lti/security/openid-configuration", defaults={"face": "canvas"})
@bp.get("/moodle/mod/lti/openid-configuration.php", defaults={"face": "moodle"})
def configuration(face: str) -> Response:
    """The platform's openid configuration (LTI Dynamic Registration 1.0 section 3.4)."""
    school = school_of(face)
    ends = face_of(school).endpoints(school)
    if face == "canvas":
        scopes: list[str] = ["openid", *canvas_face.SCOPES]
        prefixed = canvas_face.PLACEMENT_PREFIX
        platform: dict[str, Any] = {
            "product_family_code": "canvas",
            "version": "OpenSource",
            "messages_supported": [
                {"type": RESOURCE_LINK, "placements": [prefixed + name for name in canvas_face.LINK_PLACEMENTS]},
                {"type": DEEP_LINKING, "placements": [prefixed + name for name in canvas_face.DEEP_LINKING_PLACEMENTS]},
            ],
            "notice_types_supported": list(canvas_face.NOTICE_TYPES),
            "variables": list(CANVAS_VARIABLES),
            prefixed + "account_name": school.name,
            prefixed + "account_lti_guid": f"{school.guid}:canvas-lms",
            prefixed + "account_domain": urlsplit(school.issuer).netloc,
        }
    else:
        scopes = [*moodle_face.SCOPES, "openid"]
        platform = {
            "product_family_code": "moodle",
            "version": "4.5.6 (Build: 20250811)",
            "messages_supported": [{"type": RESOURCE_LINK}, {"type": DEEP_LINKING, "placements": ["ContentArea"]}],
            "variables": list(MOODLE_VARIABLES),
        }
    return jsonify(
        {
            "issuer": school.issuer,
            "authorization_endpoint": ends.authorization,
            "token_endpoint": ends.token,
            "jwks_uri": ends.key_set,
            "registration_endpoint": ends.registration,
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256"],
            "scopes_supported": scopes,
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "subject_types_supported": ["public"],
            "claims_supported": ["sub", "iss", "name", "given_name", "family_name", "email", "locale"],
            "authorization_server": urlsplit(school.issuer).netloc,
            PLATFORM_CONFIGURATION: platform,
        }
    )


def _word(text: str, status: int) -> Response:
    answer = make_response(text, status)
    answer.content_type = "text/html; charset=utf-8"
    return answer


def _token_trouble(school: School, token: str) -> tuple[str, int] | None:
    if not token:
        return "missing_registration_token", 401
    if token not in school.registration_tokens:
        return "invalid_token", 404 if school.face == "moodle" else 401
    found = school.registration_tokens[token]
    if found.expires <= school.now():
        return "token_expired", 401
    if found.updates:
        return None if found.client_id in school.registrations else ("invalid_token", 404)
    if found.client_id in school.registrations:
        return "token_already_used", 401
    return None


def _bearer() -> str:
    return request.headers.get("Authorization", "").removeprefix("Bearer ").strip()


@bp.get("/moodle/mod/lti/openid-registration.php")
def current() -> Response:
    """What is registered now, for whoever holds a token to update it."""
    with world().lock:
        school = school_of("moodle")
        token = _bearer()
        if trouble := _token_trouble(school, token):
            school.violation("registration", [trouble[0]])
            return _word(*trouble)
        held = school.registration_tokens[token]
        if not held.updates:
            school.violation("registration", ["nothing is registered yet"])
            return _word("No registration found.", 404)
        return jsonify(_echo(school, school.registrations[held.client_id]))


@bp.post("/canvas/api/lti/registrations", defaults={"face": "canvas"})
@bp.post("/moodle/mod/lti/openid-registration.php", defaults={"face": "moodle"})
def register(face: str) -> Response:
    """Takes the tool's registration, which stays pending until the admin says yes; or what is to replace an earlier one of the tool's."""
    token = _bearer()
    with world().lock:
        school = school_of(face)
        if trouble := _token_trouble(school, token):
            school.violation("registration", [trouble[0]])
            return _word(*trouble)
        body: Any = request.get_json(silent=True, force=True)
        problems = request_problems(face, request.mimetype, body)
        if problems:
            school.violation("registration", [f"{field}: {text}" for field, text in problems])
            if face == "moodle":
                return _word("; ".join(f"{field} {text}" for field, text in problems), 400)
            errors = [{"field": field, "message": text, "error_code": None} for field, text in problems]
            answer = jsonify({"errors": errors})
            answer.status_code = 422
            return answer
        held = school.registration_tokens[token]
        registration = from_request(school, held.client_id, body)
        if held.updates:
            _keep_numbers(school.registrations[held.client_id], registration)
        else:
            deploy(school, registration)
        school.registrations[held.client_id] = registration
        return jsonify(_echo(school, registration))


def _keep_numbers(before: Registration, after: Registration) -> None:
    """What an update leaves: the ids, and whether the tool is on. Everything else is as the tool now says, and it leaves the chooser."""
    after.type_id, after.deployments, after.status, after.origin = before.type_id, before.deployments, before.status, before.origin


def from_request(school: School, client_id: str, body: dict[str, Any]) -> Registration:
    """The registration that a request asks for, without a deployment."""
    tool = body[TOOL_CONFIGURATION]
    target = tool.get("target_link_uri") or f"https://{tool['domain']}"
    custom = {str(name): str(value) for name, value in (tool.get("custom_parameters") or {}).items()}
    messages = []
    for message in tool["messages"]:
        if school.face == "moodle" and message["type"] not in (DEEP_LINKING, RESOURCE_LINK):
            continue
        names = [placement_name(name) for name in message.get("placements") or []] or ["link_selection"]
        own = {} if school.face == "moodle" else message.get("custom_parameters") or {}
        for name in names:
            messages.append(
                Message(
                    message["type"],
                    "ContentArea" if school.face == "moodle" else name,
                    message.get("target_link_uri") or target,
                    message.get("label", ""),
                    dict(own),
                )
            )
    scopes = set(body.get("scope", "").split()) - {"openid"}
    return Registration(
        client_id=client_id,
        name=body["client_name"],
        login_url=body["initiate_login_uri"],
        redirect_uris=list(body["redirect_uris"]),
        jwks_url=body["jwks_uri"],
        target=target,
        domain=tool["domain"],
        scopes=scopes,
        asked_scopes=set(scopes),
        privacy=_privacy(tool),
        messages=messages,
        custom=custom,
        description=tool.get("description", ""),
        raw=body,
    )


def deploy(school: School, registration: Registration) -> Registration:
    """Give a registration its deployment for the whole school."""
    registration.type_id = school.take()
    deployment = str(registration.type_id)
    if school.face == "canvas":
        deployment = f"{registration.type_id}:{school.account_context_id}"
    registration.deployments[deployment] = None
    return registration


def _privacy(tool: dict[str, Any]) -> str:
    level = tool.get(canvas_face.PLACEMENT_PREFIX + "privacy_level")
    if level in ("public", "name_only", "email_only", "anonymous"):
        return str(level)
    claims = set(tool["claims"])
    named, mailed = bool(claims & {"name", "given_name", "family_name"}), "email" in claims
    return {(True, True): "public", (True, False): "name_only", (False, True): "email_only"}.get((named, mailed), "anonymous")


def _echo(school: School, registration: Registration) -> dict[str, Any]:
    deployment, body = next(iter(registration.deployments)), registration.raw
    echo: dict[str, Any] = {
        name: body[name]
        for name in ("application_type", "grant_types", "response_types", "logo_uri", "token_endpoint_auth_method")
        if name in body
    }
    reported = set(registration.scopes)
    if school.face == "moodle" and reported & set(AGS_SCOPES):
        reported |= set(AGS_SCOPES)  # Moodle tells of more than it gives
    echo |= {
        "client_id": registration.client_id,
        "client_name": registration.name,
        "initiate_login_uri": registration.login_url,
        "redirect_uris": registration.redirect_uris,
        "jwks_uri": registration.jwks_url,
        "scope": " ".join(sorted(reported)),
    }
    if school.face == "canvas":
        return echo | {TOOL_CONFIGURATION: dict(body[TOOL_CONFIGURATION]), "deployment_id": deployment}
    kept = [{"type": message.type, "target_link_uri": message.target} for message in registration.messages if message.type == DEEP_LINKING]
    return echo | {
        TOOL_CONFIGURATION: {
            "target_link_uri": registration.target,
            "domain": registration.domain,
            "description": registration.description,
            "custom_parameters": registration.custom,
            "version": "1.3.0",
            "deployment_id": deployment,
            "messages": kept[:1],
            "claims": ["sub", "iss", "name", "family_name", "given_name", "email"],
        }
    }
