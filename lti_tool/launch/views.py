"""The door: login initiation and launch. What comes in is signed by a platform, what goes out leads to a normal page."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Blueprint, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.http import origin
from lti_tool.launch.adapters import LtiRequest
from lti_tool.launch.login import LAUNCH_PATH, Login, cookie_of
from lti_tool.launch.notices import take_in
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.service import open_launch
from lti_tool.web import cookies, frames

log = structlog.get_logger()

bp = Blueprint("launch", __name__, url_prefix="/lti")

_MOST_BYTES = 256 * 1024
_PROBE = "keeps-cookies"
_PROBE_SECONDS = 30 * 24 * 3600
_LOGIN = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id", "deployment_id")


@bp.before_request
def before() -> None:
    """Bound the size; let the pages of the door show in any LMS's frame, for they hold nothing that a click could give away."""
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    g.frame_ancestors = ("https:", "http:") if tool.current().settings.development else ("https:",)


@bp.errorhandler(LaunchRejected)
def refused(error: LaunchRejected) -> AnyResponse:
    """A refusal in words."""
    return current_app.make_response(current_app.handle_user_exception(error.problem()))


@bp.route("/login", methods=["GET", "POST"])
def login() -> AnyResponse:
    """A platform asks us to begin (OpenID Connect third-party initiated login). Sends the browser to the platform's sign-on.

    In a frame, where we do not know yet whether this browser keeps cookies and its LMS offers no storage, it goes round once to see.
    """
    asked = LtiRequest(request, query=True)
    begun = Login(asked, tool.current())
    embedded = request.headers.get("Sec-Fetch-Dest") in ("iframe", "frame")
    if not embedded or asked.get_param("lti_storage_target") or _keeps_cookies():
        return _begin(begun)
    begun.validate_oidc_login()
    answer = redirect(url_for("launch.login_again", **_passed_on(asked)), 303)
    cookies.set_cookie(answer, _PROBE, "1", seconds=_PROBE_SECONDS)  # type: ignore[arg-type]
    return answer


@bp.get("/login/again")
def login_again() -> AnyResponse:
    """The browser came back: with the cookie we go on; without, the activity needs a window of its own. The LMS's hint is unused yet."""
    asked = LtiRequest(request, query=True)
    if _keeps_cookies():
        return _begin(Login(asked, tool.current()))
    return make_response(render_template("launch/new_window.html", login_url=url_for("launch.login", **_passed_on(asked))))


def _keeps_cookies() -> bool:
    return any(cookies.names_with(request, start) for start in (_PROBE, "s-", "f-"))


def _passed_on(asked: LtiRequest) -> dict[str, Any]:
    return {name: value for name in _LOGIN if (value := asked.get_param(name))}


def _begin(begun: Login) -> AnyResponse:
    there = begun.get_redirect_object(tool.current().settings.base_url + LAUNCH_PATH)
    if not begun.storage_target or _keeps_cookies():
        straight_on: AnyResponse = there.do_redirect()
        return straight_on
    page = render_template(
        "launch/store.html",
        continue_url=there.get_redirect_url(),
        storage_target=begun.storage_target,
        storage_origin=origin(begun.registration.auth_url),
        key=cookie_of(begun.state),
        value=begun.browser_secret,
    )
    return begun.with_cookie(make_response(page))


@bp.post("/launch")
def launch() -> AnyResponse:
    """The platform's message, carried here by the browser."""
    return _open(proof="")


@bp.post("/notices")
def notices() -> AnyResponse:
    """The platform itself tells of a copied course (Platform Notification Service 1.0, 3.3): JSON, proved by its signature."""
    if not request.is_json:
        abort(415)
    try:
        taken = take_in(tool.current(), request.get_data())
    except LaunchRejected as error:
        problem = error.problem()
        log.info("refused", code=problem.code, status=problem.status, detail=problem.detail, path=request.path)
        return make_response({"error": error.code}, problem.status)
    return make_response({"taken": taken})


@bp.post("/launch/proof")
def launch_proof() -> AnyResponse:
    """The same message again, now with the secret that the LMS kept for a browser without cookies."""
    return _open(proof=request.form.get("proof", "")[:200] or "-")


def _open(proof: str) -> AnyResponse:
    found, opened = open_launch(tool.current(), request, proof)
    if opened is None:
        assert found.state is not None  # noqa: S101
        page = render_template(
            "launch/prove.html",
            id_token=request.form.get("id_token", ""),
            state=request.form["state"],
            storage_target=found.state.storage_target,
            storage_origin=origin(found.registration.auth_url),
            key=cookie_of(request.form["state"]),
            problem=LaunchRejected("browser").problem(),
        )
        return make_response(page)
    response = frames.enter(opened, with_cookie=found.by_cookie)
    cookies.delete_cookie(response, cookie_of(request.form["state"]))
    return response
