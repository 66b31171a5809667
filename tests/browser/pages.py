"""Pages of the tool in a browser window of their own, without an LMS around them: going in, looking, and a course in full swing."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page

from lti_tool.audit import record
from tests.factories.world import FrameBrowser
from tests.integration.review.conftest import Scene

SHOTS = os.environ.get("SCREENSHOTS", "")
"""A folder for pictures of what was looked at."""


def enter(context: BrowserContext, url: str, browser: FrameBrowser) -> str:
    """Give Chromium the frame's cookie. Returns the frame's address."""
    context.add_cookies(
        [{"name": c.key, "value": c.value, "url": url} for c in browser.client._cookies.values() if not c.key.startswith("__")]
    )
    return url + browser.prefix


def look(page: Page, address: str, name: str) -> None:
    """No violation, and nothing wider than the window, at both widths."""
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 600 if width == 1280 else 844})
        page.goto(address)
        if SHOTS:
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
            page.screenshot(path=Path(SHOTS) / f"{name}-{width}-window.png")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{name} at {width}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, f"{name} at {width} is too wide"


def crowd(scene: Scene) -> None:
    """A course in full swing: drafts, reviews, outcomes, long names, a long trail."""
    world = scene.world
    for n in range(12):
        person = world.person(scene.registration, f"Wilhelmina Featherstonehaugh-Cholmondeley {n}")
        world.member(scene.context, person, "earner")
        enrollment = world.enrollment(scene.activity, person)
        if n % 3:
            submission = world.seated(enrollment)
        if n % 3 == 2:
            for review in world.reviews(submission):
                world.judge(review, n % 2 * 2, "Clear questions, well spaced.\nThe second one closes too early.")
    world.grant(scene.reviewers[0], "author")
    with world.tool.database.unit() as session:
        for n in range(60):
            record(session, district_id=scene.ada.district_id, at=world.tool.clock(), action=f"test:event:n{n}", actor_id=scene.ada.id)
