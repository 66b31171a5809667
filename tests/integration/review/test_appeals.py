"""Appeals from filing to their end, through the pages of everybody concerned."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from io import StringIO
from threading import Barrier
from uuid import UUID

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.database import new_id
from lti_tool.evidence import retention
from lti_tool.evidence.keeping_models import ArtifactHold
from lti_tool.evidence.models import Artifact, Enrollment, Submission
from lti_tool.grading.models import ScoreDelivery
from lti_tool.keeping.export import gather
from lti_tool.launch.models import Person
from lti_tool.notices.models import Notice
from lti_tool.review.appeal_models import Appeal, PanelSeat
from lti_tool.review.desk_models import ReviewNote
from lti_tool.review.models import Decision, Review
from tests.conftest import Clock
from tests.factories.world import FrameBrowser
from tests.integration.keeping.test_erasing import everything as texts
from tests.integration.review.conftest import Scene, scored
from tests.integration.review.test_blind import everything, hidden, people
from tests.integration.review.test_carrying import piece_for
from tests.integration.review.test_places import finish_draft

WORDS = "On page two, all three questions are open."
WHY = {"vote": "upheld", "reasons": "The rubric was read right.", "revision": "0", "page": "p1", "finish": "1"}


@dataclass
class Case:
    """Ada's work was judged: not yet, or with `attempt` 3 not earned."""

    scene: Scene
    ada: FrameBrowser
    submission: Submission

    def file(self, ground: str = "misread", text: str = WORDS) -> Appeal:
        answer = self.ada.post(f"/appeals/new/{self.submission.id}", {"ground": ground, "text": text})
        assert answer.status_code == 303, answer.text
        return self.appeal()

    def appeal(self) -> Appeal:
        [row] = self.scene.rows(Appeal)
        return row  # type: ignore[no-any-return]

    def runner(self) -> FrameBrowser:
        return self.scene.facilitator()

    def accept(self) -> list[PanelSeat]:
        answer = self.runner().post(f"/appeals/{self.appeal().id}", {"act": "accept", "words": ""})
        assert answer.status_code == 303, answer.text
        return self.seats()

    def seats(self, state: str = "assigned") -> list[PanelSeat]:
        return [row for row in self.scene.rows(PanelSeat) if row.state == state]

    def member(self, seat: PanelSeat) -> FrameBrowser:
        person = next(one for one in self.scene.reviewers if one.id == seat.reviewer_id)
        return self.scene.world.browser(person, "earner", context=self.scene.context)

    def vote(self, seat: PanelSeat, vote: str, reasons: str = "Because of page two.") -> None:
        answer = self.member(seat).post(f"/appeals/panel/{seat.id}", {**WHY, "vote": vote, "reasons": reasons})
        assert answer.status_code == 303, answer.text

    def now(self) -> Submission:
        return next(row for row in self.scene.rows(Submission) if row.id == self.submission.id)  # type: ignore[no-any-return]

    def enrollment(self) -> Enrollment:
        return self.scene.rows(Enrollment)[0]  # type: ignore[no-any-return]

    def hub(self) -> str:
        return self.ada.get(f"/activities/{self.scene.activity.id}").text

    def judges(self) -> set[UUID]:
        return {row.reviewer_id for row in self.scene.rows(Review)}


@pytest.fixture(name="case")
def _case(stage: Callable[..., Scene]) -> Case:
    return make(stage(pool=5))


def make(scene: Scene, attempt: int = 1) -> Case:
    for n in range(2):
        scene.reviewers.append(scene.world.reviewer(scene.registration, f"Rudolf Zweigenthaler-{n}"))
    submission, reviews = scene.seated(attempt=attempt)
    for review in reviews:
        scene.world.judge(review, {"planning": 2, "asking": 1}, f"Closed questions, says {review.seat}.")
    return Case(scene, scene.world.browser(scene.ada, "earner", activity=scene.activity), submission)


