"""The breaker before each LMS, shared by all workers, and how well its scores go."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import Select, select, update
from sqlalchemy.orm import Session

from lti_tool.database import insert_if_new
from lti_tool.grading.models import ScoreLane
from lti_tool.grading.policies import Breaker, after_failure
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import ALONE, Answer, Meaning

_LONGEST = timedelta(minutes=5)
_UNKNOWN = timedelta(seconds=20)
_PACE = timedelta(seconds=5)


def resting(now: datetime) -> Select[UUID]:
    """Registrations to which nothing is sent just now."""
    return select(ScoreLane.registration_id).where(ScoreLane.state != "closed", ScoreLane.until > now)


def _breaker(row: ScoreLane) -> Breaker:
    return Breaker(row.state, row.failures, row.until, row.reason)


def locked(session: Session, registration_id: UUID) -> Breaker:
    """The breaker of an LMS; nobody else changes it until this unit of work ends."""
    row = session.get(ScoreLane, registration_id, with_for_update=True)
    return _breaker(row) if row is not None else Breaker()


def probing(session: Session, registration_id: UUID, before: Breaker, *, until: datetime) -> Breaker:
    """One score is on its way to try whether the LMS takes any."""
    session.execute(update(ScoreLane).where(ScoreLane.registration_id == registration_id).values(state="half_open", until=until))
    return Breaker("half_open", before.failures, until, before.reason)


def fails(answer: Answer | None) -> bool:
    """Whether an answer says that the LMS as a whole does not take scores just now."""
    return answer is not None and answer.meaning in (Meaning.RETRY, Meaning.SLOW_DOWN) and answer.reason not in ALONE


def step(before: Breaker, answer: Answer | None, *, now: datetime, wait: timedelta) -> Breaker:
    """The breaker after one try; `wait`: how long the score waits that failed."""
    if answer is None or not fails(answer):
        return Breaker()
    at_once = answer.meaning is Meaning.SLOW_DOWN
    wait = wait if answer.reason == "asked_to_wait" else min(wait, _LONGEST)
    return after_failure(before, now=now, wait=wait, reason=answer.reason, at_once=at_once)


def note(
    session: Session,
    registration: Registration,
    now: datetime,
    tries: Sequence[tuple[Answer | None, timedelta | None]],
    *,
    slowly: bool = False,
) -> None:
    """What these tries, in their order, say of the LMS. `slowly`: it said that its limit is near."""
    hour = now.replace(minute=0, second=0, microsecond=0)
    first = {"registration_id": registration.id, "district_id": registration.district_id, "state": "closed", "failures": 0, "reason": ""}
    insert_if_new(session, ScoreLane, {**first, "hour": hour, "sent": 0, "failed": 0, "sent_before": 0, "failed_before": 0})
    row = session.get_one(ScoreLane, registration.id, with_for_update=True)
    if row.hour != hour:
        just_over = row.hour == hour - timedelta(hours=1)
        row.sent_before, row.failed_before = (row.sent, row.failed) if just_over else (0, 0)
        row.hour, row.sent, row.failed = hour, 0, 0
    breaker = _breaker(row)
    for answer, wait in tries:
        breaker = step(breaker, answer, now=now, wait=_UNKNOWN if wait is None else wait)
        if answer is None:
            row.sent, row.last_success_at = row.sent + 1, now
        else:
            row.failed, row.last_failure_at = row.failed + 1, now
    if slowly and breaker.state == "closed":
        breaker = Breaker("open", 0, now + _PACE, "near_the_limit")
    row.state, row.failures, row.until, row.reason = breaker.state, breaker.failures, breaker.until, breaker.reason


def try_now(session: Session, district_id: UUID, registration_id: UUID, now: datetime) -> bool:
    """End the rest of an LMS: one score goes to try. Whether it rested."""
    rests = (ScoreLane.registration_id == registration_id, ScoreLane.district_id == district_id, ScoreLane.state != "closed")
    found = session.execute(update(ScoreLane).where(*rests).values(state="open", until=now))
    return bool(found.rowcount)  # type: ignore[attr-defined]
