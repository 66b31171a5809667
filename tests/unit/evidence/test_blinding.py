"""Names of people in what they wrote."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.blinding import HIDDEN, Names, blinded, tells

ADA = Names("Adabella Lovelace", "Adabella", "Lovelace", "adabella@district.example")
WORD = st.text(st.characters(categories=["L"]), min_size=3, max_size=20)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("By Adabella Lovelace, fifth grade.", f"By {HIDDEN}, fifth grade."),
        ("ADABELLA\nLOVELACE", HIDDEN),
        ("Lovelace, Adabella", HIDDEN),
        ("Ask Ms. Lovelace’s class", f"Ask {HIDDEN}’s class"),
        ("Mail Adabella@District.example!", f"Mail {HIDDEN}!"),
        ("Adabella was a student.", "Adabella was a student."),
        ("A lovelace of sorts, Lovelacean", "A lovelace of sorts, Lovelacean"),
    ],
)
def test_what_is_hidden_and_what_stays(text: str, seen: str) -> None:
    assert blinded(text, [ADA]) == seen
    assert tells(text, ADA) == (seen != text)


def test_a_label_without_parts_is_enough_and_nothing_hides_nothing() -> None:
    assert blinded("Mr Featherstonehaugh-Cholmondeley wrote", [Names(label="W. Featherstonehaugh-Cholmondeley")]) == f"{HIDDEN} wrote"
    for nobody in (Names(), Names(label="Bo"), Names(given="Will"), Names(family="Li")):
        assert blinded("Will Li and Bo read", [nobody]) == "Will Li and Bo read"


@given(WORD, WORD, st.text(max_size=80), st.text(max_size=80))
def test_a_full_name_is_never_left_wherever_it_stands(first: str, last: str, before: str, after: str) -> None:
    person = Names(f"{first} {last}", first, last, "")
    text = blinded(f"{before} {first} {last} {after}", [person])
    assert not re.search(rf"(?<!\w){re.escape(first)} {re.escape(last)}(?!\w)", text)
    assert blinded(text, [Names()]) == text
