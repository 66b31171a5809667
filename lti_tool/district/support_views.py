"""Support views: a coordinator says why, looks at what a teacher sees, and leaves."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district import people_queries, support
from lti_tool.district.forms import SupportForm
from lti_tool.district.people_queries import OnePerson
from lti_tool.district.roles import known
from lti_tool.errors import forbidden
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web import district_settings, frames
from lti_tool.web.frames import current_frame, require
from lti_tool.web.pages import NOTICES

bp = Blueprint("support", __name__, url_prefix="/s/<frame_key>/support")

NOTICES["support.left"] = ("success", N_("The support view has ended."))


def _shown(person_id: UUID) -> OnePerson:
    frame, here = current_frame(), tool.current()
    require("console")()
    with here.database.read() as session:
        shown = people_queries.person(session, frame.district_id, person_id, now=here.clock())
        on = support.may_open(session, known(session, frame.district_id, person_id))
        if person_id == frame.person_id or not on or not district_settings.chosen(session, frame.district_id).support_views:
            raise forbidden("no support view of this person")
    return shown


def _form(shown: OnePerson) -> SupportForm:
    form = SupportForm()
    form.enrollment.choices = [(str(one.id), f"{one.title} · {one.course}" if one.course else one.title) for one in shown.tries]
    return form


@bp.get("/people/<uuid:person_id>")
def ask(person_id: UUID) -> str:
    """What a support view is, and why it is needed."""
    shown = _shown(person_id)
    return render_template("district/support.html", shown=shown, form=_form(shown))


@bp.post("/people/<uuid:person_id>")
def look(person_id: UUID) -> Response | tuple[str, int]:
    """Open it."""
    frame, here, shown = current_frame(), tool.current(), _shown(person_id)
    form = _form(shown)
    reason = " ".join(plain_text(form.reason.data or "").split())
    if not form.validate_on_submit() or not reason:
        form.reason.errors = form.reason.errors or ([] if reason else [_("Please say in a few words why.")])
        return render_template("district/support.html", shown=shown, form=form), 422
    with here.database.unit() as session:
        opened = support.open_view(
            session, here, frame, person_id=person_id, enrollment_id=uuid_or_none(form.enrollment.data), reason=reason
        )
    answer = frames.enter(opened, with_cookie="~" not in frame.key)
    answer.headers["Location"] += "home"
    return answer


@bp.post("/leave")
def leave() -> Response:
    """End a support view and go back to the console."""
    frame, here = current_frame(), tool.current()
    if frame.supporter_id is None:
        raise forbidden("not a support view")
    with here.database.unit() as session:
        back = support.leave(session, here, frame)
    return redirect(url_for("district.person", frame_key=back, person_id=frame.person_id, said="support.left"), 303)
