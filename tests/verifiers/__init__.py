"""Other houses' verifiers of badges (npm, Node 20), asked from Python: offline, many questions at once."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def node(name: str) -> str:
    """The path of a Node program; the test fails where there is none."""
    path = shutil.which(name, path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}")
    if path is None:
        pytest.fail(f"{name} is missing: this test needs Node.js 20 or newer (`make setup`) to ask a verifier that nobody here wrote")
    return path


def install() -> None:
    """Install the packages as the lock file says, once until the lock file changes."""
    done, lock = HERE / "node_modules" / ".package-lock.json", HERE / "package-lock.json"
    if done.exists() and done.stat().st_mtime >= lock.stat().st_mtime:
        return
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm = [node("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    run = subprocess.run(npm, cwd=HERE, env=environment, capture_output=True, text=True, timeout=300, check=False)
    if run.returncode:
        pytest.fail(f"npm ci could not install the verifiers:\n{run.stderr[-2000:]}")
    os.utime(done)


class Judges:
    """Asks `verify.mjs`; `folder` is for the requests."""

    def __init__(self, folder: Path) -> None:
        install()
        self._folder = folder

    def ask(
        self, checks: Iterable[dict[str, Any]], documents: dict[str, Any], contexts: dict[str, Any] | None = None
    ) -> list[dict[str, Any]]:
        """The answers in the order of the checks. `documents`: what stands at which address."""
        request = self._folder / "request.json"
        wanted: dict[str, Any] = {"documents": documents, "checks": list(checks)}
        request.write_text(json.dumps(wanted | ({"contexts": contexts} if contexts is not None else {})))
        command = [node("node"), str(HERE / "verify.mjs"), str(request)]
        run = subprocess.run(command, capture_output=True, text=True, timeout=170, check=False)
        assert run.returncode == 0, run.stderr
        answers: list[dict[str, Any]] = json.loads(run.stdout)
        assert len(answers) == len(wanted["checks"])
        return answers
