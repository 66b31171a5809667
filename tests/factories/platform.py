"""A platform for tests: its own keys and key set over HTTP, and honest tokens that a test may spoil."""

from __future__ import annotations

import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwcrypto.jwk import JWK
from pytest_httpserver import HTTPServer
from sqlalchemy.orm import Session
from werkzeug import Request, Response

from lti_tool.launch.spending import burnt, visit_of
from lti_tool.launch.state import unseal
from lti_tool.tool import Tool
from lti_tool.web.models import FrameSession

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/claim/namesroleservice"
DEEP_LINKING = "https://purl.imsglobal.org/spec/lti-dl/claim/deep_linking_settings"
MEMBERSHIP = "http://purl.imsglobal.org/vocab/lis/v2/membership#"
INSTITUTION = "http://purl.imsglobal.org/vocab/lis/v2/institution/person#"
LEARNER, INSTRUCTOR = MEMBERSHIP + "Learner", MEMBERSHIP + "Instructor"

_keys = [rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(3)]


class Platform:
    """Speaks for one registration: issuer, client id, key, deployment."""

    def __init__(self, server: HTTPServer, name: str, *, now: Callable[[], datetime], tool_url: str, key: int = 0) -> None:
        self.server, self.name, self.now, self.tool_url = server, name, now, tool_url
        self.issuer = server.url_for(f"/{name}").rstrip("/")
        self.client_id, self.deployment_id, self.kid = f"client-{name}", f"deployment-{name}", f"kid-{name}"
        self.key = _keys[key]
        self.key_set: Any = {"keys": [self.public_jwk()]}
        self.key_set_requests = 0
        self.key_set_body: bytes | None = None
        self.answers = threading.Event()
        self.answers.set()
        self.key_set_answer: Callable[[], Response] | None = None
        server.expect_request(f"/{name}/jwks").respond_with_handler(self._serve_keys)

    def public_jwk(self, **members: Any) -> dict[str, Any]:
        """The public key as a JWK."""
        public = json.loads(JWK.from_pyca(self.key.public_key()).export_public())
        return {"kty": "RSA", "n": public["n"], "e": public["e"], "kid": self.kid, "alg": "RS256", "use": "sig", **members}

    def _serve_keys(self, _request: Request) -> Response:
        self.key_set_requests += 1
        self.answers.wait(30)
        if self.key_set_answer is not None:
            return self.key_set_answer()
        return Response(self.key_set_body if self.key_set_body is not None else json.dumps(self.key_set), content_type="application/json")

    def endpoints(self) -> dict[str, str]:
        """What a registration stores."""
        return {
            "issuer": self.issuer,
            "client_id": self.client_id,
            "auth_url": f"{self.issuer}/auth?tenant=1",
            "token_url": f"{self.issuer}/token",
            "jwks_url": f"{self.issuer}/jwks",
        }

    def login_fields(self, **given: str | None) -> dict[str, str]:
        """The login initiation; None leaves a field out."""
        fields = {
            "iss": self.issuer,
            "client_id": self.client_id,
            "login_hint": "hint-1",
            "lti_message_hint": "message-hint",
            "target_link_uri": f"{self.tool_url}/lti/launch",
            "lti_deployment_id": self.deployment_id,
            **given,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def claims(self, nonce: str, **given: Any) -> dict[str, Any]:
        """An honest LtiResourceLinkRequest of a learner. Names without a scheme are LTI claims; `...` leaves a claim out."""
        now = int(self.now().timestamp())
        body: dict[str, Any] = {
            "iss": self.issuer,
            "aud": self.client_id,
            "sub": "user-1",
            "iat": now,
            "exp": now + 60,
            "nonce": nonce,
            "name": "Ada Teacher",
            "given_name": "Ada",
            "family_name": "Teacher",
            "email": "ada@example.org",
            CLAIM + "message_type": "LtiResourceLinkRequest",
            CLAIM + "version": "1.3.0",
            CLAIM + "deployment_id": self.deployment_id,
            CLAIM + "target_link_uri": f"{self.tool_url}/lti/launch",
            CLAIM + "roles": [LEARNER],
            CLAIM + "context": {"id": "course-1", "label": "PL1", "title": "Professional learning", "type": ["CourseSection"]},
            CLAIM + "resource_link": {"id": "link-1", "title": "Asking good questions"},
            CLAIM + "custom": {"activity": "key-1", "unknown": "$Foo.bar", "context_history": "course-0,course-00"},
            CLAIM + "launch_presentation": {"locale": "en", "document_target": "iframe", "return_url": f"{self.issuer}/return"},
            AGS: {
                "lineitem": f"{self.issuer}/lineitems/1/lineitem?type_id=1",
                "lineitems": f"{self.issuer}/lineitems?type_id=1",
                "scope": ["https://purl.imsglobal.org/spec/lti-ags/scope/score"],
            },
            NRPS: {"context_memberships_url": f"{self.issuer}/members", "service_versions": ["2.0"]},
        }
        own = {"iss", "aud", "azp", "sub", "iat", "exp", "nbf", "nonce", "name", "given_name", "family_name", "email", "locale"}
        for name, value in given.items():
            whole = name if name in own or "://" in name else CLAIM + name
            whole = {"ags": AGS, "nrps": NRPS, "deep_linking": DEEP_LINKING}.get(name, whole)
            if value is ...:
                body.pop(whole, None)
            else:
                body[whole] = value
        return body

    def deep_linking(self, **settings: Any) -> dict[str, Any]:
        """Claims that turn a launch into an honest deep linking request of an instructor."""
        given = {
            "deep_link_return_url": f"{self.issuer}/return?data=abc",
            "accept_types": ["ltiResourceLink"],
            "accept_presentation_document_targets": ["iframe"],
            "accept_multiple": True,
            **settings,
        }
        return {
            "message_type": "LtiDeepLinkingRequest",
            "roles": [INSTRUCTOR],
            "resource_link": ...,
            "deep_linking": {name: value for name, value in given.items() if value is not ...},
        }

    def sign(self, body: Any, *, headers: dict[str, Any] | None = None, algorithm: str = "RS256", key: Any = None) -> str:
        """The token; a header given as `...` is left out."""
        header = {"kid": self.kid, **(headers or {})}
        return jwt.encode(
            body, key or self.key, algorithm=algorithm, headers={name: value for name, value in header.items() if value is not ...}
        )


def asked_of(location: str) -> dict[str, str]:
    """The parameters of an authentication request."""
    return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}


@contextmanager
def platform_server() -> Iterator[HTTPServer]:
    """A server on loopback that platforms share."""
    server = HTTPServer(host="127.0.0.1", port=0, threaded=True)
    server.start()
    try:
        yield server
    finally:
        server.stop()


def unguessable() -> str:
    """A value that nobody made before; it may stand in an address, as the name of a host too."""
    return secrets.token_hex(16)


def spent(session: Session, here: Tool, state: str) -> bool:
    """Whether a launch has used this state: one that was let in has opened its visit, one that was refused has burnt it."""
    login = unseal(here.box, state)
    assert login is not None
    return session.get(FrameSession, visit_of(state, login)) is not None or burnt(session, state)
