"""The editor's form: whatever is typed comes back, and buttons change only what they name."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from lti_tool.catalog import forms, policies
from tests.unit.catalog.test_policies import WHOLE


@pytest.fixture(scope="module", autouse=True)
def _request() -> Iterator[None]:
    app = Flask("test")
    app.config.update(SECRET_KEY="x", WTF_CSRF_ENABLED=False)  # the forms are under test, not their tokens
    with app.test_request_context("/"):
        yield


def controls(form: Any) -> MultiDict[str, str]:
    """What a browser sends for this form: every control by name and value."""
    sent: MultiDict[str, str] = MultiDict()

    def walk(fields: Any) -> None:
        for field in fields:
            match type(field).__name__:
                case "FormField":
                    walk(field.form)
                case "FieldList":
                    walk(field.entries)
                case "BooleanField":
                    if field.data:
                        sent.add(field.name, "y")
                case "SelectMultipleField":
                    for value in field.data or []:
                        sent.add(field.name, value)
                case _:
                    sent.add(field.name, str(field._value() if hasattr(field, "_value") else field.data).replace("\n", "\r\n"))

    walk(form)
    return sent


def posted(sent: MultiDict[str, str]) -> forms.DraftForm:
    form = forms.DraftForm(formdata=sent)
    form.offer_choices()
    return form


def round_trip(draft: policies.Draft) -> policies.Draft:
    return posted(controls(forms.DraftForm.of(draft, seen=3, editor="e"))).document()


TEXT = st.text(st.characters(exclude_characters="\x00\r", exclude_categories=["Cs"]), max_size=40)
TAG = st.text(st.characters(exclude_characters="\x00\r\n,", exclude_categories=["Cs"]), max_size=12).map(str.strip).filter(bool)
READ = st.fixed_dictionaries({"title": TEXT, "url": TEXT, "note": TEXT})
QUESTION = st.fixed_dictionaries({"key": TEXT, "prompt": TEXT, "help": TEXT, "word_limit": TEXT})
LEVELS = st.lists(st.fixed_dictionaries({"name": TEXT, "description": TEXT}), max_size=4)
CRITERION = st.fixed_dictionaries({"key": TEXT, "title": TEXT, "description": TEXT, "levels": LEVELS, "required_level": TEXT})
EVIDENCE = st.fixed_dictionaries(
    {
        "key": TEXT,
        "title": TEXT,
        "description": TEXT,
        "accepts": st.lists(st.sampled_from(["text", "link", "file"]), unique=True),
        "minimum": TEXT,
        "maximum": TEXT,
        "criteria": st.lists(TEXT, max_size=3, unique=True),
        "may_show_students": st.booleans(),
    }
)
ALIGNMENT = st.fixed_dictionaries({"framework": TEXT, "name": TEXT, "code": TEXT, "url": TEXT, "case_item": TEXT})
DRAFT = st.fixed_dictionaries(
    {
        "family": TEXT,
        "level": st.sampled_from(["", "foundational", "advanced", "leading"]),
        "title": TEXT,
        "summary": TEXT,
        "competency": TEXT,
        "audience": TEXT,
        "tags": st.lists(TAG, max_size=4, unique=True),
        "hours": TEXT,
        "key_method": st.fixed_dictionaries(
            {
                "title": TEXT,
                "description": TEXT,
                "components": st.lists(st.fixed_dictionaries({"title": TEXT, "how": TEXT}), max_size=3),
            }
        ),
        "rationale": TEXT,
        "references": st.lists(READ, max_size=2),
        "resources": st.lists(READ, max_size=2),
        "overview_questions": st.lists(QUESTION, max_size=3),
        "evidence": st.lists(EVIDENCE, max_size=3),
        "criteria": st.lists(CRITERION, max_size=3),
        "reflection_questions": st.lists(QUESTION, max_size=2),
        "alignments": st.lists(ALIGNMENT, max_size=2),
        "badge": st.fixed_dictionaries({"shape": TEXT, "color": TEXT, "pictogram": TEXT, "picture": TEXT, "picture_alt": TEXT}),
    }
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(DRAFT)
def test_form_to_draft_to_form_loses_nothing(draft: policies.Draft) -> None:
    assert round_trip(draft) == draft


def test_a_published_version_goes_through_the_editor_unchanged() -> None:
    content, faults = policies.check(round_trip(copy.deepcopy(WHOLE)))
    assert faults == ()
    assert content is not None
    assert content.model_dump(mode="json") == WHOLE


def test_zero_bytes_and_foreign_line_ends_do_not_reach_the_draft() -> None:
    sent = controls(forms.DraftForm.of(policies.blank(), seen=1, editor=""))
    sent["rationale"] = "one\x00\r\ntwo\rthree"
    assert posted(sent).document()["rationale"] == "one\ntwo\nthree"


def test_a_post_without_any_field_gives_an_empty_draft_that_can_be_shown_again() -> None:
    document = posted(MultiDict({"csrf_token": "x"})).document()
    assert document["criteria"] == []
    assert round_trip(document)["title"] == ""


@pytest.mark.parametrize("name", list(policies.NEW_ROWS))
def test_add_and_remove_undo_each_other(name: str) -> None:
    where = {"components": "key_method-components", "levels": "criteria-0-levels"}.get(name, name)
    draft = policies.tidy(WHOLE)
    added = forms.act(draft, f"add:{where}")
    assert added is not None
    assert added[0] != draft
    removed = forms.act(added[0], f"remove:{added[1]}")
    assert removed is not None
    assert removed[0] == draft


def test_moving_up_swaps_two_rows() -> None:
    moved = forms.act(WHOLE, "up:criteria-1")
    assert moved is not None
    assert [row["key"] for row in moved[0]["criteria"]] == ["asking", "planning"]
    assert moved[1] == "criteria-0"


@pytest.mark.parametrize(("removed", "needed"), [(0, "1"), (1, "1"), (2, "1")])
def test_removing_a_level_keeps_the_needed_one_in_the_rubric(removed: int, needed: str) -> None:
    after = forms.act(WHOLE, f"remove:criteria-0-levels-{removed}")
    assert after is not None
    assert after[0]["criteria"][0]["required_level"] == needed
    assert policies.check(after[0])[1] == ()


def test_removing_a_criterion_frees_the_evidence_from_it() -> None:
    after = forms.act(WHOLE, "remove:criteria-0")
    assert after is not None
    assert after[0]["evidence"][0]["criteria"] == []


@pytest.mark.parametrize(
    "button",
    [
        "add:",
        "add:title",
        "add:key_method",
        "add:criteria-9-levels",
        "add:evidence-0-accepts",
        "add:criteria-0-levels-0",
        "add:__class__",
        "remove:criteria",
        "remove:criteria-7",
        "remove:criteria-²",
        pytest.param("remove:criteria-" + "9" * 5000, id="remove, a number too long to read"),
        pytest.param("add:criteria-" + "9" * 5000 + "-levels", id="add, a number too long to read"),
        "remove:tags-0",
        "up:criteria-0",
        "x:criteria-0",
    ],
)
def test_buttons_that_lead_nowhere_change_nothing(button: str) -> None:
    assert forms.act({**WHOLE, "tags": ["a"]}, button) is None


def test_rows_have_an_end() -> None:
    draft = {**WHOLE, "references": [policies.new_row("references") for _ in range(40)]}
    assert forms.act(draft, "add:references") is None


def test_faults_stand_at_their_fields() -> None:
    draft = policies.blank()
    form = forms.DraftForm.of(draft, seen=1, editor="")
    form.show(policies.check(draft)[1])
    assert form.criteria[0].form.levels[0].form.description.errors == ["Write something here."]
    assert form.hours.errors == ["Give a whole number."]


def test_a_draft_from_before_family_and_level_comes_back_without_them() -> None:
    draft = {**policies.blank(), "alignments": [{"framework": "F", "name": "N", "code": "", "url": ""}]}
    del draft["family"], draft["level"]
    again = round_trip(draft)
    assert (again["family"], again["level"], again["alignments"][0]["case_item"]) == ("", "", "")
