"""Anybody checks a badge on the public page: ours in every form, others', changed ones, and what is thrown at it to break it."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import re
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from openbadgeslib.baking import ITXT_KEYWORD, SVG_ELEMENT_OB3, SVG_NS_OB3, bake_png, bake_svg
from PIL import Image
from werkzeug.datastructures import FileStorage
from werkzeug.test import TestResponse, encode_multipart

from lti_tool.badges import signing
from lti_tool.http import HttpClient, HttpFailure, Reply
from lti_tool.tool import Tool
from tests.conftest import Clock
from tests.factories.world import World
from tests.integration.test_badges import Earned
from tests.unit.badges.samples import OFFICIAL

VECTOR = OFFICIAL / "1edtech-vector.json"
ISSUER = "did:web:maple.example:issuers:oak"
DOCUMENT = "https://maple.example/issuers/oak/did.json"
LIST = "https://maple.example/status/1"


@dataclass
class Web(HttpClient):
    """The internet, as far as a test knows it. `asked` is what was asked of it."""

    pages: dict[str, tuple[int, bytes] | str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def read(self, url: str, *, accept: str = "", max_bytes: int = 0, seconds: float = 0, hops: int = 0, trusted: Any = ()) -> Reply:
        self.asked.append(url)
        found = self.pages.get(url, "unreachable")
        if isinstance(found, str):
            raise HttpFailure(found, "test")
        return Reply(found[0], {}, found[1], {})

    def put(self, url: str, document: Any, status: int = 200) -> None:
        self.pages[url] = (status, document if isinstance(document, bytes) else json.dumps(document).encode())


@dataclass
class Elsewhere:
    """An issuer that this tool does not know, with its key at its site."""

    web: Web
    pem: str = field(default_factory=signing.generate_key)

    def __post_init__(self) -> None:
        self.key = signing.public_multibase(self.pem)
        self.web.put(DOCUMENT, signing.did_document(ISSUER, [self.key]))

    def document(self, **more: Any) -> dict[str, Any]:
        return {
            "@context": ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"],
            "id": "https://maple.example/badges/7",
            "type": ["VerifiableCredential", "OpenBadgeCredential"],
            "issuer": {"id": ISSUER, "type": ["Profile"], "name": "Oak <b>Schools</b>"},
            "validFrom": "2026-01-10T08:00:00Z",
            "credentialSubject": {
                "id": "urn:uuid:0f5b6d9e-9d2f-4a8e-8f7a-0d6f5c2e9b11",
                "type": ["AchievementSubject"],
                "achievement": {
                    "id": "https://maple.example/achievements/1",
                    "type": ["Achievement"],
                    "name": "Fair play",
                    "description": "Plays fair.",
                    "criteria": {"narrative": "Was seen to play fair."},
                },
            },
            **more,
        }

    def signed(self, document: dict[str, Any] | None = None, *, issuer: str = ISSUER) -> bytes:
        return signing.sign(
            document or self.document(), self.pem, signing.key_id(issuer, self.key), created=datetime(2026, 1, 10, 8, tzinfo=UTC)
        )

    def listed(self, *, revoked: bool = False, pem: str | None = None, **more: Any) -> None:
        bits = bytearray(16384)
        bits[5] = 0x80 if revoked else 0
        document = {
            "@context": ["https://www.w3.org/ns/credentials/v2"],
            "id": LIST,
            "type": ["VerifiableCredential", "BitstringStatusListCredential"],
            "issuer": ISSUER,
            "validFrom": "2026-01-10T08:00:00Z",
            "credentialSubject": {
                "id": f"{LIST}#list",
                "type": "BitstringStatusList",
                "statusPurpose": "revocation",
                "encodedList": "u" + base64.urlsafe_b64encode(gzip.compress(bytes(bits))).decode().rstrip("="),
            },
            **more,
        }
        from openbadgeslib.ob3.ldp import add_data_integrity_proof

        self.web.put(LIST, add_data_integrity_proof(document, pem or self.pem, signing.key_id(ISSUER, self.key)))


STATUS = {
    "id": f"{LIST}#40",
    "type": "BitstringStatusListEntry",
    "statusPurpose": "revocation",
    "statusListIndex": "40",
    "statusListCredential": LIST,
}


@pytest.fixture(autouse=True)
def _past(clock: Clock) -> None:
    clock.now = datetime(2026, 3, 1, 10, 30, tzinfo=UTC)


@pytest.fixture
def web(tool: Tool) -> Web:
    web = Web()
    tool.http = web
    return web


@pytest.fixture
def oak(web: Web) -> Elsewhere:
    return Elsewhere(web)


@pytest.fixture
def check(world: World, web: Web) -> Callable[..., TestResponse]:
    def post(data: bytes | str = "", **fields: str) -> TestResponse:
        form: dict[str, Any] = dict(fields)
        if data:
            form["file"] = FileStorage(io.BytesIO(data if isinstance(data, bytes) else data.encode()), "badge")
        boundary, body = encode_multipart(form)
        return world.app.test_client().post("/badges/verify", data=body, content_type=f"multipart/form-data; boundary={boundary}")

    return post


@pytest.fixture
def ours(world: World, tool: Tool, web: Web) -> Earned:
    from lti_tool.badges import service

    earned = Earned(world, tool)
    assert service.sign_due(tool) == 1
    return earned


def found(answer: TestResponse) -> dict[str, str]:
    """The checklist: title to how it stands."""
    assert answer.status_code == 200, answer.text
    rows = re.findall(r'<li class="finding finding--(\w+)">.*?</span>([^<]*)</p>', answer.text, re.S)
    return {title: state for state, title in rows}


def png(**chunks: bytes) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (8, 8)).save(file, "PNG")
    return file.getvalue()


def itxt(keyword: bytes, text: bytes, *, packed: bool) -> bytes:
    """A PNG whose iTXt chunk holds this."""
    content = b"iTXt" + keyword + b"\x00" + (b"\x01\x00" if packed else b"\x00\x00") + b"\x00\x00" + text
    chunk = struct.pack(">I", len(content) - 4) + content + struct.pack(">I", zlib.crc32(content))
    picture = png()
    return picture[:33] + chunk + picture[33:]


def token(claims: dict[str, Any], key: rsa.RSAPrivateKey, **header: Any) -> str:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return jwt.encode(claims, pem, "RS256", headers=header)


def claims(document: dict[str, Any]) -> dict[str, Any]:
    at = datetime.fromisoformat(document["validFrom"])
    return {
        **document,
        "iss": document["issuer"]["id"],
        "jti": document["id"],
        "nbf": int(at.timestamp()),
        "sub": document["credentialSubject"]["id"],
    }


def jwk(key: rsa.RSAPrivateKey, **more: str) -> dict[str, Any]:
    return {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), **more}


@pytest.fixture(scope="module")
def rsa_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


# The page


def test_the_page_is_there_for_everybody_and_fills_in_an_address(world: World, web: Web) -> None:
    answer = world.app.test_client().get("/badges/verify?url=https://maple.example/b%22%3E")
    assert answer.status_code == 200
    assert 'value="https://maple.example/b&#34;&gt;"' in answer.text
    assert web.asked == []
    assert "Set-Cookie" not in answer.headers


# Ours


def forms_of_ours(earned: Earned) -> dict[str, bytes]:
    credential = earned.row.credential or b""
    picture = earned.browser.get(f"{earned.own}/badge.png").data
    svg = earned.browser.get(f"{earned.own}/image.svg").data
    return {
        "json": credential,
        "json with a mark": b"\xef\xbb\xbf" + credential + b"\n",
        "png": picture,
        "svg": bake_svg(svg, credential.decode(), element=SVG_ELEMENT_OB3, namespace=SVG_NS_OB3, as_text=True),
    }


@pytest.mark.parametrize("form", ["json", "json with a mark", "png", "svg"])
def test_our_badge_in_every_form(ours: Earned, check: Callable[..., TestResponse], web: Web, form: str) -> None:
    answer = check(forms_of_ours(ours)[form])
    rows = found(answer)
    assert rows["Signed by 127.0.0.1"] == "good"
    assert rows["Nobody has changed it since it was signed"] == "good"
    assert rows["Maple Valley is known here"] == "good"
    assert rows["It does not expire"] == "good"
    assert "This badge is valid" in answer.text
    assert "Asking good questions" in answer.text
    assert web.asked == []  # our own keys are not fetched over the network


def test_our_badge_by_its_address_and_pasted(ours: Earned, check: Callable[..., TestResponse], web: Web) -> None:
    address = f"http://127.0.0.1:8000{ours.address}"
    hidden = check(address=address)
    assert (hidden.status_code, "There is no badge at this address" in hidden.text) == (422, True)
    ours.show()
    for url in (address, f"{address}.json", f"{address}.png"):
        assert found(check(address=url))["Nobody has changed it since it was signed"] == "good"
    assert found(check(text=(ours.row.credential or b"").decode()))["Nobody has changed it since it was signed"] == "good"
    assert web.asked == []


def test_whose_badge_it_is_can_be_asked(ours: Earned, check: Callable[..., TestResponse], tool: Tool) -> None:
    from lti_tool.launch.models import Person

    with tool.database.read() as session:
        email = session.get_one(Person, ours.teacher.id).email
    assert email
    credential = ours.row.credential or b""
    assert found(check(credential))["It does not say openly whose it is"] == "note"
    right = check(credential, email=f" {email.upper()} ")
    assert found(right)["It was issued to this e-mail address"] == "good"
    wrong = check(credential, email="somebody@else.example")
    assert found(wrong)["It was not issued to this e-mail address"] == "bad"
    assert "The badge is sound, but not this person’s" in wrong.text


@pytest.mark.parametrize(
    ("what", "change"),
    [
        ("title", lambda d: d["credentialSubject"]["achievement"].__setitem__("name", "Asking better questions")),
        ("date", lambda d: d.__setitem__("awardedDate", "2026-02-01T00:00:00Z")),
        ("issuer's name", lambda d: d["issuer"].__setitem__("name", "Harvard")),
        ("holder", lambda d: d["credentialSubject"].__setitem__("id", "urn:uuid:0f5b6d9e-9d2f-4a8e-8f7a-0d6f5c2e9b11")),
        ("fingerprint", lambda d: d["credentialSubject"]["identifier"][0].__setitem__("identityHash", "sha256$" + "0" * 64)),
        ("validity", lambda d: d.__setitem__("validUntil", "2030-01-01T00:00:00Z")),
        ("criteria", lambda d: d["credentialSubject"]["achievement"]["criteria"].__setitem__("narrative", "None.")),
        ("left out", lambda d: d.pop("awardedDate")),
        ("signature", lambda d: d["proof"][0].__setitem__("proofValue", "z" + "3" * 87)),
    ],
)
def test_one_changed_field_is_noticed(ours: Earned, check: Callable[..., TestResponse], what: str, change: Any) -> None:
    document = json.loads(ours.row.credential or b"")
    change(document)
    answer = check(json.dumps(document))
    assert found(answer)["Its signature is not right"] == "bad", what
    assert "This badge is not valid" in answer.text


def test_a_word_that_no_vocabulary_knows_is_named(ours: Earned, check: Callable[..., TestResponse]) -> None:
    document = json.loads(ours.row.credential or b"")
    document["districtPayCredit"] = 200
    answer = check(json.dumps(document))
    assert found(answer)["It says something that its signature does not cover"] == "bad"
    assert "districtPayCredit" in answer.text


# Others'


def test_the_official_test_vector(check: Callable[..., TestResponse], web: Web) -> None:
    if not VECTOR.is_file():
        pytest.skip(f"NOT CHECKED: the official 1EdTech vector is not at {VECTOR}")
    document = json.loads(VECTOR.read_text())
    unreached = check(VECTOR.read_bytes())
    assert found(unreached)["Nobody has changed it since it was signed"] == "good"
    assert found(unreached)["Whether its issuer signed it could not be found out"] == "unsure"
    issuer = document["issuer"]["id"]
    web.put(issuer, signing.did_document(issuer, [document["proof"]["verificationMethod"].partition("#")[2]]))
    rows = found(check(VECTOR.read_bytes()))
    assert rows["Nobody has changed it since it was signed"] == "good"
    assert rows["Signed by example.edu"] == "good"
    document["name"] = "Teamwork badge"
    assert found(check(json.dumps(document)))["Its signature is not right"] == "bad"


def test_a_badge_of_somebody_else(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    answer = check(oak.signed())
    rows = found(answer)
    assert rows["Signed by maple.example"] == "good"
    assert rows["Its issuer can’t take it back"] == "note"
    assert rows["Its issuer is not one that this page knows"] == "note"
    assert "This badge is valid" in answer.text
    assert "Oak &lt;b&gt;Schools&lt;/b&gt;" in answer.text
    assert web.asked == [DOCUMENT]


def test_keys_that_cannot_be_had(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    credential = oak.signed()
    for failure, words in (("unreachable", "nobody answers"), ("timeout", "did not answer in time"), ("refused", "open internet")):
        web.pages[DOCUMENT] = failure
        answer = check(credential)
        assert found(answer)["Whether its issuer signed it could not be found out"] == "unsure"
        assert words in answer.text
        assert "Not everything could be found out" in answer.text
    web.put(DOCUMENT, b"<html>", 200)
    assert found(check(credential))["Whether its issuer signed it could not be found out"] == "unsure"


def test_a_key_that_the_issuer_does_not_publish(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    other = signing.public_multibase(signing.generate_key())
    web.put(DOCUMENT, signing.did_document(ISSUER, [other]))
    answer = check(oak.signed())
    assert found(answer)["Not a key of its issuer"] == "bad"
    assert "This badge is not valid" in answer.text
    forged = {**signing.did_document(ISSUER, [oak.key]), "id": "did:web:maple.example:issuers:elm"}
    web.put(DOCUMENT, forged)
    assert found(check(oak.signed()))["Not a key of its issuer"] == "bad"
    not_for_badges = {**signing.did_document(ISSUER, [oak.key]), "assertionMethod": []}
    web.put(DOCUMENT, not_for_badges)
    assert found(check(oak.signed()))["Not a key of its issuer"] == "bad"


def test_keys_may_be_named_in_short_or_written_in_a_way_that_is_not_known(
    oak: Elsewhere, check: Callable[..., TestResponse], web: Web
) -> None:
    document = signing.did_document(ISSUER, [oak.key])
    short = {**document["verificationMethod"][0], "id": f"#{oak.key}"}
    web.put(DOCUMENT, {**document, "verificationMethod": [short], "assertionMethod": [f"#{oak.key}"]})
    assert found(check(oak.signed()))["Signed by maple.example"] == "good"
    old = {name: value for name, value in short.items() if name != "publicKeyMultibase"} | {"publicKeyBase58": "x"}
    web.put(DOCUMENT, {**document, "verificationMethod": [old], "assertionMethod": [f"#{oak.key}"]})
    assert found(check(oak.signed()))["The issuer’s key could not be had"] == "unsure"


def test_a_key_of_somebody_else(oak: Elsewhere, check: Callable[..., TestResponse]) -> None:
    thief = "did:web:thief.example"
    answer = check(oak.signed(issuer=thief))
    assert found(answer)["Not signed by its issuer"] == "bad"


def test_a_key_that_nobody_vouches_for(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    did = f"did:key:{oak.key}"
    document = oak.document(issuer={"id": did, "type": ["Profile"], "name": "Harvard"})
    answer = check(oak.signed(document, issuer=did))
    rows = found(answer)
    assert rows["Nobody has changed it since it was signed"] == "good"
    assert rows["Signed by a key that nobody vouches for"] == "unsure"
    assert web.asked == []


def test_dates(oak: Elsewhere, check: Callable[..., TestResponse], clock: Clock) -> None:
    credential = oak.signed(oak.document(validUntil="2026-06-01T00:00:00Z"))
    assert found(check(credential))["It is valid until June 1, 2026"] == "good"
    clock.now = datetime(2026, 6, 2, tzinfo=UTC)
    rows = found(check(credential))
    assert rows["It has expired"] == "bad"
    assert rows["Nobody has changed it since it was signed"] == "good"
    clock.now = datetime(2026, 1, 1, tzinfo=UTC)
    assert found(check(credential))["It is not valid yet"] == "bad"


def test_revocation(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    credential = oak.signed(oak.document(credentialStatus=STATUS))
    oak.listed()
    assert found(check(credential))["It has not been revoked"] == "good"
    oak.listed(revoked=True)
    answer = check(credential)
    assert found(answer)["It has been revoked"] == "bad"
    assert "This badge is not valid" in answer.text


@pytest.mark.parametrize("kind", ["gone", "other key", "other issuer", "old", "changed", "unsigned", "short", "bomb", "extra"])
def test_a_list_that_does_not_count_is_never_a_pass(oak: Elsewhere, check: Callable[..., TestResponse], web: Web, kind: str) -> None:
    credential = oak.signed(oak.document(credentialStatus=STATUS))
    oak.listed()
    document = json.loads(web.pages[LIST][1])  # type: ignore[arg-type]
    if kind == "gone":
        del web.pages[LIST]
    elif kind == "other key":
        oak.listed(pem=signing.generate_key())
    elif kind == "other issuer":
        oak.listed(issuer="did:web:thief.example")
    elif kind == "old":
        oak.listed(validUntil="2026-02-01T00:00:00Z")
    elif kind == "changed":
        document["credentialSubject"]["encodedList"] = document["credentialSubject"]["encodedList"][:-4] + "AAAA"
        web.put(LIST, document)
    elif kind == "unsigned":
        del document["proof"]
        web.put(LIST, document)
    elif kind == "short":
        credential = oak.signed(oak.document(credentialStatus={**STATUS, "statusListIndex": "999999"}))
    elif kind == "bomb":
        packed = "u" + base64.urlsafe_b64encode(gzip.compress(bytes(50_000_000))).decode().rstrip("=")
        oak.listed(
            credentialSubject={"id": f"{LIST}#list", "type": "BitstringStatusList", "statusPurpose": "revocation", "encodedList": packed}
        )
    else:
        document["credentialSubject"]["statusMessage"] = [{"status": "0x1", "message": "x"}]
        web.put(LIST, document)
    answer = check(credential)
    assert found(answer)["Whether it was revoked could not be found out"] == "unsure"
    assert "This badge is valid" not in answer.text


def test_the_older_list_is_read(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    entry = {"id": LIST, "type": "1EdTechRevocationList"}
    document = oak.document(credentialStatus=entry)
    document["@context"].append("https://purl.imsglobal.org/spec/ob/v3p0/extensions.json")
    credential = oak.signed(document)
    web.put(LIST, {"id": LIST, "issuer": ISSUER, "revokedCredential": [{"id": "https://maple.example/badges/6", "revoked": True}]})
    assert found(check(credential))["It has not been revoked"] == "good"
    web.put(LIST, {"id": LIST, "issuer": ISSUER, "revokedCredential": [{"id": document["id"], "revoked": True}]})
    assert found(check(credential))["It has been revoked"] == "bad"


# Tokens


def test_tokens(oak: Elsewhere, check: Callable[..., TestResponse], web: Web, rsa_key: rsa.RSAPrivateKey) -> None:
    said = claims(oak.document())
    web.put("https://maple.example/keys/1", jwk(rsa_key, iss=ISSUER))
    by_address = token(said, rsa_key, kid="https://maple.example/keys/1")
    rows = found(check(by_address))
    assert (rows["Signed by maple.example"], rows["Nobody has changed it since it was signed"]) == ("good", "good")
    assert found(check(text=by_address))["Signed by maple.example"] == "good"
    baked = bake_png(png(), by_address, keyword=b"openbadgecredential")
    assert found(check(baked))["Signed by maple.example"] == "good"
    carried = token(said, rsa_key, jwk=jwk(rsa_key))
    assert found(check(carried))["Not a key of its issuer"] == "bad"
    web.put("https://maple.example/.well-known/jwks.json", {"keys": [jwk(rsa_key, iss=ISSUER, kid="1")]})
    assert found(check(carried))["Signed by maple.example"] == "good"
    web.put("https://maple.example/.well-known/jwks.json", {"keys": [jwk(rsa_key, iss="did:web:maple.example:issuers:elm", kid="1")]})
    assert found(check(carried))["Not a key of its issuer"] == "bad"


def test_a_key_below_the_issuers_own_place_is_the_issuers(
    oak: Elsewhere, check: Callable[..., TestResponse], web: Web, rsa_key: rsa.RSAPrivateKey
) -> None:
    said = claims(oak.document())
    for path, state in (
        ("oak/keys/1", True),
        ("elm/keys/1", False),
        ("oak/../elm/keys/1", False),
        ("oaks/1", False),
        ("oak%2f..%2felm/1", False),
    ):
        kid = f"https://maple.example/issuers/{path}"
        web.put(kid, jwk(rsa_key))
        assert (found(check(token(said, rsa_key, kid=kid))).get("Signed by maple.example") == "good") is state, path


def test_tokens_that_do_not_count(oak: Elsewhere, check: Callable[..., TestResponse], web: Web, rsa_key: rsa.RSAPrivateKey) -> None:
    said = claims(oak.document())
    kid = "https://maple.example/keys/1"
    web.put(kid, jwk(rsa_key, iss=ISSUER))
    good = token(said, rsa_key, kid=kid)
    head, body, signature = good.split(".")
    changed = base64.urlsafe_b64encode(json.dumps({**said, "name": "Harvard"}).encode()).decode().rstrip("=")
    assert found(check(f"{head}.{changed}.{signature}"))["Its signature is not right"] == "bad"
    none = base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": kid}).encode()).decode().rstrip("=")
    assert found(check(f"{none}.{body}.AAAA"))["Its signature is not right"] == "bad"
    elsewhere = token(said, rsa_key, kid="https://thief.example/keys/1")
    web.put("https://thief.example/keys/1", jwk(rsa_key, iss=ISSUER))
    assert "This badge is valid" not in check(elsewhere).text
    assert "https://thief.example/keys/1" not in web.asked
    old = token({**said, "exp": 1_772_000_000, "validUntil": "2026-02-25T06:13:20Z"}, rsa_key, kid=kid)
    rows = found(check(old))
    assert (rows["It has expired"], rows["Signed by maple.example"]) == ("bad", "good")


# Open Badges 2.0


def hosted(web: Web, **more: Any) -> dict[str, Any]:
    salt = "salt"
    assertion = {
        "@context": "https://w3id.org/openbadges/v2",
        "id": "https://moodle.example/badges/assertion.php?b=1",
        "type": "Assertion",
        "recipient": {
            "type": "email",
            "hashed": True,
            "salt": salt,
            "identity": "sha256$" + hashlib.sha256(f"ada@example.org{salt}".encode()).hexdigest(),
        },
        "badge": "https://moodle.example/badges/badge.php?id=1",
        "verification": {"type": "HostedBadge"},
        "issuedOn": "2026-01-10T08:00:00Z",
        **more,
    }
    web.put("https://moodle.example/badges/assertion.php?b=1", assertion)
    badge = {"id": assertion["badge"], "type": "BadgeClass", "name": "Old badge", "description": "x", "issuer": "https://moodle.example/i"}
    web.put(str(assertion["badge"]), badge)
    web.put(
        "https://moodle.example/i",
        {"id": "https://moodle.example/i", "type": "Issuer", "name": "Moodle High", "url": "https://moodle.example"},
    )
    return assertion


def test_an_older_badge_that_is_hosted(check: Callable[..., TestResponse], web: Web) -> None:
    assertion = hosted(web)
    for data in (json.dumps(assertion), bake_png(png(), json.dumps(assertion), keyword=ITXT_KEYWORD)):
        answer = check(data, email="ada@example.org")
        rows = found(answer)
        assert rows["It is what its issuer says it is"] == "good"
        assert rows["Issued by moodle.example"] == "good"
        assert rows["It was issued to this e-mail address"] == "good"
        assert "Old badge" in answer.text
    assert found(check(address=str(assertion["id"])))["Issued by moodle.example"] == "good"
    baked_address = bake_png(png(), str(assertion["id"]), keyword=ITXT_KEYWORD)
    assert found(check(baked_address))["Issued by moodle.example"] == "good"
    moodle = hosted(web, verify={"type": "hosted", "url": assertion["id"]})
    del moodle["verification"]
    web.put(str(moodle["id"]), moodle)
    assert found(check(json.dumps(moodle)))["Issued by moodle.example"] == "good"


def test_a_page_that_names_its_badges_file(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    web.put("https://maple.example/7.json", json.loads(oak.signed()))
    link = '<link rel="alternate" href="https://maple.example/7.json" type="application/ld+json">'
    web.put("https://maple.example/7", f"<!DOCTYPE html><head><link rel=icon href=x>{link}</head>".encode())
    assert found(check(address="https://maple.example/7"))["Signed by maple.example"] == "good"
    for page in ("<!DOCTYPE html>", link.replace("https:", "file:"), link.replace("ld+json", "rss+xml"), "<link " * 10_000):
        web.put("https://maple.example/7", page.encode())
        assert "This is a web page, not a badge" in check(address="https://maple.example/7").text
    web.put("https://maple.example/7", link.replace("7.json", "7").encode())
    assert "This leads nowhere" in check(address="https://maple.example/7").text


def test_an_older_badge_that_does_not_count(check: Callable[..., TestResponse], web: Web) -> None:
    assertion = hosted(web)
    changed = {**assertion, "recipient": {**assertion["recipient"], "identity": "sha256$" + "0" * 64}}
    assert found(check(json.dumps(changed)))["It was changed"] == "bad"
    web.put(str(assertion["id"]), {"id": assertion["id"], "revoked": True, "revocationReason": "Given by mistake"}, 410)
    answer = check(json.dumps(assertion))
    assert found(answer)["It has been revoked"] == "bad"
    assert "Given by mistake" in answer.text
    web.pages[str(assertion["id"])] = "unreachable"
    assert found(check(json.dumps(assertion)))["Whether it still stands could not be found out"] == "unsure"
    old = hosted(web, expires="2026-02-01T00:00:00Z")
    assert found(check(json.dumps(old)))["It has expired"] == "bad"
    foreign = hosted(web)
    web.put("https://moodle.example/badges/badge.php?id=1", {"id": "x", "type": "BadgeClass", "issuer": "https://harvard.example/i"})
    web.put("https://harvard.example/i", {"id": "https://harvard.example/i", "type": "Issuer", "name": "Harvard"})
    assert "This badge is valid" not in check(json.dumps(foreign)).text


# Thrown at it


def deep(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


HOSTILE: dict[str, tuple[bytes, int]] = {
    "empty": (b"   ", 422),
    "deep JSON": (deep(100_000), 413),
    "deep JSON, small": (deep(20_000), 422),
    "deep list": (b"[" * 50_000, 422),
    "half a document": (b'{"@context": ["https://www.w3.org', 422),
    "a number": (b"42", 422),
    "a list": (b"[1]", 422),
    "not a number": (b'{"a": NaN}', 422),
    "a huge number": (b'{"a": 1e999}', 422),
    "digits": (b'{"a": ' + b"9" * 5000 + b"}", 422),
    "half a letter": (b'{"a": "\\ud800"}', 422),
    "NUL": (b'{"type": "\\u0000"}', 422),
    "twice": (b'{"type": "OpenBadgeCredential", "type": "OpenBadgeCredential"}', 422),
    "a page": (b"<!DOCTYPE html><html><script>alert(1)</script>", 422),
    "a program": (b"\x7fELF" + bytes(1000), 422),
    "half a PNG": (png()[:40], 422),
    "a PNG without a badge": (png(), 422),
    "a bomb in a PNG": (itxt(b"openbadgecredential", zlib.compress(bytes(60_000_000), 9), packed=True), 422),
    "noise packed in a PNG": (itxt(b"openbadgecredential", b"noise", packed=True), 422),
    "a PNG with a page inside": (itxt(b"openbadgecredential", b"<html>", packed=False), 422),
    "an SVG without a badge": (b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>', 422),
    "an SVG with entities": (
        b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;">]><svg>&b;</svg>',
        422,
    ),
    "an SVG that reads files": (b'<!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]><svg>&x;</svg>', 422),
    "a deep SVG": (b"<svg>" + b"<g>" * 100_000, 422),
    "an unsigned badge": (b'{"type": ["VerifiableCredential", "OpenBadgeCredential"], "issuer": "did:web:a.example"}', 422),
    "another kind": (b'{"type": ["VerifiableCredential", "UniversityDegree"], "issuer": "did:web:a.example"}', 422),
    "three dots": (b"aaaa.bbbb.cccc", 422),
    "an unknown signature": (
        b'{"type": ["OpenBadgeCredential"], "issuer": "did:web:a.example", "proof": {"cryptosuite": "bbs-2023"}}',
        422,
    ),
}


@pytest.mark.parametrize("kind", HOSTILE)
def test_what_is_no_badge_is_told_so(check: Callable[..., TestResponse], web: Web, kind: str) -> None:
    data, status = HOSTILE[kind]
    answer = check(data)
    assert answer.status_code == status
    assert "usa-alert--error" in answer.text
    assert "<script>alert" not in answer.text
    assert web.asked == []


def test_twenty_megabytes(check: Callable[..., TestResponse]) -> None:
    assert check(b"x" * 20_000_000).status_code == 413


ODD: tuple[Any, ...] = (None, 1, [], {}, [[]], [None], "x", {"id": {}}, {"id": []}, [{"id": 1}], True)


@pytest.mark.parametrize("name", ["@context", "type", "issuer", "credentialSubject", "proof", "credentialStatus", "validFrom", "id"])
def test_no_odd_value_makes_it_stumble(oak: Elsewhere, check: Callable[..., TestResponse], clock: Clock, name: str) -> None:
    credential = oak.signed(oak.document(credentialStatus=STATUS))
    for value in ODD:
        clock.now += timedelta(minutes=1)
        answer = check(json.dumps({**json.loads(credential), name: value}))
        assert answer.status_code in (200, 422), value
        assert "This badge is valid" not in answer.text, value


INSIDE = (
    "http://127.0.0.1:8001/",
    "https://127.0.0.1/",
    "https://[::1]/",
    "https://169.254.169.254/latest/meta-data",
    "https://10.0.0.1/x",
    "https://localhost/",
    "https://maple.example:22/",
    "http://maple.example/",
    "https://user:pw@127.0.0.1/",
    "https://0x7f000001/",
    "file:///etc/passwd",
    "gopher://maple.example/",
    "https://",
    "https://[",
)


def test_addresses_that_lead_inside_are_not_followed(world: World, tool: Tool) -> None:
    """With the real client, which must refuse: a test can't open a connection to anything but this machine anyway."""
    tool.http = HttpClient()
    for url in INSIDE:
        answer = world.app.test_client().post("/badges/verify", data={"address": url})
        assert answer.status_code == 422, url
        assert "root:" not in answer.text


