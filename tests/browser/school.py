"""One school of the practice LMS, its people at their browsers, and the story that they play with the tool in a frame.

Buttons and links inside the frame are pressed by an event, not by mouse or key: the LMS gives the frame its height a moment after the
page is there, and a click that the browser aims in that moment falls beside; a key that makes the frame leave may never be answered.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Frame, FrameLocator, Locator, Page, expect

from lti_tool.catalog.samples import Sample, load_samples
from lti_tool.demo.stage import Stage
from tests.browser.chromium import appears

WIDE, NARROW = 1280, 390
HEIGHT = 760
PLACEMENT = {"canvas": "module_index_menu_modal", "moodle": "ContentArea"}
REVIEWERS = ("ruth", "raj", "rosa")
_MOST_TABS = 120
_HEIGHT = "document.querySelector('iframe.tool')?.height ?? ''"
_AXE = {"iframes": False, "preload": False, "resultTypes": ["violations"]}  # frames are inspected one by one


def example() -> Sample:
    """The microcredential that is earned, with a finished teacher's work."""
    return next(sample for sample in load_samples() if sample.key == "formative-assessment")


WIDER = """() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  const over = [...document.querySelectorAll("body *")].filter((one) => one.getBoundingClientRect().right > width + 1);
  return over.slice(-5).map((one) => one.outerHTML.slice(0, 120));
}"""


def faults_of(page: Page, *, around: bool = True) -> list[str]:
    """What axe finds, and what is wider than its window, in each frame of the page and, unless not `around`, in the page itself."""
    found: list[str] = []
    frames = page.frames if around or len(page.frames) == 1 else page.frames[1:]
    for frame in frames:
        if not frame.url.startswith("http") or frame.name == "post_message_forwarding":
            continue
        found += [f"too wide: {element}" for element in frame.evaluate(WIDER)]
        answer = Axe().run(frame, options=_AXE).response
        assert answer["passes"], f"axe looked at nothing: {frame.url}"
        for violation in answer["violations"]:
            nodes = [f"{node['html'][:160]} {node['failureSummary']}" for node in violation["nodes"][:3]]
            found.append(f"{violation['id']}: {nodes}")
    return found


def tool_in(page: Page) -> FrameLocator:
    """The tool, where the LMS shows it."""
    return page.frame_locator("iframe.tool")


def frame_of(page: Page) -> Frame:
    """The same as a frame, for its address and scripts."""
    found = page.locator("iframe.tool").element_handle().content_frame()
    assert found
    return found


def settle(page: Page) -> None:
    """Wait until the frame has the height that the tool asked for: a click would miss while it grows."""
    before, now = "", page.evaluate(_HEIGHT)
    while now != before:  # no height: the LMS gives the same to every page
        before = now
        page.wait_for_timeout(200)
        now = page.evaluate(_HEIGHT)


def arrives(page: Page, found: Locator, name: str = "the page") -> None:
    """Wait for something in a frame of the page. Raises AssertionError with what all frames show."""
    try:
        appears(found, 25)
    except AssertionError as error:
        words = [(frame.url, frame.locator("body").inner_text()[:2000]) for frame in page.frames]
        raise AssertionError(f"{name}: no {found} in {words}") from error


