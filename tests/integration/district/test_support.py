"""A support view shows what a teacher sees of their work's state, for half an hour, and lets nothing be done or opened beyond that."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from lti_tool.audit import AuditEvent
from lti_tool.database import Base
from lti_tool.evidence import artifacts
from lti_tool.evidence.service import Owner
from lti_tool.notices.models import Notice
from lti_tool.platforms.models import Registration
from lti_tool.web.models import FrameSession, RoleGrant
from lti_tool.web.support import SHOWN
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.review.conftest import Scene, scene, stage
from tests.integration.test_every_endpoint import address, opened, routes
from tests.integration.test_who_may import ids

__all__ = ["scene", "stage"]

SECRET = "What only Ada may read"


def rows(world: World) -> dict[str, list[Any]]:
    with world.tool.database.read() as session:
        return {table.name: [tuple(row) for row in session.execute(select(table))] for table in Base.metadata.sorted_tables}


@pytest.fixture(name="console")
def _console(scene: Scene) -> FrameBrowser:
    return scene.world.browser(scene.dana, "console", context=scene.world.context(scene.registration))


def look(scene: Scene, console: FrameBrowser, **given: str) -> FrameBrowser:
    data = {"reason": "The score is missing", "enrollment": str(scene.enrollment.id), **given}
    answer = console.post(f"/support/people/{scene.ada.id}", data)
    assert answer.status_code == 303, answer.text
    assert answer.location.endswith("/home")
    return FrameBrowser(console.client, answer.location.removesuffix("/home"))


def test_it_shows_states_and_says_so_on_every_page(scene: Scene, console: FrameBrowser) -> None:
    with scene.world.tool.database.unit() as session:
        me = Owner(scene.ada.district_id, scene.ada.id)
        artifacts.add_text(session, scene.world.tool, me, scene.enrollment.id, "plan", title=SECRET, text=SECRET)
    asked = console.get(f"/support/people/{scene.ada.id}")
    assert asked.status_code == 200
    view = look(scene, console)
    for path in ("/home", f"/activities/{scene.activity.id}"):
        page = view.get(path)
        assert page.status_code == 200
        assert f"You see what {scene.ada.label} sees." in page.text
        assert SECRET not in page.text
    assert "until" in view.get("/home").text
    assert view.get(f"/activities/{scene.activity.id}").status_code == 200
    assert console.get("/district/").status_code == 200, "the coordinator's own visit goes on"
    assert "You see what" not in console.get("/district/").text


def test_the_trail_keeps_it_and_the_teacher_is_told(scene: Scene, console: FrameBrowser) -> None:
    view = look(scene, console)
    left = view.post("/support/leave")
    assert left.status_code == 303
    assert left.location == f"{console.prefix}/district/people/{scene.ada.id}?said=support.left"
    assert console.get(left.location).status_code == 200
    assert view.get("/home").status_code == 401
    with scene.world.tool.database.read() as session:
        events = session.scalars(select(AuditEvent).where(AuditEvent.action.like("district:support:%")).order_by(AuditEvent.sequence)).all()
        assert [(e.action, e.actor_id, e.subject_id, e.reason) for e in events] == [
            ("district:support:opened", scene.dana.id, scene.ada.id, "The score is missing"),
            ("district:support:left", scene.dana.id, scene.ada.id, ""),
        ]
        assert session.scalars(select(Notice.kind).where(Notice.person_id == scene.ada.id)).all() == ["support"]
    mine = scene.world.browser(scene.ada, "earner", activity=scene.activity)
    assert "Somebody who runs microcredentials looked at your page" in mine.get("/home").text


def test_nothing_else_opens_and_nothing_can_be_done(scene: Scene, console: FrameBrowser, app: Flask) -> None:
    """Every address that there is, also those that will be added: deny by default."""
    view = look(scene, console)
    values = {key if key.endswith("_id") else f"{key}_id": value for key, value in ids(scene).items()}
    values |= {"person_id": str(scene.ada.id), "enrollment_id": str(scene.enrollment.id), "registration_id": str(scene.registration.id)}
    values = {**dict.fromkeys({name for _, rule in routes(app, frame=True) for name in rule.arguments}, str(scene.enrollment.id)), **values}
    before = rows(scene.world)
    shown, refused = set(), 0
    for method, rule in routes(app, frame=True):
        if rule.endpoint == "support.leave":
            continue
        answer = opened(view.client, method, address(rule, view.prefix, values), csrf_token=view.token(), reason="x", text="x")
        if rule.endpoint in SHOWN and method == "GET":
            assert answer.status_code == 200, rule.endpoint
            shown.add(rule.endpoint)
        elif answer.status_code == 404:
            assert rule.arguments - {"frame_key"}, rule.endpoint  # the values do not fit its converters
        else:
            assert answer.status_code == 403, (method, rule.endpoint, answer.status_code)
            refused += 1
    assert shown == SHOWN
    assert refused > 100
    assert rows(scene.world) == before


def test_it_ends_by_itself_after_half_an_hour(scene: Scene, console: FrameBrowser, clock: Clock) -> None:
    view = look(scene, console)
    clock.tick(minutes=29)
    assert view.get("/home").status_code == 200
    clock.tick(minutes=1)
    assert view.get("/home").status_code == 401
    assert console.get("/district/").status_code == 200


def test_it_never_outlives_the_coordinators_own_visit(scene: Scene, console: FrameBrowser, clock: Clock) -> None:
    clock.tick(hours=7, minutes=50)
    view = look(scene, console)
    clock.tick(minutes=11)
    assert view.get("/home").status_code == 401


def test_it_ends_with_the_right_to_look(scene: Scene) -> None:
    grant = scene.world.grant(scene.dana, "coordinator")
    console = scene.world.browser(scene.dana, "facilitator", context=scene.world.context(scene.registration))
    view = look(scene, console)
    assert view.get("/home").status_code == 200
    with scene.world.tool.database.unit() as session:
        session.execute(update(RoleGrant).where(RoleGrant.id == grant.id).values(revoked_at=scene.world.tool.clock()))
    assert view.get("/home").status_code == 401


def test_a_view_has_none_of_the_teachers_other_rights(scene: Scene, console: FrameBrowser) -> None:
    for role in ("reviewer", "coordinator", "payroll"):
        scene.world.grant(scene.ada, role)
    view = look(scene, console)
    page = view.get("/home").text
    assert "/district/" not in page
    assert "/review/" not in page
    assert view.get("/review/").status_code == 403


def test_a_reviewers_page_does_not_say_what_they_review(scene: Scene, console: FrameBrowser) -> None:
    _, [first, _second] = scene.seated()
    reviewer = scene.person(first)
    assert "A review for you" in scene.world.browser(reviewer, "earner", "reviewer", context=scene.context).get("/home").text
    answer = console.post(f"/support/people/{reviewer.id}", {"reason": "Cannot find the course", "enrollment": ""})
    view = FrameBrowser(console.client, answer.location.removesuffix("/home"))
    page = view.get("/home")
    assert page.status_code == 200
    assert "A review for you" not in page.text
    assert "Asking good questions" not in page.text


def test_who_may_not_look(scene: Scene, console: FrameBrowser, world: World) -> None:
    good = {"reason": "x", "enrollment": str(scene.enrollment.id)}
    foreign = world.person(world.registration(), "Foreign")
    other = world.enrollment(scene.activity, world.person(scene.registration, "Ben Teacher"))
    before = len(rows(world)["frame_session"])
    assert console.post(f"/support/people/{scene.dana.id}", good).status_code == 403, "oneself"
    assert console.post(f"/support/people/{foreign.id}", good).status_code == 404
    for change in ({"reason": "  "}, {"reason": "x" * 301}, {"enrollment": str(other.id)}, {"enrollment": "x"}):
        answer = console.post(f"/support/people/{scene.ada.id}", {**good, **change})
        assert answer.status_code == 422, change
    for right in ("facilitator", "designer", "reviewer", "author", "earner"):
        browser = world.browser(world.person(scene.registration, "Somebody"), right, activity=scene.activity)
        assert browser.post(f"/support/people/{scene.ada.id}", good).status_code == 403
        assert browser.post("/support/leave").status_code == 403
    console.post("/district/settings", {"name": "Maple Valley", "enrollment_days": ""})
    assert "See what they see" not in console.get(f"/district/people/{scene.ada.id}").text
    assert console.get(f"/support/people/{scene.ada.id}").status_code == 403
    assert console.post(f"/support/people/{scene.ada.id}", good).status_code == 403
    with world.tool.database.unit() as session:
        assert session.scalars(select(FrameSession).where(FrameSession.supporter_id.is_not(None))).all() == []
        session.execute(update(Registration).values(admins_run_console=False))
    assert console.post(f"/support/people/{scene.ada.id}", good).status_code == 403
    assert len(rows(world)["frame_session"]) == before + 5


def test_without_cookies_the_way_back_is_kept_sealed(scene: Scene) -> None:
    console = scene.world.browser(scene.dana, "console")
    secret = next(c.value for c in console.client._cookies.values())
    console.client._cookies.clear()
    bare = FrameBrowser(console.client, f"{console.prefix}~{secret}")
    view = look(scene, bare)
    assert "~" in view.prefix
    assert view.get("/home").status_code == 200
    with scene.world.tool.database.read() as session:
        kept = session.scalars(select(FrameSession).where(FrameSession.supporter_id.is_not(None))).one()
        assert secret not in str(kept.launch)
    left = view.post("/support/leave")
    assert bare.get(left.location).status_code == 200
