"""Brings a course's list of people into the database: added and refreshed, what has changed is noted, nobody is ever deleted.

A reading is a run. It goes on where it stopped: after a slice of time, after a pause that the LMS asked for, after a death of the worker.
Only a run that reached the end of the list says who has left.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, aliased

from lti_tool import audit
from lti_tool.database import after_commit, insert_if_new, new_id
from lti_tool.errors import Problem, not_found
from lti_tool.grading import nrps, roster_policies
from lti_tool.grading.nrps import Member, Unread
from lti_tool.grading.roster_keeping import keep
from lti_tool.grading.roster_models import Roster, RosterMember
from lti_tool.http import origin
from lti_tool.language import _
from lti_tool.launch.models import Context
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

log = structlog.get_logger()

LEASE = timedelta(minutes=2)
"""Longer than one page may take: two tokens and two answers, 15 seconds each. Renewed with every chunk that is kept."""
_CHUNK = 500
_BY_HAND = 8.0  # seconds that somebody waits for the page; the worker reads the rest
_LOOK_AGAIN = timedelta(seconds=15)
_BEGINS_ANEW = 3
_MARKS_LAST = timedelta(hours=24)


@dataclass(frozen=True)
class RosterResult:
    """How many people the list holds, and how many of them were new to us. `complete`: it was read to its end."""

    people: int
    new: int
    complete: bool = True


@dataclass(frozen=True)
class Claim:
    """A list to read on, ours until the lease ends. `url`: the page where it goes on, empty where there is no list.

    `pages` were read before it.
    """

    roster_id: UUID
    token: str
    context: Context
    registration: Registration
    url: str
    pages: int
    resumed: bool


def refresh(here: Tool, *, district_id: UUID, context_id: UUID, actor_id: UUID, rlid: str = "", seconds: float = _BY_HAND) -> RosterResult:
    """Somebody wants the list read: for some seconds at once, and the rest by the worker. Rights come from launches only.

    Raises Problem: not_found for another district's context, roster_unavailable with words for what the LMS answered.
    """
    asked_at = here.clock()
    with here.database.unit() as session:
        roster_id = ask(session, here, district_id=district_id, context_id=context_id, actor_id=actor_id, rlid=rlid)
    claim = _claim(here, roster_id)
    if claim is not None:
        _read(here, claim, time.monotonic() + seconds)
    with here.database.read() as session:
        row = session.get_one(Roster, roster_id)
    if row.failure:
        failure = roster_policies.FAILURES[row.failure]
        raise Problem("roster_unavailable", 502, _("The list of people is not available"), failure.words, failure.move, row.failure)
    return RosterResult(row.people, row.fresh, complete=row.complete_at is not None and row.complete_at >= asked_at)


def ask(session: Session, here: Tool, *, district_id: UUID, context_id: UUID, actor_id: UUID, rlid: str = "") -> UUID:
    """Make a list due now: that of a course, or of who may open one link in it. Raises Problem(not_found)."""
    context = session.get(Context, context_id)
    if context is None or context.district_id != district_id:
        raise not_found("no such context")
    made = {"id": new_id(), "district_id": district_id, "registration_id": context.registration_id, "context_id": context_id, "rlid": rlid}
    counts = {"run": 0, "next_url": "", "people": 0, "fresh": 0, "pages": 0, "complete_people": 0, "failure": "", "attempts": 0}
    insert_if_new(session, Roster, {**made, **counts})
    row = session.scalars(select(Roster).where(Roster.context_id == context_id, Roster.rlid == rlid).with_for_update()).one()
    row.due_at, row.attempts, row.failure = here.clock(), 0, ""
    audit.record(session, district_id=district_id, at=here.clock(), action="grading:roster:asked", actor_id=actor_id, subject_id=context_id)
    after_commit(session, here.wake)
    return row.id


def read_due(here: Tool, *, seconds: float = 10.0) -> timedelta | None:
    """Read lists that are due, for about so many seconds. Returns how soon to look again, None when nothing waits.

    One list of an LMS at a time, and none while it has asked us to wait.
    """
    end = time.monotonic() + seconds
    while (claim := _claim(here)) is not None:
        if _read(here, claim, end) or time.monotonic() > end:
            return timedelta(0)
    with here.database.read() as session:
        following = session.scalar(select(func.min(Roster.due_at)).where(Roster.due_at > here.clock()))
    return None if following is None else max(following - here.clock(), _LOOK_AGAIN)


def _claim(here: Tool, roster_id: UUID | None = None) -> Claim | None:
    now, other = here.clock(), aliased(Roster)
    busy = select(other.registration_id).where((other.lease_until > now) | ((other.failure == "slow_down") & (other.due_at > now)))
    due = (
        select(Roster, Context, Registration)
        .join(Context, Context.id == Roster.context_id)
        .join(Registration, Registration.id == Roster.registration_id)
        .where(
            Roster.due_at <= now,
            Registration.state == "active",
            Context.seen_at > now - roster_policies.READ_WHILE_USED,
            Roster.registration_id.not_in(busy),
        )
        .order_by(Roster.due_at, Roster.id)
        .limit(1)
        .with_for_update(skip_locked=True, key_share=True, of=(Roster, Registration))
    )
    with here.database.unit() as session:
        found = session.execute(due.where(Roster.id == roster_id) if roster_id else due).first()
        if found is None:
            return None
        row, context, registration = found
        if row.lease_token is not None and _died_again(row, now):
            return None
        resumed = _goes_on(row, context, now)
        if not resumed:
            url = nrps.first_page(context.memberships_url, rlid=row.rlid) if context.memberships_url else ""
            row.run, row.next_url, row.people, row.fresh, row.pages, row.started_at = row.run + 1, url, 0, 0, 0, now
        row.lease_token, row.lease_until = new_id().hex, now + LEASE
        return Claim(row.id, row.lease_token, context, registration, row.next_url, row.pages, resumed)


def _goes_on(row: Roster, context: Context, now: datetime) -> bool:
    """Whether a run that was begun goes on: its mark of a page is not too old, and the list stands where it stood."""
    begun = row.pages > 0 and row.started_at is not None and now - row.started_at < _MARKS_LAST
    return bool(begun and row.next_url and context.memberships_url and origin(row.next_url) == origin(context.memberships_url))


def _died_again(row: Roster, now: datetime) -> bool:
    """Its reader died. After some times it is left to a person, for it may be the list that kills."""
    row.attempts += 1
    if row.attempts < roster_policies.MOST_IN_A_ROW:
        return False
    row.failure, row.failed_at, row.due_at, row.lease_token, row.lease_until, row.next_url = "our_fault", now, None, None, None, ""
    return True


def _read(here: Tool, claim: Claim, end: float) -> bool:
    """Read on until the end of the list or of the time. Returns whether more waits."""
    url, seen, waiting, pages = claim.url, set[str](), list[Member](), 0
    try:
        if not url:
            raise Unread("not_offered", "no address of a list")
        while url:
            if origin(url) != origin(claim.url):
                raise Unread("elsewhere", "the next page is on another server")
            if url in seen:
                raise Unread("circles", "a page was named twice")
            if claim.pages + len(seen) >= roster_policies.MOST_PAGES:
                raise Unread("too_long", f"more than {roster_policies.MOST_PAGES} pages")
            seen.add(url)
            page = nrps.read_page(here, claim.registration, url)
            waiting += page.members
            pages, url = pages + 1, page.next_url
            over = time.monotonic() > end
            if len(waiting) >= _CHUNK or over or not url:
                if not _store(here, claim, waiting, pages, url):
                    return False
                waiting, pages = [], 0
                if over and url:
                    _release(here, claim)
                    return True
    except Unread as unread:
        if waiting:
            _store(here, claim, waiting, pages, url or claim.url)
        _fail(here, claim, unread)
        return False
    _finish(here, claim)
    return False


def _ours(session: Session, claim: Claim) -> Roster | None:
    row = session.get_one(Roster, claim.roster_id, with_for_update=True)
    if row.lease_token == claim.token:
        return row
    log.warning("roster_lease_lost", roster=str(claim.roster_id))
    return None


def _store(here: Tool, claim: Claim, members: list[Member], pages: int, next_url: str) -> bool:
    """Keep what was read, and where it goes on. False when the list is somebody else's to read by now."""
    for start in range(0, max(len(members), 1), _CHUNK):
        chunk = members[start : start + _CHUNK]
        with here.database.unit() as session:
            row = _ours(session, claim)
            if row is None:
                return False
            people, fresh = keep(session, here, claim.context, row, chunk)
            row.people, row.fresh, row.lease_until = row.people + people, row.fresh + fresh, here.clock() + LEASE
            if start + _CHUNK >= len(members):
                row.pages, row.next_url = row.pages + pages, next_url
    return True


