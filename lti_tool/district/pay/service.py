"""What an outcome, a revocation, a new contract year and payroll write into the ledger. Nothing here commits."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session, aliased

from lti_tool import audit
from lti_tool.badges.models import Award
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.district.pay import ledger
from lti_tool.district.pay.ledger import Book, Series
from lti_tool.district.pay.models import PayEntry, PayYear
from lti_tool.district.pay.policies import MOST, Line, in_force
from lti_tool.errors import Problem, bad_request, not_found
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.launch.accounts import accounts
from lti_tool.launch.models import Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

_BATCH = 200
MOST_WORDS = 500


def credit(session: Session, here: Tool, award: Award, *others: Award) -> None:
    """Write what the rules in force make of an award that counts, and of the badges of stacks that it completed, in the unit of work in
    which they were made; nothing the second time. One series after the other, for all of them: accounts are locked in this order.
    """
    for series in ledger.all_series(session, award.district_id):
        if (first := series.waits(award.person_id)) is not None:  # what was earned first has the first right to what the cap leaves
            credit_since(session, here, series, award.person_id, here.midnight(first))
        for one in (award, *others):
            credit_under(session, here, series, one)


def credit_since(session: Session, here: Tool, series: Series, person_id: UUID, since: datetime) -> None:
    """Write what one person earned since then, in order, where it is not written yet."""
    for award in real_awards(session, series.district_id, person_id=person_id, since=since, lock=True):
        credit_under(session, here, series, award)


def credit_under(session: Session, here: Tool, series: Series, award: Award) -> list[PayEntry]:
    """The same for one series."""
    day = here.day_of(award.awarded_at)
    terms = in_force(series.terms, day)
    if terms is None or award.is_test or award.revoked_at is not None:
        return []
    microcredential = session.get_one(Microcredential, session.get_one(MicrocredentialVersion, award.version_id).microcredential_id)
    if not terms.takes(microcredential.id, stack=microcredential.state == STACK):
        return []
    if not terms.is_for(ledger.group_of(session, award.person_id)):
        return []
    book = Book(session, here, series, award.person_id, day)
    lines = book.account.earned(terms, award=award.id, microcredential=microcredential.id, year=book.year)
    entries = book.write(lines, "award")
    if entries:
        _record(session, here, award.district_id, "pay:award:credited", award.id, entries)
    return entries


def reverse(session: Session, here: Tool, award_id: UUID) -> None:
    """An award was revoked: take back what it was credited. Nothing the second time."""
    award = session.get_one(Award, award_id)
    touched = select(PayEntry.series_id).where(PayEntry.award_id == award_id, PayEntry.district_id == award.district_id)
    wanted = set(session.scalars(touched))
    for series in ledger.all_series(session, award.district_id):
        if series.id in wanted:
            book = Book(session, here, series, award.person_id, here.today())
            entries = book.write(book.account.revoked(award_id, year=book.year), "revoked")
            if entries:
                _record(session, here, award.district_id, "pay:award:reversed", award_id, entries)


def adjust(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    person_id: UUID,
    series_id: UUID,
    year: int | None,
    amount: int,
    reason: str,
    actor_id: UUID,
    once: str,
) -> None:
    """Payroll adds or takes something by hand, with a reason that the teacher reads. It stands beside the caps. `once` names the form
    that was filled in: sent twice, it counts once. `year`: None for the present one.

    Raises Problem: not_found; own_pay for oneself, by whatever account; bad_request without an amount or a reason.
    """
    person = person_of(session, district_id, person_id)
    if person.id in accounts(session, district_id, [actor_id])[actor_id]:
        raise Problem(
            "own_pay",
            403,
            _("This is your own pay"),
            _("Nobody adjusts what they get themselves."),
            _("Ask a colleague who has the role “payroll”."),
        )
    series = one_series(session, district_id, series_id)
    said = " ".join(plain_text(reason).split())[:MOST_WORDS]
    if not said:
        raise bad_request(_("Please say in a few words why."), "no reason")
    if not amount or abs(amount) > MOST:
        raise bad_request(_("Write an amount above or below zero."), "amount")
    book = Book(session, here, series, person.id, here.today())
    at = book.year if year is None else year
    if at not in book.years:
        raise bad_request(_("Nothing was recognized in that year, so there is nothing to adjust."), "year")
    line, mark = Line("adjustment", "hand", at, amount), f"hand:{once[:64]}"
    if session.scalar(select(exists().where(PayEntry.district_id == district_id, PayEntry.key == book.key(line, mark)))):
        return
    entries = book.write([line], mark, actor_id=actor_id, note=said)
    _record(session, here, district_id, "pay:entry:adjusted", entries[0].id, entries, actor_id=actor_id, reason=said, person=str(person.id))


def turn_years(here: Tool) -> int:
    """Open the contract years that have begun, for those who wait for something of it; returns how many. May stop, and run again."""
    with here.database.read() as session:
        districts = session.scalars(select(PayYear.district_id).distinct()).all()
        series = [one for district_id in districts for one in ledger.all_series(session, district_id)]
    day, opened = here.today(), 0
    for one in series:
        begins = one.first_day(one.year_of(day))
        terms = in_force(one.terms, begins)
        if terms is not None and (terms.recurring or any(each.carries for each in one.terms)):
            opened += _turn(here, one, day)
    return opened


def _turn(here: Tool, series: Series, day: date) -> int:
    year, after, opened, newer = series.year_of(day), UUID(int=0), 0, aliased(PayYear)
    while True:
        with here.database.unit() as session:
            people = session.scalars(
                select(PayYear.person_id)
                .where(
                    PayYear.series_id == series.id,
                    PayYear.year < year,
                    PayYear.person_id > after,
                    ~exists().where(newer.series_id == series.id, newer.person_id == PayYear.person_id, newer.year >= year),
                )
                .distinct()
                .order_by(PayYear.person_id)
                .limit(_BATCH)
            ).all()
            for person_id in people:
                book = Book(session, here, series, person_id, day)
                audit.record(
                    session,
                    district_id=series.district_id,
                    at=here.clock(),
                    action="pay:year:opened",
                    subject_id=person_id,
                    year=book.year,
                    credited=book.years[book.year].credited,
                    again=book.years[book.year].again,
                )
        opened += len(people)
        if len(people) < _BATCH:
            return opened
        after = people[-1]


def catch_up(session: Session, here: Tool, *, district_id: UUID, person_id: UUID) -> int:
    """Somebody's employee group has become known: credit what they earned in the present contract years and is not credited, in order."""
    day, written = here.today(), 0
    for series in ledger.all_series(session, district_id):
        if any(terms.groups for terms in series.terms):
            first = series.first_day(series.year_of(day))
            for award in real_awards(session, district_id, person_id=person_id):
                if here.day_of(award.awarded_at) >= first:
                    written += len(credit_under(session, here, series, award))
    return written


