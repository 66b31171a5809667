"""What one login and one launch ask of the database, and which part of the code the time goes to. In this process, without gunicorn."""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from flask import Flask
from lms import PEOPLE, Lms
from sqlalchemy import event
from sqlalchemy.orm import Session

from lti_tool.database import Database
from lti_tool.launch import haste
from lti_tool.launch.login import Login
from lti_tool.launch.wall import Launch
from lti_tool.platforms.keysets import PlatformKeySets
from lti_tool.tool import Tool


class Flow:
    """The two steps on the application itself, so that each can be looked at alone."""

    def __init__(self, app: Flask, lms: Lms) -> None:
        self._client, self._lms = app.test_client(use_cookies=False), lms

    def login(self) -> tuple[dict[str, str], str]:
        """Returns the form to post and the cookies to send with it."""
        answer = self._client.post("/lti/login", data=self._lms.login())
        asked = {name: values[0] for name, values in parse_qs(urlsplit(answer.headers["Location"]).query).items()}
        cookies = "; ".join(value.split(";", 1)[0] for value in answer.headers.getlist("Set-Cookie"))
        return {"state": asked["state"], "id_token": self._lms.token(asked["nonce"])}, cookies

    def launch(self, form: dict[str, str], cookies: str) -> None:
        """Raises SystemExit unless the launch is let in."""
        answer = self._client.post("/lti/launch", data=form, headers={"Cookie": cookies})
        if answer.status_code != 303:
            raise SystemExit(f"launch answered {answer.status_code}")


class _Told:
    """A cursor that tells which statements it is given."""

    def __init__(self, cursor: Any, tell: Callable[[str], None]) -> None:
        self._cursor, self._tell = cursor, tell

    def execute(self, words: str, values: Any) -> Any:
        """Run it."""
        self._tell(words)
        return self._cursor.execute(words, values)


@contextmanager
def _noted(database: Database) -> Iterator[list[str]]:
    """What goes to the database inside: statements by their first words, and the round trips around them."""
    notes: list[str] = []
    engine, driver = database.engine, database.driver
    ping = engine.dialect.do_ping

    def pinged(connection: Any) -> bool:
        notes.append("ping")
        return ping(connection)

    def statement(_connection: Any, _cursor: Any, text: str, *_rest: Any) -> None:
        words = text.split()
        place = {"INSERT": 2, "UPDATE": 1}.get(words[0])
        notes.append(f"{words[0]} {words[place]}" if place else f"SELECT {words[words.index('FROM') + 1]}" if "FROM" in words else words[0])

    @contextmanager
    def driven() -> Iterator[Any]:
        with driver() as cursor:
            yield _Told(cursor, lambda text: statement(None, None, text))

    def around(connection: Any, word: str) -> None:
        if not getattr(connection.connection.dbapi_connection, "autocommit", False):
            notes.append(word)

    listeners: list[tuple[str, Callable[..., None]]] = [
        ("before_cursor_execute", statement),
        ("begin", lambda connection: around(connection, "BEGIN")),
        ("commit", lambda connection: around(connection, "COMMIT")),
        ("rollback", lambda connection: around(connection, "ROLLBACK")),
    ]
    engine.dialect.do_ping = pinged  # type: ignore[method-assign]
    database.driver = driven  # type: ignore[method-assign]
    for name, listener in listeners:
        event.listen(engine, name, listener)
    try:
        yield notes
    finally:
        del engine.dialect.do_ping, database.driver
        for name, listener in listeners:
            event.remove(engine, name, listener)


def meet(flow: Flow) -> None:
    """Let everybody open their link once: what is looked at is a launch of somebody known."""
    for _ in range(PEOPLE):
        flow.launch(*flow.login())


def asked(here: Tool, flow: Flow) -> dict[str, list[str]]:
    """Everything that one login and one launch of people known before send to the database, in order."""
    flow.launch(*flow.login())
    found = {}
    with _noted(here.database) as notes:
        step = flow.login()
        found["login"] = notes.copy()
        notes.clear()
        flow.launch(*step)
        found["launch"] = notes.copy()
    return found


class _Watch:
    """Adds up the CPU time that calls take for themselves, without the watched calls inside them."""

    def __init__(self) -> None:
        self.seconds: Counter[str] = Counter()
        self._inside = [0.0]
        self._undo: list[Callable[[], None]] = []

    def watch(self, owner: Any, name: str, label: str) -> None:
        """Wrap a function where it is kept."""
        original, own = getattr(owner, name), name in vars(owner)

        @functools.wraps(original)
        def timed(*args: Any, **kwargs: Any) -> Any:
            self._inside.append(0.0)
            begun = time.thread_time()
            try:
                return original(*args, **kwargs)
            finally:
                took = time.thread_time() - begun
                self.seconds[label] += took - self._inside.pop()
                self._inside[-1] += took

        setattr(owner, name, timed)
        self._undo.append(lambda: setattr(owner, name, original) if own else delattr(owner, name))

    def stop(self) -> None:
        """Unwrap everything."""
        for undo in reversed(self._undo):
            undo()


def breakdown(here: Tool, app: Flask, lms: Lms, times: int) -> list[tuple[str, float]]:
    """CPU milliseconds of this process for one flow of people met before, by part, largest first; the LMS's own signing is left out."""
    flow, watch, dialect = Flow(app, lms), _Watch(), here.database.engine.dialect
    for name, label in (
        ("do_execute", "database: statements"),
        ("do_commit", "database: commit"),
        ("do_rollback", "database: rollback"),
        ("do_ping", "database: is the connection alive"),
    ):
        watch.watch(dialect, name, label)
    watch.watch(Session, "execute", "SQLAlchemy: building statements, reading rows")
    watch.watch(Session, "flush", "SQLAlchemy: building statements, reading rows")
    watch.watch(Session, "close", "SQLAlchemy: sessions and connections")
    watch.watch(jwt, "decode", "PyJWT: decoding and verifying")
    watch.watch(PlatformKeySets, "key", "the platform's key")
    watch.watch(Launch, "validate_message", "reading the claims")
    watch.watch(Launch, "save_launch_data", "taking in: person, course, link, membership, frame")
    watch.watch(Launch, "validate", "the other checks")
    watch.watch(Login, "_prepare_redirect_url", "login: state, address, cookie")
    watch.watch(lms, "token", "(signing by the LMS)")
    watch.watch(haste, "opened", "the one statement of a launch that says nothing new")
    watch.watch(app, "wsgi_app", "Flask: request, response, headers")
    watch.watch(flow, "login", "(the test client)")
    watch.watch(flow, "launch", "(the test client)")
    try:
        for _ in range(times):
            flow.launch(*flow.login())
    finally:
        watch.stop()
    return [(label, 1000 * took / times) for label, took in watch.seconds.most_common() if not label.startswith("(")]
