"""The tool (web server and worker) and Open edX's LTI platform, each in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import requests

from lti_tool import serve
from lti_tool.app import build_tool
from lti_tool.catalog.service import install_samples
from lti_tool.demo.stage import free_ports
from lti_tool.platforms.service import district_named
from lti_tool.settings import Settings
from tests.interop.browser import Course

_ROOT = Path(__file__).parents[2]
_PYTHON = _ROOT / ".venv-interop" / "bin" / "python"
_PATIENCE = 60.0
_DISTRICT, _CLIENT = "Maple Valley Schools", "maple-tool"


@contextmanager
def _running(command: list[str], env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(command, env=env, cwd=_ROOT, stdout=output, stderr=subprocess.STDOUT)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(timeout=15)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(url, timeout=2).ok:
                return
        except requests.RequestException:
            time.sleep(0.1)
    pytest.fail(f"nothing answers at {url}. The last words of its process:\n{log.read_text()[-2000:]}")


def _prepare(data_dir: Path, tool_url: str, platform: dict[str, str], env: dict[str, str]) -> None:
    """Register Open edX with the tool as an admin does by hand, and put the samples into the district's catalog."""
    options = [f"--{name.replace('_', '-')}={value}" for name, value in platform.items()]
    added = subprocess.run(
        [sys.executable, "-m", "lti_tool", "platform", "add", *options, "--district", _DISTRICT],
        env=env,
        cwd=_ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert added.returncode == 0, added.stderr
    here = build_tool(Settings(data_dir=data_dir, base_url=tool_url, development=True))
    with here.database.unit() as session:
        install_samples(session, here, district_named(session, here, _DISTRICT).id)
    here.database.dispose()


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Course]:
    """A course in Open edX whose LMS is registered with the tool; tool and LMS are on different sites, as in a school."""
    if not _PYTHON.exists():
        pytest.fail("The second LMS is not installed: run `make interop-venv`.")
    folder = tmp_path_factory.mktemp("interop")
    data_dir, lms_dir = folder / "tool", folder / "openedx"
    data_dir.mkdir()
    lms_dir.mkdir()
    tool_port, lms_port = free_ports(2)
    tool_url, lms_url = f"http://127.0.0.1:{tool_port}", f"http://localhost:{lms_port}"
    plain = {name: value for name, value in os.environ.items() if not name.startswith("LTI_TOOL_")}
    env = plain | {
        "LTI_TOOL_DEVELOPMENT": "1",
        "LTI_TOOL_DEMO": "1",  # the pages then offer to fill in the worked example
        "LTI_TOOL_BASE_URL": tool_url,
        "LTI_TOOL_DATA_DIR": str(data_dir),
        "LTI_TOOL_LOG_LEVEL": "WARNING",
    }
    openedx = [str(_PYTHON), str(Path(__file__).with_name("openedx_platform.py")), f"--port={lms_port}", f"--data-dir={lms_dir}"]
    openedx += [f"--client-id={_CLIENT}", *(f"--{name}-url={tool_url}/lti/{name}" for name in ("login", "launch"))]
    openedx += [f"--tool-jwks-url={tool_url}/lti/jwks"]
    logs = {name: folder / f"{name}.log" for name in ("openedx", "web", "worker")}
    web = serve.web_command([f"127.0.0.1:{tool_port}"])
    with _running(openedx, plain, logs["openedx"]) as lms:
        _wait(f"{lms_url}/control/platform", lms, logs["openedx"])
        school = Course(lms_url, tool_url)
        _prepare(data_dir, tool_url, school.ask("platform"), env)
        with _running(web, env, logs["web"]) as server, _running(serve.worker_command(), env, logs["worker"]):
            _wait(f"{tool_url}/readyz", server, logs["web"])
            yield school
