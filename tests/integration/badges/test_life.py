"""What becomes of an award: two people revoke it, it ends, it is given anew, its page says the right name."""

from __future__ import annotations

import base64
import gzip
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from lti_tool.audit import AuditEvent
from lti_tool.badges import issuers, keys, policies, service, statuses
from lti_tool.badges.models import Award, Revocation, StatusList
from lti_tool.grading.models import ScoreDelivery
from lti_tool.keeping import erasing
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import FrameBrowser, World
from tests.integration.badges.stage import Earned
from tests.verifiers import Judges


def page(browser: FrameBrowser, earned: Earned, part: str = "") -> str:
    return f"{browser.prefix}/district/badges/{earned.id}{part}"


def revoke(earned: Earned, reason: str = "error") -> None:
    _, first = earned.official("Cora Coordinator")
    _, second = earned.official("Hal Human")
    assert first.post(page(first, earned, "/revoke"), {"reason": reason, "note": "Wrong teacher."}).status_code == 303
    assert second.post(page(second, earned, "/decide"), {"do": "confirm"}).status_code == 303


def actions(tool: Tool, earned: Earned) -> list[str]:
    with tool.database.read() as session:
        query = select(AuditEvent.action).where(AuditEvent.subject_id == earned.id).order_by(AuditEvent.id)
        return [action.rpartition(":")[2] for action in session.scalars(query)]


@pytest.mark.xdist_group("npm")
def test_revoked_by_two_people_is_revoked_everywhere(shown: Earned, tool: Tool, judges: Judges) -> None:
    published = json.loads(shown.stranger.get(f"{shown.address}.json").data)
    url = published["credentialStatus"]["statusListCredential"]
    before = shown.read(url)
    revoke(shown)
    assert actions(tool, shown)[-2:] == ["proposed", "revoked"]
    check = {"by": "digitalbazaar", "credential": published, "status": True}
    assert judges.ask([check], shown.published()) == [{"verified": True, "errors": [], "revoked": True}]
    assert shown.read(url) != before
    assertion = shown.read(f"{shown.address}/ob2.json")
    assert (assertion["revoked"], assertion["revocationReason"]) == (True, "Issued by mistake.")
    assert set(assertion) == {"@context", "type", "id", "revoked", "revocationReason"}
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(ScoreDelivery)) == 0, "no score is touched"


def test_the_list_agrees_within_the_request_that_revokes_though_the_worker_sleeps(shown: Earned, tool: Tool) -> None:
    """Nobody has woken the worker: whoever asks for the list gets it with everything that was decided."""
    url = shown.credential["credentialStatus"]["statusListCredential"]

    _, first = shown.official()
    _, second = shown.official("Hal Human")
    first.post(page(first, shown, "/revoke"), {"reason": "privacy"})
    listed = shown.stranger.get(url.removeprefix(tool.settings.base_url)).data
    second.post(page(second, shown, "/decide"), {"do": "confirm"})
    later = shown.stranger.get(url.removeprefix(tool.settings.base_url)).data
    assert bits(listed) == set()
    assert bits(later) == {int(shown.credential["credentialStatus"]["statusListIndex"])}
    assert shown.read(f"{shown.address}/ob2.json")["revocationReason"] == "Withdrawn by the issuer."
    assert shown.stranger.get(url.removeprefix(tool.settings.base_url)).data == later, "stored bytes, not signed again"


def bits(document: bytes) -> set[int]:
    """The places that are set, read as the W3C says: gzip, the first bit is the highest of the first byte."""
    text = json.loads(document)["credentialSubject"]["encodedList"]
    assert text[0] == "u"
    raw = gzip.decompress(base64.urlsafe_b64decode(text[1:] + "=" * (-len(text[1:]) % 4)))
    assert len(raw) * 8 == policies.LIST_SIZE
    return {8 * at + bit for at, byte in enumerate(raw) if byte for bit in range(8) if byte & (0x80 >> bit)}


def test_the_teacher_and_who_runs_the_course_are_told(shown: Earned) -> None:
    hub = f"{shown.browser.prefix}/activities/{shown.activity.id}"
    assert "Your badge was revoked" not in shown.browser.get(hub).text
    revoke(shown)
    assert "Revoked" in shown.browser.get(f"{shown.browser.prefix}/home").text
    shown.world.submission(shown.enrollment, state="decided", outcome="earned", decided_at=shown.tool.clock())
    assert "Your badge was revoked" in shown.browser.get(hub).text
    facilitator = shown.world.browser(shown.world.person(shown.registration, "Fay Facilitator"), "facilitator", activity=shown.activity)
    assert "Badge revoked" in facilitator.get(f"{facilitator.prefix}/activities/{shown.activity.id}/people/{shown.teacher.id}").text


