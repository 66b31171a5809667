"""What is on the desk beside the scores: sending back what is incomplete, notes on recordings, phrases, the next review, the list."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.notices.models import Notice
from lti_tool.review import queries
from lti_tool.review.desk_models import Phrase, ReviewNote, SubmissionReturn
from lti_tool.review.desk_policies import may_send_back, moment_words, seconds_of
from lti_tool.review.models import Review
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser
from tests.integration.review.conftest import Scene, scored
from tests.integration.review.test_blind import hidden, people
from tests.integration.review.test_carrying import piece_for
from tests.integration.review.test_places import finish_draft

MISSING = {"missing": "evidence:recording", "words": "The recording has no sound."}


def recorded(scene: Scene) -> tuple[Submission, list[Review], str]:
    """A seated submission whose first piece is a video; and the piece's id."""
    submission, reviews = scene.seated()
    blob = scene.world.stored_file(scene.ada.district_id, b"not really a video", "video/mp4")
    with scene.world.tool.database.unit() as session:
        row = session.get_one(Submission, submission.id)
        first = {**row.snapshot["artifacts"][0], "blob_key": blob.key, "media_type": "video/mp4", "title": "My lesson.mp4"}
        row.snapshot = {**row.snapshot, "artifacts": [first, *row.snapshot["artifacts"][1:]]}
    return submission, reviews, first["id"]


def note(**given: str) -> dict[str, str]:
    return {"moment": "2:05", "text": "Open question.", "shared": "y", **given}


# -- complete?


def test_incomplete_work_goes_back_unjudged_and_uses_up_no_attempt(scene: Scene, clock: Clock) -> None:
    finish_draft(scene)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    work = f"/evidence/work/{scene.enrollment.id}"
    ada.post(f"{work}/submit", {"names_removed": "y"})
    first, second = scene.open_reviews(scene.submission())
    scene.desk(second).post(f"/review/{second.id}", scored(planning=1, words="A draft."))
    clock.tick(hours=1)
    page = scene.desk(first).get(f"/review/{first.id}").text
    assert "First: is everything there?" in page
    words = {**MISSING, "words": f"The recording has no sound, says {scene.person(first).label}."}
    sent = scene.desk(first).post(f"/desk/{first.id}/return", words)
    assert (sent.status_code, sent.location.endswith("/review/?said=desk.returned")) == (303, True)
    assert [(row.person_id, row.kind) for row in scene.rows(Notice)][-1] == (scene.ada.id, "decision.incomplete")
    back = scene.submission()
    assert (back.state, back.outcome, back.attempt, back.set_aside, back.decided_at) == ("returned_incomplete", None, 1, 1, clock())
    assert {review.state for review in scene.world.reviews(back)} == {"withdrawn"}
    for review in (first, second):
        gone = scene.desk(review).get(f"/review/{review.id}")
        assert (gone.status_code, "something is missing" in gone.text) == (404, True)
    [event] = [one for one in scene.rows(AuditEvent) if one.action == "review:returned"]
    assert event.details["missing"] == ["evidence:recording"]
    assert "sound" not in str(event.details)

    hub = ada.get(f"/activities/{scene.activity.id}").text
    assert "Something was missing, so your work was not judged yet." in hub
    assert "The recording has no sound" in hub
    hidden([*people(*scene.reviewers), "A draft."], hub)
    assert "3" in re.search(r"Attempts left</dt><dd>(\d)", ada.get(work).text)[1]  # type: ignore[index]
    runner, ours = scene.facilitator(), f"/activities/{scene.activity.id}"
    assert "Back: something was missing" in runner.get(f"{ours}/people/{scene.ada.id}").text
    for browser, path in (
        (runner, ours),
        (runner, f"/review/submissions/{back.id}"),
        (ada, f"/evidence/submission/{back.id}"),
        (ada, work),
    ):
        assert browser.get(path).status_code == 200, path
    newcomer = scene.world.person(scene.registration, "Nina Newcomer")
    scene.world.member(scene.context, newcomer, "earner")
    runner.post("/review/people/add", {"person": str(newcomer.id)})
    assert scene.open_reviews(back) == [], "nobody is asked to judge it any more"
    taken = runner.post(f"/review/submissions/{back.id}", {"seat": "1", "person": str(newcomer.id)})
    assert taken.status_code in (409, 422)

    ada.post(f"{work}/artifact/{piece_for(scene, 'recording')}", {"title": "recording", "text": "With sound.", "students": "none"})
    assert ada.post(f"{work}/submit", {"names_removed": "y"}).status_code == 303
    again = max(scene.rows(Submission), key=lambda row: row.submitted_at.timestamp() - row.set_aside)
    assert (again.attempt, again.set_aside, again.state) == (1, 0, "in_review")
    assert "Something was missing" not in ada.get(f"/activities/{scene.activity.id}").text.partition("What you sent in")[0]
    for review in scene.open_reviews(again):
        scene.world.judge(review, 2)
    assert scene.rows(Enrollment)[0].state == "earned"


