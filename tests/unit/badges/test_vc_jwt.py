"""VC-JWT as Open Badges 3.0 asks for it, and every contradiction noticed."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from typing import Any

import jwt
import pytest

from lti_tool.badges import signing, vc_jwt
from lti_tool.badges.credential import compose
from tests.unit.badges.samples import KEY, KEY_ID, SIGNED_AT, facts
from tests.unit.badges.test_signing import changed, places

RSA = vc_jwt.generate_key()
JWK = vc_jwt.public_jwk(RSA)
KID = "https://badges.example.org/issuers/meadow-valley/keys/k.json"
CREDENTIAL = signing.sign(compose(facts(valid_until=datetime(2029, 1, 1, tzinfo=UTC))), KEY, KEY_ID, created=SIGNED_AT)
TOKEN = vc_jwt.encode(CREDENTIAL, RSA, KID)


def payload() -> dict[str, Any]:
    part = TOKEN.split(b".")[1]
    return json.loads(urlsafe_b64decode(part + b"=" * (-len(part) % 4)))  # type: ignore[no-any-return]


def signed(claims: dict[str, Any], **header: Any) -> bytes:
    return jwt.encode(claims, RSA, algorithm="RS256", headers={"kid": KID, **header}).encode()


def test_the_claims_say_what_the_credential_says() -> None:
    said, document = payload(), json.loads(CREDENTIAL)
    document.pop("proof")
    assert (said["iss"], said["jti"], said["sub"]) == (document["issuer"]["id"], document["id"], document["credentialSubject"]["id"])
    assert datetime.fromtimestamp(said["nbf"], UTC) == datetime(2026, 3, 2, 8, 30, tzinfo=UTC)
    assert datetime.fromtimestamp(said["exp"], UTC) == datetime(2029, 1, 1, tzinfo=UTC)
    assert vc_jwt.decode(TOKEN, JWK) == document
    assert vc_jwt.encode(CREDENTIAL, RSA, KID) == TOKEN


def test_the_published_key_holds_no_private_member() -> None:
    assert set(JWK) == {"kty", "n", "e", "alg", "use"}


def test_the_name_of_a_key_is_that_of_the_rfc() -> None:
    """RFC 7638, section 3.1."""
    n = (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMs"
        "tn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbI"
        "SD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    )
    assert (
        vc_jwt.thumbprint({"kty": "RSA", "n": n, "e": "AQAB", "alg": "RS256", "kid": "x"}) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    )


@pytest.mark.parametrize("path", list(places(payload())), ids=lambda path: ".".join(map(str, path)))
def test_a_changed_value_is_no_longer_signed(path: tuple[Any, ...]) -> None:
    value = payload()
    for step in path:
        value = value[step]
    spoiled = changed(payload(), path) if not isinstance(value, int) or isinstance(value, bool) else payload() | {str(path[0]): value + 1}  # type: ignore[unreachable]
    head, _, signature = TOKEN.split(b".")
    body = urlsafe_b64encode(json.dumps(spoiled).encode()).rstrip(b"=")
    with pytest.raises(vc_jwt.NotThisCredential):
        vc_jwt.decode(b".".join((head, body, signature)), JWK)


@pytest.mark.parametrize("claim", ["iss", "jti", "sub", "nbf", "exp"])
def test_a_claim_that_contradicts_the_credential_is_refused_although_it_is_signed(claim: str) -> None:
    said = payload()
    said[claim] = said[claim] + 1 if isinstance(said[claim], int) else said[claim] + "x"
    with pytest.raises(vc_jwt.NotThisCredential):
        vc_jwt.decode(signed(said), JWK)
    said.pop(claim)
    with pytest.raises(vc_jwt.NotThisCredential):
        vc_jwt.decode(signed(said), JWK)


@pytest.mark.parametrize("header", [{"typ": "vc+jwt"}, {"cty": "vc"}, {"crit": ["b64"], "b64": True}])
def test_a_header_with_more_than_is_allowed_is_refused(header: dict[str, Any]) -> None:
    with pytest.raises(vc_jwt.NotThisCredential):
        vc_jwt.decode(signed(payload(), **header), JWK)


def test_nothing_but_rs256_with_this_key_is_taken() -> None:
    other = vc_jwt.generate_key()
    secret = jwt.encode(payload(), "x" * 64, algorithm="HS256", headers={"kid": KID}).encode()
    bare = jwt.encode(payload(), None, algorithm="none", headers={"kid": KID}).encode()  # type: ignore[arg-type]
    for token in (vc_jwt.encode(CREDENTIAL, other, KID), secret, bare, b"", b"x.y.z", b"." * 10, b"x" * 300_000):
        with pytest.raises(vc_jwt.NotThisCredential):
            vc_jwt.decode(token, JWK)
