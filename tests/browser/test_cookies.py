"""One visit in Chromium for every way in which a browser takes or refuses cookies, at both faces of the practice LMS.

Tool and LMS are on different sites. Each browser first proves that it blocks what it is here for: else its test would prove nothing.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Error, Frame, FrameLocator, Locator, Page, expect
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

import lti_tool
from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from tests.browser.chromium import NO_COOKIE_FOR_THE_TOOL, appears, with_preferences
from tests.browser.school import School, arrives, frame_of, tool_in

ALLOWED = {"profile": {"cookie_controls_mode": 0, "block_third_party_cookies": False}}
THIRD_PARTY_BLOCKED = {"profile": {"cookie_controls_mode": 1, "block_third_party_cookies": True}}

TAKES = """() => {
  const kept = (more) => {
    document.cookie = `probe=1; Secure; SameSite=None; Path=/${more}`;
    const found = document.cookie.includes("probe");
    document.cookie = `probe=; Secure; SameSite=None; Path=/; Max-Age=0${more}`;
    return found;
  };
  const storage = () => { try { localStorage.setItem("probe", "1"); return true; } catch { return false; } };
  return { plain: kept(""), partitioned: kept("; Partitioned"), storage: storage() };
}"""


@dataclass(frozen=True)
class Kind:
    """A browser's ways: its preferences, what its frames take, and how the visit is then carried at each face."""

    preferences: dict[str, Any]
    takes: dict[str, bool]
    carried: dict[str, str]


KINDS = {
    "allowed": Kind(
        ALLOWED, {"plain": True, "partitioned": True, "storage": True}, {"canvas": "cookie in the frame", "moodle": "cookie in the frame"}
    ),
    "third-party blocked": Kind(
        THIRD_PARTY_BLOCKED,
        {"plain": False, "partitioned": True, "storage": False},
        {"canvas": "cookie in the frame", "moodle": "cookie in the frame"},
    ),
    "none for the tool": Kind(
        NO_COOKIE_FOR_THE_TOOL,
        {"plain": False, "partitioned": False, "storage": False},
        {"canvas": "address in the frame", "moodle": "address in a window"},
    ),
}


@pytest.fixture(scope="module")
def placed(stage: Stage) -> Stage:
    """The stage, with the activity in the course of both schools."""
    for face in ("canvas", "moodle"):
        walk = Walk(stage, face, lambda _line: None)
        walk.register()
        walk.place()
    return stage


