"""Role URIs of a course as Canvas writes them."""

from __future__ import annotations

from lti_tool.practice_lms.lti import MEMBERSHIP, TEST_USER

ROLES = {
    "instructor": [MEMBERSHIP + "#Instructor"],
    "designer": [MEMBERSHIP + "#ContentDeveloper"],
    "assistant": [MEMBERSHIP + "#Instructor", MEMBERSHIP + "/Instructor#TeachingAssistant"],
    "learner": [MEMBERSHIP + "#Learner"],
    "test_learner": [MEMBERSHIP + "#Learner", TEST_USER],
    "observer": [MEMBERSHIP + "#Mentor"],
}


def membership_roles(kind: str) -> list[str]:
    """Role URIs of a kind of enrollment, as the roster names them."""
    return [role for role in ROLES[kind] if role != TEST_USER]