def real_awards(session: Session, district_id: UUID, *, person_id: UUID, since: datetime | None = None, lock: bool = False) -> list[Award]:
    """What somebody earned that counts and is not revoked, in order. `lock`: nobody revokes one of these until the unit of work ends."""
    query = (
        select(Award)
        .join(Person, Person.id == Award.person_id)
        .join(Registration, Registration.id == Person.registration_id)
        .where(
            Award.district_id == district_id,
            Award.person_id == person_id,
            Award.is_test.is_(False),
            Award.revoked_at.is_(None),
            Person.is_test.is_(False),
            Registration.environment == PRODUCTION,
        )
    )
    if since is not None:
        query = query.where(Award.awarded_at >= since)
    if lock:
        query = query.with_for_update(of=Award).execution_options(populate_existing=True)
    return list(session.scalars(query.order_by(Award.awarded_at, Award.id)))


def person_of(session: Session, district_id: UUID, person_id: UUID) -> Person:
    """A person of this district. Raises Problem(not_found), also for test students."""
    person = ledger.person_in(session, district_id, person_id)
    if person is None:
        raise not_found("no such person")
    return person


def one_series(session: Session, district_id: UUID, series_id: UUID) -> Series:
    """A series of this district. Raises Problem(not_found)."""
    found = ledger.all_series(session, district_id, series_id)
    if not found:
        raise not_found("no such rule in force")
    return found[0]


def _record(
    session: Session,
    here: Tool,
    district_id: UUID,
    action: str,
    subject_id: UUID,
    entries: list[PayEntry],
    *,
    actor_id: UUID | None = None,
    reason: str = "",
    **details: str,
) -> None:
    audit.record(
        session,
        district_id=district_id,
        at=here.clock(),
        action=action,
        actor_id=actor_id,
        subject_id=subject_id,
        reason=reason,
        amount=sum(entry.amount for entry in entries),
        over=sum(entry.over for entry in entries),
        entries=[str(entry.id) for entry in entries],
        **details,
    )
