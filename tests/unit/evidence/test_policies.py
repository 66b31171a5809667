"""The rules of the teacher's work."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.catalog.content import EvidenceRequirement, MicrocredentialContent
from lti_tool.evidence import policies
from lti_tool.evidence.policies import Missing, Piece, Standing
from tests.factories.world import CONTENT

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
moments = st.integers(0, 20 * 365 * 24 * 3600).map(lambda seconds: datetime(2020, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds))
zones = st.sampled_from(["UTC", "America/Chicago", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu", "Australia/Lord_Howe"])
CONTENT_1 = MicrocredentialContent.model_validate(
    {**CONTENT, "overview_questions": [{"key": "context", "prompt": "Your class?", "word_limit": 5}]}
)
COMPLETE = {
    "answers": {"context": "Grade five", "impact": "Much"},
    "levels": {"planning": 0, "asking": 2},
    "pieces": [Piece("plan", "none"), Piece("recording", "background")],
}


@given(moments, zones, st.integers(1, 800))
def test_deadline_is_the_end_of_a_local_day(started: datetime, zone: str, days: int) -> None:
    end = policies.deadline(started, days=days, timezone=zone)
    local = end.astimezone(ZoneInfo(zone))
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    assert local.date() == started.astimezone(ZoneInfo(zone)).date() + timedelta(days=days)
    assert end.utcoffset() == timedelta(0)


def test_deadline_of_a_late_evening_in_chicago() -> None:
    evening = datetime(2026, 11, 25, 4, 30, tzinfo=UTC)  # still the 24th there
    assert policies.deadline(evening, days=365, timezone="America/Chicago") == datetime(2027, 11, 25, 5, 59, 59, tzinfo=UTC)


def test_complete_work_lacks_nothing() -> None:
    assert policies.missing(CONTENT_1, **COMPLETE) == []  # type: ignore[arg-type]


def test_empty_work_lacks_every_part_in_order() -> None:
    found = policies.missing(CONTENT_1, {}, {}, [])
    assert [(one.step, one.key) for one in found] == [
        ("self", "planning"),
        ("self", "asking"),
        ("overview", "context"),
        ("evidence", "plan"),
        ("evidence", "recording"),
        ("reflection", "impact"),
    ]
    assert found[3].what == "Add 1 piece to “Lesson plan”."


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"answers": {"context": " \n ", "impact": "x"}}, Missing("Answer “Your class?”", "overview", "context")),
        (
            {"answers": {"context": "one two three four five six seven", "impact": "x"}},
            Missing("Shorten “Your class?” by 2 words; the limit is 5.", "overview", "context"),
        ),
        ({"levels": {"planning": 3, "asking": 1}}, Missing("Choose your own level for “Planning”.", "self", "planning")),
        ({"levels": {"planning": 1, "asking": None}}, Missing("Choose your own level for “Asking”.", "self", "asking")),
        (
            {"pieces": [Piece("plan", ""), Piece("recording", "work")]},
            Missing("Say what 1 piece in “Lesson plan” shows of students.", "evidence", "plan"),
        ),
        (
            {"pieces": [Piece("plan", "none")] * 6 + [Piece("recording", "work")]},
            Missing("Take 1 piece out of “Lesson plan”; it holds at most 5.", "evidence", "plan"),
        ),
        ({"pieces": [Piece("recording", "work"), Piece("unknown", "none")]}, Missing("Add 1 piece to “Lesson plan”.", "evidence", "plan")),
    ],
)
def test_what_is_missing_is_said(change: dict[str, object], expected: Missing) -> None:
    assert policies.missing(CONTENT_1, **{**COMPLETE, **change}) == [expected]  # type: ignore[arg-type]


answers = st.dictionaries(st.sampled_from(["context", "impact", "other"]), st.text(max_size=40))
levels = st.dictionaries(st.sampled_from(["planning", "asking"]), st.none() | st.integers(-1, 4))
pieces = st.lists(st.builds(Piece, st.sampled_from(["plan", "recording", "other"]), st.sampled_from(["", *policies.STUDENTS])), max_size=14)


@given(answers, levels, pieces)
def test_missing_is_empty_exactly_for_complete_work(answers: dict[str, str], levels: dict[str, int | None], pieces: list[Piece]) -> None:
    found = policies.missing(CONTENT_1, answers, levels, pieces)
    complete = (
        all(answers.get(key, "").split() for key in ("context", "impact"))
        and len(answers["context"].split()) <= 5
        and all(levels.get(key) in (0, 1, 2) for key in ("planning", "asking"))
        and all(1 <= sum(p.requirement_key == key for p in pieces) <= 5 for key in ("plan", "recording"))
        and all(p.students for p in pieces if p.requirement_key != "other")
        and all(p.students in ("none", "work") for p in pieces if p.requirement_key == "plan")
    )
    assert (found == []) == complete
    assert all(one.what and one.key for one in found)


@given(answers, levels, pieces, st.builds(Piece, st.just("plan"), st.just("none")))
def test_adding_a_declared_piece_never_makes_a_short_requirement_worse(
    answers: dict[str, str], levels: dict[str, int | None], pieces: list[Piece], piece: Piece
) -> None:
    before = policies.missing(CONTENT_1, answers, levels, pieces)
    after = policies.missing(CONTENT_1, answers, levels, [*pieces, piece])
    if sum(p.requirement_key == "plan" for p in pieces) < 5:
        assert len(after) <= len(before)


standings = st.builds(
    Standing,
    st.sampled_from(["active", "earned", "not_earned", "withdrawn", "expired"]),
    moments,
    st.integers(0, 4),
    st.none() | st.sampled_from(["submitted", "in_review", "adjudicating", "decided"]),
    st.none() | st.sampled_from(["earned", "revise", "not_earned"]),
    st.none() | moments,
)


@given(standings, moments, st.integers(1, 4))
def test_submitting_needs_everything(standing: Standing, now: datetime, most: int) -> None:
    lacking = [Missing("x", "self", "y")]
    assert not policies.may_submit(standing, now, missing=lacking, max_attempts=most)
    if policies.may_submit(standing, now, missing=[], max_attempts=most):
        assert policies.may_edit(standing, now)
        assert standing.enrollment_state == "active"
        assert standing.last_state in (None, "decided")
        assert standing.last_attempt < most
        assert now <= policies.last_moment(standing)
    assert not (policies.may_edit(standing, now) and policies.may_restart(standing, now))


@pytest.mark.parametrize(
    ("standing", "phase"),
    [
        (Standing("active", NOON), "drafting"),
        (Standing("active", NOON - timedelta(seconds=1)), "expired"),
        (Standing("active", NOON - timedelta(days=9), 1, "in_review"), "waiting"),
        (Standing("active", NOON + timedelta(days=9), 1, "decided", "revise", NOON), "drafting"),
        (Standing("withdrawn", NOON + timedelta(days=9)), "withdrawn"),
        (Standing("earned", NOON + timedelta(days=9), 1, "decided", "earned", NOON), "earned"),
        (Standing("not_earned", NOON, 3, "decided", "not_earned", NOON), "not_earned"),
    ],
)
def test_phase(standing: Standing, phase: str) -> None:
    assert policies.phase(standing, NOON) == phase


def test_grace_after_not_yet() -> None:
    late = Standing("active", NOON, 1, "decided", "revise", NOON - timedelta(days=1))
    assert policies.last_moment(late) == NOON + timedelta(days=29)
    early = Standing("active", NOON + timedelta(days=100), 1, "decided", "revise", NOON - timedelta(days=1))
    assert policies.last_moment(early) == NOON + timedelta(days=100)
    assert policies.days_left(early, NOON) == 100
    assert policies.days_left(early, NOON + timedelta(days=200)) == 0


def test_no_piece_shows_a_criterion_until_one_is_said_to() -> None:
    assert [one.key for one in policies.unshown(CONTENT_1, [])] == ["planning", "asking"]
    assert [one.key for one in policies.unshown(CONTENT_1, [Piece("plan", "none", ["asking"])])] == ["planning"]
    first_only = CONTENT_1.model_copy(update={"evidence": CONTENT_1.evidence[:1]})
    assert [one.key for one in policies.unshown(first_only, [])] == ["planning"], "no evidence is asked for the other"
    nowhere = [one.model_copy(update={"criteria": ()}) for one in CONTENT_1.evidence]
    assert len(policies.unshown(CONTENT_1.model_copy(update={"evidence": tuple(nowhere)}), [])) == 2


@given(answers, levels, pieces, st.lists(st.sampled_from(["planning", "asking", "other"])))
def test_which_criteria_are_shown_is_no_bar(
    answers: dict[str, str], levels: dict[str, int | None], pieces: list[Piece], keys: list[str]
) -> None:
    named = [Piece(one.requirement_key, one.students, keys) for one in pieces]
    assert policies.missing(CONTENT_1, answers, levels, pieces) == policies.missing(CONTENT_1, answers, levels, named)


@given(standings, moments, moments)
def test_an_extension_only_ever_gives_more_time(standing: Standing, now: datetime, until: datetime) -> None:
    if policies.extension_fault(standing, now, until):
        return
    longer = replace(standing, deadline_at=until)
    assert standing.enrollment_state == "active"
    assert policies.last_moment(longer) == until > max(now, policies.last_moment(standing))
    assert policies.phase(longer, now) in ("drafting", "waiting")


def test_extensions_that_do_not_fit_say_why() -> None:
    day = timedelta(days=1)
    assert policies.extension_fault(Standing("earned", NOON), NOON, NOON + day).startswith("This try has ended")
    assert policies.extension_fault(Standing("active", NOON + 5 * day), NOON, NOON + day) == "Choose a day after the present deadline."
    assert "at most a year" in policies.extension_fault(Standing("active", NOON), NOON, NOON + 400 * day)
    assert policies.extension_fault(Standing("active", NOON - 30 * day), NOON, NOON + day) == "", "a year that went by opens again"


@given(st.integers(0, 500), st.lists(st.integers(-20, 520), max_size=60))
def test_each_reminder_comes_once_and_the_nearest_is_never_missed(length: int, days: list[int]) -> None:
    """A sweep that looks at any days, as often as it likes."""
    ends_at, written = NOON + timedelta(days=length), list[int]()
    for day in sorted(days):
        now = NOON + timedelta(days=day, hours=3)
        due = policies.reminder_due(NOON, ends_at, now, written)
        if due is not None:
            assert now <= ends_at <= now + timedelta(days=due)
            assert due < length, "not before the start"
            written.append(due)
            assert policies.reminder_due(NOON, ends_at, now, written) is None
        reached = [one for one in policies.REMINDERS if ends_at - now <= timedelta(days=one) and one < length]
        if reached and now <= ends_at:
            assert min(written) == min(reached)
    assert written == sorted(set(written), reverse=True)


def test_attempts_left_never_goes_below_zero() -> None:
    left = [policies.attempts_left(Standing("active", NOON, used, "decided" if used else None), 3) for used in range(5)]
    assert left == [3, 2, 1, 0, 0]


def test_students_are_declared_only_where_they_may_be_seen() -> None:
    closed = EvidenceRequirement(key="a", title="A", description="A")
    assert policies.declarations(closed) == ("none", "work")
    assert policies.declarations(closed.model_copy(update={"may_show_students": True})) == policies.STUDENTS
    assert policies.attestations_needed(["none", "work"]) == {"names_removed"}
    assert policies.attestations_needed(["none", "identifiable"]) == {"names_removed", "families_agreed"}


@pytest.mark.parametrize(
    ("given_name", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\ada\\plan.docx", "plan.docx"),
        ("Unterricht für Kläre.pdf", "Unterricht für Kläre.pdf"),
        ("小组活动 记录.mp4", "小组活动 记录.mp4"),
        ("درس‌ها.pdf", "درس‌ها.pdf"),
        ("शिक्षण.txt", "शिक्षण.txt"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\x00b\r\nc.txt", "abc.txt"),
        (".htaccess", "htaccess"),
        ("", "file"),
        ("/", "file"),
        ("\u202e", "file"),
        ("e\u0301tude.pdf", "étude.pdf"),
    ],
)
def test_file_names(given_name: str, kept: str) -> None:
    assert policies.file_name(given_name) == kept


@given(st.text(max_size=400))
def test_file_names_are_always_safe(name: str) -> None:
    kept = policies.file_name(name)
    assert 1 <= len(kept) <= 150
    assert not set(kept) & {"/", "\\"}
    assert kept == kept.strip()
    assert not kept.startswith(".")
    assert all(unicodedata.category(c) not in ("Cc", "Cs") for c in kept)
    assert not set(kept) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f\u061c")
    assert policies.file_name(kept) == kept


def test_long_file_names_keep_their_end() -> None:
    assert policies.file_name("x" * 500 + ".pdf") == "x" * 146 + ".pdf"


def test_what_was_not_complete_uses_up_no_attempt_and_gives_days_of_grace() -> None:
    back = Standing("active", NOON, 2, "returned_incomplete", None, NOON - timedelta(days=1))
    assert (policies.next_attempt(back), policies.attempts_left(back, 3)) == (2, 2)
    assert policies.next_attempt(Standing("active", NOON, 2, "decided", "revise", NOON)) == 3
    assert policies.last_moment(back) == NOON + timedelta(days=policies.GRACE_DAYS - 1)
    assert policies.phase(back, NOON + timedelta(days=20)) == "drafting"


def test_an_appeal_stops_the_time_and_its_end_gives_days_of_grace() -> None:
    decided, later = NOON - timedelta(days=1), NOON + timedelta(days=90)
    known = ("active", NOON, 1, "decided", "revise", decided)
    assert policies.phase(Standing(*known), later) == "expired"
    assert policies.phase(Standing(*known, appeal_open=True), later) == "drafting"
    ended = Standing(*known, appeal_ended_at=later)
    assert policies.last_moment(ended) == later + timedelta(days=policies.GRACE_DAYS)
    assert policies.phase(ended, later + timedelta(days=1)) == "drafting"
    final = Standing("not_earned", NOON, 3, "decided", "not_earned", decided, appeal_open=True)
    assert policies.phase(final, later) == "not_earned", "what is final stays so until the panel has answered"
