"""Key servers that mean no good, or are broken: what is taken from them, what is left, and that none of it takes long."""

from __future__ import annotations

import base64
import gzip
import json
import random
import socket
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from sqlalchemy import select
from werkzeug import Response

from lti_tool.platforms.models import Registration
from tests.conformance.conftest import Browser, LiveTool
from tests.conformance.test_launch_cases import assert_readable
from tests.factories.platform import Platform
from tests.unit.test_http import serving

_dice = random.Random(7)


def number(value: int) -> str:
    """As a JWK writes it (RFC 7518, 2)."""
    return base64.urlsafe_b64encode(value.to_bytes(max(1, (value.bit_length() + 7) // 8))).rstrip(b"=").decode()


def modulus(bits: int) -> str:
    return number(_dice.getrandbits(bits) | 1 << (bits - 1) | 1)


def short_key() -> str:
    return number(rsa.generate_private_key(public_exponent=65537, key_size=1024).public_key().public_numbers().n)


BAD_KEYS: dict[str, Callable[[Platform], Any]] = {
    "exponent 0": lambda _: {"e": "AA"},
    "exponent 1": lambda _: {"e": "AQ"},
    "even exponent": lambda _: {"e": number(65536)},
    "exponent as long as the modulus": lambda _: {"e": modulus(2047)},
    "512 bits": lambda _: {"n": modulus(512)},
    "1024 bits": lambda _: {"n": short_key()},
    "16384 bits": lambda _: {"n": modulus(16384)},
    "a million bits": lambda _: {"n": modulus(1_000_000)},
    "even modulus": lambda p: {"n": number(p.key.public_key().public_numbers().n + 1)},
    "modulus 0": lambda _: {"n": "AA"},
    "negative modulus": lambda p: {"n": "-" + p.public_jwk()["n"]},
    "modulus in digits": lambda p: {"n": str(p.key.public_key().public_numbers().n)},
    "modulus as a number": lambda p: {"n": p.key.public_key().public_numbers().n},
    "empty modulus": lambda _: {"n": ""},
    "half letters": lambda _: {"n": "\ud800", "e": "\ud800"},
    "no modulus": lambda _: {"n": None},
    "another algorithm": lambda _: {"alg": "RS512"},
    "algorithm none": lambda _: {"alg": "none"},
    "for encryption": lambda _: {"use": "enc"},
    "use is a list": lambda _: {"use": ["sig"]},
    "no kid": lambda _: {"kid": None},
    "kid is a number": lambda _: {"kid": 7},
    "EC": lambda _: {"kty": "EC", "crv": "P-256", "x": "AQ", "y": "AQ"},
}


@pytest.mark.parametrize("change", BAD_KEYS.values(), ids=BAD_KEYS.keys())
def test_a_bad_key_of_the_same_kid_is_skipped(platform: Platform, browser: Browser, change: Callable[[Platform], Any]) -> None:
    """Alone it opens nothing; before a good one it does no harm."""
    bad = {**platform.public_jwk(), **change(platform)}
    platform.key_set = {"keys": [bad]}
    began = time.monotonic()
    assert_readable(browser.launch(platform))
    browser.live.clock.tick(seconds=6)
    platform.key_set = {"keys": [bad, platform.public_jwk()]}
    assert browser.launch(platform).status_code == 303
    assert time.monotonic() - began < 3


def test_of_two_good_keys_of_one_kid_the_first_counts(platform: Platform, other: Platform, browser: Browser) -> None:
    platform.key_set = {"keys": [platform.public_jwk(), {**other.public_jwk(), "kid": platform.kid}]}
    assert browser.launch(platform).status_code == 303
    asked = browser.asked(platform)
    token = other.sign(platform.claims(asked["nonce"]), headers={"kid": platform.kid})
    assert_readable(browser.post({"state": asked["state"], "id_token": token}))


@pytest.mark.parametrize(("size", "extra"), [(3000, {"n": "AQAB"}), (400, {})], ids=["3000 unusable", "400 usable"])
def test_a_great_many_keys(platform: Platform, browser: Browser, size: int, extra: dict[str, str]) -> None:
    rest = [{"kty": "RSA", "kid": f"k{n}", "n": modulus(2048), "e": "AQAB", **extra} for n in range(size)]
    platform.key_set = {"keys": [*rest, platform.public_jwk()]}
    assert len(json.dumps(platform.key_set)) < 256 * 1024
    began = time.monotonic()
    for _ in range(2):
        assert browser.launch(platform).status_code == 303
    assert time.monotonic() - began < 3


def test_more_keys_than_we_read(platform: Platform, browser: Browser) -> None:
    platform.key_set = {"keys": [platform.public_jwk(), *({"kty": "RSA", "kid": f"k{n}", "n": "A" * 342} for n in range(5000))]}
    assert_readable(browser.launch(platform))


@pytest.mark.parametrize(
    "content_type", ["text/plain", "text/html", "application/octet-stream", "", "application/jwk-set+json", "a;;b=\xff"]
)
def test_the_content_type_says_nothing(platform: Platform, browser: Browser, content_type: str) -> None:
    platform.key_set_answer = lambda: Response(json.dumps(platform.key_set), content_type=content_type)
    assert browser.launch(platform).status_code == 303


PRIVATE = "http://169.254.169.254/latest"


@pytest.mark.parametrize(
    ("status", "where"),
    [
        (301, "itself"),
        (302, "neighbour"),
        (307, "neighbour"),
        (308, PRIVATE),
        (302, PRIVATE),
        (204, ""),
        (401, ""),
        (404, ""),
        (429, ""),
        (503, ""),
    ],
)
def test_only_a_plain_answer_counts_and_no_redirect_is_followed(
    platform: Platform, other: Platform, browser: Browser, status: int, where: str
) -> None:
    """Not to the same server either: an address in an answer is one that nobody registered."""
    target = {"itself": f"{platform.issuer}/jwks", "neighbour": f"{other.issuer}/jwks"}.get(where, where)
    body = "" if status == 204 else json.dumps(platform.key_set)
    platform.key_set_answer = lambda: Response(body, status, {"Location": target, "Retry-After": "3600"})
    assert_readable(browser.launch(platform))
    assert (platform.key_set_requests, other.key_set_requests) == (1, 0)


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br", "gzip, gzip", "nonsense"])
def test_a_body_that_unpacks_to_much_or_not_at_all(platform: Platform, browser: Browser, encoding: str) -> None:
    packed = gzip.compress(b'{"keys": [' + b" " * 50_000_000, compresslevel=9)
    platform.key_set_answer = lambda: Response(packed, 200, {"Content-Encoding": encoding})
    began = time.monotonic()
    assert_readable(browser.launch(platform))
    assert time.monotonic() - began < 3


def test_servers_that_drip_or_hang_are_left_in_seconds(live: LiveTool, platform: Platform, other: Platform, browser: Browser) -> None:
    """One byte a second would never run into a timeout between two bytes."""

    def drip(connection: socket.socket, _asked: bytes) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        while True:
            time.sleep(1)
            connection.sendall(b"{")

    def hang(_connection: socket.socket, _asked: bytes) -> None:
        time.sleep(9)

    def launched(whose: Platform) -> float:
        began = time.monotonic()
        assert_readable(Browser(live).launch(whose))
        return time.monotonic() - began

    with ExitStack() as servers:
        for whose, answer in ((platform, drip), (other, hang)):
            server = servers.enter_context(serving(answer))
            with live.here.database.unit() as session:
                session.scalars(select(Registration).where(Registration.issuer == whose.issuer)).one().jwks_url = server.url + "/jwks"
        with ThreadPoolExecutor(2) as pool:
            assert max(pool.map(launched, (platform, other))) < 8
