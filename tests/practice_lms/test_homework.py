"""Homework handed in by an app, and cards in pages: what the practice LMS takes and what it refuses."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask, Response, make_response, request

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import CLAIM, DL
from tests.practice_lms.serving import Page


class Homework:
    """The ordinary assignment of the first course, and a tool that serves files."""

    def __init__(self, stage: Stage) -> None:
        self.stage = stage
        prefix = "https://canvas.instructure.com/lti/"
        messages = [
            {
                "type": "LtiDeepLinkingRequest",
                "target_link_uri": stage.tool.base + "/launch",
                "label": "Pick",
                "placements": [prefix + place],
                **more,
            }
            for place, more in (
                ("assignment_selection", {}),
                ("editor_button", {}),
                (
                    "homework_submission",
                    {
                        "custom_parameters": {
                            "allowed": "$com.instructure.Assignment.allowedFileExtensions",
                            "title": "$Canvas.assignment.title",
                        }
                    },
                ),
            )
        ]
        stage.tool.tool_changes = {"messages": messages}
        stage.register("canvas")
        course = stage.walker.get("/canvas/courses/2")
        self.item = next(
            int(link.rsplit("/", 1)[1])
            for link in _links(course)
            if "/items/" in link and "Reading" in stage.walker.get(link).answer.text.split("</h1>")[0]
        )

    def submit(self, *items: dict[str, Any], person: str = "ada") -> Page:
        self.stage.tool.items = list(items)
        self.stage.walker.be("canvas", person)
        page = self.stage.walker.get(f"/canvas/courses/2/items/{self.item}")
        answer = self.stage.walker.launch(self.stage.walker.follow(page, "submit-with-app"))
        return self.stage.walker.submit(answer, "answer")

    def file(self, **change: Any) -> dict[str, Any]:
        ends = (self.stage.clock() + timedelta(minutes=15)).isoformat()
        item = {
            "type": "file",
            "url": self.stage.tool.base + "/file?type=application/pdf",
            "title": "plan.pdf",
            "text": "plan.pdf",
            "mediaType": "application/pdf",
            "expiresAt": ends,
            **change,
        }
        return {name: value for name, value in item.items() if value is not None}

    @property
    def kept(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.stage.inspect("canvas")["homework"]
        return found


def _links(page: Page) -> list[str]:
    import re

    return re.findall(r'href="(/canvas/courses/2/items/\d+)"', page.answer.text)


@pytest.fixture
def homework(stage: Stage, _servers: Any) -> Homework:
    app: Flask = _servers[1].app

    @app.get("/file")
    def file() -> Response:
        answer = make_response(request.args.get("body", "%PDF-1.7").encode(), int(request.args.get("status", 200)))
        answer.content_type = request.args["type"]
        return answer

    return Homework(stage)


def test_a_file_is_copied_at_once(homework: Homework) -> None:
    page = homework.submit(homework.file())
    assert page.texts("submitted") == ["plan.pdf"]
    [kept] = homework.kept
    assert (kept["person"], kept["files"]) == ("ada", [{"name": "plan.pdf", "media_type": "application/pdf", "size": 8}])
    seen = homework.stage.tool.launches[-1]
    assert seen[CLAIM + "custom"]["allowed"] == "txt,pdf,docx"
    assert seen[CLAIM + "custom"]["title"].startswith("Reading")
    assert CLAIM + "resource_link" not in seen
    settings = seen[DL + "deep_linking_settings"]
    assert (settings["accept_types"], settings["accept_multiple"]) == (["file", "ltiResourceLink"], False)
    walker = homework.stage.walker
    walker.be("canvas", "dana")
    listing = walker.follow(walker.get(f"/canvas/courses/2/items/{homework.item}"), "homework-list")
    graded = walker.follow(listing, "speedgrader-ada")
    assert walker.follow(graded, "homework-file").answer.content == b"%PDF-1.7"


def test_a_link_is_opened_by_its_address_alone(homework: Homework) -> None:
    stage = homework.stage
    item = {"type": "ltiResourceLink", "title": "Attempt 1", "url": stage.tool.base + "/launch?submission=7", "custom": {"submission": "7"}}
    assert homework.submit(item).texts("submitted") == ["Attempt 1"]
    stage.walker.be("canvas", "dana")
    listing = stage.walker.get(f"/canvas/courses/2/items/{homework.item}/submissions")
    stage.walker.launch(stage.walker.follow(listing, "speedgrader-ada"))
    seen = stage.tool.launches[-1]
    assert seen[CLAIM + "target_link_uri"].endswith("/launch?submission=7")
    assert seen[CLAIM + "resource_link"]["id"] == seen[CLAIM + "context"]["id"]
    assert "submission" not in seen[CLAIM + "custom"]
    stage.walker.be("canvas", "olha")
    assert stage.walker.get(f"/canvas/courses/2/items/{homework.item}/submissions/ada").status == 403
    assert stage.walker.get(f"/canvas/courses/2/items/{homework.item}/submissions").status == 403


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"title": "plan"}, "not a file name with an extension"),
        ({"mediaType": "text/plain"}, "the file is application/pdf, not text/plain"),
        ({"title": "plan.exe"}, "is none of txt, pdf, docx"),
    ],
)
def test_what_is_wrong_with_a_file_is_named(homework: Homework, change: dict[str, Any], problem: str) -> None:
    page = homework.submit(homework.file(**change))
    assert page.status == 400
    assert any(problem in told for told in page.texts("problem")), page.texts("problem")
    assert homework.kept == []


@pytest.mark.parametrize(("query", "problem"), [("&status=410", "status 410"), ("&body=", "0 bytes"), ("&status=302", "status 302")])
def test_a_file_that_cannot_be_copied(homework: Homework, query: str, problem: str) -> None:
    item = homework.file(url=homework.stage.tool.base + "/file?type=application/pdf" + query)
    assert any(problem in told for told in homework.submit(item).texts("problem"))
    assert any(problem in told for told in homework.stage.violations("canvas"))


def test_one_thing_and_nothing(homework: Homework) -> None:
    assert "several items came back" in " ".join(homework.submit(homework.file(), homework.file()).texts("problem"))
    homework.stage.control("canvas", forget_violations=True)
    assert homework.submit().status == 200
    assert homework.kept == homework.stage.violations("canvas") == []


def test_only_learners_submit(homework: Homework) -> None:
    walker, client = homework.stage.walker, homework.stage.inspect("canvas")["registrations"][0]["client_id"]
    walker.be("canvas", "dana")
    assert walker.get(f"/canvas/courses/2/items/{homework.item}/submit/{client}/launch").status == 403


def test_the_editors_button_puts_a_card_into_the_page(homework: Homework) -> None:
    stage = homework.stage
    stage.tool.items = [
        {"type": "ltiResourceLink", "title": "Card", "url": stage.tool.base + "/launch", "iframe": {"width": 640, "height": 360}},
        {"type": "html", "html": "<h3>Hello</h3><p>there</p>"},
        {"type": "link", "url": "https://example.org/", "title": "More"},
    ]
    stage.walker.be("canvas", "dana")
    course = stage.walker.get("/canvas/courses/2")
    page = stage.walker.get(_links(course)[0])
    editor = stage.walker.follow(page, "edit-page")
    answer = stage.walker.launch(stage.walker.follow(editor, "editor-button"))
    assert stage.walker.submit(answer, "answer").status == 200
    page = stage.walker.get(page.url)
    [frame] = page.all("embedded")
    assert (frame["width"], frame["height"]) == ("640", "360")
    assert "<h3>Hello</h3>" in page.answer.text
    assert 'href="https://example.org/"' in page.answer.text
    assert "Card" not in "".join(stage.walker.get("/canvas/courses/2").texts("activity"))
    seen = stage.walker.submit(stage.walker.submit(stage.walker.follow(page, "embedded"), "oidc-login-form"), "oidc-response-form")
    assert "Launched" in seen.answer.text
    assert stage.violations("canvas") == []
