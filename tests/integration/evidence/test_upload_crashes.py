"""The server dies at any step, the disk is full: nothing that was said to be stored is lost, and nothing is there twice."""

from __future__ import annotations

import errno
import os
import random
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import event
from werkzeug.test import TestResponse

from lti_tool.blobs import Blobs
from lti_tool.demo.stage import free_ports
from lti_tool.evidence import upload_policies
from lti_tool.evidence.upload_checking import finish_due, sweep_uploads
from lti_tool.evidence.upload_models import Upload
from lti_tool.settings import Settings
from lti_tool.tool import Tool, utc_now
from tests.conftest import Clock
from tests.integration.evidence.conftest import PDF, Desk
from tests.integration.evidence.sending import MP4, Sender, artifacts, content_of, sha

MIB = 1 << 20
VIDEO = MP4 + random.Random(3).randbytes(MIB + 5)  # two parts


@pytest.fixture
def small_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upload_policies, "PART", MIB)


class Died(BaseException):
    """The process ends here."""


class Fate:
    """Counts the moments at which a process can die, and dies at one of them."""

    def __init__(self, at: int) -> None:
        self.at, self.moment = at, 0

    def __call__(self, *_: object) -> None:
        self.moment += 1
        if self.moment == self.at:
            raise Died


class Mortal:
    """The store, with a moment before and after each thing that it does."""

    def __init__(self, store: Blobs, fate: Fate) -> None:
        self._store, self._fate, self.origin = store, fate, store.origin

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(*given: Any, **named: Any) -> Any:
            self._fate()
            answer = getattr(self._store, name)(*given, **named)
            try:
                self._fate()
            except Died:
                if name == "open":
                    answer.close()
                raise
            return answer

        return call


@contextmanager
def mortal(tool: Tool, at: int) -> Iterator[Fate]:
    fate, store = Fate(at), tool.blobs
    tool.blobs = Mortal(store, fate)  # type: ignore[assignment]
    event.listen(tool.database.engine, "commit", fate)
    try:
        yield fate
    finally:
        event.remove(tool.database.engine, "commit", fate)
        tool.blobs = store


def dies(sender: Sender) -> bool:
    try:
        sender.whole()
    except Died:
        return True
    return False


def goes_on(sender: Sender) -> TestResponse:
    """What the browser does after a lost answer: where the upload was told complete, it asks again; else it sends what is missing."""
    if sender.state:
        answer = sender.complete()
        if answer.status_code == 200:
            return answer
    return sender.whole()


def test_a_process_that_dies_at_any_moment(desk: Desk, tool: Tool, clock: Clock, small_parts: None) -> None:
    with mortal(tool, at=0) as fate:
        assert Sender(desk, VIDEO).whole().status_code == 200
    moments = fate.moment
    assert moments > 20
    for at in range(1, moments + 1):
        sender = Sender(desk, VIDEO + bytes([at]), f"{at}.mp4")
        with mortal(tool, at):
            assert dies(sender)
        clock.tick(minutes=3)
        if at % 2:
            finish_due(tool)
        assert goes_on(sender).status_code == 200, at
        mine = [one for one in artifacts(desk) if one.filename == sender.name]
        assert [one.sha256 for one in mine] == [sha(sender.content)], at
        assert content_of(desk, mine[0]) == sender.content
        desk.browser.post(f"/evidence/portfolio/{mine[0].id}/delete")
    clock.tick(days=8)
    sweep_uploads(tool)
    assert desk.rows(Upload) == []
    assert desk.stored_files() == len(artifacts(desk)) == 1


def test_what_a_dead_process_leaves_is_swept(desk: Desk, tool: Tool, clock: Clock, small_parts: None) -> None:
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), "pending_days": 1})
    with mortal(tool, at=0) as fate:
        Sender(desk, VIDEO).whole()
    for at in range(1, fate.moment + 1):
        with mortal(tool, at):
            assert dies(Sender(desk, VIDEO + bytes([at]), f"{at}.mp4"))
        clock.tick(hours=25)
        with mortal(tool, at % 7 + 1):  # the sweep may die, too
            try:
                sweep_uploads(tool)
            except Died:
                sweep_uploads(tool)
        clock.tick(hours=25)
        sweep_uploads(tool)
        assert desk.rows(Upload) == [], at
        assert desk.stored_files() == len(artifacts(desk)), at
        desk.browser = desk.world.browser(desk.ada, "earner", activity=desk.activity)
        for one in artifacts(desk)[1:]:
            desk.browser.post(f"/evidence/portfolio/{one.id}/delete")


