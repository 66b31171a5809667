"""Rules of the teacher's work: facts in, decision out."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from lti_tool.catalog.content import Criterion, EvidenceRequirement, MicrocredentialContent, Question
from lti_tool.evidence import consent_policies
from lti_tool.evidence.consent_policies import Consent
from lti_tool.language import _, _n

Step = Literal["self", "overview", "evidence", "reflection"]
Part = Literal["overview", "reflection"]
CLOSED = ("decided", "returned_incomplete")
"""States of a submission that nobody judges any more."""

Phase = Literal["drafting", "waiting", "earned", "not_earned", "withdrawn", "expired"]

STUDENTS = ("none", "background", "identifiable", "work")
"""What a piece of evidence shows of students; the empty string means that the teacher has not said yet."""

GRACE_DAYS = 30
"""A teacher who is asked for changes has at least this long for them, whatever the deadline was."""

REMINDERS = (90, 30, 7, 1)
"""How many days before the end a teacher is reminded of it."""

MOST_MORE_DAYS = 366
"""The longest extension at a time."""

_KEPT_FORMAT = "\u200c\u200d"  # the joiners that Persian and the scripts of India spell with
_MOST_NAME = 150
_MARKS = frozenset("#>*+-_~")


@dataclass(frozen=True)
class Missing:
    """One thing to do before the work can be submitted. `step` and `key` (of a question, criterion or requirement) say where."""

    what: str
    step: Step
    key: str
    pieces: bool = field(default=False, compare=False)
    """Whether it is pieces that lack: pages that count them need not say it again."""


@dataclass(frozen=True)
class Piece:
    """What the rules need to know of an artifact in one requirement. `criteria` are those that it is said to show.

    `shut`: it is a file that reviewers will never be able to open.
    """

    requirement_key: str
    students: str
    criteria: Collection[str] = ()
    shut: bool = False
    consent: Consent = consent_policies.NONE


@dataclass(frozen=True)
class Standing:
    """Where an enrollment stands. The `last_*` facts are those of its newest submission, None when there is none.

    `appeal_open`: its decision is contested; `appeal_ended_at` is when the last such case was closed.
    """

    enrollment_state: str
    deadline_at: datetime
    last_attempt: int = 0
    last_state: str | None = None
    last_outcome: str | None = None
    last_decided_at: datetime | None = None
    appeal_open: bool = False
    appeal_ended_at: datetime | None = None

    @property
    def sent_back(self) -> bool:
        """The newest submission is the teacher's to do again: not met yet, or not complete."""
        return self.last_outcome == "revise" or self.last_state == "returned_incomplete"


def deadline(started_at: datetime, *, days: int, timezone: str = "UTC") -> datetime:
    """The last second of the local day that lies `days` days after the start. Raises ZoneInfoNotFoundError for an unknown zone."""
    zone = ZoneInfo(timezone)
    day = started_at.astimezone(zone).date() + timedelta(days=days)
    return datetime.combine(day, time(23, 59, 59), zone).astimezone(started_at.tzinfo)


def last_moment(standing: Standing) -> datetime:
    """Until when a draft may be submitted: the deadline, and some days of grace after "not yet", "not complete" and an appeal's answer."""
    if standing.sent_back and standing.last_decided_at is not None:
        since = max(standing.last_decided_at, standing.appeal_ended_at or standing.last_decided_at)
        return max(standing.deadline_at, since + timedelta(days=GRACE_DAYS))
    return standing.deadline_at


def days_left(standing: Standing, now: datetime) -> int:
    """Whole days until the last day, 0 on that day and after it."""
    return max(0, (last_moment(standing).date() - now.date()).days)


def phase(standing: Standing, now: datetime) -> Phase:
    """What the enrollment is in. Work that waits for its reviewers does so past the deadline, and so does an appeal."""
    if standing.enrollment_state in ("earned", "not_earned", "withdrawn", "expired"):
        return standing.enrollment_state  # type: ignore[return-value]
    if standing.last_state is not None and standing.last_state not in CLOSED:
        return "waiting"
    return "expired" if now > last_moment(standing) and not standing.appeal_open else "drafting"


