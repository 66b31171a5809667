"""A cohort from its making to its end."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.database import new_id
from lti_tool.district.cohorts.models import Cohort, CohortGoal, CohortMember
from lti_tool.evidence.models import SelfAssessment
from lti_tool.keeping import erasing, export
from lti_tool.notices.models import Notice
from lti_tool.notices.words import said
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import World
from tests.integration.district.cohorts.conftest import PLAN, Pilot

CONSOLE = [
    ("GET", "/cohorts/"),
    ("GET", "/cohorts/new"),
    ("POST", "/cohorts/new"),
    ("GET", "/cohorts/{cohort}"),
    ("GET", "/cohorts/{cohort}/invite"),
    ("POST", "/cohorts/{cohort}/invite"),
    ("POST", "/cohorts/{cohort}/remind"),
    ("POST", "/cohorts/{cohort}/members/{member}/remove"),
    ("POST", "/cohorts/{cohort}/close"),
]


def ids(pilot: Pilot) -> dict[str, Any]:
    cohort = pilot.cohort(pilot.ada)
    return {"cohort": cohort.id, "member": pilot.member(cohort, pilot.ada).id}


@pytest.mark.parametrize(("method", "path"), CONSOLE)
def test_who_may(pilot: Pilot, world: World, method: str, path: str) -> None:
    url = path.format(**ids(pilot))
    before = len(pilot.rows(AuditEvent))
    for right in ("earner", "facilitator", "designer", "reviewer", "author", "preview"):
        browser = world.browser(world.person(pilot.registration, "Some Body"), right, context=pilot.context)
        answer = browser.get(url) if method == "GET" else browser.post(url)
        assert answer.status_code == 403, right
    stranger = world.browser(world.person(world.registration(), "Stran Ger"), "console")
    answer = stranger.get(url) if method == "GET" else stranger.post(url)
    assert answer.status_code == (404 if "{" in path else 422 if method == "POST" else 200)
    assert "Pilot group" not in answer.text
    browser = pilot.coordinator()
    token = browser.token()
    browser.client._cookies.clear()
    gone = browser.client.open(browser.prefix + url, method=method, data={"csrf_token": token} if method == "POST" else None)
    assert gone.status_code == 401
    assert len(pilot.rows(AuditEvent)) == before


def test_a_members_answer_is_their_own(pilot: Pilot, world: World) -> None:
    cohort = pilot.cohort(pilot.ada, pilot.ben)
    member = pilot.member(cohort, pilot.ada)
    url = f"/cohorts/mine/{member.id}"
    assert pilot.teacher(pilot.ben).post(url, {"answer": "accepted"}).status_code == 404
    assert world.browser(world.person(world.registration(), "Stran Ger"), "earner").post(url, {"answer": "accepted"}).status_code == 404
    nobody = world.browser(pilot.ada, context=pilot.context)
    assert nobody.get("/cohorts/mine").status_code == nobody.post(url).status_code == 403
    own = pilot.teacher(pilot.ada)
    page = own.get("/cohorts/mine").text
    assert "Pilot group" in page
    assert "see by name how far you are" in page
    assert own.post(url, {"answer": "x"}).status_code == 400
    assert own.post(url, {"answer": "left"}).status_code == 409
    invitation = lambda: next(one for one in pilot.rows(Notice) if one.person_id == pilot.ada.id)  # noqa: E731
    assert invitation().read_at is None
    pilot.answer(cohort, pilot.ada)
    assert invitation().read_at is not None, "who has answered is not asked any more"
    assert invitation().mail_due_at is None
    assert own.post(url, {"answer": "declined"}).status_code == 409
    pilot.answer(cohort, pilot.ada, "left")
    pilot.answer(cohort, pilot.ada)
    assert pilot.member(cohort, pilot.ada).state == "accepted"
    token = own.token()
    own.client._cookies.clear()
    assert own.get("/cohorts/mine").status_code == 401
    assert own.client.post(own.prefix + url, data={"csrf_token": token}).status_code == 401


def test_making_one(pilot: Pilot, world: World) -> None:
    browser, skill = pilot.coordinator(), str(pilot.skill)
    other = world.version(world.district().id)
    for bad in (
        {"name": ""},
        {"name": "x" * 81},
        {"words": "x" * 1001},
        {"goals": ""},
        {"goals": "x"},
        {"goals": str(other.microcredential_id)},
        {"course": str(uuid4())},
        {"target_on": "2026-11-01"},
        {"starts_on": "never"},
    ):
        answer = browser.post("/cohorts/new", {**PLAN, "goals": skill, **bad})
        assert answer.status_code == 422, bad
        assert "Together we begin." in answer.text or "words" in bad
    assert pilot.rows(Cohort) == []
    pilot.cohort(goals="", course=str(pilot.context.id))
    assert [goal.microcredential_id for goal in pilot.rows(CohortGoal)] == [pilot.skill]
    assert "Pilot group" in browser.get("/cohorts/").text


def test_inviting(pilot: Pilot, world: World, clock: Clock) -> None:
    cohort = pilot.cohort()
    browser, url = pilot.coordinator(), f"/cohorts/{cohort.id}/invite"
    found = browser.get(f"{url}?course={pilot.context.id}").text
    assert "Ada Lovelace" in found
    assert "Cora Coordinator</" not in found.split("People found")[1]
    assert "Ada Lovelace" in browser.get(f"{url}?find=love").text
    stranger = world.person(world.registration(), "Stran Ger")
    assert browser.post(url, {"people": str(stranger.id)}).status_code == 404
    for bad in ({}, {"emails": "nothing"}, {"emails": "a@b"}, {"emails": " ".join(f"a{n}@example.org" for n in range(201))}):
        answer = browser.post(url, bad)
        assert answer.status_code == 422
        assert bad.get("emails", "") in answer.text
    pasted = "ADA@example.org; Zoe <zoe@example.org>"
    assert browser.post(url, {"people": str(pilot.ben.id), "emails": pasted}).status_code == 303
    assert [(one.person_id, one.email) for one in pilot.rows(CohortMember)] == [
        (pilot.ben.id, ""),
        (pilot.ada.id, ""),
        (None, "zoe@example.org"),
    ]
    assert pilot.told(pilot.ada) == pilot.told(pilot.ben) == ["cohort.invited"]
    assert "Not known yet" in browser.get(f"/cohorts/{cohort.id}").text
    assert "/cohorts/mine" in pilot.teacher(pilot.ada).get("/notices/").text
    assert browser.post(url, {"emails": pasted}).status_code == 303
    assert len(pilot.rows(CohortMember)) == 3
    other = world.person(stranger_registration := world.registration(), "Zoe Elsewhere", email="zoe@example.org")
    world.browser(other, "earner", context=world.context(stranger_registration)).get("/")
    assert pilot.rows(CohortMember)[2].person_id is None
    zoe = world.person(pilot.registration, "Zoe New", email="Zoe@Example.org")
    pilot.teacher(zoe).get("/")
    assert pilot.rows(CohortMember)[2].person_id == zoe.id
    assert pilot.rows(CohortMember)[2].email == ""
    assert pilot.told(zoe) == ["cohort.invited"]
    assert "Pilot group" in pilot.teacher(zoe).get("/cohorts/mine").text


def test_how_far_they_are_is_known_of_who_has_accepted(pilot: Pilot, world: World) -> None:
    enrollment = world.enrollment(pilot.activity, pilot.ada)
    cohort = pilot.cohort(pilot.ada, pilot.ben)
    browser = pilot.coordinator()

    def page() -> str:
        return browser.get(f"/cohorts/{cohort.id}").text

    assert "Begun" not in page()
    assert "Last here" not in page()
    pilot.answer(cohort, pilot.ada)
    assert "Self-assessment 0 of 2, evidence 0 of 2" in page()
    for key in ("planning", "asking"):
        world._add(
            SelfAssessment(
                district_id=pilot.ada.district_id,
                enrollment_id=enrollment.id,
                criterion_key=key,
                level=1,
                note="My secret note",
                saved_at=world.tool.clock(),
            )
        )
    assert "Self-assessed" in page()
    world.submission(enrollment)
    assert "Submitted" in page()
    assert "secret" not in page()
    assert "Last here" in page()
    pilot.answer(cohort, pilot.ben, "declined")
    assert "Declined" in page()
    other = world.activity(world.context(pilot.registration, "Elsewhere"), pilot.version)
    world.enrollment(other, pilot.ben, state="earned")
    pilot.answer(cohort, pilot.ben)
    assert "Earned" in page()
    only = pilot.cohort(pilot.ben, course=str(pilot.context.id))
    pilot.answer(only, pilot.ben)
    assert "Not begun" in browser.get(f"/cohorts/{only.id}").text


def test_reminding(pilot: Pilot, clock: Clock) -> None:
    cohort = pilot.cohort(pilot.ada, pilot.ben)
    pilot.answer(cohort, pilot.ada)
    browser, url = pilot.coordinator(), f"/cohorts/{cohort.id}/remind"
    assert "Nobody needs a nudge" in browser.get(f"/cohorts/{cohort.id}?nudge=1").text
    assert "nobody_reminded" in browser.post(url).location
    clock.tick(days=8)
    browser = pilot.coordinator()
    assert browser.get(f"/cohorts/{cohort.id}?nudge=1").text.count("Needs a nudge</span>") == 2
    late = browser.post(url, {"words": "Kept. " + "x" * 300})
    assert late.status_code == 422
    assert "Kept. " in late.text
    assert browser.post(url, {"member": str(pilot.member(cohort, pilot.ben).id)}).status_code == 303
    assert pilot.told(pilot.ada) == ["cohort.invited"]
    assert browser.post(url, {"words": "You can do it, Friday at four."}).status_code == 303
    assert pilot.told(pilot.ben) == ["cohort.invited", "cohort.reminder"]
    assert pilot.told(pilot.ada) == ["cohort.invited", "cohort.reminder_in_words"]
    [words] = [said(one.kind, one.facts, "UTC")[1] for one in pilot.rows(Notice) if one.kind == "cohort.reminder_in_words"]
    assert "You can do it, Friday at four." in words
    assert "nobody_reminded" in browser.post(url).location
    clock.tick(days=7)
    assert "cohorts.reminded" in pilot.coordinator().post(url).location
    assert pilot.member(cohort, pilot.ada).reminders == 2
    for event in pilot.rows(AuditEvent):
        assert "Friday" not in str(event.details) + event.reason


def test_taking_out_and_closing(pilot: Pilot) -> None:
    cohort = pilot.cohort(pilot.ada, pilot.ben, emails="zoe@example.org")
    browser = pilot.coordinator()
    member = pilot.member(cohort, pilot.ben)
    url = f"/cohorts/{cohort.id}/members/{member.id}/remove"
    assert browser.post(url).status_code == 303
    assert browser.post(url).status_code == 404
    assert browser.post(f"/cohorts/{new_id()}/members/{member.id}/remove").status_code == 404
    assert "Pilot group" not in pilot.teacher(pilot.ben).get("/cohorts/mine").text
    assert browser.post(f"/cohorts/{cohort.id}/close").status_code == 303
    assert "zoe@example.org" not in {one.email for one in pilot.rows(CohortMember)}
    assert browser.get(f"/cohorts/{cohort.id}").status_code == 200
    for path in ("close", "remind", f"members/{pilot.member(cohort, pilot.ada).id}/remove"):
        assert browser.post(f"/cohorts/{cohort.id}/{path}").status_code == 409, path
    assert browser.post(f"/cohorts/{cohort.id}/invite", {"people": str(pilot.ben.id)}).status_code == 409
    late = pilot.teacher(pilot.ada).post(f"/cohorts/mine/{pilot.member(cohort, pilot.ada).id}", {"answer": "accepted"})
    assert late.status_code == 409


def test_queries_do_not_grow(pilot: Pilot, world: World) -> None:
    cohort = pilot.cohort(pilot.ada)
    pilot.answer(cohort, pilot.ada)
    world.enrollment(pilot.activity, pilot.ada)
    browser = pilot.coordinator()
    with counted(world.tool) as few:
        browser.get(f"/cohorts/{cohort.id}")
    people = [world.person(pilot.registration, f"Member {n}") for n in range(30)]
    for person in people:
        world.enrollment(pilot.activity, person)
        world._add(
            CohortMember(
                district_id=person.district_id, cohort_id=cohort.id, person_id=person.id, state="accepted", invited_at=world.tool.clock()
            )
        )
    with counted(world.tool) as many:
        page = browser.get(f"/cohorts/{cohort.id}").text
    assert "Member 29" in page
    assert len(many) == len(few)
    for n in range(31):
        world._add(
            Cohort(
                district_id=pilot.ada.district_id, name=f"Cohort {n}", starts_on=cohort.starts_on, target_on=cohort.target_on,
                created_at=world.tool.clock(),
            )
        )  # fmt: skip
    first = browser.get("/cohorts/").text
    assert "Cohort 30" in first
    assert "Pilot group" not in first
    following = first.split('class="pager"')[1].split('href="')[1].split('"')[0]
    assert "Pilot group" in browser.get(following).text
    assert browser.get("/cohorts/?before=x").status_code == 400


def test_an_export_has_it_and_an_erasure_takes_it(pilot: Pilot, world: World) -> None:
    cohort = pilot.cohort(pilot.ada, pilot.ben, emails="late@example.org")
    pilot.answer(cohort, pilot.ada)
    with world.tool.database.read() as session:
        data = export.gather(session, district_id=pilot.ada.district_id, person_id=pilot.ada.id, now=world.tool.clock()).data
    [told] = data["cohorts"]
    assert (told["name"], told["state"]) == ("Pilot group", "accepted")
    late = world.person(pilot.registration, "Late Comer", email="Late@example.org")
    for person in (pilot.ada, late):
        with world.tool.database.unit() as session:
            erasing.erase(session, world.tool, district_id=person.district_id, person_id=person.id, actor_id=pilot.cora.id)
    with world.tool.database.read() as session:
        assert session.scalars(select(CohortMember.person_id)).all() == [pilot.ben.id]
