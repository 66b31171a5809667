"""The same credential as a VC-JWT: compact JWS, RS256 (Open Badges 3.0, "JSON Web Token Proof Format").

The members of the credential stand at the top level, and iss, jti, sub, nbf and exp say again what they say. The header holds `alg`,
`typ` "JWT" and `kid`, which answers one JWK at its own address; nothing else is allowed in it.
"""

from __future__ import annotations

import hashlib
import json
from base64 import urlsafe_b64encode
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwt.algorithms import RSAAlgorithm

ALGORITHM: Final = "RS256"
MEDIA_TYPE: Final = "text/plain; charset=us-ascii"
_BITS: Final = 2048
_CLAIMS: Final = ("iss", "jti", "sub", "nbf", "exp")
_MOST: Final = 256 * 1024


class NotThisCredential(Exception):
    """The token is not signed with this key, or its claims contradict the credential in it."""


def generate_key() -> str:
    """A new RSA private key as PKCS#8 PEM."""
    key = generate_private_key(public_exponent=65537, key_size=_BITS)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_jwk(private_pem: str) -> dict[str, Any]:
    """The public half as a JWK, without a `kid`."""
    found: dict[str, Any] = json.loads(RSAAlgorithm.to_jwk(_loaded(private_pem).public_key()))
    return {"kty": "RSA", "n": found["n"], "e": found["e"], "alg": ALGORITHM, "use": "sig"}


def thumbprint(jwk: dict[str, Any]) -> str:
    """RFC 7638: SHA-256 over the required members, base64url."""
    members = json.dumps({name: jwk[name] for name in ("e", "kty", "n")}, separators=(",", ":"), sort_keys=True)
    return urlsafe_b64encode(hashlib.sha256(members.encode()).digest()).rstrip(b"=").decode()


def encode(credential: bytes, private_pem: str, kid: str) -> bytes:
    """The signed credential as a VC-JWT; its Data Integrity proof is left out. The same input gives the same bytes."""
    document = json.loads(credential)
    document.pop("proof", None)
    claims = {
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "sub": document["credentialSubject"]["id"],
        "nbf": _number(document["validFrom"]),
    }
    if "validUntil" in document:
        claims["exp"] = _number(document["validUntil"])
    return jwt.encode({**document, **claims}, _loaded(private_pem), algorithm=ALGORITHM, headers={"kid": kid}).encode()


def decode(token: bytes, jwk: dict[str, Any]) -> dict[str, Any]:
    """The credential in a VC-JWT that this key signed; whether it is within its time is the caller's to see. Raises NotThisCredential."""
    try:
        if len(token) > _MOST:
            raise NotThisCredential("too long")
        header = jwt.get_unverified_header(token)
        if set(header) - {"alg", "kid", "jwk", "typ"} or header.get("typ", "JWT") != "JWT":
            raise NotThisCredential("the header holds what it must not")
        key = RSAAlgorithm.from_jwk(jwk)
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_aud": False, "require": list(_CLAIMS[:4])}
        payload: dict[str, Any] = jwt.decode(token, key, algorithms=[ALGORITHM], options=options)  # type: ignore[arg-type]
        document = {name: value for name, value in payload.items() if name not in _CLAIMS}
        issuer = document["issuer"]
        said = {
            "iss": issuer["id"] if isinstance(issuer, dict) else issuer,
            "jti": document["id"],
            "sub": document["credentialSubject"]["id"],
            "nbf": _number(document["validFrom"]),
            **({"exp": _number(document["validUntil"])} if "validUntil" in document else {}),
        }
    except (jwt.PyJWTError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise NotThisCredential(str(error) or type(error).__name__) from error
    if {name: payload[name] for name in _CLAIMS if name in payload} != said:
        raise NotThisCredential("the claims contradict the credential")
    return document


def _number(moment: str) -> int:
    return int(datetime.fromisoformat(moment).timestamp())


@lru_cache(maxsize=64)
def _loaded(private_pem: str) -> RSAPrivateKey:
    # Reading a PEM takes thirty times as long as a signature.
    key = load_pem_private_key(private_pem.encode(), password=None)
    if not isinstance(key, RSAPrivateKey):
        raise TypeError("RS256 signs with RSA keys only")
    return key
