"""Tables of the approval team: what a district asks for, rounds, votes, comments, and who has written a draft."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class CatalogSetting(Base):
    """What a district asks for before something is published. Without a row: nothing."""

    __tablename__ = "catalog_setting"

    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), primary_key=True)
    approval_required: Mapped[bool]
    quorum: Mapped[int]
    changed_at: Mapped[datetime]


class DraftWriter(Base):
    """Somebody who has saved the draft that is being written: they do not judge it. Gone once it is published or thrown away."""

    __tablename__ = "draft_writer"

    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    saved_at: Mapped[datetime]


class ApprovalRound(Base):
    """A draft as it was handed to the team: `content` never changes, `content_hash` is what an approval is bound to.

    `state`: in_review, changes_requested, rejected, approved, withdrawn, published. `based_on_id`: the latest version at that time.
    `patch`: it is to become a correction. `quorum`: approvals that it needs. `version_id`: what it became.
    """

    __tablename__ = "approval_round"
    __table_args__ = (
        UniqueConstraint("microcredential_id", "number"),
        Index("ix_approval_round_state", "district_id", "state", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    number: Mapped[int]
    state: Mapped[str]
    title: Mapped[str]
    content: Mapped[dict[str, Any]]
    content_hash: Mapped[str]
    based_on_id: Mapped[UUID | None] = mapped_column(ForeignKey("microcredential_version.id"))
    patch: Mapped[bool]
    quorum: Mapped[int]
    message: Mapped[str] = mapped_column(Text)
    submitted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    version_id: Mapped[UUID | None] = mapped_column(ForeignKey("microcredential_version.id"))


class ApprovalVote(Base):
    """What one approver says of a round. `answers`: standard to {answer: yes or no, note}; `standards`: the version of the list."""

    __tablename__ = "approval_vote"
    __table_args__ = (UniqueConstraint("round_id", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    round_id: Mapped[UUID] = mapped_column(ForeignKey("approval_round.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    verdict: Mapped[str]
    reason: Mapped[str] = mapped_column(Text)
    answers: Mapped[dict[str, Any]]
    standards: Mapped[int]
    voted_at: Mapped[datetime]


class ApprovalComment(Base):
    """Something said about a section of a draft, or an answer to it (`parent_id`). A blocking one keeps the draft from being approved."""

    __tablename__ = "approval_comment"
    __table_args__ = (Index("ix_approval_comment_microcredential", "microcredential_id", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"), index=True)
    microcredential_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential.id"))
    round_id: Mapped[UUID] = mapped_column(ForeignKey("approval_round.id"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("approval_comment.id"))
    section: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    blocking: Mapped[bool]
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    said_at: Mapped[datetime]
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