def test_upheld(case: Case) -> None:
    assert "appeal against this decision" in case.hub()
    appeal = case.file()
    assert appeal.state == "filed"
    assert "Whoever runs the program looks at it" in case.hub()
    listed = case.runner().get("/appeals/").text
    assert "Adabella Lovelace" in listed
    assert WORDS in case.runner().get(f"/appeals/{appeal.id}").text
    seats = case.accept()
    assert len(seats) == 2
    assert not {seat.reviewer_id for seat in seats} & (case.judges() | {case.scene.ada.id, case.scene.dana.id})
    for seat in seats:
        assert "Appeals to answer" in case.member(seat).get("/review/").text
        case.vote(seat, "upheld", "The rubric was read right.")
    assert case.appeal().state == "upheld"
    assert (case.now().outcome, case.enrollment().state, case.enrollment().appeal_open) == ("revise", "active", False)
    page = case.ada.get(f"/appeals/mine/{appeal.id}").text
    assert "The decision stands" in page
    assert page.count("The rubric was read right.") == 2
    assert case.scene.rows(Award) == []
    done = [event.action for event in case.scene.rows(AuditEvent) if event.action.startswith("review:appeal")]
    assert done.count("review:appeal:seat:given") == 2
    assert {"review:appeal:filed", "review:appeal:accepted", "review:appeal:answer:locked", "review:appeal:upheld"} <= set(done)
    told = [(row.person_id, row.kind) for row in case.scene.rows(Notice)]
    assert [kind for who, kind in told if who == case.scene.ada.id and kind.startswith("appeal")] == [
        "appeal.received",
        "appeal.accepted",
        "appeal.decided",
    ]
    assert {who for who, kind in told if kind == "review.appeal"} == {seat.reviewer_id for seat in seats}
    asks = ("appeal.filed", "review.appeal")
    assert not [row for row in case.scene.rows(Notice) if row.kind in asks and row.read_at is None], "all have answered"
    trail = str([event.details for event in case.scene.rows(AuditEvent)])
    assert WORDS not in trail
    assert "rubric was read" not in trail


def test_overturned_is_earned_with_everything_that_follows(stage: Callable[..., Scene]) -> None:
    case = make(stage(pool=5), attempt=3)
    assert case.enrollment().state == "not_earned"
    [before] = case.scene.rows(Decision)
    case.file()
    for seat in case.accept():
        case.vote(seat, "overturned")
    after, enrollment = case.now(), case.enrollment()
    assert (after.outcome, set(after.met_criteria), enrollment.state) == ("earned", {"planning", "asking"}, "earned")
    [score], [award], [decision] = case.scene.rows(ScoreDelivery), case.scene.rows(Award), case.scene.rows(Decision)
    assert (score.version, score.score_given, score.state) == (2, 100, "queued"), "not earned was sent before"
    assert award.enrollment_id == enrollment.id
    assert (decision.outcome, decision.criteria) == (before.outcome, before.criteria), "what the scores came to stays on record"
    assert "overturned the decision" in case.hub()
    assert "appeal against this decision" not in case.hub()


def test_remanded_is_judged_anew_by_others_and_uses_up_no_attempt(stage: Callable[..., Scene]) -> None:
    case = make(stage(pool=5), attempt=3)
    case.file("process", "They say that they could not open the file.")
    seats = case.accept()
    case.vote(seats[0], "remanded")
    case.vote(seats[1], "upheld")  # they differ
    assert case.appeal().state == "remanded"
    [old, again] = sorted(case.scene.rows(Submission), key=lambda row: row.set_aside, reverse=True)
    assert (old.id, old.state, old.set_aside) == (case.submission.id, "decided", 1)
    assert (again.attempt, again.set_aside, again.state, again.snapshot_hash) == (3, 0, "in_review", old.snapshot_hash)
    fresh = case.scene.world.reviews(again)
    earlier = {row.reviewer_id for row in case.scene.world.reviews(old)} | {seat.reviewer_id for seat in seats}
    assert len(fresh) == 2
    assert not {review.reviewer_id for review in fresh} & earlier
    assert case.enrollment().state == "active"
    hub = case.hub()
    assert "Your appeal sent it to new reviewers" in hub
    assert "Set aside on appeal" in hub
    desk = case.scene.desk(fresh[0]).get(f"/review/{fresh[0].id}").text
    assert "appeal" not in desk.lower(), "nothing tells the new ones of the first decision"
    for review in fresh:
        case.scene.desk(review).post(f"/review/{review.id}", {**scored(planning=2, asking=2), "finish": "1"})
    assert case.enrollment().state == "earned"
    assert len(case.scene.rows(Award)) == 1


