"""One award in every format, read and judged by software that nobody here wrote."""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from lti_tool.badges import service, signing, vc_jwt
from lti_tool.badges.baking import unbake_ob2, unbake_svg
from lti_tool.badges.models import IssuerKey
from lti_tool.tool import Tool
from tests.factories.world import World
from tests.integration.badges.stage import Earned
from tests.verifiers import Judges

pytestmark = pytest.mark.xdist_group("npm")  # its packages are installed once, by one process


def header(token: bytes) -> dict[str, Any]:
    first = token.split(b".")[0]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(first + b"=" * (-len(first) % 4)))
    return found


def test_the_same_credential_as_jwt(shown: Earned, judges: Judges) -> None:
    answer = shown.stranger.get(f"{shown.address}.jwt")
    assert answer.mimetype == "text/plain"
    token = answer.data
    assert set(header(token)) == {"alg", "kid", "typ"}
    assert (header(token)["alg"], header(token)["typ"]) == ("RS256", "JWT")
    kid = header(token)["kid"]
    jwk = shown.read(kid)
    assert (jwk["kid"], jwk["kty"], "d" in jwk) == (kid, "RSA", False)
    assert jwk in shown.read("/.well-known/jwks.json")["keys"]
    assert jwk in shown.read(f"/issuers/{shown.slug}/jwks.json")["keys"]
    assert jwk["iss"] == shown.credential["issuer"]["id"]
    unsigned = shown.credential
    unsigned.pop("proof")
    assert vc_jwt.decode(token, jwk) == unsigned
    assert judges.ask([{"by": "jose", "token": token.decode()}], {kid: jwk}) == [{"verified": True, "errors": [], "revoked": None}]
    assert shown.stranger.get(f"{shown.address}.jwt").data == token
    assert shown.browser.get(f"{shown.own}/badge.jwt").data == token


