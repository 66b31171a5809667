"""What has been done is not asked for any more: neither under “What’s new” nor by an e-mail that has not left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest

from lti_tool.database import new_id
from lti_tool.evidence.service import Owner
from lti_tool.notices import service
from lti_tool.notices.models import Mail, Notice
from lti_tool.review import coordinating, desk_service, holds, seats
from lti_tool.review import service as reviews
from lti_tool.review.models import Review
from lti_tool.review.telling import remind_reviewers
from tests.integration.evidence.conftest import Desk, desk, sit
from tests.integration.notices.conftest import Post, Story
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["desk", "scene", "sit", "stage"]

DAY = "2026-12-08T09:00:00+00:00"


def finish(story: Story, thing: UUID, *kinds: str) -> None:
    with story.tool.database.unit() as session:
        given = {"district_id": story.registration.district_id, "people": [story.ruth.id]}
        service.done(session, story.tool, **given, kinds=kinds or ("review", "review_due.soon"), things=[thing])


def test_no_mail_asks_for_what_is_done(story: Story, post: Post) -> None:
    one, other = new_id(), new_id()
    for thing in (one, other):
        story.tell("review", str(thing), story.ruth, day=DAY)
    story.tell("review", str(one), story.ada, day=DAY)
    story.tell("review_due.soon", f"{one}:{DAY}", story.ruth, day=DAY)
    story.tell("decision", str(one), story.ruth)
    finish(story, one)
    new = [(row.person_id, row.kind, row.thing) for row in story.notices() if row.read_at is None]
    assert sorted(new) == sorted(
        [(story.ruth.id, "review", str(other)), (story.ada.id, "review", str(one)), (story.ruth.id, "decision", str(one))]
    )
    story.send()
    hers = next(message for message in post.taken if "ruth@" in message["To"])
    assert hers["Subject"].startswith("2 things")


def test_a_mail_that_waits_is_dropped_and_one_that_has_left_is_remembered(story: Story, post: Post) -> None:
    one, other = new_id(), new_id()
    story.tell("review", str(one), story.ruth, day=DAY)
    story.send()
    assert len(post.taken) == 1
    finish(story, one)
    [left] = story.notices()
    assert left.mail_id == story.mails()[0].id
    post.recipients["ruth@school.example"] = "451 4.3.0 later"
    story.tell("review", str(other), story.ruth, day=DAY)
    story.send(hours=2)
    assert [mail.state for mail in story.mails()] == ["sent", "queued"]
    finish(story, other)
    post.recipients.clear()
    story.send(hours=5)
    assert [mail.state for mail in story.mails()] == ["sent", "dropped"]
    assert len(post.taken) == 1


def test_what_was_read_keeps_its_moment_and_nothing_is_nothing(story: Story) -> None:
    one = new_id()
    story.tell("review", str(one), story.ruth, day=DAY)
    finish(story, one)
    before = story.notices()[0].read_at
    story.clock.tick(days=1)
    finish(story, one)
    assert story.notices()[0].read_at == before
    with story.tool.database.unit() as session:
        service.done(session, story.tool, district_id=story.registration.district_id, people=[story.ruth.id], kinds=("review",), things=[])


def new(scene: Scene, person_id: UUID) -> list[str]:
    return [row.kind for row in scene.rows(Notice) if row.person_id == person_id and row.read_at is None]


def by_exception(scene: Scene, review: Review) -> None:
    with scene.world.tool.database.unit() as session:
        coordinating.decide_by_exception(
            session, scene.world.tool, district_id=review.district_id, submission_id=review.submission_id,
            outcome="not_earned", reason="It was agreed.", actor_id=scene.dana.id,
        )  # fmt: skip


def decline(scene: Scene, review: Review) -> None:
    with scene.world.tool.database.unit() as session:
        reviews.decline(session, scene.world.tool, session.get_one(Review, review.id), reason="I know whose it is.")


def send_back(scene: Scene, review: Review) -> None:
    with scene.world.tool.database.unit() as session:
        row = session.get_one(Review, review.id)
        desk_service.send_back(session, scene.world.tool, row, missing=["evidence:plan"], words="The plan does not open.")


def leave_the_pool(scene: Scene, review: Review) -> None:
    with scene.world.tool.database.unit() as session:
        seats.remove_reviewer(
            session, scene.world.tool, district_id=review.district_id, person_id=review.reviewer_id, actor_id=scene.dana.id
        )


def seal(scene: Scene, review: Review) -> None:
    scene.world.judge(review, 2)


@pytest.mark.parametrize("act", [seal, decline, send_back, leave_the_pool, by_exception])
def test_a_review_that_is_over_is_not_asked_for(scene: Scene, act: Callable[[Scene, Review], None]) -> None:
    _, [review, other] = scene.seated()
    scene.world.tool.clock.tick(days=12)  # type: ignore[attr-defined]
    remind_reviewers(scene.world.tool)
    for one in (review, other):
        assert new(scene, one.reviewer_id) == ["review", "review_due.soon"]
    act(scene, review)
    assert new(scene, review.reviewer_id) == []
    assert new(scene, other.reviewer_id) == ([] if act in (send_back, by_exception) else ["review", "review_due.soon"])


def test_a_question_about_privacy_that_was_answered(scene: Scene) -> None:
    tool = scene.world.tool
    submission, [review, _] = scene.seated()
    with tool.database.unit() as session:
        artifact = UUID(submission.snapshot["artifacts"][0]["id"])
        hold = holds.raise_problem(session, tool, session.get_one(Review, review.id), artifact, reason="A name")
    assert new(scene, scene.ada.id) == ["privacy.raised"]
    with tool.database.unit() as session:
        holds.explain(session, tool, Owner(scene.ada.district_id, scene.ada.id), hold.id, text="It is a brand.")
    assert new(scene, scene.ada.id) == []


def tell(desk: Desk, kind: str, thing: str, **facts: object) -> None:
    with desk.world.tool.database.unit() as session:
        service.queue(
            session, district_id=desk.ada.district_id, person_id=desk.ada.id, kind=kind, thing=thing,
            facts={"title": "Title", **facts}, at=desk.world.tool.clock(),
        )  # fmt: skip


def unread(desk: Desk) -> list[str]:
    return [row.kind for row in desk.rows(Notice) if row.read_at is None]


@pytest.mark.parametrize("way", ["submit", "withdraw"])
def test_work_that_is_sent_in_or_given_up(desk: Desk, way: str) -> None:
    desk.write_everything()
    assert desk.submit().status_code == 303
    [first] = desk.submissions()
    desk.decide("revise")
    tell(desk, "decision.returned", str(first.id), day=DAY)
    tell(desk, "deadline", f"{desk.enrollment.id}:30", day=DAY, days=30)
    tell(desk, "decision", str(new_id()))
    desk.world.tool.clock.tick(days=1)  # type: ignore[attr-defined]
    desk.open_again()
    answer = desk.submit() if way == "submit" else desk.post("/withdraw", {"sure": "y"})
    assert answer.status_code == 303
    assert unread(desk) == ["decision"]
    assert [row.mail_due_at is None for row in desk.rows(Notice)] == [True, True, False]
    assert desk.rows(Mail) == []
    assert timedelta(days=1) == desk.rows(Notice)[0].read_at - desk.rows(Notice)[0].created_at
