"""Takes hostile files apart in a process of its own, with little memory, little time, and none of our secrets.

A picture or document that breaks its library ends that process and nothing else. What comes out is bytes that we wrote and a few
numbers.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

SECONDS = 40
"""Of wall time for one file; `limits` allows less of the processor."""
PREFIX = "apart-"
"""Of the folders with what is being taken apart."""
_OUTCOMES = ("made", "as_is", "refused")
_MOST_RESULT = 4096
_CHUNK = 1 << 20


@dataclass(frozen=True)
class Result:
    """What was found and made. `outcome` and `reason` as in stored_models; the paths live as long as the block."""

    outcome: str
    reason: str
    width: int = 0
    height: int = 0
    copy: Path | None = None
    preview: Path | None = None


@contextmanager
def taken_apart(kind: str, source: BinaryIO, *, folder: Path) -> Iterator[Result]:
    """Examine a stream as this kind (of stored_policies.kind). `folder` is for what lies on disk meanwhile."""
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=folder) as name:
        desk = Path(name)
        with (desk / "original").open("xb") as file:
            shutil.copyfileobj(source, file, _CHUNK)
        yield _look(kind, desk)


def _look(kind: str, desk: Path) -> Result:
    command = [sys.executable, "-s", "-B", "-m", __name__, kind, str(desk)]
    found = {"PYTHONPATH": str(Path(__file__).parents[3])}  # nothing of our own environment, which holds keys
    silent = subprocess.DEVNULL
    try:
        done = subprocess.run(  # noqa: S603
            command, cwd=desk, env=found, timeout=SECONDS, check=False, stdin=silent, stdout=silent, stderr=silent, start_new_session=True
        )
    except subprocess.TimeoutExpired:
        return _given_up(kind)
    if done.returncode:
        return _given_up(kind)
    return _read(kind, desk)


def _given_up(kind: str) -> Result:
    # A picture is shown as we drew it or not at all; a document that can't be read through is handed on as data.
    return Result("refused" if kind == "picture" else "as_is", "too_hard")


def _read(kind: str, desk: Path) -> Result:
    """What the other process says; believed only as far as it makes sense."""
    try:
        with (desk / "result").open("rb") as file:
            said = json.loads(file.read(_MOST_RESULT))
        outcome, reason, width, height = str(said["outcome"]), str(said["reason"]), int(said["width"]), int(said["height"])
    except (OSError, ValueError, KeyError, TypeError):
        return _given_up(kind)
    copy, preview = (path if path.is_file() and not path.is_symlink() else None for path in (desk / "copy", desk / "preview"))
    if outcome not in _OUTCOMES or (outcome == "made" and (copy is None or (kind == "picture" and preview is None))):
        return _given_up(kind)
    return Result(outcome, reason, width, height, copy, preview)
