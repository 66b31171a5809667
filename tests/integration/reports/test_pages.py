"""Pages of the reports: who may see them, what they say, what is chosen, files, counting anew."""

from __future__ import annotations

import csv
import re
from io import BytesIO, StringIO
from typing import Any

import pytest
from openpyxl import load_workbook
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.district.reports import pay_figures, recounting
from lti_tool.district.reports.models import ReportCount, ReportRun, SchoolHeadcount
from lti_tool.district.reports.pay_figures import PayYear
from lti_tool.district.reports.registry import SPECS
from lti_tool.review.pool_models import Workplace
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.integration.reports.districts import Made

PAGES = ["", "board", *SPECS]
FILES = ["funnel/1.csv", "funnel.xlsx"]


def rows(made: Made, model: type[Any]) -> list[Any]:
    with made.world.tool.database.read() as session:
        return list(session.scalars(select(model)))


def cells(answer: Any) -> list[list[str]]:
    assert answer.status_code == 200
    return list(csv.reader(StringIO(answer.get_data().decode("utf-8-sig"))))


def test_each_page_opens_for_coordinators_and_for_the_board(console: FrameBrowser, board: FrameBrowser) -> None:
    for browser in (console, board):
        for path in PAGES:
            answer = browser.get(f"/reports/{path}")
            assert answer.status_code == 200, path
            assert "As of Nov 24, 2026, 09:00 (UTC)" in answer.text
            assert "Nothing to show yet" not in answer.text or path in ("", "board", "pay", "agreement"), path
    assert "/reports/schools" in console.get("/reports/").text
    for path in ("", "share", "turnaround", "agreement"):
        text = board.get(f"/reports/{path}").text
        assert "/reports/schools" not in text
        assert "/open-work/" not in text
        assert "/review/agreement/" not in text
    assert ">Reports<" in re.sub(r"\s+", "", board.get("/home").text), "the board finds its page"


@pytest.mark.parametrize("path", [*PAGES, *FILES, "schools"])
def test_for_nobody_else(world: World, path: str) -> None:
    registration = world.registration()
    person = world.person(registration)
    for rights in ((), ("earner",), ("facilitator", "designer"), ("author",), ("reviewer",), ("preview",)):
        assert world.browser(person, *rights).get(f"/reports/{path}").status_code == 403
    browser = world.browser(person, "console")
    browser.client._cookies.clear()
    assert browser.client.get(f"{browser.prefix}/reports/{path}").status_code == 401


def test_the_board_changes_no_headcount(board: FrameBrowser) -> None:
    assert board.get("/reports/schools").status_code == 403
    assert board.post("/reports/schools", data={"school": "Lincoln Elementary", "people": "50"}).status_code == 403


def test_another_district_sees_its_own_figures_only(made: Made, world: World, console: FrameBrowser) -> None:
    console.get("/reports/")
    stranger = world.browser(world.person(world.registration(), "Stranger"), "console")
    text = stranger.get("/reports/board").text
    assert "Lincoln" not in text
    assert "Nobody enrolled in this period" in text
    id_ = made.versions[0].microcredential_id
    assert stranger.get(f"/reports/funnel?microcredential={id_}").status_code == 404
    assert stranger.get(f"/reports/funnel/1.csv?microcredential={id_}").status_code == 404
    answer = stranger.post("/reports/schools", data={"school": "Lincoln Elementary", "people": "50"})
    assert answer.status_code == 404
    assert rows(made, SchoolHeadcount) == []


