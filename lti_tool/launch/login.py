"""pylti1p3 behind a wall: its login initiation, made to remember what the launch will be held against."""

from __future__ import annotations

from urllib.parse import parse_qsl, urlencode, urlsplit

from flask import Response
from pylti1p3.contrib.flask import FlaskOIDCLogin
from pylti1p3.exception import OIDCException

from lti_tool.launch.adapters import DatabaseToolConf, FrameCookies, LtiRequest, NullSessionService, PlatformRegistration
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.state import STATE_LIFE, LoginState, nonce_of, seal, short_digest
from lti_tool.platforms.models import Registration
from lti_tool.secrets_box import digest, new_secret
from lti_tool.tool import Tool

LAUNCH_PATH = "/lti/launch"
_LONGEST = 4000  # of a parameter that is sent on or stored


def cookie_of(state: str) -> str:
    """Name of the cookie that holds the browser's secret of this login."""
    return "s-" + digest(state)[:16]


class Login(FlaskOIDCLogin):  # type: ignore[misc]
    """Third-party initiated login (1EdTech Security Framework 1.1, 5.1.1): a signed state, one cookie, the platform's address."""

    def __init__(self, request: LtiRequest, here: Tool) -> None:
        super().__init__(request, DatabaseToolConf(here), session_service=NullSessionService(), cookie_service=FrameCookies(request))
        self._here = here
        self.state, self.browser_secret, self.storage_target = "", new_secret(), ""

    @property
    def registration(self) -> Registration:
        """Whose login it is, once the address has been prepared."""
        row: Registration = self._registration.row
        return row

    def with_cookie(self, response: Response) -> Response:
        """The response with the browser's secret on it."""
        self._cookie_service.update_response(response)
        return response

    def validate_oidc_login(self) -> PlatformRegistration:
        """Required parameters are there and name a registration. Raises LaunchRejected(login_*)."""
        for name in ("iss", "login_hint", "target_link_uri"):
            if not self._get_request_param(name):
                raise LaunchRejected("login_incomplete", f"no {name}")
        for name in ("iss", "client_id", "target_link_uri", "lti_deployment_id", "deployment_id", "lti_storage_target"):
            if len(self._get_request_param(name)) > _LONGEST or "\x00" in self._get_request_param(name):
                raise LaunchRejected("login_incomplete", f"{name} is too long or has a NUL")
        try:
            registration: PlatformRegistration = super().validate_oidc_login()
        except OIDCException as error:
            raise LaunchRejected("login_issuer") from error
        return registration

    def _prepare_redirect_url(self, launch_url: str) -> str:
        self._registration = self.validate_oidc_login()
        row = self.registration
        self.storage_target = self._get_request_param("lti_storage_target")[:100]
        named = self._get_request_param("lti_deployment_id") or self._get_request_param("deployment_id")
        self.state = seal(
            self._here.box,
            LoginState(
                row.id,
                self._here.clock() + STATE_LIFE,
                short_digest(self.browser_secret),
                short_digest(self._get_request_param("target_link_uri")),
                short_digest(named),
                self.storage_target,
            ),
        )
        self._cookie_service.set_cookie(cookie_of(self.state), self.browser_secret, int(STATE_LIFE.total_seconds()))
        asked = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": row.client_id,
            "redirect_uri": launch_url,
            "state": self.state,
            "nonce": nonce_of(self._here.box, self.state),
            "login_hint": self._get_request_param("login_hint"),
        }
        if hint := self._get_request_param("lti_message_hint"):
            asked["lti_message_hint"] = hint
        parts = urlsplit(row.auth_url)
        own = [(name, value) for name, value in parse_qsl(parts.query, keep_blank_values=True) if name not in asked]
        return parts._replace(query=urlencode([*own, *asked.items()])).geturl()
