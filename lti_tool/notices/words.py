"""Everything that notices say, in one place: English now, and what a translation replaces.

A kind reads `topic` or `topic.step`; people choose by topic what they get by e-mail. In `{braces}` stand facts of the notice: `title` of a
microcredential, `day` a date, `days` how many, `lms` the name of an LMS, `count` a number. The first line is also the subject of an e-mail
that holds nothing else; it names no person and no outcome, for it shows on locked screens.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

FACTS = frozenset({"title", "day", "days", "lms", "count", "activity", "words"})
"""What facts may be called. `day` is a time in ISO 8601, `days` a number; `activity` is an id, leads to its page and stands in no words.
`words` are a coordinator's own, up to 300 characters."""


@dataclass(frozen=True)
class Words:
    """`subject`: in a few words, and what comes of it in `text`. `needs`: the facts without which it can't be said."""

    subject: str
    text: str
    needs: tuple[str, ...] = ("title",)


@dataclass(frozen=True)
class Topic:
    """What people switch on and off. `rights`: who sees the switch at all."""

    label: str
    hint: str
    rights: tuple[str, ...]


TEACHERS, REVIEWERS, RUNNERS = ("earner", "preview"), ("reviewer",), ("console",)

TOPICS: dict[str, Topic] = {
    "deadline": Topic("Reminders before your time is over", "90, 30 and 7 days before, and on the day before.", TEACHERS),
    "decision": Topic("A decision about your work", "When the reviewers are done, and when your work comes back to you.", TEACHERS),
    "extended": Topic("More time for your work", "When whoever runs the course gives you more time.", TEACHERS),
    "privacy": Topic(
        "Questions about students’ privacy", "When a reviewer finds a problem in your evidence, and when it is settled.", TEACHERS
    ),
    "badge": Topic("Your badge is ready", "When it can be seen and shown.", TEACHERS),
    "appeal": Topic("Appeals", "Every step of an appeal.", (*TEACHERS, *REVIEWERS, *RUNNERS)),
    "review": Topic("Reviews for you", "When work is given to you to review.", REVIEWERS),
    "review_due": Topic("Reviews that are due", "Three days before a review is due, and when it is overdue.", REVIEWERS),
    "cohort": Topic("Cohorts", "When you are invited to one, and when whoever runs it reminds you.", TEACHERS),
    "alert": Topic("Trouble with the LMS", "When scores have not arrived for an hour, or a connection fails.", RUNNERS),
}

