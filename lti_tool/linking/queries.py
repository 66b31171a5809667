"""What somebody has to hand in, who opens a submission, and what a card shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog import queries as catalog
from lti_tool.catalog.models import Activity, MicrocredentialVersion
from lti_tool.catalog.queries import Version
from lti_tool.evidence.models import Artifact, ArtifactUse, Enrollment, Submission
from lti_tool.inputs import plain_text
from lti_tool.launch.models import Person, ResourceLink
from lti_tool.linking.models import HandedSubmission
from lti_tool.linking.policies import Viewer
from lti_tool.platforms.models import District
from lti_tool.review.models import HOLDING, OPEN, Review
from lti_tool.web.frames import Frame

_MOST = 200


@dataclass(frozen=True)
class OwnFile:
    """A file of somebody's portfolio, and the microcredentials for which a draft uses it."""

    id: UUID
    title: str
    filename: str
    media_type: str
    size: int
    changed_at: datetime
    used_in: tuple[str, ...]


@dataclass(frozen=True)
class OwnSubmission:
    """One attempt of somebody's, with the title of what it is for."""

    id: UUID
    title: str
    attempt: int
    outcome: str | None
    submitted_at: datetime


def own_files(session: Session, district_id: UUID, person_id: UUID) -> tuple[OwnFile, ...]:
    """The files of a person's portfolio, the latest first."""
    rows = session.execute(
        select(Artifact.id, Artifact.title, Artifact.filename, Artifact.media_type, Artifact.size, Artifact.changed_at)
        .where(
            Artifact.district_id == district_id,
            Artifact.person_id == person_id,
            Artifact.kind == "file",
            Artifact.removed_at.is_(None),
            Artifact.deleted_at.is_(None),
        )
        .order_by(Artifact.changed_at.desc(), Artifact.id)
        .limit(_MOST)
    ).all()
    uses = session.execute(
        select(ArtifactUse.artifact_id, MicrocredentialVersion.title)
        .join(Enrollment, Enrollment.id == ArtifactUse.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(ArtifactUse.district_id == district_id, Enrollment.person_id == person_id)
        .order_by(ArtifactUse.id)
    )
    used_in: dict[UUID, dict[str, None]] = {}
    for artifact_id, title in uses:
        used_in.setdefault(artifact_id, {})[title] = None
    return tuple(OwnFile(*row, tuple(used_in.get(row[0], ()))) for row in rows)


def own_submissions(session: Session, district_id: UUID, person_id: UUID) -> tuple[OwnSubmission, ...]:
    """A person's submissions, the latest first."""
    rows = session.execute(
        select(Submission.id, MicrocredentialVersion.title, Submission.attempt, Submission.outcome, Submission.submitted_at)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .join(MicrocredentialVersion, MicrocredentialVersion.id == Enrollment.version_id)
        .where(
            Submission.district_id == district_id,
            Enrollment.person_id == person_id,
            Submission.state != "returned_incomplete",
        )
        .order_by(Submission.submitted_at.desc(), Submission.id)
        .limit(_MOST)
    )
    return tuple(OwnSubmission(*row) for row in rows)


def viewer(session: Session, frame: Frame, submission_id: UUID) -> Viewer | None:
    """Who the visitor is to this submission; None where the district has no such one."""
    found = session.execute(
        select(Enrollment.person_id, Activity.context_id)
        .join(Submission, Submission.enrollment_id == Enrollment.id)
        .join(Activity, Activity.id == Enrollment.activity_id)
        .where(Submission.id == submission_id, Submission.district_id == frame.district_id)
    ).one_or_none()
    if found is None:
        return None
    owner_id, context_id = found
    state = session.scalar(
        select(Review.state).where(Review.submission_id == submission_id, Review.reviewer_id == frame.person_id, Review.state.in_(HOLDING))
    )
    handed = session.scalar(
        select(HandedSubmission.id).where(
            HandedSubmission.submission_id == submission_id,
            HandedSubmission.context_id == frame.context_id,
            HandedSubmission.district_id == frame.district_id,
        )
    )
    runs = frame.may("facilitator") and frame.context_id is not None
    return Viewer(
        owner=owner_id == frame.person_id,
        review="open" if state in OPEN else state or "",
        by_name=frame.launch.get("for_user") is not None,
        runs_course=runs and context_id == frame.context_id,
        handed_here=runs and handed is not None,
        console=frame.may("console"),
    )


def review_of(session: Session, frame: Frame, submission_id: UUID) -> UUID | None:
    """The visitor's own review of this submission."""
    return session.scalar(
        select(Review.id).where(
            Review.submission_id == submission_id,
            Review.reviewer_id == frame.person_id,
            Review.district_id == frame.district_id,
            Review.state.in_(HOLDING),
        )
    )


def label_of(session: Session, district_id: UUID, person_id: UUID) -> str:
    """What a person of this district is called on pages."""
    return session.scalar(select(Person.label).where(Person.id == person_id, Person.district_id == district_id)) or ""


def version_of_key(session: Session, activity_key: str, district_id: UUID | None = None) -> Version | None:
    """The version that this key names, of any district or of this one."""
    query = select(MicrocredentialVersion.id, MicrocredentialVersion.district_id)
    query = query.where(MicrocredentialVersion.activity_key == plain_text(activity_key)[:100])
    found = session.execute(query).one_or_none()
    if found is None or (district_id is not None and found[1] != district_id):
        return None
    return catalog.version(session, found[1], found[0])


def issuer_name(session: Session, version_id: UUID) -> str:
    """The district whose version this is."""
    query = select(District.name).join(MicrocredentialVersion, MicrocredentialVersion.district_id == District.id)
    return session.scalar(query.where(MicrocredentialVersion.id == version_id)) or ""


def activity_for_card(session: Session, frame: Frame, version_id: UUID) -> UUID | None:
    """The activity of the frame's course to which a card leads: the visitor's own first, then one that counts, then the oldest."""
    rows = session.execute(
        select(Activity.id, Enrollment.id, ResourceLink.lineitem_url)
        .join(ResourceLink, ResourceLink.id == Activity.resource_link_id)
        .outerjoin(Enrollment, (Enrollment.activity_id == Activity.id) & (Enrollment.person_id == frame.person_id))
        .where(Activity.district_id == frame.district_id, Activity.context_id == frame.context_id, Activity.version_id == version_id)
        .order_by(Activity.created_at, Activity.id)
    ).all()
    best = min(rows, key=lambda row: (row[1] is None, not row[2]), default=None)
    return best[0] if best else None


def placed_here(session: Session, frame: Frame) -> frozenset[UUID]:
    """The versions that stand in the frame's course."""
    query = select(Activity.version_id).where(Activity.district_id == frame.district_id, Activity.context_id == frame.context_id)
    return frozenset(session.scalars(query))
