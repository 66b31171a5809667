"""Cookies that survive in a frame of another site: Secure, HttpOnly, SameSite=None, Partitioned, `__Host-` (CHIPS).

In development over plain http each has a twin without those attributes, for clients that keep Secure cookies away from http.
"""

from __future__ import annotations

from flask import Request, Response

from lti_tool import tool

_PREFIX = "__Host-"


def _plain_http() -> bool:
    settings = tool.current().settings
    return settings.development and settings.base_url.startswith("http://")


def set_cookie(response: Response, name: str, value: str, *, seconds: int) -> None:
    """Keep `value` for `seconds` in this browser, in this partition."""
    response.set_cookie(_PREFIX + name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="None", partitioned=True)
    if _plain_http():
        response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="Lax")


def get_cookie(request: Request, name: str) -> str | None:
    """The value, if the browser sent it."""
    value = request.cookies.get(_PREFIX + name)
    return request.cookies.get(name) if value is None and _plain_http() else value


def delete_cookie(response: Response, name: str) -> None:
    """Forget it."""
    response.set_cookie(_PREFIX + name, "", max_age=0, path="/", secure=True, httponly=True, samesite="None", partitioned=True)
    if _plain_http():
        response.delete_cookie(name, path="/")


def names_with(request: Request, start: str) -> list[str]:
    """Names (without the host prefix) of the cookies that the browser sent and that begin so, sorted."""
    return sorted({name.removeprefix(_PREFIX) for name in request.cookies if name.removeprefix(_PREFIX).startswith(start)})
