"""What stays met between attempts."""

from __future__ import annotations

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.evidence.carrying import carry, fingerprint
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from tests.factories.world import CONTENT

CONTENT_1 = MicrocredentialContent.model_validate(CONTENT)
UNNAMED = MicrocredentialContent.model_validate({**CONTENT, "evidence": [{**one, "criteria": []} for one in CONTENT["evidence"]]})
KEYS = ("planning", "asking")

pieces = st.builds(
    ArtifactCopy,
    id=st.integers(1, 4).map(lambda n: UUID(int=n)),
    requirement=st.sampled_from(["plan", "recording"]),
    kind=st.sampled_from(["text", "file"]),
    title=st.sampled_from(["A", "B"]),
    text=st.sampled_from(["", "x", "y"]),
    sha256=st.sampled_from(["", "1" * 64, "2" * 64]),
    students=st.just("none"),
    criteria=st.lists(st.sampled_from(KEYS), unique=True, max_size=2).map(tuple),
)


def snapshot(pieces: list[ArtifactCopy], answer: str = "a", content: MicrocredentialContent = CONTENT_1) -> Snapshot:
    return Snapshot(
        version_id=UUID(int=1),
        content_hash=content.content_hash(),
        answers={"context": answer},
        self_assessment={},
        artifacts=tuple(pieces),
        attested=(),
    )


snapshots = st.builds(snapshot, st.lists(pieces, max_size=4), st.sampled_from(["a", "b"]))
mets = st.sets(st.sampled_from(KEYS))
contents = st.sampled_from([CONTENT_1, UNNAMED])


def prints(content: MicrocredentialContent, one: Snapshot, criterion: str) -> set[str]:
    judged = {requirement.key for requirement in content.evidence if criterion in requirement.criteria}
    return {fingerprint(p) for p in one.artifacts if criterion in p.criteria or p.requirement in judged}


@given(contents, snapshots, mets, snapshots)
def test_every_criterion_that_was_met_stays_or_says_why_not(
    content: MicrocredentialContent, before: Snapshot, met: set[str], now: Snapshot
) -> None:
    found = carry(content, before, met, now)
    assert set(found.stays) | set(found.again) == met
    assert not set(found.stays) & set(found.again)
    assert all(found.again.values()), "a reason for each"
    for key in found.stays:
        assert prints(content, before, key) == prints(content, now, key)
    for key in met - set(found.stays):
        old, new = prints(content, before, key), prints(content, now, key)
        whole = ({fingerprint(p) for p in one.artifacts} | {one.answers["context"]} for one in (before, now))
        assert old != new or (not old and len({frozenset(part) for part in whole}) == 2)


@given(contents, snapshots, mets)
def test_what_is_unchanged_stays_met(content: MicrocredentialContent, before: Snapshot, met: set[str]) -> None:
    renamed = before.model_copy(update={"artifacts": tuple(p.model_copy(update={"title": "Other"}) for p in before.artifacts)})
    assert set(carry(content, before, met, renamed).stays) == met


@given(snapshots, mets)
def test_nothing_is_carried_into_another_version(before: Snapshot, met: set[str]) -> None:
    assert carry(CONTENT_1, before, met, before.model_copy(update={"content_hash": "other"})).stays == ()


def test_reasons_are_said_in_words() -> None:
    def piece(number: int, title: str, text: str, requirement: str = "plan") -> ArtifactCopy:
        return ArtifactCopy(id=UUID(int=number), requirement=requirement, kind="text", title=title, text=text, students="none")

    before = snapshot([piece(1, "Plan", "old"), piece(2, "Gone", "g"), piece(3, "Film", "f", "recording")])
    now = snapshot([piece(1, "Plan", "new"), piece(4, "More", "m"), piece(3, "Film", "f", "recording")])
    found = carry(CONTENT_1, before, ["planning", "asking"], now)
    assert found.stays == ("asking",)
    assert found.again == {"planning": ("you changed “Plan”", "you added “More”", "you took out “Gone”")}
    assert carry(UNNAMED, snapshot([], content=UNNAMED), KEYS, snapshot([], "b", UNNAMED)).again["asking"] == ("you changed an answer",)
