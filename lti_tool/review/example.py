"""The demo's example: what a sample's reviewers wrote."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from lti_tool.catalog import samples
from lti_tool.catalog.models import Microcredential, MicrocredentialVersion
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.review.models import Review


def example_scores(session: Session, review: Review) -> dict[str, dict[str, Any]]:
    """What a reviewer of the sample's worked example wrote, for this seat; empty for a microcredential that is no sample."""
    submission = session.get_one(Submission, review.submission_id)
    version = session.get_one(MicrocredentialVersion, session.get_one(Enrollment, submission.enrollment_id).version_id)
    key = session.get_one(Microcredential, version.microcredential_id).key
    sample = samples.sample(key)
    if sample is None:
        return {}
    scores = sample.example.adjudication if review.seat == 3 else sample.example.reviews[review.seat - 1]
    return {criterion: score.model_dump() for criterion, score in scores.items()}
