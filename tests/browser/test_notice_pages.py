"""What's new, choices, the link that stops e-mail, the course list: in Chromium, accessible, never too wide."""

from __future__ import annotations

import re
from datetime import timedelta

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.grading.roster_models import Roster, RosterMember
from lti_tool.launch.models import Context
from lti_tool.notices import reaching, stopping
from lti_tool.notices.models import MailStop
from tests.browser.chromium import appears
from tests.browser.pages import enter, look
from tests.integration.notices.conftest import Post, Story, story, use

__all__ = ["story"]


def fill(story: Story) -> None:
    story.tell("extended", day="2027-01-31T23:59:59+00:00")
    story.clock.tick(hours=2)
    for number in range(34):
        story.tell("decision", thing=str(number), title="Asking good questions in a class of many languages " * 2)
    story.tell("privacy.raised")
    story.tell("badge")


def test_pages_of_notices(story: Story, url: str, context: BrowserContext, page: Page) -> None:
    use(story.tool, Post(port=9))
    browser = story.world.browser(story.ada, "earner", "console", activity=story.activity)
    at = enter(context, url, browser)
    look(page, f"{at}/notices/", "notices-empty")
    look(page, f"{at}/notices/mail", "mail-state-empty")
    fill(story)
    look(page, f"{at}/home", "home-news")
    look(page, f"{at}/notices/", "notices")
    look(page, f"{at}/notices/choices", "notices-choices")
    with story.tool.database.unit() as session:
        for n in range(3):
            person = story.world.person(story.registration, f"Wilhelmina Featherstonehaugh {n}", email=f"w{n}.{'long' * 12}@school.example")
            session.add(
                MailStop(person_id=person.id, district_id=person.district_id, address_mark=reaching.mark(story.tool, person.email),
                         status=550, stopped_at=story.clock())
            )  # fmt: skip
    look(page, f"{at}/notices/mail", "mail-state")


def test_seen_by_keyboard(story: Story, url: str, context: BrowserContext, page: Page) -> None:
    story.tell()
    at = enter(context, url, story.world.browser(story.ada, "earner", activity=story.activity))
    page.goto(f"{at}/home")
    page.get_by_role("button", name="I have seen these").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("nothing since you looked")).to_be_visible()


def test_the_page_that_stops_e_mail(story: Story, url: str, page: Page) -> None:
    token = stopping.token(story.tool.box, stopping.Stop(story.ada.id, "decision"))
    look(page, f"{url}/notices/stop/{token}", "stop")
    page.get_by_role("button", name="Stop e-mails of this kind").click()
    expect(page.get_by_role("heading", name="You get no more of these e-mails")).to_be_visible()
    page.get_by_role("button", name="Stop all e-mails").click()
    expect(page.get_by_text(re.compile("No e-mail from"))).to_be_visible()


def listed(story: Story, **given: object) -> Roster:
    """A list of people with every kind of change."""
    now = story.clock()
    where = {"district_id": story.registration.district_id, "registration_id": story.registration.id, "context_id": story.context.id}
    read = {"run": 2, "people": 40, "complete_at": now - timedelta(hours=3), "complete_people": 60, "due_at": now + timedelta(hours=20)}
    row = story.world._add(Roster(**{**where, **read, **given}))
    learner, teacher = ["http://purl.imsglobal.org/vocab/lis/v2/membership#Learner"], ["Instructor"]
    for n in range(60):
        opened = None if n % 3 else now
        person = story.world.person(story.registration, f"Wilhelmina Featherstonehaugh-Cholmondeley {n:02}", last_launch_at=opened)
        story.world._add(
            RosterMember(district_id=row.district_id, roster_id=row.id, person_id=person.id,
                         status="left" if n == 5 else "inactive" if n == 7 else "active", roles=teacher if n % 10 == 0 else learner,
                         roles_before=learner if n % 10 == 0 else [], seen_run=2, joined_at=now if n % 4 == 0 else None,
                         left_at=now if n == 5 else None, roles_changed_at=now if n % 10 == 0 else None)
        )  # fmt: skip
    return row


def test_pages_of_a_course_list(story: Story, url: str, context: BrowserContext, page: Page) -> None:
    at = enter(context, url, story.world.browser(story.world.person(story.registration, "Dana"), "facilitator", activity=story.activity))
    look(page, f"{at}/roster/", "roster-unread")
    row = listed(story)
    look(page, f"{at}/roster/", "roster")
    look(page, f"{at}/roster/?show=left", "roster-left")
    look(page, f"{at}/roster/activities/{story.activity.id}", "roster-activity")
    look(page, f"{at}/activities/{story.activity.id}", "activity-people")
    with story.tool.database.unit() as session:
        kept = session.get_one(Roster, row.id)
        kept.failure, kept.failed_at, kept.attempts = "no_token", story.clock(), 1
    look(page, f"{at}/roster/", "roster-failed")


def test_reading_is_seen_going_on(story: Story, url: str, context: BrowserContext, page: Page) -> None:
    at = enter(context, url, story.world.browser(story.world.person(story.registration, "Dana"), "facilitator", activity=story.activity))
    row = listed(story, complete_at=None, next_url="x", lease_until=story.clock() + timedelta(minutes=1))
    look(page, f"{at}/roster/", "roster-reading")
    expect(page.get_by_text("40 people so far")).to_be_visible()
    with story.tool.database.unit() as session:
        session.get_one(Roster, row.id).people = 55
    appears(page.get_by_text("55 people so far"))
    with story.tool.database.unit() as session:
        kept = session.get_one(Roster, row.id)
        kept.next_url, kept.lease_until, kept.complete_at = "", None, story.clock()
    appears(page.get_by_role("link", name="Show it"))


def test_a_course_without_a_list(story: Story, url: str, context: BrowserContext, page: Page) -> None:
    with story.tool.database.unit() as session:
        session.get_one(Context, story.context.id).memberships_url = ""
    at = enter(context, url, story.world.browser(story.world.person(story.registration, "Dana"), "facilitator", activity=story.activity))
    look(page, f"{at}/roster/", "roster-not-offered")
