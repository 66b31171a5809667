"""The quality standards that the approval team holds a microcredential against, in our own words.

`VERSION` goes up whenever a standard is added, taken away or says something else; each vote keeps the one that it answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lti_tool.language import N_

VERSION = 1


@dataclass(frozen=True)
class Standard:
    """One standard: what has to be true, and what to look at."""

    key: str
    title: str
    look: str


STANDARDS = (
    Standard("one-skill", N_("It is about one skill"), N_("The competency says one thing that a teacher can do, and for what.")),
    Standard("need", N_("It answers a need of the district"), N_("It is clear whom it is for and which students gain from it.")),
    Standard(
        "research",
        N_("The method rests on research"),
        N_("Sources are named, can be opened, and support what is claimed."),
    ),
    Standard("steps", N_("The method can be followed"), N_("A teacher who has never done it can begin from the steps alone.")),
    Standard("practice", N_("It is shown in practice"), N_("Evidence comes from the teacher’s own work with students, not from a test.")),
    Standard(
        "evidence-fits",
        N_("Evidence fits the criteria"),
        N_("Every criterion can be judged from what is asked for, and nothing is asked for without a use."),
    ),
    Standard(
        "observable",
        N_("Criteria describe what can be seen"),
        N_("No criterion judges effort, taste or intention; each is about one thing."),
    ),
    Standard(
        "levels",
        N_("Levels are told apart"),
        N_("Two reviewers who read the levels would choose the same one, and the level needed is within reach."),
    ),
    Standard("reflection", N_("Reflection asks for impact"), N_("Questions lead to what changed for students and what comes next.")),
    Standard(
        "fair",
        N_("It is fair and open to all"),
        N_("It can be earned in different subjects, schools and with different students, and with assistive technology."),
    ),
    Standard(
        "privacy",
        N_("Students are protected"),
        N_("Evidence that may show students says so, and no more of them is asked for than is needed."),
    ),
    Standard("effort", N_("The effort is honest"), N_("The hours are what a teacher will need, and the parts fit them.")),
    Standard(
        "words",
        N_("It is written plainly"),
        N_("Words are those of teachers, instructions say what to do, and title and badge promise no more than is shown."),
    ),
)
KEYS = frozenset(one.key for one in STANDARDS)


def all_met(answers: Mapping[str, Any]) -> bool:
    """Whether every standard is answered with yes."""
    return all(answers.get(one.key, {}).get("answer") == "yes" for one in STANDARDS)
