"""Notices that a tool must refuse and those it must accept, against the running tool (Platform Notification Service 1.0, 3.3)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.api_jws import PyJWS
from sqlalchemy import func, select, update

from lti_tool.audit import AuditEvent
from lti_tool.launch.models import Context, Membership, Person
from lti_tool.platforms.models import Registration
from lti_tool.web.models import FrameSession
from tests.conformance.conftest import Browser, LiveTool
from tests.factories.platform import CLAIM, INSTRUCTOR, Platform, unguessable

Make = Callable[[Platform], str]
COURSE = {"id": "copy-1", "label": "PL2", "title": "Professional learning, copied"}


def body(platform: Platform, **given: Any) -> dict[str, Any]:
    """An honest notice of a copied course. Names of `iss` and its like are taken whole, others are LTI claims; `...` leaves one out."""
    now = int(platform.now().timestamp())
    found: dict[str, Any] = {
        "iss": platform.issuer,
        "aud": platform.client_id,
        "azp": platform.client_id,
        "iat": now,
        "exp": now + 3600,
        "nonce": unguessable(),
        CLAIM + "version": "1.3.0",
        CLAIM + "deployment_id": platform.deployment_id,
        CLAIM + "notice": {"id": "n-1", "timestamp": "2026-11-24T09:00:00Z", "type": "LtiContextCopyNotice"},
        CLAIM + "context": COURSE,
        CLAIM + "origin_contexts": ["course-1"],
    }
    for name, value in given.items():
        whole = name if name in ("iss", "aud", "azp", "iat", "exp", "nbf", "nonce") else CLAIM + name
        found[whole] = value
    return {name: value for name, value in found.items() if value is not ...}


def claims(**given: Any) -> Make:
    return lambda platform: platform.sign(body(platform, **given))


def header(algorithm: str = "RS256", key: Any = None, **members: Any) -> Make:
    return lambda platform: platform.sign(body(platform), headers=members, algorithm=algorithm, key=key)


def seconds(**offsets: int) -> Make:
    def make(platform: Platform) -> str:
        now = int(platform.now().timestamp())
        return platform.sign(body(platform, **{name: now + offset for name, offset in offsets.items()}))

    return make


def b64(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def forged(platform: Platform) -> str:
    head, _, seal = platform.sign(body(platform)).split(".")
    return f"{head}.{b64(body(platform, origin_contexts=['course-9']))}.{seal}"


def unsigned(platform: Platform) -> str:
    return f"{b64({'alg': 'none', 'typ': 'JWT', 'kid': platform.kid})}.{b64(body(platform))}."


def odd_issuer(platform: Platform) -> str:
    text = json.dumps(body(platform) | {"iss": ["x"]}).encode()
    return PyJWS().encode(text, platform.key, algorithm="RS256", headers={"kid": platform.kid})


REFUSED: dict[str, Make] = {
    "no-kid": header(kid=...),
    "unknown-kid": header(kid="nobody"),
    "alg-none": unsigned,
    "hs256": header("HS256", "x" * 64),
    "rs384": header("RS384"),
    "es256": header("ES256", ec.generate_private_key(ec.SECP256R1())),
    "unknown-crit": header(crit=["http://example.org/x"], **{"http://example.org/x": 1}),
    "changed-after-signing": forged,
    "not-a-token": lambda _platform: "abc",
    "empty": lambda _platform: "",
    "not-ascii": lambda platform: platform.sign(body(platform)) + "ä",
    "unknown-issuer": claims(iss="https://nobody.example"),
    "no-issuer": claims(iss=...),
    "odd-issuer": odd_issuer,
    "issuer-with-nul": claims(iss="a\x00b"),
    "another-audience": claims(aud="somebody-else", azp=...),
    "audience-is-nothing": claims(aud=None, azp=...),
    "audience-is-a-number": claims(aud=7, azp=...),
    "another-azp": claims(azp="somebody-else"),
    "odd-azp": claims(azp=["x"]),
    "several-audiences-without-azp": lambda platform: platform.sign(body(platform, aud=[platform.client_id, "x"], azp=...)),
    "expired": seconds(iat=-4000, exp=-100),
    "from-the-future": seconds(iat=300, exp=900),
    "too-old": seconds(iat=-700, exp=900),
    "not-valid-yet": seconds(nbf=300),
    "no-exp": claims(exp=...),
    "no-iat": claims(iat=...),
    "no-nonce": claims(nonce=...),
    "exp-is-text": claims(exp="tomorrow"),
    "exp-is-infinite": claims(exp=1e400),
    "unknown-deployment": claims(deployment_id="nobody"),
    "no-deployment": claims(deployment_id=...),
    "odd-deployment": claims(deployment_id={"a": 1}),
    "deployment-with-nul": claims(deployment_id="a\x00b"),
    "no-version": claims(version=...),
    "version-1.1": claims(version="1.1"),
    "no-notice": claims(notice=...),
    "notice-is-text": claims(notice="LtiContextCopyNotice"),
    "notice-without-type": claims(notice={"id": "n-1"}),
    "notice-without-id": claims(notice={"type": "LtiContextCopyNotice"}),
    "no-context": claims(context=...),
    "context-is-text": claims(context="copy-1"),
    "context-without-id": claims(context={"title": "x"}),
    "context-id-is-true": claims(context={"id": True}),
    "context-id-is-long": claims(context={"id": "x" * 300}),
    "no-origins": claims(origin_contexts=...),
    "origins-are-text": claims(origin_contexts="course-1"),
    "origins-are-empty": claims(origin_contexts=[]),
    "origins-hold-a-list": claims(origin_contexts=["course-1", ["x"]]),
    "origins-hold-nothing": claims(origin_contexts=[None]),
    "origins-with-nul": claims(origin_contexts=["a\x00b"]),
    "very-many-origins": claims(origin_contexts=[f"c{n}" for n in range(101)]),
}


def post(live: LiveTool, *tokens: Any, **more: Any) -> requests.Response:
    given = {"json": {"notices": [{"jwt": token} for token in tokens]}, **more}
    return requests.post(live.url + "/lti/notices", timeout=20, allow_redirects=False, **given)


def contexts(live: LiveTool, platform: Platform) -> dict[str, list[str]]:
    """Courses of the platform, and what they were copied from."""
    with live.here.database.read() as session:
        rows = session.scalars(
            select(Context).join(Registration, Registration.id == Context.registration_id).where(Registration.issuer == platform.issuer)
        )
        return {row.lti_id: row.history for row in rows}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(live: LiveTool, platform: Platform, case: str) -> None:
    answer = post(live, REFUSED[case](platform))
    assert 400 <= answer.status_code < 500, answer.text
    assert answer.json()["error"]
    assert contexts(live, platform) == {}


@pytest.mark.parametrize(
    "given",
    [
        {"data": b""},
        {"data": b"{"},
        {"data": b"[]"},
        {"data": b"null"},
        {"data": b'{"notices": {}}'},
        {"data": b'{"notices": []}'},
        {"data": b'{"notices": ["x"]}'},
        {"data": b'{"notices": [{}]}'},
        {"data": b'{"notices": [{"jwt": 7}]}'},
        {"data": b'{"notices": [{"jwt": "\\ud800"}]}'},
        {"data": b'{"notices": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"},
        {"data": json.dumps({"notices": [{"jwt": "a.b.c"}] * 51}).encode()},
        {"data": b"\xff\xfe"},
    ],
    ids=range(13),
)
def test_bodies_that_hold_no_notice(live: LiveTool, given: dict[str, Any]) -> None:
    answer = post(live, headers={"Content-Type": "application/json"}, **{"json": None, **given})
    assert 400 <= answer.status_code < 500, answer.text


def test_other_kinds_and_sizes_of_bodies(live: LiveTool, platform: Platform) -> None:
    token = platform.sign(body(platform))
    assert post(live, json=None, data={"jwt": token}).status_code == 415
    assert post(live, json=None, data=b"x", headers={"Content-Type": "text/plain"}).status_code == 415
    assert post(live, "x" * 300_000).status_code == 413
    assert requests.get(live.url + "/lti/notices", timeout=20).status_code == 405
    assert requests.post(live.url + "/lti/launch", json={"id_token": token}, timeout=20).status_code == 415, "other doors take no JSON"
    assert contexts(live, platform) == {}


@pytest.mark.parametrize(
    "make",
    [
        claims(),
        claims(azp=...),
        lambda platform: platform.sign(body(platform, aud=[platform.client_id])),
        lambda platform: platform.sign(body(platform, aud=["x", platform.client_id])),
        claims(context={"id": "copy-1", "title": None, "label": 5}),
        seconds(iat=30, exp=900),
        seconds(iat=-500, exp=-30),
    ],
    ids=range(7),
)
def test_accepted(live: LiveTool, platform: Platform, make: Make) -> None:
    answer = post(live, make(platform))
    assert (answer.status_code, answer.json()) == (200, {"taken": 1})
    assert contexts(live, platform) == {"copy-1": ["course-1"]}


def test_ids_that_are_numbers_are_read_as_those_of_launches_are(live: LiveTool, platform: Platform) -> None:
    assert post(live, platform.sign(body(platform, context={"id": 7}, origin_contexts=[2]))).status_code == 200
    assert contexts(live, platform) == {"7": ["2"]}


@pytest.mark.parametrize("kind", ["LtiHelloWorldNotice", "LtiAssetProcessorSubmissionNotice", "Something new"])
def test_other_notices_are_nothing_to_us(live: LiveTool, platform: Platform, kind: str) -> None:
    answer = post(live, platform.sign(body(platform, notice={"id": "n", "type": kind}, context=..., origin_contexts=...)))
    assert answer.status_code == 200
    assert contexts(live, platform) == {}


def test_the_same_again_changes_nothing(live: LiveTool, platform: Platform) -> None:
    token = platform.sign(body(platform))
    first = post(live, token, token)
    assert (first.status_code, first.json()) == (200, {"taken": 2})
    before = contexts(live, platform)
    with live.here.database.read() as session:
        count = session.scalar(select(func.count(AuditEvent.id)))
        assert post(live, token).status_code == 200
        assert session.scalar(select(func.count(AuditEvent.id))) == count
    assert contexts(live, platform) == before


def test_the_origin_stands_first_then_where_that_came_from(live: LiveTool, platform: Platform) -> None:
    def copied(course: str, *origins: str) -> None:
        answer = post(live, platform.sign(body(platform, context={"id": course}, origin_contexts=list(origins))))
        assert answer.status_code == 200

    copied("b", "a")
    copied("c", "b")
    copied("d", "c", "x")
    assert contexts(live, platform) == {"b": ["a"], "c": ["b", "a"], "d": ["c", "x", "b", "a"]}
    copied("b", "d", "b")
    assert contexts(live, platform)["b"] == ["d", "c", "x", "a"], "no course comes from itself"
    copied("d", "x")
    assert contexts(live, platform)["d"] == ["c", "x", "b", "a"], "what is known stays where it is"


def test_good_notices_are_kept_beside_a_bad_one(live: LiveTool, platform: Platform) -> None:
    answer = post(live, forged(platform), platform.sign(body(platform)))
    assert (answer.status_code, answer.json()["error"]) == (403, "token_signature")
    assert contexts(live, platform) == {"copy-1": ["course-1"]}


def test_nobody_speaks_for_another_platform(live: LiveTool, platform: Platform, other: Platform) -> None:
    assert post(live, other.sign(body(platform), headers={"kid": platform.kid})).status_code == 403
    assert post(live, other.sign(body(platform))).status_code == 403
    assert post(live, other.sign(body(other, deployment_id=platform.deployment_id))).status_code == 403
    assert contexts(live, platform) == contexts(live, other) == {}


def test_a_registration_that_is_switched_off_says_nothing(live: LiveTool, platform: Platform) -> None:
    with live.here.database.unit() as session:
        session.execute(update(Registration).where(Registration.issuer == platform.issuer).values(state="disabled"))
    answer = post(live, platform.sign(body(platform)))
    assert (answer.status_code, answer.json()["error"]) == (403, "login_not_active")
    assert contexts(live, platform) == {}


def test_keys_that_can_not_be_read(live: LiveTool, platform: Platform) -> None:
    platform.key_set_body = b"<html>"
    answer = post(live, platform.sign(body(platform)))
    assert (answer.status_code, answer.json()["error"]) == (403, "token_keys_unreachable")


def test_a_notice_gives_nobody_a_right(live: LiveTool, platform: Platform, browser: Browser) -> None:
    def counts() -> list[Any]:
        with live.here.database.read() as session:
            return [session.scalar(select(func.count()).select_from(model)) for model in (Person, Membership, FrameSession)]

    before = counts()
    token = platform.sign(body(platform))
    answer = post(live, token)
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert counts() == before
    asked = browser.asked(platform)
    launched = browser.post({"state": asked["state"], "id_token": token})
    assert launched.status_code == 403, "a notice is no launch"
    asked = browser.asked(platform)
    launch = platform.sign(platform.claims(asked["nonce"], roles=[INSTRUCTOR]))
    assert post(live, launch).status_code == 400, "nor a launch a notice"


def test_a_launch_that_tells_no_history_leaves_what_the_notice_told(live: LiveTool, platform: Platform, browser: Browser) -> None:
    assert post(live, platform.sign(body(platform))).status_code == 200
    custom = {"activity": "key-1", "context_history": "$Context.id.history"}
    assert browser.launch(platform, context=COURSE, custom=custom).status_code == 303
    assert contexts(live, platform) == {"copy-1": ["course-1"]}
    assert browser.launch(platform, context=COURSE, custom={"context_history": "course-2,course-1"}).status_code == 303
    assert contexts(live, platform) == {"copy-1": ["course-2", "course-1"]}, "the LMS's own list is whole"
    assert post(live, platform.sign(body(platform, context={"id": "copy-1", "title": "Other"}, origin_contexts=["z"]))).status_code == 200
    with live.here.database.read() as session:
        mine = select(Registration.id).where(Registration.issuer == platform.issuer)
        assert session.scalars(select(Context.title).where(Context.registration_id.in_(mine))).one() == COURSE["title"], (
            "as launches told it"
        )