WORDS: dict[str, Words] = {
    "deadline": Words(
        "{days} left for “{title}”",
        "Submit by {day}. If that is not possible, ask whoever runs the course for more time before then.",
        ("title", "days", "day"),
    ),
    "decision": Words(
        "There is a decision about your work: “{title}”",
        "The reviewers have finished. The outcome and what they say are on the page of your work.",
    ),
    "decision.returned": Words(
        "Your work has come back to you: “{title}”",
        "The reviewers say what is met and what is not yet. Change it and submit it again by {day}.",
        ("title", "day"),
    ),
    "decision.incomplete": Words(
        "Something is missing in your work: “{title}”",
        "It was not judged, and no attempt is used up. The page of your work says what to mend; then submit it again.",
    ),
    "extended": Words(
        "You have more time for “{title}”",
        "Your last day is {day}.",
        ("title", "day"),
    ),
    "privacy.raised": Words(
        "A question about students’ privacy in your work: “{title}”",
        "A reviewer found something, so one piece is held back and the review waits. See what it is about and answer.",
    ),
    "privacy.again": Words(
        "Your answer about students’ privacy is not enough yet: “{title}”",
        "Whoever settles it asks you once more. The review waits until it is settled.",
    ),
    "privacy.settled": Words(
        "The question about students’ privacy is settled: “{title}”",
        "The review goes on. The page of your work says what became of the piece.",
    ),
    "badge": Words(
        "Your badge is ready: “{title}”",
        "You can look at it, and decide whether others may.",
    ),
    "appeal.filed": Words(
        "An appeal waits for you: “{title}”",
        "A teacher asks to have a decision looked at again. Say whether it is taken up.",
    ),
    "appeal.received": Words(
        "Your appeal has arrived: “{title}”",
        "Whoever runs microcredentials in your district looks at it.",
    ),
    "appeal.accepted": Words(
        "Your appeal is taken up: “{title}”",
        "People who have not judged your work before look at it again.",
    ),
    "appeal.refused": Words(
        "Your appeal is not taken up: “{title}”",
        "The page of your work says why.",
    ),
    "appeal.decided": Words(
        "Your appeal is decided: “{title}”",
        "The outcome is on the page of your work.",
    ),
    "review": Words(
        "A review for you: “{title}”",
        "Colleagues’ work waits for your judgement. It is due on {day}. If you can’t judge it, step back, so that somebody else can.",
        ("title", "day"),
    ),
    "review.appeal": Words(
        "An appeal for you to answer: “{title}”",
        "You had no part in this work before, so you are one of those who look at it again. Your answer is due on {day}.",
        ("title", "day"),
    ),
    "review.calibrate": Words(
        "Please calibrate again: “{title}”",
        "Score an example by the rubric, then read why the master scores are what they are. Until then you get no new work of this kind.",
    ),
    "review_due.soon": Words(
        "Your review is due soon: “{title}”",
        "It is due on {day}. If you can’t judge it, step back, so that somebody else can.",
        ("title", "day"),
    ),
    "review_due.overdue": Words(
        "Your review is overdue: “{title}”",
        "It was due on {day}, and a colleague waits. Finish it, or step back, so that somebody else can.",
        ("title", "day"),
    ),
    "cohort.invited": Words(
        "You are invited to a cohort: “{title}”",
        "Its goal is for {day}. Who runs it would see by name how far you are, never your evidence or your scores. Accept or decline.",
        ("title", "day"),
    ),
    "cohort.reminder": Words(
        "A reminder of your cohort: “{title}”",
        "Its goal is for {day}. Your cohort’s page says what is next. Nobody reminds you again within a week.",
        ("title", "day"),
    ),
    "cohort.reminder_in_words": Words(
        "A reminder of your cohort: “{title}”",
        "Its goal is for {day}. Who runs it writes: {words}",
        ("title", "day", "words"),
    ),
    "alert.scores": Words(
        "Scores have not reached {lms} for an hour",
        "Waiting: {count}. They are kept and sent as soon as the LMS takes them. The page “Connection” says whose move it is.",
        ("lms", "count"),
    ),
    "alert.connection": Words(
        "The connection with {lms} does not work",
        "The page “Connection” says what is wrong and whose move it is.",
        ("lms",),
    ),
}

SEVERAL = "{count} things have happened in {product}"
GREETING = "Hello {name},"
GREETING_WITHOUT_NAME = "Hello,"
WHERE = "To see it, open the activity in your course “{course}” in {lms}."
WHERE_SEVERAL = "To see them, open your activities in {lms}."
WHERE_IN_LMS = "To see it, open {product} in {lms}."
TO_COURSE = "Go to the course"
TO_LMS = "Go to {lms}"
SIGNED = "{product}, {district}"
WHY = "You get this e-mail because you use {product} in {lms}. Everything it says also stands there, under “What’s new”."
STOP = "Stop these e-mails"

_MONTHS = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


def day(moment: datetime, zone: str) -> str:
    """A day as it is written in a sentence, in the district's time zone."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{local.day} {_MONTHS[local.month - 1]} {local.year}"


def days(number: int) -> str:
    """How many days, at the start of a sentence."""
    return "Less than a day" if number < 1 else "1 day" if number == 1 else f"{number} days"


def said(kind: str, facts: Mapping[str, Any], zone: str) -> tuple[str, str]:
    """Subject and text of a notice. What people have written stands in one line, without control characters."""
    values = {name: one_line(str(value), 300 if name == "words" else 200) for name, value in facts.items()}
    if "day" in values:
        values["day"] = day(datetime.fromisoformat(values["day"]), zone)
    if "days" in values:
        values["days"] = days(int(values["days"]))
    return WORDS[kind].subject.format(**values), WORDS[kind].text.format(**values)


def one_line(text: str, most: int = 200) -> str:
    """The text in one line of at most so many characters, fit for the header of an e-mail."""
    kept = "".join(c if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Zl", "Zp") else " " for c in text)
    return " ".join(kept.split())[:most]


def topic_of(kind: str) -> str:
    """The topic that a kind belongs to."""
    return kind.partition(".")[0]


def faults(kind: str, facts: Mapping[str, Any]) -> list[str]:
    """What is wrong with a notice before it is written; for whoever calls `service.queue`."""
    if kind not in WORDS:
        return [f"no such kind: {kind}"]
    lacking = [f"lacks {name}" for name in WORDS[kind].needs if facts.get(name) is None]
    return lacking + [f"no fact is called {name}" for name in facts if name not in FACTS]
