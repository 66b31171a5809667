"""Where a launch lands: each role where its work is."""

from __future__ import annotations

from collections.abc import Collection
from enum import StrEnum

from lti_tool.platforms.base import EMBED, HAND_IN


class Landing(StrEnum):
    """The page that a launch leads to."""

    PICKER = "picker"
    NOT_A_DESIGNER = "not_a_designer"
    HAND_IN = "hand_in"
    EMBED = "embed"
    SUBMISSION = "submission"
    CARD = "card"
    ACTIVITY = "activity"
    PEOPLE = "people"
    PERSON = "person"
    UNKNOWN_ACTIVITY = "unknown_activity"
    VERSION = "version"
    REVIEWS = "reviews"
    DISTRICT = "district"
    CONNECTION = "connection"
    HOME = "home"


def named(*, message_type: str, wants: str, submission: bool, card: bool) -> Landing | None:
    """The page that the message itself names, whoever opens it: it decides who may. None where it names none.

    `wants`: what a deep linking request asks for. `submission`, `card`: the link says that it opens one.
    """
    if message_type == "LtiDeepLinkingRequest":
        return {HAND_IN: Landing.HAND_IN, EMBED: Landing.EMBED}.get(wants)
    return Landing.SUBMISSION if submission else Landing.CARD if card else None


def landing(
    *,
    message_type: str,
    rights: Collection[str],
    activity_named: bool,
    activity_found: bool,
    page: str,
    names_a_person: bool,
    reviews_waiting: bool,
    has_own_work: bool,
    untried: bool = False,
    runs: bool = False,
) -> Landing:
    """The page for this message and these rights. `page` is the link's own wish, from its custom parameters.

    `has_own_work`: the person is enrolled at this activity. Who is not, and has reviews waiting, came to review.
    `runs`: they may open at least one page of the district's console.
    `untried`: no activity of this LMS is known yet, so an administrator came to see that the connection works.
    """
    rights = set(rights)
    if message_type == "LtiDeepLinkingRequest":
        return Landing.PICKER if "designer" in rights else Landing.NOT_A_DESIGNER
    if message_type == "LtiSubmissionReviewRequest" and activity_found:
        return Landing.PERSON if names_a_person else Landing.PEOPLE
    if activity_found:
        if "reviewer" in rights and reviews_waiting and not has_own_work and "facilitator" not in rights:
            return Landing.REVIEWS
        if rights & {"earner", "preview", "facilitator"}:
            return Landing.ACTIVITY
        if rights & {"designer", "author", "console"}:
            return Landing.VERSION
    if activity_named and not activity_found:
        return Landing.UNKNOWN_ACTIVITY
    if page == "district" and runs:
        return Landing.DISTRICT
    if "reviewer" in rights and (page == "reviews" or reviews_waiting):
        return Landing.REVIEWS
    if "console" in rights and untried and not rights & {"earner", "preview"}:
        return Landing.CONNECTION
    if runs and not rights & {"earner", "facilitator", "designer", "preview"}:
        return Landing.DISTRICT
    return Landing.HOME
