"""Attacks that were tried by hand, one by one: hostile launches, hostile files, people who look where they must not, and what is kept where."""

from __future__ import annotations

import io
import json
import logging
import stat
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from lti_tool.app import build_tool, create_app
from lti_tool.evidence import uploads
from lti_tool.evidence.service import Owner
from lti_tool.launch.models import Person
from lti_tool.platforms import service as platforms
from lti_tool.platforms.models import Registration
from lti_tool.secrets_box import Box, SecretLost
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from lti_tool.web import limits
from lti_tool.web.models import FrameSession
from tests.factories.platform import INSTRUCTOR, LEARNER, Platform
from tests.factories.world import World
from tests.integration.launch.conftest import LaunchingBrowser, browser, platform, registration
from tests.integration.review.conftest import Scene, scene, stage

__all__ = ["browser", "platform", "registration", "scene", "stage"]


class TestLaunches:
    """By a browser that plays with its login, and by an LMS that means no good."""

    def test_a_storage_target_with_nul(self, browser: LaunchingBrowser) -> None:
        answer = browser.client.post("/lti/login", data=browser.platform.login_fields(lti_storage_target="_parent\x00"))
        assert answer.status_code == 400

    def test_a_nonce_that_is_no_text(self, browser: LaunchingBrowser) -> None:
        asked = browser.login()
        token = browser.platform.sign({**browser.platform.claims(""), "nonce": "\ud800"})
        answer = browser.client.post("/lti/launch", data={"id_token": token, "state": asked["state"]})
        assert answer.status_code == 403

    @pytest.mark.parametrize("odd", ["a\x00b", "\ud800", "\u202eevil", "x" * 20_000, "$Person.name", "=cmd()", "<b>"])
    def test_odd_texts_in_every_claim(self, browser: LaunchingBrowser, odd: str) -> None:
        """They are cut, cleaned or refused, and whatever comes in can be shown."""
        for claims in (
            {"name": odd, "given_name": odd, "family_name": odd, "email": odd, "locale": odd},
            {"context": {"id": "c", "title": odd, "label": odd}, "resource_link": {"id": "l", "title": odd}},
            {"custom": {odd: odd, "activity": odd, "page": odd, "points": odd}},
            {"roles": [LEARNER, odd]},
            {"launch_presentation": {"return_url": f"https://lms.example/{odd}", "locale": odd}},
            {"target_link_uri": odd},
            {"sub": odd},
            {"ags": {"lineitem": odd, "lineitems": odd, "scope": [odd]}, "tool_platform": {"name": odd}},
            browser.platform.deep_linking(data=odd, title=odd, text=odd),
        ):
            answer = browser.launch(**claims)
            assert answer.status_code in (303, 400, 403), claims
            if answer.status_code == 303:
                assert browser.client.get(answer.location, follow_redirects=True).status_code < 500

    @pytest.mark.parametrize(
        "address",
        ["https://lms.example; script-src *", "https://学校.example/", "https://lms.example'/", 'https://a"b/', "https://*/", "javascript:alert(1)",
         "https://lms.example\r\nSet-Cookie: a=b/", "https://a b/", "//evil.example/", "https://user@evil.example/"],
    )  # fmt: skip
    def test_a_return_address_never_writes_a_policy(self, browser: LaunchingBrowser, address: str) -> None:
        answer = browser.launch(launch_presentation={"return_url": address})
        assert answer.status_code == 303
        shown = browser.client.get(answer.location, follow_redirects=True)
        policy = shown.headers["Content-Security-Policy"]
        policy.encode("latin-1")
        assert policy.count("script-src") == 1
        ancestors = policy.rpartition("frame-ancestors ")[2].split()
        assert set(ancestors) <= {"https://xn--48s290a.example", "https://lms.example", browser.platform.issuer.rsplit("/", 1)[0]}, (
            ancestors
        )

    def test_rights_that_a_later_launch_does_not_give_end_in_older_visits(self, browser: LaunchingBrowser) -> None:
        first = browser.launch(roles=[INSTRUCTOR]).location
        elsewhere = browser.launch(roles=[INSTRUCTOR], context={"id": "another-course", "title": "Another"}).location
        assert browser.client.get(f"{first}review/people").status_code == 200
        browser.launch(roles=[LEARNER])
        assert browser.client.get(f"{first}review/people").status_code == 403
        assert browser.client.get(f"{first}home").status_code == 200
        assert browser.client.get(f"{elsewhere}review/people").status_code == 200

    def test_somebody_elses_launch_takes_nothing_away(self, browser: LaunchingBrowser) -> None:
        first = browser.launch(roles=[INSTRUCTOR]).location
        browser.launch(roles=[LEARNER], sub="user-2")
        assert browser.client.get(f"{first}review/people").status_code == 200


