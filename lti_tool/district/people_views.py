"""The people of the district: finding them, one of them, and their roles."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.district import people_queries, role_policies, roles
from lti_tool.district import trail as events
from lti_tool.district.forms import EndForm, RoleForm
from lti_tool.district.room import bp
from lti_tool.district.trail import Search
from lti_tool.errors import bad_request
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web import district_settings
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

NOTICES["district.granted"] = ("success", N_("The role is given. It works from their next page on."))
NOTICES["district.revoked"] = ("success", N_("The role is taken away. It ends with their next page."))

_EVENTS_SHOWN = 10


@bp.get("/people")
def people() -> str:
    """Find people, and who holds which role."""
    frame, given = current_frame(), request.args
    text, role = plain_text(given.get("find", ""))[:100], given.get("role", "")
    role = role if role in people_queries.ROLE_FILTERS else ""
    everybody = given.get("all") == "1"
    after = uuid_or_none(given["after"]) if "after" in given else None
    if "after" in given and after is None:
        raise bad_request(_("The address of this page is damaged."))
    chosen = role or ("" if text.strip() or everybody else "any")
    with tool.current().database.read() as session:
        shown = people_queries.people(session, frame.district_id, text=text, role=chosen, after=after, now=tool.current().clock())
    kept: dict[str, Any] = {"find": text or None, "role": role or None, "all": "1" if everybody else None}
    return render_template(
        "district/people.html",
        shown=shown,
        find=text,
        role=role,
        everybody=everybody,
        roles=role_policies.ROLES,
        last_day=role_policies.last_day,
        first=after is None,
        next_url=url_for("district.people", **kept, after=shown.after) if shown.after else None,
    )


@bp.get("/people/<uuid:person_id>")
def person(person_id: UUID) -> str:
    """One person: roles, where they work, their accounts, what happened about them."""
    return _page(person_id)


def _page(person_id: UUID, *, form: RoleForm | None = None, end: EndForm | None = None, ending: UUID | None = None) -> str:
    frame, here = current_frame(), tool.current()
    with here.database.read() as session:
        shown = people_queries.person(session, frame.district_id, person_id, now=here.clock())
        about = Search(person=str(person_id))
        rows, more = events.page(session, frame.district_id, viewer_id=frame.person_id, search=about, before=None)
        may_look = district_settings.chosen(session, frame.district_id).support_views
    return render_template(
        "district/person.html",
        shown=shown,
        form=form or RoleForm(formdata=None),
        end=end or EndForm(formdata=None),
        ending=ending,
        roles=role_policies.ROLES,
        last_day=role_policies.last_day,
        events=rows[:_EVENTS_SHOWN],
        more=more is not None or len(rows) > _EVENTS_SHOWN,
        may_look=may_look and not shown.is_test and shown.id != frame.person_id,
    )


@bp.post("/people/<uuid:person_id>/roles")
def give_role(person_id: UUID) -> Response | tuple[str, int]:
    """Give somebody a role, or another end of one."""
    frame, here, form = current_frame(), tool.current(), RoleForm()
    with here.database.read() as session:
        roles.known(session, frame.district_id, person_id)
    if not form.validate_on_submit():
        return _page(person_id, form=form), 422
    if fault := role_policies.day_fault(form.until.data, here.clock()):
        form.until.errors = [_(fault)]
        return _page(person_id, form=form), 422
    reason = " ".join(plain_text(form.reason.data or "").split())
    if not reason:
        form.reason.errors = [_("Please say in a few words why.")]
        return _page(person_id, form=form), 422
    with here.database.unit() as session:
        roles.grant(
            session,
            here,
            district_id=frame.district_id,
            person_id=person_id,
            role=form.role.data,
            actor_id=frame.person_id,
            reason=reason,
            until=role_policies.end_of(form.until.data),
        )
    return _to(person_id, "district.granted")


@bp.post("/people/<uuid:person_id>/roles/<uuid:grant_id>/end")
def end_role(person_id: UUID, grant_id: UUID) -> Response | tuple[str, int]:
    """Take a role away."""
    frame, here, form = current_frame(), tool.current(), EndForm()
    which: dict[str, Any] = {"district_id": frame.district_id, "person_id": person_id, "grant_id": grant_id}
    if not form.validate_on_submit():
        raise bad_request(_("The form was incomplete."))
    with here.database.unit() as session:
        last = roles.is_last(session, here, roles.held(session, here, **which))
        if form.sure.data or not last:
            roles.revoke(session, here, **which, actor_id=frame.person_id)
            return _to(person_id, "district.revoked")
    form.sure.errors = [_("Nobody else can open this console. Tick this if you are sure.")]
    return _page(person_id, end=form, ending=grant_id), 422


def _to(person_id: UUID, said: str) -> Response:
    frame = current_frame()
    if person_id == frame.person_id and said == "district.revoked":
        return redirect(url_for("home.index"), 303)  # whoever has given up their own role may not open the console any more
    return redirect(url_for("district.person", person_id=person_id, said=said), 303)
