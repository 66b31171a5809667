"""Which links are taken, what an answer says of them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lti_tool.evidence.link_policies import (
    WORDS,
    Answer,
    about,
    asks_to_sign_in,
    has_usual_port,
    is_private_address,
    is_web_address,
    judged,
    shown,
)


@pytest.mark.parametrize(
    "url",
    [
        "https://video.example.org/1",
        "http://example.org",
        "https://docs.google.com/document/d/1aB/edit?usp=sharing",
        "https://käse.example/übung",
        "https://[2606:4700::1111]/",
        "https://8.8.8.8/",
    ],
)
def test_taken(url: str) -> None:
    assert is_web_address(url)
    assert not is_private_address(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.org",
        "javascript:alert(1)",
        "https://",
        "https:///x",
        "https://user:secret@example.org",
        "https://@example.org",
        "https://example.org/a b",
        "https://example.org\\@evil.example",
        "https://example.org:99999/",
        "https://[::1",
        "https://example.org/\u202egpj",
        "https://example.org/" + "a" * 2000,
    ],
)
def test_not_an_address_of_a_page(url: str) -> None:
    assert not is_web_address(url)


NAMES = "localhost LOCALHOST localhost. intranet nas.local wiki.corp moodle.internal printer.lan"
NUMBERS = "127.0.0.1 127.1 2130706433 0x7f000001 0x7f.1 017700000001 10.0.0.8 192.168.1.1 172.16.0.1 169.254.169.254 100.64.0.1 0.0.0.0"
BRACKETS = "[::1] [fe80::1] [fc00::1] [::ffff:10.0.0.1]"


@pytest.mark.parametrize("host", f"{NAMES} {NUMBERS} {BRACKETS}".split())
def test_private_by_its_words(host: str) -> None:
    url = f"https://{host}/x"
    assert is_web_address(url)
    assert is_private_address(url)


@given(st.text(max_size=60))
def test_any_text_is_judged(text: str) -> None:
    for url in (text, f"https://{text}", f"https://example.org/{text}"):
        if is_web_address(url):
            is_private_address(url)
            asks_to_sign_in(url)
            has_usual_port(url)


def answer(
    body: str | bytes = "", *, status: int = 200, url: str = "https://example.org/", media_type: str = "text/html; charset=utf-8"
) -> Answer:
    return Answer(url, status, "", media_type, body.encode() if isinstance(body, str) else body)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (200, "open"),
        (204, "open"),
        (401, "sign_in"),
        (403, "sign_in"),
        (404, "missing"),
        (410, "missing"),
        (429, "unknown"),
        (500, "silent"),
        (503, "silent"),
    ],
)
def test_status(status: int, state: str) -> None:
    assert judged(answer(status=status)) == state
    assert state in WORDS


@pytest.mark.parametrize(
    "url",
    [
        "https://accounts.google.com/v3/signin/identifier?continue=x",
        "https://login.microsoftonline.com/common/oauth2/authorize",
        "https://district.hosted.panopto.com/Panopto/Pages/Auth/Login.aspx?ReturnUrl=x",
        "https://sso.example.org/adfs/ls/?wa=wsignin1.0",
        "https://id.example.org/idp/profile/SAML2/Redirect/SSO",
    ],
)
def test_pages_that_ask_who_one_is(url: str) -> None:
    assert asks_to_sign_in(url)
    assert judged(answer(url=url)) == "sign_in"


def test_other_pages_do_not_ask() -> None:
    assert not asks_to_sign_in("https://docs.google.com/document/d/1/edit")
    assert not asks_to_sign_in("https://evil.example/accounts.google.com")


def test_what_a_page_says_of_itself() -> None:
    page = """<html><head><title>Exit tickets &amp; more</title>
      <META content='How I use them' name="description"><meta property="og:site_name" content="Class  Blog">
      <meta property="og:description" content="Grade five"><meta property="og:image" content="https://example.org/x.png"></head>"""
    assert about(answer(page)) == {"title": "Exit tickets & more", "site": "Class Blog", "description": "Grade five"}
    assert shown("open", about(answer(page))) == "Exit tickets & more (Class Blog)"
    assert about(answer(page, media_type="application/pdf")) == {}
    assert about(answer("<title>Größe</title>".encode("latin-1"), media_type="text/html; charset=iso-8859-1")) == {"title": "Größe"}
    assert (
        about(answer("<meta charset='windows-1252'><title>“Größe”</title>".encode("cp1252"), media_type="text/html"))["title"] == "“Größe”"
    )
    assert about(answer("<title>\x00\x1b[31m\u202egnp</title>", media_type="text/html; charset=no-such")) == {"title": "[31m gnp"}


@given(st.binary(max_size=300))
def test_any_page_is_read(body: bytes) -> None:
    for media_type in ("text/html", "text/html; charset=utf-7", "text/html; charset=idna"):
        found = about(answer(b"<title>a" + body, media_type=media_type))
        assert set(found) <= {"title", "site", "description"}
        assert all(text.isprintable() and len(text) <= 300 for text in found.values())


@pytest.mark.parametrize(
    "body",
    ["<meta " * 90_000, "<title" * 90_000, "<meta a=" + '"' * 500_000, "<meta " + "a" * 500_000 + ">", "<" * 500_000, "<meta x='" * 50_000],
)
def test_no_page_is_slow_to_read(body: str) -> None:
    began = time.process_time()
    about(answer(body))
    assert time.process_time() - began < 1
