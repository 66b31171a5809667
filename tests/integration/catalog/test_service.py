"""Drafts, publishing, samples and activities, on a real database."""

from __future__ import annotations

import copy
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import func, select

from lti_tool.audit import AuditEvent
from lti_tool.catalog import activities, finding, policies, queries, service
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.entry_policies import Asked
from lti_tool.catalog.models import Activity, Microcredential, MicrocredentialVersion
from lti_tool.catalog.samples import load_samples
from lti_tool.errors import Problem
from lti_tool.launch.models import Context, Person, ResourceLink
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import CONTENT, World

WHOLE: dict[str, Any] = MicrocredentialContent.model_validate(CONTENT).model_dump(mode="json")


class Author:
    """One author in one district, each step in a unit of work of its own."""

    def __init__(self, world: World, tool: Tool) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.district_id: UUID = self.registration.district_id
        self.person: Person = world.person(self.registration)

    def _do(self, what: Any, **given: Any) -> Any:
        with self.tool.database.unit() as session:
            return what(session, self.tool, district_id=self.district_id, **given)

    def create(self, **given: Any) -> Microcredential:
        return self._do(service.create_draft, person_id=self.person.id, **given)

    def save(self, row: Microcredential, draft: dict[str, Any], *, seen: int | None = None, editor: str = "") -> Microcredential:
        return self._do(
            service.save_draft,
            microcredential_id=row.id,
            draft=draft,
            seen=self.stored(row.id).draft_number if seen is None else seen,
            editor=editor,
        )

    def publish(self, row: Microcredential) -> MicrocredentialVersion:
        return self._do(service.publish, microcredential_id=row.id, person_id=self.person.id)

    def revise(self, row: Microcredential) -> Microcredential:
        return self._do(service.revise, microcredential_id=row.id, person_id=self.person.id)

    def retire(self, row: Microcredential) -> Microcredential:
        return self._do(service.retire, microcredential_id=row.id, person_id=self.person.id)

    def discard(self, row: Microcredential) -> Microcredential:
        return self._do(service.discard_draft, microcredential_id=row.id, person_id=self.person.id)

    def stored(self, row_id: UUID) -> Microcredential:
        with self.tool.database.read() as session:
            return session.get_one(Microcredential, row_id)

    def actions(self) -> list[str]:
        with self.tool.database.read() as session:
            return list(
                session.scalars(select(AuditEvent.action).where(AuditEvent.district_id == self.district_id).order_by(AuditEvent.id))
            )


@pytest.fixture
def author(world: World, tool: Tool) -> Author:
    return Author(world, tool)


def whole(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WHOLE), **changes}


def test_from_blank_draft_to_frozen_version(author: Author, clock: Clock) -> None:
    row = author.create()
    assert (row.state, row.title) == ("draft", "Untitled")
    author.save(row, whole())
    clock.tick(hours=1)
    version = author.publish(row)
    assert (version.number, version.title, version.published_by) == (1, "Asking good questions", author.person.id)
    assert version.content_hash == MicrocredentialContent.model_validate(version.content).content_hash()
    assert version.published_at == clock.now
    assert len(version.activity_key) >= 20
    after = author.stored(row.id)
    assert (after.state, after.draft, after.title) == ("published", None, "Asking good questions")
    assert author.actions() == ["catalog:draft:create", "catalog:version:publish"]


def test_any_state_of_a_draft_is_kept_exactly(author: Author) -> None:
    row = author.create()
    draft = {**policies.blank(), "title": "  ", "hours": "about ten", "rationale": "…\n\n🐍"}
    author.save(row, draft)
    assert author.stored(row.id).draft == draft
    with pytest.raises(policies.NotReady):
        author.publish(row)
    assert author.stored(row.id).draft == draft


def test_versions_count_up_keep_their_content_and_have_keys_of_their_own(author: Author) -> None:
    row = author.create()
    author.save(row, whole())
    first = author.publish(row)
    author.revise(row)
    author.save(row, whole(title="Asking better questions"))
    assert author.stored(row.id).title == "Asking good questions"  # until it is published
    second = author.publish(row)
    with author.tool.database.read() as session:
        kept = queries.version(session, author.district_id, first.id)
        newest = queries.version(session, author.district_id, second.id)
        history = queries.history(session, author.district_id, row.id)
    assert (kept.content.title, kept.latest, newest.latest, newest.number) == ("Asking good questions", False, True, 2)
    assert first.activity_key != second.activity_key
    assert [(entry.number, entry.published_by, entry.placed) for entry in history] == [(2, "Ada Teacher", 0), (1, "Ada Teacher", 0)]