class TestSecretsAtRest:
    """Keys in the data folder."""

    def test_only_the_owner_reads_them(self, tmp_path: Path) -> None:
        here = build_tool(Settings(data_dir=tmp_path / "new", development=True))
        here.database.dispose()
        assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
        assert sorted(file.name for file in (tmp_path / "new").iterdir()) == ["encryption.key", "secret.key"]
        for file in (tmp_path / "new").iterdir():
            assert stat.S_IMODE(file.stat().st_mode) == 0o600

    def test_processes_that_start_together_have_the_same_keys(self, tmp_path: Path) -> None:
        """None of them reads the file of another that has made it and not yet filled it."""
        for number in range(20):
            settings, found = Settings(data_dir=tmp_path / str(number), development=True), list[str]()
            start = threading.Barrier(8)

            def begin(settings: Settings = settings, found: list[str] = found, start: threading.Barrier = start) -> None:
                start.wait()
                box = Box(settings)
                found.append(box.signing_key + box.open(box.seal("x")))

            threads = [threading.Thread(target=begin) for _ in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert len(found) == 8
            assert len(set(found)) == 1
            assert len(found[0]) > 60

    def test_an_empty_key_is_no_key(self, tmp_path: Path) -> None:
        (tmp_path / "secret.key").touch()
        with pytest.raises(SecretLost):
            Box(Settings(data_dir=tmp_path, development=True))


class TestFloods:
    """Doors that stand open to everybody."""

    @pytest.fixture
    def narrow(self, tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Flask:
        """The application with doors that take three a minute."""
        monkeypatch.setattr(limits, "DOORS", dict.fromkeys(limits.DOORS, "3 per minute"))
        return create_app(here=tool)

    def test_every_open_door_but_the_cheap_ones_has_a_limit(self, app: Flask) -> None:
        cheap = {"static", "health.livez", "health.readyz", "health.metrics", "platforms.jwks", "platforms.canvas_configuration",
                 "evidence_file.serve"}  # fmt: skip
        outside = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.rule.startswith("/s/")}
        assert outside - cheap == set(limits.DOORS)

    def test_a_whole_school_gets_in_at_once(self, browser: LaunchingBrowser) -> None:
        fields = browser.platform.login_fields()
        assert {browser.client.post("/lti/login", data=fields).status_code for _ in range(300)} == {302}

    @pytest.mark.parametrize("url", ["/lti/login?iss=a", "/lti/register/x", "/badges/x", "/badges/x/image.png", "/issuers/x"])
    def test_past_the_limit_the_door_is_shut_for_that_address(self, narrow: Flask, url: str) -> None:
        client = narrow.test_client()
        statuses = [client.get(url).status_code for _ in range(5)]
        assert 429 not in statuses[:3]
        assert statuses[3:] == [429, 429]
        assert "A little slower" in client.get(url).text
        assert client.get(url, environ_overrides={"REMOTE_ADDR": "192.0.2.7"}).status_code != 429

    def test_one_lms_that_runs_wild_does_not_shut_out_another(self, narrow: Flask) -> None:
        client = narrow.test_client()
        assert [client.post("/lti/login", data={"iss": "a"}).status_code for _ in range(4)][-1] == 429
        assert client.post("/lti/login", data={"iss": "b"}).status_code == 400
