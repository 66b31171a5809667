"""On a phone: a teacher hands a file in to an ordinary assignment of the LMS, and reads a card in one of its pages."""

from __future__ import annotations

import json

from playwright.sync_api import Browser, Page, expect

from lti_tool.demo import linking
from lti_tool.demo.browser import Browser as Walker
from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from tests.browser.chromium import appears
from tests.browser.school import NARROW, School, faults_of, settle, tool_in


def _ready(stage: Stage) -> Walk:
    """Registered, placed, and Ada has the example's evidence."""
    walk = Walk(stage, "canvas", lambda _line: None)
    walk.register()
    walk.place()
    ada = walk.be("ada")
    page = ada.submit(walk.open("ada", walk.sample.content.title).form("/evidence/start"))
    ada.submit(page.form("/fill-example"))
    linking.embed(walk)
    return walk


def _look(name: str, page: Page, faults: list[str]) -> None:
    settle(page)
    faults += [f"{name}: {fault}" for fault in faults_of(page)]


def test_on_a_phone(chromium: Browser, stage: Stage) -> None:
    walk, faults = _ready(stage), list[str]()
    school = School(chromium, stage, "canvas", viewport={"width": NARROW, "height": 760})
    page = school.be("ada")
    school.course(page).get_by_role("link", name="Reading").click()
    page.get_by_test_id("submit-with-app").click()
    tool = tool_in(page)
    appears(tool.get_by_role("heading", name="Choose what to hand in"))
    _look("hand-in", page, faults)
    box = tool.get_by_label("potato-question-plan.txt")
    box.focus()
    page.keyboard.press("Space")
    expect(box).to_be_checked()
    tool.get_by_role("button", name="Hand it in").dispatch_event("click")
    expect(tool.get_by_test_id("submitted")).to_have_text("potato-question-plan.txt", timeout=15_000)
    school.course(page).get_by_role("link", name="Welcome").click()
    card = page.frame_locator("[data-test=embedded]")
    appears(card.get_by_role("heading", name=walk.sample.content.title))
    _look("card", page, faults)
    card.get_by_role("link", name="Continue").dispatch_event("click")
    expect(card.get_by_text("Continue your work")).to_be_visible()
    school.close()
    found = json.loads(Walker().get(f"{stage.lms_url}/control/canvas/inspect").content)
    assert [one["name"] for work in found["homework"] for one in work["files"]] == ["potato-question-plan.txt"]
    assert found["violations"] == []
    assert not faults, "\n".join(faults)
