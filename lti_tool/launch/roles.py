"""From the roles of a message to rights in our pages (LTI 1.3 core, appendix A.2). Pure; what is not named here gives no right."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

LIS = "http://purl.imsglobal.org/vocab/lis/v2/"
TEST_USER = "http://purl.imsglobal.org/vocab/lti/system/person#TestUser"
_CONTEXT = re.compile(re.escape(LIS) + r"membership(?:/(?P<core>[A-Za-z]+))?#(?P<role>[A-Za-z]+)$")
_ADMINISTRATORS = frozenset({LIS + "institution/person#Administrator", LIS + "system/person#Administrator", LIS + "system/person#SysAdmin"})
_SHORT = frozenset({"Learner", "Instructor", "ContentDeveloper"})
_HELPERS = frozenset({"TeachingAssistant", "TeachingAssistantSection", "TeachingAssistantTemplate", "TeachingAssistantOffering", "Grader"})


@dataclass(frozen=True)
class Standing:
    """What the LMS's roles amount to. `places_content`: somebody whom the LMS lets build courses. `administers`: the LMS as a whole."""

    rights: tuple[str, ...]
    is_test: bool
    places_content: bool
    administers: bool = False


def standing(roles: Collection[str], *, admins_run_console: bool) -> Standing:
    """The rights that a launch with these roles gives.

    Roles in the course decide; what somebody is elsewhere in the institution says nothing here. Administrators of the LMS get the
    console where the registration's admin agreed, unless they are in this course as learners.
    """
    if TEST_USER in roles:
        return Standing(("preview",), is_test=True, places_content=False)
    here, helper = _in_course(roles)
    rights: set[str] = set()
    if "Learner" in here:
        rights.add("earner")
    if "Instructor" in here:
        rights |= {"facilitator"} if helper else {"facilitator", "designer"}
    if "ContentDeveloper" in here:
        rights.add("designer")
    administers = not _ADMINISTRATORS.isdisjoint(roles)
    administrator = administers and "Learner" not in here
    if administrator and admins_run_console:
        rights.add("console")
    places = administrator or not here.isdisjoint({"Instructor", "ContentDeveloper"})
    return Standing(tuple(sorted(rights)), is_test=False, places_content=places, administers=administers)


def bystander(roles: Collection[str]) -> str:
    """Why somebody with these roles has no right in the course: observer (Mentor), administrator of the LMS, or empty."""
    here, _ = _in_course(roles)
    return "observer" if "Mentor" in here else "" if _ADMINISTRATORS.isdisjoint(roles) else "administrator"


def _in_course(roles: Collection[str]) -> tuple[set[str], bool]:
    """The core context roles, and whether the Instructor among them is a helper of the teacher."""
    core: set[str] = set()
    helper = False
    for role in roles:
        found = _CONTEXT.fullmatch(role)
        if found:
            core.add(found["core"] or found["role"])
            helper = helper or (found["core"] == "Instructor" and found["role"] in _HELPERS)
        elif role in _SHORT:  # deprecated short names are context roles only
            core.add(role)
    return core, helper
