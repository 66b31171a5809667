"""Walks the story and photographs its main pages at 1280 and 390 px into var/screenshots: `make screenshots`."""

from __future__ import annotations

import io
import sys
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page

sys.path.insert(0, str(Path(__file__).parents[1]))

from lti_tool.demo.stage import Stage, stage
from lti_tool.demo.walk import Walk
from tests.browser.chromium import chromium

FOLDER = Path("var/screenshots")
WIDTHS = {"wide": {"width": 1280, "height": 860}, "phone": {"width": 390, "height": 844}}
ACTIVITY = "Formative Assessment"


class Camera:
    """A browser window in the practice LMS that can be anybody."""

    def __init__(self, page: Page, place: Stage, width: str) -> None:
        self.page, self.width = page, width
        self.school = f"{place.lms_url}/moodle"

    def be(self, person: str) -> None:
        """Go on as this person."""
        self.page.goto(f"{self.school}/people")
        button = self.page.locator(f"[data-test=be-{person}]")
        if button.count():
            button.click()

    def open(self, person: str, title: str) -> None:
        """Open an activity of the first course as this person."""
        self.be(person)
        self.page.goto(f"{self.school}/")
        self.page.locator("a[href*='/moodle/courses/']").first.click()
        self.page.locator(f"a[data-test^=activity-]:has-text('{title}')").click()
        self.settle()

    def settle(self) -> None:
        """Until the tool's page stands in its frame."""
        self.page.frame_locator("iframe[data-test=tool-frame]").locator("main h1").first.wait_for()
        self.page.wait_for_load_state("networkidle")

    def click(self, selector: str) -> None:
        """Click in the tool's frame."""
        self.page.frame_locator("iframe[data-test=tool-frame]").locator(selector).first.click()
        self.page.wait_for_timeout(600)
        self.settle()

    def take(self, name: str) -> None:
        """Write what is on screen, small enough for a document."""
        picture = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
        FOLDER.mkdir(parents=True, exist_ok=True)
        picture.quantize(256, dither=Image.Dither.NONE).save(FOLDER / f"{name}-{self.width}.png", optimize=True)


def main() -> None:
    """The story once by HTTP; the pictures in between by Chromium."""
    with stage(quiet=True, own_districts=True) as place, chromium() as browser:
        cameras = [Camera(browser.new_page(viewport=size), place, width) for width, size in WIDTHS.items()]  # type: ignore[arg-type]
        walk = Walk(place, "moodle", print)

        def take(name: str, person: str, title: str, *clicks: str) -> None:
            for camera in cameras:
                camera.open(person, title)
                for selector in clicks:
                    camera.click(selector)
                camera.take(name)

        walk.register()
        walk.place()
        take("start", "ada", ACTIVITY)
        cameras[0].open("ada", ACTIVITY)
        cameras[0].click("button:has-text('Start this microcredential')")
        cameras[0].click("button:has-text('Fill in the example')")
        take("work", "ada", ACTIVITY, "a:has-text('Continue')")
        hub = walk.open("ada", ACTIVITY)
        walk.send_in(walk.be("ada").click(hub.one("//a[contains(@href, '/evidence/work/')]", "continue")).url)
        walk.name_reviewers()
        take("hub", "ada", ACTIVITY)
        take("people", "dana", ACTIVITY)
        first, second, _ = walk.reviewers()
        take("queue", first, "Review desk")
        take("desk", first, "Review desk", "a:has-text('Begin'), a:has-text('Continue')")
        walk.judge(first)
        walk.judge(second)
        walk.score()
        walk.badge()
        take("earned", "ada", ACTIVITY)
        take("badge", "ada", ACTIVITY, "a:has-text('See your badge')")
        for camera in cameras:
            camera.be("dana")
            camera.page.goto(f"{camera.school}/")
            camera.page.locator("a[href*='/moodle/courses/']").first.click()
            camera.page.locator("[data-test=nav-gradebook]").click()
            camera.take("gradebook")


main()