def may_edit(standing: Standing, now: datetime) -> bool:
    """Whether the draft may change."""
    return phase(standing, now) == "drafting"


def may_restart(standing: Standing, now: datetime) -> bool:
    """Whether enrolling again opens a new year: after withdrawing, and after the year went by."""
    return phase(standing, now) in ("withdrawn", "expired")


def extension_fault(standing: Standing, now: datetime, until: datetime) -> str:
    """Why a try can't be extended until then, in words; empty when it can. A year that has gone by can be opened again."""
    if standing.enrollment_state != "active":
        return _("This try has ended, so it can't get more time.")
    if until <= max(now, last_moment(standing)):
        return _("Choose a day after the present deadline.")
    if until > max(now, last_moment(standing)) + timedelta(days=MOST_MORE_DAYS):
        return _("Choose a day that is at most a year later than the present deadline.")
    return ""


def reminder_due(started_at: datetime, ends_at: datetime, now: datetime, written: Collection[int]) -> int | None:
    """Which of REMINDERS is to be written now, if any. `written` are those that were written for this end.

    Only the nearest counts, so a teacher is not told of 90 days and of 30 at once; and none that lies before the start.
    """
    if now > ends_at:
        return None
    reached = [days for days in REMINDERS if ends_at - now <= timedelta(days=days) < ends_at - started_at]
    nearest = min(reached, default=None)
    return None if nearest is None or any(days <= nearest for days in written) else nearest


def may_submit(standing: Standing, now: datetime, *, missing: Collection[Missing], max_attempts: int) -> bool:
    """Whether the draft may become the next attempt."""
    return may_edit(standing, now) and not missing and attempts_left(standing, max_attempts) > 0


def attempts_left(standing: Standing, max_attempts: int) -> int:
    """How many attempts are open."""
    return max(0, max_attempts - next_attempt(standing) + 1)


def next_attempt(standing: Standing) -> int:
    """The number of the next submission: one that was not complete did not use up its own."""
    return standing.last_attempt + (standing.last_state != "returned_incomplete")


def declarations(requirement: EvidenceRequirement) -> tuple[str, ...]:
    """What may be declared of students in a piece: where they must not be seen, only none of them, or their work."""
    return STUDENTS if requirement.may_show_students else ("none", "work")


def attestations_needed(students: Iterable[str]) -> set[str]:
    """What the teacher must confirm when submitting, given what the pieces show of students."""
    return {"names_removed"} | ({"families_agreed"} if "identifiable" in students else set())


def questions_of(content: MicrocredentialContent, part: Part) -> tuple[Question, ...]:
    """The questions of one part."""
    return content.overview_questions if part == "overview" else content.reflection_questions


def word_count(text: str) -> int:
    """Words, as whoever reads the counter beside the answer sees them: runs of anything but white space and the marks of formatting."""
    return sum(not _MARKS.issuperset(word) for word in text.split())


def missing(
    content: MicrocredentialContent,
    answers: Mapping[str, str],
    levels: Mapping[str, int | None],
    pieces: Iterable[Piece],
) -> list[Missing]:
    """Everything to do before submitting, in the order of the steps; empty when the work is complete."""
    found = [
        Missing(_("Choose your own level for “%(title)s”.", title=criterion.title), "self", criterion.key)
        for criterion in content.criteria
        if not _is_level(levels.get(criterion.key), len(criterion.levels))
    ]
    found += _missing_answers(content.overview_questions, answers, "overview")
    by_requirement: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_requirement.setdefault(piece.requirement_key, []).append(piece)
    for requirement in content.evidence:
        found += _missing_pieces(requirement, by_requirement.get(requirement.key, []))
    return found + _missing_answers(content.reflection_questions, answers, "reflection")


def unshown(content: MicrocredentialContent, pieces: Iterable[Piece]) -> tuple[Criterion, ...]:
    """The criteria that evidence is asked for and that no piece is said to show, in the rubric's order.

    Evidence is asked for a criterion that some requirement names; for all of them where no requirement names any.
    """
    asked = {key for requirement in content.evidence for key in requirement.criteria} or {criterion.key for criterion in content.criteria}
    shown = {key for piece in pieces for key in piece.criteria}
    return tuple(criterion for criterion in content.criteria if criterion.key in asked - shown)


