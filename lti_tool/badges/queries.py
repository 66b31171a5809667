"""What pages show of awards and issuers.

Public ones are found by an address that cannot be guessed; everything else belongs to a person in a district.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from lti_tool.badges.exceptions import by_exception
from lti_tool.badges.models import Award, IssuerKey
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.launch.models import Person
from lti_tool.platforms.models import District


@dataclass(frozen=True)
class AwardView:
    """One award with what its pages and pictures need. `credential` is None until the worker has signed it."""

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
    by_exception: bool = False
    """The district decided it, not reviewers."""


@dataclass(frozen=True)
class AwardLine:
    """One award in a list, or beside the enrollment that it crowns."""

    id: UUID
    enrollment_id: UUID
    title: str
    awarded_at: datetime
    is_signed: bool
    is_public: bool


@dataclass(frozen=True)
class IssuerView:
    """A district as issuer, with all keys that it ever signed with, newest first."""

    name: str
    slug: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class VersionView:
    """A version of a microcredential that badges refer to."""

    id: UUID
    number: int
    content: MicrocredentialContent
    published_at: datetime
    issuer_name: str
    issuer_slug: str


def public_award(session: Session, public_id: str) -> AwardView | None:
    """The award at this public address, if it is signed and its teacher shows it."""
    return _view(session, _awards().where(Award.public_id == public_id, Award.is_public.is_(True), Award.signed_at.is_not(None)))


def own_award(session: Session, *, district_id: UUID, person_id: UUID, award_id: UUID) -> AwardView | None:
    """The award for its own teacher, whether signed and shown or not."""
    return _view(session, _awards().where(Award.id == award_id, Award.district_id == district_id, Award.person_id == person_id))


def awards_of_person(session: Session, *, district_id: UUID, person_id: UUID) -> list[AwardLine]:
    """What this person has earned, newest first."""
    return _lines(session, _line().where(Award.district_id == district_id, Award.person_id == person_id))


def award_of_enrollment(session: Session, *, district_id: UUID, enrollment_id: UUID) -> AwardLine | None:
    """The award of one enrollment."""
    lines = _lines(session, _line().where(Award.district_id == district_id, Award.enrollment_id == enrollment_id))
    return lines[0] if lines else None


def issuer(session: Session, slug: str) -> IssuerView | None:
    """The issuer at this address, once it has a key to sign with: badges that teachers keep to themselves must be verifiable too."""
    district = session.scalars(select(District).where(District.slug == slug)).one_or_none()
    if district is None:
        return None
    keys = session.scalars(
        select(IssuerKey.public_multibase)
        .where(IssuerKey.district_id == district.id)
        .order_by(IssuerKey.created_at.desc(), IssuerKey.id.desc())
    ).all()
    return IssuerView(district.name, district.slug, tuple(keys)) if keys else None


def issued_version(session: Session, slug: str, version_id: UUID) -> VersionView | None:
    """The version at this address, if a signed badge of this issuer refers to it."""
    found = session.execute(
        select(MicrocredentialVersion, District)
        .join(District, District.id == MicrocredentialVersion.district_id)
        .where(
            District.slug == slug,
            MicrocredentialVersion.id == version_id,
            select(Award.id)
            .where(
                Award.version_id == MicrocredentialVersion.id,
                Award.district_id == MicrocredentialVersion.district_id,
                Award.signed_at.is_not(None),
            )
            .exists(),
        )
    ).one_or_none()
    if found is None:
        return None
    version, district = found
    content = MicrocredentialContent.model_validate(version.content)
    return VersionView(version.id, version.number, content, version.published_at, district.name, district.slug)


def _awards() -> Select[Award, MicrocredentialVersion, Person, District]:
    return (
        select(Award, MicrocredentialVersion, Person, District)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
        .join(Person, Person.id == Award.person_id)
        .join(District, District.id == Award.district_id)
    )


def _view(session: Session, query: Select[Award, MicrocredentialVersion, Person, District]) -> AwardView | None:
    found = session.execute(query).one_or_none()
    if found is None:
        return None
    row, version, person, district = found
    return AwardView(
        row.id,
        row.public_id,
        row.is_public,
        row.awarded_at,
        row.credential,
        version.title,
        MicrocredentialContent.model_validate(version.content),
        version.id,
        version.number,
        person.label,
        district.name,
        district.slug,
        by_exception(session, row.enrollment_id),
    )


def _line() -> Select[Award, str]:
    return select(Award, MicrocredentialVersion.title).join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)


def _lines(session: Session, query: Select[Award, str]) -> list[AwardLine]:
    rows = session.execute(query.order_by(Award.awarded_at.desc(), Award.id.desc()))
    return [AwardLine(row.id, row.enrollment_id, title, row.awarded_at, row.signed_at is not None, row.is_public) for row, title in rows]
