"""Talking to a platform's services with a token (LTI Security Framework 1.0, 4.1).

Tokens are cached per registration and scopes, sealed, shared by all processes. One process at a time asks for a new one: the others go
on with the old one while it is good, or wait for the new one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from lti_tool.database import insert_if_new, new_id
from lti_tool.http import HttpFailure, Reply
from lti_tool.platforms.keys import signing_pair
from lti_tool.platforms.models import AccessToken, Registration
from lti_tool.platforms.vendors import service_url, trusted_origins
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_EARLY, _LATEST = timedelta(seconds=60), timedelta(seconds=30)
"""A token is renewed so long before it ends, by one; by everybody so long before."""
_ASKING = timedelta(seconds=20)
"""Longer than asking may take."""
_LOOKS_EVERY = 0.1
_SHORT, _LONGEST = 300.0, 86400.0


class NoToken(Exception):
    """The platform gave no token. `status` is its answer's, 0 without one; `error` its OAuth error code (RFC 6749, 5.2), if any.

    The message is a cause for the log.
    """

    def __init__(self, status: int, cause: str, error: str = "") -> None:
        super().__init__(f"status {status}: {cause}")
        self.status, self.cause, self.error = status, cause, error


@dataclass(frozen=True)
class Token:
    """An access token: its seconds to live, and those of the scopes asked for that it is good for."""

    value: str
    seconds: float
    scopes: frozenset[str]


def _token_in(reply: Reply, wanted: Sequence[str]) -> Token:
    """The token of a token endpoint's answer (RFC 6749, 5.1); fewer scopes may be granted than were asked for. Raises NoToken."""
    try:
        answer = reply.json()
    except HttpFailure as failure:
        raise NoToken(reply.status, failure.kind) from failure
    answer = answer if isinstance(answer, dict) else {}
    token, granted, seconds = answer.get("access_token"), answer.get("scope"), answer.get("expires_in")
    if not reply.ok or not isinstance(token, str) or not token.isascii() or not token.isprintable() or not token:
        error = answer.get("error")
        error = error if isinstance(error, str) and error.isidentifier() else ""
        raise NoToken(reply.status, error or "no access token in the answer", error)
    given = frozenset(wanted)
    if isinstance(granted, str) and granted:
        given &= frozenset(granted.replace(",", " ").split())
    if isinstance(seconds, str) and seconds.isdecimal():
        seconds = int(seconds)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not seconds > 0:
        seconds = _SHORT
    return Token(token, min(float(seconds), _LONGEST), given)


def ask_token(here: Tool, row: Registration, scopes: Sequence[str], *, seconds: float = 15.0) -> Token:
    """A fresh token from the platform, kept nowhere. Not to be called inside a unit of work. Raises NoToken, SecretLost."""
    now = int(here.clock().timestamp())
    pair = signing_pair(here)
    assertion = jwt.encode(
        # Moodle refuses an iat in the future, so a little skew is allowed for.
        {
            "iss": row.client_id,
            "sub": row.client_id,
            "aud": row.token_audience or row.token_url,
            "iat": now - 5,
            "exp": now + 60,
            "jti": new_id().hex,
        },
        pair.private_key,
        algorithm="RS256",
        headers={"kid": pair.kid},
    )
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": _ASSERTION,
        "client_assertion": assertion,
        "scope": " ".join(sorted(scopes)),
    }
    try:
        reply = here.http.request("POST", row.token_url, trusted=trusted_origins(row), data=form, max_bytes=65536, seconds=seconds)
    except HttpFailure as failure:
        raise NoToken(0, failure.kind) from failure
    return _token_in(reply, scopes)


@dataclass(frozen=True)
class _Kept:
    """A token as it is in the cache: empty when there is none that can be opened."""

    value: str
    expires_at: datetime


