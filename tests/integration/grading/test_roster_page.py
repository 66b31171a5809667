"""A facilitator's page of the course's list: what has changed, how it was read, and who may see it."""

from __future__ import annotations

import re

import pytest
from flask import Response

from lti_tool.grading.roster_models import Roster
from lti_tool.launch.models import Context
from lti_tool.notices import reaching
from lti_tool.notices.models import MailStop
from lti_tool.practice_lms.models import Item
from tests.factories.world import FrameBrowser
from tests.integration.grading.conftest import Bare, Lms
from tests.integration.grading.test_roster import address, member, page


def dana(bare: Bare, *rights: str) -> FrameBrowser:
    person = bare.world.person(bare.registration, "Dana Facilitator")
    return bare.world.browser(person, *(rights or ("facilitator",)), activity=bare.activity)


def rows(text: str) -> list[str]:
    body = text.partition("<tbody")[2].partition("</tbody>")[0]
    return [" ".join(part.split()) for part in re.split("<tr[^>]*>", body)[1:]]


def test_before_it_is_read(bare: Bare) -> None:
    text = dana(bare).get("/roster/").text
    assert "has not been read yet" in text
    bare.set_memberships("")
    assert "does not share this course" in dana(bare).get("/roster/").text


def test_what_has_changed_and_since_when(bare: Bare) -> None:
    browser = dana(bare)
    bare.pages["1"] = page([member("ann"), member("bob"), member("cem"), member("dee", roles=["Instructor"])])
    answer = browser.post("/roster/")
    assert answer.status_code == 303
    text = browser.get(answer.location).text
    assert "read to its end" in text
    assert len(rows(text)) == 4
    assert "Joined</span>" not in text
    bare.clock.tick(days=2)
    browser = dana(bare)
    bare.pages["1"] = page(
        [member("ann", roles=["Instructor"]), member("cem", status="Inactive"), member("dee", roles=["Instructor"]), member("eve")]
    )
    browser.post("/roster/")
    found = rows(browser.get("/roster/").text)
    assert [row.partition("</th>")[0].rpartition(">")[2] for row in found] == ["Name ann", "Name cem", "Name dee", "Name eve"]
    assert "Another role" in found[0]
    assert "Takes part" in found[0]
    assert "Runs the course" in found[0]
    assert "Suspended" in found[1]
    assert "Joined" in found[3]
    [left] = rows(browser.get("/roster/?show=left").text)
    assert "Name bob" in left
    assert "Nov 26, 2026" in left
    assert [len(rows(browser.get(f"/roster/?show={show}").text)) for show in ("new", "roles", "unopened")] == [1, 1, 4]
    assert len(rows(browser.get("/roster/?find=EVE").text)) == 1
    assert "Nobody found" in browser.get("/roster/?find=zoe").text
    bare.clock.tick(days=31)
    with bare.here.database.unit() as session:
        session.get_one(Context, bare.context.id).seen_at = bare.clock()
    bare.pages["1"] = page([member("ann", roles=["Instructor"]), member("bob"), member("dee", roles=["Instructor"]), member("eve")])
    browser = dana(bare)
    browser.post("/roster/")
    found = rows(browser.get("/roster/").text)
    assert ["Joined" in row for row in found] == [False, True, False, False]
    [left] = rows(browser.get("/roster/?show=left").text)
    assert "Name cem" in left


def test_a_half_read_list_lets_nobody_leave(bare: Bare) -> None:
    browser = dana(bare)
    bare.pages["1"] = page([member("ann")], f"{bare.base}/members/2")
    bare.pages["2"] = page([member("bob")])
    browser.post("/roster/")
    bare.clock.tick(days=1)
    browser = dana(bare)
    bare.pages["2"] = lambda: Response("", 500)
    answer = browser.post("/roster/")
    text = browser.get(answer.location).text
    assert "could not be read to its end" in text
    assert "did not answer" in text
    assert "Nobody is shown as having left" in text
    assert len(rows(text)) == 2
    assert "Left</span>" not in text


