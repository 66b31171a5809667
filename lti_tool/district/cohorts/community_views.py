"""The page of a course's community."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district.cohorts import community
from lti_tool.district.cohorts.forms import TellForm
from lti_tool.errors import bad_request, forbidden, not_found
from lti_tool.inputs import uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web.frames import Frame, current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("community", __name__, url_prefix="/s/<frame_key>/cohorts/community")

_read = require("earner", "facilitator", "designer", "console", "preview")
_tell = require("earner")
_run = require("facilitator")

NOTICES["community.told"] = ("success", N_("Saved. The others in this course see it from now on."))
NOTICES["community.ended"] = ("success", N_("Saved. The others in this course see nothing of it any more."))
NOTICES["community.hidden"] = ("success", N_("The note is hidden. Who wrote it reads why."))
NOTICES["community.shown"] = ("success", N_("The note can be seen again."))


def _course(frame: Frame) -> UUID:
    """The course of this visit. Raises Problem: not_found outside courses, forbidden for who has left."""
    if frame.context_id is None:
        raise not_found("not in a course")
    with tool.current().database.read() as session:
        if not community.still_here(session, frame.context_id, frame.person_id):
            raise forbidden("has left the course")
    return frame.context_id


def _id(name: str) -> UUID | None:
    given = request.args.get(name)
    if given and uuid_or_none(given) is None:
        raise bad_request(_("The address of this page is damaged."))
    return uuid_or_none(given)


def _page(*, form: TellForm | None = None, of: UUID | None = None) -> tuple[str, int]:
    frame, here = current_frame(), tool.current()
    context_id = _course(frame)
    place = {"district_id": frame.district_id, "context_id": context_id}
    skill, after, runs = _id("skill"), _id("after"), frame.may("facilitator")
    with here.database.read() as session:
        posts, following = community.posts(session, **place, now=here.clock(), runs=runs, skill=skill, after=after)
        skills = community.skills_of(session, **place)
        own = community.own_skills(session, **place, person_id=frame.person_id) if frame.may("earner") else ()
    forms = {one.microcredential_id: _form(one, form if one.microcredential_id == of else None) for one in own}
    page = render_template(
        "cohorts/community.html",
        posts=posts,
        following=following,
        first=after is None,
        skill=skill,
        skills=skills,
        own=own,
        forms=forms,
        runs=runs,
    )
    return page, 422 if request.method == "POST" else 200


def _form(one: community.OwnSkill, given: TellForm | None) -> TellForm:
    """A form of each skill on one page: their fields go by different ids."""
    post = one.post
    form = given or TellForm(
        formdata=None,
        shared=post is not None,
        **{name: bool(post and getattr(post, name)) for name in ("helps", "seeks", "shows_email", "keeps_on")},
        note=post.note if post else "",
    )
    for field in form:
        field.id = f"{field.short_name}-{one.microcredential_id.hex[-8:]}"
        field.label.field_id = field.id
    return form


@bp.get("/")
def index() -> tuple[str, int]:
    """Who works on what in this course, and helps."""
    _read()
    return _page()


@bp.post("/<uuid:microcredential_id>")
def tell(microcredential_id: UUID) -> Response | tuple[str, int]:
    """Say what the others see of one's own."""
    _tell()
    frame, here, form = current_frame(), tool.current(), TellForm()
    context_id = _course(frame)
    who = {"district_id": frame.district_id, "context_id": context_id, "person_id": frame.person_id}
    with here.database.read() as session:
        if microcredential_id not in {one.microcredential_id for one in community.own_skills(session, **who)}:
            raise not_found("no work of this person in this course")
    if not form.validate_on_submit():
        return _page(form=form, of=microcredential_id)
    told = community.Told(
        bool(form.shared.data),
        bool(form.helps.data),
        bool(form.seeks.data),
        bool(form.shows_email.data),
        bool(form.keeps_on.data),
        form.note.data or "",
    )
    with here.database.unit() as session:
        community.tell(session, here, **who, microcredential_id=microcredential_id, told=told)
    return redirect(url_for("community.index", said="community.told" if told.shared else "community.ended"), 303)


@bp.post("/posts/<uuid:post_id>/hide")
def hide(post_id: UUID) -> Response:
    """Take a note away."""
    _run()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = community.post_of(session, district_id=frame.district_id, context_id=frame.context_id, post_id=post_id)
        community.hide(session, here, row=row, actor_id=frame.person_id, reason=request.form.get("reason", ""))
    return redirect(url_for("community.index", said="community.hidden"), 303)


@bp.post("/posts/<uuid:post_id>/show")
def show(post_id: UUID) -> Response:
    """Let it be seen again."""
    _run()
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        row = community.post_of(session, district_id=frame.district_id, context_id=frame.context_id, post_id=post_id)
        community.show(session, here, row=row, actor_id=frame.person_id)
    return redirect(url_for("community.index", said="community.shown"), 303)
