"""The time that a request to another server may take as a whole, kept by one thread for all of them."""

from __future__ import annotations

import os
import socket
import threading
import time
from contextlib import suppress
from typing import Any


class Call:
    """One request under way: whether it may reach private addresses, and the alarm that cuts its connection when time is up.

    A timeout on the socket is not enough: it starts anew with every byte, and a server may send one now and then for ever.
    """

    def __init__(self, seconds: float, *, private: bool) -> None:
        self.private, self.expired = private, False
        self._sockets: list[socket.socket] = []
        self._lock = threading.Lock()
        _ALARMS.set(self, time.monotonic() + seconds)

    def watch(self, connection: Any) -> None:
        """Cut this connection, too. A duplicate is kept, for TLS takes the socket itself over."""
        twin = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._sockets.append(twin)
            if self.expired:
                self._shut()

    def cut(self) -> None:
        """Time is up."""
        with self._lock:
            self.expired = True
            self._shut()

    def _shut(self) -> None:
        for twin in self._sockets:
            with suppress(OSError):
                twin.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """The request is over."""
        _ALARMS.forget(self)
        with self._lock:
            while self._sockets:
                self._sockets.pop().close()


class _Alarms:
    """Cuts calls whose time is up: one thread for all of them, started when there is one to watch over."""

    def __init__(self) -> None:
        self._begin()
        os.register_at_fork(after_in_child=self._begin)  # a child has no thread but its own

    def _begin(self) -> None:
        self._calls: dict[Call, float] = {}
        self._changed = threading.Condition()
        self._watches = False
        self._looks_at = 0.0

    def set(self, call: Call, at: float) -> None:
        """Cut this call at that time (monotonic)."""
        with self._changed:
            self._calls[call] = at
            if not self._watches:
                self._watches = True
                threading.Thread(target=self._watch, daemon=True, name="http alarms").start()
            elif at < self._looks_at:
                self._changed.notify()

    def forget(self, call: Call) -> None:
        """It is over."""
        with self._changed:
            self._calls.pop(call, None)

    def _watch(self) -> None:
        while True:
            with self._changed:
                now = time.monotonic()
                late = [call for call, at in self._calls.items() if at <= now]
                for call in late:
                    del self._calls[call]
                if not late:
                    self._looks_at = min(self._calls.values(), default=now + _IDLE)
                    self._changed.wait(self._looks_at - now)
            for call in late:
                call.cut()


_IDLE = 60.0
_ALARMS = _Alarms()
