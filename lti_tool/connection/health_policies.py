"""How an LMS of the district does, from what is known without asking it. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from lti_tool.language import _, _n, day

QUIET = timedelta(days=30)
"""After so long without a visit one should look whether people still get in."""


@dataclass(frozen=True)
class Known:
    """What has been kept of a registration. Times are None where it never happened; `failing_lists` counts course lists that fail."""

    state: str
    opened_at: datetime | None
    missing: tuple[str, ...]
    lane: str
    sent_at: datetime | None
    troubled_scores: int
    keys: int
    keys_at: datetime | None
    list_at: datetime | None
    failing_lists: int


@dataclass(frozen=True)
class Sign:
    """One thing about a connection. `state`: good, attention, bad, unknown."""

    name: str
    state: str
    words: str


_ORDER = ("bad", "attention", "unknown", "good")


def worst(signs: tuple[Sign, ...]) -> str:
    """The state of the whole; what has not been seen yet does not spoil what is good."""
    states = {sign.state for sign in signs}
    found = next(state for state in _ORDER if state in states)
    return "good" if found == "unknown" and "good" in states else found


def signs(known: Known, now: datetime) -> tuple[Sign, ...]:
    """What to know about a connection, what matters most first."""
    if known.state != "active":
        pending = known.state == "pending"
        words = _("Nobody has confirmed it yet. Open the registration link again.") if pending else _("Nobody gets in. Everything is kept.")
        return (Sign(_("Switched on"), "attention" if pending else "unknown", words),)
    return (_visits(known, now), _scores(known), _keys(known), _lists(known))


def _visits(known: Known, now: datetime) -> Sign:
    name = _("Visits")
    if known.missing:
        return Sign(
            name, "bad" if "scores" in known.missing else "attention", _("It opens, but the LMS does not let the tool do everything.")
        )
    if known.opened_at is None:
        return Sign(name, "unknown", _("Nobody has opened it from a course yet."))
    if now - known.opened_at > QUIET:
        return Sign(name, "attention", _("Last opened from a course on %(day)s. Do people still get in?", day=day(known.opened_at)))
    return Sign(name, "good", _("Last opened from a course on %(day)s.", day=day(known.opened_at)))


def _scores(known: Known) -> Sign:
    name = _("Scores")
    if known.lane != "closed":
        return Sign(name, "bad", _("The LMS does not take scores at the moment. They are kept and sent as soon as it does."))
    if known.troubled_scores:
        return Sign(name, "attention", _n("One score needs somebody.", "%(count)s scores need somebody.", known.troubled_scores))
    if known.sent_at is None:
        return Sign(name, "unknown", _("None has been sent yet."))
    return Sign(name, "good", _("Last delivered on %(day)s.", day=day(known.sent_at)))


def _keys(known: Known) -> Sign:
    name = _("Keys of the LMS")
    if not known.keys or known.keys_at is None:
        return Sign(name, "unknown", _("They are read when somebody opens the tool."))
    return Sign(name, "good", _("Read on %(day)s.", day=day(known.keys_at)))


def _lists(known: Known) -> Sign:
    name = _("Course lists")
    if known.failing_lists:
        return Sign(name, "attention", _n("One list could not be read.", "%(count)s lists could not be read.", known.failing_lists))
    if known.list_at is None:
        return Sign(name, "unknown", _("None has been read yet."))
    return Sign(name, "good", _("Last read on %(day)s.", day=day(known.list_at)))
