"""The door: login initiation and launch. What comes in is signed by a platform, what goes out leads to a normal page."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, g, make_response, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.http import origin
from lti_tool.launch.adapters import LtiRequest
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.service import open_launch
from lti_tool.launch.wall import LAUNCH_PATH, Login, cookie_of
from lti_tool.web import cookies, frames

bp = Blueprint("launch", __name__, url_prefix="/lti")

_MOST_BYTES = 256 * 1024


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
    """A platform asks us to begin (OpenID Connect third-party initiated login). Sends the browser to the platform's sign-on."""
    here = tool.current()
    begun = Login(LtiRequest(request, query=True), here)
    there = begun.get_redirect_object(here.settings.base_url + LAUNCH_PATH)
    keeps_cookies = bool(cookies.names_with(request, "s-") or cookies.names_with(request, "f-"))
    if not begun.storage_target or keeps_cookies:
        answer: Response = there.do_redirect()
        return answer
    page = render_template(
        "launch/store.html",
        continue_url=there.get_redirect_url(),
        storage_target=begun.storage_target,
        storage_origin=origin(begun.registration.auth_url),
        key=cookie_of(begun.state),
        value=begun.browser_secret,
    )
    response = make_response(page)
    begun._cookie_service.update_response(response)
    return response


@bp.post("/launch")
def launch() -> AnyResponse:
    """The platform's message, carried here by the browser."""
    return _open(proof="")


@bp.post("/launch/proof")
def launch_proof() -> AnyResponse:
    """The same message again, now with the secret that the LMS kept for a browser without cookies."""
    return _open(proof=request.form.get("proof", "")[:200] or "-")


def _open(proof: str) -> AnyResponse:
    found, opened = open_launch(tool.current(), request, proof)
    if opened is None:
        assert found.row is not None  # noqa: S101
        page = render_template(
            "launch/prove.html",
            id_token=request.form.get("id_token", ""),
            state=request.form["state"],
            storage_target=found.row.storage_target,
            storage_origin=origin(found.registration.auth_url),
            key=cookie_of(request.form["state"]),
            problem=LaunchRejected("browser").problem(),
        )
        return make_response(page)
    response = frames.enter(opened, with_cookie=found.by_cookie)
    cookies.delete_cookie(response, cookie_of(request.form["state"]))
    return response
