"""The people of the Open edX course at their browsers: what they do in the LMS, and on which pages of the tool they then stand.

Everything that knows the tool's pages is here.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests

from lti_tool.demo.browser import Browser, Page

SOON = 75.0  # seconds: a score that was postponed goes out with the next minute


@dataclass
class Course:
    """One course in Open edX, with the tool at `tool_url`. A block is one activity of the course, by name."""

    platform_url: str
    tool_url: str
    people: dict[str, Browser] = field(default_factory=dict)

    def ask(self, what: str, **query: str) -> Any:
        """What the LMS knows: platform, items, grades, people, requests."""
        answer = requests.get(f"{self.platform_url}/control/{what}", params=query, timeout=10)
        answer.raise_for_status()
        return answer.json()

    def be(self, person: str) -> Browser:
        """This person's browser."""
        return self.people.setdefault(person, Browser())

    def begin(self, person: str, block: str, message: str = "LtiResourceLinkRequest") -> Page:
        """Press the block's button: through the tool's login and the LMS's sign-on, up to the LMS's answer for the tool."""
        address = f"{self.platform_url}/control/launch"
        return self.be(person).get(address, params={"user": person, "block": block, "message": message})

    def open(self, person: str, block: str, message: str = "LtiResourceLinkRequest") -> Page:
        """Open a block: everything up to the tool's page."""
        page = self.begin(person, block, message)
        return self.be(person).submit(page.one("//form[@id='lti-launch']", "launch from Open edX"))

    def place(
        self, person: str, block: str, *titles: str, points: int | None = 100, button: str = "place", shape: str = "activity"
    ) -> Page:
        """Choose in the tool's catalog what the block shows; the page with which the LMS answers."""
        page = self.open(person, block, "LtiDeepLinkingRequest")
        picked = [
            page.one(f"//li[contains(@class, 'pick')][.//*[@class='pick__title'][.='{title}']]//input[@name='pick']", title).get("value")
            for title in titles
        ]
        worth = {"counts": "y", "points": points} if points else {"counts": []}
        return self.be(person).submit(page.form("/catalog/pick"), {"pick": picked, "as": shape, **worth}, button=f"do={button}")

    def name_reviewers(self, person: str, block: str, *names: str) -> Page:
        """Read the course list from the LMS, then make these people reviewers."""
        browser = self.be(person)
        page = self.read_course_list(person, block)
        for name in names:
            page = browser.submit(page.one("//form[@role='search']", "search for a person"), {"find": name})
            page = browser.submit(page.form("/people/add"))
        return page

    def read_course_list(self, person: str, block: str) -> Page:
        """The page of reviewers, after the list was read."""
        browser = self.be(person)
        page = self.open(person, block)
        page = browser.click(page.one("//a[contains(@href, '/review/people')]", "link to the reviewers"))
        return browser.submit(page.form("/scores/roster"))

    def find_people(self, page: Page, person: str, words: str) -> list[str]:
        """Names that the page of reviewers finds."""
        found = self.be(person).submit(page.one("//form[@role='search']", "search for a person"), {"find": words})
        return [" ".join(row.itertext()).strip() for row in found.all("//ul[@class='file-list']//*[@class='file-list__name']")]

    def hand_in(self, person: str, block: str) -> Page:
        """Start the microcredential, fill in the worked example, submit."""
        browser = self.be(person)
        page = browser.submit(self.open(person, block).form("/evidence/start"))
        page = browser.submit(page.form("/fill-example"))
        page = browser.get(page.url.split("?")[0] + "/check")
        boxes = {box.get("name"): "y" for box in page.all("//input[@type='checkbox']")}
        return browser.submit(page.form("/submit"), boxes)

    def judge(self, person: str, desk: str) -> bool:
        """Take the first waiting review, fill in the worked example (everything met), seal it. False when nothing waits."""
        browser = self.be(person)
        waiting = self.open(person, desk).all("//ul[contains(@class, 'card-grid')]//a[contains(@href, '/review/')]")
        if not waiting:
            return False
        page = browser.click(waiting[0])
        form = page.form("/" + urlsplit(page.url).path.rsplit("/", 1)[1])
        form.action = page.one("//button[@formaction]", "button that fills in the example").get("formaction")
        page = browser.submit(form)
        page = browser.submit(page.form("/" + urlsplit(page.url).path.rsplit("/", 1)[1]), button="finish")
        assert "sealed" in page.text, page.text
        return True

    def send_again(self, person: str, block: str) -> Page:
        """Ask for the own score to be sent once more."""
        return self.be(person).submit(self.open(person, block).form("/resend"))

    def wait_for_scores(self, block: str, enough: Callable[[list[dict[str, Any]]], bool]) -> list[dict[str, Any]]:
        """The gradebook's entries of a block, in the order they came, as soon as they are enough."""
        deadline = time.monotonic() + SOON
        while True:
            entries = [entry for entry in self.ask("grades")["gradebook"] if entry["block"] == block]
            if enough(entries):
                return entries
            assert time.monotonic() < deadline, f"the gradebook of {block} holds only {entries}"
            time.sleep(0.2)
