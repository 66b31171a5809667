"""From LMS roles to rights."""

from __future__ import annotations

import pytest

from lti_tool.launch.roles import LIS, TEST_USER, standing

M = LIS + "membership#"
TA = LIS + "membership/Instructor#TeachingAssistant"
ADMIN = LIS + "institution/person#Administrator"
ELSEWHERE = LIS + "institution/person#Instructor"


@pytest.mark.parametrize(
    ("roles", "rights", "places"),
    [
        ([M + "Learner"], {"earner"}, False),
        (["Learner"], {"earner"}, False),
        ([M + "Instructor"], {"facilitator", "designer"}, True),
        (["Instructor"], {"facilitator", "designer"}, True),
        ([M + "Instructor", TA], {"facilitator"}, True),
        ([TA], {"facilitator"}, True),
        ([LIS + "membership/Instructor#GuestInstructor"], {"facilitator", "designer"}, True),
        ([LIS + "membership/Learner#NonCreditLearner"], {"earner"}, False),
        ([M + "ContentDeveloper"], {"designer"}, True),
        ([M + "Mentor"], set(), False),
        ([M + "Member"], set(), False),
        ([M + "Administrator"], set(), False),
        ([ELSEWHERE, M + "Learner"], {"earner"}, False),
        ([ELSEWHERE], set(), False),
        ([], set(), False),
        (["Administrator", "urn:x", M, M + "Learner/x", LIS + "membership#learner"], set(), False),
        ([ADMIN, M + "Instructor", LIS + "system/person#Administrator"], {"facilitator", "designer", "console"}, True),
        ([ADMIN], {"console"}, True),
        ([LIS + "system/person#SysAdmin"], {"console"}, True),
        ([ADMIN, M + "Learner"], {"earner"}, False),
    ],
)
def test_rights(roles: list[str], rights: set[str], places: bool) -> None:
    found = standing(roles, admins_run_console=True)
    assert (set(found.rights), found.places_content, found.is_test) == (rights, places, False)


def test_administrators_without_agreement() -> None:
    found = standing([ADMIN], admins_run_console=False)
    assert (found.rights, found.places_content) == ((), True)


def test_the_platforms_test_user_is_only_a_preview() -> None:
    found = standing([M + "Learner", M + "Instructor", ADMIN, TEST_USER], admins_run_console=True)
    assert (found.rights, found.is_test, found.places_content) == (("preview",), True, False)
