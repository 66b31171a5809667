"""Launches that a tool must refuse and those it must accept, against the running tool.

Every row has an id: A are the bad payloads of 1EdTech's certification suite, B its valid launches, C attacks on the signature, D claims,
I sizes and encodings, J other messages. Rows that need more than one message stand in test_login_cases.py.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.api_jws import PyJWS

from tests.conformance.conftest import Browser, LiveTool
from tests.factories.platform import INSTITUTION, INSTRUCTOR, LEARNER, MEMBERSHIP, Platform

Make = Callable[[Platform, str], str]
EVIL = "http://127.0.0.1:9/evil"


def claims(**given: Any) -> Make:
    """An honest message but for these claims."""
    return lambda platform, nonce: platform.sign(platform.claims(nonce, **given))


def header(algorithm: str = "RS256", key: Any = None, **members: Any) -> Make:
    """An honest message under another header."""
    return lambda platform, nonce: platform.sign(platform.claims(nonce), headers=members, algorithm=algorithm, key=key)


def deep_linking(settings: dict[str, Any] | None = None, **given: Any) -> Make:
    """A deep linking request."""
    return lambda platform, nonce: platform.sign(platform.claims(nonce, **{**platform.deep_linking(**(settings or {})), **given}))


def seconds(**offsets: float) -> Make:
    """Times of the token, in seconds from now."""

    def make(platform: Platform, nonce: str) -> str:
        now = int(platform.now().timestamp())
        return platform.sign(platform.claims(nonce, **{name: now + offset for name, offset in offsets.items()}))

    return make


def payload(change: Callable[[str, Platform], str]) -> Make:
    """The payload's text changed before it is signed."""

    def make(platform: Platform, nonce: str) -> str:
        changed = change(json.dumps(platform.claims(nonce)), platform)
        return PyJWS().encode(changed.encode(), platform.key, algorithm="RS256", headers={"kid": platform.kid})

    return make


def parts(change: Callable[[list[str]], list[str]], make: Make | None = None) -> Make:
    """The three parts changed after signing."""
    return lambda platform, nonce: ".".join(change((make or claims())(platform, nonce).split(".")))


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(value if isinstance(value, bytes) else json.dumps(value).encode()).rstrip(b"=").decode()


def unsigned(platform: Platform, nonce: str, **head: Any) -> str:
    return f"{b64(head)}.{b64(platform.claims(nonce))}."


def hmac_with_public_key(platform: Platform, nonce: str) -> str:
    pem = platform.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{b64({'alg': 'HS256', 'typ': 'JWT', 'kid': platform.kid})}.{b64(platform.claims(nonce))}"
    return f"{signed}.{b64(hmac.new(pem, signed.encode(), hashlib.sha256).digest())}"


def as_admin(three: list[str]) -> list[str]:
    body = json.loads(base64.urlsafe_b64decode(three[1] + "=="))
    return [three[0], b64({**body, "sub": "admin"}), three[2]]


def nested(depth: int) -> Any:
    found: Any = []
    for _ in range(depth):
        found = [found]
    return found


AUD = "the platform's own client id"


def audience(value: Any, **more: Any) -> Make:
    """An audience where AUD stands for our client id."""

    def make(platform: Platform, nonce: str) -> str:
        real = [platform.client_id if item == AUD else item for item in value] if isinstance(value, list) else value
        return platform.sign(platform.claims(nonce, aud=real, **more))

    return make


