"""Cards of microcredentials and public badges inside texts of the LMS."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from uuid import uuid4

import pytest

from lti_tool.badges import service as badges
from lti_tool.badges.models import Award
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.evidence.models import Enrollment
from tests.factories.world import FrameBrowser
from tests.integration.linking.conftest import DL, EDITOR, Link


def version_of(link: Link) -> MicrocredentialVersion:
    return link.world._get(MicrocredentialVersion, link.scene.activity.version_id)


def embed(browser: FrameBrowser, *picked: str) -> Any:
    return browser.post("/embed", {"pick": list(picked), "do": "embed"})


def award(link: Link, *, public: bool = True, signed: bool = True) -> Award:
    now = link.tool.clock()
    scene = link.scene
    with link.tool.database.unit() as session:
        row = badges.award(session, link.tool, enrollment_id=scene.enrollment.id, decided_at=now)
        row.is_public = public
        if signed:
            row.credential, row.signed_at, row.signing_due = b"{}", now, False
    return row


def test_a_designer_embeds_a_card_that_lives(link: Link) -> None:
    version = version_of(link)
    browser = link.come(EDITOR, "designer", "facilitator", person=link.scene.dana)
    assert browser.get("/").location.endswith("/embed")
    page = browser.get("/embed")
    assert version.title in page.text
    assert "in this course" in page.text
    [item] = link.items(embed(browser, f"card:{version.id}"))
    assert item == {
        "type": "ltiResourceLink",
        "title": version.title,
        "text": version.content["summary"],
        "url": f"{link.tool.settings.base_url}/lti/launch",
        "custom": {"card": version.activity_key},
        "iframe": {"width": 640, "height": 360},
    }


def test_what_is_in_the_course_stands_first(link: Link) -> None:
    link.world.version(link.scene.context.district_id, title="AAA first by name")
    page = link.come(EDITOR, "designer", person=link.scene.dana).get("/embed").text
    assert page.index(version_of(link).title) < page.index("AAA first by name")
    assert "not in this course yet" in page


@pytest.mark.parametrize("kind", ["html", "link"])
def test_where_no_link_of_ours_may_stand_the_card_is_text_or_a_plain_link(link: Link, kind: str) -> None:
    title = "A & B <script>alert(1)</script>"
    version = link.world.version(link.scene.context.district_id, title=title)
    browser = link.come(EDITOR, "designer", person=link.scene.dana, accept_types=[kind, "image"])
    [item] = link.items(embed(browser, f"card:{version.id}"))
    page_url = f"{link.tool.settings.base_url}/cards/{version.activity_key}"
    assert item["type"] == kind
    if kind == "html":
        assert "<script" not in item["html"]
        assert "A &amp; B" in item["html"]
        assert f'href="{page_url}"' in item["html"]
        assert f'src="{page_url}/badge.png"' in item["html"]
        assert "hours of work" in item["html"]
    else:
        assert item["url"] == page_url
        assert item["icon"] == {"url": page_url + "/badge.png", "width": 120, "height": 120}
    client = link.world.app.test_client()
    public = client.get(f"/cards/{version.activity_key}")
    assert public.status_code == 200
    assert "How to start" in public.text
    assert "<script>alert" not in public.text
    picture = client.get(f"/cards/{version.activity_key}/badge.png")
    assert picture.data[:8] == b"\x89PNG\r\n\x1a\n"
    for wrong in ("x", "%00", "9" * 3000, version.activity_key + "x"):
        assert client.get(f"/cards/{wrong}").status_code == 404
        assert client.get(f"/cards/{wrong}/badge.png").status_code == 404


def test_a_teacher_embeds_their_own_public_badge_and_nothing_else(link: Link) -> None:
    version, row = version_of(link), award(link)
    browser = link.come(EDITOR, "earner")
    page = browser.get("/embed").text
    assert "Your public badges" in page
    assert "card:" not in page
    assert embed(browser, f"card:{version.id}").status_code == 422
    [item] = link.items(embed(browser, f"badge:{row.id}"))
    assert item["type"] == "html"
    assert f"{link.tool.settings.base_url}/badges/{row.public_id}" in item["html"]
    assert "Adabella" not in item["html"]
    [item] = link.items(embed(link.come(EDITOR, "earner", accept_types=["link"]), f"badge:{row.id}"))
    assert (item["type"], item["url"]) == ("link", f"{link.tool.settings.base_url}/badges/{row.public_id}")


@pytest.mark.parametrize(("public", "signed"), [(False, True), (True, False)])
def test_a_badge_that_is_not_public_stays_where_it_is(link: Link, public: bool, signed: bool) -> None:
    row = award(link, public=public, signed=signed)
    browser = link.come(EDITOR, "earner")
    assert "You have no public badge yet" in browser.get("/embed").text
    assert embed(browser, f"badge:{row.id}").status_code == 422


def test_other_peoples_badges_and_other_districts_microcredentials_are_not_embedded(link: Link) -> None:
    row, foreign = award(link), link.world.version(link.world.district().id)
    colleague = link.world.person(link.scene.registration, "Ben Teacher")
    browser = link.come(EDITOR, "earner", "designer", person=colleague)
    page = browser.get("/embed").text
    assert str(row.id) not in page
    assert str(foreign.id) not in page
    for wrong in (f"badge:{row.id}", f"card:{foreign.id}", "card:x", "badge:", f"card:{uuid4()}", "x\x00"):
        assert embed(browser, wrong).status_code == 422


def test_nothing_picked_several_and_giving_up(link: Link) -> None:
    one, two = version_of(link), link.world.version(link.scene.context.district_id, title="Two")
    browser = link.come(EDITOR, "designer", person=link.scene.dana, accept_multiple=False)
    assert "Choose what to embed." in embed(browser).text
    answer = embed(browser, f"card:{one.id}", f"card:{two.id}")
    assert answer.status_code == 422
    assert "one thing at a time" in answer.text
    several = link.come(EDITOR, "designer", person=link.scene.dana)
    assert len(link.items(embed(several, f"card:{one.id}", f"card:{two.id}"))) == 2
    assert link.claims(several.post("/embed", {"do": "cancel"}))[DL + "content_items"] == []
    found = several.post("/embed", {"do": "search", "q": "two"})
    assert f"card:{two.id}" in found.text
    assert f"card:{one.id}" not in found.text


def test_the_editors_page_is_for_its_own_request(link: Link) -> None:
    for browser in (link.world.browser(link.scene.dana, "designer", context=link.scene.context), link.homework()):
        assert browser.get("/embed").status_code == 400
        assert embed(browser).status_code == 400
    assert link.come(EDITOR, "author").get("/embed").status_code == 403


def card(link: Link, *rights: str, person: Any = None, **given: Any) -> FrameBrowser:
    launch = {"custom": {"card": given.pop("key", version_of(link).activity_key)}}
    return link.world.browser(person or link.scene.ada, *rights, context=given.pop("context", link.scene.context), launch=launch)


def shown(browser: FrameBrowser) -> Any:
    location = browser.get("/").location
    return browser.get(location.removeprefix(browser.prefix))


def test_the_card_shows_what_can_be_earned_and_how_far_one_is(link: Link) -> None:
    version = version_of(link)
    page = shown(card(link, "earner"))
    assert page.status_code == 200
    for words in (version.title, version.content["competency"], "hours of work", "You are gathering evidence", "Continue", "badge.png"):
        assert str(words) in unescape(page.text)
    fresh = link.world.person(link.scene.registration, "Ben Teacher")
    page = shown(card(link, "earner", person=fresh))
    assert ">Start<" in page.text
    assert f"/activities/{link.scene.activity.id}" in page.text
    assert "See who takes part" in shown(card(link, "facilitator", person=link.scene.dana)).text
    assert "Adabella" not in shown(card(link, person=fresh)).text


def test_a_teacher_starts_from_the_card(link: Link) -> None:
    fresh = link.world.person(link.scene.registration, "Ben Teacher")
    browser = card(link, "earner", person=fresh)
    hub = browser.get(f"/activities/{link.scene.activity.id}").text
    form = re.search(r'<input type="hidden" name="activity" value="([^"]+)"', hub)
    assert form is not None
    answer = browser.post("/evidence/start", {"activity": form[1]})
    assert answer.status_code == 303
    assert [row.activity_id for row in link.scene.rows(Enrollment) if row.person_id == fresh.id] == [link.scene.activity.id]


def test_only_an_activity_of_this_course_can_be_started_by_its_name(link: Link) -> None:
    elsewhere = link.world.activity(link.world.context(link.scene.registration, "Another course"))
    foreign = link.world.activity(link.world.context(link.world.registration()))
    fresh = link.world.person(link.scene.registration, "Ben Teacher")
    browser = link.world.browser(fresh, "earner", activity=link.scene.activity)
    for other in (elsewhere, foreign):
        assert browser.post("/evidence/start", {"activity": str(other.id)}).status_code == 404
    assert [row for row in link.scene.rows(Enrollment) if row.person_id == fresh.id] == []


def test_a_card_finds_the_activity_of_its_own_course(link: Link) -> None:
    version, copied = version_of(link), link.world.context(link.scene.registration, "Copied course")
    page = shown(card(link, "earner", context=copied))
    assert "cannot be started in this course yet" in page.text
    assert str(link.scene.activity.id) not in page.text
    assert "add “" in shown(card(link, "designer", person=link.scene.dana, context=copied)).text
    activity: Activity = link.world.activity(copied, version)
    assert f"/activities/{activity.id}" in shown(card(link, "earner", context=copied)).text
    ungraded, graded = link.world.activity(copied, version, lineitem=False), activity
    assert f"/activities/{graded.id}" in shown(card(link, "earner", context=copied)).text
    link.world.enrollment(ungraded, link.scene.ada)
    assert f"/activities/{ungraded.id}" in shown(card(link, "earner", context=copied)).text, "where one has begun"


@pytest.mark.parametrize("key", ["never-heard-of", "foreign"])
def test_a_card_of_another_district_shows_nothing(link: Link, key: str) -> None:
    if key == "foreign":
        key = link.world.version(link.world.district().id, title="Foreign thing").activity_key
    answer = shown(card(link, "earner", key=key))
    assert answer.status_code == 404
    assert "This card shows nothing any more" in answer.text
    assert "Foreign thing" not in answer.text


def test_in_the_picker_too_a_card_can_be_placed(link: Link) -> None:
    version = version_of(link)
    settings = {"wants": "place", "accept_types": ["ltiResourceLink"], "accept_multiple": True}
    browser = link.come(settings, "designer", person=link.scene.dana)
    assert "Add it as" in browser.get("/catalog/pick").text
    answer = browser.post("/catalog/pick", {"pick": [str(version.id), "reviews"], "as": "card", "counts": "y", "points": "100"})
    first, second = link.items(answer)
    assert first["custom"] == {"card": version.activity_key}
    assert "lineItem" not in first
    assert second["custom"] == {"page": "reviews"}
