"""A folder of hostile files, made here: each is refused in clear words or does no harm, and none makes the tool stumble."""

from __future__ import annotations

import io
import os
import subprocess
import sys
import tracemalloc
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest

from lti_tool.evidence import apart, scanning
from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.apart import taken_apart
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.evidence.uploads import judge
from tests.integration.evidence import hostile
from tests.integration.evidence.conftest import Desk
from tests.integration.evidence.opening import clamd, delete, fetch, judging, links, picture, upload, work

REFUSED = {
    "empty.jpg": b"",
    "drawing.svg": hostile.SVG,
    "drawing.png": hostile.SVG,
    "page.html": hostile.SCRIPT,
    "page.jpg": hostile.SCRIPT,
    "page.pdf": hostile.SCRIPT + hostile.pdf(),
    "page.docx": hostile.SCRIPT,
    "macros.docx": hostile.docx(("word/vbaProject.bin", b"macro")),
    "MACROS.xlsx": hostile.zipped(("[Content_Types].xml", hostile.TYPES), ("xl/workbook.xml", b""), ("xl/VBAPROJECT.BIN", b"")),
    "macros.docm": hostile.docx(("word/vbaProject.bin", b"macro")),
    "program.exe": b"MZ" + bytes(200),
    "program.pdf": b"MZ" + bytes(200),
    "program.jpg.exe": hostile.photo(),
    "archive.zip": hostile.docx(),
    "archive.docx": hostile.zipped(("evil.exe", b"MZ")),
    "cut.docx": hostile.docx()[:300],
    "script.js": b"alert(1)",
    "script.txt": hostile.pdf(),
    "shortcut.lnk": b"L\0\0\0",
    "elf.mp4": b"\x7fELF" + bytes(100),
    "picture.mp4": hostile.photo(),
    "movie.jpg": b"\0\0\0\x18ftypisom" + bytes(80),
    "java.jpg": b"\xca\xfe\xba\xbe" + bytes(80),
    "xml.docx": b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>',
    "avif.jpg": b"\0\0\0\x18ftypavif" + bytes(80),
    "": hostile.SCRIPT,
}
"""Not taken at all."""

SHUT = {
    "bomb.docx": (hostile.zip_bomb, "bomb"),
    "lies.docx": (hostile.zip_that_lies, "damaged"),
    "types.docx": (lambda: hostile.docx(types=b"<Types>application/vnd.ms-word.document.macroEnabled.main+xml</Types>"), "macros"),
    "far.docx": (
        lambda: hostile.docx(("word/vbaProject.bin", b"x"), *(("word/" + "x" * 400 + f"{n}.xml", b"") for n in range(1400))),
        "macros",
    ),
    "basic.odt": (lambda: hostile.odt(("Basic/Standard/Module1.xml", b"")), "macros"),
    "twice.docx": (lambda: hostile.docx(("Word/document.xml", b"other")), "damaged"),
    "macros.doc": (lambda: b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2 << 20) + "_VBA_PROJECT".encode("utf-16-le"), "macros"),
    "huge.png": (lambda: hostile.png(60_000, 60_000), "pixels"),
    "cut.png": (lambda: hostile.png(100, 100, bytes(900)), "damaged"),
    "cut.jpg": (lambda: hostile.photo(900, 600)[:2000], "damaged"),
    "cut.gif": (lambda: hostile.plain("GIF")[:20], "damaged"),
    "garbage.png": (lambda: b"\x89PNG\r\n\x1a\n" + bytes(64), "damaged"),
    "garbage.webp": (lambda: b"RIFF\x24\0\0\0WEBPVP8 " + bytes(40), "damaged"),
    "garbage.heic": (lambda: b"\0\0\0\x18ftypheic" + bytes(80), "damaged"),
    "page.gif": (lambda: b"GIF89a/*" + bytes(2) + b"*/=1;alert(document.domain)//", "damaged"),
}
"""Taken as what they say they are; looked at, they open for nobody but their owner, who is told why."""


def test_what_is_not_taken_is_refused_in_words_and_leaves_nothing(desk: Desk) -> None:
    for name, content in REFUSED.items():
        answer = desk.upload("plan", content, name, title="Kept title")
        assert answer.status_code == 422, name
        assert "Kept title" in answer.text
        assert "usa-error-message" in answer.text
    assert desk.rows(Artifact) == []
    assert desk.stored_files() == 0


