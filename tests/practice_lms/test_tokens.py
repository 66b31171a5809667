"""The token endpoint."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import AGS, SCOPES, tool_key


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_a_good_assertion_gets_an_hour(stage: Stage, face: str) -> None:
    stage.register(face)
    answer = stage.tool.ask_token([AGS + "score", "https://unknown.example/scope"])
    assert answer.json()["expires_in"] == 3600
    assert answer.json()["scope"] == AGS + "score"
    assert answer.headers["Content-Type"].startswith("text/html" if face == "moodle" else "application/json")
    assert stage.violations(face) == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"iss": "other"}, "iss"),
        ({"aud": "https://elsewhere.example"}, "aud"),
        ({"aud": None}, "aud"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp is missing"),
        ({"iat": None}, "iat is missing"),
        ({"jti": None}, "no jti"),
    ],
)
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_wrong_assertions_are_refused(stage: Stage, face: str, change: dict[str, Any], problem: str) -> None:
    stage.register(face)
    answer = stage.tool.ask_token(signed=stage.tool.sign(stage.tool.assertion(**change)))
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"
    assert any(problem in told for told in stage.violations(face))


def test_times_are_judged(stage: Stage) -> None:
    stage.register("canvas")
    now = stage.tool.now()
    for change in ({"iat": now + 60, "exp": now + 120}, {"iat": now, "exp": now + 3601}):
        assert stage.tool.ask_token(signed=stage.tool.sign(stage.tool.assertion(**change))).status_code == 400
    assert stage.tool.ask_token(signed=stage.tool.sign(stage.tool.assertion(iat=now, exp=now + 3600))).ok


def test_an_assertion_works_once(stage: Stage) -> None:
    stage.register("moodle")
    signed = stage.tool.sign(stage.tool.assertion())
    assert stage.tool.ask_token(signed=signed).ok
    assert stage.tool.ask_token(signed=signed).status_code == 400
    assert "the assertion's jti was used before" in stage.violations("moodle")


def test_the_key_must_be_published(stage: Stage) -> None:
    stage.register("canvas")
    other = tool_key("stranger")
    assert stage.tool.ask_token(signed=stage.tool.sign(stage.tool.assertion(), key=other)).status_code == 400
    assert stage.tool.ask_token(signed=stage.tool.sign(stage.tool.assertion(), {"kid": "x"})).status_code == 400
    stage.tool.kid = "rotated"
    assert stage.tool.ask_token().ok


def test_an_unknown_client_or_grant_is_refused(stage: Stage) -> None:
    stage.register("canvas")
    assert stage.tool.ask_token(grant_type="password").status_code == 400
    assert stage.tool.ask_token(client_assertion_type="x").status_code == 400
    assert stage.tool.ask_token(signed=stage.tool.sign(stage.tool.assertion(sub="nobody"))).status_code == 401
    assert requests.post(stage.tool.platform["token_endpoint"], json={}, timeout=10).status_code == 400


def test_scopes_that_the_admin_took_away_are_not_given(stage: Stage) -> None:
    stage.register("canvas")
    stage.control("canvas", scopes=[AGS + "result.readonly"])
    assert stage.tool.ask_token(SCOPES).json()["scope"] == AGS + "result.readonly"
    assert stage.tool.ask_token([AGS + "score"]).json() == {"error": "invalid_scope"}


def test_tokens_end_after_an_hour(stage: Stage) -> None:
    stage.register("canvas")
    url = stage.inspect("canvas")["issuer"] + "/api/lti/courses/2/line_items"
    headers = stage.tool.headers()
    assert requests.get(url, headers=headers, timeout=10).ok
    stage.clock.tick(3601)
    late = requests.get(url, headers=headers, timeout=10)
    assert late.status_code == 401
    assert late.json() == {"errors": {"type": "unauthorized", "message": "Access token expired"}}
