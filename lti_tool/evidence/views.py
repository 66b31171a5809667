"""Pages of the teacher's work: the overview, checking, submitting, and what was submitted."""

from __future__ import annotations

from uuid import UUID

from flask import Response, redirect, render_template, request, url_for

from lti_tool import tool
from lti_tool.catalog.activities import activity, activity_of_link
from lti_tool.catalog.samples import sample
from lti_tool.errors import not_found
from lti_tool.evidence import (
    artifact_views,
    deadlines,
    draft_views,
    example,
    holding,
    making_views,
    portfolio_views,
    progress,
    queries,
    retention,
    service,
    together_views,
)
from lti_tool.evidence.files import bp as files_bp
from lti_tool.evidence.forms import STUDENTS, SubmitForm
from lti_tool.evidence.link_policies import WORDS
from lti_tool.evidence.policies import attestations_needed
from lti_tool.evidence.queries import WorkOverview
from lti_tool.evidence.room import bp, crumbs, files_of, go, load, owner
from lti_tool.evidence.rule_words import RULE_IN_WORDS
from lti_tool.evidence.steps import place_of, steps
from lti_tool.evidence.upload_views import bp as uploads_bp
from lti_tool.inputs import uuid_or_none
from lti_tool.language import _
from lti_tool.web import frames

__all__ = ["artifact_views", "bp", "draft_views", "files_bp", "making_views", "portfolio_views", "together_views", "uploads_bp"]


@bp.post("/start")
def start() -> Response:
    """Enroll in the activity that the form names, of this course, or else in the one that this frame was opened at; or go on with it."""
    here, frame = tool.current(), frames.current_frame()
    named = uuid_or_none(request.form.get("activity"))
    with here.database.unit() as session:
        activity_id = activity_of_link(session, frame.district_id, frame.resource_link_id) if frame.resource_link_id else None
        if named is not None:
            activity_id = named if activity(session, frame.district_id, named).context_id == frame.context_id else None
        if activity_id is None:
            raise not_found("this frame was not opened at an activity")
        enrollment = service.enroll(session, here, owner(), activity_id)
    return go("work", enrollment_id=enrollment.id)


@bp.get("/work/<uuid:enrollment_id>")
def work(enrollment_id: UUID) -> str:
    """The draft at a glance: what is done, what is missing, how long there is."""
    here, mine, me = tool.current(), load(enrollment_id), owner()
    with here.database.read() as session:
        story = progress.story(session, me, mine, now=here.clock())
        carrying = progress.carrying(session, mine)
        reminded = [one for one in progress.reminders(session, me, now=here.clock()) if one.enrollment_id == enrollment_id]
        problems = holding.open_of_owner(session, me.district_id, me.person_id)
    return render_template(
        "evidence/work.html",
        work=mine,
        problems_open=[one for one in problems if one.activity_id == mine.activity_id],
        story=story,
        carrying=carrying,
        reminded=reminded,
        crumbs=crumbs(mine),
        steps=steps(mine),
        where={one: place_of(mine, one) for one in mine.missing},
        has_example=here.settings.demo and mine.editable and mine.missing and sample(mine.microcredential_key) is not None,
    )


@bp.get("/work/<uuid:enrollment_id>/read")
def read(enrollment_id: UUID) -> str:
    """The microcredential itself: method, what to hand in, rubric."""
    mine = load(enrollment_id)
    return render_template("evidence/read.html", work=mine, crumbs=crumbs(mine, (_("Read"), None)), steps=steps(mine))


@bp.get("/work/<uuid:enrollment_id>/check")
def check(enrollment_id: UUID) -> str | Response:
    """What is missing; or what the reviewers will see, and the button."""
    mine = load(enrollment_id)
    if not mine.editable:
        return go("work", enrollment_id=enrollment_id, said="evidence.locked")
    return _check_page(mine, SubmitForm())


