"""Pages of the reports, full, empty and withheld: accessible, never too wide, the same for paper."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.district.reports import pay_figures
from lti_tool.district.reports.pay_figures import PayYear
from lti_tool.district.reports.registry import SPECS
from tests.browser.pages import enter, look
from tests.factories.world import World
from tests.integration.reports.conftest import board, console, made
from tests.integration.reports.districts import Made

__all__ = ["board", "console", "made"]

SHOTS = os.environ.get("SCREENSHOTS", "")


def test_all_reports(made: Made, url: str, context: BrowserContext, page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    years = (PayYear("2026–27", "USD", 1_240_000, 80_000, 60_000, 2_000_000, 31, 12),)
    monkeypatch.setattr(pay_figures, "years", lambda _session, _district: years)
    at = enter(context, url, made.world.browser(made.world.person(made.registration, "Cory Coordinator"), "console"))
    look(page, f"{at}/reports/", "reports")
    for key in SPECS:
        look(page, f"{at}/reports/{key}", f"report-{key}")
    look(page, f"{at}/reports/board", "report-board")
    look(page, f"{at}/reports/schools", "report-schools")
    look(page, f"{at}/reports/earned?school=Ada+High", "report-withheld")
    look(page, f"{at}/reports/earned?from=2026-05&to=2026-01", "report-fault")
    look(page, f"{at}/reports/earned?school=Lincoln+Elementary&microcredential={made.versions[1].microcredential_id}", "report-both")


def test_without_anything(world: World, url: str, context: BrowserContext, page: Page) -> None:
    at = enter(context, url, world.browser(world.person(world.registration(), "Cory Coordinator"), "console"))
    look(page, f"{at}/reports/", "reports-empty")
    look(page, f"{at}/reports/funnel", "report-empty")
    look(page, f"{at}/reports/schools", "report-schools-empty")


def test_on_paper(made: Made, url: str, context: BrowserContext, page: Page) -> None:
    at = enter(context, url, made.world.browser(made.world.person(made.registration, "Cory Coordinator"), "console"))
    page.goto(f"{at}/reports/board")
    page.emulate_media(media="print")
    expect(page.locator(".site-header")).to_be_hidden()
    expect(page.locator(".report-chooser")).to_be_hidden()
    expect(page.locator(".chart--wide").first).to_be_visible()
    expect(page.locator(".chart--narrow").first).to_be_hidden()
    paper = page.pdf(format="Letter", print_background=True)
    assert paper.startswith(b"%PDF")
    if SHOTS:
        (Path(SHOTS) / "report-board.pdf").write_bytes(paper)
