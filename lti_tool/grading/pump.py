"""Delivers desired scores: claims one due row by lease, sends it, acknowledges the version that it sent.

A process may die between any two steps. Before sending, the row says when its lease ends and which timestamp was used; after a
lost answer the next try carries a later timestamp, so the platform takes it as the same score again. An acknowledgement counts
only while the lease is still ours.

An LMS that asks us to wait, keeps silent or gives no token rests until the row that was told so is due again.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from lti_tool.catalog.models import Activity
from lti_tool.database import new_id
from lti_tool.grading import ags
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.policies import Score, give_up, next_timestamp, pause, rest, retry_after
from lti_tool.http import HttpFailure
from lti_tool.launch.models import Person, ResourceLink
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import RESTING, Answer, Meaning, rules_for
from lti_tool.platforms.tokens import NoToken
from lti_tool.tool import Tool

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""Longer than one try may take: two tokens and two posts, 15 seconds each."""
_ROUND_SECONDS = 10.0
_FAILURES_IN_A_ROW = 3
_LOOK_AGAIN = timedelta(seconds=15)


@dataclass(frozen=True)
class Claim:
    """A score to send, ours until the lease ends."""

    row_id: UUID
    token: str
    version: int
    registration: Registration
    lineitem_url: str
    message: ags.ScoreMessage


@dataclass(frozen=True)
class Outcome:
    """What became of one try. `answer` is None when the platform took the score; `asked` is how long it wants to be left alone."""

    answer: Answer | None
    status: int | None = None
    asked: timedelta | None = None


def deliver_due(here: Tool, *, seconds: float = _ROUND_SECONDS) -> timedelta | None:
    """Send what is due, for about so many seconds. Returns how soon to look again, None when nothing waits.

    A platform that fails three times in a row is left alone for the rest of this round.
    """
    end = time.monotonic() + seconds
    _queue_held(here)
    failures = Counter[UUID]()
    while claim := _claim(here, [key for key, count in failures.items() if count >= _FAILURES_IN_A_ROW]):
        outcome = _send(here, claim)
        _acknowledge(here, claim, outcome)
        if outcome.answer is not None and outcome.answer.meaning is Meaning.RETRY:
            failures[claim.registration.id] += 1
        else:
            failures.pop(claim.registration.id, None)
        if time.monotonic() > end:
            return timedelta(0)
    return _next_look(here)


def _queue_held(here: Tool) -> None:
    """What waited for a gradebook column goes out once a launch has told of one."""
    now = here.clock()
    placed = select(Activity.id).join(ResourceLink, ResourceLink.id == Activity.resource_link_id).where(ResourceLink.lineitem_url != "")
    with here.database.unit() as session:
        session.execute(
            update(ScoreDelivery)
            .where(ScoreDelivery.state == "held", ScoreDelivery.activity_id.in_(placed))
            .values(state="queued", due_at=now, desired_at=now, last_reason="")
        )


def _waiting() -> ColumnElement[bool]:
    active = select(Registration.id).where(Registration.state == "active")
    return and_(ScoreDelivery.state == "queued", ScoreDelivery.registration_id.in_(active))


