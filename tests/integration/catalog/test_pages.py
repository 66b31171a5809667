"""The catalog's pages: rights, other districts, the editor without JavaScript, publishing."""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import Any
from uuid import UUID

import pytest
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse

from lti_tool.catalog import policies
from lti_tool.catalog.models import Microcredential
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World


class _Controls(HTMLParser):
    """Reads the controls of the form with this id: names and values as a browser would send them."""

    def __init__(self, form_id: str) -> None:
        super().__init__()
        self.form_id, self.inside, self.sent = form_id, False, MultiDict[str, str]()
        self._area: str | None = None
        self._text = ""
        self._select: tuple[str, list[tuple[str, bool]]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        got = dict(attrs)
        if tag == "form":
            self.inside = got.get("id") == self.form_id
        if not self.inside:
            return
        if tag == "input" and got.get("name"):
            if got.get("type") in ("checkbox", "radio") and "checked" not in got:
                return
            self.sent.add(got["name"] or "", got.get("value") or "")
        elif tag == "textarea":
            self._area, self._text = got["name"], ""
        elif tag == "select":
            self._select = (got["name"] or "", [])
        elif tag == "option" and self._select:
            self._select[1].append((got.get("value") or "", "selected" in got))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            self.sent.add(self._area, self._text.removeprefix("\r\n").removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._select:
            name, options = self._select
            chosen = [value for value, selected in options if selected] or [value for value, _ in options[:1]]
            for value in chosen[:1]:
                self.sent.add(name, value)
            self._select = None
        elif tag == "form":
            self.inside = False


def controls(page: str, form_id: str = "draft") -> MultiDict[str, str]:
    reader = _Controls(form_id)
    reader.feed(page)
    return reader.sent


class Desk:
    """A designer's browser with an editor in it."""

    def __init__(self, world: World, tool: Tool, *rights: str) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.district_id: UUID = self.registration.district_id
        self.browser: FrameBrowser = world.browser(world.person(self.registration), *(rights or ("designer",)))

    def begin(self, **data: str) -> str:
        answer = self.browser.post("/catalog/new", data)
        assert answer.status_code == 303
        return answer.headers["Location"].removesuffix("/edit").rsplit("/", 1)[1]

    def open(self, row: str) -> MultiDict[str, str]:
        answer = self.browser.get(f"/catalog/{row}/edit")
        assert answer.status_code == 200
        return controls(answer.text)

    def send(self, row: str, sent: MultiDict[str, str], do: str = "save", **headers: str) -> TestResponse:
        return self.browser.client.post(
            self.browser.prefix + f"/catalog/{row}/edit",
            data=MultiDict([*sent.items(multi=True), ("do", do)]),
            headers={name.replace("_", "-"): value for name, value in headers.items()},
        )

    def stored(self, row: str) -> Microcredential:
        with self.tool.database.read() as session:
            return session.get_one(Microcredential, UUID(row))

    def draft(self, row: str) -> dict[str, Any]:
        draft = self.stored(row).draft
        assert draft is not None
        return draft


@pytest.fixture
def desk(world: World, tool: Tool) -> Desk:
    return Desk(world, tool)


def write_all(sent: MultiDict[str, str]) -> MultiDict[str, str]:
    """Fills every empty control of the blank editor."""
    for name in list(sent):
        if (
            not sent[name]
            and not name.endswith("-key")
            and name not in ("tags", "csrf_token", "badge-picture", "badge-picture_alt", "level")
        ):
            sent[name] = "12" if name == "hours" else f"Text of {name}"
    return sent


def test_a_microcredential_is_written_previewed_and_published_with_forms_alone(desk: Desk) -> None:
    row = desk.begin()
    sent = write_all(desk.open(row))
    sent["title"], sent["tags"] = "Asking & <listening>", "talk, questions,, talk"
    assert desk.send(row, sent, "add:references").headers["Location"].endswith(f"/catalog/{row}/edit#references-0")
    sent = desk.open(row)
    assert sent["references-0-title"] == ""
    sent["references-0-title"], sent["references-0-url"] = "A study", "https://example.org/a"
    sent.setlist("evidence-0-criteria", [desk.draft(row)["criteria"][0]["key"]])
    assert desk.send(row, sent).status_code == 303
    assert desk.draft(row)["tags"] == ["talk", "questions"]

    preview = desk.browser.get(f"/catalog/{row}/preview")
    assert preview.status_code == 200
    assert "Asking &amp; &lt;listening&gt;" in preview.text
    assert "Publish version 1" in preview.text

    answer = desk.send(row, desk.open(row), "publish")
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith("?said=catalog.published")
    shown = desk.browser.get(answer.headers["Location"])
    assert shown.status_code == 200
    assert 'href="https://example.org/a"' in shown.text
    assert "Published. Designers can add it" in shown.text
    assert desk.stored(row).state == "published"
    assert "Asking &amp; &lt;listening&gt;" in desk.browser.get("/catalog/").text


def test_rows_are_added_moved_and_removed_without_losing_what_was_typed(desk: Desk) -> None:
    row = desk.begin()
    sent = desk.open(row)
    sent["title"], sent["hours"], sent["criteria-0-title"] = "Half written", "ten or so", "First"
    desk.send(row, sent, "add:criteria")
    sent = desk.open(row)
    sent["criteria-1-title"] = "Second"
    desk.send(row, sent, "add:criteria-1-levels")
    sent = desk.open(row)
    sent["criteria-1-levels-3-name"] = "Beyond"
    desk.send(row, sent, "up:criteria-1")
    sent = desk.open(row)
    assert (sent["criteria-0-title"], sent["criteria-0-levels-3-name"], sent["criteria-1-title"]) == ("Second", "Beyond", "First")
    keys = sent["criteria-0-key"], sent["criteria-1-key"]
    assert keys == ("second", "first")
    sent["criteria-0-title"] = "Renamed"
    answer = desk.send(row, sent, "remove:criteria-1")
    assert answer.headers["Location"].endswith("#criteria")
    sent = desk.open(row)
    assert [row["key"] for row in desk.draft(row)["criteria"]] == ["second"]
    assert (sent["title"], sent["hours"]) == ("Half written", "ten or so")


def test_autosave_keeps_everything_and_answers_without_a_page(desk: Desk) -> None:
    row = desk.begin()
    sent = desk.open(row)
    for text in ("One", "One and a half"):
        sent["competency"] = text
        answer = desk.send(row, sent, X_Autosave="1")
        assert (answer.status_code, answer.text) == (204, "")
    assert desk.draft(row)["competency"] == "One and a half"
    assert desk.send(row, sent).status_code == 303  # the same page, now by its button


def test_a_second_window_is_warned_and_keeps_its_words(desk: Desk) -> None:
    row = desk.begin()
    first, second = desk.open(row), desk.open(row)
    first["title"], second["title"] = "From the first", "From the second"
    assert desk.send(row, first).status_code == 303
    assert desk.send(row, second, X_Autosave="1").status_code == 409
    answer = desk.send(row, second)
    assert answer.status_code == 409
    assert "Somebody else saved" in answer.text
    assert desk.stored(row).title == "From the first"
    again = controls(answer.text)
    assert again["title"] == "From the second"
    assert desk.send(row, again).status_code == 303
    assert desk.stored(row).title == "From the second"


def test_publishing_too_early_brings_the_editor_back_with_every_fault_at_its_field(desk: Desk) -> None:
    row = desk.begin()
    sent = desk.open(row)
    sent["title"], sent["hours"] = "Nearly", "many"
    answer = desk.send(row, sent, "publish")
    assert answer.status_code == 422
    assert controls(answer.text)["hours"] == "many"
    assert re.search(r'id="hours-error"[^>]*>.*Give a whole number\.', answer.text)
    assert 'href="#summary"' in answer.text
    assert desk.stored(row).state == "draft"
    assert desk.browser.post(f"/catalog/{row}/publish").status_code == 422
    assert "missing before it can be published" in desk.browser.get(f"/catalog/{row}/preview").text


def test_the_next_version_begins_from_the_last_and_can_be_thrown_away(desk: Desk) -> None:
    version = desk.world.version(desk.district_id)
    row = str(version.microcredential_id)
    assert desk.browser.get(f"/catalog/{row}/edit").headers["Location"].endswith("/versions")
    assert desk.browser.post(f"/catalog/{row}/revise").status_code == 303
    sent = desk.open(row)
    assert sent["title"] == "Asking good questions"
    assert sent.getlist("evidence-1-criteria") == ["asking"]
    sent["title"] = "Asking better questions"
    assert desk.send(row, sent, "publish").status_code == 303
    history = desk.browser.get(f"/catalog/{row}/versions")
    assert history.text.index("Version 2") < history.text.index("Version 1")
    desk.browser.post(f"/catalog/{row}/revise")
    assert "A draft is being written" in desk.browser.get(f"/catalog/{row}/versions").text
    assert desk.browser.post(f"/catalog/{row}/discard").status_code == 303
    assert desk.stored(row).draft is None
    old = desk.browser.get(f"/catalog/versions/{version.id}")
    assert "Superseded" in old.text
    assert desk.browser.post(f"/catalog/{row}/publish").status_code == 409


def test_copying_and_retiring(desk: Desk) -> None:
    version = desk.world.version(desk.district_id)
    copy = desk.begin(copy_of=str(version.id))
    assert desk.open(copy)["title"] == "Asking good questions (copy)"
    answer = desk.browser.post(f"/catalog/{version.microcredential_id}/retire")
    assert answer.headers["Location"].endswith("?said=catalog.retired")
    assert "Retired" in desk.browser.get(f"/catalog/versions/{version.id}").text
    assert desk.browser.post("/catalog/new", {"copy_of": "nonsense"}).status_code == 404


def test_the_list_is_empty_found_and_not_found(desk: Desk) -> None:
    assert "No microcredentials yet" in desk.browser.get("/catalog/").text
    desk.world.version(desk.district_id, title="Close <b>reading", tags=["a&b"])
    page = desk.browser.get("/catalog/?q=CLOSE").text
    assert "Close &lt;b&gt;reading" in page
    assert "tag=a%26b" in page
    assert "Close" in desk.browser.get("/catalog/?tag=a%26b").text
    nothing = desk.browser.get("/catalog/?q=zzz&state=retired&page=nonsense&effort=none&level=none")
    assert nothing.status_code == 200
    assert "Nothing found" in nothing.text
    for n in range(26):
        desk.world.version(desk.district_id, title=f"Number {n:02}")
    page = desk.browser.get("/catalog/").text
    more = re.search(r'href="([^"]*page=2[^"]*)"', page)
    assert more is not None
    rest = desk.browser.get(html.unescape(more.group(1))).text
    assert "Number 25" in rest
    assert "Number 00" not in rest


def test_authors_text_can_not_act(desk: Desk) -> None:
    bad = "<script>alert(1)</script> [x](javascript:alert(2)) <img src=x onerror=alert(3)>"
    version = desk.world.version(
        desk.district_id, rationale=bad, key_method={"title": bad[:150], "description": bad}, competency=bad, summary=bad
    )
    page = desk.browser.get(f"/catalog/versions/{version.id}").text
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert 'href="javascript' not in page
    row = desk.begin()
    sent = desk.open(row)
    sent["rationale"] = bad
    desk.send(row, sent, "add:resources")
    sent = desk.open(row)
    sent["resources-0-url"] = "javascript:alert(4)"
    desk.send(row, sent)
    preview = desk.browser.get(f"/catalog/{row}/preview").text
    assert 'href="javascript' not in preview
    assert "<script>alert" not in preview


@pytest.mark.parametrize(
    ("field", "value", "do"),
    [
        ("do", "", "remove:criteria-99"),
        ("do", "", "add:title"),
        ("do", "", "remove:criteria-²"),
        ("criteria-²-title", "x", "save"),
        ("criteria-" + "9" * 5000 + "-title", "x", "save"),
    ],
)
def test_forms_that_make_no_sense_are_refused_and_change_nothing(desk: Desk, field: str, value: str, do: str) -> None:
    row = desk.begin()
    before = desk.draft(row)
    sent = desk.open(row)
    sent["title"] = "Changed"
    if field != "do":
        sent[field] = value
    assert desk.send(row, sent, do).status_code == 400
    assert desk.draft(row) == before


def test_a_forged_number_is_a_conflict_not_an_error(desk: Desk) -> None:
    row = desk.begin()
    for seen in ("x", "", "9" * 5000, "-1"):
        sent = desk.open(row)
        sent["seen"], sent["title"] = seen, "Forged"
        assert desk.send(row, sent).status_code == 409
    assert desk.draft(row)["title"] == ""


def test_zero_bytes_in_any_field_do_no_harm(desk: Desk) -> None:
    row = desk.begin()
    sent = desk.open(row)
    for name in sent:
        if name not in ("csrf_token", "seen"):
            sent[name] = f"{sent[name]}\x00"
    assert desk.send(row, sent).status_code == 303
    assert desk.browser.get("/catalog/?q=%00&tag=%00").status_code == 200


def _paths(desk: Desk) -> list[tuple[str, str]]:
    version = desk.world.version(desk.district_id)
    row = version.microcredential_id
    return [
        ("GET", "/catalog/"),
        ("GET", f"/catalog/versions/{version.id}"),
        ("GET", f"/catalog/{row}/versions"),
        ("GET", f"/catalog/{row}/edit"),
        ("GET", f"/catalog/{row}/preview"),
        ("GET", "/catalog/pick"),
        ("POST", "/catalog/pick"),
        ("POST", "/catalog/new"),
        ("POST", f"/catalog/{row}/edit"),
        ("POST", f"/catalog/{row}/revise"),
        ("POST", f"/catalog/{row}/publish"),
        ("POST", f"/catalog/{row}/retire"),
        ("POST", f"/catalog/{row}/discard"),
    ]


def _ask(browser: FrameBrowser, method: str, path: str) -> TestResponse:
    return browser.get(path) if method == "GET" else browser.post(path)


def test_every_page_asks_for_a_session(desk: Desk) -> None:
    stranger = desk.world.app.test_client()
    for method, path in _paths(desk):
        status = stranger.open(desk.browser.prefix + path, method=method).status_code
        assert status in ((401,) if method == "GET" else (400, 401)), path  # a POST fails at its form token


@pytest.mark.parametrize("right", ["earner", "facilitator", "reviewer", "preview"])
def test_every_page_asks_for_the_right(desk: Desk, right: str) -> None:
    browser = desk.world.browser(desk.world.person(desk.registration), right)
    for method, path in _paths(desk):
        assert _ask(browser, method, path).status_code == 403, path


def test_another_district_finds_nothing(desk: Desk, world: World, tool: Tool) -> None:
    other = Desk(world, tool, "console")
    for method, path in _paths(desk):
        if path not in ("/catalog/", "/catalog/new", "/catalog/pick"):
            assert _ask(other.browser, method, path).status_code == 404, path
    assert "Asking good questions" not in other.browser.get("/catalog/").text


@pytest.mark.parametrize("right", ["author", "console"])
def test_authors_and_the_console_write_too_but_do_not_place(world: World, tool: Tool, right: str) -> None:
    desk = Desk(world, tool, right)
    row = desk.begin()
    assert desk.send(row, write_all(desk.open(row)), "publish").status_code == 303
    assert desk.browser.get("/catalog/pick").status_code == 403


def test_the_blank_editor_sends_exactly_the_blank_draft(desk: Desk) -> None:
    row = desk.begin()
    desk.send(row, desk.open(row))
    assert desk.draft(row) == policies.blank()
