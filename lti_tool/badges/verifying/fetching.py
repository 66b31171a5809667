"""Documents that a badge names, one visit's worth: bounded in number and size, each asked for once, all through `lti_tool.http`.

What stands at our own address is read as anybody would get it, but without the network: behind a school's firewall a server may
not reach itself by its public name.
"""

from __future__ import annotations

import contextvars
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import unquote, urlsplit, urlunsplit

from lti_tool.badges.verifying.findings import Unreadable
from lti_tool.badges.verifying.reading import parse
from lti_tool.http import HttpFailure, Reply
from lti_tool.language import _

_MOST_VISITS: Final = 10
_MOST_LIST: Final = 1 << 20
_DOCUMENTS: Final = "application/vc+ld+json, application/ld+json, application/did+json, application/json, text/plain;q=0.8, */*;q=0.1"
_BADGES: Final = "application/vc+ld+json, application/ld+json, application/json, text/plain;q=0.9, image/png;q=0.8, image/svg+xml;q=0.7"

Ask = Callable[..., Reply]
"""`http.HttpClient.read`, or what stands for it in a test."""
Own = Callable[[str], Reply | None]
"""What our own server says at an address; None if the address is not ours."""


class NotReached(Exception):
    """A document could not be had. `words` say why, for people; `host` is where it should have been."""

    def __init__(self, host: str, words: str) -> None:
        super().__init__(f"{host}: {words}")
        self.host, self.words = host, words


def _words(failure: HttpFailure) -> str:
    return {
        "refused": _("its address is not one of the open internet (only https is taken, and no redirects to elsewhere)"),
        "timeout": _("it did not answer in time"),
        "too_large": _("it sent far more than a badge needs"),
    }.get(failure.kind, "nobody answers there")


@dataclass
class Visit:
    """All requests that one check makes. `own` answers for our own address."""

    ask: Ask
    own: Own
    _had: dict[str, Reply] = field(default_factory=dict)

    def badge(self, url: str) -> bytes:
        """What stands at an address that a person gave: a document or a picture. Redirects are followed. Raises NotReached, Unreadable."""
        reply = self._reply(url, hops=3, accept=_BADGES)
        if reply.status in (401, 403, 404, 410):
            raise Unreadable(
                _("There is no badge at this address"),
                _("Either it never was there, or its owner does not show it (any more). Ask them for the badge’s file and choose it here."),
            )
        if reply.status != 200:
            raise NotReached(host(url), _("it answered with an error (%(status)s)", status=reply.status))
        return reply.body

    def text(self, url: str, *, gone: bool = False) -> str:
        """A document that the badge names, exactly there. `gone`: one that is answered with 410 counts, too. Raises NotReached."""
        reply = self._reply(url, hops=0, accept=_DOCUMENTS)
        if reply.status != 200 and not (gone and reply.status == 410):
            raise NotReached(host(url), _("it answered with an error (%(status)s)", status=reply.status))
        try:
            return reply.body.decode("utf-8-sig").strip()
        except UnicodeDecodeError as error:
            raise NotReached(host(url), _("what it sent is no document")) from error

    def json(self, url: str, *, gone: bool = False) -> dict[str, Any]:
        """The same as a JSON object. Raises NotReached."""
        text = self.text(url, gone=gone)
        try:
            return parse(text)
        except Unreadable as error:
            raise NotReached(host(url), _("what it sent is no sound document")) from error

    def _reply(self, url: str, *, hops: int, accept: str) -> Reply:
        try:
            place = urlunsplit((*urlsplit(url)[:4], ""))
        except ValueError as error:
            raise NotReached(host(url), _("that is no address")) from error
        if place not in self._had:
            if len(self._had) >= _MOST_VISITS:
                raise NotReached(host(url), _("the badge names too many addresses"))
            self._had[place] = self._get(place, hops, accept)
        return self._had[place]

    def _get(self, url: str, hops: int, accept: str) -> Reply:
        if (ours := self.own(url)) is not None:
            return ours
        try:
            return self.ask(url, accept=accept, max_bytes=_MOST_LIST, hops=hops)
        except HttpFailure as failure:
            raise NotReached(host(url), _words(failure)) from failure


def host(url: str) -> str:
    """The host that an address names, in words where it names none."""
    try:
        return urlsplit(url).hostname or _("an address without a name")
    except ValueError:
        return _("an address that can’t be read")


def own_documents(wsgi: Callable[..., Any], base_url: str, *, remote_addr: str) -> Own:
    """An `Own` that asks our own application, in a context of its own so that the request under way is not touched."""
    from werkzeug.test import Client
    from werkzeug.wrappers import Response

    ours = urlsplit(base_url)

    def own(url: str) -> Reply | None:
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.netloc.lower() != ours.netloc.lower():
            return None
        path = unquote(parts.path)
        if path.startswith("/s/") or path.rstrip("/").endswith("/badges/verify"):
            return Reply(404, {}, b"", {})

        def ask() -> Response:
            headers = {"Accept": _DOCUMENTS}
            return Client(wsgi).get(path, base_url=base_url, headers=headers, environ_overrides={"REMOTE_ADDR": remote_addr})

        answer = contextvars.Context().run(ask)
        return Reply(answer.status_code, dict(answer.headers), answer.get_data(), {})

    return own


def tell(document: Mapping[str, Any]) -> str:
    """A document as text again, for libraries that read text."""
    return json.dumps(document, ensure_ascii=False)
