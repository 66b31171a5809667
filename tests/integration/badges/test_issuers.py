"""Who issues: a name, an address, a logo, several of them, and others who stand behind them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import func, select

from lti_tool.badges import issuers, service, signing
from lti_tool.badges.models import Award, BadgeIssuer, IssuerEndorsement
from lti_tool.catalog.models import Microcredential
from lti_tool.errors import Problem
from lti_tool.http import HttpClient, HttpFailure, Reply
from lti_tool.platforms.models import District
from lti_tool.tool import Tool
from tests.factories.world import FrameBrowser, World
from tests.integration.badges.stage import Earned
from tests.verifiers import Judges

STATE = "did:web:education.example.gov"
STATE_KEY = signing.generate_key()
STATE_DID = signing.did_document(STATE, [signing.public_multibase(STATE_KEY)])
CONTEXTS = ["https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json"]


class TheState(HttpClient):
    """The one server out there: a state's DID document."""

    def request(self, method: str, url: str, **given: Any) -> Reply:
        if url != "https://education.example.gov/.well-known/did.json":
            raise HttpFailure("unreachable", url)
        return Reply(200, {}, json.dumps(STATE_DID).encode(), {})


@pytest.fixture
def office(shown: Earned, tool: Tool) -> FrameBrowser:
    tool.http = TheState()
    return shown.official()[1]


def where(browser: FrameBrowser, earned: Earned, part: str = "") -> str:
    return f"{browser.prefix}/district/badges/issuers/{earned.row.issuer_id}{part}"


def endorsement(subject: str, **changes: Any) -> str:
    """What the state signs of this issuer."""
    document = {
        "@context": CONTEXTS,
        "id": f"urn:uuid:{uuid4()}",
        "type": ["VerifiableCredential", "EndorsementCredential"],
        "name": "Recognition",
        "issuer": {"id": STATE, "type": ["Profile"], "name": "State Board of Education"},
        "validFrom": "2026-01-01T00:00:00Z",
        "credentialSubject": {"id": subject, "type": ["EndorsementSubject"], "endorsementComment": "Counts for renewal."},
    } | changes
    method = signing.key_id(STATE, signing.public_multibase(STATE_KEY))
    return signing.sign_other(document, STATE_KEY, method, created=datetime(2026, 1, 2, tzinfo=UTC)).decode()


def again(shown: Earned, world: World, tool: Tool) -> dict[str, Any]:
    """The next badge of this district."""
    enrollment = world.enrollment(
        world.activity(shown.context, shown.version), world.person(shown.registration, "Bo Teacher"), state="earned"
    )
    with tool.database.unit() as session:
        award = service.award(session, tool, enrollment_id=enrollment.id, decided_at=tool.clock()).id
    assert service.sign_due(tool) == 1
    with tool.database.read() as session:
        return json.loads(session.get_one(Award, award).credential or b"")  # type: ignore[no-any-return]


@pytest.mark.xdist_group("npm")
def test_an_endorsement_is_checked_taken_in_and_signed_with_every_badge(
    shown: Earned, office: FrameBrowser, world: World, tool: Tool, judges: Judges
) -> None:
    did = shown.credential["issuer"]["id"]
    text = endorsement(did)
    assert office.post(where(office, shown, "/endorse"), {"text": text}).status_code == 303
    assert "State Board of Education" in office.get(where(office, shown)).text
    public = shown.stranger.get(f"/issuers/{shown.slug}").text
    assert "State Board of Education" in public
    assert "Counts for renewal." in public
    badge = again(shown, world, tool)
    assert badge["issuer"]["endorsement"] == [json.loads(text)]
    checks = [{"by": house, "credential": one} for one in (badge, json.loads(text)) for house in ("digitalbazaar", "digitalcredentials")]
    documents = {**shown.published(), STATE: STATE_DID}
    assert judges.ask(checks, documents) == [{"verified": True, "errors": [], "revoked": None}] * 4
    badge["issuer"]["endorsement"][0]["credentialSubject"]["endorsementComment"] = "Counts twice."
    assert not judges.ask([{"by": "digitalbazaar", "credential": badge}], documents)[0]["verified"]
    with tool.database.read() as session:
        said = session.scalars(select(IssuerEndorsement.id)).one()
    assert office.post(where(office, shown, "/endorse"), {"text": text}).status_code == 409, "once is enough"
    assert office.post(where(office, shown, "/unendorse"), {"endorsement": str(said)}).status_code == 303
    assert "endorsement" not in again(shown, world, tool)["issuer"]
    assert office.post(where(office, shown, "/unendorse"), {"endorsement": str(said)}).status_code == 404


