"""The story of a try: what happened when, and where the year stands. Facts in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lti_tool.evidence.policies import Phase

WIDTH = 1000
"""Units of the bar, whatever the year is long."""


@dataclass(frozen=True)
class Attempt:
    """What the story needs of a submission; `outcome` as SubmissionRow.result."""

    attempt: int
    submitted_at: datetime
    decided_at: datetime | None
    outcome: str | None


@dataclass(frozen=True)
class Noted:
    """An event of the trail: `what` is started, restarted, withdrawn or extended."""

    at: datetime
    what: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Happening:
    """One line of the story, as `ui.timeline` shows it. `when` is None for what has no time yet."""

    title: str
    when: datetime | None
    text: str = ""
    state: Literal["done", "current", "todo", "attention"] = "done"


@dataclass(frozen=True)
class Bar:
    """The year in WIDTH units: how much has gone by, and where something happened."""

    gone: int
    marks: tuple[int, ...]


_OUTCOMES = {
    "earned": ("Earned", "Every criterion was found met.", "done"),
    "revise": ("Not yet: back with feedback", "You can change what the feedback is about and submit again.", "attention"),
    "not_earned": ("Not earned", "All attempts are used.", "done"),
    "returned_incomplete": ("Back: something was missing", "It was not judged, and no attempt is used up.", "attention"),
    "set_aside": ("Decided, and set aside on appeal", "New reviewers judge it again.", "done"),
}
_ENDS: dict[Phase, tuple[str, str]] = {
    "drafting": ("Last day to submit", "Work that is submitted by then is judged, however long that takes."),
    "waiting": ("End of your time", "It does not matter while the reviewers judge."),
    "expired": ("Your time was over", "What you wrote is kept. You can start again, or ask whoever runs the course for more time."),
}


def date_words(moment: datetime) -> str:
    """A day as pages write it: Feb 3, 2027."""
    return f"{moment:%b} {moment.day}, {moment.year}"


def story(
    *, started_at: datetime, ends_at: datetime, phase: Phase, attempts: Iterable[Attempt], noted: Iterable[Noted], now: datetime
) -> tuple[Happening, ...]:
    """Everything that happened, oldest first, and what comes: the reviewers' answer, the end of the time."""
    noted = list(noted)
    found: list[Happening] = []
    if not any(one.what in ("started", "restarted") for one in noted):
        found.append(Happening("Started", started_at))
    found += [_of_trail(one) for one in noted]
    for one in attempts:
        word = "Submitted" if one.attempt == 1 else f"Submitted again, attempt {one.attempt}"
        found.append(Happening(word, one.submitted_at, "The copy is frozen; nobody can change it."))
        if one.decided_at is not None and one.outcome in _OUTCOMES:
            title, text, state = _OUTCOMES[one.outcome]
            found.append(Happening(title, one.decided_at, text, state))  # type: ignore[arg-type]
    found.sort(key=lambda one: one.when or now)
    if phase == "waiting":
        found.append(
            Happening("Two reviewers judge it", None, "Each alone, without your name. Where they differ, a third settles it.", "current")
        )
    if phase == "drafting":
        found.append(Happening("Today", now, "You gather evidence and write.", "current"))
    if phase in _ENDS:
        title, text = _ENDS[phase]
        found.append(Happening(title, ends_at, text, "attention" if phase == "expired" else "todo"))
    return tuple(found)


def _of_trail(one: Noted) -> Happening:
    if one.what == "extended":
        until = date_words(datetime.fromisoformat(one.details["until"]))
        return Happening("You were given more time", one.at, f"Until {until}. The reason: {one.details.get('reason', '')}")
    return {
        "started": Happening("Started", one.at),
        "restarted": Happening("Started again", one.at, "With a new year."),
        "withdrawn": Happening("You stopped", one.at, "What you wrote was kept."),
    }[one.what]


def bar(*, started_at: datetime, ends_at: datetime, now: datetime, happenings: Iterable[Happening]) -> Bar:
    """The year as a bar."""
    whole = max((ends_at - started_at).total_seconds(), 1)

    def place(moment: datetime) -> int:
        return round(WIDTH * (moment - started_at).total_seconds() / whole)

    places = (place(one.when) for one in happenings if one.when is not None and one.state in ("done", "attention"))
    return Bar(max(0, min(WIDTH, place(now))), tuple(sorted({one for one in places if 0 < one < WIDTH})))
