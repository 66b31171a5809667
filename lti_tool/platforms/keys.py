"""Our RSA key pairs: they sign what we send to platforms (client assertions, deep linking responses); platforms fetch the public half.

One pair signs. A retired one stays published until whatever it signed has expired.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwcrypto.jwk import JWK
from sqlalchemy import or_, select, text
from sqlalchemy.orm import Session

from lti_tool.platforms.models import ToolKey
from lti_tool.tool import Tool

RETIRED_FOR = timedelta(days=1)
"""How long a retired key stays published: longer than anything signed with it is valid (at most an hour)."""
_LOCK = 0x6C74695F6B657973  # any constant of our own for pg_advisory_xact_lock

_loaded: dict[str, rsa.RSAPrivateKey] = {}


class SigningPair(NamedTuple):
    """The pair that signs now. `kid` is the RFC 7638 thumbprint."""

    kid: str
    private_key: rsa.RSAPrivateKey


def _generate(here: Tool) -> ToolKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = JWK.from_pyca(private.public_key())
    kid = str(public.thumbprint())
    jwk = {**json.loads(public.export_public()), "kid": kid, "alg": "RS256", "use": "sig"}
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return ToolKey(
        kid=kid, private_pem_sealed=here.box.seal(pem), public_jwk=jwk, created_at=here.clock(), signs_from=here.clock(), retired_at=None
    )


def _current(session: Session) -> ToolKey | None:
    return session.scalars(select(ToolKey).where(ToolKey.retired_at.is_(None)).order_by(ToolKey.id.desc()).limit(1)).first()


def _lock(session: Session, here: Tool) -> None:
    if not here.database.is_sqlite:  # a unit of work on SQLite is alone already
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def ensure(session: Session, here: Tool) -> ToolKey:
    """The key that signs, made in this unit of work if there is none; two processes at once make one."""
    found = _current(session)
    if found is None:
        _lock(session, here)
        found = _current(session)
    if found is None:
        found = _generate(here)
        session.add(found)
        session.flush()
    return found


def signing_pair(here: Tool) -> SigningPair:
    """The pair that signs now, its private key read once per process. Not to be called first inside a unit of work."""
    with here.database.read() as session:
        row = _current(session)
    if row is None:
        with here.database.unit() as session:
            row = ensure(session, here)
    private = _loaded.get(row.kid)
    if private is None:
        opened = load_pem_private_key(here.box.open(row.private_pem_sealed).encode(), password=None)
        if not isinstance(opened, rsa.RSAPrivateKey):
            raise TypeError("a tool key is not RSA")
        private = _loaded[row.kid] = opened
    return SigningPair(row.kid, private)


def rotate(session: Session, here: Tool) -> str:
    """A new pair signs from now on; the old ones retire. Returns the new kid."""
    _lock(session, here)
    for row in session.scalars(select(ToolKey).where(ToolKey.retired_at.is_(None))):
        row.retired_at = here.clock()
    fresh = _generate(here)
    session.add(fresh)
    return fresh.kid


def published(here: Tool) -> dict[str, Any]:
    """Our public key set (RFC 7517): the signing key and those retired lately."""
    signing_pair(here)
    since = here.clock() - RETIRED_FOR
    with here.database.read() as session:
        rows = session.scalars(
            select(ToolKey.public_jwk).where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > since)).order_by(ToolKey.id.desc())
        )
        return {"keys": list(rows)}
