"""Whom a badge was issued to, as far as it says, and whether an e-mail address is that person's. Pure; the address goes nowhere."""

from __future__ import annotations

import hashlib
import hmac

from lti_tool.badges.verifying.findings import Finding, Identity
from lti_tool.language import _

_HASHES = {"sha256": hashlib.sha256, "md5": hashlib.md5}  # MD5 is what Open Badges 2.0 allows; who knows the address gains nothing by it


def holder(identities: tuple[Identity, ...], email: str) -> Finding:
    """Who holds it. With an address: whether it is the one that the badge was issued to."""
    addresses = [one for one in identities if one.kind in ("emailAddress", "email", "")]
    names = [one.digest for one in identities if one.kind == "name" and not one.hashed]
    if email and addresses:
        if any(matches(one, email) for one in addresses):
            return Finding("holder", "good", _("It was issued to this e-mail address"), _("The badge was made for %(email)s.", email=email))
        return Finding(
            "holder",
            "bad",
            _("It was not issued to this e-mail address"),
            _("It was made for another one. People have several: ask for it."),
        )
    if email:
        return Finding(
            "holder", "unsure", _("It can’t be said whether it was issued to this e-mail address"), _("The badge holds no address.")
        )
    if names:
        return Finding(
            "holder",
            "note",
            _("Issued to %(name)s", name=", ".join(names)[:120]),
            _("That is what the badge says. Is this the person before you?"),
        )
    if plain := [one.digest for one in addresses if not one.hashed]:
        return Finding(
            "holder", "note", _("Issued to %(name)s", name=plain[0][:120]), _("That is what the badge says. Is this the person before you?")
        )
    if addresses:
        return Finding(
            "holder", "note", _("It does not say openly whose it is"),
            _("It holds a fingerprint of an e-mail address. Ask for the address and check it below: a copied badge shows itself that way."),
        )  # fmt: skip
    return Finding(
        "holder", "note", _("It does not say whose it is"),
        _("It holds a number that only its issuer can read. Let its holder show you their page of it, or ask the issuer."),
    )  # fmt: skip


def matches(identity: Identity, email: str) -> bool:
    """Whether this is the address. Some issuers hash it as it was typed, most in lower case."""
    forms = {email.strip(), email.strip().lower()}
    if not identity.hashed:
        return identity.digest.strip().lower() in {form.lower() for form in forms}
    name, _, digest = identity.digest.partition("$")
    make = _HASHES.get(name)
    if make is None:
        return False
    return any(hmac.compare_digest(make(f"{form}{identity.salt}".encode()).hexdigest().encode(), digest.lower().encode()) for form in forms)
