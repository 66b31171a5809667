"""What a state or an association says of an issuer: an EndorsementCredential that they signed (Open Badges 3.0, "Endorsement").

It is taken in only if it is signed by whoever it names, says something about this issuer, and can stand inside our badges.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.did import fetch_did_web_document, resolve_did
from openbadgeslib.ob3.ldp import verify_data_integrity_proof
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.badges import issuers, signing
from lti_tool.badges.credential import CONTEXTS
from lti_tool.badges.models import BadgeIssuer, IssuerEndorsement
from lti_tool.errors import conflict, not_found
from lti_tool.http import HttpFailure
from lti_tool.language import _
from lti_tool.tool import Tool

MOST_BYTES: Final = 64 * 1024
"""Of one endorsement: it stands in every badge of the issuer."""
_MOST: Final = 5
_LONGEST: Final = 2000


class Refused(Exception):
    """The text is no endorsement that could be taken in; the message says why, for the person."""


@dataclass(frozen=True)
class Endorsement:
    """One that was checked. `document` is the text as it came."""

    document: bytes
    endorser_id: str
    endorser_name: str
    comment: str
    valid_until: datetime | None


def check(text: str, *, subjects: frozenset[str], now: datetime, fetch: Callable[[str], bytes]) -> Endorsement:
    """Read and verify. `subjects`: the ids by which the issuer is known; `fetch` gets a DID document. Raises Refused."""
    raw = text.strip().encode()
    if len(raw) > MOST_BYTES:
        raise Refused(_("It is longer than 64 KB."))
    try:
        document = json.loads(raw)
        kinds = document["type"]
        subject = document["credentialSubject"]
        issuer = document["issuer"]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise Refused(_("This is no endorsement in JSON. Paste the whole text that the endorser sent, from { to }.")) from None
    if not isinstance(kinds, list) or not {"VerifiableCredential", "EndorsementCredential"} <= {str(kind) for kind in kinds}:
        raise Refused(_("This is signed, perhaps, but it is no EndorsementCredential."))
    if not isinstance(subject, dict) or subject.get("id") not in subjects:
        raise Refused(_("It endorses somebody else. The endorser has to name this issuer as its subject, as shown on this page."))
    endorser = issuer.get("id") if isinstance(issuer, dict) else issuer
    if not isinstance(endorser, str) or endorser in subjects:
        raise Refused(_("It does not say who endorses, or it is this issuer’s own."))
    begin, end = _time(document.get("validFrom")), _time(document.get("validUntil"))
    if begin is None or begin > now or (end is not None and end <= now):
        raise Refused(_("It is not valid today."))
    _verify(document, endorser, fetch)
    _fits(document)
    name = issuer.get("name") if isinstance(issuer, dict) else ""
    comment = subject.get("endorsementComment")
    shown = name if isinstance(name, str) and name.strip() else endorser
    return Endorsement(raw, endorser, shown[:200], comment[:_LONGEST] if isinstance(comment, str) else "", end)


def add(session: Session, here: Tool, row: BadgeIssuer, checked: Endorsement, *, actor_id: UUID) -> IssuerEndorsement:
    """Put it into every badge that the issuer signs from now on. Raises Problem(conflict) when it is there, or for the sixth one."""
    there = select(func.count()).select_from(IssuerEndorsement).where(IssuerEndorsement.issuer_id == row.id)
    if session.scalar(there.where(IssuerEndorsement.document == checked.document)):
        raise conflict(_("This endorsement is there already."), "endorsement")
    if (session.scalar(there) or 0) >= _MOST:
        raise conflict(_("An issuer can have five endorsements. Remove one first."), "endorsements")
    said = IssuerEndorsement(
        district_id=row.district_id,
        issuer_id=row.id,
        document=checked.document,
        endorser_id=checked.endorser_id,
        endorser_name=checked.endorser_name,
        comment=checked.comment,
        valid_until=checked.valid_until,
        added_at=here.clock(),
    )
    session.add(said)
    session.flush()
    _record(session, here, row, "endorsed", actor_id, said.id)
    return said


def remove(session: Session, here: Tool, row: BadgeIssuer, endorsement_id: UUID, *, actor_id: UUID) -> None:
    """Leave it out of what is signed from now on. Raises Problem(not_found)."""
    said = session.scalars(
        select(IssuerEndorsement).where(IssuerEndorsement.id == endorsement_id, IssuerEndorsement.issuer_id == row.id)
    ).one_or_none()
    if said is None:
        raise not_found("no such endorsement")
    session.delete(said)
    _record(session, here, row, "unendorsed", actor_id, endorsement_id)


def fetcher(here: Tool) -> Callable[[str], bytes]:
    """Gets DID documents of endorsers from the open network, by the tool's one door to it."""

    def fetch(url: str) -> bytes:
        reply = here.http.request("GET", url, headers={"Accept": "application/did+json, application/json"}, max_bytes=64 * 1024, seconds=8)
        if not reply.ok:
            raise HttpFailure("status", str(reply.status))
        return reply.body

    return fetch


