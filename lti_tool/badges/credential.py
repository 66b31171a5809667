"""The words of a badge: facts about an award become an unsigned Open Badges 3.0 credential (OpenBadgeCredential, VC Data Model 2.0).

Only terms that both published revisions of the Open Badges context 3.0.3 define are used: a term that a verifier's copy lacks
would not be covered by the signature. Members that may hold several values are always arrays, which every reader takes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from lti_tool.catalog.achievements import alignment
from lti_tool.catalog.content import Criterion, MicrocredentialContent

CONTEXTS: Final = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")

_OB2_BADGE_CLASS: Final = "https://w3id.org/openbadges#BadgeClass"


@dataclass(frozen=True, slots=True)
class HashedEmail:
    """An e-mail address that the holder can prove and others cannot read: lower-cased, salted, hashed (IdentityObject)."""

    identity_hash: str
    salt: str


@dataclass(frozen=True, slots=True)
class Profile:
    """What an issuer says of itself beyond its name. `endorsements` are signed EndorsementCredentials about it, as they came."""

    email: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    logo_url: str = ""
    ob2_url: str = ""
    endorsements: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """Everything that a badge says. Addresses are absolute; times are aware.

    `results` are the levels (by place, from 0) that the teacher reached per criterion key; they are told only if `publish_results`.
    `evidence_summary` is what the teacher wrote about their evidence for everybody, Markdown. `is_test`: nobody may take it for real.
    `narrative` takes the place of the words in which a try was judged: a stack has none.
    """

    award_url: str
    issuer_id: str
    issuer_name: str
    issuer_url: str
    earner_id: UUID
    content: MicrocredentialContent
    version_number: int
    version_url: str
    criteria_url: str
    image_url: str
    awarded_at: datetime
    valid_from: datetime
    valid_until: datetime | None = None
    assessed_by: str = "two independent blind reviewers"
    earner_email: HashedEmail | None = None
    earner_name: str | None = None
    publish_results: bool = False
    results: Mapping[str, int] = field(default_factory=dict)
    evidence_summary: str = ""
    status_list_url: str = ""
    status_index: int = 0
    profile: Profile = field(default_factory=Profile)
    ob2_version_url: str = ""
    is_test: bool = False
    narrative: str = ""


def hashed_email(email: str, salt: str) -> HashedEmail:
    """The address as a salted hash (Open Badges 3.0, IdentityHash): the salt is appended to the identity."""
    digest = hashlib.sha256(f"{email.strip().lower()}{salt}".encode()).hexdigest()
    return HashedEmail(f"sha256${digest}", salt)


def compose(facts: AwardFacts) -> dict[str, Any]:
    """The credential without its proof. Raises ValueError for a naive time, KeyError for a result of an unknown criterion."""
    document: dict[str, Any] = {
        "@context": list(CONTEXTS),
        "id": facts.award_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": shown_title(facts.content.title, is_test=facts.is_test),
        "issuer": profile(facts.issuer_id, facts.issuer_name, facts.issuer_url, facts.profile),
        "validFrom": utc_seconds(facts.valid_from),
        "awardedDate": utc_seconds(facts.awarded_at),
        "credentialSubject": _subject(facts),
    }
    if facts.valid_until is not None:
        document["validUntil"] = utc_seconds(facts.valid_until)
    if facts.evidence_summary:
        document["evidence"] = [
            {
                "id": f"{facts.award_url}#evidence",
                "type": ["Evidence"],
                "name": "Summary of the evidence, in the teacher’s words",
                "narrative": facts.evidence_summary,
            }
        ]
    if facts.status_list_url:
        document["credentialStatus"] = {
            "id": f"{facts.status_list_url}#{facts.status_index}",
            "type": "BitstringStatusListEntry",
            "statusPurpose": "revocation",
            "statusListIndex": str(facts.status_index),
            "statusListCredential": facts.status_list_url,
        }
    return document


def shown_title(title: str, *, is_test: bool) -> str:
    """The badge's name: one of a test environment says so first."""
    return f"TEST – {title}" if is_test else title


def profile(did: str, name: str, url: str, more: Profile) -> dict[str, Any]:
    """The issuer (Open Badges 3.0, Profile)."""
    document: dict[str, Any] = {"id": did, "type": ["Profile"], "name": name, "url": url}
    if more.email:
        document["email"] = more.email
    if more.address:
        document["address"] = {"type": ["Address"], **more.address}
    if more.logo_url:
        document["image"] = {"id": more.logo_url, "type": "Image", "caption": f"Logo of {name}"}
    if more.ob2_url:
        document["otherIdentifier"] = [{"type": "IdentifierEntry", "identifier": more.ob2_url, "identifierType": "identifier"}]
    if more.endorsements:
        document["endorsement"] = [dict(one) for one in more.endorsements]
    return document


