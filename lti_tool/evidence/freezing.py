"""The draft becomes a frozen copy."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import MicrocredentialContent
from lti_tool.evidence.carrying import Carrying, carry
from lti_tool.evidence.models import NEWEST, Answer, Artifact, ArtifactUse, Enrollment, SelfAssessment, Submission
from lti_tool.evidence.snapshot import ArtifactCopy, ConsentCopy, OwnLevel, Snapshot

ATTESTATIONS = ("names_removed", "families_agreed")


def freeze(session: Session, enrollment: Enrollment, content: MicrocredentialContent, attested: Collection[str]) -> Snapshot:
    """The draft as it is now, only what belongs to the content, in its order; and what of the attempt before stays met."""
    answers = {a.question_key: a.text for a in session.scalars(select(Answer).where(Answer.enrollment_id == enrollment.id))}
    levels = {s.criterion_key: s for s in session.scalars(select(SelfAssessment).where(SelfAssessment.enrollment_id == enrollment.id))}
    pieces = session.execute(
        select(Artifact, ArtifactUse)
        .join(ArtifactUse, ArtifactUse.artifact_id == Artifact.id)
        .where(ArtifactUse.enrollment_id == enrollment.id, Artifact.removed_at.is_(None))
        .order_by(ArtifactUse.id)
    ).all()
    questions = content.overview_questions + content.reflection_questions
    snapshot = Snapshot(
        version_id=enrollment.version_id,
        content_hash=content.content_hash(),
        answers={q.key: answers[q.key] for q in questions if q.key in answers},
        self_assessment={
            c.key: OwnLevel(level=row.level, note=row.note)
            for c in content.criteria
            if (row := levels.get(c.key)) is not None and row.level is not None
        },
        artifacts=tuple(
            ArtifactCopy(
                id=a.id,
                requirement=use.requirement_key,
                kind=a.kind,
                title=a.title,
                text=a.text,
                url=a.url,
                filename=a.filename,
                media_type=a.media_type,
                size=a.size,
                sha256=a.sha256,
                blob_key=a.blob_key,
                students=a.students,
                criteria=tuple(c.key for c in content.criteria if c.key in use.criteria),
                consent=_consent(a),
            )
            for requirement in content.evidence
            for a, use in pieces
            if use.requirement_key == requirement.key
        ),
        attested=tuple(name for name in ATTESTATIONS if name in attested),
    )
    kept = carried_into(session, enrollment, content, snapshot)
    return snapshot.model_copy(update={"carried": kept.stays}) if kept else snapshot


def _consent(artifact: Artifact) -> ConsentCopy | None:
    if not artifact.consent_form or artifact.consent_students is None:
        return None
    return ConsentCopy(form=artifact.consent_form, students=artifact.consent_students, place=artifact.consent_place)


def carried_into(session: Session, enrollment: Enrollment, content: MicrocredentialContent, snapshot: Snapshot) -> Carrying | None:
    """What this copy keeps of the attempt before; None where none asked for a further one."""
    decided = select(Submission).where(Submission.enrollment_id == enrollment.id, Submission.state == "decided")
    last = session.scalar(decided.order_by(*NEWEST).limit(1))
    if last is None or last.outcome != "revise":
        return None
    return carry(content, Snapshot.model_validate(last.snapshot), last.met_criteria, snapshot)
