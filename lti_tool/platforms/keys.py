"""Our RSA key pairs: they sign what we send to platforms (client assertions, deep linking responses); platforms fetch the public half.

One pair signs, and one or several are published: a new one before its turn, an old one until whatever it signed has expired. The rows are
read whenever something is signed, so that a rotation takes effect in every process; only the key objects are kept.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, NamedTuple

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key
from jwcrypto.jwk import JWK
from sqlalchemy import delete, or_, select, text, update
from sqlalchemy.orm import Session

from lti_tool.platforms import key_policies
from lti_tool.platforms.key_policies import RETIRED_FOR, KeyTimes
from lti_tool.platforms.models import ToolKey
from lti_tool.tool import Tool

_LOCK = 0x6C74695F6B657973  # any constant of our own for pg_advisory_xact_lock

_loaded: dict[str, rsa.RSAPrivateKey] = {}


class SigningPair(NamedTuple):
    """The pair that signs now. `kid` is the RFC 7638 thumbprint."""

    kid: str
    private_key: rsa.RSAPrivateKey


def _generate(here: Tool, signs_from: datetime, created_at: datetime) -> ToolKey:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = JWK.from_pyca(private.public_key())
    kid = str(public.thumbprint())
    jwk = {**json.loads(public.export_public()), "kid": kid, "alg": "RS256", "use": "sig"}
    pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    return ToolKey(
        kid=kid, private_pem_sealed=here.box.seal(pem), public_jwk=jwk, created_at=created_at, signs_from=signs_from, retired_at=None
    )


def _times(session: Session, since: datetime | None = None) -> list[KeyTimes]:
    """All pairs, oldest first; with `since` without those that retired before."""
    query = select(ToolKey.kid, ToolKey.created_at, ToolKey.signs_from, ToolKey.retired_at).order_by(ToolKey.id)
    if since is not None:
        query = query.where(or_(ToolKey.retired_at.is_(None), ToolKey.retired_at > since))
    return [KeyTimes(*row) for row in session.execute(query)]


def _current(session: Session, here: Tool) -> str | None:
    now = here.clock()
    found = key_policies.signing(_times(session, now - RETIRED_FOR), now)
    return found.kid if found else None


def _lock(session: Session, here: Tool) -> None:
    if not here.database.is_sqlite:  # a unit of work on SQLite is alone already
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})


def ensure(session: Session, here: Tool) -> str:
    """The kid of the pair that signs, made in this unit of work if there is none; two processes at once make one."""
    found = _current(session, here)
    if found is None:
        _lock(session, here)
        found = _current(session, here)
    if found is None:
        row = _generate(here, here.clock(), here.clock())
        session.add(row)
        session.flush()
        found = row.kid
    return found


def signing_pair(here: Tool) -> SigningPair:
    """The pair that signs now: one look at the rows, its private key read once per process. Not to be called first inside a unit of work.

    Raises SecretLost when the installation's encryption key is not the one that sealed it.
    """
    with here.database.read() as session:
        kid = _current(session, here)
    if kid is None:
        with here.database.unit() as session:
            kid = ensure(session, here)
    private = _loaded.get(kid)
    if private is None:
        with here.database.read() as session:
            sealed = session.scalars(select(ToolKey.private_pem_sealed).where(ToolKey.kid == kid)).one_or_none()
        if sealed is None:  # withdrawn just now
            return signing_pair(here)
        opened = load_pem_private_key(here.box.open(sealed).encode(), password=None)
        if not isinstance(opened, rsa.RSAPrivateKey):
            raise TypeError("a tool key is not RSA")
        private = _loaded[kid] = opened
    return SigningPair(kid, private)


def rotate(session: Session, here: Tool, *, at_once: bool = False, withdraw: bool = False) -> KeyTimes:
    """A new pair, published at once. It signs after `key_policies.LEAD`, when every LMS has had time to see it; nothing waits meanwhile.

    `at_once` is for a key that somebody else may have: the new pair signs from now on, and an LMS that keeps our key set and does not
    read it again when a signature does not fit refuses us for as long as it keeps it. The old public key stays published, so that what was
    signed a moment ago is still taken. `withdraw` drops every older pair, too: for a key that somebody else surely has.
    """
    _lock(session, here)
    now = here.clock()
    change = key_policies.rotation(_times(session), now, at_once=at_once, withdraw=withdraw)
    for kid, retired_at in change.retire.items():
        session.execute(update(ToolKey).where(ToolKey.kid == kid).values(retired_at=retired_at))
    session.execute(delete(ToolKey).where(ToolKey.kid.in_(change.forget)))
    row = _generate(here, change.signs_from, now)
    session.add(row)
    session.flush()
    return KeyTimes(row.kid, row.created_at, row.signs_from, row.retired_at)


def published(here: Tool) -> dict[str, Any]:
    """Our public key set (RFC 7517), newest first: the key that signs, those that will, and those retired lately."""
    with here.database.read() as session:
        found = _public(session, here)
    if not found:
        with here.database.unit() as session:
            ensure(session, here)
            found = _public(session, here)
    return {"keys": found}


def _public(session: Session, here: Tool) -> list[dict[str, Any]]:
    now = here.clock()
    kids = [key.kid for key in key_policies.published(_times(session, now - RETIRED_FOR), now)]
    return list(session.scalars(select(ToolKey.public_jwk).where(ToolKey.kid.in_(kids)).order_by(ToolKey.id.desc())))


def listed(session: Session, here: Tool) -> list[tuple[KeyTimes, str]]:
    """All pairs that are kept, newest first, each with its `key_policies.state`."""
    now, found = here.clock(), _times(session)
    return [(times, key_policies.state(times, found, now)) for times in reversed(found)]
