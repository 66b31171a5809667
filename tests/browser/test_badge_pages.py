"""Pages of badges in Chromium: on a phone and on a desk, accessible, never too wide; a frame of anybody's site; a transcript as PDF."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.badges import service
from lti_tool.tool import Tool
from tests.browser.pages import SHOTS, enter, look
from tests.conftest import Clock
from tests.factories.served import served
from tests.factories.world import World
from tests.integration.test_badges import Earned

ALIGNMENTS = [
    {"framework": "InTASC", "name": "Standard 5: Application of content", "code": "5", "url": "https://standards.example.org/5"},
    {"framework": "ISTE", "name": "Facilitator", "code": "", "url": "https://standards.example.org/iste"},
]
LONG = "Enseigner à lire à des élèves plurilingues : une démarche coopérative, documentée et évaluée pour l’école"


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def earned(world: World, tool: Tool) -> Earned:
    """A teacher with three badges, of which the newest is public."""
    earned = Earned(world, tool, alignments=ALIGNMENTS)
    for title, badge in ((LONG, {"shape": "circle", "color": "amber", "pictogram": "book"}), ("Small groups", {"shape": "shield"})):
        version = world.version(earned.teacher.district_id, title=title, badge=badge, alignments=ALIGNMENTS)
        enrollment = world.enrollment(world.activity(earned.context, version), earned.teacher, state="earned")
        with tool.database.unit() as session:
            service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    assert service.sign_due(tool) == 3
    earned.show()
    return earned


def test_the_public_page(earned: Earned, url: str, page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    look(page, f"{url}{earned.address}", "badge-public")
    assert {address.split("/", 3)[2] for address in asked if not address.startswith("data:")} == {url.split("/", 3)[2]}
    expect(page.get_by_role("img", name="Badge: Asking good questions", exact=False)).to_be_visible()
    page.get_by_role("link", name="Check this badge").click()
    expect(page.get_by_label("Or its web address")).to_have_value(f"http://127.0.0.1:8000{earned.address}")
    page.get_by_role("button", name="Check the badge").click()
    expect(page.get_by_role("heading", name="What was found")).to_be_visible()
    expect(page.get_by_text("This badge is valid")).to_be_visible()


def test_the_page_that_checks(earned: Earned, url: str, page: Page, tmp_path: Path) -> None:
    look(page, f"{url}/badges/verify", "verify")
    file = tmp_path / "badge.json"
    for name, content, words in (
        ("verify-valid", earned.row.credential or b"", "This badge is valid"),
        ("verify-changed", (earned.row.credential or b"").replace(b"Maple", b"Apple"), "This badge is not valid"),
        ("verify-nothing", b"42", "This is not a badge"),
    ):
        file.write_bytes(content)
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 844})
            page.goto(f"{url}/badges/verify")
            page.get_by_label("A file").set_input_files(file)
            page.get_by_role("button", name="Check the badge").click()
            expect(page.get_by_text(words).first).to_be_visible()
            if SHOTS:
                page.screenshot(path=Path(SHOTS) / f"{name}-{width}.png", full_page=True)
            found = Axe().run(page)
            assert found.violations_count == 0, f"{name}: {found.generate_report()}"
            assert page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_a_teachers_badges(earned: Earned, url: str, context: BrowserContext, page: Page) -> None:
    at = enter(context, url, earned.browser)
    look(page, f"{at}/badges/", "badges-mine")
    look(page, f"{at}/badges/{earned.id}", "badge-own")
    for summary in page.locator("summary").all():
        summary.click()
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / "badge-own-open-390.png", full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert Axe().run(page).violations_count == 0
    look(page, f"{at}/badges/transcript", "badge-transcript")
    page.goto(f"{at}/badges/")
    page.get_by_role("button", name="Make public the badge Small groups").click()
    expect(page.get_by_role("button", name="Make private the badge Small groups")).to_be_visible()
    expect(page).to_have_url(f"{at}/badges/?said=badge_shown")


def test_without_badges(world: World, tool: Tool, url: str, context: BrowserContext, page: Page) -> None:
    registration = world.registration()
    person = world.person(registration, "New Teacher")
    at = enter(context, url, world.browser(person, "earner", context=world.context(registration)))
    look(page, f"{at}/badges/", "badges-none")
    look(page, f"{at}/badges/transcript", "badge-transcript-none")


@pytest.fixture
def elsewhere() -> Iterator[Callable[[str], str]]:
    """A website of somebody else, with one page: another site than ours for a browser."""
    with ExitStack() as stack:

        def serve(html: str) -> str:
            def answered(_environ: Any, start: Any) -> list[bytes]:
                start("200 OK", [("Content-Type", "text/html")])
                return [html.encode()]

            return stack.enter_context(served(answered, "localhost")) + "/"

        yield serve


def test_a_card_in_a_frame_of_another_site(
    earned: Earned, url: str, context: BrowserContext, page: Page, elsewhere: Callable[[str], str]
) -> None:
    look(page, f"{url}{earned.address}/embed", "badge-embed")
    blog = context.new_page()
    frames = "".join(f'<iframe src="{url}{earned.address}{part}" width="420" height="160" title="x"></iframe>' for part in ("/embed", ""))
    blog.goto(elsewhere(f"<title>Blog</title>{frames}"))
    expect(blog.frame_locator("iframe >> nth=0").get_by_role("link", name="Asking good questions")).to_be_visible()
    expect(blog.frame_locator("iframe >> nth=0").get_by_text("Valid")).to_be_visible()
    expect(blog.frame_locator("iframe >> nth=1").get_by_text("Ada Teacher")).to_have_count(0)
    earned.show(False)
    blog.reload()
    expect(blog.frame_locator("iframe >> nth=0").get_by_text("This badge is not shown")).to_be_visible()
    blog.close()


def test_the_transcript_as_pdf(earned: Earned, url: str, context: BrowserContext, page: Page) -> None:
    page.goto(f"{enter(context, url, earned.browser)}/badges/transcript")
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_visible()
    data = page.pdf(format="Letter", print_background=True, margin={"top": "15mm", "bottom": "15mm", "left": "15mm", "right": "15mm"})
    if SHOTS:
        (Path(SHOTS) / "transcript.pdf").write_bytes(data)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert len(pdf.pages) <= 2
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.get_by_text(LONG)).to_be_visible()
    if SHOTS:
        page.set_viewport_size({"width": 700, "height": 1000})
        page.screenshot(path=Path(SHOTS) / "transcript-print.png", full_page=True)


def test_a_designers_picture(world: World, url: str, context: BrowserContext, page: Page, tmp_path: Path) -> None:
    registration = world.registration()
    version = world.version(registration.district_id)
    activity = world.activity(world.context(registration), version)
    browser = world.browser(world.person(registration, "Dana Designer"), "author", activity=activity)
    browser.post(f"/catalog/{version.microcredential_id}/revise")
    at = enter(context, url, browser)
    look(page, f"{at}/badge-pictures/{version.microcredential_id}", "badge-picture-drawn")
    file = tmp_path / "picture.png"
    Image.effect_mandelbrot((800, 600), (-2, -1.5, 1, 1.5), 60).convert("RGB").save(file)
    page.goto(f"{at}/catalog/{version.microcredential_id}/edit")
    page.get_by_role("link", name="Use a picture of your own instead").click()
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_label("What it shows, in words").fill("A fractal")
    page.get_by_role("button", name="Save to the draft").click()
    expect(page.get_by_role("img", name="Own picture: A fractal")).to_be_visible()
    look(page, f"{at}/badge-pictures/{version.microcredential_id}", "badge-picture-own")
    page.get_by_role("button", name="Use the drawn badge again").click()
    expect(page.get_by_role("img", name="The badge as it is drawn")).to_be_visible()
