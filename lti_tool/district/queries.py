"""What the district's console shows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.catalog.models import Activity
from lti_tool.evidence import holding
from lti_tool.evidence.models import Enrollment, Submission
from lti_tool.evidence.policies import CLOSED
from lti_tool.evidence.stored_queries import Held, held
from lti_tool.launch.models import Context, Person
from lti_tool.platforms import observations
from lti_tool.platforms.base import PRODUCTION
from lti_tool.platforms.models import Deployment, District, Registration


@dataclass(frozen=True)
class Connection:
    """An LMS of the district. `seen`: a launch has come; `missing`: what launches do not offer, by `observations.OFFERS`."""

    id: UUID
    name: str
    vendor: str
    issuer: str
    client_id: str
    state: str
    deployments: int
    admins_run_console: bool
    environment: str
    seen: bool
    missing: tuple[str, ...]

    @property
    def breaks(self) -> tuple[str, ...]:
        """What does not work for people, in words."""
        return tuple(observations.BREAKS[name] for name in self.missing)


@dataclass(frozen=True)
class Overview:
    """The district at a glance."""

    name: str
    connections: tuple[Connection, ...]
    people: int
    activities: int
    working: int
    waiting: int
    awards: int
    held: Held
    """Uploaded files that the virus check holds back."""
    to_settle: int


def overview(session: Session, district_id: UUID, *, viewer_id: UUID) -> Overview:
    """The district's connections and figures; beta and test environments and test students count for nothing."""
    places = select(func.count()).where(Deployment.registration_id == Registration.id).scalar_subquery()
    rows = session.execute(select(Registration, places).where(Registration.district_id == district_id).order_by(Registration.created_at))

    real = select(Registration.id).where(Registration.district_id == district_id, Registration.environment == PRODUCTION)
    courses = select(Context.id).where(Context.registration_id.in_(real))
    everybody = select(Person.id).where(Person.registration_id.in_(real), Person.is_test.is_(False))
    tries = select(Enrollment.id).where(Enrollment.person_id.in_(everybody))

    def count(model: Any, *where: Any) -> Any:
        return select(func.count()).select_from(model).where(model.district_id == district_id, *where).scalar_subquery()

    figures = session.execute(
        select(
            count(Person, Person.id.in_(everybody)),
            count(Activity, Activity.context_id.in_(courses)),
            count(Enrollment, Enrollment.state == "active", Enrollment.person_id.in_(everybody)),
            count(Submission, Submission.state.not_in(CLOSED), Submission.enrollment_id.in_(tries)),
            count(Award, Award.person_id.in_(everybody)),
        )
    ).one()
    return Overview(
        session.get_one(District, district_id).name,
        tuple(_connection(row, count) for row, count in rows),
        *figures,
        held(session, district_id),
        to_settle=holding.open_count(session, district_id, viewer_id=viewer_id, context_id=None),
    )


def name_of(session: Session, district_id: UUID) -> str:
    """What the district is called."""
    return session.get_one(District, district_id).name


def label_of(session: Session, district_id: UUID, person_id: UUID) -> str:
    """What somebody of this district is called; empty for others."""
    return session.scalar(select(Person.label).where(Person.id == person_id, Person.district_id == district_id)) or ""


def _connection(row: Registration, deployments: int) -> Connection:
    return Connection(
        row.id,
        row.name,
        row.vendor,
        row.issuer,
        row.client_id,
        row.state,
        deployments,
        row.admins_run_console,
        row.environment,
        seen=bool(row.observed.get("messages")),
        missing=observations.missing(row.observed),
    )


@dataclass(frozen=True)
class Installed:
    """A registration of any district, for whoever runs the installation. `last_launch_at`: when somebody last came through it."""

    registration: Registration
    district: str
    last_launch_at: datetime | None


def installed(session: Session) -> tuple[Installed, ...]:
    """Every registration, by district, oldest first."""
    last = select(func.max(Person.last_launch_at)).where(Person.registration_id == Registration.id).scalar_subquery()
    query = select(Registration, District.name, last).join(District, District.id == Registration.district_id)
    return tuple(Installed(*row) for row in session.execute(query.order_by(District.name, Registration.id)))


@dataclass(frozen=True)
class Traced:
    """Somebody whose reference stands in a watermark."""

    label: str
    email: str
    district: str
    lms: str


def traced(session: Session, reference: str) -> tuple[Traced, ...]:
    """Who a watermark on a picture names (evidence.stored_policies.reference), in every district; nearly always one person."""
    digits = "".join(reference.split()).replace("-", "").lower()
    if len(digits) != 8 or not set(digits) <= set("0123456789abcdef"):
        return ()
    query = (
        select(Person.label, Person.email, District.name, Registration.name)
        .join(District, District.id == Person.district_id)
        .join(Registration, Registration.id == Person.registration_id)
        .where(func.lower(cast(Person.id, String)).endswith(digits))
    )
    return tuple(Traced(*row) for row in session.execute(query))
