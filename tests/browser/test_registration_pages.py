"""An admin connects an LMS in Chromium, inside the LMS's frame: accessible pages, and the LMS hears when it is done."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Frame, expect
from pytest_httpserver import HTTPServer

from lti_tool.platforms import service
from tests.conformance.conftest import LiveTool, live
from tests.factories.platform import platform_server
from tests.factories.registering import Lms

__all__ = ["live"]

LMS_PAGE = """<!doctype html><html lang="en"><title>LMS</title><main><h1>LMS</h1>
<iframe name="tool" title="tool" width="{width}" height="600" src="{src}"></iframe></main>
<script>window.heard = []; addEventListener("message", (event) => heard.push(event.data));</script>"""


@pytest.fixture
def server() -> Iterator[HTTPServer]:
    with platform_server() as found:
        yield found


def assert_accessible(frame: Frame) -> None:
    assert frame.evaluate("document.documentElement.scrollWidth <= innerWidth")
    result = Axe().run(frame)
    assert result.response["passes"]
    assert result.violations_count == 0, result.generate_report()


@pytest.mark.parametrize("width", [1200, 390])
def test_from_the_lms_page_to_done(live: LiveTool, chromium: Browser, server: HTTPServer, width: int) -> None:
    lms = Lms(server, "moodle" if width > 400 else "canvas")
    with live.here.database.unit() as session:
        token = service.create_invite(session, live.here, district_name="Maple Valley")
    address = f"{live.url}/lti/register/{token}"
    src = f"{address}?openid_configuration={lms.configuration_url}&registration_token=jwt-1"
    server.expect_request("/lms").respond_with_data(LMS_PAGE.format(width=width, src=src), content_type="text/html")
    context = chromium.new_context(viewport={"width": width + 60, "height": 760})
    page = context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Content Security Policy" in message.text else None)

    page.goto(address)
    expect(page.get_by_role("heading", name="Connect your LMS")).to_be_visible()
    assert_accessible(page.main_frame)

    page.goto(server.url_for("/lms"))
    tool = page.frame("tool")
    assert tool
    for button in ("Register with this LMS", "Confirm and finish"):
        expect(tool.get_by_role("button", name=button)).to_be_visible()
        assert_accessible(tool)
        tool.get_by_role("button", name=button).click()
    expect(tool.get_by_role("heading", name="is connected")).to_be_visible()
    assert_accessible(tool)
    assert page.evaluate("heard.filter((data) => data.subject === 'org.imsglobal.lti.close')") == []
    tool.get_by_role("button", name="Close this page").click()
    page.wait_for_function("heard.some((data) => data.subject === 'org.imsglobal.lti.close')")
    with live.here.database.read() as session:
        assert service.list_registrations(session)[-1].admins_run_console
    context.close()
    assert faults == []
