"""Finding one among thousands: words, filters, pages, and how often the database is asked."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import pytest

from lti_tool.catalog import finding
from lti_tool.catalog.entry_policies import Asked
from lti_tool.catalog.marks import MARKS, Mark
from lti_tool.tool import Tool
from tests.factories.catalog import large_catalog
from tests.factories.queries import counted
from tests.factories.world import World
from tests.integration.catalog.test_picker import Counter, place


def titles(tool: Tool, district_id: object, **asked: str) -> list[str]:
    with tool.database.read() as session:
        return [card.title for card in finding.cards(session, district_id, Asked(**asked)).cards]  # type: ignore[arg-type]


def test_each_filter_narrows(world: World, tool: Tool) -> None:
    district = world.district()
    world.version(district.id, title="One", family="Talk", level="advanced", hours=8, tags=["a"])
    world.version(district.id, title="Two", family="Literacy", hours=15, tags=["b"])
    evidence = [{"key": "plan", "title": "Plan", "description": "A page.", "accepts": ["text"]}]
    world.version(district.id, title="Three", hours=41, evidence=evidence, tags=["a", "b"])
    assert titles(tool, district.id, family="Talk") == ["One"]
    assert titles(tool, district.id, level="advanced") == ["One"]
    assert titles(tool, district.id, effort="short") == ["One"]
    assert titles(tool, district.id, effort="medium") == ["Two"]
    assert titles(tool, district.id, effort="very-long") == ["Three"]
    assert titles(tool, district.id, format="recording") == ["One", "Two"]
    assert titles(tool, district.id, format="text") == ["One", "Three", "Two"]
    assert titles(tool, district.id, tag="a", format="file") == ["One"]
    assert titles(tool, district.id, q="LITERACY") == ["Two"]
    with tool.database.read() as session:
        choices = finding.choices(session, district.id)
    assert choices.families == (("Literacy", 1), ("Talk", 1))
    assert choices.topics == (("a", 2), ("b", 2))
    assert choices.levels == ("advanced",)


def test_a_title_that_says_it_comes_before_a_summary_that_does(world: World, tool: Tool) -> None:
    district = world.district()
    world.version(district.id, title="Alpha", summary="Something of feedback.")
    world.version(district.id, title="Zeta feedback")
    assert titles(tool, district.id, q="feedback") == ["Zeta feedback", "Alpha"]


@pytest.fixture
def pay(world: World) -> Iterator[dict[str, object]]:
    chosen: dict[str, object] = {}
    kept = MARKS[:]
    MARKS[:] = [Mark("pay", "Counts for pay", lambda _session, _district, ids: [one for one in ids if one == chosen.get("id")])]
    yield chosen
    MARKS[:] = kept


def test_another_room_can_mark_what_counts(world: World, tool: Tool, pay: dict[str, object]) -> None:
    counter = Counter(world, tool)
    pay["id"] = counter.version(title="Paid").microcredential_id
    counter.version(title="Unpaid")
    browser = world.browser(counter.person, "author")
    page = browser.get("/catalog/?mark=pay").text
    assert "Paid" in page
    assert "Unpaid" not in page
    assert "Counts for pay" in browser.get("/catalog/").text


def test_pages_ask_as_often_at_two_thousand_and_take_no_time(world: World, tool: Tool) -> None:
    counter = Counter(world, tool)
    author = world.browser(counter.person, "author")
    designer = counter.come()
    counter.version()
    addresses = ((author, "/catalog/?q=feedback"), (author, "/catalog/?page=3"), (designer, "/catalog/pick?q=small+groups&family=Literacy"))
    few = []
    for browser, address in addresses:
        with counted(tool) as statements:
            assert browser.get(address).status_code == 200
        few.append(len(statements))
    large_catalog(tool, counter.registration.district_id, 2000)
    for (browser, address), before in zip(addresses, few, strict=True):
        begun = time.monotonic()
        with counted(tool) as statements:
            page = browser.get(address)
        took = time.monotonic() - begun
        assert len(statements) <= before + 1, "one asks which of those that were found count for pay"
        assert not [one for one in statements if "microcredential_version" in one and "catalog_entry" not in one]
        assert took < 2, f"{address}: {took:.2f} s"
        assert len(page.data) < 120_000


def test_the_picker_keeps_what_was_chosen_through_searches_and_pages(world: World, tool: Tool) -> None:
    counter = Counter(world, tool)
    versions = large_catalog(tool, counter.registration.district_id, 100)
    browser = counter.come()
    assert "Page 1 of 4" in browser.get("/catalog/pick").text
    chosen = [str(versions[5]), str(versions[90])]
    for button, data in (("search", {"q": "routines"}), ("page:2", {}), ("search", {"q": "nothing like it"}), ("clear", {"q": "zzz"})):
        page = browser.post("/catalog/pick", {"pick": chosen, "do": button, **data})
        assert page.status_code == 200
        assert re.findall(r'value="([^"]+)" checked', page.text)[:2] == chosen
        assert page.text.count(f'value="{chosen[0]}"') == 1
    assert "Nothing found" in browser.post("/catalog/pick", {"pick": chosen, "do": "search", "q": "zzz"}).text
    items = counter.claims(place(browser, *chosen))["https://purl.imsglobal.org/spec/lti-dl/claim/content_items"]
    assert len(items) == 2


def test_entries_follow_drafts_versions_and_retiring(world: World, tool: Tool) -> None:
    from lti_tool.catalog import service

    district = world.district()
    version = world.version(district.id, title="Followed")
    with tool.database.unit() as session:
        service.revise(session, tool, district_id=district.id, microcredential_id=version.microcredential_id, person_id=None)
    with tool.database.read() as session:
        (card,) = finding.cards(session, district.id).cards
    assert (card.has_draft, card.version_id, card.state) == (True, version.id, "published")
    with tool.database.unit() as session:
        service.retire(session, tool, district_id=district.id, microcredential_id=version.microcredential_id, person_id=None)
    with tool.database.read() as session:
        assert finding.placeable(session, district.id).cards == ()
        assert [one.state for one in finding.cards(session, district.id).cards] == ["retired"]
