"""The same award for older backpacks: a hosted Open Badges 2.0 Assertion, its BadgeClass and its Issuer, as linked JSON.

Nothing here is signed: a verifier asks our server, and a revoked award answers so (Open Badges 2.0, "HostedBadge").
"""

from __future__ import annotations

from typing import Any, Final

from lti_tool.badges.credential import Profile

CONTEXT: Final = "https://w3id.org/openbadges/v2"
MEDIA_TYPE: Final = "application/ld+json"
_VOCABULARY: Final = "https://purl.imsglobal.org/spec/vc/ob/vocab.html#"


def assertion(
    credential: dict[str, Any], *, url: str, badge_url: str, page_url: str, image_url: str, revoked_words: str | None
) -> dict[str, Any]:
    """The award. `revoked_words`: why it was revoked, None while it stands."""
    if revoked_words is not None:
        return {"@context": CONTEXT, "type": "Assertion", "id": url, "revoked": True, "revocationReason": revoked_words}
    document = {
        "@context": CONTEXT,
        "type": "Assertion",
        "id": url,
        "recipient": _recipient(credential["credentialSubject"]),
        "badge": badge_url,
        "verification": {"type": "HostedBadge"},
        "issuedOn": credential["awardedDate"],
        "image": image_url,
        "related": [{"type": [f"{_VOCABULARY}OpenBadgeCredential"], "id": credential["id"], "version": "Open Badges v3p0"}],
    }
    if "validUntil" in credential:
        document["expires"] = credential["validUntil"]
    if "evidence" in credential:
        document["evidence"] = [{"id": page_url, "narrative": one["narrative"]} for one in credential["evidence"]]
    return document


def _recipient(subject: dict[str, Any]) -> dict[str, Any]:
    for one in subject.get("identifier", []):
        if one["identityType"] == "emailAddress":
            return {"type": "email", "hashed": True, "salt": one["salt"], "identity": one["identityHash"]}
    return {"type": "id", "hashed": False, "identity": subject["id"]}


def badge_class(achievement: dict[str, Any], *, url: str, issuer_url: str) -> dict[str, Any]:
    """What had to be shown, from the achievement of an Open Badges 3.0 credential."""
    document = {
        "@context": CONTEXT,
        "type": "BadgeClass",
        "id": url,
        "name": achievement["name"],
        "description": achievement["description"],
        "image": achievement["image"]["id"],
        "criteria": {"id": achievement["criteria"]["id"], "narrative": achievement["criteria"]["narrative"]},
        "issuer": issuer_url,
        "version": achievement["version"],
        "related": [{"type": [f"{_VOCABULARY}Achievement"], "id": achievement["id"], "version": "Open Badges v3p0"}],
    }
    if tags := achievement.get("tag"):
        document["tags"] = tags
    if aligned := achievement.get("alignment"):
        names = ("targetName", "targetUrl", "targetFramework", "targetCode", "targetDescription")
        document["alignment"] = [{name: one[name] for name in names if name in one} for one in aligned]
    return document


def issuer(*, url: str, did: str, name: str, page_url: str, profile: Profile) -> dict[str, Any]:
    """Who issued. Open Badges 2.0 asks for an e-mail address: an issuer without one is not taken by every backpack."""
    document = {
        "@context": CONTEXT,
        "type": "Issuer",
        "id": url,
        "name": name,
        "url": page_url,
        "related": [{"type": [f"{_VOCABULARY}Profile"], "id": did, "version": "Open Badges v3p0"}],
    }
    if profile.email:
        document["email"] = profile.email
    if profile.logo_url:
        document["image"] = profile.logo_url
    return document
