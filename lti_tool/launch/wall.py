"""pylti1p3 behind a wall: its launch with every check that it lacks (`login.py` has the other half).

Nothing else of the library handles messages, and it never makes an HTTP call itself. Raises LaunchRejected only.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable
from typing import Any

from pylti1p3.contrib.flask import FlaskMessageLaunch
from pylti1p3.exception import LtiException
from sqlalchemy import select

from lti_tool.http import origin
from lti_tool.launch import asking, claims, roles, spending, tokens
from lti_tool.launch.adapters import DatabaseToolConf, FrameCookies, LtiRequest, NoRequests, NullSessionService
from lti_tool.launch.login import cookie_of
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.state import LoginState, nonce_of, short_digest, unseal
from lti_tool.platforms import registry, vendors
from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool

_PLATFORM_SAYS = {
    "login_required": "platform_login_required",
    "launch_no_longer_valid": "platform_late",
    "unauthorized_client": "platform_not_allowed",
}


class Launch(FlaskMessageLaunch):  # type: ignore[misc]
    """A launch message (LTI 1.3 core, 5; Security Framework 1.1, 5.1.2 and 5.1.3), held against the login it answers.

    `proof` is the browser's secret as its LMS kept it for us; without it the cookie has to match. `take_in` spends the
    state and keeps what the message says, so that a launch counts wholly or not at all.
    """

    state: LoginState | None = None
    registration: Registration
    facts: claims.LaunchFacts
    standing: roles.Standing
    by_cookie = False
    clock_difference = 0.0
    """Seconds by which the platform's clock is ahead of ours, as its `iat` shows; how long the message travelled is in it."""

    def __init__(self, request: LtiRequest, here: Tool, *, proof: str = "", take_in: Callable[[Launch], Any]) -> None:
        super().__init__(
            request,
            DatabaseToolConf(here),
            session_service=NullSessionService(),
            cookie_service=FrameCookies(request),
            requests_session=NoRequests(),
        )
        self._here, self._proof, self._take_in = here, proof, take_in
        self.result: Any = None

    @property
    def deployment(self) -> Deployment | None:
        """The deployment as stored; None when it is a new one that will be taken in."""
        found: Deployment | None = self._tool_config.deployment
        return found

    @property
    def needs_proof(self) -> bool:
        """Whether the browser sent no cookie of this login, but its LMS may have kept the secret."""
        return bool(self.state and self.state.storage_target and not self._proof and not self._cookie())

    def _cookie(self) -> str:
        return self._cookie_service.get_cookie(cookie_of(self._get_request_param("state"))) or ""

    def load_state(self) -> Launch:
        """Find the login that this message answers. Raises LaunchRejected(state), or the platform's own refusal in words."""
        text = self._get_request_param("state")
        self.state = unseal(self._here.box, text)
        registration = registry.by_id(self._here, self.state.registration_id) if self.state else None
        if self.state is None or registration is None:
            self._heed_refusal()
            raise LaunchRejected("state", "unknown state" if text else "no state")
        self.registration = registration
        self._tool_config = DatabaseToolConf(self._here, registration)
        if self.state.expires_at <= self._here.clock():
            raise LaunchRejected("state", "expired")
        return self

    def burn(self) -> bool:
        """Make the state useless, after a refusal; one that has expired is. False when it was used before."""
        assert self.state is not None  # noqa: S101
        if self.state.expires_at <= self._here.clock():
            return True
        with self._here.database.unit() as session:
            return spending.burn(session, self._here, self.state_text, self.state)

    @property
    def state_text(self) -> str:
        """The `state` parameter as it came."""
        text: str = self._get_request_param("state")
        return text

    @property
    def visit_id(self) -> str:
        """The visit that this launch may open; opening it spends the state."""
        assert self.state is not None  # noqa: S101
        return spending.visit_of(self.state_text, self.state)

    def validate(self) -> Launch:
        """Every check in order, then `take_in`. Raises LaunchRejected."""
        try:
            super().validate()
        except LtiException as error:
            raise LaunchRejected("claims", str(error)[:200]) from error
        return self

    def validate_state(self) -> Launch:
        """The state is ours and alive, and this is the browser that began the login."""
        if self.state is None:
            self.load_state()
        assert self.state is not None  # noqa: S101
        self._heed_refusal()
        if self.registration.state != "active":
            raise LaunchRejected("login_not_active", f"registration {self.registration.id}")
        self.by_cookie = not self._proof
        if not hmac.compare_digest(short_digest(self._proof or self._cookie()), self.state.browser):
            raise LaunchRejected("browser", "no cookie of this login" if self.by_cookie else "wrong proof")
        return self

    def _heed_refusal(self) -> None:
        if error := self._get_request_param("error"):
            raise LaunchRejected(_PLATFORM_SAYS.get(error, "platform_refused"), claims.code(error))

    def validate_jwt_format(self) -> Launch:
        """Three readable parts, RS256, a kid, nothing critical that we don't know (RFC 7515, 4.1.11)."""
        token = self._get_request_param("id_token")
        if not token:
            raise LaunchRejected("token_missing")
        header, body = tokens.unpacked(token)
        self._jwt = {"header": header, "body": body}
        return self

    def validate_nonce(self) -> Launch:
        """The nonce of this very login."""
        nonce, ours = self._jwt["body"].get("nonce"), nonce_of(self._here.box, self._get_request_param("state"))
        if not isinstance(nonce, str) or not hmac.compare_digest(short_digest(nonce), short_digest(ours)):
            raise LaunchRejected("nonce")
        return self

    def get_client_id(self) -> str:
        """The client id of the login, which the token must be for (OpenID Connect core, 3.1.3.7, points 3 to 5)."""
        client_id: str = self.registration.client_id
        tokens.check_audience(self._jwt["body"], client_id)
        return client_id

    def validate_registration(self) -> Launch:
        """The issuer whom the login was for."""
        if self._jwt["body"].get("iss") != self.registration.issuer:
            raise LaunchRejected("token_issuer")
        super().validate_registration()
        return self

    def validate_jwt_signature(self) -> Launch:
        """Signed by the platform's key, in time: from here on the body is to be believed."""
        body = self._jwt["body"]
        tokens.verify(self._here, self.registration, self._get_request_param("id_token"), self._jwt["header"], body)
        self.clock_difference = body["iat"] - self._here.clock().timestamp()
        return self

    def validate_deployment(self) -> Launch:
        """A known deployment, or a new one where that is normal; the one that the login named."""
        assert self.state is not None  # noqa: S101
        body = self._jwt["body"]
        deployment_id = claims.number_or_identifier(body.get(claims.CLAIM + "deployment_id"), "deployment_id")
        body[claims.CLAIM + "deployment_id"] = deployment_id
        if self.state.deployment and self.state.deployment != short_digest(deployment_id):
            raise LaunchRejected("deployment", "not the one that the login named")
        try:
            super().validate_deployment()
        except LtiException as error:
            if not self._takes_new():
                raise LaunchRejected("deployment", f"unknown deployment of registration {self.registration.id}") from error
        return self

    def _takes_new(self) -> bool:
        if vendors.of(self.registration).takes_new_deployments:
            return True
        known = select(Deployment.id).where(Deployment.registration_id == self.registration.id).limit(1)
        with self._here.database.read() as session:
            return session.execute(known).first() is None

    def validate_message(self) -> Launch:
        """Types and required claims of the message, and whether this person may send it."""
        vendor, body = vendors.of(self.registration), self._jwt["body"]
        self.facts = claims.read(body, review_names_nobody=vendor.reviews_name_nobody)
        self.standing = roles.standing(self.facts.roles, admins_run_console=self.registration.admins_run_console)
        assert self.state is not None  # noqa: S101
        ours = self._here.settings.base_url
        target = self.facts.target_link_uri
        if origin(target) != origin(ours) and short_digest(target) != self.state.target:
            raise LaunchRejected("target", "target_link_uri is neither ours nor what the login named")
        if self.facts.deep_linking is not None:
            asking.require(self.wanted, self.facts.deep_linking.accept_types, self.standing)
            if not self.allowed(self.facts.deep_linking.return_url):
                raise LaunchRejected("deep_linking", "deep_link_return_url is not an address of this platform")
        if self.facts.message_type != claims.SUBMISSION_REVIEW or self.facts.for_user is not None:
            self._jwt["body"] = _as_the_library_knows_it(body)
            super().validate_message()
        return self

    def allowed(self, url: str) -> str:
        """The platform's address as we will use it; empty when the policy of this installation or of the vendor is against it."""
        url = vendors.service_url(self.registration, url)
        return url if url and self._here.http.allows(url, vendors.trusted_origins(self.registration)) else ""

    @property
    def placement(self) -> str:
        """Where in the LMS it came from, if the vendor says so."""
        return vendors.of(self.registration).placement(self._jwt["body"])

    @property
    def wanted(self) -> str:
        """What a deep linking request asks for."""
        return vendors.of(self.registration).wants(self.placement)

    @property
    def takes_columns(self) -> bool | None:
        """Whether what is placed may bring its column for the gradebook. None: nobody says that it may not."""
        assert self.facts.deep_linking is not None  # noqa: S101
        said = self.facts.deep_linking.accept_lineitem
        return said if vendors.of(self.registration).keeps_columns(self.placement) else False

    def save_launch_data(self) -> Launch:
        """Spend the state and take the launch in. Raises LaunchRejected(replay) when somebody was faster."""
        self.result = self._take_in(self)
        return self


def _as_the_library_knows_it(body: dict[str, Any]) -> dict[str, Any]:
    """The message for pylti1p3's own checks: null counts as absent, and files are content, too, which it does not know."""
    known = {name: value for name, value in body.items() if value is not None}
    if isinstance(settings := known.get(claims.DEEP_LINKING), dict):
        types = claims.listed(settings.get("accept_types"))
        known[claims.DEEP_LINKING] = {**settings, "accept_types": [*types, "ltiResourceLink"]}
    return known
