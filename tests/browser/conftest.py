"""What all browser tests share: Chromium, and the tool beside the practice LMS as processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page

from lti_tool.demo.stage import Stage
from lti_tool.demo.stage import stage as started
from tests.browser.chromium import chromium as running
from tests.factories.served import served


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Werkzeug's server does not close a file whose browser has gone away; the servers of production do."""
    for item in items:
        if item.path.parent == Path(__file__).parent:
            item.add_marker(pytest.mark.filterwarnings("ignore:unclosed file .*/static/:ResourceWarning"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One Chromium for a module: two may not run at once in a process."""
    with running() as browser:
        yield browser


@pytest.fixture(scope="module")
def stage() -> Iterator[Stage]:
    """Tool, worker and practice LMS, fresh, with both schools at the beginning of their story."""
    before = dict(os.environ)
    with started(quiet=True) as ready:
        os.environ.clear()  # what the processes needed has been handed to them; other tests must not see it
        os.environ.update(before)
        yield ready


@pytest.fixture
def url(app: Flask) -> Iterator[str]:
    """The application of this test, served."""
    with served(app) as origin:
        yield origin


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    """A browser that has been nowhere."""
    context = chromium.new_context(viewport={"width": 1280, "height": 600})
    yield context
    context.close()


@pytest.fixture
def faults() -> list[str]:
    """What the window reports."""
    return []


@pytest.fixture
def page(context: BrowserContext, faults: list[str]) -> Iterator[Page]:
    """A window whose scripts may report no fault; a refusal is none."""
    page = context.new_page()
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    assert [fault for fault in faults if "status of 4" not in fault] == []
