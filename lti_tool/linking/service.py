"""Files that an LMS fetches, and submissions that a course may read."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.database import insert_if_new, new_id
from lti_tool.errors import Problem
from lti_tool.evidence import holding
from lti_tool.evidence.models import Artifact
from lti_tool.evidence.stored_queries import is_safe
from lti_tool.language import _
from lti_tool.linking.models import HandedFile, HandedSubmission
from lti_tool.linking.policies import FILE_LIFE, MOST_FETCHES
from lti_tool.secrets_box import digest, new_secret
from lti_tool.tool import Tool


def new_address() -> str:
    """The secret of an address that nobody can guess."""
    return new_secret()


def file_address(here: Tool, secret: str) -> str:
    """Where an LMS fetches the file of this secret."""
    return f"{here.settings.evidence_origin}/handed-file/{secret}"


def hand_file(
    session: Session, here: Tool, *, district_id: UUID, person_id: UUID, artifact_id: UUID, secret: str, expires_at: datetime
) -> None:
    """Let the holder of the secret fetch the file, a few times and until then. The caller has checked whose it is."""
    session.add(
        HandedFile(
            district_id=district_id,
            person_id=person_id,
            artifact_id=artifact_id,
            token_hash=digest(secret),
            fetches=0,
            created_at=here.clock(),
            expires_at=expires_at,
        )
    )


def hand_submission(session: Session, here: Tool, *, district_id: UUID, person_id: UUID, context_id: UUID, submission_id: UUID) -> None:
    """Let those who run this course read the submission. The caller has checked whose it is."""
    values = {
        "id": new_id(),
        "district_id": district_id,
        "person_id": person_id,
        "context_id": context_id,
        "submission_id": submission_id,
        "handed_at": here.clock(),
    }
    insert_if_new(session, HandedSubmission, values)


def fetched(session: Session, here: Tool, secret: str, *, count: bool) -> Artifact:
    """The file behind this secret; each fetch counts, unless only its headers are asked for.

    Raises Problem(link_ended): unknown, too late, fetched too often, or the piece is not there any more;
    held_back: a privacy problem is open, or the virus check is not done.
    """
    alive = (HandedFile.token_hash == digest(secret), HandedFile.expires_at > here.clock(), HandedFile.fetches < MOST_FETCHES)
    named = (HandedFile.artifact_id, HandedFile.district_id, HandedFile.person_id)
    counting = update(HandedFile).where(*alive).values(fetches=HandedFile.fetches + 1).returning(*named)
    handed = session.execute(counting if count else select(*named).where(*alive)).one_or_none()
    piece = None
    if handed is not None:
        artifact_id, district_id, person_id = handed
        theirs = Artifact.district_id == district_id, Artifact.person_id == person_id
        there = Artifact.removed_at.is_(None), Artifact.deleted_at.is_(None), Artifact.blob_key != ""
        piece = session.scalar(select(Artifact).where(Artifact.id == artifact_id, *theirs, *there))
    if piece is None:
        raise Problem(
            "link_ended",
            410,
            _("This link has ended"),
            _(
                "A file that is handed in can be fetched %(times)s times within %(minutes)s minutes, and only while it is part of the "
                "teacher’s evidence.",
                times=MOST_FETCHES,
                minutes=FILE_LIFE.seconds // 60,
            ),
            _("Hand the file in again from your course."),
        )
    holding.refuse_hidden(session, piece.blob_key)
    if not is_safe(session, here, piece):
        raise Problem(
            "held_back",
            403,
            _("This file can't be opened now"),
            _("It is being checked, or it is not safe to open."),
            _("Hand it in again later."),
        )
    return piece


def sweep(here: Tool) -> int:
    """Forget the addresses of files whose time is over. Returns how many."""
    with here.database.unit() as session:
        gone: Any = session.execute(delete(HandedFile).where(HandedFile.expires_at <= here.clock()))
    return int(gone.rowcount)