def utc_seconds(moment: datetime) -> str:
    """RFC 3339 in UTC, whole seconds. Raises ValueError for a naive time."""
    if moment.tzinfo is None:
        raise ValueError("naive datetime")
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _subject(facts: AwardFacts) -> dict[str, Any]:
    subject: dict[str, Any] = {
        "id": facts.earner_id.urn,
        "type": ["AchievementSubject"],
        "achievement": _achievement(facts),
    }
    identifiers: list[dict[str, Any]] = []
    if facts.earner_email:
        identifiers.append(
            {
                "type": "IdentityObject",
                "hashed": True,
                "identityType": "emailAddress",
                "identityHash": facts.earner_email.identity_hash,
                "salt": facts.earner_email.salt,
            }
        )
    if facts.earner_name:
        identifiers.append({"type": "IdentityObject", "hashed": False, "identityType": "name", "identityHash": facts.earner_name})
    if identifiers:
        subject["identifier"] = identifiers
    if facts.publish_results and facts.results:
        subject["result"] = [_result(facts, key, level) for key, level in facts.results.items()]
    return subject


def _achievement(facts: AwardFacts) -> dict[str, Any]:
    content = facts.content
    achievement: dict[str, Any] = {
        "id": facts.version_url,
        "type": ["Achievement"],
        "achievementType": "ext:TestBadge" if facts.is_test else "MicroCredential",
        "name": shown_title(content.title, is_test=facts.is_test),
        "description": content.summary,
        "version": str(facts.version_number),
        "criteria": {"id": facts.criteria_url, "narrative": facts.narrative or narrative(content, facts.assessed_by)},
        "image": {"id": facts.image_url, "type": "Image", "caption": f"Badge: {shown_title(content.title, is_test=facts.is_test)}"},
        "resultDescription": [_result_description(facts.version_url, criterion) for criterion in content.criteria],
    }
    if content.tags:
        achievement["tag"] = list(dict.fromkeys(content.tags))
    if content.alignments:
        achievement["alignment"] = [alignment(one) for one in content.alignments]
    if facts.ob2_version_url:
        related = {"id": facts.ob2_version_url, "type": ["Related", _OB2_BADGE_CLASS], "version": "Open Badges v2p0"}
        achievement["related"] = [related]
    return achievement


def narrative(content: MicrocredentialContent, assessed_by: str) -> str:
    """What had to be shown, in Markdown. Hours are work to expect, no credit hours: so they stand here and not in `creditsAvailable`."""
    hours = "one hour" if content.hours == 1 else f"{content.hours} hours"
    shown = "\n".join(
        f"- **{c.title}**: at least “{c.levels[c.required_level].name}”. {c.levels[c.required_level].description}" for c in content.criteria
    )
    return (
        f"{content.competency}\n\n"
        f"The teacher showed this in their own classroom, by the method “{content.key_method.title}”, and reached every criterion:\n\n"
        f"{shown}\n\n"
        f"The evidence was judged by {assessed_by}. Expected work: {hours}."
    )


def _result_description(version_url: str, criterion: Criterion) -> dict[str, Any]:
    return {
        "id": f"{version_url}#{criterion.key}",
        "type": ["ResultDescription"],
        "name": criterion.title,
        "resultType": "RubricCriterionLevel",
        "requiredLevel": _level_id(version_url, criterion.key, criterion.required_level),
        "rubricCriterionLevel": [
            {
                "id": _level_id(version_url, criterion.key, place),
                "type": ["RubricCriterionLevel"],
                "name": level.name,
                "level": str(place),
                "description": level.description,
            }
            for place, level in enumerate(criterion.levels)
        ],
    }


def _result(facts: AwardFacts, key: str, level: int) -> dict[str, Any]:
    criterion = facts.content.criterion(key)
    if not 0 <= level < len(criterion.levels):
        raise KeyError(f"{key} has no level {level}")
    return {
        "type": ["Result"],
        "resultDescription": f"{facts.version_url}#{key}",
        "achievedLevel": _level_id(facts.version_url, key, level),
        "value": criterion.levels[level].name,
    }


def _level_id(version_url: str, key: str, place: int) -> str:
    return f"{version_url}#{key}.level-{place}"
