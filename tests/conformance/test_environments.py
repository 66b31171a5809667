"""Beta and test environments of hosted Canvas: copies of production that nobody registers, and in which nothing counts."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from pytest_httpserver import HTTPServer
from sqlalchemy import event, func, select, update

from lti_tool.audit import AuditEvent
from lti_tool.launch.models import Person
from lti_tool.platforms import service
from lti_tool.platforms.models import Registration
from tests.conformance.conftest import Browser, LiveTool
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.canvas import BETA, PRODUCTION, TEST, Canvas, hosted
from tests.factories.platform import asked_of, unguessable

BANNER = "nothing here counts, and a badge says that it is a test"


@pytest.fixture
def client_id() -> str:
    return f"1480900000{int(unguessable()[:12], 16)}"


@pytest.fixture
def original(live: LiveTool, client_id: str) -> Registration:
    with live.here.database.unit() as session:
        return service.add_registration(session, live.here, district_name=f"District {client_id}", **hosted(client_id=client_id))


@pytest.fixture
def beta(live: LiveTool, lms_server: HTTPServer, client_id: str) -> Canvas:
    return Canvas(lms_server, unguessable(), now=live.clock, tool_url=live.url, key=1, issuer=BETA, client_id=client_id)


def registrations(live: LiveTool, client_id: str) -> dict[str, Registration]:
    """All of this client, by issuer."""
    with live.here.database.read() as session:
        return {row.issuer: row for row in session.scalars(select(Registration).where(Registration.client_id == client_id))}


def trail(live: LiveTool, subject: Registration) -> list[str]:
    with live.here.database.read() as session:
        return list(session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == subject.id)))


def launch(live: LiveTool, browser: Browser, canvas: Canvas, row: Registration, **claims: Any) -> requests.Response:
    canvas.keys_are_known(live.here, row)
    return browser.launch(canvas, **claims)


@pytest.mark.parametrize(
    ("issuer", "environment", "host"), [(BETA, "beta", "sso.beta.canvaslms.com"), (TEST, "test", "sso.test.canvaslms.com")]
)
def test_an_environment_is_taken_in_at_its_first_login(
    live: LiveTool, browser: Browser, original: Registration, beta: Canvas, issuer: str, environment: str, host: str
) -> None:
    with live.here.database.unit() as session:
        session.execute(
            update(Registration).where(Registration.id == original.id).values(admins_run_console=False, scopes=["only-this-one"])
        )
    beta.issuer = issuer
    answer = browser.login(beta)
    assert answer.headers["Location"].startswith(f"https://{host}/api/lti/authorize_redirect?")
    assert asked_of(answer.headers["Location"])["client_id"] == beta.client_id
    row = registrations(live, beta.client_id)[issuer]
    assert (row.environment, row.state, row.district_id, row.vendor) == (environment, "active", original.district_id, "canvas")
    assert (row.scopes, row.admins_run_console) == (["only-this-one"], False)
    assert {name: getattr(row, name) for name in hosted(issuer)} == hosted(issuer, beta.client_id)
    assert row.token_audience == row.token_url
    assert trail(live, row) == ["platforms:environment:taken_in"]
    assert browser.login(beta).status_code == 302
    assert len(registrations(live, beta.client_id)) == 2
    assert trail(live, row) == ["platforms:environment:taken_in"]
    assert registrations(live, beta.client_id)[PRODUCTION].environment == "production"


def test_two_logins_at_once_make_one(live: LiveTool, original: Registration, beta: Canvas) -> None:
    def login(_n: int) -> int:
        return requests.post(live.url + "/lti/login", data=beta.login_fields(), allow_redirects=False, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(login, range(8))) == [302] * 8
    found = registrations(live, beta.client_id)
    assert set(found) == {PRODUCTION, BETA}
    assert trail(live, found[BETA]) == ["platforms:environment:taken_in"]


@pytest.mark.parametrize("why", ["no such client", "self-hosted", "login of its own", "off", "pending", "another vendor", "another issuer"])
def test_nobody_makes_one_at_will(live: LiveTool, lms_server: HTTPServer, browser: Browser, client_id: str, why: str) -> None:
    own = Canvas(lms_server, unguessable(), now=live.clock, tool_url=live.url, issuer=PRODUCTION, client_id=client_id)
    endpoints = own.endpoints() if why == "self-hosted" else hosted(client_id=client_id)
    with live.here.database.unit() as session:
        if why != "no such client":
            row = service.add_registration(
                session, live.here, district_name=f"District {client_id}", own_login=why == "login of its own", **endpoints
            )
            row.state = {"off": "disabled", "pending": "pending"}.get(why, "active")
            row.vendor = "other" if why == "another vendor" else "canvas"
    before = set(registrations(live, client_id))
    fields = own.login_fields(iss="https://canvas.gamma.instructure.com" if why == "another issuer" else BETA)
    answer = browser.session.post(live.url + "/lti/login", data=fields, allow_redirects=False, timeout=20)
    assert_readable(answer)
    assert set(registrations(live, client_id)) == before


def test_a_login_that_names_no_client_makes_none(live: LiveTool, browser: Browser, original: Registration, beta: Canvas) -> None:
    browser.login(beta, client_id=None)
    assert set(registrations(live, beta.client_id)) == {PRODUCTION}


def test_a_beta_login_at_an_address_of_its_own_makes_none(live: LiveTool, browser: Browser, original: Registration, beta: Canvas) -> None:
    answer = browser.session.post(live.url + "/lti/login/0123456789ab", data=beta.login_fields(), allow_redirects=False, timeout=20)
    assert_readable(answer)
    assert set(registrations(live, beta.client_id)) == {PRODUCTION}


def test_a_beta_copy_brings_no_other(live: LiveTool, browser: Browser, beta: Canvas, client_id: str) -> None:
    """Only production is an original: a beta that was registered by hand opens no test environment, nor production."""
    with live.here.database.unit() as session:
        service.add_registration(session, live.here, district_name="By hand", **hosted(BETA, client_id))
    assert registrations(live, client_id)[BETA].environment == "beta"
    for issuer in (TEST, PRODUCTION):
        assert_readable(browser.login(beta, iss=issuer))
    assert set(registrations(live, client_id)) == {BETA}


def test_beta_and_production_know_each_other_in_nothing(live: LiveTool, browser: Browser, original: Registration, beta: Canvas) -> None:
    assert browser.login(beta).status_code == 302
    copy = registrations(live, beta.client_id)[BETA]
    people = []
    for canvas_issuer, row in ((BETA, copy), (PRODUCTION, original)):
        beta.issuer = canvas_issuer
        answer = launch(live, browser, beta, row, sub="the-same-sub")
        assert answer.status_code == 303, answer.text
        page = browser.session.get(live.url + answer.headers["Location"] + "home", timeout=20).text
        assert (BANNER in page, "Test environment (beta)" in page) == (canvas_issuer == BETA,) * 2
        with live.here.database.read() as session:
            people.append(session.scalars(select(Person.id).where(Person.registration_id == row.id)).one())
    assert people[0] != people[1]


def test_a_token_of_beta_is_nothing_in_production(
    live: LiveTool, lms_server: HTTPServer, browser: Browser, original: Registration, beta: Canvas
) -> None:
    production = Canvas(lms_server, unguessable(), now=live.clock, tool_url=live.url, key=2, issuer=PRODUCTION, client_id=beta.client_id)
    browser.login(beta)
    production.keys_are_known(live.here, original)
    beta.keys_are_known(live.here, registrations(live, beta.client_id)[BETA])
    beta.kid = production.kid
    for claims_of in (beta, production):
        asked, before = browser.asked(production), live.frames()
        token = claims_of.claims(asked["nonce"])
        assert_readable(browser.post({"state": asked["state"], "id_token": beta.sign(token)}))
        assert live.frames() == before


def test_what_production_loses_its_copies_lose(live: LiveTool, browser: Browser, original: Registration, beta: Canvas) -> None:
    browser.login(beta)
    with live.here.database.unit() as session:
        row = session.get_one(Registration, original.id)
        service.edit(session, live.here, row, admins_run_console=False)
    assert not registrations(live, beta.client_id)[BETA].admins_run_console
    with live.here.database.unit() as session:
        service.edit(session, live.here, session.get_one(Registration, original.id), active=False)
    refused = browser.login(beta)
    assert (refused.status_code, "launch_login_not_active" in refused.text) == (403, True)
    with live.here.database.unit() as session:
        service.edit(session, live.here, session.get_one(Registration, original.id), active=True)
    assert registrations(live, beta.client_id)[BETA].state == "disabled", "somebody has to say so"


def test_a_login_of_beta_still_reads_in_one_statement(live: LiveTool, browser: Browser, original: Registration, beta: Canvas) -> None:
    browser.login(beta)
    statements: list[str] = []

    def keep(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        statements.append(statement)

    event.listen(live.here.database.engine, "before_cursor_execute", keep)
    try:
        browser.login(beta)
    finally:
        event.remove(live.here.database.engine, "before_cursor_execute", keep)
    assert [one.split()[0] for one in statements if not one.startswith("BEGIN")] == ["SELECT"]


def test_nothing_but_the_two_known_copies(live: LiveTool, browser: Browser, original: Registration, beta: Canvas) -> None:
    """However many logins: at most one registration for each environment."""
    for issuer in (
        BETA,
        TEST,
        "https://canvas.beta.instructure.com/",
        "https://canvas.BETA.instructure.com",
        "https://beta.instructure.com",
    ) * 2:
        browser.login(beta, iss=issuer)
    with live.here.database.read() as session:
        count = session.scalar(select(func.count()).select_from(Registration).where(Registration.client_id == beta.client_id))
    assert count == 3
