"""Awards come into being with the decision, are signed by the worker, and are public only while their teacher wants it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import addresses, issuers, keys, policies, signing, statuses
from lti_tool.badges.credential import AwardFacts, HashedEmail, compose, hashed_email
from lti_tool.badges.models import Award, BadgeIssuer, BadgeTerms
from lti_tool.badges.results import results_of
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.database import after_commit
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Person
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

log = structlog.get_logger()


def award(session: Session, here: Tool, *, enrollment_id: UUID, decided_at: datetime, is_test: bool = False) -> Award:
    """The award of an earned enrollment, made in the decision's unit of work; the same one when asked again.

    `is_test`: earned in a test environment, so that it is marked as a test everywhere.
    """
    existing = session.scalars(select(Award).where(Award.enrollment_id == enrollment_id)).one_or_none()
    if existing is not None:
        return existing
    enrollment = session.get_one(Enrollment, enrollment_id)
    version = session.get_one(MicrocredentialVersion, enrollment.version_id)
    issuer = issuers.for_award(
        session, here, district_id=enrollment.district_id, microcredential_id=version.microcredential_id, is_test=is_test
    )
    row = Award(
        district_id=enrollment.district_id,
        issuer_id=issuer.id,
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        version_id=enrollment.version_id,
        public_id=secrets.token_hex(12),
        is_public=False,
        is_test=is_test,
        credential=None,
        awarded_at=decided_at,
        valid_from=decided_at,
        valid_until=policies.ends(decided_at, valid_months(session, enrollment.district_id, version.microcredential_id)),
        signed_at=None,
    )
    session.add(row)
    session.flush()
    audit.record(session, district_id=row.district_id, at=here.clock(), action="badges:award:made", subject_id=row.id)
    return row


def valid_months(session: Session, district_id: UUID, microcredential_id: UUID) -> int | None:
    """For how long badges of this microcredential are valid; None: for good."""
    query = select(BadgeTerms.valid_months).where(
        BadgeTerms.microcredential_id == microcredential_id, BadgeTerms.district_id == district_id
    )
    return session.scalars(query).one_or_none()


def sign_due(here: Tool) -> int:
    """Sign awards that wait for it, oldest first, and status lists that changed; say how many awards were signed."""
    signed = sum(done for done, _ in signing_progress(here))
    statuses.sign_due(here)
    return signed


def signing_progress(here: Tool, issuer_id: UUID | None = None) -> Iterator[tuple[int, int]]:
    """Sign what waits, of one issuer or of all: (1 or 0 signed, how many were waiting), one at a time.

    One that can't be signed does not hold up the others. What was signed stays signed, so this can be stopped and begun again.
    """
    query = select(Award.id).where(Award.signing_due)
    if issuer_id is not None:
        query = query.where(Award.issuer_id == issuer_id)
    with here.database.read() as session:
        waiting = session.scalars(query.order_by(Award.awarded_at, Award.id)).all()
    for award_id in waiting:
        done = 0
        try:
            done = int(_sign(here, award_id))
        except (signing.SigningError, SecretLost, ValueError, KeyError) as error:
            log.error("badge_not_signed", award=str(award_id), kind=type(error).__name__)
        yield done, len(waiting)


def set_public(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, public: bool) -> Award:
    """Turn the award's public page on or off, for its own teacher. Raises Problem(not_found) for anybody else, and before it is signed."""
    row = _own(session, district_id, person_id, award_id)
    if row.credential is None:
        raise not_found("not signed yet")
    if row.is_public != public:
        row.is_public = public
        action = "badges:award:shown" if public else "badges:award:hidden"
        audit.record(session, district_id=district_id, at=here.clock(), action=action, actor_id=person_id, subject_id=row.id)
    return row


def set_agreement(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, results: bool, summary: str
) -> Award:
    """What the teacher lets the credential tell beside that every criterion was met: the levels reached, and a summary of the evidence
    in their own words. A change is signed anew with a new validFrom. Raises Problem(not_found) for anybody but its own teacher.
    """
    row = _own(session, district_id, person_id, award_id)
    if (row.tells_results, row.evidence_summary) != (results, summary):
        row.tells_results, row.evidence_summary = results, summary
        sign_anew(session, here, row)
        audit.record(
            session,
            district_id=district_id,
            at=here.clock(),
            action="badges:award:agreed",
            actor_id=person_id,
            subject_id=row.id,
            results=results,
            summary=bool(summary),
        )
    return row


