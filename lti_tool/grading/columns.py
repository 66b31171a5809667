"""A column for an activity that came without one (AGS 2.0, 3.2.4): an ungraded activity, a link in a module or a menu."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

import structlog

from lti_tool import audit
from lti_tool.catalog.activities import PlacedActivity
from lti_tool.catalog.models import Activity
from lti_tool.database import after_commit
from lti_tool.grading import ags
from lti_tool.http import HttpFailure
from lti_tool.language import _
from lti_tool.launch.models import Context, ResourceLink
from lti_tool.platforms import vendors
from lti_tool.platforms.models import Registration
from lti_tool.platforms.score_rules import rules_for
from lti_tool.platforms.tokens import NoToken
from lti_tool.tool import Tool

log = structlog.get_logger()

_LABEL_MOST = 255


@dataclass(frozen=True)
class Offer:
    """Whether an activity has a column. `possible`: the LMS lets the tool make one; `by_hand`: how a person makes one there.

    `apart`: the column stands on its own in the gradebook, not tied to the activity.
    """

    activity: PlacedActivity
    lms: str
    has_column: bool
    made: bool
    possible: bool
    apart: bool
    by_hand: str


def offer(here: Tool, activity: PlacedActivity) -> Offer:
    """What can be done for this activity."""
    with here.database.read() as session:
        context = session.get_one(Context, activity.context_id)
        registration = session.get_one(Registration, context.registration_id)
        made = session.get_one(Activity, activity.id).made_column_url
    vendor = vendors.of(registration)
    possible = bool(context.lineitems_url) and ags.LINEITEM_SCOPE in context.service_scopes
    return Offer(
        activity,
        vendor.title,
        activity.has_lineitem,
        bool(made),
        possible,
        not rules_for(registration.vendor).tied,
        vendor.fixes["column"],
    )


def make(here: Tool, activity: PlacedActivity, *, actor_id: UUID) -> str:
    """Make the column, unless there is one. Gives what went wrong, in words; empty when there is a column now.

    The LMS is asked outside of a unit of work. A column is found again by its resource id, which names the activity.
    """
    with here.database.read() as session:
        context = session.get_one(Context, activity.context_id)
        registration = session.get_one(Registration, context.registration_id)
        link = session.get_one(ResourceLink, activity.resource_link_id)
        points = session.get_one(Activity, activity.id).points
    if activity.has_lineitem:
        return ""
    if not context.lineitems_url or ags.LINEITEM_SCOPE not in context.service_scopes:
        return _("Your LMS does not let this tool make columns in the gradebook.")
    rules = rules_for(registration.vendor)
    wanted = {
        "scoreMaximum": int(points) if points == points.to_integral_value() else float(points),
        "label": activity.version.content.title[:_LABEL_MOST],
        "resourceId": str(activity.id),
        "tag": "microcredential",
        **({"resourceLinkId": link.lti_id} if rules.tied else {}),
        **rules.column,
    }
    try:
        connector = ags.Connector(here, registration)
        url = ags.find_column(connector, context.lineitems_url, str(activity.id))  # one whose answer was lost
        url = url or ags.make_column(connector, context.lineitems_url, wanted)
    except (ags.Refused, NoToken, HttpFailure) as error:
        status = error.reply.status if isinstance(error, ags.Refused) else 0
        log.info("column_not_made", activity=str(activity.id), kind=type(error).__name__, status=status)
        return _("Your LMS did not make the column. Try again in a minute, or make the activity count there by hand.")
    _keep(here, activity, url, actor_id)
    return ""


def _keep(here: Tool, activity: PlacedActivity, url: str, actor_id: UUID) -> None:
    now = here.clock()
    with here.database.unit() as session:
        row = session.get_one(Activity, activity.id, with_for_update=True)
        if row.made_column_url:  # somebody pressed at the same time
            return
        row.made_column_url = url
        audit.record(session, district_id=row.district_id, at=now, action="grading:column:made", actor_id=actor_id, subject_id=row.id)
        after_commit(session, here.wake)
