"""What a district chooses for itself: what holds, who changed it last, and changing it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool import audit
from lti_tool.database import upsert
from lti_tool.evidence.models import Enrollment
from lti_tool.launch.models import Person
from lti_tool.platforms.models import District
from lti_tool.platforms.service import rename_district
from lti_tool.tool import Tool
from lti_tool.web import district_settings
from lti_tool.web.models import DistrictSetting

LATELY = timedelta(days=30)
_MOST_COUNTED = 1000


@dataclass(frozen=True)
class Changed:
    """When a setting was last changed, and by whom."""

    at: datetime
    by: str


@dataclass(frozen=True)
class Shown:
    """What holds. `values` are those of the form, `changed` by the same names; `begun`: enrollments of the last 30 days."""

    values: dict[str, Any]
    changed: dict[str, Changed]
    begun: int


def shown(session: Session, here: Tool, district_id: UUID) -> Shown:
    """The settings of a district as its page shows them."""
    rows = session.execute(
        select(DistrictSetting.key, DistrictSetting.changed_at, Person.label)
        .outerjoin(Person, Person.id == DistrictSetting.changed_by)
        .where(DistrictSetting.district_id == district_id)
    )
    lately = select(Enrollment.id).where(Enrollment.district_id == district_id, Enrollment.started_at > here.clock() - LATELY)
    begun = session.scalar(select(func.count()).select_from(lately.limit(_MOST_COUNTED).subquery())) or 0
    values = {"name": session.get_one(District, district_id).name, **asdict(district_settings.chosen(session, district_id))}
    return Shown(values, {key: Changed(at, by or "") for key, at, by in rows}, begun)


def change(session: Session, here: Tool, *, district_id: UUID, actor_id: UUID, values: dict[str, Any]) -> tuple[str, ...]:
    """Write what differs from what holds; returns the names of what was changed. Raises Problem(conflict) for a name that is taken."""
    before, now = shown(session, here, district_id).values, here.clock()
    changed = tuple(key for key in before if key in values and values[key] != before[key])
    for key in changed:
        if key == "name":
            rename_district(session, district_id, values["name"])
        row = {"district_id": district_id, "key": key, "value": values[key], "changed_by": actor_id, "changed_at": now}
        upsert(session, DistrictSetting, row, key=("district_id", "key"))
        said = {} if key == "help_contact" else {"before": before[key], "after": values[key]}  # it may name somebody
        audit.record(session, district_id=district_id, at=now, action="district:setting:changed", actor_id=actor_id, setting=key, **said)
    return changed
