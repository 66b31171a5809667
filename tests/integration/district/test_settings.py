"""What a district chooses: what it changes, from when, and who changed it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.evidence import service as evidence
from lti_tool.evidence.models import Enrollment
from lti_tool.evidence.service import Owner
from lti_tool.platforms.models import District
from lti_tool.web.models import DistrictSetting
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]

GOOD = {"name": "Maple Valley", "help_contact": "", "enrollment_days": "", "support_views": "y"}


@pytest.fixture(name="console")
def _console(scene: Scene) -> FrameBrowser:
    return scene.world.browser(scene.dana, "console")


def test_each_says_what_it_changes_and_who_changed_it(scene: Scene, console: FrameBrowser) -> None:
    page = console.get("/district/settings").text
    assert page.count("Never changed.") == 4
    assert "In the last 30 days one teacher began" in page
    saved = console.post("/district/settings", {**GOOD, "name": "  Maple   Valley Schools ", "enrollment_days": "180"})
    assert (saved.status_code, "said=district.saved" in saved.location) == (303, True)
    page = console.get(saved.location).text
    assert page.count("Never changed.") == 2
    assert f"Last changed by {scene.dana.label} on Nov 24, 2026." in page
    assert "Maple Valley Schools" in console.get("/district/").text
    assert (
        "district.unchanged"
        in console.post("/district/settings", {**GOOD, "name": "Maple Valley Schools", "enrollment_days": "180"}).location
    )
    with scene.world.tool.database.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action == "district:setting:changed")).all()
        assert sorted((e.details["setting"], e.details["after"]) for e in events) == [
            ("enrollment_days", 180),
            ("name", "Maple Valley Schools"),
        ]


def test_more_or_less_time_holds_for_who_begins_afterwards(scene: Scene, console: FrameBrowser, world: World) -> None:
    console.post("/district/settings", {**GOOD, "enrollment_days": "100"})
    before = world._get(Enrollment, scene.enrollment.id).deadline_at
    ben = world.person(scene.registration, "Ben Teacher")
    with world.tool.database.unit() as session:
        fresh = evidence.enroll(session, world.tool, Owner(ben.district_id, ben.id), scene.activity.id)
        assert timedelta(days=100) <= fresh.deadline_at - world.tool.clock() < timedelta(days=101)
    assert world._get(Enrollment, scene.enrollment.id).deadline_at == before == scene.enrollment.deadline_at
    hub = world.browser(world.person(scene.registration, "Cleo Teacher"), "earner", activity=scene.activity)
    assert "You have 100 days" in hub.get(f"/activities/{scene.activity.id}").text
    other = world.registration()
    foreign = world.person(other, "Foreign")
    elsewhere = world.activity(world.context(other))
    with world.tool.database.unit() as session:
        theirs = evidence.enroll(session, world.tool, Owner(foreign.district_id, foreign.id), elsewhere.id)
        assert theirs.deadline_at - world.tool.clock() > timedelta(days=364), "another district"


def test_whom_to_ask_stands_where_something_went_wrong_and_on_teachers_pages(scene: Scene, console: FrameBrowser, world: World) -> None:
    console.post("/district/settings", {**GOOD, "help_contact": "Professional <b>learning</b>, ext. 4120"})
    words = "Questions? Ask: Professional &lt;b&gt;learning&lt;/b&gt;, ext. 4120"
    teacher = world.browser(scene.ada, "earner", activity=scene.activity)
    for path in ("/home", f"/activities/{scene.activity.id}", "/district/", "/nothing"):
        assert teacher.get(path).text.count(words) == 1, path
    stranger = world.browser(world.person(world.registration(), "Foreign"), "earner")
    assert "Questions?" not in stranger.get("/nothing").text
    with world.tool.database.read() as session:
        details = session.scalars(select(AuditEvent.details).where(AuditEvent.action == "district:setting:changed")).all()
        assert details == [{"setting": "help_contact"}], "it may name somebody"


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"enrollment_days": "29"},
        {"enrollment_days": "1826"},
        {"enrollment_days": "soon"},
        {"help_contact": "x" * 201},
        {"name": "OAK Hills"},
    ],
)
def test_bad_input_loses_nothing(scene: Scene, console: FrameBrowser, change: dict[str, str], world: World) -> None:
    world.district("Oak Hills")
    answer = console.post("/district/settings", {**GOOD, "help_contact": "Typed before", **change})
    assert answer.status_code == 422
    assert change.get("help_contact", "Typed before") in answer.text
    with world.tool.database.read() as session:
        assert session.scalars(select(DistrictSetting)).all() == []
        assert session.get_one(District, scene.registration.district_id).name == "Maple Valley"
