"""Coordinators and calibration in Chromium: pages accessible and never too wide, and the way through them by what people see."""

from __future__ import annotations

from uuid import UUID

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.review.calibration_models import Anchor, Calibration
from lti_tool.review.overdue import look_after_late
from tests.browser.pages import crowd, enter, look
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.review.conftest import Scene, scene, stage
from tests.integration.review.test_calibration import SAMPLE, coordinator, credential, make

__all__ = ["scene", "stage"]


def test_pages_of_coordinators(scene: Scene, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    world = scene.world
    empty = enter(context, url, coordinator(scene))
    for path, name in (("/open-work/", "open-work-empty"), ("/open-work/settings", "rules"), ("/examples/", "examples-empty")):
        look(page, empty + path, name)
    crowd(scene)
    clock.tick(days=15)
    look_after_late(world.tool)
    submission, [review, other] = scene.seated()
    scene.desk(review).post(f"/review/{review.id}/decline", {"reason": "I coach her team.", "kind": "conflict"})
    browser = coordinator(scene)
    browser.post(f"/review/submissions/{submission.id}/more-time", {"seat": "2", "until": "2027-02-01", "reason": "She is ill."})
    own = enter(context, url, browser)
    look(page, own + "/open-work/", "open-work")
    look(page, own + "/open-work/?late=1&state=in_review", "open-work-late")
    look(page, own + "/open-work/reviewers", "how-busy")
    look(page, own + "/review/people", "reviewers")
    look(page, own + f"/reviewers/{other.reviewer_id}", "reviewer")
    look(page, own + f"/review/submissions/{submission.id}", "who-reviews")
    [anchor, _] = make(scene)
    look(page, own + "/examples/", "examples")
    look(page, own + f"/examples/{anchor}", "example-in-use")
    look(page, own + f"/examples/write/{credential(scene)}", "sample")
    world.member(scene.context, scene.reviewers[0], "earner")
    teacher = world.browser(scene.ada, "earner", activity=scene.activity)
    fresh = world.enrollment(world.activity(scene.context), scene.ada)
    look(page, enter(context, url, teacher) + f"/evidence/work/{fresh.id}/together", "together")


def test_a_coordinator_settles_what_is_stuck(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    """From the list to a piece of work; a place by name, more time, and a decision by exception."""
    scene.reviewers.append(scene.world.reviewer(scene.registration, "Idle Reviewer"))
    submission, [first, second] = scene.seated()
    page.goto(enter(context, url, coordinator(scene)) + "/district/")
    page.get_by_role("link", name="Open work").click()
    expect(page.get_by_role("heading", name="Open work", level=1)).to_be_visible()
    page.get_by_label("State").select_option(label="Waits for a reviewer")
    page.get_by_role("button", name="Show", exact=True).click()
    expect(page.get_by_text("Nothing like that is open")).to_be_visible()
    page.get_by_role("link", name="Show everything").click()
    page.get_by_role("link", name="Open the work of Adabella Lovelace").click()
    page.get_by_text("Give more time").first.click()
    page.get_by_label("New due date").first.fill("2027-01-20")
    page.get_by_label("Reason").first.fill("The school is closed for two weeks.")
    page.get_by_role("button", name="Give more time to the first reviewer").click()
    expect(page.get_by_text("The school is closed for two weeks.")).to_be_visible()
    page.get_by_text("Decide by exception").click()
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("need your attention")
    page.locator("label", has_text="Earned").first.click()
    page.locator("#reason").fill("Both reviewers have left the district, and the principal saw the lessons.")
    page.locator("label", has_text="I have the right to decide this").click()
    page.get_by_role("button", name="Decide", exact=True).click()
    expect(page.get_by_text("It is decided.")).to_be_visible()
    expect(page.get_by_text("Decided by exception")).to_be_visible()
    assert {review.state for review in scene.world.reviews(submission)} == {"withdrawn"}
    hub = enter(context, url, scene.world.browser(scene.ada, "earner", activity=scene.activity))
    look(page, hub + f"/activities/{scene.activity.id}", "hub-exception")
    expect(page.get_by_text("Your district decided this by exception")).to_be_visible()
    assert scene.person(first).label not in page.content()
    assert scene.person(second).label not in page.content()


def test_a_reviewer_calibrates_by_keyboard(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    """From their list through an example to what came out, and they do not see the master before."""
    world: World = scene.world
    writer = coordinator(scene)
    writer.post(f"/examples/write/{credential(scene)}", SAMPLE)
    [draft] = scene.rows(Anchor)
    address = enter(context, url, writer)
    look(page, address + f"/examples/{draft.id}", "example-draft")
    page.goto(address + f"/examples/{draft.id}")
    for field in page.get_by_role("group", name="Planning").get_by_role("radio").all()[2:]:
        field.check()
    page.get_by_label("Why this level of planning").fill("Three open questions stand in the plan.")
    page.get_by_role("group", name="Asking").get_by_role("radio").nth(1).check()
    page.get_by_label("Why this level of asking").fill("Two of them close too early.")
    page.get_by_role("button", name="Put it into use").click()
    page.get_by_role("dialog").get_by_role("button", name="Put it into use").click()
    expect(page.get_by_text("The example is in use.")).to_be_visible()
    make(scene, 1)
    reviewer = world.browser(scene.reviewers[0], "earner", context=scene.context)
    address = enter(context, url, reviewer)
    look(page, address + "/review/", "queue-to-calibrate")
    look(page, address + "/calibration/", "calibration")
    page.goto(address + "/review/")
    page.get_by_role("link", name="To calibration").press("Enter")
    page.get_by_role("button", name="Score an example").press("Enter")
    expect(page.get_by_role("heading", name="Your judgement")).to_be_visible()
    assert "Three open questions stand" not in page.content()
    page.get_by_role("group", name="Planning").get_by_role("radio").first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowDown")
    page.get_by_role("group", name="Asking").get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    look_at = page.url
    page.get_by_role("button", name="Finish and compare").press("Enter")
    page.get_by_role("dialog").get_by_role("button", name="Finish and compare").press("Enter")
    expect(page.get_by_text("1 of 2 levels are exactly the master’s")).to_be_visible()
    expect(page.get_by_text("Three open questions stand in the plan.")).to_be_visible()
    look(page, look_at, "calibration-result")
    [done] = scene.rows(Calibration)
    assert (done.state, done.matched) == ("done", 1)
    opened = reviewer.post(f"/calibration/begin/{credential(scene)}")
    look(page, address + "/calibration/" + str(UUID(opened.location.rpartition("/")[2])), "calibration-desk")
