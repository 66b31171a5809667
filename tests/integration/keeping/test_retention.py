"""Recordings of students go after the outcome and the time for an appeal; what was decided stays; nothing is left half deleted."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lti_tool.blobs import StoreFailed
from lti_tool.evidence import retention
from lti_tool.evidence.keeping_models import BlobDeletion
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.snapshot import Snapshot
from tests.conftest import Clock
from tests.factories.world import FrameBrowser
from tests.integration.keeping.conftest import Kept, upload
from tests.integration.keeping.test_problems import fetched, links

DAYS = 120


@pytest.fixture
def earned(kept: Kept) -> Kept:
    kept.judge_all()
    return kept


def gone(kept: Kept) -> list[str]:
    return [row.title for row in kept.rows(Artifact) if row.deleted_at]


def test_on_its_day_and_not_before(earned: Kept, clock: Clock) -> None:
    ended = earned.enrollment().ended_at
    assert ended is not None
    clock.tick(days=DAYS, seconds=-1)
    assert retention.sweep(earned.tool) == 0
    clock.tick(seconds=1)
    before = earned.submission()
    assert retention.sweep(earned.tool) == 1
    assert gone(earned) == ["Our circle"], "nobody can be recognized in the plan"
    assert retention.sweep(earned.tool) == 0, "once is enough"
    assert earned.desk.stored_files() == 1
    assert deletions(earned) == []
    row, after = earned.recording(), earned.submission()
    assert (row.sha256, row.size) == (Snapshot.model_validate(after.snapshot).artifacts[1].sha256, row.size)
    assert (after.snapshot, after.snapshot_hash, after.outcome) == (before.snapshot, before.snapshot_hash, "earned")
    assert row.deleted_at == ended + timedelta(days=DAYS)


def test_the_pages_say_so_before_and_after(earned: Kept, clock: Clock) -> None:
    [first, _] = earned.reviews()
    path = f"/evidence/submission/{earned.submission().id}"
    mine = earned.desk.browser
    assert "will be deleted on" in mine.get(path).text
    assert "will be deleted on" in mine.get("/keeping/").text
    clock.tick(days=DAYS)
    desk = earned.at_desk(first)
    mine = earned.mine()
    old = links(desk.get(f"/review/{first.id}").text)
    retention.sweep(earned.tool)
    assert "The file was deleted by the retention rule" in mine.get(path).text
    assert "deleted on" in mine.get("/keeping/").text
    assert "by the retention rule" in desk.get(f"/review/{first.id}").text
    assert sorted(fetched(earned, url).status_code for url in old) == [200, 410]


def test_work_that_goes_on_is_left_alone(kept: Kept, clock: Clock) -> None:
    clock.tick(days=1000)
    assert retention.sweep(kept.tool) == 0, "it waits for its reviewers"
    assert gone(kept) == []


def test_a_legal_hold_stops_it_until_it_is_lifted(earned: Kept, clock: Clock) -> None:
    def boss() -> FrameBrowser:
        return earned.coordinator()

    path = f"/keeping/people/{earned.desk.ada.id}"
    assert boss().post(path + "/hold", {"reason": " "}).status_code == 422
    assert boss().post(path + "/hold", {"reason": "Case 12"}).status_code == 303
    assert "Case 12" in boss().get(path).text
    assert "Dana Okafor" in boss().get(path).text
    assert boss().post(path + "/hold", {"reason": "Again"}).status_code == 409
    clock.tick(days=2 * DAYS)
    assert retention.sweep(earned.tool) == 0
    mine = earned.mine()
    assert "will be deleted on" not in mine.get("/keeping/").text
    assert boss().post(path + "/lift").status_code == 303
    assert boss().post(path + "/lift").status_code == 404
    assert retention.sweep(earned.tool) == 1


def test_a_piece_with_a_breach_goes_whatever_was_declared(kept: Kept, clock: Clock) -> None:
    [first, _] = kept.reviews()
    plan = kept.plan()
    kept.report(first, plan)
    kept.mine().post(f"/privacy/mine/{kept.hold().id}/redo", upload("plan.txt"), content_type="multipart/form-data")
    kept.coordinator().post(f"/privacy/{kept.hold().id}", {"act": "accept"})
    kept.judge_all()
    clock.tick(days=DAYS)
    assert retention.sweep(kept.tool) == 2
    assert kept.desk.stored_files() == 0, "with what took its place"


def test_a_store_that_fails_is_asked_again(earned: Kept, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    clock.tick(days=DAYS)

    def fail(_key: str) -> None:
        raise StoreFailed("no answer")

    with monkeypatch.context() as broken:
        broken.setattr(earned.tool.blobs, "delete", fail)
        assert retention.sweep(earned.tool) == 1
    assert gone(earned) == ["Our circle"]
    assert earned.desk.stored_files() == 2
    [row] = deletions(earned)
    assert row.tried_at is not None
    assert retention.finish(earned.tool) == 0
    assert earned.desk.stored_files() == 2, "it gets some rest"
    clock.tick(minutes=10)
    assert retention.finish(earned.tool) == 0
    assert earned.desk.stored_files() == 1
    assert deletions(earned) == []


def deletions(kept: Kept) -> list[Any]:
    from sqlalchemy import select

    with kept.tool.database.read() as session:
        return list(session.scalars(select(BlobDeletion)))


class Killed(BaseException):
    """The process ends here."""


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_between_row_and_bytes(earned: Kept, clock: Clock, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    clock.tick(days=DAYS)
    real = earned.tool.blobs.delete

    def die(key: str) -> None:
        if when == "after":
            real(key)
        raise Killed

    with monkeypatch.context() as broken:
        broken.setattr(earned.tool.blobs, "delete", die)
        with pytest.raises(Killed):
            retention.sweep(earned.tool)
    assert gone(earned) == ["Our circle"], "the row came first"
    assert len(deletions(earned)) == 1
    retention.sweep(earned.tool)
    assert deletions(earned) == []
    assert earned.desk.stored_files() == 1


def test_background_only_where_the_district_wants_it(earned: Kept, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    with earned.tool.database.unit() as session:
        for row in session.query(Artifact):
            row.students = "background"
    clock.tick(days=DAYS)
    assert retention.sweep(earned.tool) == 0
    monkeypatch.setattr(earned.tool, "settings", earned.tool.settings.model_copy(update={"retention_background": True}))
    assert retention.sweep(earned.tool) == 2


def test_the_worker_does_it(earned: Kept, clock: Clock) -> None:
    from lti_tool import jobs

    with earned.tool.database.unit() as session:
        retention.give_up(session, earned.tool, earned.desk.ada.district_id, [earned.recording().blob_key])
    jobs.work_once(earned.tool)
    assert earned.desk.stored_files() == 1
