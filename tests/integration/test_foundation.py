import pytest

from tests.conftest import Clock
from tests.factories.world import World


def test_frame_opens_and_refuses_a_stranger(world: World) -> None:
    registration = world.registration()
    ada = world.person(registration)
    activity = world.activity(world.context(registration))
    browser = world.browser(ada, "earner", activity=activity)
    assert browser.get("/home").status_code == 200
    assert world.app.test_client().get(browser.prefix + "/home").status_code == 401


def test_an_address_that_leads_nowhere_is_a_page_of_the_frame(world: World) -> None:
    registration = world.registration()
    browser = world.browser(world.person(registration), "earner", context=world.context(registration))
    answer = browser.get("/no/such/page")
    assert answer.status_code == 404
    assert "My work" in answer.text


def test_a_frame_key_without_cookie_travels_in_the_address(world: World) -> None:
    registration = world.registration()
    browser = world.browser(world.person(registration), "earner", context=world.context(registration))
    secret = next(cookie.value for cookie in browser.client._cookies.values())
    bare = world.app.test_client()
    answer = bare.get(f"{browser.prefix}~{secret}/home")
    assert answer.status_code == 200
    assert f"{browser.prefix}~{secret}/home" in answer.text
    assert bare.get(f"{browser.prefix}~wrong/home").status_code == 401


def test_a_visit_ends(world: World, clock: Clock) -> None:
    registration = world.registration()
    browser = world.browser(world.person(registration), "earner", context=world.context(registration))
    clock.tick(hours=9)
    answer = browser.get("/home")
    assert answer.status_code == 401
    assert "open this again from your course" in answer.text


OURS, TEXT = {"Origin": "http://127.0.0.1:8000"}, "What I <b>wrote</b>"


def test_what_a_form_brings_too_late_is_shown_to_copy(world: World, clock: Clock) -> None:
    registration = world.registration()
    activity = world.activity(world.context(registration))
    browser = world.browser(world.person(registration), "earner", activity=activity)
    address, form = browser.prefix + "/evidence/start", {"text_a": TEXT, "text_b": "More of it", "level": "2"}
    for hours, status in ((0, 400), (9, 401)):  # without the token of its form, then after the end of the visit
        clock.tick(hours=hours)
        answer = browser.client.post(address, data=form, headers=OURS)
        assert answer.status_code == status
        assert "What I &lt;b&gt;wrote&lt;/b&gt;</textarea>" in answer.text
        assert "More of it</textarea>" in answer.text
        assert answer.text.count("<textarea") == 2


@pytest.mark.parametrize("headers", [{}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_nothing_that_another_site_sends_is_shown(world: World, headers: dict[str, str]) -> None:
    answer = world.app.test_client().post("/s/0123/evidence/start", data={"text": TEXT}, headers=headers)
    assert (answer.status_code, "<textarea" in answer.text) == (401, False)
    large = world.app.test_client().post("/s/0123/evidence/start", data={"text": "a b " * 100_000}, headers=OURS)
    assert (large.status_code, "<textarea" in large.text) == (401, False)
