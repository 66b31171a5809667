"""What the people who run a district's badges see."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import Session

from lti_tool.audit import AuditEvent
from lti_tool.badges import policies
from lti_tool.badges.credential import shown_title
from lti_tool.badges.models import Award, BadgeIssuer, BadgeTerms, IssuerEndorsement, IssuerKey, Revocation
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.launch.models import Person

PAGE = 50


@dataclass(frozen=True)
class Line:
    """One award of the district."""

    id: UUID
    title: str
    holder: str
    holder_id: UUID
    issuer: str
    awarded_at: datetime
    valid_until: datetime | None
    state: policies.State
    is_test: bool
    is_signed: bool


@dataclass(frozen=True)
class Proposal:
    """That somebody proposed to revoke an award, and what became of it. `reason` in the words of those who decide."""

    award_id: UUID
    title: str
    holder: str
    reason: str
    note: str
    state: str
    proposed_by: UUID
    proposer: str
    proposed_at: datetime
    decider: str
    decided_at: datetime | None


@dataclass(frozen=True)
class Event:
    """One thing that happened to an award."""

    at: datetime
    who: str
    what: str


@dataclass(frozen=True)
class File:
    """Everything about one award."""

    line: Line
    shown_name: str
    lms_name: str
    valid_from: datetime
    is_public: bool
    public_id: str
    version_number: int
    proposals: tuple[Proposal, ...]
    events: tuple[Event, ...]

    @property
    def open(self) -> Proposal | None:
        """What waits for a second person."""
        return next((one for one in self.proposals if one.state == "proposed"), None)


@dataclass(frozen=True)
class Terms:
    """How badges of one microcredential are issued."""

    microcredential_id: UUID
    title: str
    issuer_id: UUID | None
    valid_months: int | None


@dataclass(frozen=True)
class IssuerLine:
    """An issuer of the district. `keys`: how many are published."""

    id: UUID
    name: str
    slug: str
    is_default: bool
    is_test: bool
    has_logo: bool
    email: str
    keys: int
    endorsements: int


def awards(
    session: Session, district_id: UUID, *, now: datetime, text: str = "", before: UUID | None = None
) -> tuple[tuple[Line, ...], UUID | None]:
    """A page of the district's awards, newest first, and where the next one begins; `text`: part of a name or title."""
    query = _lines().where(Award.district_id == district_id)
    if text.strip():
        part = text.strip()
        query = query.where(
            or_(
                Person.label.icontains(part, autoescape=True),
                Award.shown_name.icontains(part, autoescape=True),
                MicrocredentialVersion.title.icontains(part, autoescape=True),
            )
        )
    mark = session.get(Award, before) if before else None
    if mark is not None and mark.district_id == district_id:
        query = query.where(or_(Award.awarded_at < mark.awarded_at, (Award.awarded_at == mark.awarded_at) & (Award.id < mark.id)))
    rows = session.execute(query.order_by(Award.awarded_at.desc(), Award.id.desc()).limit(PAGE + 1)).all()
    shown = tuple(_line(row, version, person, issuer, now) for row, version, person, issuer in rows[:PAGE])
    return shown, shown[-1].id if len(rows) > PAGE else None


def waiting(session: Session, district_id: UUID) -> tuple[Proposal, ...]:
    """Revocations that wait for a second person, oldest first."""
    return _proposals(session, Revocation.district_id == district_id, Revocation.state == "proposed")


def award(session: Session, district_id: UUID, award_id: UUID, *, now: datetime) -> File | None:
    """One award of the district."""
    found = session.execute(_lines().where(Award.district_id == district_id, Award.id == award_id)).one_or_none()
    if found is None:
        return None
    row, version, person, issuer = found
    happened = session.execute(
        select(AuditEvent, Person.label)
        .outerjoin(Person, Person.id == AuditEvent.actor_id)
        .where(AuditEvent.district_id == district_id, AuditEvent.subject_id == row.id)
        .order_by(AuditEvent.at.desc(), AuditEvent.id.desc())
    )
    events = tuple(Event(one.at, label or "", one.action.rpartition(":")[2]) for one, label in happened)
    return File(
        _line(row, version, person, issuer, now),
        row.shown_name,
        person.label,
        row.valid_from,
        row.is_public,
        row.public_id,
        version.number,
        _proposals(session, Revocation.award_id == row.id),
        events,
    )


