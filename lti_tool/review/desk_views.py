"""What a reviewer does at the desk beside judging: notes on recordings, own phrases, sending back what is not complete."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from lti_tool import tool
from lti_tool.errors import Problem
from lti_tool.language import N_, _
from lti_tool.review import desk_policies, desk_queries, desk_service, service
from lti_tool.review.desk_forms import NoteForm, PhraseForm, ReturnForm
from lti_tool.review.desk_page import desk_page, reviewer
from lti_tool.review.models import Review
from lti_tool.web.frames import Frame
from lti_tool.web.pages import NOTICES

bp = Blueprint("desk", __name__, url_prefix="/s/<frame_key>/desk")

NOTICES["desk.returned"] = (
    "success",
    N_("The work went back to its teacher, who is told what is missing. No attempt is used up, and nobody judges it meanwhile."),
)
NOTICES["desk.phrase_kept"] = ("success", N_("The phrase is kept. You find it below every criterion."))
NOTICES["desk.phrase_deleted"] = ("success", N_("The phrase is deleted."))


def own(session: Session, frame: Frame, review_id: UUID) -> Review:
    """The reviewer's own review, locked for this unit of work."""
    return service.own_review(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id, for_update=True)


@bp.post("/<uuid:review_id>/notes/<uuid:artifact_id>")
def add_note(review_id: UUID, artifact_id: UUID) -> Response | tuple[str, int]:
    """Note something at a moment of a recording."""
    frame, here, form = reviewer(), tool.current(), NoteForm()
    valid = form.validate_on_submit()
    if valid and desk_policies.seconds_of(form.moment.data or "") is None:
        form.moment.errors, valid = [_("Write the moment as the player shows it, for example 2:05.")], False
    if not valid:
        return desk_page(review_id, noting=(artifact_id, form)), 422
    with here.database.unit() as session:
        review = own(session, frame, review_id)
        words = form.text.data or ""
        desk_service.add_note(session, here, review, artifact_id, moment=form.moment.data or "", text=words, shared=form.shared.data)
    return redirect(url_for("review.desk", review_id=review_id, _anchor=f"notes-{artifact_id}"), 303)


@bp.post("/<uuid:review_id>/notes/<uuid:note_id>/remove")
def remove_note(review_id: UUID, note_id: UUID) -> Response:
    """Take a note away."""
    frame, here = reviewer(), tool.current()
    with here.database.unit() as session:
        artifact_id = desk_service.remove_note(session, own(session, frame, review_id), note_id)
    return redirect(url_for("review.desk", review_id=review_id, _anchor=f"notes-{artifact_id}"), 303)


@bp.post("/<uuid:review_id>/return")
def send_back(review_id: UUID) -> Response | tuple[str, int]:
    """Send the work back, because something is missing."""
    frame, here, form = reviewer(), tool.current(), ReturnForm()
    with here.database.read() as session:
        desk = desk_queries.desk(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id)
    form.offer(desk_policies.places(desk.work.content))
    if not form.validate_on_submit():
        return desk_page(review_id, returning=form), 422
    try:
        with here.database.unit() as session:
            review = own(session, frame, review_id)
            desk_service.send_back(session, here, review, missing=form.missing.data or (), words=form.words.data or "")
    except Problem as problem:
        if problem.status != 409:
            raise
        return desk_page(review_id, returning=form, problem=problem), 409
    return redirect(url_for("review.queue", said="desk.returned"), 303)


@bp.route("/phrases", methods=["GET", "POST"])
def phrases() -> Response | str | tuple[str, int]:
    """The reviewer's own phrases: read, add."""
    frame, here, form = reviewer(), tool.current(), PhraseForm()
    if form.validate_on_submit():
        with here.database.unit() as session:
            desk_service.keep_phrase(session, here, district_id=frame.district_id, person_id=frame.person_id, text=form.text.data or "")
        return redirect(url_for("desk.phrases", said="desk.phrase_kept"), 303)
    with here.database.read() as session:
        kept = desk_service.phrases(session, frame.district_id, frame.person_id)
    page = render_template("review/phrases.html", phrases=kept, form=form, most=desk_service.MOST_PHRASES)
    return (page, 422) if request.method == "POST" else page


@bp.post("/phrases/<uuid:phrase_id>/delete")
def delete_phrase(phrase_id: UUID) -> Response:
    """Delete a phrase; what was written with it stays."""
    frame, here = reviewer(), tool.current()
    with here.database.unit() as session:
        session.delete(desk_service.own_phrase(session, district_id=frame.district_id, person_id=frame.person_id, phrase_id=phrase_id))
    return redirect(url_for("desk.phrases", said="desk.phrase_deleted"), 303)
