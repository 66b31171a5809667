"""The teacher's pages in Spanish in Chromium: what scripts say as well, accessible, never too wide for longer words."""

from __future__ import annotations

import re

from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect

from tests.browser.chromium import appears
from tests.browser.pages import enter, look
from tests.conftest import Clock
from tests.integration.review.conftest import Scene, scene, stage
from tests.integration.test_languages import SPANISH, piece_of, sent_in, working

__all__ = ["scene", "stage"]


def test_the_teachers_pages_in_spanish(scene: Scene, app: Flask, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity, launch=SPANISH)
    at, work = enter(context, url, ada), f"/evidence/work/{scene.enrollment.id}"
    look(page, f"{at}/activities/{scene.activity.id}", "es-hub-drafting")
    look(page, at + work + "/self-assess", "es-self-assess")
    look(page, at + work + "/requirement/plan", "es-requirement-empty")
    look(page, at + work + "/requirement/recording/add/file", "es-requirement-file")
    look(page, at + work + "/check", "es-check-missing")
    look(page, at + "/nothing/here", "es-error-frame")
    ada = working(scene, clock)
    at = enter(context, url, ada)
    for path, name in (
        (work, "work"),
        (work + "/requirement/plan", "requirement"),
        (work + "/check", "check"),
        ("/evidence/portfolio", "portfolio"),
        ("/evidence/portfolio/" + piece_of(ada), "portfolio-piece"),
        ("/keeping/", "keeping"),
        ("/notices/choices", "choices"),
    ):
        look(page, at + path, f"es-{name}")


def test_what_comes_after_sending_in(scene: Scene, app: Flask, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    at = enter(context, url, sent_in(scene, clock))
    look(page, f"{at}/activities/{scene.activity.id}", "es-hub-waiting")
    for review in scene.world.reviews(scene.submission()):
        scene.world.judge(review, {"planning": 2, "asking": 1}, "The second question closes too early.")
    look(page, at + "/home", "es-home")
    look(page, f"{at}/activities/{scene.activity.id}", "es-hub-came-back")
    look(page, at + "/notices/", "es-notices")


def test_what_scripts_say(scene: Scene, app: Flask, url: str, context: BrowserContext, page: Page) -> None:
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity, launch=SPANISH)
    at, work = enter(context, url, ada), f"/evidence/work/{scene.enrollment.id}"
    page.goto(at + work + "/answers/overview")
    expect(page.get_by_role("button", name="Negrita")).to_be_visible()
    page.get_by_role("textbox").first.fill("Quinto grado, veintiséis estudiantes.")
    expect(page.get_by_text(re.compile(r"4 de \d+ palabras"))).to_be_visible()
    appears(page.get_by_text(re.compile("Guardado: ")))
    page.goto(at + work + "/requirement/plan/add/file")
    expect(page.get_by_text(re.compile("También puede soltar"))).to_be_visible()
    page.goto(at + work)
    page.get_by_text("Dejar de trabajar en esto").click()
    page.get_by_role("button", name="Retirar").click()
    expect(page.get_by_role("dialog")).to_contain_text("¿Retirarse de esta microcredencial?")
    expect(page.get_by_role("button", name="Volver", exact=True)).to_be_visible()
    time = page.locator("time[data-local]").first
    expect(time).to_have_text(re.compile(r"^\d{1,2} [a-z]{3}"))


def test_english_pages_ask_for_no_dictionary(scene: Scene, app: Flask, url: str, context: BrowserContext, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    at = enter(context, url, scene.world.browser(scene.ada, "earner", activity=scene.activity))
    page.goto(f"{at}/evidence/work/{scene.enrollment.id}/answers/overview")
    expect(page.get_by_role("button", name="Bold")).to_be_visible()
    assert [one for one in asked if "words." in one and "words.js" not in one] == []
