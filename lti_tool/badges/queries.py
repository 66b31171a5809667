"""What pages show of awards and issuers.

Public ones are found by an address that cannot be guessed; everything else belongs to a person in a district.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from sqlalchemy import Select, and_, select
from sqlalchemy.orm import Session

from lti_tool.badges import policies
from lti_tool.badges.credential import shown_title
from lti_tool.badges.models import Award, BadgeIssuer, IssuerEndorsement, IssuerKey
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import STACK, Microcredential, MicrocredentialVersion
from lti_tool.evidence.models import Submission
from lti_tool.launch.models import Person
from lti_tool.review.models import Decision


@dataclass(frozen=True)
class AwardView:
    """One award with what its pages and pictures need. `credential` is None until the worker has signed it.

    `title` and `issuer_name` say of a test badge that it is one. `earner_name`: as corrected, else as the LMS says. `valid_from` is the
    time of the newest edition: later than `awarded_at` if it was given anew. `keys`: every published key of the issuer (Multikey), so
    that the signature can be checked without asking again. `revoked_words` is what strangers may read.
    """

    id: UUID
    public_id: str
    is_public: bool
    awarded_at: datetime
    credential: bytes | None
    title: str
    content: MicrocredentialContent
    version_id: UUID
    version_number: int
    earner_name: str
    issuer_name: str
    issuer_slug: str
    issuer_id: UUID
    is_test: bool
    valid_from: datetime
    valid_until: datetime | None
    revoked_at: datetime | None
    revoked_words: str
    tells_results: bool
    evidence_summary: str
    being_signed: bool
    enrollment_id: UUID | None
    keys: tuple[str, ...]
    is_listed: bool
    by_exception: bool

    def state(self, now: datetime) -> policies.State:
        """active, expired or revoked."""
        return policies.state(revoked_at=self.revoked_at, valid_until=self.valid_until, now=now)

    @property
    def is_stack(self) -> bool:
        """Whether it was earned by other badges, not by a try of its own."""
        return self.enrollment_id is None

    @property
    def reissued(self) -> bool:
        """Whether this is a later edition than the first."""
        return self.valid_from > self.awarded_at


@dataclass(frozen=True)
class AwardLine:
    """One award in a list, or beside the enrollment that it crowns."""

    id: UUID
    enrollment_id: UUID | None
    title: str
    awarded_at: datetime
    is_signed: bool
    is_public: bool
    valid_until: datetime | None
    revoked_at: datetime | None

    def state(self, now: datetime) -> policies.State:
        """active, expired or revoked."""
        return policies.state(revoked_at=self.revoked_at, valid_until=self.valid_until, now=now)


@dataclass(frozen=True)
class EndorsementView:
    """What somebody else says of an issuer."""

    endorser_id: str
    endorser_name: str
    comment: str
    added_at: datetime


@dataclass(frozen=True)
class IssuerView:
    """An issuer with all keys that verifiers may find, newest first; `url` is its own page, if it gave one."""

    id: UUID
    district_id: UUID
    name: str
    slug: str
    keys: tuple[str, ...]
    url: str
    email: str
    address: tuple[str, ...]
    has_logo: bool
    is_test: bool
    endorsements: tuple[EndorsementView, ...]


@dataclass(frozen=True)
class VersionView:
    """A version of a microcredential that badges refer to."""

    id: UUID
    number: int
    content: MicrocredentialContent
    published_at: datetime
    issuer_name: str
    issuer_slug: str
    is_test: bool
    is_stack: bool = False


_SHOWN = (Award.is_public.is_(True), Award.signed_at.is_not(None))


def public_award(session: Session, public_id: str) -> AwardView | None:
    """The award at this public address, if it is signed and its teacher shows it."""
    return _view(session, _awards().where(Award.public_id == public_id, *_SHOWN))


def own_award(session: Session, *, district_id: UUID, person_id: UUID, award_id: UUID) -> AwardView | None:
    """The award for its own teacher, whether signed and shown or not."""
    return _view(session, _awards().where(Award.id == award_id, Award.district_id == district_id, Award.person_id == person_id))


def own_awards(session: Session, *, district_id: UUID, person_id: UUID, most: int, shown: bool = False) -> list[AwardView]:
    """The newest `most` awards for their own teacher, newest first, in one statement; `shown`: of those only that others can see."""
    newest = (
        select(Award.id)
        .where(Award.district_id == district_id, Award.person_id == person_id, *(_SHOWN if shown else ()))
        .order_by(Award.awarded_at.desc(), Award.id.desc())
        .limit(most)
    )
    return _views(session, _awards().where(Award.id.in_(newest.scalar_subquery())))


def awards_of_person(session: Session, *, district_id: UUID, person_id: UUID) -> list[AwardLine]:
    """What this person has earned, newest first."""
    return _lines(session, _line().where(Award.district_id == district_id, Award.person_id == person_id))


def award_of_enrollment(session: Session, *, district_id: UUID, enrollment_id: UUID) -> AwardLine | None:
    """The award of one enrollment."""
    lines = _lines(session, _line().where(Award.district_id == district_id, Award.enrollment_id == enrollment_id))
    return lines[0] if lines else None


def issuer(session: Session, slug: str) -> IssuerView | None:
    """The issuer at this address, once it has a key to sign with: badges that teachers keep to themselves must be verifiable too."""
    row = session.scalars(select(BadgeIssuer).where(BadgeIssuer.slug == slug)).one_or_none()
    if row is None:
        return None
    keys = session.scalars(_published().where(IssuerKey.issuer_id == row.id)).all()
    said = session.scalars(
        select(IssuerEndorsement).where(IssuerEndorsement.issuer_id == row.id).order_by(IssuerEndorsement.added_at, IssuerEndorsement.id)
    )
    endorsements = tuple(EndorsementView(one.endorser_id, one.endorser_name, one.comment, one.added_at) for one in said)
    known = session.scalars(select(IssuerKey.id).where(IssuerKey.issuer_id == row.id).limit(1)).first()
    lines = (
        row.address.get(member, "") for member in ("streetAddress", "addressLocality", "addressRegion", "postalCode", "addressCountry")
    )
    view = IssuerView(
        row.id,
        row.district_id,
        row.name,
        row.slug,
        tuple(key for key in keys if key),
        row.url,
        row.email,
        tuple(line for line in lines if line),
        row.has_logo,
        row.is_test,
        endorsements,
    )
    return view if known else None


def _published() -> Select[str | None]:
    return (
        select(IssuerKey.public_multibase)
        .where(IssuerKey.kind == "ed25519", IssuerKey.compromised_at.is_(None))
        .order_by(IssuerKey.created_at.desc(), IssuerKey.id.desc())
    )


def issued_version(session: Session, slug: str, version_id: UUID) -> VersionView | None:
    """The version at this address, if a signed badge of this issuer refers to it."""
    found = session.execute(
        select(MicrocredentialVersion, BadgeIssuer, Microcredential.state)
        .join(Microcredential, Microcredential.id == MicrocredentialVersion.microcredential_id)
        .join(BadgeIssuer, BadgeIssuer.district_id == MicrocredentialVersion.district_id)
        .where(
            BadgeIssuer.slug == slug,
            MicrocredentialVersion.id == version_id,
            select(Award.id)
            .where(Award.version_id == MicrocredentialVersion.id, Award.issuer_id == BadgeIssuer.id, Award.signed_at.is_not(None))
            .exists(),
        )
    ).one_or_none()
    if found is None:
        return None
    version, row, state = found
    content = MicrocredentialContent.model_validate(version.content)
    return VersionView(version.id, version.number, content, version.published_at, row.name, row.slug, row.is_test, state == STACK)


def _awards() -> Select[Award, MicrocredentialVersion, Person, BadgeIssuer, bool, str | None]:
    """Awards with their issuer's published keys: one row for each key, the newest first, at least one."""
    by_exception = (
        select(Decision.id)
        .join(Submission, Submission.id == Decision.submission_id)
        .where(Submission.enrollment_id == Award.enrollment_id, Decision.outcome == "earned", Decision.by_exception)
        .exists()
    )
    return (
        select(Award, MicrocredentialVersion, Person, BadgeIssuer, by_exception, IssuerKey.public_multibase)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Person, Person.id == Award.person_id)
        .join(BadgeIssuer, BadgeIssuer.id == Award.issuer_id)
        .outerjoin(
            IssuerKey,
            and_(IssuerKey.issuer_id == Award.issuer_id, IssuerKey.kind == "ed25519", IssuerKey.compromised_at.is_(None)),
        )
        .order_by(Award.awarded_at.desc(), Award.id.desc(), IssuerKey.created_at.desc(), IssuerKey.id.desc())
    )