def _claim(here: Tool, failing: Collection[UUID]) -> Claim | None:
    now = here.clock()
    other = aliased(ScoreDelivery)
    resting = select(other.registration_id).where(other.state == "queued", other.last_reason.in_(RESTING), other.due_at > now)
    due = (
        select(ScoreDelivery)
        .where(
            _waiting(),
            ScoreDelivery.due_at <= now,
            or_(ScoreDelivery.lease_until.is_(None), ScoreDelivery.lease_until <= now),
            ScoreDelivery.registration_id.not_in(failing),
            ScoreDelivery.registration_id.not_in(resting),
        )
        .order_by(ScoreDelivery.due_at, ScoreDelivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with here.database.unit() as session:
        while (row := session.scalars(due).first()) is not None:
            if (claim := _take(session, now, row)) is not None:
                return claim
    return None


def _take(session: Session, now: datetime, row: ScoreDelivery) -> Claim | None:
    activity = session.get_one(Activity, row.activity_id)
    link = session.get_one(ResourceLink, activity.resource_link_id)
    registration = session.get_one(Registration, row.registration_id)
    if not link.lineitem_url:
        row.state, row.last_reason = "held", "no_column"
        return None
    first, timestamp = row.timestamp is None, next_timestamp(now, row.timestamp)
    if timestamp is None:
        row.due_at = (row.timestamp or now) + timedelta(seconds=1)
        return None
    row.timestamp, row.lease_token, row.lease_until, row.last_attempt_at = timestamp, new_id().hex, now + LEASE, now
    return Claim(
        row.id,
        row.lease_token,
        row.version,
        registration,
        link.lineitem_url,
        ags.ScoreMessage(
            user_id=session.get_one(Person, row.person_id).sub,
            score=Score(row.score_given, row.score_maximum),
            timestamp=timestamp,
            submitted_at=row.submitted_at,
            comment=row.comment,
            extension=rules_for(registration.vendor).extension(row.submitted_at, first=first),
        ),
    )


def _send(here: Tool, claim: Claim) -> Outcome:
    try:
        ags.post_score(here, claim.registration, claim.lineitem_url, claim.message)
    except ags.Refused as refused:
        reply = refused.reply
        answer = rules_for(claim.registration.vendor).meaning(reply)
        log.info("score_refused", delivery=str(claim.row_id), status=reply.status, meaning=answer.meaning, reason=answer.reason)
        return Outcome(answer, reply.status, retry_after(reply.headers.get("Retry-After", ""), here.clock()))
    except NoToken as error:
        log.warning("no_token", registration=str(claim.registration.id), status=error.status, cause=str(error))
        missing = error.error == "invalid_scope"  # the LMS's admin did not grant it
        answer = Answer(Meaning.REFUSED, "not_allowed") if missing else Answer(Meaning.SLOW_DOWN, "no_token")
        return Outcome(answer, error.status or None)
    except HttpFailure as failure:
        log.warning("score_not_delivered", delivery=str(claim.row_id), kind=failure.kind)
        silent = failure.kind == "timeout"
        return Outcome(Answer(Meaning.SLOW_DOWN, "silent") if silent else Answer(Meaning.RETRY, "unreachable"))
    except Exception as error:  # one score's fault must not hold up the others
        log.error("score_failed", delivery=str(claim.row_id), kind=type(error).__name__, exc_info=error)
        return Outcome(Answer(Meaning.RETRY, "our_fault"))
    return Outcome(None)


def _acknowledge(here: Tool, claim: Claim, outcome: Outcome) -> None:
    now, answer = here.clock(), outcome.answer
    with here.database.unit() as session:
        row = session.get_one(ScoreDelivery, claim.row_id, with_for_update=True)
        if row.lease_token != claim.token:
            log.warning("lease_lost", delivery=str(claim.row_id))
            return
        row.lease_token = row.lease_until = None
        row.last_status = outcome.status
        if answer is None:
            row.sent_version, row.sent_at, row.attempts = claim.version, now, 0
            row.state, row.last_reason = ("sent", "") if row.version == claim.version else ("queued", "")
            return
        if row.version != claim.version and answer.meaning is not Meaning.SLOW_DOWN:
            return  # a newer score waits and is due: this answer was about the older one
        row.attempts += 1
        row.last_reason = answer.reason
        if answer.meaning is Meaning.REFUSED:
            row.state = "refused"
        elif give_up(now, row.desired_at):
            row.state, row.last_reason = "attention", "too_long"
        else:
            row.due_at = now + _wait(answer, row.attempts, outcome.asked)


def _wait(answer: Answer, attempts: int, asked: timedelta | None) -> timedelta:
    jitter = random.random()  # noqa: S311
    if answer.meaning is Meaning.SLOW_DOWN:
        return rest(attempts, jitter, asked)
    if answer.meaning is Meaning.LATER_TIME and attempts == 1:
        return timedelta(seconds=1)
    return pause(attempts, jitter)


def _next_look(here: Tool) -> timedelta | None:
    now = here.clock()
    with here.database.read() as session:
        following = session.scalar(select(func.min(ScoreDelivery.due_at)).where(_waiting(), ScoreDelivery.due_at > now))
        passed = session.scalar(select(ScoreDelivery.id).where(_waiting(), ScoreDelivery.due_at <= now).limit(1))
    waits = [] if following is None else [following - now]
    if passed is not None:  # leased elsewhere, or its LMS rests
        waits.append(_LOOK_AGAIN)
    return min(waits, default=None)
