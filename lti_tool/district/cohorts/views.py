"""Pages of cohorts: coordinators make them, invite, follow and remind; members answer."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from lti_tool import tool
from lti_tool.district.cohorts import queries, service
from lti_tool.district.cohorts.forms import CohortForm, InviteForm, RemindForm
from lti_tool.district.cohorts.policies import addresses, days_left
from lti_tool.district.skills.queries import skills
from lti_tool.errors import Problem, bad_request
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web.frames import current_frame, require
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

bp = Blueprint("cohorts", __name__, url_prefix="/s/<frame_key>/cohorts")

_run = require("console")
_own = require("earner", "facilitator", "designer", "reviewer", "author", "console", "leader")
_NOBODY = UUID(int=0)

NOTICES["cohorts.made"] = ("success", N_("The cohort is made. Invite people now."))
NOTICES["cohorts.invited"] = ("success", N_("They are invited. Who is not known yet is invited when they first come."))
NOTICES["cohorts.reminded"] = ("success", N_("They are reminded, in the tool and by e-mail."))
NOTICES["cohorts.nobody_reminded"] = ("info", N_("Nobody was reminded: all of them were within the last seven days."))
NOTICES["cohorts.removed"] = ("success", N_("They are no member any more."))
NOTICES["cohorts.closed"] = ("success", N_("The cohort is closed. What was reached stays to be seen."))
NOTICES["cohorts.answered"] = ("success", N_("Your answer is kept."))
CONSOLE.append(ConsolePage("cohorts.index", N_("Cohorts"), N_("Begin with a small group: invite, follow and remind."), ("console",), "run"))


def _id(name: str) -> UUID | None:
    given = request.args.get(name)
    if given and uuid_or_none(given) is None:
        raise bad_request(_("The address of this page is damaged."))
    return uuid_or_none(given)


@bp.get("/")
def index() -> str:
    """All cohorts."""
    _run()
    before = _id("before")
    with tool.current().database.read() as session:
        lines, following = queries.cohorts(session, current_frame().district_id, before=before)
    return render_template(
        "cohorts/index.html", lines=lines, following=following, first=before is None, today=tool.current().today(), days_left=days_left
    )


def _new_page(form: CohortForm) -> tuple[str, int]:
    district_id = current_frame().district_id
    with tool.current().database.read() as session:
        goals, courses = skills(session, district_id), queries.courses(session, district_id)
    form.goals.choices = [SelectChoice(str(one.id), one.title) for one in goals]
    form.course.choices = [SelectChoice("", _("Any course")), *(SelectChoice(str(one), title) for one, title in courses)]
    return render_template("cohorts/new.html", form=form), 422 if request.method == "POST" else 200


@bp.get("/new")
def new() -> tuple[str, int]:
    """A form for a new cohort."""
    _run()
    return _new_page(CohortForm(formdata=None, starts_on=tool.current().today()))


@bp.post("/new")
def make() -> Response | tuple[str, int]:
    """Make it."""
    _run()
    frame, here, form = current_frame(), tool.current(), CohortForm()
    if not form.validate_on_submit() or not (form.starts_on.data and form.target_on.data):
        return _new_page(form)
    plan = service.Plan(
        form.name.data or "",
        form.words.data or "",
        form.starts_on.data,
        form.target_on.data,
        [uuid_or_none(one) or _NOBODY for one in form.goals.data or () if one],
        (uuid_or_none(form.course.data) or _NOBODY) if form.course.data else None,
    )
    try:
        with here.database.unit() as session:
            row = service.make(session, here, district_id=frame.district_id, actor_id=frame.person_id, plan=plan)
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        (form.target_on if plan.target_on < plan.starts_on else form.goals).errors = [problem.text]
        return _new_page(form)
    return redirect(url_for("cohorts.invite", cohort_id=row.id, said="cohorts.made"), 303)


def _group_page(cohort_id: UUID, form: RemindForm | None = None) -> tuple[str, int]:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        cohort = service.cohort_of(session, frame.district_id, cohort_id)
        group = queries.group(session, cohort, now=here.clock())
    nudge = bool(request.args.get("nudge"))
    page = render_template(
        "cohorts/group.html",
        group=group,
        members=group.nudge if nudge else group.members,
        nudge=nudge,
        form=form or RemindForm(formdata=None),
        left=days_left(group.target_on, tool.current().today()),
    )
    return page, 422 if request.method == "POST" else 200


@bp.get("/<uuid:cohort_id>")
def one(cohort_id: UUID) -> tuple[str, int]:
    """How far everybody is."""
    _run()
    return _group_page(cohort_id)


def _invite_page(cohort_id: UUID, form: InviteForm) -> tuple[str, int]:
    frame = current_frame()
    text, course = plain_text(request.args.get("find", ""))[:100], _id("course")
    with tool.current().database.read() as session:
        cohort = service.cohort_of(session, frame.district_id, cohort_id)
        found = queries.candidates(session, cohort, text=text, context_id=course)
        courses = queries.courses(session, frame.district_id)
    form.people.choices = [SelectChoice(str(one.id), one.name) for one in found]
    about = {str(one.id): one.email for one in found}
    page = render_template(
        "cohorts/invite.html", cohort=cohort, form=form, found=found, about=about, find=text, course=course, courses=courses
    )
    return page, 422 if request.method == "POST" else 200


@bp.get("/<uuid:cohort_id>/invite")
def invite(cohort_id: UUID) -> tuple[str, int]:
    """Whom to invite."""
    _run()
    return _invite_page(cohort_id, InviteForm(formdata=None))


@bp.post("/<uuid:cohort_id>/invite")
def send(cohort_id: UUID) -> Response | tuple[str, int]:
    """Invite them."""
    _run()
    frame, here, form = current_frame(), tool.current(), InviteForm()
    with here.database.read() as session:
        service.cohort_of(session, frame.district_id, cohort_id)
    if not form.validate_on_submit():
        return _invite_page(cohort_id, form)
    people = {uuid_or_none(one) or _NOBODY for one in form.people.data or () if one}
    try:
        with here.database.unit() as session:
            cohort = service.cohort_of(session, frame.district_id, cohort_id, for_change=True)
            pasted, _bad = addresses(form.emails.data or "")
            service.invite(session, here, cohort=cohort, people=people, addresses=pasted, actor_id=frame.person_id)
    except Problem as problem:
        if problem.code != "bad_request":
            raise
        form.emails.errors = [problem.text]
        return _invite_page(cohort_id, form)
    return redirect(url_for("cohorts.one", cohort_id=cohort_id, said="cohorts.invited"), 303)


@bp.post("/<uuid:cohort_id>/remind")
def remind(cohort_id: UUID) -> Response | tuple[str, int]:
    """Remind one who needs it, or all of them."""
    _run()
    frame, here, form = current_frame(), tool.current(), RemindForm()
    with here.database.read() as session:
        service.cohort_of(session, frame.district_id, cohort_id)
    if not form.validate_on_submit():
        return _group_page(cohort_id, form)
    only = request.form.get("member")
    with here.database.unit() as session:
        cohort = service.cohort_of(session, frame.district_id, cohort_id, for_change=True)
        meant = [one.id for one in queries.group(session, cohort, now=here.clock()).nudge if not only or str(one.id) == only]
        told = service.remind(session, here, cohort=cohort, members=meant, words=form.words.data or "", actor_id=frame.person_id)
    said = "cohorts.reminded" if told else "cohorts.nobody_reminded"
    return redirect(url_for("cohorts.one", cohort_id=cohort_id, nudge=request.args.get("nudge"), said=said), 303)


@bp.post("/<uuid:cohort_id>/members/<uuid:member_id>/remove")
def remove(cohort_id: UUID, member_id: UUID) -> Response:
    """Take somebody out."""
    _run()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        cohort = service.cohort_of(session, frame.district_id, cohort_id, for_change=True)
        service.remove(session, here, cohort=cohort, member_id=member_id, actor_id=frame.person_id)
    return redirect(url_for("cohorts.one", cohort_id=cohort_id, said="cohorts.removed"), 303)


@bp.post("/<uuid:cohort_id>/close")
def close(cohort_id: UUID) -> Response:
    """Close a cohort."""
    _run()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        cohort = service.cohort_of(session, frame.district_id, cohort_id, for_change=True)
        service.close(session, here, cohort=cohort, actor_id=frame.person_id)
    return redirect(url_for("cohorts.one", cohort_id=cohort_id, said="cohorts.closed"), 303)


@bp.get("/mine")
def mine() -> str:
    """A person's own invitations and cohorts."""
    _own()
    frame = current_frame()
    with tool.current().database.read() as session:
        shown = queries.own(session, frame.district_id, frame.person_id)
    return render_template("cohorts/mine.html", shown=shown, today=tool.current().today(), days_left=days_left)


@bp.post("/mine/<uuid:member_id>")
def answer(member_id: UUID) -> Response:
    """Accept, decline or leave."""
    _own()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        service.answer(
            session,
            here,
            district_id=frame.district_id,
            person_id=frame.person_id,
            member_id=member_id,
            given=request.form.get("answer", ""),
        )
    return redirect(url_for("cohorts.mine", said="cohorts.answered"), 303)
