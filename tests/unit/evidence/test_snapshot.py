"""The frozen copy and its hash."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from lti_tool.evidence.snapshot import ArtifactCopy, OwnLevel, Snapshot

text = st.text(st.characters(exclude_categories=["Cs"]))
copies = st.builds(
    ArtifactCopy,
    id=st.uuids(),
    requirement=text,
    kind=text,
    title=text,
    text=text,
    students=text,
    size=st.integers(0, 2**40),
    criteria=st.lists(text, max_size=2).map(tuple),
)
snapshots = st.builds(
    Snapshot,
    version_id=st.uuids(),
    content_hash=text,
    answers=st.dictionaries(text, text, max_size=4),
    self_assessment=st.dictionaries(text, st.builds(OwnLevel, level=st.integers(0, 5), note=text), max_size=4),
    artifacts=st.lists(copies, max_size=3).map(tuple),
    attested=st.lists(text, max_size=2).map(tuple),
    carried=st.lists(text, max_size=2).map(tuple),
)


@given(snapshots)
def test_survives_the_database_with_the_same_hash(snapshot: Snapshot) -> None:
    stored = json.loads(json.dumps(snapshot.model_dump(mode="json")))
    assert Snapshot.model_validate(stored) == snapshot
    assert Snapshot.model_validate(stored).digest() == snapshot.digest()


@given(snapshots, snapshots)
def test_different_work_has_a_different_hash(one: Snapshot, other: Snapshot) -> None:
    assert (one == other) == (one.digest() == other.digest())


def test_canonical_form_is_sorted_compact_utf8() -> None:
    snapshot = Snapshot(
        version_id=UUID(int=1),
        content_hash="h",
        answers={"b": "ü", "a": "x"},
        self_assessment={},
        artifacts=(),
        attested=("names_removed",),
    )
    expected = (
        '{"answers":{"a":"x","b":"ü"},"artifacts":[],"attested":["names_removed"],"content_hash":"h","self_assessment":{},'
        '"version_id":"00000000-0000-0000-0000-000000000001"}'
    ).encode()
    assert snapshot.canonical() == expected
    assert snapshot.digest() == hashlib.sha256(expected).hexdigest()


def test_never_changes() -> None:
    snapshot = Snapshot(version_id=UUID(int=1), content_hash="h", answers={}, self_assessment={}, artifacts=(), attested=())
    with pytest.raises(ValidationError):
        snapshot.content_hash = "other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        Snapshot.model_validate({**snapshot.model_dump(), "extra": 1})