def test_small_groups_are_not_shown_and_cannot_be_chosen(made: Made, console: FrameBrowser) -> None:
    table = cells(console.get("/reports/funnel/3.csv"))
    found = {row[0]: row[1:] for row in table[1:]}
    people = {one.key: one.counted[0] for one in rows(made, ReportCount) if (one.figure, one.scope) == ("people", "school")}
    assert people["Ada High"] < 10 < people["Lincoln Elementary"]
    assert found["Ada High"] == ["not shown"] * 5
    assert found["Lincoln Elementary"][0].isdigit()
    hidden = [name for name, row in found.items() if row[0] == "not shown"]
    total, shown = int(found["All together"][0]), sum(int(row[0]) for name, row in found.items() if name not in ("All together", *hidden))
    assert total - shown >= 10
    page = console.get("/reports/funnel").text
    assert 'value="Lincoln Elementary"' in page
    assert 'value="Ada High"' not in page
    for report in ("funnel", "earned", "share", "days", "risk", "attempts"):
        text = console.get(f"/reports/{report}?school=Ada+High").text
        assert "could be recognized, or it could be computed" in text
        assert '<svg class="chart' not in text
        assert console.get(f"/reports/{report}/1.csv?school=Ada+High").status_code == 404
        with_book = load_workbook(BytesIO(console.get(f"/reports/{report}.xlsx?school=Ada+High").get_data()))
        assert with_book.sheetnames == ["About"]


def test_a_period_and_a_group_are_chosen(made: Made, console: FrameBrowser) -> None:
    whole = cells(console.get("/reports/funnel/1.csv"))
    assert [row[0] for row in whole] == ["Step", "Enrolled", "Began to work", "Submitted", "Earned"]
    first = cells(console.get("/reports/funnel/1.csv?from=2024-01&to=2025-12"))
    then = cells(console.get("/reports/funnel/1.csv?from=2026-01&to=2026-11"))
    assert [int(one[1]) + int(other[1]) for one, other in zip(first[1:], then[1:], strict=True)] == [int(one[1]) for one in whole[1:]]
    school = cells(console.get("/reports/funnel/1.csv?school=Lincoln+Elementary"))
    table = {row[0]: row[1] for row in cells(console.get("/reports/funnel/3.csv"))}
    assert school[1][1] == table["Lincoln Elementary"]
    one = cells(console.get(f"/reports/funnel/1.csv?microcredential={made.versions[1].microcredential_id}"))
    table = {row[0]: row[1] for row in cells(console.get("/reports/funnel/2.csv"))}
    assert one[1][1] == table["Second"]
    text = console.get("/reports/funnel?from=2025-07&to=2026-06").text
    assert "July 2025 to June 2026" in text
    assert re.search(r'aria-current="true">2025–26<', text)


@pytest.mark.parametrize(
    "query", ["from=2026-05&to=2026-01", "from=x", "to=2026-99", "from=2030-01", "school=Lincoln+Elementary&microcredential={id}"]
)
def test_what_cannot_be_chosen_is_said(made: Made, console: FrameBrowser, query: str) -> None:
    query = query.format(id=made.versions[0].microcredential_id)
    answer = console.get(f"/reports/funnel?{query}")
    assert answer.status_code == 422
    assert "This can’t be shown" in answer.text
    assert console.get(f"/reports/funnel/1.csv?{query}").status_code == 404
    assert console.get(f"/reports/funnel.xlsx?{query}").status_code == 404
    assert console.get(f"/reports/?{query}").status_code == 422
    assert console.get(f"/reports/board?{query}").status_code == 422


def test_a_school_and_a_microcredential_together_are_kept_and_each_is_offered(made: Made, console: FrameBrowser) -> None:
    id_ = str(made.versions[1].microcredential_id)
    assert "joined, the groups would be too small" in console.get("/reports/funnel").text
    for report in ("funnel", "earned", "share", "days", "risk", "attempts"):
        answer = console.get(f"/reports/{report}?from=2026-01&to=2026-10&school=Lincoln+Elementary&microcredential={id_}")
        assert answer.status_code == 422
        assert "not both. Together they make many groups of a few people each" in answer.text
        assert '<svg class="chart' not in answer.text
        for chosen in (f'value="{id_}" selected', 'value="Lincoln Elementary" selected'):
            assert chosen in answer.text
        offered = re.findall(r'href="([^"]+)">Show the (?:school|microcredential) only<', answer.text)
        assert len(offered) == 2
        for address in offered:
            assert "from=2026-01&amp;to=2026-10&amp;" in address
            page = console.get(address.replace("&amp;", "&"))
            assert page.status_code == 200
            assert "This can’t be shown" not in page.text
    for report in ("turnaround", "criteria", "own"):
        assert "joined, the groups" not in console.get(f"/reports/{report}").text


