"""Runs the web server and the worker as two processes, and keeps them running until told to stop."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

_PAUSE = 0.2


def _gunicorn_config() -> Path:
    package = Path(__file__).parent
    inside = package / "config" / "gunicorn.conf.py"
    return inside if inside.exists() else package.parent / "config" / "gunicorn.conf.py"


def web_command(binds: Sequence[str]) -> list[str]:
    """The command that serves the web application at these host:port addresses."""
    addresses = [part for bind in binds for part in ("--bind", bind)]
    return [sys.executable, "-m", "gunicorn", "--config", str(_gunicorn_config()), *addresses, "lti_tool.wsgi:application()"]


def worker_command() -> list[str]:
    """The command that does the jobs."""
    return [sys.executable, "-m", "lti_tool", "worker"]


def run(commands: Sequence[list[str]], env: dict[str, str] | None = None) -> int:
    """Start all, restart what dies after it has lived a while, stop all on SIGTERM or SIGINT. Returns an exit status.

    A command that dies within three seconds is a fault that restarting won't mend: everything stops, status 1.
    """
    stopping = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopping
        stopping = True

    previous = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    environment = {**os.environ, **(env or {})}
    running: dict[int, tuple[subprocess.Popen[bytes], float]] = {}

    def start(index: int) -> None:
        running[index] = (subprocess.Popen(commands[index], env=environment), time.monotonic())  # noqa: S603

    status = 0
    try:
        for index in range(len(commands)):
            start(index)
        while not stopping:
            for index, (process, since) in list(running.items()):
                if process.poll() is None:
                    continue
                if time.monotonic() - since < 3:
                    status, stopping = 1, True
                    break
                start(index)
            time.sleep(_PAUSE)
    finally:
        for process, _since in running.values():
            process.terminate()
        for process, _since in running.values():
            try:
                process.wait(timeout=35)
            except subprocess.TimeoutExpired:
                process.kill()
        for number, handler in previous.items():
            signal.signal(number, handler)
    return status