@pytest.fixture(scope="module", params=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    return KINDS[request.param]


@pytest.fixture(scope="module")
def chromium(kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with with_preferences(kind.preferences, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(params=["canvas", "moodle"])
def school(request: pytest.FixtureRequest, chromium: Browser, placed: Stage) -> Iterator[School]:
    found = School(chromium, placed, request.param)
    yield found
    found.close()


class Visit:
    """The tool where it ended up: in the LMS's frame or in a window of its own."""

    def __init__(self, page: Page, *, window: bool) -> None:
        self.page, self.window = page, window

    @property
    def tool(self) -> FrameLocator | Page:
        return self.page if self.window else tool_in(self.page)

    @property
    def frame(self) -> Frame:
        return self.page.main_frame if self.window else frame_of(self.page)

    def carried(self) -> str:
        """How the session travels, and where."""
        key = self.frame.url.split("/s/")[1].split("/")[0]
        return f"{'address' if '~' in key else 'cookie'} in {'a window' if self.window else 'the frame'}"

    def reload(self) -> None:
        with (
            self.page.expect_event("framenavigated", lambda frame: frame == self.frame),
            suppress(Error),
        ):  # the page goes before it answers
            self.frame.evaluate("location.reload()")

    def answer(self, school: School, words: str) -> None:
        """Go to the first question, write, save; reload: it is there."""
        started = self.tool.get_by_role("button", name="Start this microcredential")
        going_on = self.tool.get_by_role("link", name="Continue")
        expect(started.or_(going_on).first).to_be_visible()
        (started if started.count() else going_on.first).dispatch_event("click")
        expect(self.tool.get_by_text("Steps").first).to_be_visible()
        question = school.sample.content.overview_questions[0].key
        self.tool.locator("a[href*='/answers/overview']").first.dispatch_event("click")
        self.tool.locator(f"[name=text_{question}]").fill(words)
        self.tool.get_by_role("button", name="Save", exact=True).dispatch_event("click")
        self.frame.wait_for_url("**/answers/overview?said=evidence.saved")  # a page with older answers says "Saved" from the start
        self.reload()
        expect(self.tool.locator(f"[name=text_{question}]")).to_have_value(words)


def begin(school: School, page: Page) -> Visit:
    """Open the activity in the course; follow it into a window where the tool asks for one."""
    school.course(page).locator("[data-test^='activity-']", has_text=school.title).first.click()
    shown(page, tool_in(page))
    return Visit(page, window=False) if inside(tool_in(page)).count() else beside(school, page, tool_in(page))


def late(request: Request) -> Response:
    """A script of the tool, after a while."""
    time.sleep(0.7)
    return Response((Path(lti_tool.__file__).parent / "static" / Path(request.path).name).read_bytes(), content_type="text/javascript")


def shown(page: Page, place: FrameLocator | Page) -> None:
    """Wait until the tool shows its page, or offers a window."""
    arrives(page, offered(place).or_(inside(place)))


def beside(school: School, page: Page, place: FrameLocator | Page) -> Visit:
    """Open the window that the tool offers."""
    window = opened_by(school, page, lambda: offered(place).dispatch_event("click"))
    appears(inside(window))
    return Visit(window, window=True)


def opened_by(school: School, page: Page, act: Callable[[], object]) -> Page:
    with page.context.expect_page() as opened:
        act()
    return school.watch(opened.value)


def inside(place: FrameLocator | Page) -> Locator:
    return place.locator("body.in-frame h1")


def offered(place: FrameLocator | Page) -> Locator:
    return place.get_by_role("link", name="Open the activity")


def press_on(page: Page) -> None:
    """Where no script does: send the forms by which the LMS leads here and back, and go on where a page of ours waits to be left."""
    tool = tool_in(page)
    step = tool.locator("[data-test^='oidc-'] button, [data-storage-failed] a")
    arrived = offered(tool).or_(inside(tool))
    for _ in range(4):
        arrives(page, arrived.or_(step).first)
        if arrived.count():
            return
        with suppress(Error):  # a page that refreshes itself may be gone, and one that was left can't be asked: the next look tells
            pressed = step.first.element_handle(timeout=5_000)
            pressed.dispatch_event("click")
            pressed.wait_for_element_state("hidden", timeout=15_000)  # who is pressed twice sends the same launch twice


class TestEveryBrowser:
    def test_a_teacher_opens_saves_reloads_and_goes_back(self, school: School, kind: Kind) -> None:
        page = school.be("ada")
        visit = begin(school, page)
        assert visit.carried() == kind.carried[school.face]
        assert visit.frame.evaluate(TAKES) == kind.takes
        assert page.evaluate(TAKES)["plain"], "the LMS's own cookies have to be allowed"
        visit.answer(school, f"Twenty-four students, {visit.carried()}.")
        visit.frame.evaluate("history.go(-3)")  # over the saved page, the page before saving, and the work, to where the launch led
        expect(visit.tool.get_by_role("heading", name=school.title, level=1)).to_be_visible()
        visit.reload()
        expect(visit.tool.get_by_role("heading", name=school.title, level=1)).to_be_visible()
        page.reload()  # the LMS's page: a launch of its own
        shown(page, tool_in(page))

    def test_the_lms_opens_it_in_a_new_tab(self, school: School) -> None:
        page = school.be("ada")
        school.course(page).locator("[data-test^='activity-']", has_text=school.title).first.click()
        tab = opened_by(school, page, page.get_by_test_id("open-new-tab").click)
        shown(tab, tab)
        visit = Visit(tab, window=True) if inside(tab).count() else beside(school, tab, tab)
        visit.answer(school, f"A tab of its own, {visit.carried()}.")

    def test_scripts_that_come_late_change_nothing(self, school: School, kind: Kind, httpserver: HTTPServer) -> None:
        page = school.become(school.stranger(), "ada")
        httpserver.expect_request(re.compile("/.*")).respond_with_handler(late)
        page.route("**/static/launch-*.js*", lambda route: route.continue_(url=httpserver.url_for(urlsplit(route.request.url).path)))
        assert begin(school, page).carried() == kind.carried[school.face]

    def test_two_people_in_two_tabs_stay_apart(self, school: School) -> None:
        ada = begin(school, school.become(school.stranger(), "ada"))
        dana = begin(school, school.become(school.watch(ada.page.context.new_page()), "dana"))
        ada.answer(school, "Written while Dana is signed in to the LMS.")
        for visit, name, other in ((ada, "Ada Lindqvist", "Dana Okafor"), (dana, "Dana Okafor", "Ada Lindqvist")) * 2:
            visit.tool.get_by_role("link", name="My work").first.dispatch_event("click")
            expect(visit.tool.get_by_role("heading", name="My work")).to_be_visible()
            expect(visit.tool.locator(".whoami__name")).to_have_text(name)
            assert other not in visit.tool.locator("body").inner_text()

    def test_without_javascript(self, chromium: Browser, placed: Stage, school: School, kind: Kind) -> None:
        plain = School(chromium, placed, school.face, seen=school.seen, java_script_enabled=False)
        page = plain.be("ada")
        plain.course(page).locator("[data-test^='activity-']", has_text=plain.title).first.click()
        press_on(page)
        if kind.takes["partitioned"]:
            Visit(page, window=False).answer(plain, "Without scripts.")
        else:
            window = opened_by(plain, page, lambda: offered(tool_in(page)).dispatch_event("click"))
            for _ in range(2):  # trying again leads back here, and nowhere by itself
                expect(window.get_by_role("heading", name="Your browser keeps nothing for this site")).to_be_visible()
                expect(window.get_by_text("127.0.0.1")).to_be_visible()
                window.get_by_role("link", name="Try again").dispatch_event("click")
        plain.close()
