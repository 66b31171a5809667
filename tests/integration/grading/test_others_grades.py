"""A grade that a person entered is never replaced unless a person says so, once."""

from __future__ import annotations

import json
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Response
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.grading import ags
from lti_tool.platforms.models import Registration
from lti_tool.practice_lms.lti import SCORE
from lti_tool.practice_lms.models import Grade
from tests.factories.world import FrameBrowser
from tests.integration.grading.conftest import Bare, Lms

EXTENSION = "https://canvas.instructure.com/lti/submission"


def entered(lms: Lms, grade: float = 77) -> UUID:
    """Ada's 40 arrived, somebody entered another grade, and 90 is to follow: the row, after a round."""
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 40)
    lms.deliver()
    lms.cell().override = grade
    row = lms.desire(enrollment, 90)
    lms.deliver(seconds=5)
    return row


def dana(lms: Lms) -> FrameBrowser:
    return lms.world.browser(lms.world.person(lms.registration, "Dana Facilitator"), "facilitator", activity=lms.activity)


def test_delivery_stops_and_asks(lms: Lms) -> None:
    row = entered(lms)
    found = lms.row(row)
    assert (found.state, found.last_reason, found.found_given, found.found_maximum) == ("asked", "human_grade", 77, 100)
    assert [post["body"]["scoreGiven"] for post in lms.posts] == [40]
    assert lms.deliver(days=3) is None
    assert len(lms.posts) == 1
    assert lms.cell().shown == 77


def test_theirs_stays_for_good(lms: Lms) -> None:
    row = entered(lms)
    assert dana(lms).post(f"/scores/{row}/decide", {"do": "theirs"}).status_code == 303
    assert (lms.row(row).state, lms.row(row).decision) == ("kept", "theirs")
    with lms.here.database.read() as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "grading:grade:theirs"))
    assert event.subject_id == row

    with lms.here.database.unit() as session:
        kept = session.merge(lms.row(row))
        kept.version, kept.score_given, kept.state, kept.due_at = kept.version + 1, 55, "queued", lms.clock()
    lms.deliver(seconds=5)
    assert lms.row(row).state == "kept"  # the same grade is not asked about twice
    assert lms.cell().shown == 77


def test_ours_is_sent_over_it(canvas: Lms) -> None:
    row = entered(canvas)
    assert dana(canvas).post(f"/scores/{row}/decide", {"do": "ours", "back": "scores"}).status_code == 303
    canvas.deliver(seconds=5)
    assert canvas.row(row).state == "sent"
    assert canvas.cell().shown == 90
    assert canvas.posts[-1]["body"][EXTENSION] == {
        "new_submission": False,
        "submitted_at": canvas.posts[-1]["body"]["submission"]["submittedAt"],
        "prioritize_non_tool_grade": False,
    }


def test_ours_is_sent_on_moodle_which_goes_on_showing_theirs(moodle: Lms) -> None:
    row = entered(moodle)
    browser = dana(moodle)
    assert "Overridden" in browser.get(f"/scores/activities/{moodle.activity.id}").text
    browser.post(f"/scores/{row}/decide", {"do": "ours"})
    moodle.deliver(seconds=5)
    assert moodle.row(row).state == "sent"
    assert (moodle.cell().score, moodle.cell().shown) == (90, 77)


def test_another_grade_is_asked_about_anew(lms: Lms) -> None:
    row = entered(lms)
    dana(lms).post(f"/scores/{row}/decide", {"do": "theirs"})
    lms.cell().override = 81
    assert dana(lms).post(f"/scores/{row}/resend").status_code == 303
    lms.deliver(seconds=20)
    assert (lms.row(row).state, lms.row(row).decision, lms.row(row).found_given) == ("asked", "", 81)


def test_it_is_decided_once(lms: Lms) -> None:
    row = entered(lms)
    browser = dana(lms)
    assert browser.post(f"/scores/{row}/decide", {"do": "theirs"}).status_code == 303
    assert browser.post(f"/scores/{row}/decide", {"do": "ours"}).status_code == 409
    assert lms.row(row).decision == "theirs"


def test_what_decisions_make_no_sense(moodle: Lms) -> None:
    row = entered(moodle)
    browser = dana(moodle)
    assert browser.post(f"/scores/{row}/decide", {"do": "both"}).status_code == 400
    assert browser.post(f"/scores/{row}/decide").status_code == 400
    assert browser.post(f"/scores/{uuid4()}/decide", {"do": "ours"}).status_code == 404
    assert moodle.row(row).state == "asked"


def test_who_may_not_decide(moodle: Lms) -> None:
    row = entered(moodle)
    world, here = moodle.world, moodle.activity
    elsewhere = world.activity(world.context(moodle.registration))
    other = world.registration()
    far = world.activity(world.context(other))
    tries = [
        (world.browser(moodle.ada, "earner", activity=here), 403),
        (world.browser(moodle.ada, "facilitator", "earner", activity=here), 403),  # about one's own grade
        (world.browser(world.person(moodle.registration, "Dee"), "designer", activity=here), 403),
        (world.browser(world.person(moodle.registration, "Fay"), "facilitator", activity=elsewhere), 404),
        (world.browser(world.person(other, "Stranger"), "facilitator", "console", activity=far), 404),
    ]
    for browser, status in tries:
        assert browser.post(f"/scores/{row}/decide", {"do": "ours"}).status_code == status
    ada = tries[1][0]
    assert "Somebody else decides" in ada.get(f"/scores/activities/{here.id}").text
    assert ada.post(f"/scores/{row}/resend").status_code == 403
    assert moodle.row(row).state == "asked"


