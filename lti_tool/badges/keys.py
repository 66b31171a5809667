"""Keys of issuers: made when first needed, rotated, and taken out of use for good when somebody else may have them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import signing, vc_jwt
from lti_tool.badges.models import Award, BadgeIssuer, IssuerKey, StatusList
from lti_tool.tool import Tool

KINDS = ("ed25519", "rsa")


def signing_key(session: Session, here: Tool, issuer_id: UUID, kind: str = "ed25519") -> IssuerKey:
    """The issuer's newest key in use of this kind; made when it has none, once, also by two processes at the same time."""
    key = session.scalars(_in_use(issuer_id, kind)).first()
    if key is None:
        issuer = session.get_one(BadgeIssuer, issuer_id, with_for_update=True)
        key = session.scalars(_in_use(issuer_id, kind)).first() or _make(session, here, issuer, kind)
    return key


def rotate(session: Session, here: Tool, issuer_id: UUID) -> list[IssuerKey]:
    """New keys sign from now on; the older ones stay published, so that what they signed stays valid. Returns the new ones."""
    issuer = session.get_one(BadgeIssuer, issuer_id, with_for_update=True)
    older = session.scalars(select(IssuerKey).where(IssuerKey.issuer_id == issuer.id, IssuerKey.retired_at.is_(None))).all()
    for key in older:
        key.retired_at = here.clock()
    session.flush()
    return [_make(session, here, issuer, kind) for kind in KINDS if kind == "ed25519" or any(key.kind == kind for key in older)]


def compromise(session: Session, here: Tool, issuer_id: UUID, *, name: str = "") -> int:
    """Keys may be in other hands: the one of this name, or those that sign now. They are not published any more, so nothing that they
    signed is valid, ours and others' alike. New keys sign, and every award signed with the lost ones is due again, with a new validFrom.

    Returns how many awards. Raises LookupError for a name that is no key of this issuer, or one that was marked before.
    """
    now = here.clock()
    issuer = session.get_one(BadgeIssuer, issuer_id, with_for_update=True)
    ours = select(IssuerKey).where(IssuerKey.issuer_id == issuer.id, IssuerKey.compromised_at.is_(None))
    named = or_(IssuerKey.public_multibase == name, IssuerKey.kid == name) if name else IssuerKey.retired_at.is_(None)
    lost = session.scalars(ours.where(named)).all()
    if name and not lost:
        raise LookupError(name)
    kinds = {key.kind for key in lost if key.retired_at is None}
    for key in lost:
        key.retired_at, key.compromised_at = key.retired_at or now, now
        audit.record(session, district_id=issuer.district_id, at=now, action="badges:key:compromised", subject_id=key.id)
    session.flush()
    ids = [key.id for key in lost]
    session.execute(update(Award).where(Award.jwt_key_id.in_(ids)).values(credential_jwt=None, jwt_key_id=None))
    theirs = update(Award).where(Award.key_id.in_(ids))
    marked: Any = session.execute(theirs.values(signing_due=True, revision=Award.revision + 1, valid_from=now))
    session.execute(update(StatusList).where(StatusList.issuer_id == issuer.id).values(changes=StatusList.changes + 1))
    for kind in KINDS:
        if kind in kinds:
            _make(session, here, issuer, kind)
    return int(marked.rowcount)


def unfinished(session: Session, issuer_id: UUID) -> int:
    """Awards whose credential still bears the signature of a compromised key."""
    lost = select(IssuerKey.id).where(IssuerKey.issuer_id == issuer_id, IssuerKey.compromised_at.is_not(None))
    return session.scalar(select(func.count()).select_from(Award).where(Award.issuer_id == issuer_id, Award.key_id.in_(lost))) or 0


def published(session: Session, issuer_id: UUID) -> list[IssuerKey]:
    """Every key that verifiers may find, newest first."""
    query = select(IssuerKey).where(IssuerKey.issuer_id == issuer_id, IssuerKey.compromised_at.is_(None))
    return list(session.scalars(query.order_by(IssuerKey.created_at.desc(), IssuerKey.id.desc())))


def _in_use(issuer_id: UUID, kind: str) -> Select[IssuerKey]:
    query = select(IssuerKey).where(IssuerKey.issuer_id == issuer_id, IssuerKey.kind == kind, IssuerKey.retired_at.is_(None))
    return query.order_by(IssuerKey.created_at.desc(), IssuerKey.id.desc()).limit(1)


def _make(session: Session, here: Tool, issuer: BadgeIssuer, kind: str) -> IssuerKey:
    key = IssuerKey(district_id=issuer.district_id, issuer_id=issuer.id, kind=kind, created_at=here.clock(), retired_at=None)
    if kind == "rsa":
        pem = vc_jwt.generate_key()
        jwk = vc_jwt.public_jwk(pem)
        key.kid, key.public_jwk = vc_jwt.thumbprint(jwk), jwk
    else:
        pem = signing.generate_key()
        key.public_multibase = signing.public_multibase(pem)
    key.private_sealed = here.box.seal(pem)
    session.add(key)
    session.flush()
    audit.record(session, district_id=issuer.district_id, at=here.clock(), action="badges:key:made", subject_id=key.id, kind=kind)
    return key
