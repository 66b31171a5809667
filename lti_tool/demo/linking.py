"""The part of the walk that goes by deep linking both ways: work handed in to an ordinary assignment, a card in a page of the course."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urljoin

from lti_tool.demo.browser import Stuck

if TYPE_CHECKING:
    from lti_tool.demo.walk import Walk


def hand_in(walk: Walk) -> None:
    """Ada hands in a file and her submission; the LMS copies the file at once, and Dana opens both. Raises Stuck."""
    assignment = _item(walk, "ada", "Reading")
    for kind in ("file", "work"):
        ada = walk.be("ada")
        page = ada.click(ada.get(assignment).test("submit-with-app"))
        page = ada.click(page.test("tool-frame"))
        values = [box.get("value", "") for box in page.all("//input[@name='pick'][not(@disabled)]")]
        picked = next((value for value in values if value.startswith(kind)), None)
        if picked is None:
            raise Stuck(f"no {kind} to hand in: {page.text[:200]}")
        page = ada.submit(page.form("/hand-in"), {"pick": picked}, button="do=hand_in")
        if not page.all("//*[@data-test='submitted']"):
            raise Stuck(f"the LMS did not take the {kind}: {page.text[:300]}")
        dana = walk.be("dana")
        page = dana.click(dana.get(assignment).test("homework-list"))
        page = dana.click(page.test("speedgrader-ada"))
        if kind == "file" and not dana.click(page.test("homework-file")).content:
            raise Stuck("the LMS kept an empty file")
        if kind == "work" and "Handed in to this course" not in dana.click(page.test("tool-frame")).text:
            raise Stuck("the submission that was handed in does not open")


def embed(walk: Walk) -> None:
    """Dana puts a card into a page; Ada sees how far she is. Raises Stuck."""
    dana, ada = walk.be("dana"), walk.be("ada")
    sheet = _item(walk, "dana", "Welcome")
    page = dana.click(dana.get(sheet).test("edit-page"))
    page = dana.click(dana.click(page.test("editor-button")).test("tool-frame"))
    value = page.one(f"//label[contains(., '{walk.sample.content.title}')]/preceding-sibling::input", "the card").get("value")
    dana.submit(page.form("/embed"), {"pick": value}, button="do=embed")
    page = ada.get(sheet)
    card = ada.get(urljoin(page.url, page.test("embedded").get("src")))
    if walk.sample.content.competency not in card.text or "activities/" not in " ".join(card.all("//a/@href")):
        raise Stuck(f"the card does not show what can be earned: {card.text[:300]}")


def _item(walk: Walk, person: str, title: str) -> str:
    """The address of an item of the course."""
    browser = walk.be(person)
    page = browser.get(walk.url("/"))
    page = browser.click(page.one("//a[contains(@href, '/canvas/courses/')]", "course"))
    found = page.one(f"//ul[@class='items']//a[starts-with(normalize-space(), '{title}')]", title).get("href")
    return urljoin(page.url, str(found))
