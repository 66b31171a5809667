"""Scoring, sealing and what comes of it: through the pages, on real rows."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from threading import Barrier

import pytest
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.errors import Problem
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.grading import outcomes
from lti_tool.grading.models import ScoreDelivery
from lti_tool.review import policies, service
from lti_tool.review.models import Decision, Review
from tests.factories.world import World
from tests.integration.review.conftest import Scene, scored


def actions(scene: Scene) -> list[str]:
    return [event.action for event in scene.rows(AuditEvent)]


def same_again(scene: Scene, submission: Submission) -> bool:
    """Whether the stored decision is what the rule makes of the stored scores."""
    locked = [
        policies.LockedScores(review.seat, {key: score["level"] for key, score in review.scores.items()})
        for review in scene.world.reviews(submission)
        if review.state == "locked"
    ]
    ruling = policies.decide({"planning": 2, "asking": 2}, locked, attempts_left=submission.attempt < 3)
    [stored] = [row for row in scene.rows(Decision) if row.submission_id == submission.id]
    assert isinstance(ruling, policies.Decided)
    again = {key: {**asdict(result), "levels": list(result.levels)} for key, result in ruling.criteria.items()}
    return (stored.outcome, stored.criteria) == (ruling.outcome, again)


def test_two_who_find_everything_met_make_it_earned(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    assert submission.state == "in_review"
    page = scene.desk(first).get(f"/review/{first.id}").text
    assert "Your judgement" in page
    assert "About Recording." in page
    assert "Answer to impact." in page
    sent = scene.desk(first).post(f"/review/{first.id}", {**scored(planning=2, asking=2), "finish": "1"})
    assert (sent.status_code, sent.location.endswith("/review/?said=review.locked")) == (303, True)
    assert scene.submission().state == "in_review"
    assert scene.rows(Decision) == []
    scene.desk(second).post(f"/review/{second.id}", {**scored(planning=2, asking=2), "finish": "1"})
    after = scene.submission()
    assert (after.state, after.outcome) == ("decided", "earned")
    assert same_again(scene, after)
    [enrollment], [score], [award] = scene.rows(Enrollment), scene.rows(ScoreDelivery), scene.rows(Award)
    assert enrollment.state == "earned"
    assert (score.person_id, score.score_given, score.score_maximum, score.state) == (scene.ada.id, 100, 100, "queued")
    assert (award.enrollment_id, award.signed_at) == (enrollment.id, None)
    done = actions(scene)
    assert done.count("review:locked") == 2
    assert {"review:decided", "grading:score:desired", "badges:award:made"} <= set(done)
    hub = scene.world.browser(scene.ada, "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}").text
    assert "You have earned it" in hub
    assert hub.count("I saw it.") == 4


def test_not_yet_opens_the_next_attempt_and_the_last_one_ends_it(scene: Scene) -> None:
    for attempt, outcome in ((1, "revise"), (2, "revise"), (3, "not_earned")):
        submission, reviews = scene.seated(attempt=attempt)
        scene.world.judge(reviews[0], {"planning": 2, "asking": 1}, "Ask more.")
        scene.world.judge(reviews[1], {"planning": 0, "asking": 2}, "Plan more.")
        [decided] = [row for row in scene.rows(Submission) if row.id == submission.id]
        assert (decided.state, decided.outcome) == ("decided", outcome)
        assert same_again(scene, decided)
        assert (len(scene.rows(ScoreDelivery)), scene.rows(Enrollment)[0].state) == (
            (1, "not_earned") if outcome == "not_earned" else (0, "active")
        )
        page = scene.world.browser(scene.ada, "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}").text
        assert "Ask more." in page
        assert "Plan more." in page
        assert ("Improve and send in again" in page) == (outcome == "revise")
    assert scene.rows(ScoreDelivery)[0].score_given == 0
    assert scene.rows(Award) == []


@pytest.mark.parametrize(("level", "outcome"), [(2, "earned"), (1, "revise")])
def test_a_third_settles_only_what_is_disputed(scene: Scene, level: int, outcome: str) -> None:
    submission, [first, second] = scene.seated()
    scene.world.judge(first, {"planning": 2, "asking": 2}, "The questions are open.")
    scene.world.judge(second, {"planning": 2, "asking": 0}, "The questions are closed.")
    assert scene.submission().state == "adjudicating"
    [third] = [review for review in scene.world.reviews(submission) if review.seat == 3]
    browser = scene.desk(third)
    page = browser.get(f"/review/{third.id}").text
    assert "The questions are open." in page
    assert "The questions are closed." in page
    assert 'name="level-asking"' in page
    assert 'name="level-planning"' not in page
    sent = browser.post(f"/review/{third.id}", {**scored(asking=level, planning=0), "finish": "1"})
    assert sent.status_code == 303
    [kept] = [review for review in scene.world.reviews(submission) if review.seat == 3]
    assert set(kept.scores) == {"asking"}, "nothing but the disputed criteria is kept"
    after = scene.submission()
    assert (after.state, after.outcome) == ("decided", outcome)
    assert same_again(scene, after)
    assert "review:differ" in actions(scene)


def test_sealing_needs_a_level_and_words_for_every_criterion_and_loses_nothing(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    browser = scene.desk(first)
    half = {**scored(planning=2), "feedback-asking": "Only words.", "overall": "For all.", "finish": "1"}
    answer = browser.post(f"/review/{first.id}", half)
    assert answer.status_code == 422
    lacking = answer.text.partition("Not finished yet")[2].partition("</ul>")[0]
    assert 'href="#level-asking"' in lacking
    assert 'href="#level-planning"' not in lacking
    assert "Only words." in answer.text
    assert "For all." in browser.get(f"/review/{first.id}").text
    beyond = browser.post(f"/review/{first.id}", {**scored(revision=1, planning=2, asking=7), "finish": "1"})
    assert beyond.status_code == 422
    row = scene.world.reviews(submission)[0]
    assert (row.state, row.locked_at) == ("in_progress", None)
    with pytest.raises(Problem, match="bad_request"), scene.world.tool.database.unit() as session:
        service.lock(session, scene.world.tool, session.get_one(Review, first.id))


@pytest.mark.parametrize("revision", ["²", "9" * 6000, "-1", "", "x"])
def test_a_damaged_revision_is_a_stale_page(scene: Scene, revision: str) -> None:
    _, [first, _] = scene.seated()
    answer = scene.desk(first).post(f"/review/{first.id}", {**scored(planning=2), "revision": revision})
    assert answer.status_code == 409


def test_words_with_nul_and_enormous_ones_are_kept_as_far_as_they_can(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    answer = scene.desk(first).post(f"/review/{first.id}", scored(words="a\x00b\r\n" + "x" * 9000, planning=2, unknown=1))
    assert answer.status_code == 303
    scores = scene.world.reviews(submission)[0].scores
    assert set(scores) == {"planning", "asking"}
    assert scores["planning"]["feedback"].startswith("ab\nx")
    assert len(scores["planning"]["feedback"]) == 8000


def test_the_same_page_saves_again_and_again_another_is_told(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    browser, path = scene.desk(first), f"/review/{first.id}"
    autosave = {"X-Autosave": "1"}
    assert browser.post(path, scored(0, "mine", "one", planning=1), headers=autosave).status_code == 204
    assert browser.post(path, scored(0, "mine", "two", planning=1), headers=autosave).status_code == 204
    stale = browser.post(path, scored(0, "other", "three", planning=0))
    assert stale.status_code == 409
    assert "changed in another window" in stale.text
    assert "three" in stale.text, "what was typed is still there to copy"
    assert browser.post(path, scored(0, "other", "four", planning=0), headers=autosave).status_code == 409
    assert browser.post(path, scored(2, "fresh", "five", planning=1)).status_code == 303
    assert scene.world.reviews(submission)[0].scores["planning"]["feedback"] == "five"


def test_a_sealed_review_never_changes(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    browser, path = scene.desk(first), f"/review/{first.id}"
    browser.post(path, {**scored(planning=2, asking=2), "finish": "1"})
    for data in (scored(1, planning=0), {**scored(1, planning=0, asking=0), "finish": "1"}):
        answer = browser.post(path, data)
        assert answer.status_code == 409
        assert "not open any more" in answer.text
    assert browser.post(path + "/decline", {"reason": "changed my mind"}).status_code == 409
    row = scene.world.reviews(submission)[0]
    assert (row.state, row.scores["planning"]["level"]) == ("locked", 2)
    page = browser.get(path).text
    assert "What you judged" in page
    assert "<textarea" not in page


def test_an_outcome_that_fails_leaves_nothing_behind(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    scene.world.judge(first, 2)
    before, tool, woken = actions(scene), scene.world.tool, []
    tool.wake = lambda: woken.append(True)

    def breaks(session: Session, submission_id: object) -> None:
        outcomes.settle(session, tool, submission.id)
        assert session.query(Award).count() == session.query(ScoreDelivery).count() == session.query(Decision).count() == 1
        raise RuntimeError("the disk is full")

    tool.settle = breaks
    with pytest.raises(RuntimeError):
        scene.world.judge(second, 2)
    assert (scene.rows(Decision), scene.rows(ScoreDelivery), scene.rows(Award)) == ([], [], [])
    assert actions(scene) == before
    assert (scene.submission().state, scene.world.reviews(submission)[1].state, woken) == ("in_review", "assigned", [])
    tool.settle = lambda session, submission_id: outcomes.settle(session, tool, submission_id)
    scene.world.judge(second, 2)
    assert (scene.submission().outcome, woken) == ("earned", [True])


def test_deciding_too_early_is_refused(scene: Scene) -> None:
    submission, [first, _] = scene.seated()
    scene.world.judge(first, 2)
    with pytest.raises(service.NotReady), scene.world.tool.database.unit() as session:
        outcomes.settle(session, scene.world.tool, submission.id)


@pytest.mark.parametrize(("levels", "decisions"), [((2, 2), 1), ((2, 0), 0)])
def test_two_who_seal_at_the_same_moment_make_one_decision(stage: Callable[..., Scene], levels: tuple[int, int], decisions: int) -> None:
    scene = stage(pool=4)
    submissions = []
    for n in range(6):
        person = scene.world.person(scene.registration, f"Teacher {n}")
        submissions.append(scene.world.seated(scene.world.enrollment(scene.activity, person)))
    for submission in submissions:
        reviews, barrier = scene.world.reviews(submission), Barrier(2, timeout=20)

        def seal(review: Review, level: int, barrier: Barrier = barrier) -> int:
            browser = scene.world.browser(scene.person(review), "earner", context=scene.context)
            data = {"csrf_token": browser.token(), **scored(planning=level, asking=2), "finish": "1"}
            barrier.wait()
            return browser.client.post(f"{browser.prefix}/review/{review.id}", data=data).status_code

        with ThreadPoolExecutor(2) as threads:
            answers = [threads.submit(seal, review, level) for review, level in zip(reviews, levels, strict=True)]
        assert [answer.result() for answer in answers] == [303, 303]
    assert len(scene.rows(Decision)) == len(scene.rows(ScoreDelivery)) == len(scene.rows(Award)) == decisions * len(submissions)
    thirds = [review for review in scene.rows(Review) if review.seat == 3]
    assert len(thirds) == (1 - decisions) * len(submissions)


def test_sealing_while_the_place_is_given_away_ends_one_way_or_the_other(stage: Callable[..., Scene]) -> None:
    scene = stage(pool=5)
    for n in range(5):
        person = scene.world.person(scene.registration, f"Teacher {n}")
        submission = scene.world.seated(scene.world.enrollment(scene.activity, person))
        review, barrier = scene.world.reviews(submission)[0], Barrier(2, timeout=20)
        taken = {one.reviewer_id for one in scene.world.reviews(submission)}
        other = next(person for person in scene.reviewers if person.id not in taken)
        desk, runner = scene.world.browser(scene.person(review), "earner", context=scene.context), scene.facilitator()

        def send(browser: object, path: str, data: dict[str, str], barrier: Barrier = barrier) -> int:
            data = {"csrf_token": browser.token(), **data}  # type: ignore[attr-defined]
            barrier.wait()
            return browser.client.post(browser.prefix + path, data=data).status_code  # type: ignore[attr-defined, no-any-return]

        with ThreadPoolExecutor(2) as threads:
            sealed = threads.submit(send, desk, f"/review/{review.id}", {**scored(planning=2, asking=2), "finish": "1"})
            given = threads.submit(send, runner, f"/review/submissions/{submission.id}", {"seat": "1", "person": str(other.id)})
        held = [one for one in scene.world.reviews(submission) if one.seat == 1 and one.state in ("assigned", "locked")]
        assert len(held) == 1
        outcome = (sealed.result(), given.result(), held[0].reviewer_id == other.id)
        assert outcome in ((303, 409, False), (409, 303, True), (404, 303, True)), outcome


def test_the_example_is_for_demos_only(scene: Scene) -> None:
    _, [first, _] = scene.seated()
    assert scene.desk(first).post(f"/review/{first.id}/example").status_code == 404


def test_a_preview_is_never_scored(scene: Scene, world: World) -> None:
    student = world.person(scene.registration, "Test Student", is_test=True)
    submission = world.seated(world.enrollment(scene.activity, student))
    for review in world.reviews(submission):
        world.judge(review, 2)
    assert (scene.rows(ScoreDelivery), scene.rows(Award)) == ([], [])
