"""Pages of agreement and of the trail, full and empty: accessible, never too wide; the search works by keyboard."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.catalog.models import MicrocredentialVersion
from tests.browser.pages import enter, look
from tests.integration.district.test_trail import note
from tests.integration.review.conftest import Scene, scene, stage
from tests.integration.review.test_agreement import MIXED, score

__all__ = ["scene", "stage"]


def test_pages_of_agreement(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    console = scene.world.browser(scene.dana, "console")
    at = enter(context, url, console)
    look(page, f"{at}/review/agreement/", "agreement-empty")
    own = enter(context, url, scene.world.browser(scene.reviewers[0], "earner"))
    look(page, f"{own}/review/agreement/own", "agreement-own-empty")
    score(scene, MIXED)
    score(scene, [((n // 3) % 3, n % 3) for n in range(30)], pair=(0, 2))
    longer = scene.world.version(
        scene.registration.district_id, title="Culturally responsive teaching in multilingual classrooms of all grades"
    )
    score(scene, MIXED[:12], version=longer)
    with scene.world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
    look(page, f"{at}/review/agreement/", "agreement")
    look(page, f"{at}/review/agreement/reviewers", "agreement-reviewers")
    expect(page.get_by_text("Calibrate anew", exact=True).first).to_be_visible()
    look(page, f"{at}/review/agreement/microcredentials/{version.microcredential_id}", "agreement-criteria")
    look(page, f"{own}/review/agreement/own", "agreement-own")


def test_the_trail(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    console = scene.world.browser(scene.dana, "console")
    at = enter(context, url, console)
    look(page, f"{at}/district/trail", "trail-empty")
    note(
        scene,
        "evidence:deadline:extended",
        actor_id=scene.dana.id,
        subject_id=scene.enrollment.id,
        reason="A long illness, as agreed with the school.",
        until="2027",
    )
    for review in scene.seated()[1]:
        scene.world.judge(review, 2)
    look(page, f"{at}/district/trail", "trail")
    page.get_by_text("Details").first.click()
    look(page, f"{at}/district/trail?person=nobody", "trail-nothing")
    page.goto(f"{at}/district/trail")
    page.get_by_label("What happened (begins with)").focus()
    page.keyboard.type("review seat")
    page.keyboard.press("Enter")
    expect(page.get_by_role("row")).to_have_count(3)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download what is shown (CSV)").click()
    assert download.value.suggested_filename == "trail.csv"
