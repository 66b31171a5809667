"""Content items of every type, judged."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lti_tool.practice_lms import PracticeSettings
from lti_tool.practice_lms.item_rules import item_problems
from lti_tool.practice_lms.models import DEEP_LINKING, Launch, Registration
from lti_tool.practice_lms.world import School, World
from tests.practice_lms.serving import Clock

TOOL = "127.0.0.1:8000"
CLOCK = Clock()


@pytest.fixture(scope="module")
def school() -> School:
    return World(PracticeSettings("http://localhost:1", clock=CLOCK)).schools["canvas"]


def problems(school: School, placement: str, item: Any) -> list[str]:
    url = f"http://{TOOL}/launch"
    registration = Registration("1", "Tool", url, [url], url, url, TOOL, set(), set(), "public", [])
    return item_problems(school, registration, Launch("k", DEEP_LINKING, "ada", "1", "1", url, CLOCK(), placement=placement), item)


def file(**change: Any) -> dict[str, Any]:
    ends = (CLOCK() + timedelta(minutes=15)).isoformat()
    item = {"type": "file", "url": f"http://{TOOL}/f", "title": "plan.pdf", "mediaType": "application/pdf", "expiresAt": ends, **change}
    return {name: value for name, value in item.items() if value is not None}


GOOD = [
    ("homework_submission", file()),
    ("homework_submission", {"type": "ltiResourceLink", "title": "A", "url": f"http://{TOOL}/launch?submission=1", "custom": {"a": "b"}}),
    ("editor_button", {"type": "ltiResourceLink", "iframe": {"width": 640, "height": 360}}),
    ("editor_button", {"type": "html", "html": "<p>A <img src='https://example.org/x.png' alt=''></p>", "title": "A"}),
    ("editor_button", {"type": "link", "url": "https://example.org", "icon": {"url": "https://example.org/x", "width": 1, "height": 1}}),
]


@pytest.mark.parametrize(("placement", "item"), GOOD)
def test_good_ones(school: School, placement: str, item: dict[str, Any]) -> None:
    assert problems(school, placement, item) == []


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        (file(title=None), "needs title"),
        (file(title="plan"), "not a file name with an extension"),
        (file(mediaType=None), "needs mediaType"),
        (file(mediaType="PDF"), "not a media type"),
        (file(expiresAt=None), "needs expiresAt"),
        (file(expiresAt="tomorrow"), "expiresAt is not a time"),
        (file(expiresAt="2026-11-24T09:10:00"), "expiresAt is not a time"),
        (file(expiresAt="2026-11-24T08:59:00Z"), "expiresAt is past"),
        (file(expiresAt="2026-11-25T09:00:00Z"), "later than in an hour"),
        (file(url="/file"), "not absolute"),
        (file(url=None), "needs url"),
        (file(lineItem={"scoreMaximum": 1}), "no member lineItem"),
        ({"type": "image", "url": "https://example.org/x"}, "not accepted here"),
        ({"type": "file2"}, "not accepted here"),
        ("x", "not an object"),
    ],
)
def test_files(school: School, item: Any, problem: str) -> None:
    assert any(problem in told for told in problems(school, "homework_submission", item))


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"type": "html"}, "needs html"),
        ({"type": "html", "html": "<script>x</script>"}, "no page lets in"),
        ({"type": "html", "html": "<p onclick='x'>y</p>"}, "no page lets in"),
        ({"type": "html", "html": "<p>x</p>", "url": "https://example.org"}, "no member url"),
        ({"type": "link", "url": "javascript:x"}, "not absolute"),
        ({"type": "link", "url": "https://example.org", "icon": {"url": "https://example.org/i.png"}}, "icon needs width"),
        ({"type": "link", "url": "https://example.org", "icon": "https://example.org/i.png"}, "icon is not an object"),
        ({"type": "ltiResourceLink", "iframe": {"width": "640", "height": 360}}, "iframe needs width"),
        ({"type": "ltiResourceLink", "html": "x"}, "no member html"),
    ],
)
def test_cards(school: School, item: Any, problem: str) -> None:
    assert any(problem in told for told in problems(school, "editor_button", item))
