"""Addresses that stand in badges."""

from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from lti_tool.badges import addresses
from lti_tool.badges.signing import issuer_did


def test_the_issuers_page_and_its_did_agree():
    url = addresses.issuer_url("https://badges.example.org", "meadow")
    assert issuer_did("https://badges.example.org", "meadow").replace(":", "/").replace("did/web/", "https://") == url


def test_pictures_and_criteria_hang_below_the_issuer():
    version = UUID("018f3a6e-9a1b-7c3d-8e4f-5a6b7c8d9e0f")
    page = addresses.version_url("https://badges.example.org", "meadow", version)
    assert page == "https://badges.example.org/issuers/meadow/microcredentials/018f3a6e-9a1b-7c3d-8e4f-5a6b7c8d9e0f"
    assert addresses.picture_url("https://badges.example.org", "meadow", version, 2026) == f"{page}/2026.png"


def test_linkedin_is_filled_in_with_any_characters():
    url = addresses.linkedin_url(
        title="Questions & answers +1",
        issuer_name="Año Nuevo",
        awarded_at=datetime(2026, 3, 1, tzinfo=UTC),
        page="https://badges.example.org/badges/k3",
        public_id="k3",
    )
    assert urlsplit(url).netloc == "www.linkedin.com"
    assert {key: value[0] for key, value in parse_qs(urlsplit(url).query).items()} == {
        "startTask": "CERTIFICATION_NAME",
        "name": "Questions & answers +1",
        "organizationName": "Año Nuevo",
        "issueYear": "2026",
        "issueMonth": "3",
        "certUrl": "https://badges.example.org/badges/k3",
        "certId": "k3",
    }


def test_linkedin_is_told_when_a_badge_expires():
    given = {
        "title": "T",
        "issuer_name": "I",
        "awarded_at": datetime(2026, 3, 1, tzinfo=UTC),
        "page": "https://b.example/1",
        "public_id": "1",
    }
    said = parse_qs(urlsplit(addresses.linkedin_url(**given, until=datetime(2029, 12, 1, tzinfo=UTC))).query)
    assert (said["expirationYear"], said["expirationMonth"]) == (["2029"], ["12"])


def test_networks_get_any_characters():
    page = "https://badges.example.org/badges/k3"
    found = dict(addresses.networks(page, "Questions & answers +1 “Año”"))
    assert parse_qs(urlsplit(found["X"]).query) == {"text": ["I earned “Questions & answers +1 “Año””"], "url": [page]}
    assert parse_qs(urlsplit(found["Post on LinkedIn"]).query) == {"url": [page]}
    assert "+" not in found["E-mail"].replace("%2B", "")
    assert all(address.startswith(("https://", "mailto:?")) for address in found.values())
