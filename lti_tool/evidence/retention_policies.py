"""How long a file of evidence is kept: facts in, a day out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.evidence.policies import Standing, last_moment, phase

FINAL = ("earned", "not_earned", "withdrawn", "expired")


@dataclass(frozen=True)
class Rule:
    """The district's rule. `appeal_days` after the final outcome it may still be appealed, `days` after that files are deleted.

    `background`: also those in which students are in the background only.
    """

    appeal_days: int
    days: int
    background: bool


def covers(rule: Rule, *, kind: str, students: str, breach: bool) -> bool:
    """Whether the rule deletes such a piece: a file in which students can be recognized. `breach`: a privacy problem was upheld in it."""
    shown = ("identifiable", "background") if rule.background else ("identifiable",)
    return kind == "file" and (students in shown or breach)


def final_at(standing: Standing, ended_at: datetime | None, now: datetime) -> datetime | None:
    """When a try came to its end; None while it goes on, or its outcome is contested. An appeal's answer is an end of its own."""
    if standing.appeal_open or phase(standing, now) not in FINAL:
        return None
    end = ended_at or last_moment(standing)
    return max(end, standing.appeal_ended_at or end)


def deletable_on(
    rule: Rule, *, kind: str, students: str, breach: bool, ends: Collection[datetime | None], legal_hold: bool
) -> datetime | None:
    """From when on a file is to be deleted; None: not as things stand.

    `ends` are the ends of all tries that hold the piece, None for one that goes on: the last of them counts, and a piece in no try stays
    with its teacher. A legal hold stops everything.
    """
    if legal_hold or not covers(rule, kind=kind, students=students, breach=breach) or not ends or None in ends:
        return None
    return max(end for end in ends if end is not None) + timedelta(days=rule.appeal_days + rule.days)
