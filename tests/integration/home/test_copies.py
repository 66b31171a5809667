"""What is told of an activity that was copied, and to whom; links that come again, elsewhere, or with another version."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Context, Person
from lti_tool.platforms import service
from lti_tool.platforms.models import District
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import INSTRUCTOR, LEARNER, MEMBERSHIP, Platform, platform_server
from tests.factories.world import World
from tests.integration.launch.conftest import LaunchingBrowser

DESIGNER = MEMBERSHIP + "ContentDeveloper"
COLUMN = "https://purl.imsglobal.org/spec/lti-ags/claim/endpoint"


class Place:
    """An LMS that is registered in a district, and people who open links of its courses."""

    def __init__(self, app: Flask, world: World, platform: Platform, district: str) -> None:
        self.app, self.world, self.here, self.platform = app, world, world.tool, platform
        with self.here.database.unit() as session:
            self.registration = service.add_registration(
                session, self.here, district_name=district, deployment_id=platform.deployment_id, **platform.endpoints()
            )

    def open(self, sub: str, role: str, key: str, *, course: str, link: str = "link-1", history: str = "", path: str = "") -> Any:
        """Launch as somebody, and read where it lands, or another page of the same visit."""
        browser = LaunchingBrowser(self.app, self.platform)
        answer = browser.launch(
            sub=sub,
            name=f"{sub} Person",
            roles=[role],
            context={"id": course, "title": f"Title of {course}", "label": course},
            resource_link={"id": link, "title": f"Title of {link}"},
            custom={"activity": key, "context_history": history},
            ags={"lineitem": f"{self.platform.issuer}/{course}/{link}/lineitem", "lineitems": f"{self.platform.issuer}/{course}/lineitems"},
        )
        assert answer.status_code == 303, answer.text
        landed = browser.client.get(answer.location)
        if path:
            return browser.client.get(answer.location + path)
        return browser.client.get(landed.location) if landed.status_code == 303 else landed

    def begin(self, sub: str, course: str, link: str = "link-1") -> None:
        """This person starts at a link that was opened before."""
        with self.here.database.read() as session:
            person = session.scalars(select(Person).where(Person.sub == sub, Person.registration_id == self.registration.id)).one()
        self.world.enrollment(self.activity(course, link), person)

    def activities(self) -> list[Activity]:
        with self.here.database.read() as session:
            return list(
                session.scalars(
                    select(Activity)
                    .join(Context, Context.id == Activity.context_id)
                    .where(Context.registration_id == self.registration.id)
                    .order_by(Activity.id)
                )
            )

    def activity(self, course: str, link: str = "link-1") -> Activity:
        from lti_tool.launch.models import ResourceLink

        with self.here.database.read() as session:
            return session.scalars(
                select(Activity)
                .join(Context, Context.id == Activity.context_id)
                .join(ResourceLink, ResourceLink.id == Activity.resource_link_id)
                .where(Context.lti_id == course, ResourceLink.lti_id == link, Context.registration_id == self.registration.id)
            ).one()


@pytest.fixture
def site(app: Flask, world: World, tool: Tool, clock: Clock) -> Iterator[Any]:
    """Makes places: LMSs of their own, by name and district."""
    with platform_server() as server:

        def make(name: str = "a", district: str = "Maple Valley") -> Place:
            return Place(app, world, Platform(server, name, now=clock, tool_url=tool.settings.base_url), district)

        yield make


@pytest.fixture
def place(site: Any) -> Place:
    found: Place = site()
    return found


@pytest.fixture
def version(place: Place, world: World) -> MicrocredentialVersion:
    return world.version(place.registration.district_id)


def publish_next(world: World, version: MicrocredentialVersion) -> MicrocredentialVersion:
    """Version 2 of the same microcredential."""
    row = {name: getattr(version, name) for name in ("district_id", "microcredential_id", "title", "content", "content_hash")}
    made: MicrocredentialVersion = world._add(
        MicrocredentialVersion(**row, number=2, activity_key="key-of-version-2", published_at=world.tool.clock(), published_by=None)
    )
    return made


def test_who_builds_courses_is_told_in_full_until_somebody_begins(place: Place, version: MicrocredentialVersion) -> None:
    key = version.activity_key
    place.open("dana", INSTRUCTOR, key, course="old")
    page = place.open("dana", INSTRUCTOR, key, course="new", history="old").text
    assert "This activity came with a copy of “Title of old”" in page
    assert "It starts clean: the same microcredential, version 1, and nobody’s work was taken along." in page
    assert "has been published since" not in page
    assert "came with a copy of “Title of old”" in place.open("dana", INSTRUCTOR, key, course="new", history="old", path="home").text
    teacher = place.open("ada", LEARNER, key, course="new", history="old").text
    assert "Start this microcredential" in teacher
    for text in (teacher, place.open("ada", LEARNER, key, course="new", history="old", path="home").text):
        assert "came with" not in text
        assert "Title of old" not in text
    place.begin("ada", "new")
    page = place.open("dana", INSTRUCTOR, key, course="new", history="old").text
    assert "nobody’s work was taken along" not in page
    assert "It came with a copy of “Title of old”, in version 1, and started clean." in page


def test_who_only_designs_is_told_where_they_land(place: Place, version: MicrocredentialVersion) -> None:
    key = version.activity_key
    words = "This activity came with a copy of a course."
    assert words not in place.open("dan", DESIGNER, key, course="old").text
    assert words in place.open("dan", DESIGNER, key, course="new", history="old").text
    assert "copy of “Title of old”" in place.open("dan", DESIGNER, key, course="new", history="old", path="home").text
    place.open("ada", LEARNER, key, course="new")
    place.begin("ada", "new")
    assert words not in place.open("dan", DESIGNER, key, course="new", history="old").text


def test_a_newer_version_is_offered_and_how_to_take_it(place: Place, version: MicrocredentialVersion, world: World) -> None:
    place.open("dana", INSTRUCTOR, version.activity_key, course="old")
    newer = publish_next(world, version)
    page = place.open("dana", INSTRUCTOR, version.activity_key, course="new", history="old").text
    assert "version 1, and nobody" in page
    assert "Version 2 has been published since." in page
    assert "Select content" in page
    page = place.open("dana", INSTRUCTOR, newer.activity_key, course="new", history="old").text
    assert "version 2, and nobody" in page, "the designer pointed the link at the newer one"
    assert "has been published since" not in page
    assert place.activity("new").copied_from_id == place.activity("old").id
    assert place.activity("old").version_id == version.id, "the old course keeps what it has"
    with world.tool.database.unit() as session:
        session.execute(update(Microcredential).values(state="retired"))
        session.execute(update(Activity).where(Activity.id == place.activity("new").id).values(version_id=version.id))
    page = place.open("dana", INSTRUCTOR, version.activity_key, course="new", history="old").text
    assert "has been published since" not in page, "what is retired is not offered"


@pytest.mark.parametrize("elsewhere", ["another LMS", "another district"])
def test_a_title_is_shown_only_where_it_belongs(
    place: Place, site: Any, version: MicrocredentialVersion, world: World, elsewhere: str
) -> None:
    key = version.activity_key
    other = site("b", "Maple Valley" if elsewhere == "another LMS" else "Oak County")
    foreign = world.activity(world.context(other.registration, "Secret course"), version if elsewhere == "another LMS" else None)
    place.open("dana", INSTRUCTOR, key, course="new")
    with world.tool.database.unit() as session:
        session.get_one(Activity, place.activity("new").id).copied_from_id = foreign.id
    for path in ("", "home"):
        page = place.open("dana", INSTRUCTOR, key, course="new", path=path).text
        assert "a copy of another course" in page
        assert "Secret course" not in page


def test_the_same_twice_in_one_course(place: Place, version: MicrocredentialVersion) -> None:
    key = version.activity_key
    place.open("ada", LEARNER, key, course="old")
    place.begin("ada", "old")
    page = place.open("dana", INSTRUCTOR, key, course="old", link="link-2").text
    assert "This is a second copy in this course" in page
    assert "Nobody has started yet" in page
    first, second = place.activities()
    assert (first.version_id, first.copied_from_id) == (second.version_id, second.copied_from_id) == (version.id, None)
    assert "second copy" not in place.open("dana", INSTRUCTOR, key, course="old").text
    home = place.open("dana", INSTRUCTOR, key, course="old", path="home").text
    assert home.count("second copy in this course") == 1
    assert "Title of link-2" in home
    assert "second copy" not in place.open("ada", LEARNER, key, course="old", link="link-2").text
    assert "second copy" not in place.open("ada", LEARNER, key, course="old", link="link-2", path="home").text
    place.begin("ada", "old", "link-2")
    page = place.open("dana", INSTRUCTOR, key, course="old", link="link-2").text
    assert "They are separate." in page
    assert "This is a second copy" not in page


def test_home_shows_both_tries_with_their_courses(place: Place, version: MicrocredentialVersion) -> None:
    key = version.activity_key
    place.open("ada", LEARNER, key, course="old")
    place.begin("ada", "old")
    place.open("ada", LEARNER, key, course="new", history="old")
    place.begin("ada", "new")
    home = place.open("ada", LEARNER, key, course="new", path="home").text
    for title in ("Title of old", "Title of new"):
        assert title in home
    assert home.count("open it from its own course") == 1


def test_a_facilitator_of_the_copy_opens_nothing_of_the_old_course(place: Place, version: MicrocredentialVersion, world: World) -> None:
    key = version.activity_key
    place.open("ada", LEARNER, key, course="old")
    place.begin("ada", "old")
    old, ada = place.activity("old"), _person(world, "ada")
    submission = world.submission(_enrollment(world, ada))
    place.open("dana", INSTRUCTOR, key, course="new", history="old")
    for path in (f"activities/{old.id}", f"activities/{old.id}/people/{ada.id}", f"review/submissions/{submission.id}"):
        answer = place.open("dana", INSTRUCTOR, key, course="new", path=path)
        assert answer.status_code == 404, path
        assert "ada Person" not in answer.text
    fresh = place.activity("new")
    answer = place.open("dana", INSTRUCTOR, key, course="new", path=f"activities/{fresh.id}/people/{ada.id}")
    assert (answer.status_code, "has not started" in answer.text) == (404, True)


def _person(world: World, sub: str) -> Person:
    with world.tool.database.read() as session:
        return session.scalars(select(Person).where(Person.sub == sub)).one()


def _enrollment(world: World, person: Person) -> Enrollment:
    with world.tool.database.read() as session:
        return session.scalars(select(Enrollment).where(Enrollment.person_id == person.id)).one()


def test_a_course_that_was_reset_is_still_the_same_course(place: Place, version: MicrocredentialVersion) -> None:
    """Moodle's reset takes people and grades out of a course; ids of course and links stay."""
    key = version.activity_key
    place.open("ada", LEARNER, key, course="old")
    place.begin("ada", "old")
    before = [row.id for row in place.activities()]
    fresh = place.open("ben", LEARNER, key, course="old").text
    assert "Start this microcredential" in fresh
    assert "ada Person" not in fresh
    listed = place.open("dana", INSTRUCTOR, key, course="old").text
    assert "ada Person" in listed, "her work stays hers, and the course's"
    assert "came with" not in listed
    assert [row.id for row in place.activities()] == before


