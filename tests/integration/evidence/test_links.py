"""Links that teachers hand in are looked at by the worker: what they are called, and whether they open for everybody."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from lti_tool.evidence.links import look, look_due
from lti_tool.evidence.models import Artifact
from lti_tool.http import HttpClient, HttpFailure, Reply
from tests.integration.evidence.conftest import Desk, artifact_ids

LINK = "https://video.example.org/1"
PAGE = b"<html><head><title>Turn and talk</title><meta property='og:site_name' content='Vimeo'></head>"


class Web(HttpClient):
    """The open internet of a test: addresses and their answers."""

    def __init__(self, **answers: Reply | str) -> None:
        super().__init__()
        self.answers: dict[str, Reply | str] = answers
        self.asked: list[str] = []

    def look(self, url: str, **_given: Any) -> Reply:
        self.asked.append(url)
        found = self.answers.get(url, "unreachable")
        if isinstance(found, str):
            raise HttpFailure(found, "test")
        return found


def page(body: bytes = PAGE, status: int = 200, **headers: str) -> Reply:
    return Reply(status, {"Content-Type": "text/html; charset=utf-8", **headers}, body, {})


def add(desk: Desk, url: str = LINK, **data: str) -> Artifact:
    answer = desk.post("/requirement/recording/add/link", {"url": url, "title": "Recording", "students": "none", **data})
    assert answer.status_code == 303
    return desk.rows(Artifact)[-1]  # type: ignore[no-any-return]


def look_now(desk: Desk, **answers: Reply | str) -> Artifact:
    desk.world.tool.http = Web(**answers)
    look_due(desk.world.tool)
    return desk.rows(Artifact)[-1]  # type: ignore[no-any-return]


def test_a_link_waits_and_then_says_what_it_is(desk: Desk) -> None:
    woken: list[int] = []
    desk.world.tool.wake = lambda: woken.append(1)
    assert add(desk).link_state == "waiting"
    assert woken == [1]
    assert "We are looking whether it opens" in desk.get("/requirement/recording").text
    assert look_now(desk, **{LINK: page()}).link_state == "open"
    shown = desk.get("/requirement/recording").text
    assert "Turn and talk (Vimeo)" in shown
    assert "It opens for everybody" in shown


@pytest.mark.parametrize(
    ("answers", "state", "words"),
    [
        ({LINK: "unreachable"}, "silent", "did not answer"),
        ({LINK: "timeout"}, "silent", "did not answer"),
        ({LINK: "refused"}, "private", "private network"),
        ({LINK: page(status=404)}, "missing", "Nothing was found"),
        ({LINK: page(status=302, Location="https://accounts.google.com/v3/signin?continue=x")}, "sign_in", "anyone with the link"),
        (
            {LINK: page(status=302, Location="/login"), "https://video.example.org/login": page(status=403)},
            "sign_in",
            "anyone with the link",
        ),
        ({LINK: page(status=302, Location="http://169.254.169.254/latest/meta-data")}, "private", "private network"),
        ({LINK: page(status=302, Location="file:///etc/passwd")}, "unknown", "could not see"),
        ({LINK: page(status=302, Location=LINK)}, "unknown", "could not see"),
        ({LINK: page(status=302, Location="https://[")}, "unknown", "could not see"),
        ({LINK: page(b"%PDF", **{"Content-Type": "application/pdf"})}, "open", "opens for everybody"),
    ],
)
def test_what_was_seen_is_a_warning_and_never_a_refusal(desk: Desk, answers: dict[str, Any], state: str, words: str) -> None:
    desk.write_everything()
    assert look_now(desk, **answers).link_state == state
    assert words in desk.get("/requirement/recording").text
    check = desk.get("/check")
    assert (words in check.text) == (state != "open")
    assert desk.submit().status_code == 303


def test_where_we_were_told_to_look_nobody_else_is_asked(desk: Desk) -> None:
    add(desk)
    look_now(desk, **{LINK: page(status=302, Location="https://accounts.google.com/signin")})
    assert desk.world.tool.http.asked == [LINK]  # type: ignore[attr-defined]


def test_looking_again_and_changing_the_link_ask_anew(desk: Desk) -> None:
    piece = add(desk)
    look_now(desk)
    assert desk.post(f"/artifact/{piece.id}/look").status_code == 303
    assert desk.rows(Artifact)[0].link_state == "waiting"
    look_now(desk, **{LINK: page()})
    form = {"title": "Recording", "students": "none", "url": LINK}
    assert desk.post(f"/artifact/{piece.id}", form).status_code == 303
    assert desk.rows(Artifact)[0].link_state == "open", "the same link was looked at already"
    assert desk.post(f"/artifact/{piece.id}", {**form, "url": LINK + "2"}).status_code == 303
    assert desk.rows(Artifact)[0].link_state == "waiting"


def test_a_link_that_changed_while_somebody_looked_keeps_waiting(desk: Desk) -> None:
    piece = add(desk)

    class Slow(Web):
        def look(self, url: str, **given: Any) -> Reply:
            desk.post(f"/artifact/{piece.id}", {"title": "Recording", "students": "none", "url": LINK + "2"})
            return super().look(url, **given)

    desk.world.tool.http = Slow(**{LINK: page()})
    look_due(desk.world.tool)
    assert desk.rows(Artifact)[0].link_state == "waiting"


def test_who_stops_in_between_is_followed_by_another(desk: Desk, clock: Any) -> None:
    add(desk)

    class Dying(Web):
        def look(self, url: str, **_given: Any) -> Reply:
            raise KeyboardInterrupt

    desk.world.tool.http = Dying()
    with pytest.raises(KeyboardInterrupt):
        look_due(desk.world.tool)
    assert look_now(desk, **{LINK: page()}).link_state == "waiting", "not before its time"
    clock.tick(minutes=3)
    assert look_now(desk, **{LINK: page()}).link_state == "open"
    clock.tick(days=1)
    desk.world.tool.http = web = Web()
    assert look_due(desk.world.tool) is False
    assert web.asked == []


def test_a_few_at_a_time(desk: Desk) -> None:
    for number in range(4):
        add(desk, f"{LINK}{number}")
    desk.world.tool.http = Web()
    assert look_due(desk.world.tool) is True
    assert look_due(desk.world.tool) is False
    assert {row.link_state for row in desk.rows(Artifact)} == {"silent"}


def test_a_page_asks_for_the_answer_while_the_worker_looks(desk: Desk) -> None:
    piece = add(desk)
    path = f"/artifact/{piece.id}/link"
    assert "hx-get" in desk.get(path).text
    assert "hx-get" not in desk.get(path + "?asked=12").text
    look_now(desk, **{LINK: page()})
    assert "hx-get" not in desk.get(path).text
    desk.upload("plan", b"%PDF-1.7\n%%EOF\n", "plan.pdf")
    other = artifact_ids(desk.get("/requirement/plan"))[0]
    assert desk.get(f"/artifact/{other}/link").status_code == 404


@pytest.mark.parametrize(
    "url", ["http://localhost/x", "https://nas.local/video", "https://10.0.0.8/", "https://u:p@example.org", "ftp://example.org"]
)
def test_addresses_that_nobody_else_can_open_are_not_taken_and_nothing_typed_is_lost(desk: Desk, url: str) -> None:
    answer = desk.post("/requirement/recording/add/link", {"url": url, "title": "My title", "text": "My note"})
    assert answer.status_code == 422
    assert "My title" in answer.text
    assert "My note" in answer.text
    assert desk.rows(Artifact) == []


def test_what_a_page_says_is_shown_as_text(desk: Desk) -> None:
    add(desk)
    look_now(desk, **{LINK: page(b"<title>&lt;script&gt;alert(1)&lt;/script&gt;</title>")})
    assert "<script>alert" not in desk.get("/requirement/recording").text


@pytest.fixture
def site(httpserver: HTTPServer) -> Iterator[HTTPServer]:
    yield httpserver
    httpserver.check_assertions()  # type: ignore[no-untyped-call]


def test_over_the_wire(site: HTTPServer) -> None:
    """Redirects are followed one by one, each through the same door; a long page is read as far as it is needed."""

    def final(request: Request) -> Response:
        assert "Referer" not in request.headers
        assert "Cookie" not in request.headers
        return Response(PAGE + b"x" * 2_000_000, content_type="text/html")

    site.expect_request("/a").respond_with_response(Response(status=302, headers={"Location": "/b", "Set-Cookie": "a=b"}))
    site.expect_request("/b").respond_with_handler(final)
    client, trusted = HttpClient(development=True), [site.url_for("").rstrip("/")]
    found = client.look(site.url_for("/b"), trusted=trusted)
    assert len(found.body) == 512 * 1024
    with pytest.raises(HttpFailure, match="refused"):
        client.look(site.url_for("/a"))
    with pytest.raises(HttpFailure, match="refused"):
        HttpClient().look(site.url_for("/a"), trusted=trusted)
    assert client.look(site.url_for("/a"), trusted=trusted).headers["Location"] == "/b"


def test_a_name_that_leads_to_a_private_address_is_private() -> None:
    assert look(HttpClient(development=True), "http://localhost.example:1/") == ("unknown", {})
    assert look(HttpClient(development=True), "http://127.0.0.1/") == ("private", {})