def subjects(here: Tool, row: BadgeIssuer) -> frozenset[str]:
    """The ids by which others may name this issuer."""
    return frozenset({issuers.did(here, row)})


def _verify(document: dict[str, Any], endorser: str, fetch: Callable[[str], bytes]) -> None:
    try:
        proofs = document["proof"]
        (proof,) = proofs if isinstance(proofs, list) else [proofs]
        method = proof["verificationMethod"]
        if method.partition("#")[0] != endorser:
            raise Refused(_("It is signed with a key of somebody else than the endorser."))
        verify_data_integrity_proof(document, _key(endorser, method, fetch))
    except HttpFailure:
        raise Refused(_("The endorser’s keys could not be fetched from %(place)s. Try again later.", place=_place(endorser))) from None
    except (LibOpenBadgesException, ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise Refused(_("The signature is not valid: the text was changed, or it is not signed by the endorser it names.")) from None


def _key(endorser: str, method: str, fetch: Callable[[str], bytes]) -> bytes:
    if endorser.startswith("did:key:"):
        return bytes(resolve_did(endorser))
    if not endorser.startswith("did:web:"):
        raise Refused(_("The endorser has to be known by a did:web or did:key name; others can’t be checked here."))
    failed: list[HttpFailure] = []

    def watched(url: str) -> bytes:
        try:
            return fetch(url)
        except HttpFailure as failure:
            failed.append(failure)
            raise

    try:
        return signing.assertion_key(fetch_did_web_document(endorser, watched), endorser, method)
    except LibOpenBadgesException:
        if failed:
            raise failed[0] from None
        raise


def _fits(document: dict[str, Any]) -> None:
    """Whether a badge with this in it can be signed, every word of it covered."""
    key = signing.generate_key()
    did = "did:web:badges.invalid:issuers:probe"
    profile = {"id": did, "type": ["Profile"], "name": "Probe", "url": "https://badges.invalid/", "endorsement": [document]}
    achievement = {
        "id": "https://badges.invalid/achievement",
        "type": ["Achievement"],
        "name": "Probe",
        "description": "Probe",
        "criteria": {"narrative": "Probe"},
    }
    probe = {
        "@context": list(CONTEXTS),
        "id": "https://badges.invalid/badge",
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": "Probe",
        "issuer": profile,
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {
            "id": "urn:uuid:00000000-0000-4000-8000-000000000000",
            "type": ["AchievementSubject"],
            "achievement": achievement,
        },
    }
    multibase = signing.public_multibase(key)
    try:
        signed = signing.sign(probe, key, signing.key_id(did, multibase), created=datetime(2026, 1, 1, tzinfo=UTC))
        if not signing.verify(signed, signing.did_document(did, [multibase])).valid:
            raise Refused(_("It holds something that its signature does not cover, so it can’t stand inside a badge."))
    except signing.SigningError:
        raise Refused(_("It holds something that its signature does not cover, so it can’t stand inside a badge.")) from None


def _time(value: object) -> datetime | None:
    try:
        moment = datetime.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return moment if moment is not None and moment.tzinfo is not None else None


def _place(endorser: str) -> str:
    return urlsplit("https://" + endorser.removeprefix("did:web:").partition(":")[0]).netloc[:100]


def _record(session: Session, here: Tool, row: BadgeIssuer, verb: str, actor_id: UUID, said_id: UUID) -> None:
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        action=f"badges:issuer:{verb}",
        actor_id=actor_id,
        subject_id=row.id,
        endorsement=str(said_id),
    )
