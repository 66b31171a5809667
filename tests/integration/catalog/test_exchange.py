"""Files come in as drafts and go out again: what is wrong is said row by row, and nothing published changes."""

from __future__ import annotations

import csv
import json
import time
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID

import pytest
from jsonschema import Draft201909Validator
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from lti_tool.catalog import sheets
from lti_tool.catalog.import_models import CatalogImport
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.tool import Tool
from lti_tool.web.spreadsheet import lines
from tests.conftest import Clock
from tests.factories.queries import counted
from tests.factories.world import FrameBrowser, World
from tests.unit.badges.samples import official


class Office:
    """An author with a file in hand."""

    def __init__(self, world: World, tool: Tool, *rights: str) -> None:
        self.world, self.tool = world, tool
        self.registration = world.registration()
        self.district_id: UUID = self.registration.district_id
        self.person = world.person(self.registration)
        self.browser: FrameBrowser = world.browser(self.person, *(rights or ("author",)))

    def give(self, data: bytes | str, name: str = "file.csv") -> TestResponse:
        given = data.encode() if isinstance(data, str) else data
        parts = [b'name="csrf_token"\r\n\r\n' + self.browser.token().encode(), f'name="file"; filename="{name}"\r\n\r\n'.encode() + given]
        body = b"".join(b"--edge\r\nContent-Disposition: form-data; " + part + b"\r\n" for part in parts) + b"--edge--\r\n"
        address = self.browser.prefix + "/catalog/exchange/"
        return self.browser.client.post(address, data=body, content_type="multipart/form-data; boundary=edge")

    def look(self, data: bytes | str) -> tuple[str, TestResponse]:
        answer = self.give(data)
        assert answer.status_code == 303, answer.text
        address = answer.headers["Location"]
        return address, self.browser.get(address)

    def take(self, data: bytes | str, whole: str = "no") -> TestResponse:
        address, _ = self.look(data)
        return self.browser.post(address, {"whole": whole})

    def rows(self) -> dict[str, Microcredential]:
        with self.tool.database.read() as session:
            found = session.scalars(select(Microcredential).where(Microcredential.district_id == self.district_id))
            return {row.title: row for row in found}

    def export(self, kind: str, query: str = "") -> Any:
        answer = self.browser.get(f"/catalog/exchange/export?as={kind}{query}")
        assert answer.status_code == 200
        return answer.data if kind == "csv" else json.loads(answer.data)


@pytest.fixture
def office(world: World, tool: Tool) -> Office:
    return Office(world, tool)


def sheet(*rows: dict[str, str], separator: str = ",") -> str:
    names = list(dict.fromkeys(name for row in rows for name in row))
    text = StringIO()
    writer = csv.DictWriter(text, names, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def whole(**given: str) -> dict[str, str]:
    header, example = list(sheets.template())
    return {**dict(zip(header, example, strict=True)), "reference_1_url": "", "reference_2_url": "", **_no_reading(), **given}


def _no_reading() -> dict[str, str]:
    return {f"{name}_{n}{part}": "" for name in ("reference", "resource") for n in (1, 2) for part in ("", "_url", "_note")}


def test_a_row_becomes_a_draft_that_can_be_published(office: Office) -> None:
    address, page = office.look(sheet(whole(title="Wait time")))
    assert "Wait time" in page.text
    assert office.rows() == {}
    answer = office.browser.post(address, {"whole": "yes"})
    assert answer.status_code == 303
    assert "state=draft" in answer.headers["Location"]
    row = office.rows()["Wait time"]
    assert (row.state, row.author_id) == ("draft", office.person.id)
    assert "Wait time" in office.browser.get(answer.headers["Location"]).text
    assert office.browser.post(f"/catalog/{row.id}/publish").status_code == 303
    assert office.browser.get(address).status_code == 404  # the file is gone with its taking in


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode("utf-8"),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: b"\xff\xfe" + text.replace(",", "\t").encode("utf-16-le"),
        lambda text: text.replace(",", ";").encode("cp1252"),
        lambda text: text.replace("\r\n", "\n").encode(),
    ],
    ids=["utf-8", "with a mark", "utf-16", "Excel's Unicode text", "Windows with semicolons", "Unix"],
)
def test_what_spreadsheets_save_is_read(office: Office, encode: Callable[[str], bytes]) -> None:
    assert office.take(encode("title,hours,summary\r\nÜbung für Lehrkräfte,12,Größe\r\n")).status_code == 303
    draft = office.rows()["Übung für Lehrkräfte"].draft
    assert draft is not None
    assert (draft["hours"], draft["summary"]) == ("12", "Größe")


