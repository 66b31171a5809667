"""The story of a try: what happened when, and where the year stands. Facts in, words out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from lti_tool.evidence.policies import Phase
from lti_tool.language import _, day, later

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
    "earned": (later("Earned"), later("Every criterion was found met."), "done"),
    "revise": (later("Not yet: back with feedback"), later("You can change what the feedback is about and submit again."), "attention"),
    "not_earned": (later("Not earned"), later("All attempts are used."), "done"),
    "returned_incomplete": (later("Back: something was missing"), later("It was not judged, and no attempt is used up."), "attention"),
    "set_aside": (later("Decided, and set aside on appeal"), later("New reviewers judge it again."), "done"),
}
_ENDS: dict[Phase, tuple[str, str]] = {
    "drafting": (later("Last day to submit"), later("Work that is submitted by then is judged, however long that takes.")),
    "waiting": (later("End of your time"), later("It does not matter while the reviewers judge.")),
    "expired": (
        later("Your time was over"),
        later("What you wrote is kept. You can start again, or ask whoever runs the course for more time."),
    ),
}


def date_words(moment: datetime) -> str:
    """A day as pages write it: Feb 3, 2027."""
    return day(moment)


def story(
    *, started_at: datetime, ends_at: datetime, phase: Phase, attempts: Iterable[Attempt], noted: Iterable[Noted], now: datetime
) -> tuple[Happening, ...]:
    """Everything that happened, oldest first, and what comes: the reviewers' answer, the end of the time."""
    noted = list(noted)
    found: list[Happening] = []
    if not any(one.what in ("started", "restarted") for one in noted):
        found.append(Happening(_("Started"), started_at))
    found += [_of_trail(one) for one in noted]
    for one in attempts:
        word = _("Submitted") if one.attempt == 1 else _("Submitted again, attempt %(attempt)s", attempt=one.attempt)
        found.append(Happening(word, one.submitted_at, _("The copy is frozen; nobody can change it.")))
        if one.decided_at is not None and one.outcome in _OUTCOMES:
            title, text, state = _OUTCOMES[one.outcome]
            found.append(Happening(title, one.decided_at, text, state))  # type: ignore[arg-type]
    found.sort(key=lambda one: one.when or now)
    if phase == "waiting":
        found.append(
            Happening(
                _("Two reviewers judge it"), None, _("Each alone, without your name. Where they differ, a third settles it."), "current"
            )
        )
    if phase == "drafting":
        found.append(Happening(_("Today"), now, _("You gather evidence and write."), "current"))
    if phase in _ENDS:
        title, text = _ENDS[phase]
        found.append(Happening(title, ends_at, text, "attention" if phase == "expired" else "todo"))
    return tuple(found)


def _of_trail(one: Noted) -> Happening:
    if one.what == "extended":
        until = date_words(datetime.fromisoformat(one.details["until"]))
        return Happening(
            _("You were given more time"),
            one.at,
            _("Until %(day)s. The reason: %(reason)s", day=until, reason=one.details.get("reason", "")),
        )
    return {
        "started": Happening(_("Started"), one.at),
        "restarted": Happening(_("Started again"), one.at, _("With a new year.")),
        "withdrawn": Happening(_("You stopped"), one.at, _("What you wrote was kept.")),
    }[one.what]


def bar(*, started_at: datetime, ends_at: datetime, now: datetime, happenings: Iterable[Happening]) -> Bar:
    """The year as a bar."""
    whole = max((ends_at - started_at).total_seconds(), 1)

    def place(moment: datetime) -> int:
        return round(WIDTH * (moment - started_at).total_seconds() / whole)

    places = (place(one.when) for one in happenings if one.when is not None and one.state in ("done", "attention"))
    return Bar(max(0, min(WIDTH, place(now))), tuple(sorted({one for one in places if 0 < one < WIDTH})))
