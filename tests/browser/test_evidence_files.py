"""Uploaded files in Chromium: a picture appears when it is ready, a recording is played from any moment, links stay fresh."""

from __future__ import annotations

import io
import wave
from collections.abc import Iterator

import pytest
from flask import Flask
from PIL import Image, ImageDraw
from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.browser.chromium import appears
from tests.browser.pages import enter, look
from tests.factories.served import served
from tests.integration.evidence.conftest import Desk, desk, sit
from tests.integration.evidence.opening import judging, send, work

__all__ = ["desk", "sit"]


@pytest.fixture(name="url")
def _url(app: Flask, tool: Tool) -> Iterator[str]:
    """The tool, and evidence from an origin of its own."""
    with served(app) as url:
        origins = {"base_url": url, "evidence_url": url.replace("127.0.0.1", "localhost")}
        tool.settings = Settings.model_validate({**tool.settings.model_dump(), **origins})
        yield url


@pytest.fixture(autouse=True)
def _nothing_refused(faults: list[str]) -> Iterator[None]:
    """Here not even a refusal may be reported."""
    yield
    assert faults == []


def board() -> bytes:
    """A photograph of a board, more or less."""
    image = Image.new("RGB", (1600, 1000), "#2f5d46")
    draw = ImageDraw.Draw(image)
    for n in range(7):
        draw.text((90, 80 + n * 120), f"Question {n + 1}: what makes you say that?", fill="white", font_size=64)
    out = io.BytesIO()
    image.save(out, "JPEG")
    return out.getvalue()


def recording(seconds: int) -> bytes:
    """Silence in 176,400 bytes a second: too much for one answer."""
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(2)
        file.setsampwidth(2)
        file.setframerate(44100)
        file.writeframes(bytes(176_400 * seconds))
    return out.getvalue()


PLAYS_ON = "(one, from) => new Promise(done => one.addEventListener('timeupdate', () => one.currentTime > from + 0.2 && done()))"


def test_a_picture_appears_when_it_is_ready_and_a_recording_is_played_from_any_moment(
    desk: Desk, tool: Tool, url: str, context: BrowserContext, page: Page
) -> None:
    send(desk, board(), "board.jpg")
    send(desk, recording(60), "lesson.wav")
    teacher = enter(context, url, desk.browser)
    page.goto(teacher + desk.path("/requirement/plan"))
    expect(page.get_by_text("being made ready to show")).to_be_visible()
    look(page, teacher + desk.path("/requirement/plan"), "file-waiting")
    page.goto(teacher + desk.path("/requirement/plan"))
    work(tool)
    small = page.locator(".evidence-file__picture img")
    appears(small)
    assert small.evaluate("one => one.decode().then(() => one.naturalWidth)") == 1280
    look(page, teacher + desk.path("/requirement/plan"), "file-ready")

    reviewer, path = judging(desk)
    at = enter(context, url, reviewer)
    look(page, at + path, "desk-files")
    page.set_viewport_size({"width": 1280, "height": 600})
    ranges = list[int]()
    page.on("response", lambda answer: ranges.append(answer.status) if "/evidence-file/" in answer.url else None)
    page.goto(at + path)
    player = page.locator("audio")
    player.evaluate("one => one.play()")
    player.evaluate(PLAYS_ON, 0)
    player.evaluate("one => { one.currentTime = 55 }")
    player.evaluate(PLAYS_ON, 55)
    assert ranges.count(206) >= 2, "it asked for parts"

    with page.expect_popup() as opened:
        page.get_by_role("link", name="Open large").click()
    opened.value.wait_for_load_state()
    assert opened.value.url.startswith("http://localhost:")
    assert opened.value.evaluate("document.images[0].naturalWidth") == 1600
