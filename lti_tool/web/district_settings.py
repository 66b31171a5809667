"""What a district chose for itself, one row for each thing."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.web.models import DistrictSetting

LEAST_DAYS, MOST_DAYS = 30, 1825


@dataclass(frozen=True)
class Chosen:
    """What holds in a district. `enrollment_days` of None: what whoever runs the installation has set."""

    help_contact: str = ""
    enrollment_days: int | None = None
    support_views: bool = True


DEFAULTS = asdict(Chosen())


def chosen(session: Session, district_id: UUID) -> Chosen:
    """What holds in this district now."""
    rows = session.execute(select(DistrictSetting.key, DistrictSetting.value).where(DistrictSetting.district_id == district_id))
    found: dict[str, Any] = {key: value for key, value in rows if key in DEFAULTS}
    return Chosen(**found)