def sign_anew(session: Session, here: Tool, row: Award) -> None:
    """The credential has to say something else from now on; what is served until then is the edition before."""
    row.revision += 1
    row.signing_due = True
    if row.credential is not None:
        row.valid_from = here.clock()
    after_commit(session, here.wake)


def _own(session: Session, district_id: UUID, person_id: UUID, award_id: UUID) -> Award:
    row = session.scalars(
        select(Award).where(Award.id == award_id, Award.district_id == district_id, Award.person_id == person_id).with_for_update()
    ).one_or_none()
    if row is None:
        raise not_found("no such award of this person")
    return row


@dataclass(frozen=True)
class _Work:
    """What it takes to sign one award: facts, the key, and which edition it is."""

    facts: AwardFacts
    revision: int
    key_id: UUID
    public: str
    private_pem: str


def _sign(here: Tool, award_id: UUID) -> bool:
    """Compose and sign outside any transaction, since that takes long, then store unless another worker was faster."""
    work = _prepare(here, award_id)
    if work is None:
        return False
    now = here.clock()
    method = signing.key_id(work.facts.issuer_id, work.public)
    credential = signing.sign(compose(work.facts), work.private_pem, method, created=now)
    with here.database.unit() as session:
        locked = session.scalars(
            select(Award).where(Award.id == award_id, Award.signing_due, Award.revision == work.revision).with_for_update()
        ).one_or_none()
        if locked is None:
            return False
        locked.credential, locked.signed_at, locked.key_id, locked.signing_due = credential, now, work.key_id, False
        locked.credential_jwt = locked.jwt_key_id = None
        audit.record(session, district_id=locked.district_id, at=now, action="badges:award:signed", subject_id=award_id, key=work.public)
    return True


def _prepare(here: Tool, award_id: UUID) -> _Work | None:
    with here.database.unit() as session:
        known = session.execute(select(Award.issuer_id, Award.status_list_id).where(Award.id == award_id)).one()
        if known.status_list_id is None:  # whoever changes an issuer and its awards locks in this order
            session.get_one(BadgeIssuer, known.issuer_id, with_for_update=True)
        row = session.scalars(select(Award).where(Award.id == award_id, Award.signing_due).with_for_update()).one_or_none()
        if row is None:
            return None
        key = keys.signing_key(session, here, row.issuer_id)
        pem = here.box.open(key.private_sealed)
        statuses.reserve(session, row)
        return _Work(_facts(session, here, row), row.revision, key.id, key.public_multibase or "", pem)


def _facts(session: Session, here: Tool, row: Award) -> AwardFacts:
    """What this badge says. It holds no name: the public page shows that, and only while the teacher wants it."""
    base = here.settings.base_url
    issuer = session.get_one(BadgeIssuer, row.issuer_id)
    person = session.get_one(Person, row.person_id)
    version = session.get_one(MicrocredentialVersion, row.version_id)
    achievement = addresses.version_url(base, issuer.slug, version.id)
    return AwardFacts(
        award_url=addresses.award_url(base, row.public_id),
        issuer_id=issuers.did(here, issuer),
        issuer_name=issuer.name,
        issuer_url=issuers.home(here, issuer),
        earner_id=uuid5(issuer.id if row.is_test else row.district_id, str(person.id)),
        content=MicrocredentialContent.model_validate(version.content),
        version_number=version.number,
        version_url=achievement,
        criteria_url=achievement,
        image_url=addresses.picture_url(base, issuer.slug, version.id, row.awarded_at.year),
        awarded_at=row.awarded_at,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        earner_email=_identity(row, person),
        publish_results=row.tells_results,
        results=results_of(session, row.enrollment_id) if row.tells_results else {},
        evidence_summary=row.evidence_summary,
        status_list_url=addresses.status_list_url(base, issuer.slug, statuses.number_of(session, row)),
        status_index=row.status_index or 0,
        profile=issuers.profile(session, here, issuer),
        ob2_version_url=addresses.ob2_version_url(base, issuer.slug, version.id),
        is_test=row.is_test,
    )


def _identity(row: Award, person: Person) -> HashedEmail | None:
    """The holder's address, hashed. A later edition says it as the first did: people change addresses, and are erased."""
    if row.credential is not None:
        for one in json.loads(row.credential)["credentialSubject"].get("identifier", []):
            if one["identityType"] == "emailAddress":
                return HashedEmail(one["identityHash"], one["salt"])
        return None
    return hashed_email(person.email, secrets.token_hex(8)) if person.email else None
