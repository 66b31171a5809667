"""Chromium as the tests start it."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Locator, sync_playwright
from playwright.sync_api import TimeoutError as TooLate

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
NO_COOKIE_FOR_THE_TOOL = {"profile": {"content_settings": {"exceptions": {"cookies": {"127.0.0.1,*": {"setting": 2}}}}}}
_TRY = 5.0
_NAMES = ("chromium", "chromium-browser", "google-chrome")


def executable() -> str:
    """Where Chromium is: what CHROMIUM names, else what the search path holds. Raises RuntimeError."""
    wanted = os.environ.get("CHROMIUM", "")
    found = shutil.which(wanted) if wanted else next(filter(None, map(shutil.which, _NAMES)), None)
    if not found:
        raise RuntimeError(
            f"CHROMIUM names {wanted!r}, and nothing runs there."
            if wanted
            else "Browser tests need Chromium: install it (Debian: apt install chromium) or set CHROMIUM to its path."
        )
    return found


@contextmanager
def chromium(more_flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A running Chromium."""
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        browser = playwright.chromium.launch(executable_path=executable(), args=[*FLAGS, *more_flags])
        yield browser
        browser.close()


@contextmanager
def with_preferences(preferences: dict[str, Any], folder: Path, more_flags: Sequence[str] = ()) -> Iterator[Browser]:
    """A running Chromium whose profile, and every new context, has these preferences. `folder` is empty and becomes the profile's."""
    (folder / "Default").mkdir()
    (folder / "Default" / "Preferences").write_text(json.dumps(preferences))
    with sync_playwright() as playwright:
        playwright.selectors.set_test_id_attribute("data-test")
        profile = playwright.chromium.launch_persistent_context(folder, executable_path=executable(), args=[*FLAGS, *more_flags])
        assert profile.browser
        yield profile.browser
        profile.close()


def appears(found: Locator, within: float = 20.0) -> None:
    """Wait for something, at most `within` seconds, where a frame or window is on its way from one site to another.

    Playwright's `expect` knows no time limit at its first look, and a question to a page that is being left may never be answered:
    here each try has an end, and the next asks the page that has come. Raises AssertionError.
    """
    tries = max(1, round(within / _TRY))
    for left in reversed(range(tries)):
        try:
            found.wait_for(timeout=_TRY * 1000)
        except TooLate as error:
            if not left:
                raise AssertionError(f"{found} did not appear in {within} seconds") from error
        else:
            return
