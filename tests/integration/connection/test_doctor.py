"""`lti-tool doctor`: the same checks from the shell; what is wrong with one thing is said and hides no other."""

from __future__ import annotations

import os
import re
from datetime import timedelta

import pytest
from click.testing import CliRunner, Result
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from lti_tool import cli, doctor
from lti_tool.connection import probes
from lti_tool.connection.checks import Check
from lti_tool.platforms import keys
from lti_tool.platforms.models import ToolKey
from lti_tool.practice_lms.lti import SCORE
from lti_tool.tool import Tool, utc_now
from tests.factories.world import World
from tests.integration.connection.test_check import connected, server
from tests.integration.grading.conftest import Lms, lms, lms_of

__all__ = ["connected", "lms", "lms_of", "server"]


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch, tool: Tool) -> None:
    monkeypatch.setattr(cli, "_tool", lambda: tool)
    tool.clock = utc_now
    tool.settings.data_dir.joinpath("jobs.db").touch()


def run() -> Result:
    return CliRunner().invoke(cli.main, ["doctor"], catch_exceptions=False)


def own(tool: Tool) -> dict[str, Check]:
    return {check.key: check for check in next(doctor.examine(tool)).checks}


def test_both_faces_are_well(connected: Lms) -> None:
    result = run()
    assert result.exit_code == 0, result.output
    title = f"{connected.registration.name} ({connected.registration.issuer}, client ID {connected.registration.client_id})"
    assert f"{title}: 15 checks good, 3 not seen yet." in result.output, "roles, cookies and storage show in launches only"
    assert "lists 1 of the tool’s columns" in result.output
    assert "✓ Data folder" in result.output
    assert "It answers and knows 1 registration." in result.output
    assert connected.posts == []


def test_what_is_taken_away_is_said_with_whose_move_it_is(connected: Lms) -> None:
    connected.school.registrations[connected.registration.client_id].scopes -= {SCORE}
    result = run()
    assert result.exit_code == 1
    assert "✗ Sending scores: Scores can’t be sent. The LMS gives no permission for it.\n    → LMS administrator: in " in result.output
    assert "! Access to services (token, scopes): The LMS gave a token with 3 of 4 permissions." in result.output


def test_one_in_trouble_stops_no_other(connected: Lms, world: World, server: HTTPServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before and after the sound one: an LMS that hangs, one that is switched off, one of which nothing fits."""
    monkeypatch.setattr(probes, "SECONDS", 0.5)

    def hang(request: Request) -> Response:
        del request
        import time

        time.sleep(2)
        return Response("{}")

    server.expect_request(re.compile(".*")).respond_with_handler(hang)
    base = server.url_for("").rstrip("/")
    ends = {"issuer": base, "token_url": f"{base}/token", "jwks_url": f"{base}/keys"}
    now = utc_now()
    world.registration(name="Hanging", **ends, created_at=now - timedelta(days=400))
    world.registration(name="Off", state="disabled", created_at=now + timedelta(days=1))
    world.registration(name="Nonsense", jwks_url="no address", observed={"messages": 7}, created_at=now + timedelta(days=2))
    result = run()
    assert result.exit_code == 1
    assert "✗ The LMS’s keys: The LMS’s public keys can’t be read" in result.output
    assert "did not answer in time" in result.output
    assert "15 checks good, 3 not seen yet." in result.output
    assert "! Registration (issuer): Nobody is let in: the registration is switched off here" in result.output
    assert "✗ The check itself: failed: " in result.output


def test_a_registration_that_is_off_is_no_fault(world: World) -> None:
    world.registration(state="disabled")
    world.registration(state="pending")
    result = run()
    assert result.exit_code == 0
    assert result.output.count("Nobody is let in") == 2


def test_the_data_folder(tool: Tool) -> None:
    assert own(tool)["data"].state == "good"
    tool.settings.data_dir.joinpath(".probe").mkdir()
    found = own(tool)["data"]
    assert (found.state, found.fix.startswith("Whoever runs the tool: ")) == ("bad", True)


def test_the_database(tool: Tool, world: World) -> None:
    del world
    with tool.database.engine.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE registration RENAME TO elsewhere")
    try:
        result = run()
    finally:
        with tool.database.engine.begin() as connection:
            connection.exec_driver_sql("ALTER TABLE elsewhere RENAME TO registration")
    assert result.exit_code == 1
    assert "✗ Database: It does not answer as it should" in result.output
    assert "lti-tool migrate" in result.output


def test_our_own_keys(tool: Tool) -> None:
    kid = keys.signing_pair(tool).kid
    assert kid in own(tool)["tool_keys"].words
    keys._loaded.clear()
    with tool.database.unit() as session:
        session.query(ToolKey).one().private_pem_sealed = "sealed with another key"
    found = own(tool)["tool_keys"]
    assert (found.state, "encryption.key" in found.fix) == ("bad", True)


def test_a_worker_that_does_not_look(tool: Tool) -> None:
    if not tool.database.is_sqlite:
        assert own(tool)["worker"].state == "good"
        return
    alarm = tool.settings.data_dir / "jobs.db"
    assert own(tool)["worker"].state == "good"
    long_ago = (utc_now() - timedelta(hours=1)).timestamp()
    os.utime(alarm, (long_ago, long_ago))
    assert "has not looked for work since" in own(tool)["worker"].words
    alarm.unlink()
    assert (own(tool)["worker"].state, own(tool)["worker"].words) == ("attention", "It has never looked for work here.")


def test_work_that_waits_too_long(connected: Lms, tool: Tool) -> None:
    connected.desire(connected.enrolled(connected.ada))
    assert own(tool)["worker"].state == "good"
    tool.clock = lambda: utc_now() + timedelta(minutes=11)
    found = own(tool)["worker"]
    assert (found.state, found.words) == ("bad", "Work has been due for more than ten minutes (scores: 1, badges: 0, files: 0).")
    assert "lti-tool worker" in found.fix