class School:
    """Everybody has a browser of their own. `seen` is called with a name and the page wherever something new is shown.

    Without `seen` all is inspected, and `close` raises for what was found.
    """

    def __init__(
        self,
        chromium: Browser,
        stage: Stage,
        face: str,
        *,
        seen: Callable[[str, Page], None] | None = None,
        widths: tuple[int, ...] = (NARROW, WIDE),
        **options: Any,
    ) -> None:
        self.chromium, self.stage, self.face = chromium, stage, face
        self.seen = seen or self.look
        self.widths = widths
        self.sample = example()
        self.title = self.sample.content.title
        self.faults: list[str] = []
        self._options = {"viewport": {"width": WIDE, "height": HEIGHT}, **options}
        self._pages: dict[str, Page] = {}
        self._contexts: list[BrowserContext] = []

    def look(self, name: str, page: Page) -> None:
        """Inspect what is open at each of the widths, and leave it wide; `close` raises for what was found."""
        around = name.startswith("lms-")  # else the LMS's own part of the page is one that was looked at before
        for width in self.widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            settle(page)
            self.faults += [f"{name} at {width}: {fault}" for fault in faults_of(page, around=around)]
        page.set_viewport_size({"width": WIDE, "height": HEIGHT})

    # -- people

    def stranger(self) -> Page:
        """Somebody at a browser that has been nowhere."""
        context = self.chromium.new_context(**self._options)
        self._contexts.append(context)
        return self.watch(context.new_page())

    def watch(self, page: Page) -> Page:
        """Note every fault that the page's scripts or policies report."""
        page.on("console", lambda message: self._hear(page, message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        return page

    def _hear(self, page: Page, words: str) -> None:
        if "status of 422" not in words:  # how a form that needs more answers
            self.faults.append(f"{page.url}: {words}")

    def become(self, page: Page, person: str) -> Page:
        """Sign in to the LMS as this person, in this browser."""
        page.goto(self.url("/people"))
        button = page.get_by_test_id(f"be-{person}")
        if button.count():  # none: the LMS begins as this person
            button.click()
        return page

    def be(self, person: str) -> Page:
        """This person's page."""
        if person not in self._pages:
            self._pages[person] = self.become(self.stranger(), person)
        return self._pages[person]

    def close(self) -> None:
        """Close every browser. Raises AssertionError when any page had a fault."""
        for context in self._contexts:
            context.close()
        assert not self.faults, "\n".join(self.faults)

    # -- places

    def url(self, path: str) -> str:
        """An address of this school."""
        return f"{self.stage.lms_url}/{self.face}{path}"

    def course(self, page: Page) -> Page:
        """Open the course."""
        page.goto(self.url("/"))
        page.locator(f"main a[href*='/{self.face}/courses/']").first.click()
        return page

    def open(self, person: str, title: str) -> FrameLocator:
        """Open an activity of the course; the tool inside it."""
        return self.enter(self.be(person), title)

    def enter(self, page: Page, title: str) -> FrameLocator:
        """The same, in a browser at hand."""
        self.course(page).locator("[data-test^='activity-']", has_text=title).first.click()
        tool = tool_in(page)
        appears(tool.locator("body.in-frame h1"))
        return tool

    def show(self, name: str, page: Page, heading: str | Locator) -> None:
        """Wait for a heading (in the tool's frame unless it is a locator of another place), then let it be seen."""
        expected = tool_in(page).get_by_role("heading", name=heading).first if isinstance(heading, str) else heading
        arrives(page, expected, name)
        settle(page)
        self.seen(name, page)

    # -- the story

    def register(self) -> None:
        """Alex pastes the invitation, looks, registers, confirms, closes the tool's page, and turns the app on."""
        page = self.be("alex")
        page.goto(self.url("/admin"))
        page.get_by_test_id("add-app").click()
        form = page.get_by_test_id("add-app-form")
        form.locator("[name=registration_url]").fill(self.stage.invites[self.face])
        self.show("lms-add", page, form)
        form.get_by_role("button").click()
        tool = tool_in(page)
        self.show("registration-ask", page, "Connect")
        tool.get_by_role("button", name="Register with this LMS").dispatch_event("click")
        self.show("registration-confirm", page, "Is this right?")
        tool.get_by_role("button", name="Confirm and finish").dispatch_event("click")
        self.show("registration-done", page, "is connected")
        tool.get_by_role("button", name="Close this page").dispatch_event("click")
        page.get_by_test_id("enable-app").click()
        if self.face == "moodle":
            page.get_by_test_id("show-in-chooser").click()
        self.show("lms-app", page, page.get_by_test_id("save-app"))

    def place(self) -> None:
        """Dana picks the microcredential and a review desk in the tool's picker."""
        page = self.be("dana")
        self.course(page).get_by_test_id(f"add-{PLACEMENT[self.face]}").first.click()
        tool = tool_in(page)
        appears(tool.get_by_role("heading", name="Choose one or several"))
        for pick in (self.title, "Review desk"):
            tick(tool.get_by_label(pick).first)
        self.show("picker", page, "Choose one or several")
        tool.get_by_role("button", name="Add to the course").dispatch_event("click")
        expect(tool.get_by_test_id("selection")).to_be_visible()
        self.seen("lms-selection", page)
        tool.get_by_test_id("save-items").get_by_role("button").or_(tool.get_by_test_id("return-to-course")).click()
        expect(page.locator("[data-test^='activity-']")).to_have_count(2)
        while (hidden := page.get_by_test_id("publish-item").filter(has_text="Publish")).count():
            hidden.first.click()
        self.show("lms-course", page, page.get_by_role("heading", level=1))

    def begin(self) -> Page:
        """Ada opens the activity and starts."""
        page = self.be("ada")
        tool = self.enter(page, self.title)
        self.show("hub-start", page, self.title)
        tool.get_by_role("button", name="Start this microcredential").dispatch_event("click")
        self.show("work-fresh", page, "Steps")
        return page

    def name_reviewers(self) -> None:
        """Dana reads the course list and adds three colleagues."""
        page = self.be("dana")
        tool = self.enter(page, self.title)
        self.show("activity-people", page, self.title)
        tool.get_by_role("link", name="Name reviewers").first.dispatch_event("click")
        self.show("reviewers-none", page, "Reviewers now")
        tool.get_by_role("button", name="Read the course list").dispatch_event("click")
        for name in ("Ruth", "Raj", "Rosa"):
            expect(tool.get_by_label("Find a person")).to_be_visible()
            tool.get_by_label("Find a person").fill(name)
            tool.get_by_role("button", name="Find").dispatch_event("click")
            expect(tool.get_by_role("button", name="Add ")).to_have_count(1)
            tool.get_by_role("button", name=f"Add {name}").dispatch_event("click")
            expect(tool.get_by_role("rowheader", name=name)).to_be_visible()
        self.show("reviewers", page, "Reviewers now")

    def who_judges(self) -> list[str]:
        """The reviewers for whom something waits."""
        return [name for name in REVIEWERS if self.open(name, "Review desk").get_by_role("link", name="Begin").count()]

    def desk(self, person: str) -> Page:
        """Open the work that waits for this reviewer, from the activity's own link."""
        page = self.be(person)
        tool = self.enter(page, self.title)
        self.show(f"queue-{person}", page, "Reviews")
        tool.get_by_role("link", name="Begin").first.dispatch_event("click")
        expect(tool.get_by_role("heading", name="Your judgement")).to_be_visible()
        settle(page)
        return page

    def seal(self, page: Page) -> None:
        """Finish, and say yes to the question."""
        tool = tool_in(page)
        tool.get_by_role("button", name="Finish and seal").dispatch_event("click")
        dialog = tool.get_by_role("dialog")
        self.show("desk-confirm", page, dialog)
        dialog.get_by_role("button", name="Finish and seal").dispatch_event("click")
        expect(tool.get_by_role("status").get_by_text("sealed")).to_be_visible()

    def wait_for(self, page: Page, seen: Locator, open_again: Callable[[], object]) -> None:
        """Open again until it is there."""
        for _ in range(60):
            open_again()
            if seen.count():
                return
            page.wait_for_timeout(250)
        raise AssertionError(f"{seen} did not appear at {page.url}")


def tab_to(page: Page, selector: str) -> None:
    """Press Tab in the tool's frame until what has the focus matches."""
    frame = frame_of(page)
    for _ in range(_MOST_TABS):
        if frame.evaluate("(selector) => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reached {selector}")


def tick(box: Locator) -> None:
    """Choose a radio or checkbox by its key: unlike a click, this does not miss while the LMS gives the frame its height."""
    if not box.is_checked():
        box.press("Space")
    expect(box).to_be_checked()
