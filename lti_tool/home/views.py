"""Where a launch lands, and the pages that join the rooms: a teacher's hub, a facilitator's view of an activity, my work."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.catalog import activities as catalog
from lti_tool.catalog.service import ensure_activity
from lti_tool.district.cohorts import matching
from lti_tool.district.pay import own as recognition
from lti_tool.errors import Problem, forbidden
from lti_tool.evidence import deadlines
from lti_tool.evidence import queries as evidence
from lti_tool.home import policies, queries
from lti_tool.home.forms import ExtendForm
from lti_tool.home.policies import Landing
from lti_tool.inputs import uuid_or_none
from lti_tool.language import N_, _, later
from lti_tool.launch.roles import bystander
from lti_tool.notices import queries as notices
from lti_tool.platforms.base import PLACE
from lti_tool.review import appeal_queries as appeals
from lti_tool.review import workplaces
from lti_tool.review.policies import RULE_IN_WORDS
from lti_tool.web.frames import Frame, current_frame, require
from lti_tool.web.nav import COUNTS, console_rights
from lti_tool.web.pages import NOTICES

NOTICES["home.names_nothing"] = (
    "warning",
    N_(
        "This activity does not say which microcredential it is. Edit it in your LMS and choose one from the catalog: "
        "“Select content” in Moodle, “Find” in Canvas."
    ),
)
NOTICES["home.came_by_copy"] = (
    "info",
    N_(
        "This activity came with a copy of a course. It starts clean: the same microcredential in the same version, and nobody’s work was "
        "taken along."
    ),
)
NOTICES["home.not_ready"] = ("info", N_("This activity is not ready yet. Tell the person who runs this course."))
NOTICES["home.not_console"] = (
    "info",
    N_(
        "That link opens the district’s console, which is not open to you. Ask a coordinator of your district for a role, or whoever runs "
        "this tool."
    ),
)
NOTICES["home.extended"] = ("success", N_("They have more time now. They see the new day and the reason on the page of their work."))


def _news(frame: Frame) -> int:
    with tool.current().database.read() as session:
        without = queries.told_elsewhere(frame)
        return notices.unread(session, district_id=frame.district_id, person_id=frame.person_id, without=without)


COUNTS["home.index"] = _news

bp = Blueprint("home", __name__, url_prefix="/s/<frame_key>")

_CARD = re.compile(r"[\w-]{1,100}", re.ASCII)
STEPS = (later("Read"), later("Gather evidence"), later("Two reviews"), later("Earned"))


def _activity_of(frame: Frame) -> UUID | None:
    """The activity at the frame's link; made here when a designer's link is opened for the first time.

    Where the LMS names no link of its own (Canvas, in places), the only activity of the course that goes by the named version.
    """
    here = tool.current()
    custom = frame.launch.get("custom") or {}
    if frame.context_id is None:
        return None
    if frame.resource_link_id is None:
        with here.database.read() as session:
            return queries.only_activity(session, frame, str(custom.get("activity", "")))
    with here.database.read() as session:
        known = catalog.activity_of_link(session, frame.district_id, frame.resource_link_id)
    if known is not None and not custom.get("activity"):
        return known
    with here.database.unit() as session:
        activity = ensure_activity(
            session,
            here,
            district_id=frame.district_id,
            context_id=frame.context_id,
            resource_link_id=frame.resource_link_id,
            custom=custom,
        )
        return activity.id if activity else None


@bp.get("/")
def start() -> Response:
    """After a launch: on to the page where this person's work is."""
    frame = current_frame()
    matching.come(tool.current(), district_id=frame.district_id, person_id=frame.person_id)
    if school := (frame.launch.get("custom") or {}).get("school"):
        workplaces.told(tool.current(), district_id=frame.district_id, person_id=frame.person_id, school=str(school))
    if straight_on := _named(frame):
        return redirect(straight_on, 303)
    custom = frame.launch.get("custom") or {}
    message = str(frame.launch.get("message_type"))
    activity_id = None if message == "LtiDeepLinkingRequest" else _activity_of(frame)
    with tool.current().database.read() as session:
        waiting = frame.may("reviewer") and appeals.waiting(session, district_id=frame.district_id, reviewer_id=frame.person_id) > 0
        named = frame.launch.get("for_user")
        person_id = queries.person_by_sub(session, frame, str(named)) if named else None
        now = tool.current().clock()
        own = evidence.enrollment_of(session, frame.district_id, activity_id, frame.person_id, now=now) if activity_id else None
        theirs = _work_of(session, frame, activity_id, person_id, now) if message == "LtiSubmissionReviewRequest" else None
        placed = catalog.activity(session, frame.district_id, activity_id) if activity_id else None
        told = placed is not None and placed.provenance.copied and frame.may("designer")
        fresh_copy = told and activity_id and not evidence.anybody_began(session, frame.district_id, activity_id)
        untried = frame.may("console") and not queries.has_activities(session, frame)
    match policies.landing(
        message_type=message,
        rights=frame.rights,
        activity_named=bool(custom.get("activity")) and frame.resource_link_id is not None,
        activity_found=activity_id is not None,
        page=str(custom.get("page", "")),
        names_a_person=bool(named),
        reviews_waiting=waiting,
        has_own_work=own is not None,
        untried=untried,
        runs=frame.may(*console_rights()),
    ):
        case Landing.PICKER:
            target = url_for("catalog.picker")
        case Landing.NOT_A_DESIGNER:
            raise Problem(
                "not_a_designer",
                403,
                _("Adding activities is for course designers"),
                _("Your role in this course can't add activities."),
                _("Ask the course's instructor or designer to add it."),
            )
        case Landing.ACTIVITY | Landing.PEOPLE:
            target = url_for("home.activity", activity_id=activity_id)
        case Landing.PERSON:
            target = _person(frame, activity_id, person_id, theirs)
        case Landing.VERSION if placed is not None:
            target = url_for("catalog.show", version_id=placed.version.id, said="home.came_by_copy" if fresh_copy else None)
        case Landing.UNKNOWN_ACTIVITY:
            raise Problem(
                "unknown_activity",
                404,
                _("This activity is not known here"),
                _("The link names a microcredential that your district does not have. It may have been copied from another district."),
                _("Ask the course's designer to add the activity again from the catalog."),
            )
        case Landing.REVIEWS:
            target = url_for("review.queue")
        case Landing.DISTRICT:
            target = url_for("district.index")
        case Landing.CONNECTION:
            target = url_for("connection.index")
        case _:
            target = url_for("home.index", said=_unnamed(frame, custom))
    return redirect(target, 303)