REFUSED: dict[str, Make] = {
    "A1-no-kid": header(kid=...),
    "A2-unknown-kid": header(kid="nobody"),
    "A3-version-1.2.0": claims(version="1.2.0"),
    "A4-no-version": claims(version=...),
    "A5-not-a-message": lambda platform, _nonce: platform.sign({"name": "badltilaunch"}),
    "A6-many-missing": claims(**dict.fromkeys(("message_type", "deployment_id", "roles", "resource_link", "target_link_uri"), ...)),
    "A7-long-expired": claims(iat=1, exp=2),
    "A8-no-message-type": claims(message_type=...),
    "A9-no-roles": claims(roles=...),
    "A10-no-deployment": claims(deployment_id=...),
    "A11-no-resource-link": claims(resource_link=...),
    "A12-no-sub": claims(sub=...),
    "C22-alg-none": lambda platform, nonce: unsigned(platform, nonce, alg="none", typ="JWT", kid=platform.kid),
    "C23-alg-NoNe": lambda platform, nonce: unsigned(platform, nonce, alg="NoNe", typ="JWT"),
    "C24-hs256-with-public-key": hmac_with_public_key,
    "C26-rs384": header("RS384"),
    "C27-ps256": header("PS256"),
    "C28-es256": header("ES256", ec.generate_private_key(ec.SECP256R1())),
    "C30-no-signature": parts(lambda three: [three[0], three[1], ""]),
    "C31-zero-signature": parts(lambda three: [three[0], three[1], b64(bytes(256))]),
    "C32-changed-payload": parts(as_admin),
    "C36-kid-is-a-path": header(kid="../../../../dev/null"),
    "C38-kid-is-a-list": parts(lambda three: [b64({"alg": "RS256", "kid": ["a"]}), *three[1:]]),
    "C39-kid-is-a-number": parts(lambda three: [b64({"alg": "RS256", "kid": 7}), *three[1:]]),
    "C40-unknown-crit": header(crit=["http://example.org/x"], **{"http://example.org/x": 1}),
    "C42-empty-middle": parts(lambda three: [three[0], "", three[2]]),
    "C43-four-parts": parts(lambda three: [*three, "x"]),
    "D44-expired": seconds(iat=-3660, exp=-3600),
    "D45-no-exp": claims(exp=...),
    "D46-no-iat": claims(iat=...),
    "D47-iat-ahead": seconds(iat=3600, exp=7200),
    "D48-iat-a-day-old": seconds(iat=-86400, exp=3600),
    "D50-exp-is-text": claims(exp="tomorrow"),
    "D51-nbf-ahead": seconds(nbf=3600),
    "D52-another-audience": audience("another-client"),
    "D54-azp-of-another": audience([AUD, "another"], azp="another"),
    "D54b-no-azp-for-two": audience([AUD, "another"]),
    "D56-no-audience": audience(...),
    "D57-empty-audience": audience([]),
    "D58-issuer-with-slash": lambda platform, nonce: platform.sign(platform.claims(nonce, iss=platform.issuer + "/")),
    "D59-no-issuer": claims(iss=...),
    "D60-azp-alone-of-another": claims(azp="another"),
    "D62-empty-sub": claims(sub=""),
    "D63-sub-is-a-number": claims(sub=5),
    "D64-sub-too-long": claims(sub="x" * 256),
    "D66-roles-is-an-object": claims(roles={"0": LEARNER}),
    "D66b-roles-is-text": claims(roles=LEARNER),
    "D67-resource-link-without-id": claims(resource_link={"title": "x"}),
    "D68-resource-link-is-text": claims(resource_link="link-1"),
    "D70-message-type-is-a-list": claims(message_type=["LtiResourceLinkRequest"]),
    "D71-no-target": claims(target_link_uri=...),
    "D72-foreign-target": claims(target_link_uri="https://evil.example/x"),
    "D74-unknown-deployment": claims(deployment_id="unknown"),
    "D75-empty-deployment": claims(deployment_id=""),
    "D76-deployment-is-a-list": claims(deployment_id=["1"]),
    "D78-context-is-text": claims(context="course-1"),
    "I136-90000-nested-arrays": payload(lambda _text, _platform: "[" * 90_000 + "]" * 90_000),
    "I138-exp-is-infinite": payload(lambda text, _platform: text.replace('"exp": ', '"exp": 1e400, "was": ')),
    "I142-nul-in-sub": claims(sub="user\x00"),
    "J144-no-settings": deep_linking(deep_linking=...),
    "J145-no-return-url": deep_linking({"deep_link_return_url": ...}),
    "J146-return-url-is-a-script": deep_linking({"deep_link_return_url": "javascript:alert(1)"}),
    "J146b-return-url-is-private": deep_linking({"deep_link_return_url": "http://127.0.0.1:22/"}),
    "J148-takes-no-links": deep_linking({"accept_types": ["file"]}),
    "J150-a-learner-places": deep_linking(roles=[LEARNER]),
    "J150b-an-observer-places": deep_linking(roles=[MEMBERSHIP + "Mentor", INSTITUTION + "Instructor"]),
    "J151-review-of-nobody": claims(message_type="LtiSubmissionReviewRequest", roles=[INSTRUCTOR]),
    "J151b-review-with-null-for-the-gradebook": claims(
        message_type="LtiSubmissionReviewRequest", roles=[INSTRUCTOR], for_user={"user_id": "user-1"}, ags=None
    ),
    "J152-proctoring": claims(message_type="LtiStartProctoring"),
}

