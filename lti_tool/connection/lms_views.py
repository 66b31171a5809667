"""The LMSs of the district: how each does, switching it on and off, and inviting another one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_wtf import FlaskForm
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.connection import lms_queries, lms_service
from lti_tool.connection.lms_forms import AdminsForm, NameForm, SwitchForm
from lti_tool.district import trail as events
from lti_tool.district.trail import Search
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text
from lti_tool.language import N_, _
from lti_tool.platforms import keys as tool_keys
from lti_tool.platforms import service as platforms
from lti_tool.web.frames import current_frame, require
from lti_tool.web.nav import CONSOLE, ConsolePage
from lti_tool.web.pages import NOTICES

bp = Blueprint("lms", __name__, url_prefix="/s/<frame_key>/district/lms")
bp.before_request(require("console"))

NOTICES["lms.renamed"] = ("success", N_("It is called that from now on."))
NOTICES["lms.on"] = ("success", N_("This connection is on. People get in."))
NOTICES["lms.off"] = ("success", N_("This connection is off. Nobody gets in, and every open visit has ended. Everything is kept."))
NOTICES["lms.admins_in"] = ("success", N_("Administrators of this LMS run the console from their next page on."))
NOTICES["lms.admins_out"] = ("success", N_("The console is closed to administrators of this LMS from their next page on."))
NOTICES["lms.withdrawn"] = ("success", N_("That link does not work any more."))
CONSOLE.append(
    ConsolePage(
        "lms.index",
        N_("Connections"),
        N_("The LMSs of your district: how each does, switch one off, invite another."),
        ("console",),
        "setup",
    )
)

_EVENTS_SHOWN = 8


@bp.get("/")
def index() -> str:
    """All of them, with their state at a glance."""
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        rows = lms_queries.every(session, here, frame.district_id)
        invites = platforms.open_invites(session, here, frame.district_id)
        pairs = tool_keys.listed(session, here)
    return render_template("connection/lms.html", rows=rows, invites=invites, keys=pairs)


@bp.post("/invite")
def invite() -> str:
    """A link for another LMS. It is shown once, for only its hash is kept."""
    here, frame = tool.current(), current_frame()
    _sound(FlaskForm())
    with here.database.unit() as session:
        token = platforms.invite(session, here, district_id=frame.district_id, actor_id=frame.person_id)
    address = url_for("platforms.register", invite=token, _external=False)
    return render_template("connection/invited.html", address=here.settings.base_url + address, days=platforms.INVITE_DAYS)


@bp.post("/invites/<uuid:invite_id>/withdraw")
def withdraw(invite_id: UUID) -> Response:
    """Let a link work no more."""
    here, frame = tool.current(), current_frame()
    _sound(FlaskForm())
    with here.database.unit() as session:
        platforms.withdraw_invite(session, here, district_id=frame.district_id, invite_id=invite_id, actor_id=frame.person_id)
    return redirect(url_for("lms.index", said="lms.withdrawn"), 303)


def _sound(form: FlaskForm) -> None:
    if not form.validate_on_submit():
        raise bad_request(_("The form was incomplete."))


@bp.get("/<uuid:registration_id>")
def one(registration_id: UUID) -> str:
    """One of them."""
    return _page(registration_id)


def _page(registration_id: UUID, **forms: Any) -> str:
    here, frame = tool.current(), current_frame()
    with here.database.read() as session:
        shown = lms_queries.one(session, here, frame.district_id, registration_id)
        about = Search(thing=str(registration_id))
        rows, _more = events.page(session, frame.district_id, viewer_id=frame.person_id, search=about, before=None)
    own = registration_id == frame.registration_id
    made = {
        "name": NameForm(formdata=None, name=shown.name),
        "switch": SwitchForm(formdata=None, switch="off" if shown.state == "active" else "on"),
        "admins": AdminsForm(formdata=None, admins=shown.admins_run_console),
        **forms,
    }
    return render_template("connection/lms_one.html", shown=shown, own=own, forms=made, events=rows[:_EVENTS_SHOWN])


@bp.post("/<uuid:registration_id>/name")
def rename(registration_id: UUID) -> Response | tuple[str, int]:
    """Call it something else."""
    form = NameForm()
    name = " ".join(plain_text(form.name.data or "").split())
    if not form.validate_on_submit() or not name:
        return _page(registration_id, name=form), 422
    _changed(registration_id, name=name)
    return _to(registration_id, "lms.renamed")


@bp.post("/<uuid:registration_id>/switch")
def switch(registration_id: UUID) -> Response | tuple[str, int]:
    """On or off."""
    frame, here, form = current_frame(), tool.current(), SwitchForm()
    reason, off = " ".join(plain_text(form.reason.data or "").split()), form.switch.data == "off"
    with here.database.read() as session:
        lms_queries.row_of(session, frame.district_id, registration_id)
    if not form.validate_on_submit() or not reason:
        return _page(registration_id, switch=form), 422
    if off and registration_id == frame.registration_id and not form.sure.data:
        form.sure.errors = [_("You came through this connection. Your visit ends, and you cannot switch it on again from here.")]
        return _page(registration_id, switch=form), 422
    _changed(registration_id, active=not off, reason=reason)
    return _to(registration_id, "lms.off" if off else "lms.on")


@bp.post("/<uuid:registration_id>/admins")
def admins(registration_id: UUID) -> Response | tuple[str, int]:
    """Whether its administrators run the console."""
    frame, here, form = current_frame(), tool.current(), AdminsForm()
    with here.database.read() as session:
        row = lms_queries.row_of(session, frame.district_id, registration_id)
        alone = lms_service.leaves_nobody(session, here, row)
    _sound(form)
    if not form.admins.data and alone and not form.sure.data:
        form.sure.errors = [_("Nobody is a coordinator, so nobody could open the console any more. Give somebody the role first.")]
        return _page(registration_id, admins=form), 422
    _changed(registration_id, admins_run_console=form.admins.data)
    return _to(registration_id, "lms.admins_in" if form.admins.data else "lms.admins_out")


def _changed(registration_id: UUID, **values: Any) -> None:
    frame, here = current_frame(), tool.current()

    def change(session: Session) -> None:
        row = lms_queries.row_of(session, frame.district_id, registration_id, for_update=True)
        lms_service.edit(session, here, row, actor_id=frame.person_id, **values)

    with here.database.unit() as session:
        change(session)


def _to(registration_id: UUID, said: str) -> Response:
    return redirect(url_for("lms.one", registration_id=registration_id, said=said), 303)
