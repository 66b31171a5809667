"""An award from the decision to the public page: signed by the worker, shown only while its teacher wants it."""

from __future__ import annotations

import io
import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import event, func, select
from werkzeug.test import TestResponse

from lti_tool.audit import AuditEvent
from lti_tool.badges import queries, service, signing
from lti_tool.badges.baking import unbake
from lti_tool.badges.models import Award, IssuerKey
from lti_tool.errors import Problem
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.badges import stage


class Earned(stage.Earned):
    """An award, and the addresses at which strangers find it."""

    def public_addresses(self) -> list[str]:
        return [self.address, f"{self.address}.json", f"{self.address}.png", f"{self.address}/image.svg", f"{self.address}/image.png"]


def said(answer: TestResponse) -> str:
    """The words of a page, without the number that every answer has of its own."""
    words = re.search(r"<main.*</main>", answer.text, re.DOTALL)
    assert words
    return re.sub(r"<code>[0-9a-f]{12}</code>", "", words[0])


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    """Verifiers look at the real clock, and a badge from the future is not valid yet."""
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def earned(world: World, tool: Tool) -> Earned:
    return Earned(world, tool)


@pytest.fixture
def signed(earned: Earned, tool: Tool) -> Earned:
    assert service.sign_due(tool) == 1
    return earned


@pytest.fixture
def shown(signed: Earned) -> Earned:
    signed.show()
    return signed


def test_one_enrollment_has_one_award(earned: Earned, tool: Tool) -> None:
    with tool.database.unit() as session:
        again = service.award(session, tool, enrollment_id=earned.enrollment.id, decided_at=tool.clock() + timedelta(days=1))
        assert again.id == earned.id
        assert session.scalar(select(func.count()).select_from(Award)) == 1
    assert earned.row.awarded_at == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


def test_the_worker_signs_each_award_once(earned: Earned, tool: Tool) -> None:
    assert service.sign_due(tool) == 1
    first = earned.row.credential
    assert service.sign_due(tool) == 0
    assert earned.row.credential == first
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(IssuerKey)) == 1


def test_two_workers_at_once_sign_each_award_once(earned: Earned, world: World, tool: Tool) -> None:
    for number in range(5):
        enrollment = world.enrollment(earned.activity, world.person(earned.registration, f"Teacher {number}"), state="earned")
        with tool.database.unit() as session:
            service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    with ThreadPoolExecutor(2) as workers:
        counts = list(workers.map(service.sign_due, [tool, tool]))
    assert sum(counts) == 6
    document = earned.stranger.get(f"/issuers/{earned.slug}/did.json").get_json()
    with tool.database.read() as session:
        credentials = session.scalars(select(Award.credential)).all()
        events = session.scalar(select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "badges:award:signed"))
    assert [signing.verify(credential or b"", document).valid for credential in credentials] == [True] * 6
    assert events == 6


def test_the_key_is_sealed(signed: Earned, tool: Tool) -> None:
    with tool.database.read() as session:
        key = session.scalars(select(IssuerKey)).one()
    assert "PRIVATE KEY" not in key.private_sealed
    assert signing.public_multibase(tool.box.open(key.private_sealed)) == key.public_multibase


def test_the_credential_says_who_what_and_when_but_no_name(signed: Earned, tool: Tool) -> None:
    document = json.loads(signed.row.credential or b"")
    subject = document["credentialSubject"]
    assert document["id"] == f"http://127.0.0.1:8000{signed.address}"
    assert document["issuer"]["id"] == f"did:web:127.0.0.1%3A8000:issuers:{signed.slug}"
    assert document["awardedDate"] == document["validFrom"] == "2026-03-01T10:30:00Z"
    assert subject["achievement"]["name"] == "Asking good questions"
    assert "result" not in subject
    text = json.dumps(document)
    for private in ("Ada", 'Teacher"', "ada@example.org", str(signed.teacher.id), signed.teacher.sub):
        assert private not in text
    assert [identifier["identityType"] for identifier in subject["identifier"]] == ["emailAddress"]


