"""Where launches land, through frames."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Context
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def lands(browser: FrameBrowser) -> str:
    """The path behind the frame's prefix, after the redirect."""
    answer = browser.get("/")
    assert answer.status_code == 303
    assert answer.location.startswith(browser.prefix)
    return answer.location.removeprefix(browser.prefix)


@pytest.mark.parametrize(
    ("rights", "page"),
    [
        (("earner",), "/activities/{activity}"),
        (("preview",), "/activities/{activity}"),
        (("facilitator", "designer"), "/activities/{activity}"),
        (("designer",), "/catalog/versions/{version}"),
        (("console",), "/catalog/versions/{version}"),
        ((), "/home"),
    ],
)
def test_an_activity_opens_for_each_role(scene: Scene, rights: tuple[str, ...], page: str) -> None:
    browser = scene.world.browser(scene.ada, *rights, activity=scene.activity)
    path = lands(browser)
    assert path == page.format(activity=scene.activity.id, version=scene.activity.version_id)
    assert browser.get(path).status_code == 200


@pytest.mark.parametrize(
    ("rights", "page"),
    [(("earner",), "/home"), (("facilitator", "designer"), "/home"), (("console",), "/district/"), ((), "/home")],
)
def test_a_link_without_activity_opens_for_each_role(scene: Scene, rights: tuple[str, ...], page: str) -> None:
    browser = scene.world.browser(scene.ada, *rights, context=scene.context)
    assert lands(browser) == page
    assert browser.get(page).status_code == 200


def test_a_reviewer_lands_at_what_waits_unless_they_work_here_themselves(scene: Scene) -> None:
    _, [first, _] = scene.seated()
    reviewer = scene.person(first)
    assert lands(scene.world.browser(reviewer, "earner", activity=scene.activity)) == "/review/"
    scene.world.enrollment(scene.activity, reviewer)
    assert lands(scene.world.browser(reviewer, "earner", activity=scene.activity)) == f"/activities/{scene.activity.id}"
    desk = {"custom": {"page": "reviews"}}
    assert lands(scene.world.browser(reviewer, "earner", context=scene.context, launch=desk)) == "/review/"
    assert lands(scene.world.browser(scene.ada, "earner", context=scene.context, launch=desk)) == "/home"


def test_deep_linking_is_for_designers(scene: Scene) -> None:
    launch = {"message_type": "LtiDeepLinkingRequest"}
    assert lands(scene.world.browser(scene.dana, "designer", context=scene.context, launch=launch)).startswith("/catalog/pick")
    answer = scene.world.browser(scene.ada, "earner", context=scene.context, launch=launch).get("/")
    assert answer.status_code == 403
    assert "for course designers" in answer.text


def review_of(scene: Scene, *rights: str, for_user: str | None) -> FrameBrowser:
    launch = {"message_type": "LtiSubmissionReviewRequest", "for_user": for_user}
    return scene.world.browser(scene.dana, *rights, activity=scene.activity, launch=launch)


def test_submission_review_opens_the_person_the_list_or_says_that_nothing_is_there(scene: Scene) -> None:
    named = review_of(scene, "facilitator", for_user=scene.ada.sub)
    path = lands(named)
    assert path == f"/activities/{scene.activity.id}/people/{scene.ada.id}"
    assert "Adabella Lovelace" in named.get(path).text
    assert lands(review_of(scene, "facilitator", for_user=None)) == f"/activities/{scene.activity.id}"
    for sub in (scene.reviewers[0].sub, "nobody-we-know"):
        browser = review_of(scene, "facilitator", for_user=sub)
        answer = browser.get(lands(browser))
        assert answer.status_code == 404
        assert "has not started" in answer.text
    foreign = scene.world.person(scene.world.registration(), "Same Sub", sub="sub-elsewhere")
    browser = review_of(scene, "facilitator", for_user=foreign.sub)
    assert str(foreign.id) not in lands(browser), "a sub means somebody only within its own LMS"


def test_a_teacher_may_review_their_own_submission_and_nobody_elses(scene: Scene) -> None:
    launch = {"message_type": "LtiSubmissionReviewRequest", "for_user": scene.ada.sub}
    own = scene.world.browser(scene.ada, "earner", activity=scene.activity, launch=launch)
    assert lands(own) == f"/activities/{scene.activity.id}"
    other = scene.world.browser(scene.reviewers[0], "earner", activity=scene.activity, launch=launch)
    assert other.get(lands(other)).status_code == 403


