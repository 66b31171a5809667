"""How the approval team comes to its answer."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog import standards
from lti_tool.catalog.advising import hints
from lti_tool.catalog.approval_policies import VERDICTS, Rules, may_resolve, outcome, version_state
from lti_tool.catalog.policies import check
from lti_tool.catalog.starting import FRAMES, draft

YES = {one.key: {"answer": "yes", "note": ""} for one in standards.STANDARDS}


@given(st.lists(st.sampled_from(VERDICTS), max_size=6), st.integers(1, 5), st.integers(0, 3))
def test_approved_means_enough_approvals_no_objection_and_nothing_left_to_settle(verdicts: list[str], quorum: int, blocking: int) -> None:
    state = outcome(verdicts, quorum=quorum, open_blocking=blocking)
    assert (state == "approved") == (set(verdicts) == {"approve"} and len(verdicts) >= quorum and not blocking)
    assert (state == "rejected") == ("reject" in verdicts)
    assert state == outcome(verdicts[::-1], quorum=quorum, open_blocking=blocking)


@given(st.integers(1, 5))
def test_a_correction_needs_one_approval_and_a_version_the_quorum(quorum: int) -> None:
    assert Rules(True, quorum).needed(patch=True) == 1
    assert Rules(True, quorum).needed(patch=False) == quorum


def test_all_standards_have_to_be_met() -> None:
    assert len(standards.STANDARDS) == len(standards.KEYS) == 13
    assert standards.all_met(YES)
    for key in YES:
        assert not standards.all_met({**YES, key: {"answer": "no", "note": ""}})
        assert not standards.all_met({name: value for name, value in YES.items() if name != key})


def test_a_writer_does_not_settle_what_blocks_the_own_draft() -> None:
    assert not may_resolve(blocking=True, writer=True)
    assert may_resolve(blocking=False, writer=True)
    assert may_resolve(blocking=True, writer=False)


@pytest.mark.parametrize(
    ("state", "newest", "said"),
    [
        ("published", True, "published"),
        ("published", False, "superseded"),
        ("retired", True, "retired"),
        ("retired", False, "superseded"),
        ("draft", True, "published"),
    ],
)
def test_states_of_versions(state: str, newest: bool, said: str) -> None:
    assert version_state(state=state, newest=newest) == said


@pytest.mark.parametrize("key", [one.key for one in FRAMES if one.key])
def test_a_frame_lacks_only_what_nobody_else_can_say(key: str) -> None:
    faults = {fault.anchor for fault in check(draft(key))[1]}
    assert faults == {"title", "summary", "rationale"}
    words = [hint.words for hint in hints(draft(key))]
    assert "Somewhere words in [brackets] still wait for yours." in words
    assert not [one for one in words if "judged by" in one]


def test_an_unknown_frame_is_a_blank_one() -> None:
    assert draft("../nonsense") == draft("")


def test_hints_name_what_may_have_been_forgotten() -> None:
    given = draft("classroom")
    given["competency"], given["references"] = (
        "See [the study](https://example.org).",
        [{"title": "A", "url": "https://a.example", "note": ""}],
    )
    given["evidence"][0]["criteria"] = []
    assert [hint.anchor for hint in hints(given)] == ["criteria-0", "evidence-0", "alignments"]
