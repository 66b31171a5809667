"""A submission's link opens exactly that submission, for who may see it and as far as they may."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from lti_tool.evidence.models import Submission
from lti_tool.launch.models import Context
from tests.factories.world import FrameBrowser
from tests.integration.linking.conftest import Link, hand_in
from tests.integration.review.conftest import Scene

NAME = "Adabella"


def by_link(scene: Scene, submission: Submission, person: Any, *rights: str, context: Context | None = None) -> FrameBrowser:
    """As from a SpeedGrader: only the launch address names the submission."""
    launch = {"target_link_uri": f"{scene.world.tool.settings.base_url}/lti/launch?submission={submission.id}"}
    return scene.world.browser(person, *rights, context=context or scene.context, launch=launch)


def by_name(scene: Scene, person: Any, *rights: str, sub: str = "sub-of-adabella") -> FrameBrowser:
    """As from a gradebook's submission review."""
    launch = {"message_type": "LtiSubmissionReviewRequest", "for_user": sub}
    return scene.world.browser(person, *rights, activity=scene.activity, launch=launch)


def opened(browser: FrameBrowser) -> Any:
    """What the person sees in the end."""
    answer = browser.get("/")
    for _ in range(4):
        if answer.status_code != 303:
            break
        answer = browser.get(answer.location.removeprefix(browser.prefix))
    return answer


def test_the_owner_sees_their_own_copy(scene: Scene) -> None:
    submission, _ = scene.seated()
    for browser in (by_link(scene, submission, scene.ada, "earner"), by_name(scene, scene.ada, "earner")):
        page = opened(browser)
        assert page.status_code == 200
        assert "What you submitted." in page.text
    other = scene.world.context(scene.registration, "Another course")
    assert "What you submitted." in opened(by_link(scene, submission, scene.ada, "earner", context=other)).text


def test_who_runs_the_course_sees_how_it_stands_and_no_evidence(scene: Scene) -> None:
    submission, _ = scene.seated()
    for browser in (by_link(scene, submission, scene.dana, "facilitator"), by_name(scene, scene.dana, "facilitator", "designer")):
        page = opened(browser)
        assert page.status_code == 200
        assert NAME in page.text
        assert "attempt 1" in page.text
        assert "Answer to" not in page.text
        assert "evidence-file" not in page.text
        assert "You see how it stands" in page.text
    assert NAME in opened(by_link(scene, submission, scene.dana, "console")).text


def test_exactly_that_attempt_opens(scene: Scene) -> None:
    first = scene.world.submission(scene.enrollment, state="decided", outcome="revise", decided_at=scene.world.tool.clock())
    second = scene.world.submission(scene.enrollment, attempt=2)
    assert "attempt 1" in opened(by_link(scene, first, scene.dana, "facilitator")).text
    assert "attempt 2" in opened(by_link(scene, second, scene.dana, "facilitator")).text
    assert "attempt 2" in opened(by_name(scene, scene.dana, "facilitator")).text


def test_the_course_it_was_handed_in_to_reads_the_evidence(link: Link) -> None:
    scene = link.scene
    submission, _ = scene.seated()
    elsewhere = scene.world.context(scene.registration, "Portfolio course")
    pia = scene.world.person(scene.registration, "Pia Principal")
    at_pia = by_link(scene, submission, pia, "facilitator", context=elsewhere)
    assert opened(at_pia).status_code == 403
    browser = scene.world.browser(
        scene.ada,
        "earner",
        context=elsewhere,
        launch={
            "message_type": "LtiDeepLinkingRequest",
            "deep_linking": {
                "return_url": "https://x.example.org/",
                "data": None,
                "accept_lineitem": None,
                "wants": "hand_in",
                "accept_types": ["ltiResourceLink"],
                "accept_multiple": False,
            },
        },
    )
    assert link.items(hand_in(browser, ("work", submission.id)))
    page = opened(at_pia)
    assert page.status_code == 200
    assert NAME in page.text
    assert "Answer to" in page.text
    assert "/evidence-file/" in page.text
    assert "Only you see this" not in page.text, "what the teacher thinks of themself stays theirs"
    assert opened(by_link(scene, submission, pia, "earner", context=elsewhere)).status_code == 403, "only who runs that course"
    assert "Answer to" not in opened(by_link(scene, submission, scene.dana, "facilitator")).text


