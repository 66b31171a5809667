"""The portfolio, the year and the further attempt in Chromium: accessible, never too wide."""

from __future__ import annotations

import re
from datetime import timedelta
from io import BytesIO

from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.evidence import deadlines
from tests.browser.pages import enter, look
from tests.conftest import Clock
from tests.integration.evidence.conftest import PDF
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def a_year(scene: Scene, clock: Clock) -> str:
    """Work that came back once, got more time, and nears its end. Gives the path of the work."""
    world, work = scene.world, f"/evidence/work/{scene.enrollment.id}"
    ada = world.browser(scene.ada, "earner", activity=scene.activity)
    title = "Lesson plan for the unit on fractions, third revision after talking to colleagues"
    file = {"file": (BytesIO(PDF), "plan.pdf"), "title": title, "students": "none", "criteria": ["planning", "asking"]}
    link = {"url": "https://video.example.org/" + "long" * 30, "title": "Recording", "students": "background"}
    for path, data in (
        ("/self-assess", {"level_planning": "2", "level_asking": "2"}),
        ("/answers/overview", {"text_context": "Grade five."}),
        ("/answers/reflection", {"text_impact": "They ask."}),
        ("/requirement/plan/add/file", file),
        ("/requirement/recording/add/link", link),
        ("/submit", {"names_removed": "y"}),
    ):
        assert ada.post(work + path, data).status_code == 303, path
    clock.tick(days=20)
    for review in world.reviews(scene.submission()):
        world.judge(review, {"planning": 2, "asking": 1}, "The second question closes too early.")
    clock.tick(days=340)
    with world.tool.database.unit() as session:
        deadlines.extend(
            session, world.tool, district_id=scene.ada.district_id, enrollment_id=scene.enrollment.id, actor_id=scene.dana.id,
            until=clock() + timedelta(days=25), reason="The school was closed for three weeks.",
        )  # fmt: skip
    deadlines.write_reminders(world.tool)
    return work


def test_pages_of_the_portfolio_and_the_year(scene: Scene, app: Flask, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    work = a_year(scene, clock)
    second = scene.world.activity(scene.context, scene.world.version(scene.ada.district_id, title="Second microcredential"))
    other = scene.world.enrollment(second, scene.ada)
    at = enter(context, url, scene.world.browser(scene.ada, "earner", activity=scene.activity))
    look(page, at + "/home", "home-reminded")
    look(page, at + "/evidence/portfolio", "portfolio")
    look(page, f"{at}/evidence/work/{other.id}/requirement/plan/choose", "choose")
    page.get_by_role("button", name=re.compile("Use it.*Lesson plan")).click()
    expect(page.get_by_text("Say which criteria it shows.")).to_be_visible()
    look(page, page.url, "artifact-criteria")
    page.goto(at + "/evidence/portfolio")
    page.get_by_role("link", name="Lesson plan for").click()
    look(page, page.url, "portfolio-piece")
    look(page, at + work + "/requirement/plan", "requirement")
    look(page, at + work, "work-further-attempt")
    look(page, at + work + "/check", "check-further-attempt")
    look(page, f"{at}/activities/{scene.activity.id}", "hub-compared")


def test_a_facilitator_gives_more_time(scene: Scene, app: Flask, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    at = enter(context, url, scene.facilitator())
    address = f"{at}/activities/{scene.activity.id}/people/{scene.ada.id}"
    look(page, address, "person")
    page.get_by_text("Give more time").first.click()
    page.get_by_label("Reason").fill("The school was closed.")
    page.get_by_role("button", name="Give more time").click()
    expect(page.get_by_role("alert")).to_contain_text("Choose the new last day.")
    expect(page.get_by_label("Reason")).to_have_value("The school was closed.")
    page.get_by_label("New last day").fill((clock() + timedelta(days=400)).date().isoformat())
    page.get_by_role("button", name="Give more time").click()
    expect(page.get_by_text("They have more time now.")).to_be_visible()
