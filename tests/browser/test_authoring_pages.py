"""Authors and the approval team in Chromium: pages accessible and never too wide; an author and two approvers in browsers of their own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from lti_tool.catalog.samples import load_samples
from lti_tool.tool import Tool
from tests.browser.chromium import appears
from tests.browser.pages import enter, look
from tests.factories.world import FrameBrowser, World
from tests.integration.catalog.test_approvals import Team
from tests.integration.catalog.test_pages import write_all


@pytest.fixture(name="team")
def _team(world: World, tool: Tool) -> Team:
    return Team(world, tool)


@contextmanager
def at_a_browser(chromium: Browser, url: str, browser: FrameBrowser, faults: list[str]) -> Iterator[tuple[Page, str]]:
    """Somebody with a browser of their own, and the address of their frame."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    own = enter(context, url, browser)
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page, own
    context.close()


def test_an_author_and_two_approvers_bring_a_draft_to_publication(team: Team, url: str, chromium: Browser) -> None:
    faults: list[str] = []
    petra_at, paul_at = team.approvers
    with (
        at_a_browser(chromium, url, team.desk.browser, faults) as (author, desk),
        at_a_browser(chromium, url, petra_at, faults) as (petra, hers),
        at_a_browser(chromium, url, paul_at, faults) as (paul, his),
    ):
        author.goto(desk + "/catalog/new")
        author.get_by_role("button", name="Classroom practice").click()
        author.get_by_label("Title").first.fill("Asking questions that open a lesson")
        author.get_by_label("Summary").fill("Ask so that every student has to think.")
        beside = author.locator("#beside")
        appears(beside.get_by_text("1 open"))  # counted again after it saved itself
        author.locator("#rationale").fill("Studies of wait time show longer answers from more students.")
        appears(beside.get_by_text("Complete"))
        beside.get_by_role("link", name="As a badge").click()
        expect(beside.get_by_text("Ask so that every student has to think.")).to_be_visible()
        author.get_by_role("button", name="Hand in for approval").first.click()
        author.get_by_label("What is new").fill("My first one.")
        author.get_by_role("button", name="Hand in for approval").click()
        expect(author.get_by_text("You have a part in this draft")).to_be_visible()

        petra.goto(hers + "/catalog/approvals/")
        petra.get_by_role("link", name="Asking questions that open a lesson").click()
        rubric = petra.locator("#about-criteria")
        rubric.get_by_text("Comment Rubric").click()
        rubric.get_by_label("Your comment").fill("Levels two and three are hard to tell apart.")
        rubric.get_by_text("This has to be settled before I can agree").click()
        rubric.get_by_role("button", name="Comment").click()
        expect(petra.locator("#about-criteria").get_by_text("Has to be settled", exact=True)).to_be_visible()

        author.reload()
        thread = author.locator("#about-criteria")
        thread.get_by_text("Answer Petra Approver").click()
        thread.get_by_label("Your answer").fill("Level three asks for the place in the work.")
        thread.get_by_role("button", name="Answer").click()
        expect(author.get_by_text("Level three asks for the place in the work.")).to_be_visible()
        expect(author.get_by_role("button", name="Call it settled")).to_have_count(0)

        for page, own in ((paul, his), (petra, hers)):
            page.goto(own + "/catalog/approvals/")
            page.get_by_role("link", name="Asking questions that open a lesson").click()
            for answer in page.locator("fieldset").get_by_text("Yes", exact=True).all():
                answer.click()
            page.get_by_text("Approve it as it is").click()
            page.get_by_role("button", name="Give your verdict").click()
            expect(page.get_by_role("status").or_(page.get_by_text("Your verdict is kept")).first).to_be_visible()
        expect(petra.get_by_text("2 of 2")).to_be_visible()
        petra.get_by_role("button", name="Call it settled").click()
        expect(petra.get_by_text("Approved", exact=True)).to_be_visible()

        author.reload()
        author.get_by_role("button", name="Publish").click()
        author.get_by_role("dialog").get_by_role("button", name="Publish").click()
        expect(author.get_by_text("Published. Designers can add it to their courses now.")).to_be_visible()
    assert faults == []


