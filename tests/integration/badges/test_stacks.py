"""Stacks: made from published microcredentials, earned by earning all of them, with a badge that lives as every other does."""

from __future__ import annotations

import json
from uuid import UUID, uuid4

import pytest
from sqlalchemy import func, select

from lti_tool.badges import service as badges
from lti_tool.badges import stacking
from lti_tool.badges.models import Award
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack
from lti_tool.keeping.export import gather
from lti_tool.launch.models import Person
from lti_tool.tool import Tool
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World

WORDS = {"title": "Classroom talk", "summary": "Three ways to talk.", "shape": "rosette", "color": "indigo", "pictogram": "speech"}


class Shelf:
    """Four microcredentials, an author and a teacher."""

    def __init__(self, world: World, tool: Tool) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.district_id: UUID = self.registration.district_id
        self.course = world.context(self.registration)
        self.author: FrameBrowser = world.browser(world.person(self.registration, "Aki Author"), "author")
        self.ada: Person = world.person(self.registration)
        self.teacher: FrameBrowser = world.browser(self.ada, "earner", context=self.course)
        self.versions = [world.version(self.district_id, title=f"Part {n}", summary=f"About part {n}.") for n in range(4)]

    def save(self, stack: str, members: list[MicrocredentialVersion], do: str = "save", **given: str) -> int:
        ids = [str(one.microcredential_id) for one in members]
        return self.author.post(f"/catalog/stacks/{stack}/edit", {**WORDS, "member": ids, "do": do, **given}).status_code

    def begin(self) -> str:
        return self.author.post("/catalog/stacks/new").headers["Location"].removesuffix("/edit").rsplit("/", 1)[1]

    def published(self) -> str:
        stack = self.begin()
        assert self.save(stack, self.versions[:3], "publish") == 303
        return stack

    def earn(self, version: MicrocredentialVersion, person: Person | None = None, *, is_test: bool = False) -> Award:
        activity = self.world.activity(self.course, version)
        enrollment = self.world.enrollment(activity, person or self.ada, state="earned")
        with self.tool.database.unit() as session:
            made = badges.award(session, self.tool, enrollment_id=enrollment.id, decided_at=self.tool.clock(), is_test=is_test)
            stacking.award_completed(session, self.tool, made)
            return made

    def of_stacks(self) -> list[Award]:
        with self.tool.database.read() as session:
            return list(session.scalars(select(Award).where(Award.enrollment_id.is_(None))))


@pytest.fixture
def shelf(world: World, tool: Tool) -> Shelf:
    return Shelf(world, tool)


def test_a_stack_is_written_and_published_for_good(shelf: Shelf, tool: Tool) -> None:
    stack = shelf.begin()
    assert "Add microcredentials: a stack has three to eight." in shelf.author.get(f"/catalog/stacks/{stack}/edit").text
    one = shelf.versions[0].microcredential_id
    page = shelf.author.post(f"/catalog/stacks/{stack}/edit", {**WORDS, "title": "", "do": f"add:{one}"})
    assert page.status_code == 200
    assert f'name="member" value="{one}"' in page.text
    assert shelf.save(stack, shelf.versions[:2], "publish") == 422
    assert shelf.save(stack, shelf.versions[:3], f"up:{shelf.versions[2].microcredential_id}") == 200
    page = shelf.author.get(f"/catalog/stacks/{stack}/edit").text
    assert page.index("Part 2") < page.index("Part 1")
    assert shelf.save(stack, shelf.versions[:3], "remove:nonsense") == 400
    assert shelf.save(stack, shelf.versions[:3], title="") == 422
    assert shelf.save(stack, shelf.versions[:3], color="neon") == 422
    assert shelf.save(stack, shelf.versions[:3], "publish") == 303
    assert shelf.save(stack, shelf.versions[:3]) == 409
    assert shelf.author.get(f"/catalog/stacks/{stack}/edit").status_code == 404
    with tool.database.read() as session:
        row = session.get_one(Stack, UUID(stack))
        assert session.get_one(MicrocredentialVersion, row.version_id).content["criteria"][2]["title"] == "Part 2"
        hidden = session.scalars(select(Microcredential).where(Microcredential.state == "stack")).one()
    assert hidden.title not in shelf.author.get("/catalog/").text  # what stands behind its badge is in no list


