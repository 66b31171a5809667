"""What an update of a registration changes, told from what an LMS says it has."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.errors import Problem
from lti_tool.platforms import updating, vendors
from lti_tool.platforms.base import TOOL_CONFIGURATION
from lti_tool.platforms.configuration import SCOPES
from lti_tool.platforms.updating import Difference

ASKED: dict[str, Any] = {
    "client_name": "Microcredentials",
    "initiate_login_uri": "https://tool.example/lti/login",
    "redirect_uris": ["https://tool.example/lti/launch"],
    "jwks_uri": "https://tool.example/lti/jwks",
    TOOL_CONFIGURATION: {
        "target_link_uri": "https://tool.example/lti/launch",
        "description": "Teachers earn.",
        "custom_parameters": {"context_history": "$Context.id.history", "b": "c"},
        "messages": [{"type": "LtiResourceLinkRequest"}],
    },
}
words = st.text("aé\x00 ", max_size=600)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)


def token(claims: object) -> str:
    return "e30." + base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=") + ".x"


def test_the_same_again_is_no_difference() -> None:
    current = json.loads(json.dumps(ASKED))
    current[TOOL_CONFIGURATION]["custom_parameters"] = {"b": "c", "context_history": "$Context.id.history"}
    current[TOOL_CONFIGURATION]["messages"] = []
    assert updating.differences(current, ASKED) == []


def test_each_difference_says_what_was_and_what_comes() -> None:
    current = {**ASKED, "client_name": "Old name", TOOL_CONFIGURATION: {**ASKED[TOOL_CONFIGURATION], "custom_parameters": {"b": "c"}}}
    assert updating.differences(current, ASKED) == [
        Difference("Name", "Old name", "Microcredentials"),
        Difference("What your LMS tells with every opening", "b = c", "b = c, context_history = $Context.id.history"),
    ]


@given(st.dictionaries(st.sampled_from([*ASKED, "client_id"]), json_values))
def test_whatever_an_lms_says_can_be_compared(current: dict[str, Any]) -> None:
    for one in updating.differences(current, ASKED):
        assert one.before != one.after
        assert len(one.before) <= 500


@given(st.sets(st.sampled_from([*SCOPES, "x"])), st.sets(st.sampled_from([*SCOPES, "x"])))
def test_scopes_gained_and_lost_add_up(before: set[str], after: set[str]) -> None:
    found = updating.scopes(before, after)
    assert (before | set(found.gained)) - set(found.lost) == after
    assert not set(found.gained) & before
    assert not set(found.lost) & after


@pytest.mark.parametrize(
    "current", [None, [], "x", {}, {"client_id": ""}, {"client_id": 7}, {"client_id": "a\nb"}, {"client_id": "x" * 256}]
)
def test_an_lms_that_names_no_client_is_refused(current: object) -> None:
    with pytest.raises(Problem, match="registration_configuration"):
        updating.client_of(current)


@pytest.mark.parametrize(
    ("given", "updates"),
    [
        (token({"scope": "reg-update", "sub": "1"}), True),
        (token({"scope": "reg", "sub": "abc"}), False),
        (token(["reg-update"]), False),
        (token("reg-update"), False),
        ("", False),
        ("a.b", False),
        ("a.ü.c", False),
        ("e30.!!!.x", False),
    ],
)
def test_moodles_token_says_whether_it_updates(given: str, updates: bool) -> None:
    assert vendors.by_key("moodle").updates(given) is updates
    assert not vendors.by_key("canvas").updates(given)
