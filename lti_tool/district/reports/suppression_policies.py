"""Nobody is to be recognized in a figure: groups of few people are not shown, nor can they be computed from what is.

A table shows groups and their total. Hidden groups add up to the total less what is shown, so that sum is a figure too: of the union of
the hidden. The rule therefore hides more until that union is large enough as well.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

FEWEST = 10
"""So many people have to stand behind a figure of a part of the district."""


@dataclass(frozen=True)
class Group:
    """A part of the district's people. `people`: how many are in it; `cases`: on how many tries, submissions … the figures rest."""

    key: str
    people: int
    cases: int


def hidden(groups: Iterable[Group], *, overlapping: bool = False) -> frozenset[str]:
    """Keys of the groups that a table must not show.

    Hidden are groups with fewer than FEWEST people, and those whose figures rest on fewer cases than that, but on some. Then the smallest
    of the others, until the hidden together are large enough; where that can't be, all of them. A group with nobody and nothing in it
    tells of nobody. `overlapping`: somebody may be in several groups, so that people of different groups can't be added up.
    """
    known = [one for one in groups if one.people or one.cases]
    gone = [one for one in known if one.people < FEWEST or 0 < one.cases < FEWEST]
    others = sorted((one for one in known if one not in gone), key=lambda one: (one.people, one.cases, one.key), reverse=True)
    while gone and others and not _enough(gone, overlapping):
        gone.append(others.pop())
    return frozenset(one.key for one in gone)


def _enough(gone: list[Group], overlapping: bool) -> bool:
    people = max(one.people for one in gone) if overlapping else sum(one.people for one in gone)
    cases = sum(one.cases for one in gone)
    return people >= FEWEST and (not cases or cases >= FEWEST)
