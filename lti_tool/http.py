"""The one door to other people's servers: https only, public addresses only, bounded in time and size, no redirects.

In development, plain http and private addresses are open for the origins that a registration names, and for no others.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
import urllib3
from prometheus_client import Counter
from requests.adapters import HTTPAdapter
from requests.utils import parse_header_links

from lti_tool.http_alarms import Call

_CONNECT, _READ = 3.05, 10.0
_REQUESTS = Counter("lti_tool_http_requests_total", "Requests to other servers", ["host", "outcome"])
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_GLOBAL_UNICAST = ipaddress.ip_network("2000::/3")  # RFC 4291, 2.4: what else there is translates, tunnels or is local
_HOST = re.compile(r"[a-z0-9_]([a-z0-9._-]*[a-z0-9])?\.?|\[[0-9a-f:.]+\]")


class HttpFailure(Exception):
    """No usable answer. `kind`: refused (our policy), unreachable, timeout, too_large, not_json."""

    def __init__(self, kind: str, detail: str) -> None:
        super().__init__(f"{kind}: {detail}")
        self.kind = kind


@dataclass(frozen=True)
class Reply:
    """An answer: any status. `reason` is the status line's text, where Moodle says why.

    `links` are the Link header's URLs by rel, exactly as sent (RFC 8288).
    """

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


def is_public(address: str) -> bool:
    """Whether an IP address is one of the open internet; of one that carries an IPv4 address inside, whether that one is."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inside = ip.ipv4_mapped or ip.sixtofour or (ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF) if ip in _NAT64 else None)
        if inside is not None:
            return is_public(str(inside))
        if ip not in _GLOBAL_UNICAST:
            return False
    return ip.is_global and not ip.is_multicast


_call: ContextVar[Call] = ContextVar("call")