def test_publishing_the_same_again_or_nothing_is_a_conflict(author: Author) -> None:
    row = author.create()
    author.save(row, whole())
    author.publish(row)
    for prepare in (lambda: None, lambda: author.revise(row)):
        prepare()
        with pytest.raises(Problem, match="conflict"):
            author.publish(row)


def test_revise_leaves_a_draft_that_is_there_alone(author: Author) -> None:
    row = author.create()
    author.save(row, whole(title="Mine"))
    author.revise(row)
    draft = author.stored(row.id).draft
    assert draft is not None
    assert draft["title"] == "Mine"


def test_two_windows_do_not_overwrite_each_other(author: Author) -> None:
    row = author.create()
    seen = row.draft_number
    author.save(row, whole(title="From window A"), seen=seen, editor="a")
    author.save(row, whole(title="Still window A"), seen=seen, editor="a")  # its page was never reloaded
    with pytest.raises(Problem, match="conflict"):
        author.save(row, whole(title="From window B"), seen=seen, editor="b")
    with pytest.raises(Problem, match="conflict"):
        author.save(row, whole(title="No name"), seen=seen, editor="")
    assert author.stored(row.id).title == "Still window A"
    author.save(row, whole(title="From window B"), editor="b")
    with pytest.raises(Problem, match="conflict"):
        author.save(row, whole(title="Window A again"), seen=seen, editor="a")


def test_an_open_window_does_not_bring_a_published_draft_back(author: Author) -> None:
    row = author.create()
    author.save(row, whole(), editor="a")
    author.publish(row)
    with pytest.raises(Problem, match="conflict"):
        author.save(row, whole(title="Late"), seen=2, editor="a")
    assert author.stored(row.id).draft is None


def test_a_copy_is_a_microcredential_of_its_own(author: Author) -> None:
    version = author.world.version(author.district_id)
    row = author.create(copy_of=version.id)
    assert row.title == "Asking good questions (copy)"
    assert author.publish(row).microcredential_id != version.microcredential_id


def test_another_district_can_not_be_copied_saved_published_or_read(author: Author, world: World) -> None:
    foreign = world.version(world.district("Elsewhere").id)
    with pytest.raises(Problem, match="not_found"):
        author.create(copy_of=foreign.id)
    foreign_row = author.stored(foreign.microcredential_id)
    for act in (author.revise, author.publish, author.retire, author.discard):
        with pytest.raises(Problem, match="not_found"):
            act(foreign_row)
    with pytest.raises(Problem, match="not_found"):
        author.save(foreign_row, whole())
    with author.tool.database.read() as session:
        for read in (
            lambda: queries.version(session, author.district_id, foreign.id),
            lambda: queries.draft_state(session, author.district_id, foreign_row.id),
        ):
            with pytest.raises(Problem, match="not_found"):
                read()
        assert queries.history(session, author.district_id, foreign_row.id) == ()
        assert queries.versions_to_place(session, author.district_id, [foreign.id]) == ()


def test_retired_is_not_offered_any_more_and_publishing_brings_it_back(author: Author) -> None:
    row = author.create()
    author.save(row, whole())
    first = author.publish(row)
    author.retire(row)
    author.retire(row)
    assert author.actions().count("catalog:microcredential:retire") == 1
    with author.tool.database.read() as session:
        assert queries.placeable(session, author.district_id) == ()
        assert queries.versions_to_place(session, author.district_id, [first.id]) == ()
        assert queries.version(session, author.district_id, first.id).state == "retired"
    author.revise(row)
    author.publish(row)  # the same content, to have it back
    with author.tool.database.read() as session:
        assert [card.number for card in queries.placeable(session, author.district_id)] == [2]


def test_discarding_keeps_the_versions_and_needs_one(author: Author) -> None:
    row = author.create()
    with pytest.raises(Problem, match="conflict"):
        author.discard(row)
    author.save(row, whole())
    author.publish(row)
    author.revise(row)
    author.discard(row)
    assert author.stored(row.id).draft is None


