"""What pages of calibration show: to reviewers what they have to score and how it went, to coordinators and authors the examples."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.catalog.content import Criterion
from lti_tool.catalog.models import Microcredential
from lti_tool.evidence.blinding import Names
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.snapshot import Snapshot
from lti_tool.language import _
from lti_tool.review import anchors, calibrating, calibration_standing
from lti_tool.review.blind import names_of
from lti_tool.review.calibration_models import Anchor, Calibration, CalibrationCall
from lti_tool.review.calibration_policies import NEEDED, PERCENT, Done, Standing
from lti_tool.review.desk_queries import Work, shown_work
from lti_tool.review.qualifying import qualified
from lti_tool.tool import Tool


@dataclass(frozen=True)
class ToCalibrate:
    """Where a reviewer stands for one microcredential. `begun`: they can go on with it. `next`: there is an example for them.

    `asked`: a new calibration was asked for, and why.
    """

    microcredential_id: UUID
    title: str
    standing: Standing
    begun: bool
    next: bool
    asked: str


def to_calibrate(session: Session, here: Tool, *, district_id: UUID, person_id: UUID) -> tuple[ToCalibrate, ...]:
    """Every microcredential that this reviewer may judge and has to be calibrated for."""
    if not calibration_standing.setting(session, district_id).calibration:
        return ()
    wanted = [one for one, count in calibration_standing.ready_anchors(session, district_id).items() if count >= NEEDED]
    may = qualified(session, district_id, [person_id])[person_id]
    if not wanted or may.ended(here.clock()):
        return ()
    titles = session.execute(
        select(Microcredential.id, Microcredential.title)
        .where(Microcredential.id.in_(wanted), Microcredential.district_id == district_id)
        .order_by(Microcredential.title, Microcredential.id)
    ).all()
    found = []
    for microcredential_id, title in titles:
        if may.named and microcredential_id not in may.named:
            continue
        who = {"district_id": district_id, "microcredential_id": microcredential_id, "person_id": person_id}
        standing = calibration_standing.standings(session, district_id, microcredential_id, [person_id], now=here.clock())[person_id]
        begun = calibrating.under_way(session, **who) is not None
        found.append(
            ToCalibrate(
                microcredential_id,
                title,
                standing,
                begun,
                begun or calibrating.next_for(session, here, **who) is not None,
                "" if standing.calibrated else _asked(session, **who),
            )
        )
    return tuple(found)


def _asked(session: Session, *, district_id: UUID, microcredential_id: UUID, person_id: UUID) -> str:
    call = session.scalars(
        select(CalibrationCall)
        .where(
            CalibrationCall.district_id == district_id,
            CalibrationCall.person_id == person_id,
            CalibrationCall.microcredential_id == microcredential_id,
        )
        .order_by(CalibrationCall.asked_at.desc())
        .limit(1)
    ).one_or_none()
    if call is None:
        return ""
    return call.reason or _("Your scores and those of your colleagues have drifted apart.")


@dataclass(frozen=True)
class DoneRow:
    """An example that a reviewer has scored."""

    id: UUID
    title: str
    number: int
    result: Done


def done(session: Session, *, district_id: UUID, person_id: UUID) -> tuple[DoneRow, ...]:
    """The latest that this reviewer has scored."""
    rows = session.execute(
        select(Calibration, Anchor.number, Microcredential.title)
        .join(Anchor, Anchor.id == Calibration.anchor_id)
        .join(Microcredential, Microcredential.id == Anchor.microcredential_id)
        .where(Calibration.district_id == district_id, Calibration.person_id == person_id, Calibration.state == "done")
        .order_by(Calibration.finished_at.desc(), Calibration.id)
        .limit(50)
    )
    return tuple(
        DoneRow(row.id, title, number, Done(row.anchor_id, row.matched, row.criteria, row.finished_at))
        for row, number, title in rows
        if row.finished_at is not None
    )


def work_of(session: Session, anchor: Anchor) -> Work:
    """What an anchor holds, as somebody who judges it sees it."""
    snapshot, author = Snapshot.model_validate(anchor.snapshot), tuple[Names, ...]()
    if anchor.submission_id is not None:
        enrollment = session.get_one(Enrollment, session.get_one(Submission, anchor.submission_id).enrollment_id)
        author = tuple(names_of(session, [enrollment.person_id]).values())
    return shown_work(session, anchor.district_id, "", 1, anchors.content_of(session, anchor), snapshot, author)


@dataclass(frozen=True)
class Row:
    """A criterion of an example. `master` and `why` are None and empty where the viewer must not know them (yet)."""

    criterion: Criterion
    level: int | None
    master: int | None
    why: str


@dataclass(frozen=True)
class CalibrationDesk:
    """An example on a reviewer's desk, or what came out of it once it is done."""

    id: UUID
    number: int
    microcredential_id: UUID
    work: Work
    rows: tuple[Row, ...]
    revision: int
    result: Done | None


