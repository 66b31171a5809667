"""Tokens, and platforms that answer what no platform should."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import jwt
import pytest
from flask import Response, request
from sqlalchemy import select

from lti_tool import http
from lti_tool.grading import ags
from lti_tool.platforms import keys
from lti_tool.platforms.models import AccessToken
from tests.integration.grading.conftest import Bare, stamp


def send(bare: Bare, given: int = 100, **later: float) -> Any:
    """Desire a score for somebody new, pump, and give the row."""
    row = bare.desire(bare.enrolled(bare.world.person(bare.registration)), given)
    bare.deliver(**later)
    return bare.row(row)


def tokens(bare: Bare) -> list[AccessToken]:
    with bare.here.database.read() as session:
        return list(session.scalars(select(AccessToken)))


def hang_up() -> Response:
    connection = request.environ["werkzeug.socket"]
    connection.shutdown(socket.SHUT_RDWR)
    return Response("", 500)


def test_the_address_keeps_its_query(bare: Bare) -> None:
    send(bare)
    assert bare.posts[0]["url"] == "/columns/1/scores?type_id=7"
    assert bare.posts[0]["type"] == "application/vnd.ims.lis.v1.score+json"


def test_the_assertion_says_who_we_are(bare: Bare) -> None:
    send(bare)
    [asked] = bare.token_requests
    now = int(bare.clock().timestamp())
    claims = asked["claims"]
    assert asked["grant_type"] == "client_credentials"
    assert asked["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
    assert asked["scope"] == f"{ags.RESULT_SCOPE} {ags.SCORE_SCOPE}"
    assert (claims["iss"], claims["sub"]) == (bare.registration.client_id,) * 2
    assert claims["aud"] == bare.registration.token_url
    assert claims["iat"] <= now < claims["exp"] <= now + 300
    assert asked["header"]["kid"] == keys.signing_pair(bare.here).kid
    [published] = [key for key in keys.published(bare.here)["keys"] if key["kid"] == asked["header"]["kid"]]
    public = jwt.PyJWK(published).key
    jwt.decode(
        asked["client_assertion"], public, algorithms=["RS256"], audience=claims["aud"], options={"verify_exp": False, "verify_iat": False}
    )


def test_assertions_are_used_once(bare: Bare) -> None:
    bare.token_answers = [{"access_token": "short", "token_type": "Bearer", "expires_in": 30}] * 3
    for _ in range(3):
        assert send(bare).state == "sent"
    assert len({asked["claims"]["jti"] for asked in bare.token_requests}) == 3


def test_tokens_are_kept_sealed_and_renewed_before_they_end(bare: Bare) -> None:
    send(bare)
    send(bare, minutes=58)
    assert bare.authorizations == ["Bearer token-1"] * 2
    [kept] = tokens(bare)
    assert "token-1" not in kept.token_sealed
    assert bare.here.box.open(kept.token_sealed) == "token-1"
    send(bare, minutes=1, seconds=1)
    assert bare.authorizations[-1] == "Bearer token-2"
    assert len(tokens(bare)) == 1


def test_registrations_of_one_issuer_never_share_tokens(bare_of: Callable[..., Bare]) -> None:
    first = bare_of()
    assert send(first).state == "sent"
    second = bare_of(issuer=first.registration.issuer)
    assert send(second).state == "sent"
    assert [asked["claims"]["sub"] for asked in first.token_requests] == [first.registration.client_id]
    assert [asked["claims"]["sub"] for asked in second.token_requests] == [second.registration.client_id]
    assert {row.registration_id for row in tokens(first)} == {first.registration.id, second.registration.id}


def test_tokens_are_kept_by_scopes_in_any_order(bare: Bare) -> None:
    connector = ags.Connector(bare.here, bare.registration)
    assert connector.get_access_token(["b", "a"]) == connector.get_access_token(["a", "b"]) == "token-1"
    assert connector.get_access_token(["a"]) == "token-2"
    assert [asked["scope"] for asked in bare.token_requests] == ["a b", "a"]


def test_many_who_need_a_token_at_once_ask_once(bare: Bare) -> None:
    asked = threading.Event()

    def slow() -> dict[str, Any]:
        asked.wait(10)
        return {"access_token": "same", "token_type": "Bearer", "expires_in": 3600}

    bare.token_answers = [slow]
    keys.signing_pair(bare.here)
    got: list[str] = []

    def fetch() -> None:
        here = replace(bare.here, kept={})  # as in a process of its own
        got.append(ags.Connector(here, bare.registration).get_access_token([ags.SCORE_SCOPE]))

    threads = [threading.Thread(target=fetch) for _ in range(4)]
    for thread in threads:
        thread.start()
    asked.set()
    for thread in threads:
        thread.join(15)
    assert got == ["same"] * 4
    assert len(bare.token_requests) == 1
    assert len(tokens(bare)) == 1


def test_a_good_token_serves_the_others_while_one_fetches_the_next(bare: Bare) -> None:
    send(bare)
    bare.clock.tick(minutes=59, seconds=5)
    with bare.here.database.unit() as session:
        session.scalars(select(AccessToken)).one().asking_until = bare.clock() + timedelta(seconds=20)
    assert send(bare).state == "sent"
    assert bare.authorizations == ["Bearer token-1"] * 2


def test_one_who_died_while_fetching_keeps_nobody_for_long(bare: Bare) -> None:
    send(bare)
    with bare.here.database.unit() as session:
        kept = session.scalars(select(AccessToken)).one()
        kept.token_sealed, kept.asking_until = "", bare.clock() + timedelta(seconds=20)
    assert send(bare, seconds=20).state == "sent"
    assert bare.authorizations[-1] == "Bearer token-2"


def test_a_token_that_somebody_else_replaced_is_not_dropped(bare: Bare) -> None:
    scopes = [ags.SCORE_SCOPE]
    mine, other = ags.Connector(bare.here, bare.registration), ags.Connector(bare.here, bare.registration)
    mine.get_access_token(scopes)
    other.get_access_token(scopes)
    other.drop_token(scopes)
    assert other.get_access_token(scopes) == "token-2"
    mine.drop_token(scopes)
    assert mine.get_access_token(scopes) == "token-2"
    assert len(bare.token_requests) == 2


def test_a_token_sealed_with_a_lost_key_is_fetched_anew(bare: Bare) -> None:
    send(bare)
    with bare.here.database.unit() as session:
        session.scalars(select(AccessToken)).one().token_sealed = "gAAAAA-not-ours"
    assert send(bare).state == "sent"
    assert bare.authorizations[-1] == "Bearer token-2"


def test_a_token_that_is_not_taken_is_dropped_once(bare: Bare) -> None:
    send(bare)
    bare.answers = [("Unauthorized", 401)]
    assert send(bare).state == "sent"
    assert bare.authorizations == ["Bearer token-1", "Bearer token-1", "Bearer token-2"]
    bare.answers = [("Unauthorized", 401)] * 2
    row = send(bare)
    assert (row.state, row.last_reason, row.last_status) == ("queued", "no_token", 401)
    assert len(bare.posts) == 5
    assert len(bare.token_requests) == 3
    bare.deliver(minutes=1)
    assert bare.row(row.id).state == "sent"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("<html>Log in</html>", "no_token"),
        (("<html>Maintenance</html>", 503), "no_token"),
        ({"error": "server_error"}, "no_token"),
        (({"error": "invalid_client"}, 400), "no_token"),
        (({"error": "invalid_client"}, 401), "no_token"),
        ([1, 2], "no_token"),
        ({"access_token": ""}, "no_token"),
        ({"access_token": 7}, "no_token"),
        ({"access_token": "two\r\nlines"}, "no_token"),
        ({"access_token": "smörgås"}, "no_token"),
        (("", 302, {"Location": "/login"}), "no_token"),
        (("x" * 70_000, 200), "no_token"),
        (hang_up, "no_token"),
    ],
)
def test_a_token_endpoint_that_gives_no_token(bare: Bare, answer: Any, reason: str) -> None:
    bare.token_answers = [answer]
    row = send(bare)
    assert (row.state, row.last_reason) == ("queued", reason)
    assert timedelta(0) < row.due_at - bare.clock() <= timedelta(seconds=20)
    assert bare.posts == []
    assert [kept.token_sealed for kept in tokens(bare)] == [""]
    bare.deliver(seconds=20)
    assert bare.row(row.id).state == "sent"


@pytest.mark.parametrize(
    "answer",
    [
        ({"error": "invalid_scope"}, 400),
        {"access_token": "t", "expires_in": 3600, "scope": "https://purl.imsglobal.org/spec/lti-ags/scope/lineitem.readonly"},
    ],
)
def test_a_token_for_less_than_asked(bare: Bare, answer: Any) -> None:
    bare.token_answers = [answer, answer]  # for reading and sending, then for sending alone
    row = send(bare)
    assert (row.state, row.last_reason, row.score_given) == ("refused", "not_allowed", 100)
    assert bare.posts == []


@pytest.mark.parametrize(
    ("expires", "minutes"),
    [
        ({}, 4),
        ({"expires_in": None}, 4),
        ({"expires_in": "soon"}, 4),
        ({"expires_in": True}, 4),
        ({"expires_in": -1}, 4),
        ({"expires_in": "3600"}, 59),
        ({"expires_in": 10**9}, 24 * 60 - 1),
    ],
)
def test_how_long_a_token_is_kept(bare: Bare, expires: dict[str, Any], minutes: float) -> None:
    bare.token_answers = [{"access_token": "first", "token_type": "Bearer", **expires}]
    send(bare)
    send(bare, seconds=minutes * 60 - 1)
    assert len(bare.token_requests) == 1
    send(bare, seconds=2)
    assert len(bare.token_requests) == 2


@pytest.mark.parametrize("where", ["token", "score"])
def test_a_platform_that_hangs_is_left_and_rests(bare: Bare, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    monkeypatch.setattr(http, "_READ", 0.3)
    done = threading.Event()

    def hang() -> str:
        done.wait(5)
        return ""

    (bare.token_answers if where == "token" else bare.answers).append(hang)
    other = bare.desire(bare.enrolled(bare.world.person(bare.registration)))
    bare.clock.tick(milliseconds=1)
    began = time.monotonic()
    row = send(bare)
    assert time.monotonic() - began < 3
    done.set()
    first, second = bare.row(other), row
    assert first.last_reason == {"token": "no_token", "score": "silent"}[where]
    assert (first.state, second.state, second.attempts) == ("queued", "queued", 0)
    bare.deliver(seconds=20)
    assert [bare.row(one.id).state for one in (first, second)] == ["sent", "sent"]


def test_a_connection_lost_after_storing_is_sent_again_with_a_later_time(bare: Bare) -> None:
    bare.answers = [hang_up]
    row = send(bare)
    assert (row.state, row.last_reason) == ("queued", "unreachable")
    bare.deliver(seconds=20)
    assert bare.row(row.id).state == "sent"
    first, second = (post["body"] for post in bare.posts)
    assert stamp(second) - stamp(first) == timedelta(seconds=20)
    assert {**first, "timestamp": ""} == {**second, "timestamp": ""}


@pytest.mark.parametrize(
    "answer",
    [
        "<!DOCTYPE html><title>Maintenance</title>",
        "\n  <html><body>Please log in</body></html>",
        ("", 302, {"Location": "https://sso.example.edu/"}),
        ("<html>", 502),
    ],
)
def test_a_page_is_no_receipt(bare: Bare, answer: Any) -> None:
    bare.answers = [answer]
    row = send(bare)
    assert row.state == "queued"
    assert row.last_reason in ("no_receipt", "busy")
    bare.deliver(seconds=20)
    assert bare.row(row.id).state == "sent"


@pytest.mark.parametrize("answer", [("", 200), ("", 201), ("", 204), ({"resultUrl": "x"}, 200), ("[]", 202), ("not json {", 200)])
def test_what_counts_as_taken(bare: Bare, answer: Any) -> None:
    bare.answers = [answer]
    assert send(bare).state == "sent"


def test_nothing_follows_a_redirect(bare: Bare) -> None:
    bare.answers = [("", 307, {"Location": "/columns/2/scores"})]
    send(bare)
    assert len(bare.posts) == 1


def test_a_fault_of_ours_holds_up_nobody_else(bare: Bare, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ags.post_score

    def faulty(connector: Any, scopes: Any, url: str, message: ags.ScoreMessage) -> None:
        if message.comment == "broken":
            raise RuntimeError("a fault")
        real(connector, scopes, url, message)

    monkeypatch.setattr(ags, "post_score", faulty)
    broken = bare.desire(bare.enrolled(bare.world.person(bare.registration)), comment="broken")
    bare.clock.tick(seconds=1)
    assert send(bare).state == "sent"
    assert (bare.row(broken).state, bare.row(broken).last_reason) == ("queued", "our_fault")


def test_an_address_that_is_not_the_platforms_is_never_called(bare: Bare) -> None:
    bare.set_column("http://127.0.0.1:1/columns/1")
    row = send(bare)
    assert (row.state, row.last_reason) == ("queued", "unreachable")
    assert bare.authorizations == []
