"""Tables of what reviewers have on their desk beside the scores: notes on recordings, their own phrases, what was sent back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class ReviewNote(Base):
    """What a reviewer notes at a moment of a recording: `seconds` from its beginning. It belongs to the review, and is kept with it.

    `shared`: the teacher reads it with the feedback, unnamed.
    """

    __tablename__ = "review_note"
    __table_args__ = (Index("ix_review_note_review", "review_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    review_id: Mapped[UUID] = mapped_column(ForeignKey("review.id"))
    artifact_id: Mapped[UUID]
    seconds: Mapped[int]
    text: Mapped[str] = mapped_column(Text)
    shared: Mapped[bool]
    created_at: Mapped[datetime]


class Phrase(Base):
    """A sentence that a reviewer keeps to use again. Nobody else sees it."""

    __tablename__ = "phrase"
    __table_args__ = (Index("ix_phrase_person", "person_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    text: Mapped[str] = mapped_column(Text)
    created_at: Mapped[datetime]


class SubmissionReturn(Base):
    """A submission that was sent back because something is missing. `missing` are keys of requirements or of questions.

    `returned_by` is the reviewer who found it; the teacher reads the words, not the name.
    """

    __tablename__ = "submission_return"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    submission_id: Mapped[UUID] = mapped_column(ForeignKey("submission.id"), unique=True)
    returned_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    missing: Mapped[list[str]]
    words: Mapped[str] = mapped_column(Text)
    returned_at: Mapped[datetime]