def test_a_full_disk(desk: Desk, tool: Tool, small_parts: None) -> None:
    sender = Sender(desk, VIDEO)
    sender.begin()
    sender.send(1)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (MIB, before[1]))
    try:
        full = sender.put(2)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert full == 503
    assert list(sender.begin().json["stored"]) == ["1"]  # type: ignore[index]
    assert sender.whole().status_code == 200
    assert content_of(desk, artifacts(desk)[0]) == VIDEO


def test_a_folder_that_takes_nothing(desk: Desk, tool: Tool) -> None:
    (tool.settings.data_dir / "evidence").write_text("in the way")
    for answer in (desk.upload("plan", PDF, "plan.pdf"), Sender(desk, VIDEO).begin()):
        assert answer.status_code == 503
        assert "is full" in answer.text


def test_a_disk_that_is_full_before_the_store_is_asked(desk: Desk) -> None:
    """A form's file waits in the system's own folder until it has come whole."""

    def full(**_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    desk.world.app.view_functions["evidence.add"] = full
    assert desk.upload("plan", PDF, "plan.pdf").status_code == 503


class Server:
    """gunicorn as in production, to be killed."""

    def __init__(self, tool: Tool) -> None:
        [self.port] = free_ports(1)
        self.base = f"http://127.0.0.1:{self.port}"
        self._env = {
            **os.environ,
            "LTI_TOOL_DEVELOPMENT": "1",
            "LTI_TOOL_BASE_URL": self.base,
            "LTI_TOOL_DATA_DIR": str(tool.settings.data_dir),
            "LTI_TOOL_DATABASE_URL": tool.settings.sqlalchemy_url,
            "LTI_TOOL_SECRET_KEY": tool.settings.secret_key,
        }

    def start(self) -> None:
        config = Path(__file__).parents[3] / "config" / "gunicorn.conf.py"
        command = [
            sys.executable,
            "-m",
            "gunicorn",
            "--config",
            str(config),
            "--bind",
            f"127.0.0.1:{self.port}",
            "lti_tool.wsgi:application()",
        ]
        self.process = subprocess.Popen(
            command, env=self._env, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 60
        while time.monotonic() < end:
            try:
                requests.get(f"{self.base}/livez", timeout=30)
                return
            except requests.ConnectionError:
                time.sleep(0.05)
        raise AssertionError("it does not start")

    def kill(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


def test_kill_9_in_the_middle_of_a_part(sit: Callable[..., Desk], tool: Tool, clock: Clock) -> None:
    """gunicorn is killed while a part comes in; what was answered before is kept, and the rest goes on."""
    clock.now = utc_now()
    desk = sit()
    video = MP4 + random.Random(5).randbytes(9 * MIB)
    server = Server(tool)
    server.start()
    try:
        sender = Sender(desk, video)
        sender.begin()
        sender.send(2)
        assert sender.announce(1).status_code == 200
        cookies = "; ".join(f"{cookie.key}={cookie.value}" for cookie in desk.browser.client._cookies.values())
        headers = {"X-CSRFToken": desk.browser.token(), "Content-Type": "application/octet-stream", "Cookie": cookies}
        path, piece = f"{sender.state['parts']}/1", sender.piece(1)

        line = HTTPConnection("127.0.0.1", server.port, timeout=20)
        line.putrequest("PUT", path)
        for name, value in {**headers, "Content-Length": str(len(piece))}.items():
            line.putheader(name, value)
        line.endheaders(piece[: 4 * MIB])
        part = next(tool.settings.data_dir.rglob("*.part"))
        end = time.monotonic() + 20
        while part.read_bytes()[:MIB] != piece[:MIB] and time.monotonic() < end:
            time.sleep(0.02)
        server.kill()
        with pytest.raises(OSError):  # noqa: PT011 (reset, or broken pipe, or nothing at all)
            line.getresponse()
        line.close()

        server.start()
        assert list(sender.begin().json["stored"]) == ["2"]  # type: ignore[index]
        answer = requests.put(f"{server.base}{path}", piece, headers=headers, timeout=20)
        assert answer.status_code == 204, answer.text
    finally:
        server.kill()
    assert sender.complete().status_code == 200
    assert content_of(desk, artifacts(desk)[0]) == video
