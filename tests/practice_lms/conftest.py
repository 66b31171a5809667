"""A practice LMS and a fake tool, each on a port of its own."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests

from lti_tool.practice_lms import PracticeSettings, create_app
from tests.practice_lms.fake_tool import FakeTool, create_tool_app
from tests.practice_lms.serving import Clock, Late, Page, Walker, serve


class Stage:
    """Both sides of one test, and the usual first steps."""

    def __init__(self, base: str, tool: FakeTool, clock: Clock) -> None:
        self.base, self.tool, self.clock = base, tool, clock
        self.walker = Walker(base)

    def inspect(self, face: str) -> dict[str, Any]:
        return requests.get(f"{self.base}/control/{face}/inspect", timeout=10).json()

    def control(self, face: str, **body: Any) -> requests.Response:
        return requests.post(f"{self.base}/control/{face}", json=body, timeout=10)

    def violations(self, face: str) -> list[str]:
        return [entry["problem"] for entry in self.inspect(face)["violations"]]

    def open_registration(self, face: str) -> Page:
        """As the admin: paste the registration link, let the tool's page load in the frame."""
        self.walker.be(face, "alex")
        page = self.walker.submit(self.walker.get(f"/{face}/admin/apps/add"), "add-app-form", registration_url=self.tool.base + "/register")
        self.walker.follow(page, "registration-frame")
        return page

    def register(self, face: str) -> None:
        """Register the tool and turn it on."""
        page = self.open_registration(face)
        assert self.tool.registered is not None
        assert self.tool.registered.ok, self.tool.registered.text
        app = self.walker.follow(page, "registration-close")
        app = self.walker.submit(app, "decide-form", deed="enable")
        if face == "moodle":
            self.walker.post(app.url, {"deed": "chooser"})

    def pick(self, face: str, placement: str) -> Page:
        """As the designer: open the picker of a module; gives what came back from the tool's answer."""
        self.walker.be(face, "dana")
        course = self.walker.get(f"/{face}/courses/2")
        answer = self.walker.launch(self.walker.follow(course, f"add-{placement}"))
        return self.walker.submit(answer, "answer")

    def place(self, face: str, **item: Any) -> dict[str, Any]:
        """Place one graded activity; gives it as the inspector shows it."""
        base = {
            "type": "ltiResourceLink",
            "title": "Close reading",
            "url": self.tool.base + "/launch",
            "custom": {"key": "close-reading"},
            "lineItem": {"scoreMaximum": 100, "resourceId": "r1", "tag": "t"},
        }
        self.tool.items = [{**base, **item}]
        page = self.pick(face, "assignment_selection" if face == "canvas" else "ContentArea")
        assert page.status == 200, page.texts("problem")
        self.walker.submit(page, "save-items")
        return self.inspect(face)["items"][-1]

    def open(self, face: str, person: str, item: int, course: int = 2) -> dict[str, Any]:
        """Launch an activity as a person; gives the claims that the tool saw."""
        self.walker.be(face, person)
        seen = len(self.tool.launches)
        page = self.walker.launch(self.walker.get(f"/{face}/courses/{course}/items/{item}"))
        assert len(self.tool.launches) == seen + 1, page.answer.text
        return self.tool.launches[-1]


@pytest.fixture(scope="session")
def _servers() -> Iterator[tuple[str, Late, str, Clock]]:
    """One practice LMS and a place for tools, for all tests: building an application costs more than resetting it."""
    clock = Clock()
    with serve("localhost") as (lms, lms_base), serve("127.0.0.1") as (other, tool_base):
        lms.app = create_app(PracticeSettings(lms_base, tool_base, clock=clock))
        yield lms_base, other, tool_base, clock


@pytest.fixture
def stage(_servers: tuple[str, Late, str, Clock]) -> Stage:
    lms_base, other, tool_base, clock = _servers
    clock.reset()
    tool = FakeTool(clock)
    tool.base = tool_base
    other.app = create_tool_app(tool)
    found = Stage(lms_base, tool, clock)
    for face in ("canvas", "moodle"):
        found.control(face, reset=True)
    return found
