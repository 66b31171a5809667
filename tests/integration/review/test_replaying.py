"""Every decision comes out again, by a rubric that nothing changes; whatever was tampered with is named. And the commands that say so."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text, update

from lti_tool import audit, cli
from lti_tool.audit import AuditEvent
from lti_tool.catalog import service as catalog
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.evidence.models import Submission
from lti_tool.keeping import erasing
from lti_tool.review.models import Decision, Review
from lti_tool.review.replaying import Replay, replay
from lti_tool.tool import Tool
from tests.integration.review.conftest import Scene


@pytest.fixture(autouse=True)
def _commands(monkeypatch: pytest.MonkeyPatch, tool: Tool) -> None:
    monkeypatch.setattr(cli, "_tool", lambda: tool)


def run(*words: str) -> Result:
    return CliRunner().invoke(cli.main, words, catch_exceptions=False)


def replayed(scene: Scene) -> Replay:
    with scene.world.tool.database.read() as session:
        return replay(session, scene.registration.district_id)


def change(scene: Scene, statement: Any) -> None:
    with scene.world.tool.database.unit() as session:
        session.execute(statement)


def judged(scene: Scene, draw: random.Random) -> None:
    """A teacher's attempts at random levels, until it is earned or there is no further one."""
    world = scene.world
    teacher = world.person(scene.registration)
    enrollment = world.enrollment(scene.activity, teacher)
    for attempt in (1, 2, 3):
        submission = world.seated(enrollment, attempt=attempt)
        while open_reviews := scene.open_reviews(submission):
            world.judge(open_reviews[0], {"planning": draw.randint(1, 2), "asking": draw.randint(1, 2)})
        with world.tool.database.read() as session:
            if session.get_one(Submission, submission.id).outcome != "revise":
                return


def test_random_scores_settled_and_replayed_are_equal(scene: Scene, tool: Tool) -> None:
    draw = random.Random(5)
    for _ in range(12):
        judged(scene, draw)
    outcomes = {row.outcome for row in scene.rows(Decision)}
    assert outcomes == {"earned", "revise", "not_earned"}
    assert any(one["settled_level"] is not None for row in scene.rows(Decision) for one in row.criteria.values())
    found = replayed(scene)
    assert (found.same, found.different) == (len(scene.rows(Decision)), [])
    tool.settings = tool.settings.model_copy(update={"max_attempts": 1})
    assert replayed(scene).different == [], "what is set today decides nothing of yesterday"
    result = run("replay")
    assert (result.exit_code, "decisions come out as stored." in result.output) == (0, True)


@pytest.fixture
def decided(scene: Scene) -> Scene:
    _, reviews = scene.seated()
    for review in reviews:
        scene.world.judge(review, 2)
    return scene


def _levels(scene: Scene) -> Any:
    [first, _] = scene.rows(Review)
    return update(Review).where(Review.id == first.id).values(scores={**first.scores, "asking": {"level": 1, "feedback": "x"}})


def _both_levels(scene: Scene) -> Any:
    """Scores and decision changed together: only the trail knows."""
    [decision] = scene.rows(Decision)
    change(scene, update(Review).values(scores={key: {"level": 1, "feedback": "x"} for key in ("planning", "asking")}))
    criteria = {key: {"met": False, "levels": [1, 1], "settled_level": None} for key in ("planning", "asking")}
    return update(Decision).where(Decision.id == decision.id).values(outcome="revise", criteria=criteria)


def _rubric(scene: Scene) -> Any:
    with scene.world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
    content = json.loads(json.dumps(version.content))
    content["criteria"][0]["required_level"] = 1
    return update(MicrocredentialVersion).where(MicrocredentialVersion.id == version.id).values(content=content)


TAMPERED: list[tuple[Callable[[Scene], Any], str]] = [
    (lambda _: update(Decision).values(outcome="revise"), "the outcome is revise, and the scores give earned"),
    (_levels, "the scores that it rests on are not there, or not whole"),
    (_both_levels, "the trail says earned"),
    (_both_levels, "the scores are not those that the trail noted"),
    (_rubric, "the rubric's text is not the one that was published"),
    (lambda _: update(Review).values(state="withdrawn"), "the scores that it rests on are not there, or not whole"),
    (lambda _: update(Submission).values(snapshot={"content_hash": "x"}), "the work was handed in for another rubric"),
]


@pytest.mark.parametrize(("tamper", "words"), TAMPERED)
def test_what_was_tampered_with_is_named(decided: Scene, tamper: Callable[[Scene], Any], words: str) -> None:
    change(decided, tamper(decided))
    found = replayed(decided)
    assert found.same == 0
    assert words in [one for _, one in found.different]
    result = run("replay")
    assert result.exit_code == 1
    assert f"submission {decided.submission().id}: {words}" in result.output
    assert "0 decisions come out as stored, 1 different." in result.output


