"""Sessions in a frame of another site, in a Chromium that blocks third-party cookies: the cookie, the visit that ended, impatience."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, FrameLocator, expect
from pytest_httpserver import HTTPServer

from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from tests.browser.chromium import appears
from tests.browser.chromium import chromium as running
from tests.browser.school import School, faults_of, frame_of, tool_in

BLOCKS_THIRD_PARTY_COOKIES = "--test-third-party-cookie-phaseout"
KEPT = "(more) => { document.cookie = `probe=1; Secure; SameSite=None; Path=/${more}`; return document.cookie.includes('probe'); }"


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with running([BLOCKS_THIRD_PARTY_COOKIES]) as browser:
        yield browser


@pytest.fixture(scope="module")
def placed(stage: Stage) -> Stage:
    """The stage, with the activity in the course."""
    for face in ("canvas", "moodle"):
        walk = Walk(stage, face, lambda _line: None)
        walk.register()
        walk.place()
    return stage


@pytest.fixture(params=["canvas", "moodle"])
def school(request: pytest.FixtureRequest, chromium: Browser, placed: Stage) -> Iterator[School]:
    found = School(chromium, placed, request.param)
    yield found
    found.close()


def test_the_partitioned_cookie_carries_the_visit(school: School) -> None:
    page = school.be("ada")
    tool = school.enter(page, school.title)
    frame = frame_of(page)
    assert frame.evaluate(KEPT, "") is False, "third-party cookies are not blocked here"
    assert frame.evaluate(KEPT, "; Partitioned") is True
    assert "/s/" in frame.url
    assert "~" not in frame.url, "the secret stands in the address although the browser keeps partitioned cookies"
    tool.get_by_role("link", name="My work").first.click()
    expect(tool.get_by_role("heading", name="My work")).to_be_visible()
    visits = [cookie for cookie in page.context.cookies() if cookie["name"].startswith("__Host-f-")]
    assert visits
    assert all(cookie["httpOnly"] and cookie["secure"] and cookie.get("partitionKey") for cookie in visits)


def test_a_visit_that_ended_says_so_and_what_to_do(school: School) -> None:
    page = school.be("ada")
    tool = school.enter(page, school.title)
    page.context.clear_cookies()
    tool.get_by_role("link", name="My work").first.click()
    expect(tool.get_by_role("heading", name="Please open this again from your course")).to_be_visible()
    expect(tool.get_by_text("What you saved is kept.")).to_be_visible()
    assert faults_of(page) == []
    assert all("401" in fault for fault in school.faults)
    school.faults.clear()


def _writing(school: School, tool: FrameLocator) -> str:
    """Open the first question's page; the name of its field."""
    begin = tool.get_by_role("button", name="Start this microcredential").or_(tool.get_by_role("link", name="Continue"))
    begin.first.dispatch_event("click")
    tool.locator("a[href*='/answers/overview']").first.dispatch_event("click")
    field = f"text_{school.sample.content.overview_questions[0].key}"
    expect(tool.locator(f"[name={field}]")).to_be_visible()
    return field


def test_what_was_written_in_a_visit_that_ended_is_not_lost(school: School) -> None:
    page = school.be("ada")
    tool = school.enter(page, school.title)
    field = tool.locator(f"[name={_writing(school, tool)}]")
    page.context.clear_cookies()
    field.fill("Twenty-four students, <b>grade 4</b>.")
    expect(tool.locator("[data-save-state]")).to_contain_text("Not saved: your visit has ended. Copy what you wrote")
    tool.get_by_role("button", name="Save", exact=True).dispatch_event("click")
    expect(tool.get_by_role("heading", name="Please open this again from your course")).to_be_visible()
    expect(tool.get_by_label("Your text")).to_have_value("Twenty-four students, <b>grade 4</b>.")
    assert faults_of(page) == []
    assert all("401" in fault for fault in school.faults)
    school.faults.clear()


def test_an_activity_opened_twice_at_once(school: School) -> None:
    page = school.be("ada")
    school.course(page).locator("[data-test^='activity-']", has_text=school.title).first.dblclick()
    page.wait_for_url("**/items/*")
    second = school.watch(page.context.new_page())
    second.goto(page.url)
    for tab in (page, second):
        appears(tool_in(tab).locator("body.in-frame h1"))
        tool_in(tab).get_by_role("link", name="My work").first.dispatch_event("click")
        expect(tool_in(tab).get_by_role("heading", name="My work")).to_be_visible()


def test_a_foreign_site_that_frames_a_page_of_a_visit_shows_nothing(school: School, httpserver: HTTPServer) -> None:
    page = school.be("ada")
    school.enter(page, school.title)
    here = frame_of(page).url
    httpserver.expect_request("/").respond_with_data(f'<iframe class="tool" src="{here}"></iframe>', content_type="text/html")
    stranger = page.context.new_page()
    refused: list[str] = []
    stranger.on("console", lambda message: refused.append(message.text))
    stranger.goto(httpserver.url_for("/").replace("127.0.0.1", "localhost"))
    stranger.wait_for_timeout(500)
    assert any("frame-ancestors" in words for words in refused), refused
    assert school.title not in frame_of(stranger).locator("body").inner_text()