def test_an_empty_list_after_a_full_one_is_not_believed(bare: Bare) -> None:
    browser = dana(bare)
    bare.pages["1"] = page([member("ann")])
    browser.post("/roster/")
    bare.pages["1"] = page([])
    text = browser.get(browser.post("/roster/").location).text
    assert "sent an empty list" in text
    assert len(rows(text)) == 1


def test_many_people_come_page_by_page(bare: Bare) -> None:
    bare.pages["1"] = page([member(f"p{number:03}", name="Same Name" if number % 3 else f"Name {number:03}") for number in range(120)])
    browser = dana(bare)
    browser.post("/roster/")
    path, seen = "/roster/", 0
    for _ in range(3):
        text = browser.get(path).text
        seen += len(rows(text))
        path = text.partition("Next page")[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&") if "Next page" in text else ""
    assert (seen, path) == (120, "")


@pytest.mark.parametrize("query", ["after=x", "show=nonsense", "after=%00"])
def test_damaged_addresses(bare: Bare, query: str) -> None:
    assert dana(bare).get(f"/roster/?{query}").status_code == 400


def test_who_may(bare: Bare) -> None:
    bare.pages["1"] = page([member("ann")])
    mine = f"/roster/activities/{bare.activity.id}"
    for path in ("/roster/", mine):
        for right in ("earner", "reviewer", "designer", "author", "preview"):
            browser = dana(bare, right)
            assert browser.get(path).status_code == browser.post(path).status_code == 403, (path, right)
        assert dana(bare, "console").get(path).status_code == 200
        assert dana(bare).post(path, {"csrf_token": "forged"}).status_code == 400
        prefix = dana(bare).prefix
        assert bare.world.app.test_client().get(prefix + path).status_code == 401
    stranger = bare.world.registration()
    other = bare.world.activity(bare.world.context(stranger))
    browser = bare.world.browser(bare.world.person(stranger, "Stranger"), "facilitator", "console", activity=other)
    assert browser.get(mine).status_code == browser.post(mine).status_code == 404
    neighbour = bare.world.activity(bare.world.context(bare.registration, "Another course"))
    fay = bare.world.browser(bare.world.person(bare.registration, "Fay"), "facilitator", activity=neighbour)
    assert fay.get(mine).status_code == fay.post(mine).status_code == 404
    nowhere = bare.world.browser(bare.world.person(bare.registration, "Cora"), "console")
    assert nowhere.get("/roster/").status_code == 400


def test_the_list_of_one_activity(lms: Lms) -> None:
    """By `rlid` (NRPS 2.0, 3.1); the practice LMS refuses a link that is not the tool's own."""
    lms.set_memberships(address(lms))
    browser = lms.world.browser(lms.person("dana"), "facilitator", activity=lms.activity)
    path = f"/roster/activities/{lms.activity.id}"
    text = browser.get(browser.post(path).location).text
    assert "could not be read to its end" in text
    with lms.here.database.read() as session:
        [row] = session.query(Roster).all()
    assert row.rlid.startswith("link-")
    placed = Item(999, 2, "Asking good questions", "activity", client_id=lms.registration.client_id, resource_link_id=row.rlid)
    lms.school.courses[2].modules[0].items.append(placed)
    text = browser.get(browser.post(path).location).text
    assert "could not be read" not in text
    assert len(rows(text)) > 3
    assert browser.post("/roster/").status_code == 303
    assert len(rows(browser.get("/roster/").text)) > 3


def test_a_district_sees_its_own_people_whom_e_mail_does_not_reach(bare: Bare) -> None:
    mine, theirs = bare.registration, bare.world.registration()
    for registration, name in ((mine, "Own Person"), (theirs, "Foreign Person")):
        person = bare.world.person(registration, name)
        mark = reaching.mark(bare.here, person.email)
        bare.world._add(
            MailStop(person_id=person.id, district_id=person.district_id, address_mark=mark, status=550, stopped_at=bare.clock())
        )
    bare.here.settings = bare.here.settings.model_copy(update={"smtp_host": "mail.example.org", "smtp_from": "a@example.org"})
    shown = dana(bare, "console").get("/notices/mail").text
    assert "Own Person" in shown
    assert "Foreign Person" not in shown
    for right in ("earner", "facilitator", "reviewer", "author", "designer"):
        assert dana(bare, right).get("/notices/mail").status_code == 403
