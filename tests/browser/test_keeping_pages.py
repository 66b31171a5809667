"""Pages about students' privacy and about keeping, in Chromium: accessible, never too wide; and consent is asked where it is needed."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.evidence.models import Artifact
from tests.browser.pages import enter, look
from tests.integration.evidence.conftest import CONSENT, PNG
from tests.integration.keeping.conftest import Kept, kept, upload

__all__ = ["kept"]


def test_pages_of_a_privacy_problem(kept: Kept, url: str, context: BrowserContext, page: Page) -> None:
    [first, second] = kept.reviews()
    context.route("**/evidence-file/**", lambda route: route.fulfill(status=200, content_type="image/png", body=PNG))
    at = enter(context, url, kept.at_desk(first))
    look(page, f"{at}/privacy/desk/{first.id}/{kept.recording().id}", "problem-report")
    kept.report(first)
    look(page, f"{at}/review/{first.id}", "desk-held")
    hold = kept.hold().id
    mine = enter(context, url, kept.mine())
    look(page, f"{mine}/activities/{kept.desk.activity.id}", "hub-held")
    look(page, f"{mine}/privacy/mine/{hold}", "problem-own")
    kept.mine().post(f"/privacy/mine/{hold}/redo", {**upload(), "note": "The name is cut."}, content_type="multipart/form-data")
    boss = enter(context, url, kept.coordinator())
    look(page, f"{boss}/privacy/{hold}", "problem-settle")
    look(page, f"{boss}/privacy/", "problems")
    look(page, f"{boss}/review/submissions/{kept.submission().id}", "places-held")
    kept.coordinator().post(f"/privacy/{hold}", {"act": "accept"})
    look(page, f"{enter(context, url, kept.at_desk(second))}/review/{second.id}", "desk-replaced")
    kept.judge_all()
    look(page, f"{mine}/keeping/", "keeping-mine")
    look(page, f"{mine}/evidence/submission/{kept.submission().id}", "submission-kept")
    look(page, f"{boss}/keeping/people/{kept.desk.ada.id}", "keeping-person")


def test_consent_is_asked_where_students_can_be_recognized(kept: Kept, url: str, context: BrowserContext, page: Page) -> None:
    kept.desk.decide("revise")
    kept.desk.post(f"/requirement/recording/artifact/{kept.recording().id}/take-out")
    at = enter(context, url, kept.mine())
    page.goto(f"{at}/evidence/work/{kept.desk.enrollment.id}/requirement/recording/add/file")
    place = page.get_by_label("Where are the forms kept?")
    expect(place).to_be_hidden()
    page.get_by_text("Students can be recognized or heard", exact=False).first.click()
    expect(place).to_be_visible()
    kept.desk.upload("recording", PNG, "again.png", **CONSENT)
    look(page, f"{at}/evidence/work/{kept.desk.enrollment.id}/artifact/{kept.rows(Artifact)[-1].id}?requirement=recording", "piece-consent")
