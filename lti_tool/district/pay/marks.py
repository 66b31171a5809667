"""“Counts for pay” in the catalog's lists: what a rule that is in force gives something for, to whatever group of employees."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from lti_tool.catalog.marks import MARKS, Mark
from lti_tool.district.pay.models import PayRule
from lti_tool.language import N_


def counted(session: Session, district_id: UUID, microcredentials: Collection[UUID]) -> Collection[UUID]:
    """Those of these that a rule of the district recognizes which has no end in sight."""
    rules = session.execute(
        select(PayRule.extent, PayRule.microcredentials).where(
            PayRule.district_id == district_id,
            PayRule.state == "in_force",
            PayRule.ends_on.is_(None),
        )
    ).all()
    return {
        one for one in microcredentials if any(extent == "all" or (str(one) in named) == (extent == "named") for extent, named in rules)
    }


def offer() -> None:
    """Let the catalog's lists be narrowed to it."""
    MARKS.append(Mark("pay", N_("Counts for pay"), counted))