def test_what_was_met_before_stays_met_past_a_return(scene: Scene) -> None:
    finish_draft(scene)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    work = f"/evidence/work/{scene.enrollment.id}"
    ada.post(f"{work}/submit", {"names_removed": "y"})
    for review in scene.open_reviews(scene.submission()):
        scene.world.judge(review, {"planning": 2, "asking": 1})
    for words in ("One.", "Two."):
        ada.post(f"{work}/artifact/{piece_for(scene, 'recording')}", {"title": "recording", "text": words, "students": "none"})
        assert ada.post(f"{work}/submit", {"names_removed": "y"}).status_code == 303
        current = next(row for row in scene.rows(Submission) if row.state == "in_review")
        assert (current.attempt, current.snapshot["carried"]) == (2, ["planning"])
        if words == "One.":
            first = scene.open_reviews(current)[0]
            assert scene.desk(first).post(f"/desk/{first.id}/return", MISSING).status_code == 303
            assert "Stays met" in ada.get(work).text


def test_a_return_gives_days_of_grace(scene: Scene, clock: Clock) -> None:
    _, [first, _] = scene.seated()
    clock.tick(days=364)
    browser = scene.world.browser(scene.person(first), "earner", context=scene.context)
    assert browser.post(f"/desk/{first.id}/return", MISSING).status_code == 303
    clock.tick(days=29)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    assert "Mend and send in again" in ada.get(f"/activities/{scene.activity.id}").text
    clock.tick(days=2)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    assert "The year is over" in ada.get(f"/activities/{scene.activity.id}").text


@pytest.mark.parametrize("data", [{}, {"missing": "evidence:recording", "words": " "}, {"missing": "x", "words": "y"}, {"words": "y"}])
def test_a_return_needs_a_place_and_words(scene: Scene, data: dict[str, str]) -> None:
    _, [first, _] = scene.seated()
    answer = scene.desk(first).post(f"/desk/{first.id}/return", data)
    assert answer.status_code == 422
    assert 'class="disclosure complete" open' in answer.text
    assert (scene.submission().state, scene.rows(SubmissionReturn)) == ("in_review", [])


