"""A platform's signed token, checked (Security Framework 1.1, 5.1.3; OpenID Connect core, 3.1.3.7): for launches and notices alike."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import jwt
from jwt.utils import base64url_decode

from lti_tool.launch import claims
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.platforms.keysets import KeyUnknown, PlatformKeySets
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

_ALGORITHMS = ("RS256",)  # LTI 1.3: what every registration agrees on
_JWT_OPTIONS: Any = {
    "require": ["iss", "aud", "exp", "iat", "nonce"],
    **{f"verify_{name}": False for name in ("exp", "iat", "nbf", "sub", "jti")},  # claims.py does, by the injected clock
}


def unpacked(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and body, unverified: readable parts, RS256, a kid, nothing critical that we don't know (RFC 7515, 4.1.11).

    Raises LaunchRejected(token_format, token_algorithm, token_key).
    """
    try:
        header, body = (json.loads(base64url_decode(part)) for part in token.rsplit(".", 1)[0].split(".", 1))
    except (ValueError, RecursionError) as error:
        raise LaunchRejected("token_format", type(error).__name__) from error
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise LaunchRejected("token_format", "not objects")
    if header.get("alg") not in _ALGORITHMS or "crit" in header:
        raise LaunchRejected("token_algorithm", claims.code(header.get("alg")))
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise LaunchRejected("token_key", "no kid")
    return header, body


def check_audience(body: Mapping[str, Any], client_id: str) -> None:
    """The token is for this client (OpenID Connect core, 3.1.3.7, points 3 to 5). Raises LaunchRejected(token_audience)."""
    audiences = audiences_of(body)
    if client_id not in audiences:
        raise LaunchRejected("token_audience", "aud is not us")
    if ("azp" in body or len(audiences) > 1) and body.get("azp") != client_id:
        raise LaunchRejected("token_audience", "azp is not us")


def audiences_of(body: Mapping[str, Any]) -> list[Any]:
    """Whom a token is for; one that says so in no known way is for nobody."""
    audience = body.get("aud")
    return [audience] if isinstance(audience, str) else audience if isinstance(audience, list) else []


def verified(here: Tool, registration: Registration, token: str, header: Mapping[str, Any]) -> dict[str, Any]:
    """The body, signed by this platform's key and in time. May ask the platform for keys.

    Raises LaunchRejected(token_key, token_keys_unreachable, token_time, token_format, token_signature).
    """
    try:
        key = PlatformKeySets(here).key(registration, header["kid"])
    except KeyUnknown as error:
        raise LaunchRejected("token_key" if error.reachable else "token_keys_unreachable", "unknown kid") from error
    try:
        body = jwt.decode(
            token,
            key,
            algorithms=list(_ALGORITHMS),
            audience=registration.client_id,
            issuer=registration.issuer,
            options=_JWT_OPTIONS,
        )
    except jwt.MissingRequiredClaimError as error:
        raise LaunchRejected("token_time", str(error)) from error
    except (jwt.PyJWTError, ValueError, TypeError, RecursionError) as error:
        if isinstance(error, jwt.DecodeError) and not isinstance(error, jwt.InvalidSignatureError):
            raise LaunchRejected("token_format", str(error)) from error
        raise LaunchRejected("token_signature", type(error).__name__) from error
    claims.check_times(body, here.clock())
    return body
