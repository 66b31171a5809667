"""Uploads and plays a large recording through gunicorn: how much memory the server takes for it, and how long against a plain copy.

`python benchmarks/evidence.py [--megabytes 2048] [--at-once 3]`. Needs three times the size on disk for a while.
"""

from __future__ import annotations

import argparse
import hashlib
import http.client
import json
import os
import re
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "benchmarks")]

from measuring import Server, cores, own_database  # noqa: E402

from lti_tool import migrations  # noqa: E402
from lti_tool.app import build_tool, create_app  # noqa: E402
from lti_tool.evidence.upload_policies import digest_of  # noqa: E402
from lti_tool.settings import Settings  # noqa: E402
from tests.factories.world import World  # noqa: E402

MIB = 1 << 20
MOST_GROWTH = 64
HEAD = b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=2048)
    parser.add_argument("--at-once", type=int, default=3, help="parts on the line, as the page sends them")
    given = parser.parse_args()
    server_core, load_core = cores()
    os.sched_setaffinity(0, {load_core})
    with tempfile.TemporaryDirectory() as name, own_database("evidence", Path(name)) as url:
        folder = Path(name)
        recording = folder / "recording.mp4"
        _write(recording, given.megabytes)
        settings = {"data_dir": folder / "data", "database_url": url.render_as_string(hide_password=False), "development": True}
        with _school(settings) as (cookie, token, begin):
            env = {f"LTI_TOOL_{key.upper()}": str(value) for key, value in settings.items()} | {"LTI_TOOL_DEVELOPMENT": "1"}
            server = Server("lti_tool.wsgi:application()", server_core, env, folder / "server.log")
            try:
                _measure(server, recording, Client(server.port, cookie, token), begin, given.at_once)
            finally:
                server.stop()


def _write(path: Path, megabytes: int) -> None:
    """A recording of that size, of which no two MiB are the same."""
    noise = os.urandom(MIB)
    with path.open("wb") as file:
        for number in range(megabytes):
            head = HEAD if not number else number.to_bytes(8, "big")
            file.write(head + noise[len(head) :])
        os.fsync(file.fileno())