def test_samples_are_installed_once_and_ready_to_place(author: Author, tool: Tool) -> None:
    for expected in (len(load_samples()), 0):
        with tool.database.unit() as session:
            assert len(service.install_samples(session, tool, author.district_id)) == expected
    with tool.database.read() as session:
        assert {card.number for card in queries.placeable(session, author.district_id)} == {1}
        assert len(queries.placeable(session, author.district_id)) == len(load_samples())


class Links:
    """Resource links of courses, as launches leave them; and the activities that they get."""

    def __init__(self, world: World, tool: Tool) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.version = world.version(self.registration.district_id)

    def course(self, *history: str) -> Context:
        context = self.world.context(self.registration)
        with self.tool.database.unit() as session:
            row = session.get_one(Context, context.id)
            row.history = list(history)
        return row

    def link(self, course: Context, title: str = "", **custom: Any) -> ResourceLink:
        row = self.world.resource_link(course, **custom)
        if title:
            with self.tool.database.unit() as session:
                session.get_one(ResourceLink, row.id).title = title
        return row

    def ensure(self, link: ResourceLink, **custom: Any) -> Activity | None:
        with self.tool.database.unit() as session:
            return service.ensure_activity(
                session,
                self.tool,
                district_id=link.district_id,
                context_id=link.context_id,
                resource_link_id=link.id,
                custom=custom or link.custom,
            )

    def count(self) -> int:
        with self.tool.database.read() as session:
            return session.scalar(select(func.count(Activity.id))) or 0


@pytest.fixture
def links(world: World, tool: Tool) -> Links:
    return Links(world, tool)


def test_the_first_launch_makes_the_activity_and_the_next_finds_it(links: Links) -> None:
    link = links.link(links.course(), activity=links.version.activity_key, points="40")
    made = links.ensure(link)
    again = links.ensure(link)
    assert made is not None
    assert again is not None
    assert made.id == again.id
    assert (made.version_id, made.points, made.copied_from_id) == (links.version.id, 40, None)
    assert links.count() == 1


def test_a_duplicate_in_the_same_course_is_an_activity_of_its_own(links: Links) -> None:
    course = links.course()
    one, two = (links.ensure(links.link(course, activity=links.version.activity_key)) for _ in range(2))
    assert one is not None
    assert two is not None
    assert one.id != two.id
    assert two.copied_from_id is None


def test_a_copied_course_starts_clean_and_knows_where_it_came_from(links: Links) -> None:
    key = links.version.activity_key
    oldest, old = links.course(), links.course()
    far = links.ensure(links.link(oldest, "Questions", activity=key))
    other = links.ensure(links.link(old, "Another", activity=key))
    same = links.ensure(links.link(old, "Questions", activity=key))
    fresh = links.course(old.lti_id, oldest.lti_id)
    copied = links.ensure(links.link(fresh, "Questions", activity=key))
    renamed = links.ensure(links.link(fresh, "Renamed", activity=key))
    assert far is not None
    assert other is not None
    assert same is not None
    assert copied is not None
    assert renamed is not None
    assert copied.version_id == links.version.id
    assert copied.copied_from_id == same.id
    assert renamed.copied_from_id == other.id  # the nearest course, its first of that version


def test_history_of_another_platform_is_no_source(links: Links, world: World) -> None:
    source = links.course()
    links.ensure(links.link(source, activity=links.version.activity_key))
    elsewhere = world.context(world.registration(district=world._get(type(world.district()), links.registration.district_id)))
    with links.tool.database.unit() as session:
        session.get_one(Context, elsewhere.id).history = [source.lti_id]
    copied = links.ensure(world.resource_link(elsewhere, activity=links.version.activity_key))
    assert copied is not None
    assert copied.copied_from_id is None


@pytest.mark.parametrize(
    "custom", [{}, {"activity": ""}, {"activity": "no-such-key"}, {"activity": 7}, {"activity": "a\x00b"}, {"activity": "x" * 5000}]
)
def test_links_that_name_nothing_of_ours_get_no_activity(links: Links, custom: dict[str, Any]) -> None:
    assert links.ensure(links.link(links.course()), **(custom or {"page": "x"})) is None
    assert links.count() == 0


def test_a_key_of_another_district_opens_nothing(links: Links, world: World) -> None:
    foreign = world.version(world.district("Elsewhere").id)
    assert links.ensure(links.link(links.course(), activity=foreign.activity_key)) is None