def _release(here: Tool, claim: Claim) -> None:
    with here.database.unit() as session:
        if (row := _ours(session, claim)) is not None:
            row.lease_token = row.lease_until = None
            row.due_at = here.clock()


def _fail(here: Tool, claim: Claim, unread: Unread) -> None:
    """Note why it stopped. A page that may come later is asked for again; a mark of a page that is refused is too old: begin anew."""
    now, failure = here.clock(), unread.failure
    log.warning("roster_unavailable", context=str(claim.context.id), cause=str(unread))
    with here.database.unit() as session:
        if (row := _ours(session, claim)) is None:
            return
        row.lease_token = row.lease_until = None
        row.attempts += 1
        pause = roster_policies.wait(failure, row.attempts, jitter=random.random(), asked=unread.asked)  # noqa: S311
        if not roster_policies.FAILURES[failure].passes:
            row.next_url = ""
        if claim.resumed and failure in ("gone", "refused") and row.attempts < _BEGINS_ANEW:
            row.due_at = now
            return
        row.failure, row.failed_at = failure, now
        row.due_at = None if pause is None else now + pause


def _finish(here: Tool, claim: Claim) -> None:
    now = here.clock()
    with here.database.unit() as session:
        if (row := _ours(session, claim)) is None:
            return
        row.lease_token = row.lease_until = None
        mine = (RosterMember.roster_id == row.id, RosterMember.status != "left")
        before = session.scalar(select(func.count()).select_from(RosterMember).where(*mine)) or 0
        if not roster_policies.tells_who_left(people=row.people, before=before):
            row.failure, row.failed_at, row.attempts = "empty", now, row.attempts + 1
        else:
            session.execute(update(RosterMember).where(*mine, RosterMember.seen_run < row.run).values(status="left", left_at=now))
            row.complete_at, row.complete_people, row.failure, row.attempts = now, row.people, "", 0
        pause = roster_policies.again_after(here.settings.roster_hours, random.random())  # noqa: S311
        row.due_at = None if pause is None else now + pause
        audit.record(
            session,
            district_id=row.district_id,
            at=now,
            action="grading:roster:read",
            subject_id=row.context_id,
            people=row.people,
            new=row.fresh,
        )
