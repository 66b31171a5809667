"""Below the messages: methods, addresses, headers and cookies as no browser would send them, against the running tool."""

from __future__ import annotations

import http.client
import re
import socket

import pytest

from tests.conformance.conftest import Browser, LiveTool
from tests.conformance.test_login_cases import honest
from tests.factories.platform import Platform, asked_of

EVIL = "evil.example"
FORWARDED = {
    "X-Forwarded-Host": EVIL,
    "X-Forwarded-Proto": "https",
    "X-Forwarded-For": "203.0.113.7",
    "X-Forwarded-Prefix": "/evil.example",
    "Forwarded": f"host={EVIL}",
    "X-Original-URL": "/s/x/",
    "X-Rewrite-URL": "/s/x/",
    "X-HTTP-Method-Override": "DELETE",
}


def raw(live: LiveTool, line: bytes, *headers: bytes, host: bytes | None = b"127.0.0.1", body: bytes = b"") -> tuple[int, str, str]:
    """Send these very bytes. Status, headers and body of the answer."""
    address = live.url.removeprefix("http://").split(":")
    lines = [line + b" HTTP/1.0", *([b"Host: " + host] if host is not None else []), *headers]
    if body:
        lines += [b"Content-Type: application/x-www-form-urlencoded", b"Content-Length: %d" % len(body)]
    with socket.create_connection((address[0], int(address[1])), timeout=20) as connection:
        connection.sendall(b"\r\n".join(lines) + b"\r\n\r\n" + body)
        answer = http.client.HTTPResponse(connection)
        answer.begin()
        return answer.status, str(answer.headers), answer.read().decode()


@pytest.mark.parametrize("path", ["/lti/login", "/lti/launch", "/lti/launch/proof"])
@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "PUT", "DELETE", "PATCH", "TRACE", "GET", "NONSENSE"])
def test_only_the_agreed_methods_do_anything(live: LiveTool, browser: Browser, method: str, path: str) -> None:
    answer = browser.session.request(method, live.url + path, allow_redirects=False, timeout=20)
    if method == "OPTIONS":
        assert answer.status_code == 200
        assert "Access-Control-Allow-Origin" not in answer.headers
    else:
        assert answer.status_code == (400 if path == "/lti/login" and method in ("GET", "HEAD") else 405)
    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (b"/lti/launch/", 404),
        (b"/lti/login/", 404),
        (b"//lti/launch", 405),
        (b"/lti//launch", 405),
        (b"/lti//jwks", 308),
        (b"//evil.example/..", 404),
        (b"/\\evil.example", 404),
        (b"/lti/%2e%2e/launch", 404),
        (b"/LTI/launch", 404),
        (b"/lti/launch%00", 404),
        (b"/s/a%00b/home", 401),
        (b"/s/a%00b~%00/", 401),
        (b"/s/%00", 308),
        (b"/s/%ff%fe/home", 401),
        (b"/s/a%0d%0aSet-Cookie:x/home", 401),
        (b"/s/" + b"a" * 5000 + b"/home", 401),
        (b"/s/~/home", 401),
        (b"/static/%00", 404),
        (b"/static/..%2f..%2fapp.py", 404),
        (b"/nowhere?said=\xff\xfe", 404),
        (b"/nowhere?said=%ff%00", 404),
        (b"/lti/login?iss=\xff&client_id=\xed\xa0\x80", 400),
        (b"/s/x/home?said=\xff", 401),
    ],
)
def test_odd_addresses_lead_nowhere(live: LiveTool, path: bytes, status: int) -> None:
    found, headers, text = raw(live, b"GET " + path, host=EVIL.encode())
    assert found == status, text
    assert EVIL not in headers
    for place in re.findall(r"Location: (.*)", headers):
        assert place.startswith(live.url + "/")


HOSTS = (
    *(b"evil.example", b"evil.example:80", b"127.0.0.1@evil.example", b"evil.example/x", b'"><script>', b"a" * 300, b"..a.."),
    *(b"a b", b"\xff\xfe", b"", None, b"xn--\xe4", b"[::1", b"a:b:c"),
)


@pytest.mark.parametrize("host", HOSTS)
def test_the_host_header_has_no_say(live: LiveTool, platform: Platform, host: bytes | None) -> None:
    fields = "&".join(f"{name}={value}" for name, value in platform.login_fields().items())
    status, headers, _ = raw(live, b"POST /lti/login", host=host, body=fields.encode())
    assert status == 302
    location = re.search(r"Location: (.*)", headers)
    assert location
    assert location[1].startswith(platform.issuer + "/auth?")
    assert asked_of(location[1].strip())["redirect_uri"] == live.url + "/lti/launch"
    assert "evil" not in headers
    assert "Domain=" not in headers
    status, headers, text = raw(live, b"GET /s/nobody", host=host)  # the missing slash is added by a whole address
    assert (status, f"Location: {live.url}/s/nobody/" in headers) == (308, True)
    assert "evil" not in text
    status, _, text = raw(live, b"GET /nowhere", host=host)
    assert status == 404
    assert "There is nothing here" in text


def test_forwarding_headers_of_a_stranger_have_no_say(live: LiveTool, platform: Platform, browser: Browser) -> None:
    browser.session.headers.update({"Host": EVIL, **FORWARDED})
    asked = browser.asked(platform)
    assert asked["redirect_uri"] == live.url + "/lti/launch"
    answer = browser.post(honest(platform, asked))
    assert (answer.status_code, answer.headers["Location"][:3]) == (303, "/s/")
    page = browser.session.get(live.url + answer.headers["Location"], timeout=20)
    assert page.status_code in (200, 404)
    for shown in (answer, page):
        assert EVIL not in str(shown.headers)
        assert EVIL not in shown.text


@pytest.mark.parametrize("origin", ["null", "https://evil.example", ""])
def test_a_message_is_proved_by_its_login_not_by_its_origin(platform: Platform, browser: Browser, origin: str) -> None:
    """A page in a sandboxed frame posts with `Origin: null`, as some LMSs do."""
    form = honest(platform, browser.asked(platform))
    assert browser.post(form, headers={"Origin": origin, "Referer": "https://evil.example/"}).status_code == 303


@pytest.mark.parametrize("number", [100, 2000])
def test_hundreds_of_stale_cookies(live: LiveTool, platform: Platform, browser: Browser, number: int) -> None:
    """A browser that never forgets: the oldest are dropped, or there are too many to read."""
    asked = browser.asked(platform)
    stale = "; ".join(f"__Host-f-{n:032x}={'x' * 43}" for n in range(number))
    own = "; ".join(f"{name}={value}" for name, value in browser.session.cookies.items())
    browser.session.cookies.clear()
    answer = browser.post(honest(platform, asked), headers={"Cookie": f"{stale}; {own}"})
    if answer.status_code == 431:
        return
    assert answer.status_code == 303
    dropped = [line for line in answer.raw.headers.getlist("Set-Cookie") if "Max-Age=0" in line and "__Host-f-" in line]
    assert len(dropped) == 20  # by one answer, so that it passes every proxy


def test_odd_cookies_are_none(live: LiveTool) -> None:
    for cookie in (b"f-x=\xff\x00", b'f-x="\\355\\240\\200"', b"; =; ;;\xff", b"f-x=" + b"y" * 30_000):
        assert raw(live, b"GET /s/x/home", b"Cookie: " + cookie)[0] in (401, 431)
