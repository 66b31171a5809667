"""The district's console in Chromium: accessible, never too wide, usable without JavaScript."""

from __future__ import annotations

from datetime import timedelta

from playwright.sync_api import Browser, BrowserContext, Page, expect

from lti_tool.grading.models import ScoreLane
from lti_tool.platforms.models import District
from tests.browser.pages import crowd, enter, look
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def console_of(scene: Scene) -> FrameBrowser:
    return scene.world.browser(scene.dana, "console", context=scene.context)


def a_district_that_works(scene: Scene) -> None:
    """Something of everything: roles that end, an LMS in trouble, work without a reviewer."""
    world, now = scene.world, scene.world.tool.clock()
    crowd(scene)
    district = world._get(District, scene.registration.district_id)
    other = world.registration(district, name="Maple Canvas", vendor="canvas", observed={"offers": {"scores": False}})
    world.registration(district, name="Maple Canvas (beta)", vendor="canvas", environment="beta")
    world.registration(district, name="The old Moodle", state="disabled")
    lane = {"district_id": district.id, "hour": now, "until": now + timedelta(hours=1), "failures": 9}
    world._add(ScoreLane(registration_id=scene.registration.id, state="open", **lane))
    console = console_of(scene)
    for role, days in (("coordinator", 12), ("payroll", None), ("board", 200)):
        until = (now + timedelta(days=days)).date().isoformat() if days else ""
        console.post(f"/district/people/{scene.ada.id}/roles", {"role": role, "reason": "Stands in for Mai until summer", "until": until})
    console.post(f"/district/lms/{other.id}/name", {"name": "Maple Canvas of the high schools"})
    console.post("/district/lms/invite")
    world.submission(world.enrollment(scene.activity, world.person(scene.registration, "Wanda Waits")))


def test_pages_of_the_console(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    fresh = scene.world.registration(scene.world.district("Oak Hills"), name="Oak Moodle")
    empty = scene.world.browser(scene.world.person(fresh, "Olga Office"), "console")
    look(page, enter(context, url, empty) + "/district/", "console-new")
    a_district_that_works(scene)
    own = enter(context, url, console_of(scene))
    pages = {
        "console": "/district/",
        "people": "/district/people",
        "people-found": "/district/people?find=a&all=1",
        "people-none": "/district/people?find=zzz",
        "person": f"/district/people/{scene.ada.id}",
        "settings": "/district/settings",
        "trail": "/district/trail",
        "trail-of-a-person": f"/district/trail?person={scene.ada.id}",
        "connections": "/district/lms/",
        "connection-one": f"/district/lms/{scene.registration.id}",
        "support-ask": f"/support/people/{scene.ada.id}",
    }
    for name, path in pages.items():
        look(page, own + path, f"console-{name}")


def test_a_role_is_given_and_a_teachers_page_looked_at(scene: Scene, url: str, context: BrowserContext, page: Page) -> None:
    page.goto(enter(context, url, console_of(scene)) + "/district/")
    page.get_by_role("link", name="People and roles").click()
    page.get_by_label("Find a person").fill("Ada")
    page.get_by_role("button", name="Find").click()
    page.get_by_role("link", name=scene.ada.label).click()
    page.get_by_text("Give a role").click()
    page.get_by_role("button", name="Give the role").click()
    expect(page.get_by_text("Choose one of the roles.").first).to_be_visible()
    page.locator("label", has_text="Reads reports").click()
    page.get_by_label("Why").fill("Reads the reports")
    page.get_by_role("button", name="Give the role").click()
    expect(page.get_by_text("The role is given.")).to_be_visible()
    page.get_by_role("link", name="See what they see").click()
    page.get_by_label("Why do you need to look?").fill("Ada wrote that her score is missing")
    page.get_by_role("button", name="Look").click()
    expect(page.get_by_text(f"You see what {scene.ada.label} sees.")).to_be_visible()
    look(page, page.url, "console-support-view")
    page.get_by_role("link", name="Asking good questions").first.click()
    look(page, page.url, "console-support-hub")
    page.get_by_role("link", name="Continue").click()
    expect(page.get_by_role("heading", name="You are only looking")).to_be_visible()
    look(page, page.url, "console-support-refused")
    page.get_by_role("button", name="Leave").click()
    expect(page.get_by_text("The support view has ended.")).to_be_visible()


def test_without_javascript(scene: Scene, url: str, chromium: Browser, world: World) -> None:
    other = world.registration(world._get(District, scene.registration.district_id), name="Maple Canvas")
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(enter(context, url, console_of(scene)) + "/district/lms/")
    page.get_by_role("link", name="Maple Canvas").click()
    page.get_by_label("Why").fill("Contract ends")
    page.get_by_role("button", name="Switch it off").click()
    expect(page.get_by_text("This connection is off.")).to_be_visible()
    page.get_by_role("button", name="Switch it on").click()
    expect(page.get_by_text("Please say in a few words why.").first).to_be_visible()
    assert world._get(type(other), other.id).state == "disabled"
    context.close()