ACCEPTED: dict[str, Make] = {
    "B13-plain": claims(),
    "B13-instructor": claims(roles=[INSTRUCTOR]),
    "B14-many-roles": claims(roles=[INSTITUTION + "Student", INSTRUCTOR, MEMBERSHIP + "Learner"]),
    "B15-short-role": claims(roles=["Instructor"]),
    "B16-unknown-role": claims(roles=["http://example.org/roles#Wizard"]),
    "B17-no-roles": claims(roles=[]),
    "B18-email-only": claims(name=..., given_name=..., family_name=...),
    "B19-names-only": claims(email=...),
    "B20-nothing-personal": claims(name=..., given_name=..., family_name=..., email=...),
    "B21-no-context": claims(context=..., name=..., given_name=..., family_name=...),
    "C34-jku-is-not-followed": header(jku=EVIL),
    "C35-x5u-is-not-followed": header(x5u=EVIL),
    "D55-audience-list-of-one": audience([AUD]),
    "D55b-two-audiences-and-azp": lambda platform, nonce: audience([AUD, "another"], azp=platform.client_id)(platform, nonce),
    "D44b-clock-half-a-minute-off": seconds(iat=30, exp=90),
    "D79-custom-is-text": claims(custom="x"),
    "D80-lineitem-is-a-file": claims(ags={"lineitem": "file:///etc/passwd", "lineitems": EVIL, "scope": []}),
    "D82-memberships-are-private": claims(nrps={"context_memberships_url": "http://127.0.0.1:22/"}),
    "I132-every-kind-of-letter": claims(
        name="Ада 🦉 小\u202eevil\x00",
        given_name="\x00",
        context={"id": "c-\u202e", "title": "\x00🦉<b>"},
        resource_link={"id": "ü", "title": "\ud800"},
    ),
    "I134-duplicate-sub": payload(lambda text, _platform: text.replace('"sub": "user-1"', '"sub": "user-0", "sub": "user-1"')),
    "I135-nested-custom": claims(custom={"deep": nested(200), "fine": "1"}),
    "J143-deep-linking": deep_linking(),
    "J147-return-url-elsewhere": deep_linking({"deep_link_return_url": "https://files.example.org/return"}),
}


def assert_readable(answer: requests.Response) -> None:
    """A page for people: what happened, what to do, a reference."""
    assert 400 <= answer.status_code < 500, (answer.status_code, answer.text[:500])
    assert answer.headers["Content-Type"].startswith("text/html")
    for word in ("<h1>", "What to do now", "Reference for help", answer.headers["X-Request-Id"]):
        assert word in answer.text


@pytest.mark.parametrize("make", REFUSED.values(), ids=REFUSED.keys())
def test_refused(make: Make, live: LiveTool, platform: Platform, browser: Browser) -> None:
    asked, before = browser.asked(platform, lti_deployment_id=None), live.frames()
    answer = browser.post({"state": asked["state"], "id_token": make(platform, asked["nonce"])})
    assert_readable(answer)
    assert live.frames() == before
    assert live.burnt(asked["state"])
    assert platform.key_set_requests <= 2


