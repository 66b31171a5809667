"""Everything of a person in one ZIP: readable offline, whole, and written while it is sent."""

from __future__ import annotations

import hashlib
import io
import json
import re
import tracemalloc
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.blobs import BlobGone
from lti_tool.evidence import retention
from lti_tool.keeping.archive import Entry, stream
from tests.conftest import Clock
from tests.integration.evidence.conftest import PNG
from tests.integration.keeping.conftest import BLURRED, FILM, PLAN, Kept, upload


def opened(answer: Any) -> zipfile.ZipFile:
    assert answer.status_code == 200
    assert answer.mimetype == "application/zip"
    archive = zipfile.ZipFile(io.BytesIO(answer.data))
    assert archive.testzip() is None
    return archive


def content(archive: zipfile.ZipFile) -> dict[str, Any]:
    return json.loads(archive.read("data.json"))  # type: ignore[no-any-return]


def test_a_teacher_takes_everything_along(kept: Kept) -> None:
    kept.judge_all()
    archive = opened(kept.desk.browser.post("/keeping/download"))
    data = content(archive)
    [one] = data["microcredentials"]
    assert (one["title"], one["state"]) == ("Asking good questions", "earned")
    assert {answer["answer"] for answer in one["answers"]} == {"Grade five, 24 students.", "They ask each other now."}
    assert [own["level"] for own in one["self_assessment"]] == ["Met", "Almost"]
    [attempt] = one["submissions"]
    assert attempt["hash"] == kept.submission().snapshot_hash
    assert [row["met"] for row in attempt["feedback"]["criteria"]] == [True, True]
    assert attempt["frozen_copy"] == kept.submission().snapshot
    assert one["scores"][0]["given"] in ("100", "100.000")
    files = {piece["title"]: piece for piece in attempt["evidence"]}
    for title, there in (("My plan", PLAN), ("Our circle", FILM)):
        assert archive.read(files[title]["file"]) == there
        assert hashlib.sha256(there).hexdigest() == files[title]["sha256"]
    assert files["My plan"]["file"].endswith("/Übung „eins“.txt")
    assert not any(person.label in archive.read("data.json").decode() for person in kept.reviewers)


def test_the_index_reads_offline_without_scripts(kept: Kept) -> None:
    kept.desk.post("/requirement/plan/add/text", {"title": "x", "text": "y"})
    archive = opened(kept.desk.browser.post("/keeping/download"))
    page = archive.read("index.html").decode()
    assert "<script" not in page
    assert not re.findall(r'(?:src|href)="(?:https?:)?//', page)
    from urllib.parse import unquote

    targets = {unquote(target) for target in re.findall(r'href="([^"]+)"', page)}
    assert targets <= set(archive.namelist())
    assert {name for name in archive.namelist() if name.startswith("files/")} <= targets


def test_hostile_words_stay_words(kept: Kept) -> None:
    kept.desk.decide("revise")
    kept.desk.post("/answers/overview", {"text_context": "<script>alert(1)</script>", "seen_context": "1"})
    page = opened(kept.desk.browser.post("/keeping/download")).read("index.html").decode()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_names_of_files_hold_nothing_that_leads_away(kept: Kept) -> None:
    kept.desk.decide("revise")
    kept.desk.post(f"/requirement/recording/artifact/{kept.recording().id}/take-out")
    kept.desk.upload("recording", PNG, '..\\..\\a:b*?"<>|.png', students="none")
    names = opened(kept.desk.browser.post("/keeping/download")).namelist()
    assert len(names) == len(set(names))
    for name in names:
        assert not name.startswith("/")
        assert ".." not in name.split("/")
        assert not set('<>:"\\|?*') & set(name)


def test_what_was_deleted_says_so(kept: Kept, clock: Clock) -> None:
    kept.judge_all()
    clock.tick(days=120)
    retention.sweep(kept.tool)
    mine = kept.mine()
    archive = opened(mine.post("/keeping/download"))
    piece = next(one for one in content(archive)["evidence"] if one["title"] == "Our circle")
    assert piece["file"] == ""
    assert piece["sha256"] == kept.recording().sha256
    assert piece["file_deleted_at"]
    assert FILM not in [archive.read(name) for name in archive.namelist()]


def test_a_replacement_is_in_it(kept: Kept) -> None:
    [first, _] = kept.reviews()
    kept.report(first)
    kept.mine().post(f"/privacy/mine/{kept.hold().id}/redo", upload(), content_type="multipart/form-data")
    archive = opened(kept.desk.browser.post("/keeping/download"))
    [problem] = content(archive)["privacy_problems"]
    assert archive.read(problem["replacement"]["file"]) == BLURRED


def test_only_ones_own(kept: Kept) -> None:
    [first, _] = kept.reviews()
    data = content(opened(kept.at_desk(first).post("/keeping/download")))
    assert data["person"]["name"] == kept.holder(first).label
    assert data["microcredentials"] == data["evidence"] == []
    assert [one["work"] for one in data["reviews_written"]]
    assert "Ada" not in json.dumps(data)


def test_the_district_exports_a_person_and_it_is_noted(kept: Kept) -> None:
    path = f"/keeping/people/{kept.desk.ada.id}/export"
    for browser in (kept.desk.browser, kept.facilitator(), kept.at_desk(kept.reviews()[0])):
        assert browser.post(path).status_code == 403
    assert content(opened(kept.coordinator().post(path)))["person"]["name"] == "Ada Teacher"
    [event] = [event for event in kept.rows(AuditEvent) if event.action == "keeping:person:exported"]
    assert (event.actor_id, event.subject_id) == (kept.dana.id, kept.desk.ada.id)


class Large:
    """A store with files of any size, made while they are read."""

    def __init__(self, size: int) -> None:
        self.size, self.asked = size, 0

    def read(self, key: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
        if key == "gone":
            raise BlobGone
        chunk = bytes(1 << 20)
        for _ in range(self.size // len(chunk)):
            self.asked += 1
            yield chunk


def test_memory_stays_flat_and_bytes_are_read_while_they_are_sent(clock: Clock) -> None:
    store = Large(64 << 20)
    tracemalloc.start()
    try:
        sent = pieces = 0
        for piece in stream(store, [Entry("a", content=b"x"), Entry("b/ü.mp4", blob_key="k"), Entry("c", blob_key="k")], at=clock()):  # type: ignore[arg-type]
            sent, pieces = sent + len(piece), pieces + 1
            assert store.asked <= pieces
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sent > 128 << 20
    assert peak < 16 << 20


def test_more_than_four_gigabytes_are_said_in_the_long_form(clock: Clock) -> None:
    """Every file is announced as one that may be larger than 4 GB: its size is known only at its end."""
    whole = b"".join(stream(Large(1 << 20), [Entry("a.mp4", blob_key="k"), Entry("b", blob_key="gone")], at=clock()))  # type: ignore[arg-type]
    archive = zipfile.ZipFile(io.BytesIO(whole))
    assert archive.namelist() == ["a.mp4"], "what is gone is left out"
    assert whole[4:6] == b"\x2d\x00", "version needed: 4.5, ZIP64"
    assert archive.read("a.mp4") == bytes(1 << 20)


@pytest.mark.parametrize("right", ["designer", "author", "console"])
def test_pages_of_ones_own_evidence_are_for_those_who_may_have_some(kept: Kept, right: str) -> None:
    somebody = kept.world.browser(kept.world.person(kept.desk.registration, "Some Body"), right, context=kept.desk.context)
    assert somebody.get("/keeping/").status_code == 403
