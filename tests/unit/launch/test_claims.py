"""Claims become facts."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.launch import claims
from lti_tool.launch.rejected import CODES, LaunchRejected
from tests.factories.platform import CLAIM, LEARNER

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
BODY: dict[str, Any] = {
    "sub": "user-1",
    CLAIM + "message_type": "LtiResourceLinkRequest",
    CLAIM + "version": "1.3.0",
    CLAIM + "deployment_id": "1",
    CLAIM + "target_link_uri": "https://tool.example.org/lti/launch",
    CLAIM + "roles": [LEARNER],
    CLAIM + "resource_link": {"id": "link-1"},
}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)


def test_only_what_is_required() -> None:
    facts = claims.read(BODY)
    assert (facts.person.sub, facts.person.name, facts.context, facts.custom) == ("user-1", "", None, {})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("Ada\x00 \x07Teacher", "Ada Teacher"),
        ("$Person.sourcedId", ""),
        ("$5 well spent", "$5 well spent"),
        (5, ""),
        (None, ""),
        ("  x  ", "x"),
        ("y" * 2000, "y" * 1000),
        ("a\ud800b", "ab"),
    ],
)
def test_text(value: object, expected: str) -> None:
    assert claims.text(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        *((code, code) for code in ("LtiStartProctoring", "login_required", "A128CBC-HS256")),
        *((odd, "odd") for odd in ("Ada Teacher", "ada@example.org", "a\nb", "", "x" * 61, None, ["none"], 7)),
    ],
)
def test_only_codes_of_the_protocol_are_written_down(value: object, expected: str) -> None:
    assert claims.code(value) == expected


def test_custom_values_are_strings() -> None:
    given = {"a": 5, "b": True, "c": "$Foo.bar", "d": {"x": 1}, "e": "x", "f": "", "g": None, "h\x00": "k", "i": 1.5}
    assert claims.custom_values(given) == {"a": "5", "b": "true", "e": "x", "h": "k", "i": "1.5"}


@pytest.mark.parametrize(("history", "expected"), [("3,2", ("3", "2")), ("", ()), ("$Context.id.history", ()), ("a, b c", ("a", "b", "c"))])
def test_history_of_a_copied_course(history: str, expected: tuple[str, ...]) -> None:
    facts = claims.read({**BODY, CLAIM + "custom": {"context_history": history, "activity": "k"}})
    assert (facts.history, facts.custom) == (expected, {"activity": "k"})


@pytest.mark.parametrize(
    ("times", "good"),
    [
        ({"iat": 0, "exp": 60}, True),
        ({"iat": -599, "exp": 1}, True),
        ({"iat": -601, "exp": 60}, False),
        ({"iat": -120, "exp": -59}, True),
        ({"iat": -120, "exp": -60}, False),
        ({"iat": 60, "exp": 120}, True),
        ({"iat": 61, "exp": 120}, False),
        ({"iat": 0, "exp": 60, "nbf": 61}, False),
        ({"iat": 0, "exp": 60, "nbf": 30}, True),
    ],
)
def test_times(times: dict[str, int], good: bool) -> None:
    body = {name: NOW.timestamp() + offset for name, offset in times.items()}
    if good:
        claims.check_times(body, NOW)
    else:
        with pytest.raises(LaunchRejected, match="token_time"):
            claims.check_times(body, NOW)


@pytest.mark.parametrize("value", [None, True, "1795000000", float("inf"), float("nan"), 10**400, []])
def test_what_is_no_time(value: Any) -> None:
    with pytest.raises(LaunchRejected, match="token_time"):
        claims.check_times({"iat": NOW.timestamp(), "exp": value}, NOW)


@given(name=st.sampled_from(sorted(BODY)), value=anything)
def test_whatever_stands_in_a_required_claim_is_read_or_refused(name: str, value: Any) -> None:
    with contextlib.suppress(LaunchRejected):
        claims.read({**BODY, name: value})


@given(
    name=st.sampled_from(
        [CLAIM + part for part in ("context", "custom", "launch_presentation", "tool_platform", "for_user")]
        + [claims.AGS, claims.NRPS, claims.DEEP_LINKING, "name", "email", "locale"]
    ),
    value=anything,
    kind=st.sampled_from(sorted(claims.MESSAGES)),
)
def test_whatever_stands_in_an_optional_claim_is_read_or_refused(name: str, value: Any, kind: str) -> None:
    with contextlib.suppress(LaunchRejected):
        facts = claims.read({**BODY, CLAIM + "message_type": kind, name: value}, review_names_nobody=True)
        assert all("\x00" not in text for text in (*facts.custom.values(), facts.person.name, facts.locale))


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_refusal_has_words(code: str) -> None:
    problem = LaunchRejected(code, "cause").problem()
    assert 400 <= problem.status < 500
    assert all((problem.title, problem.text, problem.who))
    assert problem.detail == "cause"
