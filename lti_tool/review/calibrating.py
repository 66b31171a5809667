"""Reviewers calibrate: score an anchor without knowing its master scores, then learn by them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.catalog.models import Microcredential
from lti_tool.errors import bad_request, conflict, not_found
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.inputs import overtaken
from lti_tool.language import _
from lti_tool.launch.accounts import accounts
from lti_tool.notices import service as notices
from lti_tool.review import seats
from lti_tool.review.anchors import content_of, newest
from lti_tool.review.calibration_models import Anchor, Calibration, CalibrationCall
from lti_tool.review.calibration_policies import Done, Standing, matches, next_anchor
from lti_tool.review.calibration_standing import standings
from lti_tool.review.models import Review
from lti_tool.tool import Tool


def own_calibration(session: Session, *, district_id: UUID, person_id: UUID, calibration_id: UUID, for_update: bool = False) -> Calibration:
    """The reviewer's own. Raises Problem(not_found) for anybody else's."""
    row = session.get(Calibration, calibration_id, with_for_update=True if for_update else None)
    if row is None or row.district_id != district_id or row.person_id != person_id:
        raise not_found("no such calibration of this person")
    return row


def _offered(session: Session, district_id: UUID, microcredential_id: UUID, person_id: UUID) -> list[UUID]:
    """Anchors that this reviewer can be given: not of work that they wrote or judged, and not scored by themselves as master."""
    own = accounts(session, district_id, [person_id])[person_id]
    judged = select(Review.submission_id).where(Review.submission_id == Anchor.submission_id, Review.reviewer_id.in_(own))
    wrote = (
        select(Submission.id)
        .join(Enrollment, Enrollment.id == Submission.enrollment_id)
        .where(Submission.id == Anchor.submission_id, Enrollment.person_id.in_(own))
    )
    query = select(Anchor.id, Anchor.made_by).where(
        Anchor.district_id == district_id,
        Anchor.microcredential_id == microcredential_id,
        Anchor.state == "ready",
        ~judged.exists(),
        ~wrote.exists(),
    )
    return [anchor_id for anchor_id, made_by in session.execute(query.order_by(Anchor.number)) if made_by not in own]


def _done(session: Session, district_id: UUID, microcredential_id: UUID, person_id: UUID) -> list[Done]:
    rows = session.execute(
        select(Calibration.anchor_id, Calibration.matched, Calibration.criteria, Calibration.finished_at)
        .join(Anchor, Anchor.id == Calibration.anchor_id)
        .where(
            Calibration.district_id == district_id,
            Calibration.person_id == person_id,
            Calibration.state == "done",
            Anchor.microcredential_id == microcredential_id,
        )
    )
    return [Done(one, matched, criteria, at) for one, matched, criteria, at in rows if at is not None]


def under_way(session: Session, district_id: UUID, microcredential_id: UUID, person_id: UUID) -> Calibration | None:
    """What was begun and not finished, of an example that is still in use."""
    return session.scalars(
        select(Calibration)
        .join(Anchor, Anchor.id == Calibration.anchor_id)
        .where(
            Calibration.district_id == district_id,
            Calibration.person_id == person_id,
            Calibration.state == "open",
            Anchor.microcredential_id == microcredential_id,
            Anchor.state == "ready",
        )
        .order_by(Calibration.id)
        .limit(1)
    ).one_or_none()


def next_for(session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID) -> UUID | None:
    """The anchor that this reviewer scores next; None when there is none left."""
    offered = _offered(session, district_id, microcredential_id, person_id)
    return next_anchor(offered, _done(session, district_id, microcredential_id, person_id), now=here.clock())


def begin(session: Session, here: Tool, *, district_id: UUID, microcredential_id: UUID, person_id: UUID) -> Calibration:
    """Go on with what was begun, or begin the next anchor. Raises Problem: not_found; conflict when there is none left."""
    newest(session, district_id, microcredential_id)
    if (row := under_way(session, district_id, microcredential_id, person_id)) is not None:
        return row
    anchor_id = next_for(session, here, district_id=district_id, microcredential_id=microcredential_id, person_id=person_id)
    if anchor_id is None:
        raise conflict(_("There is no further example for you at the moment. Ask whoever coordinates reviews to make another one."))
    rounds = select(func.max(Calibration.round)).where(Calibration.anchor_id == anchor_id, Calibration.person_id == person_id)
    row = Calibration(
        district_id=district_id,
        anchor_id=anchor_id,
        person_id=person_id,
        round=(session.scalar(rounds) or 0) + 1,
        state="open",
        scores={},
        started_at=here.clock(),
        finished_at=None,
    )
    session.add(row)
    session.flush()
    return row


def save(session: Session, row: Calibration, *, scores: Mapping[str, Mapping[str, Any]], revision: int, page: str) -> None:
    """Keep levels as a draft. Raises Problem(conflict) when it is finished, or another page has saved since."""
    if row.state != "open":
        raise conflict(_("You have finished this example, so nothing was changed."))
    if overtaken(seen=revision, page=page, revision=row.revision, saved_in=row.saved_in):
        raise conflict(_("Your levels were changed in another window. Reload the page."))
    levels = {one.key: len(one.levels) for one in content_of(session, session.get_one(Anchor, row.anchor_id)).criteria}
    row.scores = {
        key: {"level": level}
        for key, count in levels.items()
        if isinstance(level := scores.get(key, {}).get("level"), int) and 0 <= level < count
    }
    row.revision += 1
    row.saved_in = page


def open_faults(session: Session, row: Calibration) -> list[str]:
    """Criteria that lack a level."""
    content = content_of(session, session.get_one(Anchor, row.anchor_id))
    return [one.key for one in content.criteria if one.key not in row.scores]


def _asked_no_more(session: Session, here: Tool, row: Calibration) -> None:
    anchor = session.get_one(Anchor, row.anchor_id)
    calls = session.scalars(
        select(CalibrationCall.id).where(
            CalibrationCall.person_id == row.person_id, CalibrationCall.microcredential_id == anchor.microcredential_id
        )
    ).all()
    notices.done(session, here, district_id=row.district_id, people=[row.person_id], kinds=("review.calibrate",), things=calls)


def finish(session: Session, here: Tool, row: Calibration) -> Standing:
    """Hold the levels against the master's; who is calibrated by it gets work that waited. Returns where the reviewer stands.

    Raises Problem: bad_request while a criterion lacks a level; conflict when the example is not in use any more.
    """
    anchor = session.get_one(Anchor, row.anchor_id)
    if anchor.state != "ready":
        raise conflict(_("This example was retired meanwhile. Begin the next one."))
    if open_faults(session, row):
        raise bad_request(_("Every criterion needs a level before you finish."))
    master = {key: given["level"] for key, given in anchor.master.items()}
    row.matched, row.criteria = matches({key: given["level"] for key, given in row.scores.items()}, master), len(master)
    row.state, row.finished_at = "done", here.clock()
    session.flush()
    _asked_no_more(session, here, row)
    audit.record(
        session,
        district_id=row.district_id,
        at=here.clock(),
        action="review:calibration:finished",
        actor_id=row.person_id,
        subject_id=row.anchor_id,
        matched=row.matched,
        criteria=row.criteria,
    )
    found = standings(session, row.district_id, anchor.microcredential_id, [row.person_id], now=here.clock())[row.person_id]
    if found.calibrated:
        seats.fill_waiting(session, here, row.district_id)
    return found


def ask_again(
    session: Session,
    here: Tool,
    *,
    district_id: UUID,
    person_id: UUID,
    microcredential_id: UUID,
    cause: str,
    reason: str = "",
    asked_by: UUID | None = None,
) -> bool:
    """Ask a reviewer for a new calibration: they keep what they have open, and get nothing new of this microcredential before it.

    `cause`: drift, found in their scores, or coordinator. False, and nothing happens, where they are not calibrated anyway.
    """
    now = here.clock()
    if not standings(session, district_id, microcredential_id, [person_id], now=now)[person_id].calibrated:
        return False
    call = CalibrationCall(
        district_id=district_id,
        person_id=person_id,
        microcredential_id=microcredential_id,
        cause=cause,
        reason=reason.strip()[:500],
        asked_by=asked_by,
        asked_at=now,
    )
    session.add(call)
    session.flush()
    facts = {"title": session.get_one(Microcredential, microcredential_id).title}
    notices.queue(session, district_id=district_id, person_id=person_id, kind="review.calibrate", thing=call.id, facts=facts, at=now)
    audit.record(
        session,
        district_id=district_id,
        at=now,
        action="review:calibration:asked",
        actor_id=asked_by,
        subject_id=person_id,
        microcredential=str(microcredential_id),
        cause=cause,
    )
    return True
