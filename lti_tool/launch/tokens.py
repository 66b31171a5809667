"""A platform's signed token, checked (Security Framework 1.1, 5.1.3; OpenID Connect core, 3.1.3.7): for launches and notices alike."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

from jwt.algorithms import RSAAlgorithm

from lti_tool.launch import claims
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.platforms.keysets import KeyUnknown, PlatformKeySets
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

_ALGORITHM = "RS256"  # LTI 1.3: what every registration agrees on
_RS256 = RSAAlgorithm(RSAAlgorithm.SHA256)
_REQUIRED = ("iss", "aud", "exp", "iat", "nonce")


def _part(text: str) -> bytes:
    """One part of a token (RFC 7515, 2): base64url without padding, and nothing else. Raises ValueError."""
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)


def unpacked(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and body, unverified: readable parts, RS256, a kid, nothing critical that we don't know (RFC 7515, 4.1.11).

    Raises LaunchRejected(token_format, token_algorithm, token_key).
    """
    try:
        head, claimed, signature = token.split(".")
        header, body = json.loads(_part(head)), json.loads(_part(claimed))
        _part(signature)
    except (ValueError, RecursionError) as error:
        raise LaunchRejected("token_format", type(error).__name__) from error
    if not isinstance(header, dict) or not isinstance(body, dict):
        raise LaunchRejected("token_format", "not objects")
    if header.get("alg") != _ALGORITHM or "crit" in header or "b64" in header:
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


def verify(here: Tool, registration: Registration, token: str, header: Mapping[str, Any], body: Mapping[str, Any]) -> None:
    """The unpacked token is signed by this platform's key, from this platform, for this client, and in time. May ask it for keys.

    Raises LaunchRejected(token_key, token_keys_unreachable, token_signature, token_issuer, token_audience, token_time).
    """
    try:
        key = PlatformKeySets(here).key(registration, header["kid"])
    except KeyUnknown as error:
        raise LaunchRejected("token_key" if error.reachable else "token_keys_unreachable", "unknown kid") from error
    signed, _, signature = token.rpartition(".")
    if not _RS256.verify(signed.encode("ascii"), key, _part(signature)):
        raise LaunchRejected("token_signature")
    if missing := [name for name in _REQUIRED if name not in body]:
        raise LaunchRejected("token_time", f"no {missing[0]}")
    if body["iss"] != registration.issuer:
        raise LaunchRejected("token_issuer")
    check_audience(body, registration.client_id)
    claims.check_times(body, here.clock())
