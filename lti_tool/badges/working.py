"""The worker's part: awards that wait are composed and signed, some at a time, so that the database is asked rarely."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final
from uuid import UUID, uuid5

import structlog
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import addresses, issuers, keys, signing, statuses
from lti_tool.badges.credential import AwardFacts, HashedEmail, Profile, compose, hashed_email
from lti_tool.badges.exceptions import ASSESSED_BY, by_exception
from lti_tool.badges.models import Award, BadgeIssuer, StatusList
from lti_tool.badges.results import results_of
from lti_tool.badges.stacking import tell_of_stack
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.evidence.models import Enrollment
from lti_tool.evidence.telling import tell_owner
from lti_tool.launch.models import Person
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

log = structlog.get_logger()

_BATCH: Final = 25
"""Awards that are stored together: so many signatures are made again if the worker is killed."""
_FAULTS: Final = (signing.SigningError, SecretLost, ValueError, KeyError, LookupError)


def sign_due(here: Tool) -> int:
    """Sign awards that wait for it, oldest first, and status lists that changed; say how many awards were signed."""
    signed = sum(done for done, _ in signing_progress(here))
    statuses.sign_due(here)
    return signed


def signing_progress(here: Tool, issuer_id: UUID | None = None) -> Iterator[tuple[int, int]]:
    """Sign what waits, of one issuer or of all: (how many were signed now, how many were waiting at the beginning), step by step.

    One that can't be signed does not hold up the others. What was signed stays signed, so this can be stopped and begun again.
    """
    query = select(Award.id).where(Award.signing_due)
    if issuer_id is not None:
        query = query.where(Award.issuer_id == issuer_id)
    with here.database.read() as session:
        waiting = session.scalars(query.order_by(Award.awarded_at, Award.id)).all()
    for begin in range(0, len(waiting), _BATCH):
        works = _prepare(here, waiting[begin : begin + _BATCH])
        yield _store(here, [done for work in works if (done := _signed(here, work)) is not None]), len(waiting)


@dataclass(frozen=True)
class _Work:
    """What it takes to sign one award: facts, the key, and which edition it is."""

    award_id: UUID
    issuer_id: UUID
    facts: AwardFacts
    revision: int
    key: _Key


@dataclass(frozen=True)
class _Key:
    id: UUID
    public: str
    private_pem: str


@dataclass(frozen=True)
class _Signed:
    work: _Work
    credential: bytes


@dataclass
class _Known:
    """What several awards have in common, looked up once for all of them."""

    issuers: dict[UUID, BadgeIssuer] = field(default_factory=dict)
    keys: dict[UUID, _Key] = field(default_factory=dict)
    profiles: dict[UUID, Profile] = field(default_factory=dict)
    contents: dict[UUID, MicrocredentialContent] = field(default_factory=dict)
    numbers: dict[UUID, int] = field(default_factory=dict)


def _prepare(here: Tool, ids: Sequence[UUID]) -> list[_Work]:
    """Look everything up, and give places in status lists, in one unit of work."""
    works, known = [], _Known()
    with here.database.unit() as session:
        known.issuers = _hold_issuers(session, select(Award.issuer_id).where(Award.id.in_(ids)))
        rows = session.execute(
            select(Award, Person, MicrocredentialVersion)
            .join(Person, Person.id == Award.person_id)
            .join(MicrocredentialVersion, MicrocredentialVersion.id == Award.version_id)
            .where(Award.id.in_(ids), Award.signing_due)
            .order_by(Award.id)
            .with_for_update(of=Award)
        ).all()
        awards = sorted((row for row, _, _ in rows), key=lambda row: row.issuer_id)
        for issuer_id, theirs in groupby(awards, key=lambda row: row.issuer_id):
            statuses.reserve(session, issuer_id, list(theirs))
        for row, person, version in rows:
            try:
                key = _key(session, here, known, row.issuer_id)
                works.append(_Work(row.id, row.issuer_id, _facts(session, here, known, row, person, version), row.revision, key))
            except _FAULTS as error:
                _note(row.id, error)
    return works


def _signed(here: Tool, work: _Work) -> _Signed | None:
    """Outside any transaction, since it takes long."""
    try:
        method = signing.key_id(work.facts.issuer_id, work.key.public)
        return _Signed(work, signing.sign(compose(work.facts), work.key.private_pem, method, created=here.clock()))
    except _FAULTS as error:
        _note(work.award_id, error)
        return None


def _store(here: Tool, signed: Sequence[_Signed]) -> int:
    """Keep what was signed, unless another worker was faster or the award has to say something else by now."""
    if not signed:
        return 0
    kept, now = 0, here.clock()
    with here.database.unit() as session:
        held = _hold_issuers(session, {one.work.issuer_id for one in signed})
        for one in sorted(signed, key=lambda one: one.work.award_id):
            work = one.work
            done = session.execute(
                update(Award)
                .where(Award.id == work.award_id, Award.signing_due, Award.revision == work.revision)
                .values(
                    credential=one.credential,
                    signed_at=now,
                    key_id=work.key.id,
                    signing_due=False,
                    credential_jwt=None,
                    jwt_key_id=None,
                )
                .returning(Award.enrollment_id, Award.person_id, Award.version_id)
                .execution_options(synchronize_session=False)
            )
            if (found := done.one_or_none()) is not None:
                enrollment_id, person_id, version_id = found
                kept += 1
                district_id = held[work.issuer_id].district_id
                audit.record(
                    session, district_id=district_id, at=now, action="badges:award:signed", subject_id=work.award_id, key=work.key.public
                )
                if enrollment_id is None:
                    tell_of_stack(
                        session, here, district_id=district_id, person_id=person_id, version_id=version_id, award_id=work.award_id
                    )
                else:
                    tell_owner(session, here, session.get_one(Enrollment, enrollment_id), "badge", thing=work.award_id)
    return kept


def _hold_issuers(session: Session, ids: object) -> dict[UUID, BadgeIssuer]:
    """Lock these issuers, in the order in which everybody does who changes an issuer and its awards."""
    query = select(BadgeIssuer).where(BadgeIssuer.id.in_(ids)).order_by(BadgeIssuer.id).with_for_update()  # type: ignore[arg-type]
    return {row.id: row for row in session.scalars(query)}


def _key(session: Session, here: Tool, known: _Known, issuer_id: UUID) -> _Key:
    if issuer_id not in known.keys:
        key = keys.signing_key(session, here, issuer_id)
        known.keys[issuer_id] = _Key(key.id, key.public_multibase or "", here.box.open(key.private_sealed))
    return known.keys[issuer_id]


def _facts(session: Session, here: Tool, known: _Known, row: Award, person: Person, version: MicrocredentialVersion) -> AwardFacts:
    """What this badge says. It holds no name: the public page shows that, and only while the teacher wants it."""
    base, issuer, list_id = here.settings.base_url, known.issuers[row.issuer_id], row.status_list_id
    if list_id is None:
        raise ValueError("no place in a status list")
    if issuer.id not in known.profiles:
        known.profiles[issuer.id] = issuers.profile(session, here, issuer)
    if version.id not in known.contents:
        known.contents[version.id] = MicrocredentialContent.model_validate(version.content)
    if list_id not in known.numbers:
        known.numbers[list_id] = session.get_one(StatusList, list_id).number
    achievement = addresses.version_url(base, issuer.slug, version.id)
    return AwardFacts(
        award_url=addresses.award_url(base, row.public_id),
        issuer_id=issuers.did(here, issuer),
        issuer_name=issuer.name,
        issuer_url=issuers.home(here, issuer),
        earner_id=uuid5(issuer.id if row.is_test else row.district_id, str(person.id)),
        content=known.contents[version.id],
        version_number=version.number,
        version_url=achievement,
        criteria_url=achievement,
        image_url=addresses.picture_url(base, issuer.slug, version.id, row.awarded_at.year),
        awarded_at=row.awarded_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        **({"assessed_by": ASSESSED_BY} if by_exception(session, row.enrollment_id) else {}),
        earner_email=_identity(row, person),
        publish_results=row.tells_results,
        results=results_of(session, row.enrollment_id) if row.tells_results else {},
        evidence_summary=row.evidence_summary,
        status_list_url=addresses.status_list_url(base, issuer.slug, known.numbers[list_id]),
        status_index=row.status_index or 0,
        profile=known.profiles[issuer.id],
        ob2_version_url=addresses.ob2_version_url(base, issuer.slug, version.id),
        is_test=row.is_test,
        narrative=known.contents[version.id].key_method.description if row.enrollment_id is None else "",
    )


def _identity(row: Award, person: Person) -> HashedEmail | None:
    """The holder's address, hashed. A later edition says it as the first did: people change addresses, and are erased."""
    if row.credential is not None:
        for one in json.loads(row.credential)["credentialSubject"].get("identifier", []):
            if one["identityType"] == "emailAddress":
                return HashedEmail(one["identityHash"], one["salt"])
        return None
    return hashed_email(person.email, secrets.token_hex(8)) if person.email else None


def _note(award_id: UUID, error: Exception) -> None:
    log.error("badge_not_signed", award=str(award_id), kind=type(error).__name__)
