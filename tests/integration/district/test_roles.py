"""Roles of the district: given with a reason and an end, they work from the next page on and end by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from lti_tool import audit
from lti_tool.notices.models import Notice
from lti_tool.platforms.models import Registration
from lti_tool.web.models import RoleGrant
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World


@pytest.fixture(name="registration")
def _registration(world: World) -> Registration:
    return world.registration()


@pytest.fixture(name="console")
def _console(world: World, registration: Registration) -> FrameBrowser:
    return world.browser(world.person(registration, "Alma Admin"), "console")


def grants(world: World) -> list[RoleGrant]:
    with world.tool.database.read() as session:
        return list(session.scalars(select(RoleGrant).order_by(RoleGrant.id)))


def notices(world: World) -> list[tuple[str, str]]:
    with world.tool.database.read() as session:
        return [(row.kind, str(row.person_id)) for row in session.scalars(select(Notice).order_by(Notice.id))]


@pytest.mark.parametrize(("role", "opens"), [("coordinator", "/district/"), ("author", "/catalog/"), ("coordinator", "/district/people")])
def test_a_role_works_from_the_next_page_and_ends_with_the_next(
    world: World, registration: Registration, console: FrameBrowser, role: str, opens: str
) -> None:
    carl = world.person(registration, "Carl Colleague")
    theirs = world.browser(carl, "earner", context=world.context(registration))
    assert theirs.get(opens).status_code == 403
    for _ in range(2):
        given = console.post(f"/district/people/{carl.id}/roles", {"role": role, "reason": "  Runs the\r\n program "})
        assert given.status_code == 303
    assert theirs.get(opens).status_code == 200
    [row] = grants(world)
    page = console.get(given.location).text
    assert "“Runs the program”" in page
    assert "Given by Alma Admin" in page
    assert "Carl Colleague" in console.get("/district/people").text
    assert console.post(f"/district/people/{carl.id}/roles/{row.id}/end").status_code == 303
    assert theirs.get(opens).status_code == 403
    assert "taken away by Alma Admin" in console.get(f"/district/people/{carl.id}").text
    assert grants(world)[0].revoked_at is not None, "kept, not deleted"
    with world.tool.database.read() as session:
        assert [e.action for e in session.query(audit.AuditEvent)] == ["district:role:granted", "district:role:revoked"]


def test_a_role_ends_by_itself_after_its_last_day(world: World, registration: Registration, console: FrameBrowser, clock: Clock) -> None:
    carl = world.person(registration, "Carl Colleague")
    last = (clock() + timedelta(days=3)).date()
    console.post(f"/district/people/{carl.id}/roles", {"role": "coordinator", "reason": "Stands in", "until": last.isoformat()})
    assert "Carl Colleague" in console.get("/district/people?role=ending").text
    assert "One role ends within 30 days" in console.get("/district/").text
    assert "Ends soon" in console.get(f"/district/people/{carl.id}").text
    clock.now = datetime.combine(last, time(23, 59), UTC)
    theirs = world.browser(carl, "earner", context=world.context(registration))
    assert theirs.get("/district/").status_code == 200, "on the last day, too"
    clock.tick(minutes=2)
    assert theirs.get("/district/").status_code == 403
    console = world.browser(world.person(registration, "Alma Admin"), "console")
    page = console.get(f"/district/people/{carl.id}").text
    assert "ended by itself" in page
    assert "Carl Colleague" not in console.get("/district/people?role=coordinator").text


def test_another_end_replaces_the_role_and_the_same_changes_nothing(
    world: World, registration: Registration, console: FrameBrowser, clock: Clock
) -> None:
    carl = world.person(registration, "Carl Colleague")
    path, last = f"/district/people/{carl.id}/roles", (clock() + timedelta(days=90)).date().isoformat()
    for _ in range(2):
        console.post(path, {"role": "author", "reason": "x", "until": last})
    assert len(grants(world)) == 1
    console.post(path, {"role": "author", "reason": "for good"})
    first, second = grants(world)
    assert (first.revoked_at is not None, second.revoked_at, second.expires_at) == (True, None, None)


def test_others_hear_of_roles_that_open_pay_or_the_console(world: World, registration: Registration, console: FrameBrowser) -> None:
    dana, carl = world.person(registration, "Dana Director"), world.person(registration, "Carl Colleague")
    world.grant(dana, "coordinator")
    for role in ("payroll", "author", "coordinator"):
        console.post(f"/district/people/{carl.id}/roles", {"role": role, "reason": "x"})
    assert notices(world) == [("role.payroll", str(dana.id)), ("role.coordinator", str(dana.id))]
    own = world.browser(carl, "earner")
    own.post(f"/district/people/{carl.id}/roles", {"role": "board", "reason": "x"})
    assert own.post(f"/district/people/{carl.id}/roles", {"role": "payroll", "reason": "x", "until": "2027-01-01"}).status_code == 303
    assert len(notices(world)) == 2, "another end is no news"


def test_the_last_coordinator_is_warned(world: World, registration: Registration) -> None:
    with world.tool.database.unit() as session:
        session.execute(update(Registration).values(admins_run_console=False))
    dana = world.person(registration, "Dana Director")
    grant = world.grant(dana, "coordinator")
    mine = world.browser(dana, "facilitator", context=world.context(registration))
    path = f"/district/people/{dana.id}/roles/{grant.id}/end"
    answer = mine.post(path)
    assert answer.status_code == 422
    assert "After this nobody can open this console" in answer.text
    assert mine.get("/district/").status_code == 200
    away = mine.post(path, {"sure": "y"})
    assert (away.status_code, away.location.endswith("/home")) == (303, True)
    assert mine.get("/district/people").status_code == 403


def test_somebody_else_may_go_without_a_word(world: World, registration: Registration) -> None:
    with world.tool.database.unit() as session:
        session.execute(update(Registration).values(admins_run_console=False))
    dana, carl = world.person(registration, "Dana Director"), world.person(registration, "Carl Colleague")
    grant, _ = world.grant(dana, "coordinator"), world.grant(carl, "coordinator")
    mine = world.browser(dana, "facilitator")
    assert mine.post(f"/district/people/{dana.id}/roles/{grant.id}/end").status_code == 303


def test_bad_requests_change_nothing(world: World, registration: Registration, console: FrameBrowser) -> None:
    carl = world.person(registration, "Carl Colleague")
    student = world.person(registration, "Test Student", is_test=True)
    foreign = world.person(world.registration(), "Foreign")
    good = {"role": "author", "reason": "Because"}
    for person, change, status in (
        (carl, {"role": "owner"}, 422),
        (carl, {"role": "reviewer"}, 422),
        (carl, {"role": ""}, 422),
        (carl, {"reason": " \n "}, 422),
        (carl, {"reason": "x" * 301}, 422),
        (carl, {"until": "soon"}, 422),
        (carl, {"until": "2020-01-01"}, 422),
        (carl, {"until": "2999-01-01"}, 422),
        (carl, {"csrf_token": "forged"}, 400),
        (foreign, {}, 404),
        (student, {}, 404),
    ):
        answer = console.post(f"/district/people/{person.id}/roles", {**good, **change})
        assert answer.status_code == status, change
        if status == 422:
            assert change.get("reason", "Because").strip() in answer.text, "what was typed is there"
    assert console.post(f"/district/people/{uuid4()}/roles", good).status_code == 404
    assert console.post(f"/district/people/{carl.id}/roles/{uuid4()}/end").status_code == 404
    reviewer = world.grant(carl, "reviewer")
    assert console.post(f"/district/people/{carl.id}/roles/{reviewer.id}/end").status_code == 404, "that is not how reviewers go"
    theirs = world.grant(foreign, "author")
    assert console.post(f"/district/people/{foreign.id}/roles/{theirs.id}/end").status_code == 404
    assert [row.role for row in grants(world)] == ["reviewer", "author"]


def test_lists_of_people_turn_pages_with_few_queries(world: World, registration: Registration, console: FrameBrowser) -> None:
    for number in range(60):
        world.grant(world.person(registration, f"Person {number:02}"), "board")
    seen, path, pages = [], "/district/people?role=board", 0
    while path:
        with counted(world.tool) as queries:
            page = console.get(path).text
        assert len(queries) <= 12
        seen += [n for n in range(60) if f"Person {n:02}" in page]
        pages += 1
        _, found, rest = page.partition("/district/people?role=board&amp;after=")
        path = "/district/people?role=board&after=" + rest.partition('"')[0] if found else ""
    assert (seen, pages) == (list(range(60)), 3)


@pytest.mark.parametrize("role", ["payroll", "approver", "board", "leader"])
def test_who_holds_one_role_sees_the_front_page_only_with_a_page_of_theirs(
    world: World, registration: Registration, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lti_tool.web import nav

    person = world.person(registration, "Petra Pay")
    world.grant(person, role)
    mine = world.browser(person, "earner", context=world.context(registration))
    page = nav.ConsolePage("home.index", "Their own page", "What is theirs.", (role,))
    monkeypatch.setattr(nav, "CONSOLE", [*nav.CONSOLE, page])
    shown = mine.get("/district/")
    assert shown.status_code == 200
    assert "Their own page" in shown.text
    for word in ("Trail", "People and roles", "People known", "Settings", "Needs somebody"):
        assert word not in shown.text
    for path in ("/district/people", "/district/trail", "/district/settings", "/district/lms/", f"/support/people/{person.id}"):
        assert mine.get(path).status_code == 403