def test_a_badge_cannot_make_us_ask_inside(oak: Elsewhere, check: Callable[..., TestResponse], world: World, tool: Tool) -> None:
    inside = "did:web:169.254.169.254"
    document = oak.document(issuer={"id": inside, "type": ["Profile"], "name": "x"})
    credential = oak.signed(document, issuer=inside)
    tool.http = HttpClient(development=True)
    answer = world.app.test_client().post("/badges/verify", data={"text": credential.decode()})
    assert found(answer)["Whether its issuer signed it could not be found out"] == "unsure"


UNREADABLE = (
    "https://[x",
    "https://[::1",
    "https://a.example:99999/x",
    "https://a\u2100.example/",
    "https://ä\ud7ff.example/",
    "https:///x",
)


@pytest.mark.parametrize("place", ["address", "issuer", "did", "list", "kid", "older"])
def test_addresses_that_cannot_be_read_are_told_so(
    oak: Elsewhere, check: Callable[..., TestResponse], web: Web, clock: Clock, rsa_key: rsa.RSAPrivateKey, place: str
) -> None:
    for url in UNREADABLE:
        clock.now += timedelta(minutes=1)
        if place == "address":
            answer = check(address=url)
            assert answer.status_code == 422, url
            continue
        if place == "list":
            answer = check(oak.signed(oak.document(credentialStatus={**STATUS, "statusListCredential": url})))
        elif place == "kid":
            answer = check(token(claims(oak.document()), rsa_key, kid=url))
        elif place == "older":
            assertion = hosted(web, **{"id" if url == "https://[x" else "badge": url})
            web.pages.pop(url, None)
            answer = check(json.dumps(assertion))
        else:
            issuer = url if place == "issuer" else f"did:web:{url.removeprefix('https://')}"
            document = json.loads(oak.signed())
            document["issuer"]["id"], document["proof"][0]["verificationMethod"] = issuer, f"{issuer}#{oak.key}"
            answer = check(json.dumps(document))
        assert answer.status_code in (200, 422), url
        assert "This badge is valid" not in answer.text, url


