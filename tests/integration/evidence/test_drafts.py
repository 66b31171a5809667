"""Saving by hand and by itself, from one window and from two."""

from __future__ import annotations

import re

from werkzeug.test import TestResponse

from lti_tool.evidence.models import Answer, SelfAssessment
from tests.conftest import Clock
from tests.integration.evidence.conftest import Desk

AUTOSAVE = {"X-Autosave": "1"}


def window(desk: Desk, rest: str) -> dict[str, str]:
    """What a freshly opened page sends along."""
    page = desk.get(rest).text
    return dict(re.findall(r'name="(page|seen_\w+)" type="hidden" value="([^"]*)"', page))


def autosave(desk: Desk, rest: str, data: dict[str, str]) -> TestResponse:
    return desk.post(rest, data, headers=AUTOSAVE)


def test_autosave_answers_quietly_with_the_time(desk: Desk, clock: Clock) -> None:
    answer = autosave(desk, "/answers/overview", {"text_context": "Half a sen"})
    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["X-Saved-At"] == clock().isoformat()
    assert "Half a sen" in desk.get("/answers/overview").text


def test_a_window_may_save_again_and_again(desk: Desk) -> None:
    mine = window(desk, "/answers/overview")
    for text in ("a", "ab", "abc"):
        assert autosave(desk, "/answers/overview", {**mine, "text_context": text}).status_code == 204
    assert [(row.text, row.revision) for row in desk.rows(Answer)] == [("abc", 3)]


def test_saving_the_same_text_is_no_new_revision(desk: Desk) -> None:
    for _ in range(3):
        desk.post("/answers/overview", {"text_context": "a\r\nb"})
    assert [(row.text, row.revision) for row in desk.rows(Answer)] == [("a\nb", 1)]


def test_a_stale_window_overwrites_nothing_and_sees_both_texts(desk: Desk) -> None:
    one, two = window(desk, "/answers/overview"), window(desk, "/answers/overview")
    assert autosave(desk, "/answers/overview", {**one, "text_context": "From window one"}).status_code == 204
    assert autosave(desk, "/answers/overview", {**two, "text_context": "From window two"}).status_code == 409
    answer = desk.post("/answers/overview", {**two, "text_context": "From window two"})
    assert answer.status_code == 409
    assert "From window one" in answer.text
    assert re.search(r"<textarea[^>]*>\s*From window two</textarea>", answer.text)
    assert desk.rows(Answer)[0].text == "From window one"
    assert autosave(desk, "/answers/overview", {**one, "text_context": "Window one goes on"}).status_code == 204
    answer = desk.post("/answers/overview", {**two, "text_context": "From window two"})
    settled = dict(re.findall(r'name="(page|seen_\w+)" type="hidden" value="([^"]*)"', answer.text))
    assert desk.post("/answers/overview", {**settled, "text_context": "Both"}).status_code == 303
    assert desk.rows(Answer)[0].text == "Both"
    assert autosave(desk, "/answers/overview", {**one, "text_context": "Window one is stale now"}).status_code == 409


def test_an_autosave_that_arrives_late_replaces_nothing_newer(desk: Desk) -> None:
    mine = window(desk, "/answers/overview")
    newer, older = ({**mine, "page": f"{mine['page']}.17641190000{n}"} for n in ("02", "01"))
    assert desk.post("/answers/overview", {**newer, "text_context": "All of it"}).status_code == 303
    assert autosave(desk, "/answers/overview", {**older, "text_context": "All o"}).status_code == 409
    assert desk.rows(Answer)[0].text == "All of it"


def test_two_windows_on_different_questions_do_not_collide(desk: Desk) -> None:
    one, two = window(desk, "/self-assess"), window(desk, "/self-assess")
    assert autosave(desk, "/self-assess", {**one, "level_planning": "1", "text_planning": "", "text_asking": ""}).status_code == 204
    assert autosave(desk, "/self-assess", {**two, "level_asking": "2", "text_asking": "Here"}).status_code == 204
    assert {row.criterion_key: row.level for row in desk.rows(SelfAssessment)} == {"planning": 1, "asking": 2}


def test_a_stale_self_assessment_is_told(desk: Desk) -> None:
    one, two = window(desk, "/self-assess"), window(desk, "/self-assess")
    desk.post("/self-assess", {**one, "level_planning": "1", "text_planning": "First"})
    answer = desk.post("/self-assess", {**two, "level_planning": "2", "text_planning": "Second"})
    assert answer.status_code == 409
    assert "Saved in another window: Almost" in answer.text
    assert "Second</textarea>" in answer.text
    assert [(row.level, row.note) for row in desk.rows(SelfAssessment)] == [(1, "First")]


def test_save_and_go_on_leads_through_the_steps(desk: Desk) -> None:
    after = desk.post("/self-assess", {"level_planning": "1", "next": "1"}).location
    assert after.endswith("/answers/overview?said=evidence.saved")
    assert "Saved." in desk.browser.get(after).text
    assert "/requirement/plan" in desk.post("/answers/overview", {"text_context": "x", "next": "1"}).location
    assert "/check" in desk.post("/answers/reflection", {"text_impact": "x", "next": "1"}).location
    assert desk.post("/answers/reflection", {"text_impact": "xy", "seen_impact": "1"}).location.endswith(
        "/answers/reflection?said=evidence.saved"
    )


def test_bad_input_loses_nothing(desk: Desk) -> None:
    too_long = desk.post("/answers/overview", {"text_context": "word " * 20_000})
    assert too_long.status_code == 422
    assert "too long to keep" in too_long.text
    assert too_long.text.count("word ") > 19_000
    assert desk.rows(Answer) == []
    odd = desk.post("/self-assess", {"level_planning": "7", "text_planning": "My note"})
    assert odd.status_code == 422
    assert "My note</textarea>" in odd.text
    assert desk.post("/self-assess", {"level_planning": "-1"}).status_code == 422
    assert desk.rows(SelfAssessment) == []


def test_strange_characters_are_kept_or_cleaned(desk: Desk) -> None:
    text = "Zero\x00 byte, <script>alert(1)</script>, 课堂 🎉"
    desk.post("/answers/overview", {"text_context": text})
    assert desk.rows(Answer)[0].text == "Zero byte, <script>alert(1)</script>, 课堂 🎉"
    assert "<script>alert" not in desk.get("/answers/overview").text


def test_a_strange_revision_counts_as_none(desk: Desk) -> None:
    desk.post("/answers/overview", {"text_context": "first"})
    for revision in ("", "x", "-1", "٣", "9" * 30):
        assert desk.post("/answers/overview", {"text_context": "second", "seen_context": revision}).status_code == 409
    assert desk.rows(Answer)[0].text == "first"


def test_only_known_parts(desk: Desk) -> None:
    assert desk.get("/answers/other").status_code == 404
    desk.post("/answers/overview", {"text_impact": "Not of this part", "text_context": "x"})
    assert [row.question_key for row in desk.rows(Answer)] == ["context"]
