"""A settled outcome reaches the gradebook of a practice LMS, whatever mood it is in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.evidence.models import Submission
from lti_tool.grading import queries
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.outcomes import settle
from lti_tool.launch.models import Person
from lti_tool.practice_lms.models import Grade
from lti_tool.review.models import Decision
from lti_tool.review.service import NotReady
from lti_tool.tool import Tool
from tests.integration.grading.conftest import Lms, stamp

EXTENSION = "https://canvas.instructure.com/lti/submission"


def judged(lms: Lms, level: int, person: Person | None = None, **given: object) -> Submission:
    """Ada's work with two locked reviews, through the real rooms: locking the second settles it."""
    for name in ("Ruth Feldman", "Raj Venkat"):
        lms.world.reviewer(lms.registration, name)
    enrollment = lms.enrolled(person or lms.ada)
    submission = lms.world.seated(enrollment, **given)
    lms.clock.tick(days=3)
    for review in lms.world.reviews(submission):
        lms.world.judge(review, level)
    return submission


def count(here: Tool, model: type) -> int:
    with here.database.read() as session:
        return session.scalar(select(func.count()).select_from(model)) or 0


@pytest.mark.parametrize(("level", "points", "words"), [(2, 100, "Earned"), (0, 0, "Not earned")])
def test_the_last_locked_review_brings_the_score_home(lms: Lms, level: int, points: int, words: str) -> None:
    woken: list[int] = []
    lms.here.wake = lambda: woken.append(count(lms.here, ScoreDelivery))
    submission = judged(lms, level, attempt=3)
    assert woken[-1] == 1
    lms.deliver(milliseconds=400)
    [post] = lms.posts
    body = post["body"]
    assert (post["status"], post["content_type"], post["line_item"]) == (200, "application/vnd.ims.lis.v1.score+json", lms.column.number)
    assert body.pop("comment").startswith(words)
    extension = body.pop(EXTENSION, None)
    submitted = "2026-11-24T09:00:00.000Z"
    assert body == {
        "userId": lms.ada.sub,
        "scoreGiven": points,
        "scoreMaximum": 100,
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        "timestamp": "2026-11-27T09:00:00.000Z",
        "submission": {"submittedAt": submitted},
    }
    first = {"new_submission": True, "submitted_at": submitted, "prioritize_non_tool_grade": True}
    assert extension == (first if lms.school.face == "canvas" else None)
    assert (lms.cell().shown, lms.cell().shown_comment.startswith(words)) == (points, True)
    assert lms.violations == []
    [row] = lms.rows()
    assert (row.state, row.version, row.sent_version, row.last_reason) == ("sent", 1, 1, "")
    assert row.sent_at == lms.clock()
    assert count(lms.here, Award) == (1 if level == 2 else 0)
    assert submission.submitted_at.isoformat(timespec="milliseconds").replace("+00:00", "Z") == submitted


def test_settling_writes_everything_or_nothing(moodle: Lms) -> None:
    here = moodle.here
    here.settle = lambda session, submission_id: None  # seal without settling
    submission = judged(moodle, 2)

    class Broken(Exception):
        pass

    woken: list[None] = []
    here.wake = lambda: woken.append(None)

    def broken() -> None:
        with here.database.unit() as session:
            settle(session, here, submission.id)
            session.flush()
            raise Broken

    with pytest.raises(Broken):
        broken()
    assert [count(here, model) for model in (Decision, ScoreDelivery, Award)] == [0, 0, 0]
    assert woken == []
    with here.database.unit() as session:
        settle(session, here, submission.id)
        assert woken == []
    assert [count(here, model) for model in (Decision, ScoreDelivery, Award)] == [1, 1, 1]
    assert woken == [None]
    with here.database.read() as session:
        actions = set(session.scalars(select(AuditEvent.action)))
    assert {"review:decided", "grading:score:desired"} <= actions


def test_open_reviews_settle_nothing(moodle: Lms) -> None:
    moodle.world.reviewer(moodle.registration)
    submission = moodle.world.seated(moodle.enrolled(moodle.ada))
    with pytest.raises(NotReady), moodle.here.database.unit() as session:
        settle(session, moodle.here, submission.id)
    assert count(moodle.here, ScoreDelivery) == 0


