"""Courses are copied in the practice LMS, by HTTP all the way: the tool is told, the copy starts clean, the old work stays where it was."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import select

from lti_tool.app import build_tool, create_app
from lti_tool.catalog.models import Activity
from lti_tool.catalog.service import install_samples
from lti_tool.demo.browser import Page
from lti_tool.demo.stage import Stage
from lti_tool.demo.walk import Walk
from lti_tool.jobs import work_once
from lti_tool.launch.models import Context
from lti_tool.platforms import service
from lti_tool.platforms.models import Deployment
from lti_tool.practice_lms import PracticeSettings
from lti_tool.practice_lms import create_app as create_lms
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.emptying import empty
from tests.practice_lms.serving import serve

OLD = 2


class School(Walk):
    """One school of the practice LMS, and the tool beside it. `course` is where everybody goes."""

    here: Tool
    course = OLD

    def _course(self, browser: Any) -> Page:
        return browser.get(self.url(f"/courses/{self.course}"))

    def inspect(self) -> dict[str, Any]:
        found: dict[str, Any] = requests.get(f"{self.stage.lms_url}/control/{self.face}/inspect", timeout=20).json()
        return found

    def control(self, **body: Any) -> None:
        assert requests.post(f"{self.stage.lms_url}/control/{self.face}", json=body, timeout=20).ok

    def set_up(self) -> None:
        """Registered, placed, opened once by the designer; the worker has done its work."""
        self.register()
        self.place()
        self.open("dana", self.sample.content.title)
        work_once(self.here)

    def copy(self) -> int:
        """Dana copies the course; its number."""
        dana = self.be("dana")
        dana.submit(dana.get(self.url(f"/courses/{self.course}")).one("//form[.//button[@data-test='copy-course']]", "copy button"))
        return int(self.inspect()["courses"][-1]["number"])

    def context(self, number: int) -> Context:
        """The tool's row of a course."""
        [lti_id] = [course["context_id"] for course in self.inspect()["courses"] if course["number"] == number]
        with self.here.database.read() as session:
            return session.scalars(select(Context).where(Context.lti_id == lti_id)).one()

    def activities(self, number: int) -> list[Activity]:
        context = self.context(number)
        with self.here.database.read() as session:
            return list(session.scalars(select(Activity).where(Activity.context_id == context.id).order_by(Activity.id)))

    def notices_state(self) -> str:
        with self.here.database.read() as session:
            return session.scalars(select(Deployment)).one().notices_state

    def earned(self) -> None:
        """Ada's work is sent in and found good by two; the score is on its way."""
        self.earn()
        self.judge(self.reviewers()[0])
        self.judge(self.reviewers()[0])
        work_once(self.here)


@pytest.fixture
def here(database_template: str, tmp_path: Path, clock: Clock) -> Iterator[tuple[Tool, str]]:
    """The tool behind a server of its own."""
    url = database_template
    if not url.startswith("postgresql"):
        shutil.copy(database_template, tmp_path / "copies.db")
        url = f"sqlite:///{tmp_path / 'copies.db'}"
    with serve("127.0.0.1") as (place, base):
        here = build_tool(
            Settings(data_dir=tmp_path / "data", database_url=url, development=True, base_url=base, log_level="CRITICAL"), clock=clock
        )
        place.app = create_app(here=here)
        yield here, base
    if not here.database.is_sqlite:
        empty(here.database.engine)
    here.database.dispose()


@pytest.fixture
def school(here: tuple[Tool, str], tmp_path: Path, clock: Clock, request: pytest.FixtureRequest) -> Iterator[School]:
    tool, base = here
    with serve("localhost") as (place, lms_url):
        place.app = create_lms(PracticeSettings(lms_url, base, clock=clock))
        with tool.database.unit() as session:
            invite = f"{base}/lti/register/{service.create_invite(session, tool, district_name='Maple Valley')}"
            install_samples(session, tool, service.district_named(session, tool, "Maple Valley").id)
        found = School(Stage(base, lms_url, base, tmp_path, dict.fromkeys(("canvas", "moodle"), invite)), request.param, print)
        found.here = tool
        yield found


on_canvas = pytest.mark.parametrize("school", ["canvas"], indirect=True)
on_moodle = pytest.mark.parametrize("school", ["moodle"], indirect=True)
on_both = pytest.mark.parametrize("school", ["canvas", "moodle"], indirect=True)


