"""Pages of the reports: who may see them, what they say, what is chosen, files, counting anew."""

from __future__ import annotations

import pytest

from lti_tool.district.reports.registry import SPECS
from tests.factories.world import FrameBrowser

PAGES = ["", "board", *SPECS]


@pytest.mark.parametrize("path", PAGES)
def test_each_page_opens(console: FrameBrowser, board: FrameBrowser, path: str) -> None:
    for browser in (console, board):
        answer = browser.get(f"/reports/{path}")
        assert answer.status_code == 200
        assert "As of" in answer.text
        assert "Nothing to show yet" not in answer.text or path in ("", "board", "pay", "agreement")
