"""Enrolling, writing, submitting, withdrawing: through the pages."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.evidence import queries
from lti_tool.evidence.models import Answer, Enrollment, SelfAssessment
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.evidence.conftest import CONSENT, PDF, Desk, artifact_ids


def test_start_enrolls_once_with_a_year(world: World, clock: Clock) -> None:
    registration = world.registration()
    ada = world.person(registration)
    activity = world.activity(world.context(registration))
    browser = world.browser(ada, "earner", activity=activity)
    first, second = browser.post("/evidence/start"), browser.post("/evidence/start")
    assert (first.status_code, second.status_code) == (303, 303)
    assert first.location == second.location
    with world.tool.database.read() as session:
        row = queries.enrollment_of(session, activity.district_id, activity.id, ada.id, now=clock())
        assert row is not None
        assert (row.phase, row.days_left, row.ends_at) == ("drafting", 365, datetime(2027, 11, 24, 23, 59, 59, tzinfo=UTC))
        events = session.query(AuditEvent).all()
    assert [event.action for event in events] == ["evidence:enrollment:started"]
    assert "365 days left" in browser.get(first.location).text


def test_start_needs_an_activity(world: World) -> None:
    registration = world.registration()
    browser = world.browser(world.person(registration), "earner", context=world.context(registration))
    assert browser.post("/evidence/start").status_code == 404


def test_starts_at_the_same_time_make_one_enrollment(world: World) -> None:
    registration = world.registration()
    ada = world.person(registration)
    activity = world.activity(world.context(registration))
    browsers = [world.browser(ada, "earner", activity=activity) for _ in range(4)]
    tokens = [browser.token() for browser in browsers]
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(
                lambda pair: pair[0].client.post(pair[0].prefix + "/evidence/start", data={"csrf_token": pair[1]}),
                zip(browsers, tokens, strict=True),
            )
        )
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.location.rpartition("/")[2] for answer in answers}) == 1


def test_the_whole_way_from_an_empty_draft_to_a_frozen_copy(desk: Desk) -> None:
    empty = desk.get().text
    assert "Read what it is about" in empty
    assert "Not started" in empty
    unfinished = desk.get("/check")
    assert "6 things need" in unfinished.text
    assert "Submit for review" not in unfinished.text
    desk.write_everything()
    ready = desk.get("/check").text
    assert "This is what the reviewers will see" in ready
    assert "Grade five, 24 students." in ready
    sent = desk.submit()
    assert sent.status_code == 303
    assert "With the reviewers" in desk.browser.get(sent.location).text
    [submission] = desk.submissions()
    snapshot = Snapshot.model_validate(submission.snapshot)
    assert (submission.attempt, submission.state, submission.snapshot_hash) == (1, "submitted", snapshot.digest())
    assert snapshot.answers == {"context": "Grade five, 24 students.", "impact": "They ask each other now."}
    assert {key: own.level for key, own in snapshot.self_assessment.items()} == {"planning": 2, "asking": 1}
    assert [(a.requirement, a.kind, a.students) for a in snapshot.artifacts] == [
        ("plan", "file", "none"),
        ("recording", "link", "background"),
    ]
    assert snapshot.artifacts[0].media_type == "application/pdf"
    assert snapshot.artifacts[0].size == len(PDF)
    assert snapshot.attested == ("names_removed",)
    assert "evidence:submission:submitted" in [event.action for event in desk.rows(AuditEvent)]
    page = desk.browser.get(f"/evidence/submission/{submission.id}")
    assert page.status_code == 200
    assert "They ask each other now." in page.text
    assert "plan.pdf" in page.text


def test_nothing_changes_while_reviewers_have_it(desk: Desk) -> None:
    desk.write_everything()
    [plan] = artifact_ids(desk.get("/requirement/plan"))
    desk.submit()
    for rest in ("/self-assess", "/answers/overview", "/requirement/plan", "/requirement/plan/add/text", f"/artifact/{plan}", "/check"):
        answer = desk.get(rest)
        assert answer.status_code == 303, rest
        assert answer.location.endswith("said=evidence.locked")
    refused = [
        desk.post("/answers/overview", {"text_context": "Sneaked in."}),
        desk.post("/self-assess", {"level_planning": "0"}),
        desk.post("/requirement/plan/add/text", {"title": "Late", "text": "Late"}),
        desk.post("/withdraw"),
        desk.post(f"/artifact/{plan}", {"title": "Other"}),
        desk.post(f"/requirement/plan/artifact/{plan}/take-out"),
    ]
    assert [answer.status_code for answer in refused] == [409] * 6
    assert "Sneaked" not in str([row.text for row in desk.rows(Answer)])
    again = desk.submit()
    assert again.status_code == 303, "pressing the button twice is no error"
    assert len(desk.submissions()) == 1


def test_submit_refuses_what_is_incomplete_and_keeps_it(desk: Desk) -> None:
    desk.post("/answers/overview", {"text_context": "A start."})
    answer = desk.submit()
    assert answer.status_code == 409
    assert "still missing" in answer.text
    assert desk.submissions() == []
    assert "A start." in desk.get("/answers/overview").text


def test_submit_asks_for_the_confirmations(desk: Desk) -> None:
    desk.write_everything()
    desk.post("/requirement/recording/add/text", {"title": "Notes", "text": "Maya says …", **CONSENT})
    assert "families_agreed" in desk.get("/check").text
    answer = desk.submit()
    assert answer.status_code == 422
    assert "Please confirm this before you submit." in answer.text
    assert desk.submissions() == []
    assert desk.post("/submit", {"names_removed": "y", "families_agreed": "y"}).status_code == 303
    assert desk.submissions()[0].snapshot["attested"] == ["names_removed", "families_agreed"]


def test_not_yet_opens_the_next_attempt_with_the_drafts(desk: Desk) -> None:
    desk.write_everything()
    desk.submit()
    first_hash = desk.submissions()[0].snapshot_hash
    desk.decide("revise")
    page = desk.get().text
    assert "Improve what the feedback asks for" in page
    assert "Read the feedback" in page
    assert "They ask each other now." in desk.get("/answers/reflection").text
    desk.post("/answers/reflection", {"text_impact": "They ask each other, and wait.", "seen_impact": "1"})
    assert desk.submit().status_code == 303
    first, second = desk.submissions()
    assert (second.attempt, second.state) == (2, "submitted")
    assert first.snapshot_hash == first_hash
    assert first.snapshot["answers"]["impact"] == "They ask each other now."
    assert second.snapshot["answers"]["impact"] == "They ask each other, and wait."


def test_no_attempt_beyond_the_limit(desk: Desk) -> None:
    desk.write_everything()
    for _ in range(3):
        assert desk.submit().status_code == 303
        desk.decide("revise")
    assert desk.submit().status_code == 409
    assert len(desk.submissions()) == 3


def test_the_deadline_ends_writing_but_not_reviewing(desk: Desk, clock: Clock) -> None:
    desk.write_everything()
    clock.tick(days=365, minutes=-1)
    late = desk.world.browser(desk.ada, "earner", activity=desk.activity)
    assert late.get(desk.path()).status_code == 200
    assert "The last day is today" in late.get(desk.path()).text
    clock.tick(days=1)
    late = desk.world.browser(desk.ada, "earner", activity=desk.activity)
    assert "The time for this try is over" in late.get(desk.path()).text
    assert late.post(desk.path("/submit"), {"names_removed": "y"}).status_code == 409
    assert late.post("/evidence/start").status_code == 303
    assert "365 days left" in late.get(desk.path()).text
    assert "They ask each other now." in late.get(desk.path("/answers/reflection")).text


def test_withdraw_and_start_again_keeps_the_drafts(desk: Desk) -> None:
    desk.write_everything()
    assert desk.post("/withdraw").status_code == 303
    assert "You have withdrawn" in desk.get().text
    assert desk.post("/answers/overview", {"text_context": "Hidden."}).status_code == 409
    assert desk.browser.post("/evidence/start").status_code == 303
    [row] = desk.rows(Enrollment)
    assert (row.state, row.ended_at) == ("active", None)
    assert "Grade five" in desk.get("/answers/overview").text
    assert [event.action for event in desk.rows(AuditEvent)] == ["evidence:enrollment:withdrawn", "evidence:enrollment:restarted"]


@pytest.mark.parametrize(("outcome", "words"), [("earned", "You earned it"), ("not_earned", "This one was not earned")])
def test_the_end_is_said(desk: Desk, outcome: str, words: str) -> None:
    desk.write_everything()
    desk.submit()
    desk.decide(outcome)
    assert words in desk.get().text
    assert desk.browser.post("/evidence/start").status_code == 303
    assert desk.rows(Enrollment)[0].state == outcome, "enrolling again changes nothing"


def test_a_test_student_may_try_everything_but_submit(world: World, desk: Desk) -> None:
    student = world.person(desk.registration, "Test Student", is_test=True)
    browser = world.browser(student, "earner", "preview", activity=desk.activity)
    page = browser.post("/evidence/start").location
    test_desk = Desk(world, desk.registration, desk.context, student, desk.activity, browser, desk.enrollment)
    test_desk.enrollment = next(row for row in desk.rows(Enrollment) if row.person_id == student.id)
    test_desk.write_everything()
    assert "This is a preview" in test_desk.get("/check").text
    answer = test_desk.submit()
    assert answer.status_code == 403
    assert "This is a preview" in answer.text
    assert desk.submissions() == []
    assert browser.get(page).status_code == 200
    with world.tool.database.read() as session:
        rows = queries.activity_enrollments(session, desk.activity.district_id, desk.activity.id, now=world.tool.clock())
    assert [row.label for row in rows] == ["Ada Teacher"]


def test_read_models_for_other_rooms(desk: Desk, world: World, clock: Clock) -> None:
    zoe = world.person(desk.registration, "Zoe Other")
    world.enrollment(desk.activity, zoe, deadline_at=clock() + timedelta(days=10))
    desk.write_everything()
    desk.submit()
    district = desk.activity.district_id
    with world.tool.database.read() as session:
        rows = queries.activity_enrollments(session, district, desk.activity.id, now=clock())
        [attempt] = queries.submissions_of(session, district, desk.enrollment.id)
        loaded = queries.load_submission(session, district, attempt.id)
        assert queries.activity_enrollments(session, world.district().id, desk.activity.id, now=clock()) == ()
        assert queries.enrollment_of(session, district, desk.activity.id, world.person(desk.registration).id, now=clock()) is None
    assert [(row.label, row.phase, row.days_left) for row in rows] == [("Ada Teacher", "waiting", 365), ("Zoe Other", "drafting", 10)]
    assert rows[0].submission == attempt
    assert rows[1].submission is None
    assert (loaded.attempt, loaded.state, loaded.person_id, loaded.content.title) == (1, "submitted", desk.ada.id, "Asking good questions")
    assert loaded.snapshot.content_hash == loaded.content.content_hash()


def test_submitting_wakes_the_worker(desk: Desk, tool: Tool) -> None:
    woken: list[bool] = []
    tool.wake = lambda: woken.append(True)
    desk.write_everything()
    woken.clear()  # the worker has files and a link to look at
    desk.submit()
    assert woken == [True]


def test_answers_over_the_word_limit_are_kept_but_not_submitted(sit: Callable[..., Desk]) -> None:
    desk = sit(overview_questions=[{"key": "context", "prompt": "Describe your class.", "word_limit": 3}])
    desk.write_everything()
    desk.post("/answers/overview", {"text_context": "one two three four", "seen_context": "1"})
    assert "Shorten “Describe your class.” by 1 word" in desk.get("/check").text
    assert desk.submit().status_code == 409
    assert desk.rows(Answer)[0].text == "one two three four"


def test_self_assessment_is_saved_and_shown(desk: Desk) -> None:
    desk.post("/self-assess", {"level_planning": "1", "text_planning": "Plans are short."})
    row = next(row for row in desk.rows(SelfAssessment) if row.criterion_key == "planning")
    assert (row.level, row.note) == (1, "Plans are short.")
    page = desk.get("/self-assess").text
    assert "Plans are short." in page
    assert 'name="level_planning" value="1" aria-describedby="level_planning-level-1" checked' in page


def test_number_of_queries_does_not_grow_with_the_work(desk: Desk, world: World) -> None:
    from sqlalchemy import event

    counted: list[str] = []
    event.listen(world.tool.database.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    desk.get()
    before = len(counted)
    for number in range(4):
        desk.upload("plan", PDF, f"plan{number}.pdf")
    counted.clear()
    desk.get()
    assert len(counted) == before
