"""Pages of reviewing, scores and badges in Spanish, in Chromium: accessible, and longer words make nothing too wide."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lti_tool.badges import service
from lti_tool.tool import Tool
from tests.browser.pages import enter, look
from tests.factories.world import World
from tests.integration.review.conftest import Scene, scene, stage
from tests.integration.review.test_agreement import score
from tests.integration.test_badges import Earned

__all__ = ["scene", "stage"]


@pytest.fixture(name="stranger")
def _stranger(chromium: Browser) -> Iterator[Page]:
    """Somebody whose browser asks for Spanish."""
    context = chromium.new_context(locale="es-MX")
    yield context.new_page()
    context.close()


def test_pages_of_reviewing(stage: Callable[..., Scene], world: World, url: str, context: BrowserContext, page: Page) -> None:
    scene = stage()
    _, [first, second] = scene.seated()
    reviewer = world.browser(scene.person(first), "earner", "reviewer", activity=scene.activity, launch={"locale": "es"})
    at = enter(context, url, reviewer)
    look(page, f"{at}/review/", "es-queue")
    look(page, f"{at}/review/{first.id}", "es-desk")
    expect(page.get_by_role("button", name="Terminar y cerrar")).to_be_visible()
    world.judge(first, 2)
    world.judge(second, 2)
    score(scene, [(2, 2)] * 25 + [(1, 2)] * 6)
    runner = world.browser(scene.dana, "console", "facilitator", activity=scene.activity, launch={"locale": "es"})
    at = enter(context, url, runner)
    look(page, f"{at}/scores/activities/{scene.activity.id}", "es-scores")
    look(page, f"{at}/open-work/", "es-open-work")
    look(page, f"{at}/review/people", "es-people")
    look(page, f"{at}/review/agreement/reviewers", "es-agreement")


def test_pages_of_badges(world: World, tool: Tool, url: str, context: BrowserContext, page: Page, stranger: Page) -> None:
    earned = Earned(world, tool)
    assert service.sign_due(tool) == 1
    earned.show()
    look(stranger, f"{url}{earned.address}", "es-badge-public")
    look(stranger, f"{url}/badges/verify", "es-verify")
    teacher = world.browser(earned.teacher, "earner", activity=earned.activity, launch={"locale": "es"})
    at = enter(context, url, teacher)
    look(page, f"{at}/badges/", "es-badges")
    look(page, f"{at}/badges/{earned.id}", "es-badge-own")
    expect(page.get_by_role("button", name="Hacerla privada")).to_be_visible()