def test_one_person_cannot_do_both(shown: Earned, tool: Tool) -> None:
    _, first = shown.official()
    first.post(page(first, shown, "/revoke"), {"reason": "error"})
    answer = first.post(page(first, shown, "/decide"), {"do": "confirm"})
    assert answer.status_code == 409
    assert shown.row.revoked_at is None
    assert "somebody else has to confirm" in first.get(page(first, shown)).text
    assert first.post(page(first, shown, "/decide"), {"do": "decline"}).status_code == 303
    assert actions(tool, shown)[-2:] == ["proposed", "kept"]
    assert first.post(page(first, shown, "/decide"), {"do": "confirm"}).status_code == 404, "nothing waits any more"


def test_nobody_decides_about_their_own_badge(shown: Earned, world: World) -> None:
    own = world.browser(shown.teacher, "console", activity=shown.activity)
    assert "This is your own badge" in own.get(page(own, shown)).text
    assert own.post(page(own, shown, "/revoke"), {"reason": "error"}).status_code == 409
    assert own.post(page(own, shown, "/renew")).status_code == 409
    _, other = shown.official()
    other.post(page(other, shown, "/revoke"), {"reason": "request"})
    for do in ("confirm", "decline"):
        assert own.post(page(own, shown, "/decide"), {"do": do}).status_code == 409
    assert shown.row.revoked_at is None


def test_revoked_is_for_good(shown: Earned) -> None:
    revoke(shown)
    _, third = shown.official("Third Person")
    assert third.post(page(third, shown, "/revoke"), {"reason": "error"}).status_code == 409
    assert third.post(page(third, shown, "/renew")).status_code == 409
    text = third.get(page(third, shown)).text
    assert "Revoked" in text
    assert "Propose to revoke" not in text
    assert shown.browser.get(f"{shown.browser.prefix}/badges/transcript.json").status_code == 404


@pytest.mark.parametrize("data", [{}, {"reason": ""}, {"reason": "spite"}, {"reason": "error", "note": "x" * 1001}])
def test_a_proposal_that_says_nothing_useful_changes_nothing(shown: Earned, tool: Tool, data: dict[str, str]) -> None:
    _, first = shown.official()
    answer = first.post(page(first, shown, "/revoke"), data)
    assert answer.status_code == 422
    assert "your attention" in answer.text
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(Revocation)) == 0


def test_the_waiting_proposal_stands_on_top_of_the_list(shown: Earned) -> None:
    _, first = shown.official()
    first.post(page(first, shown, "/revoke"), {"reason": "evidence", "note": "Copied."})
    _, second = shown.official("Hal Human")
    listed = second.get(f"{second.prefix}/district/badges/").text
    assert "Waits for a second person" in listed
    assert "Cora Coordinator" in listed
    assert "Copied." in second.get(page(second, shown)).text


def test_a_badge_ends_when_its_terms_say(world: World, tool: Tool, clock: Clock) -> None:
    registration = world.registration()
    version = world.version(registration.district_id)
    coordinator = world.person(registration, "Cora Coordinator")
    with tool.database.unit() as session:
        issuers.set_terms(
            session,
            tool,
            district_id=registration.district_id,
            actor_id=coordinator.id,
            microcredential_id=version.microcredential_id,
            issuer_id=None,
            valid_months=12,
        )
    teacher = world.person(registration)
    enrollment = world.enrollment(world.activity(world.context(registration), version), teacher, state="earned")
    with tool.database.unit() as session:
        award = service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
        award.is_public = True
    service.sign_due(tool)
    stranger = world.app.test_client()
    document = stranger.get(f"/badges/{award.public_id}.json").get_json(force=True)
    assert document["validUntil"] == "2027-03-01T10:30:00Z"
    assert stranger.get(f"/badges/{award.public_id}/ob2.json").get_json(force=True)["expires"] == "2027-03-01T10:30:00Z"
    assert policies.state(revoked_at=None, valid_until=award.valid_until, now=clock.now + timedelta(days=366)) == "expired"