def issuers(session: Session, district_id: UUID) -> tuple[IssuerLine, ...]:
    """The district's issuers, the default first, tests last."""
    rows = session.scalars(
        select(BadgeIssuer)
        .where(BadgeIssuer.district_id == district_id)
        .order_by(BadgeIssuer.is_test, BadgeIssuer.is_default.desc(), BadgeIssuer.name, BadgeIssuer.id)
    ).all()
    keys = session.execute(
        select(IssuerKey.issuer_id).where(IssuerKey.district_id == district_id, IssuerKey.compromised_at.is_(None))
    ).scalars()
    counted: dict[UUID, int] = {}
    for issuer_id in keys:
        counted[issuer_id] = counted.get(issuer_id, 0) + 1
    said: dict[UUID, int] = {}
    for issuer_id in session.scalars(select(IssuerEndorsement.issuer_id).where(IssuerEndorsement.district_id == district_id)):
        said[issuer_id] = said.get(issuer_id, 0) + 1
    return tuple(
        IssuerLine(
            row.id,
            row.name,
            row.slug,
            row.is_default,
            row.is_test,
            row.has_logo,
            row.email,
            counted.get(row.id, 0),
            said.get(row.id, 0),
        )
        for row in rows
    )


def endorsements(session: Session, issuer_id: UUID) -> tuple[IssuerEndorsement, ...]:
    """What others say of the issuer, oldest first."""
    query = select(IssuerEndorsement).where(IssuerEndorsement.issuer_id == issuer_id)
    return tuple(session.scalars(query.order_by(IssuerEndorsement.added_at, IssuerEndorsement.id)))


def terms(session: Session, district_id: UUID) -> tuple[Terms, ...]:
    """Every microcredential of the district that was published, with how its badges are issued."""
    rows = session.execute(
        select(Microcredential, BadgeTerms)
        .outerjoin(BadgeTerms, BadgeTerms.microcredential_id == Microcredential.id)
        .where(Microcredential.district_id == district_id, Microcredential.state != "draft")
        .order_by(Microcredential.title, Microcredential.id)
    )
    return tuple(Terms(one.id, one.title, said.issuer_id if said else None, said.valid_months if said else None) for one, said in rows)


def _lines() -> Select[Award, MicrocredentialVersion, Person, BadgeIssuer]:
    return (
        select(Award, MicrocredentialVersion, Person, BadgeIssuer)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Person, Person.id == Award.person_id)
        .join(BadgeIssuer, BadgeIssuer.id == Award.issuer_id)
    )


def _line(row: Award, version: MicrocredentialVersion, person: Person, issuer: BadgeIssuer, now: datetime) -> Line:
    return Line(
        row.id,
        shown_title(version.title, is_test=row.is_test),
        row.shown_name or person.label,
        person.id,
        issuer.name,
        row.awarded_at,
        row.valid_until,
        policies.state(revoked_at=row.revoked_at, valid_until=row.valid_until, now=now),
        row.is_test,
        row.signed_at is not None,
    )


def _proposals(session: Session, *where: object) -> tuple[Proposal, ...]:
    found = session.execute(
        select(Revocation, Award, MicrocredentialVersion.title, Person.label)
        .join(Award, Award.id == Revocation.award_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Person, Person.id == Award.person_id)
        .where(*where)  # type: ignore[arg-type]
        .order_by(Revocation.proposed_at, Revocation.id)
    ).all()
    people = {one for row, *_ in found for one in (row.proposed_by, row.decided_by) if one}
    names = {one.id: one.label for one in session.scalars(select(Person).where(Person.id.in_(people)))}
    return tuple(
        Proposal(
            award.id,
            shown_title(title, is_test=award.is_test),
            award.shown_name or label,
            policies.REASONS.get(row.reason, row.reason),
            row.note,
            row.state,
            row.proposed_by,
            names.get(row.proposed_by, ""),
            row.proposed_at,
            names.get(row.decided_by, "") if row.decided_by else "",
            row.decided_at,
        )
        for row, award, title, label in found
    )
