"""A stack's badge gives something only where a rule names it: now, for the past, in the forecast, on pages and in files."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_tool.badges import service as badges
from lti_tool.badges import stacking
from lti_tool.badges.models import Award
from lti_tool.catalog import stacks
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.catalog.stack_models import Stack
from lti_tool.district.pay import crediting, replaying, rules, service
from lti_tool.evidence.models import Enrollment
from lti_tool.grading import outcomes
from lti_tool.launch.models import Person
from tests.integration.district.pay.conftest import Office

BADGE = {"shape": "rosette", "color": "indigo", "pictogram": "star"}


class Shelf:
    """A stack of three, published before any rule is."""

    def __init__(self, office: Office) -> None:
        self.office, self.tool = office, office.tool
        self.parts = [office.version(f"Part {n}") for n in range(3)]
        self.stack, self.version = self.publish("Classroom talk", self.parts)
        self.id = self.version.microcredential_id

    def publish(self, title: str, parts: list[MicrocredentialVersion]) -> tuple[Stack, MicrocredentialVersion]:
        who = {"district_id": self.office.ada.district_id, "person_id": self.office.cora.id}
        with self.tool.database.unit() as session:
            row = stacks.create(session, self.tool, **who)
            ids = [one.microcredential_id for one in parts]
            given: dict[str, Any] = {"title": title, "summary": "Three ways.", "badge": BADGE, "ids": ids}
            stacks.save(session, self.tool, district_id=row.district_id, stack_id=row.id, **given)
            stacks.publish(session, self.tool, stack_id=row.id, **who)
            return row, session.get_one(MicrocredentialVersion, row.version_id)

    def earn(self, part: int, person: Person | None = None, *, credited: bool = True) -> list[Award]:
        """What a decision does with the last review: a badge, those of stacks that it completes, and their credit."""
        activity = self.office.world.activity(self.office.context, self.parts[part])
        enrollment = self.office.world.enrollment(activity, person or self.office.ada, state="earned")
        with self.tool.database.unit() as session:
            award = badges.award(session, self.tool, enrollment_id=enrollment.id, decided_at=self.tool.clock())
            completed = stacking.award_completed(session, self.tool, award)
            if credited:
                service.credit(session, self.tool, award, *completed)
        return completed

    def finish(self, person: Person | None = None, *, credited: bool = True) -> Award:
        found = [award for part in range(3) for award in self.earn(part, person, credited=credited)]
        assert len(found) == 1, "the third completes the stack"
        return found[0]

    def paid_for(self, person: Person | None = None) -> list[tuple[UUID, int]]:
        return [(one.microcredential_id, one.amount) for one in self.office.entries(person) if one.microcredential_id]

    @property
    def each_part(self) -> list[tuple[UUID, int]]:
        return [(one.microcredential_id, 200_00) for one in self.parts]

    def different(self) -> list[str]:
        with self.tool.database.read() as session:
            return [text for _who, text in replaying.replay(session, self.tool, self.office.ada.district_id).different]


@pytest.fixture
def shelf(office: Office) -> Shelf:
    return Shelf(office)


@pytest.mark.parametrize("extent", ["all", "except"])
def test_a_rule_that_names_no_stack_gives_nothing_for_one(office: Office, shelf: Shelf, extent: str) -> None:
    left_out = (office.version("Left out").microcredential_id,) if extent == "except" else ()
    office.rule(cap=None, extent=extent, microcredentials=left_out)
    shelf.finish()
    assert shelf.paid_for() == shelf.each_part
    assert shelf.different() == []


def test_nor_for_one_that_was_finished_before_the_rule(office: Office, shelf: Shelf) -> None:
    shelf.finish(credited=False)
    office.rule(cap=None)
    assert crediting.credit_due(office.tool) is None
    assert shelf.paid_for() == shelf.each_part
    assert shelf.different() == []


def test_nor_for_one_that_was_finished_before_the_group_was_known(office: Office, shelf: Shelf) -> None:
    office.rule(cap=None, groups=("Teachers",))
    shelf.finish()
    office.employee(group="teachers")
    with office.tool.database.unit() as session:
        assert service.catch_up(session, office.tool, district_id=office.ada.district_id, person_id=office.ada.id) == 3
    assert shelf.paid_for() == shelf.each_part
    assert shelf.different() == []


def test_a_rule_gives_something_for_the_stack_that_it_names(office: Office, shelf: Shelf) -> None:
    office.rule(name="Stacks", amount=500_00, cap=None, extent="named", microcredentials=(shelf.id,))
    shelf.publish("Another", shelf.parts)
    for part in range(2):
        shelf.earn(part)
    assert shelf.paid_for() == []
    assert len(shelf.earn(2)) == 2, "the other one as well"
    assert shelf.paid_for() == [(shelf.id, 500_00)]
    assert shelf.different() == []


def test_the_microcredential_that_completes_a_stack_is_credited_before_it(office: Office, shelf: Shelf) -> None:
    office.rule(cap=300_00, extent="named", microcredentials=(shelf.id, shelf.parts[2].microcredential_id))
    shelf.finish()
    assert shelf.paid_for() == [(shelf.parts[2].microcredential_id, 200_00), (shelf.id, 100_00), (shelf.id, 0)]
    assert shelf.different() == []


def test_a_named_stack_of_the_past_is_credited(office: Office, shelf: Shelf) -> None:
    shelf.finish(credited=False)
    rule = office.rule(amount=500_00, cap=None, extent="named", microcredentials=(shelf.id,))
    assert shelf.paid_for() == [(shelf.id, 500_00)]
    with office.tool.database.read() as session:
        effects, whole = rules.tried(session, office.tool, session.merge(rule, load=False))
    assert whole
    assert [(one.awards, one.credited) for one in effects] == [(1, 500_00)], "the draft would have said so"
    assert shelf.different() == []


def test_what_a_revoked_stack_was_given_is_taken_back(office: Office, shelf: Shelf) -> None:
    office.rule(amount=500_00, cap=None, extent="named", microcredentials=(shelf.id,))
    award = shelf.finish()
    office.revoke(award)
    with office.tool.database.unit() as session:
        service.reverse(session, office.tool, award.id)
    assert [amount for _id, amount in shelf.paid_for()] == [500_00, -500_00]
    assert shelf.different() == []


def test_the_real_outcome_credits_the_stack_that_it_completes(office: Office, shelf: Shelf) -> None:
    """Through the outcome itself, as the last review does it."""
    office.rule(amount=500_00, cap=None, extent="named", microcredentials=(shelf.id,))
    shelf.earn(0)
    shelf.earn(1)
    activity = office.world.activity(office.context, shelf.parts[2])
    enrollment = office.world.enrollment(activity, office.ada, state="earned")
    submission = office.world.submission(enrollment)
    with office.tool.database.unit() as session:
        outcomes.overturn(session, office.tool, submission.id)
    assert shelf.paid_for() == [(shelf.id, 500_00)]
    with office.tool.database.read() as session:
        assert session.scalar(select(Enrollment.state).where(Enrollment.id == enrollment.id)) == "earned"


def test_pages_and_files_say_what_is_a_stack(office: Office, shelf: Shelf) -> None:
    rule = office.rule(name="Stacks", amount=500_00, cap=None, extent="named", microcredentials=(shelf.id,))
    payroll = office.payroll()
    page = payroll.get(f"/pay/rules/{rule.id}").text
    assert "only: Stack: Classroom talk" in page
    for path in (f"/pay/rules/{rule.id}", "/pay/"):
        assert "$500.00 for each stack" in payroll.get(path).text
    for part in range(2):
        shelf.earn(part)
    mine = office.teacher()
    assert "Stack: Classroom talk gives $500.00." in mine.get("/pay/mine").text
    shelf.earn(2)
    for page in (mine.get("/pay/mine").text, payroll.get("/pay/ledger").text, payroll.get(f"/pay/people/{office.ada.id}").text):
        assert "Stack: Classroom talk" in page
    office.employee()
    batch = payroll.post("/pay/batches/", {"unit": "usd"}).headers["Location"].split("?")[0].split("/pay/")[1]
    rows = list(csv.DictReader(io.StringIO(payroll.get(f"/pay/{batch}.csv").get_data(as_text=True).removeprefix("\ufeff"))))
    assert rows[0]["microcredential"] == "Stack: Classroom talk"


def test_a_rule_of_both_says_so(office: Office, shelf: Shelf) -> None:
    both = (shelf.id, shelf.parts[0].microcredential_id)
    rule = office.rule(extent="named", microcredentials=both)
    page = office.payroll().get(f"/pay/rules/{rule.id}").text
    assert "$200.00 for each microcredential or stack, at most $600.00 in a contract year" in page
    assert "only: Part 0; Stack: Classroom talk" in page
    shelf.earn(0)
    page = office.teacher().get("/pay/mine").text
    assert "Each of these gives $200.00." in page
    assert "<li>Stack: Classroom talk</li>" in page


def test_the_form_offers_stacks_and_marks_retired_ones(office: Office, shelf: Shelf) -> None:
    retired, _version = shelf.publish("Old talk", shelf.parts)
    with office.tool.database.unit() as session:
        stacks.retire(session, office.tool, district_id=office.ada.district_id, stack_id=retired.id, person_id=office.cora.id)
    page = office.coordinator().get("/pay/rules/new").text
    assert page.index("Part 2") < page.index("Stack: Classroom talk") < page.index("Stack: Old talk (retired)")
    assert "Stacks too: the badge of one gives something only where it is chosen here." in page


def test_a_stack_cannot_be_left_out(office: Office, shelf: Shelf) -> None:
    form = {
        "name": "Stipend", "unit": "usd", "amount": "200", "over_cap": "forfeit", "start_month": "7", "start_day": "1",
        "extent": "except", "named": str(shelf.id), "begins_on": "2026-07-01",
    }  # fmt: skip
    answer = office.coordinator().post("/pay/rules/new", form)
    assert answer.status_code == 422
    assert "A stack gives something only where a rule names it" in answer.text
    assert 'id="named-error"' in answer.text, "at the list, not at the name"


def test_work_in_review_that_completes_a_stack_brings_it_along(office: Office, shelf: Shelf) -> None:
    office.rule(amount=500_00, cap=600_00, extent="named", microcredentials=(shelf.id, shelf.parts[2].microcredential_id))
    shelf.earn(0)
    for part in (1, 2):
        activity = office.world.activity(office.context, shelf.parts[part])
        office.world.submission(office.world.enrollment(activity, office.ada))
    page = office.teacher().get("/pay/mine").text
    coming = page[page.index("On its way: Stipend") :]
    assert "Part 1" not in coming[: coming.index("Part 2")]
    assert coming.index("Part 2") < coming.index("Stack: Classroom talk")
    assert "$100.00" in coming[coming.index("Stack: Classroom talk") :], "only so much is left under the cap"


def test_lists_of_work_do_not_offer_stacks(office: Office, shelf: Shelf) -> None:
    assert "Classroom talk" not in office.coordinator().get("/open-work/").text
