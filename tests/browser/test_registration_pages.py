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
from tests.factories.registering import AGS, TOOL, Lms

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


class AdminsPage:
    """The LMS's page with the tool's registration page in its frame."""

    def __init__(self, live: LiveTool, chromium: Browser, server: HTTPServer, width: int) -> None:
        self.live, self.server, self.width = live, server, width
        self.context = chromium.new_context(viewport={"width": width + 60, "height": 760})
        self.page = self.context.new_page()
        self.faults: list[str] = []
        self.page.on("pageerror", lambda error: self.faults.append(str(error)))
        self.page.on("console", lambda message: self.faults.append(message.text) if "Content Security Policy" in message.text else None)

    def invite(self) -> str:
        with self.live.here.database.unit() as session:
            return f"{self.live.url}/lti/register/{service.create_invite(session, self.live.here, district_name='Maple Valley')}"

    def open(self, lms: Lms, address: str) -> Frame:
        src = f"{address}?openid_configuration={lms.configuration_url}&registration_token={lms.token}"
        self.server.expect_oneshot_request("/lms").respond_with_data(LMS_PAGE.format(width=self.width, src=src), content_type="text/html")
        self.page.goto(self.server.url_for("/lms"))
        tool = self.page.frame("tool")
        assert tool
        return tool

    def go(self, tool: Frame, *buttons: str) -> None:
        """Inspect each page, then press its button."""
        for button in buttons:
            expect(tool.get_by_role("button", name=button)).to_be_visible()
            assert_accessible(tool)
            tool.get_by_role("button", name=button).click()

    def close(self) -> None:
        self.context.close()
        assert self.faults == []


@pytest.mark.parametrize("width", [1200, 390])
def test_from_the_lms_page_to_done(live: LiveTool, chromium: Browser, server: HTTPServer, width: int) -> None:
    lms = Lms(server, "moodle" if width > 400 else "canvas")
    admin = AdminsPage(live, chromium, server, width)
    address, page = admin.invite(), admin.page

    page.goto(address)
    expect(page.get_by_role("heading", name="Connect your LMS")).to_be_visible()
    assert_accessible(page.main_frame)

    tool = admin.open(lms, address)
    admin.go(tool, "Register with this LMS", "Confirm and finish")
    expect(tool.get_by_role("heading", name="is connected")).to_be_visible()
    assert_accessible(tool)
    assert page.evaluate("heard.filter((data) => data.subject === 'org.imsglobal.lti.close')") == []
    tool.get_by_role("button", name="Close this page").click()
    page.wait_for_function("heard.some((data) => data.subject === 'org.imsglobal.lti.close')")
    with live.here.database.read() as session:
        assert service.list_registrations(session)[-1].admins_run_console
    admin.close()


@pytest.mark.parametrize("width", [1200, 390])
def test_an_update_and_a_second_registration(live: LiveTool, chromium: Browser, server: HTTPServer, width: int) -> None:
    lms = Lms(server, "moodle")
    admin = AdminsPage(live, chromium, server, width)
    admin.go(admin.open(lms, admin.invite()), "Register with this LMS", "Confirm and finish")
    expect(admin.page.frame_locator("iframe").get_by_role("heading", name="is connected")).to_be_visible()
    with live.here.database.unit() as session:
        session.merge(service.list_registrations(session)[-1]).scopes = [AGS + "score"]

    lms.will_update(client_name="Microcredentials (old)", **{TOOL: {}})
    tool = admin.open(lms, admin.invite())
    expect(tool.get_by_text("People can go on working")).to_be_visible()
    expect(tool.get_by_text("Microcredentials (old)")).to_be_visible()
    admin.go(tool, "Update the registration")
    expect(tool.get_by_text("(new)")).to_have_count(3)
    admin.go(tool, "Confirm and finish")
    expect(tool.get_by_role("heading", name="is up to date")).to_be_visible()
    assert_accessible(tool)

    lms.token, lms.client_id = "jwt-1", "client-78"
    tool = admin.open(lms, admin.invite())
    expect(tool.get_by_text("Your district has a connection with this LMS already")).to_be_visible()
    admin.go(tool, "Register with this LMS")
    expect(tool.get_by_text("There are two connections now")).to_be_visible()
    admin.go(tool, "Confirm and finish")
    expect(tool.get_by_role("heading", name="is connected")).to_be_visible()
    admin.close()
