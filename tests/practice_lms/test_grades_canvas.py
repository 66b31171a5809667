"""Grades as Canvas keeps them."""

from __future__ import annotations

import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import AGS
from tests.practice_lms.grades import EXTENSION, LINEITEM, LINEITEMS, Book


@pytest.fixture
def book(stage: Stage) -> Book:
    return Book(stage, "canvas")


def message(answer: requests.Response) -> str:
    return str(answer.json()["errors"]["message"])


def test_a_score_arrives_and_is_shown(book: Book) -> None:
    answer = book.post(comment="Well done")
    assert answer.json()["resultUrl"].startswith(book.url + "/results/")
    assert answer.headers["X-Rate-Limit-Remaining"] == "600.0"
    assert requests.get(answer.json()["resultUrl"], headers=book.headers, timeout=10).json()["resultScore"] == 80.0
    assert (book.cell()["score"], book.cell()["comment"], book.cell()["attempts"]) == (80.0, "Well done", 1)
    book.stage.walker.be("canvas", "dana")
    gradebook = book.stage.walker.get("/canvas/courses/2/gradebook")
    number = book.stage.inspect("canvas")["line_items"][0]["number"]
    assert gradebook.texts(f"cell-{number}-ada")[:2] == ["80", "Well done"]
    assert book.stage.violations("canvas") == []


def test_scores_are_scaled_and_may_exceed(book: Book) -> None:
    book.post(scoreGiven=6, scoreMaximum=5)
    assert book.cell()["score"] == 120.0


def test_attempts_count_unless_told_otherwise(book: Book) -> None:
    book.post()
    book.post(timestamp=book.stamp(1), **{EXTENSION: {"new_submission": False}})
    assert book.cell()["attempts"] == 1
    book.post(timestamp=book.stamp(2), submission={"submittedAt": "2026-11-20T10:00:00.000Z"})
    assert book.cell()["attempts"] == 2
    assert book.cell()["submitted_at"] == "2026-11-20T10:00:00+00:00"
    book.stage.control("canvas", allowed_attempts=2)
    assert book.post(timestamp=book.stamp(3)).status_code == 422


def test_progress_clears_unless_preserved(book: Book) -> None:
    book.post()
    kept = {"gradingProgress": "PendingManual", "activityProgress": "Submitted", "scoreGiven": None, "scoreMaximum": None}
    book.post(timestamp=book.stamp(1), **kept, **{EXTENSION: {"preserve_score": True}})
    assert book.cell()["score"] == 80.0
    book.post(timestamp=book.stamp(2), **kept)
    assert book.cell()["score"] is None
    assert any("cleared" in note for note in book.notes())


def test_a_humans_grade_can_be_respected(book: Book) -> None:
    number = book.stage.inspect("canvas")["line_items"][0]["number"]
    book.stage.control("canvas", override={"line_item": number, "person": "ada", "score": 95})
    book.post(**{EXTENSION: {"prioritize_non_tool_grade": True}})
    assert book.cell()["score"] == 95
    book.post(timestamp=book.stamp(1))
    assert book.cell()["score"] == 80.0
    assert any("replaced" in note for note in book.notes())


def test_older_scores_are_400_equal_ones_pass(book: Book) -> None:
    assert book.post(timestamp=book.stamp(5)).ok
    assert book.post(timestamp=book.stamp(5)).ok
    late = book.post(timestamp=book.stamp(4))
    assert late.status_code == 400
    assert "before last updated timestamp" in message(late)


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"scoreMaximum": None}, 422, "ScoreMaximum not supplied"),
        ({"scoreGiven": -1}, 422, "ScoreGiven must be"),
        ({"scoreMaximum": -1}, 422, "ScoreMaximum must be"),
        ({"scoreMaximum": 0}, 422, "cannot be zero"),
        ({"timestamp": "yesterday"}, 400, "not a valid timestamp"),
        ({"timestamp": None}, 400, "param is missing"),
        ({"userId": "nobody"}, 422, "User not found"),
        ({EXTENSION: {"submission_type": "x"}}, 400, "submission_type"),
        ({EXTENSION: {"submitted_at": "2026-12-24T00:00:00.000Z"}}, 400, "in the future"),
        ({EXTENSION: {"submission_type": "online_upload"}}, 422, "Content items"),
    ],
)
def test_wrong_scores(book: Book, change: dict[str, object], status: int, text: str) -> None:
    answer = book.post(**change)
    assert answer.status_code == status
    assert text in message(answer)
    assert book.stage.violations("canvas")


