"""All scores of an activity on one page, for those who run the course."""

from __future__ import annotations

from uuid import uuid4

import pytest
from sqlalchemy import update

from lti_tool.grading import queries
from lti_tool.grading.models import ScoreDelivery
from tests.factories.world import FrameBrowser
from tests.integration.grading.conftest import Lms


def dana(lms: Lms, *rights: str) -> FrameBrowser:
    return lms.world.browser(lms.world.person(lms.registration, "Dana Facilitator"), *(rights or ("facilitator",)), activity=lms.activity)


def refuse(lms: Lms, *keys: str) -> None:
    for key in keys:
        lms.school.courses[2].members.pop(key, None)
        lms.desire(lms.enrolled(lms.ada if key == "ada" else lms.person(key)))
    lms.deliver()
    assert {row.state for row in lms.rows()} == {"refused"}


def test_the_empty_page(moodle: Lms) -> None:
    page = dana(moodle).get(f"/scores/activities/{moodle.activity.id}").text
    assert "No scores yet" in page
    assert "again" not in page


def test_everything_that_was_refused_is_sent_again_at_once(moodle: Lms) -> None:
    refuse(moodle, "ada", "olha", "raj")
    browser, path = dana(moodle), f"/scores/activities/{moodle.activity.id}"
    page = browser.get(path).text
    assert "Your LMS did not take 3 scores" in page
    assert "check that the enrollment is active" in page
    moodle.school.courses[2].members.update(dict.fromkeys(("ada", "olha", "raj"), "learner"))
    moodle.clock.tick(minutes=1)
    answer = browser.post(path + "/resend")
    assert answer.status_code == 303
    assert "is on its way again" in browser.get(answer.location).text
    moodle.deliver()
    assert {row.state for row in moodle.rows()} == {"sent"}
    assert "did not take" not in browser.get(path).text


def test_one_of_them_leads_back_to_its_page(moodle: Lms) -> None:
    refuse(moodle, "ada")
    [row] = moodle.rows()
    moodle.clock.tick(minutes=1)
    answer = dana(moodle).post(f"/scores/{row.id}/resend", {"back": "scores", "page": "1"})
    assert f"/scores/activities/{moodle.activity.id}" in answer.location


def test_pages_of_it(moodle: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 2)
    for n in range(5):
        moodle.desire(moodle.enrolled(moodle.world.person(moodle.registration, f"Teacher {n}")))
    with moodle.here.database.unit() as session:
        session.execute(update(ScoreDelivery).values(state="sent", sent_at=moodle.clock()))
        session.merge(moodle.rows()[4]).state = "refused"
    browser, path = dana(moodle), f"/scores/activities/{moodle.activity.id}"
    first = browser.get(path).text
    assert "Page 1 of 3" in first
    assert first.index("Teacher 4") < first.index("Teacher 0")  # what needs somebody stands first
    assert "Teacher 2" not in first
    assert "Teacher 2" in browser.get(path + "?page=2").text
    for odd in ("99", "-1", "0", "x", ""):
        assert browser.get(f"{path}?page={odd}").status_code == 200


def test_who_may_see_and_send(moodle: Lms) -> None:
    refuse(moodle, "ada")
    world, path = moodle.world, f"/scores/activities/{moodle.activity.id}"
    other = world.registration()
    elsewhere = world.activity(world.context(moodle.registration))
    refused = [
        (dana(moodle, "earner"), 403),
        (dana(moodle, "designer"), 403),
        (dana(moodle, "reviewer"), 403),
        (world.browser(world.person(moodle.registration, "Fay"), "facilitator", activity=elsewhere), 404),
        (world.browser(world.person(other), "facilitator", "console", activity=world.activity(world.context(other))), 404),
    ]
    for browser, status in refused:
        assert browser.get(path).status_code == status
        assert browser.post(path + "/resend").status_code == status
    assert world.app.test_client().get(f"/s/nobody{path}").status_code == 401
    assert dana(moodle).client.post(dana(moodle).prefix + path + "/resend").status_code in (400, 401)
    assert dana(moodle).get(f"/scores/activities/{uuid4()}").status_code == 404
    assert dana(moodle).post(f"/scores/activities/{uuid4()}/resend").status_code == 404
    assert moodle.rows()[0].state == "refused"
    assert dana(moodle, "console").get(path).status_code == 200


def test_an_erased_person_is_not_sent_again(moodle: Lms) -> None:
    refuse(moodle, "ada")
    with moodle.here.database.unit() as session:
        session.execute(update(ScoreDelivery).values(last_reason="erased"))
    [row] = moodle.rows()
    moodle.clock.tick(minutes=1)
    assert dana(moodle).post(f"/scores/{row.id}/resend").status_code == 409
    dana(moodle).post(f"/scores/activities/{moodle.activity.id}/resend")
    assert moodle.rows()[0].state == "refused"


def test_the_activity_page_leads_there(moodle: Lms) -> None:
    assert f"/scores/activities/{moodle.activity.id}" in dana(moodle).get(f"/activities/{moodle.activity.id}").text
