"""What happens with work is told to whom it concerns, and nothing that it must not say."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_tool.evidence import deadlines
from lti_tool.notices.models import Notice
from lti_tool.notices.words import said
from lti_tool.review import holds, seats
from lti_tool.review.telling import remind_reviewers
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


def told(scene: Scene) -> list[tuple[str, str]]:
    """(first name, kind) of every notice, in the order of their making."""
    names = {person.id: person.given_name for person in (scene.ada, scene.dana, *scene.reviewers)}
    return [(names[row.person_id], row.kind) for row in scene.rows(Notice)]


def words(scene: Scene) -> str:
    return " ".join(" ".join(said(row.kind, row.facts, "UTC")) for row in scene.rows(Notice))


def test_a_review_is_told_to_its_reviewer_without_the_author(scene: Scene) -> None:
    scene.seated()
    assert sorted(kind for _, kind in told(scene)) == ["review", "review"]
    assert {name for name, _ in told(scene)} <= {one.given_name for one in scene.reviewers}
    text = words(scene)
    assert "Asking good questions" in text
    assert "December 8, 2026" in text
    assert "Ada" not in text
    assert all(row.context_id is None and "activity" not in row.facts for row in scene.rows(Notice))


@pytest.mark.parametrize(("level", "attempt", "kind"), [(2, 1, "decision"), (0, 1, "decision.returned"), (0, 3, "decision")])
def test_a_decision_is_told_without_its_outcome(scene: Scene, level: int, attempt: int, kind: str) -> None:
    _, reviews = scene.seated(attempt=attempt)
    for review in reviews:
        scene.world.judge(review, level, words="Secret feedback")
    assert told(scene)[-1] == ("Adabella", kind)
    text = words(scene)
    assert "Secret" not in text
    assert not any(one.family_name in text for one in scene.reviewers)
    assert "earned" not in text.lower()


def test_the_badge_is_told_when_it_is_signed(scene: Scene) -> None:
    from lti_tool.badges.service import sign_due

    _, reviews = scene.seated()
    for review in reviews:
        scene.world.judge(review, 2)
    assert ("Adabella", "badge") not in told(scene)
    sign_due(scene.world.tool)
    sign_due(scene.world.tool)
    assert told(scene).count(("Adabella", "badge")) == 1


def test_more_time_and_reminders(scene: Scene) -> None:
    tool, clock = scene.world.tool, scene.world.tool.clock
    until = scene.enrollment.deadline_at + timedelta(days=30)
    with tool.database.unit() as session:
        deadlines.extend(
            session, tool, district_id=scene.ada.district_id, enrollment_id=scene.enrollment.id, actor_id=scene.dana.id, until=until,
            reason="Because of a secret",
        )  # fmt: skip
    assert told(scene) == [("Adabella", "extended")]
    assert "secret" not in words(scene)
    for days in (95, 89, 88, 29, 6, 0.3):
        clock.now = until - timedelta(days=days)  # type: ignore[attr-defined]
        deadlines.write_reminders(tool)
        deadlines.write_reminders(tool)
    assert [kind for _, kind in told(scene)] == ["extended", *["deadline"] * 4]
    assert "89 days left for “Asking good questions”" in words(scene)
    assert "Less than a day left" in words(scene)


def test_a_privacy_problem_is_told_to_its_owner_alone(scene: Scene) -> None:
    tool = scene.world.tool
    submission, [review, _] = scene.seated()
    artifact = submission.snapshot["artifacts"][0]["id"]
    from uuid import UUID

    from lti_tool.evidence.service import Owner
    from lti_tool.review.models import Review

    with tool.database.unit() as session:
        hold = holds.raise_problem(session, tool, session.get_one(Review, review.id), UUID(artifact), reason="A child’s name: Tim")
    given = {"district_id": scene.ada.district_id, "hold_id": hold.id, "actor_id": scene.dana.id, "context_id": scene.context.id}
    with tool.database.unit() as session:
        holds.explain(session, tool, Owner(scene.ada.district_id, scene.ada.id), hold.id, text="No child")
    with tool.database.unit() as session:
        holds.decide(session, tool, **given, act="ask_again", note="Which name?")
    with tool.database.unit() as session:
        holds.decide(session, tool, **given, act="release", note="Fine")
    assert [one for one in told(scene) if one[1].startswith("privacy")] == [
        ("Adabella", "privacy.raised"),
        ("Adabella", "privacy.again"),
        ("Adabella", "privacy.settled"),
    ]
    assert not {"Tim", "Which", "Fine"} & set(words(scene).replace(":", " ").split())


def test_reviewers_are_told_what_is_due_and_what_is_overdue(scene: Scene) -> None:
    tool, clock = scene.world.tool, scene.world.tool.clock
    _, [first, second] = scene.seated()
    kinds = lambda: [kind for _, kind in told(scene) if kind.startswith("review_due")]  # noqa: E731
    clock.tick(days=10)  # type: ignore[attr-defined]
    remind_reviewers(tool)
    assert kinds() == []
    clock.tick(days=1, minutes=1)  # type: ignore[attr-defined]
    for _ in range(2):
        remind_reviewers(tool)
    assert kinds() == ["review_due.soon"] * 2
    scene.world.judge(first, 2)
    clock.tick(days=4)  # type: ignore[attr-defined]
    for _ in range(2):
        remind_reviewers(tool)
    assert kinds() == ["review_due.soon"] * 2 + ["review_due.overdue"]
    assert told(scene)[-1][0] == scene.person(second).given_name


def test_a_review_whose_clock_stands_still_is_not_overdue(scene: Scene) -> None:
    from uuid import UUID

    from lti_tool.review.models import Review

    tool = scene.world.tool
    submission, [review, _] = scene.seated()
    with tool.database.unit() as session:
        artifact = UUID(submission.snapshot["artifacts"][0]["id"])
        holds.raise_problem(session, tool, session.get_one(Review, review.id), artifact, reason="x")
    tool.clock.tick(days=20)  # type: ignore[attr-defined]
    remind_reviewers(tool)
    assert not any(kind.startswith("review_due") for _, kind in told(scene))


def test_a_place_given_by_name_is_told_too(scene: Scene) -> None:
    submission, reviews = scene.seated()
    third = next(one for one in scene.reviewers if one.id not in {review.reviewer_id for review in reviews})
    with scene.world.tool.database.unit() as session:
        seats.assign(session, scene.world.tool, district_id=scene.ada.district_id, submission_id=submission.id, seat=1,
                     person_id=third.id, actor_id=scene.dana.id)  # fmt: skip
    assert told(scene)[-1] == (third.given_name, "review")
