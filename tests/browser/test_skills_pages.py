"""People by skill, cohorts and a course's community in Chromium: accessible, never too wide, usable by what people see."""

from __future__ import annotations

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.district.cohorts.models import CohortMember, CommunityPost
from tests.browser.pages import enter, look
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.district.cohorts.conftest import Pilot, pilot
from tests.integration.district.skills.conftest import Staff, staff

__all__ = ["pilot", "staff"]


def test_people_by_skill(staff: Staff, world: World, url: str, context: BrowserContext, page: Page) -> None:
    """A teacher chooses to be found; a principal finds them; the figures of a skill and of all."""
    ada = staff.teacher("Adabella Lovelace", "Oak Middle School")
    staff.award(ada)
    own = enter(context, url, staff.browser(ada))
    look(page, own + "/skills/mine", "skills-mine-not-found")
    page.goto(own + "/skills/mine")
    page.locator("label", has_text="People of my district who search").click()
    page.locator("label", has_text="I would mentor a colleague").click()
    page.get_by_label("A short note").fill("On Fridays after three, in my room or yours.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved. It holds from now on.")).to_be_visible()
    look(page, own + "/skills/mine", "skills-mine")
    for n in range(12):
        staff.holder(f"Holder Number {n}", "Elm Middle School", leads="y")
        staff.teacher(f"Without {n}", "Lakeside High School")
        staff.award(staff.teacher(f"Quiet {n}", "Elm Middle School"))
    principal = enter(context, url, staff.leader())
    page.goto(principal + "/skills/")
    page.get_by_label("Words of the skill").fill("formative")
    page.get_by_label("Part of the school’s name").fill("middle")
    page.locator("label", has_text="Would mentor").click()
    page.get_by_role("button", name="Find people").click()
    expect(page.get_by_role("link", name="Adabella Lovelace")).to_be_visible()
    assert "Holder Number" not in page.content()
    look(page, principal + "/skills/", "skills-search")
    look(page, principal + "/skills/?find=1", "skills-found")
    look(page, principal + "/skills/?find=1&words=nothing", "skills-nobody")
    look(page, principal + f"/skills/people/{ada.id}", "skills-person")
    look(page, principal + f"/skills/{staff.skill}", "skills-one-skill")
    look(page, principal + "/skills/map", "skills-map")


def test_a_cohort(pilot: Pilot, world: World, url: str, context: BrowserContext, page: Page, clock: Clock) -> None:
    """From an empty list to a reminder; the teacher's answer."""
    desk = enter(context, url, pilot.coordinator())
    look(page, desk + "/cohorts/", "cohorts-empty")
    look(page, desk + "/cohorts/new", "cohorts-new")
    page.goto(desk + "/cohorts/new")
    page.get_by_label("Name").fill("Pilot at the middle schools")
    page.get_by_label("Words to the members").fill("We meet on the first Monday of each month.")
    page.locator("label", has_text="Formative assessment").click()
    page.get_by_label("Day of the goal").fill("2027-05-31")
    page.get_by_role("button", name="Make the cohort").click()
    expect(page.get_by_text("The cohort is made.")).to_be_visible()
    page.get_by_label("In the course").select_option(label="Professional learning")
    page.get_by_role("button", name="Find people").click()
    for name in ("Ada Lovelace", "Ben Babbage"):
        page.locator("label", has_text=name).click()
    page.get_by_label("E-mail addresses").fill("zoe@example.org")
    look_at = page.url
    page.get_by_role("button", name="Invite", exact=True).click()
    expect(page.get_by_text("They are invited.")).to_be_visible()
    look(page, look_at, "cohorts-invite")
    [cohort_id] = {one.cohort_id for one in pilot.rows(CohortMember)}
    teacher = enter(context, url, pilot.teacher(pilot.ada))
    look(page, teacher + "/cohorts/mine", "cohorts-mine")
    page.goto(teacher + "/cohorts/mine")
    page.get_by_role("button", name="Accept").click()
    expect(page.get_by_text("Your answer is kept.")).to_be_visible()
    world.enrollment(pilot.activity, pilot.ada)
    clock.tick(days=15)
    desk = enter(context, url, pilot.coordinator())
    look(page, desk + f"/cohorts/{cohort_id}", "cohorts-group")
    page.goto(desk + f"/cohorts/{cohort_id}?nudge=1")
    page.get_by_label("Your words").fill("See you on Monday.")
    page.get_by_role("button", name="Remind them all").click()
    expect(page.get_by_text("They are reminded")).to_be_visible()
    look(page, desk + "/cohorts/", "cohorts-list")


def test_a_community(pilot: Pilot, world: World, url: str, context: BrowserContext, page: Page) -> None:
    """A teacher tells their course that they help; a facilitator can hide it."""
    for person in (pilot.ada, pilot.ben):
        world.enrollment(pilot.activity, person)
    own = enter(context, url, world.browser(pilot.ada, "earner", activity=pilot.activity))
    page.goto(own + f"/activities/{pilot.activity.id}")
    page.get_by_role("link", name="Who works on it as well, and helps").click()
    expect(page.get_by_text("Nobody stands here yet")).to_be_visible()
    look(page, page.url, "community-empty")
    page.locator("label", has_text="Others in this course see").click()
    page.locator("label", has_text="I offer help").click()
    page.get_by_label("A short note").fill("Ask me about exit tickets.")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Others see it")).to_be_visible()
    look(page, own + "/cohorts/community/", "community-own")
    fay = world.person(pilot.registration, "Fay Facilitator")
    runs = enter(context, url, world.browser(fay, "facilitator", context=pilot.context))
    page.goto(runs + "/cohorts/community/")
    page.get_by_text("Hide", exact=False).first.click()
    page.get_by_label("Why").fill("It names a student.")
    page.get_by_role("button", name="Hide it").click()
    expect(page.get_by_text("The note is hidden.")).to_be_visible()
    look(page, runs + "/cohorts/community/", "community-run")
    assert len(pilot.rows(CommunityPost)) == 1
