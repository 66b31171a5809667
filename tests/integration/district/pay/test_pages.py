"""Pages of recognition: who may open them, rules from draft to end, adjustments, employees and what teachers see."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.database import new_id
from lti_tool.district.pay import batches, queries, replaying
from lti_tool.district.pay.models import Employee, PayEntry, PayRule
from lti_tool.keeping import erasing, export
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.district.pay.conftest import Office

ANY = "earner facilitator designer reviewer author console payroll coordinator preview"
# method, path, who may
ENDPOINTS = [
    ("GET", "/pay/", "console payroll coordinator"),
    ("GET", "/pay/rules/new", "payroll coordinator"),
    ("POST", "/pay/rules/new", "payroll coordinator"),
    ("GET", "/pay/rules/{draft}", "console payroll coordinator"),
    ("POST", "/pay/rules/{draft}", "payroll coordinator"),
    ("POST", "/pay/rules/{draft}/start", "payroll coordinator"),
    ("POST", "/pay/rules/{draft}/delete", "payroll coordinator"),
    ("POST", "/pay/rules/{rule}/follow", "payroll coordinator"),
    ("POST", "/pay/rules/{rule}/end", "payroll coordinator"),
    ("GET", "/pay/ledger", "payroll"),
    ("GET", "/pay/people", "payroll"),
    ("POST", "/pay/people", "payroll"),
    ("GET", "/pay/people/{ada}", "payroll"),
    ("POST", "/pay/people/{ada}/adjust", "payroll"),
    ("POST", "/pay/people/{ada}/employee", "payroll"),
    ("GET", "/pay/batches/", "payroll"),
    ("POST", "/pay/batches/", "payroll"),
    ("GET", "/pay/batches/{batch}", "payroll"),
    ("GET", "/pay/batches/{batch}.csv", "payroll"),
    ("GET", "/pay/batches/{batch}.xlsx", "payroll"),
    ("POST", "/pay/batches/{batch}/confirm", "payroll"),
    ("POST", "/pay/batches/{batch}/take-back", "payroll"),
    ("GET", "/pay/mine", ANY),
]
RIGHTS = (*ANY.split(), "-")
RULE = {
    "name": "Stipend", "unit": "usd", "amount": "200", "cap": "600.00", "over_cap": "carry", "start_month": "7", "start_day": "1",
    "groups": "", "extent": "all", "budget": "10,000", "begins_on": "2026-07-01",
}  # fmt: skip


def ids(office: Office) -> dict[str, str]:
    """A thing of every kind."""
    rule = office.rule()
    office.earn()
    office.employee()
    common = {"district_id": office.ada.district_id, "actor_id": office.paula.id}
    with office.tool.database.unit() as session:
        batch = batches.make(session, office.tool, unit="usd", **common)
    answer = office.payroll().post("/pay/rules/new", {**RULE, "name": "Draft", "begins_on": "2026-12-01"})
    draft = answer.location.partition("/rules/")[2].partition("?")[0]
    return {"rule": str(rule.id), "draft": draft, "ada": str(office.ada.id), "batch": str(batch.id)}


def ask(browser: FrameBrowser, method: str, path: str, data: dict[str, Any] | None = None) -> Any:
    return browser.get(path) if method == "GET" else browser.post(path, data)


def test_the_table_is_complete(office: Office) -> None:
    rules = [
        (method, rule.rule)
        for rule in office.world.app.url_map.iter_rules()
        if rule.endpoint.split(".")[0].startswith("pay")
        for method in rule.methods & {"GET", "POST"}
    ]
    assert len(rules) + 1 == len(ENDPOINTS), "both files have one address"


@pytest.mark.parametrize(("method", "path", "may"), ENDPOINTS)
def test_each_role(office: Office, method: str, path: str, may: str) -> None:
    url = path.format(**ids(office))
    for right in RIGHTS:
        person = office.world.person(office.registration, "Somebody Else")
        if right in ("payroll", "coordinator"):
            office.world.grant(person, right)
            browser = office.world.browser(person, context=office.context)
        else:
            browser = office.world.browser(person, *({right} - {"-"}), context=office.context)
        answer = ask(browser, method, url)
        assert (answer.status_code == 403) != (right in may.split()), f"{right} got {answer.status_code}"
        assert answer.status_code < 500
        if right not in may.split():
            assert "Adabella" not in answer.text


@pytest.mark.parametrize(("method", "path", "may"), ENDPOINTS)
def test_without_a_visit(office: Office, method: str, path: str, may: str) -> None:
    browser = office.payroll()
    url, token = browser.prefix + path.format(**ids(office)), browser.token()
    browser.client._cookies.clear()
    answer = browser.client.open(url, method=method, data={"csrf_token": token} if method == "POST" else None)
    assert answer.status_code == 401


@pytest.mark.parametrize(("method", "path", "may"), [row for row in ENDPOINTS if "{" in row[1]])
def test_another_district(office: Office, world: World, method: str, path: str, may: str) -> None:
    registration = world.registration()
    stranger = world.person(registration, "Stranger")
    for role in ("payroll", "coordinator"):
        world.grant(stranger, role)
    browser = world.browser(stranger, "console", context=world.context(registration))
    answer = ask(browser, method, path.format(**ids(office)), {"reason": "x", "last": "2027-01-01", "number": "1", **RULE})
    assert answer.status_code == 404
    assert "Adabella" not in answer.text


def test_nothing_of_another_district_in_a_list(office: Office, world: World) -> None:
    ids(office)
    registration = world.registration()
    stranger = world.person(registration, "Stranger")
    world.grant(stranger, "payroll")
    browser = world.browser(stranger, context=world.context(registration))
    for path in ("/pay/", "/pay/ledger", "/pay/people?find=a", "/pay/batches/", "/pay/mine"):
        page = browser.get(path).text
        assert "Adabella" not in page
        assert "Stipend" not in page
        assert "$200.00" not in page


def test_a_rule_from_draft_to_end(office: Office) -> None:
    office.award()
    browser = office.coordinator()
    made = browser.post("/pay/rules/new", RULE)
    assert made.status_code == 303
    path = made.location.partition("?")[0].partition(browser.prefix)[2]
    page = browser.get(path).text
    assert "What it would have done" in page
    assert "2026–27" in page
    assert "$200.00" in page
    assert browser.post(path, {**RULE, "name": "Stipend 2"}).status_code == 303
    assert browser.post(f"{path}/start").status_code == 303
    assert office.said() == [("credit", "award", 2026, 200_00)], "what was earned since its first day"
    page = browser.get(path).text
    assert "In force" in page
    assert "waits for the next contract year" in page
    assert browser.post(path, RULE).status_code == 409
    assert browser.post(f"{path}/start").status_code == 409
    assert browser.post(f"{path}/delete").status_code == 409
    followed = browser.post(f"{path}/follow")
    draft = followed.location.partition("?")[0].partition(browser.prefix)[2]
    assert browser.post(f"{path}/follow").location == followed.location, "one draft is enough"
    fields = {name: value for name, value in RULE.items() if name not in ("unit", "start_month", "start_day")}
    assert browser.post(draft, {**fields, "begins_on": "2026-11-24"}).status_code == 303
    answer = browser.post(f"{draft}/start")
    assert (answer.status_code, "begins tomorrow at the earliest" in answer.text) == (422, True)
    assert browser.post(draft, {**fields, "amount": "250", "begins_on": "2027-01-01"}).status_code == 303
    assert browser.post(f"{draft}/start").status_code == 303
    assert "Until Dec 31, 2026" in browser.get(path).text
    assert browser.post(f"{draft}/end", {"last": "2026-12-31"}).status_code == 422
    assert browser.post(f"{draft}/end", {"last": "2027-03-01"}).status_code == 303
    assert browser.post(f"{draft}/end", {"last": "2027-03-01"}).status_code == 409
    assert browser.post(f"{draft}/follow").status_code == 409
    with office.tool.database.read() as session:
        verbs = [event.action for event in session.scalars(select(AuditEvent).order_by(AuditEvent.sequence))]
    assert [one for one in verbs if one.startswith("pay:rule")] == [
        *["pay:rule:written"] * 2, "pay:rule:in_force", *["pay:rule:written"] * 3, "pay:rule:in_force", "pay:rule:ended"
    ]  # fmt: skip


def test_a_draft_that_is_saved_as_it_is_shown_stays_the_same(office: Office) -> None:
    browser, version = office.payroll(), office.version("Named")
    wished = {
        "groups": "Teachers\r\nAides",
        "extent": "named",
        "named": str(version.microcredential_id),
        "recurring": "y",
        "again_cap": "75.50",
    }
    path = browser.post("/pay/rules/new", {**RULE, **wished}).location.partition("?")[0].partition(browser.prefix)[2]
    page = browser.get(path).text
    assert re.search(r"<textarea[^>]*name=\"groups\"[^>]*>\s*Teachers\r?\nAides</textarea>", page)
    for shown in ('value="200.00"', 'value="600.00"', 'value="75.50"', 'value="10000.00"', 'value="2026-07-01"', 'value="7" selected'):
        assert shown in page.replace("selected value", "value") or shown in page.replace('selected value="7"', 'value="7" selected'), shown
    assert re.search(rf'value="{version.microcredential_id}" checked', page)
    with office.tool.database.read() as session:
        rule = session.scalars(select(PayRule)).one()
    assert (rule.groups, rule.microcredentials, rule.again_cap) == (["Teachers", "Aides"], [str(version.microcredential_id)], 75_50)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"amount": "2OO"}, "Write an amount like 200 or 12.50."),
        ({"amount": "0"}, "Write an amount above zero."),
        ({"amount": ""}, "Write an amount."),
        ({"amount": "9999999999"}, "Write an amount like"),
        ({"amount": "999,999,999,999"}, "Write an amount above zero."),
        ({"cap": "-5"}, "Write an amount above zero."),
        ({"unit": "euro"}, "Not a valid choice"),
        ({"start_day": "31", "start_month": "6"}, "does not have this day"),
        ({"start_day": "29", "start_month": "2"}, "does not have this day"),
        ({"start_month": "13"}, "Not a valid choice"),
        ({"extent": "named"}, "Choose at least one microcredential."),
        ({"named": "x", "extent": "named"}, "is not"),
        ({"begins_on": "1066-10-14"}, "Choose a day of this century."),
        ({"begins_on": "soon"}, "Not a valid date"),
        ({"groups": "\n".join(map(str, range(31)))}, "at most 30 groups"),
        ({"name": " "}, "Give the rule a name."),
    ],
)
def test_a_bad_rule_comes_back_as_it_was_typed(office: Office, change: dict[str, str], words: str) -> None:
    browser = office.payroll()
    answer = browser.post("/pay/rules/new", {**RULE, "name": "My rule", **change})
    assert answer.status_code == 422
    assert words in answer.text
    assert "name" in change or 'value="My rule"' in answer.text
    with office.tool.database.read() as session:
        assert session.scalars(select(PayRule)).all() == []


def test_a_rule_begins_in_the_present_contract_year(office: Office) -> None:
    browser = office.payroll()
    path = browser.post("/pay/rules/new", {**RULE, "begins_on": "2026-06-30"}).location.partition("?")[0].partition(browser.prefix)[2]
    answer = browser.post(f"{path}/start")
    assert (answer.status_code, "present contract year at the earliest" in answer.text) == (422, True)
    assert browser.post(f"{path}/delete").status_code == 303
    assert browser.get(path).status_code == 404


def test_the_ledger_is_searched_and_turned(office: Office, clock: Clock) -> None:
    office.rule(cap=None)
    bea = office.world.person(office.registration, "Beatrix Potter", email="bea@district.example")
    for _ in range(queries.PAGE + 5):
        office.earn()
    office.earn(bea)
    office.employee(bea, "E-99")
    browser = office.payroll()
    with counted(office.tool) as first:
        page = browser.get("/pay/ledger").text
    assert page.count("/pay/people/") >= queries.PAGE
    assert "Beatrix" in page
    following = page.partition("/pay/ledger?before=")[2].partition('"')[0]
    rest = browser.get(f"/pay/ledger?before={following}").text
    assert rest.count("Adabella") == 6
    assert "Show older entries" not in rest
    for text in ("potter", "BEA@", "E-99"):
        found = browser.get(f"/pay/ledger?person={text}").text
        assert ("Beatrix" in found, "Adabella" in found) == (True, False)
    assert "No entry like that" in browser.get("/pay/ledger?kind=reversal").text
    assert "No entry like that" in browser.get("/pay/ledger?year=2020").text
    assert "Beatrix" in browser.get("/pay/ledger?year=2026&kind=credit&person=bea").text
    assert browser.get("/pay/ledger?before=x").status_code == 400
    for _ in range(3):
        office.earn(bea)
    with counted(office.tool) as second:
        browser.get("/pay/ledger")
    assert len(second) == len(first)


def test_payroll_adjusts_with_a_reason_and_never_their_own(office: Office) -> None:
    rule = office.rule()
    office.earn()
    browser, url = office.payroll(), f"/pay/people/{office.ada.id}"
    good = {"once": "form-1", "series": str(rule.id), "amount": "-50", "year": "0", "reason": "Paid by the school already."}
    for change in (
        {"amount": "0"},
        {"amount": ""},
        {"reason": " "},
        {"series": str(new_id())},
        {"series": "x"},
        {"year": "2019"},
        {"once": ""},
    ):
        answer = browser.post(f"{url}/adjust", {**good, **change})
        assert answer.status_code == 422, change
        assert "Paid by the school already." in answer.text or "reason" in change
    for _ in range(2):
        assert browser.post(f"{url}/adjust", good).status_code == 303
    page = browser.get(url).text
    assert "balance $150.00" in page
    assert "-$50.00" in page
    assert "Computed again" in page
    assert browser.post(f"/pay/people/{office.paula.id}/adjust", good).status_code == 403
    assert "This is your own pay" in browser.get(f"/pay/people/{office.paula.id}").text
    assert [one.amount for one in office.entries()] == [200_00, -50_00]
    own = office.teacher().get("/pay/mine").text
    assert "Paid by the school already." in own
    assert "$150.00" in own


def send(office: Office, text: str | bytes) -> Any:
    content = text.encode() if isinstance(text, str) else text
    return office.payroll().post("/pay/people", {"file": (BytesIO(content), "staff.csv")}, content_type="multipart/form-data")


def test_employees_are_read_line_by_line(office: Office) -> None:
    world = office.world
    twin = world.person(office.registration, "Ada Twice", email="Adabella@District.example")
    bea = world.person(office.registration, "Bea", email="bea@district.example")
    office.employee(bea, "E-2", "Aides")
    answer = send(
        office,
        "﻿Email,Employee number,Group,Extra\r\n"
        "adabella@district.example,E-1,Teachers,x\r\n"
        "nobody@district.example,E-5,Teachers\r\n"
        "\r\n"
        "cora@district.example,E-2,\r\n"
        "no address,E-6,\r\n"
        "ADABELLA@district.example,E-7,\r\n"
        'paula@district.example,"=cmd()",\r\n'
        "bea@district.example,,Teachers\r\n",
    )
    assert answer.status_code == 422
    for words in (
        "3 people were written",
        "Line 3: Nobody with this e-mail address has opened the tool yet.",
        "Line 5: This employee number belongs to somebody else.",
        "Line 6: There is no e-mail address on this line.",
        "Line 7: This e-mail address stands on line 2 already.",
        "Line 8: An employee number or a group has at most 64 plain characters",
    ):
        assert words in answer.text
    with office.tool.database.read() as session:
        rows = {row.person_id: (row.number, row.grouped) for row in session.scalars(select(Employee))}
    assert rows == {office.ada.id: ("E-1", "Teachers"), twin.id: ("E-1", "Teachers"), bea.id: ("E-2", "Teachers")}
    assert send(office, "email,employee_number\nadabella@district.example,E-1\n").status_code == 303


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The first line has to name the columns"),
        (b"name,number\nAda,1\n", "The first line has to name the columns"),
        (b"email,employee_number\n\x00a@x.example,1", "letters of this file"),
        (b"email,employee_number\n" + b"x" * 485 * 1024, "too large"),
        (b'email,employee_number\n"' + b"x" * 200_000 + b'"\n', "be read as CSV"),
    ],
)
def test_a_file_that_is_none(office: Office, content: bytes, words: str) -> None:
    answer = send(office, content)
    assert (answer.status_code, words in answer.text) == (422, True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_as_any_spreadsheet_saves_it(office: Office, encoding: str, separator: str) -> None:
    lines = ("email,employee_number,group", "adabella@district.example,E-1,Categoría “A”")
    assert send(office, "\n".join(lines).replace(",", separator).encode(encoding)).status_code == 303
    with office.tool.database.read() as session:
        assert [(row.number, row.grouped) for row in session.scalars(select(Employee))] == [("E-1", "Categoría “A”")]


def test_no_file_and_a_long_file(office: Office) -> None:
    assert office.payroll().post("/pay/people", {}).status_code == 422
    answer = send(office, "email,employee_number\n" + "".join(f"a{n}@x.example,{n}\n" for n in range(5002)))
    assert "This file is too large. It may have 5000 lines" in answer.text
    answer = send(office, "email,employee_number\n" + "".join(f"a{n}@x.example,{n}\n" for n in range(5000)))
    assert "Line 2: Nobody" in answer.text
    assert "And 4800 more." in answer.text


def test_a_teacher_sees_what_is_earned_coming_and_left(office: Office, clock: Clock) -> None:
    office.rule(cap=500_00)
    for _ in range(2):
        office.earn()
    version = office.version("Waiting for the reviewers")
    for _ in range(2):  # the same one counts once
        office.world.submission(office.world.enrollment(office.world.activity(office.context, version), office.ada), state="in_review")
    other = office.world.activity(office.context, office.version("Second in line"))
    office.world.submission(office.world.enrollment(other, office.ada), state="adjudicating")
    page = office.teacher().get("/pay/mine").text
    for words in ("$400.00", "On its way", "$100.00", "Left under the cap of $500.00", "Only so much is left", "Earned.", "2026–27"):
        assert words in page
    assert page.count("Waiting for the reviewers") == 1
    home = office.teacher().get("/home").text
    assert "$400.00" in home
    assert "/pay/mine" in home
    stranger = office.world.person(office.registration, "Other Teacher")
    theirs = office.world.browser(stranger, "earner", context=office.context)
    assert "$400.00" not in theirs.get("/pay/mine").text


def test_without_rules_nobody_hears_of_pay(office: Office) -> None:
    assert "/pay/mine" not in office.teacher().get("/home").text
    assert "Nothing is set up for you yet" in office.teacher().get("/pay/mine").text


def test_pay_in_spanish(office: Office) -> None:
    office.rule()
    office.earn()
    browser = office.world.browser(office.ada, "earner", context=office.context, launch={"locale": "es"})
    page = browser.get("/pay/mine").text
    assert "Lo que recibo" in page
    assert "What I get" not in page


def test_an_erasure_keeps_the_accounts_without_words(office: Office) -> None:
    rule = office.rule()
    office.earn()
    office.employee()
    url = f"/pay/people/{office.ada.id}"
    good = {"once": "1", "series": str(rule.id), "amount": "5", "year": "0", "reason": "For her birthday."}
    assert office.payroll().post(f"{url}/adjust", good).status_code == 303
    with office.tool.database.read() as session:
        taken = export.gather(session, district_id=office.ada.district_id, person_id=office.ada.id, now=office.tool.clock()).data
    assert [(one["amount_in_hundredths"], one["words"]) for one in taken["recognition"]] == [(5_00, "For her birthday."), (200_00, "")]
    with office.tool.database.unit() as session:
        erasing.erase(session, office.tool, district_id=office.ada.district_id, person_id=office.ada.id, actor_id=office.cora.id)
    with office.tool.database.read() as session:
        assert session.scalars(select(Employee)).all() == []
        assert [(one.amount, one.note) for one in session.scalars(select(PayEntry).order_by(PayEntry.number))] == [(200_00, ""), (5_00, "")]
        assert replaying.replay(session, office.tool, office.ada.district_id).different == []


def test_totals_and_budget(office: Office, clock: Clock) -> None:
    office.rule(budget=500_00, cap=400_00)
    bea = office.world.person(office.registration, "Bea", email="bea@district.example")
    for person in (office.ada, office.ada, office.ada, bea):
        office.earn(person)
    page = office.world.browser(office.world.person(office.registration, "Admin"), "console", context=office.context).get("/pay/").text
    assert "$600.00" in page
    assert "Over budget" in page
    assert "Adabella" not in page
    assert "Write a rule" not in page
    clock.now = datetime(2027, 8, 1, tzinfo=UTC)
    office.earn(bea)
    assert "2027–28" in office.payroll().get("/pay/").text


def test_damaged_addresses(office: Office) -> None:
    browser = office.payroll()
    for path in (
        f"/pay/rules/{UUID(int=1)}",
        "/pay/rules/x",
        f"/pay/people/{UUID(int=1)}",
        f"/pay/batches/{UUID(int=1)}.csv",
        "/pay/batches/x.csv",
    ):
        assert browser.get(path).status_code == 404, path
    student = office.world.person(office.registration, "Test Student", is_test=True)
    assert browser.get(f"/pay/people/{student.id}").status_code == 404
    assert browser.get("/pay/batches/?before=0").status_code == 400
    assert browser.post("/pay/batches/", {"unit": "gold"}).status_code == 400
    assert browser.post("/pay/batches/", {}).status_code == 400
    assert browser.post("/pay/batches/", {"unit": "usd"}).status_code == 409


def test_days_are_those_of_the_district(office: Office) -> None:
    office.tool.settings = office.tool.settings.model_copy(update={"timezone": "Pacific/Honolulu"})
    office.world.tool.clock.now = datetime(2026, 12, 1, 5, tzinfo=UTC)  # type: ignore[attr-defined]
    answer = office.payroll().get("/pay/rules/new").text
    assert f'value="{date(2026, 11, 30)}"' in answer


def test_the_catalog_can_be_narrowed_to_what_counts(office: Office) -> None:
    paid, _ = office.version("Paid for"), office.version("For its own sake")
    designer = office.coordinator()
    assert "Paid for" not in designer.get("/catalog/?mark=pay").text
    office.rule(extent="named", microcredentials=(paid.microcredential_id,))
    page = designer.get("/catalog/?mark=pay").text
    assert ("Paid for" in page, "For its own sake" in page) == (True, False)
    assert "Counts for pay" in designer.get("/catalog/").text
