"""What is known of stored files, for other parts of this room and for whoever runs the tool."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.evidence import stored_policies as policies
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.stored_models import StoredFile
from lti_tool.evidence.stored_policies import Facts
from lti_tool.tool import Tool


@dataclass(frozen=True)
class Held:
    """How many files are held back, and why."""

    waiting: int
    infected: int
    too_large: int


def held(session: Session, district_id: UUID | None = None) -> Held:
    """Files that the virus check holds back, of a district or of all."""
    count = select(StoredFile.scan, func.count()).where(StoredFile.scan.in_(("waiting", "infected", "too_large"))).group_by(StoredFile.scan)
    if district_id is not None:
        count = count.where(StoredFile.district_id == district_id)
    found = dict(session.execute(count).all())
    return Held(found.get("waiting", 0), found.get("infected", 0), found.get("too_large", 0))


def late(session: Session, before: datetime) -> int:
    """Files that should have been looked at before this moment, for whatever reason but the scanner."""
    due = StoredFile.due_at < before, StoredFile.scan.in_(("off", "clean"))
    return session.scalar(select(func.count()).select_from(StoredFile).where(*due)) or 0


def troubles(session: Session, district_id: UUID, blob_keys: Iterable[str]) -> dict[str, str]:
    """Files that reviewers will never be able to open, with why, in words for their owner."""
    rows = session.execute(
        select(StoredFile.blob_key, StoredFile.media_type, StoredFile.scan, StoredFile.outcome, StoredFile.reason).where(
            StoredFile.blob_key.in_([key for key in blob_keys if key]), StoredFile.district_id == district_id
        )
    )
    found = {key: policies.trouble(Facts(*facts)) for key, *facts in rows}
    return {key: words for key, words in found.items() if words}


def is_safe(session: Session, here: Tool, piece: Artifact) -> bool:
    """Whether the virus check, where there is one, lets this file be opened."""
    scan = session.scalar(select(StoredFile.scan).where(StoredFile.blob_key == piece.blob_key, StoredFile.district_id == piece.district_id))
    return scan in ("off", "clean") if scan else not here.settings.clamd
