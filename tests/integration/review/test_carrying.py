"""A further attempt: what was met stays met where its evidence is unchanged, and only the rest is judged again."""

from __future__ import annotations

from sqlalchemy import select

from lti_tool.evidence.models import ArtifactUse, Submission
from lti_tool.review.models import Decision
from tests.factories.world import FrameBrowser
from tests.integration.review.conftest import Scene, scored
from tests.integration.review.test_places import finish_draft


def newest(scene: Scene) -> Submission:
    return max(scene.rows(Submission), key=lambda row: row.attempt)  # type: ignore[no-any-return]


def submit(scene: Scene, ada: FrameBrowser) -> Submission:
    assert ada.post(f"/evidence/work/{scene.enrollment.id}/submit", {"names_removed": "y"}).status_code == 303
    return newest(scene)


def judge(scene: Scene, submission: Submission, **levels: int) -> None:
    for review in scene.open_reviews(submission):
        answer = scene.desk(review).post(f"/review/{review.id}", {**scored(**levels), "finish": "1"})
        assert answer.status_code == 303


def piece_for(scene: Scene, key: str) -> str:
    with scene.world.tool.database.read() as session:
        return str(session.scalar(select(ArtifactUse.artifact_id).where(ArtifactUse.requirement_key == key)))


def test_only_what_was_not_met_or_has_changed_is_judged_again(scene: Scene) -> None:
    finish_draft(scene)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    work = f"/evidence/work/{scene.enrollment.id}"
    judge(scene, submit(scene, ada), planning=2, asking=1)
    assert newest(scene).met_criteria == ["planning"]
    result = ada.get(f"/activities/{scene.activity.id}").text
    assert "Your own view beside theirs" in result
    assert "They saw it as you did." in result
    assert "They saw less than you did." in result
    for page in (work, work + "/check"):
        text = ada.get(page).text
        assert "Stays met" in text
        assert "It was not met yet." in text
    ada.post(f"{work}/artifact/{piece_for(scene, 'recording')}", {"title": "recording", "text": "Better.", "students": "none"})
    second = submit(scene, ada)
    assert second.snapshot["carried"] == ["planning"]
    review = scene.open_reviews(second)[0]
    desk = scene.desk(review).get(f"/review/{review.id}").text
    assert "not judged again: Planning" in desk
    assert 'name="level-asking"' in desk
    assert 'name="level-planning"' not in desk
    judge(scene, second, asking=2)
    assert (newest(scene).outcome, set(newest(scene).met_criteria)) == ("earned", {"asking", "planning"})
    stored = next(row for row in scene.rows(Decision) if row.submission_id == second.id)
    assert {key: result["met"] for key, result in stored.criteria.items()} == {"planning": True, "asking": True}
    assert "Its evidence is unchanged, so it was not judged again." in ada.get(f"/activities/{scene.activity.id}").text


def test_what_was_met_is_judged_again_where_its_evidence_changed(scene: Scene) -> None:
    finish_draft(scene)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    work = f"/evidence/work/{scene.enrollment.id}"
    judge(scene, submit(scene, ada), planning=2, asking=1)
    ada.post(f"{work}/artifact/{piece_for(scene, 'plan')}", {"title": "plan", "text": "Quite another.", "students": "none"})
    assert "It was met, but you changed “plan”." in ada.get(work).text
    second = submit(scene, ada)
    assert second.snapshot["carried"] == []
    review = scene.open_reviews(second)[0]
    assert 'name="level-planning"' in scene.desk(review).get(f"/review/{review.id}").text
    judge(scene, second, planning=1, asking=2)
    assert newest(scene).met_criteria == ["asking"]
