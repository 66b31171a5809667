"""Files of strangers: whatever they hold, they are read or refused in words, and what is read can be shown in the editor."""

from __future__ import annotations

import csv
import json
from contextlib import suppress
from io import StringIO
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog import achievements, case_files, exchange, incoming, policies, sheet_columns, sheets, stack_policies
from lti_tool.catalog.content import Alignment, MicrocredentialContent
from lti_tool.catalog.entry_policies import folded, formats, hours, packed, searched, topics, unpacked, words_of
from lti_tool.catalog.forms import DraftForm
from lti_tool.catalog.samples import load_samples
from lti_tool.catalog.stack_policies import Member

NAMES = [one.name for one in sheet_columns.columns()]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
KEYS = ("type", "name", "description", "criteria", "narrative", "resultDescription", "rubricCriterionLevel", "requiredLevel",
        "alignment", "tag", "targetUrl", "identifier", "fullStatement", "CFRubricCriteria", "CFRubricCriterionLevels",
        "CFItemURI", "score", "level")  # fmt: skip
OBJECTS = st.recursive(
    st.none() | st.integers() | st.floats() | st.text(max_size=12) | st.sampled_from(["Achievement", "isChildOf"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=6),
    max_leaves=30,
)


def is_a_draft(draft: dict[str, Any]) -> None:
    """Everything that the editor and a reader's page need is there."""
    policies.check(draft)
    policies.readable(draft)
    assert set(policies.blank()) <= set(draft)
    assert set(draft) <= set(DraftForm.__dict__) | set(policies.blank()) | {"family", "level"}


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(incoming.Unreadable):
        for row in exchange.read(data).rows:
            is_a_draft(row.draft)


@given(st.lists(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=30), max_size=12), min_size=1, max_size=4))
def test_any_cells_make_drafts_and_faults_in_columns(rows: list[dict[str, str]]) -> None:
    text = StringIO()
    writer = csv.DictWriter(text, NAMES)
    writer.writeheader()
    writer.writerows(rows)
    try:
        found = sheets.read(text.getvalue())
    except incoming.Unreadable:
        return
    for row in found.rows:
        is_a_draft(row.draft)
        for fault in row.wrong:
            assert fault.words
            assert fault.advice
            assert fault.column in NAMES or fault.column == "" or sheet_columns.column(fault.column), fault.column
    for group in incoming.grouped([fault for row in found.rows for fault in row.wrong]):
        assert group.spans


@given(JSON)
def test_any_json_is_read_or_refused(document: Any) -> None:
    with suppress(incoming.Unreadable):
        exchange.read(json.dumps(document).encode())


@given(OBJECTS, OBJECTS)
def test_any_achievement_and_any_framework_make_drafts_or_are_refused(one: Any, other: Any) -> None:
    for document in (
        {"type": ["Achievement"], "name": "A", "criteria": one, "resultDescription": other, "alignment": one, "tag": other},
        {"CFDocument": one, "CFItems": [one, {"identifier": "x", "fullStatement": "Y"}], "CFRubrics": other, "CFAssociations": one},
        {"format": "microcredentials", "version": 1, "microcredentials": [{"key": "a", "content": one}, {"content": other}]},
    ):
        try:
            found = exchange.read(json.dumps(document).encode())
        except incoming.Unreadable:
            continue
        for row in found.rows:
            is_a_draft(row.draft)


@pytest.mark.parametrize("sample", load_samples(), ids=lambda one: one.key)
def test_a_sample_survives_a_spreadsheet(sample: Any) -> None:
    text = StringIO()
    csv.writer(text).writerows(sheets.written([(sample.key, sample.content.model_dump(mode="json"))]))
    (row,) = sheets.read(text.getvalue()).rows
    assert row.wrong == ()
    assert policies.content_of(row.draft).content_hash() == sample.content.content_hash()