def test_where_too_few_are_free_the_panel_waits_and_a_new_reviewer_fills_it(stage: Callable[..., Scene]) -> None:
    scene = stage(pool=3)
    submission, reviews = scene.seated()
    for review in reviews:
        scene.world.judge(review, 1)
    case = Case(scene, scene.world.browser(scene.ada, "earner", activity=scene.activity), submission)
    case.file()
    assert len(case.accept()) == 1
    page = case.runner().get(f"/appeals/{case.appeal().id}").text
    assert "Nobody is free for one place" in page
    newcomer = scene.world.person(scene.registration, "Nina Newcomer")
    scene.world.member(scene.context, newcomer, "earner")
    assert case.runner().post("/review/people/add", {"person": str(newcomer.id)}).status_code == 303
    scene.reviewers.append(newcomer)
    assert newcomer.id in {seat.reviewer_id for seat in case.seats()}
    assert case.runner().post("/review/people/remove", {"person": str(newcomer.id)}).status_code == 303
    assert newcomer.id not in {seat.reviewer_id for seat in case.seats()}


def test_a_member_steps_back_and_somebody_else_is_drawn(case: Case) -> None:
    case.file()
    first, second = case.accept()
    refused = case.member(first).post(f"/appeals/panel/{first.id}/decline", {"reason": ""})
    assert refused.status_code == 422
    assert case.member(first).post(f"/appeals/panel/{first.id}/decline", {"reason": "I know the class."}).status_code == 303
    seats = case.seats()
    assert len(seats) == 2
    assert first.reviewer_id not in {seat.reviewer_id for seat in seats}
    assert second.id in {seat.id for seat in seats}
    assert case.member(first).get(f"/appeals/panel/{first.id}").status_code == 404


def test_late_is_refused_in_words(case: Case, clock: Clock) -> None:
    clock.tick(days=30)
    case.ada = case.scene.world.browser(case.scene.ada, "earner", activity=case.scene.activity)
    assert case.ada.get(f"/appeals/new/{case.submission.id}").status_code == 200
    clock.tick(seconds=1)
    assert "appeal against this decision" not in case.hub()
    for answer in (
        case.ada.get(f"/appeals/new/{case.submission.id}"),
        case.ada.post(f"/appeals/new/{case.submission.id}", {"ground": "misread", "text": WORDS}),
    ):
        assert answer.status_code == 409
        assert "It is too late: a decision can be appealed for 30 days" in answer.text
    assert case.scene.rows(Appeal) == []


def test_new_evidence_is_no_ground(case: Case) -> None:
    answer = case.ada.post(f"/appeals/new/{case.submission.id}", {"ground": "new_evidence", "text": WORDS})
    assert answer.status_code == 422
    assert "send it in again instead" in answer.text
    assert WORDS in answer.text, "nothing that was typed is lost"
    assert case.scene.rows(Appeal) == []


@pytest.mark.parametrize("data", [{}, {"ground": "misread", "text": " "}, {"ground": "x", "text": "y"}])
def test_an_incomplete_form_is_shown_again(case: Case, data: dict[str, str]) -> None:
    assert case.ada.post(f"/appeals/new/{case.submission.id}", data).status_code == 422
    assert case.scene.rows(Appeal) == []


def test_there_is_one_appeal_for_a_decision_and_none_against_earned(case: Case) -> None:
    case.file()
    again = case.ada.post(f"/appeals/new/{case.submission.id}", {"ground": "process", "text": "Again."})
    assert (again.status_code, "one appeal for each decision" in again.text) == (409, True)
    other = case.scene.world.enrollment(case.scene.world.activity(case.scene.context), case.scene.ada)
    earned = case.scene.world.seated(other)
    for review in case.scene.world.reviews(earned):
        case.scene.world.judge(review, 2)
    assert case.ada.get(f"/appeals/new/{earned.id}").status_code == 409