def test_an_endorsement_may_come_as_a_file(shown: Earned, office: FrameBrowser) -> None:
    text = endorsement(shown.credential["issuer"]["id"])
    file = (io.BytesIO(text.encode()), "endorsement.json")
    assert office.post(where(office, shown, "/endorse"), {"file": file}, content_type="multipart/form-data").status_code == 303
    broken = (io.BytesIO(b"\xff\xfe\x00"), "endorsement.json")
    assert office.post(where(office, shown, "/endorse"), {"file": broken}, content_type="multipart/form-data").status_code == 422


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda _did: "", "no endorsement in JSON"),
        (lambda _did: "{}", "no endorsement in JSON"),
        (lambda _did: "[" * 3000, "no endorsement in JSON"),
        (lambda did: endorsement(did).replace("Counts for", "Counts twice for"), "signature is not valid"),
        (lambda did: endorsement("did:web:elsewhere.example"), "endorses somebody else"),
        (lambda did: endorsement(did, type=["VerifiableCredential"]), "no EndorsementCredential"),
        (lambda did: endorsement(did, validUntil="2026-02-01T00:00:00Z"), "not valid today"),
        (lambda did: endorsement(did, validFrom="2030-02-01T00:00:00Z"), "not valid today"),
        (lambda did: endorsement(did, issuer=did), "issuer’s own"),
        (lambda did: endorsement(did, issuer="did:web:unknown.example"), "somebody else than the endorser"),
        (lambda did: endorsement(did).replace(STATE, "did:web:gone.example"), "could not be fetched from gone.example"),
        (lambda did: endorsement(did, districtPayCredit=200), "not cover"),
        (lambda did: json.dumps(json.loads(endorsement(did)) | {"proof": []}), "signature is not valid"),
        (lambda did: "x" * 70_000, "longer than 64 KB"),
    ],
)
def test_what_is_no_sound_endorsement_is_refused_in_words(shown: Earned, office: FrameBrowser, tool: Tool, spoil: Any, words: str) -> None:
    answer = office.post(where(office, shown, "/endorse"), {"text": spoil(shown.credential["issuer"]["id"])})
    assert answer.status_code == 422
    assert words in answer.text
    with tool.database.read() as session:
        assert session.scalar(select(func.count()).select_from(IssuerEndorsement)) == 0


def test_what_an_issuer_says_of_itself_is_in_later_badges_only(shown: Earned, office: FrameBrowser, world: World, tool: Tool) -> None:
    before = shown.credential
    said = {
        "name": "Maple Valley Schools",
        "url": "https://maple.example.org/",
        "email": "badges@maple.example.org",
        "street": "1 Main Street",
        "locality": "Maple Valley",
        "country": "USA",
    }
    assert office.post(where(office, shown), said).status_code == 303
    badge = again(shown, world, tool)
    assert badge["issuer"]["name"] == "Maple Valley Schools"
    assert badge["issuer"]["email"] == "badges@maple.example.org"
    assert badge["issuer"]["address"] == {
        "type": ["Address"],
        "streetAddress": "1 Main Street",
        "addressLocality": "Maple Valley",
        "addressCountry": "USA",
    }
    assert badge["issuer"]["id"] == before["issuer"]["id"]
    assert shown.credential == before
    assert shown.read(f"/issuers/{shown.slug}/ob2.json")["email"] == "badges@maple.example.org"
    profile = shown.read(f"/issuers/{shown.slug}/profile.json")
    assert {name: value for name, value in profile.items() if name != "@context"} == badge["issuer"]


