"""Pages about scores on their way, in Chromium: accessible, never too wide, empty and full."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page

from lti_tool.catalog.models import Activity
from lti_tool.launch.models import Context, Person, ResourceLink
from tests.browser.pages import enter, look
from tests.integration.grading.conftest import Lms, canvas, lms_of, moodle

__all__ = ["canvas", "lms_of", "moodle"]


def judged(lms: Lms, *keys: str) -> None:
    for key in keys:
        lms.desire(lms.enrolled(lms.ada if key == "ada" else lms.person(key)), 60)


def entered(lms: Lms, key: str, grade: float) -> None:
    """Somebody entered another grade after ours had arrived."""
    lms.cell(key).override = grade


def test_pages_of_scores(moodle: Lms, url: str, context: BrowserContext, page: Page) -> None:
    dana = moodle.world.person(moodle.registration, "Dana Facilitator")
    at = enter(context, url, moodle.world.browser(dana, "facilitator", "designer", "console", activity=moodle.activity))
    scores = f"{at}/scores/activities/{moodle.activity.id}"
    look(page, scores, "scores-empty")
    look(page, f"{at}/scores/delivery", "delivery-empty")
    judged(moodle, "ada", "olha")
    moodle.deliver(seconds=1)
    entered(moodle, "olha", 77)
    with moodle.here.database.unit() as session:
        row = session.merge(next(one for one in moodle.rows() if one.person_id != moodle.ada.id))
        row.version, row.score_given, row.state, row.due_at = 2, 100, "queued", moodle.clock()
    moodle.school.courses[2].members.pop("raj")
    judged(moodle, "marisol", "raj", "ruth")
    moodle.deliver(seconds=10)
    moodle.mood.fail_scores, moodle.mood.fail_status, moodle.mood.retry_after = 1, 429, 900
    judged(moodle, "rosa")
    moodle.deliver(seconds=10)
    look(page, scores, "scores")
    look(page, f"{at}/activities/{moodle.activity.id}", "activity-scores")
    look(page, f"{at}/scores/delivery", "delivery")
    asked = next(one for one in moodle.rows() if one.state == "asked")
    look(page, f"{at}/activities/{moodle.activity.id}/people/{asked.person_id}", "person-asked")
    with moodle.here.database.read() as session:
        olha = session.get_one(Person, asked.person_id)
    hers = enter(context, url, moodle.world.browser(olha, "earner", activity=moodle.activity))
    look(page, f"{hers}/activities/{moodle.activity.id}", "hub-asked")
    ada = enter(context, url, moodle.world.browser(moodle.ada, "earner", activity=moodle.activity))
    look(page, f"{ada}/activities/{moodle.activity.id}", "hub-arrived")


def test_pages_of_a_column(canvas: Lms, url: str, context: BrowserContext, page: Page) -> None:
    dana = canvas.world.person(canvas.registration, "Dana Designer")
    with canvas.here.database.unit() as session:
        session.get_one(ResourceLink, canvas.activity.resource_link_id).lineitem_url = ""
        course = session.get_one(Context, canvas.context.id)
        course.service_scopes = [*course.service_scopes, "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem"]
        session.get_one(Activity, canvas.activity.id).scoring = "percent"
    at = enter(context, url, canvas.world.browser(dana, "facilitator", "designer", activity=canvas.activity))
    look(page, f"{at}/scores/activities/{canvas.activity.id}/column", "column")
    look(page, f"{at}/activities/{canvas.activity.id}", "activity-no-column")
    with canvas.here.database.unit() as session:
        session.get_one(Activity, canvas.activity.id).made_column_url = "https://canvas.example.edu/api/lti/courses/1/line_items/9"
    look(page, f"{at}/scores/activities/{canvas.activity.id}/column", "column-made")