def test_given_anew_it_is_the_same_badge_with_a_later_edition(shown: Earned, tool: Tool, clock: Clock) -> None:
    first = shown.credential
    clock.tick(days=30)
    _, official = shown.official()
    assert official.post(page(official, shown, "/renew")).status_code == 303
    assert shown.credential == first, "until it is signed, the edition before is served"
    assert service.sign_due(tool) == 1
    second = shown.credential
    assert (second["id"], second["awardedDate"]) == (first["id"], first["awardedDate"])
    assert (first["validFrom"], second["validFrom"]) == ("2026-03-01T10:30:00Z", "2026-03-31T10:30:00Z")
    assert second["credentialStatus"] == first["credentialStatus"]
    assert second["credentialSubject"] == first["credentialSubject"]
    assert actions(tool, shown)[-2:] == ["reissued", "signed"]


def test_a_corrected_name_is_on_the_page_and_in_no_credential(shown: Earned) -> None:
    signed = shown.row.credential
    _, official = shown.official()
    assert official.post(page(official, shown, "/name"), {"name": "Ada García"}).status_code == 303
    public = shown.stranger.get(shown.address).text
    assert "Ada García" in public
    assert "Ada Teacher" not in public
    assert shown.row.credential == signed
    assert official.post(page(official, shown, "/name"), {"name": "x" * 121}).status_code == 422
    assert official.post(page(official, shown, "/name"), {"name": ""}).status_code == 303
    assert "Ada Teacher" in shown.stranger.get(shown.address).text


def test_what_the_teacher_agrees_to_is_signed_as_a_later_edition(shown: Earned, tool: Tool, clock: Clock) -> None:
    tells = f"{shown.own}/tells"
    assert shown.browser.get(tells).status_code == 200
    clock.tick(hours=1)
    assert shown.browser.post(tells, {"results": "y", "summary": "I asked, I waited."}).status_code == 303
    assert "being signed anew" in shown.browser.get(tells).text
    assert service.sign_due(tool) == 1
    document = shown.credential
    assert document["evidence"][0]["narrative"] == "I asked, I waited."
    assert document["validFrom"] == "2026-03-01T11:30:00Z"
    assert shown.read(f"{shown.address}/ob2.json")["evidence"][0]["narrative"] == "I asked, I waited."
    assert shown.browser.post(tells, {"summary": ""}).status_code == 303
    assert service.sign_due(tool) == 1
    assert "evidence" not in shown.credential
    assert shown.browser.post(tells, {"summary": "x" * 2001}).status_code == 422
    colleague = shown.world.browser(shown.world.person(shown.registration, "Bo Teacher"), "earner", activity=shown.activity)
    assert colleague.get(f"{colleague.prefix}/badges/{shown.id}/tells").status_code == 404
    assert colleague.post(f"{colleague.prefix}/badges/{shown.id}/tells", {"summary": "x"}).status_code == 404


def test_an_erased_teacher_leaves_a_valid_badge_that_says_nothing_of_theirs(shown: Earned, tool: Tool, clock: Clock) -> None:
    clock.tick(hours=1)
    shown.browser.post(f"{shown.own}/tells", {"summary": "My own words."})
    service.sign_due(tool)
    identity = shown.credential["credentialSubject"]["identifier"]
    official, browser = shown.official()
    browser.post(page(browser, shown, "/name"), {"name": "Ada García"})
    browser.post(page(browser, shown, "/revoke"), {"reason": "request", "note": "Ada asked."})
    with tool.database.unit() as session:
        erasing.erase(session, tool, district_id=shown.teacher.district_id, person_id=shown.teacher.id, actor_id=official.id)
    assert service.sign_due(tool) == 1
    row = shown.row
    assert (row.is_public, row.shown_name, row.evidence_summary) == (False, "", "")
    assert "My own words." not in (row.credential or b"").decode()
    assert shown.credential["credentialSubject"]["identifier"] == identity, "the holder can still prove that it is theirs"
    with tool.database.read() as session:
        assert session.scalars(select(Revocation.note)).all() == [""]


