"""No row is forgotten: each has a test that carries its id, here or where `rows.py` says."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.conformance.rows import ELSEWHERE, LEVELS, OURS

ROOT = Path(__file__).parents[2]
_ID = re.compile(r"(?<![^\W_])([A-N]\d{1,3})[a-z]?(?![^\W_])", re.IGNORECASE)


def ids_of(test: str) -> set[str]:
    """The rows that a test's name or parameters carry: `test_e84_e87_…`, `[F99-F100-own-kid]`, `[D54b-…]`."""
    return {found.upper() for found in _ID.findall(test.partition("::")[2])}


def test_every_row_has_its_test() -> None:
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-p", "no:cacheprovider", "tests/conformance"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert listed.returncode == 0, listed.stdout[-3000:] + listed.stderr[-3000:]
    here = {row for line in listed.stdout.splitlines() for row in ids_of(line)}
    assert sorted(LEVELS.keys() - here - ELSEWHERE.keys()) == []
    assert sorted(here - LEVELS.keys() - set(OURS.split())) == [], "an id that is no row"
    assert sorted(ELSEWHERE.keys() & here) == [], "a row is tested here and pointed elsewhere"


def test_what_the_table_points_at_is_there() -> None:
    for name in (name for names in ELSEWHERE.values() for name in names):
        file, _, test = name.partition("::")
        there = {found.name for found in ast.parse((ROOT / file).read_text()).body if isinstance(found, ast.FunctionDef)}
        assert test.startswith("test_"), name
        assert test in there, name
    assert ELSEWHERE.keys() <= LEVELS.keys()


def test_the_table_counts_each_row_once() -> None:
    assert Counter(LEVELS.values()) == {"M": 116, "S": 16, "H": 18}
    assert not LEVELS.keys() & set(OURS.split())
