"""`lti-tool badges` and `lti-tool export badges`, as an operator types them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import select

from lti_tool import badge_cli, cli
from lti_tool.badges import service, signing, working
from lti_tool.badges.models import Award, IssuerKey
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.badges.stage import Earned
from tests.verifiers import Judges


@pytest.fixture
def operator(tool: Tool, monkeypatch: pytest.MonkeyPatch) -> Any:
    """operator(*words) -> what the command says, on the test's database."""
    monkeypatch.setattr(badge_cli, "_tool", lambda: tool)
    monkeypatch.setattr(badge_cli.migrations, "upgrade", lambda _: None)

    def types(*words: str, answer: str = "") -> Result:
        return CliRunner().invoke(cli.main, words, input=answer, catch_exceptions=False)

    return types


def several(earned: Earned, world: World, tool: Tool, number: int) -> None:
    for one in range(number):
        enrollment = world.enrollment(earned.activity, world.person(earned.registration, f"Teacher {one}"), state="earned")
        with tool.database.unit() as session:
            service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock())
    assert service.sign_due(tool) == number


def test_re_sign_goes_on_where_it_was_stopped(
    shown: Earned, world: World, tool: Tool, clock: Clock, operator: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    several(shown, world, tool, 4)
    clock.tick(days=1)
    slug, real, count = shown.slug, signing.sign, iter(range(100))

    def stops(*given: Any, **more: Any) -> bytes:
        if next(count) == 2:
            raise KeyboardInterrupt
        return real(*given, **more)

    monkeypatch.setattr(working, "_BATCH", 2)
    monkeypatch.setattr(signing, "sign", stops)
    stopped = operator("badges", "re-sign", "--issuer", slug, "--yes")
    assert stopped.exit_code == 1
    assert "5 badges have to be signed anew" in stopped.output
    monkeypatch.setattr(signing, "sign", real)
    went_on = operator("badges", "re-sign", "--issuer", slug)
    assert went_on.exit_code == 0, went_on.output
    assert "3 badges still bear a withdrawn signature" in went_on.output
    assert "3 of 3" in went_on.output
    document = shown.read(f"/issuers/{slug}/did.json")
    with tool.database.read() as session:
        lost = session.scalars(select(IssuerKey).where(IssuerKey.compromised_at.is_not(None))).all()
        assert len(lost) == 1, "the new key was not withdrawn by the second call"
        assert [signing.verify(one or b"", document).valid for one in session.scalars(select(Award.credential))] == [True] * 5


def test_re_sign_asks_first_and_knows_its_issuers(shown: Earned, tool: Tool, operator: Any) -> None:
    assert operator("badges", "re-sign", "--issuer", shown.slug, answer="n\n").exit_code == 1
    assert operator("badges", "re-sign", "--issuer", "nobody", "--yes").exit_code == 1
    assert "no published key" in operator("badges", "re-sign", "--issuer", shown.slug, "--key", "z6Mk", "--yes").output
    with tool.database.read() as session:
        assert session.scalars(select(IssuerKey.compromised_at)).all() == [None]


def test_what_cannot_be_signed_is_said(shown: Earned, operator: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> bytes:
        raise signing.SigningError("no")

    with monkeypatch.context() as patch:
        patch.setattr(signing, "sign", broken)
        answer = operator("badges", "re-sign", "--issuer", shown.slug, "--yes")
    assert answer.exit_code == 1
    assert "1 badges could not be signed" in answer.output
    assert operator("badges", "re-sign", "--issuer", shown.slug).exit_code == 0


def test_a_lost_key_that_was_rotated_out_is_named(shown: Earned, world: World, tool: Tool, clock: Clock, operator: Any) -> None:
    with tool.database.read() as session:
        [old] = session.scalars(select(IssuerKey.public_multibase)).all()
    clock.tick(days=1)
    assert operator("badges", "rotate", "--issuer", shown.slug).exit_code == 0
    several(shown, world, tool, 1)
    clock.tick(days=1)
    answer = operator("badges", "re-sign", "--issuer", shown.slug, "--key", str(old), "--yes")
    assert "1 badges have to be signed anew" in answer.output
    listed = operator("badges", "issuers").output
    assert str(old) not in listed
    assert "0 badges wait for a signature" in listed
    assert listed.count("signs") == 1


def from_files(folder: Path, base: str, address: str) -> Any:
    """What a plain file server at this host would answer to a verifier."""
    if address.startswith("did:web:"):
        host, *path = (unquote(part) for part in address.removeprefix("did:web:").split(":"))
        assert host == urlsplit(base).netloc
        return json.loads((folder.joinpath(*path) / "did.json").read_bytes())
    assert address.startswith(base)
    return json.loads((folder / address.removeprefix(base).lstrip("/")).read_bytes())


@pytest.mark.xdist_group("npm")
def test_the_exported_site_verifies_when_the_tool_is_gone(
    shown: Earned, world: World, tool: Tool, operator: Any, tmp_path: Path, judges: Judges
) -> None:
    several(shown, world, tool, 1)  # its page is off
    token = shown.stranger.get(f"{shown.address}.jwt").data
    public, credential, base = shown.row.public_id, shown.credential, tool.settings.base_url
    with tool.database.unit() as session:
        kept = session.scalars(select(Award).where(Award.id != shown.id)).one()
    site = tmp_path / "site"
    answer = operator("export", "badges", "--to", str(site))
    assert answer.exit_code == 0, answer.output
    assert "Wrote 1 badges" in answer.output
    assert json.loads((site / "badges" / f"{public}.json").read_bytes()) == credential
    assert (site / "badges" / f"{public}.jwt").read_bytes() == token
    page = (site / "badges" / public / "index.html").read_text()
    assert "Asking good questions" in page
    assert "Ada Teacher" in page
    private = json.loads(kept.credential or b"")
    documents: dict[str, Any] = {}
    for one in (credential, private):
        for address in (one["issuer"]["id"], one["credentialStatus"]["statusListCredential"]):
            documents[address] = from_files(site, base, address)
    checks = [
        {"by": house, "credential": one, "status": True}
        for one in (credential, private)
        for house in ("digitalbazaar", "digitalcredentials")
    ]
    assert judges.ask(checks, documents) == [{"verified": True, "errors": [], "revoked": False}] * 4
    [kid] = [key["kid"] for key in json.loads((site / ".well-known" / "jwks.json").read_bytes())["keys"]]
    assert judges.ask([{"by": "jose", "token": token.decode()}], {kid: from_files(site, base, kid)})[0]["verified"]
    assertion = from_files(site, base, f"{base}/badges/{public}/ob2.json")
    assert from_files(site, base, from_files(site, base, assertion["badge"])["issuer"])["name"] == "Maple Valley"
    inside = credential["credentialSubject"]["achievement"]
    for address in (inside["image"]["id"], f"{inside['criteria']['id']}/index.html", f"{credential['issuer']['url']}/index.html"):
        assert (site / address.removeprefix(base).lstrip("/")).is_file(), address
    everything = b"".join(path.read_bytes() for path in site.rglob("*") if path.is_file())
    assert kept.public_id.encode() not in everything, "what its teacher does not show is not in it"
    assert b"PRIVATE KEY" not in everything
    assert "<link" in page
    for address in (part.split('"')[0] for part in page.split('href="/static/')[1:]):
        assert (site / "static" / address).is_file(), address


def test_an_export_writes_over_nothing(shown: Earned, operator: Any, tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    answer = operator("export", "badges", "--to", str(tmp_path))
    assert answer.exit_code == 1
    assert "not empty" in answer.output
    assert [path.name for path in tmp_path.iterdir() if path.name != "data" and not path.name.startswith("test.db")] == ["mine.txt"]
    assert operator("export", "badges", "--to", str(tmp_path / "x"), "--district", "nowhere").exit_code == 1


def test_an_export_of_one_district_holds_nothing_of_another(shown: Earned, world: World, tool: Tool, operator: Any, tmp_path: Path) -> None:
    other = Earned(world, tool)
    service.sign_due(tool)
    other.show()
    answer = operator("export", "badges", "--to", str(tmp_path / "site"), "--district", shown.slug)
    assert answer.exit_code == 0, answer.output
    names = {str(path.relative_to(tmp_path / "site")) for path in (tmp_path / "site").rglob("*")}
    assert f"badges/{shown.row.public_id}.json" in names
    assert not [name for name in names if other.row.public_id in name or f"issuers/{other.slug}" in name]