def _is_level(level: int | None, levels: int) -> bool:
    return level is not None and 0 <= level < levels


def _missing_answers(questions: Iterable[Question], answers: Mapping[str, str], step: Part) -> list[Missing]:
    found = []
    for question in questions:
        words = word_count(answers.get(question.key, ""))
        if not words:
            found.append(Missing(_("Answer “%(question)s”", question=question.prompt), step, question.key))
        elif question.word_limit and words > question.word_limit:
            shorten = _n(
                "Shorten “%(question)s” by %(count)s word; the limit is %(limit)s.",
                "Shorten “%(question)s” by %(count)s words; the limit is %(limit)s.",
                words - question.word_limit,
                question=question.prompt,
                limit=question.word_limit,
            )
            found.append(Missing(shorten, step, question.key))
    return found


def _missing_pieces(requirement: EvidenceRequirement, pieces: list[Piece]) -> list[Missing]:
    title, found = requirement.title, []
    if (lacking := requirement.minimum - len(pieces)) > 0:
        add = (
            _n("Add %(count)s more piece to “%(title)s”.", "Add %(count)s more pieces to “%(title)s”.", lacking, title=title)
            if pieces
            else _n("Add %(count)s piece to “%(title)s”.", "Add %(count)s pieces to “%(title)s”.", lacking, title=title)
        )
        found.append(Missing(add, "evidence", requirement.key, pieces=True))
    if (extra := len(pieces) - requirement.maximum) > 0:
        take = _n(
            "Take %(count)s piece out of “%(title)s”; it holds at most %(most)s.",
            "Take %(count)s pieces out of “%(title)s”; it holds at most %(most)s.",
            extra,
            title=title,
            most=requirement.maximum,
        )
        found.append(Missing(take, "evidence", requirement.key))
    if shut := sum(piece.shut for piece in pieces):
        replace = _n(
            "Replace %(count)s file in “%(title)s” that reviewers can't open; the page says why.",
            "Replace %(count)s files in “%(title)s” that reviewers can't open; the page says why.",
            shut,
            title=title,
        )
        found.append(Missing(replace, "evidence", requirement.key))
    if undeclared := sum(piece.students not in STUDENTS for piece in pieces):
        say = _n(
            "Say what %(count)s piece in “%(title)s” shows of students.",
            "Say what %(count)s pieces in “%(title)s” show of students.",
            undeclared,
            title=title,
        )
        found.append(Missing(say, "evidence", requirement.key))
    if unproved := sum(not consent_policies.complete(piece.students, piece.consent) for piece in pieces):
        prove = _n(
            "Say which consent form covers %(count)s piece in “%(title)s”, for how many students, and where.",
            "Say which consent form covers %(count)s pieces in “%(title)s”, for how many students, and where.",
            unproved,
            title=title,
        )
        found.append(Missing(prove, "evidence", requirement.key))
    if seen := sum(piece.students in STUDENTS and piece.students not in declarations(requirement) for piece in pieces):
        hide = _n(
            "Take %(count)s piece out of “%(title)s” that shows students; they must not be seen in this part.",
            "Take %(count)s pieces out of “%(title)s” that show students; they must not be seen in this part.",
            seen,
            title=title,
        )
        found.append(Missing(hide, "evidence", requirement.key))
    return found


def file_name(given: str) -> str:
    """A name to keep and show: letters of every script, but no folders, control or direction characters, at most 150 characters."""
    name = unicodedata.normalize("NFC", given.replace("\\", "/")).rsplit("/", 1)[-1]
    name = "".join(c for c in name if c in _KEPT_FORMAT or unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
    name = " ".join(name.split()).lstrip(".").strip()
    stem, dot, extension = name.rpartition(".")
    if dot and len(extension) <= 10:
        name = stem[: _MOST_NAME - len(extension) - 1].rstrip() + dot + extension
    return name[:_MOST_NAME] or "file"
