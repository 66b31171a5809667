"""The image is built as a clean machine would install the tool, and runs as nobody special."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from lti_tool.cli import main

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Step:
    """One instruction of the Dockerfile, with continued lines joined."""

    word: str
    text: str


def read(path: Path) -> list[list[Step]]:
    """The stages of a Dockerfile, each a list of its steps."""
    lines = re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", path.read_text())).splitlines()
    steps = [Step(word.upper(), " ".join(rest.split())) for word, _, rest in (line.partition(" ") for line in lines if line.strip())]
    starts = [place for place, step in enumerate(steps) if step.word == "FROM"]
    return [steps[start:end] for start, end in zip(starts, [*starts[1:], len(steps)], strict=True)]


STAGES = read(ROOT / "Dockerfile")
FINAL = STAGES[-1]


def texts(word: str, stage: list[Step] = FINAL) -> list[str]:
    return [step.text for step in stage if step.word == word]


def runs(stage: list[Step]) -> list[list[str]]:
    """Every command of the stage's RUN steps, as words."""
    return [shlex.split(command) for text in texts("RUN", stage) for command in text.split(" && ")]


def pip_steps(commands: list[list[str]]) -> list[list[str]]:
    """What is installed, in order: pip's words without those that change no result, and paths without their folder."""
    quiet = {"--quiet", "--disable-pip-version-check", "--no-cache-dir"}
    short = {"-r": "--requirement"}
    found = []
    for words in commands:
        if len(words) > 1 and words[0].endswith("/pip") and words[1] == "install":
            found.append([short.get(word, Path(word).name if "/" in word else word) for word in words[2:] if word not in quiet])
    return found


def script_commands(path: Path) -> list[list[str]]:
    return [shlex.split(line) for line in path.read_text().splitlines() if line.startswith(('"$place', "python3 ", "make "))]


def test_hadolint_finds_nothing() -> None:
    checked = subprocess.run(
        [str(Path(sys.executable).parent / "hadolint"), "Dockerfile"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (checked.returncode, checked.stdout) == (0, "")


def test_the_wheel_is_tried_by_the_steps_of_the_image() -> None:
    script = script_commands(ROOT / "tools" / "try_wheel.sh")
    image = runs(FINAL)
    assert pip_steps(image) == pip_steps(script) == [["--require-hashes", "--requirement", "requirements.lock"], ["--no-deps", "*.whl"]]
    for commands in (image, script):
        assert any(words[1:3] == ["-m", "venv"] for words in commands)


def test_the_wheel_is_built_as_make_builds_it() -> None:
    recipe = re.search(r"^wheel:.*\n\t(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert recipe is not None
    made = recipe[1].split()[1:]
    (built,) = [words[1:] for words in runs(STAGES[0]) if "build" in words and words[1] == "-m"]

    def plain(words: list[str]) -> list[str]:
        return [word for word in words if word.strip("/") != "dist"]

    assert plain(built) == plain(made)
    assert pip_steps(runs(STAGES[0])) == [["--require-hashes", "--requirement", "requirements-dev.lock"]]


def test_it_runs_as_nobody_special() -> None:
    (user,) = texts("USER")
    assert user.isdigit()
    assert int(user) > 0
    assert any(words[0] == "useradd" and user in words for words in runs(FINAL))
    assert [step.word for step in FINAL].index("USER") > max(place for place, step in enumerate(FINAL) if step.word == "RUN")


def test_the_data_folder_belongs_to_that_user_and_is_a_volume() -> None:
    (user,) = texts("USER")
    (folder,) = texts("VOLUME")
    assert f"LTI_TOOL_DATA_DIR={folder}" in " ".join(texts("ENV")).split()
    assert ["chown", user, folder] in runs(FINAL)


def test_health_is_asked_at_the_port_that_is_served() -> None:
    (health,) = texts("HEALTHCHECK")
    (command,) = texts("CMD")
    (port,) = texts("EXPOSE")
    served = json.loads(command)
    assert f"http://127.0.0.1:{port}/readyz" in health
    assert served[served.index("--port") + 1] == port
    assert served[served.index("--host") + 1] == "0.0.0.0"


def test_what_it_starts_is_a_command_of_ours() -> None:
    (entry,) = texts("ENTRYPOINT")
    (command,) = texts("CMD")
    name, *arguments = json.loads(command)
    assert json.loads(entry) == ["/venv/bin/lti-tool"]
    known = {option for parameter in main.commands[name].params for option in parameter.opts}
    assert {word for word in arguments if word.startswith("--")} <= known


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_what_it_installs_is_pinned_with_hashes(name: str) -> None:
    text = (ROOT / name).read_text()
    pins = re.findall(r"^[A-Za-z0-9][^\n]*", text, re.MULTILINE)
    assert pins
    assert [pin for pin in pins if "==" not in pin] == []
    assert len(re.findall(r"^[A-Za-z0-9][^\n]*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(pins)


def test_the_build_does_not_take_along_what_it_should_not() -> None:
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert {".git", ".venv*", "var"} <= set(ignored)
