"""Where every kind of launch lands."""

from __future__ import annotations

from itertools import chain, combinations

import pytest

from lti_tool.home.policies import Landing, landing

OPEN, DEEP, REVIEW = "LtiResourceLinkRequest", "LtiDeepLinkingRequest", "LtiSubmissionReviewRequest"

CONSOLE = {"console", "payroll", "board"}

# message, rights, what else is so -> page. Words: act (the link has an activity), gone (it names one that is unknown), page (the link
# asks for reviews), district (it asks for the console), who (names a person), waits (reviews wait), own (enrolled here), new (the LMS has
# no activity yet)
TABLE = [
    (DEEP, "designer", "", Landing.PICKER),
    (DEEP, "facilitator designer reviewer", "waits", Landing.PICKER),
    (DEEP, "earner", "", Landing.NOT_A_DESIGNER),
    (DEEP, "", "", Landing.NOT_A_DESIGNER),
    (OPEN, "earner", "act", Landing.ACTIVITY),
    (OPEN, "preview", "act", Landing.ACTIVITY),
    (OPEN, "facilitator designer", "act", Landing.ACTIVITY),
    (OPEN, "designer", "act", Landing.VERSION),
    (OPEN, "console", "act", Landing.VERSION),
    (OPEN, "author", "act", Landing.VERSION),
    (OPEN, "", "act", Landing.HOME),
    (OPEN, "earner reviewer", "act waits", Landing.REVIEWS),
    (OPEN, "earner reviewer", "act waits own", Landing.ACTIVITY),
    (OPEN, "earner reviewer", "act", Landing.ACTIVITY),
    (OPEN, "facilitator reviewer", "act waits", Landing.ACTIVITY),
    (OPEN, "earner", "act waits", Landing.ACTIVITY),
    (OPEN, "earner", "gone", Landing.UNKNOWN_ACTIVITY),
    (OPEN, "facilitator designer", "gone", Landing.UNKNOWN_ACTIVITY),
    (OPEN, "reviewer", "gone waits", Landing.UNKNOWN_ACTIVITY),
    (OPEN, "earner reviewer", "page", Landing.REVIEWS),
    (OPEN, "earner", "page", Landing.HOME),
    (OPEN, "reviewer", "waits", Landing.REVIEWS),
    (OPEN, "reviewer", "", Landing.HOME),
    (OPEN, "console", "", Landing.DISTRICT),
    (OPEN, "console author", "", Landing.DISTRICT),
    (OPEN, "console facilitator designer", "", Landing.HOME),
    (OPEN, "console reviewer", "waits", Landing.REVIEWS),
    (OPEN, "console", "new", Landing.CONNECTION),
    (OPEN, "console facilitator designer", "new", Landing.CONNECTION),
    (OPEN, "console earner", "new", Landing.HOME),
    (OPEN, "facilitator designer", "new", Landing.HOME),
    (DEEP, "console designer", "new", Landing.PICKER),
    (OPEN, "console", "district", Landing.DISTRICT),
    (OPEN, "console facilitator designer", "district", Landing.DISTRICT),
    (OPEN, "console reviewer", "district waits", Landing.DISTRICT),
    (OPEN, "console", "district new", Landing.DISTRICT),
    (OPEN, "earner payroll", "district", Landing.DISTRICT),
    (OPEN, "earner", "district", Landing.HOME),
    (OPEN, "facilitator designer", "district", Landing.HOME),
    (DEEP, "console designer", "district", Landing.PICKER),
    (OPEN, "payroll", "", Landing.DISTRICT),
    (OPEN, "earner payroll", "", Landing.HOME),
    (OPEN, "board reviewer", "waits", Landing.REVIEWS),
    (OPEN, "earner", "", Landing.HOME),
    (OPEN, "", "", Landing.HOME),
    (REVIEW, "facilitator", "act who", Landing.PERSON),
    (REVIEW, "facilitator", "act", Landing.PEOPLE),
    (REVIEW, "earner", "act who", Landing.PERSON),
    (REVIEW, "facilitator", "gone who", Landing.UNKNOWN_ACTIVITY),
    (REVIEW, "facilitator", "who", Landing.HOME),
]


def land(message: str, rights: str, facts: str) -> Landing:
    so = set(facts.split())
    return landing(
        message_type=message,
        rights=rights.split(),
        activity_named=bool(so & {"act", "gone"}),
        activity_found="act" in so,
        page="reviews" if "page" in so else "district" if "district" in so else "",
        names_a_person="who" in so,
        reviews_waiting="waits" in so,
        has_own_work="own" in so,
        untried="new" in so,
        runs=bool(CONSOLE & set(rights.split())),
    )


@pytest.mark.parametrize(("message", "rights", "facts", "page"), TABLE)
def test_landing(message: str, rights: str, facts: str, page: Landing) -> None:
    assert land(message, rights, facts) is page


def subsets(words: str) -> list[str]:
    names = words.split()
    return [" ".join(one) for one in chain.from_iterable(combinations(names, n) for n in range(len(names) + 1))]


def test_no_combination_opens_a_page_without_the_right_for_it() -> None:
    needs = {
        Landing.PICKER: {"designer"},
        Landing.ACTIVITY: {"earner", "preview", "facilitator"},
        Landing.VERSION: {"designer", "author", "console"},
        Landing.REVIEWS: {"reviewer"},
        Landing.DISTRICT: CONSOLE,
        Landing.CONNECTION: {"console"},
    }
    for message in (OPEN, DEEP, REVIEW):
        for rights in subsets("earner facilitator designer reviewer console preview payroll"):
            for facts in subsets("act page district who waits own new"):
                page = land(message, rights, facts)
                assert page not in needs or needs[page] & set(rights.split()), (message, rights, facts, page)
