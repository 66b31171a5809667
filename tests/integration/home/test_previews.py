"""The LMS's test student: tries everything, leaves nothing that counts, stands in no list."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select, update

from lti_tool.badges.models import Award
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.grading.models import ScoreDelivery
from lti_tool.launch.models import Person
from lti_tool.review.models import Review
from tests.factories.world import FrameBrowser, World
from tests.integration.evidence.conftest import Desk
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

NAME = "Test Student"


@pytest.fixture(name="student")
def _student(scene: Scene) -> Person:
    return scene.world.person(scene.registration, NAME, is_test=True, email="")


@pytest.fixture(name="browser")
def _browser(scene: Scene, student: Person) -> FrameBrowser:
    return scene.world.browser(student, "preview", activity=scene.activity)


def rows(world: World, model: type[Any]) -> list[Any]:
    with world.tool.database.read() as session:
        return list(session.scalars(select(model)))


def test_the_whole_walk(scene: Scene, student: Person, browser: FrameBrowser) -> None:
    world = scene.world
    landing = browser.get("/")
    assert landing.location.endswith(f"/activities/{scene.activity.id}")
    page = browser.get(f"/activities/{scene.activity.id}").text
    assert "This is a preview" in page
    assert "Nothing is judged, scored or awarded" in page
    assert browser.get("/home").status_code == 200
    assert browser.post("/evidence/start").status_code == 303
    [mine] = [row for row in rows(world, Enrollment) if row.person_id == student.id]
    desk = Desk(world, scene.registration, scene.context, student, scene.activity, browser, mine)
    for path in ("", "/read", "/self-assess", "/answers/overview", "/requirement/plan", "/check"):
        assert desk.get(path).status_code == 200, path
    desk.write_everything()
    check = desk.get("/check").text
    assert "a test student’s work can’t be submitted" in check
    refused = desk.submit()
    assert (refused.status_code, "This is a preview" in refused.text) == (403, True)
    assert [rows(world, model) for model in (Submission, Review, ScoreDelivery, Award)] == [[], [], [], []]
    assert desk.post("/withdraw").status_code == 303


def test_in_no_list_and_in_no_figure(scene: Scene, student: Person, browser: FrameBrowser) -> None:
    world = scene.world
    world.member(scene.context, student, "preview")
    console = world.browser(scene.dana, "console", context=scene.context)
    before = console.get("/district/").text.split('class="figure">')[1:]
    assert browser.post("/evidence/start").status_code == 303
    after = console.get("/district/").text.split('class="figure">')[1:]
    assert [part.split("<")[0] for part in after] == [part.split("<")[0] for part in before]
    lists = {
        scene.facilitator(): (f"/activities/{scene.activity.id}", "/review/people", "/review/people?find=test"),
        console: ("/district/people", "/district/people?find=test", "/review/people?find=test"),
    }
    for viewer, paths in lists.items():
        for path in paths:
            page = viewer.get(path)
            assert (page.status_code, NAME in page.text) == (200, False), path
    assert "Adabella Lovelace" in scene.facilitator().get(f"/activities/{scene.activity.id}").text


def test_gets_no_role(scene: Scene, student: Person) -> None:
    world = scene.world
    world.member(scene.context, student, "preview")
    named = scene.facilitator().post("/review/people/add", {"person": str(student.id)})
    made = world.browser(scene.dana, "console").post(f"/district/people/{student.id}/roles", {"role": "author", "reason": "x"})
    assert (named.status_code, made.status_code) == (404, 404)


def test_even_work_that_was_sent_in_before_settles_nothing(scene: Scene) -> None:
    _, reviews = scene.seated()
    with scene.world.tool.database.unit() as session:
        session.execute(update(Person).where(Person.id == scene.ada.id).values(is_test=True))
    for review in reviews:
        scene.world.judge(review, 2)
    assert scene.submission().outcome == "earned"
    assert (scene.rows(Award), scene.rows(ScoreDelivery)) == ([], [])
