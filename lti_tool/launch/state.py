"""What a login remembers until its launch: it travels with the browser as the `state`, signed by us, and nothing of it is stored.

A launch spends it: only then a row is written (see `models.SpentState`), so that logins cost no room and no write, however many
somebody begins.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from itsdangerous import BadData, Signer
from itsdangerous.encoding import base64_decode, base64_encode

from lti_tool.secrets_box import Box, digest

STATE_LIFE = timedelta(minutes=10)
_LONGEST = 1000
_SHORT = 22  # signs of base64 with 128 random bits


@dataclass(frozen=True)
class LoginState:
    """One login (OpenID Connect third-party initiated login); what it said is held against the token.

    `browser`, `target` and `deployment` are digests: of the secret in the browser, of the target_link_uri, and of the deployment id
    where one was named.
    """

    registration_id: UUID
    expires_at: datetime
    browser: str
    target: str
    deployment: str
    storage_target: str


@lru_cache(maxsize=8)
def _signer(key: str) -> Signer:
    return Signer(key, salt="lti-login", key_derivation="hmac", digest_method=hashlib.sha256)


def seal(box: Box, state: LoginState) -> str:
    """The `state` parameter, different each time."""
    facts = (state.browser, state.target, state.deployment, state.storage_target)
    salt = secrets.token_urlsafe(16)[:_SHORT]
    said = json.dumps([salt, state.registration_id.hex, int(state.expires_at.timestamp()), *facts], separators=(",", ":"))
    return _signer(box.signing_key).sign(base64_encode(said)).decode()


def unseal(box: Box, text: str) -> LoginState | None:
    """What the `state` parameter says; None when we did not make it. It may have expired."""
    if not 0 < len(text) <= _LONGEST:
        return None
    try:
        said = json.loads(base64_decode(_signer(box.signing_key).unsign(text)))
        _salt, registration, expires, browser, target, deployment, storage_target = said
    except (BadData, ValueError):
        return None
    return LoginState(UUID(registration), datetime.fromtimestamp(expires, UTC), browser, target, deployment, storage_target)


def nonce_of(box: Box, text: str) -> str:
    """The nonce that belongs to a state, and to no other."""
    return box.mark("nonce", text)[:43]


def short_digest(text: str) -> str:
    """A digest to compare by; empty for nothing."""
    return digest(text)[:32] if text else ""
