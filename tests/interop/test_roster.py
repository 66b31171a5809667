"""Open edX's list of the course's people, page by page."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from lti_tool.catalog.samples import load_samples
from tests.interop.browser import Course

pytestmark = pytest.mark.xdist_group("interop")

TITLE = next(sample.content.title for sample in load_samples() if sample.key == "small-group-work")


def test_everybody_is_read_over_several_pages(course: Course) -> None:
    course.place("dana", "roster", TITLE)
    before = len(course.ask("requests"))
    page = course.read_course_list("dana", "roster")
    assert page.status == 200
    people = course.ask("people")
    asked = [one for one in course.ask("requests")[before:] if "/memberships" in one["path"]]
    sizes = {int(parse_qs(urlsplit(one["path"]).query)["limit"][0]) for one in asked}
    assert [one["status"] for one in asked] == [200] * len(asked)
    assert len(asked) == -(-len(people) // min(sizes)) >= 2
    last = max(people.values(), key=lambda person: person["id"])
    assert course.find_people(page, "dana", last["name"]) == [last["name"]]
    assert course.find_people(page, "dana", "Nobody of Nowhere") == []


def test_a_person_of_the_list_is_the_person_who_launches(course: Course) -> None:
    course.place("dana", "roster-names", TITLE)
    page = course.read_course_list("dana", "roster-names")
    assert course.open("colleague002", "roster-names").status == 200
    assert course.find_people(page, "dana", "Colleague002") == ["Colleague002 of Maple"]