def test_refused_for_its_form_with_words(case: Case) -> None:
    appeal = case.file()
    for data in ({}, {"act": "refuse", "words": " "}, {"act": "burn", "words": "x"}):
        assert case.runner().post(f"/appeals/{appeal.id}", data).status_code in (400, 422)
    assert case.appeal().state == "filed"
    sent = case.runner().post(f"/appeals/{appeal.id}", {"act": "refuse", "words": "This is about new evidence."})
    assert sent.status_code == 303
    assert (case.appeal().state, case.scene.rows(PanelSeat), case.enrollment().appeal_open) == ("refused", [], False)
    assert "This is about new evidence." in case.ada.get(f"/appeals/mine/{appeal.id}").text
    assert case.runner().post(f"/appeals/{appeal.id}", {"act": "accept", "words": ""}).status_code == 409


def test_taking_it_back_frees_the_panel(case: Case) -> None:
    appeal = case.file()
    seats = case.accept()
    assert case.ada.post(f"/appeals/mine/{appeal.id}/withdraw").status_code == 303
    assert case.appeal().state == "withdrawn"
    assert case.seats() == []
    late = case.member(seats[0]).post(f"/appeals/panel/{seats[0].id}", WHY)
    assert (late.status_code, "not yours any more" in late.text) == (404, True)
    assert case.ada.post(f"/appeals/mine/{appeal.id}/withdraw").status_code == 409


def test_sending_in_again_ends_the_appeal(stage: Callable[..., Scene]) -> None:
    scene = stage(pool=5)
    finish_draft(scene)
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    work = f"/evidence/work/{scene.enrollment.id}"
    ada.post(f"{work}/submit", {"names_removed": "y"})
    for review in scene.open_reviews(scene.submission()):
        scene.world.judge(review, 1)
    case = Case(scene, ada, scene.submission())
    case.file()
    case.accept()
    ada.post(f"{work}/artifact/{piece_for(scene, 'recording')}", {"title": "recording", "text": "Better.", "students": "none"})
    assert ada.post(f"{work}/submit", {"names_removed": "y"}).status_code == 303
    assert case.appeal().state == "withdrawn"
    assert case.seats() == []
    old = next(row for row in scene.rows(Submission) if row.attempt == 1)
    assert ada.get(f"/appeals/new/{old.id}").status_code == 409


def test_members_answer_alone_and_learn_no_name(case: Case) -> None:
    with case.scene.world.tool.database.unit() as session:
        for review in session.query(Review):
            name = next(one.label for one in case.scene.reviewers if one.id == review.reviewer_id)
            review.overall_feedback = f"Ask me. {name}"
    case.file(text=f"I am Adabella Lovelace, adabella@district.example. {WORDS}")
    first, second = case.accept()
    judges = [one for one in case.scene.reviewers if one.id in case.judges()]
    others = [one for one in case.scene.reviewers if one.id == second.reviewer_id]
    ada = [case.scene.ada.label, "Lovelace", case.scene.ada.email, case.scene.ada.sub, str(case.scene.ada.id), case.scene.ada.id.hex]

    def looks(seat: PanelSeat) -> str:
        browser = case.member(seat)
        pages = [browser.get("/review/"), browser.get(f"/appeals/panel/{seat.id}"), browser.get("/home"), browser.get("/")]
        pages += [browser.post(f"/appeals/panel/{seat.id}", {"finish": "1", "page": "x", "revision": "99"})]
        return "\n".join(everything(page) for page in pages)

    seen = looks(first)
    hidden([*ada, *people(*judges, *others)], seen)
    for words in (WORDS, "Closed questions, says 1.", "Closed questions, says 2.", "About Recording.", "Ask me. (name hidden)"):
        assert words in seen
    half = {**WHY, "vote": "overturned", "reasons": "A draft of the other.", "page": "p2"}
    case.member(second).post(f"/appeals/panel/{second.id}", {key: value for key, value in half.items() if key != "finish"})
    hidden(["A draft of the other."], looks(first))
    sealed = case.member(second).post(f"/appeals/panel/{second.id}", {**half, "revision": "1", "reasons": "Sealed by the other."})
    assert sealed.status_code == 303
    hidden(["Sealed by the other.", *people(*judges, *others)], looks(first))
    case_id = case.appeal().id
    for page in (case.hub(), case.ada.get(f"/appeals/mine/{case_id}").text, case.runner().get(f"/appeals/{case_id}").text):
        hidden(["Sealed by the other.", *people(*case.scene.reviewers)], page)
    case.vote(first, "upheld", f"I sign: {next(one.label for one in case.scene.reviewers if one.id == first.reviewer_id)}")
    told = everything(case.ada.get(f"/appeals/mine/{case.appeal().id}")) + everything(case.ada.get(f"/activities/{case.scene.activity.id}"))
    assert "Sealed by the other." in told
    hidden(people(*case.scene.reviewers), told)


