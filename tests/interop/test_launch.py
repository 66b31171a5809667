"""Open edX launches the tool: its own sign-on, keys and claims."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from lti_tool.catalog.samples import load_samples
from tests.interop.browser import Course

pytestmark = pytest.mark.xdist_group("interop")

TITLE = next(sample.content.title for sample in load_samples() if sample.key == "design-thinking")


@pytest.fixture(scope="module")
def block(course: Course) -> str:
    """A block that shows a microcredential."""
    course.place("dana", "launches", TITLE)
    return "launches"


def test_a_learner_lands_at_the_activity_and_may_start(course: Course, block: str) -> None:
    page = course.open("ada", block)
    assert page.status == 200
    assert page.url.startswith(f"{course.tool_url}/s/")
    assert TITLE in page.text
    assert page.form("/evidence/start") is not None


def test_staff_land_where_they_see_everybody(course: Course, block: str) -> None:
    page = course.open("dana", block)
    assert page.status == 200
    assert "Who is working on it" in page.text
    assert not page.all("//form[contains(@action, '/evidence/start')]")


def test_a_block_in_which_nothing_was_placed_leads_home_and_says_so(course: Course) -> None:
    page = course.open("ada", "empty")
    assert page.status == 200
    assert urlsplit(page.url).path.endswith("/home")
    assert "not ready" in page.text


def test_names_of_the_id_token_are_on_the_page(course: Course, block: str) -> None:
    page = course.open("ruth", block)
    assert "Ruth of Maple" in " ".join(page.tree.itertext())


def test_two_people_at_one_browser_stay_apart(course: Course, block: str) -> None:
    first = course.open("raj", block)
    course.people["rosa"] = course.be("raj")
    second = course.open("rosa", block)
    again = course.be("raj").get(first.url)
    assert "Rosa of Maple" in " ".join(second.tree.itertext())
    assert "Raj of Maple" in " ".join(again.tree.itertext())


def test_a_launch_counts_once(course: Course, block: str) -> None:
    browser = course.be("ada")
    form = course.begin("ada", block).one("//form[@id='lti-launch']", "launch from Open edX")
    assert browser.submit(form).status == 200
    assert browser.submit(form).status in (400, 403, 409)


def test_a_launch_is_of_no_use_in_another_browser(course: Course, block: str) -> None:
    form = course.begin("ada", block).one("//form[@id='lti-launch']", "launch from Open edX")
    assert course.be("colleague001").get(course.tool_url + "/livez").status == 200
    refused = course.be("colleague001").submit(form)
    assert refused.status in (400, 403)
    assert "/s/" not in refused.url
