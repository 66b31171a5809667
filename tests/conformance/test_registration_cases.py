"""Dynamic registration in hostile hands (N)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask

from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import Platform, platform_server
from tests.factories.registering import Admin, Lms


@pytest.fixture
def lms() -> Iterator[Lms]:
    with platform_server() as server:
        yield Lms(server, "moodle")


def test_n190_a_configuration_that_speaks_for_another_issuer(app: Flask, tool: Tool, lms: Lms) -> None:
    lms.configuration["issuer"] = "https://lms.of-somebody-else.example"
    assert Admin(app, tool, lms).open().status_code == 422
    assert lms.requests == []


def test_n190_a_configuration_that_speaks_for_another_issuer_updates_nothing(app: Flask, tool: Tool, lms: Lms) -> None:
    first = Admin(app, tool, lms)
    first.press(first.register())
    lms.will_update()
    lms.configuration["issuer"] = "https://lms.of-somebody-else.example"
    assert Admin(app, tool, lms).open().status_code == 422
    assert len(lms.requests) == 1


def test_n191_a_known_registration_keeps_its_keys_and_addresses(app: Flask, tool: Tool, lms: Lms) -> None:
    first = Admin(app, tool, lms)
    first.press(first.register())
    lms.configuration["jwks_uri"] = lms.issuer + "/keys-of-somebody-else"
    assert Admin(app, tool, lms).register().status_code == 409
    assert first.stored().jwks_url == lms.issuer + "/jwks"


def test_n191_an_update_keeps_keys_addresses_district_and_numbers(app: Flask, tool: Tool, lms: Lms) -> None:
    first = Admin(app, tool, lms)
    first.press(first.register())
    before = first.stored()
    lms.will_update()
    page = Admin(app, tool, lms).register()
    after = first.stored()
    kept = ("id", "district_id", "issuer", "client_id", "auth_url", "token_url", "token_audience", "jwks_url", "state")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert page.status_code == 200
    lms.configuration["token_endpoint"] = lms.issuer + "/token-of-somebody-else"
    assert Admin(app, tool, lms).open().status_code == 409
    assert Admin(app, tool, lms, "Another district").open().status_code == 409
    assert len(lms.requests) == 2


def test_n192_registering_needs_an_invite_and_a_yes(app: Flask, tool: Tool, lms: Lms, clock: Clock) -> None:
    admin = Admin(app, tool, lms)
    stranger = Admin(app, tool, lms)
    stranger.path = "/lti/register/a-guess"
    assert stranger.open().status_code == 404
    page = admin.register()
    platform = Platform.__new__(Platform)
    platform.issuer, platform.client_id, platform.deployment_id, platform.tool_url = lms.issuer, lms.client_id, "1", tool.settings.base_url
    login = {"data": platform.login_fields()}
    assert admin.client.post("/lti/login", **login).status_code == 403
    admin.press(page)
    assert admin.client.post("/lti/login", **login).status_code == 302
    lms.will_update()
    assert admin.open().status_code == 404  # an update needs an invite of its own
    Admin(app, tool, lms).register()
    assert admin.client.post("/lti/login", **login).status_code == 302  # and nobody has to wait for its yes
