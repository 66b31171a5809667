"""A catalog of 150 in Chromium: found as one types, by keyboard; stacks; a file with faults. Accessible and never too wide."""

from __future__ import annotations

import re

from playwright.sync_api import BrowserContext, Page, expect

from lti_tool.database import new_id
from tests.browser.pages import enter, look
from tests.factories.catalog import large_catalog
from tests.factories.world import World
from tests.integration.badges.test_stacks import Shelf
from tests.integration.catalog.test_exchange import sheet, whole
from tests.integration.catalog.test_picker import Counter


def test_a_designer_finds_one_by_typing_and_keeps_what_was_chosen(world: World, url: str, context: BrowserContext, page: Page) -> None:
    counter = Counter(world, world.tool)
    large_catalog(world.tool, counter.registration.district_id, 200)
    own = enter(context, url, counter.come())
    look(page, own + "/catalog/pick", "picker-at-200")
    page.goto(own + "/catalog/pick")
    box = page.get_by_label("Search the catalog")
    box.focus()
    page.keyboard.type("routines famil")
    expect(page.locator(".found__count")).to_contain_text("of 200 microcredentials")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Space")
    box.fill("coteaching")
    expect(page.get_by_text("Nothing found")).to_be_visible()
    expect(page.get_by_text("Chosen", exact=True)).to_be_visible()
    page.get_by_label("Family").select_option("Literacy")
    box.fill("")
    expect(page.locator(".found__count")).to_contain_text("of 200 microcredentials")
    expect(page.locator("#found input:checked")).to_have_count(1)


def test_the_list_stacks_and_files(world: World, url: str, context: BrowserContext, page: Page) -> None:
    shelf = Shelf(world, world.tool)
    author = enter(context, url, shelf.author)
    look(page, author + "/catalog/stacks/", "stacks-empty")
    stack, draft = shelf.published(), shelf.begin()
    shelf.save(draft, shelf.versions[:2])
    large_catalog(world.tool, shelf.district_id)
    look(page, author + "/catalog/", "catalog-at-150")
    look(page, author + "/catalog/?q=zzz", "catalog-nothing")
    page.goto(author + "/catalog/")
    page.get_by_label("Search the catalog").press_sequentially("feedback")
    expect(page.locator(".found__count")).to_contain_text("15 of")
    page.get_by_label("Hours of work").select_option("short")
    expect(page).to_have_url(re.compile("q=feedback.*effort=short"))
    look(page, author + f"/catalog/stacks/{draft}/edit", "stack-edit")
    look(page, author + "/catalog/exchange/", "exchange")
    text = sheet(
        whole(title="Wait time"), {"title": "Begun"}, *[whole(title=f"Number {n}", hours="many", topics="t" * 60) for n in range(60)]
    )
    page.goto(author + "/catalog/exchange/")
    page.set_input_files("#file", {"name": f"{new_id().hex[:6]}.csv", "mimeType": "text/csv", "buffer": text.encode()})
    page.get_by_role("button", name="Look at the file").click()
    expect(page.get_by_role("heading", name="To correct")).to_be_visible()
    look(page, page.url, "exchange-look")
    for version in shelf.versions[:2]:
        shelf.earn(version)
    teacher = enter(context, url, shelf.teacher)
    look(page, teacher + f"/catalog/stacks/{stack}", "stack")
    look(page, teacher + f"/activities/{world.activity(shelf.course, shelf.versions[1]).id}", "hub-stack")
