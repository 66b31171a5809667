"""A text that is handed in saves itself, from its first words on; windows never overwrite each other; previews; who may record."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from lti_tool.evidence.models import Artifact
from tests.integration.evidence.conftest import Desk
from tests.unit.catalog.test_prose import acts

ADD = "/requirement/plan/add/text"


def hidden(answer: TestResponse) -> dict[str, str]:
    return dict(re.findall(r'name="(page|seen)" type="hidden" value="([^"]*)"', answer.text))


def autosave(desk: Desk, path: str, data: dict[str, str]) -> TestResponse:
    return desk.post(path, data, headers={"X-Autosave": "1"})


def moved(desk: Desk, answer: TestResponse) -> str:
    assert answer.status_code == 204
    return answer.headers["X-Moved-To"].split(str(desk.enrollment.id))[1]


def begun(desk: Desk, text: str = "First words") -> tuple[str, dict[str, str]]:
    """A text whose page has saved once: its address, and what its window sends along."""
    window = hidden(desk.get(ADD))
    return moved(desk, autosave(desk, ADD, {**window, "text": text})), window


def test_the_first_words_make_a_piece_and_the_next_ones_change_it(desk: Desk) -> None:
    window = hidden(desk.get(ADD))
    assert autosave(desk, ADD, {**window, "title": "My pl"}).status_code == 202, "a title alone is nothing to hand in"
    assert desk.rows(Artifact) == []
    path = moved(desk, autosave(desk, ADD, {**window, "text": "One"}))
    assert autosave(desk, path, {**window, "text": "One two", "title": "My plan"}).status_code == 204
    assert autosave(desk, path, {**window, "text": "One two three", "title": "My plan"}).status_code == 204
    assert [(row.title, row.text, row.revision) for row in desk.rows(Artifact)] == [("My plan", "One two three", 3)]
    assert desk.post(path, {**window, "text": "One two three", "title": "My plan", "students": "none"}).status_code == 303


def test_an_answer_that_got_lost_makes_no_second_piece(desk: Desk) -> None:
    path, window = begun(desk, "One")
    assert moved(desk, autosave(desk, ADD, {**window, "text": "One two"})) == path
    assert desk.post(ADD, {**window, "text": "One two three", "title": "Plan", "students": "none"}).status_code == 303
    assert [row.text for row in desk.rows(Artifact)] == ["One two three"]


def test_two_pages_make_two_pieces(desk: Desk) -> None:
    assert begun(desk, "One")[0] != begun(desk, "Two")[0]
    assert sorted(row.text for row in desk.rows(Artifact)) == ["One", "Two"]


def test_a_page_without_a_name_is_refused(desk: Desk) -> None:
    assert autosave(desk, ADD, {"text": "One"}).status_code == 422
    assert desk.rows(Artifact) == []


def test_a_stale_window_overwrites_nothing_and_sees_both_texts(desk: Desk) -> None:
    path, one = begun(desk)
    two = hidden(desk.get(path))
    assert autosave(desk, path, {**two, "title": "T", "text": "From window two"}).status_code == 204
    assert autosave(desk, path, {**one, "title": "T", "text": "From window one"}).status_code == 409
    answer = desk.post(path, {**one, "title": "T", "text": "From window one"})
    assert answer.status_code == 409
    assert "From window two" in answer.text
    assert re.search(r"<textarea[^>]*>\s*From window one</textarea>", answer.text)
    assert desk.rows(Artifact)[0].text == "From window two"
    assert desk.post(path, {**hidden(answer), "title": "T", "text": "Both"}).status_code == 303
    assert desk.rows(Artifact)[0].text == "Both"


@pytest.mark.parametrize("bad", [{"text": ""}, {"text": "  "}, {"text": "x" * 60_001}, {"text": "x", "title": "t" * 201}])
def test_what_can_not_be_kept_changes_nothing(desk: Desk, bad: dict[str, str]) -> None:
    path, window = begun(desk)
    assert autosave(desk, path, {**window, **bad}).status_code == 422
    assert desk.rows(Artifact)[0].text == "First words"


def test_a_full_part_takes_no_more_by_itself_either(desk: Desk) -> None:
    while (answer := autosave(desk, ADD, {"page": f"p{len(desk.rows(Artifact))}", "text": "x"})).status_code == 204:
        assert len(desk.rows(Artifact)) < 50
    assert answer.status_code == 409


def test_work_that_is_with_the_reviewers_is_not_saved_to(desk: Desk) -> None:
    path, window = begun(desk)
    desk.write_everything()
    desk.post(path, {**window, "title": "T", "text": "First words", "students": "none"})
    assert desk.submit().status_code == 303
    assert autosave(desk, path, {**window, "text": "Too late"}).status_code == 409
    assert autosave(desk, ADD, {"page": "another", "text": "Too late"}).status_code == 409


def test_a_removed_text_is_gone_for_its_window(desk: Desk) -> None:
    path, window = begun(desk)
    piece = desk.rows(Artifact)[0].id
    assert desk.browser.post(f"/evidence/portfolio/{piece}/delete").status_code == 303
    assert autosave(desk, path, {**window, "text": "More"}).status_code == 404


def test_markdown_is_shown_where_the_work_is_and_frozen_as_its_source(desk: Desk) -> None:
    source = "## What I saw\n\nfirst line\nsecond line\n\n- **one**\n\n<script>alert(1)</script>"
    desk.write_everything()
    desk.post("/answers/overview", {"text_context": source, "seen_context": "1"})
    shown = desk.get("/check").text
    assert "<h4>What I saw</h4>" in shown
    assert "first line<br>" in shown
    assert "<strong>one</strong>" in shown
    assert "<script>alert" not in shown
    desk.submit()
    submission = desk.submissions()[0]
    assert submission.snapshot["answers"]["context"] == source
    shown = desk.browser.get(f"/evidence/submission/{submission.id}").text
    assert "<h4>What I saw</h4>" in shown
    assert "<script>alert" not in shown


def test_a_preview_is_what_reviewers_will_see(desk: Desk) -> None:
    answer = desk.browser.post("/evidence/preview", {"text": "**so**\nand <script>alert(1)</script> [x](javascript:alert(1))"})
    assert answer.status_code == 200
    assert "<strong>so</strong><br>" in answer.text
    assert acts(answer.text) == []
    assert desk.browser.post("/evidence/preview", {"text": "x" * 60_001}).status_code == 413
    assert desk.browser.post("/evidence/preview", {}).text == ""
    for level, tag in (("2", "h2"), ("3", "h3"), ("9", "h4"), ("x", "h2")):
        assert f"<{tag}>A</{tag}>" in desk.browser.post("/evidence/preview", {"text": "## A", "level": level}).text


def test_camera_and_microphone_only_where_a_recording_can_be_made(desk: Desk) -> None:
    def policy(path: str) -> str:
        return desk.get(path).headers["Permissions-Policy"]

    for path in ("/requirement/plan", "/requirement/plan/add/file"):
        assert "camera=(self), microphone=(self)" in policy(path)
    for path in ("", "/check", "/answers/overview"):
        assert "camera=(), microphone=()" in policy(path)
    assert "blob:" in desk.get("/requirement/plan/add/file").headers["Content-Security-Policy"]


def test_what_a_browser_keeps_is_sealed_for_one_person(desk: Desk) -> None:
    def keeper(page: TestResponse) -> str:
        found = re.search(r'<meta name="keeper" content="([0-9a-f]{16}\.[0-9a-f]{64})">', page.text)
        assert found
        return found[1]

    mine = keeper(desk.get())
    again = desk.world.browser(desk.ada, "earner", activity=desk.activity)
    assert keeper(again.get(desk.path())) == mine, "the same on every visit"
    ben = desk.world.person(desk.registration, "Ben")
    work = desk.world.enrollment(desk.activity, ben)
    theirs = keeper(desk.world.browser(ben, "earner", activity=desk.activity).get(f"/evidence/work/{work.id}"))
    assert set(mine.split(".")).isdisjoint(theirs.split("."))
    assert not mine.split(".")[1].startswith(mine.split(".")[0])


def test_a_photo_may_come_by_the_other_field(desk: Desk) -> None:
    from io import BytesIO

    from tests.integration.evidence.conftest import PNG

    page = desk.get("/requirement/plan/add/file").text
    assert re.search(r'<input[^>]*name="file"[^>]*accept="image/\*" capture="environment"', page)
    files = [(BytesIO(b""), ""), (BytesIO(PNG), "photo.png")]
    assert desk.post("/requirement/plan/add/file", {"file": files, "students": "none"}).status_code == 303
    assert [row.filename for row in desk.rows(Artifact)] == ["photo.png"]
    assert isinstance(desk.rows(Artifact)[0].id, UUID)
