"""A school: the practice LMS and the tool, each served on loopback, with one clock that the test sets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urljoin

import pytest

from lti_tool.app import build_tool, create_app
from lti_tool.catalog.service import install_samples
from lti_tool.demo.browser import Page
from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from lti_tool.platforms import service
from lti_tool.practice_lms import PracticeSettings
from lti_tool.practice_lms import create_app as create_lms
from lti_tool.practice_lms.world import School as LmsSchool
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.practice_lms.serving import serve

DISTRICT = "Maple Valley"


class School(Walk):
    """People walk it by HTTP; both sides can be looked into."""

    def __init__(self, here: Tool, lms: LmsSchool, clock: Clock) -> None:
        self.here, self.lms, self.clock = here, lms, clock
        base = here.settings.base_url
        stage = Stage(base, lms.world.settings.base_url, base, here.settings.data_dir, {lms.face: self.invite()})
        super().__init__(stage, lms.face, lambda _line: None)

    def invite(self, district: str = DISTRICT) -> str:
        with self.here.database.unit() as session:
            token = service.create_invite(session, self.here, district_name=district)
            install_samples(session, self.here, service.district_named(session, self.here, district).id)
        return f"{self.here.settings.base_url}/lti/register/{token}"

    def paste(self, address: str, choice: str = "") -> tuple[Page, str]:
        """Alex pastes a registration address again: the tool's page in the LMS's frame, and where closing leads."""
        alex = self.be("alex")
        page = alex.click(alex.get(self.url("/admin")).test("add-app"))
        page = alex.submit(page.test("add-app-form"), {"registration_url": address})
        if choice:
            page = alex.submit(page.test("choice-form"), button=f"choice={choice}")
        done = urljoin(page.url, page.test("registration-close").get("href"))
        return alex.click(page.test("registration-frame")), done

    def press(self) -> Page:
        """Alex presses the only button of the tool's page."""
        alex = self.be("alex")
        return alex.submit(alex.page.one("//form", "button"))

    @property
    def violations(self) -> list[dict[str, Any]]:
        return self.lms.inspector.violations


@pytest.fixture
def school_of(tool: Tool, clock: Clock) -> Iterator[Callable[[str], School]]:
    """Make a school with this face; the tool is not registered there yet."""
    with serve("localhost") as (lms_place, lms_base), serve("127.0.0.1") as (tool_place, tool_base):
        lms = lms_place.app = create_lms(PracticeSettings(lms_base, tool_base, clock=clock))
        here = build_tool(tool.settings.model_copy(update={"base_url": tool_base}), clock=clock)
        tool_place.app = create_app(here=here)
        yield lambda face: School(here, lms.extensions["practice_world"].schools[face], clock)
    here.database.dispose()


@pytest.fixture(params=["canvas", "moodle"])
def school(request: pytest.FixtureRequest, school_of: Callable[[str], School]) -> School:
    """A school of either face."""
    return school_of(request.param)


@pytest.fixture
def moodle(school_of: Callable[[str], School]) -> School:
    return school_of("moodle")


@pytest.fixture
def canvas(school_of: Callable[[str], School]) -> School:
    return school_of("canvas")
