"""`lti-tool platform`, as an operator types it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from lti_tool import cli
from lti_tool.database import Database
from lti_tool.platforms.models import Registration
from tests.factories.canvas import BETA, FIRST_CLIENT, PRODUCTION, hosted

ISSUER_AND_CLIENT = ("--issuer", PRODUCTION, "--client-id", FIRST_CLIENT)


def own_host(name: str) -> tuple[str, ...]:
    """A Canvas of one's own, as it came."""
    base = f"https://{name}.example.edu"
    return (
        *ISSUER_AND_CLIENT,
        *("--auth-url", f"{base}/api/lti/authorize_redirect", "--token-url", f"{base}/login/oauth2/token"),
        *("--jwks-url", f"{base}/api/lti/security/jwks", "--district", f"{name.capitalize()} Schools"),
    )


class Operator:
    """Somebody at the command line of an installation of their own."""

    def __init__(self, folder: Path) -> None:
        self.environment = {"LTI_TOOL_DATA_DIR": str(folder), "LTI_TOOL_BASE_URL": "https://tool.example.org", "LTI_TOOL_DATABASE_URL": ""}
        self.database = Database(f"sqlite:///{folder / 'lti_tool.db'}")

    def types(self, *arguments: str) -> Result:
        return CliRunner().invoke(cli.main, ["platform", *arguments], env=self.environment)

    def registrations(self) -> list[Registration]:
        with self.database.read() as session:
            return list(session.scalars(select(Registration).order_by(Registration.id)))


@pytest.fixture(name="operator")
def _operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_a_second_canvas_gets_an_address_of_its_own(operator: Operator) -> None:
    first = operator.types("add", *own_host("maple"))
    assert (first.exit_code, "/lti/login" in first.output) == (0, False)
    refused = operator.types("add", *own_host("oak"))
    assert (refused.exit_code, "--own-login" in refused.output) == (1, True)
    assert len(operator.registrations()) == 1
    added = operator.types("add", *own_host("oak"), "--own-login")
    assert added.exit_code == 0, added.output
    found = re.search(r"  https://tool\.example\.org/lti/login/([0-9a-f]{12})\n", added.output)
    assert found
    assert "OpenID Connect Initiation Url" in added.output
    assert f"https://tool.example.org/lti/canvas.json?login={found[1]}" in added.output
    maple, oak = operator.registrations()
    assert (maple.login_key, oak.login_key) == ("", found[1])
    assert maple.district_id != oak.district_id
    assert operator.types("add", *own_host("oak"), "--own-login").output == added.output, "again: the same address"
    assert len(operator.registrations()) == 2


def test_list_and_edit_say_which(operator: Operator) -> None:
    operator.types("add", *own_host("maple"))
    operator.types("add", *own_host("oak"), "--own-login")
    maple, oak = operator.registrations()
    shown = operator.types("list").output
    assert str(maple.id) in shown
    assert f"login key {oak.login_key}" in shown
    for chosen, off in (
        (("--login-key", oak.login_key), oak),
        (ISSUER_AND_CLIENT, maple),
        (("--id", str(oak.id)), oak),
        (("--id", str(maple.id)), maple),
    ):
        assert operator.types("edit", *chosen, "--off").exit_code == 0
        assert [one.id for one in operator.registrations() if one.state == "disabled"] == [off.id]
        assert operator.types("edit", *chosen, "--on").exit_code == 0
    for wrong in (("--login-key", "000000000000"), ("--id", str(oak.district_id)), ("--issuer", PRODUCTION), ()):
        said = operator.types("edit", *wrong, "--off")
        assert (said.exit_code, "There is no such registration" in said.output) == (1, True)
    assert [one.state for one in operator.registrations()] == ["active", "active"]


def test_beta_by_hand_is_beta(operator: Operator) -> None:
    arguments = [part for name, value in hosted(BETA).items() for part in (f"--{name.replace('_', '-')}", value)]
    said = operator.types("add", *arguments)
    assert "beta environment" in said.output
    [row] = operator.registrations()
    assert row.environment == "beta"
    assert "beta" in operator.types("list").output
