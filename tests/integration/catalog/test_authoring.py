"""Beginning from frames and copies, previews as others will see them, and what differs between versions."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lti_tool.catalog.starting import FRAMES
from lti_tool.tool import Tool
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.catalog.test_pages import Desk, write_all

CASE = "6e1f4a52-7a6b-11e9-8f9e-2a86e4085a59"


@pytest.fixture
def desk(world: World, tool: Tool) -> Desk:
    return Desk(world, tool)


@pytest.mark.parametrize("key", [one.key for one in FRAMES])
def test_a_draft_begins_from_a_frame(desk: Desk, key: str) -> None:
    assert "Classroom practice" in desk.browser.get("/catalog/new").text
    row = desk.begin(start=key)
    draft = desk.draft(row)
    assert len(draft["criteria"]) == (3 if key else 1)
    assert desk.send(row, desk.open(row)).status_code == 303
    assert desk.draft(row) == draft  # the editor loses nothing of it


def test_an_unknown_frame_begins_blank(desk: Desk) -> None:
    assert desk.draft(desk.begin(start="../nonsense"))["criteria"][0]["title"] == ""


def test_family_standing_and_the_item_of_a_standard_are_kept_and_shown(desk: Desk) -> None:
    row = desk.begin()
    desk.send(row, write_all(desk.open(row)), "add:alignments")
    sent = write_all(desk.open(row))
    sent["family"], sent["level"] = "Questions that teach", "advanced"
    sent["alignments-0-url"], sent["alignments-0-case_item"] = "https://example.org/standard", "nonsense"
    answer = desk.send(row, sent, "publish")
    assert answer.status_code == 422
    assert "An identifier in CASE looks like" in answer.text
    sent = desk.open(row)
    sent["alignments-0-case_item"] = CASE
    shown = desk.browser.get(desk.send(row, sent, "publish").headers["Location"])
    assert "Questions that teach" in shown.text
    assert "Advanced" in shown.text


def test_a_draft_is_seen_as_an_earner_a_reviewer_and_a_badge(desk: Desk) -> None:
    row = desk.begin(start="classroom")
    sent = desk.open(row)
    sent["title"] = "Fresh <title>"
    desk.send(row, sent)
    earner = desk.browser.get(f"/catalog/{row}/preview").text
    assert "How your work is judged" in earner
    reviewer = desk.browser.get(f"/catalog/{row}/preview?as=reviewer").text
    assert 'type="radio" name="shown-1"' in reviewer
    assert "How your work is judged" not in reviewer
    badge = desk.browser.get(f"/catalog/{row}/preview?as=badge").text
    assert "Fresh &lt;title&gt;" in badge
    assert "Criteria, all met" in badge
    assert "How your work is judged" in desk.browser.get(f"/catalog/{row}/preview?as=nonsense").text
    for way in ("earner", "reviewer", "badge"):
        beside = desk.browser.get(f"/catalog/{row}/beside?as={way}")
        assert beside.status_code == 200
        assert "<html" not in beside.text
        assert "Before you can publish" in beside.text
        assert ' id="evidence"' not in beside.text  # the editor beside it has fields of these names


def test_what_is_missing_is_counted_by_section_with_a_way_there(desk: Desk) -> None:
    row = desk.begin(start="leadership")
    page = desk.browser.get(f"/catalog/{row}/edit").text
    assert "3 open" in page
    assert '<a href="#rationale">' in page
    assert "Somewhere words in [brackets]" in page
    sent = desk.open(row)
    sent["rationale"] = "It is known to work."
    assert desk.send(row, sent, X_Autosave="1").status_code == 204
    assert "2 open" in desk.browser.get(f"/catalog/{row}/beside").text


def test_versions_and_the_draft_are_compared(desk: Desk) -> None:
    version = desk.world.version(desk.district_id)
    row = str(version.microcredential_id)
    assert "Nothing to compare yet" in desk.browser.get(f"/catalog/{row}/compare").text
    desk.browser.post(f"/catalog/{row}/revise")
    assert "They say the same" in desk.browser.get(f"/catalog/{row}/compare").text
    sent = desk.open(row)
    sent["competency"] = "The teacher asks <open> questions, and waits."
    desk.send(row, sent)
    page = desk.browser.get(f"/catalog/{row}/compare").text
    assert "<ins>" in page
    assert "&lt;" in page
    assert "Competency" in page
    desk.send(row, desk.open(row), "publish")
    two = desk.browser.get(f"/catalog/{row}/versions").text
    assert "What it changed" in two
    assert "Superseded" in two
    backwards = desk.browser.get(f"/catalog/{row}/compare?old=draft&new={version.id}")
    assert backwards.status_code == 404  # there is no draft any more
    other = desk.world.version(desk.district_id)
    for asked in (other.id, uuid4(), "nonsense"):
        assert desk.browser.get(f"/catalog/{row}/compare?old={asked}&new={version.id}").status_code == 404


def test_a_history_is_shown_with_the_same_number_of_questions_however_long(desk: Desk, tool: Tool) -> None:
    version = desk.world.version(desk.district_id)
    row = str(version.microcredential_id)

    def next_version(n: int) -> None:
        desk.browser.post(f"/catalog/{row}/revise")
        sent = desk.open(row)
        sent["hours"] = str(n)
        assert desk.send(row, sent, "publish").status_code == 303

    next_version(20)
    with counted(tool) as few:
        desk.browser.get(f"/catalog/{row}/versions")
    for n in range(21, 25):
        next_version(n)
    with counted(tool) as many:
        page = desk.browser.get(f"/catalog/{row}/versions").text
    assert len(few) == len(many)
    assert "Version 6" in page


def _paths(desk: Desk) -> list[str]:
    row = desk.begin()
    return ["/catalog/new", f"/catalog/{row}/beside", f"/catalog/{row}/compare", f"/catalog/{row}/preview?as=badge"]


def test_every_page_asks_for_a_session_and_a_right(desk: Desk) -> None:
    stranger = desk.world.app.test_client()
    for path in _paths(desk):
        assert stranger.get(desk.browser.prefix + path).status_code == 401
        for right in ("earner", "facilitator", "reviewer", "preview", "approver"):
            browser: FrameBrowser = desk.world.browser(desk.world.person(desk.registration), right)
            assert browser.get(path).status_code == 403, (right, path)


def test_another_district_finds_nothing(desk: Desk, world: World, tool: Tool) -> None:
    other = Desk(world, tool, "console")
    for path in _paths(desk)[1:]:
        assert other.browser.get(path).status_code == 404, path


def test_authors_are_spoken_to_in_spanish(desk: Desk) -> None:
    browser = desk.world.browser(desk.world.person(desk.registration), "author", launch={"locale": "es-MX"})
    row = desk.begin(start="classroom")
    pages = {
        "/catalog/new": ("Práctica en el aula", "Classroom practice"),
        f"/catalog/{row}/edit": ("Antes de publicar", "Before you can publish"),
        f"/catalog/{row}/preview": ("Así verá su borrador un docente", "This is how a teacher"),
        f"/catalog/{row}/preview?as=reviewer": ("Como revisor", "As a reviewer"),
        f"/catalog/{row}/versions": ("Se está escribiendo un borrador", "A draft is being written"),
        "/catalog/approvals/": ("Su distrito no pide aprobación por ahora", "Your district does not ask"),
    }
    for path, (spoken, unspoken) in pages.items():
        page = browser.get(path)
        assert page.status_code == 200, path
        assert spoken in page.text, path
        assert unspoken not in page.text, path
    refused = browser.post(f"/catalog/{row}/publish")
    assert refused.status_code == 422
    assert "Escriba algo aquí." in refused.text
    assert "Faltan 3 cosas antes de poder publicarlo" in refused.text
