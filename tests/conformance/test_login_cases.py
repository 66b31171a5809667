"""State, nonce and replay (E), several tenants (F), login initiation (G), the visit after a launch (L), against the running tool."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import structlog
from flask import Flask

from lti_tool import logs
from lti_tool.platforms import service
from lti_tool.tool import Tool
from tests.conformance.conftest import Browser, LiveTool
from tests.conformance.test_launch_cases import assert_readable
from tests.conftest import Clock
from tests.factories.platform import INSTRUCTOR, LEARNER, Platform, asked_of, platform_server, unguessable


def honest(platform: Platform, asked: dict[str, str], **claims: Any) -> dict[str, str]:
    return {"state": asked["state"], "id_token": platform.sign(platform.claims(asked["nonce"], **claims))}


class TestReplay:
    def test_e83_posted_twice(self, platform: Platform, browser: Browser) -> None:
        form = honest(platform, browser.asked(platform))
        assert browser.post(form).status_code == 303
        again = browser.post(form)
        assert_readable(again)
        assert "reload its page" in again.text  # L171: the back button leads to words, not to a second effect

    def test_e84_e87_from_a_browser_without_the_cookie(
        self, live: LiveTool, platform: Platform, browser: Browser, second_browser: Browser
    ) -> None:
        form, before = honest(platform, browser.asked(platform)), live.frames()
        assert_readable(second_browser.post(form))
        assert live.frames() == before

    def test_e86_token_of_one_login_with_the_state_of_another(self, platform: Platform, browser: Browser) -> None:
        first, second = browser.asked(platform), browser.asked(platform)
        assert_readable(browser.post({**honest(platform, first), "state": second["state"]}))

    def test_e88_from_a_browser_with_the_cookies_of_another_login(
        self, platform: Platform, browser: Browser, second_browser: Browser
    ) -> None:
        second_browser.asked(platform)
        assert_readable(second_browser.post(honest(platform, browser.asked(platform))))

    def test_e90_a_nonce_that_nobody_issued(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        assert_readable(browser.post(honest(platform, {**asked, "nonce": unguessable()})))

    def test_e91_eight_at_once(self, live: LiveTool, platform: Platform, browser: Browser) -> None:
        asked, before = browser.asked(platform), live.frames()
        form, jar = honest(platform, asked), browser.session.cookies.get_dict()

        def post(_n: int) -> int:
            return requests.post(live.url + "/lti/launch", data=form, cookies=jar, allow_redirects=False, timeout=30).status_code

        with ThreadPoolExecutor(8) as pool:
            found = sorted(pool.map(post, range(8)))
        assert found == [303] + [409] * 7
        assert live.frames() == before + 1

    @pytest.mark.parametrize("drop", ["state", "id_token"], ids=["E92-no-state", "E95-no-token"])
    def test_missing(self, platform: Platform, browser: Browser, drop: str) -> None:
        form = honest(platform, browser.asked(platform))
        del form[drop]
        assert_readable(browser.post(form))

    @pytest.mark.parametrize("state", ["x" * 20_000, "\x00", "💥"], ids=["E94-long", "E94b-nul", "E94c-emoji"])
    def test_odd_state(self, platform: Platform, browser: Browser, state: str) -> None:
        assert_readable(browser.post({**honest(platform, browser.asked(platform)), "state": state}))

    def test_e96_by_get(self, live: LiveTool, browser: Browser) -> None:
        assert browser.session.get(live.url + "/lti/launch", timeout=20).status_code == 405


class TestTenants:
    def test_f98_the_second_registration_works(self, other: Platform, browser: Browser) -> None:
        assert browser.launch(other).status_code == 303

    @pytest.mark.parametrize("kid", ["own", "victim"], ids=["F99-F100-own-kid", "F104-victims-kid"])
    def test_b_signs_as_a(self, platform: Platform, other: Platform, browser: Browser, kid: str) -> None:
        asked = browser.asked(platform)
        headers = {"kid": other.kid if kid == "own" else platform.kid}
        token = other.sign(platform.claims(asked["nonce"]), headers=headers)
        assert_readable(browser.post({"state": asked["state"], "id_token": token}))

    def test_f102_bs_token_for_as_login(self, platform: Platform, other: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        assert_readable(browser.post({"state": asked["state"], "id_token": other.sign(other.claims(asked["nonce"]))}))

    def test_f103_b_names_as_deployment(self, platform: Platform, other: Platform, browser: Browser) -> None:
        asked = browser.asked(other, lti_deployment_id=None)
        assert_readable(browser.post(honest(other, asked, deployment_id=platform.deployment_id)))


class TestLogin:
    @pytest.mark.parametrize(
        "change",
        [
            {"iss": "https://nobody.example"},
            {"login_hint": None},
            {"target_link_uri": None},
            {"iss": None},
            {"client_id": "client-of-another"},
            {"target_link_uri": "x" * 5000},
            {"iss": "a\x00b"},
        ],
        ids=["G106", "G107", "G108", "G109", "G110", "G112b-long", "G112c-nul"],
    )
    def test_refused(self, platform: Platform, browser: Browser, change: dict[str, Any]) -> None:
        answer = browser.login(platform, **change)
        assert_readable(answer)
        assert "Location" not in answer.headers

    def test_g114_issuer_with_slash(self, platform: Platform, browser: Browser) -> None:
        assert_readable(browser.login(platform, iss=platform.issuer + "/"))

    @pytest.mark.parametrize(
        "target",
        ["https://evil.example/x", "http://a\r\nSet-Cookie: x=1", "javascript:1"],
        ids=["G111-foreign", "G112-crlf", "G113-script"],
    )
    def test_odd_target(self, live: LiveTool, platform: Platform, browser: Browser, target: str) -> None:
        answer = browser.login(platform, target_link_uri=target)
        assert asked_of(answer.headers["Location"])["redirect_uri"] == live.url + "/lti/launch"
        assert answer.headers["Location"].startswith(platform.issuer)
        assert "x" not in answer.cookies

    def test_g115_unknown_deployment(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform, lti_deployment_id="nowhere")
        assert_readable(browser.post(honest(platform, asked)))

    def test_g116_a_long_hint(self, platform: Platform, browser: Browser) -> None:
        assert asked_of(browser.login(platform, login_hint="h" * 3500).headers["Location"])["login_hint"] == "h" * 3500

    def test_a_foreign_target_named_twice_leads_to_our_own_pages(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform, target_link_uri="https://elsewhere.example/x")
        answer = browser.post(honest(platform, asked, target_link_uri="https://elsewhere.example/x"))
        assert (answer.status_code, answer.headers["Location"][:3]) == (303, "/s/")


class TestVisit:
    def test_l163_a_new_id_at_every_launch(self, platform: Platform, browser: Browser) -> None:
        browser.session.cookies.set("f-" + "0" * 32, "fixed")
        places = {browser.launch(platform).headers["Location"] for _ in range(2)}
        assert len(places) == 2
        assert not any("0" * 32 in place for place in places)

    def test_l164_flags_of_the_cookie(self, platform: Platform, browser: Browser) -> None:
        answer = browser.launch(platform)
        lines = [line for line in answer.raw.headers.getlist("Set-Cookie") if line.startswith("__Host-f-")]
        assert len(lines) == 1
        for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
            assert attribute in lines[0]

    def test_l167_two_people_in_one_browser(self, live: LiveTool, platform: Platform, browser: Browser, second_browser: Browser) -> None:
        ada = browser.launch(platform, sub="ada", name="Ada One").headers["Location"]
        bea = browser.launch(platform, sub="bea", name="Bea Two").headers["Location"]
        pages = {place: browser.session.get(live.url + place, timeout=20).text for place in (ada, bea)}
        assert ("Ada One" in pages[ada], "Bea Two" in pages[ada]) == (True, False)
        assert ("Bea Two" in pages[bea], "Ada One" in pages[bea]) == (True, False)
        # L168: knowing the address of a visit is not enough
        assert second_browser.session.get(live.url + ada, timeout=20).status_code == 401

    def test_l170_what_other_servers_and_caches_may_know(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        for answer in (browser.post(honest(platform, asked)), browser.post(honest(platform, asked))):
            assert answer.headers["Cache-Control"] == "no-store"
            assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
            assert asked["state"] not in answer.headers.get("Location", "")

    def test_l172_a_role_that_changed(self, live: LiveTool, platform: Platform, browser: Browser) -> None:
        from sqlalchemy import select

        from lti_tool.web.models import FrameSession

        rights = []
        for role in (INSTRUCTOR, LEARNER):
            place = browser.launch(platform, roles=[role]).headers["Location"]
            with live.here.database.read() as session:
                rights.append(session.scalars(select(FrameSession.rights).where(FrameSession.id == place.split("/")[2])).one())
        assert rights == [["designer", "facilitator"], ["earner"]]


@pytest.fixture
def everything_logged(app: Flask, tool: Tool) -> Iterator[None]:
    logs.connect(tool.settings.model_copy(update={"log_level": "DEBUG"}))
    yield
    logs.connect(tool.settings)


@pytest.mark.usefixtures("everything_logged")
def test_l170_nothing_secret_in_the_log(app: Flask, tool: Tool, clock: Clock) -> None:
    with platform_server() as server:
        platform = Platform(server, "log", now=clock, tool_url=tool.settings.base_url)
        with tool.database.unit() as session:
            service.add_registration(session, tool, district_name="D", deployment_id=platform.deployment_id, **platform.endpoints())
        client = app.test_client()
        secrets: list[str] = ["ada@example.org", "Ada Teacher"]
        with structlog.testing.capture_logs() as lines:
            for version in ("1.3.0", "1.2.0"):
                asked = asked_of(client.post("/lti/login", data=platform.login_fields()).location)
                form = honest(platform, asked, version=version)
                client.post("/lti/launch", data=form)
                client.post("/lti/launch", data=form)
                secrets += [form["id_token"], form["state"], asked["nonce"]]
    assert [line["code"] for line in lines if line["event"] == "refused"] == ["launch_replay", "launch_claims", "launch_replay"]
    assert not [secret for secret in secrets if secret in str(lines)]
