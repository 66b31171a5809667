"""The trail in the console: searched, taken away as a table, and as a file that anybody can verify."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import pytest
from sqlalchemy import text

from lti_tool import audit
from lti_tool.audit import AuditEvent
from lti_tool.keeping import erasing
from lti_tool.launch.models import Person
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

OPERATORS = Path(__file__).parents[3] / "docs" / "operators.md"


@pytest.fixture(name="console")
def _console(scene: Scene, world: World) -> FrameBrowser:
    return world.browser(scene.dana, "console")


def note(scene: Scene, action: str, **given: object) -> None:
    with scene.world.tool.database.unit() as session:
        audit.record(session, district_id=scene.registration.district_id, at=scene.world.tool.clock(), action=action, **given)  # type: ignore[arg-type]


def shown(page: str) -> list[str]:
    return [" ".join(one.split()) for one in re.findall(r'<td class="trail-what">([^<]+)', page)]


def test_the_search(scene: Scene, world: World, clock: Clock) -> None:
    note(scene, "review:seat:given", actor_id=scene.dana.id, subject_id=scene.activity.id)
    note(scene, "review:locked", actor_id=scene.reviewers[0].id, subject_id=scene.ada.id)
    clock.tick(days=3)
    note(scene, "launch:deployment:taken_in", why="x")
    note(scene, "reviewing:other:thing")
    console = world.browser(scene.dana, "console")
    today, thing = clock().date().isoformat(), scene.activity.id
    for query, found in (
        ("", ["reviewing other thing", "launch deployment taken in", "review locked", "review seat given"]),
        ("room=review", ["review locked", "review seat given"]),
        ("room=nonsense", ["reviewing other thing", "launch deployment taken in", "review locked", "review seat given"]),
        ("action=launch deployment taken in", ["launch deployment taken in"]),
        ("action=review:seat", ["review seat given"]),
        ("action=%25", ["reviewing other thing", "launch deployment taken in", "review locked", "review seat given"]),
        ("person=dana", ["review seat given"]),
        ("person=adabella", ["review locked"]),
        ("person=nobody", []),
        (f"thing={thing.hex[-6:].upper()}", ["review seat given"]),
        (f"thing={thing}", ["review seat given"]),
        ("thing=000000", []),
        (f"since={today}", ["reviewing other thing", "launch deployment taken in"]),
        (f"until={today}&since={today}&room=launch", ["launch deployment taken in"]),
        ("until=2020-01-01", []),
    ):
        page = console.get(f"/district/trail?{query}")
        assert (page.status_code, shown(page.text)) == (200, found), query
    assert "Nothing found" in console.get("/district/trail?person=nobody").text
    assert console.get("/district/trail?since=yesterday").status_code == 400
    assert console.get("/district/trail?before=x").status_code == 400
    assert 'value="2020-01-01"' in console.get("/district/trail?until=2020-01-01").text, "what was typed stays"


def test_pages_of_what_is_found_go_on_in_it(scene: Scene, console: FrameBrowser) -> None:
    for n in range(60):
        note(scene, "review:seat:given", n=n)
        note(scene, "launch:other:thing")
    page = console.get("/district/trail?room=review").text
    [following] = re.findall(r'href="[^"]*(/district/trail\?before=[^"]+)"', page)
    rest = console.get(following.replace("&amp;", "&")).text
    assert (len(shown(page)), len(shown(rest))) == (50, 10)
    assert set(shown(page) + shown(rest)) == {"review seat given"}


def verified(lines: bytes, folder: Path) -> subprocess.CompletedProcess[str]:
    """As the operators' handbook says."""
    [script] = re.findall(r"^```python\n(.*?)^```", OPERATORS.read_text(), re.MULTILINE | re.DOTALL)
    (folder / "verify.py").write_text(script)
    (folder / "trail.jsonl").write_bytes(lines)
    return subprocess.run([sys.executable, "verify.py", "trail.jsonl"], cwd=folder, capture_output=True, text=True, check=False)


