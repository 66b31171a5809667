"""Evidence is made in the page, in a frame as wide as a phone: a recording that outlives its page, a text that is formatted by keyboard."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lti_tool.demo.stage import Stage
from tests.browser.chromium import with_preferences
from tests.browser.school import HEIGHT, NARROW, School, frame_of, settle, tab_to, tick, tool_in

pytestmark = pytest.mark.timeout(300)
FAKE_DEVICES = ("--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream")
KEEPS = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
KEEPS_NOTHING = """if (location.search === "?keeps-nothing") indexedDB.open = () => { throw new DOMException("", "SecurityError"); };"""


@pytest.fixture(scope="module")
def with_camera(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium as most people have it, with a camera and a microphone that are not there."""
    with with_preferences(KEEPS, tmp_path_factory.mktemp("profile"), FAKE_DEVICES) as browser:
        yield browser


@pytest.fixture(scope="module")
def school(with_camera: Browser, stage: Stage) -> Iterator[School]:
    """Moodle names in its frames who may ask for the camera; here a teacher has just begun."""
    found = School(with_camera, stage, "moodle", seen=lambda _name, _page: None)
    found.register()
    found.place()
    found.seen = found.look
    yield found
    found.close()


@pytest.fixture(scope="module")
def teacher(school: School) -> Page:
    page = school.begin()
    page.add_init_script(KEEPS_NOTHING)
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    return page


def test_a_recording_outlives_its_page_and_is_handed_in(school: School, teacher: Page) -> None:
    _open(teacher, school, "recording", "file")
    tool, frame = tool_in(teacher), frame_of(teacher)
    box = tool.locator("[data-recorder]")
    box.get_by_role("button", name="Record video").dispatch_event("click")
    expect(box.get_by_role("status")).to_contain_text("Nothing is recorded yet")
    school.seen("recorder-ready", teacher)
    teacher.set_viewport_size({"width": NARROW, "height": HEIGHT})
    box.get_by_role("button", name="Start recording").dispatch_event("click")
    expect(box.get_by_role("timer")).not_to_have_text("0:00")
    box.get_by_role("button", name="Pause").dispatch_event("click")
    expect(box.locator("[data-part=size]")).not_to_have_text("0 kB")
    at = box.get_by_role("timer").inner_text()
    school.seen("recorder-paused", teacher)
    assert box.get_by_role("timer").inner_text() == at
    box.get_by_role("button", name="Go on").dispatch_event("click")

    teacher.once("dialog", lambda dialog: dialog.accept())  # the browser warns; somebody leaves all the same
    frame.evaluate("location.reload()")
    expect(box.get_by_text("A recording was not uploaded")).to_be_visible()
    school.seen("recorder-left", teacher)
    box.get_by_role("button", name="Look at it").dispatch_event("click")
    expect(box.get_by_role("status")).to_contain_text("Look at it, then use it")
    _until(teacher, "document.querySelector('[data-part=screen]').duration > 1")  # known, so that one can go to a minute of it
    box.get_by_role("button", name="Use this recording").dispatch_event("click")
    expect(tool.locator(".drop-zone__chosen")).to_have_text(re.compile(r"^Recording .*\.webm \(.* [kM]B\)$"))
    school.seen("recorder-used", teacher)
    tool.locator("[name=title]").fill("Turn and talk")
    tick(tool.locator("[name=students][value=none]"))
    tool.get_by_role("button", name="Upload", exact=True).dispatch_event("click")
    expect(tool.locator(".file-list__what").get_by_text("Turn and talk").first).to_be_visible()
    _until(teacher, f"{_KEPT_PARTS}.then((kept) => kept === 0)")  # what is uploaded is no longer kept in the browser


