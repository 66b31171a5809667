"""The visit that a launch opens (L): whose it is, what protects it, what others learn of it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urljoin

import pytest
import requests
import structlog
from flask import Flask
from lxml import html
from sqlalchemy import select

from lti_tool import logs
from lti_tool.app import create_app
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Person
from lti_tool.platforms import service
from lti_tool.tool import Tool
from tests.conformance.conftest import Browser, LiveTool, published
from tests.conformance.test_launch_cases import assert_readable
from tests.conformance.test_login_cases import honest
from tests.conftest import Clock
from tests.factories.platform import INSTRUCTOR, LEARNER, Platform, asked_of, platform_server
from tests.factories.world import World


def visit(browser: Browser, platform: Platform, **claims: object) -> str:
    """Launch; the address of the visit."""
    answer = browser.launch(platform, **claims)
    assert answer.status_code == 303, answer.text
    return browser.live.url + answer.headers["Location"]


def get(browser: Browser, address: str) -> requests.Response:
    return browser.session.get(address, timeout=20)


def test_l163_what_somebody_planted_is_not_the_visit(platform: Platform, browser: Browser, second_browser: Browser) -> None:
    """Neither an invented id nor a live one whose secret the attacker knows."""
    planted = visit(second_browser, platform, sub="attacker", name="Mallory")
    browser.session.cookies.update(second_browser.session.cookies)
    browser.session.cookies.set("f-" + "0" * 32, "fixed")
    own = {visit(browser, platform) for _ in range(2)}
    assert len({*own, planted}) == 3
    assert not any("0" * 32 in address for address in own)
    for address in own:
        assert get(second_browser, address).status_code == 401


def test_l164_flags_of_the_cookie(platform: Platform, browser: Browser) -> None:
    answer = browser.launch(platform)
    lines = [line for line in answer.raw.headers.getlist("Set-Cookie") if line.startswith("__Host-f-")]
    assert len(lines) == 1
    for attribute in ("Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"):
        assert attribute in lines[0]


def test_l164_over_https_there_is_no_other_cookie(tool: Tool, clock: Clock) -> None:
    """No twin for clients without https, no cookie of a framework, and nothing that another host could read or plant."""
    tool.settings = tool.settings.model_copy(update={"base_url": "https://tool.example.edu"})
    client = create_app(here=tool).test_client()
    with platform_server() as server:
        platform = Platform(server, "https", now=clock, tool_url=tool.settings.base_url)
        with tool.database.unit() as session:
            service.add_registration(session, tool, district_name="D", deployment_id=platform.deployment_id, **platform.endpoints())
        kept = client.post("/lti/login", data=platform.login_fields(), base_url=tool.settings.base_url)
        answer = client.post("/lti/launch", data=honest(platform, asked_of(kept.location)), base_url=tool.settings.base_url)
    assert answer.status_code == 303
    lines = kept.headers.getlist("Set-Cookie") + answer.headers.getlist("Set-Cookie")
    assert len(lines) == 3  # the login's, its end, the visit's
    for line in lines:
        name, *attributes = line.split("; ")
        assert re.match(r"__Host-[sf]-[0-9a-f]+=", name)
        assert {"Secure", "HttpOnly", "SameSite=None", "Partitioned", "Path=/"} <= set(attributes)
        assert not any(attribute.startswith("Domain") for attribute in attributes)
    assert answer.headers["Strict-Transport-Security"]


def test_l167_two_people_in_one_browser(
    live: LiveTool, builder: World, platform: Platform, browser: Browser, second_browser: Browser
) -> None:
    """Each page shows and acts for its own person, and the form of one is worth nothing at the other's address."""
    [version] = published(builder, platform, "Close reading")
    link = {"custom": {"activity": version.activity_key}}
    ada, bea = (visit(browser, platform, sub=name, name=f"{name.title()} One", **link) for name in ("ada", "bea"))
    pages = {address: get(browser, address) for address in (ada, bea)}
    assert ("Ada One" in pages[ada].text, "Bea One" in pages[ada].text) == (True, False)
    assert ("Bea One" in pages[bea].text, "Ada One" in pages[bea].text) == (True, False)
    [form] = html.fromstring(pages[ada].content).xpath("//form[contains(@action, '/start')]")
    target, fields = urljoin(ada, form.action), dict(form.form_values())
    assert browser.session.post(target.replace(ada, bea), data=fields, timeout=20).status_code == 400
    assert browser.session.post(target, data=fields, timeout=20).status_code == 200
    with live.here.database.read() as session:
        work = session.scalars(
            select(Person.sub).join(Enrollment, Enrollment.person_id == Person.id).where(Person.district_id == version.district_id)
        ).all()
    assert work == ["ada"]
    assert get(second_browser, ada).status_code == 401


def test_l168_addresses_of_another_tenant(
    builder: World, platform: Platform, other: Platform, browser: Browser, second_browser: Browser
) -> None:
    """A visit opens only with its secret; and what stands in one district is not there for another."""
    [version] = published(builder, platform, "Close reading")
    mine = visit(browser, platform, roles=[INSTRUCTOR], custom={"activity": version.activity_key})
    theirs = visit(second_browser, other, roles=[INSTRUCTOR])
    page = get(browser, mine)
    assert page.status_code == 200
    inside = page.url.removeprefix(mine)
    assert "activities/" in inside
    assert get(second_browser, page.url).status_code == 401
    assert get(second_browser, theirs + inside).status_code == 404
    assert get(second_browser, f"{theirs}catalog/versions/{version.id}").status_code == 404
    secret = next(value for name, value in second_browser.session.cookies.items() if name.startswith("f-"))
    for key in (f"{mine.split('/')[4]}~{secret}", f"{mine.split('/')[4]}~", "~" + secret):
        assert get(second_browser, f"{platform.tool_url}/s/{key}/home").status_code == 401


def test_l170_what_other_servers_and_caches_may_know(platform: Platform, browser: Browser) -> None:
    asked = browser.asked(platform)
    form = honest(platform, asked)
    for answer in (browser.post(form), browser.post(form)):
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] in ("no-referrer", "same-origin")
        for secret in (asked["state"], asked["nonce"], form["id_token"]):
            assert secret not in answer.headers.get("Location", "")
            assert secret not in answer.text


def test_l171_reloading_the_message_says_so_and_does_nothing(live: LiveTool, platform: Platform, browser: Browser) -> None:
    form = honest(platform, browser.asked(platform))
    first = browser.post(form)
    before = live.frames()
    for _ in range(2):
        again = browser.post(form)
        assert_readable(again)
        assert again.status_code == 409
        assert "reload its page" in again.text
        assert "Set-Cookie" not in again.headers
    assert live.frames() == before
    assert get(browser, live.url + first.headers["Location"] + "home").status_code == 200


def test_l172_a_role_that_changed(platform: Platform, browser: Browser) -> None:
    """At once, also in the visit that is still open; and back."""
    first = visit(browser, platform, roles=[INSTRUCTOR])
    assert get(browser, first + "review/people").status_code == 200
    second = visit(browser, platform, roles=[LEARNER])
    assert [get(browser, address + "review/people").status_code for address in (first, second)] == [403, 403]
    assert get(browser, visit(browser, platform, roles=[INSTRUCTOR]) + "review/people").status_code == 200


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
