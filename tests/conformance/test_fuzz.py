"""What nobody listed: honest logins, messages and choices with anything at all in one of their places.

Whatever comes, the answer is a page of ours or a readable refusal; whoever is refused has no visit and no second try; nobody is asked
whom the message names; nothing of the message is in the log. FUZZ=5000 looks longer, and elsewhere each time.
"""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from io import BytesIO
from typing import Any
from urllib.parse import quote_from_bytes

import jwt
import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from lti_tool import logs
from lti_tool.tool import Tool
from tests.conformance.fuzzing import VENDORS, Change, Stage, bounded, changed, changes, odd_values, readable, token
from tests.conftest import Clock
from tests.factories.platform import CLAIM, INSTRUCTOR, LEARNER, Platform, asked_of, platform_server

DL = "https://purl.imsglobal.org/spec/lti-dl/claim/"


@pytest.fixture
def stage(tool: Tool, app: Flask, clock: Clock) -> Iterator[Stage]:
    logs.connect(tool.settings.model_copy(update={"log_level": "DEBUG"}))
    with platform_server() as server:
        yield Stage(tool, app, server, clock)
    logs.connect(tool.settings)


SAMPLE = Platform.__new__(Platform)
SAMPLE.issuer, SAMPLE.client_id, SAMPLE.deployment_id, SAMPLE.kid, SAMPLE.tool_url = "i", "c", "d", "k", "t"
SAMPLE.now = Clock()
DEEP = SAMPLE.deep_linking(data="abc", accept_lineitem=True, title="T", text="t", auto_create=False, accept_media_types="a/b")
REVIEW: dict[str, Any] = {"message_type": "LtiSubmissionReviewRequest", "roles": [INSTRUCTOR], "for_user": {"user_id": "user-1"}}
MESSAGES: dict[str, dict[str, Any]] = {
    "learner": {"roles": [LEARNER]},
    "instructor": {"roles": [INSTRUCTOR]},
    "deep": DEEP,
    "review": REVIEW,
}
ODD = odd_values("http://127.0.0.1:1/trap", "https://169.254.169.254/trap")
MESSAGE = st.sampled_from(sorted(MESSAGES)).flatmap(
    lambda kind: st.tuples(st.just(kind), changes(SAMPLE.claims("n", **MESSAGES[kind], locale="en", azp="c", nbf=1), ODD))
)


@bounded(250)
@given(vendor=st.sampled_from(VENDORS), message=MESSAGE)
def test_any_value_in_any_claim(stage: Stage, vendor: str, message: tuple[str, list[Change]]) -> None:
    kind, wanted = message
    client, platform = stage.browser(), stage.platforms[vendor]
    asked = stage.asked(client, vendor)
    body = changed(stage.body(vendor, asked["nonce"], **MESSAGES[kind]), wanted)
    stage.launch(client, asked, token(platform, {"alg": "RS256", "typ": "JWT", "kid": platform.kid}, body))


HEADER = {"alg": "RS256", "typ": "JWT", "kid": "kid-other"}
MEMBERS = ("alg", "kid", "typ", "crit", "b64", "jku", "x5u", "jwk", "x5c", "cty", "zip", "enc")
HEADERS = st.dictionaries(st.sampled_from(MEMBERS), ODD | st.just(...), min_size=1, max_size=3).map(
    lambda found: {name: value for name, value in {**HEADER, **found}.items() if value is not ...}
)


@bounded(100)
@given(header=HEADERS | ODD | st.binary(max_size=20), body=st.none() | ODD | st.binary(max_size=20))
def test_any_header_and_any_body(stage: Stage, header: Any, body: Any) -> None:
    client = stage.browser()
    asked = stage.asked(client, "other")
    body = stage.body("other", asked["nonce"]) if body is None else body
    stage.launch(client, asked, token(stage.platforms["other"], header, body))


FIELDS = (
    *("iss", "client_id", "login_hint", "lti_message_hint", "target_link_uri", "lti_deployment_id", "lti_storage_target"),
    *("state", "id_token", "error", "proof"),
)
BYTES = st.binary(max_size=8) | st.sampled_from(
    [b"", b"\x00", b"\xff\xfe", b"\xed\xa0\x80", b"x" * 5000, b"a\r\nSet-Cookie: a=b", b"_parent", b"%00", b"\xf0\x9f\xa6\x89"]
)
TYPES = st.sampled_from(
    [
        "application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=utf-16",
        "multipart/form-data; boundary=b",
        "multipart/form-data",
        "multipart/form-data; boundary=" + "b" * 500,
        "text/plain",
        "application/json",
        "application/xml",
        "",
        "\xff/;=",
        "a" * 3000,
    ]
)


def encoded(content_type: str, fields: list[tuple[bytes, bytes]], *, raw: bool) -> bytes:
    if "multipart" in content_type:
        part = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        return b"".join(part % pair for pair in fields) + b"--b--\r\n"
    if "json" in content_type:
        return json.dumps({name.decode(): value.decode("latin-1") for name, value in fields}).encode()
    return b"&".join(name + b"=" + (value if raw else quote_from_bytes(value).encode()) for name, value in fields)


