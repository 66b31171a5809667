"""A designer chooses in the tool what a block of Open edX shows; Open edX checks the signed answer and launches by it."""

from __future__ import annotations

import pytest

from lti_tool.catalog.samples import load_samples
from tests.interop.browser import Course

pytestmark = pytest.mark.xdist_group("interop")

FIRST, SECOND = (sample.content.title for sample in load_samples() if sample.key in ("close-reading", "computational-thinking"))
SAVED = "successfully saved"


def test_one_microcredential_is_saved_and_opens(course: Course) -> None:
    answer = course.place("dana", "deep-one", FIRST, points=60)
    assert answer.status == 200
    assert SAVED in answer.text
    (item,) = course.ask("items", block="deep-one")
    assert item["type"] == "ltiResourceLink"
    assert item["title"] == FIRST
    assert item["url"] == f"{course.tool_url}/lti/launch"
    assert item["custom"]["activity"]
    assert (item["lineItem"]["label"], item["lineItem"]["scoreMaximum"]) == (FIRST, 60)
    assert FIRST in course.open("ada", "deep-one").text


def test_without_points_no_column_is_asked_for(course: Course) -> None:
    assert SAVED in course.place("dana", "deep-ungraded", SECOND, points=None).text
    (item,) = course.ask("items", block="deep-ungraded")
    assert "lineItem" not in item


def test_several_at_once_and_the_review_desk(course: Course) -> None:
    assert SAVED in course.place("dana", "deep-several", FIRST, SECOND, "Review desk").text
    items = course.ask("items", block="deep-several")
    assert sorted(item["title"] for item in items if "lineItem" in item) == sorted([FIRST, SECOND])
    assert [item["custom"] for item in items if "lineItem" not in item] == [{"page": "reviews"}]


def test_choosing_again_replaces_what_was_there(course: Course) -> None:
    course.place("dana", "deep-again", FIRST)
    course.place("dana", "deep-again", SECOND)
    assert [item["title"] for item in course.ask("items", block="deep-again")] == [SECOND]


def test_giving_up_answers_with_nothing_chosen(course: Course) -> None:
    answer = course.place("dana", "deep-cancelled", button="cancel")
    assert SAVED in answer.text
    assert course.ask("items", block="deep-cancelled") == []


def test_open_edx_sends_no_learner_to_the_picker(course: Course) -> None:
    assert course.begin("ada", "deep-learner", "LtiDeepLinkingRequest").status == 403


def test_a_card_is_saved_without_a_column_and_leads_to_the_activity_of_the_course(course: Course) -> None:
    assert SAVED in course.place("dana", "deep-card", FIRST, shape="card").text
    (item,) = course.ask("items", block="deep-card")
    assert set(item["custom"]) == {"card"}
    assert "lineItem" not in item
    page = course.open("ada", "deep-card")
    assert FIRST in page.text
    assert "hours of work" in page.text
