"""Signatures: the official test vector byte for byte, our own round trip, and every single change noticed."""

import copy
import json
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from openbadgeslib.ob3.did import resolve_verification_method

from lti_tool.badges import signing
from lti_tool.badges.credential import compose
from lti_tool.badges.signing import SigningError, sign, verify
from tests.unit.badges.samples import DID, DID_DOCUMENT, KEY, KEY_ID, MULTIBASE, SIGNED_AT, facts, official

# The key pair that the Open Badges 3.0 specification prints with its test vector.
PUBLISHED_SEED = "6241a409e6707bb640a0140a8a32bc3d193c33a661747284d6adfa4ed4180be4"
PUBLISHED_MULTIBASE = "z6MkjZRZv3aez3r18pB1RBFJR1kwUVJ5jHt92JmQwXbd5hwi"

SIGNED = sign(compose(facts()), KEY, KEY_ID, created=SIGNED_AT)


def pem_of(key):
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def published_key():
    return pem_of(Ed25519PrivateKey.from_private_bytes(bytes.fromhex(PUBLISHED_SEED)))


def places(value, path=()):
    """Paths of every string, number and truth value in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from places(inner, (*path, number))
    else:
        yield path


def changed(document, path):
    """The document with one value changed."""
    result = copy.deepcopy(document)
    holder = result
    for step in path[:-1]:
        holder = holder[step]
    old = holder[path[-1]]
    holder[path[-1]] = (not old) if isinstance(old, bool) else old[:-1] + ("b" if old.endswith("a") else "a")
    return result


def test_the_published_key_is_encoded_as_published():
    assert signing.public_multibase(published_key()) == PUBLISHED_MULTIBASE


def test_the_official_vector_is_reproduced_byte_for_byte():
    vector = official("1edtech-vector.json")
    if vector is None:  # then at least: the same key, our document, a signature that the published public half confirms
        did = "did:web:example.edu:issuers:565049"
        own = sign(compose(facts(issuer_id=did)), published_key(), f"{did}#{PUBLISHED_MULTIBASE}", created=SIGNED_AT)
        assert verify(own, signing.did_document(did, [PUBLISHED_MULTIBASE])).valid
        return
    proof = vector.pop("proof")
    signed = json.loads(sign(vector, published_key(), proof["verificationMethod"], created=datetime(2010, 1, 1, 19, 23, 24, tzinfo=UTC)))
    assert signed["proof"] == [proof]


def test_what_is_signed_verifies_and_is_the_same_every_time():
    assert verify(SIGNED, DID_DOCUMENT) == signing.Verdict(True, "")
    assert sign(compose(facts()), KEY, KEY_ID, created=SIGNED_AT) == SIGNED
    unsigned = json.loads(SIGNED)
    (proof,) = unsigned.pop("proof")
    assert unsigned == compose(facts())
    assert proof["created"] == "2026-03-02T08:30:15Z"
    assert proof["verificationMethod"] == f"{DID}#{MULTIBASE}"


@pytest.mark.parametrize("path", list(places(json.loads(SIGNED))), ids=lambda path: ".".join(map(str, path)))
def test_no_single_value_can_be_changed(path):
    verdict = verify(json.dumps(changed(json.loads(SIGNED), path)).encode(), DID_DOCUMENT)
    assert not verdict.valid
    assert verdict.reason


@pytest.mark.parametrize("holder", ["", "issuer", "credentialSubject"])
@pytest.mark.parametrize("member", ["districtPayCredit", "expirationDate", "validUntil", "jti"])
def test_nothing_can_be_added(holder, member):
    document = json.loads(SIGNED)
    (document[holder] if holder else document)[member] = "2030-01-01T00:00:00Z"
    assert not verify(json.dumps(document).encode(), DID_DOCUMENT).valid


@pytest.mark.parametrize("member", ["awardedDate", "name", "proof", "issuer", "credentialSubject", "@context"])
def test_nothing_can_be_left_out(member):
    document = json.loads(SIGNED)
    document.pop(member)
    assert not verify(json.dumps(document).encode(), DID_DOCUMENT).valid


def test_another_issuers_signature_is_not_this_issuers():
    other = signing.generate_key()
    multibase = signing.public_multibase(other)
    forged = sign(compose(facts()), other, signing.key_id(DID, multibase), created=SIGNED_AT)
    assert not verify(forged, DID_DOCUMENT).valid
    elsewhere = signing.did_document("did:web:evil.example", [multibase])
    assert not verify(forged, elsewhere).valid


@pytest.mark.parametrize("strip", ["assertionMethod", "verificationMethod", "id"])
def test_a_did_document_that_does_not_vouch_for_the_key_is_refused(strip):
    assert not verify(SIGNED, {**DID_DOCUMENT, strip: []}).valid


def test_a_key_of_another_controller_is_refused():
    document = copy.deepcopy(DID_DOCUMENT)
    document["verificationMethod"][0]["controller"] = "did:web:evil.example"
    assert not verify(SIGNED, document).valid


@pytest.mark.parametrize(
    "noise", [b"", b"{}", b"[]", b"null", b"\xff", b'{"issuer":"x","proof":[]}', b'{"issuer":{"id":"x"},"proof":[1]}', b"[" * 9999]
)
def test_noise_is_invalid_and_never_an_error(noise):
    assert not verify(noise, DID_DOCUMENT).valid


def test_a_rotated_key_still_verifies_what_it_signed():
    newer = signing.public_multibase(signing.generate_key())
    assert verify(SIGNED, signing.did_document(DID, [newer, MULTIBASE])).valid


@pytest.mark.parametrize(
    "spoil",
    [
        lambda document: document.update(districtPayCredit=200),
        lambda document: document.update(jti="urn:x"),
        lambda document: document["credentialSubject"]["achievement"].update(endorsementJwt=["e30.e30.e30"]),
        lambda document: document.update(id="not an address"),
        lambda document: document.update(proof=[]),
        lambda document: document.update({"@context": ["https://www.w3.org/ns/credentials/v2", "https://evil.example/context.json"]}),
        lambda document: document.pop("issuer"),
    ],
)
def test_a_document_that_the_proof_would_not_cover_is_not_signed(spoil):
    document = compose(facts())
    spoil(document)
    with pytest.raises(SigningError):
        sign(document, KEY, KEY_ID, created=SIGNED_AT)


@pytest.mark.parametrize("key", ["", "not a key", pem_of(ec.generate_private_key(ec.SECP256R1()))])
def test_only_ed25519_keys_sign(key):
    with pytest.raises(SigningError):
        sign(compose(facts()), key, KEY_ID, created=SIGNED_AT)


def test_a_naive_time_does_not_sign():
    with pytest.raises(SigningError, match="naive"):
        sign(compose(facts()), KEY, KEY_ID, created=SIGNED_AT.replace(tzinfo=None))


def test_the_issuer_is_found_where_its_did_says():
    did = signing.issuer_did("http://127.0.0.1:8000", "meadow")
    assert did == "did:web:127.0.0.1%3A8000:issuers:meadow"
    asked = []

    def fetch(url):
        asked.append(url)
        return json.dumps(signing.did_document(did, [MULTIBASE]))

    assert b"PUBLIC KEY" in resolve_verification_method(signing.key_id(did, MULTIBASE), download=fetch)
    assert asked == ["https://127.0.0.1:8000/issuers/meadow/did.json"]
