"""Everything that notices say, in one place.

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

from lti_tool.language import _, _n, later, long_day

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
    "deadline": Topic(later("Reminders before your time is over"), later("90, 30 and 7 days before, and on the day before."), TEACHERS),
    "decision": Topic(
        later("A decision about your work"), later("When the reviewers are done, and when your work comes back to you."), TEACHERS
    ),
    "extended": Topic(later("More time for your work"), later("When whoever runs the course gives you more time."), TEACHERS),
    "privacy": Topic(
        later("Questions about students’ privacy"),
        later("When a reviewer finds a problem in your evidence, and when it is settled."),
        TEACHERS,
    ),
    "badge": Topic(later("Your badge is ready"), later("When it can be seen and shown."), TEACHERS),
    "appeal": Topic(later("Appeals"), later("Every step of an appeal."), (*TEACHERS, *REVIEWERS, *RUNNERS)),
    "review": Topic(later("Reviews for you"), later("When work is given to you to review."), REVIEWERS),
    "review_due": Topic(later("Reviews that are due"), later("Three days before a review is due, and when it is overdue."), REVIEWERS),
    "support": Topic(later("Somebody looked at your pages"), later("When a coordinator has opened them to help."), TEACHERS),
    "role": Topic(later("Roles that open pay or the console"), later("When somebody was given one."), RUNNERS),
    "approval": Topic(
        later("Approval of microcredentials"),
        later("When a draft waits for you, and what the team says of yours."),
        ("approver", "author", "designer", "console"),
    ),
    "cohort": Topic(later("Cohorts"), later("When you are invited to one, and when whoever runs it reminds you."), TEACHERS),
    "alert": Topic(later("Trouble with the LMS"), later("When scores have not arrived for an hour, or a connection fails."), RUNNERS),
}

WORDS: dict[str, Words] = {
    "deadline": Words(
        later("{days} left for “{title}”"),
        later("Submit by {day}. If that is not possible, ask whoever runs the course for more time before then."),
        ("title", "days", "day"),
    ),
    "decision": Words(
        later("There is a decision about your work: “{title}”"),
        later("The reviewers have finished. The outcome and what they say are on the page of your work."),
    ),
    "decision.returned": Words(
        later("Your work has come back to you: “{title}”"),
        later("The reviewers say what is met and what is not yet. Change it and submit it again by {day}."),
        ("title", "day"),
    ),
    "decision.incomplete": Words(
        later("Something is missing in your work: “{title}”"),
        later("It was not judged, and no attempt is used up. The page of your work says what to mend; then submit it again."),
    ),
    "extended": Words(
        later("You have more time for “{title}”"),
        later("Your last day is {day}."),
        ("title", "day"),
    ),
    "privacy.raised": Words(
        later("A question about students’ privacy in your work: “{title}”"),
        later("A reviewer found something, so one piece is held back and the review waits. See what it is about and answer."),
    ),
    "privacy.again": Words(
        later("Your answer about students’ privacy is not enough yet: “{title}”"),
        later("Whoever settles it asks you once more. The review waits until it is settled."),
    ),
    "privacy.settled": Words(
        later("The question about students’ privacy is settled: “{title}”"),
        later("The review goes on. The page of your work says what became of the piece."),
    ),
    "badge": Words(
        later("Your badge is ready: “{title}”"),
        later("You can look at it, and decide whether others may."),
    ),
    "appeal.filed": Words(
        later("An appeal waits for you: “{title}”"),
        later("A teacher asks to have a decision looked at again. Say whether it is taken up."),
    ),
    "appeal.received": Words(
        later("Your appeal has arrived: “{title}”"),
        later("Whoever runs microcredentials in your district looks at it."),
    ),
    "appeal.accepted": Words(
        later("Your appeal is taken up: “{title}”"),
        later("People who have not judged your work before look at it again."),
    ),
    "appeal.refused": Words(
        later("Your appeal is not taken up: “{title}”"),
        later("The page of your work says why."),
    ),
    "appeal.decided": Words(
        later("Your appeal is decided: “{title}”"),
        later("The outcome is on the page of your work."),
    ),
    "review": Words(
        later("A review for you: “{title}”"),
        later(
            "Colleagues’ work waits for your judgement. It is due on {day}. If you can’t judge it, step back, so that somebody else can."
        ),
        ("title", "day"),
    ),
    "review.appeal": Words(
        later("An appeal for you to answer: “{title}”"),
        later("You had no part in this work before, so you are one of those who look at it again. Your answer is due on {day}."),
        ("title", "day"),
    ),
    "review.calibrate": Words(
        later("Please calibrate again: “{title}”"),
        later(
            "Score an example by the rubric, then read why the master scores are what they are. Until then you get no new work of "
            "this kind."
        ),
    ),
    "review_due.soon": Words(
        later("Your review is due soon: “{title}”"),
        later("It is due on {day}. If you can’t judge it, step back, so that somebody else can."),
        ("title", "day"),
    ),
    "review_due.overdue": Words(
        later("Your review is overdue: “{title}”"),
        later("It was due on {day}, and a colleague waits. Finish it, or step back, so that somebody else can."),
        ("title", "day"),
    ),
    "support": Words(
        later("Somebody who runs microcredentials looked at your page"),
        later(
            "On {day} a coordinator of your district opened the page of your work to help. They saw where it stands, not your evidence or "
            "drafts, and could change nothing."
        ),
        ("day",),
    ),
    "role.coordinator": Words(
        later("Somebody was made a coordinator"),
        later("They can open the whole console of your district now. Who it is and who gave the role stands under “People and roles”."),
        (),
    ),
    "role.payroll": Words(
        later("Somebody was given the role “Payroll”"),
        later("They see what people are paid for. Who it is and who gave the role stands under “People and roles”."),
        (),
    ),
    "approval.asked": Words(
        later("A draft waits for your approval: “{title}”"),
        later("Read it, hold it against the quality standards and say what you think. The page “Approvals” has it."),
    ),
    "approval.comment": Words(
        later("Somebody wrote about your draft: “{title}”"),
        later("The approval team has begun to comment. The page of the draft says on which sections."),
    ),
    "approval.changes": Words(
        later("The approval team asks for changes: “{title}”"),
        later("The draft is yours to change again. The page of the draft says what and why; then hand it in once more."),
    ),
    "approval.rejected": Words(
        later("The approval team does not take your draft: “{title}”"),
        later("The page of the draft says why. The draft stays yours."),
    ),
    "approval.approved": Words(
        later("Your draft is approved: “{title}”"),
        later("It can be published now, exactly as it was approved."),
    ),
    "cohort.invited": Words(
        later("You are invited to a cohort: “{title}”"),
        later(
            "Its goal is for {day}. Who runs it would see by name how far you are, never your evidence or your scores. Accept or decline."
        ),
        ("title", "day"),
    ),
    "cohort.reminder": Words(
        later("A reminder of your cohort: “{title}”"),
        later("Its goal is for {day}. Your cohort’s page says what is next. Nobody reminds you again within a week."),
        ("title", "day"),
    ),
    "cohort.reminder_in_words": Words(
        later("A reminder of your cohort: “{title}”"),
        later("Its goal is for {day}. Who runs it writes: {words}"),
        ("title", "day", "words"),
    ),
    "alert.scores": Words(
        later("Scores have not reached {lms} for an hour"),
        later("Waiting: {count}. They are kept and sent as soon as the LMS takes them. The page “Connection” says whose move it is."),
        ("lms", "count"),
    ),
    "alert.connection": Words(
        later("The connection with {lms} does not work"),
        later("The page “Connection” says what is wrong and whose move it is."),
        ("lms",),
    ),
}

SEVERAL = later("{count} things have happened in {product}")
GREETING = later("Hello {name},")
GREETING_WITHOUT_NAME = later("Hello,")
WHERE = later("To see it, open the activity in your course “{course}” in {lms}.")
WHERE_SEVERAL = later("To see them, open your activities in {lms}.")
WHERE_IN_LMS = later("To see it, open {product} in {lms}.")
TO_COURSE = later("Go to the course")
TO_LMS = later("Go to {lms}")
SIGNED = later("{product}, {district}")
WHY = later("You get this e-mail because you use {product} in {lms}. Everything it says also stands there, under “What’s new”.")
STOP = later("Stop these e-mails")


def day(moment: datetime, zone: str) -> str:
    """A day as it is written in a sentence, in the district's time zone."""
    return long_day(moment.astimezone(ZoneInfo(zone)))


def days(number: int) -> str:
    """How many days, at the start of a sentence."""
    return _("Less than a day") if number < 1 else _n("%(count)s day", "%(count)s days", number)


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
