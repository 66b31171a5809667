"""“Counts for pay” in the catalog's lists: what a rule that is in force gives something for, to whatever group of employees."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from lti_tool import tool
from lti_tool.catalog.marks import MARKS, Mark
from lti_tool.district.pay import ledger
from lti_tool.district.pay.models import PayRule
from lti_tool.language import N_


def counted(session: Session, district_id: UUID, microcredentials: Collection[UUID]) -> Collection[UUID]:
    """Those of these that a rule of the district recognizes today."""
    today = ledger.today(tool.current())
    rules = session.execute(
        select(PayRule.extent, PayRule.microcredentials).where(
            PayRule.district_id == district_id,
            PayRule.state == "in_force",
            PayRule.begins_on <= today,
            or_(PayRule.ends_on.is_(None), PayRule.ends_on >= today),
        )
    ).all()
    return {
        one for one in microcredentials if any(extent == "all" or (str(one) in named) == (extent == "named") for extent, named in rules)
    }


def offer() -> None:
    """Let the catalog's lists be narrowed to it."""
    MARKS.append(Mark("pay", N_("Counts for pay"), counted))
