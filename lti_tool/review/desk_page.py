"""The page of one review, built for every view that shows it: fresh, or after something was refused, with what was typed."""

from __future__ import annotations

from uuid import UUID

from flask import render_template
from werkzeug.datastructures import MultiDict

from lti_tool import tool
from lti_tool.errors import Problem, not_found
from lti_tool.evidence.seen import note_seen
from lti_tool.evidence.showing import FilePiece, Viewer, shown
from lti_tool.inputs import page_name, plain_text, whole_number
from lti_tool.review import desk_policies, desk_queries, desk_service, queries
from lti_tool.review.desk_forms import NoteForm, ReturnForm
from lti_tool.review.forms import DeclineForm, read_scores
from lti_tool.web import frames
from lti_tool.web.frames import Frame, current_frame


def reviewer() -> Frame:
    """The frame of a reviewer. Raises Problem(forbidden)."""
    frames.require("reviewer")()
    return current_frame()


def desk_page(
    review_id: UUID,
    *,
    typed: MultiDict[str, str] | None = None,
    faults: tuple[str, ...] = (),
    problem: Problem | None = None,
    decline: DeclineForm | None = None,
    returning: ReturnForm | None = None,
    noting: tuple[UUID, NoteForm] | None = None,
) -> str:
    """The page; `typed` are posted scores that were not taken, `noting` a refused note and its piece."""
    frame, here = reviewer(), tool.current()
    with here.database.read() as session:
        desk = desk_queries.desk(session, district_id=frame.district_id, reviewer_id=frame.person_id, review_id=review_id)
        if noting and not any(piece.id == noting[0] and piece.recording for piece in desk.work.pieces):
            raise not_found("no such recording on this desk")
        pieces = [piece for piece in desk.work.pieces if piece.kind == "file" and not piece.hidden]
        viewer = Viewer(frame.district_id, frame.person_id, owner=False, visit=frame.id)
        files = shown(session, here, viewer, [FilePiece(one.id, one.blob_key, one.media_type, one.filename) for one in pieces])
        phrases = desk_service.phrases(session, frame.district_id, frame.person_id) if desk.open else ()
        others = queries.open_count(session, district_id=frame.district_id, reviewer_id=frame.person_id) - desk.open
    note_seen(here, viewer_id=frame.person_id, artifact_ids=desk.work.visible, page="desk")
    returning = returning or ReturnForm(formdata=None)
    returning.offer(desk_policies.places(desk.work.content))
    return render_template(
        "review/desk.html",
        desk=desk,
        work=desk.work,
        files=files,
        faults=faults,
        problem=problem,
        typed=read_scores(typed, tuple(row.criterion.key for row in desk.to_score)) if typed else {},
        page=(typed.get("page") if typed else None) or page_name(),
        revision=whole_number(typed.get("revision", "")) if typed else desk.revision,
        overall=plain_text(typed.get("overall", "")) if typed else desk.overall,
        decline=decline or DeclineForm(formdata=None),
        returning=returning,
        noting=noting,
        phrases=phrases,
        others=others,
    )