def test_a_teacher_is_the_same_unnamed_holder_in_every_badge_of_a_district(signed: Earned, world: World, tool: Tool) -> None:
    second = world.enrollment(world.activity(signed.context), signed.teacher, state="earned")
    other = world.enrollment(signed.activity, world.person(signed.registration, "Bo Teacher"), state="earned")
    with tool.database.unit() as session:
        for enrollment in (second, other):
            service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    assert service.sign_due(tool) == 2
    with tool.database.read() as session:
        holders: dict[Any, set[str]] = {}
        for row in session.scalars(select(Award)):
            holders.setdefault(row.person_id, set()).add(json.loads(row.credential or b"")["credentialSubject"]["id"])
    assert [len(ids) for ids in holders.values()] == [1, 1]
    assert len(set().union(*holders.values())) == 2


def test_one_award_that_cannot_be_signed_does_not_hold_up_the_others(world: World, tool: Tool, earned: Earned) -> None:
    with tool.database.unit() as session:
        session.add(
            IssuerKey(
                district_id=earned.teacher.district_id,
                issuer_id=earned.row.issuer_id,
                public_multibase="z6Mk-lost",
                private_sealed="sealed with a key that is lost",
                created_at=tool.clock(),
                retired_at=None,
            )
        )
    fine = Earned(world, tool)
    assert service.sign_due(tool) == 1
    assert fine.row.signed_at is not None
    assert earned.row.signed_at is None


def test_nothing_is_public_before_the_teacher_says_so(signed: Earned) -> None:
    unknown = said(signed.stranger.get("/badges/0000"))
    for address in signed.public_addresses():
        answer = signed.stranger.get(address)
        assert answer.status_code == 404
        assert said(answer) == unknown


def test_an_unsigned_award_can_be_neither_shown_nor_kept(earned: Earned) -> None:
    with pytest.raises(Problem, match="not_found"):
        earned.show()
    for part in ("badge.png", "badge.json"):
        assert earned.browser.get(f"{earned.own}/{part}").status_code == 404


