"""Open Badges 2.0: what stands at the badge's own address counts (hosted), or a signature (signed). Moodle makes these."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import jwt
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob2.verifier import OB2Verifier

from lti_tool.badges.verifying.fetching import NotReached, Visit, host, tell
from lti_tool.badges.verifying.findings import Facts, Finding, Identity, Report, Unreadable, line
from lti_tool.badges.verifying.reading import parse
from lti_tool.badges.verifying.times import moment, still_valid
from lti_tool.language import _

_LATER = ("Assertion has expired", "Assertion is not yet valid")


def is_one(document: dict[str, Any]) -> bool:
    """Whether this is an assertion of Open Badges 2.0 (or 1.x, which says less)."""
    kinds = document.get("type")
    return "Assertion" in (kinds if isinstance(kinds, list) else [kinds]) or ("badge" in document and "recipient" in document)


def of_document(visit: Visit, text: str, now: datetime) -> Report:
    """A hosted badge: its own address is asked whether it still stands there just so."""
    document = _usual(parse(text))
    address = document.get("id")
    if not isinstance(address, str) or not address.startswith("https://"):
        return _without_address(document, text)
    domain = host(address)
    try:
        hosted = _usual(visit.json(address, gone=True))
    except NotReached as failure:
        findings = [
            _unreached(
                _("This badge counts by what stands at %(host)s, but %(words)s. Try again later.", host=failure.host, words=failure.words)
            )
        ]
        return _report(visit, document, text, findings, now)
    if hosted.get("revoked") is True:
        reason = " ".join(str(hosted.get("revocationReason", "")).split())[:200]
        revoked = Finding(
            "revoked",
            "bad",
            _("It has been revoked"),
            _("%(domain)s says: %(reason)s", domain=domain, reason=reason) if reason else _("%(domain)s says so.", domain=domain),
        )
        return _report(visit, document, text, [revoked], now)
    return _report(visit, document, text, _checked(visit, domain, lambda v: v.verify_hosted(document, check_revocation=True)), now)


def of_token(visit: Visit, text: str, now: datetime) -> Report:
    """A signed badge of Open Badges 2.0."""
    try:
        document = parse(tell(jwt.decode(text, options={"verify_signature": False})))
    except (jwt.InvalidTokenError, ValueError, RecursionError) as error:
        raise Unreadable(_("This can’t be read"), _("It looks like a signed token, but it is damaged or incomplete.")) from error
    if not is_one(document):
        raise Unreadable(_("This is not a badge"), _("It is a signed token of something else."))
    verification = document.get("verification")
    creator = verification.get("creator") if isinstance(verification, dict) else ""
    domain = host(creator) if isinstance(creator, str) else ""
    return _report(visit, document, text, _checked(visit, domain, lambda v: v.verify(text, check_revocation=True)), now)


def _usual(document: dict[str, Any]) -> dict[str, Any]:
    """Moodle and older issuers write `verify: {type: hosted}`, or `hosted` for `HostedBadge`."""
    said = document.get("verification", document.get("verify"))
    if isinstance(said, dict) and said.get("type") in ("hosted", "HostedBadge"):
        document = {**document, "verification": {**said, "type": "HostedBadge"}}
    return document


def _checked(visit: Visit, domain: str, verify: Any) -> list[Finding]:
    def download(url: str) -> bytes:
        return tell(_usual(visit.json(url, gone=True))).encode()

    try:
        verify(OB2Verifier(download=download))
    except (LibOpenBadgesException, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        words = str(error)
        if "has been revoked" in words:
            return [Finding("revoked", "bad", _("It has been revoked"), _("It stands on the issuer’s list: it does not count any more."))]
        if not words.startswith(_LATER):
            return [_refused(error, words, domain)]
    return [
        Finding(
            "unchanged",
            "good",
            _("It is what its issuer says it is"),
            _("It stands so at %(domain)s, or its signature is right.", domain=domain),
        ),
        Finding(
            "signer", "good", _("Issued by %(domain)s", domain=domain),
            _("That proves that whoever runs %(domain)s stands behind it. Make sure that it is the issuer’s site.", domain=domain),
        ),
        Finding("revoked", "good", _("It has not been revoked"), _("Its issuer was asked just now.")),
    ]  # fmt: skip


def _refused(error: BaseException, words: str, domain: str) -> Finding:
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, NotReached):
            return _unreached(_("It takes documents from %(host)s, but %(words)s. Try again later.", host=cause.host, words=cause.words))
        cause = cause.__cause__
    if "does not match the badge's local claims" in words:
        return Finding(
            "unchanged", "bad", _("It was changed"), _("At %(domain)s something else stands than in what you gave.", domain=domain)
        )
    if "ignature" in words:
        return Finding(
            "unchanged", "bad", _("Its signature is not right"), _("It was changed after it was signed, or somebody else signed it.")
        )
    if "scope" in words or "origin" in words or "owner" in words or "publicKey" in words:
        return Finding(
            "signer",
            "bad",
            _("It does not belong to its issuer"),
            _("The issuer that it names does not stand behind %(domain)s.", domain=domain),
        )
    return Finding("unchanged", "bad", _("It is not a sound badge"), _("What the check says: %(words)s", words=words[:200]))


def _unreached(text: str) -> Finding:
    return Finding("unchanged", "unsure", _("Whether it still stands could not be found out"), text)


def _without_address(document: dict[str, Any], text: str) -> Report:
    finding = Finding(
        "unchanged",
        "unsure",
        _("There is nobody to ask"),
        _("It has no web address of its own and no signature, so anybody could have written it."),
    )
    return Report(_facts({}, {}, document), (finding,), text, _identities(document))


def _report(visit: Visit, document: dict[str, Any], text: str, findings: list[Finding], now: datetime) -> Report:
    badge = _told(visit, document.get("badge"))
    issuer = _told(visit, badge.get("issuer"))
    if document.get("issuedOn") is not None or document.get("expires") is not None:
        issued = document.get("issuedOn")
        findings = [*findings, still_valid(issued if isinstance(issued, str) else None, document.get("expires"), now)]
    return Report(_facts(badge, issuer, document), tuple(findings), text, _identities(document))


def _told(visit: Visit, value: Any) -> dict[str, Any]:
    """A part of the badge that may stand elsewhere; nothing if it can't be had, for it is only told."""
    if isinstance(value, dict):
        return value
    try:
        return visit.json(value) if isinstance(value, str) and value.startswith("https://") else {}
    except NotReached:
        return {}


def _facts(badge: dict[str, Any], issuer: dict[str, Any], document: dict[str, Any]) -> Facts:
    return Facts(
        title=line(badge.get("name")),
        about=line(badge.get("description"), 400),
        issuer=line(issuer.get("name")),
        issuer_id=line(issuer.get("id") or issuer.get("url")),
        awarded=moment(document.get("issuedOn")),
        until=moment(document.get("expires")),
        format=_("Open Badges 2.0"),
    )


def _identities(document: dict[str, Any]) -> tuple[Identity, ...]:
    one = document.get("recipient")
    if not isinstance(one, dict) or not isinstance(one.get("identity"), str):
        return ()
    kind = "emailAddress" if one.get("type") == "email" else str(one.get("type"))[:40]
    salt = one.get("salt")
    return (Identity(kind, one.get("hashed") is True, one["identity"][:300], salt[:300] if isinstance(salt, str) else ""),)
