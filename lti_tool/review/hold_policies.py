"""A privacy problem in a piece of evidence, from being raised to being settled, and what it does to the review's clock."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal, get_args

State = Literal["raised", "explained", "redone", "released", "replaced", "removed"]
Act = Literal["explain", "redo", "ask_again", "release", "accept", "remove"]

STATES: tuple[State, ...] = get_args(State)
OPEN: tuple[State, ...] = ("raised", "explained", "redone")
BY_TEACHER: tuple[Act, ...] = ("explain", "redo")
BY_COORDINATOR: tuple[Act, ...] = ("ask_again", "release", "accept", "remove")

_NEXT: dict[tuple[State, Act], State] = {
    **{(state, "explain"): "explained" for state in OPEN},
    **{(state, "redo"): "redone" for state in OPEN},
    ("explained", "ask_again"): "raised",
    ("redone", "ask_again"): "raised",
    **{(state, "release"): "released" for state in OPEN},
    ("redone", "accept"): "replaced",
    **{(state, "remove"): "removed" for state in OPEN},
}


class NotNow(Exception):
    """A hold in this state does not allow it."""


def after(state: State, act: Act) -> State:
    """The state that this act leads to. Raises NotNow; nothing leads out of released, replaced and removed."""
    try:
        return _NEXT[state, act]
    except KeyError as error:
        raise NotNow(f"{act} in {state}") from error


def acts(state: State, whose: tuple[Act, ...]) -> tuple[Act, ...]:
    """What of these can be done in a state."""
    return tuple(act for act in whose if (state, act) in _NEXT)


def hides(state: State) -> bool:
    """Whether reviewers do not see the piece as it was submitted."""
    return state != "released"


def pauses(state: State) -> bool:
    """Whether the review's clock stands still."""
    return state in OPEN


def pause_began(open_since: Collection[datetime], last_closed: datetime | None) -> datetime:
    """From when on a pause has not been given back yet, at the moment in which one of the open holds is closed.

    `open_since`: when the holds of the submission were raised that were open until now, that one too. `last_closed`: when one was closed
    before; up to then all is given back. So no hour counts twice, however holds overlap.
    """
    began = min(open_since)
    return began if last_closed is None else max(began, last_closed)


def moved(due_at: datetime, assigned_at: datetime, *, began: datetime, ended: datetime) -> datetime:
    """A review's due date after a pause: later by as much of it as the review was there for."""
    return due_at + max(ended - max(began, assigned_at), timedelta(0))
