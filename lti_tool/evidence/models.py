"""Tables of the teacher's work."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, Text, UniqueConstraint, false
from sqlalchemy.orm import Mapped, mapped_column

from lti_tool.database import Base, new_id


class Enrollment(Base):
    """A teacher's try at an activity's version. `state`: active, earned, not_earned, expired, withdrawn.

    `appeal_open`: the teacher contests a decision; `appeal_ended_at` is when the last such case was closed.
    """

    __tablename__ = "enrollment"
    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        Index("ix_enrollment_person", "person_id"),
        Index("ix_enrollment_district_state", "district_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"))
    version_id: Mapped[UUID] = mapped_column(ForeignKey("microcredential_version.id"))
    state: Mapped[str]
    started_at: Mapped[datetime]
    deadline_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    appeal_open: Mapped[bool] = mapped_column(default=False, server_default=false())
    appeal_ended_at: Mapped[datetime | None] = mapped_column(default=None)


class CoTeacher(Base):
    """Somebody with whom the teacher did this work, by the teacher's own word: they never judge it."""

    __tablename__ = "co_teacher"
    __table_args__ = (UniqueConstraint("enrollment_id", "person_id"), Index("ix_co_teacher_person", "person_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    named_at: Mapped[datetime]


class Answer(Base):
    """The draft answer to one overview or reflection question.

    `revision` counts saves and `saved_in` names the page that saved last, to tell a stale page from one that saves again.
    """

    __tablename__ = "answer"
    __table_args__ = (UniqueConstraint("enrollment_id", "question_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    question_key: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    saved_in: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]


class SelfAssessment(Base):
    """The teacher's own level for one criterion (its place, from 0), with a note. `revision`, `saved_in` as in Answer."""

    __tablename__ = "self_assessment"
    __table_args__ = (UniqueConstraint("enrollment_id", "criterion_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    criterion_key: Mapped[str]
    level: Mapped[int | None]
    note: Mapped[str] = mapped_column(Text)
    revision: Mapped[int] = mapped_column(default=1)
    saved_in: Mapped[str] = mapped_column(default="")
    saved_at: Mapped[datetime]


class Artifact(Base):
    """A piece of evidence in a person's portfolio; `ArtifactUse` says where it serves. `kind`: text, link, file; blobs never change.

    `students` is the teacher's declaration: none, background, identifiable, work, empty before it is made. `text` is the writing
    itself, or a note beside a link or file. `removed_at` hides it from the portfolio; a submission that froze it still shows it.
    `revision`, `saved_in` as in Answer. `link_state` is what was seen of a link (link_policies.LinkState, empty for other kinds),
    `link_about` what it says of itself: title, site, description; `link_due_at` when to look at it (again), None when that is done.
    `consent_*` say which form covers how many students and where it is kept, where students can be recognized: never who they are.
    `deleted_at`: the bytes are gone, by the retention rule or because the person was erased; hash and size stay.
    """

    __tablename__ = "artifact"
    __table_args__ = (
        Index("ix_artifact_person", "person_id"),
        Index("ix_artifact_blob_key", "blob_key"),
        Index("ix_artifact_link_due", "link_due_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    kind: Mapped[str]
    title: Mapped[str]
    text: Mapped[str] = mapped_column(Text)
    url: Mapped[str]
    blob_key: Mapped[str]
    filename: Mapped[str]
    media_type: Mapped[str]
    size: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str]
    students: Mapped[str]
    consent_form: Mapped[str] = mapped_column(default="", server_default="")
    consent_students: Mapped[int | None] = mapped_column(default=None)
    consent_place: Mapped[str] = mapped_column(default="", server_default="")
    revision: Mapped[int] = mapped_column(default=1)
    saved_in: Mapped[str] = mapped_column(default="")
    link_state: Mapped[str] = mapped_column(default="")
    link_about: Mapped[dict[str, Any]] = mapped_column(default=dict)
    link_due_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None] = mapped_column(default=None)


class ArtifactUse(Base):
    """An artifact serves a requirement in the draft of an enrollment. `criteria` are keys of the criteria that it is said to show."""

    __tablename__ = "artifact_use"
    __table_args__ = (UniqueConstraint("enrollment_id", "artifact_id", "requirement_key"), Index("ix_artifact_use_artifact", "artifact_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    artifact_id: Mapped[UUID] = mapped_column(ForeignKey("artifact.id"))
    requirement_key: Mapped[str]
    criteria: Mapped[list[str]]
    created_at: Mapped[datetime]


class Reminder(Base):
    """The teacher is told that a deadline comes near: written once for each deadline and `days` before it (policies.REMINDERS).

    `seen_at`: the teacher has put it away.
    """

    __tablename__ = "reminder"
    __table_args__ = (UniqueConstraint("enrollment_id", "deadline_at", "days"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    deadline_at: Mapped[datetime]
    days: Mapped[int]
    written_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]


class Submission(Base):
    """Attempt k: a frozen copy of the work. `snapshot` is an evidence.snapshot.Snapshot, `snapshot_hash` its SHA-256.

    `state`: submitted (waits for reviewers), in_review, adjudicating, decided, returned_incomplete (`decided_at` is then when it was
    sent back). `outcome` when decided: earned, revise, not_earned; `met_criteria` are then the keys of the criteria that were found met.
    `set_aside`: 0 for the one that counts as attempt k; those that do not count, because something was missing or because an appeal
    sent the work to new reviewers, are numbered from 1.
    """

    __tablename__ = "submission"
    __table_args__ = (
        UniqueConstraint("enrollment_id", "attempt", "set_aside"),
        Index("ix_submission_district_state", "district_id", "state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    district_id: Mapped[UUID] = mapped_column(ForeignKey("district.id"))
    enrollment_id: Mapped[UUID] = mapped_column(ForeignKey("enrollment.id"))
    attempt: Mapped[int]
    set_aside: Mapped[int] = mapped_column(default=0, server_default="0")
    state: Mapped[str]
    outcome: Mapped[str | None]
    met_criteria: Mapped[list[str]] = mapped_column(default=list)
    snapshot: Mapped[dict[str, Any]]
    snapshot_hash: Mapped[str]
    submitted_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]


NEWEST = (Submission.attempt.desc(), (Submission.set_aside == 0).desc(), Submission.set_aside.desc())
"""The order in which an enrollment's newest submission comes first."""
