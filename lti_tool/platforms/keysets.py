"""Platforms' public keys: fetched when needed, kept for all processes, refetched when a platform rotates, never in a storm.

A key server that hangs holds up its own platform's launches only: one request at a time asks it, others wait for that one for a moment,
few of them longer, and some of this process's threads are always free of both. A key that we know is good while its platform is away.
"""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass, field
from datetime import timedelta
from functools import lru_cache
from typing import Any
from uuid import UUID

import structlog
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from jwt.utils import base64url_decode

from lti_tool.database import upsert
from lti_tool.http import HttpFailure
from lti_tool.platforms import registry, vendors
from lti_tool.platforms.models import PlatformKeySet, Registration
from lti_tool.tool import Tool

log = structlog.get_logger()

FRESH = timedelta(hours=1)
"""A known key is taken without asking again for this long."""
COOLDOWN = timedelta(seconds=60)
"""An unknown kid makes us ask at most this often."""
RETRY = timedelta(seconds=5)
"""While we have no key of a platform at all, we ask this often."""
MOMENT, PATIENCE = 0.5, 1.5
"""Seconds from the begin of a request for keys in which any launch waits for its answer, and in which a few do."""
_MAX_BYTES, _SECONDS = 256 * 1024, 5.0


class KeyUnknown(Exception):
    """No usable key of that kid. `reachable` is False when the platform's key set could not be read."""

    def __init__(self, *, reachable: bool) -> None:
        super().__init__("reachable" if reachable else "unreachable")
        self.reachable = reachable


@dataclass(frozen=True)
class _Asking:
    """A request for a platform's keys that is under way."""

    began: float = field(default_factory=time.monotonic)
    done: threading.Event = field(default_factory=threading.Event)

    def wait(self, most: float) -> bool:
        """Wait for the answer until so many seconds after the begin. False when it has not come."""
        return self.done.wait(max(0.0, self.began + most - time.monotonic()))


@dataclass
class _Traffic:
    """Which platforms are being asked for their keys just now, and how many launches wait patiently; of one process."""

    asking: dict[UUID, _Asking] = field(default_factory=dict)
    waiting: int = 0
    guard: threading.Lock = field(default_factory=threading.Lock)


_traffic = _Traffic()


@dataclass(frozen=True)
class _Known:
    keys: list[dict[str, Any]]
    fetched_long_ago: bool
    asked_lately: bool


@lru_cache(maxsize=512)
def _rsa(n: str, e: str) -> RSAPublicKey:
    modulus, exponent = (int.from_bytes(base64url_decode(part)) for part in (n, e))
    if modulus.bit_length() < 2048:
        raise ValueError("shorter than 2048 bits")  # RFC 7518, 3.3
    return RSAPublicNumbers(exponent, modulus).public_key()


def usable(document: object) -> list[dict[str, Any]]:
    """The keys of a set that can verify RS256 signatures, reduced to what we need; whatever else stands beside them is skipped."""
    listed = document.get("keys") if isinstance(document, dict) else None
    found = []
    for key in listed if isinstance(listed, list) else []:
        if not isinstance(key, dict) or key.get("kty") != "RSA" or key.get("use", "sig") != "sig" or key.get("alg", "RS256") != "RS256":
            continue
        kid, n, e = key.get("kid"), key.get("n"), key.get("e")
        if not (isinstance(kid, str) and isinstance(n, str) and isinstance(e, str)):
            continue
        try:
            _rsa(n, e)
        except (ValueError, TypeError, OverflowError):
            continue
        found.append({"kid": kid, "n": n, "e": e})
    return found


class PlatformKeySets:
    """The keys of all platforms, as this installation knows them."""

    def __init__(self, here: Tool) -> None:
        self._here = here

    def key(self, registration: Registration, kid: str) -> RSAPublicKey:
        """The platform's key of this kid. May ask the platform. Raises KeyUnknown."""
        known = self._judged(registry.key_set(self._here, registration.id))
        found = _pick(known.keys, kid)
        if found is not None and not known.fetched_long_ago:
            return found
        known = self._known(registration.id)
        found, asked = _pick(known.keys, kid), known.asked_lately
        if not asked and (asked := self._ask(registration, may_wait=found is None)):
            known = self._known(registration.id)
            found = _pick(known.keys, kid)
        if found is None:
            raise KeyUnknown(reachable=asked and bool(known.keys))
        return found

    def _ask(self, registration: Registration, *, may_wait: bool) -> bool:
        """Ask the platform, or wait for the launch that is asking. False where that takes too long or too many threads are at it."""
        threads = self._here.settings.web_threads
        with _traffic.guard:
            asking = _traffic.asking.get(registration.id)
            if asking is None and len(_traffic.asking) < max(1, threads // 2):
                mine = _traffic.asking[registration.id] = _Asking()
            elif asking is None or not may_wait:
                return False
            else:
                patient = _traffic.waiting < threads // 4
                _traffic.waiting += patient
        if asking is not None:
            try:
                return asking.wait(PATIENCE if patient else MOMENT)
            finally:
                with _traffic.guard:
                    _traffic.waiting -= patient
        try:
            if not self._known(registration.id).asked_lately:  # somebody may have asked between our look and our turn
                self._fetch(registration)
        finally:
            with _traffic.guard:
                del _traffic.asking[registration.id]
            mine.done.set()
        return True

    def _known(self, registration_id: UUID) -> _Known:
        return self._judged(registry.key_set(self._here, registration_id, fresh=True))

    def _judged(self, row: PlatformKeySet | None) -> _Known:
        if row is None:
            return _Known([], fetched_long_ago=True, asked_lately=False)
        now = self._here.clock()
        wait = COOLDOWN if row.fetched_at else RETRY
        return _Known(
            row.keys["keys"],
            fetched_long_ago=row.fetched_at is None or now - row.fetched_at >= FRESH,
            asked_lately=now - row.tried_at < wait,
        )

    def _fetch(self, registration: Registration) -> None:
        """Ask the platform; keep what we had when nothing usable comes."""
        keys: list[dict[str, Any]] = []
        try:
            reply = self._here.http.request(
                "GET",
                registration.jwks_url,
                trusted=vendors.trusted_origins(registration),
                headers={"Accept": "application/json"},
                max_bytes=_MAX_BYTES,
                seconds=_SECONDS,
            )
            keys = usable(reply.json()) if reply.ok else []
            if not keys:
                log.warning("platform keys unusable", registration=str(registration.id), status=reply.status)
        except HttpFailure as failure:
            log.warning("platform keys unreachable", registration=str(registration.id), kind=failure.kind)
        now = self._here.clock()
        values = {"registration_id": registration.id, "keys": {"keys": keys}, "fetched_at": now if keys else None, "tried_at": now}
        with self._here.database.unit() as session:
            upsert(session, PlatformKeySet, values, key=("registration_id",), keep=() if keys else ("keys", "fetched_at"))


def _pick(keys: list[dict[str, Any]], kid: str) -> RSAPublicKey | None:
    return next((_rsa(key["n"], key["e"]) for key in keys if key["kid"] == kid), None)
