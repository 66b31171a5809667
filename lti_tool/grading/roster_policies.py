"""Rules of course lists: what a failure means, when to read again, whom a list that was read to its end leaves out."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from lti_tool.language import later

READ_WHILE_USED = timedelta(days=30)
"""A list is read again by itself as long as somebody has opened the course within this time."""
SHOWN_CHANGES = timedelta(days=30)
"""So long a page says that somebody has joined or left, or has another role."""
MOST_PAGES = 2000
MOST_IN_A_ROW = 8
"""After so many failures only a person's wish makes the worker read again."""

_FIRST, _MOST, _MOST_REST = timedelta(minutes=5), timedelta(hours=24), timedelta(hours=1)


@dataclass(frozen=True)
class Failure:
    """Why a list could not be read to its end: in words, whose move it is, and whether trying again soon may help (`passes`)."""

    words: str
    move: str
    passes: bool = False


_ADMIN = later("Your LMS administrator can allow it: in the tool’s settings, services, names and roles of the course’s people.")
_BY_ITSELF = later("It is tried again by itself.")
_TEAM = later("Tell whoever runs the tool; they find the technical answer in its log.")

FAILURES: dict[str, Failure] = {
    "not_offered": Failure(later("Your LMS does not share this course’s list of people with the tool."), _ADMIN),
    "not_allowed": Failure(later("Your LMS did not let the tool read the list."), _ADMIN),
    "gone": Failure(later("Your LMS says that there is no such course or activity."), later("Open the activity in your course once more.")),
    "refused": Failure(later("Your LMS did not accept the question for the list."), _TEAM),
    "slow_down": Failure(later("Your LMS asked the tool to wait."), _BY_ITSELF, passes=True),
    "silent": Failure(later("Your LMS did not answer."), _BY_ITSELF, passes=True),
    "no_token": Failure(
        later("Your LMS did not let the tool in."),
        later("It is tried again by itself. If it stays, the page “Connection” says why."),
        passes=True,
    ),
    "no_list": Failure(later("What your LMS answered was no list of people."), _TEAM, passes=True),
    "elsewhere": Failure(later("Your LMS sent the tool to another server for the rest of the list. The tool does not go there."), _TEAM),
    "circles": Failure(later("The pages of the list go round in circles, so nobody knows whether it is whole."), _TEAM),
    "too_long": Failure(later("The list is longer than the tool reads."), _TEAM),
    "empty": Failure(
        later("Your LMS sent an empty list, although people were on it."), later("If the course is over, that is as it should be.")
    ),
    "our_fault": Failure(later("Something went wrong on our side."), _TEAM),
}
"""People who were read before a failure stay; nobody is marked as having left."""


def wait(failure: str, attempts: int, *, jitter: float, asked: timedelta | None = None) -> timedelta | None:
    """How long until the worker tries again after this many failures in a row (from 1 on); None: only when a person asks for it."""
    if attempts >= MOST_IN_A_ROW:
        return None
    if not FAILURES[failure].passes:
        return _MOST
    if asked is not None:
        return max(asked, timedelta(seconds=10))
    grown: timedelta = _FIRST * 2 ** min(attempts - 1, 10)
    return min(grown, _MOST_REST if failure == "slow_down" else _MOST) * (0.75 + 0.5 * jitter)


def again_after(hours: int, jitter: float) -> timedelta | None:
    """When a list that was read is read again by itself; None when only by hand. `jitter` in 0..1 spreads the readings."""
    return timedelta(hours=hours) * (0.9 + 0.2 * jitter) if hours else None


def tells_who_left(*, people: int, before: int) -> bool:
    """Whether a whole list may mark people as having left: an empty one where there were some is a slip of the LMS far more often."""
    return people > 0 or before == 0


@dataclass(frozen=True)
class Known:
    """What a list said of a person before: their status and roles."""

    status: str
    roles: Collection[str]


@dataclass(frozen=True)
class Change:
    """What is new about a person on a list: any of joined, left, roles."""

    joined: bool = False
    left: bool = False
    roles: bool = False


def change(before: Known | None, status: str, roles: Collection[str]) -> Change:
    """What is new, now that the list says this of a person. Somebody who is suspended has not left; their roles don't count meanwhile."""
    if before is None:
        return Change(joined=True)
    return Change(
        joined=before.status == "left" and status == "active",
        left=status == "left" and before.status != "left",
        roles=status == "active" and set(before.roles) != set(roles),
    )


_NAMES = {
    "Learner": later("Takes part"),
    "Instructor": later("Runs the course"),
    "TeachingAssistant": later("Teaching assistant"),
    "ContentDeveloper": later("Builds the course"),
    "Mentor": later("Observes"),
    "Administrator": later("Administers"),
    "Manager": later("Manages"),
    "Member": later("Member"),
    "Officer": later("Officer"),
}


def role_names(roles: Collection[str]) -> tuple[str, ...]:
    """The roles of a list in words; what only says that somebody is a user of the LMS is left out."""
    found = []
    for role in roles:
        if "institution/person" in role or "system/person" in role:
            continue
        short = role.replace("/", "#").rsplit("#", 1)[-1]
        found.append(_NAMES.get(short, short))
    if "Teaching assistant" in found and "Runs the course" in found:
        found.remove("Runs the course")  # LMSs name both for a teacher's helper
    return tuple(dict.fromkeys(found))
