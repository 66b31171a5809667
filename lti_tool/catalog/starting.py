"""Frames to begin a microcredential from: questions, evidence and rubric rows that fit a kind of practice, for the author to change."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from lti_tool.catalog.policies import Draft, blank, tidy
from lti_tool.language import N_


@dataclass(frozen=True)
class Frame:
    """One frame: its key, what it is called, and what it is for."""

    key: str
    name: str
    about: str


FRAMES = (
    Frame("", N_("Blank"), N_("Every section is there, and empty.")),
    Frame("classroom", N_("Classroom practice"), N_("One way of teaching that can be seen in a lesson and in what students make of it.")),
    Frame("leadership", N_("Leadership"), N_("Work with colleagues that changes what happens in more classrooms than one’s own.")),
    Frame(
        "technology", N_("Technology integration"), N_("A tool that lets students do what they could not do, or not as well, without it.")
    ),
)


@cache
def _read(key: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((resources.files(__package__) / "starts" / f"{key}.toml").read_text(encoding="utf-8"))
    return found


def draft(key: str) -> Draft:
    """A new draft from the frame with this key; a blank one where there is no such frame."""
    if not key or key not in {one.key for one in FRAMES}:
        return blank()
    return tidy({**blank(), **_read(key)})
