"""The joined pages: the hub through its whole life, the facilitator's view, my work."""

from __future__ import annotations

from typing import Any

from lti_tool.evidence.models import Enrollment
from lti_tool.grading.models import ScoreDelivery
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def change(scene: Scene, model: type[Any], **values: Any) -> None:
    with scene.world.tool.database.unit() as session:
        row = session.query(model).one()
        for name, value in values.items():
            setattr(row, name, value)


def hub(scene: Scene) -> str:
    answer = scene.world.browser(scene.ada, "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}")
    assert answer.status_code == 200
    return answer.text


def test_the_hub_says_what_is_next_at_every_stage(scene: Scene, clock: Clock) -> None:
    newcomer = scene.world.browser(scene.reviewers[0], "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}").text
    assert "Start this microcredential" in newcomer
    drafting = hub(scene)
    assert "Continue your work" in drafting
    assert "365 days left" in drafting
    assert "6 things are still missing" in drafting
    change(scene, Enrollment, state="withdrawn")
    assert "Start again" in hub(scene)
    change(scene, Enrollment, state="active")
    submission, [first, second] = scene.seated()
    assert "Two colleagues are judging your work" in hub(scene)
    scene.world.judge(first, 2)
    scene.world.judge(second, 0)
    assert "They differ; a third reviewer settles it." in hub(scene)
    scene.world.judge(scene.open_reviews(submission)[0], 2)
    earned = hub(scene)
    assert "You have earned it" in earned
    assert "On its way" in earned
    change(scene, ScoreDelivery, state="refused", last_reason="course_concluded")
    assert "Not accepted" in hub(scene)
    change(scene, ScoreDelivery, state="sent", sent_at=clock())
    assert "In the gradebook" in hub(scene)
    home = scene.world.browser(scene.ada, "earner", activity=scene.activity).get("/home").text
    assert "Badges I hold" in home


def test_the_year_is_over(scene: Scene, clock: Clock) -> None:
    clock.tick(days=366)
    assert "The year is over" in hub(scene)
    home = scene.world.browser(scene.ada, "earner", activity=scene.activity).get("/home").text
    assert "Year is over" in home
    assert "Gathering" not in home


def test_a_facilitator_sees_everybody_and_where_scores_are(scene: Scene) -> None:
    runner, path = scene.facilitator(), f"/activities/{scene.activity.id}"
    student = scene.world.person(scene.registration, "Test Student", is_test=True)
    scene.world.enrollment(scene.activity, student)
    scene.seated()
    page = runner.get(path).text
    assert "Adabella Lovelace" in page
    assert "Who reviews" in page
    assert "Test Student" not in page
    for review in scene.world.reviews(scene.submission()):
        scene.world.judge(review, 2)
    assert "On its way" in runner.get(path).text
    person = runner.get(f"{path}/people/{scene.ada.id}").text
    assert "Send again" not in person, "nothing to hurry while it is on its way"
    change(scene, ScoreDelivery, state="refused", last_reason="course_concluded")
    assert "Send again" in runner.get(f"{path}/people/{scene.ada.id}").text
    assert runner.get(f"{path}/people/{scene.reviewers[0].id}").status_code == 404


def test_a_console_without_course_sees_activities_of_its_whole_district(scene: Scene) -> None:
    admin = scene.world.browser(scene.world.person(scene.registration, "Admin"), "console")
    assert "Adabella Lovelace" in admin.get(f"/activities/{scene.activity.id}").text


def pages(scene: Scene) -> list[tuple[FrameBrowser, str]]:
    world, [first, _] = scene.world, scene.world.reviews(scene.submission())
    teacher = world.browser(scene.ada, "earner", activity=scene.activity)
    everything = world.browser(scene.dana, "facilitator", "designer", "console", activity=scene.activity)
    desk, activity = scene.desk(first), f"/activities/{scene.activity.id}"
    return [
        (teacher, "/home"),
        (teacher, activity),
        (everything, "/home"),
        (everything, activity),
        (everything, f"{activity}/people/{scene.ada.id}"),
        (everything, "/review/people"),
        (everything, f"/review/submissions/{scene.submission().id}"),
        (everything, "/district/"),
        (everything, "/district/people?find=e"),
        (everything, "/district/people"),
        (everything, "/district/trail"),
        (desk, "/review/"),
        (desk, f"/review/{first.id}"),
    ]


def test_the_number_of_queries_does_not_grow_with_the_number_of_people(scene: Scene, world: World) -> None:
    scene.seated()
    todo = pages(scene)

    def count() -> dict[str, int]:
        found = {}
        for browser, path in todo:
            with counted(world.tool) as statements:
                assert browser.get(path).status_code == 200
            found[f"{browser.prefix[-4:]} {path}"] = len([one for one in statements if not one.startswith("BEGIN")])
        return found

    few = count()
    for n in range(30):
        person = world.reviewer(scene.registration, f"Colleague {n}")
        world.member(scene.context, person, "earner")
        world.grant(person, "author")
        world.seated(world.enrollment(scene.activity, person))
        world.activity(scene.context)
    for n in range(5):
        other = world.activity(scene.context)
        for review in world.reviews(world.seated(world.enrollment(other, scene.ada), attempt=n + 1)):
            world.judge(review, 2)
    assert count() == few
    places = next(key for key in few if "/review/submissions/" in key)  # asks the whole policy: who may judge, and why others may not
    assert few.pop(places) <= 32
    assert max(few.values()) <= 20, few
