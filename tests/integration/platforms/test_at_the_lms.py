"""At the practice LMS, by HTTP: choices of the picker while our key changes (M174), and registrations that are updated or made twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Person
from lti_tool.platforms import keys, service
from lti_tool.platforms.key_policies import LEAD, RETIRED_FOR
from lti_tool.platforms.models import Deployment, Registration
from tests.integration.platforms.conftest import School


def registrations(school: School) -> list[Registration]:
    with school.here.database.read() as session:
        return list(service.list_registrations(session))


@pytest.mark.parametrize("how", ["in time", "at once"])
def test_m174_choices_are_taken_before_during_and_after_a_rotation(school: School, how: str) -> None:
    school.register()
    used = []
    for later in (None, timedelta(0), LEAD, RETIRED_FOR):
        if later is not None:
            school.clock.now += later
            school.people.clear()  # a day later everybody signs in again
        used.append(keys.signing_pair(school.here).kid)
        school.place()
        if later is None:
            with school.here.database.unit() as session:
                fresh = keys.rotate(session, school.here, at_once=how == "at once").kid
    assert used == [used[0], used[0] if how == "in time" else fresh, fresh, fresh]
    assert len(school.lms.placed()) == 8
    assert school.violations == []


def test_moodle_updates_and_everything_goes_on(moodle: School) -> None:
    moodle.register()
    moodle.place()
    begun = moodle.open("ada", moodle.sample.content.title)
    moodle.be("ada").submit(begun.form("/evidence/start"))
    [before] = registrations(moodle)
    [client_id] = moodle.lms.registrations
    app = moodle.lms.registrations[client_id]
    assert app.in_chooser
    app.name, app.custom = "An older name", {}
    with moodle.here.database.unit() as session:
        session.get_one(Registration, before.id).scopes = before.scopes[:1]
    moodle.clock.tick(days=30)
    moodle.people.clear()

    page, done = moodle.paste(moodle.invite(), choice=client_id)
    assert page.status == 200
    assert "knows this tool already" in page.text
    assert "An older name" in page.text
    assert "context_history = $Context.id.history" in page.text
    assert moodle.lms.registrations[client_id] is app
    page = moodle.press()
    assert "People go on working meanwhile" in page.text
    assert moodle.open("ada", moodle.sample.content.title).status == 200
    alex = moodle.be("alex")
    alex.get(page.url)
    page = moodle.press()
    assert "is up to date" in page.text
    assert "Show in activity chooser" in page.text

    after = moodle.lms.registrations[client_id]
    assert (after.name, after.custom, after.status) == ("Microcredentials", {"context_history": "$Context.id.history"}, "active")
    assert (after.deployments, after.type_id, after.in_chooser) == (app.deployments, app.type_id, False)
    assert alex.get(done).test("client-id").text == client_id
    [now] = registrations(moodle)
    assert (now.id, now.state, now.client_id, now.scopes) == (before.id, "active", client_id, before.scopes)
    with moodle.here.database.read() as session:
        assert session.scalars(select(Deployment.deployment_id)).all() == list(app.deployments)
        assert session.scalar(select(func.count()).select_from(Enrollment)) == 1
        people = session.scalar(select(func.count()).select_from(Person))
    moodle.open("ada", moodle.sample.content.title)
    with moodle.here.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Person)) == people
    assert moodle.violations == []


def test_moodle_may_register_as_new_and_both_are_told_apart(moodle: School) -> None:
    moodle.register()
    [old] = moodle.lms.registrations
    page, done = moodle.paste(moodle.invite(), choice="new")
    assert "choose “Update” where Moodle asks" in page.text
    page = moodle.press()
    assert "There are two connections now" in page.text
    assert f"--client-id {old} --off" in page.text
    assert "is connected" in moodle.press().text
    assert [row.state for row in registrations(moodle)] == ["active", "active"]
    assert moodle.be("alex").get(done).test("client-id").text == list(moodle.lms.registrations)[1] != old
    assert moodle.violations == []


def test_another_districts_invite_can_not_update(moodle: School) -> None:
    moodle.register()
    [client_id] = moodle.lms.registrations
    before = moodle.lms.registrations[client_id]
    page, _ = moodle.paste(moodle.invite("Another district"), choice=client_id)
    assert (page.status, "registered already" in page.text) == (409, True)
    assert moodle.lms.registrations[client_id] is before
    assert moodle.violations == []


def test_canvas_registered_again_has_two(canvas: School) -> None:
    canvas.register()
    [old] = canvas.lms.registrations
    page, _ = canvas.paste(canvas.invite())
    assert "has a connection with this LMS already" in page.text
    page = canvas.press()
    assert "switch off the one with the old client ID" in page.text
    assert f"--client-id {old} --off" in page.text
    canvas.press()
    assert [(row.client_id == old, row.state) for row in registrations(canvas)] == [(True, "active"), (False, "active")]
    assert canvas.violations == []
