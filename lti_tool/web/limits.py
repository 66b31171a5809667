"""How often one address may knock at the doors that stand open to everybody. Counted in this process; nothing is stored.

A whole district may come from one address, all at the start of a lesson: the figures stop floods, not schools. Of logins and launches
only those that are refused count, for they alone cost somebody nothing and us a row.
"""

from __future__ import annotations

import functools
import threading
from collections import Counter
from typing import Any

from flask import Flask, abort, request

from lti_tool import tool

DOORS = {
    "launch.login": 1200,
    "launch.login_again": 1200,
    "launch.launch": 1200,
    "launch.launch_proof": 1200,
    "platforms.canvas_configuration": 120,
    "launch.notices": 1200,
    "platforms.register": 60,
    "platforms.register_now": 20,
    "platforms.confirm": 20,
    "mail.stop": 300,
    "mail.stop_now": 300,
    "verifying.ask": 300,
    "verifying.check": 20,
    "badges.page": 300,
    "badges.credential": 300,
    "badges.baked": 120,
    "badges.image_svg": 300,
    "badges.image_png": 120,
    "badges.embed": 600,
    "badges.preview": 120,
    "badges.small_png": 300,
    "badges.small_svg": 300,
    "badges.issuer": 300,
    "badges.did_document": 600,
    "badges.version": 300,
    "badges.version_image": 120,
    "badge_files.jwt": 300,
    "badge_files.svg": 120,
    "badge_files.ob2_assertion": 600,
    "badge_files.ob2_png": 120,
    "badge_files.ob2_svg": 120,
    "badge_files.profile": 300,
    "badge_files.ob2_issuer": 600,
    "badge_files.ob2_class": 600,
    "badge_files.logo": 300,
    "badge_files.issuer_keys": 600,
    "badge_files.all_keys": 600,
    "badge_files.key": 600,
    "badge_files.status_list": 600,
    "linked.handed_file": 600,
    "linked.card_page": 300,
    "linked.card_picture": 120,
}
"""Requests a minute of one address (and, for logins, one registration) by endpoint. Past that the answer is 429."""
REFUSED_ONLY = frozenset({"launch.login", "launch.login_again", "launch.launch", "launch.launch_proof"})
"""Doors at which only what is refused counts."""
_LONGEST = 200
_MOST_CALLERS = 100_000


class Minute:
    """Counts callers until the minute is over, then begins anew."""

    def __init__(self) -> None:
        self._number, self._counts, self._lock = 0, Counter[tuple[str, ...]](), threading.Lock()

    def count(self, caller: tuple[str, ...], number: int, more: int = 1) -> int:
        """How often this caller has come in minute `number`, these `more` times included."""
        with self._lock:
            if number != self._number or len(self._counts) >= _MOST_CALLERS:
                self._number = number
                self._counts.clear()
            if more:
                self._counts[caller] += more
            return self._counts[caller]


def connect(app: Flask) -> None:
    """Put the limits on the endpoints. Raises KeyError where one of them is not there."""
    minute = Minute()
    for endpoint, most in DOORS.items():
        app.view_functions[endpoint] = _limited(app.view_functions[endpoint], minute, endpoint, most)


def _limited(view: Any, minute: Minute, endpoint: str, most: int) -> Any:
    # A login names its registration: one LMS that runs wild does not shut the door to another behind the same address.
    names = ("iss", "client_id") if endpoint.startswith("launch.login") else ()
    always = endpoint not in REFUSED_ONLY

    @functools.wraps(view)
    def limited(*args: Any, **kwargs: Any) -> Any:
        named = ((request.args.get(name) or request.form.get(name, ""))[:_LONGEST] for name in names)
        key = str((request.view_args or {}).get("login_key", ""))[:_LONGEST]
        caller = (endpoint, request.remote_addr or "", *named, key)
        number = int(tool.current().clock().timestamp() // 60)
        if minute.count(caller, number, int(always)) + (not always) > most:
            abort(429)
        try:
            return view(*args, **kwargs)
        except Exception:
            minute.count(caller, number, int(not always))
            raise

    return limited
