"""`lti-tool serve` as an operator runs it: both processes come up, answer, and stop when told."""

from __future__ import annotations

import base64
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner

from lti_tool import cli
from lti_tool.demo.stage import free_ports


def _run(tmp_path: Path, *arguments: str, **env: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "LTI_TOOL_DEVELOPMENT": "1", "LTI_TOOL_DATA_DIR": str(tmp_path / "data"), **env}
    return subprocess.Popen(
        [sys.executable, "-m", "lti_tool", *arguments],
        env=environment,
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def _wait(url: str, process: subprocess.Popen[str]) -> requests.Response:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert process.poll() is None, process.stdout.read() if process.stdout else ""
        try:
            return requests.get(url, timeout=15)
        except requests.ConnectionError:
            time.sleep(0.1)
    raise AssertionError("nobody answers")


def test_serves_migrated_and_stops_cleanly(tmp_path: Path) -> None:
    [port] = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    process = _run(tmp_path, "serve", "--port", str(port), LTI_TOOL_BASE_URL=base)
    try:
        assert _wait(f"{base}/readyz", process).json() == {"status": "ready"}
        assert requests.get(f"{base}/livez", timeout=5).status_code == 200
        keys = requests.get(f"{base}/lti/jwks", timeout=5)
        assert keys.headers["Content-Type"] == "application/json"
        assert [key["kty"] for key in keys.json()["keys"]] == ["RSA"]
        assert "lti_tool_http_requests_total" in requests.get(f"{base}/metrics", timeout=5).text
        canvas = requests.get(f"{base}/lti/canvas.json", timeout=5).json()
        assert canvas["target_link_uri"] == f"{base}/lti/launch"
        nobody = requests.get(f"{base}/s/abc/home", timeout=5)
        assert nobody.status_code == 401
        assert "frame-ancestors https: http:" in nobody.headers["Content-Security-Policy"]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)
    assert process.returncode == 0


@pytest.mark.parametrize("told", [signal.SIGINT, signal.SIGTERM])
def test_the_demo_leaves_nothing_behind(tmp_path: Path, told: signal.Signals) -> None:
    port = free_ports(3)[0]
    process = _run(tmp_path, "demo", "--no-browser", "--port", str(port))
    try:
        _wait(f"http://127.0.0.1:{port}/readyz", process)
        assert "Be everybody" in _wait(f"http://localhost:{port + 1}/", process).text
    finally:
        process.send_signal(told)
        process.communicate(timeout=100)
    assert process.returncode == 0
    with pytest.raises(requests.ConnectionError):
        requests.get(f"http://127.0.0.1:{port}/livez", timeout=15)


def test_commands_say_what_they_did(tmp_path: Path) -> None:
    environment = {"LTI_TOOL_DEVELOPMENT": "1", "LTI_TOOL_DATA_DIR": str(tmp_path / "data"), "LTI_TOOL_DATABASE_URL": ""}
    added = (
        "platform", "add", "--issuer", "https://lms.example.edu", "--client-id", "abc", "--auth-url", "https://lms.example.edu/auth",
        "--token-url", "https://lms.example.edu/token", "--jwks-url", "https://lms.example.edu/jwks",
        "--deployment-id", "1", "--district", "North",
    )  # fmt: skip
    for arguments, status, words in (
        (("migrate",), 0, "up to date"),
        (("check-config",), 0, "sound"),
        (added, 0, "Registered https://lms.example.edu"),
        ((*added, "--jwks-url", "https://evil.example/jwks"), 1, "✗"),
        (
            ("platform", "list"),
            0,
            "other   production  North: lms.example.edu\n          https://lms.example.edu  client abc  never opened\n",
        ),
        (("keys", "list"), 0, " signs "),
        (("keys", "rotate", "--withdraw"), 2, "--withdraw goes with --at-once"),
        (("keys", "rotate"), 0, "is published and signs from 20"),
        (("keys", "list"), 0, "published, signs from 20"),
        (("keys", "rotate", "--at-once"), 0, "signs from now on"),
        (("keys", "list"), 0, "published until 20"),
        (("keys", "reseal"), 0, "Sealed 3 private keys"),
        (("keys", "rotate", "--at-once", "--withdraw"), 0, "The older keys are withdrawn"),
        (("keys", "reseal"), 0, "Sealed 1 private keys"),
        (
            ("platform", "edit", "--issuer", "https://lms.example.edu", "--client-id", "abc", "--off", "--admins-run-console"),
            0,
            "is disabled",
        ),
        (("platform", "edit", "--issuer", "https://lms.example.edu", "--client-id", "abc", "--on"), 0, "is active; its administrators run"),
        (("platform", "edit", "--issuer", "https://lms.example.edu", "--client-id", "other", "--on"), 1, "no such registration"),
        (("platform", "invite", "--district", "North"), 0, "/lti/register/"),
        (("doctor",), 1, "public keys can’t be read"),
    ):
        said = CliRunner().invoke(cli.main, arguments, env=environment)
        assert said.exit_code == status, said.output
        assert words in said.output


def test_a_command_is_a_process_of_its_own(tmp_path: Path) -> None:
    for arguments, status, words in ((("migrate",), 0, "up to date"), (("platform", "enable"), 2, "No such command")):
        process = _run(tmp_path, *arguments)
        output, _ = process.communicate(timeout=100)
        assert process.returncode == status, output
        assert words in output


def test_a_running_server_takes_up_a_rotation(tmp_path: Path) -> None:
    [port] = free_ports(1)
    base = f"http://127.0.0.1:{port}"
    process = _run(tmp_path, "serve", "--no-worker", "--port", str(port), LTI_TOOL_BASE_URL=base)
    try:
        _wait(f"{base}/readyz", process)
        [old] = requests.get(f"{base}/lti/jwks", timeout=10).json()["keys"]
        output, _ = _run(tmp_path, "keys", "rotate", "--at-once").communicate(timeout=100)
        keys = requests.get(f"{base}/lti/jwks", timeout=10).json()["keys"]
        assert keys[1:] == [old]
        assert keys[0]["kid"] in output
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=40)


def test_sealing_anew_with_a_lost_key_changes_nothing(tmp_path: Path) -> None:
    for arguments, key, status, words in (
        (("platform", "invite"), b"1", 0, "/lti/register/"),
        (("keys", "reseal"), b"2", 1, "Nothing was changed"),
        (("doctor",), b"2", 1, "1 of them can't be opened: tool_key"),
        (("keys", "reseal"), b"21", 0, "Sealed 1 private keys"),
        (("doctor",), b"2", 0, "All can be opened"),
    ):
        keys = ",".join(base64.urlsafe_b64encode(bytes([number]) * 32).decode() for number in key)
        process = _run(tmp_path, *arguments, LTI_TOOL_ENCRYPTION_KEYS=keys)
        output, _ = process.communicate(timeout=100)
        assert (process.returncode, words in output) == (status, True), output


def test_every_fault_of_the_settings_is_said(tmp_path: Path) -> None:
    process = _run(tmp_path, "check-config", LTI_TOOL_BASE_URL="nonsense", LTI_TOOL_REVIEW_DAYS="0")
    output, _ = process.communicate(timeout=100)
    assert process.returncode == 2
    assert "REVIEW_DAYS" in output
