"""What all browser tests share: Chromium, and the tool beside the practice LMS as processes of their own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from lti_tool.demo.stage import Stage
from lti_tool.demo.stage import stage as started
from tests.browser.chromium import chromium as running


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