def test_another_try_sends_nothing_and_test_students_have_no_scores(moodle: Lms) -> None:
    judged(moodle, 0, attempt=1)
    preview = moodle.world.person(moodle.registration, "Test Student", is_test=True)
    judged(moodle, 2, preview)
    assert count(moodle.here, ScoreDelivery) == 0
    assert count(moodle.here, Award) == 0


def test_scores_of_one_person_carry_whole_rising_seconds(lms: Lms) -> None:
    enrollment = lms.enrolled(lms.ada)
    for points in (10, 20, 30):
        row = lms.desire(enrollment, points)
        lms.deliver(milliseconds=300)
    assert [post["body"]["scoreGiven"] for post in lms.posts] == [10]
    assert lms.row(row).state == "queued"
    assert lms.deliver(milliseconds=700) is None
    times = [stamp(post["body"]) for post in lms.posts]
    assert [post["body"]["scoreGiven"] for post in lms.posts] == [10, 30]
    assert times[1] - times[0] == timedelta(seconds=1)
    assert {time.microsecond for time in times} == {0}
    assert [post["status"] for post in lms.posts] == [200, 200]
    assert lms.cell().shown == 30
    assert lms.row(row).sent_version == 3
    assert lms.violations == []


def test_only_what_arrives_first_is_a_new_submission_on_canvas(canvas: Lms) -> None:
    canvas.mood.fail_scores = 1
    enrollment = canvas.enrolled(canvas.ada)
    canvas.desire(enrollment, 40)
    canvas.deliver()
    canvas.deliver(minutes=1)
    canvas.desire(enrollment, 50)
    canvas.deliver(minutes=1)
    assert [post["status"] for post in canvas.posts] == [503, 200, 200]
    assert [post["body"][EXTENSION]["new_submission"] for post in canvas.posts] == [True, True, False]
    assert canvas.cell().attempts == 1
    assert canvas.cell().shown == 50


def test_a_lost_answer_adds_no_attempt_on_canvas(canvas: Lms) -> None:
    canvas.mood.drop_scores = 1
    row = canvas.desire(canvas.enrolled(canvas.ada))
    canvas.deliver()
    assert (canvas.row(row).state, canvas.row(row).last_reason) == ("queued", "unreachable")
    assert canvas.cell().shown == 100
    canvas.deliver(minutes=1)
    assert canvas.row(row).state == "sent"
    assert canvas.cell().attempts == 1
    assert len(canvas.posts) == 2


def test_a_comment_always_goes_along(moodle: Lms) -> None:
    enrollment = moodle.enrolled(moodle.ada)
    for points in (100, 0):
        moodle.desire(enrollment, points, comment=f"Worth {points}")
        moodle.deliver(seconds=2)
    assert [post["body"]["comment"] for post in moodle.posts] == ["Worth 100", "Worth 0"]
    assert moodle.cell().shown_comment == "Worth 0"


def test_one_token_serves_many_scores_and_is_sealed(lms: Lms) -> None:
    everybody = [lms.ada, *(lms.person(key) for key in ("olha", "marisol", "ruth", "raj"))]
    for person in everybody:
        lms.desire(lms.enrolled(person))
    lms.deliver()
    assert [row.state for row in lms.rows()] == ["sent"] * 5
    assert lms.tokens == 1


def test_a_token_that_the_lms_forgot_is_replaced_at_once(lms: Lms) -> None:
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 10)
    lms.deliver()
    lms.school.tokens.clear()
    row = lms.desire(enrollment, 20)
    lms.deliver(seconds=1)
    assert lms.row(row).state == "sent"
    assert lms.tokens == 1
    assert len(lms.posts) == 2


