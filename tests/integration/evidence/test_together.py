"""A teacher says with whom they did the work; such people never judge it."""

from __future__ import annotations

from uuid import uuid4

from lti_tool.audit import AuditEvent
from lti_tool.evidence.models import CoTeacher
from tests.factories.world import World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def test_who_is_named_does_not_judge(scene: Scene, world: World) -> None:
    ruth = scene.reviewers[0]
    world.member(scene.context, ruth, "earner")
    mine = world.browser(scene.ada, "earner", activity=scene.activity)
    path = f"/evidence/work/{scene.enrollment.id}/together"
    assert "Nobody. That is fine" in mine.get(path).text
    found = mine.get(path + "?find=FELD").text
    assert "Ruth Feldman" in found
    assert ruth.email not in found, "names are enough"
    assert "Adabella" not in found.partition("People of this course")[2], "not oneself"
    for _ in range(2):
        assert mine.post(path, {"person": str(ruth.id), "do": "name"}).status_code == 303
    assert [one.person_id for one in scene.rows(CoTeacher)] == [ruth.id]
    submission, reviews = scene.seated()
    assert ruth.id not in {one.reviewer_id for one in reviews}
    assert "named as a co-teacher" in scene.facilitator().get(f"/review/submissions/{submission.id}").text
    for act in ("name", "unname"):
        answer = mine.post(path, {"person": str(ruth.id), "do": act})
        assert (answer.status_code, "said=evidence.locked" in answer.location) == (303, True), "not while it is judged"
    assert len(scene.rows(CoTeacher)) == 1
    assert [one.action for one in scene.rows(AuditEvent) if "co_teacher" in one.action] == ["evidence:co_teacher:named"]


def test_a_name_can_be_taken_back(scene: Scene, world: World) -> None:
    world.member(scene.context, scene.reviewers[0], "earner")
    mine = world.browser(scene.ada, "earner", activity=scene.activity)
    path, given = f"/evidence/work/{scene.enrollment.id}/together", {"person": str(scene.reviewers[0].id)}
    mine.post(path, {**given, "do": "name"})
    assert mine.post(path, {**given, "do": "unname"}).status_code == 303
    assert scene.rows(CoTeacher) == []
    assert mine.post(path, {**given, "do": "unname"}).status_code == 404


def test_only_people_of_the_course_and_only_for_ones_own_work(scene: Scene, world: World) -> None:
    mine = world.browser(scene.ada, "earner", activity=scene.activity)
    path = f"/evidence/work/{scene.enrollment.id}/together"
    assert mine.post(path, {"person": str(scene.reviewers[0].id), "do": "name"}).status_code == 404, "of no course"
    assert mine.post(path, {"person": str(uuid4()), "do": "name"}).status_code == 404
    assert mine.post(path, {"person": str(scene.ada.id), "do": "name"}).status_code == 404
    assert mine.post(path, {"person": "x", "do": "name"}).status_code == 400
    assert mine.post(path, {"person": str(scene.dana.id), "do": "x"}).status_code == 400
    other = world.browser(world.person(scene.registration, "Ben Teacher"), "earner", activity=scene.activity)
    assert other.get(path).status_code == 404
    assert other.post(path, {"person": str(scene.dana.id), "do": "name"}).status_code == 404
    assert scene.facilitator().get(path).status_code == 403
    foreign = world.registration()
    stranger = world.browser(world.person(foreign), "earner", activity=world.activity(world.context(foreign)))
    assert stranger.get(path).status_code == 404
    assert scene.rows(CoTeacher) == []