def test_damaged_addresses(console: FrameBrowser) -> None:
    for path in (
        "nothing",
        "funnel/99.csv",
        "funnel/0.csv",
        "funnel/x.csv",
        "funnel?microcredential=x",
        "funnel?microcredential=" + "0" * 32,
        "x.xlsx",
    ):
        assert console.get(f"/reports/{path}").status_code == 404, path


def test_every_table_of_every_report_is_a_file(console: FrameBrowser) -> None:
    for key in SPECS:
        book = load_workbook(BytesIO(console.get(f"/reports/{key}.xlsx").get_data()))
        about = [row[0].value for row in book["About"].iter_rows()]
        assert about[1].startswith("As of")
        for place, name in enumerate(book.sheetnames[1:], 1):
            written = [["" if cell is None else cell for cell in row] for row in book[name].iter_rows(values_only=True)]
            table = cells(console.get(f"/reports/{key}/{place}.csv"))
            assert len(written) == len(table)
            assert [str(cell) for cell in written[0]] == table[0]
        assert console.get(f"/reports/{key}/{len(book.sheetnames)}.csv").status_code == 404


def test_files_run_nothing_in_a_spreadsheet(made: Made, console: FrameBrowser) -> None:
    with made.world.tool.database.unit() as session:
        for row in session.scalars(select(Workplace).where(Workplace.school == "Lincoln Elementary")):
            row.school = '=HYPERLINK("http://x")\x01'
    made.world.tool.clock.tick(minutes=2)  # type: ignore[attr-defined]
    assert any(row[0].startswith("'=HYPER") for row in cells(console.get("/reports/funnel/3.csv")))
    book = load_workbook(BytesIO(console.get("/reports/funnel.xlsx").get_data()))
    found = [cell for row in book["By school"].iter_rows() for cell in row if "HYPER" in str(cell.value)]
    assert [cell.data_type for cell in found] == ["s"]
    page = console.get("/reports/funnel").text
    assert "=HYPERLINK(&#34;http://x&#34;)" in page


def test_headcounts_make_the_base(made: Made, console: FrameBrowser) -> None:
    console.get("/reports/")
    known = {row[0]: row[1:] for row in cells(console.get("/reports/share/1.csv"))}["Lincoln Elementary"]
    answer = console.post("/reports/schools", data={"school": "Lincoln Elementary", "people": "80"})
    assert answer.status_code == 303
    assert "Saved." in console.get(answer.location).text
    table = {row[0]: row[1:] for row in cells(console.get("/reports/share/1.csv"))}
    now = table["Lincoln Elementary"]
    assert (now[0], now[1], now[2]) == (known[0], "80", known[2])
    assert float(now[3]) == pytest.approx(int(now[0]) / 80, abs=0.001)
    assert int(table["All together"][1]) == int(table["All together"][2]) + 80 - int(known[1])
    assert "entered for 1 of 4 schools" in console.get("/reports/share").text
    [event] = [one for one in rows(made, AuditEvent) if one.action == "district:headcount:changed"]
    assert event.details == {"people": 80}
    console.post("/reports/schools", data={"school": "Lincoln Elementary", "people": "3"})
    assert {row[0]: row[2] for row in cells(console.get("/reports/share/1.csv"))}["Lincoln Elementary"] == known[1], "more are known"
    console.post("/reports/schools", data={"school": "Lincoln Elementary", "people": ""})
    assert rows(made, SchoolHeadcount) == []


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"people": "5"}, 422),
        ({"school": "Lincoln Elementary", "people": "0"}, 422),
        ({"school": "Lincoln Elementary", "people": "many"}, 422),
        ({"school": "Nowhere", "people": "5"}, 404),
        ({"school": "x\x00", "people": "5"}, 404),
    ],
)
def test_a_damaged_headcount_changes_nothing(made: Made, console: FrameBrowser, given: dict[str, str], status: int) -> None:
    answer = console.post("/reports/schools", data=given)
    assert answer.status_code == status
    assert rows(made, SchoolHeadcount) == []
    if given.get("people") == "many":
        assert "Lincoln Elementary" in answer.text


