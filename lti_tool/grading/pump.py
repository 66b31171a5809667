"""Delivers desired scores: claims due rows by lease, sends, acknowledges the version that it sent.

A process may die between any two steps. Before sending, the row says when its lease ends and which timestamp was used; after a
lost answer the next try carries a later timestamp, so the platform takes it as the same score again. An acknowledgement counts
only while the lease is still ours.
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity
from lti_tool.database import new_id
from lti_tool.grading import ags
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.policies import Score, give_up, next_timestamp, pause
from lti_tool.http import HttpFailure
from lti_tool.launch.models import Person, ResourceLink
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import Answer, Meaning, rules_for
from lti_tool.tool import Tool

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
_BATCH = 20


@dataclass(frozen=True)
class Claim:
    """A score to send, ours until the lease ends."""

    row_id: UUID
    token: str
    version: int
    registration: Registration
    lineitem_url: str
    message: ags.ScoreMessage


def deliver_due(here: Tool) -> int:
    """Send what is due, until nothing is. Returns how many scores were accepted.

    A platform that can't be reached or asks to slow down is left alone for the rest of this round.
    """
    accepted, resting = 0, set[UUID]()
    while claims := _claim(here, resting):
        queue = deque(claims)
        while queue:
            claim = queue.popleft()
            if claim.registration.id in resting:
                _release(here, claim)
                continue
            answer = _send(here, claim)
            if answer is not None and answer.meaning in (Meaning.SLOW_DOWN, Meaning.RETRY, Meaning.NEW_TOKEN):
                resting.add(claim.registration.id)
            _acknowledge(here, claim, answer)
            accepted += answer is None
    return accepted


def _claim(here: Tool, resting: set[UUID]) -> list[Claim]:
    now = here.clock()
    with here.database.unit() as session:
        due = (
            select(ScoreDelivery)
            .where(
                ScoreDelivery.state == "queued",
                ScoreDelivery.due_at <= now,
                or_(ScoreDelivery.lease_until.is_(None), ScoreDelivery.lease_until <= now),
                ScoreDelivery.registration_id.not_in(resting),
            )
            .order_by(ScoreDelivery.due_at)
            .limit(_BATCH)
            .with_for_update(skip_locked=True)
        )
        return [claim for row in session.scalars(due) if (claim := _take(session, here, row)) is not None]


def _take(session: Session, here: Tool, row: ScoreDelivery) -> Claim | None:
    now = here.clock()
    activity = session.get_one(Activity, row.activity_id)
    link = session.get_one(ResourceLink, activity.resource_link_id)
    registration = session.get_one(Registration, row.registration_id)
    if not link.lineitem_url:
        row.state, row.last_reason = "held", "no_column"
        return None
    timestamp = next_timestamp(now, row.timestamp)
    if timestamp is None:
        row.due_at = now + timedelta(seconds=1)
        return None
    row.timestamp, row.lease_token, row.lease_until, row.last_attempt_at = timestamp, new_id().hex, now + LEASE, now
    first = row.sent_version == 0 and row.attempts == 0
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


def _send(here: Tool, claim: Claim) -> Answer | None:
    """None when the platform took it, else what its answer means."""
    try:
        ags.post_score(here, claim.registration, claim.lineitem_url, claim.message)
    except ags.Refused as refused:
        answer = rules_for(claim.registration.vendor).meaning(refused.reply)
        log.info("score_refused", delivery=str(claim.row_id), status=refused.reply.status, meaning=answer.meaning, reason=answer.reason)
        return answer
    except ags.NoToken as error:
        log.warning("no_token", registration=str(claim.registration.id), status=error.status, cause=str(error))
        return Answer(Meaning.NEW_TOKEN, "no_token")
    except HttpFailure as failure:
        log.warning("score_not_delivered", delivery=str(claim.row_id), kind=failure.kind)
        return Answer(Meaning.RETRY, "unreachable")
    return None


def _release(here: Tool, claim: Claim) -> None:
    with here.database.unit() as session:
        row = session.get_one(ScoreDelivery, claim.row_id, with_for_update=True)
        if row.lease_token == claim.token:
            row.lease_token = row.lease_until = None
            row.due_at = here.clock() + timedelta(seconds=30)


def _acknowledge(here: Tool, claim: Claim, answer: Answer | None) -> None:
    now = here.clock()
    with here.database.unit() as session:
        row = session.get_one(ScoreDelivery, claim.row_id, with_for_update=True)
        if row.lease_token != claim.token:
            log.warning("lease_lost", delivery=str(claim.row_id))
            return
        row.lease_token = row.lease_until = None
        if answer is None:
            row.sent_version, row.sent_at, row.attempts = claim.version, now, 0
            row.state, row.last_reason = ("sent", "") if row.version == claim.version else ("queued", "")
            return
        if row.version != claim.version:
            return  # a newer score waits and is due: this answer was about the older one
        row.attempts += 1
        row.last_reason = answer.reason
        if answer.meaning is Meaning.REFUSED:
            row.state = "refused"
        elif give_up(now, row.desired_at):
            row.state, row.last_reason = "attention", "too_long"
        else:
            row.due_at = now + (timedelta(seconds=1) if answer.meaning is Meaning.LATER_TIME else pause(row.attempts, random.random()))  # noqa: S311
