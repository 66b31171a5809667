"""The LMS's own scripts in Chromium: frames that submit themselves, the close message, the values kept for the tool."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from tests.browser.chromium import chromium as running
from tests.practice_lms.conftest import Stage
from tests.practice_lms.grades import Book

FLAGS = "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking --disable-component-update --disable-sync"

ASK = """
async ([subject, more, where]) => await new Promise((done) => {
  const id = String(Math.random());
  addEventListener("message", (event) => { if (event.data.message_id === id) done([event.data, event.origin]); });
  const target = where ? parent.frames[where] : parent;
  target.postMessage({subject, message_id: id, ...more}, "*");
  setTimeout(() => done(null), 2000);
})
"""


@pytest.fixture(name="browser", scope="module")
def chromium() -> Iterator[Browser]:
    with running() as found:
        yield found


@pytest.fixture(name="page")
def one_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    yield context.new_page()
    context.close()


def open_activity(stage: Stage, page: Page, face: str) -> Any:
    """Open an activity as Ada; gives the frame once the tool has it."""
    item = stage.place(face)["number"]
    page.request.post(f"{stage.base}/{face}/switch", form={"person": "ada"})
    page.goto(f"{stage.base}/{face}/courses/2/items/{item}")
    page.frame_locator("[data-test=tool-frame]").get_by_text("Launched").wait_for(timeout=10_000)
    return next(frame for frame in page.frames if frame.url.startswith(stage.tool.base))


def test_the_canvas_page_keeps_values_for_the_tool(stage: Stage, page: Page) -> None:
    stage.register("canvas")
    frame = open_activity(stage, page, "canvas")
    keep = "post_message_forwarding"
    told, origin = frame.evaluate(ASK, ["lti.put_data", {"key": "state", "value": "abc"}, keep])
    assert told["value"] == "abc"
    assert origin == stage.base
    assert frame.evaluate(ASK, ["lti.get_data", {"key": "state"}, keep])[0]["value"] == "abc"
    assert frame.evaluate(ASK, ["lti.get_data", {"key": "state"}, ""])[0]["value"] == "abc"
    assert frame.evaluate(ASK, ["lti.get_data", {"key": "other"}, keep])[0]["value"] is None
    full = frame.evaluate(ASK, ["lti.put_data", {"key": "big", "value": "x" * 4096}, keep])[0]
    assert full["error"]["code"] == "storage_exhaustion"
    frame.evaluate(ASK, ["lti.put_data", {"key": "state", "value": None}, keep])
    assert frame.evaluate(ASK, ["lti.get_data", {"key": "state"}, keep])[0]["value"] is None
    subjects = frame.evaluate(ASK, ["lti.capabilities", {}, ""])[0]["supported_messages"]
    assert {"subject": "lti.put_data", "frame": keep} in subjects


def test_the_canvas_frame_grows_and_the_moodle_one_does_not(stage: Stage, page: Page) -> None:
    for face, height in (("canvas", 1200), ("moodle", 600)):
        stage.register(face)
        frame = open_activity(stage, page, face)
        answer = frame.evaluate(ASK, ["lti.frameResize", {"height": 1200}, ""])
        assert (answer is not None) == (face == "canvas")
        box = page.locator("[data-test=tool-frame]").bounding_box()
        assert box is not None
        assert abs(box["height"] - height) <= 4


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_the_close_message_ends_the_registration(stage: Stage, page: Page, face: str) -> None:
    page.goto(f"{stage.base}/{face}/admin/apps/add")
    page.get_by_label("Registration link").fill(stage.tool.base + "/register")
    page.get_by_role("button", name="Continue").click()
    page.frame_locator("[data-test=registration-frame]").get_by_text("Registered").wait_for(timeout=10_000)
    frame = next(frame for frame in page.frames if frame.url.startswith(stage.tool.base))
    frame.evaluate("parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')")
    page.get_by_role("button", name="Enable" if face == "canvas" else "Activate").click()
    page.locator("[data-test=app-status]", has_text="On").wait_for()


@pytest.mark.parametrize(("face", "placement"), [("canvas", "assignment_selection"), ("moodle", "ContentArea")])
def test_a_designer_saves_what_came_back_into_the_frame(stage: Stage, page: Page, face: str, placement: str) -> None:
    stage.register(face)
    stage.tool.items = [{"type": "ltiResourceLink", "title": "Close reading", "lineItem": {"scoreMaximum": 100}}]
    page.request.post(f"{stage.base}/{face}/switch", form={"person": "dana"})
    page.goto(f"{stage.base}/{face}/courses/2")
    page.locator(f"[data-test=add-{placement}]").last.click()
    inner = page.frame_locator("[data-test=tool-frame]")
    inner.locator("[data-test=answer]").evaluate("form => form.submit()")
    inner.get_by_label("Name").fill("Close reading, autumn")
    inner.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Close reading, autumn").wait_for()
    assert page.url == f"{stage.base}/{face}/courses/2"
    assert stage.violations(face) == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_pages_are_accessible_and_fit(stage: Stage, page: Page, face: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    book = Book(stage, face)
    book.post(comment="Clear evidence.")
    app = stage.tool.client_id
    placement = "assignment_selection" if face == "canvas" else "ContentArea"
    course = f"/{face}/courses/2"
    paths = [
        ("alex", "/"),
        ("alex", f"/{face}/admin"),
        ("alex", f"/{face}/admin/apps/add"),
        ("alex", f"/{face}/admin/apps/manual"),
        ("alex", f"/{face}/admin/apps/{app}"),
        ("alex", "/canvas/admin/apps/json"),
        ("dana", f"/{face}/"),
        ("dana", f"/{face}/people"),
        ("dana", course),
        ("dana", f"{course}/gradebook"),
        ("dana", f"/{face}/courses/3/roster"),
        ("ada", course),
        ("ada", f"{course}/grades"),
        ("ada", f"{course}/items/{book.item['number']}"),
        ("dana", f"{course}/select/{app}?placement={placement}"),
        ("ada", f"/{face}/nowhere"),
    ]
    for person, path in paths:
        page.request.post(f"{stage.base}/{face}/switch", form={"person": person})
        page.goto(stage.base + path)
        faults = [fault["id"] for fault in Axe().run(page).response["violations"]]
        assert faults == [], f"{path}: {faults}"
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


@pytest.mark.parametrize("width", [1280, 390])
def test_moodle_asks_before_it_updates(stage: Stage, page: Page, width: int) -> None:
    stage.register("moodle")
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{stage.base}/moodle/admin/apps/add")
    page.get_by_label("Registration link").fill(stage.tool.base + "/register")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Register as new").wait_for()
    assert [fault["id"] for fault in Axe().run(page).response["violations"]] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.get_by_role("button", name="Update").click()
    page.frame_locator("[data-test=registration-frame]").get_by_text("Registered").wait_for(timeout=10_000)
    frame = next(frame for frame in page.frames if frame.url.startswith(stage.tool.base))
    frame.evaluate("parent.postMessage({subject: 'org.imsglobal.lti.close'}, '*')")
    page.get_by_role("button", name="Show it there").wait_for()  # an update hides the tool from the chooser
    assert len(stage.inspect("moodle")["registrations"]) == 1