@pytest.mark.parametrize("person", ["dana", "tomas", "olive", "test-student", "alex"])
def test_only_students_have_grades(book: Book, person: str) -> None:
    answer = book.post(person)
    assert message(answer) == "User not found in course or is not a student"


def test_an_ended_course_takes_no_scores(book: Book) -> None:
    book.stage.control("canvas", conclude_course={"course": 2})
    answer = book.post()
    assert answer.status_code == 422
    assert "concluded" in message(answer)
    assert book.stage.violations("canvas") == []


def test_content_types_and_tokens(book: Book) -> None:
    assert book.post(kind="application/json").status_code == 415
    book.headers = {}
    assert message(book.post()) == "Missing access token"
    book.headers = {"Authorization": "Bearer wrong"}
    assert book.post().status_code == 401
    book.headers = book.stage.tool.headers([AGS + "lineitem"])
    assert message(book.post()) == "Insufficient permissions"


def test_line_items_are_paged_by_ten(book: Book) -> None:
    collection = book.url.rpartition("/")[0]
    sent = {**book.headers, "Content-Type": LINEITEM}
    for index in range(11):
        made = requests.post(collection, json={"label": f"Own {index}", "scoreMaximum": 1}, headers=sent, timeout=10)
        assert made.status_code == 201
    accept = {**book.headers, "Accept": LINEITEMS}
    first = requests.get(collection, headers=accept, timeout=10)
    assert len(first.json()) == 10
    second = requests.get(first.links["next"]["url"], headers=accept, timeout=10)
    assert len(second.json()) == 2
    assert "next" not in second.links
    assert requests.get(collection, headers={**book.headers, "Accept": "application/json"}, timeout=10).status_code == 406


def test_line_items_live(book: Book) -> None:
    collection = book.url.rpartition("/")[0]
    sent = {**book.headers, "Content-Type": LINEITEM}
    link = book.item["resource_link_id"]
    extra = requests.post(collection, json={"label": "Badge", "scoreMaximum": 1, "resourceLinkId": link}, headers=sent, timeout=10)
    assert extra.status_code == 201
    missing = {"label": "Badge", "scoreMaximum": 1, "resourceLinkId": "no such link"}
    assert requests.post(collection, json=missing, headers=sent, timeout=10).status_code == 404
    assert requests.delete(book.url, headers=book.headers, timeout=10).status_code == 401
    assert requests.delete(extra.json()["id"], headers=book.headers, timeout=10).status_code == 204
    changed = requests.put(book.url, json={"label": "New name", "scoreMaximum": 50}, headers=sent, timeout=10)
    assert changed.json()["scoreMaximum"] == 50.0
    assert book.stage.inspect("canvas")["items"][0]["title"] == "New name"
    assert requests.get(collection + "/99999", headers=book.headers, timeout=10).status_code == 404
    assert requests.get(collection.replace("/2/", "/99/"), headers=book.headers, timeout=10).status_code == 404


def test_speedgrader_opens_what_was_submitted(book: Book) -> None:
    url = book.stage.tool.base + "/launch?submission=s1"
    book.post(**{EXTENSION: {"submission_type": "basic_lti_launch", "submission_data": url}})
    book.stage.walker.be("canvas", "dana")
    page = book.stage.walker.follow(book.stage.walker.get("/canvas/courses/2/gradebook"), "speedgrader")
    book.stage.walker.launch(page)
    claims = book.stage.tool.launches[-1]
    assert claims["https://purl.imsglobal.org/spec/lti/claim/target_link_uri"] == url
    prefix = "https://purl.imsglobal.org/spec/lti/claim/"
    assert claims[prefix + "resource_link"]["id"] == claims[prefix + "context"]["id"]
