"""Whose key signed: where a badge's key is published, and whether the issuer that the badge names says that it is theirs.

A key by itself proves nothing: anybody makes one, and writes any name beside it.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt import PyJWK
from jwt.exceptions import PyJWTError
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.did import resolve_did

from lti_tool.badges.verifying.fetching import NotReached, Visit
from lti_tool.badges.verifying.findings import Unreadable
from lti_tool.badges.verifying.reading import parse
from lti_tool.language import _

Bond = Literal["issuer", "self", "none"]
"""Who vouches for the key: the issuer's own published document, nobody but the key itself, or (so far) nobody."""


@dataclass(frozen=True)
class Key:
    """A public key (PEM), None if it could not be had.

    `domain` is where it is published. `problem` says why it could not be had or bound, for people; `wrong` that the issuer's document
    was read and does not hold it.
    """

    pem: bytes | None
    bond: Bond
    domain: str = ""
    problem: str = ""
    wrong: bool = False


def of_method(visit: Visit, issuer: str, method: str) -> Key:
    """The key that a proof names (`verificationMethod`), as the issuer publishes it."""
    owner, _mark, fragment = method.partition("#")
    if owner != issuer:
        return Key(None, "none", _domain(owner), _("It names a key of somebody else than its issuer."), wrong=True)
    if issuer.startswith(("did:key:", "did:jwk:")):
        return _of_itself(issuer, fragment)
    domain = _domain(issuer)
    if not domain:
        return Key(None, "none", "", _("It names its key in a way that this page does not know."))
    inside = _multikey(fragment)
    try:
        document = visit.json(document_url(issuer))
    except NotReached as failure:
        return Key(
            inside, "none", domain, _("The issuer’s keys should be at %(domain)s, but %(words)s.", domain=domain, words=failure.words)
        )
    entry = _listed(document, issuer, method)
    if entry is None:
        return Key(inside, "none", domain, _("%(domain)s publishes keys for this issuer, but not this one.", domain=domain), wrong=True)
    pem = _pem(entry.get("publicKeyJwk")) or _multikey(entry.get("publicKeyMultibase"))
    if pem is None:
        return Key(None, "none", domain, _("%(domain)s publishes this key in a way that this page does not know.", domain=domain))
    return Key(pem, "issuer", domain)


def of_token(visit: Visit, issuer: str, header: dict[str, Any]) -> Key:
    """The key of a token: the one that its header names (`kid`) or carries (`jwk`), if the issuer publishes it as theirs."""
    kid = str(header["kid"]) if isinstance(header.get("kid"), str) else ""
    if kid.startswith("#"):
        kid = issuer + kid
    if kid.startswith("did:") or (kid and kid.partition("#")[0] == issuer and "#" in kid):
        return of_method(visit, issuer, kid)
    if issuer.startswith(("did:key:", "did:jwk:")):
        return _of_itself(issuer, "")
    domain = _domain(issuer)
    if not domain:
        return Key(None, "none", "", _("It names its issuer in a way that this page does not know."))
    carried = header.get("jwk") if isinstance(header.get("jwk"), dict) else None
    found, bound = _pem(carried), False
    if found is None and kid.startswith(("https://", "http://")) and _domain(kid) == domain:
        try:
            carried = _one(visit.json(kid), kid)
        except NotReached as failure:
            return Key(None, "none", domain, _("Its key should be at %(domain)s, but %(words)s.", domain=domain, words=failure.words))
        found = _pem(carried)
        bound = (carried or {}).get("iss") == issuer or _below(kid, issuer)
    if found is None:
        return Key(None, "none", domain, _("It does not say where its key is, or the key is of a kind that this page does not know."))
    return Key(found, "issuer", domain) if bound else _vouched(visit, issuer, found, domain)


def _below(kid: str, issuer: str) -> bool:
    """Whether a key lies below the very place that is the issuer's own: nobody else can put one there."""
    place = document_url(issuer).removesuffix("/.well-known/did.json").removesuffix("/did.json").partition("://")[2].rstrip("/")
    return kid.partition("://")[2].startswith(f"{place}/") and ".." not in kid and "%" not in kid