def _named(frame: Frame) -> str:
    """The address of the page that the message itself names; empty where it names none."""
    submission_id, card = _submission_named(frame), str((frame.launch.get("custom") or {}).get("card", ""))
    match policies.named(
        message_type=str(frame.launch.get("message_type")),
        wants=str((frame.launch.get("deep_linking") or {}).get("wants", PLACE)),
        submission=submission_id is not None,
        card=bool(_CARD.fullmatch(card)),
    ):
        case Landing.HAND_IN:
            return url_for("linking.hand_in")
        case Landing.EMBED:
            return url_for("linking.embed")
        case Landing.SUBMISSION:
            return url_for("linking.submission", submission_id=submission_id)
        case Landing.CARD:
            return url_for("linking.card", activity_key=card)
    return ""


def _person(frame: Frame, activity_id: UUID | None, person_id: UUID | None, theirs: UUID | None) -> str:
    """Where the work of a person whom the LMS names is seen: their latest submission, or before there is one, how far they are."""
    if theirs is not None:
        return url_for("linking.submission", submission_id=theirs)
    if person_id == frame.person_id:
        return url_for("home.activity", activity_id=activity_id)
    return url_for("home.person", activity_id=activity_id, person_id=person_id or UUID(int=0))


def _submission_named(frame: Frame) -> UUID | None:
    """The submission that the link names: by its own parameter, or in the launch address, where an LMS keeps nothing else of a link."""
    custom = frame.launch.get("custom") or {}
    asked = parse_qs(urlsplit(str(frame.launch.get("target_link_uri", ""))).query).get("submission", [""])
    return uuid_or_none(str(custom.get("submission", ""))) or uuid_or_none(asked[0])


