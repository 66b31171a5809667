"""Batches for payroll: frozen files, what is held back, confirming and taking back, and two at once."""

from __future__ import annotations

import csv
import hashlib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from io import BytesIO, StringIO
from uuid import UUID

from openpyxl import load_workbook
from sqlalchemy import func, select

from lti_tool.badges.models import Award
from lti_tool.district.pay import batches, replaying, service
from lti_tool.district.pay.models import Employee, PayBatch, PayBatchLine, PayOpen
from lti_tool.errors import Problem
from tests.integration.district.pay.conftest import Office


def make(office: Office, unit: str = "usd") -> PayBatch:
    with office.tool.database.unit() as session:
        return batches.make(session, office.tool, district_id=office.ada.district_id, unit=unit, actor_id=office.paula.id)


def rows(office: Office, batch: PayBatch) -> list[list[str]]:
    body = office.payroll().get(f"/pay/batches/{batch.id}.csv").data
    return list(csv.reader(StringIO(body.decode("utf-8-sig"), newline="")))


def test_a_batch_never_changes(office: Office) -> None:
    office.rule(name="=HYPERLINK(1)")
    office.earn(version=office.version("@SUM(A1)"))
    office.employee(number="E-17", group="Teachers")
    bea = office.world.person(office.registration, "Bea", email="bea@district.example")
    office.earn(bea)
    browser = office.payroll()
    assert "1 more entry, $200.00, is held back" in browser.get("/pay/batches/").text
    made = browser.post("/pay/batches/", {"unit": "usd"})
    assert made.status_code == 303
    path = made.location.partition("?")[0].partition(browser.prefix)[2]
    batch = office.world._get(PayBatch, UUID(path.rpartition("/")[2]))
    assert (batch.number, batch.lines, batch.people, batch.total, batch.held_back) == (1, 1, 1, 200_00, 1)
    first = {kind: browser.get(f"{path}.{kind}") for kind in ("csv", "xlsx")}
    office.employee(bea, "E-18")
    office.earn()
    with office.tool.database.unit() as session:
        session.scalars(select(Employee).where(Employee.person_id == office.ada.id)).one().number = "E-99"
    for kind, answer in first.items():
        assert browser.get(f"{path}.{kind}").data == answer.data
        assert answer.headers["Content-Disposition"] == f'attachment; filename="payroll-0001-usd.{kind}"'
    assert hashlib.sha256(first["csv"].data).hexdigest() == batch.csv_hash
    assert batch.csv_hash in browser.get(path).text
    head, line, total = rows(office, batch)
    assert head == list(batches.HEAD)
    assert line[:7] == ["E-17", "Teachers", "200.00", "usd", "credit", "award", "2026"]
    assert line[8:10] == ["'=HYPERLINK(1)", "'@SUM(A1)"], "a spreadsheet runs nothing"
    assert total[:4] == ["TOTAL", "1 entries", "200.00", "usd"]
    book = load_workbook(BytesIO(first["xlsx"].data))
    assert [[cell.value for cell in row][:3] for row in book["Entries"].iter_rows(min_row=2)] == [
        ["E-17", "Teachers", 200], ["TOTAL", "1 entries", 200]
    ]  # fmt: skip
    assert book["Entries"]["I2"].data_type == "s"
    assert [[cell.value for cell in row] for row in book["By employee"].iter_rows(min_row=2)] == [["E-17", 200], ["TOTAL", 200]]


def test_confirmed_and_then_taken_back_below_zero(office: Office) -> None:
    office.rule()
    office.employee()
    award = office.earn()
    batch, browser = make(office), office.payroll()
    assert browser.post(f"/pay/batches/{batch.id}/confirm").status_code == 303
    assert browser.post(f"/pay/batches/{batch.id}/confirm").status_code == 409
    assert browser.post(f"/pay/batches/{batch.id}/take-back", {"reason": "x"}).status_code == 409
    office.revoke(award)
    second = make(office)
    assert [row[2] for row in rows(office, second)[1:]] == ["-200.00", "-200.00"]
    assert [(one.kind, one.moved) for one in office.entries()] == [
        ("credit", 0), ("exported", 200_00), ("confirmed", 200_00), ("reversal", 0), ("exported", -200_00)
    ]  # fmt: skip
    page = office.teacher().get("/pay/mine").text
    assert "Confirmed by payroll" in page
    assert "Batch 1." in page
    with office.tool.database.read() as session:
        found = replaying.replay(session, office.tool, office.ada.district_id)
    assert (found.different, found.batches) == ([], 2)


def test_what_is_taken_back_goes_into_the_next(office: Office) -> None:
    office.rule()
    office.employee()
    office.earn()
    batch, browser = make(office), office.payroll()
    empty = browser.post(f"/pay/batches/{batch.id}/take-back", {"reason": " "})
    assert (empty.status_code, "Please say in a few words why." in empty.text) == (422, True)
    assert browser.post(f"/pay/batches/{batch.id}/take-back", {"reason": "The bank was closed."}).status_code == 303
    assert "The bank was closed." in browser.get(f"/pay/batches/{batch.id}").text
    assert browser.post(f"/pay/batches/{batch.id}/confirm").status_code == 409
    again = make(office)
    assert (again.number, again.lines, again.total) == (2, 1, 200_00)
    assert browser.get(f"/pay/batches/{batch.id}.csv").data
    assert [one.kind for one in office.entries()] == ["credit", "exported", "taken_back", "exported"]


def test_units_go_apart(office: Office) -> None:
    office.rule()
    office.rule(name="Hours", unit="hours", amount=15_50)
    office.employee()
    office.earn()
    assert [row[2:4] for row in rows(office, make(office, "hours"))[1:]] == [["15.50", "hours"]] * 2
    assert make(office).total == 200_00


def test_two_batches_at_once_never_hold_the_same(office: Office) -> None:
    office.rule(cap=None)
    office.employee()
    for _ in range(6):
        office.earn()

    def try_to(_: int) -> bool:
        try:
            make(office)
        except Problem as problem:
            return problem.status != 409
        return True

    with ThreadPoolExecutor(4) as people:
        assert sum(people.map(try_to, range(4))) == 1
    with office.tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(PayBatchLine)) == 6
        assert session.scalar(select(func.count()).select_from(PayOpen)) == 0


def test_awards_while_a_batch_is_made_are_in_it_or_in_the_next(office: Office) -> None:
    office.rule(cap=None)
    office.employee()
    office.earn()
    awards = [office.award() for _ in range(6)]

    def credit(number: int) -> None:
        with office.tool.database.unit() as session:
            service.credit(session, office.tool, session.get_one(Award, awards[number].id))

    def work(number: int) -> None:
        if number % 2:
            with suppress(Problem):
                make(office)
        else:
            credit(number // 2)

    with ThreadPoolExecutor(6) as people:
        list(people.map(work, range(12)))
    with suppress(Problem):
        make(office)
    with office.tool.database.read() as session:
        lines = session.scalars(select(PayBatchLine.entry_id)).all()
        assert len(lines) == len(set(lines)) == 7
        assert replaying.replay(session, office.tool, office.ada.district_id).different == []


def test_a_changed_file_is_seen(office: Office) -> None:
    office.rule()
    office.employee()
    office.earn()
    batch = make(office)
    with office.tool.database.unit() as session:
        session.get_one(PayBatch, batch.id).csv = b"x"
    with office.tool.database.read() as session:
        assert [words for _, words in replaying.replay(session, office.tool, office.ada.district_id).different] == [
            "a file of batch 1 was changed"
        ]
