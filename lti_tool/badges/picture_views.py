"""The page on which a designer gives a badge a picture of their own, in place of the drawn one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from lti_tool import tool
from lti_tool.badges import pictures
from lti_tool.badges.artwork import badge_png, badge_svg
from lti_tool.badges.forms import PictureForm
from lti_tool.badges.showing_views import bp
from lti_tool.catalog import queries as catalog
from lti_tool.catalog import service as drafts
from lti_tool.catalog.content import BadgeDesign
from lti_tool.catalog.queries import DraftState
from lti_tool.errors import conflict, not_found
from lti_tool.inputs import plain_text
from lti_tool.language import N_, _
from lti_tool.web import frames
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

__all__ = ["bp"]

NOTICES["badge_picture"] = ("success", N_("The picture is in the draft. It shows on badges once you publish."))
NOTICES["badge_picture_gone"] = ("success", N_("The badge is drawn again, as the draft says."))

_DESIGNERS = frames.require("designer", "author", "console")
_PREVIEW = 300


@bp.get("/s/<frame_key>/badge-pictures/<uuid:microcredential_id>")
def picture(microcredential_id: UUID) -> str:
    """The form, with what the badge looks like in the draft."""
    _DESIGNERS()
    return _page(_state(microcredential_id), PictureForm())


@bp.post("/s/<frame_key>/badge-pictures/<uuid:microcredential_id>")
def set_picture(microcredential_id: UUID) -> AnyResponse | tuple[str, int]:
    """Take a picture in, change its words, or go back to the drawn badge."""
    _DESIGNERS()
    state, form, here, frame = _state(microcredential_id), PictureForm(), tool.current(), current_frame()
    now = _design(state)
    if request.form.get("do") == "remove":
        return _saved(state, {**now, "picture": "", "picture_alt": ""}, "badge_picture_gone")
    given = request.files.get(form.file.name)  # the form's own field holds whatever was sent under that name
    file = given if given and given.filename else None
    if not form.validate_on_submit():
        return _page(state, form), 422
    name = now.get("picture", "")
    if file is not None:
        try:
            png = pictures.square(file.read(), here.settings.data_dir)
        except pictures.NotTaken as error:
            form.file.errors = [str(error)]
            return _page(state, form), 422
        with here.database.unit() as session:
            name = pictures.keep(
                session, here, png, district_id=frame.district_id, person_id=frame.person_id, microcredential_id=microcredential_id
            )
    elif not name:
        form.file.errors = [_("Choose a picture.")]
        return _page(state, form), 422
    return _saved(state, {**now, "picture": name, "picture_alt": " ".join(plain_text(form.alt.data or "").split())}, "badge_picture")


@bp.get("/s/<frame_key>/badge-pictures/<uuid:microcredential_id>/preview.png")
def picture_preview(microcredential_id: UUID) -> AnyResponse:
    """The badge as the draft has it."""
    _DESIGNERS()
    state, here, frame = _state(microcredential_id), tool.current(), current_frame()
    given = _design(state)
    known = BadgeDesign().model_dump()
    try:
        design = BadgeDesign.model_validate({**known, **given})
    except ValueError:
        design = BadgeDesign()
    with here.database.read() as session:
        own = pictures.of_district(session, frame.district_id, design.picture) if design.picture else None
    svg = badge_svg(design, state.title, "", here.clock().year, picture=own)
    return Response(badge_png(svg, _PREVIEW), content_type="image/png")


def _state(microcredential_id: UUID) -> DraftState:
    with tool.current().database.read() as session:
        return catalog.draft_state(session, current_frame().district_id, microcredential_id)


def _design(state: DraftState) -> dict[str, Any]:
    """The badge in the draft. Raises Problem(conflict) where there is no draft: a published version never changes."""
    if state.draft is None:
        raise conflict(_("There is no draft: begin the next version first, then change its badge."), "no draft")
    found = state.draft.get("badge")
    if not isinstance(found, dict):
        raise not_found("no badge in the draft")
    return found


def _saved(state: DraftState, badge: dict[str, Any], said: str) -> AnyResponse:
    here, frame = tool.current(), current_frame()
    with here.database.unit() as session:
        drafts.save_draft(
            session,
            here,
            district_id=frame.district_id,
            microcredential_id=state.id,
            draft={**(state.draft or {}), "badge": badge},
            seen=state.number,
            editor="",
            person_id=frame.person_id,
        )
    return redirect(url_for("badges.picture", microcredential_id=state.id, said=said), 303)


def _page(state: DraftState, form: PictureForm) -> str:
    badge = _design(state)
    if not form.is_submitted():
        form.alt.data = badge.get("picture_alt", "")
    return render_template("badges/picture.html", state=state, form=form, badge=badge, least=pictures.LEAST, number=state.number)