@pytest.mark.parametrize(
    "said", [{"name": ""}, {"name": "x" * 121}, {"name": "A", "url": "javascript:alert(1)"}, {"name": "A", "email": "a b"}]
)
def test_an_issuer_that_says_nonsense_is_not_saved(shown: Earned, office: FrameBrowser, said: dict[str, str]) -> None:
    answer = office.post(where(office, shown), said)
    assert answer.status_code == 422
    assert "your attention" in answer.text
    assert shown.read(f"/issuers/{shown.slug}/profile.json")["name"] == "Maple Valley"


def test_a_logo_is_drawn_anew(shown: Earned, office: FrameBrowser, world: World, tool: Tool) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (900, 300), "navy").save(picture, "PNG", pnginfo=None)
    upload = (io.BytesIO(picture.getvalue() + b"<script>alert(1)</script>"), "logo.png")
    answer = office.post(where(office, shown, "/logo"), {"file": upload}, content_type="multipart/form-data")
    assert answer.status_code == 303
    logo = shown.stranger.get(f"/issuers/{shown.slug}/logo.png")
    assert logo.mimetype == "image/png"
    assert b"script" not in logo.data
    with Image.open(io.BytesIO(logo.data)) as image:
        assert image.size == (512, 171)
    assert again(shown, world, tool)["issuer"]["image"]["id"].endswith(f"/issuers/{shown.slug}/logo.png")
    assert office.post(where(office, shown, "/logo"), {"do": "remove"}).status_code == 303
    assert shown.stranger.get(f"/issuers/{shown.slug}/logo.png").status_code == 404


