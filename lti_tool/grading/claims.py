"""Which scores are sent next, and what becomes of their rows: claimed by lease in batches, acknowledged in batches.

Before anything is sent a row says when its lease ends, which time the score carries, and what may stand in the gradebook from then on.
An acknowledgement counts only while the lease is still ours. One batch is of one LMS; the breaker before it decides how many go.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, and_, case, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.catalog.models import Activity
from lti_tool.database import new_id
from lti_tool.grading import lanes
from lti_tool.grading.ags import RESULT_SCOPE
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.policies import Breaker, Found, Score, Verdict, give_up, next_timestamp, pause, rest
from lti_tool.launch.models import Context, Person, ResourceLink
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import Answer, Meaning
from lti_tool.tool import Tool

log = structlog.get_logger()

LEASE = timedelta(seconds=90)
"""Longer than one try may take: two tokens, two looks and two posts, 15 seconds each at the worst."""
ONE_TRY = timedelta(seconds=60)
"""Nothing is begun that might take longer than what is left of the lease."""
BATCH = 100
_MOST_UNDER_WAY = 4 * BATCH
"""Of one LMS, among all workers."""
_TURNS = 20

COLUMN_URL = func.coalesce(func.nullif(ResourceLink.lineitem_url, ""), Activity.made_column_url)
"""Where an activity's scores go: the link's own column, or one that the tool made; empty where there is none."""


@dataclass(frozen=True)
class Claim:
    """A score to send, ours until the lease ends. `before`: the time of the try before; None when nothing was ever tried.

    `readable`: the LMS lets us read what its gradebook shows.
    """

    row_id: UUID
    version: int
    lineitem_url: str
    user_id: str
    score: Score
    timestamp: datetime
    before: datetime | None
    submitted_at: datetime
    comment: str
    acknowledged: bool
    readable: bool
    tried: tuple[str, ...]
    decision: str
    decided: Found | None


@dataclass(frozen=True)
class Batch:
    """Scores of one LMS under one lease."""

    registration: Registration
    token: str
    until: datetime
    breaker: Breaker
    claims: tuple[Claim, ...]


@dataclass(frozen=True)
class Outcome:
    """What became of one try. `answer` is None when the LMS took the score, or when `verdict` says that a person's grade stands there.

    `asked` is how long the LMS wants to be left alone.
    """

    answer: Answer | None = None
    status: int | None = None
    asked: timedelta | None = None
    verdict: Verdict | None = None
    found: Found | None = None


def waiting() -> ColumnElement[bool]:
    """Scores that are to be sent, now or later."""
    active = select(Registration.id).where(Registration.state == "active")
    return and_(ScoreDelivery.state == "queued", ScoreDelivery.registration_id.in_(active))


def _due(now: datetime) -> ColumnElement[bool]:
    free = or_(ScoreDelivery.lease_until.is_(None), ScoreDelivery.lease_until <= now)
    return and_(ScoreDelivery.state == "queued", ScoreDelivery.due_at <= now, free)


def queue_held(here: Tool) -> None:
    """What waited for a column goes out once there is one; also what was refused because its column was gone, once there is another."""
    now = here.clock()
    placed = select(Activity.id).join(ResourceLink, ResourceLink.id == Activity.resource_link_id).where(COLUMN_URL != "")
    other = (
        select(Activity.id)
        .join(ResourceLink, ResourceLink.id == Activity.resource_link_id)
        .where(Activity.id == ScoreDelivery.activity_id, COLUMN_URL != "", ScoreDelivery.column_url != COLUMN_URL)
        .exists()
    )
    gone = and_(ScoreDelivery.state == "refused", ScoreDelivery.last_reason == "line_item_gone", ScoreDelivery.column_url != "", other)
    held = and_(ScoreDelivery.state == "held", ScoreDelivery.activity_id.in_(placed))
    with here.database.unit() as session:
        session.execute(
            update(ScoreDelivery)
            .where(or_(held, gone))
            .values(state="queued", due_at=now, desired_at=now, attempts=0, last_reason="")
            .execution_options(synchronize_session=False)
        )


def take(here: Tool) -> Batch | None:
    """Claim what one LMS should get next; None when nothing is due that may be sent."""
    now = here.clock()
    for _ in range(_TURNS):
        with here.database.unit() as session:
            first = (
                select(ScoreDelivery.registration_id)
                .where(waiting(), _due(now), ScoreDelivery.registration_id.not_in(lanes.resting(now)))
                .order_by(ScoreDelivery.due_at, ScoreDelivery.id)
                .limit(1)
            )
            registration_id = session.scalar(first)
            if registration_id is None:
                return None
            breaker = lanes.locked(session, registration_id)
            room = _room(session, registration_id, breaker, now)
            if room <= 0:
                return None
            claims, token = _claimed(session, registration_id, now, room)
            if claims:
                if breaker.state != "closed":
                    breaker = lanes.probing(session, registration_id, breaker, until=now + LEASE)
                return Batch(session.get_one(Registration, registration_id), token, now + LEASE, breaker, claims)
    return None


def _room(session: Session, registration_id: UUID, breaker: Breaker, now: datetime) -> int:
    lets = breaker.lets(now)
    if lets is not None:
        return lets
    under_way = session.scalar(
        select(func.count())
        .select_from(ScoreDelivery)
        .where(ScoreDelivery.registration_id == registration_id, ScoreDelivery.state == "queued", ScoreDelivery.lease_until > now)
    )
    return min(BATCH, _MOST_UNDER_WAY - (under_way or 0))


_ROWS = (
    select(
        ScoreDelivery.id,
        ScoreDelivery.version,
        ScoreDelivery.sent_version,
        ScoreDelivery.score_given,
        ScoreDelivery.score_maximum,
        ScoreDelivery.timestamp,
        ScoreDelivery.submitted_at,
        ScoreDelivery.comment,
        ScoreDelivery.tried,
        ScoreDelivery.decision,
        ScoreDelivery.found_given,
        ScoreDelivery.found_maximum,
        COLUMN_URL.label("column_url"),
        Person.sub,
        Context.service_scopes,
    )
    .join(Activity, Activity.id == ScoreDelivery.activity_id)
    .join(ResourceLink, ResourceLink.id == Activity.resource_link_id)
    .join(Context, Context.id == Activity.context_id)
    .join(Person, Person.id == ScoreDelivery.person_id)
    .order_by(ScoreDelivery.due_at, ScoreDelivery.id)
    .with_for_update(of=ScoreDelivery, skip_locked=True)
)


def _claimed(session: Session, registration_id: UUID, now: datetime, room: int) -> tuple[tuple[Claim, ...], str]:
    """The rows, leased. Those without a column are held, those of this very second wait for the next one."""
    token, claims, tried = new_id().hex, [], defaultdict(list)
    for row in session.execute(_ROWS.where(ScoreDelivery.registration_id == registration_id, _due(now)).limit(room)).all():
        timestamp = next_timestamp(now, row.timestamp)
        if not row.column_url:
            _set(session, [row.id], state="held", last_reason="no_column")
        elif timestamp is None:
            _set(session, [row.id], due_at=row.timestamp + timedelta(seconds=1))
        else:
            claims.append(_claim(row, timestamp))
            tried[tuple(dict.fromkeys((*row.tried, str(claims[-1].score))))].append(row.id)
    for values, ids in tried.items():
        _set(
            session,
            ids,
            timestamp=now.replace(microsecond=0),
            lease_token=token,
            lease_until=now + LEASE,
            last_attempt_at=now,
            tried=list(values),
        )
    return tuple(claims), token


def _claim(row: Any, timestamp: datetime) -> Claim:
    return Claim(
        row.id,
        row.version,
        row.column_url,
        row.sub,
        Score(row.score_given, row.score_maximum),
        timestamp,
        row.timestamp,
        row.submitted_at,
        row.comment,
        row.sent_version > 0,
        RESULT_SCOPE in row.service_scopes,
        tuple(row.tried),
        row.decision,
        None if row.found_given is None or row.found_maximum is None else Found(row.found_given, row.found_maximum),
    )


def _set(session: Session, ids: Sequence[UUID], *where: ColumnElement[bool], **values: Any) -> set[UUID]:
    """Change these rows in one statement; which there were."""
    change = update(ScoreDelivery).where(ScoreDelivery.id.in_(ids), *where).values(**values).returning(ScoreDelivery.id)
    return set(session.execute(change.execution_options(synchronize_session=False)).scalars())


def acknowledge(
    here: Tool, batch: Batch, done: Sequence[tuple[Claim, Outcome]], unsent: Sequence[Claim] = (), *, slowly: bool = False
) -> None:
    """Write what became of each try, and give back what was claimed and not tried: it is as it was before.

    `slowly`: the LMS's limit is near, so it rests for a moment.
    """
    now, waits = here.clock(), dict[UUID, timedelta]()
    with here.database.unit() as session:
        _taken(session, batch, [claim for claim, outcome in done if outcome.answer is None and outcome.verdict is None], now)
        others = {claim.row_id: (claim, outcome) for claim, outcome in done if outcome.answer is not None or outcome.verdict is not None}
        if others:
            rows = select(ScoreDelivery).where(ScoreDelivery.id.in_(others), ScoreDelivery.lease_token == batch.token).with_for_update()
            for row in session.scalars(rows):
                waits[row.id] = _settle(row, *others[row.id], now)
        if unsent:
            back = defaultdict(list)
            for claim in unsent:
                back[claim.before, claim.tried].append(claim.row_id)
            for (before, tried), ids in back.items():
                ours = ScoreDelivery.lease_token == batch.token
                _set(session, ids, ours, timestamp=before, tried=list(tried), lease_token=None, lease_until=None)
        if done:
            tries = [(outcome.answer, waits.get(claim.row_id)) for claim, outcome in done]
            lanes.note(session, batch.registration, now, tries, slowly=slowly)


def _taken(session: Session, batch: Batch, claims: Sequence[Claim], now: datetime) -> None:
    alike = defaultdict(list)
    for claim in claims:
        alike[claim.version, str(claim.score)].append(claim.row_id)
    for (version, score), ids in alike.items():
        written = _set(
            session,
            ids,
            ScoreDelivery.lease_token == batch.token,
            sent_version=version,
            sent_at=now,
            attempts=0,
            last_status=None,
            last_reason="",
            tried=[score],
            lease_token=None,
            lease_until=None,
            state=case((ScoreDelivery.version == version, "sent"), else_="queued"),
        )
        if len(written) < len(ids):
            log.warning("lease_lost", deliveries=[str(key) for key in ids if key not in written])


def _settle(row: ScoreDelivery, claim: Claim, outcome: Outcome, now: datetime) -> timedelta:
    """What a try that the LMS did not take makes of its row. How long the row waits."""
    row.lease_token = row.lease_until = None
    row.last_status, answer = outcome.status, outcome.answer
    if outcome.found is not None:
        _note_found(row, outcome.found, now)
    if answer is None:
        if row.version == claim.version and outcome.verdict is Verdict.ASK:
            row.state, row.last_reason = "asked", "human_grade"
        elif row.version == claim.version:
            row.state, row.last_reason = "kept", "theirs_stays"
        return timedelta(0)
    wait = _wait(answer, row.attempts + 1, outcome.asked)
    if row.version != claim.version and answer.meaning is not Meaning.SLOW_DOWN:
        return wait  # a newer score waits and is due: this answer was about the older one
    row.attempts += 1
    row.last_reason, row.column_url = answer.reason, claim.lineitem_url
    if answer.meaning is Meaning.REFUSED:
        row.state = "refused"
    elif give_up(now, row.desired_at):
        row.state, row.last_reason = "attention", "too_long"
    else:
        row.due_at = now + wait
    return wait


def _note_found(row: ScoreDelivery, found: Found, now: datetime) -> None:
    given, maximum = found.given.quantize(_DIGITS), found.maximum.quantize(_DIGITS)
    if (given, maximum) != (row.found_given, row.found_maximum):
        row.decision, row.decided_by, row.decided_at = "", None, None
    row.found_given, row.found_maximum, row.found_at = given, maximum, now


_DIGITS = Decimal("0.00001")


def _wait(answer: Answer, attempts: int, asked: timedelta | None) -> timedelta:
    jitter = random.random()  # noqa: S311
    if answer.meaning is Meaning.SLOW_DOWN:
        return rest(attempts, jitter, asked)
    if answer.meaning is Meaning.LATER_TIME and attempts == 1:
        return timedelta(seconds=1)
    return pause(attempts, jitter)
