"""Rules of course lists."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.grading import roster_policies as policies
from lti_tool.grading.roster_policies import FAILURES, Change, Known, change
from lti_tool.launch.roles import LIS

STATUSES = st.sampled_from(["active", "inactive", "left"])
ROLES = st.lists(st.sampled_from(["Learner", "Instructor", "Mentor"]), max_size=3)


@given(before=STATUSES, after=STATUSES, roles=ROLES, new_roles=ROLES)
def test_a_person_never_joins_and_leaves_at_once(before: str, after: str, roles: list[str], new_roles: list[str]) -> None:
    found = change(Known(before, roles), after, new_roles)
    assert not (found.joined and found.left)
    assert found.joined == (before == "left" and after == "active")
    assert found.left == (before != "left" and after == "left")
    assert found.roles <= (after == "active")
    assert change(Known("active", roles), "active", list(reversed(roles))) == Change()


def test_who_was_not_known_has_joined() -> None:
    assert change(None, "active", ["Learner"]) == Change(joined=True)


@pytest.mark.parametrize(("people", "before", "tells"), [(0, 0, True), (0, 1, False), (1, 50_000, True), (3, 0, True)])
def test_an_empty_list_says_nothing_of_those_before(people: int, before: int, tells: bool) -> None:
    assert policies.tells_who_left(people=people, before=before) == tells


@given(failure=st.sampled_from(sorted(FAILURES)), attempts=st.integers(1, 1000), jitter=st.floats(0, 1))
def test_waiting_grows_and_ends(failure: str, attempts: int, jitter: float) -> None:
    found = policies.wait(failure, attempts, jitter=jitter)
    assert (found is None) == (attempts >= policies.MOST_IN_A_ROW)
    if found is not None:
        assert timedelta(minutes=3) < found <= timedelta(hours=30)
    assert FAILURES[failure].words
    assert FAILURES[failure].move


def test_an_lms_that_says_how_long_gets_it() -> None:
    assert policies.wait("slow_down", 1, jitter=0.5, asked=timedelta(minutes=17)) == timedelta(minutes=17)
    assert policies.wait("slow_down", 1, jitter=0.5, asked=timedelta(0)) == timedelta(seconds=10)


def test_reading_again() -> None:
    assert policies.again_after(0, 0.5) is None
    assert policies.again_after(24, 0.5) == timedelta(hours=24)


@pytest.mark.parametrize(
    ("roles", "names"),
    [
        (["Learner"], ("Takes part",)),
        ([LIS + "membership#Instructor"], ("Runs the course",)),
        (
            [
                LIS + "membership#Instructor",
                LIS + "membership/Instructor#TeachingAssistant",
            ],
            ("Teaching assistant",),
        ),
        (
            [
                "http://purl.imsglobal.org/vocab/lis/v2/institution/person#Student",
                "http://purl.imsglobal.org/vocab/lis/v2/system/person#User",
            ],
            (),
        ),
        (["Odd/Role#Own"], ("Own",)),
        ([], ()),
    ],
)
def test_roles_in_words(roles: list[str], names: tuple[str, ...]) -> None:
    assert policies.role_names(roles) == names
