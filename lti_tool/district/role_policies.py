"""Which roles a district gives, for how long, and what has to be said first. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from lti_tool.language import N_

ROLES: Mapping[str, tuple[str, str]] = {
    "coordinator": (
        N_("Coordinator"),
        N_("Runs microcredentials: opens everything in this console, names reviewers, gives roles, settles problems and appeals."),
    ),
    "author": (N_("Author"), N_("Writes microcredentials and revises them. Sees nobody’s work.")),
    "approver": (N_("Approver"), N_("Reads what authors hand in and decides whether it is published. Sees nobody’s work.")),
    "payroll": (N_("Payroll"), N_("Sees who is owed how much for what they earned, and takes it to payroll. Sees no evidence.")),
    "board": (N_("Board"), N_("Reads reports: figures of the whole district. Sees nobody’s work.")),
    "leader": (N_("Leader"), N_("Finds people by what they have earned, where these agreed to be found. Sees no evidence.")),
}
"""Label and what it opens, by the right's name. Reviewers are named where reviews are run."""
WATCHED = ("coordinator", "payroll")
"""Of these every other coordinator is told."""
SOON = timedelta(days=30)
MOST_AHEAD = timedelta(days=5 * 366)


@dataclass(frozen=True)
class Held:
    """A role that somebody holds; None where it has no end."""

    role: str
    expires_at: datetime | None


def end_of(last: date | None) -> datetime | None:
    """When a role ends whose last day this is (UTC)."""
    return None if last is None else datetime.combine(last, time(), UTC) + timedelta(days=1)


def last_day(expires_at: datetime | None) -> date | None:
    """The last day of a role that ends then."""
    return None if expires_at is None else (expires_at - timedelta(microseconds=1)).astimezone(UTC).date()


def day_fault(last: date | None, now: datetime) -> str:
    """What is wrong with a last day; empty where nothing is."""
    if last is None:
        return ""
    if last < now.astimezone(UTC).date():
        return N_("The last day must be today or later.")
    return N_("That is too far ahead. Leave the day empty for a role without an end.") if last > (now + MOST_AHEAD).date() else ""


def ends_soon(expires_at: datetime | None, now: datetime) -> bool:
    """Whether a role that is held ends within 30 days."""
    return expires_at is not None and now < expires_at <= now + SOON


def leaves_nobody(role: str, *, other_coordinators: int, admins_run_console: bool) -> bool:
    """Whether without this role nobody could open the console any more."""
    return role == "coordinator" and other_coordinators == 0 and not admins_run_console
