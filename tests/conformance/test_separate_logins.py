"""Two Canvases of one's own that came with the same issuer and the same client id: each keeps to its own login, keys and district."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from sqlalchemy import event, select, update

from lti_tool.errors import Problem
from lti_tool.launch.models import Person
from lti_tool.platforms import service
from lti_tool.platforms.models import Registration
from tests.conformance.conftest import Browser, LiveTool
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.canvas import PRODUCTION, Canvas
from tests.factories.platform import asked_of, unguessable

FRAME = {"Sec-Fetch-Dest": "iframe", "Accept": "text/html"}


@dataclass
class Two:
    """Maple has the common login address, oak one of its own."""

    live: LiveTool
    maple: Canvas
    oak: Canvas
    maple_row: Registration
    oak_row: Registration

    def address(self, of: str) -> str:
        return self.live.url + (self.oak_row if of == "oak" else self.maple_row).login_path

    def login(self, browser: Browser, canvas: Canvas, at: str, **fields: Any) -> requests.Response:
        return browser.session.post(self.address(at), data=canvas.login_fields(**fields), allow_redirects=False, timeout=20)

    def asked(self, browser: Browser, canvas: Canvas, at: str, **fields: Any) -> dict[str, str]:
        answer = self.login(browser, canvas, at, **fields)
        assert answer.status_code == 302, answer.text
        return asked_of(answer.headers["Location"])


@pytest.fixture
def two(live: LiveTool, lms_server: HTTPServer) -> Two:
    client = f"1000{int(unguessable()[:12], 16)}"  # another pair for each test, on one database
    maple, oak = (
        Canvas(lms_server, f"{name}{client}", now=live.clock, tool_url=live.url, key=key, issuer=PRODUCTION, client_id=client)
        for key, name in enumerate(("maple", "oak"))
    )
    maple.kid = oak.kid = "2026-11-01T00:00:00Z"  # both name their keys by the time at which they were made
    for one in (maple, oak):
        one.key_set = {"keys": [one.public_jwk()]}
    with live.here.database.unit() as session:
        rows = [
            service.add_registration(session, live.here, district_name=f"District {one.name}", own_login=one is oak, **one.endpoints())
            for one in (maple, oak)
        ]
    return Two(live, maple, oak, *rows)


def test_each_signs_in_at_its_own_canvas_and_lands_in_its_own_district(two: Two, browser: Browser) -> None:
    for canvas, at, row in ((two.maple, "maple", two.maple_row), (two.oak, "oak", two.oak_row)):
        answer = two.login(browser, canvas, at)
        assert answer.headers["Location"].startswith(f"{canvas.base}/api/lti/authorize_redirect?")
        asked = asked_of(answer.headers["Location"])
        assert asked["redirect_uri"] == two.live.url + "/lti/launch"
        token = canvas.sign(canvas.claims(asked["nonce"], sub="the-same-sub"))
        assert browser.post({"state": asked["state"], "id_token": token}).status_code == 303
        with two.live.here.database.read() as session:
            person = session.scalars(select(Person).where(Person.registration_id == row.id)).one()
        assert person.district_id == row.district_id
    assert two.maple_row.district_id != two.oak_row.district_id


@pytest.mark.parametrize(("login", "signer"), [("maple", "oak"), ("oak", "maple")])
def test_a_token_of_one_is_nothing_at_the_other(two: Two, browser: Browser, login: str, signer: str) -> None:
    victim, thief = getattr(two, login), getattr(two, signer)
    for make in (
        lambda nonce: thief.sign(thief.claims(nonce)),
        lambda nonce: thief.sign(victim.claims(nonce)),
        lambda nonce: victim.sign(victim.claims(nonce), key=thief.key),
    ):
        asked, before = two.asked(browser, victim, login), two.live.frames()
        assert_readable(browser.post({"state": asked["state"], "id_token": make(asked["nonce"])}))
        assert two.live.frames() == before
        assert two.live.burnt(asked["state"])


def test_state_and_nonce_of_one_login_do_not_open_the_other(two: Two, browser: Browser) -> None:
    maple, oak = two.asked(browser, two.maple, "maple"), two.asked(browser, two.oak, "oak")
    before = two.live.frames()
    assert_readable(browser.post({"state": oak["state"], "id_token": two.maple.sign(two.maple.claims(maple["nonce"]))}))
    assert_readable(browser.post({"state": maple["state"], "id_token": two.oak.sign(two.oak.claims(oak["nonce"]))}))
    assert two.live.frames() == before


def test_whoever_comes_to_the_wrong_address_is_sent_to_its_owner_and_gets_nowhere(two: Two, browser: Browser) -> None:
    """Oak's Canvas without the address of its own: the browser goes to maple's Canvas, which alone could sign the answer."""
    answer = two.login(browser, two.oak, "maple")
    assert answer.headers["Location"].startswith(two.maple.base)
    asked = asked_of(answer.headers["Location"])
    assert_readable(browser.post({"state": asked["state"], "id_token": two.oak.sign(two.oak.claims(asked["nonce"]))}))


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/lti/login/000000000000", {}),
        ("/lti/login/%00", {}),
        ("/lti/login/" + "x" * 3000, {}),
        ("oak", {"client_id": "10000000000999"}),
        ("oak", {"client_id": None}),
        ("oak", {"iss": "https://canvas.beta.instructure.com"}),
        ("oak", {"iss": "https://canvas.instructure.com/"}),
        ("oak", {"iss": None}),
    ],
)
def test_an_address_of_its_own_is_for_its_own_registration(two: Two, browser: Browser, path: str, change: dict[str, str | None]) -> None:
    url = two.address("oak") if path == "oak" else two.live.url + path
    answer = browser.session.post(url, data=two.oak.login_fields(**change), allow_redirects=False, timeout=20)
    assert_readable(answer)
    assert "Location" not in answer.headers


def test_switching_one_off_leaves_the_other(two: Two, browser: Browser) -> None:
    with two.live.here.database.unit() as session:
        session.execute(update(Registration).where(Registration.id == two.maple_row.id).values(state="disabled"))
    refused = two.login(browser, two.maple, "maple")
    assert (refused.status_code, "launch_login_not_active" in refused.text) == (403, True)
    assert two.login(browser, two.oak, "oak").status_code == 302


def test_a_login_that_names_no_client_sees_the_common_address_only(live: LiveTool, lms_server: HTTPServer, browser: Browser) -> None:
    name = unguessable()
    alone = Canvas(lms_server, name, now=live.clock, tool_url=live.url, issuer=f"https://{name}.example.edu")
    with live.here.database.unit() as session:
        service.add_registration(session, live.here, district_name="Alone", vendor="canvas", own_login=True, **alone.endpoints())
    assert_readable(browser.login(alone, client_id=None))


def test_a_browser_without_cookies_stays_at_the_address(two: Two) -> None:
    bare, fields = requests.Session(), two.oak.login_fields()
    first = bare.post(two.address("oak"), data=fields, headers=FRAME, allow_redirects=False, timeout=20)
    assert first.headers["Location"].startswith(two.oak_row.login_path + "/again?")
    with_cookie = bare.get(two.live.url + first.headers["Location"], headers=FRAME, allow_redirects=False, timeout=20)
    assert with_cookie.headers["Location"].startswith(two.oak.base)
    page = requests.get(two.live.url + first.headers["Location"], headers=FRAME, allow_redirects=False, timeout=20)
    link = re.search(r'<a [^>]*href="([^"]+)"[^>]*target="_blank"', page.text)
    assert link
    assert link[1].startswith(two.oak_row.login_path + "?")
    window = requests.get(two.live.url + link[1].replace("&amp;", "&"), allow_redirects=False, timeout=20)
    assert window.headers["Location"].startswith(two.oak.base)


def test_a_login_reads_its_registration_in_one_statement(two: Two, browser: Browser) -> None:
    statements: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(two.live.here.database.engine, "before_cursor_execute", keep)
    try:
        two.asked(browser, two.oak, "oak")
    finally:
        event.remove(two.live.here.database.engine, "before_cursor_execute", keep)
    assert len([one for one in statements if one.startswith("SELECT") and "registration" in one]) == 1
    assert not [one for one in statements if one.startswith("INSERT")]


def test_the_configuration_names_the_address(two: Two) -> None:
    def configuration(query: str) -> requests.Response:
        return requests.get(f"{two.live.url}/lti/canvas.json{query}", timeout=20)

    own = configuration(f"?login={two.oak_row.login_key}").json()
    assert own["oidc_initiation_url"] == two.address("oak")
    assert own["target_link_uri"] == two.live.url + "/lti/launch"
    assert configuration("").json() == {**own, "oidc_initiation_url": two.live.url + "/lti/login"}
    assert configuration("?login=").json()["oidc_initiation_url"] == two.live.url + "/lti/login"
    for unknown in ("000000000000", "%00", "x" * 3000, "again"):
        assert configuration(f"?login={unknown}").status_code == 404


def test_whose_keys_are_known_gets_no_second_registration(two: Two) -> None:
    """One LMS is one district's: with two registrations its launches would be good for both."""
    for own_login in (False, True):
        for change in ({}, {"token_url": f"{two.maple.base}/other"}):
            with two.live.here.database.unit() as session, pytest.raises(Problem, match="registration_exists"):
                service.add_registration(
                    session, two.live.here, district_name="Thief", own_login=own_login, **{**two.maple.endpoints(), **change}
                )


def test_adding_the_same_again_finds_each(two: Two) -> None:
    for canvas, row in ((two.maple, two.maple_row), (two.oak, two.oak_row)):
        for own_login in (False, True):
            with two.live.here.database.unit() as session:
                again = service.add_registration(
                    session, two.live.here, district_name=f"District {canvas.name}", own_login=own_login, **canvas.endpoints()
                )
            assert (again.id, again.login_key) == (row.id, row.login_key)
