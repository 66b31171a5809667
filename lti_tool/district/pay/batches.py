"""Batches for payroll: files that never change, confirmed or taken back as a whole. An entry is in one standing batch at most."""

from __future__ import annotations

import csv
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO, StringIO
from uuid import UUID

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import STACK, Microcredential
from lti_tool.database import new_id
from lti_tool.district.pay import ledger, service
from lti_tool.district.pay.models import Employee, PayBatch, PayBatchLine, PayEntry, PayOpen, PayRule
from lti_tool.district.pay.policies import UNITS
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.inputs import plain_text
from lti_tool.language import _
from lti_tool.platforms.models import District
from lti_tool.tool import Tool
from lti_tool.web.spreadsheet import guarded

MOST_LINES = 10_000
"""So many entries go into one batch; the rest goes into the next."""
HEAD = ("employee_number", "group", "amount", "unit", "kind", "cause", "contract_year", "counts_for", "rule", "microcredential", "entry")


@dataclass(frozen=True)
class _Due:
    entry: PayEntry
    number: str
    group: str
    rule: str
    title: str

    @property
    def cells(self) -> tuple[str | Decimal, ...]:
        """What the files say of it. The names of its kind stand in the guide for payroll, and are the same in every language."""
        entry = self.entry
        return (
            *(self.number, self.group, Decimal(entry.amount).scaleb(-2), entry.unit, entry.kind, entry.cause),
            *(str(entry.year), entry.on_day.isoformat(), self.rule, self.title, str(entry.id)),
        )


def make(session: Session, here: Tool, *, district_id: UUID, unit: str, actor_id: UUID) -> PayBatch:
    """Put everything of a unit that payroll has not been given, and whose teachers have an employee number, into a new batch.

    Raises Problem: bad_request for a unit that there is not; conflict where there is nothing.
    """
    if unit not in UNITS:
        raise bad_request(_("Choose what the batch is for."), "unit")
    session.get_one(District, district_id, with_for_update={"key_share": True})  # two batches at once: one after the other
    due, held = _due(session, district_id, unit), held_back(session, district_id, unit)
    if not due:
        raise conflict(_("There is nothing to give to payroll, or it is held back for want of employee numbers."), "nothing due")
    session.execute(delete(PayOpen).where(PayOpen.entry_id.in_([one.entry.id for one in due])))
    text, book = as_csv(due), as_xlsx(due)
    last = session.scalar(select(func.max(PayBatch.number)).where(PayBatch.district_id == district_id)) or 0
    batch = PayBatch(
        id=new_id(),
        district_id=district_id,
        number=last + 1,
        unit=unit,
        state="made",
        lines=len(due),
        people=len({one.number for one in due}),
        total=sum(one.entry.amount for one in due),
        held_back=held,
        csv=text,
        csv_hash=hashlib.sha256(text).hexdigest(),
        xlsx=book,
        xlsx_hash=hashlib.sha256(book).hexdigest(),
        made_by=actor_id,
        made_at=here.clock(),
    )
    session.add(batch)
    session.flush()
    session.add_all(PayBatchLine(batch_id=batch.id, entry_id=one.entry.id, district_id=district_id) for one in due)
    _mark(session, here, batch, [one.entry for one in due], "exported", actor_id)
    _record(session, here, batch, "made", actor_id)
    return batch


def confirm(session: Session, here: Tool, *, district_id: UUID, batch_id: UUID, actor_id: UUID) -> None:
    """Payroll has paid it. Raises Problem: not_found; conflict where it was confirmed or taken back."""
    batch = _standing(session, district_id, batch_id)
    batch.state, batch.ended_by, batch.ended_at = "confirmed", actor_id, here.clock()
    _mark(session, here, batch, _entries(session, batch), "confirmed", actor_id)
    _record(session, here, batch, "confirmed", actor_id)


def take_back(session: Session, here: Tool, *, district_id: UUID, batch_id: UUID, reason: str, actor_id: UUID) -> None:
    """It was not paid: its entries go into the next batch. Raises Problem: not_found; conflict; bad_request without a reason."""
    batch = _standing(session, district_id, batch_id)
    said = " ".join(plain_text(reason).split())[: service.MOST_WORDS]
    if not said:
        raise bad_request(_("Please say in a few words why."), "no reason")
    batch.state, batch.ended_by, batch.ended_at, batch.reason = "taken_back", actor_id, here.clock(), said
    entries = _entries(session, batch)
    session.add_all(
        PayOpen(entry_id=one.id, district_id=district_id, person_id=one.person_id, unit=one.unit, amount=one.amount) for one in entries
    )
    _mark(session, here, batch, entries, "taken_back", actor_id)
    _record(session, here, batch, "taken_back", actor_id, reason=said)