@on_canvas
def test_a_notice_alone_tells_where_a_copy_came_from(school: School) -> None:
    school.register()
    school.place()
    assert school.notices_state() == "due", "the designer's deep linking request told of the service"
    work_once(school.here)
    assert school.notices_state() == "kept"
    [[_, kind, handler]] = school.inspect()["registrations"][0]["handlers"]
    assert (kind, handler) == ("LtiContextCopyNotice", f"{school.stage.tool_url}/lti/notices")
    school.open("dana", school.sample.content.title)
    school.control(history_unknown=True)
    new = school.copy()
    assert [notice["status"] for notice in school.inspect()["notices"]] == [200]
    old = school.context(OLD)
    assert school.context(new).history == [old.lti_id], "known before anybody has opened the copy"
    assert school.activities(new) == []
    school.course = new
    school.publish(school.be("dana"))
    page = school.open("dana", school.sample.content.title)
    [source], [fresh] = school.activities(OLD), school.activities(new)
    assert (fresh.copied_from_id, fresh.version_id) == (source.id, source.version_id)
    assert f"came with a copy of “{old.title}”" in page.text
    assert school.notices_state() == "kept", "an ordinary launch changes nothing"
    newest = school.copy()
    assert school.context(newest).history == [school.context(new).lti_id, old.lti_id]
    school.no_violations()


@on_canvas
def test_an_admin_who_does_not_allow_notices_is_asked_again_a_day_later(school: School, clock: Clock) -> None:
    school.register()
    scopes = school.inspect()["registrations"][0]["scopes"]
    school.place()
    school.control(scopes=[scope for scope in scopes if "noticehandlers" not in scope])
    work_once(school.here)
    assert school.notices_state() == "refused"
    clock.tick(hours=23)
    school.control(scopes=scopes)
    work_once(school.here)
    assert school.notices_state() == "refused"
    clock.tick(hours=2)
    work_once(school.here)
    assert school.notices_state() == "kept"


@on_both
def test_the_old_courses_work_is_never_shown_and_scores_go_where_they_belong(school: School) -> None:
    school.set_up()
    title = school.sample.content.title
    school.open("ada", title)
    school.name_reviewers()
    school.earned()
    new = school.copy()
    [source] = school.activities(OLD)
    before = school.inspect()["gradebook"]
    assert [(grade["person"], grade["score"]) for grade in before] == [("ada", 100)]

    school.course = new
    school.publish(school.be("dana"))
    dana, ada = school.be("dana"), school.be("ada")
    page = school.open("dana", title)
    assert "Nobody has started yet" in page.text
    assert "nobody’s work was taken along" in page.text
    assert not re.search(r"\bAda\b", page.text)
    frame = page.url.partition("/activities/")[0]
    assert dana.get(f"{frame}/activities/{source.id}").status == 404, "nor is the old list a click away"
    hub = school.open("ada", title)
    assert "Start this microcredential" in hub.text
    for word in ("came with", "Attempt", "What the reviewers said"):
        assert word not in hub.text, "a learner is not shown where it came from, nor what was there"
    assert ada.get(f"{hub.url.partition('/activities/')[0]}/activities/{source.id}").status == 404
    assert school._waiting("ruth") == school._waiting("raj") == [], "nothing of the old course waits for reviewers here"

    school.earned()
    [fresh] = school.activities(new)
    assert fresh.copied_from_id == source.id
    seen = school.inspect()
    column_of = {column["course_id"]: column["number"] for column in seen["line_items"]}
    assert {(grade["line_item"], grade["score"]) for grade in seen["gradebook"]} == {(column_of[OLD], 100), (column_of[new], 100)}
    assert [grade for grade in seen["gradebook"] if grade["line_item"] == column_of[OLD]] == before, "the old score is as it was"
    home = ada.get(f"{hub.url.partition('/activities/')[0]}/home").text
    for course in (OLD, new):
        assert school.context(course).title in home
    told = school.open("dana", title).text
    assert "in version 1, and started clean" in told, "one quiet line once somebody has begun"
    assert "nobody’s work was taken along" not in told
    school.no_violations()


@on_moodle
def test_a_duplicate_is_separate_and_the_designer_sees_that_it_is_a_second_one(school: School) -> None:
    school.set_up()
    title = school.sample.content.title
    school.open("ada", title)
    ada, dana = school.be("ada"), school.be("dana")
    ada.submit(school.open("ada", title).form("/evidence/start"))
    course = school._course(dana)
    [item] = [item for item in school.inspect()["items"] if item["title"] == title]
    form = course.one(f"//form[contains(@action, '/items/{item['number']}/')]", "the activity's form")
    form.set("action", form.find(".//button[@data-test='duplicate-item']").get("formaction"))
    dana.submit(form)
    twin = school.inspect()["items"][-1]
    page = school._into_frame(dana, dana.get(school.url(f"/courses/{OLD}/items/{twin['number']}")))
    assert "This is a second copy in this course" in page.text
    assert "Nobody has started yet" in page.text
    first, second = school.activities(OLD)
    assert first.version_id == second.version_id
    assert (first.copied_from_id, second.copied_from_id) == (None, None)
    assert "second copy" not in school.open("dana", title).text, "the first is the first"
    home = dana.get(f"{page.url.partition('/activities/')[0]}/home").text
    assert home.count("second copy in this course") == 1
    hers = school._into_frame(ada, ada.get(school.url(f"/courses/{OLD}/items/{twin['number']}")))
    assert "Start this microcredential" in hers.text
    assert "second copy" not in hers.text
    assert "second copy" not in ada.get(f"{hers.url.partition('/activities/')[0]}/home").text
