"""What coordinators see and do: open work, more time, decisions by exception, how busy reviewers are."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import event, select

from lti_tool.audit import AuditEvent
from lti_tool.badges.models import Award
from lti_tool.badges.service import set_public, sign_due
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.grading.models import ScoreDelivery
from lti_tool.launch.models import Person
from lti_tool.review import coordinating_queries as queries
from lti_tool.review import load_queries, open_work, policies, seats, service
from lti_tool.review.models import Decision, Review
from lti_tool.review.overdue import look_after_late
from lti_tool.review.pool_models import OpenWork
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene


def coordinator(scene: Scene) -> FrameBrowser:
    """A new visit of a coordinator; visits end while the clock moves on."""
    return scene.world.browser(scene.world.person(scene.registration, "Cora Coordinator"), "console", context=scene.context)


@pytest.fixture
def console(scene: Scene) -> FrameBrowser:
    return coordinator(scene)


def rows(world: World, district_id: UUID) -> dict[UUID, tuple[str, Any]]:
    with world.tool.database.read() as session:
        found = session.scalars(select(OpenWork).where(OpenWork.district_id == district_id))
        return {one.submission_id: (one.state, one.due_at) for one in found}


def in_step(world: World, district_id: UUID) -> dict[UUID, tuple[str, Any]]:
    """The rows of open work, which are the same when they are written anew."""
    kept = rows(world, district_id)
    with world.tool.database.unit() as session:
        open_work.rebuild(session, district_id)
    assert rows(world, district_id) == kept
    return kept


def test_open_work_is_kept_in_step_through_a_whole_story(stage: Callable[..., Scene], world: World, clock: Clock) -> None:
    scene = stage(pool=1)
    district_id = scene.ada.district_id
    submission, [first] = scene.seated()
    assert in_step(world, district_id) == {submission.id: ("waiting", first.due_at)}
    clock.tick(days=1)
    for name in ("Second Reviewer", "Third Reviewer"):
        person = world.person(scene.registration, name)
        world.member(scene.context, person, "earner")
        scene.reviewers.append(person)
        assert scene.facilitator().post("/review/people/add", {"person": str(person.id)}).status_code == 303
    second = scene.open_reviews(submission)[1]
    assert in_step(world, district_id) == {submission.id: ("in_review", first.due_at)}
    world.judge(first, 2)
    assert in_step(world, district_id) == {submission.id: ("in_review", second.due_at)}
    world.judge(second, 0)
    [third] = scene.open_reviews(submission)
    assert in_step(world, district_id) == {submission.id: ("adjudicating", third.due_at)}
    scene.desk(third).post(f"/review/{third.id}/decline", {"reason": "No time.", "kind": "time"})
    assert in_step(world, district_id) == {submission.id: ("waiting", submission.submitted_at)}
    late = world.person(scene.registration, "Late Comer")
    world.member(scene.context, late, "earner")
    scene.facilitator().post("/review/people/add", {"person": str(late.id)})
    [taken] = scene.open_reviews(submission)
    world.judge(taken, 2)
    assert in_step(world, district_id) == {}


def test_a_unit_that_fails_leaves_open_work_as_it_was(scene: Scene, world: World) -> None:
    submission, [first, _] = scene.seated()
    before = rows(world, scene.ada.district_id)

    def fails() -> None:
        with world.tool.database.unit() as session:
            session.get_one(Review, first.id).due_at += timedelta(days=3)
            session.flush()
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fails()
    assert rows(world, scene.ada.district_id) == before
    assert submission.id in before


def test_the_list_of_nothing_and_of_a_full_district(scene: Scene, world: World, clock: Clock, console: FrameBrowser) -> None:
    assert "Nothing is open" in console.get("/open-work/").text
    made = []
    for n in range(30):
        made.append(world.seated(world.enrollment(scene.activity, world.person(scene.registration, f"Teacher Number{n}x"))))
        clock.tick(hours=1)
    console = coordinator(scene)
    page = console.get("/open-work/")
    assert page.status_code == 200
    assert "Teacher Number0x" in page.text
    assert "Teacher Number29x" not in page.text, "one page at a time"
    assert 'class="figure">30<' in page.text
    assert page.text.count("Open<span") == queries.PAGE
    more = page.text.partition('class="pager"')[2].partition('href="')[2].partition('"')[0].replace("&amp;", "&")
    rest = console.get(more)
    assert "Teacher Number29x" in rest.text
    assert rest.text.count("Open<span") == 5
    assert 'class="pager"' not in rest.text
    clock.tick(days=14)
    console = coordinator(scene)
    late = console.get("/open-work/?late=1").text
    assert "Teacher Number0x" in late
    assert "Late" in late
    with world.tool.database.unit() as session:
        session.get_one(Review, world.reviews(made[3])[0].id).state = "withdrawn"
    waiting = console.get("/open-work/?state=waiting").text
    assert "Teacher Number3x" in waiting
    assert "Teacher Number4x" not in waiting
    other = world.version(scene.ada.district_id, title="Something else")
    nothing = console.get(f"/open-work/?microcredential={other.microcredential_id}").text
    assert "Nothing like that is open" in nothing
    assert "Something else" in nothing


@pytest.mark.parametrize("address", ["after=x", "after=1.x", "after=" + "9" * 17 + ".0", "after=%00", "after=-1." + "0" * 32])
def test_damaged_pages_of_the_list(console: FrameBrowser, address: str) -> None:
    assert console.get(f"/open-work/?{address}").status_code == 400


def test_the_end_of_the_list_and_odd_filters(console: FrameBrowser) -> None:
    assert console.get("/open-work/?after=99999999999999.00000000000000000000000000000000").status_code == 200
    assert console.get("/open-work/?state=decided&microcredential=x&late=7").status_code == 200


def test_the_number_of_queries_does_not_grow(scene: Scene, world: World) -> None:
    def count() -> int:
        statements: list[str] = []
        listener: Callable[..., None] = lambda *given: statements.append(given[2])  # noqa: E731
        event.listen(world.tool.database.engine, "before_cursor_execute", listener)
        with world.tool.database.read() as session:
            now = world.tool.clock()
            queries.open_work(
                session, district_id=scene.ada.district_id, viewer_id=scene.dana.id, only=queries.Filter(), after=None, now=now
            )
            queries.numbers(session, district_id=scene.ada.district_id, now=now)
            load_queries.loads(session, district_id=scene.ada.district_id, text="", now=now)
        event.remove(world.tool.database.engine, "before_cursor_execute", listener)
        return len(statements)

    scene.seated()
    few = count()
    for n in range(12):
        world.seated(world.enrollment(scene.activity, world.person(scene.registration, f"Teacher {n}")))
    assert count() == few


def test_own_work_and_work_that_one_judges_is_not_listed(scene: Scene, world: World) -> None:
    submission, [first, _] = scene.seated()
    reviewer = scene.person(first)
    other_account = world.person(scene.registration, "A. Lovelace", email=scene.ada.email.upper())
    for person in (scene.ada, other_account, reviewer):
        browser = world.browser(person, "console", context=scene.context)
        assert "Adabella" not in browser.get("/open-work/").text.replace('whoami__name">Adabella', ""), person.label
        assert browser.get(f"/review/submissions/{submission.id}").status_code == 404
        assert browser.post(f"/review/submissions/{submission.id}/more-time", more(1, "2026-12-30")).status_code == 404
        assert browser.post(f"/review/submissions/{submission.id}/exception", decided("earned")).status_code == 404
    assert world._get(Submission, submission.id).state == "in_review"


def test_nothing_of_another_district(scene: Scene, world: World, console: FrameBrowser) -> None:
    scene.seated()
    registration = world.registration()
    stranger = world.browser(world.person(registration, "Stranger"), "console", context=world.context(registration))
    for path in ("/open-work/", "/open-work/reviewers"):
        page = stranger.get(path)
        assert page.status_code == 200
        assert "Adabella" not in page.text
        assert "Ruth" not in page.text
    assert stranger.post("/open-work/settings", {"grace_days": "1"}).status_code == 303
    assert 'value="7"' in console.get("/open-work/settings").text


def more(seat: int, until: str, reason: str = "She is ill.") -> dict[str, str]:
    return {"seat": str(seat), "until": until, "reason": reason}


def test_more_time_for_a_reviewer(scene: Scene, world: World, console: FrameBrowser) -> None:
    submission, [first, second] = scene.seated()
    path = f"/review/submissions/{submission.id}/more-time"
    for data, status, words in (
        (more(1, ""), 422, "Choose the new due date."),
        (more(1, "2027-01-10", " "), 422, "Please say in a few words why."),
        (more(1, "2026-11-26"), 400, "after the present due date"),
        (more(1, "2029-11-26"), 400, "more than a year"),
        (more(3, "2027-01-10"), 409, "Nobody holds this place"),
        (more(1, "not a day"), 422, "Not a valid date value"),
    ):
        answer = console.post(path, data)
        assert answer.status_code == status, data
        assert words in answer.text
    assert console.post(path, more(1, "2027-01-10")).status_code == 303
    changed, other = world.reviews(submission)
    assert changed.due_at.isoformat() == "2027-01-10T23:59:59+00:00"
    assert other.due_at == second.due_at
    assert "She is ill." in console.get(f"/review/submissions/{submission.id}").text
    [noted] = [one for one in scene.rows(AuditEvent) if one.action == "review:due:extended"]
    assert noted.details["review"] == str(first.id)
    assert "ill" not in str(noted.details)
    assert scene.facilitator().post(path, more(2, "2027-01-11")).status_code == 303, "also who runs the course"
    assert in_step(world, scene.ada.district_id)[submission.id][1].isoformat() == "2027-01-10T23:59:59+00:00"
    world.judge(changed, 2)
    assert console.post(path, more(1, "2027-02-10")).status_code == 409


def decided(outcome: str, reason: str = "The second reviewer has left the district.", sure: str = "y") -> dict[str, str]:
    return {"outcome": outcome, "reason": reason, "sure": sure}


def test_a_decision_by_exception_has_every_effect_and_says_that_it_is_one(scene: Scene, world: World, console: FrameBrowser) -> None:
    submission, [first, second] = scene.seated()
    world.judge(first, {"planning": 2, "asking": 1})
    path = f"/review/submissions/{submission.id}/exception"
    assert scene.facilitator().post(path, decided("earned")).status_code == 403
    for data, words in (
        (decided("", "x"), "Choose an outcome."),
        (decided("perhaps"), "Not a valid choice"),
        (decided("earned", "  "), "Please write down why."),
        (decided("earned", sure=""), "Please confirm this."),
    ):
        answer = console.post(path, data)
        assert (answer.status_code, words in answer.text) == (422, True), data
    assert scene.rows(Decision) == []
    assert console.post(path, decided("earned")).status_code == 303
    [decision] = scene.rows(Decision)
    assert (decision.outcome, decision.by_exception) == ("earned", True)
    assert decision.criteria == {key: {"met": True, "levels": [], "settled_level": None} for key in ("planning", "asking")}
    assert [review.state for review in world.reviews(submission)] == ["locked", "withdrawn"]
    assert world._get(Enrollment, scene.enrollment.id).state == "earned"
    assert [int(one.score_given) for one in scene.rows(ScoreDelivery)] == [100]
    assert "your district decided it" in scene.rows(ScoreDelivery)[0].comment
    assert len(scene.rows(Award)) == 1
    [noted] = [one for one in scene.rows(AuditEvent) if one.action == "review:exception:decided"]
    assert noted.actor_id == decision.actor_id
    assert "left the district" not in str(noted.details)
    hub = world.browser(scene.ada, "earner", activity=scene.activity).get(f"/activities/{scene.activity.id}").text
    assert "Your district decided this by exception" in hub
    assert "The second reviewer has left the district." in hub
    assert "Cora" not in hub
    assert "Ruth" not in hub
    assert sign_due(world.tool) == 1
    [award] = scene.rows(Award)
    assert b"the district itself, by exception" in award.credential
    assert b"blind reviewers" not in award.credential
    with world.tool.database.unit() as session:
        set_public(session, world.tool, district_id=award.district_id, person_id=scene.ada.id, award_id=award.id, public=True)
    public = world.app.test_client().get(f"/badges/{award.public_id}", headers={"Accept": "text/html"}).text
    assert "Maple Valley, by exception" in public
    assert "Independent reviewers who" not in public
    ada = world.browser(scene.ada, "earner", activity=scene.activity)
    transcript = ada.get(f"{ada.prefix}/badges/transcript").text
    assert "except where it says that the district decided by exception" in transcript
    assert "Maple Valley, by exception" in transcript
    checked = world.app.test_client().post("/badges/verify", data={"text": award.credential.decode()}).text
    assert "a badge that the district gave by exception says so itself" in checked
    assert console.post(path, decided("not_earned")).status_code == 409
    with world.tool.database.unit() as session:
        assert service.record_decision(session, world.tool, submission.id) == "earned"
    assert len(scene.rows(Decision)) == 1
    assert scene.desk(second).get(f"/review/{second.id}").status_code == 404


@pytest.mark.parametrize(("outcome", "state", "met"), [("revise", "active", ["planning"]), ("not_earned", "not_earned", ["planning"])])
def test_an_exception_keeps_what_all_who_sealed_found_met(
    scene: Scene, world: World, console: FrameBrowser, outcome: str, state: str, met: list[str]
) -> None:
    submission, [first, _] = scene.seated()
    world.judge(first, {"planning": 2, "asking": 1})
    assert console.post(f"/review/submissions/{submission.id}/exception", decided(outcome)).status_code == 303
    assert world._get(Submission, submission.id).met_criteria == met
    assert world._get(Enrollment, scene.enrollment.id).state == state


def test_the_last_attempt_can_not_go_back(scene: Scene, world: World, console: FrameBrowser) -> None:
    submission, _ = scene.seated(attempt=world.tool.settings.max_attempts)
    path = f"/review/submissions/{submission.id}/exception"
    answer = console.post(path, decided("revise"))
    assert answer.status_code == 400
    assert "This was the last attempt" in answer.text
    assert scene.rows(Decision) == []


def test_how_busy_reviewers_are(scene: Scene, world: World, clock: Clock) -> None:
    submission, [first, second] = scene.seated()
    clock.tick(days=3)
    world.judge(first, 2)
    scene.desk(second).post(f"/review/{second.id}/decline", {"reason": "No time.", "kind": "time"})
    clock.tick(days=15)
    with world.tool.database.read() as session:
        found = load_queries.loads(session, district_id=scene.ada.district_id, text="", now=clock())
    assert {one.person_id: (one.open, one.late, one.declined, one.done) for one in found} == {
        first.reviewer_id: (0, 0, 0, 1),
        second.reviewer_id: (0, 0, 1, 0),
        scene.open_reviews(submission)[0].reviewer_id: (1, 1, 0, 0),
    }
    assert {one.turnaround for one in found} == {timedelta(days=3), None}
    console = coordinator(scene)
    page = console.get("/open-work/reviewers").text
    assert "3 days" in page
    assert "1 late" in page
    assert "Nobody found" in console.get("/open-work/reviewers?find=%25").text


def test_a_number_is_counted_up_to_a_hundred(stage: Callable[..., Scene], world: World, clock: Clock) -> None:
    scene = stage(pool=1)
    submission, [first] = scene.seated()
    with world.tool.database.unit() as session:
        for n in range(120):
            session.add(
                Review(
                    district_id=first.district_id,
                    submission_id=submission.id,
                    reviewer_id=_somebody(session, scene, n),
                    seat=1,
                    state="withdrawn",
                    scores={},
                    overall_feedback="",
                    decline_reason="",
                    assigned_at=clock(),
                    due_at=clock(),
                )
            )
    assert load_queries.counted(load_queries.MOST_COUNTED) == "99+"
    assert load_queries.counted(7) == "7"


def _somebody(session: Any, scene: Scene, n: int) -> UUID:
    person = Person(
        district_id=scene.ada.district_id,
        registration_id=scene.registration.id,
        sub=f"x{n}",
        label=f"X {n}",
        given_name="",
        family_name="",
        email="",
        locale="",
        is_test=False,
        created_at=scene.world.tool.clock(),
        last_launch_at=None,
    )
    session.add(person)
    session.flush()
    return person.id


class TestLate:
    def test_told_then_handed_on_and_the_sealed_one_stays(self, scene: Scene, world: World, clock: Clock) -> None:
        submission, [first, second] = scene.seated()
        world.judge(second, 2)
        assert look_after_late(world.tool) == (0, 0)
        clock.tick(days=15)
        page = world.browser(scene.person(first), "earner", context=scene.context).get("/review/").text
        assert "A review is late" in page
        assert "it may go to somebody else" not in page
        assert look_after_late(world.tool) == (1, 0)
        assert look_after_late(world.tool) == (0, 0)
        page = world.browser(scene.person(first), "earner", context=scene.context).get("/review/").text
        assert "it may go to somebody else after Dec 16, 2026" in page
        clock.tick(days=6)
        assert look_after_late(world.tool) == (0, 0)
        clock.tick(days=1, seconds=1)
        assert look_after_late(world.tool) == (0, 1)
        [taken] = scene.open_reviews(submission)
        assert taken.seat == 1
        assert taken.reviewer_id not in (first.reviewer_id, second.reviewer_id)
        assert taken.due_at == clock() + timedelta(days=14)
        assert [one.state for one in world.reviews(submission)] == ["withdrawn", "assigned", "locked"]
        actions = [one.action for one in scene.rows(AuditEvent) if one.action.startswith("review:overdue")]
        assert actions == ["review:overdue:told", "review:overdue:moved"]

    def test_nobody_else_means_that_it_stays(self, stage: Callable[..., Scene], world: World, clock: Clock) -> None:
        scene = stage(pool=2)
        submission, before = scene.seated()
        for _ in range(3):
            clock.tick(days=30)
            look_after_late(world.tool)
        assert [one.id for one in scene.open_reviews(submission)] == [one.id for one in before]

    def test_more_time_begins_anew(self, scene: Scene, world: World, clock: Clock) -> None:
        submission, _ = scene.seated()
        clock.tick(days=15)
        assert look_after_late(world.tool) == (2, 0)
        assert coordinator(scene).post(f"/review/submissions/{submission.id}/more-time", more(1, "2026-12-20")).status_code == 303
        clock.tick(days=8)
        assert look_after_late(world.tool) == (0, 1)
        assert world.reviews(submission)[0].warned_at is None

    def test_the_grace_is_the_districts(self, scene: Scene, world: World, clock: Clock, console: FrameBrowser) -> None:
        scene.seated()
        assert console.post("/open-work/settings", {"calibration": "y", "grace_days": "0"}).status_code == 303
        clock.tick(days=15)
        assert look_after_late(world.tool) == (2, 0)
        assert look_after_late(world.tool) == (0, 1), "the second place finds nobody any more"


def test_what_could_not_be_given_out_is_tried_again_by_the_hour(stage: Callable[..., Scene], world: World) -> None:
    scene = stage(pool=1)
    submission, [_] = scene.seated()
    assert seats.fill_all(world.tool) == 1
    world.reviewer(scene.registration, "New Reviewer")
    assert seats.fill_all(world.tool) == 0
    assert len(scene.open_reviews(submission)) == 2
    assert seats.fill_all(world.tool) == 0


def test_others_draw_through_the_same_policy(stage: Callable[..., Scene], world: World) -> None:
    """An appeal's panel, for example: nobody with a place, nobody who is excluded, and a draw of its own that can be repeated."""
    scene = stage(pool=5)
    submission, [first, second] = scene.seated()
    free = {person.id for person in scene.reviewers} - {first.reviewer_id, second.reviewer_id}
    with world.tool.database.unit() as session:
        row = session.get_one(Submission, submission.id)
        everybody = seats.draw(session, world.tool, row, 9, (), "appeal:1")
        assert set(everybody) == free
        assert seats.draw(session, world.tool, row, 9, (), "appeal:1") == everybody
        out = everybody[0]
        assert out not in seats.draw(session, world.tool, row, 9, {out}, "appeal:1")