def desk(session: Session, *, district_id: UUID, person_id: UUID, calibration_id: UUID) -> CalibrationDesk:
    """The reviewer's own. The master scores are in it only once it is done. Raises Problem(not_found)."""
    row = calibrating.own_calibration(session, district_id=district_id, person_id=person_id, calibration_id=calibration_id)
    anchor = session.get_one(Anchor, row.anchor_id)
    work, finished = work_of(session, anchor), row.finished_at
    master = anchor.master if finished is not None else {}
    return CalibrationDesk(
        row.id,
        anchor.number,
        anchor.microcredential_id,
        work,
        tuple(
            Row(
                one,
                (row.scores.get(one.key) or {}).get("level"),
                (master.get(one.key) or {}).get("level"),
                (master.get(one.key) or {}).get("why", ""),
            )
            for one in work.content.criteria
        ),
        row.revision,
        Done(row.anchor_id, row.matched, row.criteria, finished) if finished is not None else None,
    )


@dataclass(frozen=True)
class AnchorRow:
    """An example in the list. `scored` reviewers have scored it, `passed` of them well enough, the latest time."""

    id: UUID
    number: int
    state: str
    sample: bool
    made_at: datetime
    scored: int
    passed: int


@dataclass(frozen=True)
class Group:
    """A microcredential and its examples. `ready`: how many are in use."""

    microcredential_id: UUID
    title: str
    anchors: tuple[AnchorRow, ...]

    @property
    def ready(self) -> int:
        """How many are in use."""
        return sum(one.state == "ready" for one in self.anchors)


def groups(session: Session, district_id: UUID) -> tuple[Group, ...]:
    """Every published microcredential with its examples."""
    passed = func.count().filter(100 * Calibration.matched >= PERCENT * Calibration.criteria)
    counts = {
        anchor_id: (scored, well)
        for anchor_id, scored, well in session.execute(
            select(Calibration.anchor_id, func.count(), passed)
            .where(Calibration.district_id == district_id, Calibration.state == "done")
            .group_by(Calibration.anchor_id)
        )
    }
    rows: dict[UUID, list[AnchorRow]] = defaultdict(list)
    for anchor in session.scalars(select(Anchor).where(Anchor.district_id == district_id).order_by(Anchor.number)):
        scored, well = counts.get(anchor.id, (0, 0))
        rows[anchor.microcredential_id].append(
            AnchorRow(anchor.id, anchor.number, anchor.state, anchor.submission_id is None, anchor.made_at, scored, well)
        )
    titles = session.execute(
        select(Microcredential.id, Microcredential.title)
        .where(Microcredential.district_id == district_id, Microcredential.state != "draft")
        .order_by(Microcredential.title, Microcredential.id)
    )
    return tuple(Group(one, title, tuple(rows[one])) for one, title in titles)
