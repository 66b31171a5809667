"""What waits for whoever runs the district, of the rooms below: reviews, privacy, appeals, badges, roles."""

from __future__ import annotations

from collections.abc import Iterator

from flask import url_for
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lti_tool.badges.models import Revocation
from lti_tool.district.role_policies import ROLES, SOON
from lti_tool.evidence import holding
from lti_tool.language import _, _n
from lti_tool.review import appeal_queries as appeals
from lti_tool.review import coordinating_queries as coordinating
from lti_tool.tool import Tool
from lti_tool.web import nav
from lti_tool.web.frames import Frame
from lti_tool.web.models import RoleGrant
from lti_tool.web.nav import Need


def _needs(session: Session, here: Tool, frame: Frame) -> Iterator[Need]:
    if not frame.may("console"):
        return
    me = {"district_id": frame.district_id, "viewer_id": frame.person_id}
    if count := holding.open_count(session, frame.district_id, viewer_id=frame.person_id, context_id=None):
        yield Need(
            "error",
            _n("One privacy problem is open", "%(count)s privacy problems are open", count),
            _("Reviewers held evidence back. Reviews wait until it is settled."),
            url_for("privacy.index"),
            _("Settle it"),
        )
    open_work = coordinating.numbers(session, district_id=frame.district_id, now=here.clock())
    if open_work.waiting:
        yield Need(
            "error",
            _n("One piece of work has no reviewer", "%(count)s pieces of work have no reviewer", open_work.waiting),
            _("Nobody may take it: name more reviewers, or look at why they may not."),
            url_for("coordinating.index", state="waiting"),
            _("See the work"),
        )
    if open_work.late:
        yield Need(
            "warning",
            _n("One review is late", "%(count)s reviews are late", open_work.late),
            _("Teachers wait for them."),
            url_for("coordinating.index", late="1"),
            _("See what is late"),
        )
    if count := appeals.waiting_count(session, **me, context_id=None):
        yield Need(
            "warning",
            _n("One appeal waits for you", "%(count)s appeals wait for you", count),
            _("Say whether they are taken up."),
            url_for("appeal.index"),
            _("Read the appeals"),
        )
    proposed = select(func.count()).where(Revocation.district_id == frame.district_id, Revocation.state == "proposed")
    if count := session.scalar(proposed) or 0:
        yield Need(
            "warning",
            _n("One badge is proposed to be revoked", "%(count)s badges are proposed to be revoked", count),
            _("A second person has to decide."),
            url_for("badge_office.index"),
            _("See the badges"),
        )
    ending = RoleGrant.held(frame.district_id, at=here.clock()), RoleGrant.expires_at <= here.clock() + SOON, RoleGrant.role.in_(ROLES)
    if count := session.scalar(select(func.count(RoleGrant.id)).where(*ending)) or 0:
        yield Need(
            "warning",
            _n("One role ends within 30 days", "%(count)s roles end within 30 days", count),
            _("They end by themselves. Give them another last day if they should go on."),
            url_for("district.people", role="ending"),
            _("See whose"),
        )


nav.NEEDS.append(_needs)