def test_settings_say_what_is_wrong_and_are_noted(scene: Scene, console: FrameBrowser) -> None:
    for given in ("", "x", "-1", "400"):
        assert console.post("/open-work/settings", {"grace_days": given}).status_code == 422, given
    assert console.post("/open-work/settings", {"grace_days": "3", "schools_apart": "y"}).status_code == 303
    page = console.get("/open-work/settings").text
    assert 'value="3"' in page
    [noted] = [one for one in scene.rows(AuditEvent) if one.action == "review:settings:changed"]
    assert noted.details == {"calibration": False, "schools_apart": True, "supervisors_apart": False, "grace_days": 3}


def test_who_knows_whose_it_is_gets_nothing_of_this_author_again(stage: Callable[..., Scene], world: World) -> None:
    scene = stage(pool=4)
    submission, [first, _] = scene.seated()
    scene.desk(first).post(f"/review/{first.id}/decline", {"reason": "My sister.", "kind": "conflict"})
    page = scene.facilitator().get(f"/review/submissions/{submission.id}").text
    assert "My sister." in page
    assert "a relative" in page
    again, reviews = scene.seated(attempt=2)
    assert first.reviewer_id not in {one.reviewer_id for one in reviews}
    other = world.enrollment(world.activity(scene.context), scene.ada)
    assert first.reviewer_id not in {one.reviewer_id for one in world.reviews(world.seated(other))}
    assert set(policies.DECLINES) == {"recognized", "conflict", "time", "other"}
    assert again.state == "in_review"
