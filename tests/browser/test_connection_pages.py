"""The check of a connection and the console's notice in Chromium: accessible, never too wide, usable without JavaScript."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from sqlalchemy import update

from lti_tool.platforms.models import Registration
from tests.browser.pages import enter, look
from tests.factories.world import FrameBrowser, World

AGS = "https://purl.imsglobal.org/spec/lti-ags/scope/"
LAUNCH: dict[str, Any] = {
    "roles": ["http://purl.imsglobal.org/vocab/lis/v2/institution/person#Administrator"],
    "named": True,
    "mailed": True,
    "roster": True,
    "clock_difference": 3,
    "proof": "cookie",
    "storage_offered": False,
    "deployment_id": "1",
    "scopes": [AGS + "lineitem", AGS + "result.readonly"],
}


def narrowed(world: World) -> tuple[Registration, FrameBrowser]:
    """An administrator in a course of an LMS that took the right to send scores away."""
    registration = world.registration(name="Oak County Moodle")
    offers = {"names": True, "emails": True, "scores": False, "columns": True, "results": True, "roster": True}
    seen = {"LtiResourceLinkRequest": datetime(2026, 11, 3).isoformat()}  # noqa: DTZ001
    with world.tool.database.unit() as session:
        session.execute(
            update(Registration).where(Registration.id == registration.id).values(observed={"messages": seen, "offers": offers})
        )
    context = world.context(registration)
    return registration, world.browser(world.person(registration, "Alma Admin"), "console", context=context, launch=LAUNCH)


@pytest.mark.parametrize("state", ["seen", "fresh"])
def test_pages_of_the_check(world: World, url: str, context: BrowserContext, page: Page, state: str) -> None:
    if state == "seen":
        _, browser = narrowed(world)
    else:
        browser = world.browser(world.person(world.registration(vendor="canvas"), "Alma Admin"), "console")
    at = enter(context, url, browser)
    look(page, f"{at}/connection/", f"connection-{state}")
    look(page, f"{at}/district/", f"district-{state}")


def test_asking_the_lms_works_without_javascript_and_a_reload_asks_again(world: World, url: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 390, "height": 844})
    _, browser = narrowed(world)
    page = context.new_page()
    page.goto(f"{enter(context, url, browser)}/connection/")
    for _ in range(2):
        page.get_by_role("button", name="Check the services").click()
        expect(page.get_by_text("The LMS’s server can’t be reached from the tool’s server.").first).to_be_visible()
        page.reload()
        expect(page.get_by_role("heading", level=1)).to_contain_text("need you")
    context.close()


def test_the_page_after_asking(world: World, url: str, context: BrowserContext, page: Page) -> None:
    _, browser = narrowed(world)
    at = enter(context, url, browser)
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 700})
        page.goto(f"{at}/connection/")
        page.get_by_role("button", name="Check the services now").click()
        expect(page.get_by_role("button", name="Check the services again")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
