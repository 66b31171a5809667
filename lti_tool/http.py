"""The one door to other people's servers: https only, public addresses only, bounded in time and size, no redirects.

In development, plain http and private addresses are open for the origins that a registration names, and for no others.
"""

from __future__ import annotations

import ipaddress
import json
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from prometheus_client import Counter
from requests.adapters import HTTPAdapter
from requests.utils import parse_header_links

_CONNECT, _READ = 3.05, 10.0
_REQUESTS = Counter("lti_tool_http_requests_total", "Requests to other servers", ["host", "outcome"])
_private_allowed: ContextVar[bool] = ContextVar("private_allowed", default=False)


class HttpFailure(Exception):
    """No usable answer. `kind`: refused (our policy), unreachable, timeout, too_large, not_json."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


@dataclass(frozen=True)
class Reply:
    """An answer: any status. `reason` is the status line's text, where Moodle says why. `links` are the Link header's URLs by rel, exactly as sent (RFC 8288)."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    links: Mapping[str, str]
    reason: str = ""

    @property
    def ok(self) -> bool:
        """2xx."""
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The body as JSON. Raises HttpFailure(not_json)."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise HttpFailure("not_json", f"status {self.status}, {len(self.body)} bytes") from error


def _checked(connection: Any) -> Any:
    """Refuse a connection that ended up at a private address: checked on the socket, so DNS can't change its mind."""
    address = ipaddress.ip_address(connection.getpeername()[0])
    if not address.is_global and not _private_allowed.get():
        connection.close()
        raise PermissionError("private address")
    return connection


class _HTTPConnection(urllib3.connection.HTTPConnection):
    def _new_conn(self) -> Any:
        return _checked(super()._new_conn())


class _HTTPSConnection(urllib3.connection.HTTPSConnection):
    def _new_conn(self) -> Any:
        return _checked(super()._new_conn())


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


def origin(url: str) -> str:
    """scheme://host[:port] of a URL, lower case; empty when it is not http(s)."""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or parts.username:
            return ""
        default = 443 if parts.scheme.lower() == "https" else 80
        port = f":{parts.port}" if parts.port and parts.port != default else ""
    except ValueError:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme.lower()}://{host.lower()}{port}"


@contextmanager
def _allowing(private: bool) -> Iterator[None]:
    token = _private_allowed.set(private)
    try:
        yield
    finally:
        _private_allowed.reset(token)


class HttpClient:
    """One session per process (thread-safe for plain calls, keeps no cookies). Ignores proxies and .netrc of the environment."""

    def __init__(self, *, development: bool = False) -> None:
        self._development = development
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            self._session.mount(scheme, _Adapter(pool_maxsize=20))

    def allows(self, url: str, trusted: Collection[str] = ()) -> bool:
        """Whether the policy lets us call this URL (its address is checked again on connecting)."""
        place = origin(url)
        return place.startswith("https://") or (self._development and bool(place) and place in trusted)

    def request(
        self,
        method: str,
        url: str,
        *,
        trusted: Collection[str] = (),
        headers: Mapping[str, str] | None = None,
        data: Any = None,
        json_body: Any = None,
        max_bytes: int = 1 << 20,
        seconds: float = 15.0,
    ) -> Reply:
        """Send one request and read the whole answer. `trusted` are origins that may be private in development.

        Raises HttpFailure when the policy refuses, nobody answers in `seconds`, or the answer passes `max_bytes`.
        """
        if not self.allows(url, trusted):
            raise HttpFailure("refused", "this address is not one that the tool may call")
        host = urlsplit(url).hostname or ""
        private = self._development and origin(url) in trusted
        deadline = time.monotonic() + seconds
        try:
            with (
                _allowing(private),
                self._session.request(
                    method,
                    url,
                    headers=dict(headers or {}),
                    data=data,
                    json=json_body,
                    timeout=(_CONNECT, min(_READ, seconds)),
                    allow_redirects=False,
                    stream=True,
                ) as answer,
            ):
                body = bytearray()
                for chunk in answer.iter_content(65536):
                    body += chunk
                    if len(body) > max_bytes:
                        raise HttpFailure("too_large", f"more than {max_bytes} bytes")
                    if time.monotonic() > deadline:
                        raise HttpFailure("timeout", f"no whole answer in {seconds:.0f} s")
                links = {link["rel"]: link["url"] for link in parse_header_links(answer.headers.get("Link", "")) if "rel" in link}
                reply = Reply(answer.status_code, answer.headers, bytes(body), links, answer.reason or "")
        except HttpFailure as failure:
            _REQUESTS.labels(host, failure.kind).inc()
            raise
        except requests.Timeout as error:
            _REQUESTS.labels(host, "timeout").inc()
            raise HttpFailure("timeout", "no answer in time") from error
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError) as error:
            kind = "refused" if isinstance(error, PermissionError) or "private address" in str(error) else "unreachable"
            _REQUESTS.labels(host, kind).inc()
            raise HttpFailure(kind, type(error).__name__) from error
        _REQUESTS.labels(host, f"{reply.status // 100}xx").inc()
        return reply