@bounded(250)
@given(
    path=st.sampled_from(["/lti/login", "/lti/login/again", "/lti/launch", "/lti/launch/proof"]),
    method=st.sampled_from(["GET", "POST"]),
    content_type=TYPES,
    odd=st.lists(st.tuples(st.sampled_from(FIELDS), BYTES), max_size=3),
    gone=st.sets(st.sampled_from(FIELDS), max_size=1),
    raw=st.booleans(),
    length=st.sampled_from(["right", "none", "chunked", "short", "x", "-1", "999999999"]),
    embedded=st.booleans(),
)
def test_any_bytes_in_a_login(
    stage: Stage,
    path: str,
    method: str,
    content_type: str,
    odd: list[tuple[str, bytes]],
    gone: set[str],
    *,
    raw: bool,
    length: str,
    embedded: bool,
) -> None:
    """Wrong, doubled, missing, huge, not UTF-8; in the address, as a form, in parts, as JSON; with a length that is not so."""
    platform = stage.platforms["other"]
    fields = [(name.encode(), value.encode()) for name, value in platform.login_fields().items() if name not in gone]
    fields += [(name.encode(), value) for name, value in odd]
    sent = encoded(content_type if method == "POST" else "", fields, raw=raw)
    environ: dict[str, Any] = {"REQUEST_METHOD": method, "CONTENT_TYPE": content_type}
    environ["HTTP_SEC_FETCH_DEST"] = "iframe" if embedded else "document"
    if method == "GET":
        environ["QUERY_STRING"] = sent.decode("latin-1")
    else:
        lengths = {"right": str(len(sent)), "none": None, "chunked": None, "short": str(len(sent) // 2)}
        environ |= {"wsgi.input": BytesIO(sent), "CONTENT_LENGTH": lengths.get(length, length)}
        environ["wsgi.input_terminated"] = length == "chunked"
    client = stage.browser()
    answer = client.open(path, environ_overrides={name: value for name, value in environ.items() if value is not None})
    if answer.status_code in (302, 303):
        assert answer.location.startswith((platform.issuer + "/auth?tenant=1&", "/lti/login/again?"))
        if answer.status_code == 302:
            assert asked_of(answer.location)["redirect_uri"] == platform.tool_url + "/lti/launch"
        answer.headers["Location"].encode("ascii")
    elif answer.status_code != 200:
        readable(answer)
    assert stage.visits() == 0
    assert stage.server.log == []


CUSTOM = st.dictionaries(st.sampled_from(["activity", "page", "points", "context_history", "canvas_api_domain"]), ODD, min_size=1)


@bounded(80)
@given(vendor=st.sampled_from(VENDORS), custom=CUSTOM | ODD, role=st.sampled_from([LEARNER, INSTRUCTOR]), known=st.booleans())
def test_any_custom_value_has_somewhere_to_land(stage: Stage, vendor: str, custom: Any, role: str, *, known: bool) -> None:
    client, platform = stage.browser(), stage.platforms[vendor]
    asked = stage.asked(client, vendor)
    if isinstance(custom, dict) and known:
        custom = {**custom, "activity": stage.activities[vendor]}
    page = stage.launch(client, asked, platform.sign(stage.body(vendor, asked["nonce"], custom=custom, roles=[role], sub="user-2")))
    assert page is not None


SETTINGS = changes({"s": DEEP["deep_linking"]}, ODD | st.sampled_from(["ltiResourceLink", True, False, "true"]))


@bounded(80)
@given(vendor=st.sampled_from(VENDORS), wanted=SETTINGS)
def test_any_wish_of_a_deep_linking_request_is_answered(stage: Stage, vendor: str, wanted: list[Change]) -> None:
    """Through the picker to the answer: verified with our key set, and `data` as it came."""
    client, platform = stage.browser(), stage.platforms[vendor]
    asked = stage.asked(client, vendor)
    honest = platform.deep_linking(data="abc", accept_lineitem=True, title="T", text="t", auto_create=False, accept_media_types="a/b")
    wishes = changed({"s": honest["deep_linking"]}, wanted).get("s", ...)
    page = stage.launch(client, asked, platform.sign(stage.body(vendor, asked["nonce"], **{**honest, "deep_linking": wishes})))
    if page is None:
        return
    assert page.status_code == 200
    form_token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
    assert form_token
    picked = re.findall(r'name="pick" value="([^"]+)"', page.text)
    data = {"csrf_token": form_token[1], "pick": picked[:1], "counts": "y", "points": "40"}
    answer = client.post(page.request.path, data=data)
    assert answer.status_code == 200, answer.text
    found = re.search(r'name="JWT" value="([^"]+)"', answer.text)
    assert found
    signed = html.unescape(found[1])
    ours = jwt.PyJWKSet.from_dict(client.get("/lti/jwks").json)[jwt.get_unverified_header(signed)["kid"]]
    body = jwt.decode(
        signed, ours.key, ["RS256"], audience=platform.issuer, issuer=platform.client_id, options={"verify_exp": False, "verify_iat": False}
    )
    assert body.get(DL + "data") == wishes.get("data")
    assert len(body[DL + "content_items"]) == 1
    assert body[CLAIM + "deployment_id"] == platform.deployment_id