@contextmanager
def _school(settings: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """A teacher in a frame: its cookie and form token, and the page where uploads begin."""
    here = build_tool(Settings.model_validate({**settings, "log_level": "ERROR"}))
    migrations.upgrade(here.database)
    world = World(here, create_app(here=here))
    registration = world.registration()
    person = world.person(registration)
    activity = world.activity(world.context(registration))
    enrollment = world.enrollment(activity, person)
    browser = world.browser(person, "earner", activity=activity)
    cookie = "; ".join(f"{one.key}={one.value}" for one in browser.client._cookies.values())
    yield cookie, browser.token(), f"{browser.prefix}/evidence/work/{enrollment.id}/requirement/recording"
    here.database.dispose()


class Client:
    """A browser of few words; one connection for each thing that it does."""

    def __init__(self, port: int, cookie: str, token: str) -> None:
        self._port, self._headers = port, {"Cookie": cookie, "X-CSRFToken": token}

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> http.client.HTTPResponse:
        line = http.client.HTTPConnection("127.0.0.1", self._port, timeout=600)
        line.request(method, path, body, {**self._headers, **headers})
        answer = line.getresponse()
        if answer.status >= 400:
            raise SystemExit(f"{method} {path.rsplit('/', 1)[-1]}: {answer.status} {answer.read()[:300]!r}")
        return answer

    def post(self, path: str, **form: object) -> Any:
        body = urlencode(form).encode()
        return json.loads(self.ask("POST", path, body, **{"Content-Type": "application/x-www-form-urlencoded"}).read())


def _measure(server: Server, recording: Path, client: Client, begin: str, at_once: int) -> None:
    size = recording.stat().st_size
    small = recording.with_name("small.mp4")
    small.write_bytes(HEAD + bytes(100))
    _upload(client, small, begin, at_once)  # everything is loaded that will be
    copied = _timed(lambda: _copy(recording, recording.with_name("copy.mp4")))
    before, _ = _memory(server)
    sent = _timed(lambda: _upload(client, recording, begin, at_once))
    found: list[str] = []
    seen = _timed(lambda: found.append(_play(client, begin, size)))
    read = _timed(lambda: _digest(recording))
    _, peak = _memory(server)
    if found != [_digest(recording)]:
        raise SystemExit("what was played is not what was uploaded")
    growth = (peak - before) / 1024
    print(f"{size / MIB:.0f} MiB: copied in {copied:.1f} s, uploaded in {sent:.1f} s ({size / MIB / sent:.0f} MiB/s)")
    print(f"played in ranges in {seen:.1f} s ({size / MIB / seen:.0f} MiB/s), read as a plain file in {read:.1f} s")
    print(f"server: {before / 1024:.0f} MiB before, {peak / 1024:.0f} MiB at most, growth {growth:.0f} MiB (limit {MOST_GROWTH})")
    ratio = (sent + seen) / (copied + read)
    print(f"ratio: {ratio:.2f} (time to upload and play, against copying the file to disk and reading it)")
    if growth >= MOST_GROWTH:
        raise SystemExit(f"the server grew by {growth:.0f} MiB")


def _timed(work: Any) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as one, target.open("wb") as other:
        shutil.copyfileobj(one, other, MIB)
        os.fsync(other.fileno())
    target.unlink()


def _digest(path: Path) -> str:
    sha = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(MIB):
            sha.update(piece)
    return sha.hexdigest()


def _upload(client: Client, path: Path, begin: str, at_once: int) -> None:
    size = path.stat().st_size
    upload = client.post(f"{begin}/uploads", name=path.name, size=size, fingerprint=hashlib.sha256(path.name.encode()).hexdigest())
    numbers = range(1, -(-size // upload["part_size"]) + 1)

    def send(number: int) -> str:
        with path.open("rb") as file:
            file.seek((number - 1) * upload["part_size"])
            piece = file.read(upload["part_size"])
        sha256 = hashlib.sha256(piece).hexdigest()
        ticket = client.post(f"{upload['parts']}/{number}", size=len(piece), sha256=sha256)
        client.ask("PUT", ticket["url"], piece, **{"Content-Type": "application/octet-stream"}).read()
        return sha256

    with ThreadPoolExecutor(at_once) as pool:
        hashes = list(pool.map(send, numbers))
    answer = client.post(upload["complete"], digest=digest_of(hashes), students="none")
    if answer["state"] != "done":
        raise SystemExit(f"the upload is {answer['state']}")


def _play(client: Client, begin: str, size: int) -> str:
    """As a player does: the end first, where the index may be, then all of it in ranges. The SHA-256 of what came."""
    page = client.ask("GET", begin).read().decode()
    links = re.findall(r'href="(http[^"]+/evidence-file/[^"]+)"', page)
    path = next(path for link in links if _length(client, path := urlsplit(link).path) == size)
    client.ask("GET", path, Range="bytes=-65536").read()
    sha = hashlib.sha256()
    start = 0
    while start < size:  # a server may answer with less than was asked for (RFC 9110, 15.3.7)
        answer = client.ask("GET", path, Range=f"bytes={start}-{min(size, start + 64 * MIB) - 1}")
        if answer.status != 206:
            raise SystemExit(f"a range was answered with {answer.status}")
        while piece := answer.read(MIB):
            sha.update(piece)
            start += len(piece)
    return sha.hexdigest()


def _length(client: Client, path: str) -> int:
    return int(client.ask("HEAD", path).headers["Content-Length"])


def _memory(server: Server) -> tuple[int, int]:
    """KiB of the worker now, and at most so far (proc(5))."""
    found = (0, 0)
    for pid in server.cpu():
        text = Path(f"/proc/{pid}/status").read_text()
        now, most = (int(re.search(rf"{name}:\s+(\d+)", text)[1]) for name in ("VmRSS", "VmHWM"))  # type: ignore[index]
        found = max(found, (now, most))
    return found


if __name__ == "__main__":
    main()
