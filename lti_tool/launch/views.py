"""The door: login initiation and launch. What comes in is signed by a platform, what goes out leads to a normal page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, Response, abort, current_app, g, make_response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.launch.adapters import LtiRequest
from lti_tool.launch.login import LAUNCH_PATH, Login, cookie_of, storage_origin
from lti_tool.launch.notices import take_in
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.service import open_launch
from lti_tool.platforms import vendors
from lti_tool.platforms.models import Registration
from lti_tool.web import cookies, frames

log = structlog.get_logger()

bp = Blueprint("launch", __name__, url_prefix="/lti")

_MOST_BYTES = 256 * 1024
_PROBE = "keeps-cookies"
_PROBE_SECONDS = 30 * 24 * 3600
_LOGIN = ("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id", "deployment_id", "window")


@bp.before_request
def before() -> None:
    """Bound the size; until we know whose login it is, let the pages of the door show in any LMS's frame: they hold words, and ways on."""
    request.max_content_length = request.max_form_memory_size = _MOST_BYTES
    g.frame_ancestors = ("https:", "http:") if tool.current().settings.development else ("https:",)


def _narrow(registration: Registration) -> None:
    """Let only this LMS show the page, where its registration says where it stands."""
    g.frame_ancestors = tuple(vendors.frame_ancestors_of_login(registration)) or g.frame_ancestors


@bp.errorhandler(LaunchRejected)
def refused(error: LaunchRejected) -> AnyResponse:
    """A refusal in words."""
    if error.registration is not None:
        _narrow(error.registration)
    return current_app.make_response(current_app.handle_user_exception(error.problem()))


@bp.route("/login", methods=["GET", "POST"], defaults={"login_key": ""})
@bp.route("/login/<login_key>", methods=["GET", "POST"])
def login(login_key: str) -> AnyResponse:
    """A platform asks us to begin (OpenID Connect third-party initiated login). Sends the browser to the platform's sign-on.

    An LMS that shares issuer and client id with another begins at an address of its own.
    A browser of which we do not know yet whether it keeps cookies here, and whose LMS offers no storage, goes round once to see.
    """
    asked = LtiRequest(request, query=True)
    begun = Login(asked, tool.current(), login_key)
    if begun.storage_target or _keeps_cookies() or not _shows_pages():
        return _begin(begun)
    begun.validate_oidc_login()
    answer = redirect(_address("launch.login_again", asked), 303)
    cookies.set_cookie(answer, _PROBE, "1", seconds=_PROBE_SECONDS)  # type: ignore[arg-type]
    return answer


@bp.get("/login/again", defaults={"login_key": ""})
@bp.get("/login/<login_key>/again")
def login_again(login_key: str) -> AnyResponse:
    """The browser came back: with the cookie we go on; without, the activity needs a window of its own. The LMS's hint is unused yet."""
    asked = LtiRequest(request, query=True)
    if _keeps_cookies():
        return _begin(Login(asked, tool.current(), login_key))
    if asked.get_param("window"):
        return _begin_beside(asked, login_key)
    _narrow(Login(asked, tool.current(), login_key).validate_oidc_login().row)
    return make_response(render_template("launch/new_window.html", login_url=_address("launch.login", asked, window=1)))


def _keeps_cookies() -> bool:
    return any(cookies.names_with(request, start) for start in (_PROBE, "s-", "f-"))


def _shows_pages() -> bool:
    """Whether somebody looks at it: every browser asks for HTML where it goes to a page."""
    return "text/html" in request.headers.get("Accept", "")


def _passed_on(asked: LtiRequest) -> dict[str, Any]:
    return {name: value for name in _LOGIN if (value := asked.get_param(name))}


def _address(endpoint: str, asked: LtiRequest, **more: Any) -> str:
    """An address of this door, with what the LMS asked for."""
    return url_for(endpoint, login_key=(request.view_args or {}).get("login_key", ""), **{**_passed_on(asked), **more})


def _begin(begun: Login) -> AnyResponse:
    """On to the sign-on; by way of a page that leaves the browser's secret with the LMS, where we may need it."""
    there = begun.get_redirect_object(_launch_url())
    if not begun.storage_target or _keeps_cookies():
        return begun.with_cookie(Response(status=302, headers={"Location": there.get_redirect_url()}))
    asked = LtiRequest(request, query=True)
    page = _store("launch/store.html", begun, there.get_redirect_url(), otherwise=_address("launch.login_again", asked))
    return begun.with_cookie(make_response(page))


def _begin_beside(asked: LtiRequest, login_key: str) -> AnyResponse:
    """In a window of our own that keeps no cookie either: the page of ours that opened it may keep the secret. If none did, words."""
    begun = Login(asked, tool.current(), login_key, own_page=True)
    there = begun.get_redirect_object(_launch_url())
    ours = urlsplit(tool.current().settings.base_url).hostname
    again = _address("launch.login", asked)
    return make_response(_store("launch/blocked.html", begun, there.get_redirect_url(), again_url=again, site=ours))


def _launch_url() -> str:
    return tool.current().settings.base_url + LAUNCH_PATH


def _store(template: str, begun: Login, continue_url: str, **more: Any) -> str:
    _narrow(begun.registration)
    return render_template(
        template,
        continue_url=continue_url,
        storage_target=begun.storage_target,
        storage_origin=storage_origin(begun.storage_target, begun.registration, tool.current()),
        key=cookie_of(begun.state),
        value=begun.browser_secret,
        **more,
    )


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
    """The same message again, now with the secret that was kept for a browser without cookies."""
    return _open(proof=request.form.get("proof", "")[:200] or "-")


def _open(proof: str) -> AnyResponse:
    found, opened = open_launch(tool.current(), request, proof)
    if opened is None:
        assert found.state is not None  # noqa: S101
        _narrow(found.registration)
        page = render_template(
            "launch/prove.html",
            id_token=request.form.get("id_token", ""),
            state=request.form["state"],
            storage_target=found.state.storage_target,
            storage_origin=storage_origin(found.state.storage_target, found.registration, tool.current()),
            key=cookie_of(request.form["state"]),
            problem=LaunchRejected("browser").problem(),
        )
        return make_response(page)
    response = frames.enter(opened, with_cookie=found.by_cookie)
    cookies.delete_cookie(response, cookie_of(request.form["state"]))
    return response
