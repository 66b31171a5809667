"""The pool, and who takes which place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from uuid import uuid4

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.evidence import artifacts
from lti_tool.evidence import service as evidence
from lti_tool.evidence.models import Answer, SelfAssessment, Submission
from lti_tool.evidence.service import Owner
from lti_tool.review import running
from lti_tool.review.models import Review
from lti_tool.web.models import RoleGrant
from tests.factories.world import World
from tests.integration.review.conftest import Scene


def finish_draft(scene: Scene) -> None:
    """Everything that the world's microcredential asks for."""
    own, now = {"district_id": scene.ada.district_id, "enrollment_id": scene.enrollment.id}, scene.world.tool.clock()
    with scene.world.tool.database.unit() as session:
        session.add_all(Answer(**own, question_key=key, text="Written.", saved_at=now) for key in ("context", "impact"))
        session.add_all(SelfAssessment(**own, criterion_key=key, level=2, note="", saved_at=now) for key in ("planning", "asking"))
        for key in ("plan", "recording"):
            owner = Owner(scene.ada.district_id, scene.ada.id)
            artifacts.add_text(session, scene.world.tool, owner, scene.enrollment.id, key, title=key, text="Text.", students="none")


def test_submitting_seats_two_reviewers_at_once(scene: Scene) -> None:
    finish_draft(scene)
    browser = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    assert browser.post(f"/evidence/work/{scene.enrollment.id}/submit", {"names_removed": "y"}).status_code == 303
    assert scene.submission().state == "in_review"
    reviews = scene.world.reviews(scene.submission())
    assert [review.seat for review in reviews] == [1, 2]
    assert len({review.reviewer_id for review in reviews}) == 2
    assert (reviews[0].due_at - reviews[0].assigned_at).days == 14
    for review in reviews:
        page = scene.desk(review).get("/review/").text
        assert "Asking good questions" in page
        assert "Begin" in page
        assert 'class="count">1' in page, "the menu says how many wait"


def test_a_submit_that_fails_seats_nobody(scene: Scene) -> None:
    finish_draft(scene)
    tool = scene.world.tool

    def fails() -> None:
        with tool.database.unit() as session:
            evidence.submit(session, tool, Owner(scene.ada.district_id, scene.ada.id), scene.enrollment.id, attested=["names_removed"])
            assert session.query(Review).count() == 2
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert (scene.rows(Submission), scene.rows(Review)) == ([], [])


def test_work_waits_for_reviewers_and_goes_out_as_they_come(stage: Callable[..., Scene], world: World) -> None:
    scene = stage(pool=0)
    submission, reviews = scene.seated()
    assert (submission.state, reviews) == ("submitted", [])
    runner = scene.facilitator()
    people = [world.person(scene.registration, name) for name in ("First One", "Second One")]
    for person in people:
        world.member(scene.context, person, "earner")
    page = runner.get("/review/people").text
    assert "First One" in page
    for n, person in enumerate(people, start=1):
        assert runner.post("/review/people/add", {"person": str(person.id)}).status_code == 303
        assert len(world.reviews(submission)) == n
    assert scene.submission().state == "in_review"
    assert runner.post("/review/people/add", {"person": str(people[0].id)}).status_code == 303
    assert len([grant for grant in scene.rows(RoleGrant) if grant.person_id == people[0].id]) == 1, "adding twice adds once"
    assert "1" in runner.get("/review/people").text


def test_a_new_reviewer_settles_what_waited_for_a_third(stage: Callable[..., Scene], world: World) -> None:
    scene = stage(pool=2)
    submission, [first, second] = scene.seated()
    world.judge(first, 2)
    world.judge(second, 0)
    assert scene.submission().state == "adjudicating"
    late = world.person(scene.registration, "Late Comer")
    world.member(scene.context, late, "earner")
    scene.facilitator().post("/review/people/add", {"person": str(late.id)})
    assert [(review.seat, review.reviewer_id) for review in scene.open_reviews(submission)] == [(3, late.id)]


