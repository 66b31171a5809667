"""Every page in the reader's language: nothing is said outside it, whatever the way in which words come to a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from lti_tool import language
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence import deadlines
from lti_tool.notices import stopping
from tests.conftest import Clock
from tests.factories.languages import Marked, outside
from tests.factories.world import CONTENT, FrameBrowser
from tests.integration.evidence.conftest import PDF
from tests.integration.linking.conftest import EDITOR, HOMEWORK, Link
from tests.integration.review.conftest import Scene, scene, stage
from tests.unit.test_words import NOT_YET

__all__ = ["scene", "stage"]

SPANISH = {"locale": "es-US"}
PARTS = {
    "{hub}": ("catalog/_parts.html", "grading/_score.html", "review/_feedback.html", "review/_rule.html"),
    "{hub}/people/{person}": ("grading/_score.html", "review/_feedback.html"),
    "{work}/read": ("catalog/_parts.html",),
    "{work}/check": ("review/_rule.html",),
}
"""What pages include of other rooms: a page is looked at as soon as all of it is marked."""
DATA = """
Adabella Lovelace Dana Facilitator Ruth Feldman Raj Venkat Rosa Delgado Professional learning Maple Valley Microcredentials LMS 1
LMS Moodle Canvas
adabella@district.example plan.pdf My plan Recording https://video.example.org/watch Because I say so. The school was closed.
production beta Activity 1 Activity 2 Activity 3 Grade five. They ask. Open questions. Asking good questions: Recording 0 kB All grades
"""


def _strings(value: Any) -> str:
    if isinstance(value, str):
        return value
    parts = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    return " \n ".join(_strings(one) for one in parts)


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Spanish is the marked language."""
    monkeypatch.setattr(language, "_translations", lambda _language: Marked())


def piece_of(ada: FrameBrowser) -> str:
    found = re.search(r"/evidence/portfolio/([0-9a-f-]{36})", ada.get("/evidence/portfolio").text)
    assert found
    return found.group(1)


def _teacher(scene: Scene) -> FrameBrowser:
    return scene.world.browser(scene.ada, "earner", activity=scene.activity, launch=SPANISH)


def _empty(scene: Scene, clock: Clock) -> FrameBrowser:
    del clock
    return _teacher(scene)


def working(scene: Scene, clock: Clock) -> FrameBrowser:
    """A teacher who has gathered some evidence."""
    ada, work = _teacher(scene), f"/evidence/work/{scene.enrollment.id}"
    file = {"file": (BytesIO(PDF), "plan.pdf"), "title": "My plan", "students": "none", "criteria": ["planning"]}
    link = {"url": "https://video.example.org/watch", "title": "Recording", "students": "background", "criteria": ["asking"]}
    for path, data in (
        ("/self-assess", {"level_planning": "2", "level_asking": "2"}),
        ("/answers/overview", {"text_context": "Grade five."}),
        ("/answers/reflection", {"text_impact": "They ask."}),
        ("/requirement/plan/add/file", file),
        ("/requirement/recording/add/link", link),
    ):
        assert ada.post(work + path, data).status_code == 303, path
    clock.tick(days=20)
    return _teacher(scene)


def sent_in(scene: Scene, clock: Clock) -> FrameBrowser:
    """Whose work is with the reviewers."""
    ada = working(scene, clock)
    assert ada.post(f"/evidence/work/{scene.enrollment.id}/submit", {"names_removed": "y"}).status_code == 303
    return ada


def came_back(scene: Scene, clock: Clock) -> FrameBrowser:
    """Whose work came back, and whose year is nearly over."""
    sent_in(scene, clock)
    for review in scene.world.reviews(scene.submission()):
        scene.world.judge(review, {"planning": 2, "asking": 1}, "Open questions.")
    clock.tick(days=330)
    deadlines.write_reminders(scene.world.tool)
    return _teacher(scene)


def earned(scene: Scene, clock: Clock) -> FrameBrowser:
    """Who has earned it."""
    ada = sent_in(scene, clock)
    for review in scene.world.reviews(scene.submission()):
        scene.world.judge(review, 2, "Open questions.")
    return ada


def _facilitating(scene: Scene, clock: Clock) -> FrameBrowser:
    came_back(scene, clock)
    return scene.world.browser(scene.dana, "facilitator", "designer", activity=scene.activity, launch=SPANISH)


def _console(scene: Scene, clock: Clock) -> FrameBrowser:
    came_back(scene, clock)
    return scene.world.browser(scene.dana, "console", activity=scene.activity, launch=SPANISH)


def _handing_in(scene: Scene, clock: Clock) -> FrameBrowser:
    sent_in(scene, clock)
    return Link(scene).come(HOMEWORK, "earner", launch=SPANISH)


def _embedding(scene: Scene, clock: Clock) -> FrameBrowser:
    del clock
    return Link(scene).come(EDITOR, "designer", person=scene.dana, launch=SPANISH)


PAGES: list[tuple[Callable[[Scene, Clock], FrameBrowser], list[str]]] = [
    (
        _empty,
        [
            "/home", "{hub}", "{work}", "{work}/read", "{work}/self-assess", "{work}/answers/overview", "{work}/answers/reflection",
            "{work}/requirement/plan", "{work}/requirement/recording/add/link", "{work}/requirement/recording/add/text",
            "{work}/check", "{work}/together", "/evidence/portfolio", "/keeping/", "/notices/", "/notices/choices", "/no/such/page",
        ],
    ),
    (working, ["/home", "{hub}", "{work}", "{work}/requirement/plan", "{work}/check", "/evidence/portfolio",
               "/evidence/portfolio/{piece}"]),
    (sent_in, ["/home", "{hub}", "{work}", "/evidence/portfolio/{piece}", "/keeping/", "/evidence/submission/{submission}"]),
    (came_back, ["/home", "{hub}", "{work}", "{work}/check", "/notices/", "/evidence/submission/{submission}"]),
    (earned, ["/home", "{hub}", "{work}", "/notices/"]),
    (_facilitating, ["/home", "{hub}", "{hub}/people/{person}"]),
    (_handing_in, ["/hand-in"]),
    (_embedding, ["/embed"]),
    (_console, ["/keeping/people/{person}", "/notices/mail"]),
]  # fmt: skip
"""Who stands where, and what they open. Others add their pages here."""


