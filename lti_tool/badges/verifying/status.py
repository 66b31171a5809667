"""Whether a badge was revoked: Bitstring Status List 1.0, and 1EdTech's older revocation list, which is only read.

A list counts if the badge's own issuer signed it. What cannot be read is never taken for "not revoked".
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

import jwt
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.ldp import verify_data_integrity_proof
from openbadgeslib.ob3.status import decode_encoded_list

from lti_tool.badges.verifying import keys
from lti_tool.badges.verifying.fetching import NotReached, Visit
from lti_tool.badges.verifying.findings import Finding, Unreadable
from lti_tool.badges.verifying.reading import parse
from lti_tool.badges.verifying.times import LEEWAY, moment
from lti_tool.language import _

_MEMBERS: Final = frozenset(
    {"@context", "id", "type", "name", "description", "issuer", "validFrom", "validUntil", "credentialSubject", "proof"}
)
_TOKEN_MEMBERS: Final = _MEMBERS | {"iss", "sub", "jti", "nbf", "iat", "exp", "vc"}
_SUBJECT: Final = frozenset({"id", "type", "statusPurpose", "encodedList", "ttl"})
_CONTEXTS: Final = [
    "https://www.w3.org/ns/credentials/v2",
    "https://w3id.org/security/data-integrity/v2",
    *(f"https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.{revision}.json" for revision in (1, 2, 3)),
]


class _NoList(Exception):
    """There is no list to go by. The words are for people."""


def revoked(visit: Visit, document: dict[str, Any], issuer: str, now: datetime) -> Finding:
    """What the issuer's list says about this badge."""
    entries = document.get("credentialStatus")
    entries = entries if isinstance(entries, list) else [] if entries is None else [entries]
    if not entries:
        return Finding(
            "revoked",
            "note",
            _("Its issuer can’t take it back"),
            _("The badge names no list of revoked badges, so nobody could see that it was."),
        )
    try:
        for entry in entries[:4]:
            if not isinstance(entry, dict):
                raise _NoList(_("it names the list in a way that can’t be read"))
            if found := _entry(visit, entry, document, issuer, now):
                return found
    except NotReached as failure:
        return _unsure(
            _("The list of revoked badges should be at %(host)s, but %(words)s. Try again later.", host=failure.host, words=failure.words)
        )
    except _NoList as error:
        return _unsure(_("The list of revoked badges counts for nothing: %(error)s.", error=error))
    return Finding(
        "revoked", "good", _("It has not been revoked"), _("The issuer’s list was read just now, and this badge does not stand on it.")
    )


def _unsure(text: str) -> Finding:
    return Finding("revoked", "unsure", _("Whether it was revoked could not be found out"), text)


def _bad(purpose: str, reason: str = "") -> Finding:
    words = _("Its issuer has suspended it for the time being") if purpose == "suspension" else _("It has been revoked")
    return Finding("revoked", "bad", words, reason or _("It stands on the issuer’s list: it does not count any more."))


def _entry(visit: Visit, entry: dict[str, Any], document: dict[str, Any], issuer: str, now: datetime) -> Finding | None:
    """A finding if this entry says that the badge does not count."""
    types = entry.get("type")
    types = types if isinstance(types, list) else [types]
    if "1EdTechRevocationList" in types:
        return _old_list(visit, entry, document, issuer)
    if "BitstringStatusListEntry" not in types:
        raise _NoList(_("it is of a kind that this page does not know"))
    purpose, url, index = entry.get("statusPurpose"), entry.get("statusListCredential"), str(entry.get("statusListIndex"))
    if purpose not in ("revocation", "suspension"):
        return None  # a message or a refresh, which says nothing about validity
    if (
        not isinstance(url, str)
        or not index.isascii()
        or not index.isdigit()
        or len(index) > 10
        or entry.get("statusSize", 1) not in (1, "1")
    ):
        raise _NoList(_("it names no place on the list that can be read"))
    subject = _subject(visit, visit.text(url), issuer, now)
    if purpose not in (subject["statusPurpose"] if isinstance(subject["statusPurpose"], list) else [subject["statusPurpose"]]):
        raise _NoList(_("it is a list of something else"))
    try:
        bits = decode_encoded_list(subject["encodedList"])
    except (LibOpenBadgesException, ValueError, KeyError) as error:
        raise _NoList(_("it can’t be unpacked")) from error
    place, bit = divmod(int(index), 8)
    if place >= len(bits):
        raise _NoList(_("it is shorter than the badge’s place on it"))
    return _bad(purpose) if bits[place] & (0x80 >> bit) else None


