"""The rules of appeals, pure: what may be appealed and why, how a case goes on, what a panel's votes come to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, cast

from babel import dates

from lti_tool.language import _, later, spoken

State = Literal["filed", "accepted", "refused", "withdrawn", "upheld", "overturned", "remanded"]
Act = Literal["accept", "refuse", "withdraw", "uphold", "overturn", "remand"]
Vote = Literal["upheld", "overturned", "remanded"]

OPEN: tuple[State, ...] = ("filed", "accepted")
VOTES: tuple[Vote, ...] = ("upheld", "overturned", "remanded")
GROUNDS = {
    "process": later("The review did not go by its own rules"),
    "conflict": later("Somebody who judged could not be impartial"),
    "misread": later("The rubric was misread"),
}
NEW_EVIDENCE = "new_evidence"
"""No ground: what the reviewers have not seen, they can't have judged wrongly."""

APPEAL_IN_WORDS = (
    later("Whoever runs the program first looks whether the appeal names a ground, not whether you are right."),
    later(
        "Then a panel of reviewers who had no part in any of your attempts reads your work, the rubric, what the reviewers wrote, and your "
        "appeal. They learn no names, and each answers alone."
    ),
    later(
        "If most of them say so, the decision stands, or it is overturned and the microcredential is earned. "
        "Otherwise new reviewers judge the same work again."
    ),
)

_STEPS: dict[State, dict[Act, State]] = {
    "filed": {"accept": "accepted", "refuse": "refused", "withdraw": "withdrawn"},
    "accepted": {"withdraw": "withdrawn", "uphold": "upheld", "overturn": "overturned", "remand": "remanded"},
}
_ENDS: dict[Vote, Act] = {"upheld": "uphold", "overturned": "overturn", "remanded": "remand"}


class NotNow(ValueError):
    """The case is in another state by now."""


def after(state: State, act: Act) -> State:
    """The state that an act leads to. Raises NotNow where it is not possible."""
    try:
        return _STEPS[state][act]
    except KeyError:
        raise NotNow(f"{act} when {state}") from None


def act_of(vote: str) -> Act:
    """The act that a panel's answer is. Raises KeyError."""
    return _ENDS[cast(Vote, vote)]


@dataclass(frozen=True)
class Contested:
    """What the rule needs of a decided submission. `newest`: nothing was sent in since. `appealed`: there was an appeal against it."""

    outcome: str | None
    decided_at: datetime | None
    newest: bool
    appealed: bool


def last_day(decided_at: datetime, days: int) -> datetime:
    """Until when a decision may be appealed."""
    return decided_at + timedelta(days=days)


def fault(case: Contested, now: datetime, days: int) -> str:
    """Why there can be no appeal, in words; empty when there can."""
    if days < 1:
        return _("Your district’s program has no appeals. Talk to whoever runs it.")
    if case.decided_at is None or case.outcome not in ("revise", "not_earned"):
        return _("Only a decision that something is not met yet can be appealed.")
    if case.appealed:
        return _("This decision has been appealed already. There is one appeal for each decision.")
    if not case.newest:
        return _("You have sent your work in again since. The newer decision is the one that counts.")
    if now > last_day(case.decided_at, days):
        end = last_day(case.decided_at, days)
        return _(
            "It is too late: a decision can be appealed for %(days)s days, and this one could be until %(end)s.",
            days=days,
            end=dates.format_date(end, "long", locale=spoken()),
        )
    return ""


def ground_fault(ground: str, *, may_send_again: bool) -> str:
    """Why this is no ground, in words; empty when it is one."""
    if ground == NEW_EVIDENCE:
        first = _("New evidence is no ground for an appeal, because nobody has judged it yet.")
        then = (
            _("Add it to your work and send it in again instead.")
            if may_send_again
            else _("Ask whoever runs the program how you can go on.")
        )
        return f"{first} {then}"
    return "" if ground in GROUNDS else _("Choose a ground.")


def tally(votes: Collection[str], size: int) -> Vote | None:
    """What the panel's answers come to: what more than half of the `size` members say, else remanded. None while one is missing."""
    if len(votes) < size:
        return None
    [(most, count)] = Counter(votes).most_common(1)
    return cast(Vote, most) if count * 2 > len(votes) else "remanded"