def test_a_draft_saves_itself_and_a_stale_page_loses_nothing(case: Case) -> None:
    case.file()
    [seat, _] = case.accept()
    browser, path = case.member(seat), f"/appeals/panel/{seat.id}"
    draft = {"vote": "upheld", "reasons": "So far.", "revision": "0", "page": "p1"}
    assert browser.post(path, draft, headers={"X-Autosave": "1"}).status_code == 204
    assert "So far." in browser.get(path).text
    stale = browser.post(path, {**draft, "page": "p2", "reasons": "From elsewhere."})
    assert (stale.status_code, "From elsewhere." in stale.text) == (409, True)
    lacking = browser.post(path, {**draft, "revision": "1", "reasons": " ", "finish": "1"})
    assert lacking.status_code == 422
    assert browser.post(path, {**WHY, "revision": "2"}).status_code == 303
    assert browser.post(path, {**WHY, "revision": "3"}).status_code == 409
    assert "The rubric was read right." in browser.get(path).text


def test_nobody_with_a_part_in_it_looks_at_the_form(case: Case) -> None:
    appeal = case.file()
    world, scene = case.scene.world, case.scene
    judge = next(one for one in scene.reviewers if one.id in case.judges())
    for person in (scene.ada, judge):
        browser = world.browser(person, "facilitator", "console", activity=scene.activity)
        assert browser.get(f"/appeals/{appeal.id}").status_code == 404
        assert f"/appeals/{appeal.id}" not in browser.get("/appeals/").text
        assert browser.post(f"/appeals/{appeal.id}", {"act": "accept"}).status_code == 404
    assert case.appeal().state == "filed"


def test_retention_waits_for_the_end_of_an_appeal(case: Case, clock: Clock) -> None:
    scene, tool = case.scene, case.scene.world.tool
    blob = scene.world.stored_file(scene.ada.district_id, b"video", "video/mp4")
    with tool.database.unit() as session:
        piece = Artifact(
            district_id=scene.ada.district_id, person_id=scene.ada.id, kind="file", title="x", text="", url="", blob_key=blob.key,
            filename="x.mp4", media_type="video/mp4", size=5, sha256=blob.sha256, students="identifiable",
            created_at=clock(), changed_at=clock(), removed_at=None, link_due_at=None,
        )  # fmt: skip
        session.add(piece)
        session.flush()
        row = session.get_one(Submission, case.submission.id)
        row.snapshot = {**row.snapshot, "artifacts": [{**row.snapshot["artifacts"][0], "id": str(piece.id), "blob_key": blob.key}]}
        row.outcome = "not_earned"
        enrollment = session.get_one(Enrollment, scene.enrollment.id)
        enrollment.state, enrollment.ended_at = "not_earned", clock()
        piece_id = piece.id
    case.file()

    def day() -> object:
        with tool.database.read() as session:
            return retention.fates(session, tool, scene.ada.district_id, scene.ada.id).get(piece_id)

    clock.tick(days=400)
    assert day() is None
    assert retention.sweep(tool) == 0
    case.ada = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    assert case.ada.post(f"/appeals/mine/{case.appeal().id}/withdraw").status_code == 303
    assert day() == clock() + timedelta(days=tool.settings.appeal_days + tool.settings.retention_days)


