"""What people of a course tell each other, and who sees it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from lti_tool.audit import AuditEvent
from lti_tool.district.cohorts.models import CommunityPost
from lti_tool.evidence.models import Enrollment
from lti_tool.grading.roster_models import Roster, RosterMember
from lti_tool.keeping import erasing, export
from tests.factories.queries import counted
from tests.factories.world import World
from tests.integration.district.cohorts.conftest import Pilot

PAGE = "/cohorts/community/"


def tell(pilot: Pilot, person: Any, **given: str) -> CommunityPost:
    values = {"shared": "y", "helps": "y", "note": "Ask me on Fridays.", **given}
    answer = pilot.teacher(person).post(f"{PAGE}{pilot.skill}", values)
    assert answer.status_code == 303, answer.text
    return pilot.rows(CommunityPost)[-1]  # type: ignore[no-any-return]


@pytest.fixture
def work(pilot: Pilot, world: World) -> Enrollment:
    return world.enrollment(pilot.activity, pilot.ada)


def test_nothing_is_told_by_itself(pilot: Pilot, work: Enrollment) -> None:
    others = pilot.teacher(pilot.ben)
    assert "Lovelace" not in others.get(PAGE).text
    own = pilot.teacher(pilot.ada)
    assert "Nobody sees it" in own.get(PAGE).text
    assert "/cohorts/community/" in own.get(f"/activities/{pilot.activity.id}").text
    tell(pilot, pilot.ada)
    page = others.get(PAGE).text
    assert "Ada Lovelace" in page
    assert "Offers help" in page
    assert "Ask me on Fridays." in page
    assert "ada@example.org" not in page
    tell(pilot, pilot.ada, shows_email="y")
    assert "ada@example.org" in others.get(PAGE).text
    assert "Lovelace" in others.get(f"{PAGE}?skill={pilot.skill}").text
    assert "Lovelace" not in others.get(f"{PAGE}?skill={uuid4()}").text
    assert own.post(f"{PAGE}{pilot.skill}", {}).status_code == 303
    assert "Lovelace" not in others.get(PAGE).text
    assert pilot.rows(CommunityPost) == []


def test_who_may(pilot: Pilot, world: World, work: Enrollment) -> None:
    post = tell(pilot, pilot.ada)
    paths = (f"{PAGE}{pilot.skill}", f"{PAGE}posts/{post.id}/hide", f"{PAGE}posts/{post.id}/show")
    allowed = {
        "earner": (200, {0}),
        "facilitator": (200, {1, 2}),
        "designer": (200, set()),
        "preview": (200, set()),
        "console": (200, set()),
    }
    for right in ("earner", "facilitator", "designer", "preview", "console", "reviewer", "author", "leader"):
        browser = world.browser(world.person(pilot.registration, "Some Body"), right, context=pilot.context)
        seen, may = allowed.get(right, (403, set()))
        assert browser.get(PAGE).status_code == seen, right
        for n, path in enumerate(paths):
            status = browser.post(path, {"reason": "x"}).status_code
            assert (status != 403) == (n in may), (right, path, status)
    stranger_registration = world.registration()
    stranger = world.browser(
        world.person(stranger_registration, "Stran Ger"), "earner", "facilitator", context=world.context(stranger_registration)
    )
    assert "Lovelace" not in stranger.get(PAGE).text
    assert {stranger.post(path, {"reason": "x"}).status_code for path in paths} == {404}
    neighbor = world.browser(pilot.ben, "earner", "facilitator", context=world.context(pilot.registration, "Another course"))
    assert "Lovelace" not in neighbor.get(PAGE).text
    assert {neighbor.post(path, {"reason": "x"}).status_code for path in paths} == {404}
    assert world.browser(pilot.ben, "earner").get(PAGE).status_code == 404
    browser = pilot.teacher(pilot.ben)
    assert browser.post(f"{PAGE}{pilot.skill}", {"shared": "y"}).status_code == 404, "nobody tells of what they do not work on"
    token = browser.token()
    browser.client._cookies.clear()
    assert browser.get(PAGE).status_code == 401
    assert {browser.client.post(browser.prefix + path, data={"csrf_token": token}).status_code for path in paths} == {401}


def test_bad_input(pilot: Pilot, work: Enrollment) -> None:
    own = pilot.teacher(pilot.ada)
    answer = own.post(f"{PAGE}{pilot.skill}", {"shared": "y", "note": "Kept. " + "x" * 300})
    assert answer.status_code == 422
    assert "Kept. " in answer.text
    assert pilot.rows(CommunityPost) == []
    assert own.get(PAGE + "?after=x").status_code == 400
    assert own.get(PAGE + "?skill=x").status_code == 400


def test_it_ends_with_the_work(pilot: Pilot, world: World, work: Enrollment) -> None:
    others = pilot.teacher(pilot.ben)

    def seen(**values: Any) -> bool:
        with world.tool.database.unit() as session:
            session.execute(update(Enrollment).where(Enrollment.id == work.id).values(**values))
        return "Lovelace" in others.get(PAGE).text

    tell(pilot, pilot.ada)
    assert seen(state="active")
    assert not seen(state="earned")
    tell(pilot, pilot.ada, keeps_on="y")
    assert seen(state="active")
    assert not seen(state="withdrawn")
    assert not seen(state="active", deadline_at=world.tool.clock() - timedelta(seconds=1))
    assert seen(deadline_at=world.tool.clock() + timedelta(days=1))


def test_who_leaves_the_course_is_not_shown_and_sees_nothing(pilot: Pilot, world: World, work: Enrollment) -> None:
    tell(pilot, pilot.ada)
    here = {"district_id": pilot.ada.district_id}
    roster = world._add(Roster(**here, registration_id=pilot.registration.id, context_id=pilot.context.id))
    member = world._add(
        RosterMember(**here, roster_id=roster.id, person_id=pilot.ada.id, status="active", roles=[], roles_before=[], seen_run=1)
    )
    others, own = pilot.teacher(pilot.ben), pilot.teacher(pilot.ada)
    assert "Lovelace" in others.get(PAGE).text
    for status in ("inactive", "left"):
        with world.tool.database.unit() as session:
            session.execute(update(RosterMember).where(RosterMember.id == member.id).values(status=status))
        assert "Lovelace" not in others.get(PAGE).text
        assert own.get(PAGE).status_code == 403
        assert own.post(f"{PAGE}{pilot.skill}", {"shared": "y"}).status_code == 403


def test_a_note_is_hidden(pilot: Pilot, world: World, work: Enrollment) -> None:
    post = tell(pilot, pilot.ada, note="Something rude.")
    fay = world.browser(world.person(pilot.registration, "Fay Facilitator"), "facilitator", context=pilot.context)
    url = f"{PAGE}posts/{post.id}"
    assert fay.post(f"{url}/hide").status_code == 400
    assert world.browser(pilot.ada, "earner", "facilitator", context=pilot.context).post(f"{url}/hide", {"reason": "x"}).status_code == 403
    assert fay.post(f"{url}/hide", {"reason": "It names a student."}).status_code == 303
    others, own = pilot.teacher(pilot.ben), pilot.teacher(pilot.ada)
    assert "rude" not in others.get(PAGE).text
    assert "rude" in fay.get(PAGE).text
    assert "It names a student." in own.get(PAGE).text
    tell(pilot, pilot.ada, note="Rude again.")
    assert own.post(f"{PAGE}{pilot.skill}", {}).status_code == 303
    tell(pilot, pilot.ada, note="And again.")
    assert "again" not in others.get(PAGE).text, "who was hidden does not show themselves"
    assert fay.post(f"{url}/show").status_code == 303
    assert "And again." in others.get(PAGE).text
    actions = [event.action for event in pilot.rows(AuditEvent)]
    assert {"cohorts:community:hidden", "cohorts:community:shown", "cohorts:community:told", "cohorts:community:ended"} <= set(actions)
    assert not any("rude" in str(event.details).lower() for event in pilot.rows(AuditEvent))


def test_it_is_paged_and_queries_do_not_grow(pilot: Pilot, world: World, work: Enrollment) -> None:
    tell(pilot, pilot.ada)
    browser = pilot.teacher(pilot.ben)
    with counted(world.tool) as few:
        browser.get(PAGE)
    for n in range(51):
        person = world.person(pilot.registration, f"Teacher {n:02}")
        world.member(pilot.context, person, "earner")
        world.enrollment(pilot.activity, person)
        world._add(
            CommunityPost(
                district_id=person.district_id, context_id=pilot.context.id, person_id=person.id, microcredential_id=pilot.skill,
                helps=True, seeks=False, shows_email=False, keeps_on=False, changed_at=world.tool.clock(),
            )
        )  # fmt: skip
    with counted(world.tool) as many:
        page = browser.get(PAGE).text
    assert len(many) == len(few)
    assert page.count('<h2 class="card__title">Teacher') == 50
    following = page.split('class="pager"')[1].split('href="')[1].split('"')[0].replace("&amp;", "&")
    rest = browser.get(following).text
    assert "Teacher 00" in rest
    assert "Ada Lovelace" in rest


def test_an_export_has_it_and_an_erasure_takes_it(pilot: Pilot, world: World, work: Enrollment) -> None:
    post = tell(pilot, pilot.ada)
    fay = world.browser(world.person(pilot.registration, "Fay Facilitator"), "facilitator", context=pilot.context)
    fay.post(f"{PAGE}posts/{post.id}/hide", {"reason": "Ada names a student."})
    with world.tool.database.read() as session:
        data = export.gather(session, district_id=pilot.ada.district_id, person_id=pilot.ada.id, now=world.tool.clock()).data
    [told] = data["told_to_courses"]
    assert (told["note"], told["hidden_because"]) == ("Ask me on Fridays.", "Ada names a student.")
    with world.tool.database.unit() as session:
        erasing.erase(session, world.tool, district_id=pilot.ada.district_id, person_id=pilot.ada.id, actor_id=pilot.cora.id)
    assert pilot.rows(CommunityPost) == []
    assert not any("Ada" in event.reason for event in pilot.rows(AuditEvent))
