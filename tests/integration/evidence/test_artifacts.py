"""Pieces of evidence: add, edit, remove, and what becomes of their files."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import TestResponse

from lti_tool.evidence.models import Artifact, ArtifactUse
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.factories.world import World
from tests.integration.evidence.conftest import PDF, PNG, Desk, artifact_ids


@pytest.fixture
def small(tool: Tool) -> Iterator[Tool]:
    """Files of three megabytes at most."""
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), "max_upload_bytes": 3 * 1024 * 1024})
    return tool


def test_three_kinds_of_pieces(desk: Desk) -> None:
    assert desk.post("/requirement/plan/add/text", {"title": "My plan", "text": "Ask, wait.", "students": "none"}).status_code == 303
    assert (
        desk.post("/requirement/plan/add/link", {"title": "", "url": "https://example.org/plan?id=1", "text": "Page 2"}).status_code == 303
    )
    answer = desk.upload("plan", PNG, "Tafelbild für Montag.png", title="")
    assert answer.status_code == 303
    page = desk.browser.get(answer.location).text
    assert "Added to your evidence." in page
    assert "3 added" in page
    assert "Say what it shows of students" in page, "the link was not declared"
    text, link, file = desk.rows(Artifact)
    assert (text.kind, text.title, text.text, text.students) == ("text", "My plan", "Ask, wait.", "none")
    assert (link.title, link.url, link.text, link.students) == ("example.org", "https://example.org/plan?id=1", "Page 2", "")
    assert (file.title, file.filename, file.media_type, file.size) == (
        "Tafelbild für Montag.png",
        "Tafelbild für Montag.png",
        "image/png",
        len(PNG),
    )
    assert desk.world.tool.blobs.path(file.blob_key).read_bytes() == PNG
    assert "Say what 1 piece in “Lesson plan” shows of students." in desk.get("/check").text


def test_the_form_is_open_while_nothing_is_there(desk: Desk) -> None:
    page = desk.get("/requirement/plan").text
    assert "Upload a file" in page
    assert 'type="file"' in page
    assert "Judged by" in page
    assert "Planning" in page
    desk.upload("plan", PDF, "plan.pdf")
    page = desk.get("/requirement/plan").text
    assert 'type="file"' not in page
    for kind in ("text", "link", "file"):
        form = desk.get(f"/requirement/plan/add/{kind}")
        assert form.status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "ftp://x/y",
        "https://",
        "example.org",
        "https://user:pw@example.org",
        "https://a b.org",
        "https://[::1",
        "//x",
    ],
)
def test_links_are_web_addresses(desk: Desk, url: str) -> None:
    answer = desk.post("/requirement/plan/add/link", {"url": url, "title": "Kept title"})
    assert answer.status_code == 422
    assert "A link starts with https://" in answer.text
    assert "Kept title" in answer.text
    assert desk.rows(Artifact) == []


def test_empty_forms_say_what_is_needed(desk: Desk) -> None:
    assert "Write or paste your text." in desk.post("/requirement/plan/add/text", {"title": "T"}).text
    assert "Paste the link." in desk.post("/requirement/plan/add/link", {"title": "T"}).text
    answer = desk.post("/requirement/plan/add/file", {"title": "T"})
    assert answer.status_code == 422
    assert "Choose a file." in answer.text


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "plan.pdf", "The file is empty."),
        (b"MZ" + b"\0" * 200, "setup.exe", "can&#39;t be taken"),
        (b"<html><script>alert(1)</script></html>", "page.html", "can&#39;t be taken"),
        (b'<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "drawing.svg", "can&#39;t be taken"),
        (b"MZ" + b"\0" * 200, "plan.pdf", "holds something else"),
        (b"<html><script>alert(1)</script></html>", "photo.png", "holds something else"),
        (PNG, "plan.docx", "holds something else"),
        (PNG, "notes.txt", "holds something else"),
    ],
)
def test_files_that_are_refused_leave_nothing(desk: Desk, content: bytes, name: str, words: str) -> None:
    answer = desk.upload("plan", content, name, title="Kept title")
    assert answer.status_code == 422
    assert words in answer.text
    assert "Kept title" in answer.text
    assert desk.rows(Artifact) == []
    assert desk.stored_files() == 0


def send(desk: Desk, content: bytes, name: str, key: str = "plan", **kwargs: Any) -> TestResponse:
    """An upload whose body is not copied by the test client."""
    head = f'--b\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'.encode()
    return desk.browser.client.post(
        desk.browser.prefix + desk.path(f"/requirement/{key}/add/file"),
        input_stream=BytesIO(head + content + b"\r\n--b--\r\n"),
        content_type="multipart/form-data; boundary=b",
        headers={"X-CSRFToken": desk.browser.token()},
        **kwargs,
    )


def test_the_limit_of_files(small: Tool, desk: Desk) -> None:
    exactly = PDF + b"\0" * (3 * 1024 * 1024 - len(PDF))
    assert send(desk, exactly, "big.pdf").status_code == 303
    one_more = send(desk, exactly + b"\0", "bigger.pdf")
    assert one_more.status_code == 422
    assert "at most 3 MB" in one_more.text
    much_more = send(desk, exactly + exactly, "huge.pdf")
    assert much_more.status_code == 413
    assert "at most 3 MB" in much_more.text
    assert desk.stored_files() == 1


def test_a_file_of_unknown_length_is_not_read(small: Tool, desk: Desk) -> None:
    answer = send(
        desk, b"\0" * (6 * 1024 * 1024), "a.pdf", environ_overrides={"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    )
    assert answer.status_code == 411
    assert desk.stored_files() == 0


def test_other_pages_keep_their_small_limit(desk: Desk) -> None:
    answer = desk.post("/answers/overview", {"text_context": "x" * (3 * 1024 * 1024)})
    assert answer.status_code == 413


def test_a_large_file_is_not_held_in_memory(desk: Desk, tmp_path: Path) -> None:
    import tracemalloc

    big = tmp_path / "lesson.mp4"
    with big.open("wb") as file:
        file.write(b"\0\0\0\x18ftypmp42\0\0\0\0mp42isom")
        file.truncate(60 * 1024 * 1024)
    body = tmp_path / "body"
    with body.open("wb") as out, big.open("rb") as file:
        out.write(b'--b\r\nContent-Disposition: form-data; name="file"; filename="lesson.mp4"\r\n\r\n')
        while chunk := file.read(1 << 20):
            out.write(chunk)
        out.write(b"\r\n--b--\r\n")
    token = desk.browser.token()
    with body.open("rb") as stream:
        tracemalloc.start()
        answer = desk.browser.client.post(
            desk.browser.prefix + desk.path("/requirement/recording/add/file"),
            input_stream=stream,
            content_type="multipart/form-data; boundary=b",
            content_length=os.path.getsize(body),
            headers={"X-CSRFToken": token},
        )
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert answer.status_code == 303
    assert peak < 20 * 1024 * 1024
    assert desk.rows(Artifact)[0].media_type == "video/mp4"


def test_a_full_requirement_takes_no_more(sit: Callable[..., Desk]) -> None:
    desk = sit(evidence=[{"key": "plan", "title": "Lesson plan", "description": "One.", "maximum": 1}])
    desk.upload("plan", PDF, "plan.pdf")
    answer = desk.upload("plan", PDF, "second.pdf", title="Kept title")
    assert answer.status_code == 409
    assert "holds at most 1" in answer.text
    assert "Kept title" in answer.text
    assert desk.stored_files() == 1
    assert "This part is full" in desk.get("/requirement/plan").text


def test_only_what_the_requirement_accepts(sit: Callable[..., Desk]) -> None:
    desk = sit(evidence=[{"key": "plan", "title": "Lesson plan", "description": "One.", "accepts": ["link"]}])
    assert 'name="url"' in desk.get("/requirement/plan").text
    assert desk.get("/requirement/plan/add/file").status_code == 404
    assert desk.upload("plan", PDF, "plan.pdf").status_code == 404
    assert desk.post("/requirement/plan/add/text", {"title": "T", "text": "t"}).status_code == 404
    assert desk.stored_files() == 0


def test_students_may_not_be_declared_where_they_may_not_be_seen(desk: Desk) -> None:
    answer = desk.post("/requirement/plan/add/text", {"title": "T", "text": "t", "students": "identifiable"})
    assert answer.status_code == 422
    assert desk.post("/requirement/recording/add/text", {"title": "T", "text": "t", "students": "identifiable"}).status_code == 303


def test_edit_changes_words_and_declaration_but_no_bytes(desk: Desk) -> None:
    desk.upload("recording", PNG, "board.png", students="")
    desk.post("/requirement/recording/add/link", {"url": "https://example.org/a"})
    desk.post("/requirement/recording/add/text", {"title": "T", "text": "Before"})
    file, link, text = desk.rows(Artifact)
    page = desk.get(f"/artifact/{file.id}").text
    assert "board.png" in page
    assert "/evidence-file/" in page
    assert desk.post(f"/artifact/{file.id}", {"title": "Board", "text": "Minute 2", "students": "background"}).status_code == 303
    assert desk.post(f"/artifact/{link.id}", {"title": "Site", "url": "https://example.org/b"}).status_code == 303
    assert desk.post(f"/artifact/{text.id}", {"title": "T2", "text": "After", "students": "work"}).status_code == 303
    new_file, new_link, new_text = desk.rows(Artifact)
    assert (new_file.title, new_file.text, new_file.students, new_file.blob_key) == ("Board", "Minute 2", "background", file.blob_key)
    assert (new_link.title, new_link.url) == ("Site", "https://example.org/b")
    assert (new_text.title, new_text.text) == ("T2", "After")
    bad = desk.post(f"/artifact/{link.id}", {"title": "Other", "url": "javascript:x"})
    assert bad.status_code == 422
    assert "Other" in bad.text
    assert desk.rows(Artifact)[1].url == "https://example.org/b"


def test_deleting_deletes_a_draft_file(desk: Desk) -> None:
    desk.upload("plan", PDF, "plan.pdf")
    [piece] = artifact_ids(desk.get("/requirement/plan"))
    assert desk.browser.post(f"/evidence/portfolio/{piece}/delete").status_code == 303
    assert desk.rows(Artifact) == []
    assert desk.rows(ArtifactUse) == []
    assert desk.stored_files() == 0
    assert desk.browser.post(f"/evidence/portfolio/{piece}/delete").status_code == 404


def test_a_frozen_file_is_never_deleted(desk: Desk) -> None:
    desk.write_everything()
    [plan] = artifact_ids(desk.get("/requirement/plan"))
    desk.submit()
    desk.decide("revise")
    desk.post(f"/artifact/{plan}", {"title": "Renamed later"})
    assert desk.browser.post(f"/evidence/portfolio/{plan}/delete").status_code == 303
    assert "Renamed later" not in desk.get("/requirement/plan").text
    [submission] = desk.submissions()
    frozen = submission.snapshot["artifacts"][0]
    assert frozen["title"] == "My plan"
    assert desk.world.tool.blobs.path(frozen["blob_key"]).read_bytes() == PDF
    page = desk.browser.get(f"/evidence/submission/{submission.id}").text
    assert "My plan" in page
    assert "Renamed later" not in page


def test_a_piece_belongs_to_its_own_draft(desk: Desk, world: World) -> None:
    desk.upload("plan", PDF, "plan.pdf")
    [piece] = artifact_ids(desk.get("/requirement/plan"))
    second = world.activity(desk.context)
    other = world.enrollment(second, desk.ada)
    assert desk.browser.get(f"/evidence/work/{other.id}/artifact/{piece}").status_code == 404
    assert desk.browser.post(f"/evidence/work/{other.id}/requirement/plan/artifact/{piece}/take-out").status_code == 404
    assert len(desk.rows(Artifact)) == 1