def _vouched(visit: Visit, issuer: str, pem: bytes, domain: str) -> Key:
    """Whether the issuer's document, or the key set of its site, holds this very key."""
    reached, words = False, ""
    for url in (document_url(issuer), f"https://{_netloc(issuer)}/.well-known/jwks.json"):
        try:
            document = visit.json(url)
        except NotReached as failure:
            words = words or failure.words
            continue
        reached = True
        whole_site = issuer.rstrip("/") == f"https://{_netloc(issuer)}" or (issuer.startswith("did:web:") and issuer.count(":") == 2)
        for entry in _entries(document, "keys"):
            if _pem(entry) == pem and (entry.get("iss") == issuer or ("iss" not in entry and whole_site)):
                return Key(pem, "issuer", domain)
        if document.get("id") == issuer:
            for method in _entries(document, "verificationMethod"):
                if method.get("controller") == issuer and pem in (
                    _pem(method.get("publicKeyJwk")),
                    _multikey(method.get("publicKeyMultibase")),
                ):
                    return Key(pem, "issuer", domain)
    if not reached:
        return Key(pem, "none", domain, _("The issuer’s keys should be at %(domain)s, but %(words)s.", domain=domain, words=words))
    return Key(pem, "none", domain, _("%(domain)s publishes keys, but not this one for this issuer.", domain=domain), wrong=True)


def document_url(issuer: str) -> str:
    """Where the document with an issuer's keys is: its own address, or what did:web says."""
    if not issuer.startswith("did:web:"):
        return issuer
    host, *path = [unquote(part) for part in issuer.removeprefix("did:web:").split(":")]
    return f"https://{host}/{'/'.join(path) if path else '.well-known'}/did.json"


def _netloc(issuer: str) -> str:
    return urlsplit(document_url(issuer)).netloc


def _domain(identifier: str) -> str:
    """The host that a did:web or https identifier names; empty for others."""
    if not identifier.startswith(("did:web:", "https://", "http://")):
        return ""
    try:
        return urlsplit(document_url(identifier)).hostname or ""
    except ValueError:
        return ""


def _of_itself(issuer: str, fragment: str) -> Key:
    if issuer.startswith("did:jwk:"):
        try:
            padded = issuer.removeprefix("did:jwk:")
            pem = _pem(parse(base64.urlsafe_b64decode(padded + "=" * (-len(padded) % 4)).decode()))
        except (ValueError, Unreadable):
            pem = None
    else:
        pem = _multikey(issuer.removeprefix("did:key:")) if fragment in ("", issuer.removeprefix("did:key:")) else None
    return Key(pem, "self", "", "" if pem else _("Its key is damaged or of a kind that this page does not know."))


def _listed(document: dict[str, Any], issuer: str, method: str) -> dict[str, Any] | None:
    """The key of this name in the issuer's document, if it is there for assertions. Names in it may leave the document's own out."""
    if document.get("id") != issuer:
        return None
    trusted = document.get("assertionMethod")
    names = {method, f"#{method.partition('#')[2]}"}
    allowed = [one if isinstance(one, str) else str(one.get("id")) for one in _list(trusted) if isinstance(one, str | dict)]
    if not names & set(allowed):
        return None
    for entry in [*_entries(document, "verificationMethod"), *(one for one in _list(trusted) if isinstance(one, dict))]:
        if entry.get("id") in names and entry.get("controller") == issuer and not entry.get("revoked"):
            return entry
    return None


def _one(document: dict[str, Any], kid: str) -> dict[str, Any] | None:
    """The key at a `kid` address: a single JWK, or the one of that name in a set."""
    if "keys" not in document:
        return document
    names = (kid, kid.partition("#")[2])
    return next((entry for entry in _entries(document, "keys") if entry.get("kid") in names), None)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _entries(document: dict[str, Any], name: str) -> list[dict[str, Any]]:
    return [entry for entry in _list(document.get(name))[:50] if isinstance(entry, dict)]


def _multikey(text: Any) -> bytes | None:
    if not isinstance(text, str) or not text.startswith("z"):
        return None
    try:
        return bytes(resolve_did(f"did:key:{text}"))
    except (LibOpenBadgesException, ValueError):
        return None


def _pem(jwk: Any) -> bytes | None:
    """A public JWK as PEM; None if it is none, or if it holds a private or a secret key."""
    if not isinstance(jwk, dict) or jwk.get("kty") not in ("RSA", "EC", "OKP") or "d" in jwk:
        return None
    try:
        key = PyJWK(json.loads(json.dumps({name: value for name, value in jwk.items() if name not in ("alg", "use", "key_ops")}))).key
        return bytes(key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    except (PyJWTError, ValueError, TypeError, AttributeError):
        return None
