"""Microcredentials that come with the tool, each with a worked example of a teacher's evidence and of its reviews."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Literal

from pydantic import Field

from lti_tool.catalog.content import ArtifactKind, Key, Line, MicrocredentialContent, OptionalText, Part, Text


class SelfRating(Part):
    """The teacher's own level for one criterion (its place, from 0), with a note."""

    level: int = Field(ge=0)
    note: Text


class ExamplePiece(Part):
    """One artifact for one requirement.

    `text` is the writing itself, or a note beside the link or file. A link has `url`; a file has `filename` and `content` (plain text).
    `students` is the teacher's declaration, as in evidence: none, background, identifiable, work.
    """

    requirement: Key
    kind: ArtifactKind
    title: Line
    text: OptionalText = ""
    url: str = ""
    filename: str = ""
    content: str = ""
    students: Literal["none", "background", "identifiable", "work"] = "none"


class ExampleScore(Part):
    """One reviewer's level for one criterion (its place, from 0), with feedback for the teacher."""

    level: int = Field(ge=0)
    feedback: Text


class Example(Part):
    """A teacher's complete work, two reviews that both find everything met, and what a third reviewer would say.

    Answers are keyed by question, everything else by criterion.
    """

    self_assessment: dict[Key, SelfRating]
    answers: dict[Key, Text]
    evidence: tuple[ExamplePiece, ...]
    reviews: tuple[dict[Key, ExampleScore], dict[Key, ExampleScore]]
    adjudication: dict[Key, ExampleScore]


@dataclass(frozen=True)
class Sample:
    """One microcredential that comes with the tool. `key` is the microcredential's key in a district."""

    key: str
    content: MicrocredentialContent
    example: Example


@cache
def load_samples() -> tuple[Sample, ...]:
    """All samples, by key. Raises pydantic.ValidationError when a file does not hold a whole sample."""
    files = sorted((entry for entry in resources.files(__name__).iterdir() if entry.name.endswith(".toml")), key=lambda entry: entry.name)
    return tuple(_read(file.read_text(encoding="utf-8")) for file in files)


def sample(key: str) -> Sample | None:
    """The sample that a microcredential with this key was made from, if it was."""
    return next((one for one in load_samples() if one.key == key), None)


def _read(source: str) -> Sample:
    document = tomllib.loads(source)
    return Sample(
        key=document["key"],
        content=MicrocredentialContent.model_validate(document["content"]),
        example=Example.model_validate(document["example"]),
    )