def test_places_in_the_list_are_given_once_also_by_two_workers(earned: Earned, world: World, tool: Tool) -> None:
    for number in range(7):
        enrollment = world.enrollment(earned.activity, world.person(earned.registration, f"Teacher {number}"), state="earned")
        with tool.database.unit() as session:
            service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    with ThreadPoolExecutor(2) as workers:
        assert sum(workers.map(service.sign_due, [tool, tool])) == 8
    with tool.database.read() as session:
        places = session.execute(select(Award.status_list_id, Award.status_index)).all()
        lists = session.scalars(select(StatusList)).all()
    assert len(set(places)) == 8
    assert [(one.number, one.used) for one in lists] == [(1, 8)]
    assert sorted(place for _, place in places) != list(range(8)), "by chance, not in a row"


def test_a_full_block_is_followed_by_the_next(shown: Earned, world: World, tool: Tool) -> None:
    with tool.database.unit() as session:
        session.scalars(select(StatusList)).one().used = policies.LIST_FILL
    other = world.enrollment(world.activity(shown.context), shown.teacher, state="earned")
    with tool.database.unit() as session:
        service.award(session, tool, enrollment_id=other.id, decided_at=tool.clock())
    assert service.sign_due(tool) == 1
    for number in (1, 2):
        assert shown.read(f"/issuers/{shown.slug}/status/{number}.json")["id"].endswith(f"/status/{number}.json")
    assert shown.stranger.get(f"/issuers/{shown.slug}/status/3.json").status_code == 404


def test_two_revocations_at_once_are_both_in_the_list(shown: Earned, world: World, tool: Tool) -> None:
    other = world.enrollment(world.activity(shown.context), shown.teacher, state="earned")
    with tool.database.unit() as session:
        second = service.award(session, tool, enrollment_id=other.id, decided_at=tool.clock()).id
    service.sign_due(tool)

    def mark(award_id: Any) -> None:
        with tool.database.unit() as session:
            row = session.get_one(Award, award_id, with_for_update=True)
            row.revoked_at, row.revoked_reason = tool.clock(), "error"
            statuses.mark_changed(session, row)
        statuses.sign_due(tool)

    with ThreadPoolExecutor(2) as people:
        list(people.map(mark, [shown.id, second]))
    with tool.database.read() as session:
        wanted = set(session.scalars(select(Award.status_index)))
    assert bits(shown.stranger.get(f"/issuers/{shown.slug}/status/1.json").data) == wanted


@pytest.mark.xdist_group("npm")
def test_a_lost_key_is_worth_nothing_and_every_badge_is_signed_anew(
    shown: Earned, world: World, tool: Tool, clock: Clock, judges: Judges
) -> None:
    stolen = json.loads(shown.stranger.get(f"{shown.address}.json").data)
    old_token = shown.stranger.get(f"{shown.address}.jwt").data
    older = {**shown.published()}
    clock.tick(days=1)
    with tool.database.unit() as session:
        assert keys.compromise(session, tool, shown.row.issuer_id) == 1
        assert keys.unfinished(session, shown.row.issuer_id) == 1
    did = shown.read(f"/issuers/{shown.slug}/did.json")
    assert len(did["assertionMethod"]) == len(did["verificationMethod"]) == 1
    check = {"by": "digitalbazaar", "credential": stolen}
    assert [one["verified"] for one in judges.ask([check], {did["id"]: did})] == [False]
    assert [one["verified"] for one in judges.ask([check], older)] == [True], "it was the key"
    assert service.sign_due(tool) == 1
    fresh = {"by": "digitalbazaar", "credential": shown.credential, "status": True}
    assert judges.ask([fresh], shown.published()) == [{"verified": True, "errors": [], "revoked": False}]
    assert shown.credential["validFrom"] == "2026-03-02T10:30:00Z"
    token = shown.stranger.get(f"{shown.address}.jwt").data
    assert token != old_token
    assert len(shown.read("/.well-known/jwks.json")["keys"]) == 1
    with tool.database.read() as session:
        assert keys.unfinished(session, shown.row.issuer_id) == 0


@pytest.mark.xdist_group("npm")
def test_a_rotated_key_keeps_what_it_signed(shown: Earned, tool: Tool, clock: Clock, judges: Judges) -> None:
    clock.tick(days=1)
    with tool.database.unit() as session:
        keys.rotate(session, tool, shown.row.issuer_id)
    checks = [{"by": house, "credential": shown.credential, "status": True} for house in ("digitalbazaar", "digitalcredentials")]
    assert judges.ask(checks, shown.published()) == [{"verified": True, "errors": [], "revoked": False}] * 2
    assert len(shown.read(f"/issuers/{shown.slug}/did.json")["assertionMethod"]) == 2
