"""What a microcredential says: the document that authors write, publishing freezes, reviewers judge by and badges cite."""

from __future__ import annotations

import hashlib
import json
import re
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from lti_tool.language import N_

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=8000)]
OptionalText = Annotated[str, StringConstraints(strip_whitespace=True, max_length=8000)]
ArtifactKind = Literal["text", "link", "file"]
Standing = Literal["", "foundational", "advanced", "leading"]
CASE_ITEM = r"^([0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12})?$"  # CASE 1.0 and 1.1, CFItem identifier: a UUID
_CASE_ADDRESS = re.compile(r"/ims/case/v\d+p\d+/CFItems/([0-9a-fA-F-]{36})(?:[/?#]|$)")


class Part(BaseModel):
    """Base of every part: unknown fields are errors, instances never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MethodComponent(Part):
    """One step of the key method and how a teacher does it."""

    title: Line
    how: Text


class KeyMethod(Part):
    """The research-backed way to show the competency. `description` is Markdown."""

    title: Line
    description: Text
    components: tuple[MethodComponent, ...] = ()


class Reference(Part):
    """Something to read: research behind the method, or a resource for the teacher."""

    title: Line
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=500)]
    note: OptionalText = ""


class Question(Part):
    """A question the teacher answers in writing; `word_limit` counts words, 0 means none."""

    key: Key
    prompt: Line
    help: OptionalText = ""
    word_limit: int = Field(default=500, ge=0, le=5000)


class EvidenceRequirement(Part):
    """What the teacher must show. `criteria` names the criteria that it is judged by."""

    key: Key
    title: Line
    description: Text
    accepts: tuple[ArtifactKind, ...] = ("text", "link", "file")
    minimum: int = Field(default=1, ge=0, le=20)
    maximum: int = Field(default=5, ge=1, le=20)
    criteria: tuple[Key, ...] = ()
    may_show_students: bool = False


class Level(Part):
    """One column of the rubric row."""

    name: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=60)]
    description: Text


class Criterion(Part):
    """One row of the rubric: levels from low to high; a level's number is its place, from 0. Met means level >= `required_level`."""

    key: Key
    title: Line
    description: OptionalText = ""
    levels: tuple[Level, ...] = Field(min_length=2, max_length=6)
    required_level: int = Field(ge=1)

    @model_validator(mode="after")
    def _required_level_exists(self) -> Criterion:
        if self.required_level >= len(self.levels):
            raise ValueError("the required level is not one of the levels")
        return self


class Alignment(Part):
    """A published standard that the competency answers to (Open Badges 3.0 Alignment). `case_item`: its identifier in a CASE framework."""

    framework: Line
    name: Line
    code: Annotated[str, StringConstraints(max_length=100)] = ""
    url: Annotated[str, StringConstraints(pattern=r"^https://\S+$", max_length=500)]
    case_item: Annotated[str, StringConstraints(strip_whitespace=True, pattern=CASE_ITEM)] = ""

    @property
    def cf_item(self) -> str:
        """The CFItem that this is: as given, or as an address of CASE's own API says; empty for a standard that is none."""
        found = _CASE_ADDRESS.search(self.url)
        return self.case_item or (found[1] if found else "")


class BadgeDesign(Part):
    """How the badge is drawn: outline, color family and pictogram; or a picture of the designer's own (its SHA-256), said in words."""

    shape: Literal["hexagon", "circle", "shield", "rosette", "octagon"] = "hexagon"
    color: Literal["teal", "indigo", "plum", "forest", "amber", "rose", "slate"] = "teal"
    pictogram: Literal["people", "book", "heart", "code", "bulb", "check", "star", "speech"] = "star"
    picture: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""
    picture_alt: Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)] = ""

    @model_validator(mode="after")
    def _a_picture_is_said(self) -> BadgeDesign:
        if self.picture and not self.picture_alt:
            raise ValueError(N_("say in words what the badge’s own picture shows"))
        return self


class MicrocredentialContent(Part):
    """The whole definition. Keys of criteria, questions and requirements are unique and stay the same across versions.

    `family` names the group or framework of microcredentials that it belongs to, `level` how far it leads in there.
    """

    title: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=120)]
    summary: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=400)]
    competency: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=600)]
    audience: Line = "All grades"
    tags: tuple[Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)], ...] = ()
    hours: int = Field(ge=1, le=500, description="hours of work that a teacher should expect")
    key_method: KeyMethod
    rationale: Text
    references: tuple[Reference, ...] = ()
    resources: tuple[Reference, ...] = ()
    overview_questions: tuple[Question, ...] = Field(min_length=1, max_length=10)
    evidence: tuple[EvidenceRequirement, ...] = Field(min_length=1, max_length=12)
    criteria: tuple[Criterion, ...] = Field(min_length=1, max_length=12)
    reflection_questions: tuple[Question, ...] = Field(min_length=1, max_length=10)
    alignments: tuple[Alignment, ...] = ()
    badge: BadgeDesign = BadgeDesign()
    family: Annotated[str, StringConstraints(strip_whitespace=True, max_length=120)] = ""
    level: Standing = ""

    @model_validator(mode="after")
    def _keys_are_sound(self) -> MicrocredentialContent:
        questions = [q.key for q in self.overview_questions + self.reflection_questions]
        criteria = [c.key for c in self.criteria]
        for what, keys in (("question", questions), ("criterion", criteria), ("requirement", [e.key for e in self.evidence])):
            if len(set(keys)) != len(keys):
                raise ValueError(f"two {what} keys are the same")
        named = {key for requirement in self.evidence for key in requirement.criteria}
        if unknown := named - set(criteria):
            raise ValueError(f"evidence names criteria that do not exist: {', '.join(sorted(unknown))}")
        for requirement in self.evidence:
            if requirement.minimum > requirement.maximum:
                raise ValueError(f"“{requirement.title}” asks for more pieces than it allows")
        return self

    def criterion(self, key: str) -> Criterion:
        """The criterion with this key. Raises KeyError."""
        return {c.key: c for c in self.criteria}[key]

    def requirement(self, key: str) -> EvidenceRequirement:
        """The evidence requirement with this key. Raises KeyError."""
        return {e.key: e for e in self.evidence}[key]

    def content_hash(self) -> str:
        """SHA-256 (hex) over the canonical JSON of the content: equal content, equal hash.

        What is not given is no content: fields that came later leave the hash of a document without them as it was.
        """
        document = self.model_dump(mode="json", exclude=_empty(self, ("family", "level")))
        document["badge"] = {name: value for name, value in document["badge"].items() if value}
        document["alignments"] = [one.model_dump(mode="json", exclude=_empty(one, ("case_item",))) for one in self.alignments]
        canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(canonical.encode()).hexdigest()


def _empty(part: Part, later: tuple[str, ...]) -> set[str]:
    return {name for name in later if not getattr(part, name)}