class ServiceCaller:
    """Calls one platform's services through our HTTP door, with tokens from the cache. One per use: it holds the token that it uses."""

    def __init__(self, here: Tool, registration: Registration) -> None:
        self._here = here
        self._row = registration
        self._held: dict[str, _Kept] = {}
        self._trusted = trusted_origins(registration)
        self._urls: dict[str, str] = {}

    def get_access_token(self, scopes: Sequence[str]) -> str:
        """A valid token for these scopes. Raises NoToken."""
        wanted = " ".join(sorted(scopes))
        if not self._is_good(self._held.get(wanted), _LATEST):
            self._held[wanted] = self._cached(wanted) or self._renewed(scopes, wanted)
        return self._held[wanted].value

    def _is_good(self, kept: _Kept | None, margin: timedelta) -> bool:
        return kept is not None and bool(kept.value) and kept.expires_at > self._here.clock() + margin

    def _cached(self, wanted: str) -> _Kept | None:
        kept = self._read(wanted)
        return kept if self._is_good(kept, _EARLY) else None

    def _read(self, wanted: str) -> _Kept | None:
        with self._here.database.read() as session:
            row = session.get(AccessToken, (self._row.id, wanted))
        if row is None:
            return None
        try:
            return _Kept(self._here.box.open(row.token_sealed) if row.token_sealed else "", row.expires_at)
        except SecretLost:
            return _Kept("", row.expires_at)  # the installation's keys were changed; a new token is sealed with the new one

    def _renewed(self, scopes: Sequence[str], wanted: str) -> _Kept:
        """A new token, or the one that somebody else gets meanwhile. In one process they queue up here; among processes, by the row."""
        locks = self._here.kept.setdefault("token locks", {})
        with locks.setdefault((self._row.id, wanted), threading.Lock()):
            end = time.monotonic() + _ASKING.total_seconds()
            while not self._may_ask(wanted) and time.monotonic() < end:
                kept = self._read(wanted)
                if kept is not None and self._is_good(kept, _LATEST):
                    return kept
                time.sleep(_LOOKS_EVERY)
            if (kept := self._cached(wanted)) is not None:
                self._keep(wanted, {"asking_until": None})
                return kept
            return self._asked(scopes, wanted)

    def _may_ask(self, wanted: str) -> bool:
        """Whether it falls to us to ask; then nobody else does for a while."""
        now = self._here.clock()
        with self._here.database.unit() as session:
            first = {
                "registration_id": self._row.id,
                "scopes": wanted,
                "token_sealed": "",
                "expires_at": now,
                "asking_until": now + _ASKING,
            }
            if insert_if_new(session, AccessToken, first):
                return True
            free = or_(AccessToken.asking_until.is_(None), AccessToken.asking_until <= now)
            return self._change(session, wanted, {"asking_until": now + _ASKING}, free)

    def _change(self, session: Session, wanted: str, values: dict[str, object], *where: object) -> bool:
        row = update(AccessToken).where(AccessToken.registration_id == self._row.id, AccessToken.scopes == wanted, *where)  # type: ignore[arg-type]
        return bool(session.execute(row.values(**values)).rowcount)  # type: ignore[attr-defined]

    def _keep(self, wanted: str, values: dict[str, object]) -> None:
        with self._here.database.unit() as session:
            self._change(session, wanted, values)

    def _asked(self, scopes: Sequence[str], wanted: str) -> _Kept:
        try:
            token = ask_token(self._here, self._row, scopes)
            if not token.scopes.issuperset(scopes):
                raise NoToken(200, "less granted than asked for", "invalid_scope")
        except BaseException:
            self._keep(wanted, {"asking_until": None})
            raise
        kept = _Kept(token.value, self._here.clock() + timedelta(seconds=token.seconds))
        self._keep(wanted, {"token_sealed": self._here.box.seal(kept.value), "expires_at": kept.expires_at, "asking_until": None})
        return kept

    def drop_token(self, scopes: Sequence[str]) -> None:
        """Forget the token that we used, for the platform did not take it; not one that somebody else has fetched meanwhile."""
        wanted = " ".join(sorted(scopes))
        used, kept = self._held.pop(wanted, None), self._read(wanted)
        if used is None or kept is None or kept.value == used.value:
            self._keep(wanted, {"token_sealed": ""})

    def call(
        self,
        method: str,
        scopes: Sequence[str],
        url: str,
        *,
        data: str | None = None,
        content_type: str = "",
        accept: str = "*/*",
        max_bytes: int = 1 << 20,
    ) -> Reply:
        """One request with a token; a 401 drops the token and tries once more. Raises NoToken, HttpFailure."""
        if url not in self._urls:
            self._urls[url] = service_url(self._row, url)
        url = self._urls[url]
        for again in (True, False):
            headers = {"Authorization": f"Bearer {self.get_access_token(scopes)}", "Accept": accept}
            if data is not None:
                headers["Content-Type"] = content_type
            reply = self._here.http.request(
                method,
                url,
                trusted=self._trusted,
                headers=headers,
                data=data.encode() if data is not None else None,
                max_bytes=max_bytes,
            )
            if reply.status != 401 or not again:
                break
            self.drop_token(scopes)
        return reply