@pytest.mark.parametrize("sample", load_samples(), ids=lambda one: one.key)
def test_a_sample_keeps_its_rubric_in_other_formats(sample: Any) -> None:
    achievement = achievements.document(uuid4(), sample.key, 1, sample.content)
    draft = achievements.draft_of(json.loads(json.dumps(achievement)))
    wanted = [(one.title, one.required_level, [level.name for level in one.levels]) for one in sample.content.criteria]
    assert [(one["title"], int(one["required_level"]), [level["name"] for level in one["levels"]]) for one in draft["criteria"]] == wanted


STANDARDS = (
    {
        "framework": "F",
        "name": "In CASE",
        "code": "T.3",
        "url": "https://a.example/t3",
        "case_item": "8c2ae3b4-7b1a-4a3e-9d55-0a7f4f3f2a11",
    },
    {"framework": "F", "name": "On paper", "code": "T.4", "url": "https://a.example/t4"},
)


def test_standards_survive_a_spreadsheet_and_an_achievement_with_their_identifiers_in_case() -> None:
    document = {**load_samples()[0].content.model_dump(mode="json"), "alignments": STANDARDS}
    content = MicrocredentialContent.model_validate(document)
    text = StringIO()
    csv.writer(text).writerows(sheets.written([("a", content.model_dump(mode="json"))]))
    (row,) = sheets.read(text.getvalue()).rows
    draft = achievements.draft_of(achievements.document(uuid4(), "a", 1, content))
    for came in (row.draft, draft):
        assert [Alignment.model_validate(one) for one in came["alignments"]] == list(content.alignments)


def test_family_and_level_that_are_empty_are_no_content() -> None:
    content = load_samples()[0].content
    plain = content.model_dump(mode="json")
    del plain["family"], plain["level"]
    assert MicrocredentialContent.model_validate(plain).content_hash() == content.content_hash()
    assert content.model_copy(update={"family": "Talk"}).content_hash() != content.content_hash()


@given(st.text(max_size=60))
def test_what_is_searched_is_found_in_itself(text: str) -> None:
    words = words_of(text)
    assert len(words) <= 8
    assert all(word in folded(text.replace("\x00", "")) for word in words)
    assert folded(folded(text)) == folded(text) or "ͅ" in folded(text)


@given(st.dictionaries(st.sampled_from(["title", "tags", "evidence", "hours", "alignments", "family", "level"]), JSON, max_size=7))
def test_a_draft_of_any_shape_has_an_entry(document: dict[str, Any]) -> None:
    assert len(searched(document, "Title")) <= 2000
    assert unpacked(packed(topics(document))) == topics(document)
    hours(document)
    formats(document)


def members(count: int, **given: Any) -> list[Member]:
    return [Member(**{"title": f"Part {n}", "summary": "About it.", "hours": 10, "placeable": True, **given}) for n in range(count)]


@given(st.sets(st.uuids(), max_size=8), st.sets(st.uuids(), max_size=8))
def test_a_stack_is_earned_by_all_of_it(wanted: set[Any], having: set[Any]) -> None:
    assert stack_policies.earned(wanted, having | wanted) == bool(wanted)
    for one in wanted:
        assert not stack_policies.earned(wanted, (having | wanted) - {one})


@pytest.mark.parametrize(("count", "ready"), [(0, False), (2, False), (3, True), (8, True), (9, False)])
def test_how_many_make_a_stack(count: int, ready: bool) -> None:
    assert (stack_policies.lacking("Talk", "About talk.", members(count)) == []) is ready
    assert stack_policies.lacking("", "", members(4)) != []
    assert stack_policies.lacking("Talk", "About talk.", members(4, placeable=False)) != []


def test_what_a_stack_freezes_fits_whatever_its_members_say() -> None:
    found = stack_policies.content("T" * 120, "S" * 400, members(8, title="t" * 120, summary="s" * 400, hours=500), {})
    assert found.hours == 500
    assert len(found.criteria) == 8
    assert case_files.MOST_ROWS == incoming.MOST_ROWS
