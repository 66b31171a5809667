"""With a virus scanner set: nothing opens before it is clean."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from lti_tool.audit import AuditEvent
from lti_tool.doctor import examine
from lti_tool.evidence import scanning
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.integration.evidence import hostile
from tests.integration.evidence.conftest import Desk
from tests.integration.evidence.opening import Clamd, clamd, fetch, judging, links, send, with_scanner, work


@pytest.fixture
def scanner(tool: Tool) -> Iterator[Clamd]:
    with clamd() as running:
        with_scanner(tool, running.address)
        yield running


def check(tool: Tool) -> tuple[str, str]:
    found = next(one for report in examine(tool) for one in report.checks if one.key == "virus_check")
    return found.state, found.words


def test_a_file_is_held_back_until_it_is_clean(desk: Desk, tool: Tool, scanner: Clamd) -> None:
    desk.upload("plan", hostile.photo(), "a.jpg")
    page = desk.get("/requirement/plan")
    assert "is being checked for viruses" in page.text
    assert links(page) == [], "not even for its owner"
    reviewer, path = judging(desk)
    assert "is being checked for viruses" in reviewer.get(path).text
    work(tool)
    assert scanner.seen == [hostile.photo()]
    [known] = desk.rows(StoredFile)
    assert (known.scan, known.outcome, known.due_at) == ("clean", "made", None)
    assert len(links(reviewer.get(path))) == 2
    assert check(tool)[0] == "good"


def test_a_harmful_file_is_held_for_good_and_everybody_concerned_is_told(desk: Desk, tool: Tool, scanner: Clamd, clock: Clock) -> None:
    desk.upload("plan", b"my notes: " + Clamd.VIRUS, "notes.txt")
    reviewer, path = judging(desk)
    work(tool)
    [known] = desk.rows(StoredFile)
    assert (known.scan, known.due_at) == ("infected", None)
    [event] = [one for one in desk.rows(AuditEvent) if one.action == "evidence:file:infected"]
    assert event.district_id == desk.ada.district_id
    assert "notes" not in str(event.details)
    own = desk.browser.get(f"/evidence/submission/{desk.submissions()[0].id}")
    assert "found something harmful" in own.text
    assert "can’t be shown" in reviewer.get(path).text
    assert links(own) + links(reviewer.get(path)) == []
    console = desk.world.browser(desk.world.person(desk.registration, "Connie"), "console").get("/district/")
    assert "found something harmful" in console.text
    clock.tick(days=30)
    work(tool)
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), "clamd": ""})
    work(tool)
    assert desk.rows(StoredFile)[0].scan == "infected", "also when the scanner is taken away"


def test_before_submitting_a_harmful_file_stands_in_the_way(desk: Desk, tool: Tool, scanner: Clamd) -> None:
    desk.write_everything()
    desk.upload("plan", b"my notes: " + Clamd.VIRUS, "notes.txt")
    work(tool)
    assert "found something harmful" in desk.get("/requirement/plan").text
    assert "reviewers can&#39;t open" in desk.get("/check").text
    assert desk.submit().status_code in (303, 409)
    assert desk.submissions() == []


def test_an_address_from_before_does_not_open_what_is_held(desk: Desk, tool: Tool) -> None:
    desk.upload("plan", hostile.pdf() + Clamd.VIRUS, "a.pdf")
    [link] = links(desk.get("/requirement/plan"))
    assert fetch(desk, link).status_code == 200
    with clamd() as running:
        with_scanner(tool, running.address)
        work(tool)
    answer = fetch(desk, link)
    assert answer.status_code == 403
    assert "can&#39;t be opened now" in answer.text


def test_while_the_scanner_is_down_files_wait_and_admins_are_told(desk: Desk, tool: Tool, scanner: Clamd, clock: Clock) -> None:
    scanner.stop()
    desk.upload("plan", hostile.photo(), "a.jpg")
    for _ in range(9):
        work(tool)
        clock.tick(minutes=3)
    [known] = desk.rows(StoredFile)
    assert (known.scan, known.outcome) == ("waiting", "")
    state, words = check(tool)
    assert state == "bad"
    assert "does not answer" in words
    assert "1" in words
    console = desk.world.browser(desk.world.person(desk.registration, "Connie"), "console").get("/district/")
    assert "Files wait for the virus check" in console.text
    with clamd() as again:
        with_scanner(tool, again.address)
        work(tool)
        assert desk.rows(StoredFile)[0].outcome == "made", "however long it was down"
        assert check(tool)[0] == "good"


def test_a_file_that_is_too_large_for_the_scanner_is_held(desk: Desk, tool: Tool, clock: Clock) -> None:
    with clamd(most=1000) as small:
        with_scanner(tool, small.address)
        send(desk, hostile.pdf() + bytes(3 << 20), "large.pdf")
        work(tool)
        assert desk.rows(StoredFile)[0].scan == "too_large"
        assert "larger than the virus check takes" in desk.get("/requirement/plan").text
        state, words = check(tool)
        assert (state, "as large as 1" in words) == ("attention", True)
    with clamd(most=8 << 20) as large:
        with_scanner(tool, large.address)
        clock.tick(hours=7)
        work(tool)
        assert desk.rows(StoredFile)[0].scan == "clean"


def test_files_from_before_the_scanner_are_checked_and_those_that_waited_are_freed_without_it(desk: Desk, tool: Tool) -> None:
    desk.upload("plan", hostile.photo(), "a.jpg")
    work(tool)
    with clamd() as running:
        with_scanner(tool, running.address)
        work(tool)
        assert desk.rows(StoredFile)[0].scan == "clean"
        assert len(running.seen) == 1
    desk.upload("plan", hostile.photo(), "b.jpg")
    assert desk.rows(StoredFile)[1].scan == "waiting"
    with_scanner(tool, "")
    work(tool)
    assert [one.outcome for one in desk.rows(StoredFile)] == ["made", "made"]
    assert desk.rows(StoredFile)[1].scan == "off"


def test_a_file_over_which_the_scanner_stumbles_holds_up_no_other(desk: Desk, tool: Tool, scanner: Clamd) -> None:
    desk.upload("plan", b"words " + Clamd.STUMBLES, "odd.txt")
    desk.upload("plan", b"words", "fine.txt")
    work(tool)
    assert [one.scan for one in desk.rows(StoredFile)] == ["waiting", "clean"]


def test_over_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "clamd.ctl")
    with clamd(family=socket.AF_UNIX, path=path):
        from io import BytesIO

        scanning.ping(path)
        assert scanning.verdict(path, BytesIO(b"fine" * 200_000)) == "clean"
        assert scanning.verdict(path, BytesIO(Clamd.VIRUS)) == "infected"
        assert scanning.verdict(path, BytesIO(b"")) == "clean"


def test_a_scanner_that_hangs_up_or_is_something_else_is_no_scanner() -> None:
    from io import BytesIO

    with clamd() as scanner:
        scanner.mute = True
        with pytest.raises(scanning.ScannerDown):
            scanning.ping(scanner.address)
        with pytest.raises(scanning.ScannerDown):
            scanning.verdict(scanner.address, BytesIO(b"x"))
    for nowhere in (scanner.address, "/no/such/socket"):
        with pytest.raises(scanning.ScannerDown):
            scanning.ping(nowhere)


@pytest.mark.parametrize("value", ["127.0.0.1", "127.0.0.1:", ":3310", "host:port", "host:99999", "clamd.ctl", "host:٣"])
def test_the_setting_is_checked(value: str) -> None:
    with pytest.raises(ValueError, match="must look like"):
        Settings(clamd=value, development=True)