def _subject(visit: Visit, text: str, issuer: str, now: datetime) -> dict[str, Any]:
    """What a list says, once its signature is the badge's issuer's and it is of today."""
    signed = _from_document(visit, text, issuer) if text.startswith("{") else _from_token(visit, text, issuer)
    begin, end = moment(signed.get("validFrom", "1970-01-01T00:00:00Z")), moment(signed.get("validUntil", "9000-01-01T00:00:00Z"))
    if begin is None or end is None or begin > now + LEEWAY or end < now - LEEWAY:
        raise _NoList(_("it is not of today"))
    subject = signed.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and len(subject) == 1 else subject
    if not isinstance(subject, dict) or not set(subject) <= _SUBJECT or "encodedList" not in subject or "statusPurpose" not in subject:
        raise _NoList(_("it holds something that its signature may not cover, or lacks what it needs"))
    return subject


def _issued_by(document: dict[str, Any]) -> Any:
    named = document.get("issuer")
    return named.get("id") if isinstance(named, dict) else named


def _from_document(visit: Visit, text: str, issuer: str) -> dict[str, Any]:
    document = _parsed(text)
    proofs = document.get("proof")
    proofs = proofs if isinstance(proofs, list) else [proofs]
    if len(proofs) != 1 or not isinstance(proofs[0], dict):
        raise _NoList(_("it is not signed, or by several"))
    # Terms outside these contexts would not be covered by the signature, and could say whatever they like.
    context = document.get("@context")
    contexts = context if isinstance(context, list) else [context]
    if not set(document) <= _MEMBERS or contexts[:1] != _CONTEXTS[:1] or any(one not in _CONTEXTS for one in contexts):
        raise _NoList(_("it holds something that its signature may not cover"))
    key = _key(issuer, _issued_by(document), lambda: keys.of_method(visit, issuer, str(proofs[0].get("verificationMethod", ""))))
    try:
        verify_data_integrity_proof(document, key)
    except (LibOpenBadgesException, ValueError, TypeError) as error:
        raise _NoList(_("its signature is not right")) from error
    return document


def _from_token(visit: Visit, text: str, issuer: str) -> dict[str, Any]:
    try:
        header = jwt.get_unverified_header(text)
        claimed = jwt.decode(text, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise _NoList(_("it is no document and no token")) from error
    inner = claimed.get("vc", claimed)
    if not isinstance(inner, dict) or not set(claimed) <= _TOKEN_MEMBERS:
        raise _NoList(_("it can’t be read"))
    key = _key(issuer, _issued_by(inner), lambda: keys.of_token(visit, issuer, header))
    try:
        jwt.decode(
            text,
            key,
            algorithms=["RS256", "ES256", "EdDSA"],
            options={"verify_aud": False, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
        )
    except (jwt.InvalidTokenError, ValueError, TypeError) as error:
        raise _NoList(_("its signature is not right")) from error
    return inner


def _key(issuer: str, list_issuer: Any, find: Any) -> bytes:
    if list_issuer != issuer:
        raise _NoList(_("somebody else than the badge’s issuer made it"))
    key: keys.Key = find()
    if key.pem is None or key.bond == "none":
        raise _NoList(_("its signature can’t be checked"))
    return key.pem


def _parsed(text: str) -> dict[str, Any]:
    try:
        return parse(text)
    except Unreadable as error:
        raise _NoList(_("it can’t be read")) from error


def _old_list(visit: Visit, entry: dict[str, Any], document: dict[str, Any], issuer: str) -> Finding | None:
    url = entry.get("id")
    if not isinstance(url, str):
        raise _NoList(_("it is not said where it is"))
    found = visit.json(url)
    if _issued_by(found) != issuer:
        raise _NoList(_("somebody else than the badge’s issuer made it"))
    listed = found.get("revokedCredential")
    for one in listed if isinstance(listed, list) else []:
        if one == document.get("id") or (isinstance(one, dict) and one.get("id") == document.get("id") and one.get("revoked", True)):
            return _bad("revocation")
    return None