def test_anybody_can_verify_the_file_with_the_handbooks_script(scene: Scene, console: FrameBrowser, tmp_path: Path) -> None:
    note(scene, "evidence:deadline:extended", subject_id=scene.enrollment.id, reason="Eine längere Krankheit.", until="2027")
    for review in scene.seated()[1]:
        scene.world.judge(review, 2)
    answer = console.get("/district/trail.jsonl")
    assert (answer.status_code, answer.headers["Content-Disposition"]) == (200, 'attachment; filename="trail.jsonl"')
    lines = answer.data.splitlines(keepends=True)
    count = len(scene.rows(AuditEvent))
    assert len(lines) == count
    good = verified(answer.data, tmp_path)
    last = json.loads(lines[-1])["hash"]
    assert (good.returncode, good.stdout) == (0, f"{count} events, intact, the last is {last}\n")
    decided = next(number for number, one in enumerate(lines, 1) if b"earned" in one)
    for changed, at in (
        (answer.data.replace(b"Krankheit", b"Gesundheit"), 1),
        (answer.data.replace(b'"2027"', b'"2028"'), 1),
        (b"".join(lines[:1] + lines[2:]), 2),
        (b"".join([lines[0], lines[2], lines[1], *lines[3:]]), 2),
        (answer.data.replace(b'"outcome": "earned"', b'"outcome": "revise"'), decided),
    ):
        bad = verified(changed, tmp_path)
        assert (bad.returncode, bad.stderr.strip()) == (1, f"broken at event {at}")


def test_what_concerns_ones_own_work_is_withheld_and_the_rest_still_hangs_together(scene: Scene, world: World, tmp_path: Path) -> None:
    submission, reviews = scene.seated()
    note(scene, "review:other:thing")
    own = world.browser(scene.ada, "earner", "console", context=scene.context)
    answer = own.get("/district/trail.jsonl").data
    assert str(reviews[0].id).encode() not in answer
    assert str(submission.id).encode() not in answer
    held = [json.loads(line) for line in answer.splitlines() if b"withheld" in line]
    assert held
    assert all(set(one) == {"sequence", "previous", "hash", "withheld"} for one in held)
    assert verified(answer, tmp_path).returncode == 0
    assert str(reviews[0].id) not in own.get("/district/trail.csv").text
    assert str(reviews[0].id) not in own.get("/district/trail").text


def test_the_table_runs_nothing_in_a_spreadsheet(scene: Scene, console: FrameBrowser) -> None:
    with scene.world.tool.database.unit() as session:
        session.get_one(Person, scene.dana.id).label = '=HYPERLINK("http://evil.example")'
    note(scene, "review:seat:given", actor_id=scene.dana.id, reason="@SUM(1)", n=-1)
    note(scene, "launch:other:thing")
    answer = console.get("/district/trail.csv?room=review")
    assert answer.data.startswith(b"\xef\xbb\xbf")
    head, row = list(csv.reader(StringIO(answer.data.decode("utf-8-sig"))))
    found = dict(zip(head, row, strict=True))
    assert found["who"] == '\'=HYPERLINK("http://evil.example")'
    assert (found["reason"], found["details"], found["who_id"]) == ("'@SUM(1)", "n: -1", str(scene.dana.id))
    assert found["hash"] == scene.rows(AuditEvent)[0].hash


def test_nothing_of_another_district(scene: Scene, world: World, console: FrameBrowser) -> None:
    foreign = world.registration()
    with world.tool.database.unit() as session:
        audit.record(session, district_id=foreign.district_id, at=world.tool.clock(), action="review:foreign:thing")
    for path in ("/district/trail", "/district/trail.csv", "/district/trail.jsonl"):
        assert "foreign" not in console.get(path).text


def test_a_page_asks_the_same_however_long_the_trail_is(scene: Scene, console: FrameBrowser) -> None:
    note(scene, "review:seat:given")
    counts = []
    for _ in range(2):
        with counted(scene.world.tool) as statements:
            console.get("/district/trail")
        counts.append(len(statements))
        for _ in range(70):
            note(scene, "review:seat:given")
    assert counts[0] == counts[1]


def test_an_erasure_takes_the_reason_and_leaves_the_chain(scene: Scene, world: World, console: FrameBrowser, tmp_path: Path) -> None:
    note(scene, "evidence:deadline:extended", subject_id=scene.enrollment.id, reason="A long illness.", until="2027")
    note(scene, "review:seat:given")
    assert "A long illness." in console.get("/district/trail").text
    with world.tool.database.unit() as session:
        erasing.erase(session, world.tool, district_id=scene.registration.district_id, person_id=scene.ada.id, actor_id=scene.dana.id)
    lines = console.get("/district/trail.jsonl").data
    assert b"illness" not in lines
    assert verified(lines, tmp_path).returncode == 0
    with world.tool.database.read() as session:
        check = audit.verify(session, scene.registration.district_id)
        assert (check.broken, check.erased) == (None, 1)
        assert session.scalar(text("SELECT count(*) FROM audit_event WHERE reason LIKE '%illness%' OR reason_salt <> ''")) == 0
