"""The picker's answer, judged."""

from __future__ import annotations

from typing import Any

import pytest

from tests.practice_lms.conftest import Stage
from tests.practice_lms.fake_tool import CLAIM, DL, tool_key


def picked(stage: Stage, face: str, **item: Any) -> Any:
    """One item, answered for the usual placement."""
    stage.tool.items = [
        {"type": "ltiResourceLink", "title": "T", "url": stage.tool.base + "/launch", "lineItem": {"scoreMaximum": 10}, **item}
    ]
    return stage.pick(face, "assignment_selection" if face == "canvas" else "ContentArea")


@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_a_good_answer_becomes_an_activity_with_a_column(stage: Stage, face: str) -> None:
    stage.register(face)
    item = stage.place(face, title="Close “reading”", text="About it")
    assert item["title"] == "Close “reading”"
    assert item["custom"] == {"key": "close-reading"}
    assert item["published"]
    [column] = stage.inspect(face)["line_items"]
    assert (column["maximum"], column["resource_id"], column["tag"]) == (100.0, "r1", "t")
    assert column["resource_link_id"] == item["resource_link_id"]
    assert stage.violations(face) == []


def test_moodle_asks_for_several_and_sends_no_data(stage: Stage) -> None:
    stage.register("moodle")
    stage.tool.items = [
        {"type": "ltiResourceLink", "title": f"Number {index}", "url": stage.tool.base + "/launch", "lineItem": {"scoreMaximum": 100}}
        for index in range(3)
    ]
    page = stage.pick("moodle", "ContentArea")
    settings = stage.tool.launches[-1][DL + "deep_linking_settings"]
    assert settings["accept_multiple"] is True
    assert "data" not in settings
    stage.walker.submit(page, "save-items")
    assert [item["title"] for item in stage.inspect("moodle")["items"]] == ["Number 0", "Number 1", "Number 2"]
    stage.walker.submit(page, "save-items")
    assert len(stage.inspect("moodle")["items"]) == 3


def test_canvas_makes_several_at_once_in_a_new_module_unpublished(stage: Stage) -> None:
    stage.register("canvas")
    stage.tool.items = [
        {"type": "ltiResourceLink", "title": f"N{index}", "url": stage.tool.base + "/launch", "lineItem": {"scoreMaximum": 5.5}}
        for index in range(2)
    ]
    page = stage.pick("canvas", "module_index_menu_modal")
    assert page.all("return-to-course")
    seen = stage.inspect("canvas")
    assert [item["published"] for item in seen["items"]] == [False, False]
    assert seen["courses"][0]["modules"][-1]["title"] == "New Content From App"


def test_the_editor_takes_a_card(stage: Stage) -> None:
    stage.register("canvas")
    stage.tool.items = [
        {"type": "ltiResourceLink", "title": "Card", "url": stage.tool.base + "/launch"},
        {"type": "html", "html": "<b>Hello</b>"},
    ]
    assert stage.pick("canvas", "editor_button").status == 200
    [item] = stage.inspect("canvas")["items"]
    assert item["line_item"] is None
    assert CLAIM + "resource_link" in stage.open("canvas", "dana", item["number"])


def test_nothing_selected_is_fine(stage: Stage) -> None:
    stage.register("moodle")
    stage.tool.items = []
    assert stage.pick("moodle", "ContentArea").status == 200
    assert stage.violations("moodle") == []


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"iss": "somebody"}, "iss is not the client id"),
        ({"aud": "https://elsewhere.example"}, "aud does not name"),
        ({"nonce": None}, "nonce is missing"),
        ({"exp": 1}, "expired"),
        ({"exp": None}, "exp is missing"),
        ({"iat": None}, "iat is missing"),
        ({CLAIM + "deployment_id": "0"}, "deployment_id is not"),
        ({CLAIM + "message_type": "LtiResourceLinkRequest"}, "message_type is not"),
        ({CLAIM + "version": "1.2"}, "version is not"),
        ({DL + "data": "made up"}, "data came back"),
        ({DL + "content_items": None}, "content_items is not a list"),
        ({DL + "content_items": ["x"]}, "not an object"),
    ],
)
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_wrong_claims_are_named_and_nothing_is_made(stage: Stage, face: str, change: dict[str, Any], problem: str) -> None:
    stage.register(face)
    stage.tool.answer_changes = change
    page = picked(stage, face)
    assert page.status == 400
    assert any(problem in told for told in page.texts("problem")), page.texts("problem")
    assert any(problem in told for told in stage.violations(face))
    assert stage.inspect(face)["items"] == []


