"""Rules of stacks: what makes one ready, what its badge says, when it is earned. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from lti_tool.catalog.content import BadgeDesign, MicrocredentialContent
from lti_tool.language import N_

LEAST: Final = 3
MOST: Final = 8


@dataclass(frozen=True)
class Member:
    """One microcredential of a stack, as its latest version says. `placeable`: published and not retired."""

    title: str
    summary: str
    hours: int
    placeable: bool


def lacking(title: str, summary: str, members: Sequence[Member]) -> list[str]:
    """What keeps a stack from being published, marked by N_."""
    found = []
    if not title.strip():
        found.append(N_("Give the stack a name."))
    if not summary.strip():
        found.append(N_("Say in a sentence or two what the stack stands for."))
    if len(members) < LEAST:
        found.append(N_("Add microcredentials: a stack has three to eight."))
    if len(members) > MOST:
        found.append(N_("Take microcredentials out: a stack has three to eight."))
    if not all(one.placeable for one in members):
        found.append(N_("One of its microcredentials is not published, or was retired. Take it out, or publish it."))
    return found


def earned(members: Collection[UUID], having: Collection[UUID]) -> bool:
    """Whether somebody who has earned `having`, in any version, has earned all members. A stack without members is never earned."""
    return bool(members) and set(members) <= set(having)


def content(title: str, summary: str, members: Sequence[Member], badge: dict[str, Any]) -> MicrocredentialContent:
    """What publishing freezes, in the form that badges cite: one criterion for each member, met by its badge.

    Its words are those of the credential and stay English, as those of every badge. Raises ValueError for what `lacking` names.
    """
    listed = "\n".join(f"- **{one.title}**: {one.summary}" for one in members)
    names = "; ".join(one.title for one in members)
    hours = min(500, max(1, sum(one.hours for one in members)))
    competency = f"The teacher has earned all {len(members)} microcredentials of this stack: {names}."
    return MicrocredentialContent.model_validate(
        {
            "title": title,
            "summary": summary,
            "competency": competency if len(competency) <= 600 else f"{competency[:599]}…",
            "hours": hours,
            "key_method": {
                "title": "A stack of microcredentials",
                "description": (
                    f"{summary}\n\nThis badge stands for a stack: its holder has earned each of these microcredentials, by evidence from"
                    f" their own classroom that was judged for each of them by itself:\n\n{listed}\n\nExpected work in all: {hours} hours."
                )[:8000],
            },
            "rationale": "Each microcredential of the stack says why its method works.",
            "overview_questions": [{"key": "none", "prompt": "Nothing is asked for a stack beyond its microcredentials."}],
            "evidence": [
                {
                    "key": "badges",
                    "title": "The badges of its microcredentials",
                    "description": "Nothing is handed in for a stack beyond them.",
                    "accepts": ["link"],
                }
            ],
            "criteria": [
                {
                    "key": f"member-{place}",
                    "title": one.title,
                    "required_level": 1,
                    "levels": [
                        {"name": "Not earned yet", "description": "The microcredential has not been earned."},
                        {"name": "Earned", "description": one.summary or one.title},
                    ],
                }
                for place, one in enumerate(members, start=1)
            ],
            "reflection_questions": [{"key": "none-after", "prompt": "Nothing is asked for a stack beyond its microcredentials."}],
            "badge": BadgeDesign.model_validate(badge).model_dump(),
        }
    )
