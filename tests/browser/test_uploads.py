"""Uploads in Chromium at phone size: a lost connection, a reload in the middle, pause, several at once, a visit that ends."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, Route, expect

from lti_tool.evidence import upload_policies
from tests.browser.pages import SHOTS, enter
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.evidence.conftest import Desk, desk, sit
from tests.integration.evidence.sending import MP4, artifacts, content_of

__all__ = ["desk", "sit"]

MIB = 1 << 20
SOON = 30_000
"""Milliseconds."""


def shot(page: Page, name: str) -> None:
    """A picture for people, and no violation."""
    if SHOTS:
        page.screenshot(path=Path(SHOTS) / f"upload-{name}.png", full_page=True)
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_lost_connection_a_reload_and_a_visit_that_ends(
    desk: Desk, world: World, url: str, context: BrowserContext, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(upload_policies, "PART", MIB)
    video, photo = MP4 + random.Random(6).randbytes(5 * MIB), b"\x89PNG\r\n\x1a\n" + bytes(3000)
    (tmp_path / "Unterricht am Dienstag.mp4").write_bytes(video)
    (tmp_path / "board.png").write_bytes(photo)
    files = [tmp_path / "Unterricht am Dienstag.mp4", tmp_path / "board.png"]
    page = context.new_page()
    words = page.locator(".transfer__words")
    page.set_viewport_size({"width": 390, "height": 844})
    at = f"{enter(context, url, desk.browser)}{desk.path('/requirement/recording/add/file')}"
    line = {"open": True, "sent": 0}

    def weak(route: Route) -> None:
        """Three parts come through, then nothing."""
        if line["open"] or line["sent"] < 3:
            line["sent"] += route.request.method == "PUT"
            route.continue_()
        else:
            route.abort("internetdisconnected")

    page.route("**/parts/*", weak)
    page.goto(at)
    expect(page.get_by_text("Up to 5 GB")).to_be_visible(timeout=SOON)
    line["open"] = False
    page.get_by_label("File").set_input_files(files[0])
    page.locator("label[for=students-0]").click()
    page.get_by_role("button", name="Upload").click()
    expect(words.first).to_contain_text("No connection. 59 % has arrived and is kept. It goes on by itself.", timeout=SOON)
    shot(page, "offline")
    page.get_by_role("button", name="Pause").click()
    expect(words.first).to_contain_text("Paused at", timeout=SOON)

    page.reload()
    expect(page.get_by_text("To go on, choose the same file again.")).to_be_visible(timeout=SOON)
    expect(page.get_by_text("50 % has arrived.")).to_be_visible(timeout=SOON)
    shot(page, "unfinished")
    page.get_by_label("File").set_input_files(files)
    page.get_by_role("button", name="Upload").click()
    expect(words.first).to_contain_text("No connection.", timeout=SOON)
    before = line["sent"]
    line["open"] = True
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(page.get_by_text("Added to your evidence.")).to_be_visible(timeout=SOON)
    shot(page, "arrived")
    assert line["sent"] - before == 4, "three parts of the recording, and the picture"
    assert {one.filename: content_of(desk, one) for one in artifacts(desk)} == {files[0].name: video, files[1].name: photo}

    line["open"] = False
    (tmp_path / "second.mp4").write_bytes(video + b"x")
    page.goto(at)
    page.get_by_label("File").set_input_files(tmp_path / "second.mp4")
    page.get_by_role("button", name="Upload").click()
    expect(words.first).to_contain_text("No connection.", timeout=SOON)
    clock.tick(hours=25)
    line["open"] = True
    page.evaluate("window.dispatchEvent(new Event('online'))")
    expect(words.first).to_contain_text("Your visit has ended.", timeout=SOON)
    expect(words.first).to_contain_text("choose the same file. It goes on from there.", timeout=SOON)
    expect(page.get_by_role("button", name="Pause")).to_have_count(0)
    shot(page, "ended")
