"""Notice handlers and the notice of a copied course, at the Canvas face."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import CLAIM, SCOPES

SCOPE = "https://purl.imsglobal.org/spec/lti/scope/noticehandlers"
COPY = "LtiContextCopyNotice"


@pytest.fixture
def told(stage: Stage) -> Stage:
    """The stage with a registered tool that asked for the scope."""
    stage.tool.registration_changes = {"scope": " ".join([*SCOPES, SCOPE])}
    stage.register("canvas")
    return stage


def service(stage: Stage) -> dict[str, Any]:
    """The claim of a launch."""
    item = stage.place("canvas")["number"]
    found: dict[str, Any] = stage.open("canvas", "dana", item)[CLAIM + "platformnotificationservice"]
    return found


def put(stage: Stage, url: str, scopes: list[str] | None = None, **body: Any) -> requests.Response:
    return requests.put(url, json=body, headers=stage.tool.headers(scopes or [SCOPE]), timeout=10)


def test_the_claim_needs_the_scope(stage: Stage) -> None:
    stage.register("canvas")
    item = stage.place("canvas")["number"]
    assert CLAIM + "platformnotificationservice" not in stage.open("canvas", "dana", item)


def test_a_handler_is_kept_shown_and_forgotten(told: Stage) -> None:
    claim = service(told)
    url = claim["platform_notification_service_url"]
    assert (claim["scope"], COPY in claim["notice_types_supported"]) == ([SCOPE], True)
    handler = told.tool.base + "/notices"
    answer = put(told, url, notice_type=COPY, handler=handler)
    assert (answer.status_code, answer.json()) == (200, {"notice_type": COPY, "handler": handler})
    listed = requests.get(url, headers=told.tool.headers([SCOPE]), timeout=10).json()
    assert {"notice_type": COPY, "handler": handler} in listed["notice_handlers"]
    assert put(told, url, notice_type=COPY, handler="").status_code == 200
    assert told.inspect("canvas")["registrations"][0]["handlers"] == []
    assert told.violations("canvas") == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"notice_type": COPY},
        {"notice_type": "LtiSomethingElse", "handler": "{tool}/notices"},
        {"notice_type": COPY, "handler": 7},
        {"notice_type": COPY, "handler": "http://127.0.0.1:9/notices"},
        {"notice_type": COPY, "handler": "ftp://{domain}/notices"},
        {"notice_type": COPY, "handler": "{tool}/notices", "more": 1},
    ],
)
def test_handlers_that_are_refused(told: Stage, body: dict[str, Any]) -> None:
    url = service(told)["platform_notification_service_url"]
    domain = told.tool.base.partition("://")[2]
    filled = {name: value.format(tool=told.tool.base, domain=domain) if isinstance(value, str) else value for name, value in body.items()}
    assert put(told, url, **filled).status_code == 400
    assert told.violations("canvas")
    assert told.inspect("canvas")["registrations"][0]["handlers"] == []


def test_handlers_need_a_token_with_the_scope_and_an_own_deployment(told: Stage) -> None:
    url = service(told)["platform_notification_service_url"]
    body = {"notice_type": COPY, "handler": told.tool.base + "/notices"}
    assert requests.put(url, json=body, timeout=10).status_code == 401
    assert put(told, url, SCOPES, **body).status_code == 401
    assert put(told, url.rpartition("/")[0] + "/1", **body).status_code == 404


def test_a_copied_course_is_told_once_and_signed(told: Stage) -> None:
    url, handler = service(told)["platform_notification_service_url"], told.tool.base + "/notices"
    assert put(told, url, notice_type=COPY, handler=handler).status_code == 200
    told.tool.notice_status = 500
    told.walker.be("canvas", "dana")
    told.walker.post("/canvas/courses/2/copy", {})
    [claims] = told.tool.notices
    seen = told.inspect("canvas")
    old, copy = seen["courses"][0], seen["courses"][-1]
    assert claims[CLAIM + "notice"]["type"] == COPY
    assert claims[CLAIM + "context"]["id"] == copy["context_id"]
    assert claims[CLAIM + "origin_contexts"] == [old["context_id"]]
    assert claims[CLAIM + "deployment_id"] in seen["registrations"][0]["deployments"]
    assert (claims["iss"], claims["aud"], claims["azp"]) == (seen["issuer"], told.tool.client_id, told.tool.client_id)
    assert seen["notices"] == [{"client_id": told.tool.client_id, "type": COPY, "handler": handler, "status": 500}]
    told.control("canvas", scopes=SCOPES)
    told.walker.post("/canvas/courses/2/copy", {})
    assert len(told.tool.notices) == 1, "who lost the scope is not told"


def test_a_history_that_the_lms_does_not_know_comes_as_it_was_written(told: Stage) -> None:
    item = told.place("canvas")
    told.walker.post("/canvas/courses/2/copy", {})
    told.control("canvas", history_unknown=True)
    copy = told.inspect("canvas")["items"][-1]
    claims = told.open("canvas", "dana", copy["number"], told.inspect("canvas")["courses"][-1]["number"])
    assert copy["number"] != item["number"]
    assert claims[CLAIM + "custom"]["history"] == "$Context.id.history"


def test_moodle_has_no_notices(stage: Stage) -> None:
    stage.register("moodle")
    item = stage.place("moodle")["number"]
    assert CLAIM + "platformnotificationservice" not in stage.open("moodle", "ada", item)
    stage.walker.be("moodle", "dana")
    stage.walker.post("/moodle/courses/2/copy", {})
    assert stage.inspect("moodle")["notices"] == []