def custom_launch(scene: Scene, context: Context, *rights: str, **custom: Any) -> FrameBrowser:
    """A launch of a link that has no activity yet."""
    link = scene.world.resource_link(context, **custom)
    activity = Activity(context_id=context.id, resource_link_id=link.id)
    return scene.world.browser(scene.ada, *rights, context=context, activity=activity, launch={"custom": custom})


def test_a_link_to_a_microcredential_of_another_district_is_unknown_here(scene: Scene) -> None:
    foreign = scene.world.version(scene.world.district().id)
    for key in (foreign.activity_key, "never-heard-of"):
        answer = custom_launch(scene, scene.context, "earner", activity=key).get("/")
        assert answer.status_code == 404
        assert "not known here" in answer.text
    assert len(scene.rows(Activity)) == 1


@pytest.mark.parametrize(
    ("rights", "words"),
    [
        (("facilitator", "designer"), "Select content"),
        (("earner",), "not ready yet"),
        ((), None),
    ],
)
def test_an_activity_made_without_choosing_says_what_to_do(scene: Scene, rights: tuple[str, ...], words: str | None) -> None:
    browser = custom_launch(scene, scene.context, *rights, unrelated="x")
    path = lands(browser)
    page = browser.get(path)
    assert path.partition("?")[0] == "/home"
    assert page.status_code == 200
    for said in ("Select content", "not ready yet"):
        assert (said in page.text) is (said == words)


def test_without_a_link_of_its_own_the_course_has_to_tell_which_activity_is_meant(scene: Scene) -> None:
    [key] = [row.activity_key for row in scene.rows(MicrocredentialVersion)]

    def opened(key: str, context: Context = scene.context) -> str:
        return lands(scene.world.browser(scene.ada, "earner", context=context, launch={"custom": {"activity": key}}))

    assert opened(key) == f"/activities/{scene.activity.id}"
    assert opened("never-heard-of") == "/home"
    assert opened(key, scene.world.context(scene.registration, "Another course")) == "/home"
    with scene.world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
    scene.world.activity(scene.context, version)
    assert opened(key) == "/home", "two of the same: the list shows both"


def test_a_copied_course_starts_clean(scene: Scene) -> None:
    copied = scene.world.context(scene.registration, "Copied course")
    with scene.world.tool.database.unit() as session:
        session.get_one(Context, copied.id).history = [scene.context.lti_id]
    [key] = [row.activity_key for row in scene.rows(MicrocredentialVersion)]
    browser = custom_launch(scene, copied, "earner", activity=key)
    path = lands(browser)
    [fresh] = [row for row in scene.rows(Activity) if row.context_id == copied.id]
    assert path == f"/activities/{fresh.id}"
    assert (fresh.version_id, fresh.copied_from_id) == (scene.activity.version_id, scene.activity.id)
    page = browser.get(path).text
    assert "Start this microcredential" in page, "Ada's work of the first course is not shown in the copy"
    assert browser.get(f"/activities/{scene.activity.id}").status_code == 404
    runner = scene.world.browser(scene.dana, "facilitator", activity=fresh)
    listed = runner.get(path).text
    assert "came with a copy of “" in listed
    assert "Adabella" not in listed
    with scene.world.tool.database.read() as session:
        assert session.scalars(select(Enrollment.activity_id)).all() == [scene.activity.id]
    assert lands(browser) == path, "a reload makes no second one"
    assert len([row for row in scene.rows(Activity) if row.context_id == copied.id]) == 1


def test_start_needs_a_visit(world: World) -> None:
    browser = world.browser(world.person(world.registration()), "earner")
    browser.client._cookies.clear()
    assert browser.get("/").status_code == 401


def test_a_link_to_the_console_leads_there_whoever_runs_it(scene: Scene) -> None:
    world, launch = scene.world, {"custom": {"page": "district"}}
    for rights in (("console",), ("console", "facilitator", "designer"), ("console", "earner")):
        assert lands(world.browser(scene.dana, *rights, context=scene.context, launch=launch)) == "/district/"
    for rights in ("earner", "facilitator", "designer", "reviewer", "author"):
        browser = world.browser(scene.ada, rights, context=scene.context, launch=launch)
        path = lands(browser)
        assert path == "/home?said=home.not_console"
        assert "That link opens the district’s console, which is not open to you." in browser.get(path).text
