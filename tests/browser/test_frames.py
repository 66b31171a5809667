"""Sessions in a frame of another site, in a Chromium that blocks third-party cookies: people, tabs, reload, back, the end of a visit."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
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


def test_two_people_in_two_tabs_of_one_browser_stay_apart(school: School) -> None:
    ada = school.become(school.stranger(), "ada")
    school.enter(ada, school.title)
    dana = school.become(school.watch(ada.context.new_page()), "dana")
    school.enter(dana, school.title)
    for page, name, other in ((ada, "Ada Lindqvist", "Dana Okafor"), (dana, "Dana Okafor", "Ada Lindqvist")) * 2:
        tool = tool_in(page)
        tool.get_by_role("link", name="My work").first.click()
        expect(tool.get_by_role("heading", name="My work")).to_be_visible()
        expect(tool.locator(".whoami__name")).to_have_text(name)
        assert other not in tool.locator("body").inner_text()


def test_reload_and_back_after_the_launch(school: School) -> None:
    page = school.be("ada")
    tool = school.enter(page, school.title)
    here = frame_of(page).url
    tool.get_by_role("link", name="My work").first.click()
    expect(tool.get_by_role("heading", name="My work")).to_be_visible()
    page.evaluate("history.back()")  # Page.go_back waits for the page itself, and only its frame goes back
    expect(tool.get_by_role("heading", name=school.title, level=1)).to_be_visible()
    assert frame_of(page).url == here
    frame_of(page).evaluate("location.reload()")
    expect(tool.get_by_role("heading", name=school.title, level=1)).to_be_visible()
    page.reload()
    expect(tool.get_by_role("heading", name=school.title, level=1)).to_be_visible(timeout=15_000)
    page.goto(school.url("/"))
    page.go_back()
    expect(tool.locator("body.in-frame h1")).to_be_visible(timeout=15_000)


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