def _work_of(session: Session, frame: Frame, activity_id: UUID | None, person_id: UUID | None, now: datetime) -> UUID | None:
    """The latest submission of a person at an activity."""
    if activity_id is None or person_id is None:
        return None
    row = evidence.enrollment_of(session, frame.district_id, activity_id, person_id, now=now)
    return row.submission.id if row is not None and row.submission is not None else None


def _unnamed(frame: Frame, custom: dict[str, Any]) -> str | None:
    """What to say of a link that was made without choosing anything, to somebody who came for an activity."""
    if custom.get("page") == "district":
        return "home.not_console"
    if frame.resource_link_id is None or custom.get("activity") or custom.get("page"):
        return None
    if frame.may("designer", "facilitator", "console"):
        return "home.names_nothing"
    return "home.not_ready" if frame.may("earner", "preview") else None


@bp.get("/home")
def index() -> str:
    """Everything of this person in one place."""
    frame = current_frame()
    with tool.current().database.read() as session:
        shown = queries.home(session, tool.current(), frame)
        pay = recognition.present(session, tool.current(), frame) if frame.may("earner") else ()
    return render_template("home/index.html", home=shown, pay=pay, standing=bystander(frame.launch.get("roles") or ()))


@bp.get("/activities/<uuid:activity_id>")
def activity(activity_id: UUID) -> str:
    """One activity: the teacher's hub, or for facilitators everybody's progress."""
    frame, here = current_frame(), tool.current()
    if frame.may("facilitator", "console") and not frame.may("earner", "preview"):
        with here.database.read() as session:
            people = queries.activity_people(session, frame, activity_id, now=here.clock())
        return render_template("home/people.html", shown=people)
    if not frame.may("earner", "preview"):
        raise forbidden("neither earner nor facilitator")
    with here.database.read() as session:
        shown = queries.hub(session, here, frame, activity_id)
    return render_template("home/hub.html", hub=shown, content=shown.activity.version.content, steps=STEPS, rule=RULE_IN_WORDS)


@bp.get("/activities/<uuid:activity_id>/people/<uuid:person_id>")
def person(activity_id: UUID, person_id: UUID) -> str:
    """One person at one activity, for facilitators."""
    return _person_page(_one_person(activity_id, person_id), ExtendForm(formdata=None))


def _one_person(activity_id: UUID, person_id: UUID) -> queries.OnePerson:
    require("facilitator", "console")()
    here = tool.current()
    with here.database.read() as session:
        return queries.one_person(session, current_frame(), activity_id, person_id, now=here.clock())


def _person_page(shown: queries.OnePerson, form: ExtendForm) -> str:
    return render_template("home/person.html", shown=shown, form=form, own=shown.row.person_id == current_frame().person_id)


@bp.post("/activities/<uuid:activity_id>/people/<uuid:person_id>/extend")
def extend(activity_id: UUID, person_id: UUID) -> Response | tuple[str, int]:
    """Give a person more time."""
    frame, here, shown, form = current_frame(), tool.current(), _one_person(activity_id, person_id), ExtendForm()
    if not form.validate_on_submit() or form.until.data is None:
        return _person_page(shown, form), 422
    try:
        with here.database.unit() as session:
            deadlines.extend(
                session,
                here,
                district_id=frame.district_id,
                enrollment_id=shown.row.id,
                actor_id=frame.person_id,
                until=deadlines.end_of(form.until.data),
                reason=form.reason.data or "",
            )
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.until.errors = [problem.text]
        return _person_page(shown, form), 422
    return redirect(url_for("home.person", activity_id=activity_id, person_id=person_id, said="home.extended"), 303)