def test_what_is_empty_can_be_written_later_and_what_is_wrong_keeps_its_row_out(office: Office) -> None:
    text = sheet(
        {"title": "Begun", "hours": ""},
        {"title": "Bad hours", "hours": "many"},
        {"title": "", "hours": "3"},
        {"title": "Fine", "hours": "3"},
    )
    address, page = office.look(text)
    assert "“many” can’t be taken." in page.text
    assert "Give a whole number." in page.text
    assert "Still to write before publishing:" in page.text
    refused = office.browser.post(address, {"whole": "yes"})
    assert refused.status_code == 422
    assert office.rows() == {}
    assert office.browser.post(address, {"whole": "maybe"}).status_code == 422
    assert office.browser.post(address, {"whole": "no"}).status_code == 303
    assert sorted(office.rows()) == ["Begun", "Fine"]


def test_the_same_key_again_changes_the_draft_and_never_a_version(office: Office, tool: Tool) -> None:
    office.take(sheet(whole(key="waiting", title="Waiting")))
    row = office.rows()["Waiting"]
    assert "The same already" in office.look(sheet(whole(key="waiting", title="Waiting")))[1].text
    assert "Changes the draft" in office.look(sheet(whole(key="waiting", title="Waiting", hours="20")))[1].text
    office.take(sheet(whole(key="waiting", title="Waiting", hours="20")))
    assert office.rows()["Waiting"].draft_number == row.draft_number + 1
    office.browser.post(f"/catalog/{row.id}/publish")
    assert "The same already" in office.look(sheet(whole(key="waiting", title="Waiting", hours="20")))[1].text
    assert "Draft of the next version" in office.look(sheet(whole(key="waiting", title="Other", hours="21")))[1].text
    office.take(sheet(whole(key="waiting", title="Other", hours="21")))
    with tool.database.read() as session:
        version = session.scalars(select(MicrocredentialVersion)).one()
    assert (version.title, version.content["hours"]) == ("Waiting", 20)
    assert office.rows()["Waiting"].draft["hours"] == "21"  # type: ignore[index]


def test_a_key_of_two_rows_and_columns_that_we_do_not_know(office: Office) -> None:
    page = office.look(sheet({"key": "one", "title": "A"}, {"key": "one", "title": "B"}))[1].text
    assert "The key “one” stands in two rows." in page
    page = office.look("title,hourz\nA,3\n")[1].text
    assert "No column is called “hourz”." in page
    assert "Nothing to take in" in page
    assert "Two columns have the same name." in office.look("title,title\nA,B\n")[1].text


ITEM = "6e1f4a52-7a6b-11e9-8f9e-2a86e4085a59"

FAULTS = {
    "key": "Not A Key",
    "title": "x" * 200,
    "family": "f" * 200,
    "level": "expert",
    "audience": "a" * 300,
    "topics": "t" * 90,
    "hours": "many",
    "summary": "s" * 900,
    "competency": "c" * 900,
    "method": "m" * 300,
    "method_description": "d" * 9000,
    "rationale": "r" * 9000,
    "badge_shape": "triangle",
    "badge_color": "neon",
    "badge_pictogram": "dog",
}
BY_KIND = {"text": "x" * 9000, "number": "three", "accepts": "films", "numbers": "one", "yes": "perhaps", "level_number": "9"}


def test_five_hundred_rows_with_faults_in_every_column_stay_readable_and_take_seconds(office: Office, tool: Tool) -> None:
    from lti_tool.catalog.sheet_columns import columns

    bad = {one.name: FAULTS.get(one.name, BY_KIND.get(one.kind, "no colon")) for one in columns()}
    long = [name for name, value in bad.items() if len(value) > 1000]
    rows = [
        {
            name: f"{value} {n}" if name == "hours" else value
            for name, value in bad.items()
            if name not in long or long.index(name) == n % 99
        }
        for n in range(500)
    ]
    begun = time.monotonic()
    address, page = office.look(sheet(*[{name: row.get(name, "short") for name in bad} for row in rows]))
    took = time.monotonic() - begun
    assert page.status_code == 200
    assert took < 30, f"{took:.1f} seconds"
    assert len(page.data) < 300_000
    told = page.text.split('id="faults"')[1].split("</table>")[0]
    missing = [name for name in bad if f"<code>{name}</code>" not in told]
    assert missing == []
    assert "2–501" in told
    assert told.count("<tr>") <= 101
    listed = list(csv.reader(StringIO(office.browser.get(address + "/faults.csv").data.decode("utf-8-sig"))))
    assert len(listed) >= 1 + 500 * (len(bad) - len(long))
    assert listed[1][0] == "2"
    assert office.browser.post(address, {"whole": "no"}).status_code == 303
    assert office.rows() == {}


