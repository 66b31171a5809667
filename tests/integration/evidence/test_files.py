"""Uploaded files on their way out."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lti_tool.database import new_id
from lti_tool.evidence.files import Look, file_url
from lti_tool.evidence.stored_policies import LIFE, PLAYING, is_recording
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.integration.evidence.conftest import PDF, PNG, Desk


def fetch(desk: Desk, url: str, **kwargs: object) -> TestResponse:
    """By anybody: no cookie, no frame."""
    return read(desk.world.app.test_client(), url, "http://127.0.0.1:8000", **kwargs)


def read(client: FlaskClient, url: str, base_url: str, **kwargs: object) -> TestResponse:
    """The answer, read whole and closed."""
    answer = client.get(url, base_url=base_url, **kwargs)  # type: ignore[arg-type]
    answer.get_data()
    answer.close()
    return answer


def link_on(page: TestResponse) -> str:
    found = re.search(r'href="http://127.0.0.1:8000(/evidence-file/[^"]+)"', page.text)
    assert found
    return found[1]


def stored(desk: Desk, media_type: str, name: str = "x.bin", *, owner: bool = True, visit: str = "", **given: object) -> str:
    blob = desk.world.stored_file(desk.ada.district_id, bytes(range(256)), media_type, **given)
    ends = int((desk.world.tool.clock() + link_life(media_type)).timestamp())
    look = Look(desk.ada.id, new_id(), desk.ada.district_id, blob.key, "original", name, owner, ends, visit)
    return file_url(desk.world.tool, look).removeprefix("http://127.0.0.1:8000")


def link_life(media_type: str) -> timedelta:
    return PLAYING if is_recording(media_type) else LIFE


def test_the_owner_gets_the_bytes_as_data_and_nothing_else(desk: Desk) -> None:
    desk.upload("plan", PDF, "Übung 1.pdf")
    answer = fetch(desk, link_on(desk.get("/requirement/plan")))
    assert (answer.status_code, answer.data) == (200, PDF)
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"].startswith("inline")
    assert "filename*=UTF-8''%C3%9Cbung%201.pdf" in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert policy.endswith("sandbox")
    assert "script" not in policy


@pytest.mark.parametrize(
    ("media_type", "how"),
    [
        ("image/png", "attachment"),
        ("video/mp4", "inline"),
        ("audio/mpeg", "inline"),
        ("application/pdf", "inline"),
        ("text/plain", "attachment"),
        ("application/msword", "attachment"),
    ],
)
def test_only_harmless_kinds_open_in_the_browser(desk: Desk, media_type: str, how: str) -> None:
    answer = fetch(desk, stored(desk, media_type))
    assert answer.headers["Content-Disposition"].startswith(how)
    assert answer.headers["Content-Type"].split(";")[0] == media_type
    ending = "sandbox allow-same-origin" if media_type in ("video/mp4", "audio/mpeg") else "sandbox"
    assert answer.headers["Content-Security-Policy"].endswith(f"; {ending}")


def test_ranges_for_video(desk: Desk) -> None:
    url = stored(desk, "video/mp4")
    part = fetch(desk, url, headers={"Range": "bytes=10-19"})
    assert (part.status_code, part.data) == (206, bytes(range(10, 20)))
    assert part.headers["Content-Range"] == "bytes 10-19/256"
    assert part.headers["Cache-Control"] == "private, no-store"
    assert part.headers["Accept-Ranges"] == "bytes"
    assert fetch(desk, url, headers={"Range": "bytes=900-"}).status_code == 416


def test_a_link_ends(desk: Desk, clock: Clock) -> None:
    url = stored(desk, "image/png")
    clock.tick(minutes=9)
    assert fetch(desk, url).status_code == 200
    clock.tick(minutes=2)
    answer = fetch(desk, url)
    assert answer.status_code == 410
    assert "This link has ended" in answer.text


def test_forged_and_damaged_links_lead_nowhere(desk: Desk) -> None:
    url = stored(desk, "image/png")
    for damaged in (url[:-1], url + "x", url[:20] + "A" + url[21:], "/evidence-file/x", "/evidence-file/../x"):
        assert fetch(desk, damaged).status_code == 404
    assert fetch(desk, "/evidence-file/").status_code == 404
    assert desk.world.app.test_client().post(url).status_code in (400, 405)


def test_a_blob_that_is_gone(desk: Desk) -> None:
    desk.upload("plan", PNG, "a.png")
    url = link_on(desk.get("/requirement/plan"))
    [path] = [p for p in (desk.world.tool.settings.data_dir / "evidence").rglob("*") if p.is_file()]
    path.unlink()
    assert fetch(desk, url).status_code == 404


def test_only_on_the_evidence_host(desk: Desk, tool: Tool) -> None:
    tool.settings = Settings.model_validate({**tool.settings.model_dump(), "evidence_url": "http://files.example.org:9000"})
    desk.upload("plan", PDF, "plan.pdf")
    page = desk.get("/requirement/plan").text
    found = re.search(r'href="http://files\.example\.org:9000(/evidence-file/[^"]+)"', page)
    assert found
    client = desk.world.app.test_client()
    assert read(client, found[1], "http://files.example.org:9000").data == PDF
    assert read(client, found[1], "http://127.0.0.1:8000").status_code == 404
    assert read(client, found[1], "http://files.example.org").status_code == 404