def test_our_own_grade_is_known_again_after_lost_answers(lms: Lms) -> None:
    """A score that was stored, whose answer was lost, is ours though it was never acknowledged."""
    lms.mood.drop_scores = 1
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 40)
    lms.deliver()
    row = lms.desire(enrollment, 90)
    lms.deliver(minutes=1)
    assert lms.row(row).state == "sent"
    assert lms.cell().shown == 90


def test_a_grade_in_other_points_is_ours(lms_of: Callable[[str], Lms]) -> None:
    lms = lms_of("moodle")
    lms.column.maximum = 7
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 33)
    lms.deliver()
    lms.desire(enrollment, 90)
    lms.deliver(seconds=2)
    assert lms.rows()[0].state == "sent"
    assert lms.cell().shown == pytest.approx(6.3)


def test_a_grade_that_somebody_took_away_is_no_grade(lms: Lms) -> None:
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 40)
    lms.deliver()
    lms.cell().score = None
    row = lms.desire(enrollment, 90)
    lms.deliver(seconds=2)
    assert lms.row(row).state == "sent"


def test_an_equal_time_with_our_score_there_is_settled(lms: Lms) -> None:
    """Our score stands there with a later time, as after a lost answer: nothing is sent again."""
    row = lms.desire(lms.enrolled(lms.ada), 40)
    lms.school.grades[lms.column.number, "ada"] = Grade(score=40, stamp=lms.clock().replace(year=2027))
    lms.deliver()
    assert (lms.row(row).state, lms.row(row).sent_version) == ("sent", 1)
    assert len(lms.posts) == 1


def test_an_equal_time_with_somebodys_grade_there_is_asked(lms: Lms) -> None:
    row = lms.desire(lms.enrolled(lms.ada), 40)
    lms.school.grades[lms.column.number, "ada"] = Grade(score=66, stamp=lms.clock().replace(year=2027))
    lms.deliver()
    assert (lms.row(row).state, lms.row(row).found_given) == ("asked", 66)
    assert lms.cell().shown == 66


def test_where_results_may_not_be_read_scores_still_go(lms: Lms) -> None:
    lms.school.registrations[lms.registration.client_id].scopes = {SCORE}
    enrollment = lms.enrolled(lms.ada)
    lms.desire(enrollment, 40)
    lms.deliver()
    row = lms.desire(enrollment, 90)
    lms.deliver(seconds=2)
    assert lms.row(row).state == "sent"
    assert lms.cell().shown == 90


def results(bare: Bare, *found: dict[str, object]) -> None:
    bare.pages["results"] = lambda: Response(json.dumps(list(found)), 200)


def test_an_lms_of_which_nothing_is_known_is_read_before_the_first_score(bare_of: Callable[..., Bare]) -> None:
    bare = bare_of(vendor="other")
    ada = bare.world.person(bare.registration)
    results(bare, {"userId": ada.sub, "resultScore": 8, "resultMaximum": 10})
    row = bare.desire(bare.enrolled(ada))
    bare.deliver()
    assert (bare.row(row).state, bare.posts) == ("asked", [])


@pytest.mark.parametrize(
    "answer",
    [
        Response("", 404),
        Response("no json", 200),
        Response("[1, {}]", 200),
        Response("{}", 200),
        Response('[{"userId": "x", "resultScore": NaN}]', 200),
    ],
)
def test_results_that_say_nothing_do_not_hold_scores_up(bare_of: Callable[..., Bare], answer: Response) -> None:
    bare = bare_of(vendor="other")
    bare.pages["results"] = lambda: answer
    row = bare.desire(bare.enrolled(bare.world.person(bare.registration)))
    bare.deliver()
    assert bare.row(row).state == "sent"


@pytest.mark.parametrize(
    ("answer", "reason"), [(Response("", 503), "busy"), (Response("", 429), "asked_to_wait"), (Response("<html>", 200), "no_receipt")]
)
def test_a_look_that_fails_sends_nothing(bare_of: Callable[..., Bare], answer: Response, reason: str) -> None:
    bare = bare_of(vendor="other")
    bare.pages["results"] = lambda: answer
    row = bare.desire(bare.enrolled(bare.world.person(bare.registration)))
    bare.deliver()
    assert (bare.row(row).state, bare.row(row).last_reason, bare.posts) == ("queued", reason, [])


def test_one_token_reads_and_sends(lms: Lms) -> None:
    row = entered(lms)
    assert lms.tokens == 1
    assert ags.RESULT_SCOPE in next(iter(lms.school.tokens.values())).scopes
    with lms.here.database.read() as session:
        assert session.get(Registration, lms.row(row).registration_id) is not None
