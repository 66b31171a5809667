"""How often one address may knock at the doors that stand open to everybody. Counted in this process; nothing is stored.

A whole district may come from one address, all at the start of a lesson: the figures stop floods, not schools.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, request
from flask_limiter import Limiter

DOORS = {
    "launch.login": "1200 per minute",
    "launch.login_again": "1200 per minute",
    "launch.launch": "1200 per minute",
    "launch.launch_proof": "1200 per minute",
    "launch.notices": "1200 per minute",
    "platforms.register": "60 per minute",
    "platforms.register_now": "20 per minute",
    "platforms.confirm": "20 per minute",
    "badges.page": "300 per minute",
    "badges.credential": "300 per minute",
    "badges.baked": "120 per minute",
    "badges.image_svg": "300 per minute",
    "badges.image_png": "120 per minute",
    "badges.issuer": "300 per minute",
    "badges.did_document": "600 per minute",
    "badges.version": "300 per minute",
    "badges.version_image": "120 per minute",
}
"""Requests of one address (and, for logins, one registration) by endpoint. Past that the answer is 429."""
_LONGEST = 200


def _address() -> str:
    return request.remote_addr or ""


def _address_and_registration() -> str:
    """A login names its registration; one LMS that runs wild does not shut the door to another behind the same address."""
    named = (request.values.get(name, "")[:_LONGEST] for name in ("iss", "client_id"))
    return "|".join((_address(), *named))


def connect(app: Flask) -> None:
    """Put the limits on the endpoints. Raises KeyError where one of them is not there."""
    limiter = Limiter(_address, app=app, storage_uri="memory://", strategy="fixed-window")
    for endpoint, limit in DOORS.items():
        key = _address_and_registration if endpoint.startswith("launch.login") else _address
        limited: Any = limiter.limit(limit, key_func=key)(app.view_functions[endpoint])
        app.view_functions[endpoint] = limited
