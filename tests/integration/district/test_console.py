"""The district's console: figures, roles, the trail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from lti_tool import audit
from lti_tool.district import queries
from lti_tool.platforms.models import District, Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["scene", "stage"]


@pytest.fixture(name="registration")
def _registration(world: World) -> Registration:
    return world.registration()


@pytest.fixture(name="console")
def _console(world: World, registration: Registration) -> FrameBrowser:
    return world.browser(world.person(registration, "Alma Admin"), "console")


def test_figures_are_those_of_the_own_district(scene: Scene, world: World) -> None:
    scene.seated()
    for review in world.reviews(scene.submission()):
        world.judge(review, 2)
    world.person(scene.registration, "Test Student", is_test=True)
    foreign = world.registration(name="Foreign LMS")
    world.enrollment(world.activity(world.context(foreign)), world.person(foreign))
    page = world.browser(scene.dana, "console").get("/district/").text
    assert 'People known</p><p class="figure">5' in page
    assert 'Badges awarded</p><p class="figure">1' in page
    assert 'In review</p><p class="figure">0' in page
    assert scene.registration.issuer in page
    assert "Foreign LMS" not in page


def test_people_are_found_within_the_district(world: World, registration: Registration, console: FrameBrowser) -> None:
    world.person(registration, "Carl Colleague")
    world.person(registration, "Test Carl", is_test=True)
    world.person(world.registration(), "Foreign Carl")
    page = console.get("/district/people?find=CARL").text
    assert "Carl Colleague" in page
    assert "Test Carl" not in page
    assert "Foreign Carl" not in page
    assert "Nobody found" in console.get("/district/people?find=%25").text
    assert console.get("/district/people?find=%00carl").status_code == 200
    assert "Nobody holds a role yet" in console.get("/district/people").text
    assert "Carl Colleague" in console.get("/district/people?all=1").text
    assert console.get("/district/people?after=x").status_code == 400


def test_the_trail_turns_pages_and_stays_within_the_district(
    world: World, registration: Registration, console: FrameBrowser, clock: Clock
) -> None:
    foreign = world.registration()
    carl = world.person(registration, "Carl Colleague")
    with world.tool.database.unit() as session:
        for n in range(120):
            clock.tick(seconds=n % 2)  # some at the same time
            audit.record(session, district_id=registration.district_id, at=clock(), action=f"test:event:n{n:03}", actor_id=carl.id)
        audit.record(session, district_id=foreign.district_id, at=clock(), action="test:foreign:event")
    seen, path = [], "/district/trail"
    for _ in range(3):
        page = console.get(path).text
        seen += [n for n in range(120) if f"test event n{n:03}" in page]
        assert "foreign" not in page
        assert "Carl Colleague" in page
        _, found, rest = page.partition("/district/trail?before=")
        path = "/district/trail?before=" + rest.partition('"')[0] if found else ""
    assert sorted(seen) == list(range(120))
    assert not path, "the last page leads no further"


def test_whoever_runs_the_tool_sees_every_connection_and_its_last_use(world: World, tool: Tool) -> None:
    used, fresh = world.registration(), world.registration()
    earlier, later = tool.clock() - timedelta(days=2), tool.clock()
    with tool.database.unit() as session:
        for person, when in ((world.person(used), earlier), (world.person(used), later), (world.person(used), None)):
            session.merge(person).last_launch_at = when
    with tool.database.read() as session:
        found = {one.registration.id: one for one in queries.installed(session)}
        assert len(found) == 2
        assert (found[used.id].last_launch_at, found[fresh.id].last_launch_at) == (later, None)
        assert found[used.id].district == session.get_one(District, used.district_id).name