def test_an_erased_teachers_decision_still_comes_out(decided: Scene) -> None:
    with decided.world.tool.database.unit() as session:
        given = {"district_id": decided.registration.district_id, "person_id": decided.ada.id, "actor_id": decided.dana.id}
        erasing.erase(session, decided.world.tool, **given)
    assert (replayed(decided).same, replayed(decided).different) == (1, [])


def test_a_district_of_its_own(decided: Scene) -> None:
    decided.world.registration()
    with decided.world.tool.database.read() as session:
        slug = session.scalar(text("SELECT slug FROM district WHERE id = (SELECT district_id FROM decision)"))
    assert run("replay", "--district", str(slug)).output.count("✓") == 1
    assert run("replay").output.count("✓") == 2
    assert run("replay", "--district", "nowhere").exit_code == 1


@pytest.mark.parametrize("when", ["before", "between"])
def test_a_new_version_changes_nothing_in_a_review(scene: Scene, when: str) -> None:
    """Published while it is under way, or before it began: the work is judged by the rubric that it was handed in for."""
    submission, [first, second] = scene.seated()
    if when == "between":
        scene.world.judge(first, 2)
    tool, district_id = scene.world.tool, scene.registration.district_id
    with tool.database.unit() as session:
        old = session.get_one(MicrocredentialVersion, scene.activity.version_id)
        frozen = dict(old.content)
        given = {"district_id": district_id, "microcredential_id": old.microcredential_id, "person_id": scene.dana.id}
        draft = catalog.revise(session, tool, **given)
        content = json.loads(json.dumps(old.content))
        content["criteria"] = [{**content["criteria"][0], "required_level": 1, "title": "Another title"}]
        content["evidence"] = [{**one, "criteria": ["planning"]} for one in content["evidence"]]
        draft.draft = MicrocredentialContent.model_validate(content).model_dump(mode="json")
        draft.draft_number += 1
        session.flush()
        new = catalog.publish(session, tool, **given)
        assert new.number == 2
    page = scene.desk(second).get(f"/review/{second.id}").text
    assert ("Asking" in page, "Another title" in page) == (True, False)
    if when == "before":
        scene.world.judge(first, 2)
    scene.world.judge(second, 1)
    with tool.database.read() as session:
        kept = session.get_one(MicrocredentialVersion, scene.activity.version_id)
        assert kept.content == frozen
        assert session.get_one(Activity, scene.activity.id).version_id == kept.id
        assert session.get_one(Submission, submission.id).snapshot["content_hash"] == kept.content_hash
    scene.world.judge(scene.open_reviews(submission)[0], 1)
    [decision] = scene.rows(Decision)
    assert set(decision.criteria) == {"planning", "asking"}
    assert (replayed(scene).same, replayed(scene).different) == (1, [])


def test_verify_says_what_is_intact_and_what_is_not(decided: Scene, tool: Tool) -> None:
    result = run("audit", "verify")
    count = len(decided.rows(AuditEvent))
    assert result.exit_code == 0
    assert f"{count} events, intact." in result.output
    noted = result.output.splitlines()[-1].strip()
    assert run("audit", "verify", "--noted", noted).exit_code == 0
    slug, number, digest = noted.split(":")
    other = run("audit", "verify", "--noted", f"{slug}:{number}:{'0' * 64}")
    assert (other.exit_code, "its hash is not the one that was noted" in other.output) == (1, True)
    assert run("audit", "verify", "--noted", f"{slug}:{int(number) + 1}:{digest}").exit_code == 1
    assert run("audit", "verify", "--noted", "nowhere:1:x").exit_code == 1
    assert run("audit", "verify", "--noted", "nonsense").exit_code == 2
    assert len(run("audit", "export", "--district", slug).output.splitlines()) == count
    with tool.database.unit() as session:
        if tool.database.is_sqlite:
            session.execute(text("DROP TRIGGER audit_event_stands"))
        else:
            session.execute(text("SET LOCAL session_replication_role = replica"))
        session.execute(text("UPDATE audit_event SET action = 'other' WHERE sequence = 2"))
    broken = run("audit", "verify")
    assert broken.exit_code == 1
    assert "broken at event 2: its content was changed. The 1 before it are intact." in broken.output


def test_an_empty_trail_is_intact(tool: Tool, scene: Scene) -> None:
    with tool.database.read() as session:
        assert audit.verify(session, scene.registration.district_id).broken is None
    assert "0 events, intact." in run("audit", "verify").output
