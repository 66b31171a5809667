"""What a registration request must hold (LTI Dynamic Registration 1.0 section 3.5, and both vendors' rules)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from .faces import canvas, moodle
from .lti import TOOL_CONFIGURATION
from .models import DEEP_LINKING, RESOURCE_LINK, SUBMISSION_REVIEW

Problems = list[tuple[str, str]]
_ALIASES = {"ContentArea": "link_selection", "RichTextEditor": "editor_button"}


def placement_name(name: str) -> str:
    """A Canvas placement without its prefix; the specification's own two names translated."""
    return _ALIASES.get(name, name.removeprefix(canvas.PLACEMENT_PREFIX))


def _is_url(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    parts = urlsplit(value)
    return parts.scheme in ("http", "https") and bool(parts.netloc)


def request_problems(face: str, mimetype: str, body: Any) -> Problems:
    """Field and fault of everything wrong with a request; empty when it is fine."""
    if mimetype != "application/json" or not isinstance(body, dict):
        return [("body", "is not application/json with an object")]
    problems: Problems = []
    if body.get("application_type") != "web":
        problems.append(("application_type", "must be web"))
    for name, wanted in (("grant_types", {"client_credentials", "implicit"}), ("response_types", {"id_token"})):
        value = body.get(name)
        if not isinstance(value, list) or not wanted <= set(value):
            problems.append((name, f"must contain {' and '.join(sorted(wanted))}"))
    redirects = body.get("redirect_uris")
    if not isinstance(redirects, list) or not redirects or not all(_is_url(uri) for uri in redirects):
        problems.append(("redirect_uris", "must be a list of URLs"))
    problems += [(name, "must be a URL") for name in ("initiate_login_uri", "jwks_uri") if not _is_url(body.get(name))]
    problems += [
        (name, "must be a URL") for name in ("logo_uri", "client_uri", "policy_uri", "tos_uri") if name in body and not _is_url(body[name])
    ]
    if not isinstance(body.get("client_name"), str) or not body["client_name"].strip():
        problems.append(("client_name", "is missing"))
    if body.get("token_endpoint_auth_method") != "private_key_jwt":
        problems.append(("token_endpoint_auth_method", "must be private_key_jwt"))
    problems += _scope_problems(face, body.get("scope", ""))
    tool = body.get(TOOL_CONFIGURATION)
    if not isinstance(tool, dict):
        return [*problems, ("lti-tool-configuration", "is missing")]
    return problems + _tool_problems(face, tool)


def _scope_problems(face: str, scope: Any) -> Problems:
    if not isinstance(scope, str):
        return [("scope", "must be text with spaces between")]
    if face == "canvas" and "openid" in scope.split():
        return [("scopes", "cannot contain openid")]
    known = {*(canvas.SCOPES if face == "canvas" else moodle.SCOPES), "openid"}
    return [("scopes", f"does not know {name}") for name in scope.split() if name not in known]


def _tool_problems(face: str, tool: dict[str, Any]) -> Problems:
    problems: Problems = []
    domain = tool.get("domain")
    if not isinstance(domain, str) or not domain or "/" in domain:
        problems.append(("domain", "must be a host (and port) without a scheme"))
    elif face == "moodle" and urlsplit(str(tool.get("target_link_uri", f"https://{domain}"))).netloc != domain:
        problems.append(("domain", "domain_targetlinkuri_mismatch"))
    claims = tool.get("claims")
    if not isinstance(claims, list) or not all(isinstance(name, str) for name in claims):
        problems.append(("claims", "must be a list of names"))
        tool["claims"] = []
    problems += _custom_problems(tool.get("custom_parameters"))
    messages = tool.get("messages")
    if not isinstance(messages, list) or not all(isinstance(message, dict) for message in messages):
        return [*problems, ("messages", "must be a list of objects")]
    for message in messages:
        problems += _message_problems(face, message)
    return problems


def _custom_problems(custom: Any) -> Problems:
    if custom is None:
        return []
    if not isinstance(custom, dict) or not all(isinstance(value, str) for value in custom.values()):
        return [("custom_parameters", "values must all be text")]
    return []


def _message_problems(face: str, message: dict[str, Any]) -> Problems:
    kind = message.get("type")
    problems = _custom_problems(message.get("custom_parameters"))
    if "target_link_uri" in message and not _is_url(message["target_link_uri"]):
        problems.append(("target_link_uri", "must be a URL"))
    if face == "moodle":
        if kind not in (DEEP_LINKING, RESOURCE_LINK, SUBMISSION_REVIEW):
            problems.append(("messages", f"type {kind!r} is not supported"))
        return problems
    known = {DEEP_LINKING: canvas.DEEP_LINKING_PLACEMENTS, RESOURCE_LINK: canvas.LINK_PLACEMENTS}.get(str(kind))
    if known is None:
        return [*problems, ("messages", f"type {kind!r} is not supported")]
    placements = message.get("placements") or []
    if not isinstance(placements, list):
        return [*problems, ("placements", "must be a list")]
    return problems + [
        ("placements", f"{name} is not a placement of {kind}") for name in placements if placement_name(str(name)) not in known
    ]