def erase(case: Case, person: Person) -> None:
    """Somebody of the district erases a person."""
    boss = case.scene.world.person(case.scene.registration, "Olga Operator")
    console = case.scene.world.browser(boss, "console", context=case.scene.context)
    answer = console.post(f"/keeping/people/{person.id}/erase", {"name": person.label, "word": "erase"})
    assert answer.status_code == 303, answer.text


def test_erasing_the_teacher_takes_all_words_and_ends_the_case(case: Case) -> None:
    review = next(row for row in case.scene.rows(Review))
    with case.scene.world.tool.database.unit() as session:
        piece = UUID(case.submission.snapshot["artifacts"][0]["id"])
        common = {"district_id": review.district_id, "review_id": review.id, "artifact_id": piece, "created_at": review.assigned_at}
        session.add(ReviewNote(**common, seconds=3, text="A note on Ada.", shared=True))
    case.file()
    [first, second] = case.accept()
    case.vote(first, "upheld", "Reasons of the first.")
    case.member(second).post(f"/appeals/panel/{second.id}", {"reasons": "Draft of the second.", "revision": "0", "page": "p"})
    erase(case, case.scene.ada)
    left = texts(case.scene.world.tool)
    hidden([WORDS, "Reasons of the first.", "Draft of the second.", "A note on Ada.", "Adabella"], left)
    assert (case.appeal().state, case.enrollment().appeal_open, case.seats()) == ("withdrawn", False, [])
    assert [row.vote for row in case.scene.rows(PanelSeat) if row.state == "locked"] == ["upheld"]
    assert case.runner().get("/appeals/").status_code == 200
    assert case.runner().get(f"/appeals/{case.appeal().id}").status_code == 200


def test_erasing_a_member_of_a_panel_gives_the_place_to_somebody_else(case: Case) -> None:
    case.file()
    seat = case.accept()[0]
    browser = case.member(seat)
    browser.post("/desk/phrases", {"text": "A phrase of mine."})
    browser.post(f"/appeals/panel/{seat.id}", {"reasons": "Half a thought.", "revision": "0", "page": "p"})
    erase(case, next(one for one in case.scene.reviewers if one.id == seat.reviewer_id))
    hidden(["A phrase of mine.", "Half a thought."], texts(case.scene.world.tool))
    assert len(case.seats()) == 2
    assert seat.reviewer_id not in {one.reviewer_id for one in case.seats()}


def test_everybody_takes_along_what_is_theirs(case: Case) -> None:
    appeal = case.file()
    [seat, _] = case.accept()
    case.vote(seat, "upheld", "Because of the plan.")
    with case.scene.world.tool.database.read() as session:
        now = case.scene.world.tool.clock()
        common = {"district_id": case.scene.ada.district_id, "now": now}
        ada = gather(session, person_id=case.scene.ada.id, **common).data
        member = gather(session, person_id=seat.reviewer_id, **common).data
    assert [(one["ground"], one["what_you_wrote"]) for one in ada["appeals"]] == [(appeal.ground, WORDS)]
    assert "Because of the plan." not in str(ada), "not before the panel is done"
    assert [one["reasons"] for one in member["appeals_answered"]] == ["Because of the plan."]


@pytest.mark.parametrize("votes", [("overturned", "overturned"), ("upheld", "overturned")])
def test_members_who_seal_at_the_same_moment_make_one_end(stage: Callable[..., Scene], votes: tuple[str, str]) -> None:
    case = make(stage(pool=5))
    case.file()
    seats, barrier = case.accept(), Barrier(2, timeout=20)

    def seal(seat: PanelSeat, vote: str) -> int:
        browser = case.member(seat)
        data = {"csrf_token": browser.token(), **WHY, "vote": vote}
        barrier.wait()
        return browser.client.post(f"{browser.prefix}/appeals/panel/{seat.id}", data=data).status_code

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(seal, seat, vote) for seat, vote in zip(seats, votes, strict=True)]
    assert [answer.result() for answer in answers] == [303, 303]
    same = votes[0] == votes[1]
    assert case.appeal().state == ("overturned" if same else "remanded")
    assert len(case.scene.rows(Award)) == same
    assert len(case.scene.rows(Submission)) == (1 if same else 2)


