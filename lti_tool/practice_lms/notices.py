"""Notices: which address of the tool is told of what, and telling it (LTI Platform Notification Service 1.0, as Canvas has it)."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from flask import Blueprint, Response, g, jsonify, request

from . import services_ags_canvas as canvas_ags
from .faces.canvas import NOTICE_SCOPE, NOTICE_TYPES
from .lti import CLAIM
from .models import Course, Registration
from .tokens import service
from .world import School, World

bp = Blueprint("notices", __name__)
COPY_NOTICE = "LtiContextCopyNotice"
LIFETIME = 3600


@dataclass(frozen=True)
class Letter:
    """A signed notice on its way."""

    client_id: str
    type: str
    handler: str
    jwt: str


def _deployment(number: int) -> str:
    """The tool's deployment of that number; empty when it is another tool's."""
    return next((name for name in g.tool.deployments if name.partition(":")[0] == str(number)), "")


def _listed(registration: Registration, deployment: str) -> Response:
    handlers = [{"notice_type": kind, "handler": registration.handlers.get((deployment, kind), "")} for kind in NOTICE_TYPES]
    return jsonify({"client_id": int(registration.client_id), "deployment_id": deployment, "notice_handlers": handlers})


@bp.get("/canvas/api/lti/notice-handlers/<int:number>")
@service("canvas", canvas_ags.denied)(NOTICE_SCOPE)
def handlers(school: School, number: int) -> Response:
    """The tool's addresses, all types."""
    deployment = _deployment(number)
    return _listed(g.tool, deployment) if deployment else _unknown(school)


@bp.put("/canvas/api/lti/notice-handlers/<int:number>")
@service("canvas", canvas_ags.denied)(NOTICE_SCOPE)
def handle(school: School, number: int) -> Response:
    """Keep, change or (with an empty handler) forget an address. One for each type and deployment, on the tool's own domain."""
    deployment = _deployment(number)
    if not deployment:
        return _unknown(school)
    body: Any = request.get_json(silent=True)
    if problems := _problems(body):
        school.violation("notice handler", problems)
        return _trouble(400, problems)
    kind, handler = body["notice_type"], body["handler"]
    if handler:
        g.tool.handlers[deployment, kind] = handler
    else:
        g.tool.handlers.pop((deployment, kind), None)
    return jsonify({"notice_type": kind, "handler": handler})


def _problems(body: Any) -> list[str]:
    if not isinstance(body, dict):
        return ["the body is not application/json with an object"]
    kind, handler = body.get("notice_type"), body.get("handler")
    problems = [f"it holds {name}, which means nothing" for name in sorted(set(body) - {"notice_type", "handler"})]
    if kind not in NOTICE_TYPES:
        problems.append(f"{kind!r} is not a notice type")
    if not isinstance(handler, str):
        return [*problems, "handler is not text"]
    parts = urlsplit(handler)
    if handler and (parts.scheme not in ("http", "https") or parts.netloc != g.tool.domain):
        problems.append("handler is not on the tool's domain")
    return problems


def _trouble(status: int, problems: list[str]) -> Response:
    answer = jsonify({"errors": [{"message": problem} for problem in problems]})
    answer.status_code = status
    return answer


def _unknown(school: School) -> Response:
    return _trouble(404, school.violation("notice handler", ["the deployment is not one of this tool"]))


def of_copy(school: School, course: Course, origin: Course) -> list[Letter]:
    """The notices of a copied course: to every tool that wants them and is installed for the whole school."""
    letters = []
    for registration in school.active_registrations():
        for (deployment, kind), handler in registration.handlers.items():
            if kind == COPY_NOTICE and NOTICE_SCOPE in registration.scopes and registration.deployments.get(deployment, 0) is None:
                claims = _claims(school, registration, deployment, course, origin)
                letters.append(Letter(registration.client_id, kind, handler, school.key.sign(claims)))
    return letters


def _claims(school: School, registration: Registration, deployment: str, course: Course, origin: Course) -> dict[str, Any]:
    now = school.now()
    return {
        "iss": school.issuer,
        "aud": registration.client_id,
        "azp": registration.client_id,
        "iat": int(now.timestamp()),
        "exp": int(now.timestamp()) + LIFETIME,
        "nonce": secrets.token_hex(16),
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": deployment,
        CLAIM + "notice": {"id": str(uuid.uuid4()), "timestamp": now.strftime("%Y-%m-%dT%H:%M:%SZ"), "type": COPY_NOTICE},
        CLAIM + "context": {
            "id": course.context_id,
            "label": course.label,
            "title": course.title,
            "type": ["http://purl.imsglobal.org/vocab/lis/v2/course#CourseOffering"],
        },
        CLAIM + "origin_contexts": [origin.context_id],
    }


def send(world: World, school: School, letters: list[Letter]) -> None:
    """Post each once, whatever comes of it. Not under the lock: the tool may ask for the key set before it answers."""
    for letter in letters:
        status = 0
        try:
            body = {"notices": [{"jwt": letter.jwt}]}
            timeout = world.settings.fetch_timeout_seconds
            status = requests.post(letter.handler, json=body, timeout=timeout, allow_redirects=False).status_code
        except requests.RequestException:
            pass
        told = {"client_id": letter.client_id, "type": letter.type, "handler": letter.handler, "status": status}
        with world.lock:
            school.inspector.notices.append(told)
