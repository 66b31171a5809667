"""What is erased of a person in the pool and at payroll: where they work, what they may judge, which employee they are, their anchors."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from lti_tool.district.pay.models import Employee, PayEntry
from lti_tool.evidence.models import CoTeacher
from lti_tool.launch.models import Person
from lti_tool.review.calibration_models import Anchor, CalibrationCall
from lti_tool.review.models import Decision, Review
from lti_tool.review.pool_models import Qualification, Workplace
from lti_tool.review.seats import fill_waiting
from lti_tool.tool import Tool

LABEL = "Erased person"
_KEPT_OF_A_PIECE = ("id", "requirement", "kind", "media_type", "size", "sha256", "students", "criteria")


def emptied(snapshot: dict[str, Any]) -> dict[str, Any]:
    """What is left of a frozen copy: what was judged by, own levels, and the hashes. The hash of the whole stays beside it."""
    return {
        **snapshot,
        "answers": {},
        "self_assessment": {key: {"level": own["level"], "note": ""} for key, own in snapshot["self_assessment"].items()},
        "artifacts": [
            {"title": LABEL, **{key: value for key, value in copy.items() if key in _KEPT_OF_A_PIECE}} for copy in snapshot["artifacts"]
        ],
    }


def erase(session: Session, here: Tool, *, person: Person, tries: Collection[UUID], submissions: Collection[UUID]) -> None:
    """In the unit of work in which the person is erased."""
    person_id, now = person.id, here.clock()
    session.execute(delete(CoTeacher).where(or_(CoTeacher.person_id == person_id, CoTeacher.enrollment_id.in_(tries))))
    session.execute(delete(Workplace).where(Workplace.person_id == person_id))
    session.execute(update(Workplace).where(Workplace.supervisor_id == person_id).values(supervisor_id=None))
    session.execute(
        update(Qualification).where(Qualification.person_id == person_id, Qualification.ended_at.is_(None)).values(ended_at=now)
    )
    session.execute(delete(Employee).where(Employee.person_id == person_id))
    session.execute(update(PayEntry).where(PayEntry.person_id == person_id, PayEntry.note != "").values(note=""))
    session.execute(update(CalibrationCall).where(CalibrationCall.person_id == person_id).values(reason=""))
    session.execute(update(Decision).where(Decision.submission_id.in_(submissions)).values(reason=""))
    session.execute(update(Review).where(Review.submission_id.in_(submissions)).values(due_reason=""))
    anchors = session.scalars(select(Anchor).where(Anchor.submission_id.in_(submissions))).all()
    for anchor in anchors:
        anchor.snapshot = emptied(anchor.snapshot)
        anchor.master = {key: {**given, "why": ""} for key, given in anchor.master.items()}
        anchor.state, anchor.retired_at = "retired", anchor.retired_at or now
    session.flush()
    if anchors:  # fewer than two may be left, and then everybody may judge
        fill_waiting(session, here, person.district_id)
