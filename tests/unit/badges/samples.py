"""Facts and keys that the tests of badges share, and where the official Open Badges files lie, if they do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from hypothesis import strategies as st

from lti_tool.badges import signing
from lti_tool.badges.credential import AwardFacts, hashed_email
from lti_tool.catalog.content import MicrocredentialContent
from tests.factories.world import CONTENT

OFFICIAL = Path(__file__).parents[3].parent / "shared" / "facts" / "openbadges"
DID = signing.issuer_did("https://badges.example.org", "meadow-valley")
KEY = signing.generate_key()
MULTIBASE = signing.public_multibase(KEY)
KEY_ID = signing.key_id(DID, MULTIBASE)
DID_DOCUMENT = signing.did_document(DID, [MULTIBASE])
SIGNED_AT = datetime(2026, 3, 2, 8, 30, 15, 999_999, tzinfo=UTC)


def official(name: str) -> Any | None:
    """One of the official files, or None (and a line that says so) where they do not lie beside the project."""
    file = OFFICIAL / name
    if file.exists():
        return json.loads(file.read_text(encoding="utf-8"))
    print(f"{file} is not here: only this project's own reading of the specification was checked")  # noqa: T201
    return None


def content(**changes: Any) -> MicrocredentialContent:
    """A microcredential with tags and an alignment."""
    alignment = {"framework": "Teaching standards", "name": "Discourse", "code": "T.3", "url": "https://standards.example.org/t3"}
    return MicrocredentialContent.model_validate(CONTENT | {"tags": ["questions", "dialog"], "alignments": [alignment]} | changes)


def facts(**changes: Any) -> AwardFacts:
    """An award to one teacher who shows e-mail hash, name and results."""
    base = "https://badges.example.org"
    given: dict[str, Any] = {
        "award_url": f"{base}/badges/k3Jd",
        "issuer_id": DID,
        "issuer_name": "Meadow Valley",
        "issuer_url": f"{base}/issuers/meadow-valley",
        "earner_id": UUID("018f3a6e-9a1b-7c3d-8e4f-5a6b7c8d9e0f"),
        "content": content(),
        "version_number": 3,
        "version_url": f"{base}/microcredentials/7",
        "criteria_url": f"{base}/microcredentials/7",
        "image_url": f"{base}/badges/k3Jd/image.png",
        "awarded_at": datetime(2026, 3, 1, 23, 59, 59, 700_000, tzinfo=UTC),
        "valid_from": datetime(2026, 3, 2, 8, 30, tzinfo=UTC),
        "earner_email": hashed_email("teacher@example.org", "salt"),
        "earner_name": "Ana Ruiz",
        "publish_results": True,
        "results": {"planning": 2, "asking": 2},
    }
    return AwardFacts(**given | changes)


_words = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=60).map(str.strip).filter(bool)
_keys = st.from_regex(r"[a-z][a-z0-9-]{0,20}", fullmatch=True)


@st.composite
def contents(draw: st.DrawFn) -> MicrocredentialContent:
    """Any microcredential that an author could write, as far as a badge tells of it."""
    criteria = []
    for key in draw(st.lists(_keys, min_size=1, max_size=4, unique=True)):
        levels = draw(st.lists(st.fixed_dictionaries({"name": _words, "description": _words}), min_size=2, max_size=6))
        criteria.append({"key": key, "title": draw(_words), "levels": levels, "required_level": draw(st.integers(1, len(levels) - 1))})
    return content(
        title=draw(_words),
        summary=draw(_words),
        competency=draw(_words),
        hours=draw(st.integers(1, 500)),
        criteria=criteria,
        evidence=[{"key": "evidence", "title": draw(_words), "description": draw(_words), "criteria": [criteria[0]["key"]]}],
        tags=draw(st.lists(_words.filter(lambda word: len(word) <= 40), max_size=3)),
    )
