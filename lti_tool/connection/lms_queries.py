"""The LMSs of a district with how they do, and what of scores and connections needs somebody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.connection import health_policies
from lti_tool.connection.health_policies import Known, Sign
from lti_tool.errors import not_found
from lti_tool.grading.models import ScoreDelivery, ScoreLane
from lti_tool.grading.roster_models import Roster
from lti_tool.language import _, _n
from lti_tool.launch.models import Context
from lti_tool.platforms import observations
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Deployment, PlatformKeySet, Registration
from lti_tool.tool import Tool
from lti_tool.web import nav
from lti_tool.web.frames import Frame
from lti_tool.web.nav import Need

_MOST = 100
_TROUBLE = ("attention", "refused", "asked")


@dataclass(frozen=True)
class Lms:
    """A registration of the district. `breaks`: what does not work for people, in words to be looked up."""

    id: UUID
    name: str
    vendor: str
    environment: str
    issuer: str
    client_id: str
    login_path: str
    state: str
    admins_run_console: bool
    installed: int
    confirmed_at: datetime | None
    signs: tuple[Sign, ...]
    breaks: tuple[str, ...]

    @property
    def health(self) -> str:
        """good, attention, bad or unknown."""
        return health_policies.worst(self.signs)


def every(session: Session, here: Tool, district_id: UUID) -> tuple[Lms, ...]:
    """All of the district's LMSs, oldest first."""
    rows = session.scalars(select(Registration).where(Registration.district_id == district_id).order_by(Registration.id).limit(_MOST))
    return tuple(_lms(session, here, row) for row in rows.all())


def row_of(session: Session, district_id: UUID, registration_id: UUID, *, for_update: bool = False) -> Registration:
    """A registration of this district. Raises Problem(not_found)."""
    row = session.get(Registration, registration_id, with_for_update=for_update or None)
    if row is None or row.district_id != district_id:
        raise not_found("no such registration in this district")
    return row


def one(session: Session, here: Tool, district_id: UUID, registration_id: UUID) -> Lms:
    """One LMS of the district. Raises Problem(not_found)."""
    return _lms(session, here, row_of(session, district_id, registration_id))


def _lms(session: Session, here: Tool, row: Registration) -> Lms:
    troubled = select(ScoreDelivery.id).where(ScoreDelivery.registration_id == row.id, ScoreDelivery.state.in_(_TROUBLE)).limit(_MOST)
    lists = Roster.registration_id == row.id
    facts = session.execute(
        select(
            select(func.max(Context.seen_at)).where(Context.registration_id == row.id).scalar_subquery(),
            select(func.count()).select_from(troubled.subquery()).scalar_subquery(),
            select(func.max(Roster.complete_at)).where(lists).scalar_subquery(),
            select(func.count()).where(lists, Roster.failure != "").scalar_subquery(),
            select(func.count()).where(Deployment.registration_id == row.id).scalar_subquery(),
        )
    ).one()
    opened_at, scores, list_at, failing, installed = facts
    lane, keys = session.get(ScoreLane, row.id), session.get(PlatformKeySet, row.id)
    missing = observations.missing(row.observed)
    known = Known(
        state=row.state,
        opened_at=opened_at if row.observed.get("messages") else None,
        missing=missing,
        lane=lane.state if lane else "closed",
        sent_at=lane.last_success_at if lane else None,
        troubled_scores=scores,
        keys=len(keys.keys.get("keys", ())) if keys else 0,
        keys_at=keys.fetched_at if keys else None,
        list_at=list_at,
        failing_lists=failing,
    )
    return Lms(
        row.id,
        row.name,
        row.vendor,
        row.environment,
        row.issuer,
        row.client_id,
        row.login_path,
        row.state,
        row.admins_run_console,
        installed,
        row.confirmed_at,
        health_policies.signs(known, here.clock()),
        tuple(observations.BREAKS[name] for name in missing),
    )


def _needs(session: Session, here: Tool, frame: Frame) -> Iterator[Need]:
    del here
    if not frame.may("console"):
        return
    real = select(Registration.id).where(
        Registration.district_id == frame.district_id, Registration.state == "active", Registration.environment == PRODUCTION
    )
    shut = select(Registration.name).join(ScoreLane, ScoreLane.registration_id == Registration.id)
    for name in session.scalars(shut.where(Registration.id.in_(real), ScoreLane.state != "closed").limit(_MOST)):
        yield Need(
            "error",
            _("%(lms)s does not take scores", lms=name),
            _("They are kept and sent as soon as it does."),
            url_for("grading.lms"),
            _("See why"),
        )
    wanted = (ScoreDelivery.registration_id.in_(real), ScoreDelivery.state.in_(_TROUBLE))
    some = select(ScoreDelivery.id).where(*wanted).limit(_MOST).subquery()
    if count := session.scalar(select(func.count()).select_from(some)) or 0:
        yield Need(
            "warning",
            _n("One score needs somebody", "%(count)s scores need somebody", count),
            _("The LMS refused it, or shows another grade and asks which stays."),
            url_for("grading.lms"),
            _("See the scores"),
        )


nav.NEEDS.append(_needs)
