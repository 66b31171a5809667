"""What stands between a draft and its publication: the district's rules, the round that is open, and who wrote the draft."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from lti_tool.catalog.approval_models import ApprovalComment, ApprovalRound, CatalogSetting, DraftWriter
from lti_tool.catalog.approval_policies import OPEN, Rules
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.database import insert_if_new
from lti_tool.errors import conflict
from lti_tool.language import _


def rules(session: Session, district_id: UUID) -> Rules:
    """What the district asks for before something is published."""
    row = session.get(CatalogSetting, district_id)
    return Rules(row.approval_required, row.quorum) if row else Rules()


def open_round(session: Session, microcredential_id: UUID) -> ApprovalRound | None:
    """The round in which the draft stands still, if there is one."""
    return session.scalar(
        select(ApprovalRound).where(ApprovalRound.microcredential_id == microcredential_id, ApprovalRound.state.in_(OPEN))
    )


def refuse_while_open(session: Session, row: Microcredential) -> None:
    """A draft that the team has, or has approved, stays as it is. Raises Problem(conflict)."""
    if open_round(session, row.id) is not None:
        raise conflict(_("The approval team has this draft, so it stands still. Take it back first if you want to change it."), "in review")


def wrote(session: Session, row: Microcredential, person_id: UUID | None, at: datetime) -> None:
    """Note that somebody has a part in the draft, and will not judge it."""
    if person_id is not None:
        values = {"microcredential_id": row.id, "person_id": person_id, "district_id": row.district_id, "saved_at": at}
        insert_if_new(session, DraftWriter, values)


def demand_approval(session: Session, row: Microcredential, content_hash: str, *, patch: bool) -> None:
    """Where the district asks for it, only what was approved, exactly as it was approved, is published. Raises Problem(conflict)."""
    if not rules(session, row.district_id).required:
        return
    found = open_round(session, row.id)
    if found is None or found.state != "approved":
        raise conflict(
            _("Your district asks its approval team before anything is published. Hand the draft to them first."), "not approved"
        )
    if found.content_hash != content_hash or found.patch != patch:
        raise conflict(_("The draft is not the one that was approved any more. Hand it to the approval team again."), "another content")


def let_go(session: Session, row: Microcredential, version: MicrocredentialVersion | None, at: datetime) -> None:
    """The draft has become this version, or is thrown away: its round ends, and nobody is its writer any more."""
    found = open_round(session, row.id)
    if found is not None:
        same = version is not None and found.state == "approved" and version.content_hash == found.content_hash
        found.state, found.decided_at = "published" if same else "withdrawn", found.decided_at or at
        found.version_id = version.id if version is not None and same else None
    open_comments = ApprovalComment.microcredential_id == row.id, ApprovalComment.resolved_at.is_(None)
    session.execute(update(ApprovalComment).where(*open_comments).values(resolved_at=at))  # they were about this draft
    session.execute(delete(DraftWriter).where(DraftWriter.microcredential_id == row.id))
