"""Anchors with master scores, and reviewers who calibrate by them before they get work."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from uuid import UUID, uuid4

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.launch.models import Person
from lti_tool.notices.models import Notice
from lti_tool.review import anchors, calibrating
from lti_tool.review.calibration_models import Anchor, Calibration, CalibrationCall
from lti_tool.review.drifting import ask_who_drifts
from lti_tool.review.models import Review
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene
from tests.integration.review.test_agreement import score as double_scored
from tests.integration.review.test_coordinating import coordinator, decided

SAMPLE = {
    "answer-context": "A class of mine.",
    "answer-impact": "They ask more.",
    "piece-plan": "Plan in words.",
    "piece-recording": "What was heard.",
}
MASTER = {"planning": 2, "asking": 1}


def credential(scene: Scene) -> UUID:
    version: MicrocredentialVersion = scene.world._get(MicrocredentialVersion, scene.activity.version_id)
    return version.microcredential_id


def master(do: str = "ready", revision: int = 0, why: str = "Three open questions.", **levels: int) -> dict[str, str]:
    chosen = {f"level-{key}": str(level) for key, level in (levels or MASTER).items()}
    return {"do": do, "revision": str(revision), "page": "p", **chosen, **{f"feedback-{key}": why for key in levels or MASTER}}


def make(scene: Scene, count: int = 2, **levels: int) -> list[UUID]:
    """Samples in use."""
    browser, made = coordinator(scene), []
    for _ in range(count):
        answer = browser.post(f"/examples/write/{credential(scene)}", SAMPLE)
        assert answer.status_code == 303
        made.append(UUID(answer.location.rpartition("/")[2].partition("?")[0]))
        assert browser.post(f"/examples/{made[-1]}", master(**levels)).status_code == 303
    return made


def desk_of(scene: Scene, person: Person) -> FrameBrowser:
    return scene.world.browser(person, "earner", context=scene.context)


def score(browser: FrameBrowser, scene: Scene, **levels: int) -> str:
    """Begin what is next and finish it. Returns the page that tells how it went."""
    answer = browser.post(f"/calibration/begin/{credential(scene)}")
    assert answer.status_code == 303, answer.text
    path = "/calibration/" + answer.location.rpartition("/")[2]
    posted = {"revision": "0", "page": "p", "finish": "1", **{f"level-{key}": str(level) for key, level in levels.items()}}
    done = browser.post(path, posted)
    assert done.status_code == 303, done.text
    return browser.get(path).text


def holders(reviews: Iterable[Review]) -> set[UUID]:
    return {one.reviewer_id for one in reviews if one.state in ("assigned", "in_progress")}


def test_a_district_without_examples_can_start(scene: Scene) -> None:
    assert len(scene.seated()[1]) == 2
    ruth = desk_of(scene, scene.reviewers[0])
    assert "Nothing to calibrate for" in ruth.get("/calibration/").text
    assert "Calibrate before you judge" not in ruth.get("/review/").text


def test_one_example_asks_for_nothing_two_do_and_calibration_brings_the_work(scene: Scene, world: World) -> None:
    make(scene, 1)
    submission, before = scene.seated()
    assert len(before) == 2
    make(scene, 1)
    other = world.seated(world.enrollment(scene.activity, world.person(scene.registration, "Ben Teacher")))
    assert world.reviews(other) == [], "nobody has calibrated"
    assert len(holders(world.reviews(submission))) == 2, "what is open stays"
    ruth = desk_of(scene, scene.reviewers[0])
    assert "Calibrate before you judge" in ruth.get("/review/").text
    assert "not close enough" not in score(ruth, scene, **MASTER).lower()
    assert world.reviews(other) == [], "one of two"
    assert "1 of 2 passed" in ruth.get("/calibration/").text
    page = score(ruth, scene, **MASTER)
    assert "2 of 2 levels are exactly the master’s" in page
    assert holders(world.reviews(other)) == {scene.reviewers[0].id}
    assert "You are calibrated for" in ruth.get("/review/").text
    runner = scene.facilitator().get(f"/review/submissions/{other.id}").text
    assert "has not calibrated for it" in runner
    answer = scene.facilitator().post(f"/review/submissions/{other.id}", {"seat": "2", "person": str(scene.reviewers[1].id)})
    assert answer.status_code == 422, "not by name either"


def test_the_master_scores_are_nowhere_before_one_has_finished(scene: Scene) -> None:
    make(scene, 2)
    ruth = desk_of(scene, scene.reviewers[0])
    path = "/calibration/" + ruth.post(f"/calibration/begin/{credential(scene)}").location.rpartition("/")[2]
    page = ruth.get(path).text
    assert "Plan in words." in page
    assert "Three open questions." not in page
    assert "Master" not in page
    draft = {"revision": "0", "page": "p", "level-planning": "2"}
    assert ruth.post(path, draft, headers={"X-Autosave": "1"}).status_code == 204
    short = ruth.post(path, {**draft, "revision": "1", "finish": "1"})
    assert short.status_code == 422
    assert "These criteria need a level" in short.text
    assert "Three open questions." not in short.text
    assert ruth.post(path, {**draft, "page": "another", "revision": "0"}).status_code == 409
    for level in ("3", "-1", "x", "²", ""):
        answer = ruth.post(path, {"revision": "2", "page": "p", "finish": "1", "level-planning": level, "level-asking": "1"})
        assert answer.status_code == 422, level
    done = {"page": "p", "revision": "7", "finish": "1", "level-planning": "2", "level-asking": "2"}
    assert ruth.post(path, done).status_code == 303
    page = ruth.get(path).text
    assert "Three open questions." in page
    assert "1 of 2 levels are exactly the master’s" in page
    assert "Not close enough" in page
    assert ruth.post(path, done).status_code == 409, "finished is finished"
    assert ruth.post(f"/calibration/begin/{credential(scene)}").location.rpartition("/")[2] not in path, "the next one is another"


def test_nobody_sees_anybody_elses_calibration(scene: Scene) -> None:
    make(scene, 2)
    ruth, raj = (desk_of(scene, person) for person in scene.reviewers[:2])
    path = "/calibration/" + ruth.post(f"/calibration/begin/{credential(scene)}").location.rpartition("/")[2]
    assert raj.get(path).status_code == 404
    assert raj.post(path, {"level-planning": "1"}).status_code == 404
    assert coordinator(scene).get(path).status_code == 403


def test_when_nothing_is_left_it_says_so(scene: Scene) -> None:
    make(scene, 2)
    ruth = desk_of(scene, scene.reviewers[0])
    for _ in range(2):
        score(ruth, scene, planning=0, asking=0)
    assert "You have scored every example" in ruth.get("/calibration/").text
    answer = ruth.post(f"/calibration/begin/{credential(scene)}")
    assert answer.status_code == 409
    assert "no further example" in answer.text
    make(scene, 1)
    score(ruth, scene, **MASTER)
    assert "1 of 2 passed" in ruth.get("/calibration/").text


def test_a_year_later_and_after_drift_it_is_asked_for_again(scene: Scene, world: World, clock: Clock) -> None:
    make(scene, 2)
    person = scene.reviewers[0]
    ruth = desk_of(scene, person)
    score(ruth, scene, **MASTER)
    score(ruth, scene, **MASTER)
    who = {"district_id": person.district_id, "person_id": person.id, "microcredential_id": credential(scene)}
    clock.tick(seconds=1)
    with world.tool.database.unit() as session:
        assert calibrating.ask_again(session, world.tool, **who, cause="drift") is True
    with world.tool.database.unit() as session:
        assert calibrating.ask_again(session, world.tool, **who, cause="drift") is False, "asked already"
    page = ruth.get("/calibration/").text
    assert "You are asked to calibrate again." in page
    assert "drifted apart" in page
    _, reviews = scene.seated()
    assert reviews == []
    make(scene, 2)
    clock.tick(seconds=1)
    score(ruth, scene, **MASTER)
    score(ruth, scene, **MASTER)
    assert holders(scene.rows(Review)) == {person.id}
    clock.tick(days=366)
    other = world.seated(world.enrollment(scene.activity, world.person(scene.registration, "Ben Teacher")))
    assert world.reviews(other) == []
    ruth = desk_of(scene, person)
    score(ruth, scene, **MASTER)
    assert {one.round for one in scene.rows(Calibration)} == {1, 2}, "what is a year old can be scored again"


def test_who_drifts_is_asked_once_for_each_stretch_of_work(scene: Scene, world: World, clock: Clock) -> None:
    make(scene, 2)
    drifting, steady = scene.reviewers[:2]
    for person in (drifting, steady):
        score(desk_of(scene, person), scene, **MASTER)
        score(desk_of(scene, person), scene, **MASTER)
    assert ask_who_drifts(world.tool) == 0
    pairs = [(0, 2), (2, 0)] * 15
    double_scored(scene, pairs, pair=(0, 2))
    double_scored(scene, [(n % 3, n % 3) for n in range(30)], pair=(1, 2))
    clock.tick(days=1)
    assert ask_who_drifts(world.tool) == 1
    assert ask_who_drifts(world.tool) == 0
    [call] = scene.rows(CalibrationCall)
    assert (call.person_id, call.cause) == (drifting.id, "drift")
    [told] = [one for one in scene.rows(Notice) if one.kind == "review.calibrate"]
    assert (told.person_id, told.read_at) == (drifting.id, None)
    make(scene, 2)
    clock.tick(days=1)
    score(desk_of(scene, drifting), scene, **MASTER)
    assert [one.read_at for one in scene.rows(Notice) if one.kind == "review.calibrate"] == [clock()]
    score(desk_of(scene, drifting), scene, **MASTER)
    assert ask_who_drifts(world.tool) == 0, "nothing has come since"
    clock.tick(days=1)
    double_scored(scene, pairs, pair=(0, 2))
    clock.tick(days=1)
    assert ask_who_drifts(world.tool) == 1


def test_the_district_may_do_without(scene: Scene, world: World) -> None:
    make(scene, 2)
    submission, reviews = scene.seated()
    assert reviews == []
    assert coordinator(scene).post("/open-work/settings", {"grace_days": "7"}).status_code == 303
    assert len(holders(world.reviews(submission))) == 2, "what waited is given out at once"
    assert "does not ask for calibration" in coordinator(scene).get("/examples/").text


def test_retiring_the_second_example_ends_it(scene: Scene, world: World) -> None:
    first, _ = make(scene, 2)
    submission, reviews = scene.seated()
    assert reviews == []
    browser = coordinator(scene)
    assert "Calibration for this microcredential then ends" in browser.get(f"/examples/{first}").text
    assert browser.post(f"/examples/{first}", {"do": "retire"}).status_code == 303
    assert len(holders(world.reviews(submission))) == 2
    assert browser.post(f"/examples/{first}", {"do": "retire"}).status_code == 409
    assert browser.post(f"/examples/{first}", master()).status_code == 409


def test_an_example_of_real_work_holds_no_name(scene: Scene, world: World) -> None:
    submission, [first, second] = scene.seated(filename="Adabella Lovelace plan.pdf")
    browser = coordinator(scene)
    path = f"/examples/from/{submission.id}"
    assert browser.get(path).status_code == 409, "not decided yet"
    world.judge(first, 2)
    world.judge(second, 2)
    assert "Make it an example" in browser.get(f"/review/submissions/{submission.id}").text
    assert browser.get(path).status_code == 200
    for missing in ("agreed", "nameless"):
        given = {name: "y" for name in ("agreed", "nameless") if name != missing}
        assert browser.post(path, given).status_code == 422, missing
    assert scene.rows(Anchor) == []
    assert browser.post(path, {"agreed": "y", "nameless": "y"}).status_code == 303
    assert browser.post(path, {"agreed": "y", "nameless": "y"}).status_code == 409, "an example already"
    [anchor] = scene.rows(Anchor)
    assert "Adabella" not in str(anchor.snapshot)
    assert anchor.snapshot["self_assessment"] == {}
    page = browser.get(f"/examples/{anchor.id}").text
    assert "Adabella" not in page
    assert "Lesson plan, file 1" in page
    assert browser.post(f"/examples/{anchor.id}", master()).status_code == 303
    make(scene, 1)
    free = next(person for person in scene.reviewers if person.id not in (first.reviewer_id, second.reviewer_id))
    for person, offered in ((scene.person(first), 1), (free, 2)):
        with world.tool.database.read() as session:
            found = calibrating._offered(session, person.district_id, credential(scene), person.id)
        assert len(found) == offered, "who judged it is not given it"


@pytest.mark.parametrize(("keep", "pieces"), [({}, 1), ({"with_students": "y"}, 2)])
def test_pieces_with_students_stay_behind_unless_families_agreed(scene: Scene, world: World, keep: dict[str, str], pieces: int) -> None:
    submission, [first, second] = scene.seated()
    with world.tool.database.unit() as session:
        row = session.get_one(type(submission), submission.id)
        consent = {"form": "district", "students": 3, "place": "Folder of Room 12"}
        parts = row.snapshot["artifacts"]
        row.snapshot = {**row.snapshot, "artifacts": [parts[0], {**parts[1], "students": "identifiable", "consent": consent}]}
    world.judge(first, 2)
    world.judge(second, 2)
    assert coordinator(scene).post(f"/examples/from/{submission.id}", {"agreed": "y", "nameless": "y", **keep}).status_code == 303
    [anchor] = scene.rows(Anchor)
    assert len(anchor.snapshot["artifacts"]) == pieces
    assert "Room 12" not in str(anchor.snapshot)


def test_master_scores_are_complete_before_use_and_do_not_change_after(scene: Scene) -> None:
    browser = coordinator(scene)
    path = f"/examples/write/{credential(scene)}"
    for missing in SAMPLE:
        answer = browser.post(path, {**SAMPLE, missing: "  "})
        assert answer.status_code == 422, missing
        assert "What was heard." in answer.text or missing == "piece-recording"
    assert scene.rows(Anchor) == []
    browser.post(path, SAMPLE)
    [anchor] = scene.rows(Anchor)
    one = f"/examples/{anchor.id}"
    assert browser.post(one, master(planning=2)).status_code == 422, "one criterion lacks"
    assert browser.post(one, master(revision=1, why=" ", **MASTER)).status_code == 422, "no why"
    assert browser.post(one, {**master(revision=0), "page": "another"}).status_code == 409
    assert browser.post(one, {**master(), "do": "something"}).status_code == 400
    assert browser.post(one, master("save", revision=2)).status_code == 303
    assert scene.rows(Anchor)[0].state == "draft"
    assert browser.post(one, master(revision=3)).status_code == 303
    assert browser.post(one, master("save", revision=4, planning=0, asking=0)).status_code == 409
    assert {key: given["level"] for key, given in scene.rows(Anchor)[0].master.items()} == MASTER
    assert {one.action for one in scene.rows(AuditEvent)} >= {"review:anchor:made", "review:anchor:ready"}


def test_an_author_writes_samples_but_takes_nobodys_work(scene: Scene, world: World) -> None:
    author = world.person(scene.registration, "Arthur Author")
    world.grant(author, "author")
    browser = world.browser(author, "designer", context=scene.context)
    assert browser.post(f"/examples/write/{credential(scene)}", SAMPLE).status_code == 303
    submission, [first, second] = scene.seated()
    world.judge(first, 2)
    world.judge(second, 2)
    assert browser.post(f"/examples/from/{submission.id}", {"agreed": "y", "nameless": "y"}).status_code == 403
    own = world.browser(scene.ada, "console", context=scene.context)
    assert own.post(f"/examples/from/{submission.id}", {"agreed": "y", "nameless": "y"}).status_code == 404


def test_nothing_of_another_district(scene: Scene, world: World) -> None:
    [anchor, _] = make(scene, 2)
    submission, _ = scene.seated()
    registration = world.registration()
    stranger = world.browser(world.person(registration, "Stranger"), "console", "author", "reviewer", context=world.context(registration))
    for path in (f"/examples/{anchor}", f"/examples/from/{submission.id}", f"/examples/write/{credential(scene)}"):
        assert stranger.get(path).status_code == 404, path
        assert stranger.post(path, {"do": "retire", "agreed": "y", "nameless": "y"}).status_code == 404, path
    assert stranger.post(f"/calibration/begin/{credential(scene)}").status_code in (404, 409)
    assert scene.rows(Calibration) == []
    assert "Asking good questions" not in stranger.get("/examples/").text


def test_an_erased_teachers_work_is_no_example_any_more(scene: Scene, world: World) -> None:
    submission, [first, second] = scene.seated()
    world.judge(first, 2)
    world.judge(second, 2)
    browser = coordinator(scene)
    browser.post(f"/examples/from/{submission.id}", {"agreed": "y", "nameless": "y"})
    [anchor] = scene.rows(Anchor)
    browser.post(f"/examples/{anchor.id}", master())
    assert browser.post(f"/keeping/people/{scene.ada.id}/erase", {"sure": "y", "name": "Adabella Lovelace"}).status_code in (303, 422)
    from lti_tool.keeping import erasing

    with world.tool.database.unit() as session:
        if not erasing.is_erased(session.get_one(Person, scene.ada.id)):
            erasing.erase(session, world.tool, district_id=scene.ada.district_id, person_id=scene.ada.id, actor_id=scene.dana.id)
    [anchor] = scene.rows(Anchor)
    assert anchor.state == "retired"
    assert "About" not in str(anchor.snapshot)
    assert "Three open" not in str(anchor.master)
    with world.tool.database.read() as session:
        assert anchors.anchor_of(session, scene.ada.district_id, anchor.id).master["planning"]["level"] == 2


def test_an_exceptions_reason_goes_with_the_erased_teacher(scene: Scene, world: World) -> None:
    from lti_tool.keeping import erasing

    submission, _ = scene.seated()
    assert coordinator(scene).post(f"/review/submissions/{submission.id}/exception", decided("earned")).status_code == 303
    with world.tool.database.unit() as session:
        erasing.erase(session, world.tool, district_id=scene.ada.district_id, person_id=scene.ada.id, actor_id=scene.dana.id)
    page = coordinator(scene).get(f"/review/submissions/{submission.id}").text
    assert "left the district" not in page


class TestQualification:
    """What a reviewer may judge."""

    def path(self, person: Person) -> str:
        return f"/reviewers/{person.id}"

    def test_named_microcredentials_only(self, scene: Scene, world: World) -> None:
        browser, ruth = coordinator(scene), scene.reviewers[0]
        other = world.version(scene.ada.district_id, title="Something else")
        submission, before = scene.seated()
        held = ruth.id in holders(before)
        assert browser.post(
            self.path(ruth) + "/qualification", {"extent": "named", "named": str(other.microcredential_id)}
        ).status_code == 303  # fmt: skip
        assert ruth.id not in holders(world.reviews(submission)), "what was open of another went on"
        assert held or len(holders(world.reviews(submission))) == 2
        theirs = world.seated(world.enrollment(world.activity(scene.context, other), world.person(scene.registration, "Ben Teacher")))
        assert len(holders(world.reviews(theirs))) == 2
        page = browser.get(f"/review/submissions/{submission.id}").text
        assert "not qualified for this microcredential" in page
        assert "1 microcredential" in browser.get("/review/people").text
        assert browser.post(self.path(ruth) + "/qualification", {"extent": "all"}).status_code == 303
        assert "1 microcredential<" not in browser.get("/review/people").text

    def test_up_to_a_day(self, scene: Scene, world: World, clock: Clock) -> None:
        ruth = scene.reviewers[0]
        assert coordinator(scene).post(
            self.path(ruth) + "/qualification", {"extent": "all", "until": "2026-12-01"}
        ).status_code == 303  # fmt: skip
        clock.tick(days=8)
        _, reviews = scene.seated()
        assert ruth.id not in holders(reviews)
        assert "Ended" in coordinator(scene).get("/review/people").text
        assert "gets no new work" in coordinator(scene).get(self.path(ruth)).text

    def test_what_can_not_be(self, scene: Scene, world: World) -> None:
        browser, ruth = coordinator(scene), scene.reviewers[0]
        foreign = world.version(world.district().id)
        for data in (
            {},
            {"extent": "named"},
            {"extent": "named", "named": "x"},
            {"extent": "named", "named": str(foreign.microcredential_id)},
            {"extent": "all", "until": "2020-01-01"},
            {"extent": "all", "until": "tomorrow"},
        ):
            assert browser.post(self.path(ruth) + "/qualification", data).status_code == 422, data
        assert browser.post(self.path(scene.ada) + "/qualification", {"extent": "all"}).status_code == 404, "no reviewer"
        assert browser.get(f"/reviewers/{uuid4()}").status_code == 404


class TestWorkplaces:
    """Same school, and supervisors."""

    def place(self, scene: Scene, person: Person, **given: str) -> int:
        return coordinator(scene).post(f"/reviewers/{person.id}/workplace", given).status_code

    def test_the_same_school_where_the_district_wants_it(self, scene: Scene) -> None:
        for person in (scene.ada, scene.reviewers[0]):
            assert self.place(scene, person, school=" Maple  Street School") == 303
        assert coordinator(scene).post("/open-work/settings", {"grace_days": "7", "schools_apart": "y"}).status_code == 303
        _, reviews = scene.seated()
        assert holders(reviews) == {person.id for person in scene.reviewers[1:]}
        assert "works at the same school" in scene.facilitator().get(f"/review/submissions/{reviews[0].submission_id}").text

    @pytest.mark.parametrize("up", [True, False])
    def test_supervisors_either_way(self, scene: Scene, up: bool) -> None:
        ruth = scene.reviewers[0]
        below, above = (scene.ada, ruth) if up else (ruth, scene.ada)
        assert self.place(scene, below, supervisor=above.email.upper()) == 303
        _, reviews = scene.seated()
        assert holders(reviews) == {person.id for person in scene.reviewers[1:]}

    def test_a_supervisor_whom_nobody_knows(self, scene: Scene) -> None:
        assert self.place(scene, scene.ada, supervisor="nobody@example.org") == 422
        assert self.place(scene, scene.ada, supervisor=scene.ada.email) == 422, "not themselves"

    def test_the_lms_tells_a_school_and_a_coordinators_word_stays(self, scene: Scene, world: World) -> None:
        def launch(school: str) -> None:
            browser = world.browser(scene.ada, "earner", activity=scene.activity, launch={"custom": {"school": school}})
            assert browser.get("/").status_code == 303

        def known() -> str:
            page = coordinator(scene).get(f"/reviewers/{scene.ada.id}").text
            return page.partition('id="school"')[2].partition('value="')[2].partition('"')[0]

        launch("$Canvas.account.name")
        assert known() == "", "a variable that was not filled in"
        launch("Maple\x00 Street")
        assert known() == "Maple Street"
        launch("Oak Lane")
        assert known() == "Oak Lane"
        self.place(scene, scene.ada, school="Elm Road")
        launch("Oak Lane")
        assert known() == "Elm Road"


def test_calibration_is_no_secret_of_one_account(stage: Callable[..., Scene], world: World) -> None:
    """Who scored the master, by whatever account, is not given the example."""
    scene = stage(pool=1)
    ruth = scene.reviewers[0]
    twin = world.person(scene.registration, "R. F.", email=ruth.email.upper())
    browser = world.browser(twin, "console", context=scene.context)
    browser.post(f"/examples/write/{credential(scene)}", SAMPLE)
    [anchor] = scene.rows(Anchor)
    browser.post(f"/examples/{anchor.id}", master())
    with world.tool.database.read() as session:
        assert calibrating._offered(session, ruth.district_id, credential(scene), ruth.id) == []


def test_a_coordinator_asks_for_a_new_calibration(scene: Scene, clock: Clock) -> None:
    make(scene, 2)
    ruth = scene.reviewers[0]
    browser, hers = coordinator(scene), desk_of(scene, ruth)
    path = f"/reviewers/{ruth.id}/calibration/{credential(scene)}"
    assert "not_asked" in browser.post(path, {"reason": "x"}).location
    for _ in range(2):
        score(hers, scene, **MASTER)
    assert "Ask for a new calibration" in browser.get(f"/reviewers/{ruth.id}").text
    clock.tick(seconds=1)
    assert browser.post(path, {"reason": " "}).status_code == 422
    assert "reviewers.asked" in browser.post(path, {"reason": "The rubric is read anew."}).location
    assert "The rubric is read anew." in hers.get("/calibration/").text
    assert "The rubric is read anew." in browser.get(f"/reviewers/{ruth.id}").text
    assert browser.post(f"/reviewers/{ruth.id}/calibration/{uuid4()}", {"reason": "x"}).status_code == 404
