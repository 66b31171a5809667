"""Attacks that were tried by hand: hostile launches, hostile files, people who look where they must not, what is kept where."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import re
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import requests
import structlog
from flask import Flask
from pydantic import ValidationError

import lti_tool
from lti_tool.app import build_tool, create_app
from lti_tool.demo.stage import free_ports
from lti_tool.evidence import uploads
from lti_tool.evidence.models import Submission
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.platforms import service as platforms
from lti_tool.platforms import vendors
from lti_tool.platforms.configuration import read_answer
from lti_tool.platforms.models import District
from lti_tool.review import seats
from lti_tool.secrets_box import Box, SecretLost
from lti_tool.settings import Settings
from lti_tool.tool import Tool
from lti_tool.web import limits
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
        ["https://lms.example; script-src *", "https://学校.example/", "https://lms.example'/", 'https://a"b/', "https://*/", "javascript:alert(1)",  # noqa: E501
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
        monkeypatch.setattr(limits, "DOORS", dict.fromkeys(limits.DOORS, 3))
        return create_app(here=tool)

    def test_every_open_door_but_the_cheap_ones_has_a_limit(self, app: Flask) -> None:
        cheap = {"static", "health.livez", "health.readyz", "health.metrics", "platforms.jwks", "evidence_file.serve"}  # fmt: skip
        outside = {rule.endpoint for rule in app.url_map.iter_rules() if not rule.rule.startswith("/s/")}
        assert outside - cheap == set(limits.DOORS)

    @pytest.mark.usefixtures("registration")
    def test_a_whole_school_gets_in_at_once(self, narrow: Flask, platform: Platform) -> None:
        browser = LaunchingBrowser(narrow, platform)
        assert {browser.launch(sub=f"teacher-{n}").status_code for n in range(12)} == {303}
        assert [browser.launch(version="1.2").status_code for _ in range(5)] == [400, 400, 400, 429, 429]

    @pytest.mark.parametrize(
        "url",
        [
            "/lti/login?iss=a",
            "/lti/login/x?iss=a",
            "/lti/login/x/again",
            "/lti/canvas.json",
            "/lti/register/x",
            "/badges/x",
            "/badges/x/image.png",
            "/issuers/x",
        ],
    )
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
        assert client.post("/lti/login/of-another", data={"iss": "a"}).status_code == 400


class TestBlindness:
    """Nobody judges themselves, a reviewer does not learn whose work it is, and nobody learns who judges their own."""

    def test_a_second_account_does_not_judge_the_first_ones_work(self, scene: Scene, world: World) -> None:
        """One person, two LMSs of a district: the e-mail tells."""
        second = world.registration(world._get(District, scene.registration.district_id))
        herself = world.reviewer(second, "A. L.", email=scene.ada.email.upper())
        submission, reviews = scene.seated()
        assert len(reviews) == 2
        assert herself.id not in {review.reviewer_id for review in reviews}
        with world.tool.database.read() as session:
            assert herself.id in seats.barred(session, session.get_one(Submission, submission.id), now=world.tool.clock())

    def test_no_e_mail_is_nobodys_e_mail(self, stage: Any, world: World) -> None:
        scene = stage(pool=0)
        ada = world.person(scene.registration, "Someone", email="")
        pool = [world.reviewer(scene.registration, f"R {n}", email="").id for n in range(2)]
        submission = world.seated(world.enrollment(scene.activity, ada))
        assert {review.reviewer_id for review in world.reviews(submission)} == set(pool)

    def test_whoever_has_the_console_from_another_course_judges_nothing(self, scene: Scene, world: World) -> None:
        """The console shows whose work every submission is."""
        for reviewer in scene.reviewers:
            world.member(world.context(scene.registration), reviewer, "console")
        _, reviews = scene.seated()
        assert reviews == []

    def test_a_reviewer_with_the_console_does_not_find_the_author(self, scene: Scene, world: World) -> None:
        submission, [first, _] = scene.seated()
        console = world.browser(scene.person(first), "console")
        assert console.get(f"/review/submissions/{submission.id}").status_code == 404
        assert world.browser(scene.dana, "console").get(f"/review/submissions/{submission.id}").status_code == 200

    def test_the_trail_does_not_tell_authors_who_judges_them(self, scene: Scene, world: World) -> None:
        _, [first, _] = scene.seated()
        world.judge(first, 2)
        name = scene.person(first).label
        assert name in world.browser(scene.dana, "console").get("/district/trail").text
        assert name not in world.browser(scene.ada, "console", "earner").get("/district/trail").text


class TestFiles:
    """What teachers upload is hostile until shown otherwise."""

    @pytest.mark.parametrize("name", ["a.mp3", "a.png", "a.pdf", "a", "a.txt", "a.docx"])
    @pytest.mark.parametrize("content", [b"\xff", b"\xff\xe2", b"PK\x03\x04", b"P", b"ftyp", b"xxxxftyp", b"RIFF", b"\x00"])
    def test_scraps_are_judged(self, name: str, content: bytes) -> None:
        found: object = None
        with contextlib.suppress(uploads.Refused):  # anything else would be a fault of ours
            found = uploads.judge(name, content, content)
        assert found is None or found in uploads.FORMATS

    @pytest.mark.parametrize(
        ("name", "content"),
        [
            ("page.html", b"<script>alert(1)</script>"),
            ("page.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("page.png", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
            ("page.pdf", b"<html><script>alert(1)</script>"),
            ("bomb.docx", b"PK\x03\x04" + b"\x00" * 100_000),
            ("run.exe", b"MZ\x90\x00"),
            ("run.pdf", b"MZ\x90\x00"),
            ("page.xhtml", b"<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'/>"),
            ("empty.png", b""),
        ],
    )
    def test_lies_and_programs_are_refused_and_not_kept(self, world: World, tool: Tool, name: str, content: bytes) -> None:
        registration = world.registration()
        activity = world.activity(world.context(registration))
        ada = world.person(registration)
        enrollment = world.enrollment(activity, ada)
        answer = world.browser(ada, "earner", activity=activity).post(
            f"/evidence/work/{enrollment.id}/requirement/plan/add/file",
            {"title": "T", "students": "none", "file": (io.BytesIO(content), name)},
            content_type="multipart/form-data",
        )
        assert answer.status_code == 422
        assert [file for file in (tool.settings.data_dir / "evidence").rglob("*") if file.is_file()] == []

    @pytest.mark.parametrize(
        "name", ["../../../etc/passwd.txt", "\u202etxt.exe.txt", "x" * 4000 + ".txt",
                 "C:\\fakepath\\a.txt", "a\x00b.txt", "ä😀.txt"],
    )  # fmt: skip
    def test_names_do_no_harm(self, world: World, tool: Tool, name: str) -> None:
        registration = world.registration()
        activity = world.activity(world.context(registration))
        ada = world.person(registration)
        enrollment = world.enrollment(activity, ada)
        browser = world.browser(ada, "earner", activity=activity)
        form = {"title": "", "students": "none", "file": (io.BytesIO(b"<script>alert(1)</script>"), name)}
        path = f"/evidence/work/{enrollment.id}/requirement/plan"
        assert browser.post(f"{path}/add/file", form, content_type="multipart/form-data").status_code == 303
        [link] = re.findall(r'href="[^"]*(/evidence-file/[^"]+)"', browser.get(path).text)
        answer = world.app.test_client().get(link)
        assert answer.status_code == 200
        assert answer.mimetype == "text/plain"
        disposition = answer.headers["Content-Disposition"]
        assert disposition.startswith("attachment")
        assert "Set-Cookie" not in answer.headers
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "/" not in disposition.replace("UTF-8''", "")
        answer.close()


class TestLogs:
    """No secret and no person in what is written down."""

    def test_secrets_of_addresses_stay_out(self, tool: Tool, world: World, capfd: pytest.CaptureFixture[str]) -> None:
        structlog.reset_defaults()
        tool.settings.__dict__["log_level"] = "DEBUG"
        app = create_app(here=tool)
        with tool.database.unit() as session:
            invite = platforms.create_invite(session, tool, district_name="Maple Valley")
        person = world.person(world.registration(), "Zacharias Unmistakable", email="zacharias@example.org")
        frame = world.browser(person, "earner")
        secret = next(iter(frame.client._cookies.values())).value
        client = app.test_client()
        for url in (
            f"/lti/register/{invite}?openid_configuration=https://10.0.0.1/&registration_token=regtoken",
            f"/lti/register/{invite}/nowhere",
            f"/s/{frame.prefix[3:]}~{secret}/review/",
            f"/s/{frame.prefix[3:]}~{secret}/nowhere?find=zacharias",
            f"/s/{frame.prefix[3:]}~{secret}/",
            "/evidence-file/evidencetoken",
            "/evidence-file/evidencetoken/more",
        ):
            client.get(url)
            client.post(url, data={"text": "evidencetext", "id_token": "idtoken"})
        written = "".join(capfd.readouterr())
        assert '"event": "refused"' in written
        for word in (invite, secret, frame.prefix[3:], "regtoken", "evidencetoken", "evidencetext", "idtoken", "acharias"):
            assert word not in written, word

    def test_faults_are_logged_without_what_was_sent(
        self, tool: Tool, world: World, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """In a view, in a template of the error page itself, and after the view: always without the frame's key."""
        app = create_app(here=tool)
        frame = world.browser(world.person(world.registration(), "Zacharias Unmistakable"), "earner")
        secret = next(iter(frame.client._cookies.values())).value
        key = f"{frame.prefix[3:]}~{secret}"
        monkeypatch.setattr(logging.getLogger("lti_tool.app"), "propagate", True)

        def fail(*_: Any, **__: Any) -> Any:
            raise RuntimeError("broken")

        app.after_request(fail)
        monkeypatch.setattr("lti_tool.home.views.queries.home", fail)
        assert app.test_client().get(f"/s/{key}/home").status_code == 500
        written = "".join(capfd.readouterr())
        assert "broken" in written
        assert secret not in written
        assert frame.prefix[3:] not in written

    def test_broken_documents_are_not_quoted(self) -> None:
        """A stored document that does not fit says so without its texts."""
        with pytest.raises(ValidationError) as caught:
            Snapshot.model_validate({"answers": {"a": ["the evidence"]}, "person": "Zacharias"})
        assert "evidence" not in str(caught.value)
        assert "Zacharias" not in str(caught.value)

    def test_the_server_does_not_write_addresses_down(self, tmp_path: Path) -> None:
        """gunicorn itself, serving an application that breaks where Flask can't catch it."""
        (tmp_path / "broken.py").write_text("def app(environ, start_response):\n    raise RuntimeError('broken')\n")
        [port] = free_ports(1)
        config = Path(lti_tool.__file__).parent.parent / "config" / "gunicorn.conf.py"
        environment = {**os.environ, "LTI_TOOL_DEVELOPMENT": "1", "LTI_TOOL_DATA_DIR": str(tmp_path)}
        server = subprocess.Popen(
            [sys.executable, "-m", "gunicorn", "--config", str(config), "--bind", f"127.0.0.1:{port}", "broken:app"],
            cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        try:
            for _ in range(100):
                try:
                    assert requests.get(f"http://127.0.0.1:{port}/s/id~framesecret/home", timeout=5).status_code == 500
                    break
                except requests.ConnectionError:
                    time.sleep(0.1)
        finally:
            server.terminate()
            written, _ = server.communicate(timeout=40)
        assert "RuntimeError: broken" in written
        assert "framesecret" not in written


class TestRegistration:
    """An LMS that answers with nonsense."""

    @pytest.mark.parametrize("odd", ["\ud800", "a\x00b", "x" * 300, "", {}, [], True])
    def test_an_odd_deployment_is_none(self, odd: Any) -> None:
        asked = SimpleNamespace(vendor=vendors.by_key("other"), wanted_scopes=list)
        assert read_answer({"client_id": "c", "deployment_id": odd}, asked).deployment_id is None  # type: ignore[arg-type]

    def test_odd_words_of_a_refusal_can_be_shown(self, app: Flask, tool: Tool, platform: Platform) -> None:
        with tool.database.unit() as session:
            invite = platforms.create_invite(session, tool, district_name="Maple Valley")
        words = json.dumps({"errors": [{"field": "\ud800", "message": "<script>"}]})
        server, url = platform.server, platform.server.url_for("")
        server.expect_request("/configuration").respond_with_json({
            "issuer": url.rstrip("/"),
            "authorization_endpoint": url + "auth", "token_endpoint": url + "token", "jwks_uri": url + "jwks",
            "registration_endpoint": url + "register",
            "https://purl.imsglobal.org/spec/lti-platform-configuration": {
                "product_family_code": "canvas", "messages_supported": [{"type": "LtiResourceLinkRequest"}],
            },
        })  # fmt: skip
        server.expect_request("/register").respond_with_data(words, status=422)
        answer = app.test_client().post(f"/lti/register/{invite}", data={"openid_configuration": url + "configuration"})
        assert answer.status_code == 502
        assert "?: &lt;script&gt;" in answer.text
