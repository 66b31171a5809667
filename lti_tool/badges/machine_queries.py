"""What programs ask for: an award in its other formats, issuers' keys, the achievement behind a badge."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from lti_tool.badges import addresses, signing
from lti_tool.badges.models import Award, BadgeIssuer, IssuerKey
from lti_tool.tool import Tool


def issuer_row(session: Session, slug: str) -> BadgeIssuer | None:
    """The issuer at this address, with its logo, once it has a key."""
    return session.scalars(
        select(BadgeIssuer)
        .options(undefer(BadgeIssuer.logo))
        .where(BadgeIssuer.slug == slug, select(IssuerKey.id).where(IssuerKey.issuer_id == BadgeIssuer.id).exists())
    ).one_or_none()


def achievement(session: Session, slug: str, version_id: UUID) -> dict[str, Any] | None:
    """The Achievement as this issuer's newest badge of this version says it; None before one is signed."""
    newest = session.scalars(
        select(Award.credential)
        .join(BadgeIssuer, BadgeIssuer.id == Award.issuer_id)
        .where(BadgeIssuer.slug == slug, Award.version_id == version_id, Award.credential.is_not(None))
        .order_by(Award.signed_at.desc(), Award.id.desc())
        .limit(1)
    ).first()
    if newest is None:
        return None
    found: dict[str, Any] = json.loads(newest)["credentialSubject"]["achievement"]
    return found


def jwks(session: Session, here: Tool, slug: str | None = None) -> dict[str, Any]:
    """The RSA keys that sign VC-JWTs, of one issuer or of all, as a JWK Set. Each says whose it is, since many issuers share the host."""
    query = (
        select(IssuerKey, BadgeIssuer.slug)
        .join(BadgeIssuer, BadgeIssuer.id == IssuerKey.issuer_id)
        .where(IssuerKey.kind == "rsa", IssuerKey.compromised_at.is_(None))
        .order_by(IssuerKey.created_at.desc(), IssuerKey.id.desc())
    )
    rows = session.execute(query if slug is None else query.where(BadgeIssuer.slug == slug))
    return {"keys": [jwk(here, key, whose) for key, whose in rows]}


def jwk(here: Tool, key: IssuerKey, slug: str) -> dict[str, Any]:
    """One RSA key: its `kid` is the address that answers it, `iss` the issuer."""
    base = here.settings.base_url
    return {
        **key.public_jwk,
        "kid": addresses.key_url(base, slug, key.kid or ""),
        "iss": signing.issuer_did(base, slug),
    }


def rsa_key(session: Session, slug: str, kid: str) -> IssuerKey | None:
    """The published RSA key of this name."""
    return session.scalars(
        select(IssuerKey)
        .join(BadgeIssuer, BadgeIssuer.id == IssuerKey.issuer_id)
        .where(BadgeIssuer.slug == slug, IssuerKey.kid == kid, IssuerKey.compromised_at.is_(None))
    ).one_or_none()
