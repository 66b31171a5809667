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

from lti_tool.catalog.content import Criterion, MicrocredentialContent

CONTEXTS: Final = ("https://www.w3.org/ns/credentials/v2", "https://purl.imsglobal.org/spec/ob/v3p0/context-3.0.3.json")


@dataclass(frozen=True, slots=True)
class HashedEmail:
    """An e-mail address that the holder can prove and others cannot read: lower-cased, salted, hashed (IdentityObject)."""

    identity_hash: str
    salt: str


@dataclass(frozen=True, slots=True)
class AwardFacts:
    """Everything that a badge says. Addresses are absolute; times are aware.

    `results` are the levels (by place, from 0) that the teacher reached per criterion key; they are told only if `publish_results`.
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
    assessed_by: str = "two independent blind reviewers"
    earner_email: HashedEmail | None = None
    earner_name: str | None = None
    publish_results: bool = False
    results: Mapping[str, int] = field(default_factory=dict)


def hashed_email(email: str, salt: str) -> HashedEmail:
    """The address as a salted hash (Open Badges 3.0, IdentityHash): the salt is appended to the identity."""
    digest = hashlib.sha256(f"{email.strip().lower()}{salt}".encode()).hexdigest()
    return HashedEmail(f"sha256${digest}", salt)


def compose(facts: AwardFacts) -> dict[str, Any]:
    """The credential without its proof. Raises ValueError for a naive time, KeyError for a result of an unknown criterion."""
    return {
        "@context": list(CONTEXTS),
        "id": facts.award_url,
        "type": ["VerifiableCredential", "OpenBadgeCredential"],
        "name": facts.content.title,
        "issuer": {"id": facts.issuer_id, "type": ["Profile"], "name": facts.issuer_name, "url": facts.issuer_url},
        "validFrom": utc_seconds(facts.valid_from),
        "awardedDate": utc_seconds(facts.awarded_at),
        "credentialSubject": _subject(facts),
    }


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
        "achievementType": "MicroCredential",
        "name": content.title,
        "description": content.summary,
        "version": str(facts.version_number),
        "criteria": {"id": facts.criteria_url, "narrative": narrative(content, facts.assessed_by)},
        "image": {"id": facts.image_url, "type": "Image", "caption": f"Badge: {content.title}"},
        "resultDescription": [_result_description(facts.version_url, criterion) for criterion in content.criteria],
    }
    if content.tags:
        achievement["tag"] = list(dict.fromkeys(content.tags))
    if content.alignments:
        achievement["alignment"] = [
            {
                "type": ["Alignment"],
                "targetName": a.name,
                "targetUrl": a.url,
                "targetFramework": a.framework,
                **({"targetCode": a.code} if a.code else {}),
            }
            for a in content.alignments
        ]
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