class _Guarded:
    """Refuses private addresses: by name before anything is sent, and on the socket, so that DNS can't change its mind."""

    _gathered: bytearray | None = None

    def _new_conn(self: Any) -> Any:
        call = _call.get()
        if not call.private:
            for *_, address in socket.getaddrinfo(self._dns_host, self.port, type=socket.SOCK_STREAM):
                _refuse_private(str(address[0]))
        connection = super()._new_conn()  # type: ignore[misc]
        try:
            if not call.private:
                _refuse_private(connection.getpeername()[0])
            call.watch(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def request(self: Any, *args: Any, **kwargs: Any) -> None:
        if self.sock is not None:  # kept from an earlier request
            _call.get().watch(self.sock)
        self._gathered = bytearray()  # head and body leave together: one packet, one wake on the other side
        try:
            super().request(*args, **kwargs)  # type: ignore[misc]
        finally:
            gathered, self._gathered = self._gathered, None
        super().send(bytes(gathered))  # type: ignore[misc]

    def send(self: Any, data: Any) -> None:
        if self._gathered is None or not isinstance(data, bytes):
            super().send(data)  # type: ignore[misc]
        else:
            self._gathered += data


def _refuse_private(address: str) -> None:
    if not is_public(address):
        raise PermissionError("private address")


class _HTTPConnection(_Guarded, urllib3.connection.HTTPConnection):
    pass


class _HTTPSConnection(_Guarded, urllib3.connection.HTTPSConnection):
    pass


class _HTTPPool(urllib3.HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(urllib3.HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


class _Adapter(HTTPAdapter):
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _HTTPPool, "https": _HTTPSPool}


@lru_cache(maxsize=1024)
def origin(url: str) -> str:
    """scheme://host[:port] of a URL, lower case and ASCII, so that it may stand in a header; empty when it is not http(s)."""
    try:
        parts = urlsplit(url)
        if parts.scheme.lower() not in ("http", "https") or not parts.hostname or parts.username:
            return ""
        default = 443 if parts.scheme.lower() == "https" else 80
        port = f":{parts.port}" if parts.port and parts.port != default else ""
        host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname.encode("idna").decode().lower()
    except ValueError:
        return ""
    return f"{parts.scheme.lower()}://{host}{port}" if _HOST.fullmatch(host) else ""


@contextmanager
def _calling(seconds: float, *, private: bool) -> Iterator[Call]:
    call = Call(seconds, private=private)
    token = _call.set(call)
    try:
        yield call
    finally:
        _call.reset(token)
        call.end()


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

    def look(self, url: str, *, max_bytes: int = 512 * 1024, seconds: float = 5.0, trusted: Collection[str] = ()) -> Reply:
        """GET a page that a person named, as anybody would see it: also by plain http, at the usual ports of public addresses only.

        Of a long answer only the first `max_bytes` are read. Metrics don't name the host, which is somebody's evidence.
        Raises HttpFailure as `request` does.
        """
        place = origin(url)
        private = self._development and place in trusted
        if not private and (not place or urlsplit(place).port):
            raise HttpFailure("refused", "not a usual address")
        headers = {"User-Agent": "Mozilla/5.0 (compatible; lti-tool link check)", "Accept": "text/html,*/*;q=0.5"}
        return self._send("GET", url, private=private, label="(a link)", headers=headers, max_bytes=max_bytes, seconds=seconds, cut=True)

    def read(
        self, url: str, *, accept: str, max_bytes: int = 512 * 1024, seconds: float = 8.0, hops: int = 0, trusted: Collection[str] = ()
    ) -> Reply:
        """GET a document at an address that a stranger named: https at the usual port of a public address, and nothing else.

        Up to `hops` redirects are followed, each held to the same rule. Metrics don't name the host.
        Raises HttpFailure as `request` does; `seconds` are for each hop.
        """
        for _ in range(hops + 1):
            private = self._development and origin(url) in trusted
            if not private and (not origin(url).startswith("https://") or urlsplit(url).port not in (None, 443)):
                raise HttpFailure("refused", "not https at the usual port")
            headers = {"User-Agent": "lti-tool badge check", "Accept": accept}
            reply = self._send("GET", url, private=private, label="(a badge)", headers=headers, max_bytes=max_bytes, seconds=seconds)
            if reply.status not in (301, 302, 303, 307, 308) or not reply.headers.get("Location"):
                return reply
            url = urljoin(url, reply.headers["Location"])
        raise HttpFailure("refused", "it leads elsewhere" if not hops else "it leads elsewhere again and again")

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
        private = self._development and origin(url) in trusted
        label = urlsplit(url).hostname or ""
        return self._send(
            method,
            url,
            private=private,
            label=label,
            headers=dict(headers or {}),
            data=data,
            json_body=json_body,
            max_bytes=max_bytes,
            seconds=seconds,
        )

    def _send(self, method: str, url: str, *, private: bool, label: str, seconds: float, **given: Any) -> Reply:
        with _calling(seconds, private=private) as call:
            try:
                reply = self._exchange(method, url, min(_READ, seconds), **given)
                if call.expired:
                    raise requests.Timeout
            except HttpFailure as failure:
                _REQUESTS.labels(label, failure.kind).inc()
                raise
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, UnicodeError, ValueError) as error:
                kind = "unreachable"
                if isinstance(error, requests.Timeout) or call.expired:
                    kind = "timeout"
                elif isinstance(error, PermissionError) or "private address" in str(error):
                    kind = "refused"
                _REQUESTS.labels(label, kind).inc()
                raise HttpFailure(kind, type(error).__name__) from error
        _REQUESTS.labels(label, f"{reply.status // 100}xx").inc()
        return reply

    def _exchange(
        self,
        method: str,
        url: str,
        read_seconds: float,
        *,
        headers: dict[str, str],
        max_bytes: int,
        data: Any = None,
        json_body: Any = None,
        cut: bool = False,
    ) -> Reply:
        with self._session.request(
            method,
            url,
            headers=headers,
            data=data,
            json=json_body,
            timeout=(_CONNECT, read_seconds),
            allow_redirects=False,
            stream=True,
        ) as answer:
            body = bytearray()
            for chunk in answer.iter_content(65536):
                body += chunk
                if len(body) > max_bytes:
                    if cut:
                        del body[max_bytes:]
                        break
                    raise HttpFailure("too_large", f"more than {max_bytes} bytes")
            said = answer.headers.get("Link")
            links = {link["rel"]: link["url"] for link in parse_header_links(said) if "rel" in link} if said else {}
            return Reply(answer.status_code, answer.headers, bytes(body), links, answer.reason or "")
