"""The whole story in Chromium, in the practice LMS's frame, at both faces. Every page is inspected, wide and narrow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from lti_tool.demo.stage import Stage
from tests.browser.school import NARROW, WIDE, School, frame_of, tab_to, tick, tool_in

pytestmark = pytest.mark.timeout(480)


@pytest.fixture(params=["canvas", "moodle"])
def school(request: pytest.FixtureRequest, chromium: Browser, stage: Stage) -> Iterator[School]:
    # The tool's pages are the same at both faces: the second looks at them where they are narrow.
    found = School(chromium, stage, request.param, widths=(NARROW, WIDE) if request.param == "canvas" else (NARROW,))
    yield found
    found.close()


def test_from_registration_to_badge(school: School) -> None:
    school.register()
    school.place()
    page = school.begin()
    _assess(school, page)
    _write(school, page)
    _gather(school, page)
    _send_in(school, page)
    school.name_reviewers()
    judges = school.who_judges()
    assert len(judges) == 2
    _judge_by_mouse(school, judges[0])
    _judge_by_keyboard(school, judges[1])
    _score(school)
    _badge(school)
    _all_around(school)


def _assess(school: School, page: Page) -> None:
    tool = tool_in(page)
    tool.get_by_role("link", name="Assess yourself").first.dispatch_event("click")
    school.show("self-assess", page, "Assess yourself")
    for key, own in school.sample.example.self_assessment.items():
        tool.locator(f"[name=level_{key}][value='{own.level}']").check()
        tool.locator(f"[name=text_{key}]").fill(own.note)
    tool.get_by_role("button", name="Save and go on").dispatch_event("click")


def _write(school: School, page: Page) -> None:
    tool, content, example = tool_in(page), school.sample.content, school.sample.example
    first = content.overview_questions[0].key
    answer = tool.locator(f"[name=text_{first}]")
    expect(answer).to_be_visible()
    answer.fill(example.answers[first])
    expect(tool.locator("[data-save-state]")).to_contain_text("Saved", timeout=10_000)
    school.seen("answers", page)
    frame_of(page).evaluate("location.reload()")
    expect(answer).to_have_value(example.answers[first])
    for question in content.overview_questions[1:]:
        tool.locator(f"[name=text_{question.key}]").fill(example.answers[question.key])
    tool.get_by_role("button", name="Save and go on").dispatch_event("click")
    expect(tool.get_by_text("Evidence 1 of")).to_be_visible()


def _gather(school: School, page: Page) -> None:
    tool, content = tool_in(page), school.sample.content
    labels = {"file": ("Upload a file", "Upload"), "link": ("Add a link", "Add this link"), "text": ("Write something", "Add this text")}
    for place, requirement in enumerate(content.evidence):
        expect(tool.get_by_role("heading", name=requirement.title, level=1)).to_be_visible()
        for piece in (one for one in school.sample.example.evidence if one.requirement == requirement.key):
            opener, button = labels[piece.kind]
            ways = tool.get_by_role("link", name=opener, exact=True).or_(
                tool.get_by_role("list", name="Other ways to add evidence").get_by_role("link", name=piece.kind.title())
            )
            ways.first.dispatch_event("click")
            form = tool.locator("form", has=tool.locator("[name=title]"))
            expect(form.get_by_role("button", name=button, exact=True)).to_be_visible()
            form.locator("[name=title]").fill(piece.title)
            form.locator("[name=text]").fill(piece.text)
            tick(form.locator(f"[name=students][value={piece.students}]"))
            if piece.students == "identifiable":
                tick(form.locator("[name=consent_form][value=district]"))
                form.locator("[name=consent_students]").fill("24")
                form.locator("[name=consent_place]").fill("Binder in the school office")
            if piece.kind == "link":
                form.locator("[name=url]").fill(piece.url)
            if piece.kind == "file":
                form.locator("[name=file]").first.set_input_files(
                    {"name": piece.filename, "mimeType": "text/plain", "buffer": piece.content.encode()}
                )
            school.seen(f"evidence-{piece.kind}", page)
            form.get_by_role("button", name=button, exact=True).dispatch_event("click")
            expect(tool.locator(".file-list__what").get_by_text(piece.title).first).to_be_visible()
        school.seen(f"evidence-{place}", page)
        tool.get_by_role("link", name=re.compile("^Next: ")).dispatch_event("click")
    for question in content.reflection_questions:
        tool.locator(f"[name=text_{question.key}]").fill(school.sample.example.answers[question.key])
    tool.get_by_role("button", name="Save and go on").dispatch_event("click")


def _send_in(school: School, page: Page) -> None:
    tool = tool_in(page)
    school.show("check", page, "Check and submit")
    for name in ("names_removed", "families_agreed"):
        tick(tool.locator(f"[name={name}]"))
    tool.get_by_role("button", name="Submit for review").dispatch_event("click")
    school.show("waiting", page, "Your work is with the reviewers")
    school.enter(page, school.title)
    school.show("hub-waiting", page, "Two colleagues are judging your work")


def _levels(school: School) -> list[tuple[str, int]]:
    return [(criterion.key, criterion.required_level) for criterion in school.sample.content.criteria]


def _judge_by_mouse(school: School, person: str) -> None:
    page = school.desk(person)
    tool = tool_in(page)
    assert "Ada" not in tool.locator("main").inner_text()
    for key, level in _levels(school):
        tool.locator(f"[name=level-{key}][value='{level}']").check()
        tool.locator(f"[name=feedback-{key}]").fill("Seen in the plan and in the recording.")
    expect(tool.locator("[data-save-state]")).to_contain_text("Saved", timeout=10_000)
    school.seen("desk", page)
    school.seal(page)
    school.seen("sealed", page)


def _judge_by_keyboard(school: School, person: str) -> None:
    page = school.desk(person)
    frame_of(page).locator("#main").focus()
    for key, level in _levels(school):
        tab_to(page, f"[name=level-{key}]")
        page.keyboard.press("Space")
        for _ in range(level):
            page.keyboard.press("ArrowRight")
        tab_to(page, f"[name=feedback-{key}]")
        page.keyboard.type("Seen.")
    tab_to(page, "[name=finish]")
    page.keyboard.press("Space")
    expect(tool_in(page).get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(tool_in(page).get_by_role("status").get_by_text("sealed")).to_be_visible()


def _score(school: School) -> None:
    ada, dana = school.be("ada"), school.be("dana")
    grades = f"{school.course(ada).url}/grades"
    school.wait_for(ada, ada.get_by_test_id("my-score").filter(has_text="100"), lambda: ada.goto(grades))
    school.seen("lms-grades", ada)
    school.course(dana).get_by_test_id("nav-gradebook").click()
    expect(dana.locator("[data-test^='cell-'][data-test$='-ada']").first).to_contain_text("100")
    school.seen("lms-gradebook", dana)
    school.enter(dana, school.title)
    school.show("activity-earned", dana, school.title)
    tool_in(dana).get_by_role("link", name="Ada").first.dispatch_event("click")
    school.show("person", dana, "What happened")


def _badge(school: School) -> None:
    page = school.be("ada")
    tool = tool_in(page)
    school.wait_for(page, tool.get_by_role("link", name="See your badge"), lambda: school.enter(page, school.title))
    school.seen("hub-earned", page)
    tool.get_by_role("link", name="See your badge").dispatch_event("click")
    school.show("badge-private", page, "Your badge")
    tool.get_by_role("button", name="Make it public").dispatch_event("click")
    school.show("badge-shared", page, "Show it")
    address = tool.locator(".copy__text").first.inner_text()
    stranger = school.stranger()
    stranger.goto(address)
    expect(stranger.get_by_text("Checked just now")).to_be_visible()
    school.seen("badge-page", stranger)
    stranger.get_by_role("link", name="All of what had to be shown").click()
    school.show("badge-about", stranger, stranger.get_by_role("heading", level=1))


def _all_around(school: School) -> None:
    """What else each person's menu leads to."""
    for person in ("ada", "dana", "alex", "ruth"):
        page = school.be(person)
        tool = school.enter(page, school.title)
        menu = tool.locator(".site-nav a")
        for number, label in enumerate(menu.all_inner_texts()):
            menu.nth(number).dispatch_event("click")
            expect(tool.locator(".site-nav [aria-current=page]")).to_contain_text(label.split("\n")[0])
            school.seen(f"menu-{person}-{number}", page)
