"""What is earned in a beta or test environment of the LMS, is not real: a badge that says so, no figure, no judge's time."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from sqlalchemy import update

from lti_tool.badges import service as badges
from lti_tool.badges.models import Award
from lti_tool.errors import Problem
from lti_tool.grading.models import ScoreDelivery
from lti_tool.platforms.models import District, Registration
from lti_tool.review import seats
from tests.factories.world import FrameBrowser
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

BANNER = "nothing here counts, and a badge says that it is a test"


def belongs_to(scene: Scene, environment: str) -> None:
    with scene.world.tool.database.unit() as session:
        session.execute(update(Registration).where(Registration.id == scene.registration.id).values(environment=environment))


def judged(scene: Scene, level: int = 2) -> None:
    _, reviews = scene.seated()
    for review in reviews:
        scene.world.judge(review, level)


def ada(scene: Scene) -> FrameBrowser:
    return scene.world.browser(scene.ada, "earner", activity=scene.activity)


def hub(scene: Scene) -> str:
    return ada(scene).get(f"/activities/{scene.activity.id}").text


@pytest.mark.parametrize("environment", ["beta", "test"])
def test_earned_there_gives_a_score_and_a_badge_that_says_that_it_is_a_test(scene: Scene, environment: str) -> None:
    belongs_to(scene, environment)
    judged(scene)
    assert scene.submission().outcome == "earned"
    [award] = scene.rows(Award)
    assert award.is_test
    [score] = scene.rows(ScoreDelivery)
    assert (score.registration_id, score.score_given) == (scene.registration.id, 100), "its own gradebook"
    assert badges.sign_due(scene.world.tool) == 1
    document = json.loads(scene.rows(Award)[0].credential or b"")
    assert document["issuer"]["id"].endswith("-test")
    achievement = document["credentialSubject"]["achievement"]
    marked = (document["name"], document["issuer"]["name"], achievement["name"], achievement["image"]["caption"].removeprefix("Badge: "))
    assert [words.startswith("TEST – ") for words in marked] == [True] * 4
    assert achievement["achievementType"] == "ext:TestBadge"
    assert "its badge says all over that it is a test" in hub(scene)
    assert "TEST – Asking good questions" in ada(scene).get("/home").text


def test_a_real_badge_and_a_test_share_neither_issuer_nor_key_nor_holder(scene: Scene) -> None:
    judged(scene)
    belongs_to(scene, "beta")
    trial = scene.world.enrollment(scene.world.activity(scene.world.context(scene.registration)), scene.ada, state="earned")
    with scene.world.tool.database.unit() as session:
        badges.award(session, scene.world.tool, enrollment_id=trial.id, decided_at=scene.world.tool.clock(), is_test=True)
    assert badges.sign_due(scene.world.tool) == 2
    real, test = (json.loads(award.credential or b"") for award in sorted(scene.rows(Award), key=lambda award: award.is_test))
    assert "TEST" not in json.dumps(real)
    for said in (
        lambda one: one["issuer"]["id"],
        lambda one: one["proof"][0]["verificationMethod"].split("#")[1],
        lambda one: one["credentialSubject"]["id"],
        lambda one: one["credentialStatus"]["statusListCredential"],
    ):
        assert said(real) != said(test)


def test_earned_in_production_gives_both(scene: Scene) -> None:
    judged(scene)
    assert (len(scene.rows(Award)), len(scene.rows(ScoreDelivery))) == (1, 1)
    assert BANNER not in hub(scene)


@pytest.mark.parametrize("environment", ["beta", "test"])
def test_every_page_of_the_visit_says_so(scene: Scene, environment: str) -> None:
    belongs_to(scene, environment)
    browser = scene.world.browser(scene.dana, "earner", "facilitator", "designer", "reviewer", "author", "console", activity=scene.activity)
    pages = ("/home", f"/activities/{scene.activity.id}", "/catalog/", "/review/", "/review/people", "/district/", "/district/people", "/x")
    for path in pages:
        page = browser.get(path).text
        assert f"Test environment ({environment}):" in page, path
        assert page.count(BANNER) == 1, path
        assert "what you change in them is real" in page, path
    assert "what you change in them" not in hub(scene)


def test_the_districts_figures_know_nothing_of_it(stage: Callable[..., Scene]) -> None:
    scene = stage()
    world, district = scene.world, scene.world._get(District, scene.registration.district_id)
    console = world.browser(scene.dana, "console")

    def figures() -> list[str]:
        page = console.get("/district/").text
        return [part.split("<")[0] for part in page.split('class="figure">')[1:]]

    before = figures()
    beta = world.registration(district, environment="beta", name="Maple Beta")
    place = world.context(beta)
    activity = world.activity(place, world.version(district.id))
    trial = world.enrollment(activity, world.person(beta, "Bea Beta"))
    world.submission(trial)
    student = world.person(scene.registration, "Test Student", is_test=True)
    world.enrollment(scene.activity, student)
    assert figures() == before
    assert "Beta: does not count" in console.get("/district/lms/").text
    found = console.get("/district/people?find=Bea").text
    assert ("Bea Beta" in found, "Beta environment" in found) == (True, True)
    assert "Beta environment" not in console.get("/district/people?find=Ruth").text


def test_judges_of_what_counts_and_of_what_does_not_are_kept_apart(stage: Callable[..., Scene]) -> None:
    scene = stage(1)
    world, tool, district = scene.world, scene.world.tool, scene.world._get(District, scene.registration.district_id)
    beta = world.registration(district, environment="beta")
    tried = world.enrollment(world.activity(world.context(beta)), world.person(beta, "Bea Beta"))
    judges = [world.reviewer(beta, name, email=f"{name[:3]}@beta.example") for name in ("Bob Beta", "Bo Beta", "Bill Beta")]
    submission, reviews = scene.seated()
    assert [review.reviewer_id for review in reviews] == [scene.reviewers[0].id], "one place stays empty"
    trial = world.seated(tried)
    assert {review.reviewer_id for review in world.reviews(trial)} < {judge.id for judge in judges}
    for work, stranger in ((submission, judges[0]), (trial, scene.reviewers[0])):
        with tool.database.unit() as session, pytest.raises(Problem, match="bad_request"):
            seats.assign(
                session, tool, district_id=district.id, submission_id=work.id, seat=2, person_id=stranger.id, actor_id=scene.dana.id
            )
    page = scene.facilitator().get(f"/review/submissions/{submission.id}").text
    assert not [judge.label for judge in judges if judge.label in page]
