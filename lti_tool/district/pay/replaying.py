"""The ledger computed again from what it rests on, for one person or for everybody; and batches held against their entries."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.district.pay import ledger, replay_policies
from lti_tool.district.pay.ledger import BY_RULE, Series, line_of
from lti_tool.district.pay.models import Employee, PayBatch, PayBatchLine, PayEntry, PayYear
from lti_tool.district.pay.replay_policies import Fact, Facts, Opening, Stored
from lti_tool.launch.models import Person
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Registration
from lti_tool.tool import Tool

_BATCH = 500


@dataclass
class Replay:
    """`same` accounts came out as they stand in the ledger; `different` says whose do not, and how."""

    same: int = 0
    batches: int = 0
    different: list[tuple[UUID, str]] = field(default_factory=list)


def person(session: Session, here: Tool, *, district_id: UUID, person_id: UUID) -> Replay:
    """Compute one person's accounts again. Changes nothing."""
    found = Replay()
    for series in (one for one in ledger.all_series(session, district_id) if one.waits(person_id) is None):
        _account(session, here, series, person_id, found)
    return found


def replay(session: Session, here: Tool, district_id: UUID) -> Replay:
    """Compute every account of a district again, and hold every batch against its entries. Changes nothing.

    Whoever waits for what a new rule credits of the past is left out until that is done.
    """
    found = Replay()
    for series in ledger.all_series(session, district_id):
        for person_id in (one for one in _people(session, series) if series.waits(one) is None):
            _account(session, here, series, person_id, found)
    _batches(session, district_id, found)
    return found


def _people(session: Session, series: Series) -> Iterator[UUID]:
    """Everybody with an account under a series or with an award that counts."""
    for column, where in (
        (PayYear.person_id, PayYear.series_id == series.id),
        (Award.person_id, Award.person_id.not_in(select(PayYear.person_id).where(PayYear.series_id == series.id))),
    ):
        after = UUID(int=0)
        while True:
            owner = column.class_
            query = select(column).where(owner.district_id == series.district_id, where, column > after).distinct().order_by(column)
            found = session.scalars(query.limit(_BATCH)).all()
            yield from found
            session.expunge_all()
            if len(found) < _BATCH:
                break
            after = found[-1]


def _account(session: Session, here: Tool, series: Series, person_id: UUID, found: Replay) -> None:
    entries = session.scalars(
        select(PayEntry).where(PayEntry.person_id == person_id, PayEntry.series_id == series.id).order_by(PayEntry.number)
    ).all()
    years = session.scalars(select(PayYear).where(PayYear.person_id == person_id, PayYear.series_id == series.id)).all()
    openings = {row.year: Opening(row.opened_after, row.grouped, frozenset(map(UUID, row.lapsed))) for row in years}
    facts = Facts(series.terms, series.month, series.start, _facts(session, here, series, person_id), openings)
    stored = [Stored(one.number, line_of(one), one.grouped, one.on_day) for one in entries if one.kind in BY_RULE]
    words = replay_policies.differences(facts, stored)
    for row in years:
        sums = {under: sum(one.amount for one in entries if one.year == row.year and one.under == under) for under in ("year", "again", "")}
        if (sums["year"], sums["again"], sums[""]) != (row.credited, row.again, row.adjusted):
            words.append(f"the sums of {row.year} are not those of its entries")
    if [one.number for one in entries] != list(range(1, len(entries) + 1)):
        words.append("entries are missing")
    found.different += [(person_id, one) for one in words]
    found.same += not words


def _facts(session: Session, here: Tool, series: Series, person_id: UUID) -> dict[UUID, Fact]:
    record = session.scalars(select(Employee).where(Employee.person_id == person_id)).one_or_none()
    known, since = (record.grouped or None, here.day_of(record.grouped_since)) if record else (None, None)
    rows = session.execute(
        select(Award.id, Microcredential.id, Microcredential.state == STACK, Award.awarded_at, Award.revoked_at)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .join(Person, Person.id == Award.person_id)
        .join(Registration, Registration.id == Person.registration_id)
        .where(
            Award.person_id == person_id,
            Award.district_id == series.district_id,
            Award.is_test.is_(False),
            Person.is_test.is_(False),
            Registration.environment == PRODUCTION,
        )
        .order_by(Award.awarded_at, Award.id)
    )
    return {one: Fact(one, mc, stack, here.day_of(at), revoked is not None, known, since) for one, mc, stack, at, revoked in rows}


def _batches(session: Session, district_id: UUID, found: Replay) -> None:
    last = 0
    while True:
        query = select(PayBatch).where(PayBatch.district_id == district_id, PayBatch.number > last).order_by(PayBatch.number)
        batch = session.scalars(query.limit(1)).one_or_none()
        if batch is None:
            return
        last = batch.number
        count, total = session.execute(
            select(func.count(), func.coalesce(func.sum(PayEntry.amount), 0))
            .select_from(PayBatchLine)
            .join(PayEntry, PayEntry.id == PayBatchLine.entry_id)
            .where(PayBatchLine.batch_id == batch.id)
        ).one()
        if (count, int(total)) != (batch.lines, batch.total):
            found.different.append((batch.id, f"batch {batch.number} does not hold what its entries come to"))
        for body, digest in ((batch.csv, batch.csv_hash), (batch.xlsx, batch.xlsx_hash)):
            if hashlib.sha256(body).hexdigest() != digest:
                found.different.append((batch.id, f"a file of batch {batch.number} was changed"))
        found.batches += 1
        session.expunge_all()
