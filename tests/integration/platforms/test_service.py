"""Registration by hand."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from lti_tool.audit import AuditEvent
from lti_tool.errors import Problem
from lti_tool.platforms import service
from lti_tool.platforms.models import Deployment, District, Registration
from lti_tool.tool import Tool
from tests.factories.canvas import BETA, PRODUCTION, TEST, hosted

GIVEN: dict[str, Any] = {
    "district_name": "Maple Valley",
    "issuer": "https://moodle.example.edu",
    "client_id": "abc",
    "auth_url": "https://moodle.example.edu/mod/lti/auth.php",
    "token_url": "https://moodle.example.edu/mod/lti/token.php",
    "jwks_url": "https://moodle.example.edu/mod/lti/certs.php",
}


def add(tool: Tool, **given: Any) -> Registration:
    with tool.database.unit() as session:
        return service.add_registration(session, tool, **{**GIVEN, **given})


def test_it_is_active_at_once(tool: Tool) -> None:
    row = add(tool, deployment_id="1")
    assert (row.state, row.vendor, row.name) == ("active", "moodle", "moodle.example.edu")
    assert row.token_audience == row.token_url
    with tool.database.read() as session:
        assert [found.id for found in service.list_registrations(session)] == [row.id]
        assert list(service.deployments(session, row)) == ["1"]


def test_the_same_again_changes_nothing(tool: Tool) -> None:
    first, second = add(tool, deployment_id="1"), add(tool, deployment_id="2")
    assert first.id == second.id
    with tool.database.read() as session:
        assert session.scalars(select(Deployment.deployment_id).order_by(Deployment.id)).all() == ["1", "2"]
        assert session.scalar(select(func.count()).select_from(AuditEvent)) == 1
        assert session.scalar(select(func.count()).select_from(District)) == 1


@pytest.mark.parametrize("change", [{"jwks_url": "https://evil.example/jwks"}, {"district_name": "Another"}])
def test_a_known_one_is_never_overwritten(tool: Tool, change: dict[str, str]) -> None:
    row = add(tool)
    with pytest.raises(Problem, match="registration_exists"):
        add(tool, **change)
    with tool.database.read() as session:
        assert session.get_one(Registration, row.id).jwks_url == GIVEN["jwks_url"]
        assert session.scalar(select(func.count()).select_from(District)) == 1


@pytest.mark.parametrize("url", ["file:///x", "javascript:1", "", "https://", "//moodle.example.edu/x"])
def test_addresses_that_nobody_should_call(tool: Tool, url: str) -> None:
    with pytest.raises(Problem, match="registration_urls"):
        add(tool, jwks_url=url)


def test_switched_off_and_on_again(tool: Tool) -> None:
    row = add(tool)
    with tool.database.unit() as session:
        service.edit(session, tool, session.get_one(Registration, row.id), active=False)
    with tool.database.read() as session:
        assert session.get_one(Registration, row.id).state == "disabled"
    assert add(tool).state == "active"


@pytest.mark.parametrize(("issuer", "environment"), [(PRODUCTION, "production"), (BETA, "beta"), (TEST, "test")])
def test_the_environment_is_told_by_the_issuer(tool: Tool, issuer: str, environment: str) -> None:
    by_hand = add(tool, **hosted(issuer))
    with tool.database.unit() as session:  # as dynamic registration stores it
        dynamic = service.keep(
            session,
            tool,
            district_id=by_hand.district_id,
            deployment_id=None,
            token_audience="x",
            vendor="canvas",
            name="Dynamic",
            state="pending",
            scopes=[],
            admins_run_console=False,
            confirmed_at=None,
            details={},
            **hosted(issuer, "another"),
        )
    assert (by_hand.vendor, by_hand.environment, dynamic.environment) == ("canvas", environment, environment)