def test_pages_of_authors_and_the_team(team: Team, url: str, context: BrowserContext, page: Page) -> None:
    own = enter(context, url, team.desk.browser)
    look(page, own + "/catalog/new", "begin")
    look(page, own + "/catalog/approvals/", "approvals-empty")
    sample = next(one for one in load_samples() if one.key == "formative-assessment")
    version = team.world.version(team.district_id, **sample.content.model_dump(mode="json"))
    row = str(version.microcredential_id)
    look(page, own + f"/catalog/{row}/compare", "compare-nothing")
    team.desk.browser.post(f"/catalog/{row}/revise")
    sent = team.desk.open(row)
    sent["summary"] = "Find out during the lesson what each student understands, and change the plan for the next minutes."
    sent["criteria-0-levels-1-description"] = "Questions are asked, but most students can hide behind those who raise a hand."
    sent["hours"] = "18"
    team.desk.send(row, sent)
    for way in ("earner", "reviewer", "badge"):
        look(page, own + f"/catalog/{row}/preview?as={way}", f"preview-{way}")
    look(page, own + f"/catalog/{row}/edit", "editor")
    look(page, own + f"/catalog/{row}/compare", "compare")
    look(page, own + f"/catalog/{row}/versions", "versions-draft")
    look(page, own + f"/catalog/approvals/new/{row}", "hand-in")
    one = team.hand_in(row, message="The second level of the first criterion was too close to the third.")
    petra, paul = team.approvers
    team.say(petra, one, "Can the summary say for which grades?", section="basics", blocking="y")
    team.say(paul, one, "Much clearer now.", section="criteria")
    team.desk.browser.post(f"/catalog/approvals/{one}/comments", {"text": "All grades.", "parent": str(team.comments()[0].id)})
    petra.post(f"/catalog/approvals/{one}/comments/{team.comments()[1].id}/settle")
    look(page, own + f"/catalog/approvals/{one}", "round-author")
    look(page, own + f"/catalog/{row}/versions", "versions-with-the-team")
    context.clear_cookies()
    hers = enter(context, url, petra)
    look(page, hers + "/catalog/approvals/", "approvals")
    look(page, hers + f"/catalog/approvals/{one}", "round")
    look(page, hers + f"/catalog/approvals/{one}/preview?as=reviewer", "round-preview")
    page.goto(hers + f"/catalog/approvals/{one}")
    page.get_by_text("Approve it as it is").click()
    page.get_by_role("button", name="Give your verdict").click()
    expect(page.get_by_text("Approving asks for a yes here.").first).to_be_visible()
    team.vote(paul, one, "changes", reason="See the comment on the summary.", **{"standard-words": "no", "note-words": "Which grades?"})
    look(page, hers + f"/catalog/approvals/{one}", "round-changes")
    look(page, hers + "/catalog/approvals/?show=over", "approvals-over")
    context.clear_cookies()
    console = team.world.browser(team.world.person(team.registration, "Cora Coordinator"), "console")
    look(page, enter(context, url, console) + "/catalog/approvals/settings", "approval-settings")


def test_everything_works_without_javascript(team: Team, url: str, chromium: Browser) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 1280, "height": 800})
    own = enter(context, url, team.desk.browser)
    row = team.desk.begin()
    team.desk.send(row, write_all(team.desk.open(row)))
    page = context.new_page()
    page.goto(own + f"/catalog/{row}/edit")
    page.locator("#beside").get_by_role("link", name="As a reviewer").click()
    expect(page.get_by_text("On the desk, these stand beside")).to_be_visible()
    page.get_by_role("link", name="Hand in for approval").click()
    page.get_by_role("button", name="Hand in for approval").click()
    expect(page.get_by_role("heading", name="Where it stands")).to_be_visible()
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("You have the draft back")).to_be_visible()
    context.close()