@pytest.mark.parametrize("make", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_accepted(make: Make, live: LiveTool, platform: Platform, browser: Browser) -> None:
    asked = browser.asked(platform)
    answer = browser.post({"state": asked["state"], "id_token": make(platform, asked["nonce"])})
    assert answer.status_code == 303, answer.text
    assert answer.headers["Location"].startswith("/s/")
    assert live.burnt(asked["state"])


def test_what_is_stored_of_hostile_texts_and_addresses(live: LiveTool, platform: Platform, browser: Browser) -> None:
    from sqlalchemy import select

    from lti_tool.launch.models import Context, Person, ResourceLink
    from lti_tool.platforms.models import Registration

    evil = {
        "name": "Eve\x00 🦉",
        "context": {"id": "course-9", "title": "a\x00b"},
        "ags": {"lineitem": "file:///etc/passwd", "lineitems": EVIL, "scope": []},
        "nrps": {"context_memberships_url": "http://169.254.169.254/latest"},
    }
    assert browser.launch(platform, **evil).status_code == 303
    with live.here.database.read() as session:
        row = session.scalars(select(Registration.id).where(Registration.issuer == platform.issuer)).one()
        context = session.scalars(select(Context).where(Context.registration_id == row)).one()
        link = session.scalars(select(ResourceLink).where(ResourceLink.registration_id == row)).one()
        person = session.scalars(select(Person).where(Person.registration_id == row)).one()
    assert (person.label, context.title) == ("Eve 🦉", "ab")
    assert (context.lineitems_url, context.memberships_url, link.lineitem_url) == ("", "", "")


class TestSizes:
    def test_i130_a_megabyte_of_claims(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        token = platform.sign(platform.claims(asked["nonce"], custom={"x": "y" * 1_000_000}))
        assert browser.post({"state": asked["state"], "id_token": token}).status_code == 413

    def test_i131_nine_megabytes(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        with contextlib.suppress(requests.ConnectionError):  # the server may hang up on a body that it will not read
            assert browser.post({"state": asked["state"], "id_token": "x" * 9_000_000}).status_code == 413
        assert browser.launch(platform).status_code == 303

    def test_i139_a_leading_blank(self, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        answer = browser.post({"state": asked["state"], "id_token": " " + platform.sign(platform.claims(asked["nonce"]))})
        assert_readable(answer)

    def test_i140_two_tokens(self, live: LiveTool, platform: Platform, browser: Browser) -> None:
        asked = browser.asked(platform)
        good = platform.sign(platform.claims(asked["nonce"]))
        answer = browser.post([("state", asked["state"]), ("id_token", "bad"), ("id_token", good)])
        assert_readable(answer)
        assert live.burnt(asked["state"])


class TestKeySets:
    def launch(self, platform: Platform, browser: Browser, **claims: Any) -> int:
        return browser.launch(platform, **claims).status_code

    @pytest.mark.parametrize(
        "body",
        [b"<html>", b"[]", b"{}", b'{"keys": []}', b'{"keys": {"a": 1}}', b"[" * 50_000],
        ids=["H118-html", "H119-list", "H120-object", "H121-empty", "H121b-no-list", "H121c-nested"],
    )
    def test_unusable(self, platform: Platform, browser: Browser, body: bytes) -> None:
        platform.key_set_body = body
        assert_readable(browser.launch(platform))

    def test_h117_an_empty_set_is_not_kept(self, live: LiveTool, platform: Platform, browser: Browser) -> None:
        platform.key_set_body = b'{"keys": []}'
        assert self.launch(platform, browser) == 403
        platform.key_set_body = None
        live.clock.tick(seconds=6)
        assert self.launch(platform, browser) == 303

    def test_h122_a_key_without_alg(self, platform: Platform, browser: Browser) -> None:
        key = platform.public_jwk()
        del key["alg"]
        platform.key_set = {"keys": [key]}
        assert self.launch(platform, browser) == 303

    def test_h123_h124_bad_neighbours(self, platform: Platform, other: Platform, browser: Browser) -> None:
        strangers = [
            {**other.public_jwk(), "kid": "another"},
            {"kty": "EC", "kid": "ec", "crv": "P-256", "x": "!", "y": "!"},
            {"kty": "QUANTUM", "kid": platform.kid},
            {"kty": "RSA", "kid": platform.kid, "n": "AQAB", "e": "AQAB"},
            {"kty": "RSA", "kid": platform.kid, "n": 5, "e": None},
            "not even a key",
        ]
        platform.key_set = {"keys": [*strangers, platform.public_jwk()]}
        assert self.launch(platform, browser) == 303

    def test_h125_a_key_for_encryption(self, platform: Platform, browser: Browser) -> None:
        platform.key_set = {"keys": [platform.public_jwk(use="enc")]}
        assert self.launch(platform, browser) == 403

    def test_h126_twenty_megabytes(self, platform: Platform, browser: Browser) -> None:
        platform.key_set_body = b'{"keys": [' + b" " * 20_000_000 + b"]}"
        assert self.launch(platform, browser) == 403

    def test_h127_a_symmetric_key(self, platform: Platform, browser: Browser) -> None:
        pem = platform.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        platform.key_set = {"keys": [{"kty": "oct", "kid": platform.kid, "k": b64(pem)}]}
        asked = browser.asked(platform)
        assert_readable(browser.post({"state": asked["state"], "id_token": hmac_with_public_key(platform, asked["nonce"])}))

    def test_h128_many_unknown_kids(self, platform: Platform, browser: Browser) -> None:
        assert self.launch(platform, browser) == 303
        for n in range(30):
            asked = browser.asked(platform)
            token = platform.sign(platform.claims(asked["nonce"]), headers={"kid": f"unknown-{n}"})
            assert browser.post({"state": asked["state"], "id_token": token}).status_code == 403
        assert platform.key_set_requests <= 2

    def test_a_platform_rotates_its_key(self, live: LiveTool, platform: Platform, browser: Browser) -> None:
        assert self.launch(platform, browser) == 303
        platform.kid = "next"
        platform.key_set = {"keys": [platform.public_jwk()]}
        live.clock.tick(seconds=61)
        assert self.launch(platform, browser) == 303
        assert platform.key_set_requests == 2

    def test_keys_are_kept_while_the_platform_is_away(self, live: LiveTool, platform: Platform, browser: Browser) -> None:
        assert self.launch(platform, browser) == 303
        platform.key_set_body = b"<h1>502</h1>"
        live.clock.tick(hours=2)
        assert self.launch(platform, browser) == 303


def test_one_fetch_serves_many_launches(platform: Platform, browser: Browser) -> None:
    for _ in range(3):
        assert browser.launch(platform).status_code == 303
    assert platform.key_set_requests == 1
