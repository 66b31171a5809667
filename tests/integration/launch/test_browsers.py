"""Browsers and their cookies at the door: kept, refused, kept by the LMS or by a page of ours instead; who may show which page."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import update
from werkzeug.test import TestResponse

from lti_tool.launch.state import short_digest, unseal
from lti_tool.platforms import service
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.platform import Platform, asked_of, platform_server
from tests.integration.launch.conftest import LaunchingBrowser

FRAME = {"Sec-Fetch-Dest": "iframe", "Accept": "text/html,*/*;q=0.8"}
WINDOW = {**FRAME, "Sec-Fetch-Dest": "document"}
OLD_BROWSER = {"Accept": "text/html"}
STORAGE = {"lti_storage_target": "post_message_forwarding"}


def stored(page: TestResponse) -> dict[str, str]:
    """What a page asks its script to keep or to fetch."""
    assert page.status_code == 200, page.text
    return {name: html.unescape(value) for name, value in re.findall(r'data-storage-(\w+)="([^"]*)"', page.text)}


def link(page: TestResponse, start: str) -> str:
    found = re.search(rf'href="({re.escape(start)}[^"]*)"', page.text)
    assert found, page.text
    return html.unescape(found[1])


def ancestors(answer: TestResponse) -> list[str]:
    return answer.headers["Content-Security-Policy"].rpartition("frame-ancestors ")[2].split()


def posted(platform: Platform, asked: dict[str, str], **more: str) -> dict[str, str]:
    return {"id_token": platform.sign(platform.claims(asked["nonce"])), "state": asked["state"], **more}


class TestWithoutCookies:
    """Browsers that keep none inside frames; the LMS keeps the secret instead."""

    def login(self, app: Flask, platform: Platform) -> dict[str, str]:
        found = stored(app.test_client().post("/lti/login", data=platform.login_fields(**STORAGE)))
        return {**found, **asked_of(found["continue"])}

    def test_the_proof_from_the_lms_opens_the_frame(self, app: Flask, platform: Platform, registration: Registration, tool: Tool) -> None:
        kept = self.login(app, platform)
        assert kept["origin"] == platform.issuer.rsplit("/", 1)[0]
        token = platform.sign(platform.claims(kept["nonce"]))
        client = app.test_client()
        page = client.post("/lti/launch", data={"id_token": token, "state": kept["state"]})
        assert (page.status_code, kept["value"] in page.text) == (200, False)
        assert 'data-storage="get"' in page.text
        answer = client.post("/lti/launch/proof", data={"id_token": token, "state": kept["state"], "proof": kept["value"]})
        assert answer.status_code == 303
        assert re.fullmatch(r"/s/[0-9a-f]{32}~[\w-]{43}/", answer.location)
        again = client.post("/lti/launch/proof", data={"id_token": token, "state": kept["state"], "proof": kept["value"]})
        assert again.status_code == 409

    @pytest.mark.parametrize("proof", ["", "wrong"])
    def test_a_wrong_proof_is_refused(self, app: Flask, platform: Platform, registration: Registration, proof: str) -> None:
        kept = self.login(app, platform)
        token = platform.sign(platform.claims(kept["nonce"]))
        form = {"id_token": token, "state": kept["state"], "proof": proof}
        assert app.test_client().post("/lti/launch/proof", data=form).status_code == 403
        assert app.test_client().post("/lti/launch/proof", data={**form, "proof": kept["value"]}).status_code == 409

    def test_without_storage_the_launch_is_refused(self, app: Flask, platform: Platform, browser: LaunchingBrowser) -> None:
        asked = browser.login()
        token = platform.sign(platform.claims(asked["nonce"]))
        answer = app.test_client().post("/lti/launch", data={"id_token": token, "state": asked["state"]})
        assert (answer.status_code, "new window" in answer.text) == (403, True)

    def test_a_browser_known_to_keep_cookies_goes_straight_on(self, browser: LaunchingBrowser, platform: Platform) -> None:
        browser.launch()
        fields = platform.login_fields(**STORAGE)
        assert browser.client.post("/lti/login", data=fields).status_code == 302

    def test_an_lms_that_keeps_nothing_leads_on_with_its_hint_unused(
        self, app: Flask, platform: Platform, registration: Registration
    ) -> None:
        client = app.test_client(use_cookies=False)
        otherwise = stored(client.post("/lti/login", data=platform.login_fields(**STORAGE), headers=FRAME))["otherwise"]
        page = client.get(otherwise, headers=FRAME)
        assert "message-hint" in link(page, "/lti/login?")
        kept = app.test_client()
        otherwise = stored(kept.post("/lti/login", data=platform.login_fields(**STORAGE), headers=FRAME))["otherwise"]
        assert asked_of(kept.get(otherwise, headers=FRAME).location)["lti_message_hint"] == "message-hint"

    def test_an_lms_cannot_name_our_own_pages_as_its_storage(self, app: Flask, platform: Platform, registration: Registration) -> None:
        answer = app.test_client().post("/lti/login", data=platform.login_fields(lti_storage_target="_opener"))
        assert answer.status_code == 302


class TestAnUnknownBrowser:
    """The LMS offers no storage (Moodle does not), and nobody knows whether this browser keeps cookies here."""

    @pytest.mark.parametrize("headers", [FRAME, WINDOW, OLD_BROWSER], ids=["frame", "window", "old"])
    def test_one_that_keeps_them_goes_round_once(
        self, app: Flask, platform: Platform, registration: Registration, headers: dict[str, str]
    ) -> None:
        client = app.test_client()
        first = client.post("/lti/login", data=platform.login_fields(), headers=headers)
        assert (first.status_code, first.location.split("?")[0]) == (303, "/lti/login/again")
        second = client.get(first.location, headers=headers)
        asked = asked_of(second.location)
        assert (second.status_code, asked["login_hint"], asked["lti_message_hint"]) == (302, "hint-1", "message-hint")
        assert client.post("/lti/launch", data=posted(platform, asked), headers=headers).status_code == 303
        assert client.post("/lti/login", data=platform.login_fields(), headers=headers).status_code == 302

    @pytest.mark.parametrize("headers", [FRAME, WINDOW, OLD_BROWSER], ids=["frame", "window", "old"])
    def test_one_that_does_not_is_offered_a_window(
        self, app: Flask, platform: Platform, registration: Registration, tool: Tool, headers: dict[str, str]
    ) -> None:
        client = app.test_client(use_cookies=False)
        page = client.get(client.post("/lti/login", data=platform.login_fields(), headers=headers).location, headers=headers)
        offered = link(page, "/lti/login?")
        assert re.search(r'<a [^>]*target="_blank" rel="noopener"', page.text)
        assert page.status_code == 200, "the LMS has not been asked: its hint is still good"
        window = app.test_client()  # where cookies are kept
        window_page = window.get(window.get(offered, headers=WINDOW).location, headers=WINDOW)
        assert asked_of(window_page.location)["lti_message_hint"] == "message-hint"

    def test_an_unknown_lms_is_refused_at_once(self, app: Flask, platform: Platform) -> None:
        client = app.test_client()
        assert client.post("/lti/login", data=platform.login_fields(), headers=FRAME).status_code == 400
        assert client.get("/lti/login/again", query_string=platform.login_fields(), headers=FRAME).status_code == 400
        assert client.get("/lti/login/again", query_string=platform.login_fields(window="1"), headers=FRAME).status_code == 400

    def test_what_does_not_look_at_pages_goes_straight_on(self, app: Flask, platform: Platform, registration: Registration) -> None:
        assert app.test_client().post("/lti/login", data=platform.login_fields()).status_code == 302


class TestAWindowThatKeepsNothingEither:
    """The page of ours that opened it keeps the secret in its memory; without such a page there is no session, but a page in words."""

    @pytest.fixture
    def window(self, app: Flask, registration: Registration) -> FlaskClient:
        return app.test_client(use_cookies=False)

    def page(self, window: FlaskClient, platform: Platform) -> TestResponse:
        around = window.get("/lti/login", query_string=platform.login_fields(window="1"), headers=WINDOW)
        assert around.status_code == 303
        return window.get(around.location, headers=WINDOW)

    def test_it_says_what_to_allow_and_tries_again(self, window: FlaskClient, platform: Platform) -> None:
        page = self.page(window, platform)
        assert "Allow cookies for <strong>127.0.0.1</strong>" in page.text
        again = link(page, "/lti/login?")
        assert "message-hint" in again
        allowed = window.application.test_client()
        assert allowed.get(allowed.get(again, headers=WINDOW).location, headers=WINDOW).status_code == 302

    def test_our_own_origin_alone_is_asked_for_the_secret(self, window: FlaskClient, platform: Platform, tool: Tool) -> None:
        kept = stored(self.page(window, platform))
        assert (kept["target"], kept["origin"]) == ("_opener", tool.settings.base_url)
        asked = asked_of(kept["continue"])
        proving = window.post("/lti/launch", data=posted(platform, asked))
        assert (stored(proving)["target"], stored(proving)["origin"]) == ("_opener", tool.settings.base_url)
        assert kept["value"] not in proving.text

    @pytest.mark.parametrize(("proof", "status"), [("right", 303), ("wrong", 403), ("", 403)])
    def test_only_the_secret_opens(self, window: FlaskClient, platform: Platform, proof: str, status: int) -> None:
        kept = stored(self.page(window, platform))
        proof = kept["value"] if proof == "right" else proof
        answer = window.post("/lti/launch/proof", data=posted(platform, asked_of(kept["continue"]), proof=proof))
        assert answer.status_code == status
        if status == 303:
            assert re.fullmatch(r"/s/[0-9a-f]{32}~[\w-]{43}/", answer.location)
            assert window.get(answer.location, headers=WINDOW).status_code != 401  # the visit is theirs


class TestCookies:
    def set_by(self, answer: TestResponse) -> list[str]:
        return [line for line in answer.headers.getlist("Set-Cookie") if line.startswith("__Host-")]

    def test_each_of_ours_survives_in_a_frame(self, browser: LaunchingBrowser, platform: Platform) -> None:
        probe = browser.client.post("/lti/login", data=platform.login_fields(), headers=FRAME)
        login = browser.client.get(probe.location, headers=FRAME)
        launch = browser.client.post("/lti/launch", data=posted(platform, asked_of(login.location)))
        found = [line for answer in (probe, login, launch) for line in self.set_by(answer)]
        assert [re.match(r"__Host-(keeps-cookies|s-|f-)", line)[1] for line in found] == ["keeps-cookies", "s-", "f-", "s-"]  # type: ignore[index]
        for line in found:
            assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= set(line.split("; ")), line
            assert "Domain" not in line

    def test_a_refused_launch_sets_none(self, browser: LaunchingBrowser) -> None:
        answer = browser.launch(version="1.2.0")
        assert (answer.status_code, answer.headers.getlist("Set-Cookie")) == (400, [])

    def test_a_login_proved_by_the_lms_sets_none(self, app: Flask, platform: Platform, registration: Registration) -> None:
        kept = stored(app.test_client().post("/lti/login", data=platform.login_fields(**STORAGE)))
        form = posted(platform, asked_of(kept["continue"]), proof=kept["value"])
        answer = app.test_client().post("/lti/launch/proof", data=form)
        assert answer.status_code == 303
        assert [line for line in self.set_by(answer) if "Max-Age=0" not in line] == []

    def test_the_probe_says_nothing_about_anybody(self, browser: LaunchingBrowser, platform: Platform) -> None:
        answer = browser.client.post("/lti/login", data=platform.login_fields(), headers=FRAME)
        assert self.set_by(answer)[0].startswith("__Host-keeps-cookies=1; ")

    def test_few_visits_are_kept_and_the_newest_ones(self, browser: LaunchingBrowser) -> None:
        for _ in range(15):
            last = browser.launch().location
        assert browser.client.get(last, headers=FRAME).status_code != 401  # the visit is there
        names = {cookie.key for cookie in browser.client._cookies.values() if cookie.key.startswith("__Host-f-")}
        assert len(names) == 12
        assert "__Host-f-" + last.split("/")[2] in names


class TestWhoMayShowPages:
    """CSP frame-ancestors: a district's pages stand in its own LMS and nowhere else."""

    @pytest.fixture
    def other(self, tool: Tool, clock: Clock) -> Iterator[Platform]:
        with platform_server() as server:
            platform = Platform(server, "b", now=clock, tool_url=tool.settings.base_url, key=1)
            with tool.database.unit() as session:
                service.add_registration(session, tool, district_name="Oak", deployment_id=platform.deployment_id, **platform.endpoints())
            yield platform

    def own(self, platform: Platform) -> list[str]:
        return [platform.issuer.rsplit("/", 1)[0]]

    def moodle(self, tool: Tool) -> None:
        with tool.database.unit() as session:
            session.execute(update(Registration).values(vendor="moodle"))

    def test_each_registration_has_its_own(self, app: Flask, browser: LaunchingBrowser, platform: Platform, other: Platform) -> None:
        second = LaunchingBrowser(app, other)
        for who, its in ((browser, platform), (second, other)):
            page = who.client.get(who.launch().location, follow_redirects=True)
            assert ancestors(page) == self.own(its)
            nothing = who.client.get(f"{page.request.path}nothing-here")
            assert (nothing.status_code, ancestors(nothing)) == (404, self.own(its))
        assert self.own(platform) != self.own(other)

    def test_a_visit_that_ended_says_so_in_its_own_lms(self, browser: LaunchingBrowser, platform: Platform, clock: Clock) -> None:
        here = browser.launch().location
        clock.tick(hours=9)
        answer = browser.client.get(here)
        assert (answer.status_code, ancestors(answer)) == (401, self.own(platform))
        unknown = browser.client.get("/s/0123/home")
        assert (unknown.status_code, ancestors(unknown)) == (401, ["https:", "http:"])
        assert "<form" not in unknown.text
        assert "<button" not in unknown.text

    def test_a_launch_of_moodle_shows_in_that_moodle_only(
        self, app: Flask, platform: Platform, registration: Registration, tool: Tool
    ) -> None:
        self.moodle(tool)
        client = app.test_client(use_cookies=False)
        query = platform.login_fields()
        pages = [
            client.get("/lti/login/again", query_string=query),
            client.get("/lti/login/again", query_string={**query, "window": "1"}),
            client.post("/lti/login", data=platform.login_fields(**STORAGE)),
        ]
        asked = asked_of(stored(pages[2])["continue"])
        pages.append(client.post("/lti/launch", data=posted(platform, asked)))
        pages.append(client.post("/lti/launch/proof", data=posted(platform, asked, proof="wrong")))
        assert [page.status_code for page in pages] == [200, 200, 200, 200, 403]
        assert [ancestors(page) for page in pages] == [self.own(platform)] * 5

    def test_where_only_the_message_tells_the_host_any_lms_may(self, browser: LaunchingBrowser, platform: Platform, tool: Tool) -> None:
        with tool.database.unit() as session:
            session.execute(update(Registration).values(vendor="canvas"))
        page = browser.client.post("/lti/login", data=platform.login_fields(**STORAGE))
        assert (stored(page)["target"], ancestors(page)) == ("post_message_forwarding", ["https:", "http:"])

    @pytest.mark.parametrize("change", [{"iss": "https://nobody.example"}, {"login_hint": None}])
    def test_a_login_of_nobody_we_know_is_refused_in_the_frame(
        self, browser: LaunchingBrowser, platform: Platform, change: dict[str, Any]
    ) -> None:
        answer = browser.client.post("/lti/login", data=platform.login_fields(**change), headers=FRAME)
        assert (answer.status_code, ancestors(answer)) == (400, ["https:", "http:"])
        assert "<form" not in answer.text

    @pytest.mark.parametrize("path", ["/badges/0192-nobody", "/livez", "/nothing-at-all"])
    def test_public_pages_stand_alone(self, app: Flask, path: str) -> None:
        assert ancestors(app.test_client().get(path)) == ["'none'"]


def test_a_login_holds_its_secret_as_a_digest(app: Flask, platform: Platform, registration: Registration, tool: Tool) -> None:
    page = app.test_client().get("/lti/login/again", query_string=platform.login_fields(window="1"))
    kept = stored(page)
    asked = asked_of(kept["continue"])
    state = unseal(tool.box, asked["state"])
    assert state
    assert state.browser == short_digest(kept["value"])
    assert kept["value"] not in kept["continue"]