def test_a_link_of_another_district_or_course_opens_nothing(links: Links, world: World, tool: Tool) -> None:
    link = links.link(links.course(), activity=links.version.activity_key)
    other = links.course()
    with tool.database.unit() as session:
        given = {"resource_link_id": link.id, "custom": link.custom}
        assert service.ensure_activity(session, tool, district_id=world.district().id, context_id=link.context_id, **given) is None
        assert service.ensure_activity(session, tool, district_id=link.district_id, context_id=other.id, **given) is None


def test_a_link_pointed_elsewhere_follows_and_one_that_lost_its_key_stays(links: Links, world: World) -> None:
    link = links.link(links.course(), activity=links.version.activity_key)
    made = links.ensure(link)
    newer = world.version(links.registration.district_id, title="Newer")
    moved = links.ensure(link, activity=newer.activity_key, points="10")
    assert made is not None
    assert moved is not None
    assert (moved.id, moved.version_id, moved.points) == (made.id, newer.id, 10)
    kept = links.ensure(link, activity="gone")
    assert kept is not None
    assert kept.version_id == newer.id


def test_an_activity_of_a_retired_microcredential_still_opens(links: Links, tool: Tool) -> None:
    with tool.database.unit() as session:
        service.retire(
            session,
            tool,
            district_id=links.registration.district_id,
            microcredential_id=links.version.microcredential_id,
            person_id=None,
        )
    assert links.ensure(links.link(links.course(), activity=links.version.activity_key)) is not None


def test_reading_activities(links: Links, world: World, tool: Tool) -> None:
    course = links.course()
    link = links.link(course, "Questions in unit 3", activity=links.version.activity_key, points="40")
    made = links.ensure(link)
    assert made is not None
    district_id = links.registration.district_id
    with tool.database.read() as session:
        read = activities.activity(session, district_id, made.id)
        rows = activities.activities_in(session, district_id, course.id)
        assert activities.activity_of_link(session, district_id, link.id) == made.id
        assert activities.activities_in(session, world.district().id, course.id) == ()
        with pytest.raises(Problem, match="not_found"):
            activities.activity(session, world.district().id, made.id)
    assert (read.link_title, read.context_title, read.has_lineitem, read.points) == ("Questions in unit 3", course.title, True, 40)
    assert read.version.content.title == "Asking good questions"
    assert [(row.id, row.title, row.link_title) for row in rows] == [(made.id, "Asking good questions", "Questions in unit 3")]


def test_cards_are_found_by_words_topic_and_state_and_come_in_pages(author: Author, world: World, tool: Tool) -> None:
    for title, tags in (("Übung eins", ["café", "100% new"]), ("Zebra", ["cafe"]), ("alpha", []), ("Alpha", [])):
        world.version(author.district_id, title=title, tags=tags, summary=f"Says {title.lower()}.")
    world.version(world.district().id, title="Foreign", tags=["cafe"])
    draft = author.create()
    author.save(draft, whole(title="A draft of mine"))

    def titles(**asked: Any) -> list[str]:
        with tool.database.read() as session:
            return [card.title for card in finding.cards(session, author.district_id, Asked(**asked)).cards]

    assert titles(q="zebra") == ["Zebra"]
    assert titles(q="says alpha") == ["alpha", "Alpha"]
    assert titles(q="café") == titles(q="CAFE") == ["Übung eins", "Zebra"]
    assert titles(tag="cafe") == ["Zebra"]
    assert titles(tag="100% new") == ["Übung eins"]
    assert titles(q="100%") == ["Übung eins"]
    assert titles(q="%") == ["Übung eins"]
    assert titles(q="\x00 ' \" \\") == []
    assert titles(state="draft") == ["A draft of mine"]
    seen: list[str] = []
    number = 0
    while True:
        number += 1
        with tool.database.read() as session:
            page = finding.cards(session, author.district_id, size=2, page=number)
        assert (page.page, page.pages, page.total, page.first) == (number, 3, 5, 2 * number - 1)
        seen += [card.title for card in page.cards]
        if page.page == page.pages:
            break
    assert sorted(seen) == sorted(["Übung eins", "Zebra", "alpha", "Alpha", "A draft of mine"])
    assert len(seen) == len(set(seen))