def test_filing_twice_at_the_same_moment_makes_one_appeal(case: Case) -> None:
    barrier = Barrier(2, timeout=20)

    def file() -> int:
        browser = case.scene.world.browser(case.scene.ada, "earner", activity=case.scene.activity)
        data = {"csrf_token": browser.token(), "ground": "misread", "text": WORDS}
        barrier.wait()
        return browser.client.post(f"{browser.prefix}/appeals/new/{case.submission.id}", data=data).status_code

    with ThreadPoolExecutor(2) as threads:
        answers = [threads.submit(file) for _ in range(2)]
    assert sorted(answer.result() for answer in answers) == [303, 409]
    assert len(case.scene.rows(Appeal)) == 1


@pytest.mark.parametrize(("answer", "figure"), [("upheld", "0 of 1"), ("overturned", "1 of 1"), ("remanded", "1 of 1")])
def test_figures_say_how_many_decisions_did_not_stand(stage: Callable[..., Scene], answer: str, figure: str) -> None:
    case = make(stage(pool=5), attempt=3)
    coordinator = case.scene.world.browser(case.scene.dana, "console", context=case.scene.context)
    judge = next(one for one in case.scene.reviewers if one.id in case.judges())  # before a remand seats others
    pages = ("/review/agreement/", "/review/agreement/reviewers")
    assert all(" of 1" not in coordinator.get(page).text for page in pages)
    case.file()
    for seat in case.accept():
        assert all(" of 1" not in coordinator.get(page).text for page in pages), "the panel has not answered yet"
        case.vote(seat, answer)
    by_title, by_reviewer = (coordinator.get(page).text for page in pages)
    assert by_title.count(figure) == 1
    assert by_reviewer.count(figure) == 2, "of the two who judged, and of nobody on the panel"
    assert figure in case.scene.world.browser(judge, "reviewer").get("/review/agreement/own").text
    table = list(csv.DictReader(StringIO(coordinator.get("/review/agreement/microcredentials.csv").text.lstrip("\ufeff"))))
    assert [(row["appeals_answered"], row["changed_on_appeal"]) for row in table] == [("1", figure[0])]


def test_a_member_of_a_panel_holds_a_piece_back(stage: Callable[..., Scene]) -> None:
    case = make(stage(pool=5))
    case.file()
    mine, others = case.accept()
    member, piece = case.member(mine), case.submission.snapshot["artifacts"][0]
    address = f"/privacy/panel/{mine.id}/{piece['id']}"
    assert address in member.get(f"/appeals/panel/{mine.id}").text
    assert member.get(address).status_code == 200
    assert case.member(others).get(address).status_code == 404, "somebody else's place"
    assert case.ada.get(address).status_code == 403
    assert member.get(f"/privacy/panel/{mine.id}/{new_id()}").status_code == 404
    assert member.post(address, {"reason": " "}).status_code == 422
    assert case.scene.rows(ArtifactHold) == []
    answer = member.post(address, {"reason": "A name on page two."})
    assert (answer.status_code, answer.location.split("/s/")[1].split("/", 1)[1]) == (303, f"appeals/panel/{mine.id}?said=privacy.raised")
    [hold] = case.scene.rows(ArtifactHold)
    assert (hold.state, hold.submission_id, hold.raised_by) == ("raised", case.submission.id, mine.reviewer_id)
    for seat in (mine, others):
        page = case.member(seat).get(f"/appeals/panel/{seat.id}").text
        assert "Held back because of students’ privacy" in page
    assert member.get(address).status_code == 303, "it is hidden already"
    case.vote(mine, "upheld")
    assert member.post(f"/privacy/panel/{mine.id}/{case.submission.snapshot['artifacts'][1]['id']}", {"reason": "x"}).status_code == 404
