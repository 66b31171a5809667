"""The practice LMS shares no code with the tool."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import lti_tool.practice_lms as package

FOLDER = Path(package.__file__).parent
ALLOWED = {"flask", "jwt", "cryptography", "markupsafe", "nh3", "requests", "werkzeug"}


def imported(path: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level > 1:
                names.add("a parent package")
            elif node.level == 0:
                names.add(node.module or "")
    return names


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_imports_nothing_of_the_tool(path: Path) -> None:
    import sys

    for name in imported(path):
        own = name == "lti_tool.practice_lms" or name.startswith("lti_tool.practice_lms.")
        top = name.partition(".")[0]
        assert own or top in ALLOWED or top in sys.stdlib_module_names, f"{path.name} imports {name}"


def test_pages_hold_no_inline_script_or_style() -> None:
    for path in FOLDER.glob("templates/*.html"):
        text = path.read_text()
        assert " style=" not in text, path.name
        assert " onclick=" not in text, path.name
        assert "<style" not in text, path.name
        assert text.count("<script") == text.count("<script src="), path.name
