"""What stays met from one attempt to the next, as a pure rule: only criteria whose evidence is unchanged."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.evidence.snapshot import ArtifactCopy, Snapshot
from lti_tool.language import _


@dataclass(frozen=True)
class Carrying:
    """Of the criteria that the last attempt met: those that stay met, and for the others what was changed since, in words."""

    stays: tuple[str, ...]
    again: Mapping[str, tuple[str, ...]]


def fingerprint(copy: ArtifactCopy) -> str:
    """SHA-256 (hex) of what reviewers judge of a piece: its words, its link, the hash of its bytes. Not its title or its place."""
    return hashlib.sha256(json.dumps([copy.kind, copy.text, copy.url, copy.sha256]).encode()).hexdigest()


def carry(content: MicrocredentialContent, before: Snapshot, met: Collection[str], now: Snapshot) -> Carrying:
    """Hold the last attempt's frozen copy, and the criteria that it met, against the new one.

    A criterion's evidence is every piece that is said to show it, and every piece in a requirement that is judged by it. Where there is
    no such piece in either copy, the reviewers judged it by the whole, so the whole must be unchanged, answers included.
    """
    stays, again = [], {}
    for criterion in content.criteria:
        if criterion.key not in met:
            continue
        old, new = _evidence(content, before, criterion.key), _evidence(content, now, criterion.key)
        if old or new:
            changes = _changes(old, new)
        else:
            changes = _changes(_by_print(before.artifacts), _by_print(now.artifacts))
            changes += (_("you changed an answer"),) if before.answers != now.answers else ()
        if before.content_hash != now.content_hash:
            changes = (_("the microcredential itself changed"),)
        if changes:
            again[criterion.key] = changes
        else:
            stays.append(criterion.key)
    return Carrying(tuple(stays), again)


def _by_print(pieces: Collection[ArtifactCopy]) -> dict[str, ArtifactCopy]:
    return {fingerprint(piece): piece for piece in pieces}


def _evidence(content: MicrocredentialContent, snapshot: Snapshot, criterion: str) -> dict[str, ArtifactCopy]:
    judged = {requirement.key for requirement in content.evidence if criterion in requirement.criteria}
    return _by_print([piece for piece in snapshot.artifacts if criterion in piece.criteria or piece.requirement in judged])


def _changes(old: Mapping[str, ArtifactCopy], new: Mapping[str, ArtifactCopy]) -> tuple[str, ...]:
    came = {piece.id: piece.title for key, piece in new.items() if key not in old}
    went = {piece.id: piece.title for key, piece in old.items() if key not in new}
    return (
        *(_("you changed “%(title)s”", title=title) for key, title in came.items() if key in went),
        *(_("you added “%(title)s”", title=title) for key, title in came.items() if key not in went),
        *(_("you took out “%(title)s”", title=title) for key, title in went.items() if key not in came),
    )
