"""Pages of the people who run badges, and what a teacher lets a badge tell, in Chromium: accessible, never too wide."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from playwright.sync_api import BrowserContext, Page

from lti_tool.badges import issuers, service
from lti_tool.tool import Tool
from tests.browser.pages import enter, look
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.badges.stage import Earned
from tests.integration.badges.test_issuers import TheState, endorsement


@pytest.fixture
def earned(world: World, tool: Tool, clock: Clock) -> Earned:
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    tool.http = TheState()
    return Earned(world, tool)


def test_pages_of_the_office(earned: Earned, tool: Tool, url: str, context: BrowserContext, page: Page) -> None:
    _, cora = earned.official("Cora Coordinator")
    _, hal = earned.official("Hal Human")
    at = enter(context, url, cora)
    look(page, f"{at}/district/badges/?find=nobody", "badges-none-found")
    look(page, f"{at}/district/badges/{earned.id}", "badge-unsigned")
    service.sign_due(tool)
    earned.show()
    look(page, f"{at}/district/badges/{earned.id}", "badge-valid")
    cora.post(f"{cora.prefix}/district/badges/{earned.id}/revoke", {"reason": "evidence", "note": "The plan is a colleague’s."})
    look(page, f"{at}/district/badges/", "badges")
    look(page, f"{at}/district/badges/{earned.id}", "badge-proposed-own")
    second = enter(context, url, hal)
    look(page, f"{second}/district/badges/{earned.id}", "badge-proposed")
    hal.post(f"{hal.prefix}/district/badges/{earned.id}/decide", {"do": "confirm"})
    look(page, f"{second}/district/badges/{earned.id}", "badge-revoked")


def test_pages_of_issuers(earned: Earned, tool: Tool, url: str, context: BrowserContext, page: Page) -> None:
    service.sign_due(tool)
    _, cora = earned.official("Cora Coordinator")
    at = enter(context, url, cora)
    look(page, f"{at}/district/badges/issuers", "issuers")
    look(page, f"{at}/district/badges/issuers/new", "issuer-new")
    issuer = f"/district/badges/issuers/{earned.row.issuer_id}"
    look(page, f"{at}{issuer}", "issuer-bare")
    assert cora.post(f"{cora.prefix}{issuer}/endorse", {"text": endorsement(earned.credential["issuer"]["id"])}).status_code == 303
    with tool.database.unit() as session:
        issuers.for_tests(session, tool, earned.teacher.district_id)
    look(page, f"{at}{issuer}", "issuer-endorsed")
    look(page, f"{at}/district/badges/issuers", "issuers-two")
    look(page, f"{at}/district/badges/terms", "badge-terms")
    look(page, f"{url}/issuers/{earned.slug}", "issuer-public")


def test_what_a_badge_tells(earned: Earned, tool: Tool, url: str, context: BrowserContext, page: Page) -> None:
    service.sign_due(tool)
    at = enter(context, url, earned.browser)
    look(page, f"{at}/badges/{earned.id}/tells", "badge-tells")
