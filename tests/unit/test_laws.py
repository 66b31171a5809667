"""The house laws that import-linter can't say, held against the source itself."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[2] / "lti_tool"
FILES = sorted(path for path in PACKAGE.rglob("*.py") if "versions" not in path.parts)
OWN_PROGRAMS = ("practice_lms/", "demo/")  # stand on the other side of the wire


def name(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def importers(module: str) -> set[str]:
    return {name(path) for path in FILES if any(one == module or one.startswith(module + ".") for one in imports(path))}


def test_one_door_to_other_servers() -> None:
    outside = {
        one for one in importers("requests") | importers("urllib3") | importers("urllib.request") if not one.startswith(OWN_PROGRAMS)
    }
    assert outside == {"http.py"}


def test_pylti1p3_stays_behind_its_wall() -> None:
    allowed = {"catalog/placing.py", "grading/ags.py", "grading/nrps.py"}
    assert {one for one in importers("pylti1p3") if not one.startswith("launch/")} <= allowed


@pytest.mark.parametrize("kind", ["policies.py", "models.py"])
def test_policies_and_models_know_no_flask(kind: str) -> None:
    assert not {one for one in importers("flask") | importers("flask_wtf") if one.endswith(kind)}


def test_policies_touch_no_database() -> None:
    assert not {one for one in importers("sqlalchemy") if one.endswith("policies.py")}


def test_vendors_are_told_apart_in_platforms_only() -> None:
    found = [
        f"{name(path)}:{node.lineno}"
        for path in FILES
        if not name(path).startswith(("platforms/", *OWN_PROGRAMS))
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Compare | ast.MatchValue)
        for part in ast.walk(node)
        if isinstance(part, ast.Constant) and part.value in ("canvas", "moodle")
    ]
    assert found == []


def calls(path: Path, *names: str) -> list[int]:
    return [
        node.lineno
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in names
    ]


def test_only_the_unit_of_work_commits() -> None:
    assert {name(path) for path in FILES if calls(path, "commit")} <= {"migrations/env.py"}


def test_time_comes_from_the_clock() -> None:
    found = {
        name(path)
        for path in FILES
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Attribute) and node.attr in ("now", "utcnow", "today")
        if isinstance(node.value, ast.Name) and node.value.id in ("datetime", "date")
    }
    assert found == {"tool.py", "practice_lms/settings.py"}


@pytest.mark.parametrize("path", FILES, ids=name)
def test_files_stay_short(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= 350
