"""A tiny tool with a key of its own: enough LTI to drive the practice LMS, and every answer can be spoilt on purpose."""

from __future__ import annotations

import functools
import json
import secrets
import uuid
from typing import Any

import jwt
import requests
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask, Response, jsonify, make_response, redirect, request

from tests.practice_lms.serving import Clock

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/"
DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"
SCOPES = [AGS + "lineitem", AGS + "lineitem.readonly", AGS + "result.readonly", AGS + "score", NRPS]


@functools.cache
def tool_key(name: str) -> rsa.RSAPrivateKey:
    """A key for the tool, or for somebody else: one per name, because making them is slow."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


class FakeTool:
    """The tool's state: its key, what it was told, and what to send."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.key = tool_key("tool")
        self.kid = "fake-1"
        self.base = ""
        self.platform: dict[str, Any] = {}
        self.client_id = ""
        self.registered: requests.Response | None = None
        self.launches: list[dict[str, Any]] = []
        self.errors: list[dict[str, str]] = []
        self.logins: list[dict[str, str]] = []
        self.login_changes: dict[str, str | None] = {}
        self.registration_changes: dict[str, Any] = {}
        self.tool_changes: dict[str, Any] = {}
        self.key_set_type = "application/json"
        self.fetches = 0
        self.items: list[Any] = []
        self.answer_changes: dict[str, Any] = {}
        self.answer_header: dict[str, Any] = {}
        self.answer_key: Any = None
        self.notices: list[dict[str, Any]] = []
        self.notice_status = 200

    def now(self) -> int:
        return int(self.clock().timestamp())

    def key_set(self) -> dict[str, Any]:
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {"keys": [{**public, "kid": self.kid, "alg": "RS256", "use": "sig"}]}

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None, key: Any = None) -> str:
        headers = {"kid": self.kid, **(header or {})}
        algorithm = headers.pop("alg", "RS256")
        return jwt.encode(claims, key or self.key, algorithm=algorithm, headers=headers)

    def registration(self) -> dict[str, Any]:
        canvas = "canvas" in self.platform["issuer"]
        prefix = "https://canvas.instructure.com/lti/"
        placements = (
            [prefix + name for name in ("assignment_selection", "link_selection", "module_index_menu_modal", "editor_button")]
            if canvas
            else ["ContentArea"]
        )
        messages: list[dict[str, Any]] = [
            {"type": "LtiDeepLinkingRequest", "target_link_uri": self.base + "/launch", "label": "Pick", "placements": placements}
        ]
        if canvas:
            messages += [
                {
                    "type": "LtiResourceLinkRequest",
                    "target_link_uri": self.base + "/launch",
                    "label": "Home",
                    "placements": [prefix + "course_navigation", prefix + "account_navigation"],
                }
            ]
        body: dict[str, Any] = {
            "application_type": "web",
            "grant_types": ["client_credentials", "implicit"],
            "response_types": ["id_token"],
            "redirect_uris": [self.base + "/launch"],
            "initiate_login_uri": self.base + "/login",
            "client_name": "Fake tool",
            "jwks_uri": self.base + "/jwks",
            "token_endpoint_auth_method": "private_key_jwt",
            "scope": " ".join(SCOPES),
            "https://purl.imsglobal.org/spec/lti-tool-configuration": {
                "domain": self.base.removeprefix("http://"),
                "target_link_uri": self.base + "/launch",
                "claims": ["iss", "sub", "name", "given_name", "family_name", "email"],
                "messages": messages,
                "custom_parameters": {
                    "history": "$Context.id.history",
                    "unknown": "$Nobody.knows",
                    "Odd.Name": "x",
                    "course": "$Context.id",
                },
                **self.tool_changes,
            },
        }
        body |= self.registration_changes
        return {name: value for name, value in body.items() if value is not None}

    def answer(self, launch: dict[str, Any]) -> str:
        settings = launch[DL + "deep_linking_settings"]
        claims: dict[str, Any] = {
            "iss": self.client_id,
            "aud": [self.platform["issuer"]],
            "iat": self.now(),
            "exp": self.now() + 300,
            "nonce": uuid.uuid4().hex,
            CLAIM + "deployment_id": launch[CLAIM + "deployment_id"],
            CLAIM + "message_type": "LtiDeepLinkingResponse",
            CLAIM + "version": "1.3.0",
            DL + "content_items": self.items,
        }
        if "data" in settings:
            claims[DL + "data"] = settings["data"]
        claims |= self.answer_changes
        kept = {name: value for name, value in claims.items() if value is not None}
        return self.sign(kept, self.answer_header, self.answer_key)

    def assertion(self, **changes: Any) -> dict[str, Any]:
        claims = {
            "iss": self.client_id,
            "sub": self.client_id,
            "aud": self.platform["token_endpoint"],
            "iat": self.now() - 5,
            "exp": self.now() + 60,
            "jti": uuid.uuid4().hex,
        }
        return {name: value for name, value in {**claims, **changes}.items() if value is not None}

    def ask_token(self, scopes: list[str] | None = None, signed: str | None = None, **form: str) -> requests.Response:
        body = {
            "grant_type": "client_credentials",
            "scope": " ".join(scopes or SCOPES),
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": signed or self.sign(self.assertion()),
            **form,
        }
        return requests.post(self.platform["token_endpoint"], data=body, timeout=10)

    def headers(self, scopes: list[str] | None = None, **more: str) -> dict[str, str]:
        return {"Authorization": "Bearer " + self.ask_token(scopes).json()["access_token"], **more}


