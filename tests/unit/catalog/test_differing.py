"""What two documents differ in, word by word."""

from __future__ import annotations

import copy
import time
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog import differing, policies
from lti_tool.catalog.content import MicrocredentialContent
from tests.factories.world import CONTENT

WHOLE: dict[str, Any] = MicrocredentialContent.model_validate(CONTENT).model_dump(mode="json")
TEXT = st.text(st.sampled_from("ab \n,é"), max_size=60)


def said(pieces: tuple[differing.Piece, ...]) -> list[tuple[str, str]]:
    return [(piece.kind, piece.text) for piece in pieces]


@given(TEXT, TEXT)
def test_each_side_can_be_read_again_from_what_differs(old: str, new: str) -> None:
    pieces = differing.words(old, new)
    if not any(piece.gap for piece in pieces):
        assert "".join(piece.text for piece in pieces if piece.kind != "added") == old
        assert "".join(piece.text for piece in pieces if piece.kind != "removed") == new


@given(TEXT)
def test_the_same_has_no_changes(text: str) -> None:
    assert all(piece.kind == "same" for piece in differing.words(text, text))


def test_words_are_compared_and_not_letters() -> None:
    assert said(differing.words("Plan three questions.", "Plan four questions.")) == [
        ("same", "Plan "),
        ("removed", "three"),
        ("added", "four"),
        ("same", " questions."),
    ]
    assert said(differing.words("one two three", "uno dos three")) == [("removed", "one two"), ("added", "uno dos"), ("same", " three")]


def test_long_parts_that_are_the_same_are_left_out() -> None:
    old = " ".join(f"word{n}" for n in range(200))
    pieces = differing.words(old, old + " end")
    assert [piece.gap for piece in pieces] == [True, False, False]
    assert len(pieces[1].text) < 200


def test_a_text_made_to_be_slow_is_compared_by_lines_or_as_a_whole() -> None:
    begun = time.perf_counter()
    pieces = differing.words("a " * 4000, "b a" * 2600)
    assert time.perf_counter() - begun < 2
    assert [piece.kind for piece in pieces] == ["removed", "added"]


def test_fields_are_named_and_followed_by_key() -> None:
    new = copy.deepcopy(WHOLE)
    new["criteria"].reverse()
    new["criteria"][0]["levels"][2]["description"] = "Asking: seen"
    new["evidence"][0]["minimum"] = 2
    new["evidence"][0]["criteria"] = ["planning", "asking"]
    sections = differing.compare(WHOLE, new)
    assert [section.key for section in sections] == ["criteria", "evidence"]
    assert [change.where for change in sections[0].changes] == ["Criterion 1, level 3, description", "Order"]
    assert [change.where for change in sections[1].changes] == ["Evidence 1, at least", "Evidence 1, judged by"]
    assert said(sections[1].changes[1].pieces) == [("added", "Asking, "), ("same", "Planning")]


def test_rows_that_come_and_go_are_seen_and_so_is_the_level_that_is_needed() -> None:
    new = copy.deepcopy(WHOLE)
    del new["criteria"][1]
    new["criteria"][0]["required_level"] = 1
    new["references"] = [{"title": "A study", "url": "https://example.org", "note": ""}]
    where = {change.where: said(change.pieces) for section in differing.compare(WHOLE, new) for change in section.changes}
    assert where["Criterion 2, title"] == [("removed", "Asking")]
    assert where["Criterion 1, needed to earn"] == [("removed", "Met"), ("added", "Almost")]
    assert where["Source 1, title"] == [("added", "A study")]


@given(st.sampled_from(sorted(WHOLE)))
def test_a_document_without_a_part_is_compared_as_if_it_were_empty(part: str) -> None:
    less = {name: value for name, value in WHOLE.items() if name != part}
    differing.compare(less, WHOLE)
    differing.compare(WHOLE, less)


def test_a_draft_and_content_that_say_the_same_do_not_differ() -> None:
    draft = policies.readable(copy.deepcopy(WHOLE))
    draft["criteria"][0]["required_level"] = "2"
    assert differing.compare(WHOLE, policies.readable(draft)) == ()
