"""The breaker before an LMS, what the console and /metrics say of it, and when somebody is told."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

from lti_tool.grading import figures
from lti_tool.grading.models import ScoreLane
from tests.factories.world import FrameBrowser
from tests.integration.grading.conftest import Bare, Lms


def lane(course: Lms | Bare) -> ScoreLane:
    with course.here.database.read() as session:
        return session.get_one(ScoreLane, course.registration.id)


def figure(course: Lms | Bare) -> figures.LaneFigures:
    with course.here.database.read() as session:
        [found] = figures.lane_figures(session, course.here.clock(), district_id=course.registration.district_id)
    return found


def wished(bare: Bare, count: int) -> list[UUID]:
    return [bare.desire(bare.enrolled(bare.world.person(bare.registration, f"Teacher {n}"))) for n in range(count)]


def console(course: Lms | Bare, *rights: str) -> FrameBrowser:
    person = course.world.person(course.registration, "Cora Coordinator")
    return course.world.browser(person, *(rights or ("console",)), activity=course.activity)


def test_three_failures_open_it_one_try_closes_it(bare: Bare) -> None:
    rows = wished(bare, 5)
    bare.answers = [("", 503)] * 3
    bare.deliver()
    assert len(bare.posts) == 3
    assert (lane(bare).state, lane(bare).failures, lane(bare).reason) == ("open", 3, "busy")
    until = lane(bare).until
    assert until is not None
    assert timedelta(seconds=13) < until - bare.clock() <= timedelta(seconds=20)
    bare.deliver(seconds=10)
    assert len(bare.posts) == 3
    bare.clock.now = until
    bare.deliver()
    assert lane(bare).state == "closed"
    bare.deliver(seconds=7)
    assert {bare.row(row).state for row in rows} == {"sent"}
    assert (lane(bare).state, lane(bare).failures, lane(bare).until) == ("closed", 0, None)
    assert [bare.row(row).attempts for row in rows] == [0] * 5


def test_half_open_lets_one_try_and_opens_again(bare: Bare) -> None:
    wished(bare, 5)
    bare.answers = [("", 503)] * 4
    bare.deliver()
    bare.deliver(seconds=20)
    assert len(bare.posts) == 4
    assert (lane(bare).state, lane(bare).failures) == ("open", 4)


def test_one_that_died_while_trying_does_not_keep_it_shut(bare: Bare) -> None:
    rows = wished(bare, 2)
    bare.answers = [("", 429)]
    bare.deliver()
    with bare.here.database.unit() as session:
        kept = session.get_one(ScoreLane, bare.registration.id)
        kept.state, kept.until = "half_open", bare.clock() + timedelta(seconds=90)
    bare.deliver(seconds=89)
    assert len(bare.posts) == 1
    bare.deliver(seconds=1)
    assert {bare.row(row).state for row in rows} == {"sent"}


def test_a_refusal_says_that_the_lms_is_well(bare: Bare) -> None:
    wished(bare, 5)
    bare.answers = [("", 503), ("", 503), ("", 404), ("", 503), ("", 503)]
    bare.deliver()
    assert len(bare.posts) == 5
    assert lane(bare).state == "closed"


def test_figures_say_what_waits_and_how_it_goes(bare: Bare) -> None:
    began = bare.clock()
    bare.answers = [("", 404), ("", 503), ("", 503), ("", 503)]
    wished(bare, 6)
    bare.deliver(seconds=5)
    found = figure(bare)
    assert (found.waiting, found.oldest_at, found.refused, found.sent) == (5, began, 1, 0)
    assert (found.tries, found.failed_share, found.resting, found.last_success_at) == (4, 1.0, True, None)
    bare.deliver(hours=1)
    found = figure(bare)
    assert (found.waiting, found.sent, found.refused, found.resting, found.last_success_at) == (0, 5, 1, False, bare.clock())
    assert (found.tries, found.failed_share) == (9, 4 / 9)
    bare.clock.tick(hours=3)
    assert figure(bare).failed_share is None


def test_the_console_shows_it_and_tries_now(bare: Bare) -> None:
    rows = wished(bare, 2)
    bare.answers = [("", 429, {"Retry-After": "3600"})]
    bare.deliver()
    browser = console(bare)
    page = browser.get("/scores/delivery").text
    assert "Resting" in page
    assert "The LMS asked us to wait" in page
    assert browser.post("/scores/delivery", {"do": "try", "registration": str(bare.registration.id)}).status_code == 303
    bare.deliver(seconds=20)  # the row that was told to wait does; the other one goes
    assert bare.row(rows[1]).state == "sent"
    assert "Scores flow" in browser.get("/scores/delivery").text
    assert browser.post("/scores/delivery", {"do": "try", "registration": str(bare.registration.id)}).status_code == 409


def test_the_console_sends_again_what_was_refused(bare: Bare) -> None:
    bare.answers = [("", 404)]
    [row] = wished(bare, 1)
    bare.deliver()
    browser = console(bare)
    assert "One score was not taken" in browser.get("/scores/delivery").text
    assert browser.post("/scores/delivery", {"do": "resend"}).status_code == 303
    bare.deliver(seconds=1)
    assert bare.row(row).state == "sent"


def test_who_may_see_the_console(bare: Bare) -> None:
    other = bare.world.registration()
    stranger = bare.world.browser(bare.world.person(other), "console", activity=bare.world.activity(bare.world.context(other)))
    bare.answers = [("", 429)]
    wished(bare, 1)
    bare.deliver()
    assert bare.registration.name not in stranger.get("/scores/delivery").text
    assert stranger.post("/scores/delivery", {"do": "try", "registration": str(bare.registration.id)}).status_code == 409
    for rights in (("facilitator",), ("earner",), ("designer",)):
        assert console(bare, *rights).get("/scores/delivery").status_code == 403
        assert console(bare, *rights).post("/scores/delivery", {"do": "resend"}).status_code == 403
    for data in ({}, {"do": "explode"}, {"do": "try"}, {"do": "try", "registration": "x"}):
        assert console(bare).post("/scores/delivery", data).status_code == 400
    assert bare.world.app.test_client().get("/s/nobody/scores/delivery").status_code == 401
    assert lane(bare).state == "open"


def test_an_empty_console(bare: Bare) -> None:
    assert "Nothing sent yet" in console(bare).get("/scores/delivery").text


def test_metrics_name_no_school(bare: Bare) -> None:
    bare.answers = [("", 429)]
    wished(bare, 2)
    bare.deliver(seconds=3)
    page = bare.world.app.test_client().get("/metrics").text
    labels = f'{{registration="{bare.registration.id}"}}'
    assert f"lti_tool_scores_waiting{labels} 2.0" in page
    assert f"lti_tool_scores_oldest_seconds{labels} 3.0" in page
    assert f"lti_tool_scores_breaker_open{labels} 1.0" in page
    assert f"lti_tool_scores_failed_share{labels} 1.0" in page
    assert bare.registration.name not in page
    assert "Teacher" not in page
    assert re.search(r"^lti_tool_http_requests_total", page, re.MULTILINE)


def test_near_its_limit_an_lms_gets_them_slowly(canvas: Lms) -> None:
    for key in ("olha", "marisol", "raj"):
        canvas.desire(canvas.enrolled(canvas.person(key)))
    canvas.mood.rate_remaining = 42.0
    canvas.deliver(seconds=1)
    assert len(canvas.posts) == 1
    assert (lane(canvas).state, lane(canvas).reason, lane(canvas).failures) == ("open", "near_the_limit", 0)
    canvas.deliver(seconds=4)
    assert len(canvas.posts) == 1
    canvas.deliver(seconds=1)
    assert len(canvas.posts) == 2
    canvas.mood.rate_remaining = 600.0
    canvas.deliver(seconds=5)
    assert {row.state for row in canvas.rows()} == {"sent"}
    assert lane(canvas).state == "closed"


def test_a_breaker_without_anything_to_try_holds_nothing_up(canvas: Lms) -> None:
    canvas.mood.rate_remaining = 42.0
    canvas.desire(canvas.enrolled(canvas.ada))
    canvas.deliver()
    assert (lane(canvas).state, figure(canvas).is_held_up) == ("open", True)
    canvas.clock.tick(minutes=1)
    assert (lane(canvas).state, figure(canvas).is_held_up) == ("open", False)