def test_five_hundred_good_rows_come_in_within_seconds_and_few_queries(office: Office, tool: Tool) -> None:
    text = sheet(*[whole(key=f"row-{n}", title=f"Number {n:03}") for n in range(500)])
    address, page = office.look(text)
    assert "500 rows come in as drafts" in page.text
    begun = time.monotonic()
    with counted(tool) as statements:
        assert office.browser.post(address, {"whole": "yes"}).status_code == 303
    assert time.monotonic() - begun < 30
    assert len(office.rows()) == 500
    assert len([one for one in statements if one.startswith("SELECT")]) < 30


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "This file is empty."),
        (b" \n ", "This file is empty."),
        (b"\x00\x01\x02title", "letters of this file"),
        (b"\xff\xfe\x00", "letters of this file"),
        (b"name,price\nA,3\n", "none of the columns that we know"),
        (b"title," + b"," * 500 + b"\nA\n", "far too many columns"),
        (b'title\n"' + b"x" * 200_000 + b'"\n', "no table that we can read"),
        (b"[" * 100_000, "no JSON that we can read"),
        (b'{"a":' * 5000 + b"1" + b"}" * 5000, "no JSON that we can read"),
        (b'{"format": "microcredentials", "version": 1, "microcredentials": "\\ud800"}', "no JSON that we can read"),
        (b'{"format": "microcredentials", "version": 1, "microcredentials": "\\u0000"}', "no JSON that we can read"),
        (b'{"format": "microcredentials", "version": 9}', "newer version of the tool"),
        (b'{"format": "microcredentials", "version": 1, "microcredentials": {}}', "list of microcredentials is missing"),
        (b'{"hello": 1}', "what this file is"),
        (b"[]", "what this file is"),
        (b'{"CFDocument": {}, "CFItems": 3}', "neither rubrics nor items"),
        (b"NaN", "none of the columns"),
        (b'{"a": NaN}', "no JSON that we can read"),
    ],
)
def test_what_is_no_such_file_is_refused_with_words(office: Office, data: bytes, words: str) -> None:
    answer = office.give(data)
    assert answer.status_code == 422
    assert words in answer.text


def test_a_file_that_is_too_large_is_refused(office: Office) -> None:
    assert office.give(b"title\n" + b"x" * (17 * 1024 * 1024)).status_code == 413
    assert office.browser.post("/catalog/exchange/").status_code == 422


def test_an_export_to_a_spreadsheet_comes_back_the_same_and_runs_nothing(office: Office) -> None:
    evil = '=HYPERLINK("https://evil.example")'
    office.world.version(office.district_id, title=evil, summary="+1", tags=["@sum"], family="-2", level="leading")
    office.world.version(office.district_id, title="Plain")
    data = office.export("csv")
    cells = [cell for row in csv.reader(StringIO(data.decode("utf-8-sig"))) for cell in row]
    assert f"'{evil}" in cells
    assert not [cell for cell in cells if cell.lstrip().startswith(("=", "+", "-", "@"))]
    page = office.look(data)[1].text
    assert page.count("The same already") == 3  # in sum, and twice
    assert "Nothing to take in" in page
    only = office.export("csv", "&level=leading").decode()
    assert "Plain" not in only
    assert evil.split("(", maxsplit=1)[0] in only


def test_districts_share_by_a_file_that_says_what_is_new_and_from_where(office: Office, world: World, tool: Tool) -> None:
    version = world.version(office.district_id, title="Shared one", family="Talk", level="advanced")
    made = office.export("share")
    assert made["from"]["district"] == "Maple Valley"
    assert made["microcredentials"][0]["content_hash"] == version.content_hash
    other = Office(world, tool)
    address, page = other.look(json.dumps(made))
    assert "from Maple Valley" in page.text
    assert ">New<" in page.text
    other.browser.post(address, {"whole": "yes"})
    row = other.rows()["Shared one"]
    other.browser.post(f"/catalog/{row.id}/publish")
    assert "The same already" in other.look(json.dumps(made))[1].text
    made["microcredentials"][0]["content"]["hours"] = 499
    page = other.look(json.dumps(made))[1].text
    assert "The content is not what the file’s hash says." in page
    made["microcredentials"][0]["content"] = {"title": 3, "hours": "x", "unknown": [], "criteria": [{}]}
    page = other.look(json.dumps(made))[1].text
    assert "criteria.1.title" in page
    assert "Nothing to take in" in page