def test_a_badge_cannot_make_us_ask_for_ever(oak: Elsewhere, check: Callable[..., TestResponse], web: Web) -> None:
    many = [{**STATUS, "statusListCredential": f"https://maple.example/status/{n}"} for n in range(100)]
    check(oak.signed(oak.document(credentialStatus=many)))
    assert len(web.asked) <= 10


def test_our_own_private_pages_are_not_read(check: Callable[..., TestResponse], web: Web, ours: Earned) -> None:
    for path in (f"{ours.own}/badge.json", "/badges/verify", "/s/x/home", "/%73/x/home"):
        assert check(address=f"http://127.0.0.1:8000{path}").status_code == 422
    assert web.asked == []


def test_so_many_checks_a_minute(check: Callable[..., TestResponse], clock: Clock) -> None:
    assert [check(b"42").status_code for _ in range(21)] == [422] * 20 + [429]
    clock.now += timedelta(minutes=1)
    assert check(b"42").status_code == 422


def test_nothing_is_kept(ours: Earned, check: Callable[..., TestResponse], tool: Tool) -> None:
    from lti_tool.all_models import metadata

    def rows() -> dict[str, int]:
        with tool.database.engine.connect() as connection:
            return {table.name: len(connection.execute(table.select()).all()) for table in metadata.sorted_tables}

    before = rows()
    check(ours.row.credential or b"", email="ada@example.org")
    assert rows() == before