@pytest.mark.parametrize(("who", "paths"), PAGES, ids=[who.__name__.strip("_") for who, _ in PAGES])
def test_nothing_is_said_outside_the_readers_language(
    marked: None, scene: Scene, clock: Clock, who: Callable[[Scene, Clock], FrameBrowser], paths: list[str]
) -> None:
    del marked
    browser = who(scene, clock)
    levels = " ".join(f"{one}: {two}" for one in ("Planning", "Asking") for two in ("Not yet", "Almost", "Met"))
    known = f"{DATA} {_strings(CONTENT)} {levels}"
    places = {
        "work": f"/evidence/work/{scene.enrollment.id}",
        "hub": f"/activities/{scene.activity.id}",
        "person": scene.ada.id,
        "piece": piece_of(browser) if any("{piece}" in path for path in paths) else "",
        "submission": scene.submission().id if any("{submission}" in path for path in paths) else "",
    }
    found = {}
    for path in paths:
        answer = browser.get(path.format(**places), follow_redirects=True)
        assert answer.status_code == (404 if "no/such" in path else 200), path
        assert '<html lang="es-US">' in answer.text
        if not NOT_YET & set(PARTS.get(path, ())) and (said := outside(answer.text, known)):
            found[path] = said
    assert found == {}, json.dumps(found, indent=1, ensure_ascii=False)


@pytest.mark.parametrize(
    "path", ["/nothing", "/lti/launch", "/lti/login", "/cards/{key}", "/cards/nobody", "/notices/stop/{stop}", "/notices/stop/x"]
)
def test_nothing_outside_a_frame_is_said_outside_the_readers_language(marked: None, scene: Scene, path: str) -> None:
    del marked
    tool = scene.world.tool
    with tool.database.read() as session:
        key = session.get_one(MicrocredentialVersion, scene.activity.version_id).activity_key
    place = path.format(key=key, stop=stopping.token(tool.box, stopping.Stop(scene.ada.id, "decision")))
    page = scene.world.app.test_client().get(place, headers={"Accept-Language": "es"}).text
    assert outside(page, f"{DATA} {_strings(CONTENT)}") == []


def test_a_page_is_said_in_its_frames_language(scene: Scene) -> None:
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity, launch=SPANISH)
    dana = scene.world.browser(scene.dana, "facilitator", activity=scene.activity, launch={"locale": "en_us"})
    raj = scene.world.browser(scene.reviewers[1], "earner", context=scene.context, launch={"locale": "xx"})
    for browser, title, code in (
        (ada, "Mi trabajo", "es-US"),
        (dana, "My work", "en-US"),
        (raj, "My work", "en-US"),
        (ada, "Mi trabajo", "es-US"),
    ):
        page = browser.get("/home", headers={"Accept-Language": "es" if browser is dana else "en"}).text
        assert f"<h1>{title}</h1>" in page
        assert f'<html lang="{code}">' in page


@pytest.mark.parametrize(
    ("wish", "title"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "Aquí no hay nada"),
        ("fr;q=0.9,es;q=0.1", "Aquí no hay nada"),
        ("en", "There is nothing here"),
        ("", "There is nothing here"),
        ("*", "There is nothing here"),
        ("es_" + "x" * 4000, "Aquí no hay nada"),
        (";;,,--", "There is nothing here"),
    ],
)
def test_outside_a_frame_the_browser_says_which_language(app: Flask, wish: str, title: str) -> None:
    assert f"<h1>{title}</h1>" in app.test_client().get("/nothing", headers={"Accept-Language": wish}).text


def test_forms_complain_in_the_readers_language(scene: Scene) -> None:
    path = f"/activities/{scene.activity.id}/people/{scene.ada.id}/extend"
    given = {"until": "someday", "reason": "x" * 501}
    spanish = scene.world.browser(scene.dana, "facilitator", activity=scene.activity, launch=SPANISH).post(path, given)
    english = scene.world.browser(scene.dana, "facilitator", activity=scene.activity).post(path, given)
    assert (spanish.status_code, english.status_code) == (422, 422)
    assert "No es una fecha válida" in spanish.text  # WTForms says so by itself
    assert "El campo no puede tener más de 500 caracteres" in spanish.text
    assert "Nuevo último día" in spanish.text
    assert "Not a valid date value" in english.text
    assert "New last day" in english.text


def test_what_a_policy_says_is_in_the_readers_language(scene: Scene) -> None:
    ada = scene.world.browser(scene.ada, "earner", activity=scene.activity, launch=SPANISH)
    page = ada.get(f"/evidence/work/{scene.enrollment.id}/check").text
    assert "Agregue 1 pieza a “Lesson plan”." in page
    assert "Responda “Describe your class.”" in page


def test_scripts_find_their_words(app: Flask) -> None:
    for name, said in (("words.js", "export const tr"), ("words.es.js", "Guardando …")):
        with app.test_client().get(f"/static/{name}") as answer:
            assert (answer.status_code, answer.mimetype) == (200, "text/javascript")
            assert said in answer.text
