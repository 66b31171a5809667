"""The frozen copy of a teacher's work: what reviewers judge and what the badge's evidence stands on."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """Base of every part: unknown fields are errors, instances never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


class OwnLevel(Frozen):
    """The teacher's own level for a criterion (its place, from 0) and why."""

    level: int
    note: str = ""


class ArtifactCopy(Frozen):
    """A piece of evidence as it was. `sha256` is that of the bytes, which stay under `blob_key`; both are empty for text and links.

    `criteria` are keys of the criteria that its teacher says it shows. A piece that serves two requirements is there twice.
    """

    id: UUID
    requirement: str
    kind: str
    title: str
    text: str = ""
    url: str = ""
    filename: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""
    blob_key: str = ""
    students: str
    criteria: tuple[str, ...] = ()


class Snapshot(Frozen):
    """Everything that one attempt holds. Keys are those of the version's content, whose hash is `content_hash`.

    `attested` names what the teacher confirmed when submitting: `names_removed`, and `families_agreed` where students can be recognized.
    `carried` are keys of the criteria that the attempt before met, and whose evidence is unchanged since (carrying.carried).
    """

    version_id: UUID
    content_hash: str
    answers: dict[str, str]
    self_assessment: dict[str, OwnLevel]
    artifacts: tuple[ArtifactCopy, ...]
    attested: tuple[str, ...]
    carried: tuple[str, ...] = ()

    def canonical(self) -> bytes:
        """The one way to write it: JSON with sorted keys, no spaces, UTF-8. Without `carried` and `criteria` where
        they are empty, so that work from before there were any keeps its hash."""  # noqa: D209
        document = self.model_dump(mode="json")
        for part, key in [(document, "carried"), *((copy, "criteria") for copy in document["artifacts"])]:
            if not part[key]:
                del part[key]
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    def digest(self) -> str:
        """SHA-256 (hex) of the canonical JSON."""
        return hashlib.sha256(self.canonical()).hexdigest()
