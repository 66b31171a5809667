"""A correction changes texts and nothing that a teacher's work is asked for or judged by."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.correcting import is_patch
from lti_tool.catalog.samples import load_samples
from tests.factories.world import CONTENT

WHOLE: dict[str, Any] = {
    **CONTENT,
    "references": [{"title": "A study", "url": "https://example.org/a"}],
    "alignments": [{"framework": "F", "name": "N", "url": "https://example.org/n"}],
}
BEFORE = "ee5e714ae506f4183076f8ed8ecf2f1a9e0a5d1fbdf4c68350d427295e792c51"
OLD = MicrocredentialContent.model_validate(WHOLE)


def changed(change: Callable[[dict[str, Any]], object]) -> MicrocredentialContent:
    document = copy.deepcopy(OLD.model_dump(mode="json"))
    change(document)
    return MicrocredentialContent.model_validate(document)


TEXTS = {
    "title": lambda d: d.update(title="Asking good questions!"),
    "competency": lambda d: d.update(competency="The teacher asks open questions, and waits."),
    "tags": lambda d: d.update(tags=["talk"]),
    "method": lambda d: d["key_method"].update(description="Plan three questions."),
    "reference": lambda d: d["references"][0].update(url="https://example.org/b"),
    "prompt": lambda d: d["overview_questions"][0].update(prompt="Describe your classes."),
    "evidence": lambda d: d["evidence"][0].update(description="One plan, please."),
}
SUBSTANCE = {
    "criterion": lambda d: d["criteria"][0].update(title="Planing"),
    "criterion text": lambda d: d["criteria"][0].update(description="x"),
    "level": lambda d: d["criteria"][0]["levels"][1].update(description="x"),
    "required": lambda d: d["criteria"][0].update(required_level=1),
    "order of criteria": lambda d: d["criteria"].reverse(),
    "criterion more": lambda d: d["criteria"].append({**d["criteria"][0], "key": "more"}),
    "minimum": lambda d: d["evidence"][0].update(minimum=2),
    "maximum": lambda d: d["evidence"][0].update(maximum=6),
    "accepts": lambda d: d["evidence"][0].update(accepts=["file"]),
    "judged by": lambda d: d["evidence"][0].update(criteria=["asking"]),
    "students": lambda d: d["evidence"][0].update(may_show_students=True),
    "key of evidence": lambda d: d["evidence"][0].update(key="plans"),
    "key of a question": lambda d: d["overview_questions"][0].update(key="class"),
    "word limit": lambda d: d["overview_questions"][0].update(word_limit=100),
    "hours": lambda d: d.update(hours=13),
    "reference more": lambda d: d["references"].append(d["references"][0]),
    "step more": lambda d: d["key_method"]["components"].append({"title": "x", "how": "y"}),
    "standard": lambda d: d["alignments"][0].update(name="M"),
    "badge": lambda d: d["badge"].update(color="plum"),
    "family": lambda d: d.update(family="Questions"),
    "standing": lambda d: d.update(level="leading"),
}


@pytest.mark.parametrize("name", TEXTS)
def test_texts_may_be_corrected(name: str) -> None:
    assert is_patch(OLD, changed(TEXTS[name]))


@pytest.mark.parametrize("name", SUBSTANCE)
def test_nothing_else_may(name: str) -> None:
    assert not is_patch(OLD, changed(SUBSTANCE[name]))


def test_the_same_is_no_correction() -> None:
    assert not is_patch(OLD, OLD)


@given(st.sets(st.sampled_from(sorted(TEXTS)), min_size=1), st.sets(st.sampled_from(sorted(SUBSTANCE))))
def test_any_mixture_is_a_correction_as_long_as_it_is_texts_alone(texts: set[str], substance: set[str]) -> None:
    def change(document: dict[str, Any]) -> None:
        for name in sorted(texts):
            TEXTS[name](document)
        for name in sorted(substance):
            SUBSTANCE[name](document)

    new = changed(change)
    assert is_patch(OLD, new) == (not substance)
    assert is_patch(new, OLD) == is_patch(OLD, new)  # what may be corrected may be corrected back


def test_content_that_has_none_of_the_later_fields_hashes_as_it_did_before() -> None:
    """The hash of a document with everything that there was before family, level and CASE items; written down when there were none."""
    known = MicrocredentialContent.model_validate({**CONTENT, "alignments": WHOLE["alignments"]})
    assert known.content_hash() == BEFORE
    for later in ({"family": "F"}, {"level": "leading"}):
        assert MicrocredentialContent.model_validate({**CONTENT, "alignments": WHOLE["alignments"], **later}).content_hash() != BEFORE
    item = [{**WHOLE["alignments"][0], "case_item": "6e1f4a52-7a6b-11e9-8f9e-2a86e4085a59"}]
    assert MicrocredentialContent.model_validate({**CONTENT, "alignments": item}).content_hash() != known.content_hash()


def test_samples_are_corrected_by_texts_too() -> None:
    for sample in load_samples():
        document = sample.content.model_dump(mode="json")
        new = MicrocredentialContent.model_validate({**document, "summary": "Said better."})
        assert is_patch(sample.content, new)