def test_the_least_busy_get_the_work(scene: Scene, world: World) -> None:
    for n in range(6):
        world.seated(world.enrollment(scene.activity, world.person(scene.registration, f"Teacher {n}")))
    load = Counter(review.reviewer_id for review in scene.rows(Review))
    assert sorted(load.values()) == [4, 4, 4]


def test_who_could_tell_whose_work_it_is_never_judges_it(stage: Callable[..., Scene], world: World) -> None:
    scene = stage(pool=1)
    coordinator = world.reviewer(scene.registration, "Cora Coordinator")
    world.grant(coordinator, "coordinator")
    for person in (scene.ada, scene.dana):
        world.grant(person, "reviewer")
    elsewhere = world.reviewer(scene.registration, "Other Facilitator")
    world.member(world.context(scene.registration), elsewhere, "facilitator")
    submission, reviews = scene.seated()
    assert {review.reviewer_id for review in reviews} == {scene.reviewers[0].id, elsewhere.id}
    page = scene.facilitator().get(f"/review/submissions/{submission.id}")
    assert page.status_code == 200
    assert "Nobody else can judge this work" in page.text
    for person in (scene.ada, scene.dana, coordinator):
        answer = scene.facilitator().post(f"/review/submissions/{submission.id}", {"seat": "1", "person": str(person.id)})
        assert answer.status_code == 422, person.label
    assert len(world.reviews(submission)) == 2


