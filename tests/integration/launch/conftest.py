"""A registered platform, and a browser that goes from login to launch."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.platforms import service
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import Platform, asked_of, platform_server


class LaunchingBrowser:
    """One browser; every launch begins with a login."""

    def __init__(self, app: Flask, platform: Platform) -> None:
        self.client: FlaskClient = app.test_client()
        self.platform = platform

    def login(self, **fields: Any) -> dict[str, str]:
        answer = self.client.post("/lti/login", data=self.platform.login_fields(**fields))
        assert answer.status_code == 302, answer.text
        return asked_of(answer.location)

    def launch(self, login: dict[str, Any] | None = None, **claims: Any) -> TestResponse:
        asked = self.login(**(login or {}))
        token = self.platform.sign(self.platform.claims(asked["nonce"], **claims))
        return self.client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})


@pytest.fixture
def platform(tool: Tool, clock: Clock) -> Iterator[Platform]:
    with platform_server() as server:
        yield Platform(server, "a", now=clock, tool_url=tool.settings.base_url)


@pytest.fixture
def registration(tool: Tool, platform: Platform) -> Registration:
    with tool.database.unit() as session:
        return service.add_registration(
            session, tool, district_name="Maple Valley", deployment_id=platform.deployment_id, **platform.endpoints()
        )


@pytest.fixture
def browser(app: Flask, platform: Platform, registration: Registration) -> LaunchingBrowser:
    return LaunchingBrowser(app, platform)
