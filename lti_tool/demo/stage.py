"""Starts the tool (web server and worker) and the practice LMS as processes of their own, on one machine, in a fresh folder."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import requests

from lti_tool import migrations, serve
from lti_tool.app import build_tool
from lti_tool.catalog.service import install_samples
from lti_tool.demo import example
from lti_tool.platforms.service import create_invite, district_named
from lti_tool.settings import load_settings

DISTRICTS = {"canvas": "Maple Valley Schools", "moodle": "Oak County Schools"}
TEACHERS = {"canvas": "ada@maplevalley.example", "moodle": "ada@oakcounty.example"}
_PATIENCE = 40.0
_PORTS = range(20_000, 32_000)
_DEMO_KEY = base64.urlsafe_b64encode(hashlib.sha256(b"nothing in a demo is secret").digest()).decode()


class StageFailed(Exception):
    """A process did not come up; the message says which."""


@dataclass(frozen=True)
class Stage:
    """Where everything stands. Tool and LMS are on different sites, and evidence on a third origin, as in a school."""

    tool_url: str
    lms_url: str
    evidence_url: str
    data_dir: Path
    invites: dict[str, str]


def free_ports(count: int) -> list[int]:
    """Ports in a row that nobody listens on just now, below those that the system hands to whoever connects somewhere."""
    while True:
        first = _PORTS.start + secrets.randbelow(len(_PORTS) - count)
        wanted = list(range(first, first + count))
        if all(map(_is_free, wanted)):
            return wanted


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _wait(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise StageFailed(f"what should answer at {url} has stopped (status {process.returncode})")
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.1)
    raise StageFailed(f"{url} does not answer")


@contextmanager
def stage(port: int | None = None, *, quiet: bool = False, own_districts: bool = False) -> Iterator[Stage]:
    """Everything running; stopped and swept away at the end. `port` is the tool's; the LMS and the evidence take the next two.

    `own_districts` gives the two districts new names, so that what an earlier stage left in a lasting database is not in the way.
    """
    ports = [port, port + 1, port + 2] if port else free_ports(3)
    folder = Path(tempfile.mkdtemp(prefix="lti-tool-demo-"))
    tool_url, lms_url, evidence_url = (f"http://{host}:{p}" for host, p in zip(("127.0.0.1", "localhost", "127.0.0.1"), ports, strict=True))
    os.environ.update(
        LTI_TOOL_DEVELOPMENT="1",
        LTI_TOOL_DEMO="1",
        LTI_TOOL_BASE_URL=tool_url,
        LTI_TOOL_EVIDENCE_URL=evidence_url,
        LTI_TOOL_DATA_DIR=str(folder),
        LTI_TOOL_LOG_LEVEL="WARNING",
    )
    # The folder is new each time; a database that LTI_TOOL_DATABASE_URL names is not, and must stay readable.
    os.environ.setdefault("LTI_TOOL_ENCRYPTION_KEYS", _DEMO_KEY)
    os.environ.setdefault("LTI_TOOL_SECRET_KEY", _DEMO_KEY)
    processes: list[subprocess.Popen[bytes]] = []

    def start(command: list[str], *, silently: bool = quiet) -> subprocess.Popen[bytes]:
        silent = subprocess.DEVNULL if silently else None
        processes.append(subprocess.Popen(command, stdout=silent, stderr=silent))  # noqa: S603
        return processes[-1]

    try:
        here = build_tool(load_settings())
        migrations.upgrade(here.database)
        with here.database.unit() as session:
            invites = {}
            for face, known_as in DISTRICTS.items():
                name = f"{known_as} {secrets.token_hex(3)}" if own_districts else known_as
                invites[face] = f"{tool_url}/lti/register/{create_invite(session, here, district_name=name)}"
                district_id = district_named(session, here, name).id
                install_samples(session, here, district_id)
                example.set_up(session, here, district_id, TEACHERS[face])
        here.database.dispose()
        web = start(serve.web_command([f"127.0.0.1:{ports[0]}", f"127.0.0.1:{ports[2]}"]))
        start(serve.worker_command())
        lms = start(
            [
                sys.executable,
                "-m",
                "lti_tool.practice_lms",
                "--port",
                str(ports[1]),
                "--tool-url",
                tool_url,
                "--canvas-registration-url",
                invites["canvas"],
                "--moodle-registration-url",
                invites["moodle"],
            ],
            silently=True,
        )
        _wait(f"{tool_url}/readyz", web)
        _wait(f"{lms_url}/", lms)
        yield Stage(tool_url, lms_url, evidence_url, folder, invites)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                process.kill()
        shutil.rmtree(folder, ignore_errors=True)
