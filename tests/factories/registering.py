"""An LMS that registers tools, and its admin at the browser."""

from __future__ import annotations

import base64
import json
import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from pytest_httpserver import HTTPServer
from sqlalchemy import select, update
from werkzeug import Request, Response
from werkzeug.test import TestResponse

from lti_tool.platforms import registry, service
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

TOOL = "https://purl.imsglobal.org/spec/lti-tool-configuration"
PLATFORM = "https://purl.imsglobal.org/spec/lti-platform-configuration"
CANVAS = "https://canvas.instructure.com/lti/"
AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
NRPS = "https://purl.imsglobal.org/spec/lti-nrps/scope/contextmembership.readonly"


def change_registrations(tool: Tool, **values: Any) -> None:
    """Change every registration, as another process would have done it a while ago."""
    with tool.database.unit() as session:
        session.execute(update(Registration).values(**values))
    registry.forget(tool)


PLACES = ("assignment_selection", "link_selection", "homework_submission", "editor_button")


class Lms:
    """A platform's registration endpoints."""

    def __init__(self, server: HTTPServer, product: str) -> None:
        self.issuer = server.url_for("").rstrip("/")
        self.configuration_url = self.issuer + "/openid-configuration?registration_token=jwt-1"
        self.token = "jwt-1"
        self.current: dict[str, Any] | None = None
        self.tells: Response | None = None
        self.bearer: list[str] = []
        self.requests: list[dict[str, Any]] = []
        self.answer: Response | None = None
        self.client_id = "client-77"
        self.configuration: dict[str, Any] = {
            "issuer": self.issuer,
            "authorization_endpoint": self.issuer + "/auth",
            "token_endpoint": self.issuer + "/token",
            "jwks_uri": self.issuer + "/jwks",
            "registration_endpoint": self.issuer + "/registrations",
            "scopes_supported": ["openid", AGS + "lineitem", AGS + "lineitem.readonly", AGS + "score", AGS + "result.readonly", NRPS],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            "authorization_server": "127.0.0.1",
            PLATFORM: self.platform(product),
        }
        server.expect_request("/openid-configuration").respond_with_handler(self._configuration)
        server.expect_request("/registrations", method="POST").respond_with_handler(self._register)
        server.expect_request("/registrations", method="GET").respond_with_handler(self._tell)

    def will_update(self, **changes: Any) -> None:
        """As Moodle, when its admin chose “Update”: the token says so, and what is registered can be read."""
        said = base64.urlsafe_b64encode(json.dumps({"sub": "1", "scope": "reg-update"}).encode()).decode().rstrip("=")
        self.token = f"e30.{said}.signature"
        self.current = {**self.requests[-1], "client_id": self.client_id, **changes}

    def _tell(self, request: Request) -> Response:
        self.bearer.append(request.headers.get("Authorization", ""))
        if self.tells is not None:
            return self.tells
        if self.current is None:
            return Response("No registration found.", status=404)
        return Response(json.dumps(self.current), content_type="application/json")

    def platform(self, product: str) -> dict[str, Any]:
        if product == "moodle":
            return {
                "product_family_code": "moodle",
                "version": "4.5.6 (Build: 20250811)",
                "messages_supported": [
                    {"type": "LtiResourceLinkRequest"},
                    {"type": "LtiDeepLinkingRequest", "placements": ["ContentArea"]},
                ],
                "variables": ["Context.id", "Context.id.history"],
            }
        return {
            "product_family_code": "canvas",
            "version": "OpenSource",
            "messages_supported": [
                {"type": "LtiResourceLinkRequest", "placements": [CANVAS + "course_navigation", CANVAS + "user_navigation"]},
                {"type": "LtiDeepLinkingRequest", "placements": [CANVAS + place for place in PLACES]},
            ],
            "variables": ["Context.id.history", "Canvas.api.domain"],
            CANVAS + "account_name": "Maple Valley Schools",
        }

    def _configuration(self, request: Request) -> Response:
        self.bearer.append(request.headers.get("Authorization", ""))
        return Response(json.dumps(self.configuration), content_type="application/json")

    def _register(self, request: Request) -> Response:
        self.bearer.append(request.headers.get("Authorization", ""))
        self.requests.append(request.get_json())
        if self.answer is not None:
            return self.answer
        asked = self.requests[-1]
        tool = {**asked[TOOL], "deployment_id": "1"}
        body = {**asked, "client_id": self.client_id, "scope": asked["scope"], TOOL: tool}
        if self.configuration[PLATFORM]["product_family_code"] == "canvas":
            del tool["deployment_id"]
            body["deployment_id"] = "9:8865aa05"
        return Response(json.dumps(body), content_type="application/json")


class Admin:
    """The admin's browser: no cookies, only the address and the forms."""

    def __init__(self, app: Flask, tool: Tool, lms: Lms, district: str = "Maple Valley") -> None:
        self.client: FlaskClient = app.test_client(use_cookies=False)
        self.lms, self.tool = lms, tool
        with tool.database.unit() as session:
            self.path = "/lti/register/" + service.create_invite(session, tool, district_name=district)

    def open(self) -> TestResponse:
        query = {"openid_configuration": self.lms.configuration_url, "registration_token": self.lms.token}
        return self.client.get(self.path, query_string=query)

    def press(self, page: TestResponse, **more: str) -> TestResponse:
        form = re.search(r'<form method="post" action="([^"]+)"', page.text)
        assert form
        fields = dict(re.findall(r'<input id="\w+" name="(\w+)" type="hidden" value="([^"]*)">', page.text))
        return self.client.post(form[1], data={**fields, **more})

    def register(self) -> TestResponse:
        answer = self.press(self.open())
        return self.client.get(answer.location) if answer.status_code == 303 else answer

    def stored(self) -> Registration:
        with self.tool.database.read() as session:
            return session.scalars(select(Registration)).one()
