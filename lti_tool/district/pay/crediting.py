"""A rule that begins in the past credits what was earned since: for some people while it is put in force, for the others by the worker."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Award
from lti_tool.database import after_commit
from lti_tool.district.pay import service
from lti_tool.district.pay.models import PayRule
from lti_tool.tool import Tool

_PEOPLE = 10
"""So many in one unit of work: whoever waits for it, or for a lock that it holds, waits for a second or two on a busy machine."""


def begin(session: Session, here: Tool, rule: PayRule) -> None:
    """A rule is put in force whose first day has come: credit the first people, and leave the others to the worker."""
    rule.credits_after = UUID(int=0)
    if _some(session, here, rule):
        after_commit(session, here.wake)


def credit_due(here: Tool) -> timedelta | None:
    """Credit some more people under each rule that has not come to its end. How soon to look again, None when nobody waits."""
    with here.database.read() as session:
        due = session.scalars(select(PayRule.id).where(PayRule.credits_after.is_not(None)).order_by(PayRule.id)).all()
    waits = False
    for rule_id in due:
        query = select(PayRule).where(PayRule.id == rule_id, PayRule.credits_after.is_not(None))
        with here.database.unit() as session:
            # Entries point at the rule: whoever writes one must not have to wait for this lock, so it is not for the key.
            rule = session.scalars(query.with_for_update(key_share=True, skip_locked=True)).one_or_none()
            waits |= rule is not None and _some(session, here, rule)
    return timedelta() if waits else None


def progress(session: Session, here: Tool, rule: PayRule) -> tuple[int, int] | None:
    """Of how many people what they had earned is credited, and of how many there are; None where nobody waits."""
    if rule.credits_after is None:
        return None
    people = select(func.count(Award.person_id.distinct())).where(
        Award.district_id == rule.district_id, Award.awarded_at >= here.midnight(rule.begins_on)
    )
    return session.scalar(people.where(Award.person_id <= rule.credits_after)) or 0, session.scalar(people) or 0


def _some(session: Session, here: Tool, rule: PayRule) -> bool:
    """Credit the next people, each one's awards in order. Whether others wait."""
    since = here.midnight(rule.begins_on)
    found = select(Award.person_id).where(
        Award.district_id == rule.district_id, Award.awarded_at >= since, Award.person_id > rule.credits_after
    )
    people = session.scalars(found.distinct().order_by(Award.person_id).limit(_PEOPLE)).all()
    series = service.one_series(session, rule.district_id, rule.series_id)
    for person_id in people:
        service.credit_since(session, here, series, person_id, since)
    rule.credits_after = people[-1] if len(people) == _PEOPLE else None
    return rule.credits_after is not None
