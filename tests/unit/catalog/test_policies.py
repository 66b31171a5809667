"""What a draft must become, in plain words."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog import policies
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.prose import prose
from tests.factories.world import CONTENT

WHOLE: dict[str, Any] = MicrocredentialContent.model_validate(CONTENT).model_dump(mode="json")


def whole(**changes: Any) -> dict[str, Any]:
    return {**copy.deepcopy(WHOLE), **changes}


def said(draft: dict[str, Any]) -> dict[str, str]:
    """Faults by anchor, with the reader's words."""
    return {fault.anchor: f"{fault.where}: {fault.words}" for fault in policies.check(draft)[1]}


def test_a_complete_draft_makes_its_content_and_no_faults() -> None:
    content, faults = policies.check(whole())
    assert faults == ()
    assert content == MicrocredentialContent.model_validate(WHOLE)


def test_a_blank_draft_says_what_is_missing_in_the_order_of_the_page_and_nothing_twice() -> None:
    with pytest.raises(policies.NotReady) as refused:
        policies.content_of(policies.blank())
    anchors = [fault.anchor for fault in refused.value.faults]
    assert anchors[:4] == ["title", "summary", "competency", "hours"]
    assert len(anchors) == len(set(anchors))
    assert "criteria" not in anchors  # a row is there, only not written yet
    assert "criteria-0-levels-1-description" in anchors
    assert not [anchor for anchor in anchors if anchor.endswith("key")]


@pytest.mark.parametrize(
    ("changes", "anchor", "words"),
    [
        ({"title": "x" * 121}, "title", "Title: This is too long: at most 120 characters."),
        ({"hours": "twelve"}, "hours", "Hours of work: Give a whole number."),
        ({"hours": "0"}, "hours", "Hours of work: Give 1 or more."),
        ({"hours": "9" * 5000}, "hours", "Hours of work: Give a whole number."),
        ({"evidence": []}, "evidence", "Evidence: Add at least one."),
        (
            {"references": [{"title": "A", "url": "http://a.example", "note": ""}]},
            "references-0-url",
            "Source 1, web address: Give a web address that starts with https:// and has no spaces.",
        ),
        ({"badge": {"shape": "cube", "color": "teal", "pictogram": "star"}}, "badge-shape", "Badge, shape: Choose one of those offered."),
    ],
)
def test_faults_are_plain_words_at_their_field(changes: dict[str, Any], anchor: str, words: str) -> None:
    assert said(whole(**changes))[anchor] == words


def test_rules_between_fields() -> None:
    draft = whole()
    draft["evidence"][0]["accepts"] = []
    draft["evidence"][1] |= {"minimum": "6", "maximum": "5"}
    draft["criteria"][0]["required_level"] = "9"
    draft["criteria"][1]["levels"] = draft["criteria"][1]["levels"][:1]
    found = said(draft)
    assert found["evidence-0-accepts"].endswith("Choose at least one.")
    assert found["evidence-1-minimum"].endswith("more than the most that may be handed in.")
    assert found["criteria-0-required_level"] == "Criterion 1, level needed to earn: Choose one."
    assert found["criteria-1-levels"].endswith("Add at least 2.")


def test_keys_are_made_from_titles_once_and_stay() -> None:
    draft = whole()
    draft["criteria"].append({**policies.new_row("criteria"), "title": "Waiting & listening"})
    once = policies.tidy(draft)
    assert [row["key"] for row in once["criteria"]] == ["planning", "asking", "waiting-listening"]
    once["criteria"][2]["title"] = "Something else"
    assert policies.tidy(once)["criteria"][2]["key"] == "waiting-listening"


def test_equal_titles_get_different_keys_and_both_kinds_of_questions_share_one_set() -> None:
    draft = policies.blank()
    draft["overview_questions"] = [{**policies.new_row("overview_questions"), "prompt": "Why?"} for _ in range(2)]
    draft["reflection_questions"] = [{**policies.new_row("reflection_questions"), "prompt": "Why?"}]
    tidied = policies.tidy(draft)
    keys = [row["key"] for row in tidied["overview_questions"] + tidied["reflection_questions"]]
    assert keys == ["why", "why-2", "why-3"]


def test_a_row_without_title_has_no_key_yet_and_a_forged_key_is_replaced() -> None:
    draft = whole()
    draft["criteria"] += [policies.new_row("criteria"), {**policies.new_row("criteria"), "title": "Ünïcode", "key": "../x"}]
    assert [row["key"] for row in policies.tidy(draft)["criteria"]] == ["planning", "asking", "", "unicode"]


def test_evidence_forgets_criteria_that_are_gone() -> None:
    draft = whole()
    del draft["criteria"][0]
    assert policies.tidy(draft)["evidence"][0]["criteria"] == []
    assert policies.check(draft)[1] == ()


@given(st.lists(st.text(max_size=60), max_size=12))
def test_keys_are_always_sound_unique_and_stable(titles: list[str]) -> None:
    draft = whole(criteria=[{**policies.new_row("criteria"), "title": title} for title in titles], evidence=[])
    tidied = policies.tidy(draft)
    keys = [row["key"] for row in tidied["criteria"] if row["title"].strip()]
    assert len(set(keys)) == len(keys)
    assert all(policies._KEY.match(key) for key in keys)
    assert policies.tidy(tidied) == tidied


def test_tidying_leaves_the_given_draft_alone() -> None:
    draft = whole(criteria=[{**policies.new_row("criteria"), "title": "New"}])
    before = copy.deepcopy(draft)
    policies.tidy(draft)
    assert draft == before


def test_readable_has_numbers_where_a_page_counts() -> None:
    shown = policies.readable({**policies.blank(), "criteria": [{**policies.new_row("criteria"), "required_level": "x"}]})
    assert shown["criteria"][0]["required_level"] == 3
    assert shown["evidence"][0]["minimum"] == 1


@pytest.mark.parametrize(
    ("custom", "points"),
    [
        ({}, 100),
        ({"points": "40"}, 40),
        ({"points": 40}, 40),
        ({"points": "$Points"}, 100),
        ({"points": "0"}, 100),
        ({"points": "101"}, 100),
    ],
)
def test_points_of_a_link(custom: dict[str, Any], points: int) -> None:
    assert policies.points_of(custom) == points


def test_prose_is_markdown_without_anything_that_acts() -> None:
    html = prose(
        "# Head\n\n<script>alert(1)</script> *so* [bad](javascript:alert(1)) [good](https://example.org) ![](https://example.org/x.png)\n\n"
        "<img src=x onerror=alert(1)>"
    )
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert '<a href="https://example.org" target="_blank" rel="noopener noreferrer">good</a>' in html
    assert "<h3>Head</h3>" in html
    assert "<em>so</em>" in html


@given(st.text(max_size=300))
def test_prose_survives_any_text(text: str) -> None:
    html = prose(text).lower()
    assert "<script" not in html
    assert "<img" not in html