def test_failures_are_tried_again_and_the_last_wish_wins(lms: Lms) -> None:
    enrollment = lms.enrolled(lms.ada)
    lms.mood.fail_scores = 4
    row = lms.desire(enrollment, 10)
    waits = []
    for _ in range(4):
        lms.deliver()
        waits.append(lms.row(row).due_at - lms.clock())
        lms.clock.now = lms.row(row).due_at
    assert [post["status"] for post in lms.posts] == [503] * 4
    assert timedelta(seconds=13) < waits[0] <= timedelta(seconds=20)
    assert timedelta(seconds=106) < waits[3] <= timedelta(seconds=160)
    lms.desire(enrollment, 80)
    lms.deliver()
    assert lms.row(row).state == "sent"
    assert lms.cell().shown == 80
    assert lms.posts[-1]["body"]["scoreGiven"] == 80


@pytest.mark.parametrize("status", [403, 429])
def test_a_canvas_that_throttles_is_left_alone(canvas: Lms, status: int) -> None:
    canvas.mood.fail_scores, canvas.mood.fail_status = 1, status
    rows = [canvas.desire(canvas.enrolled(canvas.person(key))) for key in ("olha", "marisol", "raj")]
    canvas.deliver()
    assert len(canvas.posts) == 1
    assert canvas.row(rows[0]).last_reason == "asked_to_wait"
    canvas.deliver(seconds=10)
    canvas.desire(canvas.enrolled(canvas.ada))
    canvas.deliver()
    assert len(canvas.posts) == 1
    canvas.deliver(seconds=11)
    assert [row.state for row in canvas.rows()] == ["sent"] * 4


def test_retry_after_sets_when_everything_of_that_lms_goes_on(lms: Lms) -> None:
    lms.mood.fail_scores, lms.mood.fail_status, lms.mood.retry_after = 1, 429, 700
    began = lms.clock()
    first, second = (lms.desire(lms.enrolled(lms.person(key))) for key in ("olha", "raj"))
    assert lms.deliver() == timedelta(seconds=15)
    assert lms.row(first).due_at == began + timedelta(seconds=700)
    lms.deliver(seconds=699)
    assert len(lms.posts) == 1
    lms.deliver(seconds=1)
    assert {lms.row(first).state, lms.row(second).state} == {"sent"}


def test_a_course_that_has_ended_refuses_with_words(canvas: Lms) -> None:
    canvas.school.courses[2].concluded = True
    row = canvas.desire(canvas.enrolled(canvas.ada))
    canvas.deliver()
    assert (canvas.row(row).state, canvas.row(row).last_reason, canvas.row(row).last_status) == ("refused", "course_concluded", 422)
    assert canvas.deliver(days=1) is None
    assert len(canvas.posts) == 1


def test_who_is_no_learner_any_more_is_refused_with_words(lms: Lms) -> None:
    lms.school.courses[2].members.pop("ada")
    row = lms.desire(lms.enrolled(lms.ada))
    lms.deliver()
    assert (lms.row(row).state, lms.row(row).last_reason) == ("refused", "not_a_member")


def test_a_course_that_is_not_published_says_what_to_look_at(canvas: Lms) -> None:
    canvas.school.courses[2].published = False
    row = canvas.desire(canvas.enrolled(canvas.ada))
    canvas.deliver()
    assert (canvas.row(row).state, canvas.row(row).last_reason) == ("refused", "not_a_member")
    with canvas.here.database.read() as session:
        shown = queries.delivery(session, district_id=canvas.registration.district_id, delivery_id=row)
    assert "published" in shown.next_step


def test_a_column_that_is_gone_is_refused_with_words(lms: Lms) -> None:
    del lms.school.line_items[lms.column.number]
    row = lms.desire(lms.enrolled(lms.ada))
    lms.deliver()
    assert (lms.row(row).state, lms.row(row).last_reason, lms.row(row).last_status) == ("refused", "line_item_gone", 404)


def test_a_scope_that_was_not_granted_is_refused_with_words(lms: Lms) -> None:
    lms.school.registrations[lms.registration.client_id].scopes = set()
    row = lms.desire(lms.enrolled(lms.ada))
    lms.deliver()
    assert (lms.row(row).state, lms.row(row).last_reason) == ("refused", "not_allowed")


def test_a_scope_that_was_taken_away_later(lms: Lms) -> None:
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 10)
    lms.deliver()
    lms.school.registrations[lms.registration.client_id].scopes = set()
    row = lms.desire(enrollment, 20)
    lms.deliver(seconds=2)
    assert (lms.row(row).state, lms.row(row).last_reason) == ("refused", "not_allowed")