def _view(session: Session, query: Select[Award, MicrocredentialVersion, Person, BadgeIssuer, bool, str | None]) -> AwardView | None:
    return next(iter(_views(session, query)), None)


def _views(session: Session, query: Select[Award, MicrocredentialVersion, Person, BadgeIssuer, bool, str | None]) -> list[AwardView]:
    by_award = groupby(session.execute(query).all(), key=lambda row: row[0].id)
    return [_shown(*first, keys=tuple(key for *_, key in (first, *rest) if key)) for first, *rest in (rows for _, rows in by_award)]


def _shown(
    row: Award,
    version: MicrocredentialVersion,
    person: Person,
    issued_by: BadgeIssuer,
    by_exception: bool,
    _: str | None,
    *,
    keys: tuple[str, ...],
) -> AwardView:
    return AwardView(
        row.id,
        row.public_id,
        row.is_public,
        row.awarded_at,
        row.credential,
        shown_title(version.title, is_test=row.is_test),
        MicrocredentialContent.model_validate(version.content),
        version.id,
        version.number,
        row.shown_name or person.label,
        issued_by.name,
        issued_by.slug,
        issued_by.id,
        row.is_test,
        row.valid_from,
        row.valid_until,
        row.revoked_at,
        policies.public_reason(row.revoked_reason) if row.revoked_at else "",
        row.tells_results,
        row.evidence_summary,
        row.signing_due,
        row.enrollment_id,
        keys,
        row.is_listed,
        by_exception,
    )


def _line() -> Select[Award, str]:
    return select(Award, MicrocredentialVersion.title).join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)


def _lines(session: Session, query: Select[Award, str]) -> list[AwardLine]:
    rows = session.execute(query.order_by(Award.awarded_at.desc(), Award.id.desc()))
    return [
        AwardLine(
            row.id,
            row.enrollment_id,
            shown_title(title, is_test=row.is_test),
            row.awarded_at,
            row.signed_at is not None,
            row.is_public,
            row.valid_until,
            row.revoked_at,
        )
        for row, title in rows
    ]
