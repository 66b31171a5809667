"""A launch says that the LMS tells of copied courses: kept with the deployment, without work for launches that say nothing new."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from lti_tool.platforms.models import Deployment, Registration
from lti_tool.tool import Tool
from tests.factories.platform import Platform
from tests.factories.queries import counted
from tests.integration.launch.conftest import LaunchingBrowser

CLAIM = "https://purl.imsglobal.org/spec/lti/claim/platformnotificationservice"


def offer(platform: Platform, address: str = "/notice-handlers/1", **given: Any) -> dict[str, Any]:
    return {
        CLAIM: {
            "service_versions": ["1.0"],
            "platform_notification_service_url": platform.issuer + address,
            "scope": ["https://purl.imsglobal.org/spec/lti/scope/noticehandlers"],
            "notice_types_supported": ["LtiHelloWorldNotice", "LtiContextCopyNotice"],
            **given,
        }
    }


def kept(tool: Tool) -> tuple[str, str]:
    with tool.database.read() as session:
        row = session.scalars(select(Deployment).order_by(Deployment.id.desc())).first()
        assert row is not None
        return row.notices_url, row.notices_state


def settle(tool: Tool, state: str) -> None:
    with tool.database.unit() as session:
        session.execute(update(Deployment).values(notices_state=state, notices_tried_at=tool.clock()))


def test_the_worker_is_asked_once_and_again_when_the_address_changes(browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
    woken: list[str] = []
    tool.wake = lambda: woken.append("now")
    assert browser.launch(**offer(platform)).status_code == 303
    assert kept(tool) == (f"{platform.issuer}/notice-handlers/1", "due")
    assert woken == ["now"]
    settle(tool, "kept")
    assert browser.launch(**offer(platform)).status_code == 303
    assert browser.launch().status_code == 303, "not every launch says it"
    assert kept(tool) == (f"{platform.issuer}/notice-handlers/1", "kept")
    assert woken == ["now"]
    assert browser.launch(**offer(platform, "/notice-handlers/2")).status_code == 303
    assert kept(tool) == (f"{platform.issuer}/notice-handlers/2", "due")
    settle(tool, "refused")
    assert browser.launch(**offer(platform, notice_types_supported=["LtiHelloWorldNotice"])).status_code == 303
    assert kept(tool) == ("", "")
    assert browser.launch(**offer(platform, "/notice-handlers/2")).status_code == 303
    assert kept(tool) == (f"{platform.issuer}/notice-handlers/2", "due")


def test_an_ordinary_launch_asks_the_database_nothing_more(browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
    browser.launch(**offer(platform))
    settle(tool, "kept")
    browser.launch(**offer(platform))  # what stays in memory is read again

    def statements(**claims: Any) -> int:
        with counted(tool) as found:
            assert browser.launch(**claims).status_code == 303
        return len(found)

    assert statements(**offer(platform)) == statements()


@pytest.mark.parametrize(
    "given",
    [
        {"platform_notification_service_url": "http://elsewhere.example/handlers"},
        {"platform_notification_service_url": "javascript:alert(1)"},
        {"platform_notification_service_url": 7},
        {"platform_notification_service_url": "https://x.example/" + "x" * 5000},
        {"notice_types_supported": "x"},
        {"notice_types_supported": [7, None]},
        {"notice_types_supported": ...},
    ],
    ids=range(7),
)
def test_odd_offers_are_none(browser: LaunchingBrowser, platform: Platform, tool: Tool, given: dict[str, Any]) -> None:
    claim = offer(platform, **given)
    claim[CLAIM] = {name: value for name, value in claim[CLAIM].items() if value is not ...}
    assert browser.launch(**claim).status_code == 303
    assert kept(tool) == ("", "")


@pytest.mark.parametrize("claim", ["x", ["x"], 7])
def test_a_claim_of_the_wrong_type_is_refused_as_those_of_other_services_are(browser: LaunchingBrowser, claim: Any) -> None:
    assert browser.launch(**{CLAIM: claim}).status_code == 400


def test_an_address_that_may_not_be_called_leaves_the_known_one(browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
    browser.launch(**offer(platform))
    settle(tool, "kept")
    browser.launch(**offer(platform))  # what stays in memory is read again
    assert browser.launch(**offer(platform, platform_notification_service_url="http://elsewhere.example/handlers")).status_code == 303
    assert kept(tool) == (f"{platform.issuer}/notice-handlers/1", "kept")


def test_a_new_deployment_is_asked_for_too(browser: LaunchingBrowser, platform: Platform, registration: Registration, tool: Tool) -> None:
    with tool.database.unit() as session:
        session.execute(update(Registration).values(vendor="canvas"))
    login = {"lti_deployment_id": "another"}
    assert browser.launch(login, deployment_id="another", **offer(platform, "/notice-handlers/7")).status_code == 303
    assert kept(tool) == (f"{platform.issuer}/notice-handlers/7", "due")
    with tool.database.read() as session:
        assert sorted(session.scalars(select(Deployment.notices_state))) == ["", "due"]