@pytest.mark.parametrize("name", SHUT)
def test_hostile_files_are_found_out(tmp_path: Path, name: str) -> None:
    make, reason = SHUT[name]
    content = make()
    kind = policies.kind(judge(name, content[:65536], content[-524288:]).media_type)
    with taken_apart(kind, BytesIO(content), folder=tmp_path) as result:
        assert (result.outcome, result.reason) == ("refused", reason)


def test_what_turns_out_to_be_hostile_opens_for_nobody_else(desk: Desk) -> None:
    for name in ("far.docx", "huge.png", "page.gif"):
        make, reason = SHUT[name]
        known = upload(desk, make(), name)
        assert (known.outcome, known.reason, known.due_at) == ("refused", reason, None), name
    assert desk.stored_files() == 3, "nothing was made of them"
    page = desk.get("/requirement/plan")
    assert policies.REASONS["macros"] in page.text
    assert "Replace 3 files in “Lesson plan” that reviewers can&#39;t open" in desk.get("/check").text
    for link in links(page):
        answer = fetch(desk, link)
        assert answer.headers["Content-Disposition"].startswith("attachment"), "its owner may take it back"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
    desk.write_everything()
    assert desk.submit().status_code in (303, 409)
    assert desk.submissions() == []


def test_what_turns_out_to_be_hostile_after_submitting_stays_shut(desk: Desk) -> None:
    desk.upload("plan", hostile.photo()[:600], "cut.jpg")
    reviewer, path = judging(desk)
    work(desk.world.tool)
    page = reviewer.get(path)
    assert "can’t be shown" in page.text
    assert links(page) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("both.jpg", hostile.photo() + hostile.docx()),
        ("both.gif", hostile.plain("GIF") + hostile.SCRIPT),
        ("both.png", hostile.plain("PNG") + b"<?php system($_GET[0]); ?>"),
        ("script.jpg", hostile.photo().replace(b"taken by Ada Lovelace", b"<script>alert(1)</>  ")),
    ],
)
def test_pictures_that_are_something_else_too_are_only_pictures_for_others(desk: Desk, name: str, content: bytes) -> None:
    assert upload(desk, content, name).outcome == "made"
    reviewer, path = judging(desk)
    for link in links(reviewer.get(path)):
        answer = fetch(desk, link)
        assert picture(answer)
        for word in (b"<script", b"PK\x03\x04", b"<?php", b"alert"):
            assert word not in answer.data


@pytest.mark.parametrize(
    ("name", "content", "media_type", "how"),
    [
        ("page.txt", hostile.SCRIPT, "text/plain; charset=utf-8", "attachment"),
        ("page.csv", b"=cmd|' /C calc'!A0\n" + hostile.SCRIPT, "text/plain; charset=utf-8", "attachment"),
        ("both.pdf", hostile.pdf() + hostile.SCRIPT, "application/pdf", "inline"),
        ("page.pdf", b"%PDF-1.4\n" + hostile.SCRIPT, "application/pdf", "inline"),
        ("page.rtf", b"{\\rtf1 " + hostile.SCRIPT + b"}", "application/rtf", "attachment"),
    ],
)
def test_what_could_be_a_page_is_never_served_as_one(desk: Desk, name: str, content: bytes, media_type: str, how: str) -> None:
    upload(desk, content, name)
    reviewer, path = judging(desk)
    for page in (desk.browser.get(f"/evidence/submission/{desk.submissions()[0].id}"), reviewer.get(path)):
        [link] = links(page)
        answer = fetch(desk, link)
        assert answer.status_code == 200
        assert answer.headers["Content-Type"] == media_type
        assert answer.headers["Content-Disposition"].startswith(how)
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        policy = answer.headers["Content-Security-Policy"].split("; ")
        assert policy[0] == "default-src 'none'"
        assert policy[-1] == "sandbox"
        assert "Set-Cookie" not in answer.headers


