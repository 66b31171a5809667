"""Who may ask for what by deep linking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.launch import asking
from lti_tool.launch.rejected import LaunchRejected
from lti_tool.launch.roles import Standing
from lti_tool.platforms.base import EMBED, HAND_IN, PLACE

LEARNER = Standing(("earner",), is_test=False, places_content=False)
TEST = Standing(("preview",), is_test=True, places_content=False)
TEACHER = Standing(("designer", "facilitator"), is_test=False, places_content=True)
OBSERVER = Standing((), is_test=False, places_content=False)
EVERYTHING = ("link", "file", "html", "ltiResourceLink", "image")


def refusal(wanted: str, who: Standing, types: tuple[str, ...] = EVERYTHING) -> str:
    try:
        asking.require(wanted, types, who)
    except LaunchRejected as error:
        return error.code
    return ""


@pytest.mark.parametrize(
    ("wanted", "who", "code"),
    [
        (PLACE, TEACHER, ""),
        (PLACE, LEARNER, "deep_linking_role"),
        (PLACE, OBSERVER, "deep_linking_role"),
        (HAND_IN, LEARNER, ""),
        (HAND_IN, TEST, ""),
        (HAND_IN, TEACHER, "deep_linking_learner"),
        (HAND_IN, OBSERVER, "deep_linking_learner"),
        (EMBED, TEACHER, ""),
        (EMBED, LEARNER, ""),
        (EMBED, OBSERVER, "deep_linking_role"),
    ],
)
def test_who(wanted: str, who: Standing, code: str) -> None:
    assert refusal(wanted, who) == code


@pytest.mark.parametrize(
    ("wanted", "who", "types"),
    [(PLACE, TEACHER, ("file", "html")), (HAND_IN, LEARNER, ("html", "link")), (EMBED, LEARNER, ("image", "file"))],
)
def test_nothing_of_ours_fits(wanted: str, who: Standing, types: tuple[str, ...]) -> None:
    assert refusal(wanted, who, types) == "deep_linking_types"


@given(st.sampled_from([PLACE, HAND_IN, EMBED]), st.sampled_from([LEARNER, TEST, OBSERVER]))
def test_nobody_becomes_a_designer_by_asking(wanted: str, who: Standing) -> None:
    assert "designer" not in asking.rights(wanted, who)


def test_who_builds_the_course_may_do_so_where_something_is_placed_and_not_where_work_is_handed_in() -> None:
    helper = Standing(("earner", "facilitator"), is_test=False, places_content=True)
    assert "designer" in asking.rights(PLACE, helper)
    assert "designer" not in asking.rights(HAND_IN, helper)
