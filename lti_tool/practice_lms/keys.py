"""Signing keys of the two LMSs, and reading what the tool signed."""

from __future__ import annotations

import json
import secrets
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa

MAXIMUM_KEY_SET_BYTES = 200_000


class UnreadableToken(Exception):
    """A JWT of the tool that could not be trusted; the text says why."""


class SigningKey:
    """An RSA key with its id. One per LMS and process."""

    def __init__(self) -> None:
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.kid = secrets.token_hex(10)

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact RS256 JWS of the claims."""
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": self.kid})

    def key_set(self) -> dict[str, Any]:
        """The public part as a JWK set (RFC 7517)."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.private.public_key(), as_dict=True)
        return {"keys": [{**key, "kid": self.kid, "alg": "RS256", "use": "sig"}]}


_shared: dict[str, SigningKey] = {}


def shared_key(name: str) -> SigningKey:
    """The key of that LMS, made when first asked for; it outlives a reset."""
    if name not in _shared:
        _shared[name] = SigningKey()
    return _shared[name]


def fetch_key_set(url: str, timeout: float) -> list[dict[str, Any]]:
    """The tool's public keys, fetched now. Raises UnreadableToken for anything but a small JSON key set."""
    try:
        with requests.get(url, timeout=timeout, allow_redirects=False, stream=True, headers={"Accept": "application/json"}) as answer:
            if answer.status_code != 200:
                raise UnreadableToken(f"the key set answers with status {answer.status_code}")
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip().lower()
            if kind not in ("application/json", "application/jwk-set+json"):
                raise UnreadableToken(f"the key set is {kind or 'of no type'}, not application/json")
            body = answer.raw.read(MAXIMUM_KEY_SET_BYTES + 1, decode_content=True)
    except requests.RequestException as error:
        raise UnreadableToken(f"the key set cannot be fetched ({type(error).__name__})") from error
    if len(body) > MAXIMUM_KEY_SET_BYTES:
        raise UnreadableToken("the key set is too large")
    try:
        keys = json.loads(body)["keys"]
    except (ValueError, KeyError, TypeError) as error:
        raise UnreadableToken("the key set is not a JWK set") from error
    if not isinstance(keys, list) or not keys or not all(isinstance(key, dict) for key in keys):
        raise UnreadableToken("the key set holds no keys")
    if any("d" in key for key in keys):
        raise UnreadableToken("the key set shows a private key")
    return keys


KeptKeySets = dict[str, list[dict[str, Any]]]


def read_signed(token: str, key_set_url: str, timeout: float, kept: KeptKeySets | None = None) -> dict[str, Any]:
    """The claims of a JWT the tool signed: RS256, a kid that its key set names, a signature that fits.

    `kept` are key sets that an LMS remembers by their addresses: one is fetched again only when the token does not fit it.
    Times and audiences are the caller's to judge. Raises UnreadableToken.
    """
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise UnreadableToken("not a JWT") from error
    if header.get("alg") != "RS256":
        raise UnreadableToken(f"alg is {header.get('alg')!r}, not RS256")
    if not isinstance(header.get("kid"), str) or not header["kid"]:
        raise UnreadableToken("the header has no kid")
    if kept is not None and key_set_url in kept:
        try:
            return _verified(token, header["kid"], kept[key_set_url])
        except UnreadableToken:
            pass  # the tool may have other keys by now
    keys = fetch_key_set(key_set_url, timeout)
    claims = _verified(token, header["kid"], keys)
    if kept is not None:
        kept[key_set_url] = keys
    return claims


def _verified(token: str, kid: str, keys: list[dict[str, Any]]) -> dict[str, Any]:
    matching = [key for key in keys if key.get("kid") == kid]
    if not matching:
        raise UnreadableToken("the kid is not in the tool's key set")
    if matching[0].get("kty") != "RSA" or matching[0].get("use", "sig") != "sig":
        raise UnreadableToken("the key is not an RSA signing key")
    unchecked: Any = {f"verify_{name}": False for name in ("exp", "iat", "nbf", "aud", "iss", "sub", "jti")}
    try:
        claims: dict[str, Any] = jwt.decode(token, jwt.PyJWK(matching[0]).key, algorithms=["RS256"], options=unchecked)
    except jwt.PyJWTError as error:
        raise UnreadableToken(f"the signature does not fit ({type(error).__name__})") from error
    return claims


def unverified_claims(token: str) -> dict[str, Any]:
    """Claims before any check, only to learn who claims to speak. Empty when unreadable."""
    try:
        claims = jwt.decode(token, options={"verify_signature": False})
    except jwt.PyJWTError:
        return {}
    return claims if isinstance(claims, dict) else {}


def time_problems(claims: dict[str, Any], now: float, longest: int) -> list[str]:
    """Faults in iat and exp: both needed, not expired, not from the future (5 s of grace), not longer than `longest` s."""
    problems = []
    for name in ("iat", "exp"):
        if isinstance(claims.get(name), bool) or not isinstance(claims.get(name), int | float):
            problems.append(f"{name} is missing or not a number")
    if problems:
        return problems
    if claims["exp"] <= now:
        problems.append("it has expired")
    if claims["iat"] > now + 5:
        problems.append("iat is in the future")
    if claims["exp"] - claims["iat"] > longest:
        problems.append(f"it lives longer than {longest} seconds")
    return problems
