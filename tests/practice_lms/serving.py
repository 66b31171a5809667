"""Serving apps on loopback, a clock, and a browser without a screen."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin

import requests
from flask import Flask
from werkzeug.serving import BaseWSGIServer, make_server


class Clock:
    """A clock that stands still until a test moves it."""

    def __init__(self) -> None:
        self.reset()

    def __call__(self) -> datetime:
        return self.now

    def reset(self) -> None:
        self.now = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

    def tick(self, seconds: float) -> None:
        self.now += timedelta(seconds=seconds)


class Late:
    """A WSGI app that is decided on after its port is known."""

    app: Flask

    def __call__(self, environ: Any, start: Any) -> Any:
        return self.app(environ, start)


@contextmanager
def serve(host: str) -> Iterator[tuple[Late, str]]:
    """A threaded server on a free port: the place for its app, and its address."""
    late = Late()
    server: BaseWSGIServer = make_server("127.0.0.1", 0, late, threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield late, f"http://{host}:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(5)


class _Reader(HTMLParser):
    """Forms, links and frames of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[dict[str, Any]] = []
        self.marked: list[dict[str, str]] = []
        self.texts: list[tuple[dict[str, str], str]] = []
        self._open: list[tuple[str, dict[str, str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs} | {"tag": tag}
        if "data-test" in given:
            self.marked.append(given)
            self._open.append((tag, given))
        if tag == "form":
            self.forms.append({**given, "fields": {}, "boxes": []})
        elif tag == "input" and self.forms and "name" in given:
            if given.get("type") == "checkbox":
                if "checked" in given:
                    self.forms[-1]["boxes"].append((given["name"], given["value"]))
            else:
                self.forms[-1]["fields"][given["name"]] = given.get("value", "")

    def handle_data(self, data: str) -> None:
        for _, given in self._open:
            self.texts.append((given, data))

    def handle_endtag(self, tag: str) -> None:
        if self._open and self._open[-1][0] == tag:
            self._open.pop()


class Page:
    """An answer, read."""

    def __init__(self, answer: requests.Response) -> None:
        self.answer, self.status, self.url = answer, answer.status_code, answer.url
        self.reader = _Reader()
        self.reader.feed(answer.text)

    def all(self, mark: str) -> list[dict[str, str]]:
        return [given for given in self.reader.marked if given["data-test"] == mark]

    def one(self, mark: str) -> dict[str, str]:
        found = self.all(mark)
        assert found, f"no {mark} on {self.url} ({self.status}): {self.answer.text[:600]}"
        return found[0]

    def texts(self, mark: str) -> list[str]:
        return [text.strip() for given, text in self.reader.texts if given["data-test"] == mark and text.strip()]

    def form(self, mark: str) -> dict[str, Any]:
        return next(form for form in self.reader.forms if form.get("data-test") == mark)


class Walker:
    """A person at a browser: follows links and frames, posts forms."""

    def __init__(self, base: str) -> None:
        self.base = base
        self.session = requests.Session()

    def get(self, url: str) -> Page:
        return Page(self.session.get(urljoin(self.base, url), timeout=10))

    def post(self, url: str, fields: Any) -> Page:
        return Page(self.session.post(urljoin(self.base, url), data=fields, timeout=10))

    def be(self, face: str, person: str) -> None:
        assert self.post(f"/{face}/switch", {"person": person}).status == 200

    def follow(self, page: Page, mark: str) -> Page:
        found = page.one(mark)
        return self.get(urljoin(page.url, found.get("href") or found["src"]))

    def submit(self, page: Page, mark: str, **changes: str) -> Page:
        form = page.form(mark)
        fields = [*form["fields"].items(), *form["boxes"]]
        fields = [(name, changes.pop(name, value)) for name, value in fields] + list(changes.items())
        return self.post(urljoin(page.url, form.get("action") or page.url), fields)

    def launch(self, page: Page) -> Page:
        """From a page with the tool's frame through login and authentication to what the tool shows."""
        login = self.submit(self.follow(page, "tool-frame"), "oidc-login-form")
        for mark in ("oidc-response-form", "oidc-error-form"):
            if login.all(mark):
                return self.submit(login, mark)
        return login
