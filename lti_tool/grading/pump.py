"""Delivers desired scores: claims a batch of one LMS by lease, sends them one by one, acknowledges the versions that it sent.

A process may die between any two steps. After a lost answer the next try carries a later time, so the LMS takes it as the same score
again. Before a score goes where one of ours may stand already, the gradebook is read: a grade that somebody else entered is not
replaced unless a person decides so.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import func, select

from lti_tool.grading import ags, claims, lanes
from lti_tool.grading.claims import Batch, Claim, Outcome
from lti_tool.grading.models import ScoreDelivery
from lti_tool.grading.policies import Found, Verdict, retry_after, verdict
from lti_tool.http import HttpFailure
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import Answer, Meaning, rules_for
from lti_tool.platforms.tokens import NoToken
from lti_tool.tool import Tool

log = structlog.get_logger()

_ROUND_SECONDS = 10.0
_TELLS_EVERY = 1.0
_LOOK_AGAIN = timedelta(seconds=15)


def deliver_due(here: Tool, *, seconds: float = _ROUND_SECONDS) -> timedelta | None:
    """Send what is due, for about so many seconds. Returns how soon to look again, None when nothing waits."""
    end = time.monotonic() + seconds
    claims.queue_held(here)
    while (batch := claims.take(here)) is not None:
        _deliver(here, batch, end)
        if time.monotonic() > end:
            return timedelta(0)
    return _next_look(here)


def _deliver(here: Tool, batch: Batch, end: float) -> None:
    """Send a batch in its order. What was sent is acknowledged about every second; what there was no time for is given back."""
    sender, breaker, told = _Sender(here, batch.registration), batch.breaker, time.monotonic()
    done: list[tuple[Claim, Outcome]] = []
    left = list(batch.claims)
    while left and (len(left) == len(batch.claims) or (time.monotonic() < end and here.clock() < batch.until - claims.ONE_TRY)):
        claim = left.pop(0)
        outcome = sender.send(claim)
        done.append((claim, outcome))
        breaker = lanes.step(breaker, outcome.answer, now=here.clock(), wait=timedelta(0))
        if breaker.state != "closed" or sender.is_near_limit():
            break
        if left and time.monotonic() - told > _TELLS_EVERY:
            claims.acknowledge(here, batch, done)
            done, told = [], time.monotonic()
    claims.acknowledge(here, batch, done, left, slowly=sender.is_near_limit())


@dataclass(frozen=True)
class _Look:
    """A look into the gradebook: whether we saw anything, and the grade there."""

    seen: bool
    found: Found | None = None


_UNSEEN = _Look(False)


class _Sender:
    """Sends scores to one LMS, with one token for reading and sending where it gives such."""

    def __init__(self, here: Tool, registration: Registration) -> None:
        self._here, self._rules = here, rules_for(registration.vendor)
        self._connector = ags.Connector(here, registration)
        self._registration = registration
        self._reads = True

    def is_near_limit(self) -> bool:
        """Whether the LMS says that it will soon let nothing more through."""
        return self._rules.is_near_limit(self._connector.headers)

    def send(self, claim: Claim) -> Outcome:
        """One try."""
        try:
            return self._send(claim)
        except ags.Refused as refused:
            reply = refused.reply
            answer = self._rules.meaning(reply)
            log.info("score_refused", delivery=str(claim.row_id), status=reply.status, meaning=answer.meaning, reason=answer.reason)
            return Outcome(answer, reply.status, retry_after(reply.headers.get("Retry-After", ""), self._here.clock()))
        except NoToken as error:
            log.warning("no_token", registration=str(self._registration.id), status=error.status, cause=str(error))
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

    def _send(self, claim: Claim) -> Outcome:
        looks = claim.before is not None or not self._rules.spares_others
        look = self._look(claim) if looks else _UNSEEN
        judged = self._verdict(claim, look)
        if judged in (Verdict.ASK, Verdict.KEEP):
            return Outcome(verdict=judged, found=look.found)
        nothing_there = look.seen and look.found is None and not claim.acknowledged
        over = look.found is not None and claim.decision == "ours"
        extension = self._rules.extension(claim.submitted_at, first=claim.before is None or nothing_there, over=over)
        message = ags.ScoreMessage(claim.user_id, claim.score, claim.timestamp, claim.submitted_at, claim.comment, extension)
        try:
            self._post(claim, message)
        except ags.Refused as refused:
            if self._rules.meaning(refused.reply).meaning is not Meaning.LATER_TIME:
                raise
            return self._after_a_later_time(claim, refused)
        return Outcome()

    def _after_a_later_time(self, claim: Claim, refused: ags.Refused) -> Outcome:
        """The LMS holds a score with an equal or later time: settled if that is ours, asked if it is somebody's, else sent again."""
        look = self._look(claim)
        judged = self._verdict(claim, look)
        if judged is Verdict.THERE:
            return Outcome()
        if judged in (Verdict.ASK, Verdict.KEEP):
            return Outcome(verdict=judged, found=look.found)
        raise refused

    def _verdict(self, claim: Claim, look: _Look) -> Verdict:
        return verdict(look.found, wanted=claim.score, tried=claim.tried, decision=claim.decision, decided=claim.decided)

    def _post(self, claim: Claim, message: ags.ScoreMessage) -> None:
        """Send it with a token that may also read, so that one serves both; with one for scores alone where there is no other."""
        if claim.readable and self._reads:
            try:
                return ags.post_score(self._connector, _BOTH, claim.lineitem_url, message)
            except NoToken as error:
                self._reads = _may_not(error)
        return ags.post_score(self._connector, (ags.SCORE_SCOPE,), claim.lineitem_url, message)

    def _look(self, claim: Claim) -> _Look:
        """What the gradebook shows. Where the LMS does not let us read it, its own rule guards what people entered."""
        if not (claim.readable and self._reads):
            return _UNSEEN
        try:
            return _Look(True, ags.read_result(self._connector, _BOTH, claim.lineitem_url, claim.user_id))
        except NoToken as error:
            self._reads = _may_not(error)
        except ags.Refused as refused:
            if self._rules.meaning(refused.reply).meaning is not Meaning.REFUSED:
                raise
        except HttpFailure as failure:
            if failure.kind not in ("not_json", "too_large"):
                raise
        return _UNSEEN


_BOTH = (ags.RESULT_SCOPE, ags.SCORE_SCOPE)


def _may_not(error: NoToken) -> bool:
    """False where the LMS does not let us read results; raises any other fault."""
    if error.error != "invalid_scope":
        raise error
    return False


def _next_look(here: Tool) -> timedelta | None:
    now = here.clock()
    with here.database.read() as session:
        following = session.scalar(select(func.min(ScoreDelivery.due_at)).where(claims.waiting(), ScoreDelivery.due_at > now))
        passed = session.scalar(select(ScoreDelivery.id).where(claims.waiting(), ScoreDelivery.due_at <= now).limit(1))
    waits = [] if following is None else [following - now]
    if passed is not None:  # leased elsewhere, or its LMS rests
        waits.append(_LOOK_AGAIN)
    return min(waits, default=None)
