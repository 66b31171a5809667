"""Files that come in parts: everything that can go well, and who lies, is refused."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from lti_tool import blobs
from lti_tool.evidence import upload_policies
from lti_tool.evidence.upload_checking import finish_due, sweep_uploads
from lti_tool.evidence.upload_models import Upload
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.s3 import s3_server, s3_settings
from tests.factories.world import CONTENT
from tests.integration.evidence.conftest import PDF, Desk
from tests.integration.evidence.sending import MP4, Sender, artifacts, content_of, sha

MIB = 1 << 20
VIDEO = MP4 + random.Random(1).randbytes(3 * MIB)  # four parts


@pytest.fixture(autouse=True)
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_policies, "PART", MIB)


def set_(tool: Tool, **values: Any) -> None:
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), **values})


def test_a_file_arrives_in_parts(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    answer = sender.whole()
    assert (answer.status_code, answer.json["state"]) == (200, "done")  # type: ignore[index]
    [piece] = artifacts(desk)
    assert content_of(desk, piece) == VIDEO
    assert (piece.size, piece.sha256, piece.media_type) == (len(VIDEO), sha(VIDEO), "video/mp4")
    assert (piece.title, piece.filename, piece.students) == ("lesson.mp4", "lesson.mp4", "none")
    assert "lesson.mp4" in desk.get("/requirement/recording").text
    assert desk.stored_files() == 1


def test_out_of_order_and_twice(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send(4, 2, 2, 3, 1, 4)
    for _ in range(3):
        assert sender.complete().json["state"] == "done"  # type: ignore[index]
    [piece] = artifacts(desk)
    assert content_of(desk, piece) == VIDEO


def test_going_on_after_a_reload(desk: Desk) -> None:
    first = Sender(desk, VIDEO)
    first.begin()
    first.send(1, 3)
    page = desk.get("/requirement/recording").text
    assert "lesson.mp4" in page
    assert "50 %" in page
    again = Sender(desk, VIDEO)
    again.begin()
    assert again.id == first.id
    assert again.state["stored"] == {"1": sha(again.piece(1)), "3": sha(again.piece(3))}
    listed = desk.browser.get(again.state["parts"]).json
    assert listed == again.state
    assert again.whole().json["state"] == "done"  # type: ignore[index]
    assert len(artifacts(desk)) == 1


def test_another_file_of_the_same_name_is_another_upload(desk: Desk) -> None:
    one, other = Sender(desk, VIDEO), Sender(desk, VIDEO[:-1] + b"x")
    one.begin()
    other.begin()
    assert one.id != other.id


@pytest.mark.parametrize(
    "name", ["Übung ü.mp4", "授業の記録.mp4", "درس.mp4", "урок.mp4", "शिक्षण.mp4", "🎥.mp4", "../../etc/x.mp4", "a" * 400 + ".mp4"]
)
def test_names_in_every_script(desk: Desk, name: str) -> None:
    sender = Sender(desk, VIDEO, name)
    assert sender.whole().status_code == 200
    [piece] = artifacts(desk)
    assert piece.filename.endswith(name.rsplit("/", maxsplit=1)[-1][-5:])
    assert "/" not in piece.filename


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "part 2 is empty"), (VIDEO[MIB : 2 * MIB - 1], "shorter"), (VIDEO[MIB : 2 * MIB] + b"x", "longer"), (b"x" * MIB, "other bytes")],
)
def test_a_part_that_lies_is_refused_and_harms_nothing(desk: Desk, content: bytes, why: str) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    assert sender.put(2, content) in (400, 422), why
    assert sender.begin().json["stored"] == {}  # type: ignore[index]
    sender.send()
    assert sender.put(2, content) == 204, "it is there already, and is not read again"
    assert sender.complete().status_code == 200
    assert content_of(desk, artifacts(desk)[0]) == VIDEO


def test_a_part_can_not_become_another(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send(1)
    answer = sender.announce(1, sha256=sha(b"other"))
    assert (answer.status_code, answer.json["code"]) == (409, "file_changed")  # type: ignore[index]


@pytest.mark.parametrize("number", [0, 5, 10**30])
def test_numbers_that_the_file_does_not_have(desk: Desk, number: int) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    assert sender.announce(number).status_code == 404
    assert sender.put_here(number, b"x").status_code == 404


def test_parts_that_were_not_announced_or_announced_wrongly(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    assert sender.put_here(1, sender.piece(1)).status_code == 409
    for wrong in ({"size": "1"}, {"size": "-1"}, {"size": "x"}, {"sha256": ""}, {"sha256": "A" * 64}, {"sha256": "0" * 63}):
        assert sender.announce(1, **wrong).status_code == 400
    assert sender.put_here(1, b"x" * (6 * 1024 * MIB // 1000)).status_code == 413
    assert sender.begin().json["stored"] == {}  # type: ignore[index]


def test_completing_too_early_or_with_another_digest(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send(1, 3)
    answer = sender.complete()
    assert (answer.status_code, answer.json["missing"]) == (409, [2, 4])  # type: ignore[index]
    sender.send(2, 4)
    assert sender.complete(digest=sha(b"x")).status_code == 400
    assert artifacts(desk) == []
    assert sender.complete().status_code == 200


def test_the_hash_of_the_whole(desk: Desk) -> None:
    liar, honest = Sender(desk, VIDEO), Sender(desk, VIDEO)
    liar.begin()
    liar.send()
    for _ in range(2):
        assert liar.complete(sha256=sha(b"x")).status_code == 422
    assert artifacts(desk) == []
    assert desk.stored_files() == 0
    assert honest.whole().status_code == 200
    assert honest.complete(sha256=sha(VIDEO)).status_code == 200


def test_bytes_that_changed_on_the_disk_are_refused(desk: Desk, tool: Tool) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send()
    [path] = (tool.settings.data_dir / "evidence").rglob("*.part")
    with path.open("r+b") as file:
        file.seek(2 * MIB)
        file.write(b"x")
    assert sender.complete().json["code"] == "refused"  # type: ignore[index]
    assert desk.stored_files() == 0


def test_after_completion_nothing_more_comes(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    sender.whole()
    assert sender.announce(1).status_code == 409
    assert sender.put_here(1, b"x" * MIB).status_code == 409
    desk.browser.post(sender.state["cancel"])
    assert content_of(desk, artifacts(desk)[0]) == VIDEO


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "empty.mp4", "empty"),
        (b"MZ" + b"\0" * 100, "setup.exe", "can't be taken"),
    ],
)
def test_what_can_not_be_taken_is_said_before_it_is_sent(desk: Desk, content: bytes, name: str, words: str) -> None:
    answer = Sender(desk, content, name).begin()
    assert answer.status_code == 422
    assert words in answer.json["text"]  # type: ignore[index]


def test_the_type_is_judged_by_content(desk: Desk) -> None:
    lies = Sender(desk, b"<svg onload='alert(1)'/>" * 10, "photo.png")
    assert lies.whole().status_code == 422
    assert "something else" in lies.complete().json["text"]  # type: ignore[index]
    assert desk.stored_files() == 0
    assert Sender(desk, PDF, "plan.pdf", "plan").whole().status_code == 200
    assert artifacts(desk)[0].media_type == "application/pdf"


def test_limits(desk: Desk, tool: Tool) -> None:
    set_(tool, max_file_bytes=len(VIDEO) - 1)
    assert "too large" in Sender(desk, VIDEO).begin().json["text"]  # type: ignore[index]
    set_(tool, max_file_bytes=len(VIDEO), max_pending_bytes=len(VIDEO) + 10)
    assert Sender(desk, VIDEO).begin().status_code == 200
    assert Sender(desk, VIDEO).begin().status_code == 200, "the same one again"
    assert "unfinished" in Sender(desk, PDF, "a.pdf", "plan").begin().json["text"]  # type: ignore[index]
    for size in ("0", "-5", "", "1e9", "9" * 400):
        assert Sender(desk, VIDEO).begin(size=size).status_code == 422
    assert Sender(desk, VIDEO).begin(fingerprint="x").status_code == 400


def test_a_requirement_does_not_overflow(sit: Callable[..., Desk]) -> None:
    desk = sit(evidence=[{**one, "maximum": 1} for one in CONTENT["evidence"]])
    sender = Sender(desk, VIDEO)
    sender.begin()
    assert "Cancel an unfinished upload" in Sender(desk, PDF, "b.pdf").begin().json["text"]  # type: ignore[index]
    desk.upload("recording", PDF, "c.pdf", students="background")
    sender.send()
    answer = sender.complete()
    assert (answer.status_code, "Take a piece out" in answer.json["text"]) == (409, True)  # type: ignore[index]
    desk.browser.post(f"/evidence/portfolio/{artifacts(desk)[0].id}/delete")
    assert sender.complete().status_code == 200, "what had arrived was kept"
    assert content_of(desk, artifacts(desk)[0]) == VIDEO


def test_cancelling(desk: Desk) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send(1)
    assert desk.browser.post(sender.state["cancel"]).status_code == 303
    assert desk.browser.post(sender.state["cancel"]).status_code == 303
    assert desk.stored_files() == 0
    assert (sender.announce(2).status_code, sender.complete().status_code) == (410, 410)
    assert Sender(desk, VIDEO).whole().status_code == 200


def test_only_the_owner_and_only_while_the_draft_is_open(desk: Desk, clock: Clock) -> None:
    world = desk.world
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send(1)
    colleague = world.browser(world.person(desk.registration, "Ben Teacher"), "earner", activity=desk.activity)
    elsewhere = world.registration()
    stranger = world.browser(world.person(elsewhere), "earner", activity=world.activity(world.context(elsewhere)))
    reviewer = world.browser(desk.ada, "reviewer", activity=desk.activity)
    for browser, wanted in ((colleague, 404), (stranger, 404), (reviewer, 403)):
        part = {"size": str(MIB), "sha256": sha(sender.piece(2))}
        parts, complete, cancel = (
            sender.state[name].replace(desk.browser.prefix, browser.prefix) for name in ("parts", "complete", "cancel")
        )
        assert browser.post(desk.path("/requirement/recording/uploads"), {"name": "x.mp4"}).status_code == wanted
        assert browser.get(parts).status_code == wanted
        assert browser.post(f"{parts}/2", part).status_code == wanted
        assert browser.client.put(f"{parts}/1", data=b"x", headers={"X-CSRFToken": browser.token()}).status_code == wanted
        assert browser.post(complete).status_code == wanted
        assert browser.post(cancel).status_code == wanted
        assert browser.get(sender.state["parts"]).status_code == 401, "somebody else's visit"
    assert desk.browser.client.put(f"{sender.state['parts']}/1", data=b"x").status_code == 400, "no form token"
    token = desk.browser.token()
    clock.tick(hours=25)
    ended = desk.browser.client.post(sender.state["complete"], data={"csrf_token": token})
    assert (ended.status_code, ended.json["code"]) == (401, "session_ended")  # type: ignore[index]


def test_a_submitted_draft_takes_nothing(desk: Desk) -> None:
    sender = Sender(desk, PDF, "more.pdf", "recording")
    sender.begin()
    sender.send()
    desk.write_everything()
    assert desk.submit().status_code == 303
    assert (sender.begin().status_code, sender.announce(1).status_code, sender.complete().status_code) == (409, 409, 409)


def test_what_nobody_touches_is_swept(desk: Desk, tool: Tool, clock: Clock) -> None:
    lost, done = Sender(desk, VIDEO), Sender(desk, PDF, "plan.pdf", "plan")
    lost.begin()
    lost.send(1)
    done.whole()
    clock.tick(days=6)
    assert sweep_uploads(tool) == 0
    clock.tick(days=2)
    assert sweep_uploads(tool) == 1
    assert desk.stored_files() == 1
    clock.tick(days=8)
    assert sweep_uploads(tool) == 0
    assert desk.rows(Upload) == []
    assert content_of(desk, artifacts(desk)[0]) == PDF


def test_the_worker_finishes_what_a_dead_process_left(desk: Desk, tool: Tool, clock: Clock) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send()
    with tool.database.unit() as session:
        row = session.get_one(Upload, sender.id)
        row.state, row.checking_until, row.given = "checking", clock() + upload_policies.LEASE, {"students": "background"}
    assert sender.complete().status_code == 202, "another process is at it"
    finish_due(tool)
    assert artifacts(desk) == []
    clock.tick(minutes=3)
    finish_due(tool)
    finish_due(tool)
    assert [one.students for one in artifacts(desk)] == ["background"]
    assert sender.complete().status_code == 200


def test_straight_to_s3(desk: Desk, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_policies, "PART", 5 * MIB)
    video = MP4 + random.Random(2).randbytes(6 * MIB)
    with s3_server() as origin:
        tool.blobs = blobs.connect(Settings(data_dir=tool.settings.data_dir, development=True, **s3_settings(origin)))
        assert f"connect-src 'self' {origin};" in desk.get("/requirement/recording").headers["Content-Security-Policy"]
        sender = Sender(desk, video)
        sender.begin()
        sender.send(2)
        assert sender.begin().json["stored"] == {"2": sha(sender.piece(2))}  # type: ignore[index]
        assert sender.complete().json["missing"] == [1]  # type: ignore[index]
        assert sender.put_here(1, sender.piece(1)).status_code == 409, "parts do not come through the tool"
        assert sender.whole().status_code == 200
        assert sender.complete().status_code == 200
        [piece] = artifacts(desk)
        assert content_of(desk, piece) == video
        desk.browser.post(f"/evidence/portfolio/{piece.id}/delete")
        assert not tool.blobs.exists(piece.blob_key)

        liar = Sender(desk, video)
        liar.begin()
        liar.send(2)
        liar.put(1, b"x" * (5 * MIB))
        assert liar.complete().status_code == 422
        assert artifacts(desk) == []
        assert not tool.blobs.exists(desk.rows(Upload)[-1].blob_key)
        orphan = Sender(desk, video)
        orphan.begin()
        orphan.send(1)
        desk.browser.post(orphan.state["cancel"])
        assert orphan.announce(1).status_code == 410


def test_s3_that_fails_loses_nothing(desk: Desk, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server() as origin:
        well = blobs.connect(Settings(data_dir=tool.settings.data_dir, development=True, **(given := s3_settings(origin))))
        broken = blobs.connect(
            Settings(data_dir=tool.settings.data_dir, development=True, **{**given, "s3_endpoint_url": "http://127.0.0.1:9"})
        )
        sender = Sender(desk, MP4 + b"\0" * 100)
        tool.blobs = broken
        assert (sender.begin().status_code, desk.upload("plan", PDF, "plan.pdf").status_code) == (503, 503)
        tool.blobs = well
        sender.begin()
        sender.send()
        tool.blobs = broken
        assert sender.complete().status_code == 503
        tool.blobs = well
        assert sender.complete().status_code == 200
        tool.blobs = broken
        [piece] = artifacts(desk)
    assert piece.size == len(sender.content)
