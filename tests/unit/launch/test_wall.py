"""The wall stands on names of pylti1p3: a later version that renames one would silently take a check away."""

from __future__ import annotations

import pytest
from pylti1p3.contrib.flask import FlaskMessageLaunch, FlaskOIDCLogin
from pylti1p3.cookie import CookieService
from pylti1p3.registration import Registration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfAbstract

from lti_tool.launch import adapters, login, wall

OURS = {
    wall.Launch: {"deployment", "needs_proof", "load_state", "burn", "allowed", "placement", "takes_columns", "wanted"},
    login.Login: {"registration", "with_cookie"},
    adapters.DatabaseToolConf: set(),
    adapters.PlatformRegistration: {"sign_with"},
    adapters.LtiRequest: {"get_cookie"},
    adapters.FrameCookies: {"update_response"},
    adapters.NullSessionService: set(),
}
THEIRS = {
    wall.Launch: FlaskMessageLaunch,
    login.Login: FlaskOIDCLogin,
    adapters.DatabaseToolConf: ToolConfAbstract,
    adapters.PlatformRegistration: Registration,
    adapters.LtiRequest: Request,
    adapters.FrameCookies: CookieService,
    adapters.NullSessionService: SessionService,
}
CHECKS = (
    "validate_state",
    "validate_jwt_format",
    "validate_nonce",
    "validate_registration",
    "validate_jwt_signature",
    "validate_deployment",
    "validate_message",
    "save_launch_data",
    "get_client_id",
)


@pytest.mark.parametrize("ours", THEIRS, ids=lambda ours: ours.__name__)
def test_what_we_override_exists_upstream(ours: type) -> None:
    overrides = {name for name in vars(ours) if callable(getattr(ours, name)) or isinstance(vars(ours)[name], property)}
    overrides = {name for name in overrides if not name.startswith("__")} - OURS[ours]
    private = {"_cookie", "state_text", "visit_id", "_takes_new", "_heed_refusal", "_copy_of"}
    missing = {name for name in overrides - private if not hasattr(THEIRS[ours], name)}
    assert missing == set()


@pytest.mark.parametrize("name", CHECKS)
def test_every_check_of_a_launch_is_ours(name: str) -> None:
    assert name in vars(wall.Launch)
    assert getattr(wall.Launch, name) is not getattr(FlaskMessageLaunch, name)


def test_the_login_prepares_the_whole_address() -> None:
    assert "_prepare_redirect_url" in vars(login.Login)
    assert hasattr(FlaskOIDCLogin, "_prepare_redirect_url")
