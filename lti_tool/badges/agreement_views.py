"""Where a teacher says what their badge tells beside that every criterion was met."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, url_for
from flask_wtf import FlaskForm
from werkzeug.wrappers import Response
from wtforms import BooleanField, TextAreaField
from wtforms.validators import Length

from lti_tool import tool
from lti_tool.badges import results, service
from lti_tool.badges.answering import own_award
from lti_tool.badges.queries import AwardView
from lti_tool.inputs import plain_text
from lti_tool.language import N_, later
from lti_tool.web.frames import current_frame
from lti_tool.web.pages import NOTICES

bp = Blueprint("badge_agreement", __name__)

NOTICES["badge_agreed"] = ("success", N_("Saved. The badge is signed anew with this; its link stays the same."))
MOST = 2000


class AgreementForm(FlaskForm):  # type: ignore[misc]
    """What the badge may tell."""

    results = BooleanField(later("Tell the level that I reached for each criterion"))
    summary = TextAreaField(
        later("Summary of my evidence, for everybody"),
        filters=[lambda given: plain_text(given or "").strip()],
        validators=[Length(max=MOST, message=later("Use at most 2000 characters."))],
    )


@bp.get("/s/<frame_key>/badges/<uuid:award_id>/tells")
def show(award_id: UUID) -> str:
    """What the badge tells now, and the choice."""
    view = own_award(award_id)
    return _page(view, AgreementForm(formdata=None, data={"results": view.tells_results, "summary": view.evidence_summary}))


@bp.post("/s/<frame_key>/badges/<uuid:award_id>/tells")
def save(award_id: UUID) -> Response | tuple[str, int]:
    """Agree, or take it back."""
    view, form = own_award(award_id), AgreementForm()
    if not form.validate_on_submit():
        return _page(view, form), 422
    frame, here = current_frame(), tool.current()
    with here.database.unit() as session:
        service.set_agreement(
            session,
            here,
            district_id=frame.district_id,
            person_id=frame.person_id,
            award_id=award_id,
            results=form.results.data,
            summary=form.summary.data or "",
        )
    return redirect(url_for("badge_agreement.show", award_id=award_id, said="badge_agreed"), 303)


def _page(view: AwardView, form: AgreementForm) -> str:
    with tool.current().database.read() as session:
        levels = results.results_of(session, view.enrollment_id)
    reached = [
        (criterion.title, criterion.levels[levels[criterion.key]].name)
        for criterion in view.content.criteria
        if levels.get(criterion.key, len(criterion.levels)) < len(criterion.levels)
    ]
    return render_template("badges/tells.html", award=view, form=form, reached=reached, most=MOST)