def _check_page(mine: WorkOverview, form: SubmitForm) -> str:
    with tool.current().database.read() as session:
        carrying, names = progress.carrying(session, mine), progress.names_in(session, owner(), mine)
    return render_template(
        "evidence/check.html",
        work=mine,
        crumbs=crumbs(mine, (_("Check and submit"), None)),
        steps=steps(mine),
        form=form,
        needed=attestations_needed([piece.students for piece in mine.artifacts]),
        where={one: place_of(mine, one) for one in mine.missing},
        answers={key: saved.text for key, saved in mine.answers.items()},
        levels={key: saved.level for key, saved in mine.own.items()},
        notes={key: saved.text for key, saved in mine.own.items()},
        files=files_of(mine.artifacts),
        link_words=WORDS,
        students=STUDENTS,
        preview=owner().preview,
        carrying=carrying,
        names=names,
        rule=RULE_IN_WORDS,
    )


@bp.post("/work/<uuid:enrollment_id>/submit")
def submit(enrollment_id: UUID) -> Response | tuple[str, int]:
    """Freeze the draft and hand it in."""
    here, mine, form = tool.current(), load(enrollment_id), SubmitForm()
    if mine.phase == "waiting":  # the button was pressed twice
        return go("work", enrollment_id=enrollment_id, said="evidence.submitted")
    attested = {name for name in service.ATTESTATIONS if form[name].data}
    unconfirmed = attestations_needed([piece.students for piece in mine.artifacts]) - attested
    if mine.editable and not mine.missing and not owner().preview and unconfirmed:
        for name in unconfirmed:
            form[name].errors = [_("Please confirm this before you submit.")]
        return _check_page(mine, form), 422
    with here.database.unit() as session:
        service.submit(session, here, owner(), enrollment_id, attested=attested)
    return go("work", enrollment_id=enrollment_id, said="evidence.submitted")


@bp.post("/work/<uuid:enrollment_id>/withdraw")
def withdraw(enrollment_id: UUID) -> Response:
    """End the try."""
    here = tool.current()
    with here.database.unit() as session:
        service.withdraw(session, here, owner(), enrollment_id)
    return go("work", enrollment_id=enrollment_id, said="evidence.withdrawn")


@bp.post("/work/<uuid:enrollment_id>/reminders/put-away")
def put_away(enrollment_id: UUID) -> Response:
    """The reminder has been read."""
    here = tool.current()
    with here.database.unit() as session:
        deadlines.put_away(session, here, owner(), enrollment_id)
    if "home" in request.form:
        return redirect(url_for("home.index"), 303)  # type: ignore[return-value]
    return go("work", enrollment_id=enrollment_id)


@bp.post("/work/<uuid:enrollment_id>/fill-example")
def fill_example(enrollment_id: UUID) -> Response:
    """In the demo only: fill in a sample teacher's work."""
    here = tool.current()
    if not here.settings.demo:
        raise not_found("not a demo")
    example.fill(here, owner(), load(enrollment_id))
    return go("work", enrollment_id=enrollment_id, said="evidence.filled")


@bp.get("/submission/<uuid:submission_id>")
def submission(submission_id: UUID) -> str:
    """The frozen copy of one attempt, for its owner."""
    here, me = tool.current(), owner()
    with here.database.read() as session:
        loaded = queries.load_submission(session, me.district_id, submission_id)
        standings = holding.standings(session, me.district_id, [one.id for one in loaded.snapshot.artifacts])
        fates = retention.fates(session, here, me.district_id, me.person_id) if loaded.person_id == me.person_id else {}
    if loaded.person_id != me.person_id:
        raise not_found("somebody else's submission")
    mine = load(loaded.enrollment_id)
    return render_template(
        "evidence/submission.html",
        work=mine,
        crumbs=crumbs(mine, (_("Attempt %(attempt)s", attempt=loaded.attempt), None)),
        submission=loaded,
        answers=loaded.snapshot.answers,
        levels={key: own.level for key, own in loaded.snapshot.self_assessment.items()},
        notes={key: own.note for key, own in loaded.snapshot.self_assessment.items()},
        files=files_of(loaded.snapshot.artifacts),
        students=STUDENTS,
        standings=standings,
        fates=fates,
    )