def test_count_now(made: Made, console: FrameBrowser, board: FrameBrowser) -> None:
    before = int(cells(console.get("/reports/funnel/1.csv"))[1][1])
    person = made.world.person(made.registration, "New Here")
    made.world.enrollment(made.activities[0], person)
    assert int(cells(console.get("/reports/funnel/1.csv"))[1][1]) == before, "a page that was just counted is not counted again"
    answer = board.post("/reports/refresh")
    assert answer.status_code == 303
    assert "counted anew" in board.get(answer.location).text
    assert int(cells(console.get("/reports/funnel/1.csv"))[1][1]) == before + 1
    assert [one.action for one in rows(made, AuditEvent)] == ["district:reports:refreshed"]


def test_a_large_district_waits_for_the_worker(made: Made, console: FrameBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recounting, "SMALL", 20)
    monkeypatch.setattr("lti_tool.district.reports.recounting_policies.SMALL", 20)
    woken: list[bool] = []
    made.world.tool.wake = lambda: woken.append(True)
    for path in PAGES:
        assert "The figures are being counted" in console.get(f"/reports/{path}").text
    assert woken
    assert console.get("/reports/funnel/1.csv").status_code == 404
    recounting.recount_due(made.world.tool)
    assert "The figures are being counted" not in console.get("/reports/").text
    [run] = [one for one in rows(made, ReportRun) if one.district_id == made.id]
    assert (run.wanted_at, run.leased_until) == (None, None)
    before = int(cells(console.get("/reports/funnel/1.csv"))[1][1])
    made.world.enrollment(made.activities[0], made.world.person(made.registration, "New Here"))
    made.world.tool.clock.tick(minutes=10)  # type: ignore[attr-defined]
    answer = console.post("/reports/refresh")
    assert "are being counted. Open this page again" in console.get(answer.location).text
    assert "new figures are being counted" in console.get("/reports/funnel").text
    assert int(cells(console.get("/reports/funnel/1.csv"))[1][1]) == before, "nobody waits for it"
    recounting.recount_due(made.world.tool)
    assert int(cells(console.get("/reports/funnel/1.csv"))[1][1]) == before + 1


def test_pages_ask_little_and_always_the_same(made: Made, world: World, console: FrameBrowser) -> None:
    other = world.browser(world.person(world.registration(), "Cory Two"), "console")
    for path in PAGES:
        for browser in (console, other):
            browser.get(f"/reports/{path}")
        with counted(world.tool) as statements:
            console.get(f"/reports/{path}")
        assert len(statements) <= (22 if path in ("", "board", "agreement") else 14), (path, statements)
        assert not [one for one in statements if " FROM enrollment" in one or " FROM review " in one], "no page reads the work itself"


def test_pay_comes_from_whoever_keeps_the_ledger(console: FrameBrowser, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There are no pay rules yet" in console.get("/reports/pay").text
    years = (
        PayYear("2026–27", "USD", 1_240_000, 80_000, 60_000, 2_000_000, 31, 4),
        PayYear("2026–27", "hours", 120, 0, None, None, 8, 0),
        PayYear("2025–26", "USD", 900_000, 0, 60_000, None, 20, 12),
    )
    monkeypatch.setattr(pay_figures, "years", lambda _session, _district: years)
    text = console.get("/reports/pay").text
    assert "$12,400.00" in text
    assert "$18,600.00" in text, "31 teachers with $600 each"
    money, hours = cells(console.get("/reports/pay/1.csv")), cells(console.get("/reports/pay/2.csv"))
    assert money[1] == ["2026–27", "12400.0", "800.0", "600.0", "20000.0", "31", "not shown"]
    assert money[2][-1] == "12"
    assert hours[1] == ["2026–27", "120", "0", "", "", "not shown", "0"]


def test_no_page_names_anybody(made: Made, console: FrameBrowser) -> None:
    world = made.world
    for n in range(12):
        person = world.person(made.registration, f"Zenobia Quartermain{n}")
        world.grant(person, "reviewer")
        world.enrollment(made.activities[0], person)
    for path in PAGES:
        assert "Quartermain" not in console.get(f"/reports/{path}").text
