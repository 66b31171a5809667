"""A rule that begins in the past: a few people are credited while it is put in force, the others by the worker, and a page says how far."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select

from lti_tool import jobs
from lti_tool.district.pay import crediting, replaying
from lti_tool.district.pay.models import PayRule
from lti_tool.launch.models import Person
from tests.integration.district.pay.conftest import Office


@pytest.fixture
def teachers(office: Office, monkeypatch: pytest.MonkeyPatch) -> list[Person]:
    """Five who have earned something, by their ids, of whom two are credited at once."""
    monkeypatch.setattr(crediting, "_PEOPLE", 2)
    people = sorted((office.world.person(office.registration, f"Teacher {n}") for n in range(5)), key=lambda one: one.id)
    for one in people:
        office.award(one)
    return people


def credited(office: Office, people: list[Person]) -> list[int]:
    return [sum(entry.amount for entry in office.entries(one)) for one in people]


def different(office: Office) -> list[object]:
    with office.tool.database.read() as session:
        return list(replaying.replay(session, office.tool, office.ada.district_id).different)


def test_the_worker_credits_those_who_wait_and_pages_say_so(office: Office, teachers: list[Person]) -> None:
    woken: list[bool] = []
    office.tool.wake = lambda: woken.append(True)
    rule = office.rule()
    assert woken
    assert credited(office, teachers) == [200_00, 200_00, 0, 0, 0]
    browser = office.payroll()
    page = browser.get(f"/pay/rules/{rule.id}").text
    assert "What was earned before is being credited" in page
    assert "2 of 5 teachers so far, with all they have earned since Jul 1, 2026" in page
    assert "Past awards are being credited" in browser.get("/pay/").text
    assert different(office) == [], "who waits is not missed"
    assert jobs.work_once(office.tool) == timedelta(), "others wait"
    assert credited(office, teachers) == [200_00] * 4 + [0]
    assert crediting.credit_due(office.tool) is None
    assert crediting.credit_due(office.tool) is None
    assert credited(office, teachers) == [200_00] * 5
    assert different(office) == []
    for path in (f"/pay/rules/{rule.id}", "/pay/"):
        assert "being credited" not in browser.get(path).text


def test_few_are_credited_at_once(office: Office) -> None:
    office.award()
    rule = office.rule()
    with office.tool.database.read() as session:
        assert session.scalars(select(PayRule.credits_after).where(PayRule.id == rule.id)).one() is None
    assert credited(office, [office.ada]) == [200_00]


def test_what_is_earned_meanwhile_comes_after_what_was_earned_before(office: Office, teachers: list[Person]) -> None:
    last = teachers[-1]
    first = office.rule(cap=300_00)
    newest = office.earn(last)
    found = [(one.kind, one.award_id == newest.id, one.amount) for one in office.entries(last)]
    assert found == [("credit", False, 200_00), ("credit", True, 100_00), ("capped", True, 0)]
    while crediting.credit_due(office.tool) is not None:
        pass
    assert len(office.entries(last)) == 3, "nothing is written twice"
    assert credited(office, teachers) == [200_00] * 4 + [300_00]
    assert different(office) == []
    office.successor(first)
    assert different(office) == []


def test_what_is_revoked_meanwhile_is_not_credited(office: Office, teachers: list[Person]) -> None:
    award = office.award(teachers[-1])
    office.rule()
    office.revoke(award)
    while crediting.credit_due(office.tool) is not None:
        pass
    assert award.id not in {one.award_id for one in office.entries(teachers[-1])}
    assert credited(office, teachers) == [200_00] * 5
    assert different(office) == []


def test_a_rule_that_ends_meanwhile_still_credits_the_past(office: Office, teachers: list[Person]) -> None:
    rule = office.rule()
    answer = office.payroll().post(f"/pay/rules/{rule.id}/end", {"last": office.tool.today().isoformat()})
    assert answer.status_code == 303
    while crediting.credit_due(office.tool) is not None:
        pass
    assert credited(office, teachers) == [200_00] * 5
