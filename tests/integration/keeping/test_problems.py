"""A privacy problem: hidden at once, the clock stands still, the teacher answers, a coordinator settles it, and history stays as it was."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.models import Submission
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.review.models import Review
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.keeping.conftest import BLURRED, FILM, Kept, upload
from tests.integration.review.conftest import scored


def fetched(kept: Kept, url: str) -> Any:
    answer = kept.world.app.test_client().get(url, base_url="http://127.0.0.1:8000")
    answer.get_data()
    answer.close()
    return answer


def links(page: str) -> list[str]:
    return list(dict.fromkeys(re.findall(r'"http://127.0.0.1:8000(/evidence-file/[^"]+)"', page)))


def settle(kept: Kept, act: str, browser: FrameBrowser | None = None, note: str = "") -> Any:
    return (browser or kept.coordinator()).post(f"/privacy/{kept.hold().id}", {"act": act, "note": note})


def test_it_is_hidden_at_once_from_all_and_its_links_end(kept: Kept) -> None:
    [first, second] = kept.reviews()
    before = kept.submission()
    pages = [kept.at_desk(review).get(f"/review/{review.id}").text for review in (first, second)]
    old = [url for page in pages for url in links(page)]
    assert [fetched(kept, url).status_code for url in old] == [200] * 4
    answer = kept.report(first)
    assert answer.status_code == 303
    for review in (first, second):
        page = kept.at_desk(review).get(f"/review/{review.id}").text
        assert "Held back because of students’ privacy" in page
        assert "Paused" in page
        assert len(links(page)) == 1, "the plan is still there"
    assert sorted(fetched(kept, url).status_code for url in old) == [200, 200, 403, 403]
    held = next(fetched(kept, url) for url in old if fetched(kept, url).status_code == 403)
    assert "held back" in held.text
    assert FILM not in held.data
    after = kept.submission()
    assert (after.snapshot, after.snapshot_hash, after.state) == (before.snapshot, before.snapshot_hash, before.state)


def test_texts_are_hidden_too(kept: Kept) -> None:
    kept.desk.decide("revise")
    kept.desk.post(f"/requirement/recording/artifact/{kept.recording().id}/take-out")
    kept.desk.post("/requirement/recording/add/text", {"title": "What Maya said", "text": "Maya Brown said so.", "students": "work"})
    assert kept.desk.submit().status_code == 303
    [first, _] = kept.reviews()
    from lti_tool.evidence.models import Artifact

    kept.report(first, kept.rows(Artifact)[-1])
    page = kept.at_desk(first).get(f"/review/{first.id}").text
    assert "Maya" not in page
    assert kept.desk.browser.get(f"/evidence/submission/{kept.submission().id}").text.count("Maya Brown") == 1, "its teacher still sees it"


def test_the_clock_stands_still_and_drafts_are_kept(kept: Kept, clock: Clock) -> None:
    [first, second] = kept.reviews()
    draft = scored(planning=2, words="I saw three questions.")
    assert kept.at_desk(second).post(f"/review/{second.id}", draft).status_code == 303
    due = {review.id: review.due_at for review in kept.reviews()}
    clock.tick(days=13)
    kept.report(first)
    clock.tick(days=5)
    queue = kept.at_desk(second).get("/review/").text
    assert "Paused" in queue
    assert "Overdue" not in queue
    finish = {**scored(1, planning=2, asking=2), "finish": "1"}
    refused = kept.at_desk(second).post(f"/review/{second.id}", finish)
    assert refused.status_code == 409
    assert "held back" in refused.text
    assert "I saw it." in refused.text, "nothing typed is lost"
    assert kept.mine().post(f"/privacy/mine/{kept.hold().id}/explain", {"explanation": "These are actors."}).status_code == 303
    assert settle(kept, "release").status_code == 303
    for review in kept.reviews():
        assert review.due_at == due[review.id] + timedelta(days=5)
    page = kept.at_desk(second).get(f"/review/{second.id}").text
    assert "I saw three questions." in page
    assert len(links(page)) == 2
    assert kept.at_desk(second).post(f"/review/{second.id}", finish).status_code == 303


def test_two_problems_at_once_cost_their_time_once(kept: Kept, clock: Clock) -> None:

    [first, second] = kept.reviews()
    due = first.due_at
    plan = kept.plan()
    kept.report(first)
    clock.tick(days=2)
    kept.report(second, plan)
    clock.tick(days=3)
    holds = kept.rows(ArtifactHold)
    kept.coordinator().post(f"/privacy/{holds[0].id}", {"act": "release"})
    clock.tick(days=4)
    kept.coordinator().post(f"/privacy/{holds[1].id}", {"act": "remove"})
    assert {review.due_at for review in kept.reviews()} == {due + timedelta(days=9)}


def test_the_teacher_is_told_and_replaces_the_piece(kept: Kept) -> None:
    [first, second] = kept.reviews()
    kept.report(first)
    mine = kept.desk.browser
    path = f"/privacy/mine/{kept.hold().id}"
    for page in ("/home", f"/activities/{kept.desk.activity.id}", kept.desk.path()):
        assert "held back" in mine.get(page).text
        assert path in mine.get(page).text
    page = mine.get(path).text
    assert "A name is said at minute 3." in page
    assert not any(person.label in page for person in kept.reviewers)
    assert fetched(kept, links(page)[0]).data == FILM, "its own teacher can look at it"
    assert mine.post(path + "/redo", {"file": (None, ""), "note": ""}).status_code == 422
    assert mine.post(path + "/redo", upload("list.exe", b"MZ")).status_code == 422
    assert mine.post(path + "/redo", {**upload(), "note": "The name is cut."}, content_type="multipart/form-data").status_code == 303
    assert "Your answer is in" in mine.get(path).text
    boss = kept.coordinator().get(f"/privacy/{kept.hold().id}").text
    assert "The name is cut." in boss
    assert fetched(kept, links(boss)[-1]).data == BLURRED
    assert kept.at_desk(second).get(f"/review/{second.id}").text.count("Held back") == 1, "not before somebody has looked"
    assert settle(kept, "accept").status_code == 303
    shown = kept.at_desk(second).get(f"/review/{second.id}").text
    assert "in place of another" in shown
    assert [fetched(kept, url).data for url in links(shown)][-1] == BLURRED
    snapshot = Snapshot.model_validate(kept.submission().snapshot)
    assert snapshot.digest() == kept.submission().snapshot_hash, "the frozen copy is the one that was handed in"
    assert kept.recording().sha256 in {copy.sha256 for copy in snapshot.artifacts}


def test_a_problem_in_the_replacement(kept: Kept) -> None:
    [first, _] = kept.reviews()
    kept.report(first)
    kept.mine().post(f"/privacy/mine/{kept.hold().id}/redo", upload(), content_type="multipart/form-data")
    settle(kept, "accept")
    url = links(kept.at_desk(first).get(f"/review/{first.id}").text)[-1]
    assert kept.report(first, reason="A face is left.").status_code == 303
    assert len(kept.rows(ArtifactHold)) == 2
    assert fetched(kept, url).status_code == 403
    assert "blurred.txt" in kept.desk.browser.get(f"/privacy/mine/{kept.hold().id}").text
    settle(kept, "release")
    assert fetched(kept, url).status_code == 200
    assert fetched(kept, links(kept.at_desk(first).get(f"/review/{first.id}").text)[-1]).data == BLURRED


def test_removed_for_good_and_judged_without(kept: Kept) -> None:
    [first, _] = kept.reviews()
    kept.report(first)
    kept.mine().post(f"/privacy/mine/{kept.hold().id}/redo", upload(), content_type="multipart/form-data")
    settle(kept, "remove", note="Please leave it out.")
    page = kept.at_desk(first).get(f"/review/{first.id}").text
    assert "Taken out because of students’ privacy" in page
    assert "Please leave it out." in kept.desk.browser.get(f"/privacy/mine/{kept.hold().id}").text
    kept.judge_all()
    assert kept.submission().outcome == "earned"
    from lti_tool.evidence import retention

    assert kept.desk.stored_files() == 3
    retention.finish(kept.tool)
    assert kept.desk.stored_files() == 2, "what nobody needs any more is gone"


def test_asked_again(kept: Kept) -> None:
    [first, _] = kept.reviews()
    kept.report(first)
    assert settle(kept, "ask_again").status_code == 422, "nothing was answered yet"
    kept.mine().post(f"/privacy/mine/{kept.hold().id}/explain", {"explanation": "Fine."})
    assert settle(kept, "ask_again", note="Why?").status_code == 303
    assert kept.hold().state == "raised"
    assert "Why?" in kept.desk.browser.get(f"/privacy/mine/{kept.hold().id}").text
    assert settle(kept, "accept").status_code == 422
    settle(kept, "release")
    assert settle(kept, "remove").status_code in (409, 422)
    late = kept.mine().post(f"/privacy/mine/{kept.hold().id}/explain", {"explanation": "Late."})
    assert late.status_code == 409


def test_pressing_twice_makes_one_problem(kept: Kept) -> None:
    [first, second] = kept.reviews()
    kept.report(first)
    kept.report(first)
    assert kept.report(second).status_code == 303
    assert len(kept.rows(ArtifactHold)) == 1


def test_a_reason_is_asked_for(kept: Kept) -> None:
    [first, _] = kept.reviews()
    assert kept.report(first, reason="  ").status_code == 422
    assert kept.rows(ArtifactHold) == []


def test_who_may_do_what(kept: Kept, world: World) -> None:
    [first, second] = kept.reviews()
    piece, hold_path = kept.recording().id, f"/privacy/desk/{first.id}/{kept.recording().id}"
    assert kept.at_desk(second).post(hold_path, {"reason": "x"}).status_code == 404, "another reviewer's desk"
    assert kept.desk.browser.post(hold_path, {"reason": "x"}).status_code == 403
    kept.report(first)
    hold = kept.hold().id
    stranger = world.browser(world.person(kept.desk.registration, "Stran Ger"), "earner", context=kept.desk.context)
    for path in (f"/privacy/mine/{hold}", f"/privacy/mine/{hold}/explain", f"/privacy/mine/{hold}/redo"):
        answer = stranger.get(path) if path.endswith(str(hold)) else stranger.post(path, {"explanation": "x"})
        assert answer.status_code == 404
    own = world.browser(kept.desk.ada, "earner", "facilitator", activity=kept.desk.activity)
    assert own.post(f"/privacy/{hold}", {"act": "release"}).status_code == 404, "one's own"
    judge = world.browser(kept.holder(second), "facilitator", activity=kept.desk.activity)
    assert judge.get(f"/privacy/{hold}").status_code == 404, "whoever judges it must not learn whose it is"
    assert str(hold) not in judge.get("/privacy/").text
    other = world.activity(world.context(kept.desk.registration, "Other course"))
    elsewhere = world.browser(kept.fay, "facilitator", activity=other)
    assert elsewhere.get(f"/privacy/{hold}").status_code == 404
    assert str(hold) not in elsewhere.get("/privacy/").text
    assert "privacy problem is open" not in elsewhere.get("/home").text
    for browser in (kept.facilitator(), kept.coordinator()):
        assert str(hold) in browser.get("/privacy/").text
        assert "privacy problem is open" in browser.get("/home").text
    assert "privacy problem is open" in kept.facilitator().get(f"/activities/{kept.desk.activity.id}").text
    assert "privacy problem is open" in kept.coordinator().get("/district/").text
    assert settle(kept, "release", kept.facilitator()).status_code == 303
    assert piece == kept.hold().artifact_id


def test_the_trail_says_it_without_words(kept: Kept) -> None:
    from lti_tool.audit import AuditEvent

    [first, _] = kept.reviews()
    kept.report(first, reason="Maya Brown is named.")
    settle(kept, "release")
    events = [event for event in kept.rows(AuditEvent) if event.action.startswith("review:privacy")]
    assert [event.action for event in events] == ["review:privacy:raised", "review:privacy:release"]
    assert "Maya" not in str([event.details for event in events])


def test_after_the_decision_too(kept: Kept) -> None:
    """Hidden at once; there is no clock to stop."""
    [first, second] = kept.reviews()
    kept.judge_all()
    assert kept.report(first).status_code == 303
    assert "Held back" in kept.at_desk(second).get(f"/review/{second.id}").text
    assert settle(kept, "remove").status_code == 303
    assert {row.state for row in kept.rows(Submission)} == {"decided"}
    assert {row.state for row in kept.rows(Review)} == {"locked"}


@pytest.mark.parametrize("act", ["release", "remove"])
def test_a_facilitator_can_settle_without_an_answer(kept: Kept, act: str) -> None:
    [first, _] = kept.reviews()
    kept.report(first)
    assert settle(kept, act, kept.facilitator()).status_code == 303
    assert kept.hold().closed_at is not None