def test_a_text_is_formatted_by_keyboard_and_saves_itself(school: School, teacher: Page) -> None:
    _open(teacher, school, "plan", "text")
    tool, frame, keys = tool_in(teacher), frame_of(teacher), teacher.keyboard
    field = tool.locator("textarea[name=text]")
    expect(tool.get_by_role("toolbar", name="Formatting of Your text")).to_be_visible()
    frame.locator("#main").focus()
    tab_to(teacher, "markdown-toolbar *")
    assert frame.evaluate("document.activeElement.textContent") == "Bold"
    for name in ("Italic", "Heading"):
        keys.press("ArrowRight")
        assert frame.evaluate("document.activeElement.textContent") == name
    keys.press("Enter")
    expect(field).to_be_focused()
    keys.type("What I saw")
    keys.press("Enter")
    keys.press("Enter")
    keys.press("Control+b")
    keys.type("Eight")
    expect(field).to_have_value("## What I saw\n\n**Eight**")
    expect(tool.locator("[data-save-state]")).to_contain_text("Saved", timeout=10_000)
    assert "/artifact/" in frame.evaluate("location.pathname")
    keys.press("Shift+Tab")
    keys.press("End")
    assert frame.evaluate("document.activeElement.textContent") == "Preview"
    keys.press("Enter")
    preview = tool.get_by_role("region", name="Preview of Your text")
    expect(preview.get_by_role("heading", name="What I saw", level=3)).to_be_visible()
    expect(preview.locator("strong")).to_have_text("Eight")
    school.seen("editor", teacher)
    frame.evaluate("location.reload()")
    expect(field).to_have_value("## What I saw\n\n**Eight**")


def test_words_outlive_a_lost_connection(school: School, teacher: Page) -> None:
    """What the server could not take is offered when the page is opened again."""
    _open(teacher, school, "responses", "link")
    tool = tool_in(teacher)
    tool.locator("[name=text]").fill("Look at minute three.")
    _until(teacher, _KEPT_TEXT, "Look at minute three.")
    _open(teacher, school, "responses", "file")
    _open(teacher, school, "responses", "link")
    box = tool.get_by_role("region", name="Not saved yet")
    expect(box).to_be_visible()
    school.seen("kept-words", teacher)
    box.get_by_role("button", name="Put it back").dispatch_event("click")
    expect(tool.locator("[name=text]")).to_have_value("Look at minute three.")


def test_where_the_browser_keeps_nothing_it_says_so_and_records_all_the_same(school: School, teacher: Page) -> None:
    _open(teacher, school, "recording", "file", "?keeps-nothing")
    tool = tool_in(teacher)
    box = tool.locator("[data-recorder]")
    box.get_by_role("button", name="Record sound").dispatch_event("click")
    expect(box.get_by_text("don’t close this page")).to_be_visible()
    box.get_by_role("button", name="Start recording").dispatch_event("click")
    expect(box.get_by_role("timer")).not_to_have_text("0:00")
    box.get_by_role("button", name="Stop").dispatch_event("click")
    box.get_by_role("button", name="Use this recording").dispatch_event("click")
    tool.locator("[name=title]").fill("Only sound")
    tool.get_by_role("button", name="Upload", exact=True).dispatch_event("click")
    expect(tool.locator(".file-list__what").get_by_text("Only sound").first).to_be_visible()


def test_without_permission_the_page_says_what_to_do(school: School, teacher: Page) -> None:
    _open(teacher, school, "recording", "file")
    box = tool_in(teacher).locator("[data-recorder]")
    frame_of(teacher).evaluate(
        "() => void (navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', 'NotAllowedError')))"
    )
    box.get_by_role("button", name="Record sound").dispatch_event("click")
    expect(box.get_by_role("alert")).to_contain_text("This page may not use the camera or the microphone")
    expect(box.get_by_role("button", name="Record video")).to_be_visible()
    school.seen("recorder-denied", teacher)


_KEPT_TEXT = """async (text) => {
  const { keptWords } = await import("/static/kept.js");
  return (await keptWords(document.querySelector("form[data-keep]").dataset.keep))?.values.text === text;
}"""
_KEPT_PARTS = """new Promise((resolve) => {
  const asked = indexedDB.open("kept", 1);
  asked.onsuccess = () => {
    const counted = asked.result.transaction("parts").objectStore("parts").count();
    counted.onsuccess = () => { asked.result.close(); resolve(counted.result); };
  };
})"""


def _until(page: Page, question: str, given: str = "") -> None:
    """Wait until the frame says yes, which may take it a promise."""
    for _ in range(150):
        if frame_of(page).evaluate(question, given):
            return
        page.wait_for_timeout(100)
    raise AssertionError(question)


def _open(page: Page, school: School, requirement: str, kind: str, mark: str = "") -> None:
    """The form for a piece of this kind."""
    page.set_viewport_size({"width": NARROW, "height": HEIGHT})
    frame = frame_of(page)
    found = re.match(r".*/evidence/work/[0-9a-f-]{36}", frame.url)
    assert found, frame.url
    assert kind in school.sample.content.requirement(requirement).accepts
    frame.goto(f"{found[0]}/requirement/{requirement}/add/{kind}{mark}")
    settle(page)
