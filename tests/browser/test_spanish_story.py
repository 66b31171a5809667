"""A teacher whose LMS speaks Spanish opens an activity and walks through her pages, in the frame of the practice LMS."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from lti_tool.demo.stage import Stage
from tests.browser.chromium import appears
from tests.browser.school import School, frame_of, tool_in


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_marisol_is_spoken_to_in_spanish(chromium: Browser, stage: Stage, face: str) -> None:
    school = School(chromium, stage, face, seen=lambda _name, _page: None)
    school.register()
    school.place()
    page = school.be("marisol")
    tool = school.enter(page, school.title)
    assert frame_of(page).evaluate("document.documentElement.lang").startswith("es")
    expect(tool.get_by_role("link", name="Mi trabajo").first).to_be_visible()
    school.look("es-hub", page)
    tool.get_by_role("button", name="Empezar esta microcredencial").dispatch_event("click")
    for link, heading in (
        ("Autoevaluación", "Autoevaluación"),
        ("Preguntas generales", "Preguntas generales"),
        ("Evidencia", None),
        ("Reflexión", "Reflexión"),
        ("Revisar y enviar", "Aún no está completo"),
    ):
        tool.get_by_role("link", name=re.compile(rf"(\d\. )?{link}$")).first.dispatch_event("click")
        if heading:
            appears(tool.get_by_role("heading", level=1, name=heading))
        else:
            appears(tool.get_by_text("Privacidad de estudiantes"))
        school.look(f"es-{link}", page)
    tool.get_by_role("link", name="Mi trabajo").first.dispatch_event("click")
    expect(tool.get_by_role("heading", name="Microcredenciales en las que trabajo")).to_be_visible()
    tool.get_by_role("link", name="Novedades").dispatch_event("click")
    expect(tool.get_by_role("heading", level=1, name="Novedades")).to_be_visible()
    ada = school.be("ada")
    school.enter(ada, school.title)
    assert frame_of(ada).evaluate("document.documentElement.lang").startswith("en")
    expect(tool_in(ada).get_by_role("link", name="My work").first).to_be_visible()
    school.close()
