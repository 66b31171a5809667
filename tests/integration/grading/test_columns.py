"""An activity without a column: said to the designer, who may have one made."""

from __future__ import annotations

from uuid import uuid4

import pytest

from lti_tool.catalog.models import Activity
from lti_tool.launch.models import Context, ResourceLink
from lti_tool.practice_lms.lti import LINEITEM
from lti_tool.practice_lms.models import Item
from tests.factories.world import FrameBrowser
from tests.integration.grading.conftest import COURSE, Lms

NAME = "Dana Designer"


@pytest.fixture
def bare_link(lms: Lms) -> Lms:
    """An activity whose link came without a column; the LMS lets tools make some, and knows the link."""
    item = Item(lms.school.take(), COURSE, "Asking good questions", "activity", url="http://127.0.0.1:8000/lti/launch")
    item.resource_link_id = str(item.number)
    item.client_id = lms.registration.client_id
    lms.school.courses[COURSE].modules[-1].items.append(item)
    with lms.here.database.unit() as session:
        link = session.get_one(ResourceLink, lms.activity.resource_link_id)
        link.lineitem_url, link.lti_id = "", item.resource_link_id
        context = session.get_one(Context, lms.context.id)
        context.lineitems_url = lms.column_url(lms.column).partition("?")[0].rsplit("/", 2 if lms.school.face == "moodle" else 1)[0]
        if lms.school.face == "moodle":
            context.lineitems_url += "?type_id=1"
        context.service_scopes = [*context.service_scopes, LINEITEM]
    return lms


def dana(lms: Lms, *rights: str) -> FrameBrowser:
    person = lms.world.person(lms.registration, NAME)
    return lms.world.browser(person, *(rights or ("facilitator", "designer")), activity=lms.activity)


def made(lms: Lms) -> str:
    with lms.here.database.read() as session:
        return session.get_one(Activity, lms.activity.id).made_column_url


def test_it_is_made_and_what_waited_goes_out(bare_link: Lms) -> None:
    lms, browser, path = bare_link, dana(bare_link), f"/scores/activities/{bare_link.activity.id}/column"
    row = lms.desire(lms.enrolled(lms.ada))
    assert lms.row(row).state == "held"
    assert path in browser.get(f"/activities/{lms.activity.id}").text
    page = browser.get(path).text
    assert "Make the column" in page
    answer = browser.post(path)
    assert answer.status_code == 303
    assert "has a column for this activity now" in browser.get(answer.location).text
    [column] = [one for one in lms.school.line_items.values() if one.resource_id == str(lms.activity.id)]
    assert (column.maximum, column.label) == (100, "Asking good questions")
    assert bool(column.resource_link_id) is (lms.school.face == "moodle")
    lms.deliver()
    assert lms.row(row).state == "sent"
    assert lms.cell(column=column).shown == 100
    assert "no column" not in browser.get(f"/activities/{lms.activity.id}").text.lower()
    assert lms.violations == []


def test_pressing_again_makes_no_second_one(bare_link: Lms) -> None:
    browser, path = dana(bare_link), f"/scores/activities/{bare_link.activity.id}/column"
    browser.post(path)
    first, count = made(bare_link), len(bare_link.school.line_items)
    browser.post(path)
    with bare_link.here.database.unit() as session:
        session.get_one(Activity, bare_link.activity.id).made_column_url = ""  # as after a lost answer
    browser.post(path)
    assert made(bare_link) == first
    assert len(bare_link.school.line_items) == count


def test_the_links_own_column_goes_first(bare_link: Lms) -> None:
    dana(bare_link).post(f"/scores/activities/{bare_link.activity.id}/column")
    bare_link.set_column(bare_link.column_url(bare_link.column))
    bare_link.desire(bare_link.enrolled(bare_link.ada))
    bare_link.deliver()
    assert bare_link.cell().shown == 100


def test_an_lms_that_does_not_let_us(bare_link: Lms) -> None:
    browser, path = dana(bare_link), f"/scores/activities/{bare_link.activity.id}/column"
    bare_link.school.registrations[bare_link.registration.client_id].scopes.discard(LINEITEM)
    answer = browser.post(path)
    assert answer.status_code == 422
    assert "did not make the column" in answer.text
    with bare_link.here.database.unit() as session:
        session.get_one(Context, bare_link.context.id).service_scopes = []
    page = browser.get(path).text
    assert "Make the column" not in page
    assert "By hand" in page
    assert browser.post(path).status_code == 422
    assert made(bare_link) == ""


def test_a_column_that_was_deleted_is_replaced_and_the_score_follows(bare_link: Lms) -> None:
    lms = bare_link
    lms.set_column(lms.column_url(lms.column))
    row = lms.desire(lms.enrolled(lms.ada))
    del lms.school.line_items[lms.column.number]
    lms.deliver()
    assert (lms.row(row).state, lms.row(row).last_reason) == ("refused", "line_item_gone")
    lms.deliver(days=1)
    assert len(lms.posts) == 1
    other = lms.add_column()
    lms.set_column(lms.column_url(other))
    lms.deliver()
    assert lms.row(row).state == "sent"
    assert lms.cell(column=other).shown == 100


def test_who_may(bare_link: Lms) -> None:
    world, path = bare_link.world, f"/scores/activities/{bare_link.activity.id}/column"
    other = world.registration()
    elsewhere = world.activity(world.context(bare_link.registration))
    refused = [
        (dana(bare_link, "earner"), 403),
        (dana(bare_link, "facilitator"), 403),
        (world.browser(world.person(bare_link.registration, "Fay"), "designer", activity=elsewhere), 404),
        (world.browser(world.person(other), "designer", "console", activity=world.activity(world.context(other))), 404),
        (world.browser(world.person(bare_link.registration, "Nobody")), 403),
    ]
    for browser, status in refused:
        assert browser.get(path).status_code == status
        assert browser.post(path).status_code == status
    assert world.app.test_client().get(f"/s/nobody{path}").status_code == 401
    assert dana(bare_link).get(f"/scores/activities/{uuid4()}/column").status_code == 404
    assert made(bare_link) == ""


def test_a_designer_who_does_not_teach_sees_it_too(bare_link: Lms) -> None:
    page = dana(bare_link, "designer").get(f"/scores/activities/{bare_link.activity.id}/column").text
    assert "Make the column" in page
    assert str(bare_link.activity.version_id) in page
    assert 'href="None"' not in page