def one(session: Session, district_id: UUID, batch_id: UUID) -> PayBatch:
    """A batch of this district. Raises Problem(not_found)."""
    batch = session.scalars(select(PayBatch).where(PayBatch.id == batch_id, PayBatch.district_id == district_id)).one_or_none()
    if batch is None:
        raise not_found("no such batch")
    return batch


def held_back(session: Session, district_id: UUID, unit: str) -> int:
    """How many entries can't go to payroll, for their teachers have no employee number."""
    query = (
        select(func.count())
        .select_from(PayOpen)
        .outerjoin(Employee, Employee.person_id == PayOpen.person_id)
        .where(PayOpen.district_id == district_id, PayOpen.unit == unit, func.coalesce(Employee.number, "") == "")
    )
    return session.scalar(query) or 0


def _due(session: Session, district_id: UUID, unit: str) -> list[_Due]:
    rows = session.execute(
        select(PayEntry, Employee.number, Employee.grouped, PayRule.name, Microcredential.title, Microcredential.state)
        .join(PayOpen, PayOpen.entry_id == PayEntry.id)
        .join(Employee, Employee.person_id == PayEntry.person_id)
        .join(PayRule, PayRule.id == func.coalesce(PayEntry.rule_id, PayEntry.series_id))
        .outerjoin(Microcredential, Microcredential.id == PayEntry.microcredential_id)
        .where(PayOpen.district_id == district_id, PayOpen.unit == unit, Employee.number != "")
        .order_by(PayEntry.id)
        .limit(MOST_LINES)
        .with_for_update(of=PayOpen)
    )
    return [
        _Due(entry, number, group, rule, f"Stack: {title}" if state == STACK else title or "")
        for entry, number, group, rule, title, state in rows
    ]


def as_csv(due: Sequence[_Due]) -> bytes:
    """The entries, then a line with their number and their sum. It begins with a mark by which Excel knows UTF-8."""
    text = StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEAD)
    for each in due:
        writer.writerow([guarded(cell) if isinstance(cell, str) else cell for cell in each.cells])
    total = Decimal(sum(each.entry.amount for each in due)).scaleb(-2)
    writer.writerow(("TOTAL", f"{len(due)} entries", total, due[0].entry.unit if due else "", *[""] * (len(HEAD) - 4)))
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def as_xlsx(due: Sequence[_Due]) -> bytes:
    """The same for a spreadsheet, with a second sheet that has one line for each employee."""
    from openpyxl import Workbook  # takes long to load, and few processes need it

    book = Workbook(write_only=True)
    sheet, sums = book.create_sheet("Entries"), book.create_sheet("By employee")
    sheet.append(HEAD)
    totals: dict[str, Decimal] = defaultdict(Decimal)
    for each in due:
        sheet.append([guarded(cell) if isinstance(cell, str) else cell for cell in each.cells])
        totals[each.number] += Decimal(each.entry.amount).scaleb(-2)
    sheet.append(["TOTAL", f"{len(due)} entries", sum(totals.values(), Decimal())])
    sums.append(["employee_number", "amount"])
    for number, total in totals.items():
        sums.append([guarded(number), total])
    sums.append(["TOTAL", sum(totals.values(), Decimal())])
    made = BytesIO()
    book.save(made)
    return made.getvalue()


def _standing(session: Session, district_id: UUID, batch_id: UUID) -> PayBatch:
    query = select(PayBatch).where(PayBatch.id == batch_id, PayBatch.district_id == district_id)
    batch = session.scalars(query.with_for_update()).one_or_none()
    if batch is None:
        raise not_found("no such batch")
    if batch.state != "made":
        raise conflict(_("This batch was confirmed or taken back already."), batch.state)
    return batch


def _entries(session: Session, batch: PayBatch) -> list[PayEntry]:
    query = select(PayEntry).join(PayBatchLine, PayBatchLine.entry_id == PayEntry.id).where(PayBatchLine.batch_id == batch.id)
    return list(session.scalars(query.order_by(PayEntry.id)))


def _mark(session: Session, here: Tool, batch: PayBatch, entries: Sequence[PayEntry], kind: str, actor_id: UUID) -> None:
    """One entry in each account says what became of the sum that it has in the batch; it changes no balance."""
    sums: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for entry in entries:
        sums[entry.person_id, entry.series_id] += entry.amount
    ledger.mark(session, here, batch, sums, kind=kind, actor_id=actor_id)


def _record(session: Session, here: Tool, batch: PayBatch, verb: str, actor_id: UUID, *, reason: str = "") -> None:
    audit.record(
        session,
        district_id=batch.district_id,
        at=here.clock(),
        action=f"pay:batch:{verb}",
        actor_id=actor_id,
        subject_id=batch.id,
        reason=reason,
        number=batch.number,
        lines=batch.lines,
        total=batch.total,
        csv=batch.csv_hash,
    )
