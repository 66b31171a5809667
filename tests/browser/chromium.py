"""Chromium as the tests start it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
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
