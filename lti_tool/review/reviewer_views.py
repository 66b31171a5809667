"""The page of one person for coordinators: what they may judge, where they work, who supervises them."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from lti_tool import tool
from lti_tool.errors import Problem
from lti_tool.evidence.deadlines import end_of
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_
from lti_tool.launch.models import Person
from lti_tool.review import anchors, calibrating, calibration_queries, coordinating_queries, qualifying, workplaces
from lti_tool.review.calibration_policies import NEEDED
from lti_tool.review.reviewer_forms import CallForm, QualificationForm, WorkplaceForm
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("reviewers", __name__, url_prefix="/s/<frame_key>/reviewers")
bp.before_request(require("console"))

NOTICES["reviewers.qualified"] = ("success", N_("Saved. Open reviews that they may not judge any more went to others."))
NOTICES["reviewers.asked"] = (
    "success",
    N_("They are asked to calibrate again before new work. What they have open stays theirs."),
)
NOTICES["reviewers.not_asked"] = ("info", N_("They are not calibrated for it anyway, so there is nothing to ask for."))
NOTICES["reviewers.placed"] = ("success", N_("Saved. It holds from the next place on that is given."))


def _email(session: Session, person_id: UUID | None) -> str:
    person = session.get(Person, person_id) if person_id else None
    return person.email if person else ""


def _page(
    person_id: UUID, *, qualification: QualificationForm | None = None, place: WorkplaceForm | None = None, call: CallForm | None = None
) -> tuple[str, int]:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        person = workplaces.person_of(session, frame.district_id, person_id)
        known = workplaces.workplace_of(session, frame.district_id, person_id)
        supervisor = _email(session, known.supervisor_id) if known else ""
        reviews = qualifying.is_reviewer(session, frame.district_id, person_id, now=tool.current().clock())
        may = qualifying.qualified(session, frame.district_id, [person_id])[person_id]
        standings = calibration_queries.to_calibrate(session, here, district_id=frame.district_id, person_id=person_id) if reviews else ()
        titles = coordinating_queries.microcredentials(session, frame.district_id)
    if qualification is None:
        qualification = QualificationForm(
            formdata=None,
            extent="named" if may.named else "all",
            named=[str(one) for one in may.named],
            until=may.until.date() if may.until else None,
        )
    qualification.named.choices = [SelectChoice(str(one), title) for one, title in titles]
    page = render_template(
        "review/reviewer.html",
        person=person,
        reviews=reviews,
        may=may,
        qualification=qualification,
        place=place or WorkplaceForm(formdata=None, school=known.school if known else "", supervisor=supervisor),
        source=known.source if known else "",
        standings=standings,
        call=call or CallForm(formdata=None),
        needed=NEEDED,
    )
    return page, 422 if request.method == "POST" else 200


@bp.get("/<uuid:person_id>")
def one(person_id: UUID) -> tuple[str, int]:
    """One person."""
    return _page(person_id)


@bp.post("/<uuid:person_id>/qualification")
def qualify(person_id: UUID) -> Response | tuple[str, int]:
    """Say what a reviewer may judge."""
    frame, here, form = current_frame(), tool.current(), QualificationForm()
    if not form.validate_on_submit():
        return _page(person_id, qualification=form)
    named = [uuid_or_none(value) or UUID(int=0) for value in form.named.data or ()] if form.extent.data == "named" else []
    try:
        with here.database.unit() as session:
            qualifying.qualify(
                session,
                here,
                district_id=frame.district_id,
                person_id=person_id,
                named=named,
                until=end_of(form.until.data) if form.until.data else None,
                actor_id=frame.person_id,
            )
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.until.errors = [problem.text]
        return _page(person_id, qualification=form)
    return redirect(url_for("reviewers.one", person_id=person_id, said="reviewers.qualified"), 303)


@bp.post("/<uuid:person_id>/workplace")
def place(person_id: UUID) -> Response | tuple[str, int]:
    """Say where somebody works."""
    frame, here, form = current_frame(), tool.current(), WorkplaceForm()
    if not form.validate_on_submit():
        return _page(person_id, place=form)
    try:
        with here.database.unit() as session:
            workplaces.write(
                session,
                here,
                district_id=frame.district_id,
                person_id=person_id,
                school=form.school.data or "",
                supervisor_email=form.supervisor.data or "",
                actor_id=frame.person_id,
            )
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.supervisor.errors = [problem.text]
        return _page(person_id, place=form)
    return redirect(url_for("reviewers.one", person_id=person_id, said="reviewers.placed"), 303)


@bp.post("/<uuid:person_id>/calibration/<uuid:microcredential_id>")
def ask_again(person_id: UUID, microcredential_id: UUID) -> Response | tuple[str, int]:
    """Ask for a new calibration."""
    frame, here, form = current_frame(), tool.current(), CallForm()
    with here.database.read() as session:
        workplaces.person_of(session, frame.district_id, person_id)
        anchors.newest(session, frame.district_id, microcredential_id)
    if not form.validate_on_submit():
        return _page(person_id, call=form)
    with here.database.unit() as session:
        asked = calibrating.ask_again(
            session,
            here,
            district_id=frame.district_id,
            person_id=person_id,
            microcredential_id=microcredential_id,
            cause="coordinator",
            reason=plain_text(form.reason.data or ""),
            asked_by=frame.person_id,
        )
    return redirect(url_for("reviewers.one", person_id=person_id, said="reviewers.asked" if asked else "reviewers.not_asked"), 303)
