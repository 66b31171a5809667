"""Figures of agreement: counted with the decision, read within bounds, shown to whom they concern."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import timedelta
from io import StringIO
from uuid import uuid4

import pytest
from sqlalchemy import update

from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Submission
from lti_tool.launch.models import Person
from lti_tool.platforms.models import Registration
from lti_tool.review import agreement
from lti_tool.review.models import DoubleScore
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene

Levels = tuple[int, int]


def test_a_decision_leaves_what_both_scored(scene: Scene) -> None:
    submission, [first, second] = scene.seated()
    scene.world.judge(first, {"planning": 2, "asking": 1})
    scene.world.tool.clock.tick(days=2)  # type: ignore[attr-defined]
    scene.world.judge(second, {"planning": 2, "asking": 2})
    assert scene.rows(DoubleScore) == [], "nothing before it is decided"
    [third] = scene.open_reviews(submission)
    scene.world.judge(third, 2)
    [row] = scene.rows(DoubleScore)
    assert row.criteria == {
        "planning": {"levels": [2, 2], "met": [True, True], "settled": None},
        "asking": {"levels": [1, 2], "met": [False, True], "settled": True},
    }
    assert (row.first_id, row.second_id, row.submission_id) == (first.reviewer_id, second.reviewer_id, submission.id)
    assert (row.first_seconds, row.second_seconds) == (0, 2 * 86_400)
    with scene.world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
    assert (row.microcredential_id, row.version_id) == (version.microcredential_id, version.id)


@pytest.mark.parametrize("what", ["test student", "beta"])
def test_what_does_not_count_leaves_nothing(scene: Scene, what: str) -> None:
    _, reviews = scene.seated()
    with scene.world.tool.database.unit() as session:
        if what == "beta":
            session.execute(update(Registration).where(Registration.id == scene.registration.id).values(environment="beta"))
        else:
            session.execute(update(Person).where(Person.id == scene.ada.id).values(is_test=True))
    for review in reviews:
        scene.world.judge(review, 2)
    assert scene.submission().state == "decided"
    assert scene.rows(DoubleScore) == []


def score(
    scene: Scene, planning: Sequence[Levels], *, pair: tuple[int, int] = (0, 1), version: MicrocredentialVersion | None = None
) -> None:
    """Decided submissions with these levels for planning, and 2 and 2 for asking."""
    world, first, second = scene.world, scene.reviewers[pair[0]], scene.reviewers[pair[1]]
    now = world.tool.clock()
    with world.tool.database.unit() as session:
        version = version or session.get_one(MicrocredentialVersion, scene.activity.version_id)
        base = len(session.query(Submission).all())
        for n, (a, b) in enumerate(planning):
            values = {"enrollment_id": scene.enrollment.id, "attempt": base + n + 1, "state": "decided", "outcome": "revise"}
            submission = Submission(
                id=uuid4(),
                district_id=scene.registration.district_id,
                snapshot={},
                snapshot_hash="",
                submitted_at=now,
                decided_at=now,
                **values,
            )
            differ = (a >= 2) != (b >= 2)
            session.add(submission)
            session.add(
                DoubleScore(
                    district_id=scene.registration.district_id,
                    submission_id=submission.id,
                    microcredential_id=version.microcredential_id,
                    version_id=version.id,
                    first_id=first.id,
                    second_id=second.id,
                    criteria={
                        "planning": {"levels": [a, b], "met": [a >= 2, b >= 2], "settled": True if differ else None},
                        "asking": {"levels": [2, 2], "met": [True, True], "settled": None},
                    },
                    first_seconds=86_400,
                    second_seconds=3 * 86_400,
                    decided_at=now + timedelta(seconds=base + n),
                )
            )


MIXED: list[Levels] = [(n % 3, n % 3) for n in range(24)] + [(2, 1)] * 6


@pytest.fixture(name="console")
def _console(scene: Scene) -> FrameBrowser:
    return scene.world.browser(scene.dana, "console")


def plain(page: str) -> str:
    return " ".join(page.split())


def test_nothing_yet(scene: Scene, console: FrameBrowser) -> None:
    assert "Nothing to compare yet" in console.get("/review/agreement/").text
    assert "Not enough yet: 0 of 30" in console.get("/review/agreement/reviewers").text
    assert console.get("/review/agreement/microcredentials.csv").data.count(b"\n") == 1
    assert "Nothing to compare yet" in scene.world.browser(scene.reviewers[0], "earner").get("/review/agreement/own").text


def test_one_below_enough_shows_no_figure(scene: Scene, console: FrameBrowser) -> None:
    score(scene, MIXED[:29])
    with scene.world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
    for path in ("", "reviewers", f"microcredentials/{version.microcredential_id}"):
        page = console.get(f"/review/agreement/{path}").text
        assert "Not enough yet: 29 of 30" in page
        assert "interval-row" not in page
    own = scene.world.browser(scene.reviewers[0], "earner").get("/review/agreement/own").text
    assert "Not enough yet: 29 of 30" in own


def test_the_figures(scene: Scene, console: FrameBrowser) -> None:
    score(scene, MIXED)
    page = plain(console.get("/review/agreement/").text)
    assert "<strong>80 %</strong>" in page, "six of thirty would have been decided otherwise"
    assert page.count('class="interval"') == 4
    assert "<td>20 %</td>" in page, "a third was needed"
    assert "2.0 <span" in page, "the middle of one day and three"
    head, row = list(csv.reader(StringIO(console.get("/review/agreement/microcredentials.csv").data.decode("utf-8-sig"))))
    found = dict(zip(head, row, strict=True))
    assert (found["submissions"], found["same"], found["third_share"]) == ("30", "0.8", "0.2")
    assert float(found["same_low"]) < 0.8 < float(found["same_high"])
    with scene.world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
        rubric = agreement.by_criterion(session, district_id=scene.registration.district_id, microcredential_id=version.microcredential_id)
        page_of = agreement.by_reviewer(session, district_id=scene.registration.district_id)
    planning, asking = rubric.criteria
    assert (planning.name, planning.n, asking.n) == ("Planning", 30, 30)
    assert planning.agreement.exact is not None
    assert planning.agreement.exact.value == 0.8
    assert asking.agreement.kappa is not None
    assert asking.agreement.kappa.value is None
    assert "not defined" in console.get(f"/review/agreement/microcredentials/{version.microcredential_id}").text
    by_name = {row.name: row for row in page_of.rows}
    ruth, raj = by_name["Ruth Feldman"], by_name["Raj Venkat"]
    assert (ruth.leniency, raj.leniency) == (0.1, -0.1)
    assert (ruth.turnaround.median, raj.turnaround.median) == (1, 3)  # type: ignore[union-attr]
    assert (ruth.overturned, raj.overturned) == (None, None), "six criteria are too few to tell"
    assert by_name["Rosa Delgado"].n == 0


def test_who_is_not_followed(scene: Scene) -> None:
    score(scene, [(2, 1)] * 10)
    with scene.world.tool.database.read() as session:
        rows = agreement.by_reviewer(session, district_id=scene.registration.district_id).rows
    assert {row.name: row.overturned for row in rows} == {"Ruth Feldman": 0.0, "Raj Venkat": 1.0, "Rosa Delgado": None}


def test_one_sees_the_own_figures_and_no_partner(scene: Scene) -> None:
    score(scene, MIXED)
    page = scene.world.browser(scene.reviewers[1], "earner").get("/review/agreement/own").text
    assert "80 %" in page
    assert "−0.10" in page
    for other in (scene.reviewers[0], scene.reviewers[2], scene.ada, scene.dana):
        assert other.label not in page
    assert "calibrate anew" not in page


def test_drift_asks_for_calibration(scene: Scene, console: FrameBrowser) -> None:
    score(scene, MIXED)
    with scene.world.tool.database.read() as session:
        ids = [one.id for one in scene.reviewers]
        assert agreement.drifted_reviewers(session, district_id=scene.registration.district_id, reviewer_ids=ids) == frozenset()
        assert agreement.drifted_reviewers(session, district_id=scene.registration.district_id, reviewer_ids=[]) == frozenset()
    score(scene, [((n // 3) % 3, n % 3) for n in range(30)], pair=(0, 2))
    with scene.world.tool.database.read() as session:
        found = agreement.drifted_reviewers(session, district_id=scene.registration.district_id, reviewer_ids=ids)
    assert found == {scene.reviewers[0].id, scene.reviewers[2].id}
    assert console.get("/review/agreement/reviewers").text.count("Calibrate anew</span>") == 2
    assert "time to calibrate anew" in scene.world.browser(scene.reviewers[0], "earner").get("/review/agreement/own").text


def test_only_the_newest_count_and_a_page_reads_no_more(scene: Scene, console: FrameBrowser) -> None:
    score(scene, [(2, 0)] * 150)
    counts = []
    for _ in range(2):
        with counted(scene.world.tool) as statements:
            console.get("/review/agreement/")
        counts.append(len(statements))
        score(scene, [(2, 2)] * 100)
    assert counts[0] == counts[1]
    with scene.world.tool.database.read() as session:
        [row] = agreement.by_microcredential(session, district_id=scene.registration.district_id).rows
    assert (row.n, row.third) == (200, 0)


def test_lists_turn_pages(scene: Scene, console: FrameBrowser) -> None:
    for n in range(12):
        score(scene, [(2, 2)], version=scene.world.version(scene.registration.district_id, title=f"Skill {n:02}"))
    page = console.get("/review/agreement/").text
    assert ("Skill 09" in page, "Skill 10" in page) == (True, False)
    [_, rest] = page.split("/review/agreement/?after=")
    page = console.get("/review/agreement/?after=" + rest[:36]).text
    assert ("Skill 09" in page, "Skill 11" in page, "?after=" in page) == (False, True, False)
    assert console.get("/review/agreement/microcredentials.csv").data.count(b"Skill") == 12
    assert console.get("/review/agreement/?after=nonsense").status_code == 400
    assert console.get(f"/review/agreement/?after={uuid4()}").status_code == 404


def test_versions_have_figures_of_their_own(scene: Scene, world: World, console: FrameBrowser) -> None:
    score(scene, [(2, 2)] * 3)
    with world.tool.database.unit() as session:
        old = session.get_one(MicrocredentialVersion, scene.activity.version_id)
        new = MicrocredentialVersion(
            district_id=old.district_id,
            microcredential_id=old.microcredential_id,
            number=2,
            title=old.title,
            content=old.content,
            content_hash=old.content_hash,
            activity_key="key-new",
            published_at=world.tool.clock(),
            published_by=None,
        )
        session.add(new)
    score(scene, [(2, 2)] * 2, version=new)
    path = f"/review/agreement/microcredentials/{old.microcredential_id}"
    assert "Not enough yet: 2 of 30" in console.get(path).text
    assert "Not enough yet: 3 of 30" in console.get(f"{path}?version={old.id}").text
    assert console.get(f"{path}?version={uuid4()}").status_code == 404
    assert console.get(f"{path}.csv?version={old.id}").data.count(b"\n") == 3


def test_nothing_of_another_district(scene: Scene, world: World) -> None:
    score(scene, MIXED)
    foreign = world.registration()
    browser = world.browser(world.person(foreign, "Fay Foreign"), "console", "reviewer")
    with world.tool.database.read() as session:
        version = session.get_one(MicrocredentialVersion, scene.activity.version_id)
        assert agreement.own(session, district_id=foreign.district_id, reviewer_id=scene.reviewers[0].id).n == 0
    assert browser.get(f"/review/agreement/microcredentials/{version.microcredential_id}").status_code == 404
    assert browser.get(f"/review/agreement/microcredentials/{version.microcredential_id}.csv").status_code == 404
    assert browser.get(f"/review/agreement/?after={version.microcredential_id}").status_code == 404
    for path in ("", "reviewers", "microcredentials.csv", "reviewers.csv"):
        page = browser.get(f"/review/agreement/{path}").text
        assert "Ruth Feldman" not in page
        assert version.title not in page
