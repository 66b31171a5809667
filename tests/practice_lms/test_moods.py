"""Failures on demand, pages, the story, starting over."""

from __future__ import annotations

import time

import pytest
import requests

from tests.practice_lms.conftest import Stage
from tests.practice_lms.grades import Book
from tests.practice_lms.serving import Page


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_the_next_scores_fail_as_ordered(stage: Stage, face: str) -> None:
    book = Book(stage, face)
    stage.control(face, fail_scores=2, fail_status=429, retry_after=7)
    assert book.post().headers["Retry-After"] == "7"
    assert book.post().status_code == 429
    assert book.post().ok
    stage.control(face, fail_scores=1, fail_status=403)
    throttled = book.post()
    assert throttled.status_code == 403
    assert throttled.headers["X-Rate-Limit-Remaining"] == "0.0"
    assert [score["status"] for score in stage.inspect(face)["scores"]] == [429, 429, 200, 403]
    assert stage.violations(face) == []


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_a_score_may_be_stored_and_the_line_cut(stage: Stage, face: str) -> None:
    book = Book(stage, face)
    stage.control(face, drop_scores=1)
    with pytest.raises(requests.ConnectionError):
        book.post()
    assert book.cell()["score"] == 80.0
    assert book.post().status_code == (200 if face == "canvas" else 409)


def test_chance(stage: Stage) -> None:
    book = Book(stage, "canvas")
    stage.control("canvas", unavailable_probability=1.0)
    assert book.post().status_code == 503
    stage.control("canvas", calm=True)
    assert book.post().ok


def test_services_may_hang(stage: Stage) -> None:
    book = Book(stage, "canvas")
    stage.control("canvas", hang_seconds=0.3)
    begun = time.monotonic()
    assert book.post().ok
    assert time.monotonic() - begun >= 0.3


def test_the_clock_may_be_wrong(stage: Stage) -> None:
    stage.register("canvas")
    stage.control("canvas", clock_offset_seconds=-600)
    refused = stage.tool.ask_token()
    assert refused.status_code == 400
    assert "iat is in the future" in refused.json()["error_description"]


@pytest.mark.parametrize("body", [{"nonsense": 1}, {"fail_scores": "two"}, {"hang_seconds": True}])
def test_unknown_moods_are_refused(stage: Stage, body: dict[str, object]) -> None:
    assert stage.control("canvas", **body).status_code == 400


def test_starting_over_forgets_everything_but_the_other_school(stage: Stage) -> None:
    stage.register("canvas")
    stage.register("moodle")
    stage.control("canvas", reset=True)
    assert stage.inspect("canvas")["registrations"] == []
    assert stage.inspect("moodle")["registrations"]


def states(page: Page, face: str) -> list[str]:
    return [given["data-state"] for given in page.reader.marked if given["data-test"].startswith(f"step-{face}-")]


def test_the_story_knows_how_far_it_is(stage: Stage) -> None:
    assert states(stage.walker.get("/"), "canvas") == ["next"] + ["later"] * 7
    book = Book(stage, "canvas")
    assert states(stage.walker.get("/"), "canvas")[:3] == ["done", "done", "next"]
    stage.open("canvas", "ada", book.item["number"])
    assert states(stage.walker.get("/"), "canvas")[:4] == ["done", "done", "done", "next"]
    book.post()
    assert states(stage.walker.get("/"), "canvas") == ["done"] * 7 + ["next"]
    assert states(stage.walker.get("/"), "moodle")[0] == "next"


def test_every_step_leads_to_a_page(stage: Stage) -> None:
    Book(stage, "moodle")
    start = stage.walker.get("/")
    for form in start.reader.forms:
        if form.get("action", "").endswith("/switch"):
            assert stage.walker.post(form["action"], form["fields"]).status == 200


def test_switching_follows_only_paths_of_its_own(stage: Stage) -> None:
    for target in ("https://elsewhere.example/", "//elsewhere.example/", "elsewhere"):
        page = stage.walker.post("/canvas/switch", {"person": "ada", "next": target})
        assert page.url == f"{stage.base}/canvas/"
    assert stage.walker.post("/canvas/switch", {"person": "nobody"}).status == 404


def test_pages_of_everybody(stage: Stage) -> None:
    for face, people in (("canvas", ("alex", "dana", "ada", "olive", "test-student")), ("moodle", ("alex", "dana", "nils"))):
        for person in people:
            stage.walker.be(face, person)
            for path in ("", "people", "courses/2", "courses/2/grades", "courses/2/roster"):
                page = stage.walker.get(f"/{face}/{path}")
                assert page.status == 200
                assert page.answer.headers["X-Frame-Options"] == "SAMEORIGIN"
    stage.walker.be("canvas", "ada")
    assert stage.walker.get("/canvas/courses/2/gradebook").status == 403
    assert stage.walker.get("/canvas/nothing").status == 404