@pytest.mark.parametrize(
    ("item", "problem"),
    [
        ({"type": "link"}, "not accepted"),
        ({"url": "https://elsewhere.example/x"}, "not on the tool's domain"),
        ({"title": "x" * 256}, "longer than 255"),
        ({"custom": {"n": 5}}, "must all be text"),
        ({"custom": {"lineitem_url": "x"}}, "is reserved"),
        ({"lineItem": {"label": "no maximum"}}, "scoreMaximum"),
        ({"lineItem": {"scoreMaximum": 0}}, "scoreMaximum"),
        ({"lineItem": {"scoreMaximum": "10"}}, "scoreMaximum"),
    ],
)
@pytest.mark.parametrize("face", ["canvas", "moodle"])
def test_wrong_items_are_refused(stage: Stage, face: str, item: dict[str, Any], problem: str) -> None:
    stage.register(face)
    page = picked(stage, face, **item)
    assert page.status == 400
    assert any(problem in told for told in page.texts("problem"))


@pytest.mark.parametrize("maximum", [150, 25.5])
def test_moodle_wants_whole_points_up_to_a_hundred(stage: Stage, maximum: float) -> None:
    stage.register("moodle")
    assert picked(stage, "moodle", lineItem={"scoreMaximum": maximum}).status == 400


def test_canvas_takes_one_item_for_an_assignment(stage: Stage) -> None:
    stage.register("canvas")
    stage.tool.items = [{"type": "ltiResourceLink", "title": "A"}, {"type": "ltiResourceLink", "title": "B"}]
    assert "several items came back where only one is accepted" in stage.pick("canvas", "assignment_selection").texts("problem")


@pytest.mark.parametrize(
    ("header", "problem"),
    [
        ({"kid": "another"}, "kid is not in"),
        ({"kid": ""}, "no kid"),
        ({"alg": "RS384"}, "not RS256"),
    ],
)
def test_wrong_headers_are_refused(stage: Stage, header: dict[str, Any], problem: str) -> None:
    stage.register("canvas")
    stage.tool.answer_header = header
    assert any(problem in told for told in picked(stage, "canvas").texts("problem"))


def test_another_key_is_refused(stage: Stage) -> None:
    stage.register("canvas")
    stage.tool.answer_key = tool_key("stranger")
    assert any("signature" in told for told in picked(stage, "canvas").texts("problem"))


def test_the_key_set_must_be_json(stage: Stage) -> None:
    stage.register("canvas")
    stage.tool.key_set_type = "text/html"
    assert any("application/json" in told for told in picked(stage, "canvas").texts("problem"))


def test_an_answer_counts_once(stage: Stage) -> None:
    stage.register("moodle")
    stage.tool.answer_changes = {"nonce": "the same"}
    assert picked(stage, "moodle").status == 200
    assert "nonce was used before" in picked(stage, "moodle").texts("problem")


def test_data_comes_back_byte_for_byte(stage: Stage) -> None:
    stage.register("canvas")
    stage.control("canvas", deep_linking_data='ä &=\n"{}"')
    assert picked(stage, "canvas").status == 200
    stage.tool.answer_changes = {DL + "data": 'ä &=\n"{}" '}
    assert "data is not what the request sent" in picked(stage, "canvas").texts("problem")


def test_the_return_address_cannot_be_made_up(stage: Stage) -> None:
    stage.register("canvas")
    assert stage.walker.post("/canvas/courses/2/deep_linking_response?data=x", {"JWT": "x"}).status == 400
    assert stage.walker.post("/moodle/mod/lti/contentitem_return.php?course=2&sesskey=x", {"JWT": "x"}).status == 400


def test_learners_cannot_open_the_picker(stage: Stage) -> None:
    stage.register("canvas")
    stage.walker.be("canvas", "ada")
    client = stage.inspect("canvas")["registrations"][0]["client_id"]
    assert stage.walker.get(f"/canvas/courses/2/select/{client}/launch?placement=assignment_selection").status == 403
