"""Proofs on badges: W3C Data Integrity with the cryptosuite eddsa-rdfc-2022, keys as Multikey, issuers as did:web.

Everything is offline: JSON-LD contexts are the pinned copies of openbadgeslib, and a key is taken from the DID document that the caller
hands over. What a signature does not cover is refused, when signing and when verifying (VC Data Integrity 1.0, section 2.4.1).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote, urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from openbadgeslib.errors import LibOpenBadgesException
from openbadgeslib.ob3.clr import CLR_CONTEXT_URL, bundled_clr_contexts
from openbadgeslib.ob3.credential import OpenBadgeCredential
from openbadgeslib.ob3.did import multikey_from_pem, resolve_did
from openbadgeslib.ob3.ldp import OB3LdpSigner, OB3LdpVerifier, add_data_integrity_proof

from lti_tool.badges import shapes

CLR_CONTEXT: Final = str(CLR_CONTEXT_URL)

# One published revision of the Open Badges context knows these terms, the other drops them from what is signed.
_TERMS_OF_ONE_REVISION: Final = frozenset({"jti", "endorsementJwt"})


class SigningError(Exception):
    """The document holds something that its proof would not cover, or the key is no Ed25519 key."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What verification found. `reason` says in English why a document is not valid, and is empty when it is."""

    valid: bool
    reason: str = ""


class _Composed(OpenBadgeCredential):
    """A credential that is signed member for member as it was composed."""

    def to_vc(self) -> dict[str, Any]:
        return dict(self.raw or {})


def generate_key() -> str:
    """A new Ed25519 private key as PKCS#8 PEM."""
    return Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_multibase(private_pem: str) -> str:
    """The public half as a Multikey: `z6Mk…`. Raises SigningError if the key is no Ed25519 key."""
    return str(multikey_from_pem(_load(private_pem).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)))


def issuer_did(base_url: str, slug: str) -> str:
    """The issuer's did:web identifier: its DID document is at `<base_url>/issuers/<slug>/did.json`. The port's colon is encoded."""
    return f"did:web:{quote(urlsplit(base_url).netloc, safe='')}:issuers:{quote(slug, safe='')}"


def key_id(did: str, multibase: str) -> str:
    """The identifier of a key: the fragment is the key itself."""
    return f"{did}#{multibase}"


def did_document(did: str, multibases: list[str]) -> dict[str, Any]:
    """The issuer's DID document with all keys that it ever signed with, so that old badges stay verifiable."""
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "verificationMethod": [
            {"id": key_id(did, key), "type": "Multikey", "controller": did, "publicKeyMultibase": key} for key in multibases
        ],
        "assertionMethod": [key_id(did, key) for key in multibases],
    }


def sign_other(document: dict[str, Any], private_pem: str, verification_method: str, *, created: datetime) -> bytes:
    """Like `sign`, for a signed document of our own that is no award: a status list, a transcript. Raises SigningError.

    The caller answers for its terms: it is built of constant ones only.
    """
    contexts = bundled_clr_contexts() if CLR_CONTEXT in document["@context"] else None
    try:
        signed = add_data_integrity_proof(
            document, private_pem.encode(), verification_method, created=created.replace(microsecond=0), extra_contexts=contexts
        )
    except (LibOpenBadgesException, ValueError, TypeError) as error:
        raise SigningError(str(error)) from error
    return _written(signed)


def sign(document: dict[str, Any], private_pem: str, verification_method: str, *, created: datetime) -> bytes:
    """The credential with its proof, as the UTF-8 JSON to store and serve. The same input gives the same bytes. Raises SigningError."""
    if found := _TERMS_OF_ONE_REVISION & _member_names(document):
        raise SigningError(f"not every revision of the context defines {', '.join(sorted(found))}")
    if created.tzinfo is None:
        raise SigningError("the time of signing is naive")
    _load(private_pem)
    shape = shapes.of(document, verification_method)
    if shapes.known(shape):
        return sign_other(document, private_pem, verification_method, created=created)
    try:
        signer = OB3LdpSigner(private_pem.encode(), verification_method)
        signed = signer.sign(_Composed.from_vc_document(document), created=created.replace(microsecond=0))
    except (LibOpenBadgesException, ValueError, TypeError) as error:
        raise SigningError(str(error)) from error
    shapes.remember(shape)
    return _written(signed)


def _written(signed: dict[str, Any]) -> bytes:
    # The official schema takes the proof as an array only; the signature is the same.
    return json.dumps({**signed, "proof": [signed["proof"]]}, ensure_ascii=False, separators=(",", ":")).encode()


def verify(credential: bytes, did_doc: dict[str, Any]) -> Verdict:
    """Whether this issuer signed exactly this credential, for assertions, and it is within its time. Anything unexpected is invalid."""
    try:
        document = json.loads(credential)
        did = document["issuer"]["id"]
        proofs = document["proof"]
        (proof,) = proofs if isinstance(proofs, list) else [proofs]
        pem = assertion_key(did_doc, did, proof["verificationMethod"])
        OB3LdpVerifier(pem, issuer_did=did).verify(credential)
    except (LibOpenBadgesException, ValueError, TypeError, KeyError, RecursionError) as error:
        return Verdict(False, str(error) or type(error).__name__)
    return Verdict(True)


def assertion_key(did_doc: dict[str, Any], did: str, method: str) -> bytes:
    """The public key (PEM) that the DID document names for assertions under this id. Raises ValueError or LibOpenBadgesException."""
    if did_doc.get("id") != did:
        raise ValueError("the DID document is not the issuer's")
    if method not in did_doc.get("assertionMethod", []):
        raise ValueError("the issuer does not use this key for assertions")
    for entry in did_doc.get("verificationMethod", []):
        if entry.get("id") == method and entry.get("controller") == did and entry.get("type") == "Multikey":
            return bytes(resolve_did(f"did:key:{entry['publicKeyMultibase']}"))
    raise ValueError("the issuer's DID document does not hold this key")


def _load(private_pem: str) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(private_pem.encode(), password=None)
    except ValueError as error:
        raise SigningError("the private key is not readable") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise SigningError("eddsa-rdfc-2022 signs with Ed25519 keys only")
    return key


def _member_names(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_member_names(v) for v in value.values()))
    if isinstance(value, list):
        return set().union(*(_member_names(v) for v in value))
    return set()