def test_the_last_of_them_earns_the_badge_once(shelf: Shelf, tool: Tool) -> None:
    stack = shelf.published()
    shelf.earn(shelf.versions[0])
    shelf.earn(shelf.versions[1])
    shelf.earn(shelf.versions[3])
    assert shelf.of_stacks() == []
    page = shelf.teacher.get(f"/catalog/stacks/{stack}").text
    assert "2 of 3" in page
    last = shelf.earn(shelf.versions[2])
    (made,) = shelf.of_stacks()
    assert (made.person_id, made.awarded_at, made.is_test) == (shelf.ada.id, last.awarded_at, False)
    with tool.database.unit() as session:
        stacking.award_completed(session, tool, session.get_one(Award, last.id))
    assert len(shelf.of_stacks()) == 1
    assert "You have its badge" in shelf.teacher.get("/catalog/stacks/").text


def test_a_teacher_sees_at_the_activity_what_it_counts_toward(shelf: Shelf, world: World) -> None:
    stack = shelf.published()
    shelf.earn(shelf.versions[0])
    within, without = (world.activity(shelf.course, shelf.versions[n]) for n in (1, 3))
    for begun in (False, True):
        if begun:
            world.enrollment(within, shelf.ada)
        page = shelf.teacher.get(f"/activities/{within.id}").text
        assert f'/catalog/stacks/{stack}"' in page
        assert "Classroom talk" in page
        assert "1 of 3" in page
    assert "Classroom talk" not in shelf.teacher.get(f"/activities/{without.id}").text
    shelf.author.post(f"/catalog/stacks/{stack}/retire")
    assert "Classroom talk" not in shelf.teacher.get(f"/activities/{within.id}").text


def test_any_version_counts_and_a_test_badge_does_not(shelf: Shelf, world: World, tool: Tool) -> None:
    shelf.published()
    first = shelf.versions[0]
    newer = world._add(
        MicrocredentialVersion(
            district_id=shelf.district_id,
            microcredential_id=first.microcredential_id,
            number=2,
            title="Part 0, again",
            content=first.content,
            content_hash=first.content_hash,
            activity_key="newer",
            published_at=tool.clock(),
            published_by=None,
        )
    )
    shelf.earn(newer)
    shelf.earn(shelf.versions[1])
    shelf.earn(shelf.versions[2], is_test=True)
    assert shelf.of_stacks() == []
    shelf.earn(shelf.versions[2])
    assert len(shelf.of_stacks()) == 1


def test_who_had_all_of_it_before_gets_it_when_it_is_published(shelf: Shelf, world: World) -> None:
    bea = world.person(shelf.registration, "Bea Teacher")
    for version in shelf.versions[:3]:
        shelf.earn(version)
    for version in shelf.versions[:2]:
        shelf.earn(version, bea)
    shelf.published()
    assert [one.person_id for one in shelf.of_stacks()] == [shelf.ada.id]


def test_a_retired_stack_is_earned_no_more_and_a_draft_goes(shelf: Shelf, tool: Tool) -> None:
    stack = shelf.published()
    assert shelf.author.post(f"/catalog/stacks/{stack}/retire").status_code == 303
    for version in shelf.versions[:3]:
        shelf.earn(version)
    assert shelf.of_stacks() == []
    draft = shelf.begin()
    assert shelf.author.post(f"/catalog/stacks/{draft}/retire").status_code == 303
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Stack)) == 1


def test_the_badge_of_a_stack_is_signed_shown_verified_and_kept_as_every_other(shelf: Shelf, tool: Tool) -> None:
    shelf.published()
    for version in shelf.versions[:3]:
        shelf.earn(version)
    badges.sign_due(tool)
    (made,) = shelf.of_stacks()
    assert made.credential is not None
    said = json.loads(made.credential)
    achievement = said["credentialSubject"]["achievement"]
    assert achievement["name"] == "Classroom talk"
    assert "earned each of these microcredentials" in achievement["criteria"]["narrative"]
    assert "blind" not in achievement["criteria"]["narrative"]
    assert "Part 2" in achievement["criteria"]["narrative"]
    assert "Classroom talk" in shelf.teacher.get(shelf.teacher.prefix + "/badges/").text
    for path in (f"/badges/{made.id}", "/badges/transcript", f"/badges/{made.id}/badge.jwt", f"/badges/{made.id}/badge.svg"):
        assert shelf.teacher.get(f"{shelf.teacher.prefix}{path}").status_code == 200, path
    with tool.database.unit() as session:
        badges.set_public(session, tool, district_id=shelf.district_id, person_id=shelf.ada.id, award_id=made.id, public=True)
    anybody = shelf.teacher.client.application.test_client()
    page = anybody.get(f"/badges/{made.public_id}")
    assert page.status_code == 200
    assert "Checked just now: valid" in page.text
    assert "What belongs to the stack" in page.text
    assert "Two reviewers" not in page.text
    for part in (".json", ".png", ".svg", "/ob2.json", ".jwt"):
        assert anybody.get(f"/badges/{made.public_id}{part}").status_code == 200, part
    version = anybody.get(achievement["id"].removeprefix(tool.settings.base_url))
    assert version.status_code == 200
    assert "What belongs to the stack" in version.text
    with tool.database.read() as session:
        from lti_tool.notices.models import Notice

        notices = session.scalars(select(Notice.facts).where(Notice.person_id == shelf.ada.id, Notice.kind == "badge")).all()
    assert {"title": "Classroom talk"} in notices