def test_attempts_that_are_used_up(canvas: Lms) -> None:
    canvas.mood.allowed_attempts = 1
    canvas.school.grades[canvas.column.number, "ada"] = Grade(attempts=1)
    row = canvas.desire(canvas.enrolled(canvas.ada))
    canvas.deliver()
    assert (canvas.row(row).state, canvas.row(row).last_reason) == ("refused", "attempts_used")


def test_a_locked_grade_holds_up_nobody_else(moodle: Lms) -> None:
    moodle.mood.grades_locked = True
    row = moodle.desire(moodle.enrolled(moodle.ada))
    moodle.deliver()
    assert (moodle.row(row).state, moodle.row(row).last_reason) == ("queued", "locked")
    moodle.mood.grades_locked = False
    other = moodle.desire(moodle.enrolled(moodle.person("olha")))
    moodle.deliver()
    assert moodle.row(other).state == "sent"
    moodle.deliver(seconds=20)
    assert moodle.row(row).state == "sent"


def test_an_lms_that_holds_a_later_time_gets_a_still_later_one(lms: Lms) -> None:
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 10)
    lms.deliver()
    lms.cell().stamp = lms.clock() + timedelta(seconds=90)
    row = lms.desire(enrollment, 20)
    lms.deliver(seconds=1)
    assert (lms.row(row).state, lms.row(row).last_reason) == ("queued", "newer_score")
    assert lms.row(row).due_at == lms.clock() + timedelta(seconds=1)
    for _ in range(6):
        lms.clock.now = max(lms.row(row).due_at, lms.clock())
        lms.deliver()
    assert lms.row(row).state == "sent"
    assert lms.cell().shown == 20
    assert lms.violations == []


def test_two_weeks_without_success_call_for_a_person(lms: Lms) -> None:
    lms.mood.fail_scores = 10_000
    row = lms.desire(lms.enrolled(lms.ada))
    while lms.row(row).state == "queued":
        lms.clock.now = max(lms.clock(), lms.row(row).due_at)
        lms.deliver()
    assert (lms.row(row).state, lms.row(row).last_reason) == ("attention", "too_long")
    assert lms.clock() - lms.row(row).desired_at >= timedelta(days=14)
    assert 60 < len(lms.posts) < 200


def test_a_score_waits_for_a_column_and_goes_out_by_itself(lms: Lms) -> None:
    lms.set_column("")
    row = lms.desire(lms.enrolled(lms.ada))
    assert (lms.row(row).state, lms.row(row).last_reason) == ("held", "no_column")
    lms.deliver(days=30)
    assert lms.row(row).state == "held"
    assert lms.posts == []
    lms.set_column(lms.column_url(lms.column))
    lms.deliver()
    assert lms.row(row).state == "sent"
    assert lms.cell().shown == 100


def test_a_column_that_was_taken_away_before_sending_holds_the_score(lms: Lms) -> None:
    row = lms.desire(lms.enrolled(lms.ada))
    lms.set_column("")
    lms.deliver()
    assert (lms.row(row).state, lms.posts) == ("held", [])


def test_a_disabled_registration_is_left_alone(lms: Lms) -> None:
    row = lms.desire(lms.enrolled(lms.ada))
    with lms.here.database.unit() as session:
        session.merge(lms.registration).state = "disabled"
    assert lms.deliver() is None
    assert (lms.row(row).state, lms.posts) == ("queued", [])


def test_one_lms_in_trouble_does_not_hold_up_another(lms_of: Callable[[str], Lms]) -> None:
    canvas, moodle = lms_of("canvas"), lms_of("moodle")
    canvas.mood.fail_scores, canvas.mood.fail_status = 99, 503
    troubled = [canvas.desire(canvas.enrolled(canvas.person(key))) for key in ("olha", "raj", "ruth", "rosa", "marisol")]
    fine = moodle.desire(moodle.enrolled(moodle.ada))
    moodle.deliver()
    assert moodle.row(fine).state == "sent"
    assert len(canvas.posts) == 3
    assert {canvas.row(row).state for row in troubled} == {"queued"}