def test_whether_the_other_has_sealed_does_not_matter_and_the_third_sends_nothing_back(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    scene.world.judge(first, {"planning": 2, "asking": 2})
    before = scene.desk(second).get(f"/review/{second.id}").text
    assert "Send it back as incomplete" in before
    scene.world.judge(second, {"planning": 2, "asking": 0})
    [third] = [review for review in scene.world.reviews(submission) if review.seat == 3]
    assert "Send it back as incomplete" not in scene.desk(third).get(f"/review/{third.id}").text
    for review in (first, third):
        assert scene.desk(review).post(f"/desk/{review.id}/return", MISSING).status_code == 409
    assert scene.submission().state == "adjudicating"


@pytest.mark.parametrize("state", ["submitted", "in_review", "adjudicating", "decided", "returned_incomplete"])
@pytest.mark.parametrize("seat", [1, 2, 3])
@pytest.mark.parametrize("is_open", [True, False])
def test_the_rule_of_sending_back(state: str, seat: int, is_open: bool) -> None:
    possible = is_open and seat != 3 and state in ("submitted", "in_review")
    assert may_send_back(review_open=is_open, seat=seat, submission_state=state) == possible


# -- notes


@pytest.mark.parametrize(("moment", "seconds"), [("0", 0), ("65", 65), ("1:05", 65), (" 2:05 ", 125), ("1:02:05", 3725), ("90:00", 5400)])
def test_moments(moment: str, seconds: int) -> None:
    assert seconds_of(moment) == seconds
    assert seconds_of(moment_words(seconds)) == seconds


@pytest.mark.parametrize("moment", ["", "x", "-1", "1:60", "1:2:3:4", "1.5", "9" * 9, "1::5", "²", "25:00:00"])
def test_no_moments(moment: str) -> None:
    assert seconds_of(moment) is None


def test_notes_belong_to_the_review_and_reach_the_teacher_unnamed_where_the_reviewer_says_so(scene: Scene) -> None:
    _, [first, second], piece = recorded(scene)
    mine = scene.desk(first)
    sent = mine.post(f"/desk/{first.id}/notes/{piece}", note(text=f"Wait time! {scene.person(first).label}"))
    assert (sent.status_code, sent.location.endswith(f"#notes-{piece}")) == (303, True)
    mine.post(f"/desk/{first.id}/notes/{piece}", note(moment="0:30", text="For me.", shared=""))
    page = mine.get(f"/review/{first.id}").text
    assert page.index("For me.") < page.index("Wait time!"), "by the moment"
    assert re.search(r'href="[^"]+/evidence-file/[^"#]+#t=125"', page)
    hidden(["Wait time!", "For me."], scene.desk(second).get(f"/review/{second.id}").text)
    scene.world.judge(first, 1)
    hub = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    hidden(["Wait time!"], hub.get(f"/activities/{scene.activity.id}").text)
    scene.world.judge(second, 1)
    told = hub.get(f"/activities/{scene.activity.id}").text
    assert "My lesson.mp4, 2:05" in told
    assert "Wait time! (name hidden)" in told
    hidden(["For me.", *people(*scene.reviewers)], told)
    sealed = mine.get(f"/review/{first.id}").text
    assert "Wait time!" in sealed
    assert "Note a moment" not in sealed
    assert mine.post(f"/desk/{first.id}/notes/{piece}", note()).status_code == 409
    [kept, _] = scene.rows(ReviewNote)
    assert mine.post(f"/desk/{first.id}/notes/{kept.id}/remove").status_code == 409


@pytest.mark.parametrize("data", [{"moment": ""}, {"moment": "x"}, {"moment": "1:75"}, {"text": " "}, {"text": "x" * 3000}])
def test_a_refused_note_loses_nothing(scene: Scene, data: dict[str, str]) -> None:
    _, [first, _], piece = recorded(scene)
    answer = scene.desk(first).post(f"/desk/{first.id}/notes/{piece}", note(**data))
    assert answer.status_code == 422
    assert "notes__new" in answer.text
    assert (data.get("text") or "Open question.") in answer.text
    assert scene.rows(ReviewNote) == []


def test_notes_are_the_reviewers_own(scene: Scene) -> None:
    submission, [first, second], piece = recorded(scene)
    scene.desk(first).post(f"/desk/{first.id}/notes/{piece}", note())
    [kept] = scene.rows(ReviewNote)
    assert scene.desk(second).post(f"/desk/{first.id}/notes/{kept.id}/remove").status_code == 404
    assert scene.desk(second).post(f"/desk/{second.id}/notes/{kept.id}/remove").status_code == 404
    words = Snapshot.model_validate(submission.snapshot).artifacts[1].id
    assert scene.desk(first).post(f"/desk/{first.id}/notes/{words}", note()).status_code == 404, "a text does not play"
    assert scene.desk(first).post(f"/desk/{first.id}/notes/{kept.id}/remove").status_code == 303
    assert scene.rows(ReviewNote) == []


# -- phrases


def test_phrases_are_kept_put_in_and_deleted_by_plain_buttons(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    mine, path = scene.desk(first), f"/review/{first.id}"
    kept = mine.post(path, {**scored(planning=2, words="Say what you expect to hear."), "keep": "planning"})
    assert (kept.status_code, "said=review.phrase_kept#feedback-planning" in kept.location) == (303, True)
    [phrase] = scene.rows(Phrase)
    used = mine.post(path, {**scored(1, planning=2, asking=1, words="Two."), "use": f"{phrase.id}:asking"})
    assert (used.status_code, "#feedback-asking" in used.location) == (303, True)
    row = scene.world.reviews(submission)[0]
    assert row.scores["asking"] == {"level": 1, "feedback": "Two. Say what you expect to hear."}
    assert row.state == "in_progress"
    assert "Say what you expect to hear." in mine.get("/desk/phrases").text
    assert "Say what you expect to hear." not in scene.desk(second).get("/desk/phrases").text
    assert scene.desk(second).post(f"/desk/phrases/{phrase.id}/delete").status_code == 404
    assert scene.desk(second).post(f"/review/{second.id}", {**scored(planning=1), "use": f"{phrase.id}:planning"}).status_code == 404
    assert mine.post(f"/desk/phrases/{phrase.id}/delete").status_code == 303
    assert scene.rows(Phrase) == []
    assert "No phrases yet" in mine.get("/desk/phrases").text


def test_nothing_to_keep_says_so_and_loses_nothing(scene: Scene) -> None:
    _, [first, _] = scene.seated()
    answer = scene.desk(first).post(
        f"/review/{first.id}", {**scored(planning=2), "feedback-asking": " ", "overall": "All.", "keep": "asking"}
    )
    assert answer.status_code == 400
    assert "Write something first" in answer.text
    assert "All." in answer.text
    for data in ({}, {"text": " "}, {"text": "x" * 1001}):
        assert scene.desk(first).post("/desk/phrases", data).status_code == 422
    for _ in range(2):
        assert scene.desk(first).post("/desk/phrases", {"text": "The same."}).status_code == 303
    assert len(scene.rows(Phrase)) == 1


# -- the next one, and the list


def several(scene: Scene, count: int, clock: Clock) -> list[Review]:
    """So many reviews of the first reviewer, each due a day later."""
    found = []
    for n in range(count):
        clock.tick(days=1)
        person = scene.world.person(scene.registration, f"Teacher {n}")
        for review in scene.world.reviews(scene.world.seated(scene.world.enrollment(scene.activity, person))):
            if review.reviewer_id == scene.reviewers[0].id:
                found.append(review)
    return found


def test_sealing_opens_the_next_due_review_when_asked(stage: Any, clock: Clock) -> None:
    scene = stage(pool=2)
    first, second = several(scene, 2, clock)
    browser = scene.world.browser(scene.reviewers[0], "earner", context=scene.context)
    assert "Seal and open the next" in browser.get(f"/review/{second.id}").text
    sent = browser.post(f"/review/{second.id}", {**scored(planning=2, asking=2), "finish": "next"})
    assert (sent.status_code, f"/review/{first.id}?said=review.locked_next" in sent.location) == (303, True)
    assert "This is the next one that is due" in browser.get(sent.location.removeprefix("http://localhost")).text
    assert "Seal and open the next" not in browser.get(f"/review/{first.id}").text
    last = browser.post(f"/review/{first.id}", {**scored(planning=2, asking=2), "finish": "next"})
    assert last.location.endswith("/review/?said=review.locked")


def test_the_list_is_in_the_order_of_dates_counted_and_in_pages(stage: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    scene = stage(pool=2)
    reviews = several(scene, 8, clock)
    clock.now = reviews[1].due_at
    clock.tick(seconds=1)
    browser = scene.world.browser(scene.reviewers[0], "earner", context=scene.context)
    page = browser.get("/review/").text
    assert "8 reviews are open, 2 of them past their dates" in page
    assert "2 overdue" in page
    assert page.count("Overdue</span>") == 2
    seen: list[str] = []
    statements = set()
    path = "/review/"
    while path:
        with counted(scene.world.tool) as ran:
            text = browser.get(path).text
        statements.add(len([one for one in ran if not one.startswith("BEGIN")]))
        assert "8 reviews are open" in text
        seen += re.findall(rf'href="{browser.prefix}/review/([0-9a-f-]+)"[^>]*>(?:Begin|Continue)', text)
        more = re.search(r'href="([^"]+after=[^"]+)"[^>]*>Show those', text)
        path = more[1].replace("&amp;", "&") if more else ""
    assert seen == [str(review.id) for review in reviews]
    assert len(statements) <= 2, "the first page also shows what is finished"
    for damaged in ("x", "x~y", "nan~" + str(reviews[0].id), "9e99~" + str(reviews[0].id), "1e308~" + str(reviews[0].id)):
        assert browser.get("/review/", query_string={"after": damaged}).text.count("Begin</a>") == 3


def test_sending_back_while_the_other_seals_ends_one_way_or_the_other(stage: Any) -> None:
    scene = stage(pool=2)
    for n in range(4):
        person = scene.world.person(scene.registration, f"Teacher {n}")
        submission = scene.world.seated(scene.world.enrollment(scene.activity, person))
        first, second = scene.world.reviews(submission)
        scene.world.judge(first, 2)
        barrier = Barrier(2, timeout=20)
        sealing, returning = (scene.world.browser(scene.person(second), "earner", context=scene.context) for _ in range(2))

        def send(browser: FrameBrowser, path: str, data: dict[str, str], barrier: Barrier = barrier) -> int:
            data = {"csrf_token": browser.token(), **data}
            barrier.wait()
            return browser.client.post(browser.prefix + path, data=data).status_code

        with ThreadPoolExecutor(2) as threads:
            sealed = threads.submit(send, sealing, f"/review/{second.id}", {**scored(planning=2, asking=2), "finish": "1"})
            back = threads.submit(send, returning, f"/desk/{second.id}/return", MISSING)
        [row] = [one for one in scene.rows(Submission) if one.id == submission.id]
        outcome = (sealed.result(), back.result(), row.state)
        assert outcome in ((303, 409, "decided"), (409, 303, "returned_incomplete"), (404, 303, "returned_incomplete")), outcome
