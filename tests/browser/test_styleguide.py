"""The style guide in Chromium: accessible, never wider than the window, and site.js does what its attributes promise."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask, Response, redirect, render_template_string, request, url_for
from playwright.sync_api import Browser, Page, expect

from tests.factories.served import served
from tests.factories.styleguide import NOW, styleguide_app

FORMS = """{% extends 'layouts/frame.html' %}{% import 'ui.html' as ui %}
{% block content %}
<h1>Forms</h1>
<form method="post" action="/upload" enctype="multipart/form-data" data-upload novalidate id="upload">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <label>File <input type="file" name="file"></label>
  {{ ui.upload_state() }}{{ ui.submit('Upload') }}
</form>
<form method="post" action="/submit" data-autosave="/draft" novalidate id="draft">
  <input type="hidden" name="csrf_token" value="{{ csrf_token() }}">
  <label>Answer <textarea name="answer" id="answer"
    data-counter="5" data-counter-unit="words"></textarea></label>
  <span id="answer-counter">Up to 5 words</span>
  {{ ui.save_state() }}{{ ui.submit('Withdraw', 'danger', 'withdraw', confirm='Withdraw it?') }}
</form>
{{ ui.copy('https://example.org/abc') }}
<button type="button" class="usa-button" hx-post="/piece" hx-target="#piece">Show more</button><div id="piece"></div>
{% endblock %}"""

UPLOADED = """{% extends 'layouts/frame.html' %}{% block title %}Done{% endblock %}
{% block content %}<h1>Uploaded</h1>{% endblock %}"""

LMS = """<!doctype html><title>LMS</title><script>
window.heard = []; addEventListener('message', (e) => heard.push(e.data));</script><iframe src="/" width="800" height="300"></iframe>"""


def _app(sent: dict[str, Any]) -> Flask:
    app = styleguide_app()

    @app.get("/forms")
    def forms() -> str:
        return render_template_string(FORMS, frame=None, nav=[])

    @app.post("/draft")
    def draft() -> tuple[str, int]:
        sent.setdefault("drafts", []).append(request.form["answer"])
        return "", sent.get("draft_status", 204)

    @app.post("/submit")
    def submit() -> str:
        sent["submitted"] = dict(request.form)
        return "submitted"

    @app.post("/upload")
    def upload() -> Any:
        sent["file"] = request.files["file"].read()
        if sent["file"].startswith(b"bad"):
            return render_template_string(FORMS.replace("<h1>Forms", "<h1>Not a picture"), frame=None, nav=[]), 422
        return redirect(url_for("uploaded"), 303)

    @app.get("/uploaded")
    def uploaded() -> str:
        return render_template_string(UPLOADED, frame=None)

    @app.post("/piece")
    def piece() -> str:
        return render_template_string("{% import 'ui.html' as ui %}{{ ui.datetime(now) }}", now=NOW)

    @app.get("/lms")
    def lms() -> str:
        return LMS

    @app.after_request
    def policy(response: Response) -> Response:
        if request.path != "/lms":
            response.headers["Content-Security-Policy"] = "default-src 'self'"
        return response

    return app


@pytest.fixture(name="sent")
def _sent() -> dict[str, Any]:
    return {}


@pytest.fixture(name="url")
def _url(sent: dict[str, Any]) -> Iterator[str]:
    with served(_app(sent)) as origin:
        yield origin


@pytest.fixture(name="page")
def _page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 600})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)
    yield page
    context.close()
    assert faults == []


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("path", ["/", "/error", "/forms"])
def test_pages_are_accessible_and_fit_the_window(page: Page, url: str, width: int, path: str) -> None:
    page.set_viewport_size({"width": width, "height": 600})
    page.goto(url + path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    result = Axe().run(page)
    assert result.response["passes"], "axe looked at nothing"
    assert result.violations_count == 0, result.generate_report()


def test_level_is_chosen_by_keyboard_alone(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_role("radio", name="Proficient").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator("input[name='level-interaction'][value='3']")).to_be_checked()


def test_draft_saves_itself_and_says_when(page: Page, url: str, sent: dict[str, Any]) -> None:
    page.goto(url + "/forms")
    page.get_by_label("Answer").fill("They explained it to one another.")
    expect(page.locator("#draft [data-save-state]")).to_contain_text("Saved", timeout=10_000)
    assert sent["drafts"] == ["They explained it to one another."]
    expect(page.locator("#answer-counter")).to_have_text("6 of 5 words")


def test_draft_that_cannot_be_saved_is_kept_and_sent_again(page: Page, url: str, sent: dict[str, Any]) -> None:
    sent["draft_status"] = 503
    page.goto(url + "/forms")
    page.get_by_label("Answer").fill("Kept")
    state = page.locator("#draft [data-save-state]")
    expect(state).to_have_text("Not saved: the server is busy, trying again", timeout=10_000)
    sent["draft_status"] = 204
    expect(state).to_contain_text("Saved", timeout=10_000)
    assert sent["drafts"][-1] == "Kept"


def test_ended_visit_is_said_and_leaving_is_asked_about(page: Page, url: str, sent: dict[str, Any]) -> None:
    sent["draft_status"] = 401
    page.goto(url + "/forms")
    page.get_by_label("Answer").press_sequentially("Text")
    expect(page.locator("#draft [data-save-state]")).to_contain_text("your visit has ended", timeout=10_000)
    asked: list[str] = []

    def leave(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.accept()

    page.on("dialog", leave)
    page.goto(url + "/error")
    assert asked == ["beforeunload"]


def test_upload_shows_the_page_it_led_to(page: Page, url: str, sent: dict[str, Any]) -> None:
    page.goto(url + "/forms")
    page.get_by_label("File").set_input_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": b"a lesson plan"})
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_role("heading", name="Uploaded")).to_be_visible()
    assert page.url == url + "/uploaded"
    assert page.title().startswith("Done")
    assert sent["file"] == b"a lesson plan"


def test_refused_upload_shows_the_form_again_and_it_still_works(page: Page, url: str, sent: dict[str, Any]) -> None:
    page.goto(url + "/forms")
    for content, heading in ((b"bad file", "Not a picture"), (b"good file", "Uploaded")):
        page.get_by_label("File").set_input_files({"name": "plan.txt", "mimeType": "text/plain", "buffer": content})
        page.get_by_role("button", name="Upload").click()
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        assert sent["file"] == content


def test_danger_asks_first_and_says_which_button_it_was(page: Page, url: str, sent: dict[str, Any]) -> None:
    page.goto(url + "/forms")
    page.get_by_role("button", name="Withdraw").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Withdraw it?")
    assert Axe().run(page).violations_count == 0
    dialog.get_by_role("button", name="Go back").click()
    expect(dialog).to_have_count(0)
    assert "submitted" not in sent
    page.get_by_role("button", name="Withdraw").click()
    dialog.get_by_role("button", name="Withdraw").click()
    expect(page.locator("body")).to_have_text("submitted")
    assert sent["submitted"]["withdraw"] == "1"


def test_list_of_people_narrows_and_never_hides_a_choice(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("Find a person").fill("sofia")
    expect(page.get_by_label("Sofia Lindqvist")).to_be_visible()
    expect(page.get_by_label("Marcus Bell")).to_be_visible()
    expect(page.get_by_label("Ana Rivera")).to_be_hidden()


def test_htmx_request_carries_the_csrf_token_and_what_it_brings_comes_to_life(page: Page, url: str) -> None:
    page.goto(url + "/forms")
    page.get_by_role("button", name="Show more").click()
    piece = page.locator("#piece time")
    expect(piece).to_contain_text("Nov 24, 2026")
    expect(piece).not_to_contain_text("UTC")


def test_framed_page_tells_the_lms_its_height(chromium: Browser, url: str) -> None:
    with chromium.new_context() as context:
        page = context.new_page()
        page.goto(url + "/lms")
        page.wait_for_function("heard.some((message) => message.subject === 'lti.frameResize' && message.height > 1000)")
