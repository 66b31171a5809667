"""Who may send a score again, and what happens to those who may not."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from tests.factories.world import FrameBrowser
from tests.integration.grading.conftest import Lms


@pytest.fixture
def refused(moodle: Lms) -> UUID:
    """Ada's score, which the LMS refused because she was not enrolled; now she is again."""
    moodle.school.courses[2].members.pop("ada")
    row = moodle.desire(moodle.enrolled(moodle.ada))
    moodle.deliver()
    assert moodle.row(row).state == "refused"
    moodle.school.courses[2].members["ada"] = "learner"
    moodle.clock.tick(hours=1)
    return row


def browser(lms: Lms, name: str, *rights: str) -> FrameBrowser:
    person = lms.ada if name == "ada" else lms.world.person(lms.registration, name)
    return lms.world.browser(person, *rights, activity=lms.activity)


@pytest.mark.parametrize(
    ("name", "rights"), [("ada", ("earner",)), ("Dana Facilitator", ("facilitator",)), ("Cora Coordinator", ("console",))]
)
def test_who_may_send_again(moodle: Lms, refused: UUID, name: str, rights: tuple[str, ...]) -> None:
    woken: list[None] = []
    moodle.here.wake = lambda: woken.append(None)
    answer = browser(moodle, name, *rights).post(f"/scores/{refused}/resend")
    assert answer.status_code == 303
    assert f"/activities/{moodle.activity.id}" in answer.location
    assert "said=grading.resent" in answer.location
    row = moodle.row(refused)
    assert (row.state, row.due_at, row.desired_at, row.last_reason) == ("queued", moodle.clock(), moodle.clock(), "")
    assert woken == [None]
    moodle.deliver()
    assert moodle.row(refused).state == "sent"
    assert moodle.cell().shown == 100
    with moodle.here.database.read() as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "grading:score:resent"))
    assert event.subject_id == refused
    assert event.actor_id is not None


def test_from_a_persons_page_one_returns_there(moodle: Lms, refused: UUID) -> None:
    answer = browser(moodle, "Dana Facilitator", "facilitator").post(f"/scores/{refused}/resend", {"back": "person"})
    assert answer.status_code == 303
    assert str(moodle.ada.id) in answer.location


def test_the_page_after_sending_again_says_so(moodle: Lms, refused: UUID) -> None:
    ada = browser(moodle, "ada", "earner")
    assert "not an active learner" in ada.get(f"/activities/{moodle.activity.id}").text
    page = ada.get(ada.post(f"/scores/{refused}/resend").location)
    assert page.status_code == 200
    assert "on its way again" in page.text


def test_a_score_that_arrived_may_be_sent_again(moodle: Lms) -> None:
    row = moodle.desire(moodle.enrolled(moodle.ada))
    moodle.deliver()
    assert browser(moodle, "ada", "earner").post(f"/scores/{row}/resend").status_code == 303
    moodle.deliver(seconds=1)
    assert moodle.row(row).state == "sent"
    assert len(moodle.posts) == 2
    assert moodle.violations == []


def test_pressing_twice_does_not_push_it_back(moodle: Lms, refused: UUID) -> None:
    ada = browser(moodle, "ada", "earner")
    ada.post(f"/scores/{refused}/resend")
    moodle.mood.fail_scores = 1
    moodle.deliver()
    due = moodle.row(refused).due_at
    moodle.clock.tick(seconds=5)
    assert ada.post(f"/scores/{refused}/resend").status_code == 303
    assert moodle.row(refused).due_at == due


def test_somebody_else_may_not(moodle: Lms, refused: UUID) -> None:
    assert browser(moodle, "Olha Other", "earner").post(f"/scores/{refused}/resend").status_code == 403
    assert moodle.row(refused).state == "refused"


def test_a_facilitator_of_another_course_finds_nothing(moodle: Lms, refused: UUID) -> None:
    elsewhere = moodle.world.activity(moodle.world.context(moodle.registration))
    dana = moodle.world.browser(moodle.world.person(moodle.registration, "Dana"), "facilitator", activity=elsewhere)
    assert dana.post(f"/scores/{refused}/resend").status_code == 404
    assert moodle.row(refused).state == "refused"


def test_another_district_finds_nothing(moodle: Lms, refused: UUID) -> None:
    other = moodle.world.registration()
    person = moodle.world.person(other)
    stranger = moodle.world.browser(person, "console", "facilitator", activity=moodle.world.activity(moodle.world.context(other)))
    assert stranger.post(f"/scores/{refused}/resend").status_code == 404
    assert moodle.row(refused).state == "refused"


def test_what_does_not_exist(moodle: Lms) -> None:
    ada = browser(moodle, "ada", "earner")
    assert ada.post(f"/scores/{uuid4()}/resend").status_code == 404
    assert ada.post("/scores/not-an-id/resend").status_code == 404


def test_without_session_or_token(moodle: Lms, refused: UUID) -> None:
    ada = browser(moodle, "ada", "earner")
    assert ada.client.post(f"{ada.prefix}/scores/{refused}/resend", data={}).status_code == 400
    assert ada.post(f"/scores/{refused}/resend", {"csrf_token": "forged"}).status_code == 400
    assert moodle.world.app.test_client().post(f"{ada.prefix}/scores/{refused}/resend").status_code in (400, 401)
    assert ada.get(f"/scores/{refused}/resend").status_code == 405
    assert moodle.row(refused).state == "refused"


def test_without_a_column_there_is_nothing_to_send_to(moodle: Lms) -> None:
    moodle.set_column("")
    row = moodle.desire(moodle.enrolled(moodle.ada))
    answer = browser(moodle, "ada", "earner").post(f"/scores/{row}/resend")
    assert answer.status_code == 409
    assert "column" in answer.text
    assert moodle.row(row).state == "held"
