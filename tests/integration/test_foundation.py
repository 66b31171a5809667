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