def create_tool_app(tool: FakeTool) -> Flask:
    """The fake tool's pages."""
    app = Flask(__name__)

    @app.get("/jwks")
    def key_set() -> Response:
        tool.fetches += 1
        return make_response(json.dumps(tool.key_set()), {"Content-Type": tool.key_set_type})

    @app.get("/register")
    def register() -> Response:
        token = request.args["registration_token"]
        address = request.args["openid_configuration"]
        tool.platform = requests.get(address, headers={"Authorization": f"Bearer {token}"}, timeout=10).json()
        tool.registered = requests.post(
            tool.platform["registration_endpoint"], json=tool.registration(), timeout=10, headers={"Authorization": f"Bearer {token}"}
        )
        if tool.registered.ok:
            tool.client_id = tool.registered.json()["client_id"]
        return make_response("<!doctype html><title>Registered</title><p>Registered</p>")

    @app.route("/login", methods=["GET", "POST"])
    def login() -> Response:
        tool.logins.append(request.values.to_dict())
        query: dict[str, str | None] = {
            "scope": "openid",
            "response_type": "id_token",
            "response_mode": "form_post",
            "prompt": "none",
            "client_id": request.values["client_id"],
            "redirect_uri": tool.base + "/launch",
            "login_hint": request.values["login_hint"],
            "lti_message_hint": request.values["lti_message_hint"],
            "state": secrets.token_hex(8),
            "nonce": secrets.token_hex(8),
            **tool.login_changes,
        }
        kept = {name: value for name, value in query.items() if value is not None}
        return redirect(requests.Request("GET", tool.platform["authorization_endpoint"], params=kept).prepare().url or "")

    @app.post("/launch")
    def launch() -> Response:
        if "error" in request.form:
            tool.errors.append(request.form.to_dict())
            return make_response("<!doctype html><title>Refused</title><p>Refused</p>")
        keys = requests.get(tool.platform["jwks_uri"], timeout=10).json()["keys"]
        claims = jwt.decode(
            request.form["id_token"],
            jwt.PyJWK(keys[0]).key,
            algorithms=["RS256"],
            audience=tool.client_id,
            options={"verify_exp": False, "verify_iat": False},
        )
        tool.launches.append(claims)
        if claims[CLAIM + "message_type"] != "LtiDeepLinkingRequest":
            return make_response("<!doctype html><title>Launched</title><p>Launched</p>")
        action = claims[DL + "deep_linking_settings"]["deep_link_return_url"]
        signed = tool.answer(claims)
        return make_response(
            f"<!doctype html><title>Answer</title><form method=post action='{action}' data-test=answer>"
            f"<input type=hidden name=JWT value='{signed}'></form>"
        )

    @app.post("/notices")
    def notices() -> Response:
        keys = requests.get(tool.platform["jwks_uri"], timeout=10).json()["keys"]  # asked for while the LMS waits
        for notice in request.get_json()["notices"]:
            options: Any = {"verify_exp": False, "verify_iat": False}
            key = jwt.PyJWK(keys[0]).key
            tool.notices.append(jwt.decode(notice["jwt"], key, algorithms=["RS256"], audience=tool.client_id, options=options))
        return make_response("", tool.notice_status)

    @app.get("/canvas.json")
    def configuration() -> Response:
        return jsonify(
            {
                "title": "Fake tool",
                "description": "For tests",
                "oidc_initiation_url": tool.base + "/login",
                "target_link_uri": tool.base + "/launch",
                "public_jwk_url": tool.base + "/jwks",
                "scopes": SCOPES,
                "custom_fields": {"course": "$Canvas.course.id"},
                "extensions": [
                    {
                        "platform": "canvas.instructure.com",
                        "privacy_level": "name_only",
                        "settings": {
                            "placements": [
                                {"placement": "assignment_selection", "message_type": "LtiDeepLinkingRequest", "text": "Pick"},
                                {"placement": "course_navigation", "message_type": "LtiResourceLinkRequest", "text": "Home"},
                            ]
                        },
                    }
                ],
            }
        )

    return app
