"""A teacher hands in files or a whole submission by deep linking."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.audit import AuditEvent
from lti_tool.linking.models import HandedFile, HandedSubmission
from lti_tool.linking.service import sweep
from tests.conftest import Clock
from tests.integration.linking.conftest import DL, HOMEWORK, PDF, Link, hand_in


def test_a_file_goes_back_with_its_name_its_type_and_an_address_that_works_for_a_server(link: Link, clock: Clock) -> None:
    piece = link.file("Übung 1.pdf")
    browser = link.homework()
    page = browser.get("/hand-in")
    assert "Übung 1.pdf" in page.text
    assert 'type="radio"' in page.text
    answer = hand_in(browser, ("file", piece.id))
    [item] = link.items(answer)
    assert {name: item[name] for name in ("type", "title", "text", "mediaType")} == {
        "type": "file",
        "title": "Übung 1.pdf",
        "text": "Übung 1.pdf",
        "mediaType": "application/pdf",
    }
    assert set(item) == {"type", "title", "text", "mediaType", "url", "expiresAt"}
    assert datetime.fromisoformat(item["expiresAt"]) == clock.now.replace(microsecond=0) + timedelta(minutes=15)
    got = link.fetch(item["url"])
    assert (got.status_code, got.data) == (200, PDF)
    assert got.headers["Content-Type"] == "application/pdf"
    assert got.headers["Content-Disposition"].startswith("attachment")
    assert "%C3%9Cbung%201.pdf" in got.headers["Content-Disposition"]
    assert got.headers["Cache-Control"] == "private, no-store"
    assert "sandbox" in got.headers["Content-Security-Policy"]
    assert "lms.example.edu" in answer.headers["Content-Security-Policy"]


def test_the_address_is_no_secret_in_our_tables_and_the_trail_names_no_file(link: Link) -> None:
    browser = link.homework()
    [item] = link.items(hand_in(browser, ("file", link.file().id)))
    [row] = link.scene.rows(HandedFile)
    assert item["url"].rsplit("/", 1)[1] not in repr(vars(row))
    with link.tool.database.read() as session:
        [event] = session.scalars(select(AuditEvent).where(AuditEvent.action == "linking:work:hand_in")).all()
    assert (event.actor_id, event.details) == (link.scene.ada.id, {"items": 1})


def test_it_can_be_fetched_three_times_and_not_after_a_quarter_of_an_hour(link: Link, clock: Clock) -> None:
    piece, browser = link.file(), link.homework()
    [item] = link.items(hand_in(browser, ("file", piece.id)))
    for _ in range(5):
        assert link.fetch(item["url"], "HEAD").status_code == 200  # only looks
    assert [link.fetch(item["url"]).status_code for _ in range(4)] == [200, 200, 200, 410]
    assert link.fetch(item["url"], "HEAD").status_code == 410
    [other] = link.items(hand_in(browser, ("file", piece.id)))
    assert other["url"] != item["url"]
    clock.tick(minutes=14)
    assert link.fetch(other["url"]).status_code == 200
    clock.tick(minutes=1)
    late = link.fetch(other["url"])
    assert late.status_code == 410
    assert "3 times within 15 minutes" in late.text
    assert sweep(link.tool) == 2
    assert link.fetch(other["url"]).status_code == 410
    assert link.scene.rows(HandedFile) == []


def test_a_part_of_it_can_be_fetched(link: Link) -> None:
    [item] = link.items(hand_in(link.homework(), ("file", link.file().id)))
    part = link.fetch(item["url"], Range="bytes=0-3")
    assert (part.status_code, part.data) == (206, PDF[:4])


def test_a_piece_that_is_removed_meanwhile_is_neither_picked_nor_fetched(link: Link) -> None:
    piece, other, browser = link.file("one.pdf"), link.file("two.pdf"), link.homework()
    [item] = link.items(hand_in(browser, ("file", piece.id)))
    browser.get("/hand-in")
    link.remove(piece)
    link.remove(other)
    assert link.fetch(item["url"]).status_code == 410
    answer = hand_in(browser, ("file", other.id))
    assert answer.status_code == 422
    assert "be handed in any more" in answer.text
    assert 'name="JWT"' not in answer.text


def test_made_up_addresses_lead_nowhere(link: Link) -> None:
    client = link.world.app.test_client()
    for token in ("x", "A" * 43, "%00", "%ff" * 20, "../evidence-file/x", "9" * 3000):
        assert client.get(f"/handed-file/{token}").status_code in (404, 410)


def test_files_are_served_at_the_evidence_host_alone(link: Link) -> None:
    [item] = link.items(hand_in(link.homework(), ("file", link.file().id)))
    object.__setattr__(link.tool.settings, "evidence_url", "http://evidence.example.org")
    path = "/handed-file/" + item["url"].rsplit("/", 1)[1]
    client = link.world.app.test_client()
    assert client.get(path, base_url="http://127.0.0.1:8000").status_code == 404
    found = client.get(path, base_url="http://evidence.example.org")
    assert found.status_code == 200
    found.close()


def test_a_submission_goes_back_as_a_link_that_names_it(link: Link) -> None:
    submission, _ = link.scene.seated()
    answer = hand_in(link.homework(), ("work", submission.id))
    [item] = link.items(answer)
    assert item["type"] == "ltiResourceLink"
    assert item["url"] == f"{link.tool.settings.base_url}/lti/launch?submission={submission.id}"
    assert item["custom"] == {"submission": str(submission.id)}
    assert item["title"].endswith(", attempt 1")
    assert "lineItem" not in item
    hand_in(link.homework(), ("work", submission.id))
    [row] = link.scene.rows(HandedSubmission)
    assert (row.context_id, row.submission_id) == (link.scene.context.id, submission.id)


def test_one_where_one_is_taken_and_several_where_several_are(link: Link) -> None:
    one, two = link.file("one.pdf"), link.file("two.pdf")
    submission, _ = link.scene.seated()
    answer = hand_in(link.homework(), ("file", one.id), ("file", two.id))
    assert answer.status_code == 422
    assert "one thing at a time" in answer.text
    several = link.homework(accept_multiple=True)
    assert 'type="checkbox"' in several.get("/hand-in").text
    items = link.items(hand_in(several, ("file", one.id), ("file", two.id), ("file", one.id)))
    assert {item["title"] for item in items} == {"one.pdf", "two.pdf"}
    answer = hand_in(several, ("file", one.id), ("work", submission.id))
    assert answer.status_code == 422
    assert "not both" in answer.text
    assert re.search(rf'value="file:{one.id}" checked', answer.text), "what was ticked stays ticked"


@pytest.mark.parametrize(
    ("types", "file", "work"),
    [(["file"], True, False), (["ltiResourceLink"], False, True), (["ltiResourceLink", "file", "html"], True, True)],
)
def test_only_what_is_accepted_is_offered_or_taken(link: Link, types: list[str], file: bool, work: bool) -> None:
    piece = link.file()
    submission, _ = link.scene.seated()
    browser = link.homework(accept_types=types)
    page = browser.get("/hand-in").text
    assert (f"file:{piece.id}" in page, f"work:{submission.id}" in page) == (file, work)
    assert hand_in(browser, ("file", piece.id)).status_code == (200 if file else 422)
    assert hand_in(browser, ("work", submission.id)).status_code == (200 if work else 422)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"custom": {"allowed_extensions": "docx,txt"}}, "takes only docx and txt files"),
        ({"media_types": ["image/*"]}, "takes other kinds of files"),
    ],
)
def test_a_file_that_the_assignment_does_not_take_is_shown_with_the_reason_and_not_taken(
    link: Link, given: dict[str, Any], words: str
) -> None:
    piece, browser = link.file(), link.homework(**given)
    page = browser.get("/hand-in").text
    assert words in page
    assert re.search(rf'value="file:{piece.id}" disabled', page)
    assert hand_in(browser, ("file", piece.id)).status_code == 422


def test_nothing_there_nothing_picked_and_giving_up(link: Link) -> None:
    browser = link.homework(data="d", custom={"assignment_title": "My <b>portfolio</b>"})
    page = browser.get("/hand-in").text
    assert "You have nothing to hand in yet" in page
    assert "My &lt;b&gt;portfolio&lt;/b&gt;" in page
    assert "add a file there" in page
    link.file()
    assert "Choose what to hand in." in hand_in(browser).text
    claims = link.claims(browser.post("/hand-in", {"do": "cancel"}))
    assert (claims[DL + "content_items"], claims[DL + "data"]) == ([], "d")
    assert link.scene.rows(HandedFile) == []


def test_somebody_elses_things_and_those_of_another_district_are_not_theirs_to_hand_in(link: Link) -> None:
    piece = link.file()
    submission, _ = link.scene.seated()
    colleague = link.world.person(link.scene.registration, "Ben Teacher")
    registration, stranger = link.stranger()
    theirs = link.world.browser(
        stranger,
        "earner",
        context=link.world.context(registration),
        launch={
            "message_type": "LtiDeepLinkingRequest",
            "deep_linking": {"return_url": "https://x.example.org/", "data": None, "accept_lineitem": None, **HOMEWORK},
        },
    )
    for browser in (link.homework(person=colleague), theirs):
        page = browser.get("/hand-in").text
        assert "plan.pdf" not in page
        for wanted in (("file", piece.id), ("work", submission.id), "file:nonsense", "work:", "x\x00y"):
            answer = hand_in(browser, wanted)
            assert answer.status_code == 422
            assert 'name="JWT"' not in answer.text
    assert link.scene.rows(HandedFile) == link.scene.rows(HandedSubmission) == []


def test_without_a_course_no_submission_is_offered(link: Link) -> None:
    submission, _ = link.scene.seated()
    browser = link.world.browser(
        link.scene.ada,
        "earner",
        launch={
            "message_type": "LtiDeepLinkingRequest",
            "deep_linking": {"return_url": "https://x.example.org/", "data": None, "accept_lineitem": None, **HOMEWORK},
        },
    )
    assert str(submission.id) not in browser.get("/hand-in").text
    assert hand_in(browser, ("work", submission.id)).status_code == 422


def test_the_page_belongs_to_a_learners_request_for_work(link: Link) -> None:
    assert link.come(HOMEWORK, "designer", "facilitator").get("/hand-in").status_code == 403
    assert link.come(HOMEWORK, "preview").get("/hand-in").status_code == 200
    other = link.come({"wants": "place", "accept_types": ["ltiResourceLink"], "accept_multiple": True}, "earner", "designer")
    for browser in (other, link.world.browser(link.scene.ada, "earner", context=link.scene.context)):
        assert browser.get("/hand-in").status_code == 400
        assert hand_in(browser).status_code == 400
    homework = link.come(HOMEWORK, "earner", "designer")
    assert homework.get("/catalog/pick").status_code == 400
    assert homework.get("/").location.endswith("/hand-in")


@pytest.mark.parametrize("return_url", ["", "javascript:alert(1)", "//x"])
def test_without_a_place_to_answer_there_is_a_readable_refusal(link: Link, return_url: str) -> None:
    browser = link.homework(return_url=return_url)
    assert browser.get("/hand-in").status_code == 400
    assert hand_in(browser, ("file", link.file().id)).status_code == 400
    assert link.scene.rows(HandedFile) == []
