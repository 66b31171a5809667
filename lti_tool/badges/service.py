"""Awards come into being with the decision, are signed by the worker, and are public only while their teacher wants it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from datetime import datetime
from uuid import UUID, uuid5

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import addresses, signing
from lti_tool.badges.credential import AwardFacts, compose, hashed_email
from lti_tool.badges.exceptions import ASSESSED_BY, by_exception
from lti_tool.badges.models import Award, IssuerKey
from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.catalog.models import MicrocredentialVersion
from lti_tool.errors import not_found
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Person
from lti_tool.platforms.models import District
from lti_tool.secrets_box import SecretLost
from lti_tool.tool import Tool

log = structlog.get_logger()


def award(session: Session, here: Tool, *, enrollment_id: UUID, decided_at: datetime) -> Award:
    """The award of an earned enrollment, made in the decision's unit of work; the same one when asked again."""
    existing = session.scalars(select(Award).where(Award.enrollment_id == enrollment_id)).one_or_none()
    if existing is not None:
        return existing
    enrollment = session.get_one(Enrollment, enrollment_id)
    row = Award(
        district_id=enrollment.district_id,
        enrollment_id=enrollment.id,
        person_id=enrollment.person_id,
        version_id=enrollment.version_id,
        public_id=secrets.token_hex(12),
        is_public=False,
        credential=None,
        awarded_at=decided_at,
        signed_at=None,
    )
    session.add(row)
    session.flush()
    audit.record(session, district_id=row.district_id, at=here.clock(), action="badges:award:made", subject_id=row.id)
    return row


def sign_due(here: Tool) -> int:
    """Sign awards that wait for it, oldest first, and say how many were signed. One that can't be signed does not hold up the others."""
    with here.database.read() as session:
        waiting = session.scalars(select(Award.id).where(Award.signed_at.is_(None)).order_by(Award.awarded_at, Award.id)).all()
    signed = 0
    for award_id in waiting:
        try:
            signed += _sign(here, award_id)
        except (signing.SigningError, SecretLost, ValueError) as error:
            log.error("badge_not_signed", award=str(award_id), kind=type(error).__name__)
    return signed


def set_public(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, award_id: UUID, public: bool) -> Award:
    """Turn the award's public page on or off, for its own teacher. Raises Problem(not_found) for anybody else, and before it is signed."""
    row = session.scalars(
        select(Award).where(Award.id == award_id, Award.district_id == district_id, Award.person_id == person_id).with_for_update()
    ).one_or_none()
    if row is None or row.credential is None:
        raise not_found("no such award of this person")
    if row.is_public != public:
        row.is_public = public
        action = "badges:award:shown" if public else "badges:award:hidden"
        audit.record(session, district_id=district_id, at=here.clock(), action=action, actor_id=person_id, subject_id=row.id)
    return row


def _sign(here: Tool, award_id: UUID) -> bool:
    """Compose and sign outside any transaction, since that takes long, then store unless another worker was faster."""
    with here.database.unit() as session:
        row = session.get_one(Award, award_id)
        key = _signing_key(session, here, row.district_id)
        private_pem = here.box.open(key.private_sealed)
        facts = _facts(session, here, row)
    now = here.clock()
    method = signing.key_id(facts.issuer_id, key.public_multibase)
    credential = signing.sign(compose(facts), private_pem, method, created=now)
    with here.database.unit() as session:
        locked = session.scalars(select(Award).where(Award.id == award_id, Award.signed_at.is_(None)).with_for_update()).one_or_none()
        if locked is None:
            return False
        locked.credential, locked.signed_at = credential, now
        audit.record(
            session, district_id=locked.district_id, at=now, action="badges:award:signed", subject_id=award_id, key=key.public_multibase
        )
    return True


def _signing_key(session: Session, here: Tool, district_id: UUID) -> IssuerKey:
    """The district's newest key in use; made when it has none."""
    key = session.scalars(
        select(IssuerKey)
        .where(IssuerKey.district_id == district_id, IssuerKey.retired_at.is_(None))
        .order_by(IssuerKey.created_at.desc(), IssuerKey.id.desc())
        .limit(1)
    ).one_or_none()
    if key is None:
        pem = signing.generate_key()
        key = IssuerKey(
            district_id=district_id,
            public_multibase=signing.public_multibase(pem),
            private_sealed=here.box.seal(pem),
            created_at=here.clock(),
            retired_at=None,
        )
        session.add(key)
        session.flush()
        audit.record(session, district_id=district_id, at=here.clock(), action="badges:key:made", subject_id=key.id)
    return key


def _facts(session: Session, here: Tool, row: Award) -> AwardFacts:
    """What this badge says. It holds no name: the public page shows that, and only while the teacher wants it."""
    base = here.settings.base_url
    district = session.get_one(District, row.district_id)
    person = session.get_one(Person, row.person_id)
    version = session.get_one(MicrocredentialVersion, row.version_id)
    achievement = addresses.version_url(base, district.slug, version.id)
    facts = AwardFacts(
        award_url=addresses.award_url(base, row.public_id),
        issuer_id=signing.issuer_did(base, district.slug),
        issuer_name=district.name,
        issuer_url=addresses.issuer_url(base, district.slug),
        earner_id=uuid5(district.id, str(person.id)),
        content=MicrocredentialContent.model_validate(version.content),
        version_number=version.number,
        version_url=achievement,
        criteria_url=achievement,
        image_url=addresses.picture_url(base, district.slug, version.id, row.awarded_at.year),
        awarded_at=row.awarded_at,
        valid_from=row.awarded_at,
        earner_email=hashed_email(person.email, secrets.token_hex(8)) if person.email else None,
    )
    return replace(facts, assessed_by=ASSESSED_BY) if by_exception(session, row.enrollment_id) else facts