def test_achievements_are_valid_and_come_back_as_the_beginning_of_a_draft(office: Office, world: World, tool: Tool) -> None:
    aligned = [{"framework": "State", "name": "Standard 4", "code": "4.1", "url": "https://standards.example.org/4"}]
    world.version(office.district_id, title="Badge one", tags=["talk"], family="Talk", alignments=aligned)
    made = office.export("achievements")
    if schema := official("schemas/ob_v3p0_achievementcredential_schema.json"):
        Draft201909Validator({"$ref": "#/$defs/Achievement", "$defs": schema["$defs"]}).validate(made)
    other = Office(world, tool)
    for document in (made, [made], {"type": ["VerifiableCredential"], "credentialSubject": {"achievement": made}}):
        assert "Badge one" in other.look(json.dumps(document))[1].text
    other.take(json.dumps(made))
    draft = other.rows()["Badge one"].draft
    assert draft is not None
    assert [one["title"] for one in draft["criteria"]] == ["Planning", "Asking"]
    assert [one["required_level"] for one in draft["criteria"]] == ["2", "2"]
    assert (draft["competency"], draft["family"], draft["tags"]) == ("The teacher asks open questions.", "Talk", ["talk"])
    assert draft["alignments"] == [one | {"case_item": ""} for one in aligned]
    assert other.browser.get(f"/catalog/{other.rows()['Badge one'].id}/edit").status_code == 200
    other.take(json.dumps(made))
    assert len(other.rows()) == 1


def test_a_case_package_carries_rubrics_and_its_items_become_standards(office: Office, world: World, tool: Tool) -> None:
    world.version(office.district_id, title="Framed", family="Talk")
    made = office.export("case")
    assert made["CFItems"][0]["fullStatement"] == "The teacher asks open questions."
    assert len(made["CFRubrics"][0]["CFRubricCriteria"][0]["CFRubricCriterionLevels"]) == 3
    other = Office(world, tool)
    other.take(json.dumps(made))
    draft = other.rows()["Framed"].draft
    assert draft is not None
    assert [one["title"] for one in draft["criteria"]] == ["Planning", "Asking"]
    assert [one["required_level"] for one in draft["criteria"]] == ["2", "2"]
    framework = {
        "CFDocument": {"title": "Teaching standards", "identifier": "d"},
        "CFItems": [
            {"identifier": "a", "fullStatement": "Planning and preparing"},
            {"identifier": ITEM, "fullStatement": "Plans lessons.", "humanCodingScheme": "1.a", "uri": "https://case.example.org/items/b"},
        ],
        "CFAssociations": [
            {"associationType": "isChildOf", "originNodeURI": {"identifier": ITEM}, "destinationNodeURI": {"identifier": "a"}}
        ],
    }
    other.take(json.dumps(framework))
    draft = other.rows()["Plans lessons."].draft
    assert draft is not None
    assert draft["family"] == "Planning and preparing"
    assert draft["alignments"] == [
        {
            "framework": "Teaching standards",
            "name": "Plans lessons.",
            "code": "1.a",
            "url": "https://case.example.org/items/b",
            "case_item": ITEM,
        }
    ]
    assert len(other.rows()) == 2


PATHS = ["GET /", "POST /", "GET /template.csv", "GET /export", "GET /files/{file}", "POST /files/{file}", "GET /files/{file}/faults.csv"]


@pytest.mark.parametrize("path", PATHS)
def test_who_may(office: Office, world: World, path: str) -> None:
    method, address = path.split(" ")
    file = office.look("title\nMine\n")[0].rsplit("/", 1)[1]
    address = "/catalog/exchange" + address.format(file=file)
    assert office.browser.client.application.test_client().open("/s/none" + address, method=method).status_code == 401
    for right in ("earner", "facilitator", "designer", "reviewer", "preview"):
        other = world.browser(world.person(office.registration), right)
        assert (other.get(address) if method == "GET" else other.post(address)).status_code == 403
    assert world.browser(office.person, "console").get("/catalog/exchange/").status_code == 200
    if "/files/" in address:
        for stranger in (world.person(office.registration), world.person(world.registration())):
            browser = world.browser(stranger, "author")
            assert (browser.get(address) if method == "GET" else browser.post(address, {"whole": "no"})).status_code == 404


def test_files_do_not_stay(office: Office, tool: Tool, clock: Clock) -> None:
    address, _ = office.look("title\nMine\n")
    office.look("title\nMine again\n")
    assert office.browser.get(address).status_code == 404
    address, _ = office.look("title\nThird\n")
    assert office.browser.post(address, {"do": "cancel"}).status_code == 303
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(CatalogImport)) == 0


def test_the_template_is_taken_in_as_it_is(office: Office) -> None:
    data = office.browser.get("/catalog/exchange/template.csv").data
    assert data.startswith(b"\xef\xbb\xbf")
    assert "".join(lines(sheets.template())).encode() == data[3:]
    assert "1" in office.look(data)[1].text
    page = office.browser.get("/catalog/exchange/").text
    assert "criterion_1_level_1" in page
    assert "Nothing to give away yet" in page
