"""The page on which a teacher says with whom they did the work."""

from __future__ import annotations

from uuid import UUID

from flask import Response, render_template, request

from lti_tool import tool
from lti_tool.errors import bad_request
from lti_tool.evidence import together
from lti_tool.evidence.room import bp, crumbs, go, load, owner
from lti_tool.inputs import plain_text, uuid_or_none
from lti_tool.language import N_, _
from lti_tool.web.pages import NOTICES

NOTICES["evidence.together"] = ("success", N_("Saved. Nobody who is named here judges this work."))


@bp.get("/work/<uuid:enrollment_id>/together")
def together_page(enrollment_id: UUID) -> str | Response:
    """Who was named, and who could be."""
    work, me, text = load(enrollment_id), owner(), plain_text(request.args.get("find", ""))[:100]
    if not work.editable:
        return go("work", enrollment_id=enrollment_id, said="evidence.locked")
    with tool.current().database.read() as session:
        named = together.named(session, me, enrollment_id)
        found = together.found(session, me, enrollment_id, text)
    way = crumbs(work, (_("Who worked with me"), None))
    return render_template("evidence/together.html", work=work, named=named, found=found, find=text, crumbs=way)


@bp.post("/work/<uuid:enrollment_id>/together")
def change_together(enrollment_id: UUID) -> Response:
    """Name somebody, or take a name back."""
    here, work = tool.current(), load(enrollment_id)
    person_id, act = uuid_or_none(request.form.get("person")), request.form.get("do", "")
    if not work.editable:
        return go("work", enrollment_id=enrollment_id, said="evidence.locked")
    if person_id is None or act not in ("name", "unname"):
        raise bad_request(_("Choose somebody from the list."))
    with here.database.unit() as session:
        change = together.name if act == "name" else together.unname
        change(session, here, owner(), enrollment_id, person_id)
    return go("together_page", enrollment_id=enrollment_id, said="evidence.together")