def test_a_revoked_member_does_not_take_the_stacks_badge_back_but_people_see_it(shelf: Shelf, world: World, tool: Tool) -> None:
    stack = shelf.published()
    awards = [shelf.earn(version) for version in shelf.versions[:3]]
    with tool.database.unit() as session:
        row = session.get_one(Award, awards[0].id)
        row.revoked_at, row.revoked_reason = tool.clock(), "error"
    (made,) = shelf.of_stacks()
    assert made.revoked_at is None
    console = world.browser(world.person(shelf.registration), "console")
    page = console.get(f"/catalog/stacks/{stack}").text
    assert "A badge of this stack rests on one that was revoked" in page
    assert str(made.id) in page
    assert console.get(f"/district/badges/{made.id}").status_code == 200
    assert "rests on one" not in shelf.teacher.get(f"/catalog/stacks/{stack}").text
    with tool.database.unit() as session:
        row = session.get_one(Award, made.id)
        row.revoked_at, row.revoked_reason = tool.clock(), "error"
    shelf.earn(shelf.versions[0], shelf.ada)  # what people took back does not come again by itself
    assert len(shelf.of_stacks()) == 1


def test_the_list_asks_the_database_as_often_for_many(shelf: Shelf, tool: Tool) -> None:
    shelf.published()
    with counted(tool) as few:
        shelf.teacher.get("/catalog/stacks/")
    for _ in range(5):
        shelf.published()
    with counted(tool) as many:
        shelf.teacher.get("/catalog/stacks/")
    assert len(many) == len(few)


PATHS = [
    ("GET", "/", "earner facilitator designer reviewer author console preview"),
    ("GET", "/{stack}", "earner facilitator designer reviewer author console preview"),
    ("POST", "/new", "author console"),
    ("GET", "/{draft}/edit", "author console"),
    ("POST", "/{draft}/edit", "author console"),
    ("POST", "/{stack}/retire", "author console"),
]


@pytest.mark.parametrize(("method", "path", "who"), PATHS)
def test_who_may(shelf: Shelf, world: World, method: str, path: str, who: str) -> None:
    stack, draft = shelf.published(), shelf.begin()
    address = "/catalog/stacks" + path.format(stack=stack, draft=draft)

    def status(browser: FrameBrowser) -> int:
        return (browser.get(address) if method == "GET" else browser.post(address, WORDS)).status_code

    assert shelf.author.client.application.test_client().open("/s/none" + address, method=method).status_code == 401
    for right in ("earner", "facilitator", "designer", "reviewer", "author", "console", "preview", "-"):
        expected = status(world.browser(world.person(shelf.registration), right))
        assert (expected == 403) == (right not in who.split()), right
    if "{" in path:
        assert status(world.browser(world.person(world.registration()), "author", "console")) == 404
        address = "/catalog/stacks" + path.format(stack=uuid4(), draft=uuid4())
        assert status(shelf.author) == 404


def test_it_goes_along_with_everything_else_of_a_person(shelf: Shelf, tool: Tool) -> None:
    shelf.published()
    for version in shelf.versions[:3]:
        shelf.earn(version)
    badges.sign_due(tool)
    [award] = shelf.of_stacks()
    with tool.database.read() as session:
        data = gather(session, district_id=shelf.district_id, person_id=shelf.ada.id, now=tool.clock()).data
    assert [one["file"] for one in data["badges_of_stacks"]] == [f"badges/{award.public_id}.json"]


def test_what_stands_behind_its_badge_is_nobodys_to_write(shelf: Shelf, tool: Tool) -> None:
    shelf.published()
    with tool.database.read() as session:
        hidden = session.scalars(select(Microcredential).where(Microcredential.state == "stack")).one()
    for path in ("edit", "versions", "compare"):
        assert shelf.author.get(f"/catalog/{hidden.id}/{path}").status_code == 404, path
    for path in ("revise", "publish", "retire", "discard"):
        assert shelf.author.post(f"/catalog/{hidden.id}/{path}").status_code == 404, path
    with tool.database.read() as session:
        assert session.get_one(Microcredential, hidden.id).state == "stack"
