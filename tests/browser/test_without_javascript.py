"""A teacher and a reviewer whose browser runs no scripts: every form works, and the launch goes on by buttons and links."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, Error, FrameLocator, Page, expect

from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from tests.browser.chromium import appears
from tests.browser.school import School, arrives, tick, tool_in


class Scriptless(School):
    """A school whose people press the buttons that scripts press for others."""

    def enter(self, page: Page, title: str) -> FrameLocator:
        self.course(page).locator("[data-test^='activity-']", has_text=title).first.click()
        tool = tool_in(page)
        for step in ("oidc-login-form", "oidc-response-form"):
            button = tool.get_by_test_id(step).get_by_role("button")
            onward = tool.get_by_role("link", name="Continue")
            arrives(page, button.or_(onward).first, step)
            if not button.count():  # the tool's own step goes on by itself; where a browser does not heed that, by its link
                with suppress(Error):
                    onward.dispatch_event("click", timeout=3_000)
            button.dispatch_event("click")
        appears(tool.locator("body.in-frame h1"))
        return tool


@pytest.fixture(params=["canvas", "moodle"])
def school(request: pytest.FixtureRequest, chromium: Browser, stage: Stage) -> Iterator[School]:
    walk = Walk(stage, request.param, lambda _line: None)
    walk.register()
    walk.place()
    found = Scriptless(chromium, stage, request.param, seen=lambda _name, _page: None, java_script_enabled=False)
    yield found
    found.close()
    walk.no_violations()


def test_from_start_to_score(school: School) -> None:
    _earn(school, school.open("ada", school.title))
    Walk(school.stage, school.face, lambda _line: None).name_reviewers()
    first, second = school.who_judges()
    _judge(school, first)
    _judge_by_example(school, second)
    page = school.be("ada")
    grades = f"{school.course(page).url}/grades"
    school.wait_for(page, page.get_by_test_id("my-score").filter(has_text="100"), lambda: page.goto(grades))


def _earn(school: School, tool: FrameLocator) -> None:
    tool.get_by_role("button", name="Start this microcredential").click()
    tool.get_by_role("link", name="Assess yourself").first.click()
    for key, own in school.sample.example.self_assessment.items():
        tick(tool.locator(f"[name=level_{key}][value='{own.level}']"))
        tool.locator(f"[name=text_{key}]").fill(own.note)
    tool.get_by_role("button", name="Save and go on").click()
    question = school.sample.content.overview_questions[0].key
    tool.locator(f"[name=text_{question}]").fill("Twenty-four students, grade 4.")
    tool.get_by_role("button", name="Save", exact=True).click()
    expect(tool.locator("[data-save-state]")).to_contain_text("Saved")
    tool.get_by_role("link", name="Back to your work").click()
    tool.get_by_role("button", name="Fill in the example").click()
    tool.get_by_role("link", name=school.sample.content.evidence[0].title).click()
    tool.get_by_role("link", name="Upload a file").click()
    tool.locator("[name=file]").first.set_input_files({"name": "more.txt", "mimeType": "text/plain", "buffer": b"What I would change."})
    tick(tool.locator("[name=students][value=none]"))
    tool.get_by_role("button", name="Upload", exact=True).click()
    expect(tool.locator(".file-list__name").get_by_text("more.txt")).to_be_visible()
    tool.get_by_role("link", name="Back to your work").click()
    tool.get_by_role("link", name="Check and submit").first.click()
    expect(tool.get_by_text("Twenty-four students, grade 4.")).to_be_visible()
    tool.get_by_role("button", name="Submit for review").click()
    expect(tool.get_by_text("Please confirm this").first).to_be_visible()
    for name in ("names_removed", "families_agreed"):
        tick(tool.locator(f"[name={name}]"))
    tool.get_by_role("button", name="Submit for review").click()
    expect(tool.get_by_role("heading", name="Your work is with the reviewers")).to_be_visible()


def _judge(school: School, person: str) -> None:
    tool = tool_in(school.desk(person))
    tool.get_by_role("button", name="Finish and seal").click()
    expect(tool.get_by_text("Not finished yet")).to_be_visible()
    for criterion in school.sample.content.criteria:
        tick(tool.locator(f"[name=level-{criterion.key}][value='{criterion.required_level}']"))
        tool.locator(f"[name=feedback-{criterion.key}]").fill("Seen in the plan.")
    tool.get_by_role("button", name="Finish and seal").click()
    expect(tool.get_by_role("status").get_by_text("sealed")).to_be_visible()


def _judge_by_example(school: School, person: str) -> None:
    tool = tool_in(school.desk(person))
    tool.get_by_role("button", name="Fill in the example").click()
    expect(tool.locator("[name^=feedback-]").first).not_to_be_empty()
    tool.get_by_role("button", name="Finish and seal").click()
    expect(tool.get_by_role("status").get_by_text("sealed")).to_be_visible()
