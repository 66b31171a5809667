"""Open Badges 3.0: a document with a proof inside (eddsa-rdfc-2022), or a signed token (VC-JWT)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final

import jwt
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.ldp import OB3LdpVerifier
from openbadgeslib.ob3.verifier import OB3Verifier

from lti_tool.badges.verifying import keys
from lti_tool.badges.verifying.fetching import Visit, tell
from lti_tool.badges.verifying.findings import Facts, Finding, Identity, Report, State, Unreadable, line
from lti_tool.badges.verifying.reading import parse
from lti_tool.badges.verifying.status import revoked
from lti_tool.badges.verifying.times import moment, still_valid
from lti_tool.language import _

_TYPES: Final = {"OpenBadgeCredential", "AchievementCredential"}
_AFTER_SIGNATURE: Final = ("Credential has expired", "Credential is not yet valid")
_KNOWN_SUITE: Final = "eddsa-rdfc-2022"
_TERMS: Final = re.compile(r"\(at ([^)]{1,200})\)")


def of_document(visit: Visit, text: str, now: datetime) -> Report:
    """A document with its proof inside. Raises Unreadable when it is none that can be checked."""
    document = parse(text)
    issuer = _issuer(document)
    proof = _proof(document)
    key = keys.of_method(visit, issuer, str(proof.get("verificationMethod", "")))
    findings = _judged(key, document, lambda pem: OB3LdpVerifier(pem).verify(text))
    return _report(visit, document, issuer, now, findings, text, _("Open Badges 3.0, signed inside the document"))


def of_token(visit: Visit, text: str, now: datetime) -> Report:
    """A signed token. Raises Unreadable when it is none that can be checked."""
    try:
        header = jwt.get_unverified_header(text)
        claims = jwt.decode(text, options={"verify_signature": False})
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise Unreadable(_("This can’t be read"), _("It looks like a signed token, but it is damaged or incomplete.")) from error
    claims = parse(tell(claims))
    if isinstance(claims.get("vc"), dict) and not _TYPES & set(_strings(claims.get("type"))):
        raise Unreadable(
            _("This badge is of an older kind"), _("It wraps its credential the old way (a “vc” claim), which Open Badges 3.0 does not.")
        )
    issuer = _issuer(claims)
    key = keys.of_token(visit, issuer, header)
    findings = _judged(key, claims, lambda pem: OB3Verifier(pem).verify(text))
    return _report(visit, claims, issuer, now, findings, text, _("Open Badges 3.0, a signed token"))


def _strings(value: Any) -> list[str]:
    return [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, str)]


def _issuer(document: dict[str, Any]) -> str:
    types = set(_strings(document.get("type")))
    if not types & _TYPES:
        names = ", ".join(sorted(types))[:80] or "nothing"
        raise Unreadable(
            _("This is not a badge"),
            _("It is signed or could be, but it says of itself that it is %(names)s, not an Open Badge.", names=names),
        )
    named = document.get("issuer")
    found = named.get("id") if isinstance(named, dict) else named
    if not isinstance(found, str) or not 4 < len(found) < 1000:
        raise Unreadable(_("This badge names no issuer"), _("Without one there is nobody whose signature could be checked."))
    return found


def _proof(document: dict[str, Any]) -> dict[str, Any]:
    proofs = document.get("proof")
    found = [one for one in (proofs if isinstance(proofs, list) else [proofs]) if isinstance(one, dict)]
    if not found:
        raise Unreadable(
            _("This badge is not signed"), _("Anybody could have written it. Ask for the original file, which carries a signature.")
        )
    known = [one for one in found if one.get("cryptosuite") == _KNOWN_SUITE]
    if len(known) != 1:
        names = ", ".join(sorted({str(one.get("cryptosuite") or one.get("type"))[:40] for one in found}))
        raise Unreadable(
            _("This page can’t check this kind of signature"),
            _("The badge is signed with %(names)s. That may be all right; ask its issuer for a verifier that knows it.", names=names),
        )
    return known[0]


def _judged(key: keys.Key, document: dict[str, Any], verify: Any) -> list[Finding]:
    """Who signed, and whether it is unchanged."""
    if key.pem is None:
        state: State = "bad" if key.wrong else "unsure"
        return [
            Finding("unchanged", "unsure", _("Whether it was changed could not be found out"), _("That takes the issuer’s key.")),
            Finding("signer", state, _("Not signed by its issuer") if key.wrong else _("The issuer’s key could not be had"), key.problem),
        ]
    try:
        verify(key.pem)
    except (LibOpenBadgesException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        words = str(error)
        if not words.startswith(_AFTER_SIGNATURE):
            return [_failed(words), *([_signer(key, document)] if key.wrong else [])]
    return [
        Finding(
            "unchanged",
            "good",
            _("Nobody has changed it since it was signed"),
            _("Every word of it is covered by the signature, which is right."),
        ),
        _signer(key, document),
    ]


def _failed(words: str) -> Finding:
    """What the library refused, told so that somebody can act on it."""
    if "not in compacted form" in words or "other than by its term" in words or "dropped" in words or " drops" in words:
        places = _TERMS.search(words)
        words = (
            _("Somebody may have put it in after it was signed. It is at %(place)s.", place=places[1])
            if places
            else _("Somebody may have put it in after it was signed.")
        )
        return Finding(
            "unchanged",
            "bad",
            _("It says something that its signature does not cover"),
            words,
        )
    if "@context" in words or "context" in words.partition(":")[0]:
        return Finding(
            "unchanged", "unsure", _("It uses words that this page does not know"),
            _("It refers to a vocabulary (@context) beside those of Open Badges 3.0, so what its signature covers can’t be told."),
        )  # fmt: skip
    if "limit" in words or "canonicalize" in words:
        return Finding(
            "unchanged", "unsure", _("It is too tangled to be checked"), _("Real badges are far simpler. Ask its issuer for another copy.")
        )
    if "ignature" in words or "Algorithm" in words or "key" in words:
        return Finding(
            "unchanged", "bad", _("Its signature is not right"),
            _("Something in it was changed after it was signed, or somebody else’s key signed it. It proves nothing."),
        )  # fmt: skip
    return Finding("unchanged", "bad", _("It is not a sound badge"), _("What the check says: %(words)s", words=words[:200]))


def _signer(key: keys.Key, document: dict[str, Any]) -> Finding:
    named = document.get("issuer")
    name = str(named.get("name", ""))[:120] if isinstance(named, dict) else ""
    called = f"“{name}”" if name else _("its issuer")
    if key.bond == "issuer":
        return Finding(
            "signer", "good", _("Signed by %(domain)s", domain=key.domain),
            _(
                "The key is published at %(domain)s for this issuer. That proves that whoever runs this site signed it. "
                "That they are %(called)s is what the badge says: make sure that it is their site.",
                domain=key.domain,
                called=called,
            ),
        )  # fmt: skip
    if key.bond == "self":
        return Finding(
            "signer", "unsure", _("Signed by a key that nobody vouches for"),
            _(
                "The key stands in the badge itself. Anybody can make one and write %(called)s beside it. "
                "Ask the issuer whether it is theirs.",
                called=called,
            ),
        )  # fmt: skip
    state: State = "bad" if key.wrong else "unsure"
    return Finding(
        "signer",
        state,
        _("Not a key of its issuer") if key.wrong else _("Whether its issuer signed it could not be found out"),
        key.problem,
    )


def _report(visit: Visit, document: dict[str, Any], issuer: str, now: datetime, findings: list[Finding], text: str, kind: str) -> Report:
    subject = document.get("credentialSubject")
    subject = subject[0] if isinstance(subject, list) and subject else subject
    subject = subject if isinstance(subject, dict) else {}
    achievement, named = _part(subject, "achievement"), _part(document, "issuer")
    facts = Facts(
        title=line(achievement.get("name") or document.get("name")),
        about=line(achievement.get("description"), 400),
        issuer=line(named.get("name")),
        issuer_id=line(issuer),
        awarded=moment(document.get("awardedDate")) or moment(document.get("validFrom")),
        until=moment(document.get("validUntil")),
        format=kind,
    )
    findings = [*findings, still_valid(document.get("validFrom"), document.get("validUntil"), now)]
    if not any(finding.state == "bad" for finding in findings if finding.about in ("unchanged", "signer")):
        findings.append(revoked(visit, document, issuer, now))
    return Report(facts, tuple(findings), text, _identities(subject))


def _part(document: dict[str, Any], name: str) -> dict[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _identities(subject: dict[str, Any]) -> tuple[Identity, ...]:
    given = subject.get("identifier")
    found = []
    for one in (given if isinstance(given, list) else [given])[:20]:
        if isinstance(one, dict) and isinstance(one.get("identityHash"), str) and isinstance(one.get("salt", ""), str):
            kind = line(one.get("identityType"))
            found.append(Identity(kind, one.get("hashed") is True, one["identityHash"][:300], one.get("salt", "")[:300]))
    if isinstance(subject.get("id"), str) and subject["id"].lower().startswith("mailto:"):
        found.append(Identity("emailAddress", hashed=False, digest=line(subject["id"][7:])))
    return tuple(found)
