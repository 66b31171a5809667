"""The small parts that pylti1p3 asks for: registrations from our tables, a request of either method, cookies that survive in a frame."""

from __future__ import annotations

from typing import Any

from flask import Request as FlaskRequest
from flask import Response
from pylti1p3.cookie import CookieService
from pylti1p3.deployment import Deployment as LtiDeployment
from pylti1p3.registration import Registration as LtiRegistration
from pylti1p3.request import Request
from pylti1p3.session import SessionService
from pylti1p3.tool_config import ToolConfAbstract

from lti_tool.launch.rejected import LaunchRejected
from lti_tool.platforms import keys, registry
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from lti_tool.web import cookies


class PlatformRegistration(LtiRegistration):  # type: ignore[misc]
    """pylti1p3's view of a registration. Made for one request, for the library writes into it."""

    def __init__(self, row: Registration) -> None:
        self.row = row
        self._kid: str | None = None
        self.set_issuer(row.issuer).set_client_id(row.client_id).set_auth_login_url(row.auth_url)
        self.set_auth_token_url(row.token_url).set_auth_audience(row.token_audience).set_key_set_url(row.jwks_url)

    def sign_with(self, pair: keys.SigningPair) -> PlatformRegistration:
        """Set what signs our messages: a key object, parsed once per process."""
        self._tool_private_key, self._kid = pair.private_key, pair.kid
        return self

    def get_kid(self) -> str | None:
        """RFC 7638 thumbprint of the signing key."""
        return self._kid


def pylti_registration(here: Tool, row: Registration) -> PlatformRegistration:
    """The registration with our signing pair set, for deep linking responses and service calls."""
    return PlatformRegistration(row).sign_with(keys.signing_pair(here))


class DatabaseToolConf(ToolConfAbstract):  # type: ignore[misc]
    """Registrations and deployments as the database has them. Always asked with issuer and client id."""

    def __init__(self, here: Tool, row: Registration | None = None) -> None:
        self._here, self._row = here, row
        self.deployment: Deployment | None = None

    def check_iss_has_one_client(self, iss: str) -> bool:
        """Never: hosted Canvas has one issuer for every customer."""
        del iss
        return False

    def check_iss_has_many_clients(self, iss: str) -> bool:
        """Always."""
        del iss
        return True

    def find_registration_by_issuer(self, iss: str, *args: Any, **kwargs: Any) -> None:
        """Never asked, for an issuer alone says nothing."""
        del iss, args, kwargs

    def find_registration_by_params(self, iss: str, client_id: str, *args: Any, **kwargs: Any) -> PlatformRegistration | None:
        """The active registration. Without a client id only where the issuer has just one.

        Raises LaunchRejected(login_ambiguous, login_not_active).
        """
        del args, kwargs
        if self._row is not None:
            return PlatformRegistration(self._row) if (self._row.issuer, self._row.client_id) == (iss, client_id) else None
        rows = registry.by_client(self._here, iss, client_id)
        active = [row for row in rows if row.state == "active"]
        if len(active) > 1:
            raise LaunchRejected("login_ambiguous")
        if rows and not active:
            raise LaunchRejected("login_not_active", f"registration {rows[0].id}")
        return PlatformRegistration(active[0]) if active else None

    def find_deployment(self, iss: str, deployment_id: str) -> None:
        """Never asked."""
        del iss, deployment_id

    def find_deployment_by_params(self, iss: str, deployment_id: str, client_id: str, *args: Any, **kwargs: Any) -> LtiDeployment | None:
        """The deployment, if we know it; kept in `deployment`."""
        del iss, client_id, args, kwargs
        assert self._row is not None  # noqa: S101 - only launches ask, and they know their registration
        self.deployment = registry.deployment(self._here, self._row.id, deployment_id)
        return LtiDeployment().set_deployment_id(deployment_id) if self.deployment else None


class LtiRequest(Request):  # type: ignore[misc]
    """One request: parameters of the form, and for a login of the query too. A parameter given twice is refused."""

    def __init__(self, request: FlaskRequest, *, query: bool) -> None:
        super().__init__()
        self._request = request
        self._sources = (request.form, request.args) if query else (request.form,)

    @property
    def session(self) -> dict[str, Any]:
        """There is none."""
        return {}

    def is_secure(self) -> bool:
        """Whether the browser came by https."""
        return self._request.is_secure

    def get_param(self, key: str) -> str:
        """The value, or empty. Raises LaunchRejected(token_format) when it is there twice."""
        for source in self._sources:
            values = source.getlist(key)
            if len(values) > 1:
                raise LaunchRejected("token_format", f"{key[:40]} is given {len(values)} times")
            if values:
                return values[0]
        return ""

    def get_cookie(self, key: str) -> str | None:
        """The value of our cookie of that name."""
        return cookies.get_cookie(self._request, key)


class FrameCookies(CookieService):  # type: ignore[misc]
    """pylti1p3's cookies through ours: Secure, SameSite=None, Partitioned."""

    def __init__(self, request: LtiRequest) -> None:
        self._request = request
        self._waiting: dict[str, tuple[str, int]] = {}

    def get_cookie(self, name: str) -> str | None:
        """The value that the browser sent."""
        return self._request.get_cookie(name)

    def set_cookie(self, name: str, value: str | int, exp: int | None = 3600) -> None:
        """Keep for the response."""
        self._waiting[name] = (str(value), exp or 3600)

    def update_response(self, response: Response) -> None:
        """Put what waits on the response."""
        for name, (value, seconds) in self._waiting.items():
            cookies.set_cookie(response, name, value, seconds=seconds)


class NullSessionService(SessionService):  # type: ignore[misc]
    """pylti1p3's session store, of which we use nothing: states travel with the browser, facts live in our tables."""

    def __init__(self) -> None:
        """Without the library's storage in a cookie."""

    def get_launch_data(self, key: str) -> None:
        """Nothing is kept."""
        del key

    def save_launch_data(self, key: str, jwt_body: Any) -> None:
        """Nothing is kept."""

    def save_nonce(self, nonce: str) -> None:
        """Nothing is kept."""

    def check_nonce(self, nonce: str) -> bool:
        """Never valid here."""
        del nonce
        return False

    def save_state_params(self, state: str, params: Any) -> None:
        """Nothing is kept."""

    def get_state_params(self, state: str) -> None:
        """Nothing is kept."""
        del state

    def set_state_valid(self, state: str, id_token_hash: str) -> None:
        """Nothing is kept."""

    def check_state_is_valid(self, state: str, id_token_hash: str) -> bool:
        """Never valid here."""
        del state, id_token_hash
        return False


class NoRequests:
    """Stands where pylti1p3 would keep an HTTP session of its own: it is never to call anybody."""