@pytest.mark.parametrize(
    "content", [b"", b"no picture", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>", b"\x89PNG\r\n\x1a\n" + b"0" * 50]
)
def test_what_is_no_picture_is_no_logo(shown: Earned, office: FrameBrowser, content: bytes) -> None:
    answer = office.post(where(office, shown, "/logo"), {"file": (io.BytesIO(content), "logo.png")}, content_type="multipart/form-data")
    assert answer.status_code in (400, 422)
    assert shown.stranger.get(f"/issuers/{shown.slug}/logo.png").status_code == 404


def test_another_issuer_signs_what_its_terms_say_with_its_own_keys(shown: Earned, office: FrameBrowser, world: World, tool: Tool) -> None:
    answer = office.post(f"{office.prefix}/district/badges/issuers/new", {"slug": "maple-high", "name": "Maple High School"})
    assert answer.status_code == 303
    assert office.post(f"{office.prefix}/district/badges/issuers/new", {"slug": "maple-high", "name": "Another"}).status_code == 400
    assert office.post(f"{office.prefix}/district/badges/issuers/new", {"slug": "A B", "name": ""}).status_code == 422
    with tool.database.read() as session:
        high = session.scalars(select(BadgeIssuer).where(BadgeIssuer.slug == "maple-high")).one()
    terms = {"microcredential": str(shown.version.microcredential_id), "issuer": str(high.id), "months": "36"}
    assert office.post(f"{office.prefix}/district/badges/terms", terms).status_code == 303
    badge = again(shown, world, tool)
    assert badge["issuer"]["id"].endswith(":issuers:maple-high")
    assert badge["validUntil"] == "2029-03-01T10:30:00Z"
    assert badge["proof"][0]["verificationMethod"].split("#")[1] != shown.credential["proof"][0]["verificationMethod"].split("#")[1]
    assert signing.verify(json.dumps(badge).encode(), shown.read("/issuers/maple-high/did.json")).valid
    assert not signing.verify(json.dumps(badge).encode(), shown.read(f"/issuers/{shown.slug}/did.json")).valid
    assert badge["credentialStatus"]["statusListCredential"].endswith("/issuers/maple-high/status/1.json")
    listed = office.get(f"{office.prefix}/district/badges/terms").text
    assert 'value="36"' in listed
    assert office.post(f"{office.prefix}/district/badges/issuers/{high.id}/default").status_code == 303
    with tool.database.read() as session:
        assert [row.slug for row in session.scalars(select(BadgeIssuer).where(BadgeIssuer.is_default))] == ["maple-high"]


@pytest.mark.parametrize("change", [{"months": "0"}, {"months": "x"}, {"months": "241"}, {"issuer": "x"}, {"microcredential": ""}])
def test_terms_that_make_no_sense_change_nothing(shown: Earned, office: FrameBrowser, tool: Tool, change: dict[str, str]) -> None:
    data = {"microcredential": str(shown.version.microcredential_id), "issuer": "", "months": ""} | change
    assert office.post(f"{office.prefix}/district/badges/terms", data).status_code in (400, 422)
    with tool.database.read() as session:
        assert service.valid_months(session, shown.teacher.district_id, shown.version.microcredential_id) is None


def test_nothing_of_another_district_can_be_named(shown: Earned, office: FrameBrowser, world: World, tool: Tool) -> None:
    other = Earned(world, tool)
    terms = f"{office.prefix}/district/badges/terms"
    mine = str(shown.version.microcredential_id)
    assert office.post(terms, {"microcredential": mine, "issuer": str(other.row.issuer_id), "months": ""}).status_code == 404
    assert office.post(terms, {"microcredential": str(other.version.microcredential_id), "issuer": "", "months": ""}).status_code == 404
    for part in ("", "/logo", "/default", "/endorse", "/unendorse"):
        path = f"{office.prefix}/district/badges/issuers/{other.row.issuer_id}{part}"
        assert office.post(path, {"name": "Mine", "do": "remove"}).status_code == 404, part
    for part in ("", "/revoke", "/decide", "/renew", "/name"):
        path = f"{office.prefix}/district/badges/{other.id}{part}"
        data = {"reason": "error", "do": "confirm", "name": "x"}
        assert office.post(path, data).status_code in ((405,) if not part else (404,)), part
    assert office.get(f"{office.prefix}/district/badges/{other.id}").status_code == 404
    assert str(other.id) not in office.get(f"{office.prefix}/district/badges/").text
    with tool.database.read() as session:
        assert session.get_one(BadgeIssuer, other.row.issuer_id).name == "Maple Valley"
        assert session.get_one(Microcredential, other.version.microcredential_id) is not None


def test_a_new_issuer_takes_no_other_districts_address(shown: Earned, world: World, tool: Tool) -> None:
    other = world.district("Oak Hill")
    with tool.database.unit() as session, pytest.raises(Problem, match="bad_request"):
        issuers.create(
            session,
            tool,
            district_id=shown.teacher.district_id,
            actor_id=None,
            slug=other.slug,
            name="Oak",
            url="",
            email="",
            address={},
        )
    with tool.database.unit() as session:
        assert issuers.default(session, tool, other.id).slug == other.slug
        assert session.get_one(District, other.id).slug == other.slug


def test_the_issuer_of_tests_stays_the_issuer_of_tests(shown: Earned, office: FrameBrowser, tool: Tool) -> None:
    with tool.database.unit() as session:
        trial = issuers.for_tests(session, tool, shown.teacher.district_id)
    assert office.post(f"{office.prefix}/district/badges/issuers/{trial.id}/default").status_code == 400
    assert office.post(f"{office.prefix}/district/badges/issuers/{trial.id}", {"name": "Real Schools"}).status_code == 303
    with tool.database.read() as session:
        assert session.get_one(BadgeIssuer, trial.id).name == "TEST – Real Schools"
    terms = {"microcredential": str(shown.version.microcredential_id), "issuer": str(trial.id), "months": ""}
    assert office.post(f"{office.prefix}/district/badges/terms", terms).status_code == 400