def test_jose_overlooks_no_changed_byte_of_the_token(shown: Earned, judges: Judges) -> None:
    token = shown.stranger.get(f"{shown.address}.jwt").data.decode()
    kid = header(token.encode())["kid"]
    places = range(len(token.split(".")[0]) + 1, len(token), max(len(token) // 60, 1))
    spoiled = [token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :] for at in places if token[at] != "."]
    answers = judges.ask([{"by": "jose", "token": one} for one in spoiled], {kid: shown.read(kid)})
    assert [answer["verified"] for answer in answers] == [False] * len(spoiled)


def test_both_houses_read_the_published_badge_and_its_status(shown: Earned, judges: Judges) -> None:
    published = json.loads(shown.stranger.get(f"{shown.address}.json").data)
    checks = [{"by": house, "credential": published, "status": True} for house in ("digitalbazaar", "digitalcredentials")]
    assert judges.ask(checks, shown.published()) == [{"verified": True, "errors": [], "revoked": False}] * 2


def test_the_status_list_is_one_of_the_kind_that_hides_badges_among_many(shown: Earned) -> None:
    status = shown.credential["credentialStatus"]
    document = shown.read(status["statusListCredential"])
    assert document["id"] == status["statusListCredential"]
    assert document["type"] == ["VerifiableCredential", "BitstringStatusListCredential"]
    assert document["issuer"] == shown.credential["issuer"]["id"]
    assert 0 <= int(status["statusListIndex"]) < 131_072
    assert status["statusPurpose"] == document["credentialSubject"]["statusPurpose"] == "revocation"


def test_pictures_are_read_by_other_tools(shown: Earned, judges: Judges, tmp_path: Path) -> None:
    for name in ("3.png", "2.png", "2.svg"):
        version, _, kind = name.partition(".")
        address = f"{shown.address}.{kind}" if version == "3" else f"{shown.address}/ob2.{kind}"
        (tmp_path / name).write_bytes(shown.stranger.get(address).data)
    answers = judges.ask(
        [
            {"by": "png-chunks-extract", "file": str(tmp_path / "3.png"), "keyword": "openbadgecredential"},
            {"by": "png-chunks-extract", "file": str(tmp_path / "2.png"), "keyword": "openbadges"},
            {"by": "openbadges-bakery", "file": str(tmp_path / "2.png")},
            {"by": "openbadges-bakery", "file": str(tmp_path / "2.svg")},
        ],
        {},
    )
    assertion = shown.stranger.get(f"{shown.address}/ob2.json").text
    url = f"{shown.tool.settings.base_url}{shown.address}/ob2.json"
    assert [one["text"] for one in answers] == [(shown.row.credential or b"").decode(), assertion, assertion, url]
    again = {"by": "digitalbazaar", "credential": json.loads(answers[0]["text"]), "status": True}
    [verdict] = judges.ask([again], shown.published())
    assert verdict["verified"]


def test_a_baked_drawing_carries_the_credential_and_is_still_a_drawing(shown: Earned, judges: Judges) -> None:
    svg = shown.stranger.get(f"{shown.address}.svg")
    assert svg.mimetype == "image/svg+xml"
    assert unbake_svg(svg.data) == shown.row.credential
    assert b'xmlns:openbadges="https://purl.imsglobal.org/ob/v3p0"' in svg.data
    assert b"Asking good questions" in svg.data
    [verdict] = judges.ask([{"by": "digitalcredentials", "credential": json.loads(unbake_svg(svg.data))}], shown.published())
    assert verdict["verified"]
    assert shown.browser.get(f"{shown.own}/badge.svg").data == svg.data


def test_the_hosted_badge_of_version_2_is_linked_all_through(shown: Earned) -> None:
    assertion = shown.read(f"{shown.address}/ob2.json")
    badge, base = shown.read(assertion["badge"]), shown.tool.settings.base_url
    issuer = shown.read(badge["issuer"])
    assert [one["id"] for one in (assertion, badge, issuer)] == [
        f"{base}{shown.address}/ob2.json",
        f"{base}/issuers/{shown.slug}/microcredentials/{shown.version.id}/ob2.json",
        f"{base}/issuers/{shown.slug}/ob2.json",
    ]
    assert assertion["verification"] == {"type": "HostedBadge"}
    identity = shown.credential["credentialSubject"]["identifier"][0]
    assert assertion["recipient"] == {"type": "email", "hashed": True, "identity": identity["identityHash"], "salt": identity["salt"]}
    assert shown.credential["credentialSubject"]["achievement"]["related"][0]["id"] == badge["id"]
    assert [one["related"][0]["id"] for one in (assertion, badge, issuer)] == [
        shown.credential["id"],
        shown.credential["credentialSubject"]["achievement"]["id"],
        shown.credential["issuer"]["id"],
    ]
    baked = shown.stranger.get(assertion["image"].removeprefix(base)).data
    assert unbake_ob2(baked) == shown.stranger.get(f"{shown.address}/ob2.json").data
    assert {"@context", "id", "type", "recipient", "badge", "verification", "issuedOn"} <= assertion.keys()
    assert {"@context", "id", "type", "name", "description", "image", "criteria", "issuer"} <= badge.keys()


def test_everything_about_a_badge_that_is_not_shown_is_nothing(shown: Earned) -> None:
    parts = (".jwt", ".svg", "/ob2.json", "/ob2.png", "/ob2.svg")
    addresses = [f"{shown.address}{part}" for part in parts]
    assert [shown.stranger.get(address).status_code for address in addresses] == [200] * 5
    for address in addresses:
        assert shown.stranger.get(address).headers["Access-Control-Allow-Origin"] == "*"
    shown.show(False)
    assert [shown.stranger.get(address).status_code for address in addresses] == [404] * 5
    assert shown.browser.get(f"{shown.own}/badge.jwt").status_code == 200


def test_before_it_is_signed_there_is_no_format(earned: Earned) -> None:
    for part in ("badge.jwt", "badge.svg"):
        assert earned.browser.get(f"{earned.own}/{part}").status_code == 404
    assert earned.browser.get(f"{earned.browser.prefix}/badges/transcript.json").status_code == 404
    for address in ("profile.json", "ob2.json", "logo.png", "jwks.json", "status/1.json", f"microcredentials/{earned.version.id}/ob2.json"):
        assert earned.stranger.get(f"/issuers/{earned.slug}/{address}").status_code == 404, address


def test_formats_of_another_persons_badge_are_nothing(shown: Earned, world: World) -> None:
    colleague = world.browser(world.person(shown.registration, "Bo Teacher"), "earner", activity=shown.activity)
    for part in ("badge.jwt", "badge.svg"):
        assert colleague.get(f"{colleague.prefix}/badges/{shown.id}/{part}").status_code == 404
    assert colleague.get(f"{colleague.prefix}/badges/transcript.json").status_code == 404


def test_a_transcript_holds_every_badge_that_stands_and_is_signed_itself(shown: Earned, world: World, tool: Tool, judges: Judges) -> None:
    second = world.enrollment(world.activity(shown.context), shown.teacher, state="earned")
    trial = world.enrollment(world.activity(shown.context), shown.teacher, state="earned")
    with tool.database.unit() as session:
        service.award(session, tool, enrollment_id=second.id, decided_at=tool.clock())
        service.award(session, tool, enrollment_id=trial.id, decided_at=tool.clock(), is_test=True)
    assert service.sign_due(tool) == 2
    answer = shown.browser.get(f"{shown.browser.prefix}/badges/transcript.json")
    document = answer.get_json(force=True)
    assert document["type"] == ["VerifiableCredential", "ClrCredential"]
    members = document["credentialSubject"]["verifiableCredential"]
    assert len(members) == 2
    assert json.loads(shown.row.credential or b"") in members
    assert re.search(r"\bAda\b", answer.text) is None, "as a word: a signature may hold any three letters"
    contexts = {signing.CLR_CONTEXT: clr_context()}
    [verdict] = judges.ask([{"by": "digitalbazaar", "credential": document}], {**shown.published(), **contexts})
    assert verdict == {"verified": True, "errors": [], "revoked": None}
    document["credentialSubject"]["verifiableCredential"].pop()
    [verdict] = judges.ask([{"by": "digitalbazaar", "credential": document}], {**shown.published(), **contexts})
    assert not verdict["verified"]


def clr_context() -> Any:
    from openbadgeslib.ob3.clr import bundled_clr_contexts

    return bundled_clr_contexts()[signing.CLR_CONTEXT]


def test_private_halves_of_both_keys_are_sealed(shown: Earned, tool: Tool) -> None:
    shown.stranger.get(f"{shown.address}.jwt")
    with tool.database.read() as session:
        keys = session.scalars(select(IssuerKey)).all()
    assert sorted(key.kind for key in keys) == ["ed25519", "rsa"]
    for key in keys:
        assert "PRIVATE" not in key.private_sealed
        assert "PRIVATE" in tool.box.open(key.private_sealed)