def test_a_reviewer_gets_to_their_desk_and_learns_no_name(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    reviewer = scene.person(first)
    for rights in (("earner",), ("facilitator", "designer"), ("console",)):
        browser = by_link(scene, submission, reviewer, *rights)
        landed = browser.get(f"/submissions/{submission.id}")
        assert landed.location.endswith(f"/review/{first.id}")
        page = opened(browser)
        assert page.status_code == 200
        assert NAME not in page.text
    scene.world.judge(first, 1)
    assert by_link(scene, submission, reviewer, "earner").get(f"/submissions/{submission.id}").location.endswith(f"/review/{first.id}")
    del second


def test_a_reviewer_whom_the_lms_has_shown_the_name_is_not_told_which_work_it_is(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    browser = by_name(scene, scene.person(first), "facilitator")
    landed = browser.get(browser.get("/").location.removeprefix(browser.prefix))
    assert landed.location.endswith("/review/?said=linking.blind")
    page = opened(browser)
    assert "reviewers do not learn whose it is" in page.text
    assert NAME not in page.text
    assert str(submission.id) not in page.text


def test_everybody_else_is_refused_in_words(scene: Scene) -> None:
    submission, reviews = scene.seated()
    idle = next(person for person in scene.reviewers if person.id not in {review.reviewer_id for review in reviews})
    elsewhere = scene.world.context(scene.registration, "Another course")
    fay = scene.world.person(scene.registration, "Fay Facilitator")
    for browser in (
        by_link(scene, submission, idle, "earner"),
        by_link(scene, submission, fay, "earner"),
        by_link(scene, submission, fay),
        by_link(scene, submission, fay, "designer", "author"),
        by_link(scene, submission, fay, "facilitator", "designer", context=elsewhere),
        by_name(scene, fay, "earner"),
    ):
        answer = opened(browser)
        assert answer.status_code == 403
        assert "This work is not yours to open" in answer.text
        assert NAME not in answer.text


def test_another_district_and_what_never_was(link: Link) -> None:
    scene = link.scene
    submission, _ = scene.seated()
    registration, stranger = link.stranger()
    course = scene.world.context(registration)
    for rights in (("facilitator",), ("console",), ("earner", "reviewer")):
        browser = scene.world.browser(stranger, *rights, context=course)
        assert browser.get(f"/submissions/{submission.id}").status_code == 404
    mine = scene.world.browser(scene.dana, "facilitator", context=scene.context)
    assert mine.get(f"/submissions/{uuid4()}").status_code == 404
    for wrong in ("nonsense", "", "%00", "x" * 5000):
        launch = {"target_link_uri": f"{scene.world.tool.settings.base_url}/lti/launch?submission={wrong}"}
        browser = scene.world.browser(scene.dana, "facilitator", context=scene.context, launch=launch)
        assert opened(browser).status_code == 200, "an address that names nothing is an ordinary one"


def test_a_person_who_never_came_is_said_in_words(scene: Scene) -> None:
    scene.seated()
    answer = opened(by_name(scene, scene.dana, "facilitator", sub="nobody-we-know"))
    assert answer.status_code == 404
    assert "has not started" in answer.text
    blank = opened(by_name(scene, scene.reviewers[0], "earner", sub="nobody-we-know"))
    assert blank.status_code == 403


@pytest.mark.parametrize("handed", [True, False])
def test_the_feedback_of_a_decided_one_is_shown_without_names(link: Link, handed: bool) -> None:
    scene = link.scene
    submission, reviews = scene.seated()
    for review in reviews:
        scene.world.judge(review, 2, words="Well argued.")
    if handed:
        hand_in(link.homework(), ("work", submission.id))
    page = opened(by_link(scene, submission, scene.dana, "facilitator")).text
    assert "Well argued." in page
    assert ("Handed in to this course" in page) is handed
    for reviewer in scene.reviewers:
        assert reviewer.label not in page
