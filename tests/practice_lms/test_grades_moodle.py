"""Grades as Moodle keeps them."""

from __future__ import annotations

import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import AGS
from tests.practice_lms.grades import LINEITEM, LINEITEMS, Book


@pytest.fixture
def book(stage: Stage) -> Book:
    return Book(stage, "moodle")


def test_a_score_arrives_and_is_shown(book: Book) -> None:
    answer = book.post(comment="Well done")
    assert (answer.status_code, answer.text) == (200, "")
    assert (book.cell()["score"], book.cell()["comment"]) == (80.0, "Well done")
    [result] = book.results().json()
    assert (result["resultScore"], result["userId"]) == (80, book.subs["ada"])
    book.stage.walker.be("moodle", "ada")
    grades = book.stage.walker.get("/moodle/courses/2/grades")
    assert grades.texts("my-score")[0] == "80"
    assert grades.texts("my-comment") == ["Well done"]
    assert book.stage.violations("moodle") == []


def test_scores_are_scaled_and_clamped(book: Book) -> None:
    for given, maximum, shown in ((3, 4, 75.0), (120, 100, 100.0), (0, 10, 0.0)):
        book.stage.clock.tick(1)
        assert book.post(scoreGiven=given, scoreMaximum=maximum).ok
        assert book.cell()["score"] == shown


def test_the_same_second_or_an_older_one_is_a_conflict(book: Book) -> None:
    assert book.post().ok
    again = book.post(timestamp=book.stamp(900), scoreGiven=90)
    assert again.status_code == 409
    assert again.reason.startswith("Refusing score with an earlier timestamp for item")
    assert again.json() == []
    assert book.cell()["score"] == 80.0
    book.stage.clock.tick(1)
    assert book.post(scoreGiven=90).ok


@pytest.mark.parametrize("progress", ["NotReady", "Pending", "PendingManual", "Failed"])
def test_anything_but_fully_graded_erases(book: Book, progress: str) -> None:
    book.post()
    book.stage.clock.tick(1)
    assert book.post(gradingProgress=progress).ok
    assert book.cell()["score"] is None
    assert any("erased" in note for note in book.notes())
    assert book.post(timestamp="2026-11-24T08:00:00.000Z").ok, "an erased grade forgets its time"


def test_a_score_without_a_comment_deletes_the_comment(book: Book) -> None:
    book.post(comment="first")
    book.stage.clock.tick(1)
    book.post()
    assert book.cell()["comment"] == ""


def test_a_future_score_is_kept_but_is_a_violation(book: Book) -> None:
    assert book.post(timestamp="2026-11-25T09:00:00.000Z").ok
    assert "timestamp is in the future" in book.stage.violations("moodle")
    assert book.post().status_code == 409


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": None},
        {"timestamp": "yesterday"},
        {"timestamp": 1795478843},
        {"activityProgress": None},
        {"gradingProgress": None},
        {"scoreGiven": "abc"},
        {"scoreMaximum": None},
        {"userId": "999999"},
    ],
)
def test_incomplete_scores_are_400_with_the_reason_in_the_status_line(book: Book, change: dict[str, object]) -> None:
    answer = book.post(**change)
    assert answer.status_code == 400
    assert answer.reason.startswith("Incorrect score received")


def test_only_students_have_grades(book: Book) -> None:
    assert book.post("dana").status_code == 400
    assert book.post("nils").status_code == 400
    assert book.post("abc").status_code == 502


def test_content_type_and_accept_are_exact(book: Book) -> None:
    assert book.post(kind="application/json").status_code == 400
    assert book.post(kind="application/vnd.ims.lis.v1.score+json; charset=utf-8").ok
    url = book.url.partition("/lineitems/")[0] + "/lineitems?" + book.url.partition("?")[2]
    for accept, status in ((LINEITEMS, 200), ("*/*", 400), ("application/json", 400), (f"{LINEITEMS}, */*", 400)):
        assert requests.get(url, headers={**book.headers, "Accept": accept}, timeout=10).status_code == status
    assert len(book.stage.violations("moodle")) == 4


def test_tokens_and_scopes(book: Book) -> None:
    book.headers = {}
    assert book.post().status_code == 401
    book.headers = book.stage.tool.headers([AGS + "lineitem"])
    assert book.post().json()["reason"] == "Unauthorized"


def test_results_cannot_be_paged(book: Book) -> None:
    book.post()
    assert book.results(limit="1").status_code == 404


def test_a_humans_grade_stays(book: Book) -> None:
    book.post()
    number = book.stage.inspect("moodle")["line_items"][0]["number"]
    book.stage.control("moodle", override={"line_item": number, "person": "ada", "score": 95, "comment": "by hand"})
    book.stage.clock.tick(1)
    assert book.post(scoreGiven=10).ok
    [result] = book.results().json()
    assert (result["resultScore"], result["comment"]) == (95, "by hand")


def test_line_items_live(book: Book) -> None:
    base, _, query = book.url.partition("?")
    collection = base.rpartition("/lineitems/")[0] + "/lineitems?" + query
    sent = {**book.headers, "Content-Type": LINEITEM}
    made = requests.post(collection, json={"label": "Own", "scoreMaximum": 250.5, "tag": "x"}, headers=sent, timeout=10)
    assert made.status_code == 201
    own = made.json()["id"]
    assert requests.post(collection, json={"label": "Own"}, headers=sent, timeout=10).status_code == 400
    lost = {"label": "Own", "scoreMaximum": 5, "resourceLinkId": "99999"}
    assert requests.post(collection, json=lost, headers=sent, timeout=10).status_code == 403
    seen = requests.get(collection + "&tag=x", headers={**book.headers, "Accept": LINEITEMS}, timeout=10).json()
    assert [column["id"] for column in seen] == [own]
    changed = requests.put(book.url, json={"label": "New", "scoreMaximum": 50}, headers=sent, timeout=10)
    assert changed.ok
    shown = requests.get(book.url, headers={**book.headers, "Accept": LINEITEM}, timeout=10).json()
    assert shown["scoreMaximum"] == 50
    assert "resourceLinkId" not in shown
    assert requests.delete(own, headers=book.headers, timeout=10).status_code == 204
    assert requests.get(own, headers=book.headers, timeout=10).status_code == 404
