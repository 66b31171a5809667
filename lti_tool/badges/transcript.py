"""Everything that a teacher has earned, in one signed record (1EdTech Comprehensive Learner Record 2.0, ClrCredential)."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from openbadgeslib.ob3.clr import build_clr_credential
from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.badges import addresses, issuers, keys, policies, signing
from lti_tool.badges.models import Award
from lti_tool.tool import Tool

_MOST = 60
"""Badges in one record: a signed document has to stay within what verifiers read."""


def signed(here: Tool, *, district_id: UUID, person_id: UUID) -> bytes | None:
    """The record of the newest badges that stand today, signed by the district's own issuer; None without one.

    Revoked, expired and test badges are not in it. Raises secrets_box.SecretLost, signing.SigningError.
    """
    now = here.clock().replace(microsecond=0)
    with here.database.read() as session:
        members = _members(session, district_id, person_id, now)
    if not members:
        return None
    with here.database.unit() as session:
        issuer = issuers.default(session, here, district_id)
        key = keys.signing_key(session, here, issuer.id)
        pem = here.box.open(key.private_sealed)
        profile = issuers.document(session, here, issuer)
    holder = members[0]["credentialSubject"]
    identifiers = holder.get("identifier") or [_unnamed(holder["id"])]
    page = addresses.issuer_url(here.settings.base_url, issuer.slug)
    document: dict[str, Any] = build_clr_credential(
        profile, identifiers, members, credential_id=uuid5(district_id, f"transcript {person_id} {now}").urn, valid_from=now
    )
    document["name"] = f"Microcredentials earned at {issuer.name}"
    document["description"] = f"Every badge in this record is signed by itself. Issued through {page}."
    document["credentialSubject"] = {"id": holder["id"], **document["credentialSubject"], "type": ["ClrSubject"]}
    return signing.sign_other(document, pem, signing.key_id(profile["id"], key.public_multibase or ""), created=now)


def _unnamed(urn: str) -> dict[str, Any]:
    """A holder without an e-mail address is known by the pseudonym that the badges bear."""
    return {"type": "IdentityObject", "hashed": False, "identityType": "identifier", "identityHash": urn}


def _members(session: Session, district_id: UUID, person_id: UUID, now: datetime) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(Award)
        .where(Award.district_id == district_id, Award.person_id == person_id, Award.credential.is_not(None), Award.is_test.is_(False))
        .order_by(Award.awarded_at.desc(), Award.id.desc())
    )
    standing = [
        row.credential
        for row in rows
        if row.credential and policies.state(revoked_at=row.revoked_at, valid_until=row.valid_until, now=now) == "active"
    ]
    return [json.loads(credential) for credential in standing[:_MOST]]