def test_the_public_page_tells_and_checks(shown: Earned) -> None:
    answer = shown.stranger.get(shown.address)
    assert answer.status_code == 200
    for words in ("Asking good questions", "Ada Teacher", "Maple Valley", "Checked just now", "Planning: Met"):
        assert words in answer.text
    assert 'property="og:image" content="http://127.0.0.1:8000/badges/' in answer.text
    assert "noindex" in answer.text
    assert answer.headers["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert "ada@example.org" not in answer.text


def test_the_page_says_so_when_the_signature_is_wrong(shown: Earned, tool: Tool) -> None:
    with tool.database.unit() as session:
        row = session.get_one(Award, shown.id)
        row.credential = (row.credential or b"").replace(b"Asking good", b"Asking great")
    assert "Not confirmed" in shown.stranger.get(shown.address).text


@pytest.mark.parametrize(
    "accept", ["application/json", "application/ld+json", "application/vc+ld+json", "application/vc", "text/html;q=0.1,application/json"]
)
def test_programs_get_the_signed_bytes_at_the_same_address(shown: Earned, accept: str) -> None:
    answer = shown.stranger.get(shown.address, headers={"Accept": accept})
    assert answer.data == shown.row.credential
    assert answer.mimetype in accept
    assert "Accept" in answer.headers["Vary"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("accept", ["text/html,application/xhtml+xml,*/*;q=0.8", "*/*", ""])
def test_people_get_the_page(shown: Earned, accept: str) -> None:
    assert shown.stranger.get(shown.address, headers={"Accept": accept}).mimetype == "text/html"


def test_the_files_are_what_they_say(shown: Earned) -> None:
    answer = shown.stranger.get(f"{shown.address}.json")
    assert answer.data == shown.row.credential
    assert answer.mimetype == "application/vc+ld+json"
    assert unbake(shown.stranger.get(f"{shown.address}.png").data) == shown.row.credential
    svg = shown.stranger.get(f"{shown.address}/image.svg")
    assert svg.mimetype == "image/svg+xml"
    assert "Asking good questions, Maple Valley, 2026" in svg.text
    with Image.open(io.BytesIO(shown.stranger.get(f"{shown.address}/image.png").data)) as image:
        assert image.size == (1200, 1200)


def test_a_stranger_can_verify_with_what_is_published(shown: Earned) -> None:
    document = shown.stranger.get(f"/issuers/{shown.slug}/did.json")
    assert document.mimetype == "application/did+json"
    assert document.headers["Access-Control-Allow-Origin"] == "*"
    credential = shown.stranger.get(f"{shown.address}.json").data
    assert signing.verify(credential, document.get_json()).valid
    assert not signing.verify(credential.replace(b"Maple", b"Apple"), document.get_json()).valid


def test_addresses_inside_the_credential_lead_somewhere(shown: Earned) -> None:
    document = json.loads(shown.row.credential or b"")
    achievement = document["credentialSubject"]["achievement"]
    inside = [document["id"], document["issuer"]["url"], achievement["id"], achievement["criteria"]["id"], achievement["image"]["id"]]
    for address in inside:
        assert address.startswith("http://127.0.0.1:8000/")
        assert shown.stranger.get(address.removeprefix("http://127.0.0.1:8000")).status_code == 200


def test_an_old_key_stays_published_after_a_new_one(shown: Earned, tool: Tool, world: World) -> None:
    with tool.database.unit() as session:
        session.scalars(select(IssuerKey)).one().retired_at = tool.clock()
    later = world.enrollment(world.activity(shown.context), shown.teacher, state="earned")
    with tool.database.unit() as session:
        second = service.award(session, tool, enrollment_id=later.id, decided_at=tool.clock()).id
    assert service.sign_due(tool) == 1
    document = shown.stranger.get(f"/issuers/{shown.slug}/did.json").get_json()
    assert len(document["assertionMethod"]) == 2
    with tool.database.read() as session:
        for award_id in (shown.id, second):
            assert signing.verify(session.get_one(Award, award_id).credential or b"", document).valid


def test_an_issuer_is_known_once_it_has_signed(earned: Earned, tool: Tool) -> None:
    slug = earned.slug
    addresses = [f"/issuers/{slug}", f"/issuers/{slug}/did.json", f"/issuers/{slug}/microcredentials/{earned.version.id}"]
    assert [earned.stranger.get(address).status_code for address in addresses] == [404, 404, 404]
    service.sign_due(tool)
    assert [earned.stranger.get(address).status_code for address in addresses] == [200, 200, 200]
    assert not re.search(r"\bAda\b", "".join(earned.stranger.get(address).text for address in addresses))
    profile = earned.stranger.get(addresses[0], headers={"Accept": "application/json"}).get_json()
    assert profile["id"] == f"did:web:127.0.0.1%3A8000:issuers:{slug}"
    assert profile["name"] == "Maple Valley"


def test_pictures_of_a_version_are_drawn_for_years_in_which_it_could_be_earned(signed: Earned) -> None:
    page = f"/issuers/{signed.slug}/microcredentials/{signed.version.id}"
    assert [signed.stranger.get(f"{page}/{year}.png").status_code for year in (2025, 2026, 2027)] == [404, 200, 404]


def test_a_version_of_another_issuer_is_not_found(signed: Earned, world: World, tool: Tool) -> None:
    other = Earned(world, tool)
    service.sign_due(tool)
    assert signed.stranger.get(f"/issuers/{other.slug}/microcredentials/{signed.version.id}").status_code == 404


def test_the_teacher_turns_the_page_on_and_off(signed: Earned, tool: Tool) -> None:
    page = signed.own
    before = signed.browser.get(page)
    assert before.status_code == 200
    assert "Only you" in before.text
    assert "linkedin" not in before.text
    answer = signed.browser.post(page, {"public": "yes"})
    assert answer.status_code == 303
    assert answer.headers["Location"].endswith(f"{page}?said=badge_shown")
    after = signed.browser.get(page)
    assert f"http://127.0.0.1:8000{signed.address}" in after.text
    assert "https://www.linkedin.com/profile/add?" in after.text
    assert signed.stranger.get(signed.address).status_code == 200
    assert signed.browser.post(page, {"public": "no"}).status_code == 303
    assert [signed.stranger.get(address).status_code for address in signed.public_addresses()] == [404] * 5
    with tool.database.read() as session:
        actions = session.scalars(select(AuditEvent.action).where(AuditEvent.subject_id == signed.id).order_by(AuditEvent.id)).all()
    assert list(actions) == ["badges:award:made", "badges:award:signed", "badges:award:shown", "badges:award:hidden"]


def test_switching_twice_is_one_change(signed: Earned, tool: Tool) -> None:
    signed.show()
    signed.show()
    with tool.database.read() as session:
        shown = select(func.count()).select_from(AuditEvent).where(AuditEvent.action == "badges:award:shown")
        assert session.scalar(shown) == 1


@pytest.mark.parametrize("data", [{}, {"public": ""}, {"public": "perhaps"}])
def test_a_switch_that_says_nothing_changes_nothing(signed: Earned, data: dict[str, str]) -> None:
    answer = signed.browser.post(signed.own, data)
    assert answer.status_code == 422
    assert "Choose whether others may see this badge." in answer.text
    assert not signed.row.is_public


def test_a_form_from_elsewhere_is_refused(signed: Earned) -> None:
    answer = signed.browser.client.post(signed.own, data={"public": "yes"})
    assert answer.status_code == 400
    assert not signed.row.is_public


def test_what_the_teacher_keeps(signed: Earned) -> None:
    png = signed.browser.get(f"{signed.own}/badge.png")
    assert unbake(png.data) == signed.row.credential
    assert png.headers["Content-Disposition"] == 'attachment; filename="badge.png"'
    assert signed.browser.get(f"{signed.own}/badge.json").data == signed.row.credential
    assert signed.browser.get(f"{signed.own}/image.svg").mimetype == "image/svg+xml"


def test_before_it_is_signed_the_teacher_sees_that_it_is_coming(earned: Earned) -> None:
    answer = earned.browser.get(f"{earned.own}")
    assert answer.status_code == 200
    assert "being signed" in answer.text
    assert "Make it public" not in answer.text


@pytest.mark.parametrize("part", ["", "/image.svg", "/badge.png", "/badge.json"])
def test_only_its_own_teacher_opens_the_share_page(signed: Earned, world: World, tool: Tool, part: str) -> None:
    colleague = world.browser(world.person(signed.registration, "Bo Teacher"), "earner", "facilitator", activity=signed.activity)
    elsewhere = Earned(world, tool).browser
    for browser in (colleague, elsewhere):
        assert browser.get(f"{browser.prefix}/badges/{signed.id}{part}").status_code == 404
        assert browser.post(f"{browser.prefix}/badges/{signed.id}", {"public": "yes"}).status_code == 404
    assert world.app.test_client().get(signed.own + part).status_code == 401
    assert not signed.row.is_public


def test_lists_of_awards_stay_in_their_district(signed: Earned, world: World, tool: Tool) -> None:
    other = Earned(world, tool)
    with tool.database.read() as session:
        mine = queries.awards_of_person(session, district_id=signed.teacher.district_id, person_id=signed.teacher.id)
        assert [(line.id, line.title) for line in mine] == [(signed.id, "Asking good questions")]
        assert (mine[0].is_signed, mine[0].is_public) == (True, False)
        assert queries.awards_of_person(session, district_id=other.teacher.district_id, person_id=signed.teacher.id) == []
        line = queries.award_of_enrollment(session, district_id=signed.teacher.district_id, enrollment_id=signed.enrollment.id)
        assert line == mine[0]
        assert queries.award_of_enrollment(session, district_id=other.teacher.district_id, enrollment_id=signed.enrollment.id) is None


def test_a_public_badge_is_read_with_one_query(shown: Earned, tool: Tool) -> None:
    asked: list[str] = []
    address = shown.address

    @event.listens_for(tool.database.engine, "before_cursor_execute")
    def count(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "INSERT", "UPDATE", "DELETE")):
            asked.append(statement)

    try:
        for part in ("", ".json", "/ob2.json"):
            asked.clear()
            assert shown.stranger.get(address + part).status_code == 200
            assert len(asked) == 1, (part, asked)
    finally:
        event.remove(tool.database.engine, "before_cursor_execute", count)