def test_restored_on_another_site_of_the_same_district(place: Place, site: Any, version: MicrocredentialVersion) -> None:
    key = version.activity_key
    place.open("ada", LEARNER, key, course="2")
    place.begin("ada", "2")
    other: Place = site("b")
    page = other.open("dana", INSTRUCTOR, key, course="9", history="2").text
    assert "Nobody has started yet" in page
    assert "came with" not in page, "course 2 over there is not course 2 here"
    assert "ada Person" not in page
    [made] = other.activities()
    assert (made.version_id, made.copied_from_id) == (version.id, None)
    assert "Start this microcredential" in other.open("ada", LEARNER, key, course="9").text, "the same number there is somebody else"


def test_restored_in_another_district_it_is_not_known(site: Any, place: Place, version: MicrocredentialVersion, world: World) -> None:
    place.open("dana", INSTRUCTOR, version.activity_key, course="2")
    other: Place = site("b", "Oak County")
    answer = other.open("dana", INSTRUCTOR, version.activity_key, course="2", history="2")
    assert answer.status_code == 404
    assert "not known here" in answer.text
    assert other.activities() == []
    assert _districts(world) == {place.registration.district_id, other.registration.district_id}


def _districts(world: World) -> set[UUID]:
    with world.tool.database.read() as session:
        return set(session.scalars(select(District.id)))
