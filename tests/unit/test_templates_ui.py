"""Templates' macros and layouts say the right thing to people, screen readers and the Content Security Policy."""

from __future__ import annotations

import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, get_template_attribute, render_template_string
from markupsafe import Markup

from tests.factories.styleguide import CRITERIA, NOW, SampleForm, sample_context, styleguide_app

PACKAGE = Path(__file__).resolve().parents[2] / "lti_tool"
VENDOR = PACKAGE / "static" / "vendor"


class Elements(HTMLParser):
    """Every start tag of a page as (name, attributes)."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def ids(self) -> list[str]:
        return [attrs["id"] or "" for _, attrs in self.found if "id" in attrs]


@pytest.fixture(name="app")
def _app() -> Flask:
    return styleguide_app()


@pytest.fixture(name="page")
def _page(app: Flask) -> str:
    return app.test_client().get("/").get_data(as_text=True)


def ui(name: str) -> Any:
    return get_template_attribute("ui.html", name)


def test_page_carries_no_inline_script_style_or_handler(page: str) -> None:
    for tag, attrs in Elements(page).found:
        assert "style" not in attrs, tag
        assert not [name for name in attrs if name.startswith("on")], tag
        assert tag != "style"
        if tag == "script":
            assert attrs.get("src", "").startswith("/static/")  # type: ignore[union-attr]


def test_every_id_is_there_once_and_every_reference_leads_to_one(page: str) -> None:
    elements = Elements(page)
    ids = elements.ids()
    assert len(ids) == len(set(ids))
    for tag, attrs in elements.found:
        for name in ("for", "aria-describedby", "aria-labelledby"):
            for wanted in (attrs.get(name) or "").split():
                assert wanted in ids, f"{tag} {name}={wanted}"


def test_every_pictogram_is_in_the_sprite(page: str) -> None:
    known = set(re.findall(r'id="([a-z_]+)"', (VENDOR / "img" / "sprite.svg").read_text()))
    used = set(re.findall(r"sprite\.svg#([a-z_]+)", page))
    written = set(re.findall(r"(?:icon\(|icon_name=)'([a-z_]+)'", "".join(p.read_text() for p in (PACKAGE / "templates").rglob("*.html"))))
    assert used
    assert used | written <= known


def test_body_hands_the_csrf_token_to_htmx_requests_of_all_descendants(page: str) -> None:
    elements = Elements(page)
    body = next(attrs for tag, attrs in elements.found if tag == "body")
    meta = next(attrs for tag, attrs in elements.found if attrs.get("name") == "csrf-token")
    assert json.loads(body["hx-headers:inherited"] or "") == {"X-CSRFToken": meta["content"]}
    assert meta["content"]


def test_frame_names_the_person_the_course_and_where_resize_messages_go(page: str) -> None:
    assert "Ana Rivera" in page
    assert "Professional Learning 2026" in page
    assert '<meta name="lms-origin" content="http://localhost">' in page
    assert 'aria-current="page">My work' in page


def test_notice_of_what_was_just_done_is_announced(app: Flask) -> None:
    source = "{% extends 'layouts/frame.html' %}{% block content %}Hello{% endblock %}"
    with app.test_request_context():
        html = render_template_string(source, frame=None, nav=[], notice=("success", "Sent <b>now</b>"))
        silent = render_template_string(source, frame=None, nav=[], notice=None)
    assert html.count("usa-alert--success") == 1
    assert "Sent &lt;b&gt;now&lt;/b&gt;" in html
    assert html.count("Hello") == 1
    assert "<aside" not in html
    assert "usa-alert" not in silent


def test_error_page_tells_whose_move_it_is(app: Flask) -> None:
    answer = app.test_client().get("/error")
    html = answer.get_data(as_text=True)
    assert answer.status_code == 401
    assert "Please open this again from your course" in html
    assert "Go back to your course and open the activity again." in html
    assert "session_ended" in html
    assert "01JD-EXAMPLE" in html


def test_field_with_an_error_describes_itself_and_the_summary_leads_to_it(app: Flask) -> None:
    with app.test_request_context():
        form = sample_context()["form_with_errors"]
        field = str(ui("field")(form.title, hint="A few words."))
        summary = str(ui("error_summary")(form))
    assert 'aria-describedby="failed-title-hint failed-title-error"' in field
    assert 'aria-invalid="true"' in field
    assert "Give it a title." in field
    assert 'href="#failed-title"' in summary
    assert "6 things need your attention" in summary


def test_field_without_error_is_quiet_and_says_when_it_is_optional(app: Flask) -> None:
    with app.test_request_context():
        form = SampleForm(data={"title": "<Group work>"})
        title, link = str(ui("field")(form.title)), str(ui("field")(form.link))
        assert str(ui("error_summary")(form)).strip() == ""
    assert "aria-invalid" not in title
    assert "&lt;Group work&gt;" in title
    assert "optional" not in title
    assert "optional" in link


def test_choices_keep_what_was_chosen(app: Flask) -> None:
    with app.test_request_context():
        form = SampleForm(data={"kind": "team", "reviewers": ["2"]})
        radios = Elements(str(ui("radio_group")(form.kind))).found
        boxes = Elements(str(ui("checkbox_group")(form.reviewers))).found
    assert [attrs["value"] for _, attrs in radios if "checked" in attrs] == ["team"]
    assert [attrs["value"] for _, attrs in boxes if "checked" in attrs] == ["2"]


def test_rubric_marks_the_level_that_earns_and_the_one_that_was_chosen(app: Flask) -> None:
    with app.test_request_context():
        html = str(ui("rubric")(CRITERIA, chosen={"interaction": 0}, chosen_label="Your own view"))
        compact = str(ui("rubric")(CRITERIA, names=True))
    assert html.count("Needed to earn") == len(CRITERIA)
    assert html.count("Your own view") == 1
    assert html.count("is-chosen") == 1
    assert CRITERIA[0].levels[0].description in html
    assert CRITERIA[0].levels[0].description not in compact
    for row in re.findall(r"<tr role=\"row\">.*?</tr>", html, re.S):
        spans = [int(span) for span in re.findall(r'colspan="(\d)"', row)]
        cells = len(re.findall(r"<t[hd] ", row)) + sum(span - 1 for span in spans)
        assert cells == 5


@pytest.mark.parametrize(("chosen", "expected"), [(None, []), (0, ["0"]), (3, ["3"])])
def test_level_picker_sends_the_number_of_the_level(app: Flask, chosen: int | None, expected: list[str]) -> None:
    with app.test_request_context():
        found = Elements(str(ui("level_picker")("level-interaction", CRITERIA[0], chosen))).found
    radios = [attrs for tag, attrs in found if tag == "input"]
    assert [attrs["value"] for attrs in radios] == ["0", "1", "2", "3"]
    assert {attrs["name"] for attrs in radios} == {"level-interaction"}
    assert [attrs["value"] for attrs in radios if "checked" in attrs] == expected


def test_steps_say_where_the_person_is_even_when_all_are_done(app: Flask) -> None:
    with app.test_request_context():
        middle = str(ui("steps")(["Read", "Gather", "Submit"], 1))
        end = str(ui("steps")(["Read", "Gather", "Submit"], 3))
    assert "Step 2 of 3" in middle
    assert middle.count('aria-current="step"') == 1
    assert "All 3 steps done" in end
    assert "aria-current" not in end


def test_markdown_trusts_only_markup(app: Flask) -> None:
    with app.test_request_context():
        assert "<em>yes</em>" in str(ui("markdown")(Markup("<em>yes</em>")))
        assert "&lt;em&gt;no" in str(ui("markdown")("<em>no</em>"))


def test_datetime_is_plain_without_javascript_and_exact_in_the_attribute(app: Flask) -> None:
    with app.test_request_context():
        assert str(ui("datetime")(NOW)) == '<time datetime="2026-11-24T14:02:00+00:00" data-local="both">Nov 24, 2026, 14:02 UTC</time>'
        assert str(ui("datetime")(NOW.date())) == '<time datetime="2026-11-24">Nov 24, 2026</time>'


def test_file_names_are_escaped_and_links_out_do_not_tell_where_from(app: Flask) -> None:
    item = SimpleNamespace(name="<img src=x>", kind="link", url="https://example.org/", size=None, when=None, note=None, tag=None)
    with app.test_request_context():
        html = str(ui("file_list")([item]))
    assert "&lt;img src=x&gt;" in html
    assert 'rel="noopener noreferrer"' in html


def test_vendored_files_are_those_of_the_manifest() -> None:
    manifest = json.loads((VENDOR / "MANIFEST.json").read_text())
    found = {
        path.relative_to(VENDOR).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in VENDOR.rglob("*") if path.is_file()
    }
    del found["MANIFEST.json"]
    assert found == manifest["files"]
    pinned = json.loads((PACKAGE.parent / "assets" / "package.json").read_text())["devDependencies"]
    for name, package in manifest["packages"].items():
        assert package["version"] == pinned[name]


def test_static_files_stay_small() -> None:
    assert sum(path.stat().st_size for path in (PACKAGE / "static").rglob("*") if path.is_file()) < 1_200_000


def test_stylesheets_refer_to_files_that_are_there() -> None:
    css = (VENDOR / "uswds.css").read_text()
    urls = {url for url in re.findall(r"url\([\"']?([^\"')]+)[\"']?\)", css) if url}
    assert any(url.endswith(".woff2") for url in urls)
    for url in urls:
        assert (VENDOR / url).is_file(), url