def test_names_in_every_script_do_no_harm(desk: Desk) -> None:
    taken = 0
    for name in hostile.NAMES:
        answer = desk.upload("plan", hostile.photo(), name)
        assert answer.status_code in (303, 422), name
        if answer.status_code == 422:  # no browser sends a line break in a name: the form is read as one without a file
            assert "\n" in name
            continue
        [piece] = desk.rows(Artifact)
        assert len(piece.filename) <= 150
        assert not set(piece.filename) & set("/\\\r\n\x00\x07\x1b\u202e\u2066\u2069\u200b"), name
        [link] = links(desk.get("/requirement/plan"))
        served = fetch(desk, link)
        assert served.status_code == 200
        disposition = served.headers["Content-Disposition"]
        assert disposition.isascii()
        assert len(disposition) < 1800
        if "filename*=" in disposition:
            assert unquote(disposition.partition("filename*=UTF-8''")[2]) == piece.filename
        else:
            assert disposition == f'attachment; filename="{piece.filename}"'
        delete(desk, piece)
        taken += 1
    assert taken == len(hostile.NAMES) - 1


def test_the_worker_outlives_what_kills_its_examiner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "SECONDS", 0.01)
    for kind, outcome in (("picture", "refused"), ("pdf", "as_is"), ("office", "as_is")):
        with taken_apart(kind, BytesIO(hostile.photo()), folder=tmp_path) as result:
            assert (result.outcome, result.reason) == (outcome, "too_hard")
    monkeypatch.undo()
    with taken_apart("no such kind", BytesIO(b""), folder=tmp_path) as result:
        assert result.reason == "too_hard"
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"


@pytest.mark.parametrize(
    "greed",
    ["bytearray(3 << 30)", "list(iter(int, 1))", "open('copy', 'wb').write(bytes(700 << 20))", "[open('/dev/null') for _ in range(99)]"],
)
def test_the_examiner_has_little_to_spend(tmp_path: Path, greed: str) -> None:
    root = str(Path(apart.__file__).parents[3])
    ends = "import resource; resource.setrlimit(resource.RLIMIT_CPU, (1, 1)); resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))"
    code = f"from lti_tool.evidence.apart.__main__ import limit; limit(); {ends}; {greed}"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env={"PYTHONPATH": root}, check=False, capture_output=True)
    assert done.returncode


def test_our_own_memory_stays_flat(tmp_path: Path) -> None:
    class Zeros(io.RawIOBase):
        left = 48 << 20

        def readinto(self, buffer: Any) -> int:  # type: ignore[override]
            count = min(len(buffer), self.left)
            buffer[:count] = bytes(count)
            self.left -= count
            return count

        def readable(self) -> bool:
            return True

    tracemalloc.start()
    try:
        with taken_apart("office", io.BufferedReader(Zeros()), folder=tmp_path) as result:  # type: ignore[arg-type]
            assert result.reason == "damaged"
        with clamd(most=1 << 20) as scanner:
            assert scanning.verdict(scanner.address, io.BufferedReader(Zeros())) == "too_large"  # type: ignore[arg-type]
        assert tracemalloc.get_traced_memory()[1] < 12 << 20
    finally:
        tracemalloc.stop()


def test_the_examiner_sees_none_of_our_secrets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LTI_TOOL_SECRET_KEY", "not for you")
    seen = {}
    honest = subprocess.run

    def watching(*given: object, **more: object) -> object:
        seen.update(more)
        return honest(*given, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watching)
    with taken_apart("picture", BytesIO(hostile.photo()), folder=tmp_path) as result:
        assert result.outcome == "made"
    assert set(seen["env"]) == {"PYTHONPATH"}
    assert "LTI_TOOL_SECRET_KEY" in os.environ


def test_what_the_examiner_says_is_believed_only_where_it_makes_sense(tmp_path: Path) -> None:
    good = '{"outcome": "made", "reason": "", "width": 1, "height": 1}'
    for said in ("", "[]", '{"outcome": "made"}', good, good.replace("made", "owned"), good.replace("1", '"x"'), "9" * 9000):
        (tmp_path / "result").write_text(said)
        assert apart._read("picture", tmp_path).outcome == "refused", said
    (tmp_path / "copy").symlink_to("/etc/hostname")
    (tmp_path / "preview").symlink_to("/etc/hostname")
    (tmp_path / "result").write_text(good)
    assert apart._read("picture", tmp_path).outcome == "refused"


def test_nothing_is_known_of_files_of_other_districts(desk: Desk) -> None:
    upload(desk, hostile.photo(), "a.jpg")
    [known] = desk.rows(StoredFile)
    assert known.district_id == desk.ada.district_id