def test_stepping_back_hands_the_place_on_and_keeps_the_reason_from_others(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    browser = scene.desk(first)
    empty = browser.post(f"/review/{first.id}/decline", {"reason": "  "})
    assert empty.status_code == 422
    assert "Please say in a few words why." in empty.text
    long = browser.post(f"/review/{first.id}/decline", {"reason": "why " * 200})
    assert long.status_code == 422
    assert "why why" in long.text
    done = browser.post(f"/review/{first.id}/decline", {"reason": "I know\x00 this class."})
    assert done.status_code == 303
    [declined, *_] = [review for review in scene.world.reviews(submission) if review.state == "declined"]
    assert declined.decline_reason == "I know this class."
    [taken, other] = scene.open_reviews(submission)
    assert (taken.seat, other.id) == (1, second.id)
    assert taken.reviewer_id not in (first.reviewer_id, second.reviewer_id)
    gone = browser.get(f"/review/{first.id}")
    assert gone.status_code == 404
    assert "not yours any more" in gone.text
    assert "I know" not in str([event.details for event in scene.rows(AuditEvent)])


def test_stepping_back_keeps_the_draft_of_who_gave_no_reason(scene: Scene) -> None:
    _, [first, _] = scene.seated()
    browser = scene.desk(first)
    browser.post(f"/review/{first.id}", {"revision": "0", "page": "p", "level-planning": "1", "feedback-planning": "My draft."})
    assert "My draft." in browser.post(f"/review/{first.id}/decline", {"reason": ""}).text


def test_a_removed_reviewer_loses_pages_and_places_at_once_but_not_what_they_sealed(scene: Scene, world: World) -> None:
    sealed, reviews = scene.seated()
    world.judge(reviews[0], 2)
    leaver = scene.person(reviews[0])
    submission = world.seated(world.enrollment(scene.activity, world.person(scene.registration, "Second Teacher")))
    console = world.browser(world.person(scene.registration, "Admin"), "console")
    desk = world.browser(leaver, "earner", context=scene.context)
    assert console.post("/review/people/remove", {"person": str(leaver.id)}).status_code == 303
    assert desk.get("/review/").status_code == 403
    assert world.reviews(sealed)[0].state == "locked"
    assert all(review.reviewer_id != leaver.id for review in scene.open_reviews(submission))
    assert len(scene.open_reviews(submission)) == 2, "somebody else took the place over"
    assert console.post("/review/people/remove", {"person": str(leaver.id)}).status_code == 404


def test_a_facilitator_gives_an_open_place_by_name(stage: Callable[..., Scene], world: World) -> None:
    scene = stage(pool=4)
    submission, [first, second] = scene.seated()
    free = [person for person in scene.reviewers if person.id not in (first.reviewer_id, second.reviewer_id)]
    runner, path = scene.facilitator(), f"/review/submissions/{submission.id}"
    page = runner.get(path).text
    assert all(person.label in page for person in scene.reviewers)
    assert runner.post(path, {"seat": "1", "person": str(free[0].id)}).status_code == 303
    assert [(review.seat, review.reviewer_id) for review in scene.open_reviews(submission)] == [
        (1, free[0].id),
        (2, second.reviewer_id),
    ]
    assert [review.state for review in world.reviews(submission) if review.id == first.id] == ["withdrawn"]
    for data, status in (
        ({"seat": "1", "person": ""}, 422),
        ({"seat": "1", "person": str(uuid4())}, 422),
        ({"seat": "1", "person": str(first.reviewer_id)}, 422),  # had the place already
        ({"seat": "", "person": str(free[1].id)}, 422),
        ({"seat": "3", "person": str(free[1].id)}, 409),  # nobody differs
        ({"seat": "²", "person": str(free[1].id)}, 409),
    ):
        assert runner.post(path, data).status_code == status, data
    assert len(scene.open_reviews(submission)) == 2
    world.judge(scene.open_reviews(submission)[0], 2)
    assert runner.post(path, {"seat": "1", "person": str(free[1].id)}).status_code == 409, "sealed"
    assert "Finished" in runner.get(path).text


def test_facilitators_reach_their_own_course_only(scene: Scene, world: World) -> None:
    submission, [first, _] = scene.seated()
    other = world.context(scene.registration, "Other course")
    stranger = world.person(scene.registration, "Other Facilitator")
    outsider = world.person(scene.registration, "Not in this course")
    world.member(other, stranger, "facilitator")
    browser = world.browser(stranger, "facilitator", context=other)
    assert browser.get(f"/review/submissions/{submission.id}").status_code == 404
    assert browser.post(f"/review/submissions/{submission.id}", {"seat": "1", "person": str(first.reviewer_id)}).status_code == 404
    page = browser.get("/review/people?find=a").text
    assert "Adabella" not in page
    assert "Ruth Feldman" in page, "the pool is the district's"
    assert "Remove" not in page, "but only who is of this course can be taken out here"
    assert browser.post("/review/people/remove", {"person": str(first.reviewer_id)}).status_code == 404
    assert browser.post("/review/people/add", {"person": str(scene.ada.id)}).status_code == 404
    assert scene.facilitator().post("/review/people/add", {"person": str(outsider.id)}).status_code == 404
    assert world.browser(stranger, "facilitator").get("/review/people").status_code == 403, "no course, no people"


def test_people_are_found_by_name_or_e_mail_and_test_students_never(scene: Scene, world: World) -> None:
    world.person(scene.registration, "Test Student", is_test=True)
    foreign = world.person(world.registration(), "Ada Foreign")
    console = world.browser(world.person(scene.registration, "Admin"), "console")
    assert "Adabella Lovelace" in console.get("/review/people?find=LOVE").text
    assert "Adabella Lovelace" in console.get("/review/people?find=adabella@").text
    assert "Nobody found" in console.get("/review/people?find=%25").text, "signs are not wildcards"
    assert console.get("/review/people?find=%00").status_code == 200
    everybody = console.get("/review/people").text
    assert "Test Student" not in everybody
    assert "Ada Foreign" not in everybody
    assert console.post("/review/people/add", {"person": str(foreign.id)}).status_code == 404
    for path in ("add", "remove"):
        assert console.post(f"/review/people/{path}", {"person": "nobody"}).status_code == 400
        assert console.post(f"/review/people/{path}").status_code == 400


def test_nobody_sees_who_judges_their_own_work(scene: Scene, world: World) -> None:
    submission, _ = scene.seated()
    both = world.browser(scene.ada, "earner", "facilitator", "console", activity=scene.activity)
    assert both.get(f"/review/submissions/{submission.id}").status_code == 404
    assert both.post(f"/review/submissions/{submission.id}", {"seat": "1", "person": str(scene.reviewers[0].id)}).status_code == 404
    with world.tool.database.read() as session:
        assert len(running.pool(session, district_id=scene.ada.district_id, now=scene.world.tool.clock())) == 3
