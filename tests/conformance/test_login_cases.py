"""State, nonce and replay (E), several tenants (F), login initiation (G), against the running tool."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from tests.conformance.conftest import Browser, LiveTool
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.platform import Platform, asked_of, unguessable


def honest(platform: Platform, asked: dict[str, str], **claims: Any) -> dict[str, str]:
    return {"state": asked["state"], "id_token": platform.sign(platform.claims(asked["nonce"], **claims))}


class TestReplay:
    def test_e83_posted_twice(self, platform: Platform, browser: Browser) -> None:
        form = honest(platform, browser.asked(platform))
        assert browser.post(form).status_code == 303
        assert_readable(browser.post(form))

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
