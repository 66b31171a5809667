"""What the documents tell people to type, set and follow is really there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from lti_tool.cli import main
from lti_tool.settings import Settings

ROOT = Path(__file__).parents[2]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
each_document = pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.relative_to(ROOT).as_posix())

_FENCE = re.compile(r"^```[^\n]*\n(.*?)^```", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_ADDRESS = re.compile(r"^(?:https://<[^>]+>)?(/(?:lti|livez|readyz|metrics|badges|issuers|s|evidence-file|handed-file|cards)\b[^\s?]*)$")


def typed(path: Path) -> str:
    """Everything in code: fenced blocks, with continued lines joined, and spans."""
    text = path.read_text()
    blocks = [block.replace("\\\n", " ") for block in _FENCE.findall(text)]
    return "\n".join([*blocks, *_SPAN.findall(_FENCE.sub("", text))])


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(), re.MULTILINE))


def anchors(path: Path) -> set[str]:
    """Names of headings as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", path.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}


def commands(path: Path) -> Iterator[str]:
    for found in re.finditer(r"(?:^|[\s/])lti-tool((?: +[^\s|#;]+)*)", typed(path), re.MULTILINE):
        if not re.match(r" ?[/:]", found[1]):
            yield found[1].strip()


def resolve(words: list[str]) -> str | None:
    """What is wrong with the arguments of `lti-tool`; None if nothing is."""
    command: click.Command = main
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        if (inner := command.commands.get(words[0])) is None:
            return f"no command {words[0]}"
        command, words = inner, words[1:]
    known = {option for parameter in command.params for option in (*parameter.opts, *parameter.secondary_opts)} | {"--help"}
    unknown = [word for word in words if word.startswith("--") and word not in known]
    return f"{command.name} has no {unknown}" if unknown else None


def test_the_documents_are_found() -> None:
    names = {path.relative_to(ROOT).as_posix() for path in DOCUMENTS}
    assert {"README.md", "docs/architecture.md", "docs/operators.md", "docs/decisions/0001-pylti1p3-behind-one-wall.md"} <= names


@each_document
def test_make_targets_exist(path: Path) -> None:
    named = set(re.findall(r"\bmake (?:--silent )?([a-z][a-z-]*)", typed(path)))
    assert named <= make_targets()


@each_document
def test_commands_and_their_options_exist(path: Path) -> None:
    assert [fault for words in commands(path) if (fault := resolve(words.split()))] == []


def test_a_wrong_command_would_be_noticed() -> None:
    assert any(words.split()[:2] == ["platform", "add"] and "--jwks-url" in words for words in commands(ROOT / "docs/admins-canvas.md"))
    assert resolve(["platform", "invite", "--district", "Oak"]) is None
    assert resolve(["platform", "uninvite"]) == "no command uninvite"
    assert resolve(["serve", "--prot", "1"]) == "serve has no ['--prot']"


@each_document
def test_settings_exist(path: Path) -> None:
    known = {f"LTI_TOOL_{name.upper()}" for name in Settings.model_fields} | {"LTI_TOOL_CONFIG"}
    assert set(re.findall(r"LTI_TOOL_[A-Z0-9_]*[A-Z]", path.read_text())) <= known


def test_the_table_of_settings_is_whole_and_its_numbers_true() -> None:
    rows = dict(re.findall(r"^\| `LTI_TOOL_([A-Z0-9_]+)` \| ([^|]+) \|", (ROOT / "README.md").read_text(), re.MULTILINE))
    assert {name.lower() for name in rows} == set(Settings.model_fields)
    for name, shown in rows.items():
        default = Settings.model_fields[name.lower()].get_default(call_default_factory=True)
        if isinstance(default, int) and not isinstance(default, bool):
            assert shown == f"`{default}`", name


def test_the_table_of_commands_is_whole() -> None:
    shown = re.findall(r"^\| `lti-tool ([a-z -]+)` \|", (ROOT / "README.md").read_text(), re.MULTILINE)
    leaves = [
        f"{name} {inner}" if inner else name
        for name, command in main.commands.items()
        for inner in (command.commands if isinstance(command, click.Group) else [""])
    ]
    assert sorted(shown) == sorted(leaves)


@each_document
def test_links_lead_somewhere(path: Path) -> None:
    broken = []
    for target in _LINK.findall(_FENCE.sub("", path.read_text())):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        place, _, anchor = target.partition("#")
        there = (path.parent / place).resolve() if place else path
        if not there.exists() or (anchor and anchor not in anchors(there)):
            broken.append(target)
    assert broken == []


@each_document
def test_addresses_of_the_tool_exist(path: Path, app: Flask) -> None:
    rules = [rule.rule for rule in app.url_map.iter_rules()]
    named = {found[1] for span in _SPAN.findall(path.read_text()) if (found := _ADDRESS.match(span))}
    missing = {one for one in named if not any(rule == one or rule.startswith(one.split("<")[0].split("…")[0]) for rule in rules)}
    assert missing == set()


@each_document
def test_named_files_exist(path: Path) -> None:
    named = re.findall(r"(?:^|[\s(`])((?:tests|docs|config|tools|lti_tool)/[\w./-]+\w)", typed(path), re.MULTILINE)
    assert [one for one in named if not (ROOT / one).exists()] == []


def test_make_help_names_what_contributors_need() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert {"demo", "test", "lint", "setup", "lock"} <= {line.split()[0] for line in shown.splitlines()}
